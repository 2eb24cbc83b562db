//! A task as `sortie ps` lists it.

use super::found::Found;
use super::found::FoundContainer;
use super::found::FoundState;
use super::label::this_user;
use crate::backend::EndCause;
use crate::backend::ListedTask;

/// The row of a task. It is mine if `started_by` started it; where that is not said, if this user did.
pub(crate) fn listed(found: &Found, id: &str, started_by: Option<&str>) -> ListedTask {
    let label = found.containers.iter().find_map(|container| container.label.as_ref());
    let (by, user) = label.map_or(("", ""), |label| (label.started_by.as_str(), label.user.as_str()));
    let name = match label {
        Some(label) => label.task.clone(),
        None => found.run.rsplit_once('-').map_or(found.run.as_str(), |(name, _)| name).to_owned(),
    };
    ListedTask {
        id: id.to_owned(),
        name,
        state: state(found),
        created_at: found.containers.iter().filter_map(|container| container.created).min(),
        started_by: if by.is_empty() { user.to_owned() } else { by.to_owned() },
        deadline: None,
        request: None,
        mine: match started_by {
            Some(wanted) => by == wanted,
            // What `sortie run` makes has no such label, and is this machine's.
            None => user.is_empty() || user == this_user(),
        },
    }
}

fn state(found: &Found) -> String {
    if !found.is_detached() {
        return "sortie run".to_owned();
    }
    if found.is_starting() {
        return "starting".to_owned();
    }
    if let Some(mark) = found.marked_end() {
        return match (mark.cause, found.is_over()) {
            (EndCause::NeverStarted, _) => "never started",
            (_, true) => "stopped",
            (_, false) => "stopping",
        }
        .to_owned();
    }
    if found.goes_on() {
        return "running".to_owned();
    }
    let is_main = |container: &&FoundContainer| container.label.as_ref().is_some_and(|label| label.main);
    match found.containers.iter().find(is_main).map(|container| &container.state) {
        Some(FoundState::Ended(state)) => match state.exit_code {
            Some(code) => format!("exited ({code})"),
            None => "exited".to_owned(),
        },
        _ => "ended".to_owned(),
    }
}
