//! Parts of the log that fold.
//!
//! Source: GitLab's "Job logs", "Custom collapsible sections", and `Gitlab::Regex.build_trace_section_regex`
//! (lib/gitlab/regex.rb): `section_(start|end):UNIX:NAME[OPTIONS]\r\e[0K`, where NAME is of letters, digits,
//! `_`, `.` and `-` and told apart from all others of the job. Sections nest; a name that is opened twice is
//! one section.

use sortie_story::plain;

use crate::voice::Voice;

/// Characters of a header.
const MAX_HEADER: usize = 200;

/// The sections of a log, opened and closed like brackets.
#[derive(Debug, Default)]
pub struct Sections {
    open: Vec<String>,
    /// How many there were.
    count: usize,
}

impl Sections {
    /// Opens a section within those that are open.
    pub fn open(&mut self, header: &str, voice: &mut Voice<'_>) {
        self.count += 1;
        // Several runs of one job are told apart by the millisecond in which they open their sections.
        let name = format!("sortie_{}_{}", voice.at_ms as u64, self.count);
        let header = plain::cut(&plain::unobeyed(header), MAX_HEADER);
        voice.command(&format!("\u{1b}[0Ksection_start:{}:{name}\r\u{1b}[0K{header}", unix(voice)));
        self.open.push(name);
    }

    /// Closes the innermost ones, until so many are left.
    pub fn close_to(&mut self, left: usize, voice: &mut Voice<'_>) {
        while self.open.len() > left
            && let Some(name) = self.open.pop()
        {
            voice.command(&format!("\u{1b}[0Ksection_end:{}:{name}\r\u{1b}[0K", unix(voice)));
        }
    }

    /// Closes all.
    pub fn close_all(&mut self, voice: &mut Voice<'_>) {
        self.close_to(0, voice);
    }
}

/// The event's time in seconds.
fn unix(voice: &Voice<'_>) -> u64 {
    (voice.at_ms / 1_000.0) as u64
}
