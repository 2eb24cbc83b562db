//! Writing a journal.

use std::fs::File;
use std::io;
use std::io::Write as _;

use sortie_lines::LineBatch;

use super::directory::Directory;
use super::directory::Lock;
use super::output_file::OutputFile;
use super::progress::Progress;
use super::record::About;
use super::record::Amount;
use super::record::Form;
use super::record::Record;
use super::record::Writing;
use crate::environment::Environment;
use crate::os;
use crate::stream::ContainerIndex;
use crate::stream::Cursor;

/// A journal that has grown by so many bytes is written anew: it says the same in a few lines.
const MAX_GROWTH: usize = 256 << 10;

/// Writes a journal.
#[derive(Debug)]
pub struct Writer {
    directory: Directory,
    lock: Lock,
    environment: Environment,
    file: File,
    progress: Progress,
    /// What is printed next, of which container.
    next: Option<(ContainerIndex, Next)>,
    grown: usize,
    failure: Option<String>,
    told: bool,
}

/// What is printed next.
#[derive(Debug, Clone, Copy)]
struct Next {
    /// How much is printed then.
    amount: Amount,
    /// Lines and pieces that it is made of.
    pieces: usize,
}

/// How lines were made ready for standard output.
#[derive(Debug, Clone, Copy)]
pub struct Rendered {
    /// Bytes.
    pub bytes: usize,
    /// Lines, as far as they were not changed to others.
    pub lines: usize,
    /// What they are made of; `None`: JSON, which cannot be told apart.
    pub form: Option<Form>,
}

impl Writer {
    /// Writes what is known already, in the place of what another sortie has written.
    pub(super) fn new(directory: &Directory, lock: Lock, progress: Progress) -> Result<Self, String> {
        let output = OutputFile::of(io::stdout());
        let progress = Progress { output, writing: None, finished: false, ..progress };
        let file = directory.replace(lock.name(), &lines(&progress.records()))?;
        Ok(Self {
            directory: directory.clone(),
            lock,
            environment: Environment::default(),
            file,
            progress,
            next: None,
            grown: 0,
            failure: None,
            told: false,
        })
    }

    /// The same, which knows where the next one would be.
    pub(super) fn in_environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// What it says of the run.
    pub(super) fn about(&self) -> About {
        self.progress.run.about.clone()
    }

    /// The task came to nothing: takes the journal away.
    pub(super) fn abandon(self) -> Environment {
        self.directory.remove(self.lock.name());
        self.environment
    }

    pub(super) fn wants_pieces(&self) -> bool {
        self.progress.output.is_none() && self.failure.is_none()
    }

    pub(super) fn next(&mut self, container: ContainerIndex, batch: &LineBatch) {
        let before = self.progress.printed.get(&container).copied().unwrap_or_default();
        let pieces = batch.len();
        let last = pieces.checked_sub(1).map_or(0, |last| batch.line(last).len() as u64);
        let goes_on = pieces == 1 && batch.continued;
        let amount = Amount {
            lines: before.lines + pieces as u64 - u64::from(batch.partial),
            open: match batch.partial {
                true if goes_on => before.open + last,
                true => last,
                false => 0,
            },
        };
        self.next = Some((container, Next { amount, pieces }));
    }

    pub(super) fn writing(&mut self, container: ContainerIndex, rendered: Rendered) {
        let Some((_, next)) = self.next.filter(|(of, _)| *of == container) else { return };
        if self.wants_pieces() {
            // A write that has to wait could be cut off half-way.
            os::await_room(&io::stdout());
        }
        let stdout = io::stdout();
        let at = self.progress.output.as_ref().and_then(|_| os::position(&stdout));
        let form = rendered.form.filter(|_| rendered.lines == next.pieces);
        let bytes = rendered.bytes as u64;
        self.write(Record::Writing(Writing { container, amount: next.amount, at, bytes, form }));
    }

    pub(super) fn printed(&mut self, container: ContainerIndex) {
        let Some((_, next)) = self.next.take_if(|(of, _)| *of == container) else { return };
        self.write(Record::Printed { container, amount: next.amount });
    }

    pub(super) fn read_up_to(&mut self, container: ContainerIndex, cursor: &Cursor) {
        let lines = self.progress.printed.get(&container).map_or(0, |printed| printed.lines);
        self.write(Record::Read { container, lines, cursor: cursor.clone() });
    }

    pub(super) fn finished(&mut self) {
        self.write(Record::Finished);
    }

    pub(super) fn take_failure(&mut self) -> Option<String> {
        (!std::mem::replace(&mut self.told, self.failure.is_some())).then(|| self.failure.clone()).flatten()
    }

    fn write(&mut self, record: Record) {
        if self.failure.is_some() {
            return;
        }
        let line = lines(std::slice::from_ref(&record));
        self.progress.note(record);
        self.grown += line.len();
        let written = match self.grown > MAX_GROWTH {
            false => self.file.write_all(&line).map_err(|error| error.to_string()),
            true => self.directory.replace(self.lock.name(), &lines(&self.progress.records())).map(|file| {
                self.file = file;
                self.grown = 0;
            }),
        };
        self.failure = written.err();
    }
}

/// Records as they are written.
fn lines(records: &[Record]) -> Vec<u8> {
    let mut lines = Vec::new();
    for record in records {
        // Texts and numbers can always be written.
        if serde_json::to_writer(&mut lines, record).is_ok() {
            lines.push(b'\n');
        }
    }
    lines
}
