//! The output thread. It owns filters and the terminal, so that everything that reaches the screen or
//! the CI system does so in one order. Reporters have threads of their own; what they answer comes
//! back here.
//!
//! A thread and not a task: filters are synchronous, and a slow one must hold up the log
//! (back-pressure reaches the source through the bounded channel), never the watching and stopping of
//! the task.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use sortie_lines::LineBatch;
use tokio::sync::mpsc;
use tokio::sync::watch;

use super::chain::Chain;
use super::chain::Remarks;
use super::excerpt::Cut;
use super::excerpt::Excerpt;
use super::marks::Marks;
use super::marks::Part;
use super::marks::Untold;
use super::outputs::Outputs;
use super::pass_over::PassOver;
use super::tails::Tails;
use crate::event::Event;
use crate::event::EventKind;
use crate::event::FilterCounter;
use crate::event::FilterNote;
use crate::event::Filtered;
use crate::journal;
use crate::journal::Journal;
use crate::output::log_file::LogFile;
use crate::output::render::text;
use crate::output::reporters::Limits;
use crate::output::reporters::Remark;
use crate::output::reporters::Reporter;
use crate::output::reporters::group::Answer;
use crate::output::reporters::group::Outcome;
use crate::output::reporters::group::Reporters;
use crate::output::streams::Streams;
use crate::output::terminal::Terminal;
use crate::report::PluginCounter;
use crate::secrecy::filter::NAME as OWN_NAME;
use crate::settings::OutputSettings;
use crate::stream::Address;
use crate::stream::Attempt;
use crate::stream::Clock;
use crate::stream::ContainerIndex;
use crate::stream::Cursor;
use crate::stream::Handled;
use crate::stream::Message;
use crate::stream::PipelineReport;

/// Messages with lines under way to the output thread. With batches of at most
/// [`MAX_BATCH`](sortie_lines::MAX_BATCH) this bounds
/// what a slow reader of standard output makes sortie hold: 4 MiB.
pub const CHANNEL: usize = 16;

/// Bytes of lines that are noted at once. What is written before each of them, and what is written out of
/// control characters, has to fit into [`journal::PIECE`] as well.
const PIECE: usize = journal::PIECE * 3 / 4;

/// The filters of attempts whose lines have not come yet, container by container.
pub type Opened = Arc<Mutex<BTreeMap<Attempt, Vec<Chain>>>>;

/// What the output thread works with.
pub struct Parts {
    /// Names of the containers, in the task's order.
    pub containers: Vec<String>,
    /// The filters of each attempt.
    pub opened: Opened,
    /// Which of the lines are printed.
    pub excerpt: Excerpt,
    /// What of them another sortie has printed already.
    pub pass_over: PassOver,
    /// Takes note of what is printed.
    pub journal: Journal,
    /// Whether lines say whose they are, where there are several containers.
    pub prefixes: bool,
    /// The container whose outputs are taken (`sortie:output NAME=VALUE`), where that is wanted.
    pub outputs_of: Option<ContainerIndex>,
    /// Those who are told what happens.
    pub reporters: Vec<Box<dyn Reporter>>,
    /// How long they are waited for.
    pub limits: Limits,
    /// Standard output and standard error.
    pub streams: Streams,
    /// The whole log goes there, too.
    pub log_file: Option<LogFile>,
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
    let clock = Clock::since(parts.started);
    let tails = (!parts.reporters.is_empty()).then(Tails::default);
    let reporters = Reporters::start(parts.reporters, parts.limits, clock)?;
    let containers = parts.containers.clone();
    let verbosity = parts.settings.verbosity;
    let mut terminal = Terminal::new(parts.streams, parts.settings, containers, parts.started);
    terminal.note_in(parts.journal.clone());
    let mut log_file = parts.log_file;
    if let Some(file) = &log_file {
        terminal.log_is_in(file.path().to_owned());
    }
    if !parts.prefixes {
        terminal.drop_prefixes();
        log_file.iter_mut().for_each(LogFile::drop_prefixes);
    }
    let output = Output {
        runtime,
        terminal,
        log_file,
        reporters,
        limits: parts.limits,
        containers: parts.containers,
        opened: parts.opened,
        cut: Cut::new(parts.excerpt),
        marks: Marks::default(),
        outputs: parts.outputs_of.map(Outputs::of),
        tails,
        pass_over: parts.pass_over,
        journal: parts.journal,
        chains: BTreeMap::new(),
        filter_failed: parts.filter_failed,
        ended: BTreeSet::new(),
        written: BTreeMap::new(),
        report: PipelineReport::default(),
        stopping: false,
        clock,
        verbosity,
    };
    let thread = std::thread::Builder::new().name("output".into()).spawn(move || output.run(receiver))?;
    Ok((sender, thread))
}

struct Output {
    runtime: tokio::runtime::Handle,
    terminal: Terminal,
    log_file: Option<LogFile>,
    reporters: Reporters,
    limits: Limits,
    containers: Vec<String>,
    opened: Opened,
    cut: Cut,
    marks: Marks,
    outputs: Option<Outputs>,
    /// The last lines of each log, where there are reporters.
    tails: Option<Tails>,
    pass_over: PassOver,
    journal: Journal,
    /// The filters of attempts whose lines come.
    chains: BTreeMap<Attempt, Vec<Chain>>,
    filter_failed: watch::Sender<bool>,
    /// Containers whose streams have ended.
    ended: BTreeSet<Address>,
    /// How far each log has been written.
    written: BTreeMap<Address, Cursor>,
    report: PipelineReport,
    /// sortie was told to stop the task.
    stopping: bool,
    clock: Clock,
    /// How much a person wants to know.
    verbosity: i8,
}

/// What the output thread does next.
enum Next {
    Message(Message),
    Answer(Answer),
    /// It is time to draw the live line.
    Draw,
    /// It is time to tell a filter so.
    Tick,
    /// It is time to say that sortie still waits.
    Beat,
    /// Nobody is left to send anything.
    Over,
}

impl Output {
    fn run(mut self, mut receiver: mpsc::UnboundedReceiver<Message>) {
        let mut waiting = VecDeque::new();
        loop {
            let message = match self.next(&mut receiver, &mut waiting) {
                Next::Message(Message::Close) | Next::Over => break,
                Next::Message(message) => message,
                Next::Answer(answer) => {
                    self.answered(answer);
                    continue;
                }
                Next::Draw => {
                    self.terminal.draw_live_line();
                    continue;
                }
                Next::Tick => {
                    self.tick();
                    continue;
                }
                Next::Beat => {
                    self.terminal.beat();
                    continue;
                }
            };
            let message = coalesce(message, &mut receiver, &mut waiting);
            self.handle(message);
            if waiting.is_empty() && receiver.is_empty() {
                self.terminal.draw_live_line();
            }
        }
        self.terminal.close();
    }

    fn next(
        &mut self,
        receiver: &mut mpsc::UnboundedReceiver<Message>,
        waiting: &mut VecDeque<Message>,
    ) -> Next {
        // Answers belong before what comes after the event that they are about.
        if let Some(answer) = self.reporters.ready_answer() {
            return Next::Answer(answer);
        }
        // A log that never pauses does not keep the time from being told.
        let tick = self.next_tick();
        if tick.is_some_and(|tick| tick <= Instant::now()) {
            return Next::Tick;
        }
        if let Some(message) = waiting.pop_front() {
            return Next::Message(message);
        }
        let (refresh, beat) = (self.terminal.refresh(), self.terminal.next_beat());
        let reporters = &mut self.reporters;
        self.runtime.block_on(async {
            let draw = async {
                match refresh {
                    Some(refresh) => tokio::time::sleep(refresh).await,
                    None => std::future::pending().await,
                }
            };
            let at = async |moment: Option<Instant>| match moment {
                Some(moment) => tokio::time::sleep_until(moment.into()).await,
                None => std::future::pending().await,
            };
            tokio::select! {
                biased;
                answer = reporters.answer() => Next::Answer(answer),
                message = receiver.recv() => message.map_or(Next::Over, Next::Message),
                () = at(tick) => Next::Tick,
                () = at(beat) => Next::Beat,
                () = draw => Next::Draw,
            }
        })
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Event(event) => self.event(event),
            Message::Lines { address, batch, cursor, room: _ } => self.lines(address, batch, cursor),
            Message::CaughtUp(address) => self.release(address),
            Message::Ended(address) => self.end(address),
            Message::Sync(answer) => {
                // What reporters fail at is part of how the run ends.
                self.reporters.mark();
                self.finish_reporters();
                // A supervisor that is gone needs no answer.
                let _ =
                    answer.send(Handled { pipeline: self.pipeline_report(), written: self.written.clone() });
            }
            Message::Close => {}
        }
    }

    fn event(&mut self, mut event: Event) {
        // Once, for the screen, JSON and reporters.
        self.terminal.mask(&mut event);
        let event = Arc::new(event);
        if matches!(event.kind, EventKind::Finished(_)) {
            // What a reporter has opened in the log (a group that folds) is closed before the last
            // word.
            self.reporters.tell(&event);
            self.finish_reporters();
            self.terminal.event(&event);
            return;
        }
        self.stopping |= matches!(event.kind, EventKind::Stopping { .. });
        if matches!(event.kind, EventKind::Launched { .. }) {
            // From here on its filters are told the time, also when no line comes.
            self.open(event.attempt);
        }
        self.terminal.event(&event);
        self.reporters.tell(&event);
    }

    fn lines(&mut self, address: Address, mut batch: LineBatch, cursor: Option<Cursor>) {
        // The filters have given away what they held, and their state with it: what a reader sends
        // that was ended early is not shown.
        if self.ended.contains(&address) {
            return;
        }
        if let Some(outputs) = &mut self.outputs {
            outputs.before_filters(address, &batch);
        }
        let Some(chain) = self.chain(address) else { return self.unfiltered(address) };
        let mut before = Vec::new();
        let failure = chain.renew(&mut before);
        let failure = chain.process(&mut batch).or(failure);
        if let Some(failure) = failure {
            self.filter_failed(address.container, &failure.to_string());
        }
        before.into_iter().for_each(|batch| self.print(address, batch));
        self.print(address, batch);
        if let Some(cursor) = cursor {
            // A filter may hold back lines that lie before it.
            if self.chain(address).is_some_and(|chain| chain.is_empty()) {
                self.journal.read_up_to(address.container, &cursor);
            }
            self.written.insert(address, cursor);
        }
    }

    fn end(&mut self, address: Address) {
        if !self.ended.insert(address) {
            return;
        }
        let (mut tail, mut remarks) = (Vec::new(), Vec::new());
        let failure = self.chain(address).and_then(|chain| chain.finish(&mut tail, &mut remarks));
        for batch in tail {
            self.print(address, batch);
        }
        for remarks in remarks {
            self.filtered(address, remarks);
        }
        self.release(address);
        if let Some(failure) = failure {
            self.filter_failed(address.container, &failure.to_string());
        }
    }

    /// Prints the last lines of what a container had written already.
    fn release(&mut self, address: Address) {
        for batch in self.cut.release(address) {
            self.print_all(address, batch);
        }
    }

    /// Tells what a filter has to say of a whole log.
    fn filtered(&mut self, address: Address, remarks: Remarks) {
        let Remarks { filter, notes, counters } = remarks;
        let index = address.container;
        let container = self.containers.get(index).cloned().unwrap_or_default();
        self.report.counters.extend(counters.iter().map(|counter| PluginCounter {
            plugin: filter.clone(),
            container: container.clone(),
            index,
            name: counter.name.clone(),
            value: counter.value,
        }));
        let notes = notes.into_iter();
        let notes = notes.map(|note| FilterNote { warning: note.warning, message: note.message });
        let counters = counters.into_iter();
        let counters = counters.map(|counter| FilterCounter { name: counter.name, value: counter.value });
        let filtered =
            Filtered { filter, container, index, notes: notes.collect(), counters: counters.collect() };
        self.event(self.clock.stamp(address.attempt, EventKind::Filtered(filtered)));
    }

    /// When a filter is next to be told that time has passed.
    fn next_tick(&self) -> Option<Instant> {
        let chains = self.chains.iter().flat_map(|(attempt, chains)| {
            chains.iter().enumerate().map(|(container, chain)| (attempt.container(container), chain))
        });
        chains.filter(|(address, _)| !self.ended.contains(address)).filter_map(|(_, c)| c.next_tick()).min()
    }

    /// Tells filters that time has passed, and prints what they let go.
    fn tick(&mut self) {
        let now = Instant::now();
        let mut released = Vec::new();
        for (attempt, chains) in &mut self.chains {
            for (container, chain) in chains.iter_mut().enumerate() {
                let address = attempt.container(container);
                if self.ended.contains(&address) || chain.next_tick().is_none_or(|at| at > now) {
                    continue;
                }
                let mut batches = Vec::new();
                let failure = chain.tick(now, &mut batches);
                released.push((address, batches, failure));
            }
        }
        for (address, batches, failure) in released {
            for batch in batches {
                self.print(address, batch);
            }
            if let Some(failure) = failure {
                self.filter_failed(address.container, &failure.to_string());
            }
        }
    }

    /// The filters of one container in one attempt.
    fn chain(&mut self, address: Address) -> Option<&mut Chain> {
        self.open(address.attempt).get_mut(address.container)
    }

    /// The filters of an attempt.
    fn open(&mut self, attempt: Attempt) -> &mut Vec<Chain> {
        let opened = &self.opened;
        let take = || opened.lock().unwrap_or_else(PoisonError::into_inner).remove(&attempt);
        self.chains.entry(attempt).or_insert_with(|| take().unwrap_or_default())
    }

    /// Lines without filters are not shown: nobody knows what would have been hidden.
    fn unfiltered(&mut self, address: Address) {
        if self.ended.insert(address) {
            let failure = "no filters were opened for it; this is a defect of sortie";
            self.filter_failed(address.container, failure);
        }
    }

    fn print(&mut self, address: Address, batch: LineBatch) {
        if let Some(tails) = &mut self.tails
            && !batch.is_empty()
        {
            tails.take(address, &batch);
        }
        let batch = self.cut.take(address, batch);
        self.print_all(address, batch);
    }

    /// Prints lines, and tells before each what filters have marked it with.
    fn print_all(&mut self, address: Address, batch: LineBatch) {
        if let Some(outputs) = &mut self.outputs {
            outputs.take(address, &batch);
        }
        let batch = self.after_what_was_printed(address, batch);
        let name = self.containers.get(address.container).map(String::as_str).unwrap_or_default();
        let Some(parts) = self.marks.apart(address, name, &batch) else {
            self.print_lines(address, batch);
            return;
        };
        for part in parts {
            match part {
                Part::Mark(mark) => self.event(self.clock.stamp(address.attempt, mark)),
                Part::Lines(lines) => self.print_lines(address, lines),
            }
        }
    }

    /// Passes over what another sortie has printed: the file for the whole log gets it, and of its marks nothing
    /// is told again.
    fn after_what_was_printed(&mut self, address: Address, batch: LineBatch) -> LineBatch {
        let container = address.container;
        if let Some(warning) = self.log_file.as_mut().and_then(|file| file.write(container, &batch)) {
            self.terminal.warn(warning);
        }
        let rest = self.pass_over.take(container, &batch);
        let Some(rest) = rest else { return batch };
        let passed = batch.part(0..batch.len().saturating_sub(rest.len()));
        let name = self.containers.get(container).map(String::as_str).unwrap_or_default();
        // They say in which step the rest begins.
        let _ = self.marks.apart(address, name, &passed);
        rest
    }

    fn print_lines(&mut self, address: Address, mut batch: LineBatch) {
        if batch.is_empty() {
            return;
        }
        self.await_prompt_answers();
        let container = address.container;
        if !self.reporters.want_log_lines() {
            self.show(container, &mut batch);
            return;
        }
        // Reporters get lines as the filters left them; the terminal breaks what a CI system would obey.
        let lines = batch.clone();
        self.show(container, &mut batch);
        let name = self.containers.get(container).map(String::as_str).unwrap_or_default();
        self.reporters.tell_lines(self.clock.moment(address.attempt), container, name, lines);
    }

    /// Prints lines, and takes note of that.
    fn show(&mut self, container: ContainerIndex, batch: &mut LineBatch) {
        match self.journal.wants_pieces() {
            true => pieces(batch).into_iter().for_each(|mut piece| self.show_at_once(container, &mut piece)),
            false => self.show_at_once(container, batch),
        }
        if let Some(why) = self.journal.take_failure() {
            self.terminal.warn(format!(
                "what is printed is not noted any more, so that `sortie attach` would print it again: {why}"
            ));
        }
    }

    fn show_at_once(&mut self, container: ContainerIndex, batch: &mut LineBatch) {
        self.journal.next(container, batch);
        self.terminal.lines(container, batch);
        self.journal.printed(container);
    }

    /// Waits for the answers to events before log lines, so that a group is open before its first
    /// line; never for a reporter that takes its time.
    fn await_prompt_answers(&mut self) {
        self.take_ready_answers();
        while let Some(until) = self.reporters.worth_waiting_for() {
            let look_again = Instant::now() + Reporters::LOOK_AGAIN;
            if let Some(answer) = self.answer_by(until.min(look_again)) {
                self.answered(answer);
            }
        }
    }

    /// Waits until reporters have done everything, or until their time is up.
    fn finish_reporters(&mut self) {
        let limit = if self.stopping { self.limits.at_end_when_stopping } else { self.limits.at_end };
        let until = Instant::now() + limit;
        self.take_ready_answers();
        while !self.reporters.are_done() && Instant::now() < until {
            let draw = self.terminal.refresh().map(|refresh| Instant::now() + refresh);
            match self.answer_by(draw.map_or(until, |draw| draw.min(until))) {
                Some(answer) => self.answered(answer),
                None => self.terminal.draw_live_line(),
            }
        }
        for message in self.reporters.leave(limit) {
            self.reporter_failed(message);
        }
        let missed = self.reporters.missed();
        self.report.reporters.extend(missed);
    }

    fn answer_by(&mut self, until: Instant) -> Option<Answer> {
        let reporters = &mut self.reporters;
        let answer = async { tokio::time::timeout_at(until.into(), reporters.answer()).await };
        self.runtime.block_on(answer).ok()
    }

    fn take_ready_answers(&mut self) {
        while let Some(answer) = self.reporters.ready_answer() {
            self.answered(answer);
        }
    }

    /// Does what a reporter answers.
    fn answered(&mut self, answer: Answer) {
        match self.reporters.take(answer) {
            Some(Outcome::Done(name, effects)) => {
                for command in effects.commands {
                    self.terminal.command(&name, &command);
                }
                for remark in effects.remarks {
                    self.remark(&name, &remark);
                }
            }
            Some(Outcome::Failed(name, remarks, message)) => {
                remarks.iter().for_each(|remark| self.remark(&name, remark));
                self.reporter_failed(message);
            }
            None => {}
        }
    }

    /// Shows what a reporter has to say, or what is said of it.
    fn remark(&mut self, reporter: &str, Remark { verbosity, text }: &Remark) {
        let message = format!("reporter `{reporter}`: {text}");
        match verbosity {
            ..=0 => self.terminal.warn(message),
            _ if *verbosity <= self.verbosity => self.terminal.detail(message),
            _ => {}
        }
    }

    fn reporter_failed(&mut self, message: String) {
        self.terminal.warn(message.clone());
        self.report.reporters.push(message);
    }

    fn filter_failed(&mut self, container: ContainerIndex, failure: &str) {
        let name = self.containers.get(container).map(String::as_str).unwrap_or_default();
        self.terminal.warn(format!("{failure}; from here on the lines of container `{name}` are withheld"));
        self.report.filters.push(failure.to_owned());
        self.filter_failed.send_replace(true);
    }

    fn pipeline_report(&self) -> PipelineReport {
        let mut report = self.report.clone();
        report.output = self.terminal.failure().map(str::to_owned);
        report.log_file = self.log_file.as_ref().and_then(LogFile::failure).map(str::to_owned);
        report.tails = self.tails.as_ref().map(|tails| tails.told(&self.containers)).unwrap_or_default();
        let broken = self.terminal.broken().flat_map(|(index, broken)| {
            [(index, "broken-commands", broken.commands), (index, "escaped-characters", broken.characters)]
        });
        let unprinted = self.terminal.unprinted().map(|(index, lines)| (index, "unprinted-lines", lines));
        let untold = self.marks.untold().flat_map(|(index, Untold { phases, annotations })| {
            [(index, "untold-phases", phases), (index, "untold-annotations", annotations)]
        });
        let counted = broken.chain(unprinted).chain(untold).filter(|(_, _, number)| *number > 0);
        report.counters.extend(counted.map(|(index, name, number)| PluginCounter {
            plugin: OWN_NAME.to_owned(),
            container: self.containers.get(index).cloned().unwrap_or_default(),
            index,
            name: name.to_owned(),
            value: number as f64,
        }));
        report.steps = self.marks.steps().to_vec();
        report.outputs = self.outputs.as_ref().map(Outputs::seen).unwrap_or_default();
        let chains = self.chains.values().flat_map(|chains| chains.iter().zip(&self.containers));
        for (chain, name) in chains {
            let withheld = chain.withheld();
            if withheld > 0 {
                let lines = text::counted(withheld, "line");
                report.filters.push(format!("{lines} of container `{name}` withheld"));
            }
        }
        report
    }
}

/// The lines in batches that are written to a pipe at once, as far as a line is not longer.
fn pieces(batch: &LineBatch) -> Vec<LineBatch> {
    let (mut pieces, mut first) = (Vec::new(), 0);
    for end in 1..=batch.len() {
        let next = batch.ends.get(end).map_or(usize::MAX, |end| *end as usize + 1);
        if next - batch.start(first) > PIECE {
            pieces.push(batch.part(first..end));
            first = end;
        }
    }
    pieces
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

#[cfg(test)]
mod tests;
