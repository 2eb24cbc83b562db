//! The cache of compiled components: machine code that the next run executes, so whoever could choose
//! it would run as the user does, whatever digest a plugin is pinned to.
//!
//! - Its directory ([`private_directory`](crate::private_directory)) is the user's alone. Where that cannot be had there is no cache:
//!   plugins are then compiled in each run, and nothing else changes.
//! - Every entry is authenticated for its component and engine ([`sealed`](super::code::sealed)) with a
//!   random key that lies in the directory. An entry that is not genuine is compiled anew and replaced.
//! - It is bounded ([`prune`]).
//!
//! None of this protects from somebody who can read the user's files: who has the key has the cache.

mod prune;

use std::path::Path;
use std::path::PathBuf;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::code::sealed;
use super::code::sealed::EngineIdentity;
use super::code::sealed::Key;
use crate::environment::Environment;
use crate::plugin::trust::Digest;
use crate::private_directory::PrivateDirectory;

/// Directories of the cache, below the user's directory of caches.
const PATH: [&str; 2] = ["sortie", "plugins"];

/// The key's file.
const KEY_FILE: &str = "key";

/// What the names of entries end with.
const SUFFIX: &str = ".code";

/// Compiled components of this user and engine.
pub(crate) struct Cache {
    directory: PrivateDirectory,
    key: Key,
    engine: EngineIdentity,
}

impl Cache {
    /// The user's cache, `$XDG_CACHE_HOME/sortie/plugins` or `~/.cache/sortie/plugins`.
    ///
    /// # Errors
    ///
    /// Why there is none, for a person.
    pub(crate) fn open(environment: &Environment, engine: &Engine) -> Result<Self, String> {
        let workspace = std::env::current_dir().map_err(|error| format!("the working directory: {error}"))?;
        let base = base(environment).ok_or("neither XDG_CACHE_HOME nor HOME names a directory")?;
        Self::open_in(&base, &workspace, engine)
    }

    fn open_in(base: &Path, workspace: &Path, engine: &Engine) -> Result<Self, String> {
        let directory = PrivateDirectory::open(base, &PATH, Some(workspace))?;
        let key = key(&directory).ok_or_else(|| format!("{}: it cannot be written", base.display()))?;
        Ok(Self { directory, key, engine: EngineIdentity::of(engine) })
    }

    /// A component that was compiled before.
    pub(crate) fn load(&self, engine: &Engine, component: Digest) -> Option<Component> {
        let name = self.name(component);
        let sealed = self.directory.read(&name, prune::MAX_BYTES).ok()?;
        let found = sealed::open(&self.key, component, self.engine, engine, &sealed)?;
        self.directory.mark_used(&name);
        Some(found)
    }

    /// Keeps a component for the next run.
    ///
    /// # Errors
    ///
    /// It cannot be written, and that run compiles again; why, for a person.
    pub(crate) fn store(&self, digest: Digest, component: &Component) -> Result<(), String> {
        let code = component.serialize().map_err(|error| format!("{error:#}"))?;
        let tag = sealed::seal(&self.key, digest, self.engine, &code);
        let stored = self.directory.replace(&self.name(digest), &[&tag, &code]);
        stored.map_err(|error| format!("the cache cannot be written: {error}"))?;
        prune::prune(&self.directory);
        Ok(())
    }

    /// One entry for a component and an engine. What it holds is not believed because of its name.
    fn name(&self, component: Digest) -> String {
        format!("{}-{}{SUFFIX}", component.hex(), self.engine.short())
    }
}

/// `XDG_CACHE_HOME` if it is absolute (the XDG base directory specification ignores it
/// otherwise), else `~/.cache`.
fn base(environment: &Environment) -> Option<PathBuf> {
    let absolute = |name| environment.var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
}

/// The key that lies in the directory, made when there is none. Of processes that make one at the same
/// time the first one's stays.
fn key(directory: &PrivateDirectory) -> Option<Key> {
    let read = || -> Option<Key> {
        let bytes = directory.read(KEY_FILE, sealed::KEY as u64).ok()?;
        bytes.try_into().ok().map(Key)
    };
    if let Some(key) = read() {
        return Some(key);
    }
    // What is there is not a key; entries that were made with it are compiled anew.
    directory.remove(KEY_FILE);
    let fresh: [u8; sealed::KEY] = rand::random();
    let _ = directory.create(KEY_FILE, &fresh);
    read()
}

#[cfg(test)]
mod tests;
