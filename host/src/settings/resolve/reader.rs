//! One setting at a time: the value of the source that wins, and its origin.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::settings::BackendKind;
use crate::settings::Origin;
use crate::settings::choice::Choice;
use crate::settings::layer::Layer;
use crate::settings::layer::RawValue;
use crate::settings::merge::Layers;
use crate::settings::merge::Winner;
use crate::settings::quantity::quoted;
use crate::settings::reference;
use crate::settings::reference::CommandKind;
use crate::settings::reference::Kind;
use crate::settings::reference::Setting;

/// Reads values of the winning sources, and notes where they came from. A setting that does not
/// concern the command or the back end has no value; but what is wrong is wrong on every back end, so that
/// a mistake in a file that serves several of them is found on the first.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    command: CommandKind,
    backend: BackendKind,
    origins: BTreeMap<String, Origin>,
    places: BTreeMap<String, String>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    /// A reader for a command on a back end.
    pub(super) fn new(layers: &'a Layers, command: CommandKind, backend: BackendKind) -> Self {
        Self {
            layers,
            command,
            backend,
            origins: BTreeMap::new(),
            places: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    /// The same for another back end.
    pub(super) fn on(self, backend: BackendKind) -> Self {
        Self { backend, ..self }
    }

    /// What is read.
    pub(super) fn layers(&self) -> &'a Layers {
        self.layers
    }

    /// The command it reads for.
    pub(super) fn command(&self) -> CommandKind {
        self.command
    }

    /// The back end it reads for.
    pub(super) fn backend(&self) -> BackendKind {
        self.backend
    }

    /// Where each value that was read came from, and how an error names it.
    pub(super) fn finish(self) -> (BTreeMap<String, Origin>, BTreeMap<String, String>) {
        (self.origins, self.places)
    }

    /// Notes what a person should know, on one line.
    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// What a person should know, and what has been read in vain.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.extend(self.ignored_flags());
        warnings
    }

    /// Notes where the value of a key came from.
    pub(super) fn note(&mut self, key: impl Into<String>, origin: &Origin) {
        self.origins.insert(key.into(), origin.clone());
    }

    /// An error about a value that was read, with where it was set.
    pub(super) fn at_its_place(&self, key: &str, error: Error) -> Error {
        match self.places.get(key) {
            Some(place) => error.on(place),
            None => error,
        }
    }

    /// Whether the setting concerns the command and the back end.
    fn wanted(&self, setting: &Setting) -> bool {
        setting.commands.contains(&self.command) && setting.backends.contains(&self.backend)
    }

    /// The values of a setting that concerns the command, and has no meaning on the back end: to be checked
    /// and then ignored. An empty one says nothing there: whoever sets the variables of all back ends in one
    /// place leaves some of them empty.
    pub(super) fn ignored(&self, key: &str) -> impl Iterator<Item = &'a RawValue> + use<'a> {
        let is_ignored = reference::find(key).is_some_and(|setting| {
            setting.commands.contains(&self.command) && !setting.backends.contains(&self.backend)
        });
        let winner = self.layers.winner(key).filter(|_| is_ignored);
        winner.into_iter().flat_map(|winner| winner.values).filter(|value| !value.text.trim().is_empty())
    }

    /// What the winning source sets, with the setting. Notes its origin.
    pub(super) fn winner(&mut self, key: &str) -> Option<(&'static Setting, Winner<'a>)> {
        let setting = reference::find(key)?;
        let winner = self.layers.winner(key).filter(|_| self.wanted(setting))?;
        self.note(key, &winner.values[0].origin);
        self.places.insert(key.to_owned(), winner.values[0].at.clone());
        Some((setting, winner))
    }

    /// All values of a setting whose sources add up, the lowest source first, each with its layer.
    /// Notes the origin of the highest.
    pub(super) fn every(&mut self, key: &str) -> Vec<(&'a Layer, &'a RawValue)> {
        if self.winner(key).is_none() {
            return Vec::new();
        }
        let layers = self.layers.ascending().into_iter();
        layers
            .flat_map(|(_, layer)| layer.get(key).unwrap_or_default().iter().map(move |value| (layer, value)))
            .collect()
    }

    /// All values of the winning source, or the default. Notes its origin.
    pub(super) fn all(&mut self, key: &str) -> Option<Vec<&'a RawValue>> {
        if let Some((_, winner)) = self.winner(key) {
            return Some(winner.values.iter().collect());
        }
        let setting = reference::find(key).filter(|setting| self.wanted(setting))?;
        if setting.default.is_some() {
            self.note(key, &Origin::Default);
        }
        Some(Vec::new())
    }

    /// One value: the winning source's last text (a flag given twice: the last one), or the default.
    pub(super) fn value<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if let Some((_, winner)) = self.winner(key)
            && let Some(value) = winner.values.last()
        {
            return filled(value).and_then(parse).map(Some).map_err(|error| error.on(&value.at));
        }
        if let Some(value) = self.ignored(key).last() {
            parse(&value.text).map_err(|error| error.on(&value.at))?;
        }
        match reference::find(key).filter(|setting| self.wanted(setting)).and_then(|setting| setting.default)
        {
            Some(default) => {
                self.note(key, &Origin::Default);
                parse(default).map(Some)
            }
            None => Ok(None),
        }
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, Error> {
        self.value(key, |text| Ok(text.to_owned()))
    }

    pub(super) fn switch(&mut self, key: &str) -> Result<bool, Error> {
        let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(Error::usage(format!("{} is neither true nor false", quoted(text)))),
        };
        Ok(self.value(key, parse)?.unwrap_or_default())
    }

    pub(super) fn choice<T: Choice>(&mut self, key: &str) -> Result<T, Error> {
        Ok(self.chosen(key)?.unwrap_or_default())
    }

    /// The same, where not to choose is something else than the default.
    pub(super) fn chosen<T: Choice>(&mut self, key: &str) -> Result<Option<T>, Error> {
        let parse = |text: &str| {
            T::from_word(text).ok_or_else(|| {
                Error::usage(format!("{} is not one of {}", quoted(text), T::WORDS.join(", ")))
            })
        };
        self.value(key, parse)
    }

    /// All texts of the winning source, split at commas.
    pub(super) fn list(&mut self, key: &str) -> Result<Vec<String>, Error> {
        let Some((setting, winner)) = self.winner(key) else { return Ok(Vec::new()) };
        let mut items: Vec<String> = Vec::new();
        for value in winner.values {
            let text = filled(value).map_err(|error| error.on(&value.at))?;
            split(setting.kind, text, &mut items);
        }
        Ok(items)
    }

    /// The warning about flags that mean nothing on the chosen back end. Set in the environment or
    /// the file they are ignored silently: that one sortie.toml serves all back ends is the point.
    fn ignored_flags(&self) -> Vec<String> {
        let ignored: Vec<String> = reference::all()
            .filter(|setting| {
                !setting.backends.contains(&self.backend) && self.layers.flags.get(setting.key).is_some()
            })
            .map(Setting::flag)
            .collect();
        match ignored.is_empty() {
            true => Vec::new(),
            false => {
                let backend = self.backend.as_str();
                vec![format!("ignored on the {backend} back end: {}", ignored.join(", "))]
            }
        }
    }
}

/// The pieces of a text between commas.
pub(super) fn split(kind: Kind, text: &str, items: &mut Vec<String>) {
    for (index, piece) in text.split(',').enumerate() {
        let piece = piece.trim();
        let number = !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_digit());
        match items.last_mut() {
            // `NAME=WEIGHT,BASE`
            Some(last) if kind == Kind::Providers && index > 0 && number => {
                last.push(',');
                last.push_str(piece);
            }
            _ if piece.is_empty() => {}
            _ => items.push(piece.to_owned()),
        }
    }
}

/// The text, unless it is empty: `--cluster "$CLUSTER"` with no CLUSTER is a mistake.
pub(super) fn filled(value: &RawValue) -> Result<&str, Error> {
    match value.text.trim().is_empty() {
        true => Err(Error::usage("the value is empty")),
        false => Ok(&value.text),
    }
}
