//! Builds a plugin crate into a component, with whatever wasm toolchain the machine has.
//!
//! A plugin is a library crate of type `cdylib` for the target [`TARGET`]. What rustc makes of
//! it is a core module; [`component::encode`] wraps it as a component, whose import list then
//! holds nothing but the sortie world, and therefore proves what the plugin can do.
//!
//! ```no_run
//! let build = sortie_plugin_build::Build::new("path/to/workspace", "path/to/target/guests");
//! let plugin = build.run("my-plugin")?;
//! std::fs::write("my-plugin.wasm", &plugin.component)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`toolchain`]: which compiler, and how its standard library gets there.
//! - [`component`]: from core module to component, and what it may import.

pub mod component;
pub mod toolchain;

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use toolchain::Toolchain;

/// The target of every first-party plugin: no operating system, so no import but the world's.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The cargo profile in which plugins are built; the workspace must define it.
pub const PROFILE: &str = "guest";

/// A plugin could not be built. The message says why and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError(pub String);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}

/// A plugin, built.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// The component.
    pub component: Vec<u8>,
    /// Every file that it was made of, as far as the compiler tells: a build script prints
    /// `cargo:rerun-if-changed` for each.
    pub sources: Vec<PathBuf>,
}

/// How plugins of one workspace are built.
#[derive(Debug, Clone)]
pub struct Build {
    workspace: PathBuf,
    target_dir: PathBuf,
}

impl Build {
    /// Builds crates of the workspace (or lone crate) in `workspace`, with `target_dir` as
    /// cargo's target directory. It must not be the directory of a cargo that waits for this
    /// build (cargo locks it): see [`target_dir_beside`].
    pub fn new(workspace: impl Into<PathBuf>, target_dir: impl Into<PathBuf>) -> Self {
        Self { workspace: workspace.into(), target_dir: target_dir.into() }
    }

    /// Builds the package and makes it a component. What did not change is not compiled again.
    pub fn run(&self, package: &str) -> Result<Plugin, BuildError> {
        let toolchain = Toolchain::find()?;
        self.compile(&toolchain, package)?;
        let artifact = self.artifact(package, "wasm");
        let module = std::fs::read(&artifact).map_err(|error| {
            BuildError(format!(
                "plugin {package}: cannot read {}: {error}. A plugin is a library with \
                 `crate-type = [\"cdylib\"]` and without a `name` of its own under `[lib]`.",
                artifact.display()
            ))
        })?;
        let component = component::encode(&module)
            .and_then(|component| component::check_imports(&component).map(|()| component))
            .map_err(|error| BuildError(format!("plugin {package}: {error}")))?;
        Ok(Plugin { component, sources: self.sources(package) })
    }

    fn compile(&self, toolchain: &Toolchain, package: &str) -> Result<(), BuildError> {
        let mut cargo = toolchain.cargo();
        cargo
            .current_dir(&self.workspace)
            .args(["build", "--profile", PROFILE, "--target", TARGET, "--package", package])
            .arg("--target-dir")
            .arg(&self.target_dir);
        let output = cargo.output().map_err(|error| {
            BuildError(format!("plugin {package}: cannot start {}: {error}", shown(&cargo)))
        })?;
        if output.status.success() {
            return Ok(());
        }
        Err(BuildError(format!(
            "plugin {package}: {} ended with {}:\n{}",
            shown(&cargo),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        )))
    }

    /// Where cargo puts the library of `package`.
    fn artifact(&self, package: &str, extension: &str) -> PathBuf {
        self.target_dir.join(TARGET).join(PROFILE).join(package.replace('-', "_")).with_extension(extension)
    }

    /// The source files of cargo's dep-info, plus the manifests that it leaves out.
    fn sources(&self, package: &str) -> Vec<PathBuf> {
        let mut sources = vec![self.workspace.join("Cargo.toml"), self.workspace.join("Cargo.lock")];
        let dep_info = std::fs::read_to_string(self.artifact(package, "d")).unwrap_or_default();
        sources.extend(dep_info_files(&dep_info));
        let manifests: Vec<PathBuf> = sources.iter().filter_map(|file| manifest_of(file)).collect();
        sources.extend(manifests);
        sources.sort();
        sources.dedup();
        sources.retain(|file| file.exists());
        sources
    }
}

/// A target directory for guests that every profile of the outer build shares and that the outer
/// cargo does not lock: `guests` in the outer cargo's own target directory, which is the nearest
/// ancestor of the build script's `out_dir` that carries cargo's `CACHEDIR.TAG`; else in
/// `out_dir` itself.
pub fn target_dir_beside(out_dir: &Path) -> PathBuf {
    out_dir
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())
        .unwrap_or(out_dir)
        .join("guests")
}

/// Prerequisites of a dep-info file (`target: file file …`, spaces in names escaped).
fn dep_info_files(dep_info: &str) -> Vec<PathBuf> {
    let Some((_, files)) = dep_info.split_once(": ") else { return Vec::new() };
    let line = files.lines().next().unwrap_or_default();
    // A space that is part of a name is written `\ `; NUL stands for it while splitting.
    line.replace("\\ ", "\0").split_whitespace().map(|file| PathBuf::from(file.replace('\0', " "))).collect()
}

/// The `Cargo.toml` of the package that `source` belongs to.
fn manifest_of(source: &Path) -> Option<PathBuf> {
    source.ancestors().skip(1).map(|directory| directory.join("Cargo.toml")).find(|file| file.is_file())
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dep_info_names_every_prerequisite_once() {
        let text = "/t/x.wasm: /w/src/lib.rs /w/with\\ space.rs\n\n/w/src/lib.rs:\n";
        assert_eq!(dep_info_files(text), [PathBuf::from("/w/src/lib.rs"), PathBuf::from("/w/with space.rs")]);
        assert!(dep_info_files("").is_empty());
    }

    #[test]
    fn without_a_cargo_target_directory_guests_stay_in_the_build_scripts_own() {
        assert_eq!(target_dir_beside(Path::new("/nowhere/out")), Path::new("/nowhere/out/guests"));
    }
}
