//! What a journal says, read back.

use std::collections::BTreeMap;

use super::output_file::OutputFile;
use super::record::Amount;
use super::record::FORM;
use super::record::Form;
use super::record::Record;
use super::record::Run;
use super::record::Writing;
use crate::stream::ContainerIndex;
use crate::stream::Cursor;

/// How far a run has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What it is about.
    pub run: Run,
    /// How much of each container was printed.
    pub printed: BTreeMap<ContainerIndex, Amount>,
    /// Places in their logs, with the lines before them.
    pub read: BTreeMap<ContainerIndex, (Cursor, u64)>,
    /// Everything is printed.
    pub finished: bool,
    /// What was standard output, if a file was.
    pub(super) output: Option<OutputFile>,
    /// What was about to be written, and may have been.
    pub(super) writing: Option<Writing>,
}

impl Progress {
    /// Nothing is printed yet.
    pub fn new(run: Run) -> Self {
        Self {
            run,
            printed: BTreeMap::new(),
            read: BTreeMap::new(),
            finished: false,
            output: None,
            writing: None,
        }
    }

    /// Reads a journal. A last line that is not whole was being written when its sortie was killed.
    pub fn parse(journal: &[u8]) -> Option<Self> {
        let mut lines = journal.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        let Record::Run(run) = serde_json::from_slice(lines.next()?).ok()? else { return None };
        if run.form != FORM {
            return None;
        }
        let mut progress = Self::new(*run);
        for line in lines {
            // Behind a line that nobody has written so, nothing can be believed.
            let Ok(record) = serde_json::from_slice(line) else { break };
            progress.note(record);
        }
        Some(progress)
    }

    /// Takes note of what happened.
    pub(super) fn note(&mut self, record: Record) {
        match record {
            Record::Run(_) => {}
            Record::Output { file } => self.output = file,
            Record::Writing(writing) => self.writing = Some(writing),
            Record::Printed { container, amount } => {
                self.printed.insert(container, amount);
                self.writing = None;
            }
            Record::Read { container, lines, cursor } => drop(self.read.insert(container, (cursor, lines))),
            Record::Finished => self.finished = true,
        }
    }

    /// The records that say the same.
    pub(super) fn records(&self) -> Vec<Record> {
        let mut records =
            vec![Record::Run(Box::new(self.run.clone())), Record::Output { file: self.output.clone() }];
        let printed = self.printed.iter();
        records.extend(
            printed.map(|(container, amount)| Record::Printed { container: *container, amount: *amount }),
        );
        let read = self.read.iter();
        records.extend(read.map(|(container, (cursor, lines))| Record::Read {
            container: *container,
            lines: *lines,
            cursor: cursor.clone(),
        }));
        records.extend(self.writing.clone().map(Record::Writing));
        records.extend(self.finished.then_some(Record::Finished));
        records
    }

    /// Finds out what was written of what was about to be. Answers how many lines may be printed a second time,
    /// because nobody can tell.
    pub fn settle(&mut self) -> u64 {
        let Some(writing) = self.writing.take() else { return 0 };
        let before = self.printed.get(&writing.container).copied().unwrap_or_default();
        let content = match (&self.output, writing.at) {
            (Some(file), Some(at)) => file.content(at, writing.bytes),
            _ => None,
        };
        let amount = content.and_then(|content| written(before, &writing, &content));
        match amount {
            Some(amount) => {
                self.printed.insert(writing.container, amount);
                0
            }
            None => (writing.amount.lines - before.lines.min(writing.amount.lines)).max(1),
        }
    }

    /// How much of a container is to be passed over when its log is read from the beginning, or from the place
    /// that was noted.
    pub fn pass_over(&self, container: ContainerIndex, from_cursor: bool) -> Amount {
        let printed = self.printed.get(&container).copied().unwrap_or_default();
        let before = self.read.get(&container).filter(|_| from_cursor).map_or(0, |(_, lines)| *lines);
        Amount { lines: printed.lines.saturating_sub(before), ..printed }
    }
}

/// How much is printed, of which `content` is what was written; `None`: that cannot be told.
fn written(before: Amount, writing: &Writing, content: &[u8]) -> Option<Amount> {
    let bytes = u64::try_from(content.len()).ok()?;
    if bytes >= writing.bytes {
        return Some(writing.amount);
    }
    if bytes == 0 {
        return Some(before);
    }
    let Form { lead, before: prefix, goes_on } = writing.form?;
    let content = content.get(usize::try_from(lead).ok()?..).unwrap_or_default();
    let mut lines = content.split(|byte| *byte == b'\n');
    let rest = u64::try_from(lines.next_back()?.len()).ok()?;
    let whole = u64::try_from(lines.count()).ok()?;
    let (open, prefix) = match (whole, goes_on) {
        (0, true) => (before.open, 0),
        (0, false) => (before.open, prefix),
        _ => (0, prefix),
    };
    Some(Amount { lines: before.lines + whole, open: open + rest.saturating_sub(prefix) })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::record::About;
    use super::*;
    use crate::backend::Handle;

    fn run() -> Run {
        let about = About {
            main: "app".into(),
            timeout: Some(Duration::from_millis(1500)),
            started_by: Some("sortie/1/build".into()),
            filters: Vec::new(),
            masked: vec!["TOKEN".into()],
        };
        let run = about.of(&Handle {
            backend: "fargate".into(),
            id: "arn:task/1".into(),
            containers: Vec::new(),
            main: None,
            links: Vec::new(),
            stop_command: "stop".into(),
            platform: json!({ "cluster": "ci" }),
        });
        Run { launched_at: UNIX_EPOCH, ..run }
    }

    fn journal(records: &[Record]) -> Vec<u8> {
        records
            .iter()
            .flat_map(|record| serde_json::to_string(record).unwrap().into_bytes().into_iter().chain([b'\n']))
            .collect()
    }

    fn writing(amount: Amount, bytes: u64) -> Writing {
        let form = Some(Form { lead: 0, before: 0, goes_on: true });
        Writing { container: 0, amount, at: Some(0), bytes, form }
    }

    #[test]
    fn a_journal_is_read_back_and_a_torn_line_left_out() {
        let cursor = Cursor::new(&json!({ "token": "f/1" })).unwrap();
        let mut records = Progress::new(run()).records();
        records.extend([
            Record::Printed { container: 1, amount: Amount { lines: 7, open: 3 } },
            Record::Read { container: 0, lines: 5, cursor: cursor.clone() },
            Record::Writing(writing(Amount { lines: 9, open: 0 }, 20)),
        ]);
        let mut text = journal(&records);
        text.extend_from_slice(b"{\"type\":\"printed\",\"container\":0,\"li");
        let progress = Progress::parse(&text).expect("a journal");
        assert_eq!(progress.printed[&1], Amount { lines: 7, open: 3 });
        assert_eq!(progress.read[&0], (cursor, 5));
        assert!(progress.writing.is_some() && !progress.finished);
        assert_eq!(Progress::parse(&journal(&progress.records())), Some(progress));
        assert_eq!(Progress::parse(b""), None);
        assert_eq!(Progress::parse(b"{\"type\":\"finished\"}\n"), None);
    }

    #[test]
    fn what_is_in_the_file_counts() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"one\ntwo\nthr").unwrap();
        let at = |bytes| {
            let mut progress = Progress::new(run());
            progress.output = OutputFile::of(file.as_file());
            progress.writing = Some(writing(Amount { lines: 5, open: 0 }, bytes));
            let twice = progress.settle();
            (progress.printed.get(&0).copied().unwrap_or_default(), twice)
        };
        assert_eq!(at(11), (Amount { lines: 5, open: 0 }, 0), "all of it");
        assert_eq!(at(20), (Amount { lines: 2, open: 3 }, 0), "a part of it");
        // Another file of that name tells nothing.
        let path = file.path().to_owned();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, b"one\ntwo\nthree\n").unwrap();
        assert_eq!(at(20), (Amount::default(), 5));
    }

    #[test]
    fn what_went_to_a_pipe_is_printed_again() {
        let mut progress = Progress::new(run());
        progress.printed.insert(0, Amount { lines: 2, open: 0 });
        progress.writing = Some(Writing { at: None, ..writing(Amount { lines: 4, open: 0 }, 9) });
        assert_eq!(progress.settle(), 2);
        assert_eq!((progress.pass_over(0, false), progress.settle()), (Amount { lines: 2, open: 0 }, 0));
    }

    proptest! {
        /// Wherever the writing is cut off: the lines that were written, and of the last one its bytes.
        #[test]
        fn a_writing_that_is_cut_off_is_told_apart(
            lines in proptest::collection::vec("[a-z]{0,5}", 1..6), prefix in "[A-Z]{0,4}", lead in any::<bool>(),
            cut in 0.0..1.0,
        ) {
            let mut rendered = if lead { b"\n".to_vec() } else { Vec::new() };
            for line in &lines {
                rendered.extend_from_slice(format!("{prefix}{line}\n").as_bytes());
            }
            let cut = (rendered.len() as f64 * cut) as usize;
            let form = Form { lead: u64::from(lead), before: prefix.len() as u64, goes_on: false };
            let amount = Amount { lines: 10 + lines.len() as u64, open: 0 };
            let writing = Writing { bytes: rendered.len() as u64, form: Some(form), ..writing(amount, 0) };
            let told = written(Amount { lines: 10, open: 0 }, &writing, &rendered[..cut]).expect("it can be told");
            let seen = String::from_utf8(rendered[usize::from(lead).min(cut)..cut].to_vec()).unwrap();
            let whole = seen.matches('\n').count();
            let rest = seen.rsplit('\n').next().unwrap_or_default().len().saturating_sub(prefix.len());
            prop_assert_eq!(told, Amount { lines: 10 + whole as u64, open: rest as u64 });
        }
    }
}
