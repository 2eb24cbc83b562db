//! The world `transform`.

use std::sync::Arc;

use super::bindings::transform::Transform as World;
use super::bindings::transform::TransformPre;
use super::describe::describe;
use super::describe::diagnostics;
use super::task;
use crate::plugin::abi::Guest;
use crate::plugin::abi::TransformGuest;
use crate::plugin::kind::Description;
use crate::plugin::kind::Diagnostic;
use crate::plugin::kind::Kind;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::Blueprint;
use crate::plugin::runtime::instance::Instance;
use crate::plugin::trust::grant::GrantSet;
use crate::spec::TaskSpec;

/// A transform that speaks 0.1.
pub(crate) struct Transform(Instance<World>);

impl Transform {
    /// A new instance, neither described nor configured.
    pub(crate) fn start(blueprint: &Blueprint) -> Result<Self, PluginError> {
        Instance::start(blueprint, |store, component| {
            TransformPre::new(component.clone())?.instantiate(store)
        })
        .map(Self)
    }
}

impl Guest for Transform {
    fn describe(&mut self) -> Result<Description, PluginError> {
        describe(&mut self.0, Kind::Transform, |world, store| world.call_describe(store))
    }

    fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>) {
        self.0.grant(label, grants);
    }
}

impl TransformGuest for Transform {
    fn configure(&mut self, config: &str) -> Result<Vec<Diagnostic>, PluginError> {
        let time = self.0.limits().configure_time;
        let raw = self.0.call("configure", time, |world, store| world.call_configure(store, config))?;
        diagnostics(raw, self.0.limits()).map_err(|failure| self.0.fail("configure", failure))
    }

    fn transform(&mut self, task: &TaskSpec) -> Result<Result<TaskSpec, String>, PluginError> {
        let time = self.0.limits().transform_time;
        let sent = task::to_wit(task);
        let answer = self.0.call("transform", time, |world, store| world.call_transform(store, &sent))?;
        match answer {
            Err(reason) => Ok(Err(reason)),
            Ok(changed) => {
                task::from_wit(changed, self.0.limits()).map(Ok).map_err(|failure| self.fail(failure))
            }
        }
    }

    fn fail(&mut self, failure: Failure) -> PluginError {
        self.0.fail("transform", failure)
    }
}
