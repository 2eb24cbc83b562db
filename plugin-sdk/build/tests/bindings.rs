//! The bindings that are checked in beside the SDK are those of `wit/`.

use std::path::PathBuf;

use wit_bindgen_core::Files;
use wit_bindgen_core::WorldGenerator as _;
use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_core::wit_parser::WorldItem;
use wit_bindgen_rust::Opts;
use wit_bindgen_rust::WithOption;

/// Types of `wit/` for which the SDK has its own, of the same fields: nothing is copied from one to the
/// other. Interface, its type, and the SDK's.
const OWN_TYPES: &[(&str, &str, &str)] = &[
    ("types", "pair", "Pair"),
    ("types", "need", "about::OwnedNeed"),
    ("types", "context", "Context"),
    ("types", "severity", "Severity"),
    ("types", "finding", "Finding"),
    ("types", "error", "Error"),
    ("types", "counter", "Counter"),
    ("logging", "level", "Level"),
    ("lines", "batch", "Lines"),
    ("lines", "label", "Label"),
    ("lines", "action", "filter::Action"),
    ("lines", "edit", "filter::Edit"),
    ("lines", "edits", "Edits"),
    ("lines", "pattern", "Pattern"),
    ("lines", "interest", "Interest"),
    ("lines", "hit", "Hit"),
    ("task", "env-var", "transform::EnvVar"),
    ("task", "env-value", "transform::EnvValue"),
    ("task", "secret", "transform::Secret"),
    ("task", "dependency", "transform::Dependency"),
    ("task", "condition", "transform::Condition"),
    ("task", "log-config", "transform::LogConfig"),
    ("task", "container", "transform::Container"),
    ("task", "network", "transform::Network"),
    ("task", "task-spec", "TaskSpec"),
    ("events", "event", "Event"),
    ("events", "happening", "reporter::Happening"),
    ("events", "planned", "reporter::Planned"),
    ("events", "launched", "reporter::Launched"),
    ("events", "state-changed", "reporter::StateChanged"),
    ("events", "retrying", "reporter::Retrying"),
    ("events", "log-lines", "reporter::LogLines"),
    ("events", "filtered", "reporter::Filtered"),
    ("events", "container-end", "reporter::ContainerEnd"),
    ("events", "phase", "reporter::Phase"),
    ("events", "link", "reporter::Link"),
    ("events", "plugin-counter", "reporter::PluginCounter"),
    ("events", "finished", "reporter::Finished"),
    ("events", "other", "reporter::Other"),
    ("http", "request", "reporter::HttpRequest"),
    ("http", "response", "reporter::HttpResponse"),
];

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The bindings of the world of one kind of plugin, as the macro of `wit-bindgen` would make them in its
/// module of the SDK.
fn generated(kind: &str) -> String {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(repository("wit")).expect("wit/ is well-formed");
    let world = format!("{kind}-plugin");
    let id = resolve.select_world(&[package], Some(&world)).expect("there is such a world");
    let own = OWN_TYPES.iter().filter(|(interface, ..)| {
        resolve.worlds[id].imports.values().any(|item| match item {
            WorldItem::Interface { id, .. } => resolve.interfaces[*id].name.as_deref() == Some(interface),
            _ => false,
        })
    });
    let options = Opts {
        format: true,
        pub_export_macro: true,
        export_macro_name: Some(format!("export_{kind}")),
        default_bindings_module: Some(format!("sortie_plugin_sdk::guest::{kind}::bindings")),
        runtime_path: Some("wit_bindgen::rt".to_owned()),
        with: own
            .map(|(interface, name, own)| {
                let name = format!("sortie:plugin/{interface}@0.2.0/{name}");
                (name, WithOption::Path(format!("crate::{own}")))
            })
            .collect(),
        ..Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, id, &mut files).expect("bindings are made");
    let (_, bytes) = files.iter().next().expect("one file");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// After a change of `wit/`, run it with `UPDATE_BINDINGS=1`, which writes them.
#[test]
fn the_sdk_has_the_bindings_of_wit() {
    for kind in ["transform", "filter", "reporter"] {
        let path = repository("plugin-sdk/src/guest/bindings").join(format!("{kind}.rs"));
        let wanted = generated(kind);
        if std::env::var_os("UPDATE_BINDINGS").is_some() {
            std::fs::write(&path, &wanted).expect("the file can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "{}: not of this wit/; run this test with UPDATE_BINDINGS=1",
            path.display()
        );
    }
}
