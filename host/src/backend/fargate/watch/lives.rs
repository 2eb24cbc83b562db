//! A thousand lives of tasks, in virtual time, with the timings of real ones: whatever comes late or
//! not at all, the end that sortie tells is the one that ECS tells at last, and it is told with the
//! first answer that holds it.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::diagnose;
use super::task::Task;
use super::verdict;
use super::verdict::Verdict;
use super::watcher::News;
use super::watcher::Next;
use super::watcher::Watcher;
use crate::backend::EndCause;
use crate::backend::TaskEnd;
use crate::backend::fargate::aws::failure::Class;
use crate::backend::fargate::aws::failure::Failure;
use crate::report::ContainerEnd;

/// Milliseconds since the launch.
type Millis = u64;

/// Something that the platform tells from a moment on; `None`: never.
#[derive(Debug, Clone, Copy)]
struct Told<T> {
    what: T,
    from: Option<Millis>,
}

impl<T: Copy> Told<T> {
    fn at(&self, now: Millis) -> Option<T> {
        self.from.filter(|from| *from <= now).map(|_| self.what)
    }
}

#[derive(Debug, Clone)]
struct Container {
    name: String,
    stopped: Millis,
    code: Told<i64>,
    reason: Told<&'static str>,
}

#[derive(Debug, Clone)]
struct Life {
    running: Millis,
    deprovisioning: Millis,
    stopped: Millis,
    containers: Vec<Container>,
    stop_code: Told<&'static str>,
    reason: Told<&'static str>,
    execution_stopped: Told<f64>,
    /// Everything is told at DEPROVISIONING, as it should be.
    proper: bool,
}

impl Life {
    fn names(&self) -> Vec<String> {
        self.containers.iter().map(|container| container.name.clone()).collect()
    }

    /// What DescribeTasks answers `now`.
    fn task(&self, now: Millis) -> Task {
        let containers: Vec<Value> = self
            .containers
            .iter()
            .map(|container| {
                let stopped = now >= container.stopped;
                json!({
                    "name": container.name,
                    "lastStatus": if stopped { "STOPPED" } else { "RUNNING" },
                    "exitCode": container.code.at(now).filter(|_| stopped),
                    "reason": container.reason.at(now).filter(|_| stopped),
                })
            })
            .collect();
        let state = match now {
            now if now < self.running => "PROVISIONING",
            now if now < self.deprovisioning => "RUNNING",
            now if now < self.stopped => "DEPROVISIONING",
            _ => "STOPPED",
        };
        let task = json!({
            "lastStatus": state,
            "startedAt": (now >= self.running).then_some(self.running as f64 / 1e3),
            "stopCode": self.stop_code.at(now),
            "stoppedReason": self.reason.at(now),
            "executionStoppedAt": self.execution_stopped.at(now),
            "containers": containers,
        });
        serde_json::from_value(task).unwrap()
    }
}

/// Causes: stop code, and the platform's words.
const CAUSES: [(&str, &str); 6] = [
    (diagnose::EXITED, "Essential container in task exited"),
    (diagnose::EXITED, "Your Spot Task was interrupted."),
    ("SpotInterruption", "Your Spot Task was interrupted."),
    ("UserInitiated", "Your Spot Task was interrupted."),
    ("TerminationNotice", "ECS is performing maintenance on the underlying infrastructure hosting the task."),
    ("InfrastructureHealth", "The host is impaired"),
];

const OUT_OF_MEMORY: &str = "OutOfMemoryError: Container killed due to memory usage";

/// How long after `from` something is told: at once, by a moment, or only in the end.
#[derive(Debug, Clone, Copy)]
enum Late {
    Not,
    ByAMoment(Millis),
    UntilStopped,
    Never,
}

/// A moment is shorter than what words are waited for.
fn late() -> impl Strategy<Value = Late> {
    prop_oneof![
        6 => Just(Late::Not),
        2 => (1u64..2900).prop_map(Late::ByAMoment),
        1 => Just(Late::UntilStopped),
        1 => Just(Late::Never),
    ]
}

fn containers() -> impl Strategy<Value = Vec<(i64, Late, bool, Late, u64)>> {
    let code = prop_oneof![
        3 => Just(0),
        3 => prop::sample::select(vec![1, 3, 42, 255]),
        2 => Just(137),
        1 => Just(143),
        1 => Just(3_221_225_477),
    ];
    // The code, when it is told, whether the kernel killed it, when that is told, and for how long a
    // sidecar outlives the first container.
    prop::collection::vec((code, late(), any::<bool>(), late(), 0u64..30_000), 1..4)
}

fn life() -> impl Strategy<Value = Life> {
    let times = (0u64..5_000, 0u64..20_000, 0u64..15_000, 100u64..40_000);
    (times, containers(), prop::sample::select(CAUSES.to_vec()), late(), late(), late()).prop_map(
        |(
            (running, ran, noticed, taken_down),
            containers,
            (stop_code, reason),
            code_late,
            reason_late,
            ended_late,
        )| {
            let exited = running + ran;
            let deprovisioning = exited + noticed;
            let last = containers.iter().skip(1).map(|one| exited + one.4).max().unwrap_or(exited);
            let stopped = deprovisioning.max(last) + taken_down;
            let told = |late, from: Millis| match late {
                Late::Not => Some(from),
                Late::ByAMoment(moment) => Some((from + moment).min(stopped)),
                Late::UntilStopped => Some(stopped),
                Late::Never => None,
            };
            // Words that come later than a moment are not what this is about.
            let word = |late, from| match late {
                Late::Never | Late::UntilStopped => told(Late::Not, from),
                late => told(late, from),
            };
            let mut proper = matches!((code_late, ended_late), (Late::Not, Late::Not));
            let told_from = deprovisioning;
            let containers: Vec<_> = containers
                .into_iter()
                .enumerate()
                .map(|(index, (code, late, killed, killed_late, outlives))| {
                    let stopped =
                        if index == 0 { deprovisioning } else { deprovisioning.max(exited + outlives) };
                    let code_from = told(late, stopped);
                    proper &= stopped == deprovisioning && matches!(late, Late::Not);
                    // It comes with a moment's delay after the code, or with it.
                    let from = code_from.filter(|_| killed && code == 137);
                    Container {
                        name: format!("c{index}"),
                        stopped,
                        code: Told { what: code, from: code_from },
                        reason: Told {
                            what: OUT_OF_MEMORY,
                            from: from.and_then(|from| word(killed_late, from)),
                        },
                    }
                })
                .collect();
            let stop_code = Told { what: stop_code, from: told(code_late, told_from) };
            let reason_from = word(reason_late, stop_code.from.unwrap_or(told_from));
            Life {
                running,
                deprovisioning,
                stopped,
                containers,
                stop_code,
                reason: Told { what: reason, from: reason_from },
                execution_stopped: Told { what: exited as f64 / 1e3, from: told(ended_late, told_from) },
                proper,
            }
        },
    )
}

/// How a watcher that asks as it is told sees a life: the end, when ECS was asked, what was said. The
/// last time of asking is that of the end.
fn watch(life: &Life) -> (TaskEnd, Vec<Millis>, Vec<News>) {
    let (names, start) = (life.names(), Instant::now());
    let mut watcher = Watcher::new("task", &names, start, start);
    let (mut now, mut asked, mut said) = (0, Vec::new(), Vec::new());
    loop {
        asked.push(now);
        let step = watcher.take(start + Duration::from_millis(now), Ok(Some(life.task(now))));
        said.extend(step.news);
        match step.next {
            Next::AskIn(pause) => now += u64::try_from(pause.as_millis()).unwrap(),
            Next::Ended(end) => return (end, asked, said),
            Next::Lost(error) => panic!("{error}"),
        }
    }
}

/// What decides about the exit code. A container's memory counts only where its own end does.
fn facts(end: &TaskEnd) -> (EndCause, Vec<(Option<i32>, bool)>) {
    let exited = end.cause == EndCause::Exited;
    let of = |end: &ContainerEnd| (end.exit_code, exited && end.out_of_memory);
    (end.cause, end.containers.iter().map(of).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_end_that_is_told_is_the_one_that_is_told_at_last(life in life()) {
        let (end, asked, said) = watch(&life);
        let last = diagnose::end(&life.task(Millis::MAX), &life.names());
        prop_assert_eq!(facts(&end), facts(&last));
        let state = |state: &str| said.iter().filter(|news| **news == News::State(state.to_owned())).count();
        prop_assert_eq!((state("stopped"), said.last()), (1, Some(&News::State("stopped".to_owned()))));
        // It is the first answer that holds the end, unless words may follow.
        let (at, before) = asked.split_last().unwrap();
        let ended = |now: &Millis, held| verdict::of(&life.task(*now), &life.names(), held) == Verdict::Ended;
        prop_assert!(ended(at, Duration::MAX));
        prop_assert!(!before.iter().any(|now| ended(now, Duration::ZERO)));
        if let Some(first) = before.iter().find(|now| ended(now, Duration::MAX)) {
            prop_assert!(at - first <= 3000 + 2000);
        }
        // The longest pause is that of a task that runs for long; a code that never comes is waited for.
        prop_assert!(*at <= life.stopped + 5000 + 3000 + 2000);
        if life.proper {
            prop_assert!(*at <= life.deprovisioning + 5000 + 3000 + 2000);
        }
    }
}

/// The record of a real task: Fargate 1.4.0, exited after 20 s, DEPROVISIONING 10.1 s and STOPPED 33 s
/// after that.
fn real() -> Life {
    let (running, exited, deprovisioning, stopped) = (18_000, 38_000, 48_100, 71_000);
    let told = Some(deprovisioning);
    Life {
        running,
        deprovisioning,
        stopped,
        containers: vec![Container {
            name: "app".to_owned(),
            stopped: deprovisioning,
            code: Told { what: 3, from: told },
            reason: Told { what: "", from: None },
        }],
        stop_code: Told { what: diagnose::EXITED, from: told },
        reason: Told { what: "Essential container in task exited", from: told },
        execution_stopped: Told { what: exited as f64 / 1e3, from: told },
        proper: true,
    }
}

#[test]
fn a_real_task_ends_with_the_first_answer_that_holds_its_code() {
    let life = real();
    let (end, asked, said) = watch(&life);
    let at = asked.last().unwrap();
    // 30 s of running are looked at every 1.5 s.
    assert!((life.deprovisioning..life.deprovisioning + 1600).contains(at), "{at}");
    assert_eq!(end.containers[0].exit_code, Some(3));
    let state = |state: &str| News::State(state.to_owned());
    assert_eq!(said, ["provisioning", "running", "deprovisioning", "stopped"].map(state));
}

#[test]
fn a_sidecar_that_still_runs_keeps_the_task_open_and_that_is_said() {
    let mut life = real();
    let mut sidecar = life.containers[0].clone();
    sidecar.name = "proxy".to_owned();
    sidecar.stopped += 8000;
    sidecar.code.from = Some(sidecar.stopped);
    life.containers.push(sidecar);
    let (_, asked, said) = watch(&life);
    let at = asked.last().unwrap();
    assert!((life.deprovisioning + 8000..life.deprovisioning + 10_100).contains(at), "{at}");
    let detail = "the task is deprovisioning: container `proxy` has not stopped";
    assert!(said.contains(&News::Detail(detail.to_owned())), "{said:?}");
}

#[test]
fn a_task_that_never_reaches_stopped_is_not_waited_for_without_end() {
    let mut life = real();
    life.containers[0].code.from = None;
    life.stopped = Millis::MAX;
    let (end, asked, said) = watch(&life);
    let at = asked.last().unwrap();
    assert!((600_000..700_000).contains(&(at - life.deprovisioning)), "{at}");
    assert_eq!(end.containers[0].exit_code, None);
    let warning = said.iter().find_map(|news| match news {
        News::Warning(text) => Some(text),
        _ => None,
    });
    assert!(warning.is_some_and(|text| text.contains("neither an exit code nor a reason")), "{said:?}");
}

/// Takes the same failure until the watcher gives up: after how long, and after how many.
fn fail(failure: &Failure) -> (Duration, u32) {
    let start = Instant::now();
    let mut watcher = Watcher::new("task", &[], start, start);
    let (mut now, mut count) = (start, 0);
    loop {
        let step = watcher.take(now, Err(failure.clone()));
        assert_eq!(step.news, [], "what fails is said where calls are made");
        count += 1;
        match step.next {
            Next::AskIn(pause) => now += pause,
            Next::Lost(error) => {
                assert!(error.to_string().contains("may still run"), "{error}");
                return (now - start, count);
            }
            Next::Ended(end) => panic!("{end:?}"),
        }
    }
}

#[test]
fn failures_are_borne_for_a_time_and_answers_that_cannot_be_read_three_times() {
    let seconds = Duration::from_secs;
    let mut failure = Failure::unreadable("DescribeTasks", "number out of range");
    assert_eq!(fail(&failure).1, 3);
    failure.class = Class::Throttled;
    let (lost_after, _) = fail(&failure);
    assert!((seconds(600)..seconds(615)).contains(&lost_after), "{lost_after:?}");
    failure.class = Class::Denied;
    assert_eq!(fail(&failure), (Duration::ZERO, 1));
}
