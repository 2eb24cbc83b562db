//! `sortie-plugin-build PACKAGE OUT.wasm`: builds a plugin crate of the workspace in the current
//! directory into a component.

use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use sortie_plugin_build::Build;
use sortie_plugin_build::BuildError;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.as_slice() {
        [package, out] => build(package, Path::new(out)),
        _ => Err(BuildError("usage: sortie-plugin-build PACKAGE OUT.wasm".to_owned())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        #[expect(clippy::print_stderr, reason = "the one place where this program speaks")]
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build(package: &str, out: &Path) -> Result<(), BuildError> {
    let plugin = Build::new(".", PathBuf::from("target/guests")).run(package)?;
    std::fs::write(out, &plugin.component)
        .map_err(|error| BuildError(format!("cannot write {}: {error}", out.display())))
}
