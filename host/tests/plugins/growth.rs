//! Components that were made for other versions of the interface, for none, or for another `wit/` of the
//! same version.

use sortie::plugin::Failure;
use sortie::plugin::Kind;
use sortie::plugin::PluginError;
use sortie::plugin::PluginHost;
use sortie::plugin::TransformError;

use crate::support::FILTER;
use crate::support::REPORTER;
use crate::support::SHORT;
use crate::support::TRANSFORM;
use crate::support::all;
use crate::support::assert_safe;
use crate::support::described;
use crate::support::file;
use crate::support::host;
use crate::support::load_with;
use crate::support::settings;
use crate::support::with_mode;
use crate::transform::task;

/// The component with every `from` in its bytes replaced.
fn patched(component: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = component.to_vec();
    let mut found = false;
    for at in 0..bytes.len().saturating_sub(from.len()) {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            found = true;
        }
    }
    assert!(found, "{} is not in it", from.escape_ascii());
    bytes
}

/// The component as one that was made for another version of the interface: in its imports and exports.
fn of_version(component: &[u8], version: &str) -> Vec<u8> {
    let interfaces = ["types", "environment", "logging", "effects", "http", "lines", "events", "task"];
    let mut bytes = component.to_vec();
    for interface in interfaces.into_iter().chain(Kind::ALL.map(Kind::as_str)) {
        let named = |version: &str| format!("sortie:plugin/{interface}@{version}").into_bytes();
        if bytes.windows(named("0.2.0").len()).any(|window| window == named("0.2.0")) {
            bytes = patched(&bytes, &named("0.2.0"), &named(version));
        }
    }
    bytes
}

fn text(component: &str) -> Vec<u8> {
    wat::parse_str(component).unwrap()
}

/// A component that exports an instance of this name with nothing in it.
fn exporting(names: &[&str]) -> Vec<u8> {
    let exports = names.iter().map(|name| format!("(export \"{name}\" (instance $i))"));
    text(&format!("(component (instance $i) {})", exports.collect::<String>()))
}

/// Why it does not load, which is the user's mistake and says what to do.
fn misfit(component: &[u8]) -> PluginError {
    let error = described(component).unwrap_err();
    assert!(matches!(error.failure, Failure::Misfit(_)), "{error:?}");
    assert!(error.is_usage(), "{error}");
    assert_eq!(error.during, "load", "{error}");
    assert!(error.hint.starts_with("build the plugin against the wit/ of this sortie"), "{error:?}");
    assert_safe(&error.to_string());
    error
}

const SPEAKS: &str = "this sortie speaks sortie:plugin 0.2.0 (every 0.2)";

#[test]
fn a_component_for_another_version_is_told_which_versions_fit_before_anything_runs() {
    // It would never end, were it run.
    let component = with_mode(&TRANSFORM, "spin-start");
    for version in ["0.1.0", "0.3.0", "1.2.0", "9.9.9"] {
        let export = format!("sortie:plugin/transform@{version}");
        let exported = patched(&component, b"sortie:plugin/transform@0.2.0", export.as_bytes());
        let error = misfit(&exported).to_string();
        assert!(error.contains(&format!("it exports {export}, and {SPEAKS}")), "{error}");
        let error = misfit(&of_version(&component, version)).to_string();
        assert!(error.contains(&format!("@{version}, and {SPEAKS}")), "{error}");
    }
    let imported = patched(&component, b"sortie:plugin/logging@0.2.0", b"sortie:plugin/logging@0.3.0");
    let error = misfit(&imported).to_string();
    assert!(error.contains(&format!("it imports sortie:plugin/logging@0.3.0, and {SPEAKS}")), "{error}");
}

#[test]
fn a_component_that_is_no_plugin_of_one_kind_is_told_so() {
    let bare = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (export "describe" (func $f)) (export "configure" (func $f))
        (export "process" (func $f)) (export "finish" (func $f)))"#;
    let filter_and_reporter = ["sortie:plugin/filter@0.2.0", "sortie:plugin/reporter@0.2.0"];
    for (component, why) in [
        (text(bare), "it was made for sortie:plugin 0.1, and this sortie speaks"),
        (text("(component)"), "it exports none of the interfaces `transform`, `filter` and `reporter`"),
        (exporting(&["wasi:cli/run@0.2.0"]), "it exports none of the interfaces"),
        (exporting(&["sortie:plugin/other@0.2.0"]), "it exports none of the interfaces"),
        (exporting(&["someone:plugin/filter@0.2.0"]), "it exports none of the interfaces"),
        (exporting(&["sortie:plugin/filter"]), "it exports sortie:plugin/filter, and this sortie speaks"),
        (exporting(&filter_and_reporter), "it exports several of the interfaces"),
        (exporting(&["sortie:plugin/filter@0.2.0", "sortie:plugin/filter@0.2.1"]), "it exports several"),
    ] {
        let error = misfit(&component).to_string();
        assert!(error.contains(why), "{error}");
        assert!(error.contains(SPEAKS) || why.contains("several"), "{error}");
    }
}

#[test]
fn what_only_a_later_plugin_exports_beside_is_no_hindrance() {
    // It has no functions, which is found out later.
    let beside = ["sortie:plugin/filter@0.2.0", "sortie:plugin/filter@0.3.0", "sortie:plugin/more@0.3.0"];
    let error = misfit(&exporting(&beside)).to_string();
    assert!(error.contains("its exports are not those of this version"), "{error}");
}

#[test]
fn a_component_whose_exports_have_other_types_is_a_misfit() {
    let other_functions = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (instance $filter
            (export "describe" (func $f)) (export "configure" (func $f)) (export "process" (func $f))
            (export "tick" (func $f)) (export "finish" (func $f)))
        (export "sortie:plugin/filter@0.2.0" (instance $filter)))"#;
    let all_but_tick = patched(&FILTER, b"\x04tick", b"\x04tock");
    for component in [
        text(other_functions),
        exporting(&["sortie:plugin/transform@0.2.0"]),
        all_but_tick,
        // A case, fields, and a case with fields behind it.
        patched(&FILTER, b"\x04drop", b"\x04flip"),
        patched(&FILTER, b"\x07summary", b"\x07summery"),
        patched(&TRANSFORM, b"\x09essential", b"\x09essenzial"),
        patched(&TRANSFORM, b"\x04note", b"\x04nota"),
        patched(&REPORTER, b"\x08finished", b"\x08unfinish"),
        patched(&REPORTER, b"\x07attempt", b"\x07numbers"),
    ] {
        let error = misfit(&component).to_string();
        assert!(error.contains("its exports are not those of this version of sortie:plugin"), "{error}");
        assert!(!error.contains("crashed"), "{error}");
    }
}

#[test]
fn a_component_whose_imports_have_other_types_is_a_misfit() {
    for (component, import) in [
        (patched(&FILTER, b"\x05debug", b"\x05chirp"), "sortie:plugin/logging@0.2.0"),
        (patched(&TRANSFORM, b"\x04code", b"\x04kode"), "sortie:plugin/environment@0.2.0"),
        (patched(&REPORTER, b"\x0atimeout-ms", b"\x0atimeout-us"), "sortie:plugin/http@0.2.0"),
    ] {
        let error = misfit(&component).to_string();
        assert!(error.contains(import), "{error}");
        assert!(!error.contains("crashed"), "{error}");
    }
}

#[test]
fn a_component_for_a_newer_patch_loads_and_works() {
    for component in all() {
        let newer = of_version(&with_mode(component, ""), "0.2.9");
        assert!(!newer.windows(6).any(|window| window == b"@0.2.0"), "every name is another one");
        load_with(&newer, &[], serde_json::json!({})).unwrap();
    }
    let refuses = of_version(&with_mode(&TRANSFORM, "refuse"), "0.2.9");
    let sortie::plugin::Plugin::Transform(mut transform) =
        load_with(&refuses, &[], serde_json::json!({})).unwrap()
    else {
        panic!("it is a transform")
    };
    assert!(matches!(transform.transform(&task()), Err(TransformError::Refused { .. })));
}

#[test]
fn what_a_newer_patch_imports_more_is_named() {
    let instance = |import: &str| {
        text(&format!(
            r#"(component
                (import "{import}" (instance (export "list" (func (result (list string))))))
                (instance $i)
                (export "sortie:plugin/filter@0.2.1" (instance $i)))"#
        ))
    };
    // A function of an interface that is there, and an interface that is not.
    for (component, named) in [
        (instance("sortie:plugin/environment@0.2.1"), ["sortie:plugin/environment@0.2.1", "list"]),
        (instance("sortie:plugin/clocks@0.2.1"), ["sortie:plugin/clocks@0.2.1", "not found"]),
    ] {
        let error = misfit(&component).to_string();
        assert!(named.iter().all(|name| error.contains(name)), "{error}");
    }
    let newer = of_version(&with_mode(&TRANSFORM, "spin-start"), "0.2.9");
    let newer = patched(&newer, b"sortie:plugin/logging@0.2.9", b"sortie:plugin/singing@0.2.9");
    let error = misfit(&newer).to_string();
    assert!(error.contains("sortie:plugin/singing@0.2.9"), "{error}");
}

#[test]
fn what_plugins_cannot_have_is_named() {
    let importing = |import: &str| {
        let import = format!(r#"(import "{import}" (instance))"#);
        text(&format!(
            "(component {import} (instance $i) (export \"sortie:plugin/filter@0.2.0\" (instance $i)))"
        ))
    };
    for import in ["wasi:http/outgoing-handler@0.2.0", "wasi:cli/environment@0.3.0", "someone:else/x"] {
        let error = described(&importing(import)).unwrap_err();
        assert!(matches!(error.failure, Failure::NotLoaded(_)) && error.is_usage(), "{error}");
        assert!(
            error.to_string().contains(&format!("it imports {import}, which plugins cannot have")),
            "{error}"
        );
        assert!(!error.hint.is_empty());
    }
}

#[test]
fn a_plugin_of_another_kind_than_is_wanted_is_not_run() {
    let component = file(&with_mode(&TRANSFORM, "spin-start"));
    let settings = settings(&component, &[], serde_json::json!({}));
    let load_of =
        |host: &PluginHost, kinds: &[Kind]| host.load_of(kinds, &settings).map(|found| found.is_some());
    assert_eq!(load_of(&host(SHORT), &[Kind::Filter, Kind::Reporter]), Ok(false));
    assert!(matches!(load_of(&host(SHORT), &[Kind::Transform]).unwrap_err().failure, Failure::Timeout(_)));
    // One that does not fit is told, whatever is wanted.
    let component = file(&exporting(&["sortie:plugin/filter@0.3.0"]));
    let settings = crate::support::settings(&component, &[], serde_json::json!({}));
    assert!(host(SHORT).load_of(&[Kind::Reporter], &settings).unwrap_err().is_usage());
}
