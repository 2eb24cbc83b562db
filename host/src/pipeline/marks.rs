//! Labels that become events, at exactly the place of their line.

use std::collections::BTreeMap;

use sortie_lines::Label;
use sortie_lines::LineBatch;

use crate::event::EventKind;
use crate::mark::ANNOTATION;
use crate::mark::Annotation;
use crate::mark::AnnotationLevel;
use crate::mark::PHASE;
use crate::mark::PhaseMark;
use crate::stream::Address;
use crate::stream::Attempt;
use crate::stream::ContainerIndex;
use crate::stream::message::StepSeen;

/// Steps of a run that are told. A page with more of them helps nobody, and a task can print any number.
const MAX_PHASES: usize = 1_000;

/// Annotations of a run that are told: errors, and as many warnings and notices, which must not crowd them
/// out.
const MAX_ANNOTATIONS: usize = 50;

/// What was told of the marks of a run.
#[derive(Debug, Default)]
pub(super) struct Marks {
    phases: usize,
    errors: usize,
    lesser: usize,
    untold: BTreeMap<ContainerIndex, Untold>,
    /// The attempt whose steps these are: the last one that had any.
    attempt: Option<Attempt>,
    steps: Vec<StepSeen>,
    /// Where the last step of each container is in `steps`.
    last: BTreeMap<ContainerIndex, usize>,
}

/// Marks of a container that were not told: too many, or malformed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Untold {
    pub(super) phases: u64,
    pub(super) annotations: u64,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    /// An event right before the lines that follow.
    Mark(EventKind),
    /// Lines.
    Lines(LineBatch),
}

impl Marks {
    /// Takes a batch apart before each line that is marked; `None`: none is. `name` is the container's.
    pub(super) fn apart(&mut self, address: Address, name: &str, batch: &LineBatch) -> Option<Vec<Part>> {
        let marks = batch.labels.iter().filter(|label| is_mark(label));
        // The rest of a line in pieces begins nothing.
        let marks: Vec<&Label> = marks.filter(|label| !(batch.continued && label.line == 0)).collect();
        let mut parts = Vec::new();
        let mut from = 0;
        for label in marks {
            let line = (label.line as usize).min(batch.len());
            // An event says all that comes before it, the times of its lines included.
            self.went_on(address, batch, from..line);
            let Some(mark) = self.mark(address, name, label, batch.times.get(line).copied()) else {
                continue;
            };
            if line > from {
                parts.push(Part::Lines(batch.part(from..line)));
                from = line;
            }
            parts.push(Part::Mark(mark));
        }
        self.went_on(address, batch, from..batch.len());
        if parts.is_empty() {
            return None;
        }
        parts.push(Part::Lines(batch.part(from..batch.len())));
        Some(parts)
    }

    /// The steps of the last attempt that had any.
    pub(super) fn steps(&self) -> &[StepSeen] {
        &self.steps
    }

    /// What was not told, by container.
    pub(super) fn untold(&self) -> impl Iterator<Item = (ContainerIndex, Untold)> {
        self.untold.iter().map(|(container, untold)| (*container, *untold))
    }

    fn mark(&mut self, address: Address, name: &str, label: &Label, time: Option<i64>) -> Option<EventKind> {
        match label.name.as_str() {
            PHASE => {
                // Where a platform tells a time that is none, it is now.
                let time = time.filter(|time| crate::unix_time::moment(*time).is_some());
                let time = time.unwrap_or_else(crate::unix_time::now);
                let mark = PhaseMark::of_label(address.container, name, &label.value, time);
                self.end(address, time);
                let Some(mark) = mark.filter(|_| self.phases < MAX_PHASES) else {
                    self.untold.entry(address.container).or_default().phases += 1;
                    return None;
                };
                self.phases += 1;
                self.begin(address.container, &mark);
                Some(EventKind::Phase(mark))
            }
            _ => {
                let mark = Annotation::of_label(address.container, name, &label.value);
                let told = match mark.as_ref().map(|mark| mark.level) {
                    Some(AnnotationLevel::Error) => &mut self.errors,
                    _ => &mut self.lesser,
                };
                let Some(mark) = mark.filter(|_| *told < MAX_ANNOTATIONS) else {
                    self.untold.entry(address.container).or_default().annotations += 1;
                    return None;
                };
                *told += 1;
                Some(EventKind::Annotation(mark))
            }
        }
    }

    /// The step that a container is in is over.
    fn end(&mut self, address: Address, time: i64) {
        if self.attempt.replace(address.attempt) != Some(address.attempt) {
            self.steps.clear();
            self.last.clear();
        }
        let step = self.last.remove(&address.container);
        if let Some(step) = step.and_then(|step| self.steps.get_mut(step)) {
            step.until_ms = time.max(step.began_ms);
            step.is_over = true;
        }
    }

    /// A step begins.
    fn begin(&mut self, container: ContainerIndex, mark: &PhaseMark) {
        self.last.insert(container, self.steps.len());
        self.steps.push(StepSeen {
            container,
            title: mark.title.clone(),
            began_ms: mark.time_ms,
            until_ms: mark.time_ms,
            is_over: false,
        });
    }

    /// The step that a container is in goes on with these lines.
    fn went_on(&mut self, address: Address, batch: &LineBatch, lines: std::ops::Range<usize>) {
        let step = self.last.get(&address.container).filter(|_| self.attempt == Some(address.attempt));
        if let Some(step) = step.and_then(|step| self.steps.get_mut(*step))
            && let Some(time) = batch.times.get(lines).and_then(<[i64]>::last)
        {
            step.until_ms = step.until_ms.max(*time);
        }
    }
}

/// Whether a label is told as an event.
fn is_mark(label: &Label) -> bool {
    matches!(label.name.as_str(), PHASE | ANNOTATION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Attempt::FIRST.container(0)
    }

    fn batch(lines: &[(&str, i64)], labels: &[(u32, &str, &str)]) -> LineBatch {
        let mut batch = LineBatch::default();
        lines.iter().for_each(|(line, time)| batch.push(line.as_bytes(), *time));
        let label = |(line, name, value): &(u32, &str, &str)| Label {
            line: *line,
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        batch.labels = labels.iter().map(label).collect();
        batch
    }

    /// The parts in a few words.
    fn apart(marks: &mut Marks, batch: &LineBatch) -> Vec<String> {
        let parts = marks.apart(address(), "app", batch).unwrap_or_default();
        parts
            .into_iter()
            .map(|part| match part {
                Part::Mark(EventKind::Phase(mark)) => format!("<{}>", mark.title),
                Part::Mark(EventKind::Annotation(mark)) => format!("!{}", mark.message),
                Part::Mark(other) => format!("{other:?}"),
                Part::Lines(lines) => String::from_utf8_lossy(&lines.bytes).replace('\n', "|"),
            })
            .collect()
    }

    #[test]
    fn an_event_stands_before_its_line() {
        let mut marks = Marks::default();
        let found = r#"{"level":"error","message":"m"}"#;
        let labels = [(1, "phase", "b"), (2, "level", "error"), (3, "annotation", found), (3, "phase", "d")];
        let marked = batch(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)], &labels);
        assert_eq!(apart(&mut marks, &marked), ["a|", "<b>", "b|c|", "!m", "<d>", "d|"]);
        assert_eq!(marks.apart(address(), "app", &batch(&[("a", 5)], &[(0, "level", "info")])), None);
    }

    #[test]
    fn the_rest_of_a_line_begins_nothing() {
        let mut rest = batch(&[("of it", 1)], &[(0, "phase", "x")]);
        rest.continued = true;
        assert_eq!(Marks::default().apart(address(), "app", &rest), None);
    }

    #[test]
    fn a_step_lasts_until_the_next_or_as_far_as_the_log_goes() {
        let mut marks = Marks::default();
        apart(&mut marks, &batch(&[("a", 1_000), ("b", 1_500)], &[(0, "phase", "one"), (1, "phase", "two")]));
        apart(&mut marks, &batch(&[("c", 4_000)], &[]));
        marks.apart(Attempt::FIRST.container(1), "side", &batch(&[("x", 9_000)], &[]));
        let spans: Vec<_> = marks
            .steps()
            .iter()
            .map(|step| (&*step.title, step.until_ms - step.began_ms, step.is_over))
            .collect();
        assert_eq!(spans, [("one", 500, true), ("two", 2_500, false)]);
        let again = Attempt::FIRST.next().container(0);
        marks.apart(again, "app", &batch(&[("a", 10_000)], &[(0, "phase", "one")]));
        assert_eq!(marks.steps().len(), 1, "of the last attempt alone");
    }

    #[test]
    fn there_are_not_too_many_and_the_rest_is_counted() {
        let mut marks = Marks::default();
        let found = |level: &str| format!(r#"{{"level":"{level}","message":"m"}}"#);
        let (warning, error) = (found("warning"), found("error"));
        let lines = vec![("x", 1); 3];
        for _ in 0..600 {
            let labels = [
                (0, "phase", "p"),
                (0, "annotation", &*warning),
                (1, "phase", "p"),
                (2, "annotation", &*error),
                (2, "annotation", "no JSON"),
            ];
            apart(&mut marks, &batch(&lines, &labels));
        }
        let want = Untold { phases: 200, annotations: 550 + 550 + 600 };
        assert_eq!(marks.untold().collect::<Vec<_>>(), [(0, want)]);
        assert_eq!(marks.steps().len(), MAX_PHASES);
        assert!(marks.steps().iter().all(|step| step.is_over), "it is in none that is known");
    }
}
