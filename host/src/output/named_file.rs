//! A file that the user names to be written: a file of its own, so that nothing else is written to.

use std::fs::File;
use std::path::Path;

use crate::os;

/// Makes it or empties it, without following a link, waiting for a pipe's reader or emptying what is not a file.
///
/// # Errors
///
/// It cannot be written, or is not a file of its own; the text says which.
pub fn open(path: &Path) -> Result<File, String> {
    let opened = os::open_no_link(File::options().write(true).create(true), path);
    let kind = path.symlink_metadata().map(|metadata| metadata.file_type());
    if kind.is_ok_and(|kind| !kind.is_file() && !kind.is_dir()) {
        return Err("it is a link, a device or a pipe, and no file of its own".to_owned());
    }
    let file = opened.map_err(|error| error.to_string())?;
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        return Err("it is no file".to_owned());
    }
    file.set_len(0).map_err(|error| error.to_string())?;
    Ok(file)
}
