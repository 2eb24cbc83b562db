//! Filters: one instance for each container's stream, batches of lines in, edits out.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use sortie_lines::Action;
use sortie_lines::BadEdits;
use sortie_lines::Edit;
use sortie_lines::Edits;
use sortie_lines::FilterFailure;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use sortie_lines::LineFilter;
use sortie_lines::Pattern;

use super::About;
use super::bindings::filter::Filter as World;
use super::bindings::filter::FilterPre;
use super::bindings::lines as wit;
use super::describe::Diagnostic;
use super::describe::diagnostics;
use super::error::Failure;
use super::error::PluginError;
use super::instance::Blueprint;
use super::instance::Instance;
use super::limits::Limits;

/// A loaded and configured filter, from which streams are opened.
pub struct Filter {
    pub(super) about: Arc<About>,
    blueprint: Blueprint,
    /// As JSON.
    config: String,
    interests: Option<Vec<Interest>>,
    /// The instance that was configured when the plugin was loaded serves the first stream.
    first: Mutex<Option<Instance<World>>>,
}

/// One filter on one container's stream.
pub struct FilterStream {
    instance: Instance<World>,
    container: String,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Filter {
    /// What it calls itself.
    pub fn name(&self) -> &str {
        &self.about.description.name
    }

    /// Takes over the instance that described itself, and configures it.
    pub(super) fn configure(
        mut instance: Instance<World>,
        blueprint: Blueprint,
        config: String,
        about: impl FnOnce(Vec<Diagnostic>) -> About,
    ) -> Result<Self, PluginError> {
        let (findings, interests) = configure(&mut instance, &config)?;
        Ok(Self {
            about: Arc::new(about(findings)),
            blueprint,
            config,
            interests,
            first: Mutex::new(Some(instance)),
        })
    }

    /// What the filter wants to see; `None`: every line.
    pub fn interests(&self) -> Option<&[Interest]> {
        self.interests.as_deref()
    }

    /// An instance for one container's stream.
    pub fn open(&self, container: &str) -> Result<FilterStream, PluginError> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let instance = match first {
            Some(instance) => instance,
            None => {
                let mut instance = start(&self.blueprint)?;
                configure(&mut instance, &self.config)?;
                instance
            }
        };
        Ok(FilterStream { instance, container: container.to_owned() })
    }
}

/// A new instance, neither described nor configured.
pub(super) fn start(blueprint: &Blueprint) -> Result<Instance<World>, PluginError> {
    Instance::start(blueprint, |store, component| FilterPre::new(component.clone())?.instantiate(store))
}

type Setup = (Vec<Diagnostic>, Option<Vec<Interest>>);

fn configure(instance: &mut Instance<World>, config: &str) -> Result<Setup, PluginError> {
    let time = instance.limits().configure_time;
    let setup = instance.call("configure", time, |world, store| world.call_configure(store, config))?;
    let checked = diagnostics(setup.diagnostics, instance.limits()).and_then(|findings| {
        let interests = setup.interests.map(|raw| interests(raw, instance.limits())).transpose()?;
        Ok((findings, interests))
    });
    checked.map_err(|failure| instance.fail("configure", failure))
}

fn interests(raw: Vec<wit::Interest>, limits: &Limits) -> Result<Vec<Interest>, Failure> {
    if raw.len() > limits.interests {
        return Err(Failure::Limit(format!("{} interests, {} allowed", raw.len(), limits.interests)));
    }
    raw.into_iter()
        .map(|interest| {
            let (pattern, len) = match interest.pattern {
                wit::Pattern::Literal(bytes) if bytes.is_empty() => {
                    return Err(Failure::Protocol("an empty literal as an interest".to_owned()));
                }
                wit::Pattern::Literal(bytes) => {
                    let len = bytes.len();
                    (Pattern::Literal(bytes), len)
                }
                wit::Pattern::Regex(regex) => {
                    let len = regex.len();
                    (Pattern::Regex(regex), len)
                }
            };
            if len > limits.pattern_bytes {
                let max = limits.pattern_bytes;
                return Err(Failure::Limit(format!("a pattern of {len} bytes, {max} allowed")));
            }
            Ok(Interest { pattern, opens: interest.opens })
        })
        .collect()
}

impl FilterStream {
    fn failed(&self, error: &PluginError) -> FilterFailure {
        // Never the hint: a guest's last words may quote the very lines that are withheld.
        FilterFailure { message: format!("{error}, on the log of container {}", self.container) }
    }
}

impl LineFilter for FilterStream {
    fn process(&mut self, batch: &LineBatch, edits: &mut Edits) -> Result<(), FilterFailure> {
        let time = self.instance.limits().process_time;
        let sent = wit::Batch { bytes: &batch.bytes, ends: &batch.ends, partial: batch.partial };
        self.instance
            .call("process", time, |world, store| world.call_process(store, sent))
            .and_then(|answer| {
                take_over(answer, batch.len(), edits)
                    .map_err(|what| self.instance.fail("process", Failure::Protocol(what.to_string())))
            })
            .map_err(|error| self.failed(&error))
    }

    fn finish(&mut self) -> Result<Vec<u8>, FilterFailure> {
        let time = self.instance.limits().process_time;
        self.instance
            .call("finish", time, |world, store| world.call_finish(store))
            .map_err(|error| self.failed(&error))
    }
}

/// Moves a guest's edits of a batch of `lines` lines into `edits`, checked.
fn take_over(answer: wit::Edits, lines: usize, edits: &mut Edits) -> Result<(), BadEdits> {
    edits.edits.extend(answer.edits.into_iter().map(|edit| Edit {
        line: edit.line,
        action: match edit.action {
            wit::Action::Drop => Action::Drop,
            wit::Action::Replace => Action::Replace,
        },
        end: edit.end,
    }));
    edits.bytes = answer.bytes;
    edits.follow = answer.follow;
    edits.check(lines)
}
