//! The steps of the task's own work in the report, and which of them it ended in.

use std::time::Duration;
use std::time::SystemTime;

use super::outcome::Outcome;
use crate::backend::TaskEnd;
use crate::output::render::text;
use crate::report::PhaseName;
use crate::report::Step;
use crate::report::Verdict;
use crate::stream::message::StepSeen;
use crate::unix_time;

/// When the task's own code has ended: what the stop of the others took is no part of a step.
pub(super) fn ended_at(end: &TaskEnd) -> Option<SystemTime> {
    let run = end.phases.iter().find(|phase| phase.name == PhaseName::Run);
    run.and_then(|run| run.started_at?.checked_add(run.duration)).or(end.execution_stopped_at)
}

/// The steps that the log tells, of the containers with these names. One that no other has followed lasts to
/// the end of the task's execution, where that is known: its last line may have come long before.
pub(super) fn steps(seen: &[StepSeen], containers: &[String], ended: Option<SystemTime>) -> Vec<Step> {
    let ended = ended.map(unix_time::millis);
    let step = |seen: &StepSeen| {
        let until = match ended {
            Some(ended) if !seen.is_over => seen.until_ms.max(ended),
            _ => seen.until_ms,
        };
        Step {
            container: containers.get(seen.container).cloned().unwrap_or_default(),
            index: seen.container,
            title: seen.title.clone(),
            started_at: unix_time::moment(seen.began_ms),
            duration: Duration::from_millis(
                until.saturating_sub(seen.began_ms).try_into().unwrap_or_default(),
            ),
            last: !seen.is_over,
        }
    };
    seen.iter().map(step).collect()
}

/// Adds to the reason in which step the main container ended.
pub(super) fn tell_last(outcome: &mut Outcome, steps: &[Step], main: &str) {
    let Some(step) = steps.iter().find(|step| step.last && step.container == main) else { return };
    let (title, after) = (&step.title, text::duration(step.duration));
    match outcome.verdict {
        Verdict::Failed | Verdict::OutOfMemory => {
            outcome.reason.push_str(&format!("; failed in step `{title}` after {after}"));
        }
        Verdict::TimedOut | Verdict::Cancelled | Verdict::Interrupted => {
            outcome.reason.push_str(&format!("; it had been in step `{title}` for {after}"));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::ExitCode;

    fn seen(container: usize, title: &str, began_ms: i64, until_ms: i64, is_over: bool) -> StepSeen {
        StepSeen { container, title: title.to_owned(), began_ms, until_ms, is_over }
    }

    fn two() -> Vec<Step> {
        let seen = [
            seen(0, "./kops.sh edit", 1_000, 3_500, true),
            seen(0, "./kops.sh validate", 3_500, 4_000, false),
        ];
        let ended = SystemTime::UNIX_EPOCH + Duration::from_secs(15);
        steps(&seen, &["app".to_owned()], Some(ended))
    }

    #[test]
    fn the_last_step_lasts_to_the_end() {
        let spans: Vec<_> = two().iter().map(|step| (step.duration.as_millis(), step.last)).collect();
        assert_eq!(spans, [(2_500, false), (11_500, true)]);
        let early = Some(SystemTime::UNIX_EPOCH);
        let one = steps(&[seen(3, "x", 5_000, 6_000, false)], &[], early);
        assert_eq!((one[0].duration.as_millis(), &*one[0].container), (1_000, ""), "clocks may differ");
    }

    #[test]
    fn the_reason_names_the_step_that_it_ended_in() {
        let reason = |verdict, main: &str| {
            let reason = "container `app` ended with 5".to_owned();
            let mut outcome = Outcome { exit_code: ExitCode(5), verdict, reason, hint: String::new() };
            tell_last(&mut outcome, &two(), main);
            outcome.reason
        };
        assert_eq!(
            reason(Verdict::Failed, "app"),
            "container `app` ended with 5; failed in step `./kops.sh validate` after 11.5 s"
        );
        assert!(
            reason(Verdict::Cancelled, "app")
                .ends_with("; it had been in step `./kops.sh validate` for 11.5 s")
        );
        for none in [reason(Verdict::NeverStarted, "app"), reason(Verdict::Failed, "other")] {
            assert_eq!(none, "container `app` ended with 5");
        }
    }
}
