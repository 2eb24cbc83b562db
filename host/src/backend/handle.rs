//! What a launched task is known by.

use serde::Deserialize;
use serde::Serialize;

use crate::report::Link;

/// What a launched task is known by. It can be written to disk and read back by another sortie, which
/// goes on with the task through [`Detached::resume`](super::Detached::resume).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handle {
    /// The back end's name.
    pub backend: String,
    /// Task ARN, or `docker/RUN`, or `process/PID`.
    pub id: String,
    /// Its containers, in the task's order.
    pub containers: Vec<HandleContainer>,
    /// The container whose exit code counts, where the launch has said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main: Option<String>,
    /// Pages for a person. The first is the task's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// The command with which a person stops the task by hand.
    pub stop_command: String,
    /// What only the back end reads.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub platform: serde_json::Value,
}

/// A container, as far as everybody may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandleContainer {
    /// Its name.
    pub name: String,
    /// Its end ends the task.
    pub essential: bool,
}

impl Handle {
    /// Names of the containers, in the task's order.
    pub fn container_names(&self) -> Vec<String> {
        self.containers.iter().map(|container| container.name.clone()).collect()
    }

    /// The task's own page.
    pub fn url(&self) -> Option<&str> {
        self.links.first().map(|link| link.url.as_str())
    }
}
