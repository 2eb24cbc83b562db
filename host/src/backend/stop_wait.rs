//! Telling which containers a stop waits for: a person who sees nothing for half a minute wonders.

use std::time::Duration;
use std::time::Instant;

use crate::event::EventKind;
use crate::stream::EventSender;

/// A stop that is over so soon needs no word.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it is said after that.
const AGAIN: Duration = Duration::from_secs(10);

/// When it is to be said again.
#[derive(Debug)]
pub(super) struct StopWait(tokio::time::Instant);

impl StopWait {
    /// For a stop that has just begun.
    pub(super) fn begun() -> Self {
        Self(tokio::time::Instant::now() + PATIENCE)
    }

    /// Returns when it is to be said. Cancel-safe.
    pub(super) async fn due(&self) {
        tokio::time::sleep_until(self.0).await;
    }

    /// Says that these containers have not ended, each with the moment at which it is killed, if that is
    /// known.
    pub(super) fn say(&mut self, waited_for: Vec<(String, Option<Instant>)>, events: &EventSender) {
        self.0 = tokio::time::Instant::now() + AGAIN;
        if waited_for.is_empty() {
            return;
        }
        let last = waited_for.iter().map(|(_, killed)| *killed).max().flatten();
        let kill_in = last.map(|killed| killed.saturating_duration_since(Instant::now()));
        let containers = waited_for.into_iter().map(|(name, _)| name).collect();
        events.send(EventKind::AwaitingStop { containers, kill_in });
    }
}
