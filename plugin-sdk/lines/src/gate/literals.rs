//! Searches for byte strings.

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use aho_corasick::Input;
use aho_corasick::MatchKind;
use aho_corasick::Span;
use aho_corasick::packed;

use super::hit_lines;
use crate::LineBatch;

/// Literals that one vectorised search looks for. The algorithm has 16 buckets, and with more
/// literals than buckets it stops ever more often for nothing.
const PACK: usize = 16;

/// Literals up to which vectorised searches one after the other are faster than one automaton:
/// each takes a tenth to a quarter of its time.
const PACKED_LIMIT: usize = 8 * PACK;

/// Bytes of a literal that the vectorised search looks at before it stops.
const FINGERPRINT: usize = 4;

/// Bytes of literals up to which they are searched with a DFA, which is the fastest automaton and
/// takes up to 1 KiB for each of these bytes.
const DFA_LIMIT: usize = 16 * 1024;

/// Literals to search.
#[derive(Debug)]
pub(super) enum Literals {
    /// Some at a time, vectorised.
    Packed(Vec<packed::Searcher>),
    /// All at once.
    Automaton(AhoCorasick),
}

impl Literals {
    pub(super) fn new(literals: &[&[u8]]) -> Result<Self, String> {
        if literals.len() <= PACKED_LIMIT
            && let Some(packed) = pack(literals)
        {
            return Ok(Self::Packed(packed));
        }
        let bytes = literals.iter().map(|literal| literal.len()).sum::<usize>();
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .kind((bytes < DFA_LIMIT).then_some(AhoCorasickKind::DFA))
            .build(literals)
            .map(Self::Automaton)
            .map_err(|error| error.to_string())
    }

    /// Appends the lines that are hit. As the search goes on with the next line after a hit, it
    /// makes no difference which of several literals is found.
    pub(super) fn search(&self, batch: &LineBatch, first_only: bool, hits: &mut Vec<u32>) {
        let bytes = &batch.bytes;
        match self {
            Self::Packed(searchers) => {
                for searcher in searchers {
                    hit_lines(batch, first_only, hits, |at| {
                        let rest = Span { start: at, end: bytes.len() };
                        searcher.find_in(bytes, rest).map(|found| found.start())
                    });
                }
            }
            Self::Automaton(automaton) => hit_lines(batch, first_only, hits, |at| {
                automaton.find(Input::new(bytes).range(at..)).map(|found| found.start())
            }),
        }
    }
}

/// `None` where the machine has no vectors to search with.
fn pack(literals: &[&[u8]]) -> Option<Vec<packed::Searcher>> {
    let mut sorted = literals.to_vec();
    // Short ones together: the shortest of a pack decides how much is looked at. Equal beginnings
    // together: they share a bucket.
    sorted.sort_by_key(|literal| (literal.len().min(FINGERPRINT), *literal));
    sorted
        .chunks(PACK)
        .map(|pack| {
            let mut config = packed::Config::new();
            // They are about when a general-purpose search should use this one.
            config.heuristic_pattern_limits(false);
            config.builder().extend(pack).build()
        })
        .collect()
}
