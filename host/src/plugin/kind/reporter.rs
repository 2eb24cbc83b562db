//! Reporters: events go in, effects come out through host calls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sortie_lines::LineBatch;

use super::describe::Setup;
use crate::event::Event;
use crate::plugin::About;
use crate::plugin::abi::ReporterGuest;
use crate::plugin::context::Context;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::words::Message;
use crate::stream::Moment;

/// A loaded and configured reporter.
pub struct Reporter {
    pub(crate) about: Arc<About>,
    guest: Box<dyn ReporterGuest>,
    wishes: ReporterWishes,
    log_lines: bool,
}

/// What a reporter wants to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReporterWishes {
    /// Names of the events; `None`: every kind that the interface has a case for.
    pub events: Option<BTreeSet<String>>,
    /// How often it wants to be told that time has passed.
    pub tick: Option<Duration>,
}

/// What a reporter answers when it is configured.
#[derive(Debug)]
pub(crate) struct ReporterSetup {
    pub(crate) setup: Setup,
    pub(crate) wishes: ReporterWishes,
}

/// Something to tell a reporter.
#[derive(Debug, Clone, Copy)]
pub enum Happening<'a> {
    /// An event of the run.
    Event(&'a Event),
    /// Lines of one container, as the filters left them.
    LogLines {
        /// When they were handed on.
        moment: Moment,
        /// Index of the container.
        container: usize,
        /// Its name.
        name: &'a str,
        /// The lines.
        lines: &'a LineBatch,
    },
    /// Time has passed.
    Tick(Moment),
}

/// What came of telling a reporter something. Files have been written when it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reported {
    /// Command lines that it wrote, in order: each is one line that
    /// [`is_one_line`](sortie_lines::is_one_line) lets through.
    pub commands: Vec<String>,
    /// What it said.
    pub messages: Vec<Message>,
}

impl std::fmt::Debug for Reporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reporter").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Reporter {
    /// What the user calls it, else what it calls itself.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// Takes over the instance that described itself, and configures it.
    pub(crate) fn configure(
        mut guest: Box<dyn ReporterGuest>,
        config: &str,
        context: &Context,
        log_lines: bool,
        about: impl FnOnce(Setup, Vec<Message>) -> Result<About, PluginError>,
    ) -> Result<Self, PluginError> {
        let ReporterSetup { setup, wishes } = guest.configure(config, context)?;
        let about = Arc::new(about(setup, guest.take_messages())?);
        Ok(Self { about, guest, wishes, log_lines })
    }

    /// Whether it wants log lines and was granted them.
    pub fn wants_log_lines(&self) -> bool {
        self.log_lines && self.wishes.events.as_ref().is_none_or(|events| events.contains("log"))
    }

    /// What it wants to be told.
    pub fn wishes(&self) -> &ReporterWishes {
        &self.wishes
    }

    /// Tells the reporter.
    ///
    /// # Errors
    /// It failed, and is not to be told anything more.
    pub fn report(&mut self, happening: Happening<'_>) -> Result<Reported, PluginError> {
        if matches!(happening, Happening::LogLines { .. }) && !self.log_lines {
            return Ok(Reported::default());
        }
        self.guest.report(happening)
    }
}
