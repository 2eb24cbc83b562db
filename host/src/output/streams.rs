//! Standard output and standard error: no other module writes to them.
//!
//! A run's [`Terminal`](super::terminal::Terminal) owns them while it goes on; before and after that,
//! documents and errors are written here directly. In both cases secrets are masked in everything, and
//! what is not sortie's own goes through the neutraliser.

use std::io;
use std::io::IsTerminal as _;
use std::io::Write;

use super::neutralise::Neutraliser;
use super::render::status;
use super::render::style::Styles;
use super::surroundings::Surroundings;
use crate::os;
use crate::secrecy::Secrets;
use crate::settings::ColorChoice;

/// Both streams, and what is known of their readers.
pub struct Streams {
    /// Log lines, documents, JSON, commands.
    pub(super) stdout: Box<dyn Write + Send>,
    /// What sortie says.
    pub(super) stderr: Box<dyn Write + Send>,
    pub(super) surroundings: Surroundings,
    pub(super) notices: Neutraliser,
    pub(super) secrets: Secrets,
    pub(super) stdout_is_terminal: bool,
    pub(super) stderr_is_terminal: bool,
    /// Both are one terminal, file or pipe, so that what is written to them stands in one text.
    pub(super) are_one: bool,
    /// Nothing is left to do when the reader of standard output has gone, which is no matter.
    pub(super) ends_with_reader: bool,
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams").field("surroundings", &self.surroundings).finish_non_exhaustive()
    }
}

impl Streams {
    /// Those of this process.
    pub fn of_process(surroundings: Surroundings, secrets: &Secrets) -> Self {
        Self {
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            // Yes, if it cannot be found out.
            are_one: one_file().unwrap_or(true),
            ..Self::new(io::stdout(), io::stderr(), surroundings, secrets)
        }
    }

    /// Other ones than the process's, which are not terminals.
    pub fn new(
        stdout: impl Write + Send + 'static,
        stderr: impl Write + Send + 'static,
        surroundings: Surroundings,
        secrets: &Secrets,
    ) -> Self {
        Self {
            stdout: Box::new(stdout),
            stderr: Box::new(stderr),
            surroundings,
            notices: Neutraliser::for_notices(surroundings.ci),
            secrets: secrets.clone(),
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            are_one: false,
            ends_with_reader: false,
        }
    }

    /// The same, for a command that is over when the reader of standard output has gone.
    #[must_use]
    pub fn ending_with_reader(self) -> Self {
        Self { ends_with_reader: true, ..self }
    }

    /// The styles for standard output.
    pub fn stdout_styles(&self, choice: ColorChoice) -> Styles {
        self.surroundings.styles(choice, self.stdout_is_terminal)
    }

    /// The styles for standard error.
    pub fn stderr_styles(&self, choice: ColorChoice) -> Styles {
        self.surroundings.styles(choice, self.stderr_is_terminal)
    }

    /// Says something on standard error: one or more whole lines, without the last newline. Nobody is
    /// left to tell when standard error cannot be written.
    pub fn say(&mut self, lines: &str) {
        // A status line may stand there.
        let clear = match self.surroundings.has_a_viewer(self.stderr_is_terminal) {
            true => status::CLEAR,
            false => "",
        };
        let text = format!("{clear}{}\n", self.notices.text(&self.secrets.text(lines)));
        let _ = self.stderr.write_all(text.as_bytes()).and_then(|()| self.stderr.flush());
    }

    /// Writes a whole document to standard output.
    pub fn print(&mut self, document: &str) -> io::Result<()> {
        let text = self.notices.text(&self.secrets.text(document)).into_owned();
        self.write(&text)
    }

    /// Writes the id of a task to standard output, as it is: it is all there is to stop it by.
    pub fn print_id(&mut self, id: &str) -> io::Result<()> {
        let text = format!("{}\n", self.notices.text(id));
        self.write(&text)
    }

    /// Writes an object of JSON, which must not have a backslash too many, as a line.
    pub fn print_object(&mut self, object: &str) -> io::Result<()> {
        let text = format!("{}\n", self.notices.json(&self.secrets.json(object)));
        self.write(&text)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes()).and_then(|()| self.stdout.flush())
    }
}

/// Returns when the reader of this process's standard output has gone: a pipe's other end. Never where
/// there is none.
pub async fn reader_gone() {
    let (told, gone) = tokio::sync::oneshot::channel();
    // A thread that waits for nothing else; it ends with the process.
    let waits = std::thread::Builder::new().name("stdout".into()).spawn(move || {
        if os::await_no_reader(&io::stdout()) {
            let _ = told.send(());
        }
    });
    if waits.is_err() || gone.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether standard output and standard error are one.
fn one_file() -> io::Result<bool> {
    Ok(os::id_of(io::stdout())? == os::id_of(io::stderr())?)
}
