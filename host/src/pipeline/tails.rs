//! The last lines of each container's log, as the filters left them: what a reporter shows of a log without
//! being told all of it.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use sortie_lines::LineBatch;

use crate::report::LogTail;
use crate::stream::Address;
use crate::stream::Attempt;
use crate::stream::ContainerIndex;

/// Lines that are kept of each log.
const LINES: usize = 50;
/// Bytes that are kept of each line.
const LINE_BYTES: usize = 1_000;
/// Bytes that are kept of each log: what a summary of 1 MiB holds of every container that a task can have.
const LOG_BYTES: usize = 16 << 10;
/// Stands for the rest of a line.
const MORE: &str = "…";

/// The last lines of all logs.
#[derive(Debug, Default)]
pub(super) struct Tails(BTreeMap<ContainerIndex, Tail>);

/// The last lines of one log.
#[derive(Debug)]
struct Tail {
    attempt: Attempt,
    lines: VecDeque<Vec<u8>>,
    /// Lines before those.
    before: u64,
    /// The last line is unfinished.
    is_open: bool,
}

impl Tail {
    fn new(attempt: Attempt) -> Self {
        Self { attempt, lines: VecDeque::new(), before: 0, is_open: false }
    }

    fn take(&mut self, batch: &LineBatch) {
        let continues = batch.continued && self.is_open;
        self.is_open = batch.partial;
        let skipped = batch.len().saturating_sub(LINES);
        if let (true, 0, Some(last)) = (continues, skipped, self.lines.back_mut()) {
            add(last, batch.line(0));
        }
        // What goes on with a line is no line of its own.
        let first = skipped.max(usize::from(continues));
        self.before += (first - usize::from(continues)) as u64;
        for index in first..batch.len() {
            let mut line = Vec::new();
            add(&mut line, batch.line(index));
            self.lines.push_back(line);
        }
        while self.lines.len() > LINES {
            self.lines.pop_front();
            self.before += 1;
        }
    }

    /// The lines as text.
    fn told(&self, container: &str) -> LogTail {
        let text = |line: &Vec<u8>| {
            let mut text = String::from_utf8_lossy(line).into_owned();
            if text.len() > LINE_BYTES {
                text.truncate(text.floor_char_boundary(LINE_BYTES));
                text.push_str(MORE);
            }
            text
        };
        let mut bytes = 0;
        let fits = |line: &String| {
            bytes += line.len();
            bytes <= LOG_BYTES
        };
        let mut lines: Vec<String> = self.lines.iter().rev().map(text).take_while(fits).collect();
        lines.reverse();
        let before = self.before + (self.lines.len() - lines.len()) as u64;
        LogTail { container: container.to_owned(), lines, before }
    }
}

/// Adds to a line what there is room for, and a byte that says so where it is not all.
fn add(line: &mut Vec<u8>, more: &[u8]) {
    let room = (LINE_BYTES + 1).saturating_sub(line.len());
    line.extend_from_slice(&more[..more.len().min(room)]);
}

impl Tails {
    /// Takes lines of a container. Those of an earlier attempt are forgotten.
    pub(super) fn take(&mut self, address: Address, batch: &LineBatch) {
        let tail = self.0.entry(address.container).or_insert_with(|| Tail::new(address.attempt));
        if tail.attempt != address.attempt {
            *tail = Tail::new(address.attempt);
        }
        tail.take(batch);
    }

    /// The last lines of each log that has any, in the task's order.
    pub(super) fn told(&self, containers: &[String]) -> Vec<LogTail> {
        let name = |index: ContainerIndex| containers.get(index).map(String::as_str).unwrap_or_default();
        let tails = self.0.iter().filter(|(_, tail)| !tail.lines.is_empty());
        tails.map(|(index, tail)| tail.told(name(*index))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["app", "proxy"];

    fn told(tails: &Tails) -> Vec<LogTail> {
        tails.told(&NAMES.map(str::to_owned))
    }

    fn batch(lines: &[&str], continued: bool, partial: bool) -> LineBatch {
        let mut batch = LineBatch { continued, partial, ..LineBatch::default() };
        lines.iter().for_each(|line| batch.push(line.as_bytes(), 0));
        batch
    }

    fn tail(container: &str, lines: &[&str], before: u64) -> LogTail {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        LogTail { container: container.to_owned(), lines, before }
    }

    #[test]
    fn the_pieces_of_a_line_are_one_line() {
        let mut tails = Tails::default();
        let app = Attempt::FIRST.container(0);
        tails.take(app, &batch(&["a", "b1"], false, true));
        tails.take(app, &batch(&["b2"], true, true));
        tails.take(app, &batch(&["b3", "c"], true, false));
        tails.take(Attempt::FIRST.container(1), &batch(&["x"], false, false));
        assert_eq!(told(&tails), [tail("app", &["a", "b1b2b3", "c"], 0), tail("proxy", &["x"], 0)]);
    }

    #[test]
    fn only_the_last_lines_are_kept_and_the_others_counted() {
        let numbers: Vec<String> = (0..130).map(|number| number.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        // However they come.
        for size in [1, 7, 49, 50, 51, 130] {
            let mut tails = Tails::default();
            for lines in numbers.chunks(size) {
                tails.take(Attempt::FIRST.container(0), &batch(lines, false, false));
            }
            assert_eq!(told(&tails), [tail("app", &numbers[80..], 80)], "{size}");
        }
        let mut tails = Tails::default();
        tails.take(Attempt::FIRST.container(0), &batch(&["a", "b"], false, true));
        tails.take(Attempt::FIRST.container(0), &batch(&numbers, true, false));
        // The first of the numbers is the end of `b`.
        assert_eq!(told(&tails), [tail("app", &numbers[80..], 81)]);
    }

    #[test]
    fn a_long_line_is_cut_and_a_long_tail_is_shortened() {
        let mut tails = Tails::default();
        let (long, exact) = ("é".repeat(900), "x".repeat(LINE_BYTES));
        tails.take(Attempt::FIRST.container(0), &batch(&[&long, &exact], false, false));
        assert_eq!(told(&tails)[0].lines, [format!("{}…", "é".repeat(500)), exact.clone()]);
        for _ in 0..LINES {
            tails.take(Attempt::FIRST.container(0), &batch(&[&exact], false, false));
        }
        let LogTail { lines, before, .. } = &told(&tails)[0];
        assert_eq!((lines.len(), *before), (16, 36));
    }

    #[test]
    fn what_an_earlier_attempt_wrote_is_forgotten() {
        let mut tails = Tails::default();
        tails.take(Attempt::FIRST.container(0), &batch(&["a", "b"], false, false));
        tails.take(Attempt::FIRST.next().container(0), &batch(&["c"], false, false));
        assert_eq!(told(&tails), [tail("app", &["c"], 0)]);
        assert_eq!(told(&Tails::default()), []);
    }
}
