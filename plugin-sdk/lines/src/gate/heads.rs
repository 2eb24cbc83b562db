//! Searches for the places where something may be hit.
//!
//! Literals, and the literals that expressions begin with, are cut to their first bytes, their heads.
//! All heads are searched together; what stands behind one is compared where it is found. Where there are
//! many that are cut, these are searched by [`super::sampled`], and those with an escape character by
//! [`super::escape`].

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use aho_corasick::Input;
use aho_corasick::MatchKind;
use aho_corasick::Span;
use aho_corasick::packed;
use memchr::memmem::Finder;

use super::buckets;
use super::escape::ESCAPE;
use super::escape::Escapes;
use super::sampled;
use super::sampled::Sampled;
use super::words;

/// Bytes of a head. Literals that differ only behind them (forms of one secret) are found as one; with
/// fewer bytes there would be more places where there is nothing.
pub(super) const HEAD: usize = sampled::HEAD;

/// Vectorised searches up to which they are faster one after the other than one automaton: each takes
/// a tenth to a quarter of its time.
const PACKS: usize = 10;

/// Whole heads from which on they are sampled: that takes as long as one vectorised search.
const SAMPLED: usize = 16;

/// Bytes of heads up to which they are searched with a DFA, which is the fastest automaton and
/// takes up to 1 KiB for each of these bytes.
const DFA_LIMIT: usize = 16 * 1024;

/// What may be hit where a head is: a literal or an expression, as its index in the list of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A literal.
    Literal(usize),
    /// An expression.
    Expression(usize),
}

/// A search for some heads.
#[derive(Debug)]
pub(super) struct Pack {
    searcher: Searcher,
    /// Index of its first head among those of all packs.
    first: usize,
}

#[derive(Debug)]
enum Searcher {
    /// One head.
    One(Box<Finder<'static>>),
    /// Some, vectorised.
    Some(packed::Searcher),
    /// Such with an escape character.
    Escapes(Escapes),
    /// Many that have [`HEAD`] bytes.
    Sampled(Sampled),
    /// Any number.
    Automaton(AhoCorasick),
    /// Any number, so many bytes before a long word or in it.
    InWords(AhoCorasick, usize),
}

/// A search on its way through a batch.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pack: &'a Pack,
    /// End of the long word that was found last.
    end: usize,
}

/// Searches for these literals, none of them empty, each for its target. What each head stands for is
/// appended to `targets`.
pub(super) fn packs(
    literals: impl Iterator<Item = (Vec<u8>, Target)>,
    targets: &mut Vec<Vec<Target>>,
) -> Result<Vec<Pack>, String> {
    let heads = by_head(literals);
    let all: Vec<&[u8]> = heads.keys().map(Vec::as_slice).collect();
    let are_many = all.iter().filter(|head| head.len() == HEAD).count() >= SAMPLED;
    let (sampled, others): (Vec<&[u8]>, Vec<&[u8]>) =
        all.into_iter().partition(|head| are_many && head.len() == HEAD);
    let (escapes, others): (Vec<&[u8]>, Vec<&[u8]>) =
        others.into_iter().partition(|head| head.contains(&ESCAPE));
    let several = buckets::orders(&others, PACKS).and_then(|orders| {
        let searchers: Option<Vec<Searcher>> = orders.iter().map(|order| vectorised(order)).collect();
        Some((orders, searchers?))
    });
    let (mut orders, mut searchers) = match several {
        Some(several) => several,
        None => {
            let searcher = Searcher::Automaton(automaton(&others)?);
            (vec![others], vec![searcher])
        }
    };
    if !sampled.is_empty() {
        let heads = sampled.iter().filter_map(|head| (*head).try_into().ok()).collect();
        searchers.push(Searcher::Sampled(Sampled::new(heads)));
        orders.push(sampled);
    }
    if !escapes.is_empty() {
        searchers.push(Searcher::Escapes(Escapes::new(&escapes)));
        orders.push(escapes);
    }
    let all = orders.into_iter().zip(searchers);
    Ok(all.map(|(order, searcher)| pack(searcher, &order, &heads, targets)).collect())
}

/// Searches for these literals where a long word is not farther than `distance` behind.
pub(super) fn in_words(
    literals: impl Iterator<Item = (Vec<u8>, Target)>,
    distance: usize,
    targets: &mut Vec<Vec<Target>>,
) -> Result<Option<Pack>, String> {
    let heads = by_head(literals);
    if heads.is_empty() {
        return Ok(None);
    }
    let all: Vec<&[u8]> = heads.keys().map(Vec::as_slice).collect();
    let searcher = Searcher::InWords(automaton(&all)?, distance);
    Ok(Some(pack(searcher, &all, &heads, targets)))
}

fn by_head(literals: impl Iterator<Item = (Vec<u8>, Target)>) -> BTreeMap<Vec<u8>, Vec<Target>> {
    let mut heads: BTreeMap<Vec<u8>, Vec<Target>> = BTreeMap::new();
    for (mut literal, target) in literals {
        literal.truncate(HEAD);
        heads.entry(literal).or_default().push(target);
    }
    heads
}

/// A search for the heads in this order.
fn pack(
    searcher: Searcher,
    order: &[&[u8]],
    heads: &BTreeMap<Vec<u8>, Vec<Target>>,
    targets: &mut Vec<Vec<Target>>,
) -> Pack {
    let pack = Pack { searcher, first: targets.len() };
    let members: BTreeSet<&[u8]> = order.iter().copied().collect();
    for head in order {
        // Where a head is, those that it begins with are too, and only the longest is found.
        let begins = (1..=head.len()).map(|end| &head[..end]).filter(|begin| members.contains(begin));
        let mut found: Vec<Target> = begins.filter_map(|begin| heads.get(begin)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        targets.push(found);
    }
    pack
}

/// `None` where the machine has no vectors to search with.
fn vectorised(heads: &[&[u8]]) -> Option<Searcher> {
    if let [head] = heads {
        return Some(Searcher::One(Box::new(Finder::new(head).into_owned())));
    }
    let mut config = packed::Config::new();
    config.match_kind(packed::MatchKind::LeftmostLongest);
    // They are about when a general-purpose search should use this one.
    config.heuristic_pattern_limits(false);
    config.builder().extend(heads).build().map(Searcher::Some)
}

fn automaton(heads: &[&[u8]]) -> Result<AhoCorasick, String> {
    let bytes = heads.iter().map(|head| head.len()).sum::<usize>();
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .kind((bytes < DFA_LIMIT).then_some(AhoCorasickKind::DFA))
        .build(heads)
        .map_err(|error| error.to_string())
}

impl Pack {
    /// A search that begins.
    pub(super) fn cursor(&self) -> Cursor<'_> {
        Cursor { pack: self, end: 0 }
    }
}

impl Cursor<'_> {
    /// The next place at or after `at` where something may be hit, and the head that is there, as its
    /// index among those of all packs. `at` is behind what was found before.
    pub(super) fn find(&mut self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let rest = Span { start: at, end: bytes.len() };
        let (start, head) = match &self.pack.searcher {
            Searcher::One(finder) => (at + finder.find(&bytes[at..])?, 0),
            Searcher::Some(searcher) => {
                let found = searcher.find_in(bytes, rest)?;
                (found.start(), found.pattern().as_usize())
            }
            Searcher::Escapes(escapes) => escapes.find(bytes, at)?,
            Searcher::Sampled(sampled) => sampled.find(bytes, at)?,
            Searcher::Automaton(automaton) => {
                let found = automaton.find(Input::new(bytes).span(rest))?;
                (found.start(), found.pattern().as_usize())
            }
            Searcher::InWords(automaton, distance) => {
                let mut at = at;
                loop {
                    let of_word = Span { start: at.min(self.end), end: self.end };
                    if at < self.end
                        && let Some(found) = automaton.find(Input::new(bytes).span(of_word))
                    {
                        break (found.start(), found.pattern().as_usize());
                    }
                    let (begin, end) = words::next(bytes, at.max(self.end))?;
                    at = at.max(begin.saturating_sub(*distance));
                    self.end = end;
                }
            }
        };
        Some((start, self.pack.first + head))
    }
}
