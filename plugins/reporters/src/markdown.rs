//! The summary in a file, in Markdown, for whoever shows it: a comment on a merge request, an upload, a mail.

use sortie_story::Story;
use sortie_story::summary;

use crate::form::Form;
use crate::voice::Voice;

/// Name of the file, as the grant calls it.
pub const REPORT_FILE: &str = "report";

/// Bytes of the file: GitLab takes a comment of a million characters, Azure a summary of as many bytes.
const MAX_BYTES: usize = 1_000_000;

/// The reporter.
pub struct Markdown;

impl Form for Markdown {
    fn files(&self) -> &'static [&'static str] {
        &[REPORT_FILE]
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        voice.write(REPORT_FILE, &summary::render(story, MAX_BYTES));
    }
}
