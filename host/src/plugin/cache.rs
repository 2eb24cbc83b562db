//! The cache of compiled third-party components, wasmtime's own, in a directory that only the
//! user can write.
//!
//! Whoever can write a compile cache can run code in the process that reads it. So the cache is
//! `$XDG_CACHE_HOME/sortie/plugins` (else `~/.cache/sortie/plugins`), it must belong to the user
//! with mode 0700, and when anything about that is not so there is no cache: plugins are then
//! compiled on each run, and nothing else changes.

use std::env;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::path::PathBuf;

use wasmtime::Cache;
use wasmtime::CacheConfig;

/// The user's cache, or none.
pub(super) fn open() -> Option<Cache> {
    let directory = base()?.join("sortie").join("plugins");
    let directory = private(&directory)?;
    let mut config = CacheConfig::new();
    config.with_directory(directory);
    Cache::new(config).ok()
}

/// `XDG_CACHE_HOME` if it is absolute (the XDG base directory specification ignores it
/// otherwise), else `~/.cache`.
fn base() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
}

/// The canonical path of `directory`, created with mode 0700 if need be, when it and the
/// directory above it are the user's own and nobody else may write there.
fn private(directory: &Path) -> Option<PathBuf> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).ok()?;
    // Links are refused: what is checked is what is used.
    let own = std::fs::symlink_metadata(directory).ok()?;
    let parent = std::fs::symlink_metadata(directory.parent()?).ok()?;
    let user = rustix::process::geteuid().as_raw();
    let is_private = own.is_dir() && own.uid() == user && own.mode() & 0o077 == 0;
    let is_safe_parent = parent.is_dir() && parent.uid() == user && parent.mode() & 0o022 == 0;
    (is_private && is_safe_parent).then(|| directory.canonicalize().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_new_directory_is_private() {
        let base = tempfile::tempdir().expect("a directory");
        assert!(private(&base.path().join("sortie/plugins")).is_some());
    }

    #[test]
    fn a_directory_that_others_can_reach_is_not_used() {
        let base = tempfile::tempdir().expect("a directory");
        let directory = base.path().join("plugins");
        std::fs::create_dir(&directory).expect("creates");
        std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o755)).expect("sets");
        assert_eq!(private(&directory), None);
    }

    #[test]
    fn a_link_is_not_used() {
        let base = tempfile::tempdir().expect("a directory");
        let elsewhere = tempfile::tempdir().expect("a directory");
        let directory = base.path().join("plugins");
        std::os::unix::fs::symlink(elsewhere.path(), &directory).expect("links");
        assert_eq!(private(&directory), None);
    }
}
