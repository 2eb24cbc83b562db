//! Bytes written as numbers: `733363`, `73 33 63`, `0x73, 0x33`, `[115, 51, 99]`.

use super::View;

/// Bytes that may stand between two numbers, as in `, 0x`.
const BETWEEN: usize = 6;

/// Stands for what is no number: no value holds it.
const GAP: u8 = 0;

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    /// In hexadecimal: two digits a byte, or several bytes one after the other.
    Sixteen,
    /// In decimal.
    Ten,
}

/// What the numbers of a view spell in hexadecimal, and in decimal.
pub(crate) fn undo(view: &View) -> [View; 2] {
    [Base::Sixteen, Base::Ten].map(|base| numbers(view, base))
}

fn numbers(view: &View, base: Base) -> View {
    let bytes = view.bytes();
    let mut plain = View::default();
    let (mut at, mut last) = (0, 0);
    while at < bytes.len() {
        let digits = bytes[at..].iter().take_while(|byte| base.is_digit(**byte)).count();
        let number = at..at + digits;
        // `0x` belongs to the number after it.
        let is_prefix = base == Base::Sixteen && digits == 1 && bytes.get(at + 1) == Some(&b'x');
        if digits == 0 || is_prefix {
            at += digits.max(1);
            continue;
        }
        if at - last > BETWEEN || !bytes[last..at].iter().all(|byte| may_be_between(*byte)) {
            plain.push(&[GAP], view, number.clone());
        }
        if !base.read(view, number.clone(), &mut plain) {
            plain.push(&[GAP], view, number);
        }
        at += digits;
        last = at;
    }
    plain
}

/// Whatever lists have between their numbers, and what numbers in hexadecimal begin with.
fn may_be_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_punctuation() || matches!(byte, b'0' | b'x' | b'X')
}

impl Base {
    fn is_digit(self, byte: u8) -> bool {
        match self {
            Self::Sixteen => byte.is_ascii_hexdigit(),
            Self::Ten => byte.is_ascii_digit(),
        }
    }

    /// Appends what a number spells, if it spells bytes.
    fn read(self, view: &View, number: std::ops::Range<usize>, plain: &mut View) -> bool {
        let digits = &view.bytes()[number.clone()];
        match self {
            Self::Sixteen if digits.len().is_multiple_of(2) => {
                for (index, pair) in digits.chunks(2).enumerate() {
                    let byte = pair.iter().fold(0, |byte, digit| byte << 4 | nibble(*digit));
                    let from = number.start + 2 * index;
                    plain.push(&[byte], view, from..from + 2);
                }
                true
            }
            Self::Sixteen => false,
            Self::Ten => match std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()) {
                Some(byte) => {
                    plain.push(&[byte], view, number);
                    true
                }
                None => false,
            },
        }
    }
}

fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        letter => (letter | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of a text spells `abc-x`.
    fn found(text: &str) -> Option<&str> {
        undo(&View::of(text.as_bytes())).iter().find_map(|view| {
            let place = view.bytes().windows(5).position(|part| part == b"abc-x")?;
            let (from, to) = view.span(place..place + 5);
            Some(&text[from..to])
        })
    }

    #[test]
    fn numbers_in_every_list_are_read() {
        for list in [
            "6162632d78",
            "6162632D78",
            "61 62 63 2d 78",
            "61:62:63:2d:78",
            "61-62-63-2D-78",
            "6162 632d 78",
            "61 6263 2d78",
            "0x61, 0x62, 0x63, 0x2d, 0x78",
            "0x61,0x62,0x63,0x2d,0x78",
            "97, 98, 99, 45, 120",
            "97,98,99,45,120",
            "97 98 99 45 120",
        ] {
            for (before, after) in [("", ""), ("key=", ";"), ("[1, ", ", 10]"), ("00000010: 0a ", "  abc-x")]
            {
                // A list goes on with what looks like a part of it.
                if (before == "[1, ") == list.contains(',') {
                    let digits = list.strip_prefix("0x").unwrap_or(list);
                    assert_eq!(
                        found(&format!("{before}{list}{after}")),
                        Some(digits),
                        "{before}{list}{after}"
                    );
                }
            }
        }
        assert_eq!(found("61626 32d78"), None);
        assert_eq!(found("61 62 words 63 2d 78"), None);
        assert_eq!(found("97, 98, 299, 99, 45, 120"), None);
    }
}
