//! The hostile plugins of `tests/guests`, built once per test binary.

use std::sync::LazyLock;

use sortie_plugin_build::Build;
use sortie_plugin_build::target_dir_beside;

use crate::servers::repository;

/// The first half of a guest's slot.
const SLOT: &[u8] = b"EVIL-MODE-SLOT:";
/// Room for a mode after it.
const SLOT_MODE: usize = 49;

/// A filter that does what its mode says.
pub fn filter(mode: &str) -> Vec<u8> {
    static COMPONENT: LazyLock<Vec<u8>> = LazyLock::new(|| build("evil-filter"));
    with_mode(&COMPONENT, mode)
}

/// A transform that does what its mode says.
pub fn transform(mode: &str) -> Vec<u8> {
    static COMPONENT: LazyLock<Vec<u8>> = LazyLock::new(|| build("evil-transform"));
    with_mode(&COMPONENT, mode)
}

/// A reporter that does what its mode says.
pub fn reporter(mode: &str) -> Vec<u8> {
    static COMPONENT: LazyLock<Vec<u8>> = LazyLock::new(|| build("evil-reporter"));
    with_mode(&COMPONENT, mode)
}

fn build(package: &str) -> Vec<u8> {
    let test = std::env::current_exe().expect("the test's own path");
    let directory = test.parent().expect("a file is in a directory");
    let plugin = Build::new(repository(), target_dir_beside(directory)).run(package);
    plugin.unwrap_or_else(|error| panic!("{error}")).component
}

/// The component with this mode in its slot.
fn with_mode(component: &[u8], mode: &str) -> Vec<u8> {
    assert!(mode.len() <= SLOT_MODE, "{mode} is too long");
    let found = component.windows(SLOT.len()).position(|window| window == SLOT);
    let at = found.expect("a hostile guest has a slot") + SLOT.len();
    let mut bytes = component.to_vec();
    bytes[at..at + SLOT_MODE].copy_from_slice(format!("{mode:SLOT_MODE$}").as_bytes());
    bytes
}
