//! What shows that a line may hold a value.
//!
//! The host searches for cues in every line. So they are few, and made such that this costs little: literals
//! of eight bytes or more are searched together at no cost for each one, expressions begin with
//! letters of the value. A cue need not be the whole value; which part of it is chosen so that no escape
//! changes it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use sortie_plugin_sdk::Interest;
use sortie_plugin_sdk::Pattern;

use super::Kinds;
use super::spell;
use crate::view::base32;
use crate::view::base64;

/// A value with more lines, such as a key, has fewer cues for each.
const MANY_LINES: usize = 4;

/// Letters of a literal in base64, and bytes of the value that it is made of at most.
const LETTERS: usize = 12;
const FEWEST_LETTERS: usize = 6;
const ENCODED: usize = 24;
/// Bytes of a value that give that many letters at least.
const LONG_ENOUGH: usize = 6;

/// Characters of a value that are searched where each one is spelt as a number.
const LISTED: usize = 6;
/// Values with fewer are found by chance.
const FEWEST_LISTED: usize = 4;

/// Bytes of a value that are searched in a line of a dump.
const WIDTH: usize = 4;

/// Bytes at the end of a line by which the beginning of a value is told, and digits of its bytes.
const TOLD_AT_END: usize = 4;
const DIGITS_AT_END: usize = 6;

/// What shows that a line may hold a value.
#[derive(Debug)]
pub(crate) struct Cue {
    /// What the host searches for.
    pub(crate) interest: Interest,
    /// The literals one of which is in whatever the interest matches, to search for without the host.
    pub(crate) heads: Vec<Vec<u8>>,
    /// Kinds of clothes to look for where it is hit.
    pub(crate) kinds: Kinds,
    /// It tells something only on lines with colour.
    in_colour: bool,
    /// It tells that a value may go on in the next line.
    pub(crate) goes_on: bool,
    /// It tells that a value may be in a dump of bytes, and go on in the next line of that.
    pub(crate) in_dump: bool,
    /// What is to be masked where it is hit, if this is all there is.
    exact: Option<Exact>,
    /// Whatever the interest matches begins with one of the heads.
    is_head_first: bool,
    regex: OnceLock<Regex>,
}

/// What is to be masked where a cue is hit, if it stands there as it is.
#[derive(Debug)]
struct Exact {
    text: Vec<u8>,
    /// So many bytes of it stand before the hit.
    before: usize,
    /// How far apart two of it may begin that overlap.
    periods: Vec<usize>,
    /// Whether a letter of base64 before it and one after it hold a part of the value too.
    shared: [bool; 2],
}

const ESCAPED: Kinds = Kinds { base64: false, base32: false, numbers: false, utf16: false };
const BASE64: Kinds = Kinds { base64: true, ..ESCAPED };
const BASE32: Kinds = Kinds { base32: true, ..ESCAPED };
const BASE64_OF_UTF16: Kinds = Kinds { utf16: true, ..BASE64 };
const NUMBERS: Kinds = Kinds { numbers: true, ..ESCAPED };
const UTF16: Kinds = Kinds { utf16: true, ..ESCAPED };

impl Cue {
    /// Where it is, given that one of its heads begins there: as the host would tell.
    pub(crate) fn found_at(&self, line: &[u8], head: usize) -> Option<Range<usize>> {
        match &self.interest.pattern {
            Pattern::Literal(literal) => {
                line[head..].starts_with(literal).then(|| head..head + literal.len())
            }
            Pattern::Regex(expression) => {
                // Only who searches without the host needs it.
                let regex = self.regex.get_or_init(|| {
                    let built = RegexBuilder::new(expression).unicode(false).build();
                    built.unwrap_or_else(|error| panic!("a cue cannot be searched: {error}"))
                });
                regex.find_at(line, if self.is_head_first { head } else { 0 }).map(|found| found.range())
            }
        }
        .filter(|found| !self.is_head_first || found.start == head)
    }

    /// Whether the value may be in clothes on a line that it hits there, or have begun in the line before.
    pub(crate) fn may_be_dressed(&self, line: &[u8], start: usize) -> bool {
        let begins_before = || line[..start].trim_ascii_start().len() < TOLD_AT_END;
        !self.in_colour || memchr::memchr2(0x1b, b'\\', line).is_some() || begins_before()
    }

    /// What is to be masked on a line that it hits there, where that is plain to see.
    pub(crate) fn exact(&self, line: &[u8], hit: &Range<usize>) -> Option<(usize, usize)> {
        let Exact { text, before, periods, shared } = self.exact.as_ref()?;
        let from = hit.start.checked_sub(*before)?;
        let mut at = from;
        if !line[at..].starts_with(text) || hit.end > at + text.len() {
            return None;
        }
        // An expression is not hit again within what it matched.
        let is_at = |at: usize| line.get(at..).is_some_and(|rest| rest.starts_with(text));
        while let Some(period) = periods.iter().find(|period| is_at(at + **period)) {
            at += period;
        }
        let to = at + text.len();
        let is_letter = |at: usize| line.get(at).is_some_and(|byte| base64::is_letter(*byte));
        let before = from.checked_sub(1).filter(|before| shared[0] && is_letter(*before));
        Some((before.unwrap_or(from), to + usize::from(shared[1] && is_letter(to))))
    }
}

impl Exact {
    fn new(text: &[u8], before: usize) -> Self {
        let overlaps = |period: &usize| text[..text.len() - period] == text[*period..];
        let periods = (1..text.len()).filter(overlaps).collect();
        Self { text: text.to_vec(), before, periods, shared: [false; 2] }
    }
}

/// The cues for a value and its lines, each of them a value of its own; those that are before a short line open
/// what follows.
pub(super) fn of(value: &str, lines: &[&str], is_before_short: impl Fn(&str) -> bool) -> Vec<Cue> {
    let mut cues = Vec::new();
    // In these it is one text with all of its lines.
    let encoded = base64::forms(value.as_bytes());
    // Their last bits may be in a letter of the next line.
    let and_more = |form: &[u8]| [form, b"A"].concat();
    cues.extend(encoded.iter().filter_map(|form| at_end(&and_more(form), TOLD_AT_END, BASE64)));
    let digits: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    cues.extend(at_end(digits.as_bytes(), DIGITS_AT_END, NUMBERS));
    for (index, line) in lines.iter().enumerate() {
        let is_one_of_many = lines.len() > MANY_LINES;
        let first = cues.len();
        escaped(line, is_one_of_many, &mut cues);
        if is_before_short(line) {
            cues[first..].iter_mut().for_each(|cue| cue.interest.opens = true);
        }
        of_base64(line, &mut cues);
        if index == 0 || !is_one_of_many {
            cues.extend(at_end(line.as_bytes(), TOLD_AT_END, ESCAPED));
        }
        // A dump of a key shows its first lines too.
        if (!is_one_of_many || index < 2) && line.len() >= FEWEST_LISTED {
            of_base64_twice(line, &mut cues);
            numbers(line, &mut cues);
            dumps(line.as_bytes(), &mut cues);
            of_base32(line.as_bytes(), &mut cues);
            utf16(line, &mut cues);
            every_character_escaped(line, &mut cues);
            struck_over(line, &mut cues);
        }
    }
    // Characters beyond U+00FF may have one in UTF-16: a line would end there.
    cues.retain(|cue| !matches!(&cue.interest.pattern, Pattern::Literal(text) if text.contains(&b'\n')));
    cues
}

fn literal(bytes: impl Into<Vec<u8>>, kinds: Kinds, exact: Option<Exact>) -> Cue {
    let bytes = bytes.into();
    Cue {
        interest: Interest::literal(bytes.clone()),
        heads: vec![bytes],
        kinds,
        in_colour: false,
        goes_on: false,
        in_dump: false,
        exact,
        is_head_first: true,
        regex: OnceLock::new(),
    }
}

/// The value to be read, escaped or coloured.
fn escaped(value: &str, is_one_of_many: bool, cues: &mut Vec<Cue>) {
    let bytes = value.as_bytes();
    let exact = |before| Some(Exact::new(bytes, before));
    // Nothing is escaped, and colour is not looked for.
    let long = spell::runs(bytes).find(|run| run.len() >= LETTERS);
    if is_one_of_many && let Some(run) = long {
        cues.push(literal(&bytes[run.start..run.end.min(run.start + 16)], ESCAPED, exact(run.start)));
        return;
    }
    match spell::beginning(bytes) {
        Some(start) => {
            let rest = &bytes[start..];
            let run = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let mut heads = vec![rest[..run.min(spell::BEGINNING)].to_vec()];
            let coloured = (1..run.min(spell::BEGINNING)).map(|end| [&rest[..end], b"\x1b["].concat());
            heads.extend(coloured);
            let interest = Interest::regex(spell::whole(bytes, Some(start)));
            cues.push(Cue {
                interest,
                heads,
                kinds: ESCAPED,
                in_colour: false,
                goes_on: false,
                in_dump: false,
                exact: exact(start),
                is_head_first: true,
                regex: OnceLock::new(),
            });
            let coloured = 1..run.min(spell::BEGINNING);
            let behind = coloured.end - 1;
            // What follows tells as well where it is long, and of a value that began in the line before.
            let same = spell::same_in_json(&rest[behind..]).next().unwrap_or_default();
            let after = &rest[behind..][..same.len().min(LETTERS)];
            if same.start == 0 && after.len() >= FEWEST_LETTERS {
                cues.push(Cue { in_colour: true, ..literal(after, ESCAPED, exact(start + behind)) });
            }
            if after.len() < LETTERS {
                coloured.for_each(|at| coloured_at(rest, at, cues));
            }
        }
        None if bytes.iter().all(u8::is_ascii_alphanumeric) => cues.push(literal(bytes, ESCAPED, exact(0))),
        None => {
            let interest = Interest::regex(spell::whole(bytes, None));
            cues.push(Cue {
                interest,
                heads: Vec::new(),
                kinds: ESCAPED,
                in_colour: false,
                goes_on: false,
                in_dump: false,
                exact: None,
                is_head_first: true,
                regex: OnceLock::new(),
            });
        }
    }
}

/// Colour after the first letters that the expression leaves out: in JSON, and such that ends as on most
/// terminals (`tput sgr0`).
fn coloured_at(value: &[u8], at: usize, cues: &mut Vec<Cue>) {
    let (before, after) = value.split_at(at);
    let letters = after.iter().take(spell::BEGINNING).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    cues.push(literal([before, br"\u001b["].concat(), ESCAPED, None));
    cues.push(literal([before, b"\x1b(B\x1b[m", &after[..letters]].concat(), ESCAPED, None));
}

/// Escapes of each character, whether it needs one or not.
fn every_character_escaped(value: &str, cues: &mut Vec<Cue>) {
    let part = listed(value);
    let mut texts = BTreeSet::new();
    let both = |text: &str, upper: bool| if upper { text.to_uppercase() } else { text.to_owned() };
    for upper in [false, true] {
        let bytes = |escape: &str| -> String {
            part.bytes().map(|byte| format!("{escape}{}", both(&format!("{byte:02x}"), upper))).collect()
        };
        for backslashes in ["\\", r"\\", r"\\\\"] {
            texts.insert(bytes(&format!("{backslashes}x")));
            texts.insert(part.bytes().map(|byte| format!("{backslashes}{byte:03o}")).collect());
            let units = part.encode_utf16().map(|unit| both(&format!("{unit:04x}"), upper));
            texts.insert(units.map(|digits| format!("{backslashes}u{digits}")).collect());
        }
        texts.extend(["%", "%25", "%2525"].map(bytes));
        for and in ["&", "&amp;"] {
            let codes = || part.chars().map(u32::from);
            texts.insert(codes().map(|code| format!("{and}#{code};")).collect());
            texts.insert(codes().map(|code| format!("{and}#{code:03};")).collect());
            texts.insert(
                codes().map(|code| format!("{and}#x{};", both(&format!("{code:x}"), upper))).collect(),
            );
        }
    }
    cues.extend(texts.into_iter().map(|text: String| literal(text, ESCAPED, None)));
}

/// Characters of a value to be searched where each one is spelt as a number: if there are such, some that are
/// the same in hexadecimal whatever the case of its digits.
fn listed(value: &str) -> &str {
    let bytes = value.as_bytes();
    let find = |is_good: fn(&u8) -> bool| {
        let place = bytes.windows(LISTED).position(|part| part.iter().all(is_good))?;
        value.get(place..place + LISTED)
    };
    let is_caseless: fn(&u8) -> bool = |byte| byte.is_ascii() && byte >> 4 < 10 && byte & 0xf < 10;
    let first = || value.char_indices().nth(LISTED).map_or(value, |(end, _)| &value[..end]);
    find(is_caseless).or_else(|| find(u8::is_ascii)).unwrap_or_else(first)
}

/// Lists of bytes.
fn numbers(value: &str, cues: &mut Vec<Cue>) {
    let part = listed(value).as_bytes();
    let mut texts = BTreeSet::new();
    for upper in [false, true] {
        let digits: Vec<String> = part
            .iter()
            .map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") })
            .collect();
        texts.insert(digits.concat());
        texts.extend([" ", ":", "-", ", 0x", ",0x"].map(|between| digits.join(between)));
        // In groups of two bytes, which begin with the first or with the second one.
        texts.extend([0, 1].map(|odd| {
            let between = |index: usize| if index % 2 == odd && index > 0 { " " } else { "" };
            digits.iter().enumerate().map(|(index, byte)| between(index).to_owned() + byte).collect()
        }));
    }
    let decimal: Vec<String> = part.iter().map(u8::to_string).collect();
    texts.extend([", ", ",", " "].map(|between| decimal.join(between)));
    cues.extend(texts.into_iter().map(|text| literal(text, NUMBERS, None)));
}

/// Parts of a value one of which is whole on a line of a dump, whatever part of the value that holds: of two that
/// are not at the same place in a row of 8 or 16 bytes.
fn parted(value: &[u8], width: usize) -> Vec<&[u8]> {
    match value.len() {
        length if length >= width + 4 => vec![&value[..width], &value[4..4 + width]],
        length if length > width => vec![&value[..width], &value[length - width..]],
        _ => vec![value],
    }
}

/// Lines of dumps.
fn dumps(value: &[u8], cues: &mut Vec<Cue>) {
    let width = if value.len() >= 2 * WIDTH { WIDTH } else { WIDTH - 1 };
    let mut texts: BTreeSet<String> = BTreeSet::new();
    for part in parted(value, width) {
        for upper in [false, true] {
            let digit = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
            let digits: Vec<String> = part.iter().map(digit).collect();
            texts.extend(["", " ", "  ", ", 0x", ",0x"].map(|between| digits.join(between)));
            for (first, group) in [(1, 2), (2, 2), (1, WIDTH), (3, WIDTH)] {
                let (before, rest) = digits.split_at(first.min(digits.len()));
                let groups = std::iter::once(before).chain(rest.chunks(group)).map(<[String]>::concat);
                texts.insert(groups.collect::<Vec<_>>().join(" "));
            }
        }
        let of_all = |spell: fn(&u8) -> String, between: &str| {
            part.iter().map(spell).collect::<Vec<_>>().join(between)
        };
        texts.insert(of_all(|byte| format!("{byte:03o}"), " "));
        texts.insert(of_all(|byte| format!("{byte:>3}"), " ").trim_start().to_owned());
        texts.insert(of_all(column, "").trim_start().to_owned());
    }
    for part in parted(value, WIDTH - 1) {
        texts.insert(part.iter().map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().join(" "));
    }
    // Numbers of two and of four bytes, the last byte first, whichever of the value's is the first of one.
    for first in 0..4 {
        let words: Vec<u16> =
            value.get(first..).unwrap_or_default().chunks_exact(2).take(2).map(pair).collect();
        if words.len() == 2 {
            let both = |spell: fn(&u16) -> String, between: &str| {
                words.iter().map(spell).collect::<Vec<_>>().join(between)
            };
            texts.extend([" ", "    "].map(|between| both(|word| format!("{word:04x}"), between)));
            texts.extend([" ", "  "].map(|between| both(|word| format!("{word:06o}"), between)));
            texts.insert(both(|word| format!("{word:05}"), "   "));
            texts.insert(both(|word| format!("{word:>5}"), " ").trim_start().to_owned());
        }
        if let Some(&[a, b, c, d]) = value.get(first..first + 4) {
            let number = u32::from_le_bytes([a, b, c, d]);
            texts.extend([format!("{number:08x}"), format!("{number:011o}")]);
        }
    }
    let cue = |text: String| {
        let literal = literal(text, NUMBERS, None);
        Cue { interest: literal.interest.clone().opens(), in_dump: true, ..literal }
    };
    cues.extend(texts.into_iter().map(cue));
}

fn pair(bytes: &[u8]) -> u16 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u16::from(*byte))
}

/// A character in its column, as `od -c` prints it.
fn column(byte: &u8) -> String {
    match byte {
        b'\n' => "  \\n".to_owned(),
        b'\t' => "  \\t".to_owned(),
        b'\r' => "  \\r".to_owned(),
        b'\\' => r"  \\".to_owned(),
        b' '..=b'~' => format!("   {}", char::from(*byte)),
        byte => format!(" {byte:03o}"),
    }
}

/// The value in base32, in letters of both sizes: its first letters and those behind them, one of which is whole
/// where a line is broken. What begins on a line may go on in the next one.
fn of_base32(value: &[u8], cues: &mut Vec<Cue>) {
    const GROUP: usize = base32::GROUP;
    let mut texts: BTreeSet<Vec<u8>> = BTreeSet::new();
    for form in base32::forms(value).into_iter().filter(|form| form.len() >= FEWEST_LETTERS) {
        let first = &form[..form.len().min(GROUP)];
        let behind = &form[form.len().min(GROUP)..];
        for part in [first, &behind[..behind.len().min(GROUP)]]
            .into_iter()
            .filter(|part| part.len() >= FEWEST_LETTERS)
        {
            texts.extend([part.to_vec(), part.to_ascii_lowercase()]);
        }
    }
    let cue = |text: Vec<u8>| {
        let literal = literal(text, BASE32, None);
        Cue { interest: literal.interest.clone().opens(), ..literal }
    };
    cues.extend(texts.into_iter().map(cue));
}

/// The beginning of a value at the end of a line, in what is broken at some column. Where no letters and digits
/// in a row begin it, it is told as it is.
fn at_end(text: &[u8], told_at: usize, kinds: Kinds) -> Option<Cue> {
    let start = spell::runs(text).find(|run| run.len() >= told_at).map_or(0, |run| run.start);
    let text = &text[start..];
    if text.len() <= told_at {
        return None;
    }
    let heads = vec![text[..told_at].to_vec()];
    Some(Cue {
        interest: Interest::regex(spell::at_end(text, told_at)).opens(),
        heads,
        kinds,
        in_colour: false,
        goes_on: true,
        in_dump: false,
        exact: None,
        is_head_first: true,
        regex: OnceLock::new(),
    })
}

/// The value in base64, alone or inside of something else, and quoted as a part of JSON.
fn of_base64(value: &str, cues: &mut Vec<Cue>) {
    let bytes = value.as_bytes();
    let Some(part) = spell::same_in_json(bytes).find(|run| run.len() >= LONG_ENOUGH) else {
        for text in
            [value.to_owned(), json(value, |_| false), json(value, |c| !c.is_ascii() || "<>&".contains(c))]
        {
            cues.extend(
                base64::forms(text.as_bytes()).iter().filter_map(|form| in_base64(form, BASE64, |_| None)),
            );
        }
        return;
    };
    let part = part.start..part.end.min(part.start + ENCODED);
    for (before, whole) in base64::forms(bytes).into_iter().enumerate() {
        // These letters are some of the whole value's, but where it begins is at another alignment.
        let of_part = &base64::forms(&bytes[part.clone()])[(before + part.start) % 3];
        let exact = |letters: &[u8]| {
            let place = whole.windows(letters.len()).position(|window| window == letters)?;
            // Three bytes are four letters.
            let shared = [before, before + bytes.len()].map(|bytes| !bytes.is_multiple_of(3));
            Some(Exact { shared, ..Exact::new(&whole, place) })
        };
        cues.extend(in_base64(of_part, BASE64, exact));
    }
}

/// The value inside of a JSON string, where these characters are escaped by their numbers.
fn json(value: &str, by_number: impl Fn(char) -> bool) -> String {
    let mut quoted = String::new();
    for character in value.chars() {
        match character {
            character if by_number(character) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
            '"' | '\\' => quoted.extend(['\\', character]),
            character => quoted.push(character),
        }
    }
    quoted
}

/// A text in base64, in either alphabet, and in a URL or in JSON.
fn in_base64(text: &[u8], kinds: Kinds, exact: impl Fn(&[u8]) -> Option<Exact>) -> Option<Cue> {
    if let Some(letters) = letters_in_a_row(text) {
        return Some(literal(letters, kinds, exact(letters)));
    }
    let head = spell::runs(text).max_by_key(ExactSizeIterator::len).map(|run| text[run].to_vec())?;
    let is_long = text.len() >= FEWEST_LETTERS;
    is_long.then(|| Cue {
        interest: Interest::regex(spell::base64(text)),
        heads: vec![head],
        kinds,
        in_colour: false,
        goes_on: false,
        in_dump: false,
        exact: None,
        is_head_first: false,
        regex: OnceLock::new(),
    })
}

/// The part of a text in base64 that is the same wherever it stands.
fn letters_in_a_row(text: &[u8]) -> Option<&[u8]> {
    let first = spell::runs(text).find(|run| run.len() >= LETTERS);
    let run = first.or_else(|| spell::runs(text).max_by_key(ExactSizeIterator::len))?;
    // The first ones may be at the end of the line before.
    let skipped = if run.len() >= TOLD_AT_END + LETTERS { TOLD_AT_END } else { 0 };
    let start = run.start + skipped;
    (run.len() >= FEWEST_LETTERS).then(|| &text[start..run.end.min(start + LETTERS)])
}

/// Base64 of base64.
fn of_base64_twice(value: &str, cues: &mut Vec<Cue>) {
    let mut texts = BTreeSet::new();
    for once in base64::forms(value.as_bytes()) {
        let letters = letters_in_a_row(&once).unwrap_or(&once);
        for twice in base64::forms(letters) {
            texts.extend(letters_in_a_row(&twice).map(<[u8]>::to_vec));
        }
    }
    cues.extend(texts.into_iter().map(|text| literal(text, BASE64, None)));
}

/// UTF-16, and base64 of it, as PowerShell takes its commands.
fn utf16(value: &str, cues: &mut Vec<Cue>) {
    let part = spell::runs(value.as_bytes()).find(|run| run.len() >= LISTED).unwrap_or(0..value.len());
    let encode = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        value[part.clone()].encode_utf16().take(ENCODED).flat_map(order).collect()
    };
    for encoded in [encode(u16::to_le_bytes), encode(u16::to_be_bytes)] {
        cues.push(literal(encoded.clone(), UTF16, None));
        for form in base64::forms(&encoded) {
            cues.extend(in_base64(&form, BASE64_OF_UTF16, |_| None));
        }
    }
}

/// Bold and underlined, as `man` prints it where there is no colour.
fn struck_over(value: &str, cues: &mut Vec<Cue>) {
    let part = || value.chars().take(LISTED);
    let bold: String = part().flat_map(|character| [character, '\u{8}', character]).collect();
    let underlined: String = part().flat_map(|character| ['_', '\u{8}', character]).collect();
    cues.extend([bold, underlined].map(|text| literal(text, ESCAPED, None)));
}
