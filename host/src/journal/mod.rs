//! What a run has printed so far, noted on disk while it goes on, so that a sortie that is killed can be
//! followed by another one: `sortie attach`.
//!
//! A journal is a file of JSON, one [`record`] a line, for one task. It holds what the task is known by, and how
//! many lines of each container have been printed; never a line's text, nor a secret. Before lines are written
//! to standard output, what is about to be written is noted, and after that, that it was. What a killed sortie
//! has written of the last of it is then known where standard output is a file, which can be looked at
//! ([`progress`]). In a pipe nobody can look: there a batch whose end was not noted is printed again. Such a batch
//! is at most [`PIECE`] bytes, or one line.
//!
//! - [`directory`]: where journals are, who holds one, and how they are tidied.
//! - [`record`]: the lines of a journal.
//! - [`progress`]: what a journal says, read back.
//! - [`output_file`]: standard output, if it is a file.
//! - [`writer`]: writing one.

pub mod directory;
pub mod output_file;
pub mod progress;
pub mod record;
pub mod writer;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use sortie_lines::LineBatch;

use crate::backend::Handle;
use crate::environment::Environment;
use crate::stream::ContainerIndex;
use crate::stream::Cursor;
use directory::Directory;
use directory::Lock;
use progress::Progress;
use record::About;
use writer::Rendered;
use writer::Writer;

/// Bytes that are written to a pipe at once, so that they are written whole or not at all.
/// Source: POSIX.1-2024, XBD 14 `<limits.h>`: `PIPE_BUF`, which is 4096 on Linux (pipe(7)).
pub const PIECE: usize = 4096;

/// The journal of a run, if it has one: where it has none, nothing is noted. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Journal(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    /// Nothing is noted.
    #[default]
    Off,
    /// It begins with the task.
    Waiting(Box<(Environment, About)>),
    /// It is written.
    On(Box<Writer>),
}

impl Journal {
    /// A journal that begins when the task is known. `about` is what it says of the run.
    pub fn of_run(environment: &Environment, about: About) -> Self {
        Self(Arc::new(Mutex::new(State::Waiting(Box::new((environment.clone(), about))))))
    }

    /// Goes on with a journal that another sortie has written, or with a new one.
    ///
    /// # Errors
    ///
    /// It cannot be written; why, for a person.
    pub fn go_on(directory: &Directory, lock: Lock, progress: Progress) -> Result<Self, String> {
        let writer = Writer::new(directory, lock, progress)?;
        Ok(Self(Arc::new(Mutex::new(State::On(Box::new(writer))))))
    }

    /// The task is there. Of an attempt after another one, the journal of that is over.
    ///
    /// # Errors
    ///
    /// There will be no journal; why, for a person.
    pub fn begin(&self, handle: &Handle) -> Result<(), String> {
        let mut state = self.state();
        let (environment, about) = match std::mem::take(&mut *state) {
            State::Off => return Ok(()),
            State::Waiting(waiting) => *waiting,
            State::On(writer) => {
                let about = writer.about();
                (writer.abandon(), about)
            }
        };
        let directory = Directory::open(&environment)?;
        let lock = directory.lock(&handle.id, false)?;
        let progress = Progress::new(about.of(handle));
        *state = State::On(Box::new(Writer::new(&directory, lock, progress)?.in_environment(environment)));
        drop(state);
        directory.tidy();
        Ok(())
    }

    /// Whether lines are written in pieces of at most [`PIECE`] bytes.
    pub fn wants_pieces(&self) -> bool {
        matches!(&*self.state(), State::On(writer) if writer.wants_pieces())
    }

    /// These lines of a container are printed next, as the filters left them.
    pub fn next(&self, container: ContainerIndex, batch: &LineBatch) {
        self.write(|writer| writer.next(container, batch));
    }

    /// What was announced with [`next`](Self::next) is written to standard output now, in this form.
    pub fn writing(&self, container: ContainerIndex, rendered: Rendered) {
        self.write(|writer| writer.writing(container, rendered));
    }

    /// What was announced with [`next`](Self::next) is printed, or need not be.
    pub fn printed(&self, container: ContainerIndex) {
        self.write(|writer| writer.printed(container));
    }

    /// All that was printed of a container's log lies before this place, and nothing is held back.
    pub fn read_up_to(&self, container: ContainerIndex, cursor: &Cursor) {
        self.write(|writer| writer.read_up_to(container, cursor));
    }

    /// The run is over, and everything is printed.
    pub fn finished(&self) {
        self.write(Writer::finished);
    }

    /// Why nothing more is noted; told once.
    pub fn take_failure(&self) -> Option<String> {
        match &mut *self.state() {
            State::On(writer) => writer.take_failure(),
            State::Off | State::Waiting(_) => None,
        }
    }

    fn write(&self, write: impl FnOnce(&mut Writer)) {
        if let State::On(writer) = &mut *self.state() {
            write(writer);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
