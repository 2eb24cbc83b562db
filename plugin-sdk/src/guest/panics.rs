//! Panics, which a component could not tell anybody about: `wasm32-unknown-unknown` has no standard error,
//! and that of WASI is nobody's.

use std::panic;
use std::panic::PanicHookInfo;
use std::sync::Once;

/// Has every panic told to the host, place and message, before it becomes a trap.
pub(super) fn tell_the_host() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(|info| crate::log::error(&shown(info)))));
}

/// In one line, unless the message itself has several.
fn shown(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    match info.location() {
        Some(place) => format!("panicked at {place}: {message}"),
        None => format!("panicked: {message}"),
    }
}
