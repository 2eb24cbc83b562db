//! Filters.

use std::sync::Arc;
use std::time::Duration;

use sortie_lines::Action;
use sortie_lines::Counter;
use sortie_lines::Edit;
use sortie_lines::Edits;
use sortie_lines::Ending;
use sortie_lines::Hit;
use sortie_lines::Interest;
use sortie_lines::Label;
use sortie_lines::LineBatch;
use sortie_lines::Note;
use sortie_lines::Pattern;
use sortie_lines::Pieces;
use sortie_lines::Released;
use sortie_lines::check_labels;

use super::bindings::filter as exported;
use super::bindings::filter::Guest as Exports;
use super::bindings::filter::GuestIndices;
use super::bindings::lines as wit;
use super::shared;
use crate::plugin::abi::FilterGuest;
use crate::plugin::abi::Guest;
use crate::plugin::abi::tick_time;
use crate::plugin::context::Context;
use crate::plugin::kind::Description;
use crate::plugin::kind::FilterSetup;
use crate::plugin::kind::FilterWishes;
use crate::plugin::kind::Kind;
use crate::plugin::kind::Severity;
use crate::plugin::kind::check_interests;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::Blueprint;
use crate::plugin::runtime::instance::Instance;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::runtime::text::clean;
use crate::plugin::runtime::words::Message;
use crate::plugin::trust::grant::GrantSet;
use crate::plugin::trust::grant::is_file_name;

/// A filter that speaks 0.2, on one stream.
pub(crate) struct Filter {
    instance: Instance<Exports>,
    /// How often it has changed its interests.
    changes: u32,
    /// Kept for their memory.
    times: Vec<f64>,
    hits: Vec<wit::Hit>,
}

impl Filter {
    /// A new instance, neither described nor configured.
    pub(crate) fn start(blueprint: &Blueprint) -> Result<Self, PluginError> {
        let load =
            |store: &mut _, component: &_, instance: &_| GuestIndices::new(component)?.load(store, instance);
        let instance = Instance::start(blueprint, load)?;
        Ok(Self { instance, changes: 0, times: Vec::new(), hits: Vec::new() })
    }
}

impl Guest for Filter {
    fn describe(&mut self) -> Result<Description, PluginError> {
        shared::describe(&mut self.instance, Kind::Filter, |exports, store| exports.call_describe(store))
    }

    fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>) {
        self.instance.grant(label, grants);
    }

    fn take_messages(&mut self) -> Vec<Message> {
        self.instance.take_messages()
    }
}

impl FilterGuest for Filter {
    fn configure(&mut self, config: &str, context: &Context) -> Result<FilterSetup, PluginError> {
        let time = self.instance.limits().configure_time;
        let answer = shared::send_context(context, |context| {
            let call = |exports: &Exports, store: &mut _| exports.call_configure(store, config, context);
            self.instance.call("configure", time, call)
        })?;
        let limits = self.instance.limits();
        match answer {
            Ok(raw) => filter_setup(raw, limits),
            Err(error) => Err(shared::said(&error, limits)),
        }
        .map_err(|failure| self.instance.fail("configure", failure))
    }

    fn process(
        &mut self,
        batch: &LineBatch,
        hits: Option<&[Hit]>,
        edits: &mut Edits,
    ) -> Result<(), PluginError> {
        self.instance.has_seen_lines();
        let time = self.instance.limits().process_time;
        self.times.clear();
        self.times.extend(batch.times.iter().map(|&time| time as f64));
        self.hits.clear();
        self.hits.extend(hits.unwrap_or_default().iter().map(|&hit| {
            let Hit { line, interest, start, end } = hit;
            wit::Hit { line, interest, start, end }
        }));
        let hits = hits.map(|_| self.hits.as_slice());
        let labels: Vec<wit::LabelParam<'_>> = batch.labels.iter().map(label_to_wit).collect();
        let sent = wit::Batch {
            bytes: &batch.bytes,
            ends: &batch.ends,
            times: &self.times,
            continued: batch.continued,
            partial: batch.partial,
            labels: &labels,
        };
        let call = |exports: &Exports, store: &mut _| exports.call_process(store, sent, hits);
        let answer = self.instance.call("process", time, call)?;
        let limits = self.instance.limits();
        match answer {
            Ok(answer) => {
                self.changes += u32::from(answer.interests.is_some());
                take_over(answer, batch.len(), edits, limits).and_then(|()| match limits.interest_changes {
                    max if self.changes > max => {
                        Err(Failure::Limit(format!("its interests changed more than {max} times")))
                    }
                    _ => Ok(()),
                })
            }
            Err(error) => Err(shared::said(&error, limits)),
        }
        .map_err(|failure| self.instance.fail("process", failure))
    }

    fn tick(&mut self) -> Result<Released, PluginError> {
        let time = self.instance.limits().process_time;
        let answer = self.instance.call("tick", time, |exports, store| exports.call_tick(store))?;
        let limits = self.instance.limits();
        match answer {
            Ok(raw) => released(raw, limits),
            Err(error) => Err(shared::said(&error, limits)),
        }
        .map_err(|failure| self.instance.fail("tick", failure))
    }

    fn finish(&mut self) -> Result<Ending, PluginError> {
        let time = self.instance.limits().process_time;
        let answer = self.instance.call("finish", time, |exports, store| exports.call_finish(store))?;
        let limits = self.instance.limits();
        match answer {
            Ok(raw) => ending(raw, limits),
            Err(error) => Err(shared::said(&error, limits)),
        }
        .map_err(|failure| self.instance.fail("finish", failure))
    }
}

fn filter_setup(raw: exported::Setup, limits: &Limits) -> Result<FilterSetup, Failure> {
    let setup = shared::setup(raw.findings, raw.needs, Kind::Filter, limits)?;
    let interests = raw.interests.map(|raw| interests(raw, limits)).transpose()?;
    let pieces = if raw.pieces { Pieces::Each } else { Pieces::OneLine };
    let tick: Option<Duration> = raw.tick_ms.map(|ms| tick_time(ms, limits));
    Ok(FilterSetup { setup, wishes: FilterWishes { interests, pieces, tick } })
}

fn interests(raw: Vec<wit::Interest>, limits: &Limits) -> Result<Vec<Interest>, Failure> {
    let interest = |raw: wit::Interest| {
        let pattern = match raw.pattern {
            wit::Pattern::Literal(bytes) => Pattern::Literal(bytes),
            wit::Pattern::Regex(regex) => Pattern::Regex(regex),
        };
        Interest { pattern, opens: raw.opens }
    };
    let interests: Vec<Interest> = raw.into_iter().map(interest).collect();
    check_interests(&interests, limits)?;
    Ok(interests)
}

/// Moves a guest's edits of a batch of `lines` lines into `edits`, checked.
fn take_over(answer: wit::Edits, lines: usize, edits: &mut Edits, limits: &Limits) -> Result<(), Failure> {
    edits.edits.extend(answer.edits.into_iter().map(|edit| Edit {
        line: edit.line,
        action: match edit.action {
            wit::Action::Drop => Action::Drop,
            wit::Action::Replace => Action::Replace,
        },
        end: edit.end,
    }));
    edits.bytes = answer.bytes;
    edits.labels = labels(answer.labels, limits)?;
    edits.follow = answer.follow;
    edits.interests = answer.interests.map(|raw| interests(raw, limits)).transpose()?;
    edits.check(lines).map_err(|bad| Failure::Protocol(bad.to_string()))
}

fn label_to_wit(label: &Label) -> wit::LabelParam<'_> {
    wit::LabelParam { line: label.line, name: &label.name, value: &label.value }
}

/// A guest's labels, within the limits, with values that are safe to print.
fn labels(raw: Vec<wit::LabelResult>, limits: &Limits) -> Result<Vec<Label>, Failure> {
    if raw.len() > limits.labels {
        return Err(Failure::Limit(format!("{} labels, {} allowed", raw.len(), limits.labels)));
    }
    let label = |raw: wit::LabelResult| {
        let (len, max) = (raw.value.len(), limits.label_bytes);
        match len > max {
            true => Err(Failure::Limit(format!("a label of {len} bytes, {max} allowed"))),
            false => Ok(Label { line: raw.line, name: raw.name, value: clean(&raw.value, max) }),
        }
    };
    raw.into_iter().map(label).collect()
}

fn released(raw: wit::Released, limits: &Limits) -> Result<Released, Failure> {
    let released = Released { bytes: raw.bytes, labels: labels(raw.labels, limits)? };
    check_labels(&released.labels, released.lines()).map_err(|bad| Failure::Protocol(bad.to_string()))?;
    Ok(released)
}

fn ending(raw: exported::Ending, limits: &Limits) -> Result<Ending, Failure> {
    if raw.counters.len() > limits.counters {
        return Err(Failure::Limit(format!("{} counters, {} allowed", raw.counters.len(), limits.counters)));
    }
    let counter = |raw: exported::Counter| match is_file_name(&raw.name) && raw.value.is_finite() {
        true => Ok(Counter { name: raw.name, value: raw.value }),
        false => Err(Failure::Protocol(
            "a counter whose name is not of lower-case letters, digits and hyphens, or that is no number"
                .to_owned(),
        )),
    };
    let notes = shared::notes(raw.notes, limits)?.into_iter();
    Ok(Ending {
        released: released(raw.released, limits)?,
        notes: notes
            .map(|note| Note { warning: note.severity == Severity::Warning, message: note.message })
            .collect(),
        counters: raw.counters.into_iter().map(counter).collect::<Result<_, _>>()?,
    })
}
