//! Putting new files there.

use std::fs;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use super::NewFile;
use crate::error::Error;

/// Fails if one of the files is there.
///
/// # Errors
///
/// One is; a usage error that names it.
pub fn check(directory: &Path, files: &[NewFile]) -> Result<(), Error> {
    let is_there = |file: &&NewFile| directory.join(&file.path).symlink_metadata().is_ok();
    match files.iter().find(is_there) {
        None => Ok(()),
        Some(file) => Err(Error::usage(format!("{} is there already", file.path.display()))
            .hint("--print prints what would be written, to be copied into it; --force writes over it")),
    }
}

/// Writes the files, and what directories they need. Without `force`, none over another.
///
/// # Errors
///
/// One cannot be written.
pub fn write(directory: &Path, files: &[NewFile], force: bool) -> Result<(), Error> {
    for file in files {
        let path = directory.join(&file.path);
        let write = || {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut options = OpenOptions::new();
            options.write(true).truncate(force).create(force).create_new(!force);
            options.open(&path)?.write_all(file.text.as_bytes())
        };
        write().map_err(|error| {
            Error::usage(format!("{} cannot be written", file.path.display())).caused_by(error)
        })?;
    }
    Ok(())
}
