//! What is said before the output thread is there: that something is waited for. As text on standard error
//! in every format: what standard output will hold, a document or a stream of events, has not begun yet.

use std::time::Instant;

use tokio::sync::mpsc;

use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::output::terminal::Terminal;
use crate::secrecy::Secrets;
use crate::settings::OutputFormat;
use crate::settings::OutputSettings;
use crate::stream::Announcer;
use crate::stream::Attempt;
use crate::stream::Clock;
use crate::stream::EventSender;
use crate::stream::Message;

/// Shows what comes on its announcer, until that is handed over.
#[derive(Debug)]
pub struct EarlyOutput(Announcer);

impl EarlyOutput {
    /// Shows it as these settings say.
    pub fn new(settings: OutputSettings, surroundings: Surroundings, secrets: &Secrets) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let started = Instant::now();
        let settings = OutputSettings { format: OutputFormat::Text, ..settings };
        // It ends with its senders. One that could not be started would have been silent.
        let secrets = secrets.clone();
        let show = move || show(receiver, settings, surroundings, &secrets, started);
        let _ = std::thread::Builder::new().name("early output".into()).spawn(show);
        Self(Announcer::new(EventSender::new(sender, Clock::since(started), Attempt::FIRST)))
    }

    /// Where it is to be said.
    pub fn announcer(&self) -> Announcer {
        self.0.clone()
    }
}

fn show(
    mut receiver: mpsc::UnboundedReceiver<Message>,
    settings: OutputSettings,
    surroundings: Surroundings,
    secrets: &Secrets,
    started: Instant,
) {
    let mut terminal = None;
    while let Some(message) = receiver.blocking_recv() {
        if let Message::Event(mut event) = message {
            let streams = || Streams::of_process(surroundings, secrets);
            let terminal =
                terminal.get_or_insert_with(|| Terminal::new(streams(), settings, Vec::new(), started));
            terminal.mask(&mut event);
            terminal.event(&event);
        }
    }
}
