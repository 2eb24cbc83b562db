//! What each container's label says to later steps.

use std::collections::HashMap;

use serde::Deserialize;
use serde::Serialize;

use crate::os;

/// A container of a task that outlives its sortie; the value is a [`ContainerLabel`] as JSON.
pub(crate) const DETACHED: &str = "dev.sortie.detached";

/// What a later step must know of a container, and the engine does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContainerLabel {
    /// The task's name.
    pub(crate) task: String,
    /// The container's place in the task.
    pub(crate) index: usize,
    /// Its end ends the task.
    pub(crate) essential: bool,
    /// Its exit code counts.
    pub(crate) main: bool,
    /// Seconds between the stop signal and the kill.
    pub(crate) stop_timeout: u64,
    /// The containers that it depends on.
    pub(crate) depends_on: Vec<String>,
    /// Who started the task, as far as that was said.
    pub(crate) started_by: String,
    /// The user whose sortie launched it, as [`this_user`].
    pub(crate) user: String,
}

impl ContainerLabel {
    /// As a label's value.
    pub(crate) fn to_label(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The one among a container's labels; `None`: its task is not detached.
    pub(crate) fn of(labels: &HashMap<String, String>) -> Option<Self> {
        serde_json::from_str(labels.get(DETACHED)?).ok()
    }
}

/// This process's user, and the machine: `1000@laptop`.
pub(crate) fn this_user() -> String {
    format!("{}@{}", os::user(), os::host_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_read_back_and_members_of_other_versions_do_no_harm() {
        let label =
            ContainerLabel { task: "deploy".into(), main: true, stop_timeout: 30, ..Default::default() };
        let labels = |text: String| HashMap::from([(DETACHED.to_owned(), text)]);
        assert_eq!(ContainerLabel::of(&labels(label.to_label())), Some(label));
        let other = r#"{"task":"deploy","somethingNew":1}"#.to_owned();
        assert_eq!(ContainerLabel::of(&labels(other)).map(|label| label.task), Some("deploy".to_owned()));
        assert_eq!(ContainerLabel::of(&labels("no JSON".to_owned())), None);
        assert_eq!(ContainerLabel::of(&HashMap::new()), None);
    }
}
