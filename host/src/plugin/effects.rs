//! What a reporter does: command lines, which the host prints between log lines, and appends to
//! files that were granted by name.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use cap_std::fs::File;
use cap_std::fs::OpenOptions;
use sortie_lines::is_one_line;

use super::bindings::effects::EffectError;
use super::grant::GrantSet;
use super::limits::Limits;
use super::text::clean;

/// The effects of one reporter.
#[derive(Default)]
pub(super) struct Effects {
    /// Command lines of the report that is under way.
    pub(super) commands: Vec<String>,
    /// Files that were opened, by the plugin's name for them.
    files: BTreeMap<String, File>,
    /// Bytes appended to all of them.
    appended: u64,
}

impl Effects {
    /// Keeps a command line until the report is over.
    pub(super) fn command(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        line: String,
    ) -> Result<(), EffectError> {
        if !grants.commands {
            return Err(EffectError::Denied);
        }
        if line.len() > limits.command_bytes || self.commands.len() >= limits.commands_per_report {
            return Err(EffectError::TooLarge);
        }
        if !is_one_line(&line) {
            return Err(EffectError::NotOneLine);
        }
        self.commands.push(line);
        Ok(())
    }

    /// Appends to a granted file at once; `file` is the plugin's name for it.
    pub(super) fn append(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        file: String,
        bytes: &[u8],
    ) -> Result<(), EffectError> {
        let Some(path) = grants.files.get(&file) else { return Err(EffectError::Denied) };
        let total = self.appended.saturating_add(bytes.len() as u64);
        if total > limits.file_bytes {
            return Err(EffectError::TooLarge);
        }
        // The reason goes to the guest, which must not learn the path.
        let io = |error: std::io::Error| EffectError::Io(clean(&error.kind().to_string(), 100));
        let open = match self.files.entry(file) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => entry.insert(open(path).map_err(io)?),
        };
        open.write_all(bytes).map_err(io)?;
        self.appended = total;
        Ok(())
    }
}

/// Opens a granted file for appending, creating it if need be. The directory is the user's word;
/// a symbolic link in the last place is followed within that directory only.
fn open(path: &Path) -> std::io::Result<File> {
    let name = path.file_name().ok_or(std::io::ErrorKind::InvalidInput)?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let directory = Dir::open_ambient_dir(parent, ambient_authority())?;
    directory.open_with(name, OpenOptions::new().append(true).create(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_created_and_appended_to() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("summary.md");
        open(&path).expect("opens").write_all(b"a").expect("writes");
        open(&path).expect("opens").write_all(b"b").expect("writes");
        assert_eq!(std::fs::read(&path).expect("reads"), b"ab");
    }

    #[test]
    fn a_link_out_of_the_directory_is_not_followed() {
        let directory = tempfile::tempdir().expect("a directory");
        let outside = tempfile::NamedTempFile::new().expect("a file");
        let path = directory.path().join("summary.md");
        std::os::unix::fs::symlink(outside.path(), &path).expect("links");
        assert!(open(&path).is_err());
    }
}
