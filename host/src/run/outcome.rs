//! From how the task ended to the exit code and the reason.
//!
//! Reasons come before codes: a task that the platform took away did not fail with whatever code
//! its container happened to report, and a container killed for its memory did not succeed.

use std::time::Duration;

use crate::backend::EndCause;
use crate::backend::Memory;
use crate::backend::TaskEnd;
use crate::exit::ExitCode;
use crate::output::render::text;
use crate::report::ContainerEnd;
use crate::report::ContainerLog;
use crate::report::Verdict;
use crate::signal::Signal;

/// Why sortie itself ended the run, when it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoppedBy {
    /// `--timeout` of a run, or with `--stop-on-timeout`.
    Timeout(Duration),
    /// `--timeout` of `sortie wait`: nothing is stopped, the waiting ends.
    Waiting(Duration),
    /// A signal.
    Signal(Signal),
    /// A filter failed, and `--stop-on-plugin-failure` was given.
    PluginFailure,
}

/// Everything the judgement rests on.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// How the task ended; `None` when sortie left before it did.
    pub end: Option<&'a TaskEnd>,
    /// Why sortie ended it.
    pub stopped_by: Option<StoppedBy>,
    /// The container whose exit code counts.
    pub main_container: &'a str,
    /// What became of the logs.
    pub logs: &'a [ContainerLog],
    /// Why the file for the whole log does not hold it, where it does not.
    pub log_file: Option<&'a str>,
    /// `--require-complete-logs`.
    pub require_complete_logs: bool,
    /// Whether a plugin failed closed.
    pub plugin_failed: bool,
}

/// The judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What sortie ends with.
    pub exit_code: ExitCode,
    /// In one word.
    pub verdict: Verdict,
    /// In plain words.
    pub reason: String,
    /// What to do next; may be empty.
    pub hint: String,
}

impl Outcome {
    fn new(exit_code: ExitCode, verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { exit_code, verdict, reason: reason.into(), hint: String::new() }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// Judges a run.
pub fn judge(facts: Facts<'_>) -> Outcome {
    let outcome = judge_end(facts);
    if facts.plugin_failed && !keeps_its_code_over_a_plugin_failure(outcome.verdict) {
        let reason = format!("a filter failed and lines were withheld; the task itself: {}", outcome.reason);
        return Outcome::new(ExitCode::PLUGIN, Verdict::PluginFailed, reason)
            .hint("the summary names the plugin; nothing that it was shown has been printed");
    }
    if facts.require_complete_logs
        && outcome.verdict == Verdict::Succeeded
        && let Some(log) = facts.logs.iter().find(|log| log.incomplete.is_some())
    {
        let why = log.incomplete.as_deref().unwrap_or_default();
        let reason = format!("the log of container `{}` is incomplete: {why}", log.container);
        return Outcome::new(ExitCode::LOGS_INCOMPLETE, Verdict::LogsIncomplete, reason);
    }
    if facts.require_complete_logs
        && outcome.verdict == Verdict::Succeeded
        && let Some(why) = facts.log_file
    {
        return Outcome::new(ExitCode::LOGS_INCOMPLETE, Verdict::LogsIncomplete, why);
    }
    outcome
}

/// Verdicts that say that the task did not even get to its end. A failed plugin is worth less.
fn keeps_its_code_over_a_plugin_failure(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Cancelled
            | Verdict::TimedOut
            | Verdict::Interrupted
            | Verdict::NeverStarted
            | Verdict::NoCapacity
            | Verdict::Error
    )
}

fn judge_end(facts: Facts<'_>) -> Outcome {
    match facts.stopped_by {
        Some(StoppedBy::Signal(signal)) => {
            let reason = format!("cancelled by {}", signal.name());
            return Outcome::new(ExitCode::of_signal(signal), Verdict::Cancelled, reason);
        }
        Some(StoppedBy::Timeout(limit)) => {
            let reason = format!("the task did not end within {}", text::duration(limit));
            return Outcome::new(ExitCode::TIMED_OUT, Verdict::TimedOut, reason)
                .hint("a longer --timeout gives it more time");
        }
        Some(StoppedBy::Waiting(limit)) => {
            let reason = format!("the task did not end within {} and goes on", text::duration(limit));
            return Outcome::new(ExitCode::TIMED_OUT, Verdict::TimedOut, reason);
        }
        Some(StoppedBy::PluginFailure) => {
            return Outcome::new(ExitCode::PLUGIN, Verdict::PluginFailed, "stopped because a filter failed");
        }
        None => {}
    }
    let Some(end) = facts.end else {
        return Outcome::new(ExitCode::INTERNAL, Verdict::Error, "the task's end was not seen");
    };
    let with_hint = |outcome: Outcome| {
        let hint = if outcome.hint.is_empty() { end.hint.clone() } else { outcome.hint.clone() };
        outcome.hint(hint)
    };
    match end.cause {
        EndCause::NeverStarted => {
            with_hint(Outcome::new(ExitCode::NEVER_STARTED, Verdict::NeverStarted, &end.reason))
        }
        EndCause::NoCapacity => {
            with_hint(Outcome::new(ExitCode::NO_CAPACITY, Verdict::NoCapacity, &end.reason))
        }
        EndCause::Interrupted => {
            with_hint(Outcome::new(ExitCode::INTERRUPTED, Verdict::Interrupted, &end.reason))
        }
        // A process that ends with 0 (or any code) on the stop signal has still not done what it
        // was there to do.
        EndCause::Stopped => {
            let reason = format!("stopped from outside: {}", end.reason);
            with_hint(Outcome::new(ExitCode::INTERRUPTED, Verdict::Interrupted, reason))
        }
        EndCause::Overdue => with_hint(Outcome::new(ExitCode::TIMED_OUT, Verdict::TimedOut, &end.reason)),
        EndCause::Exited => with_hint(judge_exit(end, facts.main_container)),
    }
}

fn judge_exit(end: &TaskEnd, main: &str) -> Outcome {
    let Some((container, memory)) = find(end, main) else {
        let reason = format!("the platform does not report a container `{main}`: {}", end.reason);
        return Outcome::new(ExitCode::INTERNAL, Verdict::Error, reason);
    };
    if container.out_of_memory {
        let reason = format!("container `{main}` was killed for its memory: {}", container.reason);
        return Outcome::new(ExitCode::OUT_OF_MEMORY, Verdict::OutOfMemory, reason)
            .hint("give it more with --memory");
    }
    match container.exit_code {
        Some(0) => Outcome::new(ExitCode::SUCCESS, Verdict::Succeeded, ""),
        Some(code) => {
            let mut reason = format!("container `{main}` ended with {code}");
            if let Some(meaning) = meaning(code) {
                reason.push_str(&format!(" ({meaning})"));
            }
            if !container.reason.is_empty() {
                reason.push_str(&format!(": {}", container.reason));
            }
            let outcome = Outcome::new(code_of(code), Verdict::Failed, reason);
            if is_killed(code, &container.reason) {
                outcome.hint(likely_memory(main, memory))
            } else {
                outcome
            }
        }
        // Others have ended with a code, so it is this one that never ran.
        None if end.containers.iter().any(|other| other.exit_code.is_some()) => {
            let why = if container.reason.is_empty() { &end.reason } else { &container.reason };
            let reason = format!("container `{main}` was never started, or its exit code is lost: {why}");
            Outcome::new(ExitCode::NEVER_STARTED, Verdict::NeverStarted, reason)
                .hint("an essential container's end ends the task: `essential: false` lets it end first")
        }
        None => {
            let why = if container.reason.is_empty() { &end.reason } else { &container.reason };
            let reason = format!("container `{main}` has no exit code: {why}");
            Outcome::new(ExitCode::INTERNAL, Verdict::Error, reason)
                .hint("a missing exit code is never taken for success")
        }
    }
}

/// Whether a container was killed, and nothing is known of who did it: a platform that stops it, or sees that it was
/// killed for its memory, says so. A process says by which signal it has ended.
fn is_killed(code: i32, reason: &str) -> bool {
    /// 128 and SIGKILL, as shells count.
    const KILLED: i32 = 137;
    code == KILLED && (reason.is_empty() || reason == "ended by signal 9")
}

/// What a person can do about a container that the kernel has probably killed for its memory.
fn likely_memory(main: &str, memory: Memory) -> String {
    let limit = match memory {
        Memory::OfContainer(mib) => format!(
            "container `{main}` may use {} MiB (--memory, or memory in its definition)",
            text::thousands(mib)
        ),
        Memory::OfTask(mib) => format!("the task may use {} MiB (--memory)", text::thousands(mib)),
        Memory::OfMachine => {
            "it may use what this machine has (the kernel's log, dmesg, tells what was killed)".to_owned()
        }
        Memory::Unknown => "its limits are in the task definition".to_owned(),
    };
    format!("nobody is known to have stopped it, so memory is the likely cause: {limit}")
}

/// How a container ended, and the memory that it had.
fn find<'a>(end: &'a TaskEnd, name: &str) -> Option<(&'a ContainerEnd, Memory)> {
    let index = end.containers.iter().position(|container| container.name == name)?;
    Some((&end.containers[index], end.memory.get(index).copied().unwrap_or_default()))
}

/// A process's exit code is one byte. A platform's number outside that (Windows containers) keeps
/// its low byte, but never becomes a success.
fn code_of(code: i32) -> ExitCode {
    match u8::try_from(code) {
        Ok(code) => ExitCode(code),
        Err(_) => ExitCode(u8::try_from(code & 0xff).unwrap_or(1).max(1)),
    }
}

/// What shells and kernels mean by a code.
fn meaning(code: i32) -> Option<String> {
    Some(match code {
        126 => "the command cannot be executed".into(),
        127 => "the command was not found".into(),
        137 => "killed by SIGKILL".into(),
        139 => "segmentation fault".into(),
        143 => "ended by SIGTERM".into(),
        129..=192 => format!("ended by signal {}", code - 128),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(cause: EndCause, code: Option<i32>) -> TaskEnd {
        TaskEnd {
            transient: false,
            memory: vec![Memory::Unknown; 2],
            cause,
            reason: "the platform's words".into(),
            hint: "do this".into(),
            containers: vec![
                ContainerEnd {
                    name: "proxy".into(),
                    exit_code: Some(0),
                    reason: String::new(),
                    out_of_memory: false,
                },
                ContainerEnd {
                    name: "app".into(),
                    exit_code: code,
                    reason: String::new(),
                    out_of_memory: false,
                },
            ],
            execution_stopped_at: None,
            phases: Vec::new(),
        }
    }

    fn facts(end: &TaskEnd) -> Facts<'_> {
        Facts {
            end: Some(end),
            stopped_by: None,
            main_container: "app",
            logs: &[],
            log_file: None,
            require_complete_logs: false,
            plugin_failed: false,
        }
    }

    fn code(cause: EndCause, code: Option<i32>) -> (u8, Verdict) {
        let end = end(cause, code);
        let outcome = judge(facts(&end));
        (outcome.exit_code.0, outcome.verdict)
    }

    #[test]
    fn the_main_containers_code_is_passed_on() {
        for n in [0, 1, 3, 42, 120, 127, 137, 255] {
            let verdict = if n == 0 { Verdict::Succeeded } else { Verdict::Failed };
            assert_eq!(code(EndCause::Exited, Some(n)), (n as u8, verdict));
        }
        assert_eq!(code(EndCause::Exited, Some(-1)).0, 255);
        assert_eq!(code(EndCause::Exited, Some(256)).0, 1);
        assert_eq!(code(EndCause::Exited, Some(0x4000_0000)).0, 1);
    }

    /// What is said of a container that ended with 137, and what to do.
    fn killed(reason: &str, memory: Memory) -> String {
        let mut end = end(EndCause::Exited, Some(137));
        (end.hint, end.containers[1].reason) = (String::new(), reason.to_owned());
        end.memory[1] = memory;
        let outcome = judge(facts(&end));
        assert_eq!((outcome.exit_code.0, outcome.verdict), (137, Verdict::Failed));
        format!("{}\n{}", outcome.reason, outcome.hint)
    }

    #[test]
    fn memory_is_the_likely_cause_of_a_kill_by_nobody() {
        insta::assert_snapshot!(
            "killed",
            [
                ("fargate, limit of the task", killed("", Memory::OfTask(2_048))),
                ("fargate, docker, limit of the container", killed("", Memory::OfContainer(512))),
                ("docker without a limit; a shell whose command was killed", killed("", Memory::OfMachine)),
                ("a process", killed("ended by signal 9", Memory::OfMachine)),
                ("an emulator that tells no limit", killed("", Memory::Unknown)),
                (
                    "the end of another container stopped it",
                    killed("stopped, since essential container `proxy` ended with 0", Memory::OfMachine)
                ),
            ]
            .map(|(case, said)| format!("{case}:\n{said}\n"))
            .join("\n")
        );
    }

    #[test]
    fn a_kill_that_was_asked_for_says_nothing_of_memory() {
        let mut stopped = end(EndCause::Stopped, Some(137));
        stopped.hint = String::new();
        assert_eq!(judge(facts(&stopped)).hint, "");
        let by_signal = Facts { stopped_by: Some(StoppedBy::Signal(Signal::Int)), ..facts(&stopped) };
        assert_eq!(judge(by_signal).hint, "");
        let mut other = end(EndCause::Exited, Some(143));
        other.hint = String::new();
        assert_eq!(judge(facts(&other)).hint, "");
    }

    #[test]
    fn a_task_that_its_guard_ended_has_timed_out_whatever_its_code() {
        for own in [Some(0), Some(143), None] {
            assert_eq!(code(EndCause::Overdue, own), (124, Verdict::TimedOut));
        }
    }

    #[test]
    fn a_missing_code_is_never_success() {
        assert_eq!(code(EndCause::Exited, None), (121, Verdict::NeverStarted));
        let mut nothing = end(EndCause::Exited, None);
        nothing.containers[0].exit_code = None;
        assert_eq!(judge(facts(&nothing)).exit_code.0, 125);
        assert_eq!(code(EndCause::NeverStarted, None), (121, Verdict::NeverStarted));
        assert_eq!(code(EndCause::Stopped, None), (123, Verdict::Interrupted));
    }

    #[test]
    fn reasons_come_before_codes() {
        assert_eq!(code(EndCause::Interrupted, Some(2)), (123, Verdict::Interrupted));
        assert_eq!(code(EndCause::NoCapacity, Some(0)), (122, Verdict::NoCapacity));
        assert_eq!(code(EndCause::NeverStarted, Some(0)), (121, Verdict::NeverStarted));
        assert_eq!(code(EndCause::Stopped, Some(0)), (123, Verdict::Interrupted));
        assert_eq!(code(EndCause::Stopped, Some(143)), (123, Verdict::Interrupted));
        let mut oom = end(EndCause::Exited, Some(0));
        oom.containers[1].out_of_memory = true;
        let outcome = judge(facts(&oom));
        assert_eq!((outcome.exit_code.0, outcome.verdict), (137, Verdict::OutOfMemory));
    }

    #[test]
    fn what_sortie_did_itself_comes_first() {
        let end = end(EndCause::Stopped, Some(0));
        let judged = |stopped_by| judge(Facts { stopped_by: Some(stopped_by), ..facts(&end) }).exit_code.0;
        assert_eq!(judged(StoppedBy::Timeout(Duration::from_secs(1))), 124);
        assert_eq!(judged(StoppedBy::Waiting(Duration::from_secs(1))), 124);
        assert_eq!(judged(StoppedBy::Signal(Signal::Int)), 130);
        assert_eq!(judged(StoppedBy::Signal(Signal::Term)), 143);
        assert_eq!(judged(StoppedBy::Signal(Signal::Hup)), 129);
        assert_eq!(judged(StoppedBy::PluginFailure), 120);
    }

    #[test]
    fn plugin_failures_and_incomplete_logs() {
        let good = end(EndCause::Exited, Some(0));
        let bad = end(EndCause::Exited, Some(5));
        let log = ContainerLog {
            container: "app".into(),
            lines: 0,
            bytes: 0,
            incomplete: Some("gone".into()),
            waited: None,
        };
        let logs = std::slice::from_ref(&log);
        let failed = |end| judge(Facts { plugin_failed: true, ..facts(end) }).exit_code.0;
        assert_eq!((failed(&good), failed(&bad)), (120, 120));
        assert_eq!(failed(&end(EndCause::Interrupted, None)), 123);
        let required = |end| judge(Facts { logs, require_complete_logs: true, ..facts(end) }).exit_code.0;
        assert_eq!((required(&good), required(&bad)), (126, 5));
        assert_eq!(judge(Facts { logs, ..facts(&good) }).exit_code.0, 0);
        let file = Facts { log_file: Some("the disk is full"), ..facts(&good) };
        assert_eq!(judge(file).exit_code.0, 0);
        assert_eq!(judge(Facts { require_complete_logs: true, ..file }).exit_code.0, 126);
    }
}
