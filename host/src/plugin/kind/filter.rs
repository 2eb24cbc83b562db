//! Filters: one instance for each container's stream, batches of lines in, edits out.

use std::sync::Arc;
use std::time::Duration;

use sortie_lines::Edits;
use sortie_lines::Ending;
use sortie_lines::FilterFailure;
use sortie_lines::Hit;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use sortie_lines::LineFilter;
use sortie_lines::Note;
use sortie_lines::Pattern;
use sortie_lines::Pieces;
use sortie_lines::Released;

use super::describe::Setup;
use super::describe::refusal;
use crate::plugin::About;
use crate::plugin::abi;
use crate::plugin::abi::FilterGuest;
use crate::plugin::abi::Version;
use crate::plugin::context::Context;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::Blueprint;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::runtime::words::Message;
use crate::plugin::runtime::words::place_of_panic;

/// A loaded filter whose configuration is good, from which streams are opened.
pub struct Filter {
    pub(crate) about: Arc<About>,
    version: Version,
    blueprint: Blueprint,
    /// As JSON.
    config: String,
    wishes: FilterWishes,
}

/// How a filter wants to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterWishes {
    /// What it wants to see; `None`: every line.
    pub interests: Option<Vec<Interest>>,
    /// Whether it knows about the pieces of overlong lines.
    pub pieces: Pieces,
    /// How often it wants to be told that time has passed.
    pub tick: Option<Duration>,
}

/// What a filter answers when it is configured.
#[derive(Debug)]
pub(crate) struct FilterSetup {
    pub(crate) setup: Setup,
    pub(crate) wishes: FilterWishes,
}

/// One filter on one container's stream.
pub struct FilterStream {
    guest: Box<dyn FilterGuest>,
    container: String,
    wishes: FilterWishes,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Filter {
    /// What the user calls it, else what it calls itself.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// Configures the instance that described itself, to know whether the configuration is good.
    pub(crate) fn configure(
        mut guest: Box<dyn FilterGuest>,
        version: Version,
        blueprint: Blueprint,
        config: String,
        context: &Context,
        about: impl FnOnce(Setup, Vec<Message>) -> Result<About, PluginError>,
    ) -> Result<Self, PluginError> {
        let FilterSetup { setup, wishes } = guest.configure(&config, context)?;
        let about = Arc::new(about(setup, guest.take_messages())?);
        Ok(Self { about, version, blueprint, config, wishes })
    }

    /// How it wants to be asked, as far as that is the same for every container.
    pub fn wishes(&self) -> &FilterWishes {
        &self.wishes
    }

    /// An instance for one container's stream, which `context` names.
    ///
    /// # Errors
    /// The plugin failed to start, or refuses the configuration that it took before.
    pub fn open(&self, context: &Context) -> Result<FilterStream, PluginError> {
        let mut guest = abi::start_filter(self.version, &self.blueprint)?;
        let FilterSetup { setup, wishes } = guest.configure(&self.config, context)?;
        if let Some(failure) = refusal(&setup.findings) {
            return Err(PluginError::new(&*self.blueprint.label, "configure", failure));
        }
        let container = context.container.and_then(|index| context.containers.get(index));
        Ok(FilterStream { guest, container: container.cloned().unwrap_or_default(), wishes })
    }
}

/// Refuses interests beyond the limits, and those that would hit every line.
pub(crate) fn check_interests(interests: &[Interest], limits: &Limits) -> Result<(), Failure> {
    if interests.len() > limits.interests {
        return Err(Failure::Limit(format!("{} interests, {} allowed", interests.len(), limits.interests)));
    }
    for interest in interests {
        let len = match &interest.pattern {
            Pattern::Literal(bytes) if bytes.is_empty() => {
                return Err(Failure::Protocol("an empty literal as an interest".to_owned()));
            }
            Pattern::Literal(bytes) => bytes.len(),
            Pattern::Regex(regex) => regex.len(),
        };
        if len > limits.pattern_bytes {
            let max = limits.pattern_bytes;
            return Err(Failure::Limit(format!("a pattern of {len} bytes, {max} allowed")));
        }
    }
    Ok(())
}

impl FilterStream {
    /// How it wants to be asked about this container.
    pub fn wishes(&self) -> &FilterWishes {
        &self.wishes
    }

    /// Of a filter's own words, which may quote the very lines that are withheld, only the place of a
    /// panic is told.
    fn failed(&self, error: &PluginError) -> FilterFailure {
        let container = &self.container;
        let message = match (&error.failure, place_of_panic(&error.said.last_words)) {
            (Failure::Said(_), _) => format!(
                "plugin {}: {}: it answered an error, whose words may quote log lines and are not shown, \
                 on the log of container {container}",
                error.plugin, error.during
            ),
            (_, Some(place)) => format!("{error} at {place}, on the log of container {container}"),
            (_, None) => format!("{error}, on the log of container {container}"),
        };
        FilterFailure { message }
    }
}

impl LineFilter for FilterStream {
    fn process(
        &mut self,
        batch: &LineBatch,
        hits: Option<&[Hit]>,
        edits: &mut Edits,
    ) -> Result<(), FilterFailure> {
        self.guest.process(batch, hits, edits).map_err(|error| self.failed(&error))
    }

    fn tick(&mut self) -> Result<Released, FilterFailure> {
        self.guest.tick().map_err(|error| self.failed(&error))
    }

    fn finish(&mut self) -> Result<Ending, FilterFailure> {
        let mut ending = self.guest.finish().map_err(|error| self.failed(&error))?;
        // Of what it said meanwhile only how much it was: see `runtime::words`.
        let counted = self.guest.take_messages().into_iter().filter(|message| message.of_host);
        ending.notes.extend(counted.map(|message| Note { warning: false, message: message.text }));
        Ok(ending)
    }
}
