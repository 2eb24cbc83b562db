//! The lines of a journal.

use std::time::Duration;
use std::time::SystemTime;

use serde::Deserialize;
use serde::Serialize;

use super::output_file::OutputFile;
use crate::backend::Handle;
use crate::event::optional_millis;
use crate::event::rfc3339;
use crate::stream::ContainerIndex;
use crate::stream::Cursor;

/// The form that is written. A journal of another form is not read.
pub const FORM: u32 = 1;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Record {
    /// The first line: what it is about.
    Run(Box<Run>),
    /// Another sortie goes on from here, with this standard output.
    Output {
        /// Standard output, if it is a file.
        file: Option<OutputFile>,
    },
    /// Lines of a container are about to be written.
    Writing(Writing),
    /// So much of a container was printed.
    Printed {
        /// Which container.
        container: ContainerIndex,
        /// How much.
        #[serde(flatten)]
        amount: Amount,
    },
    /// What was printed of a container lies before this place in its log.
    Read {
        /// Which container.
        container: ContainerIndex,
        /// Lines that lie before it.
        lines: u64,
        /// The place.
        cursor: Cursor,
    },
    /// Everything is printed, and the run is over.
    Finished,
}

/// How much of a container's log was printed, as the filters left it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Whole lines.
    pub lines: u64,
    /// Bytes of the line after them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub open: u64,
}

/// What is about to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writing {
    /// Which container's lines.
    pub container: ContainerIndex,
    /// How much of it is printed then.
    #[serde(flatten)]
    pub amount: Amount,
    /// Place in the file that is standard output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// Bytes that are written.
    pub bytes: u64,
    /// How they can be told apart, where they can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
}

/// How the bytes that are written are made of the lines, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Bytes before the first line: the end of another container's.
    pub lead: u64,
    /// Bytes before each line.
    pub before: u64,
    /// The first line goes on with the one that was written last, without anything before it.
    pub goes_on: bool,
}

/// What a journal is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// [`FORM`].
    pub form: u32,
    /// What the task is known by.
    pub handle: Handle,
    /// When it was launched, by this machine's clock.
    #[serde(with = "rfc3339")]
    pub launched_at: SystemTime,
    /// What else there is to say.
    #[serde(flatten)]
    pub about: About,
}

/// What a run says of itself in its journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The container whose exit code counts.
    pub main: String,
    /// `--timeout`, which counts from the launch.
    #[serde(
        default,
        rename = "timeoutMs",
        with = "optional_millis",
        skip_serializing_if = "Option::is_none"
    )]
    pub timeout: Option<Duration>,
    /// Who started it, in the words of `startedBy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
    /// The filters that have acted on the log: name and digest.
    #[serde(default)]
    pub filters: Vec<String>,
    /// Names of variables whose values are masked in the log, and were handed to the task.
    #[serde(default)]
    pub masked: Vec<String>,
}

impl About {
    /// About this task, launched now.
    #[must_use]
    pub fn of(self, handle: &Handle) -> Run {
        Run { form: FORM, handle: handle.clone(), launched_at: SystemTime::now(), about: self }
    }
}

// Serde wants it so.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
