//! How a reporter acts: through the host, which says itself what fails or was not granted. A reporter goes on
//! with what is left.

use sortie_plugin_sdk::Effects;
use sortie_plugin_sdk::reporter::HttpRequest;
use sortie_plugin_sdk::reporter::HttpResponse;
use sortie_story::Story;
use sortie_story::block;
use sortie_story::plain;

/// What can be done about one event.
pub struct Voice<'a> {
    effects: &'a mut dyn Effects,
    /// When the event happened, in milliseconds since the Unix epoch.
    pub at_ms: f64,
    failure: Option<String>,
}

impl<'a> Voice<'a> {
    /// A voice for an event of this time.
    pub fn new(effects: &'a mut dyn Effects, at_ms: f64) -> Self {
        Self { effects, at_ms, failure: None }
    }

    /// Writes a line that the CI system obeys.
    pub fn command(&mut self, line: &str) {
        // The host has said what was wrong.
        let _ = self.effects.command(line);
    }

    /// Writes a sentence for the reader of the log, which no CI system obeys.
    pub fn say(&mut self, sentence: &str) {
        self.command(&plain::unobeyed(sentence));
    }

    /// Writes the reason in colour, unless the run succeeded.
    pub fn say_why(&mut self, story: &Story) {
        block::lines(story).iter().for_each(|line| self.command(line));
    }

    /// Sends a request; `None` where there was no answer.
    pub fn ask(&mut self, request: &HttpRequest) -> Option<HttpResponse> {
        self.effects.http(request).ok()
    }

    /// Says that the reporter could not do what it is there for, and why. The host tells the user.
    pub fn fail(&mut self, why: String) {
        self.failure = Some(why);
    }

    /// Why the reporter could not do what it is there for.
    pub fn failure(self) -> Option<String> {
        self.failure
    }

    /// Appends to a file; whether it could be done.
    pub fn append(&mut self, file: &str, text: &str) -> bool {
        self.effects.append(file, text.as_bytes()).is_ok()
    }

    /// Replaces a file; whether it could be done.
    pub fn write(&mut self, file: &str, text: &str) -> bool {
        self.effects.write(file, text.as_bytes()).is_ok()
    }
}
