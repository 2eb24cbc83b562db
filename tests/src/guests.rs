//! The plugins of `tests/guests`, built once per test binary: hostile ones, and some as somebody else
//! would write them without the SDK.

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

/// A filter that holds lines back, joins and labels them.
pub fn hold_filter() -> Vec<u8> {
    static COMPONENT: LazyLock<Vec<u8>> = LazyLock::new(|| build("hold-filter"));
    COMPONENT.clone()
}

/// A transform that adds a tag and says why, or refuses the task.
pub fn note_transform() -> Vec<u8> {
    static COMPONENT: LazyLock<Vec<u8>> = LazyLock::new(|| build("note-transform"));
    COMPONENT.clone()
}

/// A reporter that posts how the run ended.
pub fn webhook_reporter() -> Vec<u8> {
    static COMPONENT: LazyLock<Vec<u8>> = LazyLock::new(|| build("webhook-reporter"));
    COMPONENT.clone()
}

/// The component with one custom section more: what it says of itself in `sortie:plugin`, for one,
/// whether it agrees with what it describes or not.
pub fn with_section(component: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let mut section = leb128(name.len());
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(content);
    let mut bytes = component.to_vec();
    bytes.push(0);
    bytes.extend(leb128(section.len()));
    bytes.extend(section);
    bytes
}

/// A number as WebAssembly's binary format has it.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
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
