//! Events as JSON, one object a line (`--output json`).

use crate::event::Event;

/// The object for an event.
pub fn event(event: &Event) -> String {
    // An event holds texts and numbers only, which can always be written.
    serde_json::to_string(event).unwrap_or_default()
}
