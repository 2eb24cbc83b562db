//! The output thread. It owns filters, sink, status line and reporters, so that everything that
//! reaches the screen or the CI system does so in one order.
//!
//! A thread and not a task: filters and reporters are synchronous, and a slow one must hold up
//! the log (back-pressure reaches the source through the bounded channel), never the watching and
//! stopping of the task.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::io;
use std::io::Write as _;
use std::time::Duration;
use std::time::Instant;

use sortie_lines::LineBatch;
use tokio::sync::mpsc;
use tokio::sync::watch;

use super::chain::Chain;
use crate::backend::Message;
use crate::backend::PipelineFailures;
use crate::event::RunEvent;
use crate::output::json;
use crate::output::markers::MarkerBreaker;
use crate::output::notices;
use crate::output::sink::Sink;
use crate::output::status;
use crate::output::status::Status;
use crate::output::status::StatusLine;
use crate::output::streams;
use crate::output::style;
use crate::output::style::Styles;
use crate::output::summary;
use crate::output::text;
use crate::settings::OutputFormat;
use crate::settings::OutputSettings;
use crate::spec::ContainerIndex;

/// Messages with lines under way to the output thread. With batches of at most
/// [`MAX_BATCH`](sortie_lines::MAX_BATCH) this bounds
/// what a slow reader of standard output makes sortie hold: 4 MiB.
pub const CHANNEL: usize = 16;

/// Somebody who is told what happens.
pub trait Reporter: Send {
    /// For messages.
    fn name(&self) -> &str;
    /// Whether log lines are told too.
    fn wants_log_lines(&self) -> bool;
    /// Tells an event; answers with lines for the CI system's command channel.
    fn event(&mut self, event: &RunEvent) -> Result<Vec<String>, String>;
    /// Tells lines of one container, after all filters.
    fn log_lines(&mut self, container: &str, batch: &LineBatch) -> Result<Vec<String>, String>;
}

/// What the output thread works with.
pub struct Parts {
    /// Names of the containers, in the task's order.
    pub containers: Vec<String>,
    /// The filters of each container, parallel to `containers`.
    pub chains: Vec<Chain>,
    /// In the order in which they are told.
    pub reporters: Vec<Box<dyn Reporter>>,
    /// What is broken in log lines.
    pub markers: Option<MarkerBreaker>,
    /// What a person or a program sees.
    pub settings: OutputSettings,
    /// When the run began.
    pub started: Instant,
    /// Set when a filter fails.
    pub filter_failed: watch::Sender<bool>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("containers", &self.containers).finish_non_exhaustive()
    }
}

/// Starts the thread. It ends at [`Message::Close`], or when all senders are gone. Must be called
/// within a runtime.
pub fn spawn(parts: Parts) -> io::Result<(mpsc::UnboundedSender<Message>, std::thread::JoinHandle<()>)> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Handle::current();
    let thread = std::thread::Builder::new().name("output".into()).spawn(move || {
        Output::new(parts).run(&runtime, receiver);
    })?;
    Ok((sender, thread))
}

struct Output {
    parts: Parts,
    sink: Sink<io::Stdout>,
    stderr: Styles,
    status: Option<StatusLine>,
    state: String,
    lines: u64,
    /// Containers whose streams have ended.
    ended: BTreeSet<ContainerIndex>,
    failures: PipelineFailures,
    spare: LineBatch,
    told_closed: bool,
    /// What sortie says stands between the lines of the log, in one terminal or file.
    one_place: bool,
}

impl Output {
    fn new(parts: Parts) -> Self {
        let color = parts.settings.color;
        let text = parts.settings.format == OutputFormat::Text;
        let stdout_styles = Styles::new(style::wants_color(color, &io::stdout()));
        let stderr = Styles::new(style::wants_color(color, &io::stderr()));
        let names = parts.containers.clone();
        let sink = match parts.settings.format {
            OutputFormat::Text => Sink::text(io::stdout(), names, &stdout_styles),
            OutputFormat::Json => Sink::json(io::stdout(), names),
        };
        let live = text && parts.settings.verbosity >= 0 && status::has_a_place();
        let status = live.then(|| StatusLine::new(stderr));
        Self {
            parts,
            sink,
            stderr,
            status,
            state: "starting".into(),
            lines: 0,
            ended: BTreeSet::new(),
            failures: PipelineFailures::default(),
            spare: LineBatch::default(),
            told_closed: false,
            one_place: streams::are_one(),
        }
    }

    fn run(mut self, runtime: &tokio::runtime::Handle, mut receiver: mpsc::UnboundedReceiver<Message>) {
        let refresh = match self.status {
            Some(_) => status::REFRESH,
            None => Duration::from_secs(3600),
        };
        let mut waiting = VecDeque::new();
        loop {
            let message = match waiting.pop_front() {
                Some(message) => message,
                None => {
                    match runtime.block_on(async { tokio::time::timeout(refresh, receiver.recv()).await }) {
                        Ok(Some(message)) => message,
                        Ok(None) => break,
                        Err(_) => {
                            self.draw_status();
                            continue;
                        }
                    }
                }
            };
            if matches!(message, Message::Close) {
                break;
            }
            let message = coalesce(message, &mut receiver, &mut waiting);
            self.handle(message);
            if waiting.is_empty() && receiver.is_empty() {
                self.draw_status();
            }
        }
        self.clear_status();
        let closed = self.sink.close_line();
        self.note_output(closed);
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Event(event) => self.event(&event),
            Message::Lines(container, batch, _) => self.lines(container, batch),
            Message::Ended(container) => self.end(container),
            Message::Sync(answer) => {
                // A driver that is gone needs no answer.
                let _ = answer.send(self.failures());
            }
            Message::Close => {}
        }
    }

    fn event(&mut self, event: &RunEvent) {
        if let RunEvent::StateChanged { state, .. } | RunEvent::Progress { state } = event {
            self.state = text::one_line(state);
        }
        if matches!(event, RunEvent::Finished(_)) {
            self.clear_status();
            self.status = None;
        }
        if matches!(event, RunEvent::Finished(_)) {
            // What a reporter has opened in the log (a group that folds) is closed before the last
            // word.
            self.tell(|reporter| reporter.event(event));
            self.show(event);
            return;
        }
        self.show(event);
        self.tell(|reporter| reporter.event(event));
    }

    /// Shows an event to a person or a program.
    fn show(&mut self, event: &RunEvent) {
        if matches!(event, RunEvent::Detail { .. }) && self.parts.settings.verbosity < 1 {
            return;
        }
        if self.parts.settings.format == OutputFormat::Json {
            let line = json::event(event).to_string();
            let written = self.sink.write_own(&line);
            let lost = written.is_err() || self.sink.is_closed();
            self.note_output(written);
            // A task that may cost money is never without its name.
            if lost
                && matches!(event, RunEvent::Launched { .. })
                && let Some(line) = notices::line(event, &self.stderr, 0)
            {
                let _ = io::stderr().lock().write_all((line + "\n").as_bytes());
            }
            return;
        }
        let verbosity = self.parts.settings.verbosity;
        let text = match event {
            RunEvent::Finished(report) => summary::render(report, &self.stderr, verbosity),
            event => match notices::line(event, &self.stderr, verbosity) {
                Some(line) => line + "\n",
                None => return,
            },
        };
        self.say(&text);
    }

    /// Writes to standard error, between log lines. A standard error that can not be written has
    /// no place where it could be complained about.
    fn say(&mut self, text: &str) {
        self.clear_status();
        // A log of its own is the task's to the byte: its lines are not broken for a notice.
        if self.one_place {
            let closed = self.sink.close_line();
            self.note_output(closed);
        }
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    fn lines(&mut self, container: ContainerIndex, mut batch: LineBatch) {
        // The filters have given away what they held, and their state with it: what a reader sends
        // that was ended early is not shown.
        if self.ended.contains(&container) {
            return;
        }
        if let Some(chain) = self.parts.chains.get_mut(container)
            && let Some(failure) = chain.process(&mut batch)
        {
            self.filter_failed(container, &failure.to_string());
        }
        self.print(container, batch);
    }

    fn end(&mut self, container: ContainerIndex) {
        if !self.ended.insert(container) {
            return;
        }
        let mut tail = Vec::new();
        let failure = self.parts.chains.get_mut(container).and_then(|chain| chain.finish(&mut tail));
        for batch in tail {
            self.print(container, batch);
        }
        if let Some(failure) = failure {
            self.filter_failed(container, &failure.to_string());
        }
    }

    fn print(&mut self, container: ContainerIndex, mut batch: LineBatch) {
        if batch.is_empty() {
            return;
        }
        if let Some(markers) = &mut self.parts.markers {
            markers.apply(container, &mut batch, &mut self.spare);
        }
        self.lines += batch.len() as u64 - u64::from(batch.partial);
        self.clear_status();
        let written = self.sink.write(container, &batch);
        self.note_output(written);
        if self.parts.reporters.iter().any(|reporter| reporter.wants_log_lines()) {
            let name = self.parts.containers.get(container).cloned().unwrap_or_default();
            self.tell(|reporter| match reporter.wants_log_lines() {
                true => reporter.log_lines(&name, &batch),
                false => Ok(Vec::new()),
            });
        }
    }

    /// Tells every reporter and writes its commands. A reporter that fails is told no more.
    fn tell(&mut self, mut tell: impl FnMut(&mut dyn Reporter) -> Result<Vec<String>, String>) {
        let mut reporters = std::mem::take(&mut self.parts.reporters);
        reporters.retain_mut(|reporter| match tell(reporter.as_mut()) {
            Ok(commands) => {
                for command in commands {
                    self.command(reporter.name(), &command);
                }
                true
            }
            Err(reason) => {
                let message = format!("reporter `{}` failed and is told no more: {reason}", reporter.name());
                self.show(&RunEvent::Warning { message: message.clone() });
                self.failures.reporters.push(message);
                false
            }
        });
        self.parts.reporters = reporters;
    }

    fn command(&mut self, reporter: &str, command: &str) {
        self.clear_status();
        let written = match self.parts.settings.format {
            OutputFormat::Text => self.sink.write_own(command),
            OutputFormat::Json => {
                let object = serde_json::json!({ "type": "command", "reporter": reporter, "line": command });
                self.sink.write_own(&object.to_string())
            }
        };
        self.note_output(written);
    }

    fn filter_failed(&mut self, container: ContainerIndex, failure: &str) {
        let name = self.parts.containers.get(container).map(String::as_str).unwrap_or_default();
        let message = format!("{failure}; from here on the lines of container `{name}` are withheld");
        self.show(&RunEvent::Warning { message });
        self.failures.filters.push(failure.to_owned());
        self.parts.filter_failed.send_replace(true);
    }

    fn failures(&self) -> PipelineFailures {
        let mut failures = self.failures.clone();
        for (chain, name) in self.parts.chains.iter().zip(&self.parts.containers) {
            let withheld = chain.withheld();
            if withheld > 0 {
                failures.filters.push(format!(
                    "{} line{} of container `{name}` withheld",
                    text::thousands(withheld),
                    if withheld == 1 { "" } else { "s" },
                ));
            }
        }
        failures
    }

    fn note_output(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.failures.output.get_or_insert_with(|| error.to_string());
        }
        if self.sink.is_closed() && !std::mem::replace(&mut self.told_closed, true) {
            let message = "standard output was closed by its reader; the run goes on without it".into();
            if self.parts.settings.format == OutputFormat::Text {
                self.show(&RunEvent::Warning { message });
            }
        }
    }

    fn draw_status(&mut self) {
        // The line would stand on the unfinished one.
        if self.sink.is_open() {
            return;
        }
        if let Some(line) = &mut self.status {
            let status =
                Status { state: &self.state, elapsed: self.parts.started.elapsed(), lines: self.lines };
            let _ = line.draw(&mut io::stderr().lock(), &status, status::terminal_width());
        }
    }

    fn clear_status(&mut self) {
        if let Some(line) = &mut self.status {
            let _ = line.clear(&mut io::stderr().lock());
        }
    }
}

/// Joins the lines that are already there into one batch, as long as they are of one container
/// and the batch is not full: filters and the sink are called once for all of them.
fn coalesce(
    message: Message,
    receiver: &mut mpsc::UnboundedReceiver<Message>,
    waiting: &mut VecDeque<Message>,
) -> Message {
    let Message::Lines(container, mut batch, room) = message else {
        return message;
    };
    while waiting.is_empty() && !batch.is_full() && !batch.partial {
        match receiver.try_recv() {
            Ok(Message::Lines(other, more, _)) if other == container => batch.append(&more),
            Ok(other) => waiting.push_back(other),
            Err(_) => break,
        }
    }
    Message::Lines(container, batch, room)
}
