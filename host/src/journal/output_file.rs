//! Standard output, if it is a file: where it is written next, and what a sortie that was killed has written.

use std::fs::File;
use std::io::Read as _;
use std::io::Seek as _;
use std::io::SeekFrom;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::os;
use crate::os::FileId;

/// A file that is standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// What it was called.
    path: PathBuf,
    #[serde(flatten)]
    id: FileId,
}

impl OutputFile {
    /// What an open file is, if it is one that can be looked at later.
    pub(super) fn of(open: impl os::Open) -> Option<Self> {
        Some(Self { path: os::path_of(&open)?, id: os::id_of(&open).ok()? })
    }

    /// What is in it from a place on, at most so many bytes; `None`: it is not there any more.
    pub(super) fn content(&self, at: u64, bytes: u64) -> Option<Vec<u8>> {
        let mut file = File::open(&self.path).ok()?;
        let metadata = file.metadata().ok()?;
        // A file that was cut off tells nothing.
        if !metadata.is_file() || os::id_of(&file).ok() != Some(self.id) || metadata.len() < at {
            return None;
        }
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut content = Vec::new();
        file.take(bytes).read_to_end(&mut content).ok()?;
        Some(content)
    }
}
