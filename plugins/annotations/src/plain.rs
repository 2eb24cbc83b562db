//! A line without colour: tools that are told to colour their words write escape sequences anywhere in them.

use std::borrow::Cow;

/// The text of a line without escape sequences and without a carriage return at its end. Source of their forms:
/// ECMA-48, 5.4 (CSI) and 5.6 (OSC, ended by ST or, as xterm takes it, BEL).
pub(crate) fn plain(line: &[u8]) -> Cow<'_, str> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if !line.contains(&0x1b) {
        return String::from_utf8_lossy(line);
    }
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match (byte, after) {
            (0x1b, [b'[', parameters @ ..]) => {
                let end = parameters.iter().position(|byte| matches!(byte, 0x40..=0x7e));
                end.map_or(&[], |end| &parameters[end + 1..])
            }
            (0x1b, [b']', text @ ..]) => after_osc(text),
            (0x1b, []) => &[],
            (0x1b, [_, after @ ..]) => after,
            _ => {
                out.push(byte);
                after
            }
        };
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// What follows an operating system command.
fn after_osc(text: &[u8]) -> &[u8] {
    for (at, byte) in text.iter().enumerate() {
        match byte {
            0x07 => return &text[at + 1..],
            0x1b => return text.get(at + 2..).unwrap_or_default(),
            _ => {}
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_gone_and_the_text_is_there() {
        for (line, want) in [
            (&b"a: b\r"[..], "a: b"),
            (b"\x1b[1m\x1b[91merror[E0308]\x1b[0m\x1b[1m: mismatched\x1b[0m", "error[E0308]: mismatched"),
            (b"\x1b[01m\x1b[Kx.c:3:5:\x1b[m\x1b[K a", "x.c:3:5: a"),
            (b"\x1b]8;;https://x\x07link\x1b]8;;\x1b\\ b", "link b"),
            (b"\x1b", ""),
            (b"a\x1b[12", "a"),
            (b"\xff", "\u{fffd}"),
        ] {
            assert_eq!(plain(line), want);
        }
    }
}
