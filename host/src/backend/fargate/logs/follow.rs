//! Reading all containers' logs of a task: one reader a container, all at once.

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::cursor::Cursor;
use super::get_log_events::LogStream;
use super::reader::Out;
use super::reader::Reader;
use super::streams::LogSource;
use super::streams::stream_name;
use crate::backend::LineSender;
use crate::backend::TaskEnd;
use crate::backend::fargate::aws::clients::Clients;
use crate::backend::fargate::handle::FargateHandle;
use crate::report::ContainerLog;
use crate::settings::LogSettle;

/// How long a log is read.
#[derive(Debug, Clone)]
pub(crate) enum Until {
    /// Up to what there is now.
    #[allow(dead_code, reason = "its caller comes with the trait")]
    Now,
    /// To the task's end.
    End(watch::Receiver<Option<TaskEnd>>),
}

/// Reads all containers' lines to their end.
pub(crate) async fn follow(
    clients: &Clients,
    handle: &FargateHandle,
    log_settle: LogSettle,
    lines: &LineSender,
    until: Until,
) -> Vec<ContainerLog> {
    let mut readers = JoinSet::new();
    for (index, (name, source)) in handle.containers.iter().zip(&handle.sources).enumerate() {
        let name = name.clone();
        let lines = lines.clone();
        match source {
            LogSource::CloudWatch { group, prefix, region } => {
                let stream = LogStream {
                    client: clients.logs(region),
                    group: group.clone(),
                    name: stream_name(prefix, &name, handle.task_id()),
                };
                let place = format!("the log stream {} in group {group}", stream.name);
                let out = Out { container: index, name, lines: lines.clone() };
                let reader =
                    Reader::new(stream, place, Cursor::default(), log_settle, handle.life.clone(), out);
                let until = until.clone();
                readers.spawn(async move {
                    let log = reader.read(until.clone()).await;
                    // A task that may be launched again has not begun its log yet. An error means that
                    // nobody will tell how it ended.
                    let transient = match until {
                        Until::Now => false,
                        Until::End(mut ended) => {
                            let end = ended.wait_for(Option::is_some).await;
                            end.is_ok_and(|end| end.as_ref().is_some_and(|end| end.passing))
                        }
                    };
                    if !transient {
                        lines.ended(index);
                    }
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
