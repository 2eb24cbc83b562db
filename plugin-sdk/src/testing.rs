//! Runs a plugin natively, without WebAssembly and without sortie.
//!
//! Each function configures a plugin exactly as the host does, from JSON text, and gives a driver
//! for its kind. A configuration that is refused comes back as its findings.

use std::collections::BTreeMap;

use crate::Batch;
use crate::Diagnostic;
use crate::EffectError;
use crate::Effects;
use crate::EnvError;
use crate::Environment;
use crate::Event;
use crate::Filter;
use crate::Interest;
use crate::Marker;
use crate::Refusal;
use crate::Reporter;
use crate::TaskSpec;
use crate::Transform;
use crate::config;
use crate::filter::Action;
use crate::filter::Edits;

/// An environment made of what a test grants. Everything else is denied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FakeEnvironment {
    variables: BTreeMap<String, Result<Option<String>, EnvError>>,
}

impl FakeEnvironment {
    /// Nothing is granted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Grants a variable that is set.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), Ok(Some(value.to_owned())));
        self
    }

    /// Grants a variable that is not set.
    #[must_use]
    pub fn unset(mut self, name: &str) -> Self {
        self.variables.insert(name.to_owned(), Ok(None));
        self
    }

    /// Grants a variable whose value is not UTF-8.
    #[must_use]
    pub fn not_unicode(mut self, name: &str) -> Self {
        self.variables.insert(name.to_owned(), Err(EnvError::NotUnicode));
        self
    }
}

impl Environment for FakeEnvironment {
    fn get(&self, name: &str) -> Result<Option<String>, EnvError> {
        self.variables.get(name).cloned().unwrap_or(Err(EnvError::Denied))
    }
}

/// Configures a transform and runs it on a task.
///
/// # Errors
/// The plugin's reason for refusing the task.
///
/// # Panics
/// When the configuration is refused; [`transform_in`] returns the findings instead.
#[expect(clippy::panic, reason = "a test's assertion")]
pub fn transform<T: Transform>(
    json: &str,
    environment: &FakeEnvironment,
    mut task: TaskSpec,
) -> Result<TaskSpec, Refusal> {
    match transform_in::<T>(json, environment) {
        (Some(mut plugin), _) => plugin.transform(&mut task).map(|()| task),
        (None, findings) => panic!("the configuration was refused: {findings:?}"),
    }
}

/// Configures a transform. `None` when a finding is an error.
pub fn transform_in<T: Transform>(json: &str, environment: &FakeEnvironment) -> (Option<T>, Vec<Diagnostic>) {
    config::configure(json, environment, T::configure)
}

/// Configures a filter to which nothing is granted.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn filter<F: Filter>(json: &str) -> Result<FilterDriver<F>, Vec<Diagnostic>> {
    filter_in(json, &FakeEnvironment::new())
}

/// Configures a filter.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn filter_in<F: Filter>(
    json: &str,
    environment: &FakeEnvironment,
) -> Result<FilterDriver<F>, Vec<Diagnostic>> {
    match config::configure(json, environment, F::configure) {
        (Some(filter), diagnostics) => {
            Ok(FilterDriver { filter, diagnostics, edits: Edits::default(), output: Vec::new() })
        }
        (None, diagnostics) => Err(diagnostics),
    }
}

/// A piece of a log: some lines that go into one batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunk {
    /// Lines, newline excluded.
    pub lines: Vec<Vec<u8>>,
    /// The last line goes on in the next chunk.
    pub partial: bool,
}

/// Cuts a log into batches at byte offsets, in any order. A cut right after a newline ends a
/// batch; any other cut makes the line a partial one. What follows the last newline is a line too.
pub fn chunks(log: &[u8], cuts: &[usize]) -> Vec<Chunk> {
    let mut cuts: Vec<usize> = cuts.iter().copied().filter(|cut| (1..log.len()).contains(cut)).collect();
    cuts.push(log.len());
    cuts.sort_unstable();
    cuts.dedup();
    let mut start = 0;
    let mut chunks = Vec::new();
    for end in cuts {
        let piece = &log[start..end];
        start = end;
        if piece.is_empty() {
            continue;
        }
        let (body, partial) = match piece.strip_suffix(b"\n") {
            Some(body) => (body, false),
            None => (piece, end < log.len()),
        };
        chunks
            .push(Chunk { lines: body.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect(), partial });
    }
    chunks
}

/// Drives a filter as the host does, and collects what would be printed.
pub struct FilterDriver<F> {
    filter: F,
    diagnostics: Vec<Diagnostic>,
    edits: Edits,
    output: Vec<u8>,
}

impl<F: Filter> FilterDriver<F> {
    /// What the filter had to say of its configuration.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// What the filter wants to see.
    pub fn interests(&self) -> Option<Vec<Interest>> {
        self.filter.interests()
    }

    /// Whether the filter wants to see what follows.
    pub fn follow(&self) -> bool {
        self.filter.follow()
    }

    /// The whole stream in one batch, to its end.
    pub fn run(&mut self, log: &[u8]) -> Vec<u8> {
        self.run_cut(log, &[])
    }

    /// The whole stream in batches cut at these offsets (see [`chunks`]), to its end.
    pub fn run_cut(&mut self, log: &[u8], cuts: &[usize]) -> Vec<u8> {
        for chunk in chunks(log, cuts) {
            self.push(&chunk);
        }
        self.finish()
    }

    /// One batch.
    ///
    /// # Panics
    /// When the edits break the protocol (ascending lines, ends that never fall).
    pub fn push(&mut self, chunk: &Chunk) {
        let mut bytes = Vec::new();
        let mut ends = Vec::new();
        for line in &chunk.lines {
            bytes.extend_from_slice(line);
            // Tests do not reach 4 GiB.
            ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            bytes.push(b'\n');
        }
        let batch = Batch::new(&bytes, &ends, chunk.partial);
        self.edits.clear();
        self.filter.process(batch, &mut self.edits);
        let mut edits = self.edits.edits().iter().copied().peekable();
        let mut replaced = 0;
        for index in 0..batch.len() {
            let mut dropped = false;
            match edits.next_if(|edit| edit.line as usize == index) {
                None => self.output.extend_from_slice(batch.line(index)),
                Some(edit) => {
                    let end = edit.end as usize;
                    assert!(end >= replaced && end <= self.edits.bytes().len(), "ends must not fall");
                    dropped = edit.action == Action::Drop;
                    if !dropped {
                        self.output.extend_from_slice(&self.edits.bytes()[replaced..end]);
                    }
                    replaced = end;
                }
            }
            if !dropped && !batch.is_partial(index) {
                self.output.push(b'\n');
            }
        }
        assert!(edits.next().is_none(), "edits must be ascending, and name lines of the batch");
    }

    /// What would have been printed since this was last asked.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// The end of the stream. Everything that would have been printed, and was not
    /// taken yet.
    pub fn finish(&mut self) -> Vec<u8> {
        self.filter.finish(&mut self.output);
        std::mem::take(&mut self.output)
    }
}

/// What a reporter did, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A line on the command channel.
    Command(String),
    /// An addition to a file.
    Append(String, Vec<u8>),
}

/// Effects that a test grants and records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FakeEffects {
    /// Whether the command channel is granted.
    pub commands_granted: bool,
    /// Names of the files that are granted.
    pub files_granted: Vec<String>,
    /// What was done.
    pub done: Vec<Effect>,
    /// How often something that is not granted was tried.
    pub denied: usize,
}

impl FakeEffects {
    /// Everything that a reporter may do is granted, with these files.
    pub fn granted(files: &[&str]) -> Self {
        Self {
            commands_granted: true,
            files_granted: files.iter().map(|file| (*file).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// All lines on the command channel.
    pub fn commands(&self) -> Vec<&str> {
        self.done
            .iter()
            .filter_map(|effect| match effect {
                Effect::Command(line) => Some(line.as_str()),
                Effect::Append(..) => None,
            })
            .collect()
    }

    /// All that was appended to a file.
    pub fn file(&self, name: &str) -> Vec<u8> {
        self.done
            .iter()
            .filter_map(|effect| match effect {
                Effect::Append(file, bytes) if file == name => Some(bytes.as_slice()),
                _ => None,
            })
            .collect::<Vec<_>>()
            .concat()
    }
}

impl Effects for FakeEffects {
    fn command(&mut self, line: &str) -> Result<(), EffectError> {
        if !self.commands_granted {
            self.denied += 1;
            return Err(EffectError::Denied);
        }
        if line.contains(['\n', '\r']) {
            return Err(EffectError::NotOneLine);
        }
        self.done.push(Effect::Command(line.to_owned()));
        Ok(())
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> Result<(), EffectError> {
        if !self.files_granted.iter().any(|granted| granted == file) {
            self.denied += 1;
            return Err(EffectError::Denied);
        }
        self.done.push(Effect::Append(file.to_owned(), bytes.to_vec()));
        Ok(())
    }
}

/// Configures a reporter.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn reporter<R: Reporter>(
    json: &str,
    environment: &FakeEnvironment,
    effects: FakeEffects,
) -> Result<ReporterDriver<R>, Vec<Diagnostic>> {
    match config::configure(json, environment, R::configure) {
        (Some(reporter), diagnostics) => Ok(ReporterDriver { reporter, diagnostics, effects }),
        (None, diagnostics) => Err(diagnostics),
    }
}

/// Drives a reporter, and collects what it does.
pub struct ReporterDriver<R> {
    reporter: R,
    diagnostics: Vec<Diagnostic>,
    effects: FakeEffects,
}

impl<R: Reporter> ReporterDriver<R> {
    /// What the reporter had to say of its configuration.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// What the host would break in log lines.
    pub fn markers(&self) -> Vec<Marker> {
        self.reporter.markers()
    }

    /// Something happened.
    pub fn report(&mut self, event: &Event) {
        self.reporter.report(event, &mut self.effects);
    }

    /// What the reporter has done so far.
    pub fn effects(&self) -> &FakeEffects {
        &self.effects
    }
}
