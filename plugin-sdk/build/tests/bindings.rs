//! The bindings that are checked in beside the SDK are those of `wit/`.

use std::path::PathBuf;

use wit_bindgen_core::Files;
use wit_bindgen_core::WorldGenerator as _;
use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_rust::Opts;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The bindings of a world, as the macro of `wit-bindgen` would make them in its module of the SDK.
fn generated(world: &str) -> String {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(repository("wit")).expect("wit/ is well-formed");
    let id = resolve.select_world(&[package], Some(world)).expect("there is such a world");
    let options = Opts {
        format: true,
        pub_export_macro: true,
        export_macro_name: Some(format!("export_{world}")),
        default_bindings_module: Some(format!("sortie_plugin_sdk::guest::{world}::bindings")),
        runtime_path: Some("wit_bindgen::rt".to_owned()),
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
    for world in ["transform", "filter", "reporter"] {
        let path = repository("plugin-sdk/src/guest/bindings").join(format!("{world}.rs"));
        let wanted = generated(world);
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
