//! Edits onto a batch.

use crate::lines::LineBatch;
use crate::lines::edits::Action;
use crate::lines::edits::Edits;

/// Writes `batch` with `edits`, which hold what [`Edits::check`] checks, into `out`, which is empty. Edit lines are indices into
/// `shown` when that is given, else into the batch.
pub fn apply(batch: &LineBatch, edits: &Edits, shown: Option<&[u32]>, out: &mut LineBatch) {
    let mut kept_from = 0;
    let mut start = 0;
    for edit in &edits.edits {
        let line = shown.map_or(edit.line, |shown| shown[edit.line as usize]) as usize;
        keep(batch, kept_from, line, out);
        let replacement = &edits.bytes[start..edit.end as usize];
        start = edit.end as usize;
        if edit.action == Action::Replace {
            let mut from = 0;
            for newline in memchr::memchr_iter(b'\n', replacement) {
                out.push(&replacement[from..newline], batch.times[line]);
                from = newline + 1;
            }
            out.push(&replacement[from..], batch.times[line]);
        }
        kept_from = line + 1;
    }
    keep(batch, kept_from, batch.len(), out);
    // A partial line that was dropped leaves nothing open.
    let dropped_last = edits.edits.last().is_some_and(|edit| {
        let line = shown.map_or(edit.line, |shown| shown[edit.line as usize]) as usize;
        edit.action == Action::Drop && line + 1 == batch.len()
    });
    out.partial = batch.partial && !dropped_last;
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
    use crate::lines::edits::Edit;

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
        apply(&batch, &edits, shown, &mut out);
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
}
