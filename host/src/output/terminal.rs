//! The only writer of a run: what reaches standard output and standard error does so here, in one
//! order and in whole lines.
//!
//! Secrets are masked before, in lines by the filters and in events by [`Terminal::mask`], and in the names of
//! containers that stand before lines. Everything that is
//! not sortie's own is neutralised on the way: log lines, and the names, reasons
//! and words of plugins in what sortie says. Written as they are: sortie's own colours, and the
//! commands of a reporter that was granted them.

use std::io;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use super::json;
use super::json::Object;
use super::json::Stamp;
use super::json::command::CommandObject;
use super::log_limit::LogLimit;
use super::neutralise::Neutraliser;
use super::neutralise::stream::Broken;
use super::neutralise::stream::LineNeutraliser;
use super::neutralise::wall::Wall;
use super::render::notices;
use super::render::status;
use super::render::status::Status;
use super::render::status::StatusLine;
use super::render::style::Styles;
use super::render::summary;
use super::render::text;
use super::reporters::Command;
use super::sink::Sink;
use super::streams::Streams;
use crate::ci::Ci;
use crate::event::Event;
use crate::event::EventKind;
use crate::journal::Journal;
use crate::secrecy::Secrets;
use crate::settings::LogLimit as LogLimitSetting;
use crate::settings::OutputFormat;
use crate::settings::OutputSettings;
use crate::stream::Attempt;
use crate::stream::Clock;
use crate::stream::ContainerIndex;
use sortie_lines::LineBatch;

/// Writes all that a run says.
pub struct Terminal {
    settings: OutputSettings,
    sink: Sink,
    stderr: Box<dyn Write + Send>,
    styles: Styles,
    notices: Neutraliser,
    secrets: Secrets,
    lines: LineNeutraliser,
    /// GitHub's runner obeys nothing while it stands.
    wall: Option<Wall>,
    limit: LogLimit,
    /// How long nothing may be written before [`Terminal::beat`] is due.
    heartbeat: Option<Duration>,
    /// When something was written last.
    written_at: Instant,
    /// When the last line of the log came.
    last_line: Option<Instant>,
    /// The file that holds the whole log.
    log_file: Option<String>,
    /// The task's id, once it is launched.
    id: Option<String>,
    live: Option<Live>,
    clock: Clock,
    started: Instant,
    /// What sortie says stands between the lines of the log, in one terminal or file.
    one_place: bool,
    told_closed: bool,
    failure: Option<String>,
}

/// The live line and what it says.
#[derive(Debug)]
struct Live {
    line: StatusLine,
    state: String,
    /// Containers whose stop is waited for, and when the last of them is killed.
    stopping: Option<(Vec<String>, Option<Instant>)>,
    /// What stands in the state's place while it goes on; empty: nothing.
    progress: String,
    started: Instant,
    lines: u64,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").field("sink", &self.sink).finish_non_exhaustive()
    }
}

impl Terminal {
    /// Takes the streams over. `names` are the containers', in the task's order; `markers` are broken
    /// in log lines besides those of the CI system; `started` is when the run began.
    pub fn new(streams: Streams, settings: OutputSettings, names: Vec<String>, started: Instant) -> Self {
        let (out, styles) = (streams.stdout_styles(settings.color), streams.stderr_styles(settings.color));
        let text = settings.format == OutputFormat::Text;
        let has_a_viewer = streams.surroundings.has_a_viewer(streams.stderr_is_terminal);
        let live = text && settings.verbosity >= 0 && has_a_viewer;
        // Who captures the bytes of a pipe or a file gets them as they are, outside of CI.
        let does_controls = streams.surroundings.ci.is_some() || streams.stdout_is_terminal;
        let Streams { stdout, stderr, surroundings, notices, secrets, are_one, ends_with_reader, .. } =
            streams;
        let of_ci = Neutraliser::for_lines(surroundings.ci);
        let names = names.iter().map(|name| secrets.text(name).into_owned()).collect();
        let (sink, lines) = match settings.format {
            OutputFormat::Text => {
                let sink = Sink::text(stdout, names, &out, &notices).with_timestamps(settings.timestamps);
                let lines = LineNeutraliser::new(of_ci);
                (sink, if does_controls { lines.writing_controls_out() } else { lines })
            }
            // In JSON they are broken without changing what a line says.
            OutputFormat::Json => {
                let lines = LineNeutraliser::new(Neutraliser::for_lines(Ci::None));
                (Sink::json(stdout, names, of_ci, started), lines)
            }
        };
        Self {
            settings,
            sink,
            stderr,
            styles,
            notices,
            secrets,
            lines,
            limit: LogLimit::new(
                if text { settings.log_limit } else { LogLimitSetting::None },
                surroundings.ci,
            ),
            heartbeat: settings
                .heartbeat
                .or(surroundings.ci.heartbeat())
                .filter(|every| !every.is_zero() && settings.verbosity > -2),
            written_at: Instant::now(),
            last_line: None,
            log_file: None,
            id: None,
            wall: (text && surroundings.ci == Ci::GitHub).then(Wall::default),
            live: live.then(|| Live {
                line: StatusLine::new(styles),
                state: "starting".to_owned(),
                stopping: None,
                progress: String::new(),
                started,
                lines: 0,
            }),
            clock: Clock::since(started),
            started,
            one_place: are_one,
            told_closed: ends_with_reader,
            failure: None,
        }
    }

    /// Masks the secrets of an event, for all who are told of it.
    pub fn mask(&self, event: &mut Event) {
        event.kind.change_texts(&mut |text| self.secrets.mask(text));
    }

    /// The whole log is in this file, too.
    pub fn log_is_in(&mut self, path: String) {
        self.log_file = Some(path);
    }

    /// What is printed of the log is noted there.
    pub fn note_in(&mut self, journal: Journal) {
        self.sink.note_in(journal);
    }

    /// Lines of all containers are printed as they are.
    pub fn drop_prefixes(&mut self) {
        self.sink.drop_prefixes();
    }

    /// Shows an event to a person or a program. Its secrets are masked already.
    pub fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::StateChanged { state, .. } => self.state(state),
            EventKind::Progress { state } => self.progress(state),
            EventKind::AwaitingStop { containers, kill_in } => self.awaiting_stop(containers, *kill_in),
            EventKind::Detail { .. } if self.settings.verbosity < 1 => return,
            EventKind::Finished(_) => self.end_live_line(),
            EventKind::Launched { id, .. } => self.id = Some(id.clone()),
            _ => {}
        }
        if self.settings.format == OutputFormat::Json {
            let lost = self.json(&json::event(event));
            if lost {
                self.say_instead(event);
            }
            return;
        }
        let verbosity = self.settings.verbosity;
        match &event.kind {
            // The live line says it, and counts down.
            EventKind::AwaitingStop { .. } if self.live.is_some() => {}
            EventKind::Finished(report) => {
                self.say(&summary::render(report, event.elapsed, &self.styles, verbosity));
            }
            _ => {
                if let Some(line) = notices::line(event, &self.styles, verbosity) {
                    self.say(&(line + "\n"));
                }
            }
        }
    }

    /// Shows a warning that comes from the output itself.
    pub fn warn(&mut self, mut message: String) {
        self.secrets.mask(&mut message);
        self.event(&self.clock.stamp(Attempt::FIRST, EventKind::warning(message)));
    }

    /// Shows a detail that comes from the output itself.
    pub fn detail(&mut self, mut message: String) {
        self.secrets.mask(&mut message);
        self.event(&self.clock.stamp(Attempt::FIRST, EventKind::Detail { message }));
    }

    /// Prints lines of a container. Their markers are broken in `batch`, too, in text.
    pub fn lines(&mut self, container: ContainerIndex, batch: &mut LineBatch) {
        if batch.is_empty() {
            return;
        }
        if let Some(live) = &mut self.live {
            live.lines += batch.len() as u64 - u64::from(batch.partial);
        }
        self.last_line = Some(Instant::now());
        self.lines.apply(container, batch);
        let reached = self.limit.cut(container, batch, self.sink.before_each_line(container));
        if !batch.is_empty() {
            self.print(container, batch);
        }
        if let Some(limit) = reached {
            self.say_where_the_rest_is(limit);
        }
    }

    fn print(&mut self, container: ContainerIndex, batch: &LineBatch) {
        self.clear_live_line();
        if let Some(line) = self.wall.as_mut().and_then(|wall| wall.around(batch)) {
            let written = self.sink.write_own(&line);
            self.note(written);
        }
        let written = self.sink.write(container, batch);
        self.note(written);
    }

    /// Writes a command of a reporter: the CI system is meant to obey it. A program that reads JSON
    /// decides for itself.
    pub fn command(&mut self, reporter: &str, command: &Command) {
        self.clear_live_line();
        let line = self.secrets.text(command.as_str()).into_owned();
        match self.settings.format {
            OutputFormat::Text => {
                self.take_wall_down();
                let written = self.sink.write_own(&line);
                self.note(written);
            }
            OutputFormat::Json => {
                let stamp = Stamp::since(self.started);
                let command = CommandObject::new(reporter, &line, stamp);
                self.json(&json::text(&Object::Command(command)));
            }
        }
    }

    /// Says that nothing more of the log is printed, once.
    fn say_where_the_rest_is(&mut self, limit: u64) {
        let rest = match (&self.log_file, &self.id) {
            (Some(path), _) => format!("all of it is in {path}"),
            // A plain process keeps no log.
            (None, Some(id)) if !id.starts_with("process/") => format!("`sortie logs {id}` prints all of it"),
            _ => "--log-file PATH keeps all of it".to_owned(),
        };
        let limit = text::size(limit);
        self.warn(format!(
            "{limit} of the log are printed, and no more, so that what follows is not cut off (--log-limit); {rest}"
        ));
    }

    /// When it is time to say that the task is still waited for.
    pub fn next_beat(&self) -> Option<Instant> {
        self.heartbeat.map(|every| self.written_at + every)
    }

    /// Says that the task is still waited for.
    pub fn beat(&mut self) {
        let last_line = self.last_line.map(|at| at.elapsed());
        self.event(&self.clock.stamp(Attempt::FIRST, EventKind::StillWaiting { last_line }));
        // Also where it was not written.
        self.written_at = Instant::now();
    }

    /// Lines that were not printed for the limit, by container.
    pub fn unprinted(&self) -> impl Iterator<Item = (ContainerIndex, u64)> {
        self.limit.unprinted()
    }

    /// What was broken in the lines of each container so far.
    pub fn broken(&self) -> impl Iterator<Item = (ContainerIndex, Broken)> {
        self.lines.broken()
    }

    /// How often the live line is to be drawn; `None` where there is none.
    pub fn refresh(&self) -> Option<Duration> {
        self.live.as_ref().map(|_| status::REFRESH)
    }

    /// Draws the live line, unless it would stand on an unfinished one.
    pub fn draw_live_line(&mut self) {
        if self.sink.is_open() {
            return;
        }
        if let Some(Live { line, state, progress, stopping, started, lines }) = &mut self.live {
            let stopping = stopping.as_ref().map(|(containers, killed_at)| {
                let left = killed_at.map(|at| at.saturating_duration_since(Instant::now()));
                self.notices.text(&notices::awaiting_stop(containers, left)).into_owned()
            });
            let state = if progress.is_empty() { stopping.as_deref().unwrap_or(state) } else { progress };
            let status = Status { state, elapsed: started.elapsed(), lines: *lines };
            let _ = line.draw(&mut self.stderr, &status, status::terminal_width());
        }
    }

    /// Why standard output could not be written, if it could not.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Nothing follows: takes the live line away and ends an unfinished one.
    pub fn close(&mut self) {
        self.end_live_line();
        self.take_wall_down();
        let closed = self.sink.close_line();
        self.note(closed);
    }

    /// Commands are obeyed again.
    fn take_wall_down(&mut self) {
        if let Some(line) = self.wall.as_mut().and_then(Wall::down) {
            let written = self.sink.write_own(&line);
            self.note(written);
        }
    }

    /// Writes an object; whether it was lost.
    fn json(&mut self, object: &str) -> bool {
        let written = self.sink.write_own(&self.notices.json(object));
        let lost = written.is_err() || self.sink.is_closed();
        self.note(written);
        lost
    }

    /// Says on standard error what a program could not be told on standard output: a task that may cost
    /// money is never without its name, nor a run without its end.
    fn say_instead(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Launched { .. } => {
                let line = notices::line(event, &self.styles, 0);
                line.iter().for_each(|line| self.write_notice(&format!("{line}\n")));
            }
            EventKind::Finished(report) => {
                let verbosity = self.settings.verbosity;
                self.write_notice(&summary::render(report, event.elapsed, &self.styles, verbosity));
            }
            _ => {}
        }
    }

    /// Says something on standard error, between log lines.
    fn say(&mut self, text: &str) {
        self.clear_live_line();
        // A log of its own is the task's to the byte: its lines are not broken for a notice.
        if self.one_place {
            let closed = self.sink.close_line();
            self.note(closed);
        }
        self.write_notice(text);
    }

    /// A standard error that cannot be written has no place where it could be complained about.
    fn write_notice(&mut self, text: &str) {
        self.written_at = Instant::now();
        let text = self.notices.text(text);
        let _ = self.stderr.write_all(text.as_bytes()).and_then(|()| self.stderr.flush());
    }

    fn note(&mut self, written: io::Result<()>) {
        self.written_at = Instant::now();
        if let Err(error) = written {
            self.failure.get_or_insert_with(|| error.to_string());
        }
        if self.sink.is_closed() && !std::mem::replace(&mut self.told_closed, true) {
            let message = "standard output was closed by its reader; the run goes on without it".to_owned();
            if self.settings.format == OutputFormat::Text {
                self.warn(message);
            }
        }
    }

    fn state(&mut self, state: &str) {
        if let Some(live) = &mut self.live {
            live.state = self.notices.text(&text::one_line(state)).into_owned();
            live.stopping = None;
            live.progress.clear();
        }
    }

    fn progress(&mut self, state: &str) {
        if let Some(live) = &mut self.live {
            live.progress = self.notices.text(&text::one_line(state)).into_owned();
        }
    }

    fn awaiting_stop(&mut self, containers: &[String], kill_in: Option<Duration>) {
        if let Some(live) = &mut self.live {
            live.stopping = Some((containers.to_vec(), kill_in.map(|left| Instant::now() + left)));
        }
    }

    fn clear_live_line(&mut self) {
        if let Some(live) = &mut self.live {
            let _ = live.line.clear(&mut self.stderr);
        }
    }

    fn end_live_line(&mut self) {
        self.clear_live_line();
        self.live = None;
    }
}
