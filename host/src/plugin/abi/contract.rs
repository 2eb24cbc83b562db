//! Which version of which interface a component was made for.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::peek;
use super::v0_2;
use crate::plugin::kind::Kind;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::MISFIT_HINT;
use crate::plugin::runtime::text::clean;
use crate::plugin::runtime::wasi;

/// The package of the interface.
const PACKAGE: &str = "sortie:plugin/";

/// Versions of `sortie:plugin` that guests may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// 0.2, in all its patches.
    V0_2,
}

/// What a component was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contract {
    /// Of `sortie:plugin`.
    pub(crate) version: Version,
    /// The interface that it exports.
    pub(crate) kind: Kind,
}

/// What a component was made for. Refuses one that imports anything but `sortie:plugin` (of a version
/// that fits) and the WASI interfaces that are answered with nothing, or exports no interface of a plugin
/// or several.
pub(crate) fn contract(label: &str, component: &Component, engine: &Engine) -> Result<Contract, PluginError> {
    let ty = component.component_type();
    for (name, import) in ty.imports(engine) {
        // A world also names the types that it uses, which are not imports.
        if !matches!(import.ty, ComponentItem::Type(_)) {
            check_import(label, name)?;
        }
    }
    let exports: Vec<&str> = ty.exports(engine).map(|(name, _)| name).collect();
    of_exports(&exports).map_err(|reason| misfit(label, reason))
}

/// The kind of plugin that a component is by its exports, without compiling it. `None` where it is not of
/// one kind; [`contract`] says what is wrong with it.
pub(crate) fn peek_kind(component: &[u8]) -> Option<Kind> {
    let exports = peek::exports(component)?;
    of_exports(&exports).ok().map(|contract| contract.kind)
}

fn misfit(label: &str, reason: String) -> PluginError {
    PluginError::new(label, "load", Failure::Misfit(reason)).hinted(MISFIT_HINT)
}

/// What a component imports is there by name, and is something else: it was made for a newer patch, or for
/// another `wit/` of the same version.
pub(crate) fn import_misfit(label: &str, error: &wasmtime::Error) -> PluginError {
    let reason = clean(&format!("{error:#}"), 500);
    misfit(label, format!("its imports are not those that this sortie has: {reason}"))
}

fn check_import(label: &str, name: &str) -> Result<(), PluginError> {
    if let Some(own) = name.strip_prefix(PACKAGE) {
        return match own.split_once('@') {
            Some((_, version)) if of_version(version).is_some() => Ok(()),
            _ => Err(misfit(label, format!("it imports {}, and {}", clean(name, 100), speaks()))),
        };
    }
    if wasi::is_allowed(name) {
        return Ok(());
    }
    let reason = format!("it imports {}, which plugins cannot have", clean(name, 100));
    Err(PluginError::new(label, "load", Failure::NotLoaded(reason))
        .hinted("a plugin may import sortie:plugin, and WASI 0.2 without HTTP"))
}

/// The contract that the exports of a component tell, or what is wrong with them.
fn of_exports(exports: &[&str]) -> Result<Contract, String> {
    let mut found = Vec::new();
    let mut other = None;
    for own in exports.iter().filter_map(|name| name.strip_prefix(PACKAGE)) {
        let (interface, version) = own.split_once('@').unwrap_or((own, ""));
        match (of_version(version), v0_2::kind_of_interface(interface)) {
            (Some(version), Some(kind)) => found.push(Contract { version, kind }),
            (None, Some(_)) => other = Some(own),
            // Something beside the plugin.
            (_, None) => {}
        }
    }
    match (found.as_slice(), other) {
        ([contract], _) => Ok(*contract),
        ([], Some(own)) => Err(format!("it exports {PACKAGE}{}, and {}", clean(own, 100), speaks())),
        // The functions of 0.1, which had no interfaces.
        ([], None) if exports.contains(&"describe") && exports.contains(&"configure") => {
            Err(format!("it was made for sortie:plugin 0.1, and {}", speaks()))
        }
        ([], None) => Err(format!(
            "it exports none of the interfaces `transform`, `filter` and `reporter` of sortie:plugin; {}",
            speaks()
        )),
        _ => Err("it exports several of the interfaces `transform`, `filter` and `reporter`: a plugin is \
                  one of them"
            .to_owned()),
    }
}

/// Which versions fit.
fn speaks() -> String {
    format!("this sortie speaks sortie:plugin {} (every 0.2)", v0_2::VERSION)
}

/// The version of the interface that a component of version `text` needs: any patch of 0.2. What a newer
/// patch has more is found missing when the component is linked, if it is used.
fn of_version(text: &str) -> Option<Version> {
    let mut numbers = text.split('.').map(|number| number.parse::<u64>().ok());
    match (numbers.next()??, numbers.next()??, numbers.next()??, numbers.next()) {
        (0, 2, _, None) => Some(Version::V0_2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_patch_of_a_version_fits_and_no_other_version() {
        for version in ["0.2.0", "0.2.7"] {
            assert_eq!(of_version(version), Some(Version::V0_2), "{version}");
        }
        for version in ["0.1.0", "0.3.0", "1.2.0", "0.2", "0.2.0.0", "0.2.0-rc.1", "x", ""] {
            assert_eq!(of_version(version), None, "{version}");
        }
    }

    #[test]
    fn a_misfit_is_told_which_versions_fit() {
        let contract = of_exports(&["memory", "sortie:plugin/filter@0.2.3"]).expect("it fits");
        assert_eq!((contract.version, contract.kind), (Version::V0_2, Kind::Filter));
        for (exports, why) in [
            (&["sortie:plugin/filter@0.3.0"][..], "it exports sortie:plugin/filter@0.3.0, and this sortie"),
            (&["sortie:plugin/reporter"], "it exports sortie:plugin/reporter, and this sortie speaks"),
            (&["configure", "describe", "process", "finish"], "it was made for sortie:plugin 0.1"),
            (&["wasi:cli/run@0.2.0"], "it exports none of the interfaces"),
            (&[], "it exports none of the interfaces"),
            (&["sortie:plugin/filter@0.2.0", "sortie:plugin/reporter@0.2.0"], "it exports several"),
        ] {
            let reason = of_exports(exports).expect_err("it does not fit");
            assert!(reason.starts_with(why), "{reason}");
            assert!(reason.contains("0.2") || why.contains("several"), "{reason}");
        }
    }
}
