//! The object of a task in a list.

use std::time::SystemTime;

use serde::Serialize;

use super::Stamp;
use crate::backend::ListedTask;

/// A task that there is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TaskObject<'a> {
    #[serde(flatten)]
    stamp: Stamp,
    /// What wait, logs and stop take.
    id: &'a str,
    /// The task's name, or its definition's.
    name: &'a str,
    /// In one or two words.
    state: &'a str,
    /// When it was made, by the platform's clock.
    #[serde(with = "crate::event::optional_rfc3339")]
    #[cfg_attr(test, schemars(with = "Option<super::schema::Timestamp>"))]
    created_at: Option<SystemTime>,
    /// Who started it.
    started_by: Option<&'a str>,
    /// Whether it is the asker's.
    mine: bool,
}

impl<'a> TaskObject<'a> {
    /// The object of this task.
    pub fn new(task: &'a ListedTask, stamp: Stamp) -> Self {
        Self {
            stamp,
            id: &task.id,
            name: &task.name,
            state: &task.state,
            created_at: task.created_at,
            started_by: Some(task.started_by.as_str()).filter(|by| !by.is_empty()),
            mine: task.mine,
        }
    }
}
