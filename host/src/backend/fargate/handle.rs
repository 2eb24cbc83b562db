//! A launched task, and what its parts tell each other while it lives.

use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use serde::Deserialize;
use serde::Serialize;
use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::time::Instant;

use super::NAME;
use super::aws::arn;
use super::aws::clock;
use super::aws::links;
use super::guard::Guard;
use super::logs::streams::LogSource;
use super::logs::streams::stream_name;
use crate::backend::Handle;
use crate::backend::handle::HandleContainer;
use crate::report::Link;

/// A launched task.
#[derive(Debug, Clone)]
pub(crate) struct FargateHandle {
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
    /// What is to be known of its guard.
    pub(super) guard: Option<Guard>,
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

impl FargateHandle {
    /// What everybody may know, and what [`FargateHandle::read`] needs.
    pub(super) fn write(&self) -> Handle {
        let mut links = vec![Link {
            name: "task".to_owned(),
            url: links::task(&self.region, &self.cluster, self.task_id()),
            container: None,
        }];
        for (name, source) in self.containers.iter().zip(&self.sources) {
            if let LogSource::CloudWatch { group, prefix, region } = source {
                let stream = stream_name(prefix, name, self.task_id());
                links.push(Link {
                    name: format!("log of {name}"),
                    url: links::log(region, group, &stream),
                    container: Some(name.clone()),
                });
            }
        }
        let container =
            |name: &String| HandleContainer { name: name.clone(), essential: self.essential.contains(name) };
        let platform = Platform {
            cluster: self.cluster.clone(),
            region: self.region.clone(),
            sources: self.sources.clone(),
            skew: self.life.skew,
            guard: self.guard.clone(),
        };
        Handle {
            backend: NAME.to_owned(),
            id: self.id.clone(),
            containers: self.containers.iter().map(container).collect(),
            main: None,
            links,
            stop_command: format!(
                "aws ecs stop-task --region {} --cluster {} --task {}",
                self.region, self.cluster, self.id
            ),
            // Plain texts and numbers can always be written.
            platform: serde_json::to_value(platform).unwrap_or_default(),
        }
    }

    /// From what was written; `None` if it was written by another back end.
    pub(super) fn read(handle: &Handle) -> Option<Self> {
        let Platform { cluster, region, sources, skew, guard } =
            Platform::deserialize(&handle.platform).ok()?;
        if handle.backend != NAME || sources.len() != handle.containers.len() {
            return None;
        }
        let essential = handle.containers.iter().filter(|container| container.essential);
        Some(Self {
            id: handle.id.clone(),
            cluster,
            region,
            containers: handle.container_names(),
            essential: essential.map(|container| container.name.clone()).collect(),
            sources,
            guard,
            life: Life::new(skew),
        })
    }
}

/// What only this back end reads of a [`Handle`].
#[derive(Serialize, Deserialize)]
struct Platform {
    cluster: String,
    region: String,
    /// Where each container's lines are, in the containers' order.
    sources: Vec<LogSource>,
    /// See [`Life::skew`].
    skew: i64,
    /// See [`FargateHandle::guard`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guard: Option<Guard>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::fargate::guard::command::Limit;

    #[test]
    fn a_task_can_be_written_down_and_found_again() {
        let sources = vec![
            LogSource::CloudWatch { group: "/ci".into(), prefix: "run".into(), region: "eu-west-1".into() },
            LogSource::Unreadable("splunk".into()),
        ];
        let known = FargateHandle {
            id: "arn:aws:ecs:eu-west-1:1:task/ci/0123".into(),
            cluster: "ci".into(),
            region: "eu-west-1".into(),
            containers: vec!["app".into(), "side".into()],
            essential: vec!["app".into()],
            sources,
            guard: Some(Guard::Command(Limit { container: "app".into(), seconds: 90 })),
            life: Life::new(-250),
        };
        let written = serde_json::to_string(&known.write()).expect("JSON");
        let handle: Handle = serde_json::from_str(&written).expect("the same JSON");
        let read = FargateHandle::read(&handle).expect("its own handle");
        assert_eq!(read.write(), known.write());
        assert_eq!((read.sources, read.essential, read.life.skew), (known.sources, known.essential, -250));
        assert_eq!(read.guard, known.guard);
        let other = Handle { backend: "docker".into(), ..handle.clone() };
        assert!(FargateHandle::read(&other).is_none());
        let newer = Handle { platform: serde_json::json!({ "cluster": 7 }), ..handle };
        assert!(FargateHandle::read(&newer).is_none());
    }
}
