//! On Windows: a directory below the user's own, which its access list keeps from others. That list is not read.

use std::fs::File;
use std::io;
use std::io::Read as _;
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use cap_std::fs::OpenOptions;

use super::Entry;
use super::UNFINISHED;
use super::outside;
use super::unusable;

/// An open directory of this user.
#[derive(Debug)]
pub(crate) struct PrivateDirectory(Dir);

impl PrivateDirectory {
    /// Opens `base` and the directories `names` below it, one in the other, which are created where they are
    /// missing. It is refused when one of them is a link, or when it lies in the `workspace`, whose files come from
    /// whoever wrote the code that CI runs. `None`: it may lie anywhere.
    ///
    /// # Errors
    ///
    /// Why it is not used, for a person.
    pub(crate) fn open(base: &Path, names: &[&str], workspace: Option<&Path>) -> Result<Self, String> {
        std::fs::create_dir_all(base).map_err(|error| unusable(base, error))?;
        let real = outside(base, workspace)?;
        let opened = Dir::open_ambient_dir(&real, ambient_authority());
        let mut open = opened.map_err(|error| unusable(base, error))?;
        let mut path = base.to_path_buf();
        for name in names {
            path.push(name);
            // Another process may have made it meanwhile.
            let made = open.create_dir(name);
            let metadata = open.symlink_metadata(name).map_err(|error| {
                // Of one that is missing, why it could not be made says more.
                unusable(&path, made.err().unwrap_or(error))
            })?;
            if !metadata.is_dir() {
                return Err(unusable(&path, "it is no directory of its own"));
            }
            open = open.open_dir(name).map_err(|error| unusable(&path, error))?;
        }
        Ok(Self(open))
    }

    /// The bytes of a regular file, at most `max` of them.
    pub(crate) fn read(&self, name: &str, max: u64) -> io::Result<Vec<u8>> {
        let metadata = self.0.symlink_metadata(name)?;
        if !metadata.is_file() || metadata.len() > max {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut read = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
        self.0.open(name)?.take(max).read_to_end(&mut read)?;
        Ok(read)
    }

    /// Opens a file to write at its end, and makes it where there is none.
    pub(crate) fn append(&self, name: &str) -> io::Result<File> {
        let file = self.0.open_with(name, OpenOptions::new().append(true).create(true))?.into_std();
        match self.0.symlink_metadata(name)?.is_file() {
            true => Ok(file),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Writes a file in the place of the one of this name, if there is one, for whoever reads meanwhile
    /// either whole.
    pub(crate) fn replace(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let unfinished = self.write(parts)?;
        let renamed = self.0.rename(&unfinished, &self.0, name);
        if renamed.is_err() {
            self.remove(&unfinished);
        }
        renamed
    }

    /// Writes a file of a name that is not taken, whole or not at all.
    pub(crate) fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.write(&[bytes])?;
        let linked = self.0.hard_link(&unfinished, &self.0, name);
        self.remove(&unfinished);
        linked
    }

    fn write(&self, parts: &[&[u8]]) -> io::Result<String> {
        let name = format!("{UNFINISHED}{:016x}", rand::random::<u64>());
        let mut file = self.0.open_with(&name, OpenOptions::new().write(true).create_new(true))?;
        match parts.iter().try_for_each(|part| file.write_all(part)) {
            Ok(()) => Ok(name),
            Err(error) => {
                drop(file);
                self.remove(&name);
                Err(error)
            }
        }
    }

    /// Removes a file; one that is not there is no error.
    pub(crate) fn remove(&self, name: &str) {
        let _ = self.0.remove_file(name);
    }

    /// Notes that a file was used now.
    pub(crate) fn mark_used(&self, name: &str) {
        let Ok(file) = self.0.open_with(name, OpenOptions::new().write(true)) else { return };
        let _ = file.into_std().set_times(std::fs::FileTimes::new().set_accessed(SystemTime::now()));
    }

    /// All files, in no order. Directories and the like are left out.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let Ok(listing) = self.0.entries() else { return Vec::new() };
        let entry = |found: cap_std::fs::DirEntry| {
            let metadata = found.metadata().ok().filter(|metadata| metadata.is_file())?;
            let written = metadata.modified().ok()?.into_std();
            let used = metadata.accessed().ok()?.into_std();
            Some(Entry { name: found.file_name().into_string().ok()?, bytes: metadata.len(), used, written })
        };
        listing.flatten().filter_map(entry).collect()
    }
}
