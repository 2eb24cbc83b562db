//! A filter without a sandbox, in the host's own pipeline: for tests, and for a program that links a plugin.

use sortie_lines::FilterFailure;
use sortie_lines::LineBatch;
use sortie_lines::LineFilter;
use sortie_lines::check_labels;

use super::Action;
use super::Batch;
use super::Edits;
use super::Ending;
use super::Filter;
use super::Hit;
use super::Interest;
use super::Label;
use super::Pattern;
use super::Released;
use crate::Severity;

/// A plugin's filter as the host's pipeline takes one, without a sandbox.
pub struct Native<F> {
    filter: F,
    edits: Edits,
    /// Kept for their memory.
    times: Vec<f64>,
    labels: Vec<Label>,
    hits: Vec<Hit>,
}

impl<F> Native<F> {
    /// At the start of its stream.
    pub fn new(filter: F) -> Self {
        let edits = Edits::default();
        Self { filter, edits, times: Vec::new(), labels: Vec::new(), hits: Vec::new() }
    }

    /// The filter.
    pub fn filter(&self) -> &F {
        &self.filter
    }
}

impl<F: Filter> LineFilter for Native<F> {
    fn process(
        &mut self,
        batch: &LineBatch,
        hits: Option<&[sortie_lines::Hit]>,
        edits: &mut sortie_lines::Edits,
    ) -> Result<(), FilterFailure> {
        // Milliseconds since 1970 are far below 2^53.
        self.times.clear();
        self.times.extend(batch.times.iter().map(|time| *time as f64));
        self.labels.clear();
        self.labels.extend(batch.labels.iter().cloned().map(to_plugin));
        self.hits.clear();
        self.hits.extend(hits.unwrap_or_default().iter().map(|hit| Hit {
            line: hit.line,
            interest: hit.interest,
            start: hit.start,
            end: hit.end,
        }));
        let view = Batch::new(&batch.bytes, &batch.ends, batch.partial)
            .with_times(&self.times)
            .with_labels(&self.labels)
            .with_continued(batch.continued);
        self.edits.clear();
        self.filter.process(view, hits.map(|_| self.hits.as_slice()), &mut self.edits).map_err(failure)?;
        edits.bytes.extend_from_slice(self.edits.bytes());
        edits.edits.extend(self.edits.edits().iter().map(|edit| sortie_lines::Edit {
            line: edit.line,
            action: match edit.action {
                Action::Drop => sortie_lines::Action::Drop,
                Action::Replace => sortie_lines::Action::Replace,
            },
            end: edit.end,
        }));
        edits.labels.extend(self.edits.labels().iter().cloned().map(from_plugin));
        let interests = self.edits.interests.take();
        edits.interests = interests.map(|interests| interests.into_iter().map(interest).collect());
        edits.follow = self.filter.follow();
        edits.check(batch.len()).map_err(out_of_protocol)
    }

    fn tick(&mut self) -> Result<sortie_lines::Released, FilterFailure> {
        let mut out = Released::default();
        self.filter.tick(&mut out).map_err(failure)?;
        released(out)
    }

    fn finish(&mut self) -> Result<sortie_lines::Ending, FilterFailure> {
        let mut ending = Ending::default();
        self.filter.finish(&mut ending).map_err(failure)?;
        let (rest, notes, counters) = ending.into_parts();
        if let Some(counter) = counters.iter().find(|counter| !counter.value.is_finite()) {
            return Err(out_of_protocol(format!("a counter ({}) that is no number", counter.name)));
        }
        Ok(sortie_lines::Ending {
            released: released(rest)?,
            notes: notes
                .into_iter()
                .map(|note| sortie_lines::Note {
                    warning: note.severity != Severity::Note,
                    message: note.message,
                })
                .collect(),
            counters: counters
                .into_iter()
                .map(|counter| sortie_lines::Counter { name: counter.name, value: counter.value })
                .collect(),
        })
    }
}

fn failure(error: crate::Error) -> FilterFailure {
    FilterFailure { message: format!("the filter failed: {error}") }
}

fn out_of_protocol(why: impl std::fmt::Display) -> FilterFailure {
    FilterFailure { message: format!("out of protocol: {why}") }
}

fn released(released: Released) -> Result<sortie_lines::Released, FilterFailure> {
    let (bytes, labels) = released.into_parts();
    let labels = labels.into_iter().map(from_plugin).collect();
    let released = sortie_lines::Released { bytes, labels };
    check_labels(&released.labels, released.lines()).map_err(out_of_protocol)?;
    Ok(released)
}

pub(crate) fn to_plugin(label: sortie_lines::Label) -> Label {
    Label::new(label.line as usize, label.name, label.value)
}

fn from_plugin(label: Label) -> sortie_lines::Label {
    sortie_lines::Label { line: label.line, name: label.name, value: label.value }
}

/// Interests in the pipeline's words, for the search in front of the filter.
pub fn interests(of_filter: Vec<Interest>) -> Vec<sortie_lines::Interest> {
    of_filter.into_iter().map(interest).collect()
}

fn interest(interest: Interest) -> sortie_lines::Interest {
    let pattern = match interest.pattern {
        Pattern::Literal(literal) => sortie_lines::Pattern::Literal(literal),
        Pattern::Regex(regex) => sortie_lines::Pattern::Regex(regex),
    };
    sortie_lines::Interest { pattern, opens: interest.opens }
}
