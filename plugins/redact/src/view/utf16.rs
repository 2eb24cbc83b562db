//! UTF-16, as programs of Windows and of Java write it.

use super::View;

/// The view taken for UTF-16: each byte order, from the first byte on and from the second one on.
pub(crate) fn undo(view: &View) -> Vec<View> {
    let orders: [fn([u8; 2]) -> u16; 2] = [u16::from_le_bytes, u16::from_be_bytes];
    let from = |start: usize| orders.map(|order| decoded(view, start, order));
    [from(0), from(1)].concat()
}

fn decoded(view: &View, start: usize, order: fn([u8; 2]) -> u16) -> View {
    let mut plain = View::default();
    let unit = |at: usize| Some(order([*view.bytes().get(at)?, *view.bytes().get(at + 1)?]));
    let mut at = start;
    while let Some(first) = unit(at) {
        let both = [first, unit(at + 2).unwrap_or(0)];
        let character = match char::decode_utf16(both).next() {
            Some(Ok(character)) => character,
            _ => char::REPLACEMENT_CHARACTER,
        };
        let length = 2 * character.len_utf16();
        let mut bytes = [0; 4];
        plain.push(character.encode_utf8(&mut bytes).as_bytes(), view, at..at + length);
        at += length;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_are_read_wherever_they_begin() {
        let text = "a€😀b";
        let units: Vec<u16> = text.encode_utf16().collect();
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let encoded: Vec<u8> = units.iter().flat_map(|unit| order(*unit)).collect();
            for before in ["", "x"] {
                let line = [before.as_bytes(), &encoded].concat();
                let view = undo(&View::of(&line))
                    .into_iter()
                    .find(|view| view.bytes().windows(text.len()).any(|part| part == text.as_bytes()));
                assert!(view.is_some(), "{before:?}");
            }
        }
    }
}
