//! Which source wins: flags over the environment over the file.
//!
//! - A single value or a list: the highest source that sets any replaces the others whole. A list
//!   is never merged, so what a flag sets is all there is.
//! - `env` and `tag`: merged by name, since they are maps; the highest source wins a name.
//! - Plugins add up (see [`super::plugins`]), so that a flag never takes a redactor away.

use super::layer::Layer;
use super::layer::RawValue;

/// What each source sets.
#[derive(Debug, Default)]
pub struct Layers {
    /// The command line.
    pub flags: Layer,
    /// `SORTIE_*`.
    pub environment: Layer,
    /// `sortie.toml`.
    pub file: Layer,
}

/// A source of settings, ordered by precedence, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// `sortie.toml`.
    File,
    /// `SORTIE_*`.
    Environment,
    /// The command line.
    Flag,
}

/// What the winning source sets for a key.
#[derive(Debug)]
pub struct Winner<'a> {
    /// The source.
    pub source: Source,
    /// Its layer.
    pub layer: &'a Layer,
    /// What it sets; never empty.
    pub values: &'a [RawValue],
}

impl Layers {
    /// All sources, the lowest first.
    pub fn ascending(&self) -> [(Source, &Layer); 3] {
        [(Source::File, &self.file), (Source::Environment, &self.environment), (Source::Flag, &self.flags)]
    }

    /// What the highest source that sets `key` sets it to.
    pub fn winner(&self, key: &str) -> Option<Winner<'_>> {
        self.ascending()
            .into_iter()
            .rev()
            .find_map(|(source, layer)| layer.get(key).map(|values| Winner { source, layer, values }))
    }
}
