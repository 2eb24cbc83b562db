//! Transforms.

use std::sync::Arc;

use super::bindings::transform::Guest as Exports;
use super::bindings::transform::GuestIndices;
use super::shared;
use super::task;
use crate::plugin::abi::Guest;
use crate::plugin::abi::TransformGuest;
use crate::plugin::context::Context;
use crate::plugin::kind::Answer;
use crate::plugin::kind::Description;
use crate::plugin::kind::Kind;
use crate::plugin::kind::Setup;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::Blueprint;
use crate::plugin::runtime::instance::Instance;
use crate::plugin::runtime::words::Message;
use crate::plugin::trust::grant::GrantSet;
use crate::spec::TaskSpec;

/// The code of an error that is a refusal.
const REFUSED: &str = "refused";

/// A transform that speaks 0.2.
pub(crate) struct Transform(Instance<Exports>);

impl Transform {
    /// A new instance, neither described nor configured.
    pub(crate) fn start(blueprint: &Blueprint) -> Result<Self, PluginError> {
        let load =
            |store: &mut _, component: &_, instance: &_| GuestIndices::new(component)?.load(store, instance);
        Instance::start(blueprint, load).map(Self)
    }
}

impl Guest for Transform {
    fn describe(&mut self) -> Result<Description, PluginError> {
        shared::describe(&mut self.0, Kind::Transform, |exports, store| exports.call_describe(store))
    }

    fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>) {
        self.0.grant(label, grants);
    }

    fn take_messages(&mut self) -> Vec<Message> {
        self.0.take_messages()
    }
}

impl TransformGuest for Transform {
    fn configure(&mut self, config: &str, context: &Context) -> Result<Setup, PluginError> {
        let time = self.0.limits().configure_time;
        let answer = shared::send_context(context, |context| {
            self.0.call("configure", time, |exports, store| exports.call_configure(store, config, context))
        })?;
        let limits = self.0.limits();
        match answer {
            Ok(raw) => shared::setup(raw.findings, raw.needs, Kind::Transform, limits),
            Err(error) => Err(shared::said(&error, limits)),
        }
        .map_err(|failure| self.0.fail("configure", failure))
    }

    fn transform(&mut self, task: &TaskSpec) -> Result<Answer, PluginError> {
        let time = self.0.limits().transform_time;
        let answer = task::send(task, |task| {
            self.0.call("transform", time, |exports, store| exports.call_transform(store, task))
        })?;
        let limits = self.0.limits();
        match answer {
            Err(error) if error.code == REFUSED => return Ok(Answer::Refused(error.message)),
            Err(error) => Err(shared::said(&error, limits)),
            Ok(outcome) => task::from_wit(outcome.task, limits).and_then(|task| {
                Ok(Answer::Changed { task: Box::new(task), notes: shared::notes(outcome.notes, limits)? })
            }),
        }
        .map_err(|failure| self.fail(failure))
    }

    fn fail(&mut self, failure: Failure) -> PluginError {
        self.0.fail("transform", failure)
    }
}
