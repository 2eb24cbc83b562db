//! The SDK's examples in Rust, as its guide builds them.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::languages::has_wasip2;
use crate::servers::repository;

/// What the guide says.
pub const COMMAND: &str = "cargo build --release --target wasm32-wasip2";

/// The component of an example; `None` where the compiler lacks the target.
pub fn example(name: &str) -> Option<PathBuf> {
    build(&repository().join("plugin-sdk/examples").join(name), name)
}

/// The component of the package in this directory. All share what they are built of, so that only the first
/// one takes its time. (Cargo itself sees to it that one is built at a time.)
pub fn build(directory: &Path, name: &str) -> Option<PathBuf> {
    if !has_wasip2() {
        say_skipped();
        return None;
    }
    let target = repository().join("target/examples");
    let mut words = COMMAND.split(' ');
    let output = Command::new(words.next()?)
        .args(words)
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Some(target.join("wasm32-wasip2/release").join(name.replace('-', "_") + ".wasm"))
}

#[expect(clippy::print_stderr, reason = "whoever reads the tests' output is told")]
fn say_skipped() {
    eprintln!("skipped: rustc has no wasm32-wasip2");
}

/// The component of a plugin of one kind (`filter`, …) whose source is this file, with the SDK.
pub fn plugin(name: &str, kind: &str, source: &str) -> Option<PathBuf> {
    let package = repository().join("target/examples/packages").join(name);
    let sdk = repository().join("plugin-sdk");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nsortie-plugin-sdk = {{ path = \"{}\", features = [\"{kind}\"] }}\n\n[workspace]\n",
        sdk.display()
    );
    write(&package, "Cargo.toml", &manifest);
    write(&package, "src/lib.rs", source);
    build(&package, name)
}

/// Writes a file of a package, unless it is the same already: cargo looks at its time.
pub fn write(package: &Path, file: &str, content: &str) {
    let path = package.join(file);
    if std::fs::read_to_string(&path).is_ok_and(|old| old == content) {
        return;
    }
    std::fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("the cache is ours");
    std::fs::write(&path, content).expect("the cache is ours");
}
