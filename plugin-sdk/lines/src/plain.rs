//! Text that needs no second look.

/// Whether a text is printable ASCII, tabs and newlines, and nothing else: what nearly all lines are.
pub fn is_plain(text: &[u8]) -> bool {
    // Block by block and without a way out within one, so that the compiler makes vector instructions of it.
    let mut blocks = text.chunks_exact(128);
    blocks.all(|block| block.iter().fold(true, |plain, &byte| plain & is_plain_byte(byte)))
        && blocks.remainder().iter().copied().all(is_plain_byte)
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
                    text[at] = before;
                }
            }
        }
        assert!(is_plain(b" a\tb\n"));
    }
}
