//! The one event type of a run. The back end and the run's supervisor send it; the output thread
//! shows it, writes it as JSON, and hands it to reporters.
//!
//! An [`Event`] can be written as one JSON object and read back. This is also what `--output json`
//! prints, so names of fields and values are part of sortie's interface
//! ([`output::json`](crate::output::json) has the rules).

use std::time::Duration;
use std::time::SystemTime;

use serde::Deserialize;
use serde::Serialize;
use serde::Serializer;

use crate::mark::Annotation;
use crate::mark::PhaseMark;
#[cfg(test)]
use crate::output::json::schema::Timestamp;
use crate::report::RunReport;
use crate::stream::ContainerIndex;
use crate::stream::Moment;
use crate::stream::address::Attempt;

/// Something that happened, when, and in which attempt of which task.
///
/// Only [`EventSender`](crate::stream::EventSender) makes one, so that all times are taken in one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Event {
    /// What happened. First, so that the type stands first in the JSON object.
    #[serde(flatten)]
    pub kind: EventKind,
    /// When, by this machine's clock; whole milliseconds in JSON.
    #[serde(with = "rfc3339")]
    #[cfg_attr(test, schemars(with = "Timestamp"))]
    pub at: SystemTime,
    /// Since the run began; whole milliseconds in JSON.
    #[serde(rename = "elapsedMs", with = "millis")]
    #[cfg_attr(test, schemars(with = "u64"))]
    pub elapsed: Duration,
    /// Which attempt of which task it is about.
    #[serde(flatten)]
    pub attempt: Attempt,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum EventKind {
    /// The task is known and checked; nothing is launched yet.
    Planned(Planned),
    /// Something a person should know, that stops nothing.
    Warning {
        /// One line.
        message: String,
        /// It is about what may happen, told before the launch. Otherwise something went wrong.
        #[serde(default)]
        beforehand: bool,
    },
    /// A call, or the whole attempt, did not succeed and is made again.
    Retrying {
        /// What the platform said.
        reason: String,
        /// How long sortie waits before the next one; whole milliseconds in JSON.
        #[serde(rename = "delayMs", with = "millis")]
        #[cfg_attr(test, schemars(with = "u64"))]
        delay: Duration,
    },
    /// What a warning or a retry was about is over: the endpoint answers again.
    Recovered {
        /// One line.
        message: String,
    },
    /// The task runs in a task definition that sortie has registered.
    Registered {
        /// Its ARN, with the revision.
        task_definition: String,
        /// Whether it was there, from an earlier run with the same content.
        reused: bool,
    },
    /// The task exists. From here on it may cost money. Sent once for each attempt.
    Launched {
        /// Task ARN, or the process's id.
        id: String,
        /// Console page, where there is one.
        url: Option<String>,
    },
    /// The platform reports another state.
    #[serde(rename = "state")]
    StateChanged {
        /// How far the task has come, the same words on every platform.
        stage: Stage,
        /// The platform's own word in lower case (`provisioning`, `deactivating`, …).
        state: String,
    },
    /// A long step goes on. Shown in the live line of a terminal only, in the state's place.
    Progress {
        /// What goes on, and how far it is; empty when it is over and the state is what counts again.
        state: String,
    },
    /// What somebody wants to know who looks for a cause: shown with `-v`.
    Detail {
        /// One line.
        message: String,
    },
    /// sortie asks the platform to stop the task.
    Stopping {
        /// Why, in plain words.
        reason: String,
        /// How long it may take, and what a person can do meanwhile.
        #[serde(with = "text_or_null")]
        #[cfg_attr(test, schemars(with = "Option<String>"))]
        advice: String,
    },
    /// The task is being stopped, and these containers have not ended yet.
    AwaitingStop {
        /// Their names.
        containers: Vec<String>,
        /// When the last of them is killed at the latest, from now; whole milliseconds in JSON. `None`:
        /// the platform does not tell.
        #[serde(rename = "killInMs", with = "optional_millis")]
        #[cfg_attr(test, schemars(with = "Option<u64>"))]
        kill_in: Option<Duration>,
    },
    /// Nothing was printed for long, and the task is still waited for. Some CI systems end a step that is
    /// silent.
    StillWaiting {
        /// How long ago the last line of the log came; whole milliseconds in JSON. `None`: none has come.
        #[serde(rename = "lastLineMs", with = "optional_millis")]
        #[cfg_attr(test, schemars(with = "Option<u64>"))]
        last_line: Option<Duration>,
    },
    /// A step of the task's own work begins with the line that follows: a filter has labelled it `phase`.
    Phase(PhaseMark),
    /// The line that follows says something of a file: a filter has labelled it `annotation`.
    Annotation(Annotation),
    /// A container's log has ended, and a filter says something of it.
    Filtered(Filtered),
    /// The run has ended; nothing follows.
    Finished(Box<RunReport>),
}

/// What a filter says of a whole log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Filtered {
    /// The filter's name.
    pub filter: String,
    /// The container's name.
    pub container: String,
    /// Its index.
    #[serde(rename = "containerIndex")]
    pub index: ContainerIndex,
    /// In its own words.
    pub notes: Vec<FilterNote>,
    /// What it counted.
    pub counters: Vec<FilterCounter>,
}

/// A sentence of a filter. Safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FilterNote {
    /// Whether a person should know it who did not ask for details.
    pub warning: bool,
    /// One line.
    pub message: String,
}

/// A number that a filter counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FilterCounter {
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    /// A finite number.
    #[serde(serialize_with = "number")]
    pub value: f64,
}

/// A number without a fraction is written without one.
pub(crate) fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    // Whole numbers beyond it are not exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value.fract() == 0.0 && value.abs() < EXACT {
        true => serializer.serialize_i64(*value as i64),
        false => serializer.serialize_f64(*value),
    }
}

/// What will run, as far as events need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// Family or name of the task.
    pub name: String,
    /// `fargate`, `docker`, `process`.
    pub backend: String,
    /// Names of all containers, in the task's order.
    pub containers: Vec<String>,
    /// The container whose exit code counts.
    pub main_container: String,
    /// Warnings of the plan, one line each.
    pub warnings: Vec<String>,
}

/// How far a task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It is being placed, and its images are pulled.
    Starting,
    /// Its containers run.
    Running,
    /// It is being stopped, or ends by itself.
    Stopping,
    /// It has ended.
    Stopped,
}

impl Stage {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }
}

impl Event {
    /// When it happened, and in which attempt.
    pub fn moment(&self) -> Moment {
        Moment { at: self.at, elapsed: self.elapsed, attempt: self.attempt }
    }
}

impl EventKind {
    /// Gives each text of it to `change`: all that a person may read, and no name of sortie's own. The id of
    /// a resource of AWS is left as it is: it is needed to stop what costs money.
    pub fn change_texts(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Planned(Planned { name, backend: _, containers, main_container, warnings }) => {
                change(name);
                change(main_container);
                containers.iter_mut().chain(warnings).for_each(change);
            }
            Self::Warning { message, beforehand: _ }
            | Self::Recovered { message }
            | Self::Detail { message } => {
                change(message);
            }
            Self::Retrying { reason, delay: _ } => change(reason),
            Self::Stopping { reason, advice } => {
                change(reason);
                change(advice);
            }
            Self::Registered { task_definition, reused: _ } => change_id(task_definition, change),
            Self::AwaitingStop { containers, kill_in: _ } => containers.iter_mut().for_each(change),
            Self::Launched { id, url } => {
                change_id(id, change);
                url.iter_mut().for_each(change);
            }
            Self::StillWaiting { last_line: _ } => {}
            Self::StateChanged { stage: _, state } | Self::Progress { state } => change(state),
            Self::Filtered(Filtered { filter: _, container, index: _, notes, counters: _ }) => {
                change(container);
                notes.iter_mut().for_each(|note| change(&mut note.message));
            }
            Self::Phase(PhaseMark { container: _, name, title, time_ms: _ }) => {
                change(name);
                change(title);
            }
            Self::Annotation(Annotation {
                container: _,
                name,
                level: _,
                file,
                line: _,
                column: _,
                message,
            }) => {
                change(name);
                file.iter_mut().for_each(&mut *change);
                change(message);
            }
            Self::Finished(report) => report.change_texts(change),
        }
    }

    /// Its name, which is its `type` in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planned(_) => "planned",
            Self::Warning { .. } => "warning",
            Self::Retrying { .. } => "retrying",
            Self::Recovered { .. } => "recovered",
            Self::Registered { .. } => "registered",
            Self::Launched { .. } => "launched",
            Self::StateChanged { .. } => "state",
            Self::Progress { .. } => "progress",
            Self::Detail { .. } => "detail",
            Self::Stopping { .. } => "stopping",
            Self::AwaitingStop { .. } => "awaiting-stop",
            Self::StillWaiting { .. } => "still-waiting",
            Self::Phase(_) => "phase",
            Self::Annotation(_) => "annotation",
            Self::Filtered(_) => "filtered",
            Self::Finished(_) => "finished",
        }
    }

    /// Something went wrong, and stops nothing.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::Warning { message: message.into(), beforehand: false }
    }

    /// What a person should know before the launch.
    pub fn caution(message: impl Into<String>) -> Self {
        Self::Warning { message: message.into(), beforehand: true }
    }

    /// A detail, shown with `-v`.
    pub fn detail(message: impl Into<String>) -> Self {
        Self::Detail { message: message.into() }
    }
}

/// Gives the id of a task to `change`, unless it is one of AWS.
pub(crate) fn change_id(id: &mut String, change: &mut dyn FnMut(&mut String)) {
    if !id.starts_with("arn:") {
        change(id);
    }
}

/// A moment as RFC 3339 with milliseconds, UTC.
pub(crate) mod rfc3339 {
    use std::time::SystemTime;

    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serializer;

    pub(crate) fn serialize<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_rfc3339_millis(*at))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_rfc3339(&text).map_err(serde::de::Error::custom)
    }
}

/// The same of a moment that may not be known.
pub(crate) mod optional_rfc3339 {
    use std::time::SystemTime;

    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serializer;

    pub(crate) fn serialize<S: Serializer>(
        at: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::rfc3339::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let parse = |text: String| humantime::parse_rfc3339(&text).map_err(serde::de::Error::custom);
        text.map(parse).transpose()
    }
}

/// A text that may be empty: null then.
pub(crate) mod text_or_null {
    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serialize as _;
    use serde::Serializer;

    pub(crate) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        (!text.is_empty()).then_some(text).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or_default())
    }
}

/// A text that may be empty, as the list of one text or of none.
pub(crate) mod text_as_list {
    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serializer;

    pub(crate) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((!text.is_empty()).then_some(text))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(Vec::<String>::deserialize(deserializer)?.join("\n"))
    }
}

/// A time span as whole milliseconds.
pub(crate) mod millis {
    use std::time::Duration;

    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serializer;

    pub(crate) fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

/// The same of a time span that may not be known.
pub(crate) mod optional_millis {
    use std::time::Duration;

    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serializer;

    pub(crate) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => super::millis::serialize(span, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::exit::ExitCode;
    use crate::mark::AnnotationLevel;
    use crate::report::ContainerEnd;
    use crate::report::ContainerLog;
    use crate::report::Link;
    use crate::report::Phase;
    use crate::report::PhaseName;
    use crate::report::PluginCounter;
    use crate::report::Step;
    use crate::report::Verdict;

    /// One of each kind, every field filled.
    fn all() -> Vec<EventKind> {
        let report = RunReport {
            id: "arn:task/1".into(),
            exit_code: ExitCode(137),
            verdict: Verdict::OutOfMemory,
            reason: "killed".into(),
            hint: "more --memory".into(),
            main_container: "app".into(),
            containers: vec![ContainerEnd {
                name: "app".into(),
                exit_code: Some(137),
                reason: "OutOfMemoryError".into(),
                out_of_memory: true,
            }],
            logs: vec![
                ContainerLog {
                    waited: Some(Duration::from_millis(10_432)),
                    ..ContainerLog::complete("app", 3, 20)
                },
                ContainerLog { incomplete: Some("gone".into()), ..ContainerLog::complete("side", 0, 0) },
            ],
            phases: vec![
                Phase {
                    started_at: Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_120)),
                    ..Phase::lasting(PhaseName::Run, Duration::from_millis(1500))
                },
                Phase::lasting(PhaseName::Stop, Duration::from_millis(20)),
            ],
            steps: vec![Step {
                container: "app".into(),
                index: 0,
                title: "./kops.sh validate".into(),
                started_at: Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_456)),
                duration: Duration::from_millis(900),
                last: true,
            }],
            outputs: [("url".to_owned(), "https://x".to_owned())].into(),
            links: vec![
                Link { name: "task".into(), url: "https://x".into(), container: None },
                Link { name: "log of app".into(), url: "https://y".into(), container: Some("app".into()) },
            ],
            plugin_failures: vec!["reporter `x` failed".into()],
            counters: vec![PluginCounter {
                plugin: "redact".into(),
                container: "app".into(),
                index: 0,
                name: "masked-lines".into(),
                value: 3.0,
            }],
            tails: Vec::new(),
        };
        let filtered = Filtered {
            filter: "redact".into(),
            container: "app".into(),
            index: 0,
            notes: vec![FilterNote { warning: true, message: "n".into() }],
            counters: vec![
                FilterCounter { name: "masked-lines".into(), value: 3.0 },
                FilterCounter { name: "share".into(), value: 0.25 },
            ],
        };
        let planned = Planned {
            name: "deploy".into(),
            backend: "fargate".into(),
            containers: vec!["app".into(), "side".into()],
            main_container: "app".into(),
            warnings: vec!["careful".into()],
        };
        vec![
            EventKind::Planned(planned),
            EventKind::warning("w"),
            EventKind::caution("c"),
            EventKind::Retrying { reason: "throttled".into(), delay: Duration::from_millis(250) },
            EventKind::Recovered { message: "ecs answers again".into() },
            EventKind::Registered { task_definition: "arn".into(), reused: true },
            EventKind::Launched { id: "arn".into(), url: None },
            EventKind::Launched { id: "arn".into(), url: Some("https://x".into()) },
            EventKind::StateChanged { stage: Stage::Stopping, state: "deprovisioning".into() },
            EventKind::Progress { state: "pulling 3/7".into() },
            EventKind::detail("d"),
            EventKind::Stopping { reason: "timed out".into(), advice: "at most 40 s".into() },
            EventKind::AwaitingStop {
                containers: vec!["side".into()],
                kill_in: Some(Duration::from_secs(28)),
            },
            EventKind::AwaitingStop { containers: vec!["side".into()], kill_in: None },
            EventKind::StillWaiting { last_line: Some(Duration::from_secs(300)) },
            EventKind::StillWaiting { last_line: None },
            EventKind::Phase(PhaseMark {
                container: 1,
                name: "side".into(),
                title: "./kops.sh validate".into(),
                time_ms: 1_700_000_000_123,
            }),
            EventKind::Annotation(Annotation {
                container: 0,
                name: "app".into(),
                level: AnnotationLevel::Warning,
                file: Some("src/a.rs".into()),
                line: Some(3),
                column: None,
                message: "unused".into(),
            }),
            EventKind::Filtered(filtered),
            EventKind::Finished(Box::new(report)),
        ]
    }

    #[test]
    fn every_event_can_be_written_and_read_back() {
        for kind in all() {
            let event = Event {
                at: UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
                elapsed: Duration::from_millis(61_002),
                attempt: Attempt { task: 7, attempt: 2 },
                kind,
            };
            let written = serde_json::to_string(&event).expect("JSON");
            let read: Event = serde_json::from_str(&written).expect("the same JSON");
            assert_eq!(read, event, "{written}");
            let named = format!("{{\"type\":\"{}\"", event.kind.name());
            assert!(written.starts_with(&named), "{written}");
        }
    }

    #[test]
    fn an_event_says_when_and_whose_it_is() {
        let event = Event {
            at: UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
            elapsed: Duration::from_millis(1500),
            attempt: Attempt::FIRST,
            kind: EventKind::StateChanged { stage: Stage::Running, state: "running".into() },
        };
        assert_eq!(
            serde_json::to_value(&event).expect("JSON"),
            serde_json::json!({
                "type": "state", "stage": "running", "state": "running",
                "at": "2023-11-14T22:13:20.123Z", "elapsedMs": 1500, "task": 0, "attempt": 1,
            })
        );
    }
}
