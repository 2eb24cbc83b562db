//! What a terminal does not show: colours, and what is struck over.

use super::View;

const ESCAPE: u8 = 0x1b;
const BACKSPACE: u8 = 8;

/// The view without colour and other control sequences (ECMA-48), and without what is struck over, as `man`
/// prints bold (`a`, backspace, `a`) and underlined letters. `None` where it has neither.
pub(crate) fn undo(view: &View) -> Option<View> {
    let bytes = view.bytes();
    memchr::memchr2(ESCAPE, BACKSPACE, bytes)?;
    let mut plain = View::default();
    // Where what was struck over begins, and with which byte.
    let mut struck = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            ESCAPE => at += sequence(&bytes[at..]),
            BACKSPACE => {
                struck = plain.pop_character().or(struck);
                at += 1;
            }
            _ => {
                plain.copy(view, at..at + 1);
                // Bold and underlined are one with what stands in their place; what is written over is not.
                if let (Some((from, first)), Some(span)) = (struck.take(), plain.spans.last_mut())
                    && (first == byte || first == b'_')
                {
                    span.0 = from;
                }
                at += 1;
            }
        }
    }
    Some(plain)
}

/// Length of the control sequence that `bytes` begin with; at least the escape itself.
pub(super) fn sequence(bytes: &[u8]) -> usize {
    let within = |from: usize, is_inner: fn(&u8) -> bool| {
        let inner = bytes[from..].iter().take_while(|byte| is_inner(byte)).count();
        from + inner
    };
    match bytes.get(1) {
        // Control sequences: parameters, intermediate bytes, one final byte.
        Some(b'[') => (within(2, |byte| matches!(byte, 0x20..=0x3f)) + 1).min(bytes.len()),
        // Commands to the system, such as links and titles, up to a bell or `\e\`.
        Some(b']') => match within(2, |byte| !matches!(byte, 7 | 0x1b)) {
            end if bytes[end..].starts_with(b"\x1b\\") => end + 2,
            end => (end + 1).min(bytes.len()),
        },
        // Which letters are meant: one byte more.
        Some(b'(' | b')' | b'#') => bytes.len().min(3),
        Some(0x30..=0x7e) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let view = View::of(line.as_bytes());
        String::from_utf8(undo(&view).unwrap_or(view).bytes).expect("UTF-8")
    }

    #[test]
    fn only_what_a_terminal_shows_is_left() {
        for (line, plain) in [
            ("a\x1b[01;31m\x1b[Kb\x1b[m\x1b[Kc", "abc"),
            ("\x1b(B\x1b[mab", "ab"),
            ("\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x07!", "link!"),
            ("a\x08ab\x08b _\x08c", "ab c"),
            ("\x1b", ""),
            ("a\x1b[", "a"),
            ("a\x1b[1", "a"),
            ("\x08\x08a", "a"),
            ("plain", "plain"),
        ] {
            assert_eq!(shown(line), plain, "{line:?}");
        }
    }

    #[test]
    fn what_is_left_knows_its_place() {
        let view = undo(&View::of(b"a\x1b[1mbc\x1b[md")).expect("coloured");
        assert_eq!(view.span(1..3), (5, 7));
        assert_eq!(view.span(0..2), (0, 6));
        let view = undo(&View::of("xé\x08éa\x08a".as_bytes())).expect("struck over");
        assert_eq!(view.bytes(), "xéa".as_bytes());
        assert_eq!((view.span(1..3), view.span(3..4)), ((1, 6), (6, 9)));
    }
}
