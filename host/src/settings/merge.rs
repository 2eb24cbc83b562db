//! Which place wins: flags over the environment over the file.
//!
//! - A single value or a list: the highest place that says any replaces the others whole. A list
//!   is never merged, so that what a flag says is all there is.
//! - `env` and `tag`: merged by name, since they are maps; the highest place wins a name.
//! - Plugins add up (see [`super::plugins`]), so that a flag never takes a redactor away.

use super::layer::Layer;
use super::layer::Said;

/// The three places.
#[derive(Debug, Default)]
pub struct Layers {
    /// The command line.
    pub flags: Layer,
    /// `SORTIE_*`.
    pub environment: Layer,
    /// `sortie.toml`.
    pub file: Layer,
}

/// A place, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `sortie.toml`.
    File,
    /// `SORTIE_*`.
    Environment,
    /// The command line.
    Flag,
}

/// What the winning place says for a key.
#[derive(Debug)]
pub struct Winner<'a> {
    /// The place.
    pub place: Place,
    /// Its layer.
    pub layer: &'a Layer,
    /// What it says; never empty.
    pub said: &'a [Said],
}

impl Layers {
    /// The places that can speak, the lowest first.
    pub fn ascending(&self) -> [(Place, &Layer); 3] {
        [(Place::File, &self.file), (Place::Environment, &self.environment), (Place::Flag, &self.flags)]
    }

    /// What the highest place that says anything for `key` says.
    pub fn winner(&self, key: &str) -> Option<Winner<'_>> {
        self.ascending()
            .into_iter()
            .rev()
            .find_map(|(place, layer)| layer.get(key).map(|said| Winner { place, layer, said }))
    }
}
