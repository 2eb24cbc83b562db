//! Appending to files that were granted by name, and replacing them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::io;
use std::io::Read as _;
use std::io::Seek as _;
use std::io::Write as _;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use cap_std::fs::File;
use cap_std::fs::OpenOptions;
use cap_std::fs::Permissions;

use super::EffectCode;
use super::EffectError;
use crate::os::OpenWithoutWaiting as _;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::trust::grant::GrantSet;
use crate::plugin::trust::grant::GrantedFile;

/// Files of one instance.
#[derive(Default)]
pub(super) struct Files {
    /// Those that were opened, by the plugin's name for them.
    open: BTreeMap<String, File>,
    /// Bytes appended to each of them.
    appended: BTreeMap<String, u64>,
}

impl Files {
    pub(super) fn append(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        file: String,
        bytes: &[u8],
    ) -> Result<(), EffectError> {
        let (granted, tried) = granted(grants, "append to", &file)?;
        let appended = self.appended.entry(file.clone()).or_default();
        let total = appended.saturating_add(bytes.len() as u64);
        if total > limits.file_bytes {
            let reason = format!("at most {} bytes can be appended to a file in one run", limits.file_bytes);
            return Err(EffectError::new(EffectCode::TooLarge, &tried, reason));
        }
        let io = |error: io::Error| EffectError::new(EffectCode::Io, &tried, reason(&error));
        let open = match self.open.entry(file) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let mut file = open(&granted.path).map_err(io)?;
                if !ends_a_line(&granted.path) {
                    file.write_all(b"\n").map_err(io)?;
                }
                entry.insert(file)
            }
        };
        open.write_all(bytes).map_err(io)?;
        *appended = total;
        Ok(())
    }

    /// Replaces the file by these bytes: whoever reads it sees the old one or the new one.
    pub(super) fn write(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        file: &str,
        bytes: &[u8],
    ) -> Result<(), EffectError> {
        let (granted, tried) = granted(grants, "write", file)?;
        if bytes.len() > limits.document_bytes {
            let reason = format!("{} bytes, {} allowed", bytes.len(), limits.document_bytes);
            return Err(EffectError::new(EffectCode::TooLarge, &tried, reason));
        }
        // What is appended later goes to the new one.
        self.open.remove(file);
        replace(&granted.path, bytes)
            .map_err(|error| EffectError::new(EffectCode::Io, &tried, reason(&error)))
    }
}

/// The file that is granted under a name, and what is tried with it.
fn granted<'a>(
    grants: &'a GrantSet,
    doing: &str,
    file: &str,
) -> Result<(&'a GrantedFile, String), EffectError> {
    match grants.files.get(file) {
        // As the user wrote the path: what a variable holds is not the guest's business.
        Some(granted) => Ok((granted, format!("{doing} `{file}` ({})", granted.shown))),
        None => {
            let reason = "no file of this name is granted";
            Err(EffectError::new(EffectCode::Denied, &format!("{doing} `{file}`"), reason))
        }
    }
}

/// Why a file cannot be written. Not the system's own text, which may hold a path.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        // The file itself would have been created.
        io::ErrorKind::NotFound => "no such directory".to_owned(),
        io::ErrorKind::InvalidInput => "it is not a regular file".to_owned(),
        kind => kind.to_string(),
    }
}

/// Opens a granted file for appending, creating it if need be. The directory is the user's word;
/// a symbolic link in the last place is followed within that directory only.
///
/// Only a regular file is opened: a named pipe without a reader, or a device, could block the call,
/// and a host call that blocks is not interrupted by the engine's epochs.
fn open(path: &Path) -> io::Result<File> {
    let (directory, name) = place(path)?;
    // So that opening does not wait either; for a regular file it means nothing.
    let mut options = OpenOptions::new();
    options.append(true).create(true).without_waiting();
    let file = directory.open_with(name, &options)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Whether what is appended to a file begins on a line of its own. Where the file is shared with others (the
/// outputs of a CI step), the last of them may have left its line unfinished, and a plugin cannot look. A file
/// that cannot be read is left as it is.
fn ends_a_line(path: &Path) -> bool {
    let last = || -> io::Result<u8> {
        let (directory, name) = place(path)?;
        let mut options = OpenOptions::new();
        options.read(true).without_waiting();
        let mut file = directory.open_with(name, &options)?;
        file.seek(io::SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok(last[0])
    };
    // An empty file has no last byte.
    last().map_or(true, |last| last == b'\n')
}

/// Writes a file beside a granted one, and puts it in its place. What is there must be a regular file: a
/// symbolic link would be replaced rather than what it leads to.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (directory, name) = place(path)?;
    let permissions = match directory.symlink_metadata(name) {
        Ok(there) if there.is_file() => Some(there.permissions()),
        Ok(_) => return Err(io::ErrorKind::InvalidInput.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{:08x}", rand::random::<u32>()));
    let written = write_new(&directory, Path::new(&temporary), bytes, permissions)
        .and_then(|()| directory.rename(&temporary, &directory, name));
    if written.is_err() {
        // It may not even have been made.
        let _ = directory.remove_file(&temporary);
    }
    written
}

fn write_new(directory: &Dir, name: &Path, bytes: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut file = directory.open_with(name, OpenOptions::new().write(true).create_new(true))?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(bytes)
}

/// The directory of a file, and its name there.
fn place(path: &Path) -> io::Result<(Dir, &OsStr)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    Ok((Dir::open_ambient_dir(parent, ambient_authority())?, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::plugin::trust::grant::Need;

    #[test]
    fn an_error_says_what_was_tried_but_not_what_a_variable_holds() {
        let directory = tempfile::tempdir().expect("a directory");
        let missing = directory.path().join("no/x.md");
        let environment: Environment = [("SUMMARY", missing.clone())].into_iter().collect();
        let literal = format!("file:b={}", missing.display());
        let grants = ["file:a=$SUMMARY".parse().expect("a"), literal.parse().expect("b")];
        let (set, _) = GrantSet::resolve(&grants, |name| environment.var_os(name).map(ToOwned::to_owned));
        let set = set.narrowed_to(&["a", "b"].map(|name| Need::File(name.to_owned())));
        let append = |file: &str| {
            let error = Files::default().append(&set, &Limits::default(), file.to_owned(), b"x");
            error.expect_err("no directory")
        };
        assert_eq!(append("a").to_string(), "append to `a` ($SUMMARY): no such directory");
        assert_eq!(append("b").message, format!("append to `b` ({}): no such directory", missing.display()));
        assert_eq!(append("b").code, EffectCode::Io);
        assert_eq!(append("c").message, "append to `c`: no file of this name is granted");
        assert_eq!(append("c").code, EffectCode::Denied);
    }

    #[test]
    fn files_are_created_and_appended_to() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("summary.md");
        open(&path).expect("opens").write_all(b"a").expect("writes");
        open(&path).expect("opens").write_all(b"b").expect("writes");
        assert_eq!(std::fs::read(&path).expect("reads"), b"ab");
    }

    #[test]
    fn what_is_appended_begins_on_a_line_of_its_own() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("output");
        let grants = [format!("file:a={}", path.display()).parse().expect("a grant")];
        let (set, _) = GrantSet::resolve(&grants, |_| None);
        let set = set.narrowed_to(&[Need::File("a".to_owned())]);
        for (before, after) in [
            (None, "x\ny\n"),
            (Some(""), "x\ny\n"),
            (Some("a=b"), "a=b\nx\ny\n"),
            (Some("a=b\n"), "a=b\nx\ny\n"),
        ] {
            let _ = std::fs::remove_file(&path);
            before.iter().for_each(|before| std::fs::write(&path, before).expect("writes"));
            let mut files = Files::default();
            for text in ["x\n", "y", "\n"] {
                let appended = files.append(&set, &Limits::default(), "a".to_owned(), text.as_bytes());
                appended.expect("it is granted");
            }
            assert_eq!(std::fs::read_to_string(&path).expect("reads"), after);
        }
    }

    #[test]
    fn a_link_out_of_the_directory_is_not_followed() {
        let directory = tempfile::tempdir().expect("a directory");
        let outside = tempfile::NamedTempFile::new().expect("a file");
        let path = directory.path().join("summary.md");
        std::os::unix::fs::symlink(outside.path(), &path).expect("links");
        assert!(open(&path).is_err());
    }

    #[test]
    fn a_named_pipe_is_refused_and_waited_for_by_nobody() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
        assert!(open(&path).is_err(), "nobody reads it");
        let read_only = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK;
        let _reader = rustix::fs::open(&path, read_only, rustix::fs::Mode::empty()).expect("opens");
        assert!(open(&path).is_err(), "somebody reads it");
        assert!(open(Path::new("/dev/null")).is_err());
    }

    #[test]
    fn a_file_is_replaced_at_once_and_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("report.json");
        replace(&path, b"one").expect("made");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("its mode");
        replace(&path, b"two").expect("replaced");
        assert_eq!(std::fs::read(&path).expect("reads"), b"two");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 1, "nothing beside it");
    }

    #[test]
    fn only_a_regular_file_is_replaced() {
        let directory = tempfile::tempdir().expect("a directory");
        let (link, real) = (directory.path().join("link"), directory.path().join("real"));
        std::fs::write(&real, b"as it was").expect("writes");
        std::os::unix::fs::symlink(&real, &link).expect("links");
        assert!(replace(&link, b"x").is_err());
        assert_eq!(std::fs::read(&real).expect("reads"), b"as it was");
        let inside = directory.path().join("directory");
        std::fs::create_dir(&inside).expect("a directory");
        assert!(replace(&inside, b"x").is_err());
        assert!(replace(Path::new("/dev/null"), b"x").is_err());
    }
}
