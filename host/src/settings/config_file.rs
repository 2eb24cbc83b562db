//! Which configuration file is read: the one that is named, or the one that is found.
//!
//! `sortie.toml` is looked for in the working directory and, within a repository, in the directories above
//! it up to the one that holds `.git`, as git looks for that one: a run from a subdirectory must not lose
//! the redactor that the repository's file asks for. Outside of a repository only the working directory
//! counts, so that no file of `/tmp` or the home directory acts on what lies below.

use std::fs::File;
use std::io;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use super::layer::RawValue;
use super::quantity::quoted;
use crate::error::Error;
use crate::os;
use crate::os::OpenWithoutWaiting as _;

/// Name of the file that is looked for.
pub const DEFAULT_NAME: &str = "sortie.toml";

/// The word for `--config` that reads no file.
pub const NONE: &str = "none";

/// Bytes of a file that is read. Real ones have a few hundred.
const MAX_BYTES: u64 = 1 << 20;

/// A configuration file.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// As it was named, or relative to the working directory.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
}

/// The file to read, if there is one. `named` is what `--config` or its variable says.
///
/// # Errors
///
/// It cannot be read, is larger than 1 MiB, or is found where it is not to be trusted.
pub fn choose(named: Option<&RawValue>) -> Result<Option<ConfigFile>, Error> {
    match named {
        Some(named) if named.text == NONE => Ok(None),
        Some(named) => {
            let path = PathBuf::from(&named.text);
            let hint = format!("to read no file: --config {NONE}");
            let text = read_named(&path).map_err(|error| error.hint(hint).on(&named.at))?;
            Ok(Some(ConfigFile { path, text }))
        }
        None => {
            // A working directory that is gone has no parents to be known of.
            let directory = std::env::current_dir().unwrap_or_default();
            let Some(path) = find(&directory)? else { return Ok(None) };
            let text = read_found(&directory.join(&path), &path)?;
            Ok(Some(ConfigFile { path, text }))
        }
    }
}

/// The text of a file that a user named, which may be a pipe.
///
/// # Errors
///
/// It cannot be read, or is larger than 1 MiB.
pub fn read_named(path: &Path) -> Result<String, Error> {
    let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    read(path, file)
}

/// The path of the file that counts in this directory, relative to it.
fn find(directory: &Path) -> Result<Option<PathBuf>, Error> {
    let above = directory.ancestors().take_while(|above| *above != Path::new(""));
    let is_root = |above: &Path| above.join(".git").symlink_metadata().is_ok();
    let root = above.clone().position(is_root).unwrap_or_default();
    let mut path = PathBuf::from(DEFAULT_NAME);
    for (depth, above) in directory.ancestors().enumerate().take(root + 1) {
        match above.join(DEFAULT_NAME).symlink_metadata() {
            Ok(_) if depth > 0 && os::others_can_write(above) => {
                let problem = "lies in a directory that others can write, and is not used";
                return Err(Error::usage(format!("{} {problem}", path.display())).hint(format!(
                    "take the right away (chmod o-w {}), or say which file counts: --config PATH, or --config {NONE}",
                    above.display()
                )));
            }
            Ok(_) => return Ok(Some(path)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => {
                return Err(cannot_read(&path, &error).hint(format!("to read no file: --config {NONE}")));
            }
        }
        path = Path::new("..").join(path);
    }
    Ok(None)
}

/// The text of a file that nobody named: only a regular one is opened, since a pipe would keep sortie
/// waiting.
fn read_found(path: &Path, shown: &Path) -> Result<String, Error> {
    let file = File::options().read(true).without_waiting().open(path);
    let file = file.map_err(|error| match (error.kind(), path.is_symlink()) {
        (io::ErrorKind::NotFound, true) => {
            let error = Error::usage(format!("{} is a link that leads nowhere", shown.display()));
            error.hint(format!("mend it, or read no file: --config {NONE}"))
        }
        _ => cannot_read(shown, &error).hint(format!("to read no file: --config {NONE}")),
    })?;
    let is_file = file.metadata().map_err(|error| cannot_read(shown, &error))?.is_file();
    if !is_file {
        let error = Error::usage(format!("{} is not a regular file", shown.display()));
        return Err(error.hint(format!("to read no file: --config {NONE}")));
    }
    read(shown, file)
}

fn read(path: &Path, file: File) -> Result<String, Error> {
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| cannot_read(path, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::usage(format!("{} is larger than 1 MiB", path.display())));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Error::usage("not valid UTF-8").on(&format!("{}:{line}", path.display()))
    })
}

fn cannot_read(path: &Path, error: &io::Error) -> Error {
    let shown = quoted(&path.display().to_string());
    Error::usage(format!("cannot read {shown}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A directory with these files and directories (which end with a slash) in it.
    fn tree(entries: &[&str]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for entry in entries {
            let path = tree.path().join(entry);
            match entry.ends_with('/') {
                true => fs::create_dir_all(path).unwrap(),
                false => {
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, "").unwrap();
                }
            }
        }
        tree
    }

    fn found(tree: &tempfile::TempDir, directory: &str) -> Option<String> {
        find(&tree.path().join(directory)).unwrap().map(|path| path.display().to_string())
    }

    #[test]
    fn a_file_is_looked_for_up_to_the_root_of_the_repository() {
        let tree =
            tree(&["sortie.toml", "repo/.git/", "repo/sortie.toml", "repo/a/b/", "repo/c/sortie.toml"]);
        assert_eq!(found(&tree, "repo").as_deref(), Some("sortie.toml"));
        assert_eq!(found(&tree, "repo/a/b").as_deref(), Some("../../sortie.toml"));
        assert_eq!(found(&tree, "repo/c").as_deref(), Some("sortie.toml"), "the nearest one");
    }

    #[test]
    fn nothing_above_the_root_counts_nor_anything_above_where_there_is_no_repository() {
        let tree = tree(&["sortie.toml", "repo/.git", "repo/a/", "loose/a/", "loose/sortie.toml"]);
        assert_eq!(found(&tree, "repo/a"), None, "a working tree has a file .git");
        assert_eq!(found(&tree, "loose/a"), None);
        assert_eq!(found(&tree, "loose").as_deref(), Some("sortie.toml"));
        let nested = self::tree(&["repo/.git/", "repo/sortie.toml", "repo/module/.git", "repo/module/a/"]);
        assert_eq!(found(&nested, "repo/module/a"), None, "a submodule is a repository of its own");
    }

    #[test]
    fn a_file_where_others_can_write_is_an_error_and_not_passed_over() {
        let tree = tree(&[".git/", "sortie.toml", "a/b/"]);
        let mode = |mode| fs::set_permissions(tree.path(), fs::Permissions::from_mode(mode)).unwrap();
        mode(0o1777);
        let error = find(&tree.path().join("a/b")).unwrap_err();
        assert!(
            error.to_string().starts_with("../../sortie.toml lies in a directory that others"),
            "{error}"
        );
        assert!(error.advice().contains("--config none"));
        assert_eq!(
            found(&tree, "").as_deref(),
            Some("sortie.toml"),
            "the working directory is the user's choice"
        );
        mode(0o775);
        assert_eq!(found(&tree, "a/b").as_deref(), Some("../../sortie.toml"));
    }

    fn fault(make: impl FnOnce(&Path)) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(DEFAULT_NAME);
        make(&path);
        assert_eq!(find(directory.path()).unwrap().as_deref(), Some(Path::new(DEFAULT_NAME)));
        read_found(&path, Path::new(DEFAULT_NAME)).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_file_is_neither_waited_for_nor_taken_for_none() {
        assert_eq!(
            fault(|path| symlink("nowhere", path).unwrap()),
            "sortie.toml is a link that leads nowhere"
        );
        for device in ["/dev/zero", "/dev/null"] {
            assert_eq!(fault(|path| symlink(device, path).unwrap()), "sortie.toml is not a regular file");
        }
        assert_eq!(fault(|path| fs::create_dir(path).unwrap()), "sortie.toml is not a regular file");
        let pipe = |path: &Path| {
            let mode = rustix::fs::Mode::RUSR;
            rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
        };
        assert_eq!(fault(pipe), "sortie.toml is not a regular file");
        let large = |path: &Path| File::create(path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert_eq!(fault(large), "sortie.toml is larger than 1 MiB");
        assert_eq!(fault(|path| fs::write(path, b"a = 1\n\xff").unwrap()), "sortie.toml:2: not valid UTF-8");
    }
}
