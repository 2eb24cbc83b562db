//! A search for many heads of one length at once, which takes as long for hundreds as for one.
//!
//! Wherever a head stands, one of a few positions of the text lies in it, if these are close enough together.
//! So only there is looked at a few bytes, and whether any head has these somewhere (Wu and Manber, "A fast
//! algorithm for multi-pattern searching", 1994, skip by the same reason). Only where one has, which is
//! rare, the head itself is compared.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::hash::Hasher;

/// Bytes of a head. The more they are, the fewer positions of a text need to be looked at.
pub(super) const HEAD: usize = 8;

/// Bytes that are looked at.
const GRAM: usize = 4;

/// Bytes from one position that is looked at to the next one.
const STEP: usize = HEAD - GRAM + 1;

/// Positions that are looked at together, which is faster.
const TOGETHER: usize = 4;

/// Bits that say which grams the heads have, as a power of two: 16 KiB, which stay in the fastest cache. With
/// a thousand heads one gram of twenty-six is taken for one of theirs.
const BITS: u32 = 17;
const WORDS: usize = 1 << (BITS - u64::BITS.ilog2());

/// See the module's documentation.
pub(super) struct Sampled {
    bits: Box<[u64; WORDS]>,
    /// For each gram, in which heads it is, and how far from their beginning.
    places: HashMap<u32, Vec<(usize, usize)>, BuildHasherDefault<Mixed>>,
    heads: Vec<[u8; HEAD]>,
}

impl std::fmt::Debug for Sampled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sampled").field("heads", &self.heads.len()).finish_non_exhaustive()
    }
}

impl Sampled {
    pub(super) fn new(heads: Vec<[u8; HEAD]>) -> Self {
        let mut bits = Box::new([0; WORDS]);
        let mut places: HashMap<u32, Vec<(usize, usize)>, _> = HashMap::default();
        for (head, bytes) in heads.iter().enumerate() {
            for (offset, gram) in bytes.windows(GRAM).enumerate() {
                let Ok(gram) = gram.try_into() else { continue };
                let (word, bit) = bit(gram);
                bits[word] |= bit;
                places.entry(u32::from_le_bytes(gram)).or_default().push((offset, head));
            }
        }
        Self { bits, places, heads }
    }

    /// The next place at or after `at` where a head is, and which one.
    pub(super) fn find(&self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let mut position = at.next_multiple_of(STEP);
        while let Some(several) = bytes.get(position..).and_then(<[u8]>::first_chunk) {
            if self.may_begin(several)
                && let Some(found) = self.find_from(bytes, at, position, position + TOGETHER * STEP)
            {
                return Some(found);
            }
            position += TOGETHER * STEP;
        }
        self.find_from(bytes, at, position, bytes.len())
    }

    /// Whether any of several positions may lie in a head.
    #[inline]
    fn may_begin(&self, bytes: &[u8; (TOGETHER - 1) * STEP + GRAM]) -> bool {
        let grams = (0..TOGETHER).map(|index| index * STEP);
        grams.fold(false, |any, at| {
            any | self.is_known([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        })
    }

    #[inline]
    fn is_known(&self, gram: [u8; GRAM]) -> bool {
        let (word, bit) = bit(gram);
        self.bits[word] & bit != 0
    }

    /// The same, looking at each position from one to another by itself.
    fn find_from(&self, bytes: &[u8], at: usize, from: usize, to: usize) -> Option<(usize, usize)> {
        (from..to).step_by(STEP).find_map(|position| {
            let gram = *bytes.get(position..)?.first_chunk()?;
            if self.is_known(gram) { self.around(bytes, at, position, gram) } else { None }
        })
    }

    /// The first head at or after `at` in which this position lies.
    #[cold]
    fn around(&self, bytes: &[u8], at: usize, position: usize, gram: [u8; GRAM]) -> Option<(usize, usize)> {
        let places = self.places.get(&u32::from_le_bytes(gram))?.iter();
        let starts = places.filter_map(|(offset, head)| Some((position.checked_sub(*offset)?, *head)));
        starts.filter(|(start, head)| *start >= at && bytes[*start..].starts_with(&self.heads[*head])).min()
    }
}

/// A hash of one number: nobody gains by clashes, which cost less than the hash of the standard library.
#[derive(Debug, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Which bit stands for a gram: its word, and itself in that.
fn bit(gram: [u8; GRAM]) -> (usize, u64) {
    // Multiplied by a constant without a pattern, the golden ratio, the highest bits depend on all others.
    let hash = u32::from_le_bytes(gram).wrapping_mul(0x9e37_79b9) >> (u32::BITS - BITS);
    ((hash / u64::BITS) as usize % WORDS, 1 << (hash % u64::BITS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_heads_are_found_in_order(
            heads in proptest::collection::btree_set("[ab]{8}", 1..6),
            text in "[ab]{0,120}",
        ) {
            let heads: Vec<[u8; HEAD]> =
                heads.iter().filter_map(|head| head.as_bytes().try_into().ok()).collect();
            let sampled = Sampled::new(heads.clone());
            let (mut found, mut at) = (Vec::new(), 0);
            while let Some((start, head)) = sampled.find(text.as_bytes(), at) {
                found.push((start, head));
                at = start + 1;
            }
            let expected: Vec<(usize, usize)> = text.as_bytes().windows(HEAD).enumerate()
                .filter_map(|(start, part)| Some((start, heads.iter().position(|head| head == part)?)))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
