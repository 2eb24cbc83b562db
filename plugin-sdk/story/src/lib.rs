//! What a reporter tells of a run, whatever it tells it to.
//!
//! A reporter gives each event to [`Story::hear`], and at the end asks for what the reader of a failed job
//! wants to know: why it failed and what to do ([`Failure`]), where the time went, how each container ended,
//! the last lines, links, values for later steps ([`outputs`]). [`summary`] is all of it in Markdown,
//! [`block`] the short form for a system that has nothing but its log.
//!
//! Names, reasons, titles and lines come from the task and the cloud. [`plain`] and [`markdown`] make them
//! harmless; what writes another format escapes them for that.
//!
//! - [`step`]: the parts of the task's own work.
//! - [`annotation`]: what the log says of a place in a file.
//! - [`outputs`]: values for later steps.
//! - [`summary`]: everything in Markdown.
//! - [`block`]: the reason, in colour.
//! - [`markdown`], [`plain`]: texts that are safe to write.
//! - [`duration`], [`timestamp`]: times as text.
//!
//! ```
//! use sortie_plugin_sdk::reporter::{Event, Finished, Other, Planned};
//! use sortie_story::{Heard, Story};
//!
//! let mut story = Story::default();
//! story.hear(&Event::new(Planned::new("deploy", ["app"])));
//! let step = r#"{"container":0,"name":"app","title":"./deploy.sh"}"#;
//! assert!(matches!(story.hear(&Event::new(Other::new("phase", step))), Heard::Step(_)));
//! let mut finished = Finished::new("failed", 3);
//! finished.reason = "container `app` ended with 3".to_owned();
//! assert_eq!(story.hear(&Event::new(finished)), Heard::Finished);
//!
//! let failure = story.failure().expect("it failed");
//! assert_eq!(failure.title, "deploy: failed");
//! assert_eq!(failure.message, "container `app` ended with 3\nIt failed in the step `./deploy.sh`.");
//! ```

pub mod annotation;
pub mod block;
pub mod duration;
pub mod markdown;
pub mod outputs;
pub mod plain;
pub mod step;
pub mod summary;
pub mod timestamp;

use sortie_plugin_sdk::Event;
use sortie_plugin_sdk::reporter::Finished;
use sortie_plugin_sdk::reporter::Happening;
use sortie_plugin_sdk::reporter::Launched;
use sortie_plugin_sdk::reporter::LogTail;
use sortie_plugin_sdk::reporter::Planned;

pub use annotation::Annotation;
pub use annotation::Level;
pub use step::Step;

/// Names of the events that a story is made of: what [`Reporter::events`] answers.
///
/// [`Reporter::events`]: sortie_plugin_sdk::Reporter::events
pub const EVENTS: &[&str] = &["planned", "launched", "state", "phase", "annotation", "finished"];

/// States that are kept; a task has far fewer.
const MAX_STATES: usize = 200;
/// Steps that are kept.
const MAX_STEPS: usize = 1_000;
/// Annotations that are kept.
const MAX_ANNOTATIONS: usize = 100;

/// What happened in a run, as far as it was heard.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// What was to run.
    pub planned: Planned,
    /// The task of the last attempt; its id is empty when there was none.
    pub launched: Launched,
    /// What the task of the last attempt went through.
    pub states: Vec<State>,
    /// The parts of the task's own work, of all containers, in order.
    pub steps: Vec<Step>,
    /// What the log said of places in files.
    pub annotations: Vec<Annotation>,
    /// How many more there were of steps and annotations than are kept.
    pub unkept: usize,
    /// How the run ended.
    pub finished: Finished,
    /// When the story's last event came, in milliseconds since the run began.
    pub elapsed_ms: f64,
    title: Option<String>,
    /// Where in [`Story::annotations`] the failing step's begin.
    of_step: usize,
}

/// A state that the task went through.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The platform's own word.
    pub name: String,
    /// Milliseconds since the run began.
    pub elapsed_ms: f64,
}

/// What an event is in the story.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// The task is known; warnings of its plan are in [`Story::planned`].
    Planned,
    /// The task exists, for the first time or again.
    Launched,
    /// A step of the task's work begins here in the log.
    Step(Step),
    /// A line that follows says this of a place in a file.
    Annotation(Annotation),
    /// The run has ended.
    Finished,
    /// It is noted, or of no interest.
    Else,
}

/// Why a run failed, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The task and the verdict, on one line.
    pub title: String,
    /// The reason, the step in which it failed, what the log said there, and what to do, a line each.
    pub message: String,
}

impl Story {
    /// A story that goes by this title, instead of the task's name.
    pub fn titled(title: Option<String>) -> Self {
        Self { title: title.filter(|title| !title.is_empty()), ..Self::default() }
    }

    /// Notes an event.
    pub fn hear(&mut self, event: &Event) -> Heard {
        self.elapsed_ms = event.elapsed_ms;
        match &event.what {
            Happening::Planned(planned) => {
                self.planned = planned.clone();
                Heard::Planned
            }
            Happening::Launched(launched) => {
                // A task that could not start was launched again: what it did is of no interest any more.
                self.launched = launched.clone();
                self.states.clear();
                self.steps.clear();
                self.annotations.clear();
                self.of_step = 0;
                Heard::Launched
            }
            Happening::StateChanged(change) => {
                if self.states.len() < MAX_STATES {
                    self.states.push(State { name: change.state.clone(), elapsed_ms: event.elapsed_ms });
                }
                Heard::Else
            }
            Happening::Other(other) => match other.name.as_str() {
                "phase" => match Step::read(&other.json, event.elapsed_ms) {
                    Some(step) => self.note_step(step),
                    None => Heard::Else,
                },
                "annotation" => match Annotation::read(&other.json) {
                    Some(annotation) => self.note_annotation(annotation),
                    None => Heard::Else,
                },
                _ => Heard::Else,
            },
            Happening::Finished(finished) => {
                self.finished = finished.clone();
                step::note_ends(&mut self.steps, finished.more("steps").unwrap_or_default());
                Heard::Finished
            }
            _ => Heard::Else,
        }
    }

    fn note_step(&mut self, step: Step) -> Heard {
        if self.steps.len() >= MAX_STEPS {
            self.unkept += 1;
            return Heard::Else;
        }
        if self.is_main(&step.container) {
            self.of_step = self.annotations.len();
        }
        self.steps.push(step.clone());
        Heard::Step(step)
    }

    fn note_annotation(&mut self, annotation: Annotation) -> Heard {
        if self.annotations.len() >= MAX_ANNOTATIONS {
            self.unkept += 1;
            return Heard::Else;
        }
        self.annotations.push(annotation.clone());
        Heard::Annotation(annotation)
    }

    /// What the run is called.
    pub fn title(&self) -> &str {
        match &self.title {
            Some(title) => title,
            None if self.planned.name.is_empty() => "sortie",
            None => &self.planned.name,
        }
    }

    /// The task's id; `None` when none was created.
    pub fn id(&self) -> Option<&str> {
        let id = if self.finished.id.is_empty() { &self.launched.id } else { &self.finished.id };
        (!id.is_empty()).then_some(id)
    }

    /// Name of the container whose exit code counts; empty when it is not known.
    pub fn main_container(&self) -> &str {
        match self.finished.main_container.as_str() {
            "" => self.planned.main_container_name().unwrap_or_default(),
            name => name,
        }
    }

    /// Whether a container is the one whose exit code counts.
    pub fn is_main(&self, container: &str) -> bool {
        container == self.main_container()
    }

    /// The step in which a run failed: the last one of the main container.
    pub fn failing_step(&self) -> Option<&Step> {
        let ran = !self.finished.succeeded();
        self.steps.iter().rev().find(|step| ran && self.is_main(&step.container))
    }

    /// The sentence that names the failing step; `None` where the reason names it already.
    pub fn step_sentence(&self) -> Option<String> {
        let step = self.failing_step()?;
        let is_told = self.finished.reason.contains(&format!("step `{}`", step.title));
        (!is_told).then(|| format!("It failed in the step `{}`.", step.title))
    }

    /// What the main container's log said is wrong, in the step in which the run failed: the first error there,
    /// which most of those after it follow from.
    pub fn cause(&self) -> Option<&Annotation> {
        let ran = !self.finished.succeeded();
        let is_cause = |annotation: &&Annotation| {
            ran && annotation.level == Level::Error && self.is_main(&annotation.container)
        };
        self.annotations.get(self.of_step..)?.iter().find(is_cause)
    }

    /// How long a step took, in milliseconds: as sortie tells it, else to the next one of its container, or to the
    /// end of the run.
    pub fn step_ms(&self, index: usize) -> Option<f64> {
        let step = self.steps.get(index)?;
        if step.took_ms.is_some() {
            return step.took_ms;
        }
        let next = self.steps[index + 1..].iter().find(|next| next.container == step.container);
        let end = match next {
            Some(next) => (next.at_ms, next.elapsed_ms),
            None => (self.end_of_run_ms(), self.elapsed_ms),
        };
        // By the platform's clock where it is known: lines may arrive late, and many at once.
        let by_platform = step.at_ms.zip(end.0).map(|(from, to)| to - from);
        by_platform.filter(|ms| *ms >= 0.0).or(Some(end.1 - step.elapsed_ms).filter(|ms| *ms >= 0.0))
    }

    /// When the task's own code ended, by the platform's clock.
    fn end_of_run_ms(&self) -> Option<f64> {
        let run = self.finished.phases.iter().find(|phase| phase.name == "run")?;
        Some(run.started_at_ms? + run.duration_ms)
    }

    /// The last lines worth showing: of the main container, and of others that did not end well, each with
    /// at least one line.
    pub fn tails(&self) -> Vec<LogTail> {
        let ended_badly = |name: &str| {
            let end = self.finished.containers.iter().find(|end| end.name == name);
            end.is_some_and(|end| end.exit_code.is_some_and(|code| code != 0))
        };
        let worth = |tail: &LogTail| {
            !tail.lines.is_empty() && (self.is_main(&tail.container) || ended_badly(&tail.container))
        };
        let mut tails: Vec<LogTail> = self.finished.log_tails().into_iter().filter(worth).collect();
        tails.sort_by_key(|tail| !self.is_main(&tail.container));
        tails
    }

    /// Why the run failed; `None` when it did not.
    pub fn failure(&self) -> Option<Failure> {
        let finished = &self.finished;
        if finished.succeeded() {
            return None;
        }
        let mut lines = vec![finished.reason.clone()];
        lines.extend(self.step_sentence());
        lines.extend(self.cause().map(Annotation::sentence));
        lines.push(finished.hint.clone());
        lines.retain(|line| !line.is_empty());
        Some(Failure { title: format!("{}: {}", self.title(), finished.verdict), message: lines.join("\n") })
    }

    /// The page of a container's log, else any page.
    pub fn log_url(&self) -> Option<&str> {
        let links = &self.finished.links;
        let of_main = links.iter().find(|link| link.name.ends_with(&format!(" {}", self.main_container())));
        of_main.or(links.iter().find(|link| link.name.contains("log"))).map(|link| link.url.as_str())
    }
}

#[cfg(test)]
mod tests;
