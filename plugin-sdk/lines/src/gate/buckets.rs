//! Which heads share a bucket of a vectorised search.
//!
//! The algorithm (Teddy, of the crate `aho-corasick`) looks at the two halves of the first bytes of every place,
//! and of each half it knows only in which buckets some head has it there. The more different the heads of a
//! bucket are, the more places look as if one of them began there, and each such place is compared with all of
//! them. So heads that are alike share a bucket.

use std::collections::BTreeMap;

/// Heads that one search is given. It could have more, in twice as many buckets and half as fast, but the more
/// they are the more places look like one of them, and to compare these takes longer than a second search.
const MANY: usize = 32;
const BUCKETS: usize = 8;

/// Bytes of a head that the search looks at before it stops.
const FINGERPRINT: usize = 4;

/// How often each byte is in a log, roughly, of a thousand.
const fn weight(byte: u8) -> u64 {
    match byte {
        b' ' => 100,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' => 40,
        b'r' | b's' | b'l' | b'c' | b'd' => 30,
        b'a'..=b'z' | b'0'..=b'9' => 20,
        b'!'..=b'/' | b':' | b'=' | b'[' | b']' | b'_' => 8,
        b'A'..=b'Z' => 4,
        _ => 1,
    }
}

/// The heads of each search, in the order in which it is to be given them. A head may be there twice. `None` if
/// that were more than `most` searches.
pub(super) fn orders<'a>(heads: &[&'a [u8]], most: usize) -> Option<Vec<Vec<&'a [u8]>>> {
    let mut by_length: BTreeMap<usize, Vec<&[u8]>> = BTreeMap::new();
    for head in heads {
        // Short ones apart: the shortest one of a search decides how much is looked at.
        by_length.entry(head.len().min(FINGERPRINT)).or_default().push(head);
    }
    let searches: Vec<_> = by_length.values().flat_map(|heads| heads.chunks(MANY)).collect();
    (searches.len() <= most).then(|| searches.into_iter().map(order).collect())
}

/// The heads of one search in an order by which those that are alike share a bucket. Buckets are given away by
/// position, but heads of one [`kind`] have the bucket of the one among them that is looked at first.
fn order<'a>(heads: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let mut by_kind: BTreeMap<Vec<u8>, Vec<&'a [u8]>> = BTreeMap::new();
    for head in heads {
        by_kind.entry(kind(head)).or_default().push(head);
    }
    let mut kinds: Vec<Vec<&[u8]>> = by_kind.into_values().collect();
    // In their own order: those that begin with letters of one kind come together, and find the same buckets.
    kinds.sort();
    let most = kinds.len().div_ceil(BUCKETS);
    let mut buckets = vec![Bucket::default(); BUCKETS];
    let mut others = Vec::new();
    for mut kind in kinds {
        // The longest one is looked at first.
        kind.sort_by_key(|head| std::cmp::Reverse(head.len()));
        let with_room = buckets.iter_mut().filter(|bucket| bucket.firsts.len() < most);
        let best = with_room.min_by_key(|bucket| bucket.seen.with(&kind).cost() - bucket.seen.cost());
        if let (Some(bucket), [first, rest @ ..]) = (best, kind.as_slice()) {
            bucket.seen = bucket.seen.with(&kind);
            bucket.firsts.push(first);
            others.extend_from_slice(rest);
        }
    }
    let mut order = Vec::new();
    for row in 0..most {
        for bucket in &buckets {
            // Where a bucket has no more, a head has to take the position that is in a bucket already: if there is
            // no other, one that was there before.
            let next = bucket.firsts.get(row).copied().or_else(|| others.pop());
            order.extend(next.or(order.first().copied()));
        }
    }
    order.extend(others);
    order
}

/// The forms of a word in any case are of one kind.
fn kind(head: &[u8]) -> Vec<u8> {
    head.iter().take(FINGERPRINT).map(|byte| byte & 0xf).collect()
}

#[derive(Debug, Clone, Default)]
struct Bucket<'a> {
    seen: Seen,
    /// One head of each kind.
    firsts: Vec<&'a [u8]>,
}

/// What the search knows of the heads in a bucket: the lower and the upper halves of each byte, a bit for each.
#[derive(Debug, Clone, Copy, Default)]
struct Seen([(u16, u16); FINGERPRINT]);

impl Seen {
    fn with(mut self, heads: &[&[u8]]) -> Self {
        for head in heads {
            for ((lower, upper), byte) in self.0.iter_mut().zip(*head) {
                *lower |= 1 << (byte & 0xf);
                *upper |= 1 << (byte >> 4);
            }
        }
        self
    }

    /// How many places of a log look like one of its heads, in no particular unit.
    fn cost(self) -> u64 {
        let has = |halves: u16| (0..16).filter(move |half| halves >> half & 1 == 1);
        let sum = |(lower, upper): (u16, u16)| -> u64 {
            has(upper).flat_map(|upper| has(lower).map(move |lower| weight(upper << 4 | lower))).sum()
        };
        let looked_at = self.0.into_iter().filter(|(lower, _)| *lower != 0);
        looked_at.map(sum).reduce(|all, one| all * one).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bucket of each head, as the algorithm gives them away.
    fn buckets<'a>(order: &[&'a [u8]], count: usize) -> BTreeMap<&'a [u8], usize> {
        let mut by_length: Vec<(usize, &[u8])> = order.iter().copied().enumerate().collect();
        by_length.sort_by_key(|(_, head)| std::cmp::Reverse(head.len()));
        let mut of_kinds = BTreeMap::new();
        by_length
            .into_iter()
            .map(|(id, head)| (head, *of_kinds.entry(kind(head)).or_insert(id % count)))
            .collect()
    }

    #[test]
    fn heads_that_are_alike_share_a_bucket() {
        let words = ["pass", "PASS", "past", "0123", "0124", "0125", "://x", "://y", "password", "PAST"];
        let order = order(&words.map(str::as_bytes));
        let buckets = buckets(&order, BUCKETS);
        let of = |word: &str| buckets[word.as_bytes()];
        for alike in [["pass", "PASS"], ["pass", "password"], ["past", "PAST"]] {
            assert_eq!(of(alike[0]), of(alike[1]), "{alike:?}");
        }
        assert_ne!(of("pass"), of("0123"));
    }

    #[test]
    fn no_head_is_lost_and_no_search_has_too_many() {
        for count in [1, 8, 31, 33, 100, 128, 129, 160, 161, 256, 300] {
            let heads: Vec<String> = (0..count)
                .map(|number| format!("{:03}{}", number * 7 % 1000, ["", "x", "yz"][number % 3]))
                .collect();
            let heads: Vec<&[u8]> = heads.iter().map(String::as_bytes).collect();
            let orders = orders(&heads, usize::MAX).expect("as many as there are");
            assert!(orders.iter().all(|order| order.len() <= MANY), "{count}");
            let mut found: Vec<&[u8]> = orders.concat();
            found.sort_unstable();
            found.dedup();
            let mut all = heads;
            all.sort_unstable();
            all.dedup();
            assert_eq!(found, all);
        }
    }
}
