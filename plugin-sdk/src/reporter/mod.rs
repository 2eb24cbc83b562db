//! Reporters: events in, effects out.
//!
//! A reporter that panics or answers an error has failed: it is not called again, and the run goes on. It
//! never holds up the log: one that is slow misses log lines.
//!
//! - [`event`]: what happens.
//! - [`effects`]: what a reporter may do.

pub mod effects;
pub mod event;

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::About;
use crate::Error;
use crate::Finding;
use crate::Setup;

pub use effects::Effects;
pub use effects::HttpRequest;
pub use effects::HttpResponse;
pub use event::ContainerEnd;
pub use event::Event;
pub use event::Filtered;
pub use event::Finished;
pub use event::Happening;
pub use event::Launched;
pub use event::Link;
pub use event::LogLines;
pub use event::LogTail;
pub use event::Other;
pub use event::Phase;
pub use event::Planned;
pub use event::PluginCounter;
pub use event::Retrying;
pub use event::StateChanged;

/// Tells a CI system (or anything else) what happens.
///
/// There is a method for each kind of event, which does nothing by default, and [`Reporter::report`] for all
/// of them at once.
pub trait Reporter: Sized {
    /// The configuration; [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned + Default;

    /// Name, version and needs.
    const ABOUT: About;

    /// Makes the plugin from its configuration. Called once, before anything is launched.
    ///
    /// # Errors
    /// What is wrong with the configuration; the run does not start.
    fn configure(config: Self::Config, setup: &mut Setup<'_>) -> Result<Self, Finding>;

    /// Names of the events to report ([`Happening::name`]). `None`, the default: every kind that has a
    /// method of its own; [`Reporter::tick`] is called whenever [`Reporter::tick_every`] is set.
    fn events(&self) -> Option<Vec<&'static str>> {
        None
    }

    /// How often to call [`Reporter::tick`]; at least 100 ms. `None`: never.
    fn tick_every(&self) -> Option<Duration> {
        None
    }

    /// Something happened. By default each event goes to the method named after it.
    ///
    /// # Errors
    /// The reporter cannot go on, and is not called again.
    fn report(&mut self, event: &Event, effects: &mut dyn Effects) -> Result<(), Error> {
        match &event.what {
            Happening::Planned(planned) => self.planned(event, planned, effects),
            Happening::Launched(launched) => self.launched(event, launched, effects),
            Happening::StateChanged(change) => self.state_changed(event, change, effects),
            Happening::Warning(message) => self.warning(event, message, effects),
            Happening::Retrying(retrying) => self.retrying(event, retrying, effects),
            Happening::Stopping(reason) => self.stopping(event, reason, effects),
            Happening::LogLines(lines) => self.log_lines(event, lines, effects),
            Happening::Filtered(filtered) => self.filtered(event, filtered, effects),
            Happening::Tick => self.tick(event, effects),
            Happening::Finished(finished) => self.finished(event, finished, effects),
            Happening::Other(other) => self.other(event, other, effects),
        }
    }

    /// The task is known and checked; nothing is launched yet.
    ///
    /// # Errors
    /// See [`Reporter::report`]; so for all of these.
    fn planned(&mut self, event: &Event, planned: &Planned, effects: &mut dyn Effects) -> Result<(), Error> {
        let _ = (event, planned, effects);
        Ok(())
    }

    /// The task exists. Once for each attempt.
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn launched(
        &mut self,
        event: &Event,
        launched: &Launched,
        effects: &mut dyn Effects,
    ) -> Result<(), Error> {
        let _ = (event, launched, effects);
        Ok(())
    }

    /// The platform reports another state.
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn state_changed(
        &mut self,
        event: &Event,
        change: &StateChanged,
        effects: &mut dyn Effects,
    ) -> Result<(), Error> {
        let _ = (event, change, effects);
        Ok(())
    }

    /// Something a person should know, that stops nothing.
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn warning(&mut self, event: &Event, message: &str, effects: &mut dyn Effects) -> Result<(), Error> {
        let _ = (event, message, effects);
        Ok(())
    }

    /// Something did not succeed and is tried again.
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn retrying(
        &mut self,
        event: &Event,
        retrying: &Retrying,
        effects: &mut dyn Effects,
    ) -> Result<(), Error> {
        let _ = (event, retrying, effects);
        Ok(())
    }

    /// sortie asks the platform to stop the task; why.
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn stopping(&mut self, event: &Event, reason: &str, effects: &mut dyn Effects) -> Result<(), Error> {
        let _ = (event, reason, effects);
        Ok(())
    }

    /// Lines of one container, as the filters left them. Only with [`crate::Need::log_lines`].
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn log_lines(&mut self, event: &Event, lines: &LogLines, effects: &mut dyn Effects) -> Result<(), Error> {
        let _ = (event, lines, effects);
        Ok(())
    }

    /// A container's log has ended, and a filter said something of it.
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn filtered(
        &mut self,
        event: &Event,
        filtered: &Filtered,
        effects: &mut dyn Effects,
    ) -> Result<(), Error> {
        let _ = (event, filtered, effects);
        Ok(())
    }

    /// Time has passed; see [`Reporter::tick_every`].
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn tick(&mut self, event: &Event, effects: &mut dyn Effects) -> Result<(), Error> {
        let _ = (event, effects);
        Ok(())
    }

    /// The run has ended; nothing follows.
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn finished(
        &mut self,
        event: &Event,
        finished: &Finished,
        effects: &mut dyn Effects,
    ) -> Result<(), Error> {
        let _ = (event, finished, effects);
        Ok(())
    }

    /// Something that this version has no method for. Only for a reporter that asks for it by name in
    /// [`Reporter::events`]: `registered`, `recovered`, `awaiting-stop`, `progress`, `detail`,
    /// `still-waiting`, `phase` and `annotation` so far. Ignore what you do not know.
    ///
    /// # Errors
    /// See [`Reporter::report`].
    fn other(&mut self, event: &Event, other: &Other, effects: &mut dyn Effects) -> Result<(), Error> {
        let _ = (event, other, effects);
        Ok(())
    }
}
