//! `sortie run --reattach`: the task that the same step has launched before, if it still runs.

use super::detached;
use crate::backend::Backend;
use crate::backend::ListedTask;
use crate::error::Error;
use crate::plugin::Kind;
use crate::run::Job;
use crate::run::last_words;
use crate::run::prepare::prepare;
use crate::settings::task_id::TaskId;

/// The task to attach to; `None`: there is none, and one is launched.
///
/// # Errors
///
/// Nobody can tell which step this is, or the platform cannot be asked.
pub(super) async fn candidate(backend: &dyn Backend, job: Job<'_>) -> Result<Option<TaskId>, Error> {
    let settings = job.settings;
    let detached = detached(backend, "attach to")?;
    let started_by = settings.task.started_by.clone().or_else(|| settings.task.started_by_ci());
    let started_by = started_by.ok_or_else(|| {
        Error::usage("nothing tells which step this is, so that its task cannot be found")
            .on("--reattach")
            .hint("name it: --started-by deploy-42; in a CI system that is known it is named by itself")
    })?;
    let mut tasks = detached.started_by(&started_by, settings).await?;
    if tasks.is_empty() {
        return Ok(None);
    }
    let notice = |message: &str| last_words::patience(job, message);
    let prepared = prepare("run", backend, job, &Kind::ALL, notice).await?;
    let (same, others) = apart(&mut tasks, prepared.plan.fingerprint());
    for other in others {
        let warning = format!(
            "{} was started by this step too, with another request: it goes on, and is not attached to",
            other.id
        );
        job.audience().warn(&warning, settings.output.verbosity);
    }
    same.map(|task| TaskId::parse(&task.id)).transpose()
}

/// The newest task that was launched with this request, and all others. One that does not say what it was launched
/// with counts as the same: its launch was not permitted to tag.
fn apart(tasks: &mut Vec<ListedTask>, request: Option<&str>) -> (Option<ListedTask>, Vec<ListedTask>) {
    tasks.sort_by_key(|task| std::cmp::Reverse(task.created_at));
    let is_same = |task: &ListedTask| task.request.as_deref().is_none_or(|other| Some(other) == request);
    let at = tasks.iter().position(is_same);
    (at.map(|at| tasks.remove(at)), std::mem::take(tasks))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn the_newest_task_of_the_same_request_is_taken() {
        let task = |id: &str, age: u64, request: Option<&str>| ListedTask {
            id: id.into(),
            name: String::new(),
            state: "running".into(),
            created_at: Some(SystemTime::now() - Duration::from_secs(age)),
            started_by: "step".into(),
            deadline: None,
            request: request.map(str::to_owned),
            mine: true,
        };
        let mut tasks =
            vec![task("other", 1, Some("b")), task("older", 3, Some("a")), task("newer", 2, Some("a"))];
        let (same, others) = apart(&mut tasks.clone(), Some("a"));
        assert_eq!(same.map(|task| task.id).as_deref(), Some("newer"));
        assert_eq!(others.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["other", "older"]);
        assert!(apart(&mut tasks, Some("c")).0.is_none());
        assert!(apart(&mut vec![task("untagged", 1, None)], Some("a")).0.is_some());
    }
}
