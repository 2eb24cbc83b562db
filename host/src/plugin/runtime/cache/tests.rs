//! Whatever is done to the files of a cache, a component's code comes out or none does.

use std::path::Path;
use std::path::PathBuf;

use super::*;
use crate::plugin::runtime::engine_config::engine_config;

/// The smallest component that exports something of this name: a type.
fn component(name: u8) -> Vec<u8> {
    let header = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
    let a_type = [7, 2, 1, 0x79];
    let export = [11, 7, 1, 0, 1, name, 3, 0, 0];
    [&header[..], &a_type, &export].concat()
}

struct Fixture {
    base: tempfile::TempDir,
    workspace: tempfile::TempDir,
    engine: Engine,
}

impl Fixture {
    fn new() -> Self {
        let temporary = || tempfile::tempdir().expect("a directory");
        let engine = Engine::new(&engine_config(None).expect("a configuration")).expect("an engine");
        Self { base: temporary(), workspace: temporary(), engine }
    }

    fn cache(&self) -> Cache {
        Cache::open_in(self.base.path(), self.workspace.path(), &self.engine).expect("a private cache")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.base.path().join("sortie/plugins").join(name)
    }

    fn entry(&self, name: u8) -> PathBuf {
        self.path(&self.cache().name(Digest::of(&component(name))))
    }

    /// What the cache has for the component of this name: the name of the one that comes out.
    fn load(&self, name: u8) -> Option<u8> {
        let loaded = self.cache().load(&self.engine, Digest::of(&component(name)))?;
        let exports = loaded.component_type();
        let (export, _) = exports.exports(&self.engine).next().expect("an export");
        Some(export.as_bytes()[0])
    }

    fn store(&self, name: u8) {
        let bytes = component(name);
        let compiled = Component::from_binary(&self.engine, &bytes).expect("it compiles");
        self.cache().store(Digest::of(&bytes), &compiled).expect("it is kept");
        assert_eq!(self.load(name), Some(name));
    }

    /// The entry is not taken, and storing the component again replaces it.
    fn is_rebuilt(&self, name: u8, why: &str) {
        assert_eq!(self.load(name), None, "{why}");
        self.store(name);
    }
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).expect("an entry");
    change(&mut bytes);
    std::fs::write(path, bytes).expect("writes");
}

#[test]
fn what_was_stored_comes_out() {
    let fixture = Fixture::new();
    assert_eq!(fixture.load(b'a'), None);
    fixture.store(b'a');
    fixture.store(b'b');
    assert_eq!((fixture.load(b'a'), fixture.load(b'b')), (Some(b'a'), Some(b'b')));
}

#[test]
fn exchanged_entries_are_not_taken() {
    let fixture = Fixture::new();
    fixture.store(b'a');
    fixture.store(b'b');
    let (a, b) = (fixture.entry(b'a'), fixture.entry(b'b'));
    let (bytes_a, bytes_b) = (std::fs::read(&a).expect("reads"), std::fs::read(&b).expect("reads"));
    std::fs::write(&a, bytes_b).expect("writes");
    std::fs::write(&b, bytes_a).expect("writes");
    fixture.is_rebuilt(b'a', "exchanged");
    fixture.is_rebuilt(b'b', "exchanged");
}

#[test]
fn a_changed_or_cut_entry_is_not_taken() {
    let fixture = Fixture::new();
    fixture.store(b'a');
    let entry = fixture.entry(b'a');
    let length = std::fs::metadata(&entry).expect("an entry").len() as usize;
    for at in [0, 31, 32, 40, length / 2, length - 1] {
        change(&entry, |bytes| bytes[at] ^= 1);
        fixture.is_rebuilt(b'a', &format!("byte {at} changed"));
    }
    for left in [0, 10, 32, 33, length - 1] {
        change(&entry, |bytes| bytes.truncate(left));
        fixture.is_rebuilt(b'a', &format!("{left} bytes left"));
    }
    change(&entry, |bytes| bytes.push(0));
    fixture.is_rebuilt(b'a', "a byte added");
}

#[test]
fn an_entry_made_with_another_key_is_not_taken() {
    let (fixture, other) = (Fixture::new(), Fixture::new());
    fixture.store(b'a');
    other.store(b'a');
    std::fs::copy(other.entry(b'a'), fixture.entry(b'a')).expect("copies");
    fixture.is_rebuilt(b'a', "of another user");
    // A key that is not one is replaced, and what was made with it goes.
    for key in [&b""[..], b"short", &[7; 33]] {
        std::fs::write(fixture.path(KEY_FILE), key).expect("writes");
        fixture.is_rebuilt(b'a', "under another key");
        assert_eq!(std::fs::read(fixture.path(KEY_FILE)).expect("a key").len(), sealed::KEY);
    }
}

#[test]
fn an_entry_of_another_engine_is_not_taken() {
    let fixture = Fixture::new();
    fixture.store(b'a');
    let bytes = std::fs::read(fixture.entry(b'a')).expect("an entry");
    let mut config = engine_config(None).expect("a configuration");
    config.epoch_interruption(false);
    let other = Engine::new(&config).expect("an engine");
    let cache = Cache::open_in(fixture.base.path(), fixture.workspace.path(), &other).expect("private");
    let digest = Digest::of(&component(b'a'));
    assert_ne!(cache.name(digest), fixture.cache().name(digest));
    std::fs::write(fixture.path(&cache.name(digest)), bytes).expect("writes");
    assert!(cache.load(&other, digest).is_none());
}

#[test]
fn the_key_is_the_users_alone_and_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::new();
    let first = fixture.cache().key.0;
    assert_eq!(fixture.cache().key.0, first);
    assert_ne!(Fixture::new().cache().key.0, first, "another directory");
    let mode = std::fs::metadata(fixture.path(KEY_FILE)).expect("a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::set_permissions(fixture.path(KEY_FILE), std::fs::Permissions::from_mode(0o644)).expect("sets");
    assert_ne!(fixture.cache().key.0, first, "others could have read it");
}

#[test]
fn there_is_no_cache_below_the_workspace() {
    let fixture = Fixture::new();
    let inside = fixture.workspace.path().join("cache");
    assert!(Cache::open_in(&inside, fixture.workspace.path(), &fixture.engine).is_err());
}

#[test]
fn the_environment_says_where_the_cache_is() {
    let at = |variables: &[(&str, &str)]| base(&variables.iter().copied().collect());
    let home = ("HOME", "/home/me");
    assert_eq!(at(&[home, ("XDG_CACHE_HOME", "/var/cache/me")]), Some("/var/cache/me".into()));
    assert_eq!(at(&[home, ("XDG_CACHE_HOME", "relative")]), Some("/home/me/.cache".into()));
    assert_eq!(at(&[home]), Some("/home/me/.cache".into()));
    assert_eq!(at(&[]), None);
}
