//! The interface between sortie and guests, one folder for each of its versions, and the one place
//! where the version is picked.
//!
//! What a version's folder has: its bindings, and the steps between its types and the neutral ones of
//! [`super::kind`]. Above it nobody knows which version a guest speaks: guests are [`TransformGuest`],
//! [`FilterGuest`] and [`ReporterGuest`]. A new version is a new folder, a variant of [`Version`], and
//! its arms below.
//!
//! - [`contract`]: which version of which interface a component was made for, or why none.
//! - [`peek`]: what is in a component, without compiling it.
//! - [`v0_2`]: version 0.2. (0.1 was never published.)

mod contract;
mod peek;
mod v0_2;

/// The newest version of the interface.
pub(super) const LATEST: &str = v0_2::VERSION;

use std::sync::Arc;
use std::time::Duration;

use sortie_lines::Edits;
use sortie_lines::Ending;
use sortie_lines::Hit;
use sortie_lines::LineBatch;
use sortie_lines::Released;
use wasmtime::component::Linker;

use super::context::Context;
use super::kind::Answer;
use super::kind::Description;
use super::kind::FilterSetup;
use super::kind::Happening;
use super::kind::Reported;
use super::kind::ReporterSetup;
use super::kind::Setup;
use super::runtime::error::Failure;
use super::runtime::error::PluginError;
use super::runtime::instance::Blueprint;
use super::runtime::limits::Limits;
use super::runtime::state::HostState;
use super::runtime::words::Message;
use super::trust::grant::GrantSet;
use crate::spec::TaskSpec;

pub(crate) use contract::Contract;
pub(crate) use contract::Version;
pub(crate) use contract::contract;
pub(crate) use contract::import_misfit;
pub(crate) use contract::peek_kind;

/// What all guests can do.
pub(crate) trait Guest: Send {
    /// What the plugin says of itself, checked. It has no grants yet.
    fn describe(&mut self) -> Result<Description, PluginError>;

    /// Lets the plugin use what it was granted, and gives it its own name in errors.
    fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>);

    /// What it said since the last time.
    fn take_messages(&mut self) -> Vec<Message>;
}

/// A transform, of any version.
pub(crate) trait TransformGuest: Guest {
    /// Configures it with a JSON object.
    fn configure(&mut self, config: &str, context: &Context) -> Result<Setup, PluginError>;

    /// What it makes of a task. `task`'s secret values are not sent, and those of the answer are empty.
    fn transform(&mut self, task: &TaskSpec) -> Result<Answer, PluginError>;

    /// Gives it up for an answer that was out of protocol.
    fn fail(&mut self, failure: Failure) -> PluginError;
}

/// A filter on one stream, of any version.
pub(crate) trait FilterGuest: Guest {
    /// Configures it with a JSON object.
    fn configure(&mut self, config: &str, context: &Context) -> Result<FilterSetup, PluginError>;

    /// Fills in the edits of a batch, which pass [`Edits::check`].
    fn process(
        &mut self,
        batch: &LineBatch,
        hits: Option<&[Hit]>,
        edits: &mut Edits,
    ) -> Result<(), PluginError>;

    /// What it lets go as time passes.
    fn tick(&mut self) -> Result<Released, PluginError>;

    /// What was held back, and what it has to say.
    fn finish(&mut self) -> Result<Ending, PluginError>;
}

/// A reporter, of any version.
pub(crate) trait ReporterGuest: Guest {
    /// Configures it with a JSON object.
    fn configure(&mut self, config: &str, context: &Context) -> Result<ReporterSetup, PluginError>;

    /// Tells it something.
    fn report(&mut self, happening: Happening<'_>) -> Result<Reported, PluginError>;
}

/// Lets guests of every version import what they may, of all three kinds: which effects a plugin has is
/// decided by its grants.
pub(crate) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    v0_2::add_to_linker(linker)
}

/// A new transform, neither described nor configured.
pub(crate) fn start_transform(
    version: Version,
    blueprint: &Blueprint,
) -> Result<Box<dyn TransformGuest>, PluginError> {
    Ok(match version {
        Version::V0_2 => Box::new(v0_2::Transform::start(blueprint)?),
    })
}

/// A new filter, neither described nor configured.
pub(crate) fn start_filter(
    version: Version,
    blueprint: &Blueprint,
) -> Result<Box<dyn FilterGuest>, PluginError> {
    Ok(match version {
        Version::V0_2 => Box::new(v0_2::Filter::start(blueprint)?),
    })
}

/// A new reporter, neither described nor configured.
pub(crate) fn start_reporter(
    version: Version,
    blueprint: &Blueprint,
) -> Result<Box<dyn ReporterGuest>, PluginError> {
    Ok(match version {
        Version::V0_2 => Box::new(v0_2::Reporter::start(blueprint)?),
    })
}

/// How often a guest is told that time has passed that asked for a tick every `ms` milliseconds.
fn tick_time(ms: u32, limits: &Limits) -> Duration {
    Duration::from_millis(u64::from(ms)).max(limits.tick_time)
}

/// What a component says of itself in a custom section, as it stands there; `None` where it has none.
pub(crate) fn peek_facts(component: &[u8]) -> Option<Vec<u8>> {
    peek::section(component, v0_2::facts::SECTION).map(<[u8]>::to_vec)
}

/// Checks that a component's custom section agrees with what the component answered.
pub(crate) fn check_facts(section: &[u8], answer: &Description, limits: &Limits) -> Result<(), Failure> {
    let told = v0_2::facts::description(section, answer.kind, limits)?;
    match v0_2::facts::difference(&told, answer) {
        None => Ok(()),
        Some(what) => Err(Failure::Protocol(format!(
            "its section `{}` tells another {what} than it does when it is asked",
            v0_2::facts::SECTION
        ))),
    }
}
