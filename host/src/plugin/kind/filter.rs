//! Filters: one instance for each container's stream, batches of lines in, edits out.

use std::sync::Arc;

use sortie_lines::Edits;
use sortie_lines::FilterFailure;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use sortie_lines::LineFilter;
use sortie_lines::Pattern;

use super::describe::Diagnostic;
use crate::plugin::About;
use crate::plugin::abi;
use crate::plugin::abi::FilterGuest;
use crate::plugin::abi::Version;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::Blueprint;
use crate::plugin::runtime::limits::Limits;

/// A loaded filter whose configuration is good, from which streams are opened.
pub struct Filter {
    pub(crate) about: Arc<About>,
    version: Version,
    blueprint: Blueprint,
    /// As JSON.
    config: String,
    interests: Option<Vec<Interest>>,
}

/// One filter on one container's stream.
pub struct FilterStream {
    guest: Box<dyn FilterGuest>,
    container: String,
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

    /// Configures the instance that described itself, to know whether the configuration is good and
    /// what the filter wants to see. It ends here: every stream gets an instance of its own, made as
    /// every other's.
    pub(crate) fn configure(
        mut guest: Box<dyn FilterGuest>,
        version: Version,
        blueprint: Blueprint,
        config: String,
        about: impl FnOnce(Vec<Diagnostic>) -> About,
    ) -> Result<Self, PluginError> {
        let (findings, interests) = guest.configure(&config)?;
        Ok(Self { about: Arc::new(about(findings)), version, blueprint, config, interests })
    }

    /// What the filter wants to see; `None`: every line.
    pub fn interests(&self) -> Option<&[Interest]> {
        self.interests.as_deref()
    }

    /// An instance for one container's stream.
    ///
    /// # Errors
    /// The plugin failed to start, or refuses the configuration that it took before.
    pub fn open(&self, container: &str) -> Result<FilterStream, PluginError> {
        let mut guest = abi::start_filter(self.version, &self.blueprint)?;
        guest.configure(&self.config)?;
        Ok(FilterStream { guest, container: container.to_owned() })
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
    fn failed(&self, error: &PluginError) -> FilterFailure {
        // Never the hint: a guest's last words may quote the very lines that are withheld.
        FilterFailure { message: format!("{error}, on the log of container {}", self.container) }
    }
}

impl LineFilter for FilterStream {
    fn process(&mut self, batch: &LineBatch, edits: &mut Edits) -> Result<(), FilterFailure> {
        self.guest.process(batch, edits).map_err(|error| self.failed(&error))
    }

    fn finish(&mut self) -> Result<Vec<u8>, FilterFailure> {
        self.guest.finish().map_err(|error| self.failed(&error))
    }
}
