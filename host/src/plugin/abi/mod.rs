//! The interface between sortie and guests, one folder for each of its versions, and the one place
//! where the version is picked.
//!
//! What a version's folder has: its bindings, and the steps between its types and the neutral ones of
//! [`super::kind`]. Above it nobody knows which version a guest speaks: guests are [`TransformGuest`],
//! [`FilterGuest`] and [`ReporterGuest`]. A new version is a new folder, a variant of [`Version`], and
//! its arms below.
//!
//! - [`peek`]: what a component exports, without compiling it.
//! - [`v0_1`]: version 0.1.

mod peek;
mod v0_1;

use std::sync::Arc;

use sortie_lines::Edits;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::Linker;
use wasmtime::component::types::ComponentItem;

use super::kind::Description;
use super::kind::Diagnostic;
use super::kind::Kind;
use super::kind::Marker;
use super::kind::ReporterEvent;
use super::runtime::error::Failure;
use super::runtime::error::PluginError;
use super::runtime::instance::Blueprint;
use super::runtime::state::HostState;
use super::runtime::text::clean;
use super::runtime::wasi;
use super::trust::grant::GrantSet;
use crate::spec::TaskSpec;

/// Versions of `sortie:plugin` that guests may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// 0.1, in all its patches so far.
    V0_1,
}

/// What a component was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contract {
    /// Of `sortie:plugin`.
    pub(crate) version: Version,
    /// The world that it exports.
    pub(crate) kind: Kind,
}

/// What all guests can do.
pub(crate) trait Guest: Send {
    /// What the plugin says of itself, checked. It has no grants yet.
    fn describe(&mut self) -> Result<Description, PluginError>;

    /// Lets the plugin use what it was granted, and gives it its own name in errors.
    fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>);
}

/// A transform, of any version.
pub(crate) trait TransformGuest: Guest {
    /// Configures it with a JSON object; its findings, none of which is an error.
    fn configure(&mut self, config: &str) -> Result<Vec<Diagnostic>, PluginError>;

    /// A changed task without secret values, or the guest's reason for refusing it. `task`'s secret
    /// values are not sent.
    fn transform(&mut self, task: &TaskSpec) -> Result<Result<TaskSpec, String>, PluginError>;

    /// Gives it up for an answer that was out of protocol.
    fn fail(&mut self, failure: Failure) -> PluginError;
}

/// A filter on one stream, of any version.
pub(crate) trait FilterGuest: Guest {
    /// Configures it with a JSON object; its findings, none of which is an error, and its interests.
    fn configure(&mut self, config: &str) -> Result<(Vec<Diagnostic>, Option<Vec<Interest>>), PluginError>;

    /// Appends the edits of a batch, which pass [`Edits::check`].
    fn process(&mut self, batch: &LineBatch, edits: &mut Edits) -> Result<(), PluginError>;

    /// What was held back.
    fn finish(&mut self) -> Result<Vec<u8>, PluginError>;
}

/// A reporter, of any version.
pub(crate) trait ReporterGuest: Guest {
    /// Configures it with a JSON object; its findings, none of which is an error, and its markers.
    fn configure(&mut self, config: &str) -> Result<(Vec<Diagnostic>, Vec<Marker>), PluginError>;

    /// Tells it an event; the command lines that it wrote.
    fn report(&mut self, event: &ReporterEvent) -> Result<Vec<String>, PluginError>;
}

/// Lets guests of every version import the sortie world, of all three kinds: which effects a plugin
/// has is decided by its grants.
pub(crate) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    v0_1::add_to_linker(linker)
}

/// A new transform, neither described nor configured.
pub(crate) fn start_transform(
    version: Version,
    blueprint: &Blueprint,
) -> Result<Box<dyn TransformGuest>, PluginError> {
    Ok(match version {
        Version::V0_1 => Box::new(v0_1::Transform::start(blueprint)?),
    })
}

/// A new filter, neither described nor configured.
pub(crate) fn start_filter(
    version: Version,
    blueprint: &Blueprint,
) -> Result<Box<dyn FilterGuest>, PluginError> {
    Ok(match version {
        Version::V0_1 => Box::new(v0_1::Filter::start(blueprint)?),
    })
}

/// A new reporter, neither described nor configured.
pub(crate) fn start_reporter(
    version: Version,
    blueprint: &Blueprint,
) -> Result<Box<dyn ReporterGuest>, PluginError> {
    Ok(match version {
        Version::V0_1 => Box::new(v0_1::Reporter::start(blueprint)?),
    })
}

/// What a component was made for. Refuses one that imports anything but the sortie world (of a version
/// that fits) and the WASI interfaces that are answered with nothing, or exports no world or several.
pub(crate) fn contract(label: &str, component: &Component, engine: &Engine) -> Result<Contract, PluginError> {
    let refused = |reason: String| PluginError::new(label, "load", Failure::NotLoaded(reason));
    let ty = component.component_type();
    for (name, import) in ty.imports(engine) {
        // A world also names the types that it uses, which are not imports.
        if matches!(import.ty, ComponentItem::Type(_)) {
            continue;
        }
        if let Some(own) = name.strip_prefix("sortie:plugin/") {
            if own.split_once('@').is_some_and(|(_, version)| fits(version, v0_1::VERSION)) {
                continue;
            }
            let (name, ours) = (clean(name, 100), v0_1::VERSION);
            let reason = format!("it imports {name}, and this sortie speaks sortie:plugin {ours}");
            return Err(refused(reason)
                .hinted("build the plugin against this version's wit/, or take the sortie that fits it"));
        }
        if !wasi::is_allowed(name) {
            let reason = format!("it imports {}, which plugins cannot have", clean(name, 100));
            return Err(
                refused(reason).hinted("a plugin may import sortie:plugin, and WASI 0.2 without HTTP")
            );
        }
    }
    let kinds: Vec<Kind> = ty.exports(engine).filter_map(|(name, _)| v0_1::kind_of_export(name)).collect();
    match kinds.as_slice() {
        [kind] => Ok(Contract { version: Version::V0_1, kind: *kind }),
        _ => {
            let reason = "it exports none of the worlds `transform`, `filter` and `reporter`, or several";
            Err(refused(reason.to_owned()))
        }
    }
}

/// The kind of plugin that a component is by its exports, without compiling it. `None` where it is not of
/// one kind; [`contract`] says what is wrong with it.
pub(crate) fn peek_kind(component: &[u8]) -> Option<Kind> {
    let exports = peek::exports(component)?;
    let mut kinds = exports.iter().filter_map(|name| v0_1::kind_of_export(name));
    kinds.next().filter(|_| kinds.next().is_none())
}

/// Whether a component that was made for `theirs` fits a host that has `ours`: the same minor version
/// (before 1.0 a minor version may break), and no newer patch.
fn fits(theirs: &str, ours: &str) -> bool {
    let parts = |text: &str| -> Option<(u64, u64, u64)> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        let parts = (numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(parts)
    };
    match (parts(theirs), parts(ours)) {
        (Some(theirs), Some(ours)) => (theirs.0, theirs.1) == (ours.0, ours.1) && theirs.2 <= ours.2,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_patches_of_the_same_minor_version_fit() {
        assert!(fits("0.1.0", v0_1::VERSION));
        assert!(fits("0.1.2", "0.1.3"));
        for version in ["0.2.0", "0.1.1", "1.0.0", "0.1", "0.1.0.0", "x"] {
            assert!(!fits(version, "0.1.0"), "{version}");
        }
    }
}
