//! What one source sets: the command line, the environment, or the file.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use super::Origin;
use super::places::ConfigPlaces;
use super::plugin_ref::PluginRef;

/// All that one source sets. Values are still text: what they mean is decided once, in
/// [`super::resolve`], whatever the source.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// By key; never an empty list.
    values: BTreeMap<&'static str, Vec<RawValue>>,
    /// `[[plugin]]` tables.
    pub plugins: Vec<PluginTable>,
    /// Directory to which relative paths are relative; `None`: the working directory.
    pub directory: Option<PathBuf>,
}

/// One value as it was written, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct RawValue {
    /// The value.
    pub text: String,
    /// Where it was set.
    pub origin: Origin,
    /// The same as an error names it: `--memory`, `SORTIE_MEMORY`, `sortie.toml:12`.
    pub at: String,
}

impl std::fmt::Debug for RawValue {
    /// Without the text, which may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawValue(at {})", self.at)
    }
}

/// One `[[plugin]]` table.
#[derive(Clone)]
pub struct PluginTable {
    /// What it is called beside its source.
    pub name: Option<String>,
    /// Name or path.
    pub source: PluginRef,
    /// Where it was set, as an error names it.
    pub at: String,
    /// As JSON. It may hold secrets.
    pub config: Option<serde_json::Value>,
    /// Where the parts of the configuration were set.
    pub places: ConfigPlaces,
    /// `None`: not set.
    pub grants: Option<Vec<String>>,
    /// `sha256:HEX`.
    pub digest: Option<String>,
}

impl std::fmt::Debug for PluginTable {
    /// Without the configuration, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, source, at, config: _, places: _, grants, digest } = self;
        f.debug_struct("PluginTable")
            .field("name", name)
            .field("source", source)
            .field("at", at)
            .field("grants", grants)
            .field("digest", digest)
            .finish_non_exhaustive()
    }
}

impl Layer {
    /// Adds a value to those of `key`.
    pub fn push(&mut self, key: &'static str, value: RawValue) {
        self.values.entry(key).or_default().push(value);
    }

    /// The values of `key`, in the order in which they were set; never an empty list.
    pub fn get(&self, key: &str) -> Option<&[RawValue]> {
        self.values.get(key).map(Vec::as_slice)
    }

    /// A path set by this source, relative to its directory.
    pub fn path(&self, text: &str) -> PathBuf {
        match &self.directory {
            Some(directory) if directory != Path::new("") => directory.join(text),
            _ => PathBuf::from(text),
        }
    }
}
