//! GetLogEvents of one stream.
//!
//! Its rules (CloudWatch Logs API reference): with a forward token `startFromHead` must be true; a page
//! may be short or empty without being the last; the end of what there is now is reached when the
//! token that was sent comes back; the same token shows later events later. So a reader never loses
//! its place: it goes forward by tokens alone, and no event is seen twice or left out.

use aws_sdk_cloudwatchlogs::types::OutputLogEvent;

use crate::backend::fargate::aws::clients::LogsClient;
use crate::backend::fargate::aws::failure::Failure;
use sortie_lines::UnixMillis;

/// A page of events.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// In the stream's order.
    pub(super) events: Vec<OutputLogEvent>,
    /// The forward token behind them.
    pub(super) next: Option<String>,
}

/// Where pages come from: CloudWatch Logs, or a test.
pub(super) trait Pages: Send + Sync {
    /// The page behind a token; without one, from a time on; without that, the first.
    fn page(
        &self,
        token: Option<&str>,
        start_time: Option<UnixMillis>,
    ) -> impl Future<Output = Result<Page, Failure>> + Send;

    /// The last events, so many or all there are, and the token behind them.
    fn last(&self, count: usize) -> impl Future<Output = Result<Page, Failure>> + Send;
}

/// The most events of a page. Source: CloudWatch Logs API reference, GetLogEvents, `limit`.
const MAX_EVENTS: usize = 10_000;

/// A log stream of CloudWatch Logs.
#[derive(Debug)]
pub(super) struct LogStream {
    /// The region's client.
    pub(super) client: LogsClient,
    /// Log group.
    pub(super) group: String,
    /// Name of the stream.
    pub(super) name: String,
}

impl Pages for LogStream {
    async fn page(&self, token: Option<&str>, start_time: Option<UnixMillis>) -> Result<Page, Failure> {
        self.client.get_log_events.ready().await;
        let call = self
            .client
            .client
            .get_log_events()
            .log_group_name(&self.group)
            .log_stream_name(&self.name)
            .start_from_head(true)
            .set_start_time(start_time)
            .set_next_token(token.map(str::to_owned));
        const OPERATION: &str = "GetLogEvents";
        let asked = async { call.send().await.map_err(|error| Failure::new(OPERATION, &error)) };
        let answer = self.client.calls.ask(OPERATION, asked).await?;
        Ok(Page { events: answer.events.unwrap_or_default(), next: answer.next_forward_token })
    }

    /// Backwards, page by page, and no further than needed: a page may hold fewer events than it may.
    async fn last(&self, count: usize) -> Result<Page, Failure> {
        const OPERATION: &str = "GetLogEvents";
        let (mut events, mut next, mut before) = (Vec::new(), None, None::<String>);
        while events.len() < count.max(1) {
            self.client.get_log_events.ready().await;
            let limit = (count - events.len().min(count)).clamp(1, MAX_EVENTS);
            let call = self
                .client
                .client
                .get_log_events()
                .log_group_name(&self.group)
                .log_stream_name(&self.name)
                .start_from_head(false)
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .set_next_token(before.clone());
            let asked = async { call.send().await.map_err(|error| Failure::new(OPERATION, &error)) };
            let answer = self.client.calls.ask(OPERATION, asked).await?;
            next = next.or(answer.next_forward_token);
            let mut page = answer.events.unwrap_or_default();
            page.append(&mut events);
            events = page;
            if answer.next_backward_token.is_none() || answer.next_backward_token == before {
                break;
            }
            before = answer.next_backward_token;
        }
        if count == 0 {
            events.clear();
        }
        Ok(Page { events, next })
    }
}
