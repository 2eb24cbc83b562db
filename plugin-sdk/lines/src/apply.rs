//! Edits onto a batch.

use crate::Action;
use crate::Edits;
use crate::LineBatch;

/// How a stream stands between two batches: what became of an overlong line that the batch before
/// left unfinished ([`LineBatch::partial`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OpenLine {
    /// There is none: a batch begins with a line's first piece.
    #[default]
    None,
    /// Its first piece was handed on, so that whatever comes next must end it there too.
    Kept,
    /// Its first piece was dropped, and so is its rest.
    Dropped,
}

/// Writes `batch` with `edits`, which pass [`Edits::check`], into `out`, which is empty. Edit lines
/// are indices into `shown` when that is given, else into the batch. `open` is how the batch before
/// left the stream, and the answer how this one leaves it.
///
/// A line that comes in pieces is one line. Dropping its first piece drops all of it, whatever is said
/// of the others; of a line whose first piece was handed on, a later piece can be dropped, but the
/// last one still ends the line, as an empty piece.
pub fn apply(
    batch: &LineBatch,
    edits: &Edits,
    shown: Option<&[u32]>,
    open: OpenLine,
    out: &mut LineBatch,
) -> OpenLine {
    if batch.is_empty() {
        return open;
    }
    let last = batch.len() - 1;
    let mut kept_from = usize::from(open == OpenLine::Dropped);
    let mut start = 0;
    let mut last_is_dropped = false;
    for edit in &edits.edits {
        let line = shown.map_or(edit.line, |shown| shown[edit.line as usize]) as usize;
        let replacement = &edits.bytes[start..edit.end as usize];
        start = edit.end as usize;
        // The rest of a dropped line.
        if line < kept_from {
            continue;
        }
        keep(batch, kept_from, line, out);
        kept_from = line + 1;
        if edit.action == Action::Drop {
            last_is_dropped = line == last;
            let ends_a_kept_line = line == 0 && open == OpenLine::Kept && !(batch.partial && last == 0);
            if ends_a_kept_line {
                out.push(b"", batch.times[line]);
            }
            continue;
        }
        let mut from = 0;
        for newline in memchr::memchr_iter(b'\n', replacement) {
            out.push(&replacement[from..newline], batch.times[line]);
            from = newline + 1;
        }
        out.push(&replacement[from..], batch.times[line]);
    }
    keep(batch, kept_from, batch.len(), out);
    let left = match open {
        _ if !batch.partial => OpenLine::None,
        // The batch is one piece more of the same line.
        OpenLine::Kept | OpenLine::Dropped if last == 0 => open,
        _ if last_is_dropped => OpenLine::Dropped,
        _ => OpenLine::Kept,
    };
    out.partial = left == OpenLine::Kept && !last_is_dropped;
    left
}

/// Copies lines `from..to` in one piece.
fn keep(batch: &LineBatch, from: usize, to: usize, out: &mut LineBatch) {
    if from >= to {
        return;
    }
    let start = batch.start(from);
    let end = batch.ends[to - 1] as usize + 1;
    let base = out.bytes.len();
    out.bytes.extend_from_slice(&batch.bytes[start..end]);
    out.ends.extend(batch.ends[from..to].iter().map(|&e| (e as usize - start + base) as u32));
    out.times.extend_from_slice(&batch.times[from..to]);
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
        let left = apply(&batch, &edits, shown, OpenLine::None, &mut out);
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
    fn piece(lines: &[&str], list: &[(u32, Option<&str>)], open: OpenLine) -> (Vec<u8>, bool, OpenLine) {
        let mut batch = batch(lines);
        batch.partial = true;
        let mut out = LineBatch::default();
        let left = apply(&batch, &edits(list), None, open, &mut out);
        (out.bytes, out.partial, left)
    }

    /// The same of a batch whose lines are all finished.
    fn rest(lines: &[&str], list: &[(u32, Option<&str>)], open: OpenLine) -> Vec<u8> {
        let mut out = LineBatch::default();
        assert_eq!(apply(&batch(lines), &edits(list), None, open, &mut out), OpenLine::None);
        assert!(!out.partial);
        out.bytes
    }

    #[test]
    fn a_first_piece_that_is_dropped_drops_its_line() {
        let (kept, open, left) = piece(&["a", "begun"], &[(1, None)], OpenLine::None);
        assert_eq!((&kept[..], open, left), (&b"a\n"[..], false, OpenLine::Dropped));
        // Whatever is said of the other pieces.
        for list in [&[][..], &[(0, Some("x\ny"))], &[(0, None)]] {
            let (kept, open, left) = piece(&["more"], list, left);
            assert_eq!((&kept[..], open, left), (&b""[..], false, OpenLine::Dropped), "{list:?}");
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
        assert_eq!((&kept[..], open, left), (&b"\n"[..], false, OpenLine::Dropped));
    }
}
