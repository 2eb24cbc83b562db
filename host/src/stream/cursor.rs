//! How far a container's log has been read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

/// A place in one container's log, right after a line. What it holds is known to the back end that
/// made it and to nobody else; anybody can write it down and hand it back.
///
/// A cursor travels with the lines before it and counts only once they have been written: whoever
/// saved it earlier would lose them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(serde_json::Value);

impl Cursor {
    /// A cursor that holds this.
    pub fn new(place: &impl Serialize) -> Option<Self> {
        serde_json::to_value(place).ok().map(Self)
    }

    /// What it holds; `None` if another back end (or another version of this one) made it.
    pub fn read<T: for<'de> Deserialize<'de>>(&self) -> Option<T> {
        T::deserialize(&self.0).ok()
    }
}

/// The places in the logs of a task's containers, by the container's name; a container that is not
/// named has not been read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursors(pub BTreeMap<String, Cursor>);

impl Cursors {
    /// The place in one container's log.
    pub fn get(&self, container: &str) -> Option<&Cursor> {
        self.0.get(container)
    }
}
