//! Searches for heads with an escape character in them.
//!
//! Secrets are looked for with colour inside as well, and each letter behind which it may come makes a head of its
//! own. Most logs have no colour: for the one byte that all of these have in common there is a search that is
//! faster than any for heads.

use memchr::memchr_iter;

/// The escape character, with which sequences for a terminal begin.
pub(super) const ESCAPE: u8 = 0x1b;

/// Heads with an [`ESCAPE`] in them.
#[derive(Debug)]
pub(super) struct Escapes {
    heads: Vec<Head>,
    /// Whether a head has this byte before its escape character, or begins with that.
    before: Box<[bool; 256]>,
    /// Bytes that any head has before its escape character, at most.
    most_before: usize,
}

#[derive(Debug)]
struct Head {
    bytes: Vec<u8>,
    /// Bytes before its first escape character.
    before: usize,
}

impl Escapes {
    /// A search for these, of which each has one.
    pub(super) fn new(heads: &[&[u8]]) -> Self {
        let before = |head: &[u8]| head.iter().position(|byte| *byte == ESCAPE).unwrap_or(0);
        let heads: Vec<Head> =
            heads.iter().map(|head| Head { bytes: head.to_vec(), before: before(head) }).collect();
        let mut all_before = Box::new([false; 256]);
        for head in &heads {
            match head.before.checked_sub(1) {
                Some(last) => all_before[usize::from(head.bytes[last])] = true,
                None => all_before.fill(true),
            }
        }
        let most_before = heads.iter().map(|head| head.before).max().unwrap_or(0);
        Self { heads, before: all_before, most_before }
    }

    /// The next place at or after `at` where a head is, and which one: the longest.
    pub(super) fn find(&self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let mut found: Option<(usize, usize)> = None;
        for escape in memchr_iter(ESCAPE, &bytes[at..]).map(|escape| at + escape) {
            // One that begins before may be known by a later escape character.
            if found.is_some_and(|(start, _)| escape > start + self.most_before) {
                break;
            }
            if escape > at && !self.before[usize::from(bytes[escape - 1])] {
                continue;
            }
            for (index, head) in self.heads.iter().enumerate() {
                let Some(start) = escape.checked_sub(head.before).filter(|start| *start >= at) else {
                    continue;
                };
                let is_better = found.is_none_or(|(other, longest)| {
                    start < other || start == other && head.bytes.len() > self.heads[longest].bytes.len()
                });
                if is_better && bytes[start..].starts_with(&head.bytes) {
                    found = Some((start, index));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_heads_are_found_in_order(
            heads in proptest::collection::btree_set("[ab]{0,3}\x1b[ab\x1b]{0,2}", 1..6),
            text in "[ab\x1b]{0,60}",
        ) {
            let heads: Vec<&[u8]> = heads.iter().map(String::as_bytes).collect();
            let escapes = Escapes::new(&heads);
            let (mut found, mut at) = (Vec::new(), 0);
            while let Some((start, head)) = escapes.find(text.as_bytes(), at) {
                found.push((start, heads[head]));
                at = start + 1;
            }
            let expected: Vec<(usize, &[u8])> = (0..text.len())
                .filter_map(|start| {
                    let here = heads.iter().filter(|head| text.as_bytes()[start..].starts_with(head));
                    Some((start, *here.max_by_key(|head| head.len())?))
                })
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
