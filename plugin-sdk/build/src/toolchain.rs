//! Which compiler builds plugins, and how its standard library for wasm gets there.
//!
//! Tried in this order, the first that works is taken:
//!
//! 1. the compiler of this build (usually rustup's) with the target installed;
//! 2. the system's `/usr/bin/rustc` with the target installed;
//! 3. the system's compiler with the library's source beside it (Debian's `rustc-web` and
//!    `rust-web-src`, always of one version): cargo then builds the library once a target
//!    directory, in about half a minute;
//! 4. the compiler of this build with the library's source (rustup's `rust-src`), built likewise.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::BuildError;
use crate::TARGET;

/// The compiler that distributions install.
const SYSTEM_RUSTC: &str = "/usr/bin/rustc";

/// Variables by which an outer cargo, or a user's settings for the outer build, would change
/// what the inner one does.
const CLEARED: &[&str] = &[
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MAKEFLAGS",
    "CARGO_TARGET_DIR",
    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    "MAKEFLAGS",
    "MFLAGS",
    "RUSTC",
    "RUSTC_BOOTSTRAP",
    "RUSTC_LINKER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTFLAGS",
    "TARGET",
];

/// Remedies when there is none.
const MISSING: &str = "no wasm toolchain for plugins: neither rustup's toolchain nor the system's can build \
     for wasm32-unknown-unknown. Either of these installs one:\n    \
     rustup target add wasm32-unknown-unknown\n    \
     apt-get install --no-install-recommends rustc-web rust-web-src rust-web-llvm   (Debian)";

/// A compiler that can build plugins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The compiler.
    pub rustc: PathBuf,
    /// Whether cargo must build the standard library, from the source beside the compiler.
    pub build_std: bool,
    /// Directories with `rust-lld`, `wasm-ld` and their like, put before `PATH`.
    pub tools: Vec<PathBuf>,
}

impl Toolchain {
    /// Finds one, or says what to install.
    pub fn find() -> Result<Self, BuildError> {
        // Cargo tells build scripts its compiler in RUSTC; elsewhere the one in PATH is it.
        let own = PathBuf::from(env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")));
        let compilers: Vec<Compiler> =
            [own, PathBuf::from(SYSTEM_RUSTC)].into_iter().filter_map(Compiler::ask).collect();
        choose(&compilers).ok_or_else(|| BuildError(MISSING.to_owned()))
    }

    /// A cargo command that builds with this toolchain and inherits nothing from an outer build.
    pub fn cargo(&self) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        for name in CLEARED {
            cargo.env_remove(name);
        }
        cargo.env("RUSTC", &self.rustc);
        let path = env::var_os("PATH").unwrap_or_default();
        let directories = self.tools.iter().cloned().chain(env::split_paths(&path));
        if let Ok(joined) = env::join_paths(directories) {
            cargo.env("PATH", joined);
        }
        if self.build_std {
            // Building the library needs unstable flags, which a stable compiler takes when told
            // so. Plugins themselves use nothing unstable.
            cargo.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        }
        cargo
    }
}

/// A compiler that answers, and what stands beside it.
#[derive(Debug, Clone)]
struct Compiler {
    rustc: PathBuf,
    sysroot: PathBuf,
}

impl Compiler {
    fn ask(rustc: PathBuf) -> Option<Self> {
        let output = Command::new(&rustc).args(["--print", "sysroot"]).output().ok()?;
        let sysroot = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && !sysroot.is_empty())
            .then(|| Self { rustc, sysroot: PathBuf::from(sysroot) })
    }

    fn rustlib(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib")
    }

    fn has_target(&self) -> bool {
        self.rustlib().join(TARGET).join("lib").is_dir()
    }

    fn has_library_source(&self) -> bool {
        self.rustlib().join("src/rust/library/std/Cargo.toml").is_file()
    }

    /// `bin` and `bin/gcc-ld` of every host target in the sysroot.
    fn tools(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.rustlib()) else { return Vec::new() };
        let mut found: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path().join("bin"))
            .filter(|bin| bin.is_dir())
            .flat_map(|bin| [bin.join("gcc-ld"), bin])
            .filter(|directory| directory.is_dir())
            .collect();
        found.sort();
        found
    }
}

fn choose(compilers: &[Compiler]) -> Option<Toolchain> {
    let system = |compiler: &&Compiler| compiler.rustc == Path::new(SYSTEM_RUSTC);
    let with_target = compilers.iter().find(|compiler| compiler.has_target());
    let chosen = with_target
        .or_else(|| compilers.iter().filter(system).find(|compiler| compiler.has_library_source()))
        .or_else(|| compilers.iter().find(|compiler| compiler.has_library_source()))?;
    Some(Toolchain {
        rustc: chosen.rustc.clone(),
        build_std: !chosen.has_target(),
        // The linker may come with the other compiler: Debian's has none of its own.
        tools: compilers.iter().flat_map(Compiler::tools).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A compiler whose sysroot, in `home`, has the given files in `lib/rustlib`.
    fn compiler(home: &Path, rustc: &str, files: &[&str]) -> Compiler {
        let sysroot = home.join(rustc.trim_start_matches('/'));
        for file in files {
            let path = sysroot.join("lib/rustlib").join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
            std::fs::write(path, "").expect("writes");
        }
        Compiler { rustc: PathBuf::from(rustc), sysroot }
    }

    const INSTALLED: &str = "wasm32-unknown-unknown/lib/libstd.rlib";
    const SOURCE: &str = "src/rust/library/std/Cargo.toml";

    #[test]
    fn an_installed_target_is_better_than_a_library_to_build() {
        let home = tempfile::tempdir().expect("a directory");
        let own = compiler(home.path(), "rustc", &[INSTALLED]);
        let system = compiler(home.path(), SYSTEM_RUSTC, &[SOURCE]);
        let toolchain = choose(&[own, system]).expect("one");
        assert_eq!((toolchain.rustc, toolchain.build_std), (PathBuf::from("rustc"), false));
    }

    #[test]
    fn the_systems_library_source_is_used_when_no_target_is_installed() {
        let home = tempfile::tempdir().expect("a directory");
        let own = compiler(home.path(), "rustc", &[SOURCE]);
        let system = compiler(home.path(), SYSTEM_RUSTC, &[SOURCE]);
        let toolchain = choose(&[own, system]).expect("one");
        assert_eq!((toolchain.rustc, toolchain.build_std), (PathBuf::from(SYSTEM_RUSTC), true));
    }

    #[test]
    fn nothing_installed_names_both_remedies() {
        let home = tempfile::tempdir().expect("a directory");
        assert_eq!(choose(&[compiler(home.path(), "rustc", &[])]), None);
        assert!(MISSING.contains("rustup target add wasm32-unknown-unknown"));
        assert!(MISSING.contains("rustc-web rust-web-src"));
    }
}
