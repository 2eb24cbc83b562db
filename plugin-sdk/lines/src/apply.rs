//! Edits onto a batch.

use std::collections::HashMap;

use crate::Action;
use crate::Edits;
use crate::Label;
use crate::LineBatch;

/// How a stream stands between two batches: what became of an overlong line that the batch before
/// left unfinished ([`LineBatch::partial`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OpenLine {
    /// There is none: a batch begins with a line's first piece.
    #[default]
    None,
    /// A piece of it was handed on, so that whatever comes next must end it there too.
    Kept,
    /// Nothing of it was handed on so far; its next piece may be.
    Unbegun,
    /// All of it was decided about, and its rest is not handed on.
    Decided,
}

/// What a filter's edits of an overlong line's pieces mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pieces {
    /// The filter takes a piece for a line: what it does to the first one holds for the whole line.
    #[default]
    OneLine,
    /// The filter knows about pieces: each is its own.
    Each,
}

/// Writes `batch` with `edits`, which pass [`Edits::check`], into `out`, which is empty. Edit lines
/// are indices into `shown` when that is given, else into the batch. `open` is how the batch before
/// left the stream, and the answer how this one leaves it.
///
/// A line that comes in pieces is one line. With [`Pieces::OneLine`], dropping its first piece drops all
/// of it, and replacing its first piece replaces all of it. Of a line of which something was handed on, a
/// later piece can be dropped, but the last one still ends the line, as an empty piece.
pub fn apply(
    batch: &LineBatch,
    edits: &Edits,
    shown: Option<&[u32]>,
    pieces: Pieces,
    open: OpenLine,
    out: &mut LineBatch,
) -> OpenLine {
    if batch.is_empty() {
        return open;
    }
    let last = batch.len() - 1;
    let labels = merged(batch, edits, shown);
    let mut kept_from = usize::from(open == OpenLine::Decided);
    let mut start = 0;
    let mut of_last = None;
    for edit in &edits.edits {
        let line = in_batch(edit.line, shown);
        let replacement = &edits.bytes[start..edit.end as usize];
        start = edit.end as usize;
        // The rest of a line that was decided about.
        if line < kept_from {
            continue;
        }
        keep(batch, kept_from, line, &labels, out);
        kept_from = line + 1;
        if line == last {
            of_last = Some(edit.action);
        }
        let time = batch.times[line];
        if edit.action == Action::Drop {
            let ends_a_kept_line = line == 0 && open == OpenLine::Kept && !(batch.partial && last == 0);
            if ends_a_kept_line {
                out.push(b"", time);
            }
            continue;
        }
        let first = out.len();
        let mut from = 0;
        for newline in memchr::memchr_iter(b'\n', replacement) {
            out.push(&replacement[from..newline], time);
            from = newline + 1;
        }
        out.push(&replacement[from..], time);
        for made in first..out.len() {
            label(of_line(&labels, line), made, out);
        }
    }
    keep(batch, kept_from, batch.len(), &labels, out);
    let left = left_open(batch, of_last, pieces, open);
    out.partial = left == OpenLine::Kept && of_last != Some(Action::Drop);
    left
}

/// How a batch leaves the stream whose last line was edited so.
fn left_open(batch: &LineBatch, of_last: Option<Action>, pieces: Pieces, open: OpenLine) -> OpenLine {
    if !batch.partial {
        return OpenLine::None;
    }
    // The last line is a further piece of the line that was open before.
    let goes_on = batch.len() == 1 && open != OpenLine::None;
    match (of_last, pieces) {
        _ if goes_on && matches!(open, OpenLine::Kept | OpenLine::Decided) => open,
        (Some(Action::Drop), Pieces::Each) => OpenLine::Unbegun,
        (Some(_), Pieces::OneLine) => OpenLine::Decided,
        _ => OpenLine::Kept,
    }
}

/// The line of the batch that an edit or a label means.
fn in_batch(line: u32, shown: Option<&[u32]>) -> usize {
    shown.map_or(line, |shown| shown[line as usize]) as usize
}

/// The labels of a batch with those that a filter adds, ascending by line. Of two with one name the
/// filter's counts.
pub(crate) fn merged(batch: &LineBatch, edits: &Edits, shown: Option<&[u32]>) -> Vec<Label> {
    let mut labels = Vec::with_capacity(batch.labels.len() + edits.labels.len());
    let mut rest = batch.labels.as_slice();
    for added in edits.labels.chunk_by(|one, next| one.line == next.line) {
        let line = u32::try_from(in_batch(added[0].line, shown)).unwrap_or(u32::MAX);
        let (before, after) = rest.split_at(rest.partition_point(|label| label.line <= line));
        let (others, own) = before.split_at(before.partition_point(|label| label.line < line));
        // There may be as many labels as the host allows on one line, so that each is looked at once.
        let mut last_of_name = HashMap::with_capacity(added.len());
        last_of_name.extend(added.iter().enumerate().map(|(index, label)| (label.name.as_str(), index)));
        labels.extend_from_slice(others);
        labels.extend(own.iter().filter(|label| !last_of_name.contains_key(label.name.as_str())).cloned());
        // An empty value takes a label away.
        let counts = |index: usize, label: &Label| {
            last_of_name.get(label.name.as_str()) == Some(&index) && !label.value.is_empty()
        };
        let counting = added.iter().enumerate().filter(|(index, label)| counts(*index, label));
        labels.extend(counting.map(|(_, label)| Label { line, ..label.clone() }));
        rest = after;
    }
    labels.extend_from_slice(rest);
    labels
}

/// The labels of one line.
fn of_line(labels: &[Label], line: usize) -> &[Label] {
    let from = labels.partition_point(|label| (label.line as usize) < line);
    let to = labels.partition_point(|label| (label.line as usize) <= line);
    &labels[from..to]
}

/// Gives these labels to line `line` of `out`.
fn label(labels: &[Label], line: usize, out: &mut LineBatch) {
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    out.labels.extend(labels.iter().map(|label| Label { line, ..label.clone() }));
}

/// Copies lines `from..to` in one piece.
fn keep(batch: &LineBatch, from: usize, to: usize, labels: &[Label], out: &mut LineBatch) {
    if from >= to {
        return;
    }
    let start = batch.start(from);
    let end = batch.ends[to - 1] as usize + 1;
    let base = out.bytes.len();
    let first = out.len();
    out.bytes.extend_from_slice(&batch.bytes[start..end]);
    out.ends.extend(batch.ends[from..to].iter().map(|&e| (e as usize - start + base) as u32));
    out.times.extend_from_slice(&batch.times[from..to]);
    if !labels.is_empty() {
        for line in from..to {
            label(of_line(labels, line), first + line - from, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Edit;

    fn batch(lines: &[&str]) -> LineBatch {
        let mut batch = LineBatch::default();
        for (index, line) in lines.iter().enumerate() {
            batch.push(line.as_bytes(), index as i64);
        }
        batch
    }

    fn edits(list: &[(u32, Option<&str>)]) -> Edits {
        let mut edits = Edits::default();
        for (line, replacement) in list {
            edits.bytes.extend_from_slice(replacement.unwrap_or_default().as_bytes());
            let action = if replacement.is_some() { Action::Replace } else { Action::Drop };
            edits.edits.push(Edit { line: *line, action, end: edits.bytes.len() as u32 });
        }
        edits
    }

    fn applied(lines: &[&str], list: &[(u32, Option<&str>)], shown: Option<&[u32]>) -> Vec<(String, i64)> {
        let batch = batch(lines);
        let edits = edits(list);
        assert_eq!(edits.check(shown.map_or(batch.len(), <[u32]>::len)), Ok(()));
        let mut out = LineBatch::default();
        let left = apply(&batch, &edits, shown, Pieces::OneLine, OpenLine::None, &mut out);
        assert_eq!(left, OpenLine::None);
        out.lines().zip(&out.times).map(|(l, t)| (String::from_utf8_lossy(l).into_owned(), *t)).collect()
    }

    #[test]
    fn keeps_drops_replaces_and_splits() {
        let lines = ["a", "", "c", "d"];
        let got = applied(&lines, &[(1, Some("x\ny")), (3, None)], None);
        let want = [("a", 0), ("x", 1), ("y", 1), ("c", 2)].map(|(l, t)| (l.to_owned(), t));
        assert_eq!(got, want);
        assert_eq!(applied(&lines, &[], None).len(), 4);
        assert_eq!(applied(&lines, &[(0, None), (1, None), (2, None), (3, None)], None), []);
    }

    #[test]
    fn indices_of_a_shown_subset_are_mapped_back() {
        let got = applied(&["a", "b", "c"], &[(1, Some("X"))], Some(&[0, 2]));
        assert_eq!(got[2], ("X".to_owned(), 2));
        assert_eq!(got.len(), 3);
    }

    /// What is handed on of a batch of these lines, the last one unfinished, and what is left open.
    fn piece_of(
        pieces: Pieces,
        lines: &[&str],
        list: &[(u32, Option<&str>)],
        open: OpenLine,
    ) -> (Vec<u8>, bool, OpenLine) {
        let mut batch = batch(lines);
        batch.partial = true;
        let mut out = LineBatch::default();
        let left = apply(&batch, &edits(list), None, pieces, open, &mut out);
        (out.bytes, out.partial, left)
    }

    fn piece(lines: &[&str], list: &[(u32, Option<&str>)], open: OpenLine) -> (Vec<u8>, bool, OpenLine) {
        piece_of(Pieces::OneLine, lines, list, open)
    }

    /// The same of a batch whose lines are all finished.
    fn rest(lines: &[&str], list: &[(u32, Option<&str>)], open: OpenLine) -> Vec<u8> {
        let mut out = LineBatch::default();
        let left = apply(&batch(lines), &edits(list), None, Pieces::OneLine, open, &mut out);
        assert_eq!((left, out.partial), (OpenLine::None, false));
        out.bytes
    }

    #[test]
    fn a_first_piece_that_is_dropped_drops_its_line() {
        let (kept, open, left) = piece(&["a", "begun"], &[(1, None)], OpenLine::None);
        assert_eq!((&kept[..], open, left), (&b"a\n"[..], false, OpenLine::Decided));
        // Whatever is said of the other pieces.
        for list in [&[][..], &[(0, Some("x\ny"))], &[(0, None)]] {
            let (kept, open, left) = piece(&["more"], list, left);
            assert_eq!((&kept[..], open, left), (&b""[..], false, OpenLine::Decided), "{list:?}");
            assert_eq!(rest(&["end", "next"], list, left), b"next\n", "{list:?}");
        }
        let (kept, open, left) = piece(&["end", "begun"], &[], left);
        assert_eq!((&kept[..], open, left), (&b"begun\n"[..], true, OpenLine::Kept), "another line");
    }

    #[test]
    fn a_line_whose_last_piece_is_dropped_is_ended() {
        let (_, open, left) = piece(&["begun"], &[], OpenLine::None);
        assert_eq!((open, left), (true, OpenLine::Kept));
        let (kept, open, left) = piece(&["more"], &[(0, None)], left);
        assert_eq!((&kept[..], open, left), (&b""[..], false, OpenLine::Kept), "nothing, and still open");
        assert_eq!(rest(&["end", "next"], &[(0, None)], left), b"\nnext\n");
        assert_eq!(rest(&["end", "next"], &[(0, Some("x"))], left), b"x\nnext\n");
        assert_eq!(rest(&["end", "next"], &[(1, None)], left), b"end\n");
        let (kept, open, left) = piece(&["end", "begun"], &[(0, None), (1, None)], left);
        assert_eq!((&kept[..], open, left), (&b"\n"[..], false, OpenLine::Decided));
    }

    #[test]
    fn a_first_piece_that_is_replaced_replaces_its_line() {
        let (kept, open, left) = piece(&["a", "begun"], &[(1, Some("x"))], OpenLine::None);
        assert_eq!((&kept[..], open, left), (&b"a\nx\n"[..], false, OpenLine::Decided));
        assert_eq!(rest(&["end", "next"], &[], left), b"next\n");
    }

    #[test]
    fn a_later_piece_can_be_replaced_and_does_not_decide() {
        let (_, _, left) = piece(&["begun"], &[], OpenLine::None);
        let (kept, open, left) = piece(&["more"], &[(0, Some("x"))], left);
        assert_eq!((&kept[..], open, left), (&b"x\n"[..], true, OpenLine::Kept));
        assert_eq!(rest(&["end"], &[], left), b"end\n");
    }

    #[test]
    fn each_piece_is_its_own_for_a_filter_that_knows_about_them() {
        let each =
            |lines: &[&str], list: &[(u32, Option<&str>)], open| piece_of(Pieces::Each, lines, list, open);
        let (kept, open, left) = each(&["begun"], &[(0, None)], OpenLine::None);
        assert_eq!((&kept[..], open, left), (&b""[..], false, OpenLine::Unbegun));
        let (kept, open, left) = each(&["more"], &[(0, None)], left);
        assert_eq!((&kept[..], open, left), (&b""[..], false, OpenLine::Unbegun));
        let ended = rest(&["end", "next"], &[(0, None)], left);
        assert_eq!(ended, b"next\n", "no line at all");
        let (kept, open, left) = each(&["more"], &[(0, Some("x"))], left);
        assert_eq!((&kept[..], open, left), (&b"x\n"[..], true, OpenLine::Kept), "it begins here");
        assert_eq!(rest(&["end"], &[(0, None)], left), b"\n");
    }

    #[test]
    fn labels_stay_with_their_lines() {
        let label = |line, name: &str, value: &str| Label { line, name: name.into(), value: value.into() };
        let mut batch = batch(&["a", "b", "c", "d"]);
        batch.labels = vec![label(0, "level", "info"), label(2, "level", "warn"), label(3, "own", "1")];
        let mut edits = edits(&[(0, None), (1, Some("x\ny"))]);
        edits.labels = vec![label(1, "level", "error"), label(1, "own", "2")];
        // Shown were b to d without c.
        edits.edits[0].line = 0;
        let shown = [0, 2, 3];
        let mut out = LineBatch::default();
        apply(&batch, &edits, Some(&shown), Pieces::OneLine, OpenLine::None, &mut out);
        let lines: Vec<&[u8]> = out.lines().collect();
        assert_eq!(lines, [&b"b"[..], b"x", b"y", b"d"]);
        let want =
            [(1, "level", "error"), (1, "own", "2"), (2, "level", "error"), (2, "own", "2"), (3, "own", "1")];
        assert_eq!(out.labels, want.map(|(line, name, value)| label(line, name, value)));
    }

    #[test]
    fn of_labels_with_one_name_the_last_counts_and_an_empty_one_takes_it_away() {
        let label = |line, name: &str, value: &str| Label { line, name: name.into(), value: value.into() };
        let mut batch = batch(&["a", "b", "c"]);
        batch.labels = vec![label(0, "x", "0"), label(1, "x", "1"), label(1, "y", "2"), label(2, "x", "3")];
        let labels = vec![label(1, "z", "4"), label(1, "x", "5"), label(1, "z", "6"), label(2, "x", "")];
        let edits = Edits { labels, ..Edits::default() };
        let want = [(0, "x", "0"), (1, "y", "2"), (1, "x", "5"), (1, "z", "6")];
        assert_eq!(merged(&batch, &edits, None), want.map(|(line, name, value)| label(line, name, value)));
    }

    #[test]
    fn many_labels_take_no_time() {
        let begin = std::time::Instant::now();
        let lines = vec!["a"; 50_000];
        let label = |line, name: String| Label { line, name, value: "x".into() };
        let of_one = (0..50_000).map(|number| label(0, format!("n{number}")));
        let of_many = (1..50_000).map(|line| label(line, "n".into()));
        let edits = Edits { labels: of_one.chain(of_many).collect(), ..Edits::default() };
        let mut batch = batch(&lines);
        for _ in 0..2 {
            batch.labels = merged(&batch, &edits, None);
            assert_eq!(batch.labels, edits.labels);
        }
        assert!(begin.elapsed() < std::time::Duration::from_secs(10), "{:?}", begin.elapsed());
    }
}
