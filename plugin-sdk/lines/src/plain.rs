//! Text that needs no second look.

/// Whether a text is printable ASCII, tabs and newlines, and nothing else: what nearly all lines are.
pub fn is_plain(text: &[u8]) -> bool {
    // Block by block and without a way out within one, so that the compiler makes vector instructions of it.
    let mut blocks = text.chunks_exact(128);
    blocks.all(|block| block.iter().fold(true, |plain, &byte| plain & is_plain_byte(byte)))
        && blocks.remainder().iter().copied().all(is_plain_byte)
}

/// How many bytes of it a text begins with that [`is_plain`].
pub fn plain_prefix(text: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let is_plain = |block: &&[u8]| block.iter().fold(true, |plain, &byte| plain & is_plain_byte(byte));
    let whole = text.chunks_exact(BLOCK).take_while(is_plain).count() * BLOCK;
    let rest = text[whole..].iter().position(|&byte| !is_plain_byte(byte));
    rest.map_or(text.len(), |at| whole + at)
}

fn is_plain_byte(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte) | (byte == b'\t') | (byte == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_is_seen_wherever_it_stands() {
        for length in [0, 1, 127, 128, 129, 300] {
            let mut text = vec![b'~'; length];
            assert!(is_plain(&text));
            for at in 0..length {
                for byte in [0, 8, b'\r', 0x1b, 0x7f, 0x80, 0xff] {
                    let before = std::mem::replace(&mut text[at], byte);
                    assert!(!is_plain(&text), "{byte} at {at} of {length}");
                    assert_eq!(plain_prefix(&text), at, "{byte} of {length}");
                    text[at] = before;
                }
            }
        }
        assert!(is_plain(b" a\tb\n"));
        assert_eq!((plain_prefix(b""), plain_prefix(&[b'x'; 100])), (0, 100));
    }
}
