//! The output thread. It owns filters, sink, status line and reporters, so that everything that
//! reaches the screen or the CI system does so in one order.
//!
//! A thread and not a task: filters and reporters are synchronous, and a slow one must hold up
//! the log (back-pressure reaches the source through the bounded channel), never the watching and
//! stopping of the task.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::io;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::sync::watch;

use super::chain::Chain;
use crate::event::Event;
use crate::event::EventKind;
use crate::lines::ContainerIndex;
use crate::lines::LineBatch;
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
use crate::stream::Address;
use crate::stream::Attempt;
use crate::stream::Clock;
use crate::stream::Cursor;
use crate::stream::Handled;
use crate::stream::Message;
use crate::stream::PipelineFailures;

/// Messages with lines under way to the output thread. With batches of at most
/// [`MAX_BATCH`](crate::lines::MAX_BATCH) this bounds
/// what a slow reader of standard output makes sortie hold: 4 MiB.
pub const CHANNEL: usize = 16;

/// Somebody who is told what happens.
pub trait Reporter: Send {
    /// For messages.
    fn name(&self) -> &str;
    /// Whether log lines are told too.
    fn wants_log_lines(&self) -> bool;
    /// Tells an event; answers with lines for the CI system's command channel.
    fn event(&mut self, event: &Event) -> Result<Vec<String>, String>;
    /// Tells lines of one container, after all filters.
    fn log_lines(&mut self, container: &str, batch: &LineBatch) -> Result<Vec<String>, String>;
}

/// The filters of attempts whose lines have not come yet, container by container.
pub type Opened = Arc<Mutex<BTreeMap<Attempt, Vec<Chain>>>>;

/// What the output thread works with.
pub struct Parts {
    /// Names of the containers, in the task's order.
    pub containers: Vec<String>,
    /// The filters of each attempt.
    pub opened: Opened,
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
    /// The filters of attempts whose lines come.
    chains: BTreeMap<Attempt, Vec<Chain>>,
    /// Containers whose streams have ended.
    ended: BTreeSet<Address>,
    /// How far each log has been written.
    written: BTreeMap<Address, Cursor>,
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
            chains: BTreeMap::new(),
            ended: BTreeSet::new(),
            written: BTreeMap::new(),
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
            Message::Lines { address, batch, cursor, room: _ } => self.lines(address, batch, cursor),
            Message::Ended(address) => self.end(address),
            Message::Sync(answer) => {
                // A supervisor that is gone needs no answer.
                let _ = answer.send(Handled { failures: self.failures(), written: self.written.clone() });
            }
            Message::Close => {}
        }
    }

    fn event(&mut self, event: &Event) {
        if let EventKind::StateChanged { state, .. } | EventKind::Progress { state } = &event.kind {
            self.state = text::one_line(state);
        }
        if matches!(event.kind, EventKind::Finished(_)) {
            self.clear_status();
            self.status = None;
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
    fn show(&mut self, event: &Event) {
        if matches!(event.kind, EventKind::Detail { .. }) && self.parts.settings.verbosity < 1 {
            return;
        }
        if self.parts.settings.format == OutputFormat::Json {
            let line = json::event(event);
            let written = self.sink.write_own(&line);
            let lost = written.is_err() || self.sink.is_closed();
            self.note_output(written);
            // A task that may cost money is never without its name.
            if lost
                && matches!(event.kind, EventKind::Launched { .. })
                && let Some(line) = notices::line(event, &self.stderr, 0)
            {
                let _ = io::stderr().lock().write_all((line + "\n").as_bytes());
            }
            return;
        }
        let verbosity = self.parts.settings.verbosity;
        let text = match &event.kind {
            EventKind::Finished(report) => summary::render(report, event.elapsed, &self.stderr, verbosity),
            _ => match notices::line(event, &self.stderr, verbosity) {
                Some(line) => line + "\n",
                None => return,
            },
        };
        self.say(&text);
    }

    /// A warning of this thread's own.
    fn warn(&mut self, message: String) {
        let event = Clock::since(self.parts.started).stamp(Attempt::FIRST, EventKind::Warning { message });
        self.show(&event);
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

    fn lines(&mut self, address: Address, mut batch: LineBatch, cursor: Option<Cursor>) {
        // The filters have given away what they held, and their state with it: what a reader sends
        // that was ended early is not shown.
        if self.ended.contains(&address) {
            return;
        }
        let container = address.container;
        match self.chain(address).map(|chain| chain.process(&mut batch)) {
            Some(None) => {}
            Some(Some(failure)) => self.filter_failed(container, &failure.to_string()),
            None => return self.unfiltered(address),
        }
        self.print(container, batch);
        if let Some(cursor) = cursor {
            self.written.insert(address, cursor);
        }
    }

    fn end(&mut self, address: Address) {
        if !self.ended.insert(address) {
            return;
        }
        let mut tail = Vec::new();
        let failure = self.chain(address).and_then(|chain| chain.finish(&mut tail));
        for batch in tail {
            self.print(address.container, batch);
        }
        if let Some(failure) = failure {
            self.filter_failed(address.container, &failure.to_string());
        }
    }

    /// The filters of one container in one attempt.
    fn chain(&mut self, address: Address) -> Option<&mut Chain> {
        let opened = &self.parts.opened;
        let take = || opened.lock().unwrap_or_else(PoisonError::into_inner).remove(&address.attempt);
        let chains = self.chains.entry(address.attempt).or_insert_with(|| take().unwrap_or_default());
        chains.get_mut(address.container)
    }

    /// Lines without filters are not shown: nobody knows what would have been hidden.
    fn unfiltered(&mut self, address: Address) {
        if self.ended.insert(address) {
            let failure = "no filters were opened for it; this is a defect of sortie";
            self.filter_failed(address.container, failure);
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
                self.warn(message.clone());
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
        self.warn(message);
        self.failures.filters.push(failure.to_owned());
        self.parts.filter_failed.send_replace(true);
    }

    fn failures(&self) -> PipelineFailures {
        let mut failures = self.failures.clone();
        let chains = self.chains.values().flat_map(|chains| chains.iter().zip(&self.parts.containers));
        for (chain, name) in chains {
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
                self.warn(message);
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
    let Message::Lines { address, mut batch, mut cursor, room } = message else {
        return message;
    };
    while waiting.is_empty() && !batch.is_full() && !batch.partial {
        match receiver.try_recv() {
            Ok(Message::Lines { address: other, batch: more, cursor: later, room: _ })
                if other == address =>
            {
                batch.append(&more);
                cursor = later.or(cursor);
            }
            Ok(other) => waiting.push_back(other),
            Err(_) => break,
        }
    }
    Message::Lines { address, batch, cursor, room }
}
