//! Where journals are, who holds one, and how they are tidied.
//!
//! They lie in `SORTIE_STATE_DIR/runs`, else in `$XDG_STATE_HOME/sortie/runs` or `~/.local/state/sortie/runs`: a
//! directory that is the user's alone. Each has a lock beside it, which the sortie that writes it holds as long as
//! it lives, however it ends.

use std::fs::File;
use std::fs::TryLockError;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use sha2::Digest as _;
use sha2::Sha256;

use super::progress::Progress;
use crate::environment::Environment;
use crate::os;
use crate::private_directory::Entry;
use crate::private_directory::PrivateDirectory;
use crate::private_directory::UNFINISHED;
use crate::settings::environment::STATE_DIR;

/// What the names of journals end with ...
const JOURNAL: &str = ".journal";
/// ... and those of their locks.
const LOCK: &str = ".lock";

/// Longest journal that is read, in bytes: one is written anew long before.
const MAX_BYTES: u64 = 16 << 20;

/// A journal that was not written for so long is removed: platforms have forgotten its task.
const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Journals that are kept.
const MAX_JOURNALS: usize = 100;

/// The directory of journals.
#[derive(Debug, Clone)]
pub struct Directory(Arc<PrivateDirectory>);

/// The right to write a journal, which ends with its process.
#[derive(Debug)]
pub struct Lock {
    name: String,
    /// `None`: another sortie holds it, and was passed over.
    _held: Option<File>,
}

impl Lock {
    /// The journal's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Directory {
    /// The directory that this environment names.
    ///
    /// # Errors
    ///
    /// It cannot be used; why, for a person.
    pub fn open(environment: &Environment) -> Result<Self, String> {
        let absolute = |name| environment.var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        if let Some(named) = environment.path(STATE_DIR) {
            // It was named: that it may lie in the workspace, from where CI systems keep files, is the user's will.
            return PrivateDirectory::open(&named, &["runs"], None).map(Self::of);
        }
        let home = || absolute("HOME").map(|home| home.join(".local/state"));
        let base = absolute("XDG_STATE_HOME").or_else(home);
        let base =
            base.ok_or_else(|| format!("neither {STATE_DIR}, XDG_STATE_HOME nor HOME names a directory"))?;
        let workspace = std::env::current_dir().map_err(|error| format!("the working directory: {error}"))?;
        PrivateDirectory::open(&base, &["sortie", "runs"], Some(&workspace)).map(Self::of)
    }

    fn of(directory: PrivateDirectory) -> Self {
        Self(Arc::new(directory))
    }

    /// Takes the right to write the journal of a task; with `force` even if another sortie has it.
    ///
    /// # Errors
    ///
    /// A sortie that runs has it, or there can be no lock; why, for a person.
    pub fn lock(&self, id: &str, force: bool) -> Result<Lock, String> {
        let stem = stem(id);
        let name = format!("{stem}{JOURNAL}");
        let lock = format!("{stem}{LOCK}");
        loop {
            let mut file = self.0.append(&lock).map_err(|error| format!("{lock}: {error}"))?;
            match file.try_lock() {
                // It was tidied away in between.
                Ok(()) if os::is_removed(&file) => continue,
                Ok(()) => {
                    let owner = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
                    // Only for a person.
                    let _ = owner;
                    return Ok(Lock { name, _held: Some(file) });
                }
                Err(TryLockError::WouldBlock) if force => return Ok(Lock { name, _held: None }),
                Err(TryLockError::WouldBlock) => {
                    let pid = self.0.read(&lock, 20).ok().and_then(|pid| String::from_utf8(pid).ok());
                    let pid = pid
                        .filter(|pid| !pid.is_empty())
                        .map_or_else(String::new, |pid| format!(" (process {pid})"));
                    return Err(format!("another sortie{pid} is attached to {id}"));
                }
                Err(TryLockError::Error(error)) => return Err(format!("{lock}: {error}")),
            }
        }
    }

    /// What the journal of a task says, if there is one.
    pub fn read(&self, id: &str) -> Option<Progress> {
        self.read_file(&format!("{}{JOURNAL}", stem(id))).filter(|progress| progress.run.handle.id == id)
    }

    /// The journal that was written last, of those that no other sortie holds.
    pub fn last(&self) -> Option<Progress> {
        let mut entries = self.0.entries();
        entries.retain(|entry| entry.name.ends_with(JOURNAL));
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.written));
        entries
            .iter()
            .filter(|entry| !self.is_held(&entry.name))
            .find_map(|entry| self.read_file(&entry.name))
    }

    fn read_file(&self, name: &str) -> Option<Progress> {
        Progress::parse(&self.0.read(name, MAX_BYTES).ok()?)
    }

    /// Puts a journal in the place of the one that there is, and opens it for writing.
    pub(super) fn replace(&self, name: &str, content: &[u8]) -> Result<File, String> {
        let replaced = self.0.replace(name, &[content]).and_then(|()| self.0.append(name));
        replaced.map_err(|error| format!("{name}: {error}"))
    }

    pub(super) fn remove(&self, name: &str) {
        self.0.remove(name);
    }

    /// Removes what is old, or too much. What a sortie holds stays.
    pub(super) fn tidy(&self) {
        for name in superfluous(self.0.entries(), SystemTime::now()) {
            if !self.is_held(&name) {
                self.0.remove(&name);
                if let Some(stem) = name.strip_suffix(JOURNAL) {
                    self.0.remove(&format!("{stem}{LOCK}"));
                }
            }
        }
    }

    /// Whether a sortie that runs holds this journal.
    fn is_held(&self, name: &str) -> bool {
        let Some(stem) = name.strip_suffix(JOURNAL) else { return false };
        let Ok(file) = self.0.append(&format!("{stem}{LOCK}")) else { return false };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }
}

/// The name of a task's files: what a person can recognise, and what tells it from all others.
fn stem(id: &str) -> String {
    let shown = id.rsplit(['/', ':']).next().unwrap_or_default();
    let shown: String = shown
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '-')
        .take(40)
        .collect();
    let digest = Sha256::digest(id.as_bytes());
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{shown}-{hex}")
}

/// Journals, and what was left unfinished, that are not to be kept.
fn superfluous(entries: Vec<Entry>, now: SystemTime) -> Vec<String> {
    let is_old = |entry: &Entry| now.duration_since(entry.written).is_ok_and(|age| age > MAX_AGE);
    let (mut journals, others): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| entry.name.ends_with(JOURNAL));
    journals.sort_by_key(|entry| std::cmp::Reverse(entry.written));
    let journals = journals.into_iter().enumerate();
    let journals =
        journals.filter(|(index, entry)| *index >= MAX_JOURNALS || is_old(entry)).map(|(_, entry)| entry);
    let others = others.into_iter().filter(|entry| entry.name.starts_with(UNFINISHED) && is_old(entry));
    journals.chain(others).map(|entry| entry.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(base: &std::path::Path) -> Directory {
        let environment = [(STATE_DIR, base.as_os_str())].into_iter().collect();
        Directory::open(&environment).expect("a directory")
    }

    #[test]
    fn a_journal_is_held_by_one_sortie() {
        let base = tempfile::tempdir().expect("a directory");
        let (one, other) = (directory(base.path()), directory(base.path()));
        let lock = one.lock("arn:task/1", false).expect("nobody has it");
        let held = other.lock("arn:task/1", false).expect_err("it is held");
        assert_eq!(
            held,
            format!("another sortie (process {}) is attached to arn:task/1", std::process::id())
        );
        assert!(other.lock("arn:task/1", true).is_ok() && other.lock("arn:task/2", false).is_ok());
        drop(lock);
        assert!(other.lock("arn:task/1", false).is_ok());
    }

    #[test]
    fn files_of_two_tasks_have_two_names() {
        assert_eq!(stem("arn:aws:ecs:eu-west-1:1:task/ci/0123").split('-').next(), Some("0123"));
        assert_ne!(
            stem("arn:aws:ecs:eu-west-1:1:task/ci/0123"),
            stem("arn:aws:ecs:eu-west-1:1:task/cd/0123")
        );
        assert!(!stem("docker/../../x@unix:///run/y").contains(['/', '.', ':']));
    }

    #[test]
    fn the_oldest_are_too_much() {
        let now = SystemTime::now();
        let entry =
            |name: String, age| Entry { name, bytes: 1, used: now, written: now - Duration::from_secs(age) };
        let mut entries: Vec<Entry> =
            (0..MAX_JOURNALS as u64 + 2).map(|age| entry(format!("{age}{JOURNAL}"), age)).collect();
        entries.push(entry(format!("old{JOURNAL}"), MAX_AGE.as_secs() + 1));
        entries.push(entry(format!("{UNFINISHED}1"), MAX_AGE.as_secs() + 1));
        entries.push(entry(format!("{UNFINISHED}2"), 1));
        entries.push(entry("something".to_owned(), MAX_AGE.as_secs() + 1));
        let mut names = superfluous(entries, now);
        names.sort();
        assert_eq!(names, ["100.journal", "101.journal", "old.journal", "unfinished-1"]);
    }

    #[test]
    fn a_directory_of_others_is_none() {
        let empty = Environment::default();
        assert!(Directory::open(&empty).is_err_and(|why| why.contains("SORTIE_STATE_DIR")));
    }
}
