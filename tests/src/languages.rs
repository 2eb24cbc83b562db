//! Plugins that the compilers of other languages make.
//!
//! Such a component has up to 19 MB. Making one takes up to half a minute and compiling it as long
//! again, so each is made once for a state of its sources, kept beside what `tests/setup` installs,
//! and compiled into the cache of the home that all runs share, before the first test uses it.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use sortie::plugin::Digest;
use sortie_plugin_build::target_dir_beside;
use sortie_plugin_build::toolchain::Toolchain;

use crate::servers::cache;
use crate::servers::repository;
use crate::sortie::Sortie;

/// Longest time in which sortie compiles a component.
const MAX_COMPILATION: Duration = Duration::from_secs(300);

const WASIP2: &str = "wasm32-wasip2";

/// A plugin as a command makes it.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// Program and arguments, run in the repository's root; the last word is the file that it
    /// writes. The SDK's guide shows those of the examples.
    pub command: &'static str,
    /// Directory of the sources.
    sources: &'static str,
}

/// The example of a filter in Python.
pub const SQUEEZE: Recipe = Recipe {
    command: "componentize-py -d wit -w filter-plugin componentize -p plugin-sdk/examples/python-filter app \
              -o squeeze.wasm",
    sources: "plugin-sdk/examples/python-filter",
};

/// The example of a reporter in JavaScript.
pub const TEAMCITY: Recipe = Recipe {
    command: "componentize-js plugin-sdk/examples/javascript-reporter/reporter.js --wit wit \
              --world-name reporter-plugin --disable http --disable fetch-event -o teamcity.wasm",
    sources: "plugin-sdk/examples/javascript-reporter",
};

/// The same reporter with a smaller interpreter. (Each recipe writes a file of its own name.)
pub const TEAMCITY_SMALL: Recipe = Recipe {
    command: "componentize-qjs -j plugin-sdk/examples/javascript-reporter/reporter.js --wit wit \
              --world reporter-plugin --sync -m -o teamcity-small.wasm",
    sources: "plugin-sdk/examples/javascript-reporter",
};

/// A filter in Python that asks for what it must not get.
pub const PROBE: Recipe = Recipe {
    command: "componentize-py -d wit -w filter-plugin componentize -p tests/languages probe -o probe.wasm",
    sources: "tests/languages",
};

impl Recipe {
    /// The component's file, compiled into the cache that all runs share.
    pub fn component(&self) -> PathBuf {
        static MADE: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
        // Held while one is made: two at a time would not be quicker.
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = made.get(self.command) {
            return file.clone();
        }
        let file = self.file();
        if !file.exists() {
            self.make(&file);
        }
        let plan = Sortie::new().args(["plan", "--backend", "process", "--plugin"]).args([&file]);
        plan.args(["--", "true"]).start().finish_within(MAX_COMPILATION).assert_code(0);
        made.insert(self.command, file.clone());
        file
    }

    /// The component of this state of the sources.
    fn file(&self) -> PathBuf {
        let mut state = self.command.as_bytes().to_vec();
        for directory in ["wit", self.sources] {
            for file in files(&repository().join(directory)) {
                state.extend(std::fs::read(&file).expect("a source can be read"));
            }
        }
        let digest = Digest::of(&state).to_string();
        let name = self.command.rsplit(' ').next().unwrap_or(self.command);
        let file = digest.replacen("sha256:", "", 1) + ".wasm";
        cache().join("components").join(name.trim_end_matches(".wasm")).join(file)
    }

    fn make(&self, file: &Path) {
        let directory = file.parent().expect("a file is in a directory");
        // Those of other states are not needed any more.
        let _ = std::fs::remove_dir_all(directory);
        std::fs::create_dir_all(directory).expect("the cache directory is ours");
        let unfinished = directory.join(format!("{}.wasm", std::process::id()));
        let mut words: Vec<&str> = self.command.split(' ').collect();
        words.pop();
        let program = program(words.remove(0));
        // Beside the compilers of JavaScript stands the node that runs them.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(cache().join("componentize-js/bin")).chain(std::env::split_paths(&path));
        let output = Command::new(program)
            .args(words)
            .arg(&unfinished)
            .current_dir(repository())
            .env("PATH", std::env::join_paths(paths).expect("paths that are in PATH can be"))
            .output()
            .expect("the component's compiler starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {}\n{said}", self.command, output.status);
        std::fs::rename(&unfinished, file).expect("the compiler has written the component");
    }
}

/// Where `tests/setup` has put a compiler.
fn program(name: &str) -> PathBuf {
    let program = match name {
        "componentize-py" => cache().join("componentize-py/bin/componentize-py"),
        _ => cache().join("componentize-js/node_modules/.bin").join(name),
    };
    assert!(program.exists(), "{name} is not installed: run tests/setup first");
    program
}

/// The files of a directory, in order.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the directory of the sources can be read");
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Whether the compiler has the target `wasm32-wasip2`.
pub fn has_wasip2() -> bool {
    let asked = Command::new("rustc").args(["--print", "target-libdir", "--target", WASIP2]).output();
    let libraries = asked.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    libraries.is_some_and(|libraries| Path::new(libraries.trim()).is_dir())
}

/// The filter `tests/guests/wasi-filter`, in Rust for a target that imports WASI; `None` where
/// the compiler does not have that target.
pub fn wasi_filter() -> Option<Vec<u8>> {
    if !has_wasip2() {
        return None;
    }
    let test = std::env::current_exe().expect("the test's own path");
    let target = target_dir_beside(test.parent().expect("a file is in a directory"));
    let toolchain = Toolchain { rustc: "rustc".into(), build_std: false, tools: Vec::new() };
    let output = toolchain
        .cargo()
        .current_dir(repository())
        .args(["build", "--profile", "guest", "--target", WASIP2, "--package", "wasi-filter", "--target-dir"])
        .arg(&target)
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let file = target.join(WASIP2).join("guest/wasi_filter.wasm");
    Some(std::fs::read(file).expect("cargo has built the component"))
}
