//! Where a container's lines are.

use serde::Deserialize;
use serde::Serialize;

use crate::spec::ContainerSpec;

/// Where the lines of one container are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LogSource {
    /// A log stream in CloudWatch Logs: `PREFIX/CONTAINER/TASK-ID` in a group.
    /// Source: Amazon ECS Developer Guide, awslogs-stream-prefix.
    CloudWatch {
        /// Log group.
        group: String,
        /// Prefix of the stream's name.
        prefix: String,
        /// Region of the group.
        region: String,
    },
    /// Nowhere that sortie can read, and why.
    Unreadable(String),
}

impl LogSource {
    /// Reads a container's log configuration. `region` is the task's.
    pub(crate) fn of(container: &ContainerSpec, region: &str) -> Self {
        let Some(log) = &container.log else {
            return Self::Unreadable(
                "the container has no log configuration; give it one in the task definition, or use --log-group"
                    .to_owned(),
            );
        };
        if log.driver != "awslogs" {
            return Self::Unreadable(format!(
                "the log driver is `{}`, and only `awslogs` can be read",
                log.driver
            ));
        }
        let present = |name: &str| log.option(name).filter(|value| !value.is_empty()).map(str::to_owned);
        match (present("awslogs-group"), present("awslogs-stream-prefix")) {
            (Some(group), Some(prefix)) => Self::CloudWatch {
                group,
                prefix,
                region: present("awslogs-region").unwrap_or_else(|| region.to_owned()),
            },
            (None, _) => Self::Unreadable("the log configuration has no awslogs-group".to_owned()),
            (_, None) => Self::Unreadable(
                "the log configuration has no awslogs-stream-prefix, so the stream cannot be found"
                    .to_owned(),
            ),
        }
    }
}

/// Name of a container's log stream.
pub(crate) fn stream_name(prefix: &str, container: &str, task_id: &str) -> String {
    format!("{prefix}/{container}/{task_id}")
}
