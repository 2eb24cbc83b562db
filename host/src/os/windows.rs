//! Windows.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Seek as _;
use std::io::Stdout;
use std::os::windows::io::AsHandle;
use std::path::Path;
use std::path::PathBuf;

use winapi_util::file;

use super::FileId;
use super::OpenWithoutWaiting;

// Named pipes are in a name space of their own there.
impl OpenWithoutWaiting for OpenOptions {
    fn without_waiting(&mut self) -> &mut Self {
        self
    }
}

impl OpenWithoutWaiting for cap_std::fs::OpenOptions {
    fn without_waiting(&mut self) -> &mut Self {
        self
    }
}

/// Opens a file, and not what a link leads to.
pub(crate) fn open_no_link(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    /// Source: `CreateFileW`, `FILE_FLAG_OPEN_REPARSE_POINT`.
    const THE_LINK_ITSELF: u32 = 0x0020_0000;
    options.custom_flags(THE_LINK_ITSELF).open(path)
}

/// Whether every user of this machine can write to a directory. Windows says so in access lists, which are not read.
pub(crate) fn others_can_write(_: &Path) -> bool {
    false
}

/// What an open file is. Pipes and consoles have no number.
pub(crate) fn id_of(open: impl AsHandle) -> io::Result<FileId> {
    let information = file::information(open_file(open)?)?;
    Ok(FileId { device: information.volume_serial_number(), inode: information.file_index() })
}

/// What an open file is called: Windows tells, but no safe function asks it.
pub(crate) fn path_of(_: impl AsHandle) -> Option<PathBuf> {
    None
}

/// Where an open file is written next; `None`: it is no file.
pub(crate) fn position(open: impl AsHandle) -> Option<u64> {
    let mut open = open_file(open).ok()?;
    if !open.metadata().ok()?.is_file() {
        return None;
    }
    open.stream_position().ok()
}

fn open_file(open: impl AsHandle) -> io::Result<File> {
    open.as_handle().try_clone_to_owned().map(File::from)
}

/// Whether an open file has no name any more. One that is open is not removed there.
pub(crate) fn is_removed(_: &File) -> bool {
    false
}

/// Whether standard output's reader has gone, once it has: a pipe tells nobody before it is written to.
pub(crate) fn await_no_reader(_: &Stdout) -> bool {
    false
}

/// Waits until standard output takes some bytes at once: the write itself waits.
pub(crate) fn await_room(_: &Stdout) {}

/// This machine's name.
pub(crate) fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// This process's user.
pub(crate) fn user() -> String {
    std::env::var("USERNAME").unwrap_or_default()
}

/// Whether there is a process of this number; `None`: no safe function asks.
pub(crate) fn process_runs(_: u32) -> Option<bool> {
    None
}

/// The highest limit that this process may have: there are none of Unix's.
pub(crate) fn max_limit(_: &str) -> Option<u64> {
    None
}
