//! Lines of a value that are too short to be looked for by themselves, between those that are not.
//!
//! `abc` may stand anywhere. Right behind one line of a value and right before the next one it is the line
//! between these.

use std::ops::Range;

/// Short lines of a value with their neighbours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    before: Vec<u8>,
    short: Vec<Vec<u8>>,
    /// `None`: the value ends with the short ones.
    after: Option<Vec<u8>>,
}

/// Whether log lines are those of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// So far, and more may follow.
    Begun,
    /// To its end.
    Whole,
    No,
}

/// The groups of a value, whose lines have `min_length` bytes at least or are short.
pub(super) fn of(value: &str, min_length: usize) -> Vec<Group> {
    let lines: Vec<&str> = value.trim().lines().map(str::trim).collect();
    let is_long = |line: &&str| line.len() >= min_length;
    let mut groups = Vec::new();
    for (index, before) in lines.iter().enumerate().filter(|(_, line)| is_long(line)) {
        let short: Vec<Vec<u8>> = lines[index + 1..]
            .iter()
            .take_while(|line| !is_long(line))
            .map(|line| line.as_bytes().to_vec())
            .collect();
        if short.iter().any(|line| !line.is_empty()) {
            let after = lines.get(index + 1 + short.len()).map(|line| line.as_bytes().to_vec());
            groups.push(Group { before: before.as_bytes().to_vec(), short, after });
        }
    }
    groups
}

impl Group {
    /// The line that stands before the short ones.
    pub(super) fn before(&self) -> &[u8] {
        &self.before
    }

    /// Whether what begins with the last lines may go on.
    pub(super) fn goes_on(&self, lines: &[&[u8]]) -> bool {
        let most = self.short.len() + 1;
        (1..=most.min(lines.len())).any(|last| self.fit(&lines[lines.len() - last..]) == Fit::Begun)
    }

    /// Where the short lines are among these.
    pub(super) fn find(&self, lines: &[&[u8]], mut found: impl FnMut(usize, Range<usize>)) {
        for first in 0..lines.len() {
            if self.fit(&lines[first..]) != Fit::Whole {
                continue;
            }
            for (index, short) in self.short.iter().enumerate().filter(|(_, short)| !short.is_empty()) {
                let line = first + 1 + index;
                let end = lines[line].trim_ascii_end().len();
                found(line, end - short.len()..end);
            }
        }
    }

    /// Whether lines are those of the group, the first of them the one before the short ones. More may follow.
    fn fit(&self, lines: &[&[u8]]) -> Fit {
        let Some(head) = prefix(lines[0], &self.before) else { return Fit::No };
        for (index, short) in self.short.iter().enumerate() {
            let Some(line) = lines.get(1 + index) else { return Fit::Begun };
            let Some(before) = prefix(line, short) else { return Fit::No };
            // The end of another word.
            if before.last().is_some_and(u8::is_ascii_alphanumeric)
                || self.after.is_none() && !is_alike(head, before)
            {
                return Fit::No;
            }
        }
        match (&self.after, lines.get(1 + self.short.len())) {
            (None, _) => Fit::Whole,
            (Some(_), None) => Fit::Begun,
            (Some(after), Some(line)) if prefix(line, after).is_some() => Fit::Whole,
            (Some(_), Some(_)) => Fit::No,
        }
    }
}

/// What stands in a line before a text that it ends with.
fn prefix<'a>(line: &'a [u8], text: &[u8]) -> Option<&'a [u8]> {
    line.trim_ascii_end().strip_suffix(text)
}

/// Whether what stands before two lines is the same but for its numbers: a time, a name, nothing.
fn is_alike(one: &[u8], other: &[u8]) -> bool {
    let same = |(one, other): (&u8, &u8)| one == other || one.is_ascii_digit() && other.is_ascii_digit();
    one.len() == other.len() && one.iter().zip(other).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines with marks for what is found.
    fn found(value: &str, log: &[&str]) -> Vec<String> {
        let lines: Vec<&[u8]> = log.iter().map(|line| line.as_bytes()).collect();
        let mut out: Vec<String> = log.iter().map(|line| (*line).to_owned()).collect();
        for group in of(value, 4) {
            group.find(&lines, |line, part| out[line].replace_range(part, "***"));
        }
        out
    }

    #[test]
    fn short_lines_are_found_between_their_neighbours() {
        let value = "first line\nab\n\n12\nlast line\n";
        assert_eq!(
            found(value, &["first line", "ab", "", "12", "last line"]),
            ["first line", "***", "", "***", "last line"]
        );
        assert_eq!(
            found(value, &["x | first line", "x | ab", "x | ", "x | 12", "x | last line", "ab"]),
            ["x | first line", "x | ***", "x | ", "x | ***", "x | last line", "ab"]
        );
        for log in [
            &["first line", "ab", "", "12", "another line"][..],
            &["first line", "grab", "", "12", "last line"],
            &["ab", "12", "last line"],
        ] {
            assert_eq!(found(value, log), log);
        }
    }

    #[test]
    fn short_lines_at_the_end_are_found_where_they_stand_alike() {
        let value = "{\"k\": \"long\",\n}";
        assert_eq!(found(value, &["{\"k\": \"long\",", "}"]), ["{\"k\": \"long\",", "***"]);
        assert_eq!(found(value, &["1 {\"k\": \"long\",", "2 }"])[1], "2 ***");
        assert_eq!(found(value, &["{\"k\": \"long\",", "x = { }"])[1], "x = { }");
    }

    #[test]
    fn it_goes_on_until_its_end_is_seen() {
        let groups = of("first line\nab\nlast line", 4);
        let goes_on = |lines: &[&[u8]]| groups[0].goes_on(lines);
        assert!(goes_on(&[b"x", b"first line"]) && goes_on(&[b"first line", b"ab"]));
        assert!(!goes_on(&[b"first line", b"ab", b"last line"]) && !goes_on(&[b"first line", b"no"]));
        assert!(of("one line\ntwo lines", 4).is_empty() && of("one line\n\ntwo lines", 4).is_empty());
    }
}
