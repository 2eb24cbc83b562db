//! Dumps of bytes over several lines, as `xxd`, `hexdump` and `od` print them: numbers at consecutive places,
//! with their places before them and the characters behind them.
//!
//! What a line may mean is read in every [form](FORMS) that it has: where numbers of two bytes are printed,
//! nobody says which of the two comes first. A value is then looked for in the bytes of all lines together.
//! `od -a` shows seven of eight bits, so that what is no ASCII is not found in it.

use std::ops::Range;

use crate::values::Values;

/// Stands for lines that say the same as the one before.
const REPEATED: &[u8] = b"*";

/// Forms in which a line may be read.
const FORMS: usize = 8;

/// Bytes of a value by which the beginning or the rest of it is told where lines part it.
pub(crate) const TOLD: usize = 3;

/// Bytes of a value that may be at the end of a line without being told: the cue of a dump has one more.
pub(crate) const UNTOLD: usize = 3;

/// Lines that follow each other.
#[derive(Debug, Default)]
pub(crate) struct Dump {
    texts: [Text; FORMS],
    /// Where the characters of each line are that stand behind the numbers, if there are such.
    gutters: Vec<Option<Range<usize>>>,
    /// The last line was one of a dump.
    is_open: bool,
}

/// What the lines say in one form.
#[derive(Debug, Default)]
struct Text {
    bytes: Vec<u8>,
    /// The line that spells each byte, and where.
    places: Vec<(usize, Range<usize>)>,
}

/// What one line says: in each form its bytes, and where each one stands.
struct Line {
    texts: [Vec<(u8, Range<usize>)>; FORMS],
    gutter: Option<Range<usize>>,
}

/// Whether a line may be one of a dump.
pub(crate) fn is_line(line: &[u8]) -> bool {
    read(line).is_some()
}

impl Dump {
    /// One line more, whatever it is.
    pub(crate) fn push(&mut self, line: &[u8]) {
        let read = read(line);
        self.is_open = read.is_some();
        let index = self.gutters.len();
        let Line { texts, gutter } = read.unwrap_or_else(|| Line { texts: Default::default(), gutter: None });
        for (text, more) in self.texts.iter_mut().zip(texts) {
            text.bytes.extend(more.iter().map(|(byte, _)| *byte));
            text.places.extend(more.into_iter().map(|(_, place)| (index, place)));
        }
        self.gutters.push(gutter);
    }

    /// Whether the lines end with a part of a value.
    pub(crate) fn goes_on(&self, values: &Values) -> bool {
        self.is_open && self.texts.iter().any(|text| values.goes_on_in_dump(&text.bytes))
    }

    /// What is to be masked: lines, and parts of them.
    pub(crate) fn find(&self, values: &Values, mut found: impl FnMut(usize, Range<usize>)) {
        for Text { bytes, places } in &self.texts {
            if bytes.is_empty() {
                continue;
            }
            for part in values.in_dump(bytes) {
                let mut at = part.start;
                while at < part.end {
                    let line = places[at].0;
                    let end = (at..part.end).find(|next| places[*next].0 != line).unwrap_or(part.end);
                    // The bytes of a number may stand in it in the other order.
                    let spelt = places[at..end].iter().map(|(_, place)| place);
                    let first = spelt.clone().map(|place| place.start).min().unwrap_or_default();
                    found(line, first..spelt.map(|place| place.end).max().unwrap_or_default());
                    if let Some(gutter) = &self.gutters[line] {
                        let first = places.partition_point(|place| place.0 < line);
                        let shown = gutter.start + at - first..gutter.start + end - first;
                        found(line, shown.start.min(gutter.end)..shown.end.min(gutter.end));
                    }
                    at = end;
                }
            }
        }
    }
}

/// Reads a line, if it is one of a dump.
fn read(line: &[u8]) -> Option<Line> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line == REPEATED {
        return Some(Line { texts: Default::default(), gutter: None });
    }
    let (start, has_colon) = place(line)?;
    let (numbers, gutter) = parts(line, start, has_colon);
    let words = words(line, numbers);
    let mut texts: [Vec<(u8, Range<usize>)>; FORMS] = Default::default();
    if !words.is_empty() {
        for (text, read) in texts.iter_mut().zip(READERS) {
            let bytes: Option<Vec<_>> = words.iter().map(|word| read(line, word)).collect();
            *text = bytes.map(|bytes| bytes.concat()).unwrap_or_default();
        }
    }
    texts[FORMS - 1] = characters(line, start).unwrap_or_default();
    texts.iter().any(|text| !text.is_empty()).then_some(Line { texts, gutter })
}

/// Where the bytes begin, behind the number of the first one, and whether that ends with a colon. Lines without
/// one are indented, or are a list in C.
fn place(line: &[u8]) -> Option<(usize, bool)> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    match line.get(digits) {
        Some(b':') if (4..=16).contains(&digits) => Some((digits + 1, true)),
        Some(b' ') if (5..=16).contains(&digits) => Some((digits, false)),
        Some(b' ') if digits == 0 => Some((0, false)),
        Some(b'x') if digits == 1 => Some((0, false)),
        _ => None,
    }
}

/// The numbers of a line, and the characters behind them: `xxd` has two blanks before these, others a mark on
/// each side.
fn parts(line: &[u8], start: usize, has_colon: bool) -> (Range<usize>, Option<Range<usize>>) {
    let rest = &line[start..];
    if has_colon {
        let first = rest.iter().take_while(|byte| **byte == b' ').count();
        let blanks = rest[first..].windows(2).position(|pair| pair == b"  ");
        return match blanks.map(|at| start + first + at) {
            Some(end) => {
                // One for each byte, at the end of the line; the first ones may be blanks themselves.
                let digits = line[start..end].iter().filter(|byte| **byte != b' ').count();
                let is_binary = digits > 8 && line[start..end].iter().all(|byte| b" 01".contains(byte));
                let bytes = digits / if is_binary { 8 } else { 2 };
                (start..end, Some(line.len().saturating_sub(bytes).max(end)..line.len()))
            }
            None => (start..line.len(), None),
        };
    }
    let opens = rest.windows(3).position(|marks| marks == b"  |" || marks == b"  >");
    match opens.map(|at| start + at) {
        Some(at) => (start..at, Some(at + 3..line.len())),
        None => (start..line.len(), None),
    }
}

/// The words of a part of a line, without what numbers in C have before and behind them.
fn words(line: &[u8], part: Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = part.start;
    while at < part.end {
        let length =
            line[at..part.end].iter().take_while(|byte| !matches!(byte, b' ' | b'\t' | b',')).count();
        if length > 0 {
            let skipped = if line[at..].starts_with(b"0x") { 2 } else { 0 };
            words.push(at + skipped..at + length);
        }
        at += length + 1;
    }
    words
}

/// The bytes that a word spells, and where.
type Read = fn(&[u8], &Range<usize>) -> Option<Vec<(u8, Range<usize>)>>;

/// How numbers are read, form by form.
const READERS: [Read; FORMS - 1] =
    [hexadecimal, hexadecimal_reversed, octal, octal_words, decimal, decimal_words, binary];

/// `71`, `7137`, `71374d66`: as they are.
fn hexadecimal(line: &[u8], word: &Range<usize>) -> Option<Vec<(u8, Range<usize>)>> {
    let is_good = !word.is_empty() && word.len().is_multiple_of(2) && word.len() <= 32;
    let digits = &line[word.clone()];
    (is_good && digits.iter().all(u8::is_ascii_hexdigit)).then(|| {
        let places = (word.start..word.end).step_by(2).map(|at| at..at + 2);
        places.filter_map(|place| Some((number(&line[place.clone()], 16)? as u8, place))).collect()
    })
}

/// `3771`, `664d3771`: the last byte first, as processors keep numbers.
fn hexadecimal_reversed(line: &[u8], word: &Range<usize>) -> Option<Vec<(u8, Range<usize>)>> {
    let bytes = matches!(word.len(), 4 | 8 | 16).then(|| hexadecimal(line, word)).flatten()?;
    Some(bytes.into_iter().rev().collect())
}

/// `161`.
fn octal(line: &[u8], word: &Range<usize>) -> Option<Vec<(u8, Range<usize>)>> {
    let byte = (word.len() == 3).then(|| number(&line[word.clone()], 8)).flatten()?;
    Some(vec![(u8::try_from(byte).ok()?, word.clone())])
}

/// `033561`, `14652533561`: two bytes or four in a number, the last one first.
fn octal_words(line: &[u8], word: &Range<usize>) -> Option<Vec<(u8, Range<usize>)>> {
    let bytes = match word.len() {
        6 => 2,
        11 => 4,
        _ => return None,
    };
    let number = number(&line[word.clone()], 8)?;
    Some(number.to_le_bytes()[..bytes].iter().map(|byte| (*byte, word.clone())).collect())
}

/// `113`.
fn decimal(line: &[u8], word: &Range<usize>) -> Option<Vec<(u8, Range<usize>)>> {
    let byte = (word.len() <= 3).then(|| number(&line[word.clone()], 10)).flatten()?;
    Some(vec![(u8::try_from(byte).ok()?, word.clone())])
}

/// `14193`, ` 9785`: two bytes in a number, the last one first.
fn decimal_words(line: &[u8], word: &Range<usize>) -> Option<Vec<(u8, Range<usize>)>> {
    let number = (word.len() <= 5).then(|| number(&line[word.clone()], 10)).flatten()?;
    Some(u16::try_from(number).ok()?.to_le_bytes().into_iter().map(|byte| (byte, word.clone())).collect())
}

/// `01110001`.
fn binary(line: &[u8], word: &Range<usize>) -> Option<Vec<(u8, Range<usize>)>> {
    let byte = (word.len() == 8).then(|| number(&line[word.clone()], 2)).flatten()?;
    Some(vec![(byte as u8, word.clone())])
}

fn number(digits: &[u8], radix: u32) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u64::from_str_radix(digits, radix).ok()
}

/// Characters, each in a column of four: `od -c`, `od -a`, `hexdump -c`.
fn characters(line: &[u8], start: usize) -> Option<Vec<(u8, Range<usize>)>> {
    let mut bytes = Vec::new();
    for (index, column) in line[start..].chunks(4).enumerate() {
        let at = start + 4 * index;
        let blanks = column.iter().take_while(|byte| **byte == b' ').count();
        let byte = match &column[blanks..] {
            [] => b' ',
            [byte] if column.len() == 4 => *byte,
            [b'\\', escaped] => match escaped {
                b'0' => 0,
                b'a' => 7,
                b'b' => 8,
                b't' => b'\t',
                b'n' => b'\n',
                b'v' => 11,
                b'f' => 12,
                b'r' => b'\r',
                b'\\' => b'\\',
                _ => return None,
            },
            b"sp" => b' ',
            b"nl" => b'\n',
            b"ht" => b'\t',
            b"cr" => b'\r',
            [a, b, c] if [a, b, c].iter().all(|digit| (b'0'..=b'7').contains(digit)) => {
                u8::try_from(number(&column[blanks..], 8)?).ok()?
            }
            name if name.iter().all(u8::is_ascii_alphanumeric) && name.len() > 1 && name.len() < 4 => 0,
            _ => return None,
        };
        bytes.push((byte, at..at + column.len()));
    }
    // Words that happen to be in columns.
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a line says in each form.
    fn said(line: &str) -> Vec<String> {
        let read = read(line.as_bytes()).map(|line| line.texts).unwrap_or_default();
        let text =
            |bytes: &Vec<(u8, Range<usize>)>| bytes.iter().map(|(byte, _)| char::from(*byte)).collect();
        read.iter().map(text).collect()
    }

    #[test]
    fn numbers_of_every_kind_are_read() {
        for line in [
            "00000000: 7137 576d 3278                           q7Wm2x",
            "00000000: 71 37 57 6d 32 78                                q7Wm2x",
            "00000000  71 37 57 6d 32 78                                 |q7Wm2x|",
            "0000000  71  37  57  6d  32  78",
            "0000000 3771 6d57 7832",
            "0000000    3771    6d57    7832",
            "0000000 161 067 127 155 062 170",
            "0000000 033561 066527 074062",
            "0000000 113  55  87 109  50 120",
            "0000000 14193 27991 30770",
            "0000000   q   7   W   m   2   x",
            " 71 37 57 6d 32 78",
            "  0x71, 0x37, 0x57, 0x6d, 0x32, 0x78",
            "00000000: 01110001 00110111 01010111 01101101 00110010 01111000  q7Wm2x",
        ] {
            assert!(said(line).iter().any(|text| text == "q7Wm2x"), "{line}: {:?}", said(line));
        }
        assert!(said("0000000 303 251  \\n  sp  \\0   \\").iter().any(|text| text.starts_with("Ã©\n \0")));
    }

    #[test]
    fn other_lines_are_none_of_a_dump() {
        for line in ["", "words and more", "  and then some words", "deadbeef", "12:30:45 started", "0000020"]
        {
            assert!(!is_line(line.as_bytes()), "{line}");
        }
    }
}
