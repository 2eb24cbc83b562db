//! A launched task, and what its parts tell each other while it lives.

use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::time::Instant;

use super::aws::arn;
use super::aws::clock;
use super::aws::links;
use super::logs::streams::LogSource;
use super::logs::streams::stream_name;
use crate::backend::RunHandle;

/// A launched task.
#[derive(Debug, Clone)]
pub struct FargateHandle {
    /// Task ARN.
    pub(super) id: String,
    /// Cluster, name or ARN.
    pub(super) cluster: String,
    /// Region.
    pub(super) region: String,
    /// Containers in the task definition's order.
    pub(super) containers: Vec<String>,
    /// Those of them whose end ends the task.
    pub(super) essential: Vec<String>,
    /// Where each container's lines are; parallel to `containers`.
    pub(super) sources: Vec<LogSource>,
    /// Shared by all clones.
    pub(super) life: Arc<Life>,
}

/// What is known of a task's life.
#[derive(Debug)]
pub(super) struct Life {
    /// When sortie launched it or found it.
    pub(super) since: Instant,
    /// What [`super::watch::wait`] has seen.
    pub(super) stage: watch::Sender<Stage>,
    /// Wakes the waiting up: something is about to change.
    pub(super) hurry: Notify,
    /// What to add to this machine's clock to have the platform's, in milliseconds.
    pub(super) skew: i64,
}

/// How far a task has come, as far as reading its logs cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nobody watches.
    Unknown,
    /// Its main containers do not run yet.
    Starting,
    /// They run, or have run.
    Running,
}

impl Life {
    /// A life that begins now. `skew` as in [`clock::skew`].
    pub(super) fn new(skew: i64) -> Arc<Self> {
        let (stage, _) = watch::channel(Stage::Unknown);
        Arc::new(Self { since: Instant::now(), stage, hurry: Notify::new(), skew })
    }

    /// Now by the platform's clock.
    pub(super) fn platform_now(&self) -> i64 {
        clock::millis(SystemTime::now()) + self.skew
    }

    /// How long ago a moment of the platform's clock was, at least; zero if it is still to come.
    pub(super) fn ago(&self, moment: SystemTime) -> Duration {
        let moment = clock::millis(moment);
        // A stamp of whole seconds was cut off: it may have been up to a second later.
        let latest = if moment % 1000 == 0 { moment + 999 } else { moment };
        let ago = self.platform_now() - latest;
        Duration::from_millis(u64::try_from(ago).unwrap_or(0))
    }
}

impl FargateHandle {
    /// The task's id: last part of its ARN.
    pub(super) fn task_id(&self) -> &str {
        arn::last_part(&self.id)
    }
}

impl RunHandle for FargateHandle {
    fn id(&self) -> &str {
        &self.id
    }

    fn containers(&self) -> &[String] {
        &self.containers
    }

    fn essential_containers(&self) -> &[String] {
        &self.essential
    }

    fn links(&self) -> Vec<(String, String)> {
        let mut links = vec![("task".to_owned(), links::task(&self.region, &self.cluster, self.task_id()))];
        for (name, source) in self.containers.iter().zip(&self.sources) {
            if let LogSource::CloudWatch { group, prefix, region } = source {
                let stream = stream_name(prefix, name, self.task_id());
                links.push((format!("log of {name}"), links::log(region, group, &stream)));
            }
        }
        links
    }

    fn stop_command(&self) -> String {
        format!("aws ecs stop-task --region {} --cluster {} --task {}", self.region, self.cluster, self.id)
    }
}
