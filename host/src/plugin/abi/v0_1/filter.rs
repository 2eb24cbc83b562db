//! The world `filter`.

use std::sync::Arc;

use sortie_lines::Action;
use sortie_lines::BadEdits;
use sortie_lines::Edit;
use sortie_lines::Edits;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use sortie_lines::Pattern;

use super::bindings::filter::Filter as World;
use super::bindings::filter::FilterPre;
use super::bindings::lines as wit;
use super::describe::describe;
use super::describe::diagnostics;
use crate::plugin::abi::FilterGuest;
use crate::plugin::abi::Guest;
use crate::plugin::kind::Description;
use crate::plugin::kind::Diagnostic;
use crate::plugin::kind::Kind;
use crate::plugin::kind::check_interests;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::Blueprint;
use crate::plugin::runtime::instance::Instance;
use crate::plugin::trust::grant::GrantSet;

/// A filter that speaks 0.1, on one stream.
pub(crate) struct Filter(Instance<World>);

impl Filter {
    /// A new instance, neither described nor configured.
    pub(crate) fn start(blueprint: &Blueprint) -> Result<Self, PluginError> {
        Instance::start(blueprint, |store, component| FilterPre::new(component.clone())?.instantiate(store))
            .map(Self)
    }
}

impl Guest for Filter {
    fn describe(&mut self) -> Result<Description, PluginError> {
        describe(&mut self.0, Kind::Filter, |world, store| world.call_describe(store))
    }

    fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>) {
        self.0.grant(label, grants);
    }
}

impl FilterGuest for Filter {
    fn configure(&mut self, config: &str) -> Result<(Vec<Diagnostic>, Option<Vec<Interest>>), PluginError> {
        let time = self.0.limits().configure_time;
        let setup = self.0.call("configure", time, |world, store| world.call_configure(store, config))?;
        let interests = setup.interests.map(|raw| raw.into_iter().map(interest).collect::<Vec<_>>());
        let limits = self.0.limits();
        diagnostics(setup.diagnostics, limits)
            .and_then(|findings| {
                check_interests(interests.as_deref().unwrap_or_default(), limits)?;
                Ok((findings, interests))
            })
            .map_err(|failure| self.0.fail("configure", failure))
    }

    fn process(&mut self, batch: &LineBatch, edits: &mut Edits) -> Result<(), PluginError> {
        let time = self.0.limits().process_time;
        let sent = wit::Batch { bytes: &batch.bytes, ends: &batch.ends, partial: batch.partial };
        let answer = self.0.call("process", time, |world, store| world.call_process(store, sent))?;
        take_over(answer, batch.len(), edits)
            .map_err(|what| self.0.fail("process", Failure::Protocol(what.to_string())))
    }

    fn finish(&mut self) -> Result<Vec<u8>, PluginError> {
        let time = self.0.limits().process_time;
        self.0.call("finish", time, |world, store| world.call_finish(store))
    }
}

fn interest(raw: wit::Interest) -> Interest {
    let pattern = match raw.pattern {
        wit::Pattern::Literal(bytes) => Pattern::Literal(bytes),
        wit::Pattern::Regex(regex) => Pattern::Regex(regex),
    };
    Interest { pattern, opens: raw.opens }
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
