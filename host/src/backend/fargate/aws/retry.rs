//! Making a call again. Which failures pass is the table's business ([`super::failure`]).

use std::time::Duration;

use super::failure::Failure;
use crate::backend::backoff::Backoff;

/// Makes a call again while its failures are retryable, for at most `budget`.
pub(crate) async fn with_retries<T, F>(budget: Duration, call: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let start = tokio::time::Instant::now();
    let mut backoff = Backoff::for_calls();
    loop {
        match call().await {
            Err(failure) if failure.is_retryable() => {
                let pause = backoff.pause();
                if start.elapsed() + pause > budget {
                    return Err(failure);
                }
                tokio::time::sleep(pause).await;
            }
            result => return result,
        }
    }
}
