//! Standard output, if it is a file: where it is written next, and what a sortie that was killed has written.

use std::fs::File;
use std::io::Read as _;
use std::io::Seek as _;
use std::io::SeekFrom;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use rustix::fs::FileType;
use rustix::fs::OFlags;
use serde::Deserialize;
use serde::Serialize;

/// A file that is standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// What it was called.
    path: PathBuf,
    /// Its device ...
    device: u64,
    /// ... and its number there.
    inode: u64,
}

impl OutputFile {
    /// What an open file is, if it is one that can be looked at later.
    pub(super) fn of(open: impl AsFd) -> Option<Self> {
        let fd = open.as_fd();
        let path =
            std::fs::read_link(format!("/proc/self/fd/{}", rustix::fd::AsRawFd::as_raw_fd(&fd))).ok()?;
        let metadata = File::from(fd.try_clone_to_owned().ok()?).metadata().ok()?;
        metadata.is_file().then(|| Self { path, device: metadata.dev(), inode: metadata.ino() })
    }

    /// What is in it from a place on, at most so many bytes; `None`: it is not there any more.
    pub(super) fn content(&self, at: u64, bytes: u64) -> Option<Vec<u8>> {
        let mut file = File::open(&self.path).ok()?;
        let metadata = file.metadata().ok()?;
        // A file that was cut off tells nothing.
        if !metadata.is_file()
            || (metadata.dev(), metadata.ino()) != (self.device, self.inode)
            || metadata.len() < at
        {
            return None;
        }
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut content = Vec::new();
        file.take(bytes).read_to_end(&mut content).ok()?;
        Some(content)
    }
}

/// Where a file is written next; `None`: it is no file.
pub(super) fn position(fd: BorrowedFd<'_>) -> Option<u64> {
    let stat = rustix::fs::fstat(fd).ok()?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return None;
    }
    match rustix::fs::fcntl_getfl(fd).ok()?.contains(OFlags::APPEND) {
        true => u64::try_from(stat.st_size).ok(),
        false => rustix::fs::tell(fd).ok(),
    }
}
