//! Reading all containers' logs of a task: one reader a container, all at once.

use tokio::task::JoinSet;

use super::cursor::Cursor;
use super::get_log_events::LogStream;
use super::reader::Out;
use super::reader::Reader;
use super::streams::LogSource;
use super::streams::stream_name;
use crate::backend::LogPart;
use crate::backend::Until;
use crate::backend::fargate::aws::clients::Clients;
use crate::backend::fargate::aws::clock;
use crate::backend::fargate::handle::FargateHandle;
use crate::report::ContainerLog;
use crate::settings::LogSettle;
use crate::stream;
use crate::stream::LineSender;

/// Reads the part of the containers' lines that is asked for, to their end.
pub(crate) async fn follow(
    clients: &Clients,
    handle: &FargateHandle,
    log_settle: LogSettle,
    lines: &LineSender,
    part: &LogPart,
    until: Until,
) -> Vec<ContainerLog> {
    let mut readers = JoinSet::new();
    for (index, (name, source)) in handle.containers.iter().zip(&handle.sources).enumerate() {
        let name = name.clone();
        let lines = lines.clone();
        match source {
            _ if !part.wants(&name) => {
                lines.ended(index);
                readers.spawn(async move { (index, lines.log(index, &name, None)) });
            }
            LogSource::CloudWatch { group, prefix, region } => {
                let stream = LogStream {
                    client: clients.logs(region),
                    group: group.clone(),
                    name: stream_name(prefix, &name, handle.task_id()),
                };
                let place = format!("the log stream {} in group {group}", stream.name);
                // One that another back end wrote says nothing.
                let cursor: Option<Cursor> = part.from.get(&name).and_then(stream::Cursor::read);
                let since = || part.since.map(|since| Cursor::since(clock::millis(since)));
                let cursor = cursor.or_else(since).unwrap_or_default();
                let out = Out { container: index, name, lines: lines.clone() };
                let reader = Reader::new(stream, place, cursor, log_settle, handle.life.clone(), out);
                let reader = reader.beginning_with_the_last(part.last);
                let until = until.clone();
                readers.spawn(async move {
                    let log = reader.read(until).await;
                    lines.ended(index);
                    (index, log)
                });
            }
            LogSource::Unreadable(why) => {
                let incomplete = Some(format!("not read: {why}"));
                readers.spawn(async move {
                    lines.ended(index);
                    (index, lines.log(index, &name, incomplete))
                });
            }
        }
    }
    lines.logs(readers, &handle.containers).await
}
