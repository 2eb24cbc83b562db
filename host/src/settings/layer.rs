//! What one place says: the command line, the environment, or the file.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use super::Origin;
use super::plugin_ref::PluginRef;

/// All that one place says. Values are still text: what they mean is decided once, in
/// [`super::resolve`], whatever the place.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// By key; never an empty list.
    values: BTreeMap<&'static str, Vec<Said>>,
    /// `[[plugin]]` tables.
    pub plugins: Vec<PluginTable>,
    /// Directory to which relative paths are relative; `None`: the working directory.
    pub directory: Option<PathBuf>,
}

/// One text, and where it was said.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// What was said.
    pub text: String,
    /// The place.
    pub origin: Origin,
    /// The place as an error names it: `--memory`, `SORTIE_MEMORY`, `sortie.toml:12`.
    pub at: String,
}

impl std::fmt::Debug for Said {
    /// Without the text, which may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Said(at {})", self.at)
    }
}

/// One `[[plugin]]` table.
#[derive(Clone)]
pub struct PluginTable {
    /// Name or path.
    pub source: PluginRef,
    /// Where it was said.
    pub at: String,
    /// As JSON.
    pub config: Option<serde_json::Value>,
    /// `None`: not said.
    pub grants: Option<Vec<String>>,
    /// `sha256:HEX`.
    pub digest: Option<String>,
}

impl std::fmt::Debug for PluginTable {
    /// Without the configuration, which may hold a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginTable")
            .field("source", &self.source)
            .field("at", &self.at)
            .field("grants", &self.grants)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl Layer {
    /// Adds a text to what is said for `key`.
    pub fn push(&mut self, key: &'static str, said: Said) {
        self.values.entry(key).or_default().push(said);
    }

    /// What is said for `key`.
    pub fn get(&self, key: &str) -> Option<&[Said]> {
        self.values.get(key).map(Vec::as_slice)
    }

    /// Keys for which something is said.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.values.keys().copied()
    }

    /// A path said in this place, relative to its directory.
    pub fn path(&self, text: &str) -> PathBuf {
        match &self.directory {
            Some(directory) if directory != Path::new("") => directory.join(text),
            _ => PathBuf::from(text),
        }
    }
}
