//! The native search in front of a filter.
//!
//! A sandboxed filter runs at about half of native speed, and most lines of most logs hold nothing
//! it cares about. A filter that declares its interests is shown only the lines that one
//! of them hits, so that on clean logs the search is all that runs.
//!
//! What it finds is of use to the filter as well ([`Hit`]): it need not search these lines again.
//!
//! - [`heads`]: where something may be hit.
//! - [`buckets`]: how they are told to a vectorised search.
//! - [`escape`]: heads with an escape character.
//! - [`sampled`]: the same for many literals.
//! - [`words`]: long words, where there may be more than could be searched everywhere.
//! - [`expressions`]: regular expressions.

mod buckets;
mod escape;
mod expressions;
mod heads;
mod sampled;
mod words;

use regex_automata::Input;
use regex_automata::meta::Regex;

use crate::Hit;
use crate::Interest;
use crate::LineBatch;
use crate::Pattern;
use expressions::Expression;
use expressions::Progress;
use heads::Pack;
use heads::Target;

/// Hits of one batch that are told. More are a search that went wrong, or a log that was made for it.
pub const MAX_HITS: usize = 1 << 15;

/// Bytes that may be read where something may be hit, for each byte of a batch, until the search gives up.
/// On ordinary lines it is a fraction of one.
const EFFORT: usize = 16;

/// What may be read in any case, however small the batch is.
const MIN_EFFORT: usize = 1 << 20;

/// Heads that are as well searched everywhere as in long words.
const FEW_IN_WORDS: usize = 24;

/// Bytes of literals that are compared in the time that an expression takes for one.
const COMPARED: usize = 16;

/// Searches batches for a filter's interests.
#[derive(Debug)]
pub struct Gate {
    literals: Vec<(u32, Vec<u8>)>,
    expressions: Vec<(u32, Expression)>,
    /// What each head stands for.
    targets: Vec<Vec<Target>>,
    packs: Vec<Pack>,
    /// Expressions that begin with nothing that could be searched: those that open nothing, and those that do.
    anywhere: [Option<Anywhere>; 2],
    opens: Vec<bool>,
}

/// What was found in a batch; kept from batch to batch for its memory.
#[derive(Debug, Default)]
pub struct Found {
    /// The lines to show, ascending, when the answer is [`Shown::Some`].
    pub lines: Vec<u32>,
    /// All hits, in order; none unless [`Found::complete`].
    pub hits: Vec<Hit>,
    /// Whether the hits are told. They are not when there are more than [`MAX_HITS`], or when it would
    /// take too long to find them; then the filter has to search itself.
    pub complete: bool,
    /// Where something may be hit: the byte above, the head below.
    candidates: Vec<u64>,
    progress: Vec<Progress>,
}

impl Found {
    /// Nothing was searched.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.hits.clear();
        self.complete = false;
    }

    /// All hits, where they are known.
    pub fn hits(&self) -> Option<&[Hit]> {
        self.complete.then_some(&self.hits)
    }

    /// Counts the hits' lines by the lines that are shown, of which each hit's is one.
    pub fn count_by_shown_lines(&mut self) {
        let mut shown = 0;
        for hit in &mut self.hits {
            while self.lines.get(shown).is_some_and(|&line| line < hit.line) {
                shown += 1;
            }
            hit.line = u32::try_from(shown).unwrap_or(u32::MAX);
        }
    }
}

/// Which lines of a batch a filter is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// None: the filter is not called.
    None,
    /// Every line.
    All,
    /// Those whose indices the scratch vector holds.
    Some,
}

/// An interest that cannot be searched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("interest {index} cannot be searched: {reason}")]
pub struct BadInterest {
    /// Position in the plugin's list.
    pub index: usize,
    /// Why.
    pub reason: String,
}

impl Gate {
    /// Builds the search. Refuses empty patterns, patterns with a newline in them, and anchors
    /// to the whole text (`\A`, `\z`): a batch is searched in one pass, not line by line.
    pub fn new(interests: &[Interest]) -> Result<Self, BadInterest> {
        let mut literals = Vec::new();
        let mut expressions = Vec::new();
        for (index, interest) in interests.iter().enumerate() {
            let bad = |reason: String| BadInterest { index, reason };
            let number = u32::try_from(index).map_err(|error| bad(error.to_string()))?;
            match &interest.pattern {
                Pattern::Literal(literal) if literal.is_empty() => {
                    return Err(bad("the literal is empty".into()));
                }
                Pattern::Literal(literal) if literal.contains(&b'\n') => {
                    return Err(bad("the literal holds a newline".into()));
                }
                Pattern::Literal(literal) => literals.push((number, literal.clone())),
                Pattern::Regex(regex) => expressions.push((number, Expression::new(regex).map_err(bad)?)),
            }
        }
        let opens: Vec<bool> = interests.iter().map(|interest| interest.opens).collect();
        // Each one alone is good; together they may be too many.
        let bad = |reason| BadInterest { index: interests.len().saturating_sub(1), reason };
        let mut searched: Vec<(Vec<u8>, Target)> = literals
            .iter()
            .enumerate()
            .map(|(index, (_, literal))| (literal.clone(), Target::Literal(index)))
            .collect();
        let (mut in_words, mut distance) = (Vec::new(), 0);
        let mut others = [Vec::new(), Vec::new()];
        for (index, (interest, expression)) in expressions.iter().enumerate() {
            let target = |begin| (begin, Target::Expression(index));
            let of_word = expression.distance_of_word().zip(expression.short_beginnings());
            match of_word {
                Some((far, beginnings)) => {
                    in_words.extend(beginnings.into_iter().map(target));
                    distance = distance.max(far);
                }
                None => match expression.beginnings() {
                    Some(beginnings) => searched.extend(beginnings.into_iter().map(target)),
                    None => others[usize::from(opens[*interest as usize])].push(index),
                },
            }
        }
        // Few are found faster everywhere.
        if in_words.len() <= FEW_IN_WORDS {
            searched.append(&mut in_words);
        }
        let mut targets = Vec::new();
        let mut packs = heads::packs(searched.into_iter(), &mut targets).map_err(bad)?;
        packs.extend(heads::in_words(in_words.into_iter(), distance, &mut targets).map_err(bad)?);
        let [plain, opening] = others.map(|others| Anywhere::new(others, &expressions));
        let anywhere = [plain.map_err(bad)?, opening.map_err(bad)?];
        Ok(Self { literals, expressions, targets, packs, anywhere, opens })
    }

    /// Finds the lines that are hit. `lines` is scratch memory; it holds the indices, ascending,
    /// when the answer is [`Shown::Some`]. Where it would take too long to tell, which is on no ordinary
    /// line, a line is shown that may be hit.
    pub fn search(&self, batch: &LineBatch, lines: &mut Vec<u32>) -> Shown {
        self.search_lines(batch, lines, &mut Vec::new(), &mut effort(batch))
    }

    fn search_lines(
        &self,
        batch: &LineBatch,
        lines: &mut Vec<u32>,
        progress: &mut Vec<Progress>,
        budget: &mut usize,
    ) -> Shown {
        lines.clear();
        progress.resize(self.expressions.len(), Progress::default());
        self.find_lines(false, batch, progress, budget, lines);
        let all = lines.len();
        if self.opens.contains(&true) {
            self.find_lines(true, batch, progress, budget, lines);
        }
        let first = lines[all..].iter().min().copied();
        lines.sort_unstable();
        lines.dedup();
        shown(batch, lines, first)
    }

    /// Finds the lines that are hit, as [`Gate::search`] does, and every hit on them.
    pub fn search_hits(&self, batch: &LineBatch, found: &mut Found) -> Shown {
        let mut budget = effort(batch);
        found.complete = self.find_hits(batch, &mut budget, found);
        if !found.complete {
            found.hits.clear();
            return self.search_lines(batch, &mut found.lines, &mut found.progress, &mut budget);
        }
        found.hits.sort_unstable();
        found.lines.clear();
        found.lines.extend(found.hits.iter().map(|hit| hit.line));
        found.lines.dedup();
        let first = found.hits.iter().find(|hit| self.opens[hit.interest as usize]).map(|hit| hit.line);
        shown(batch, &mut found.lines, first)
    }

    /// All hits, in no order; `false` when it gave up.
    fn find_hits(&self, batch: &LineBatch, budget: &mut usize, found: &mut Found) -> bool {
        let Found { lines, hits, candidates, progress, .. } = found;
        hits.clear();
        candidates.clear();
        progress.clear();
        progress.resize(self.expressions.len(), Progress::default());
        let bytes = &batch.bytes;
        for pack in &self.packs {
            let (mut at, mut cursor) = (0, pack.cursor());
            while let Some((start, head)) = cursor.find(bytes, at) {
                if candidates.len() == MAX_HITS {
                    return false;
                }
                candidates.push((start as u64) << 32 | head as u64);
                at = start + 1;
            }
        }
        // Packs are searched one after the other, and expressions must be asked in order.
        candidates.sort_unstable();
        let mut line = 0;
        for candidate in &*candidates {
            let (start, head) = ((candidate >> 32) as usize, *candidate as u32 as usize);
            line += line_of(&batch.ends[line..], start);
            let Some(&end) = batch.ends.get(line) else { break };
            let begin = batch.start(line);
            let bytes = &bytes[..end as usize];
            self.find_at(bytes, start, head, progress, budget, |interest, start, end| {
                hits.push(hit(line, begin, interest, start, end));
                true
            });
            if *budget == 0 || hits.len() > MAX_HITS {
                return false;
            }
        }
        for anywhere in self.anywhere.iter().flatten() {
            lines.clear();
            hit_lines(batch, false, lines, |at| anywhere.find(bytes, at), |_, _, _| true);
            for &line in &*lines {
                let line = line as usize;
                let (begin, end) = (batch.start(line), batch.ends[line] as usize);
                for &expression in &anywhere.expressions {
                    let (interest, expression) = &self.expressions[expression];
                    expression.find_all(&bytes[..end], begin, budget, |start, end| {
                        hits.push(hit(line, begin, *interest, start, end));
                    });
                }
                if *budget == 0 || hits.len() > MAX_HITS {
                    return false;
                }
            }
        }
        true
    }

    /// Appends the lines that are hit, in no order, a line maybe more than once. With `opening` only those
    /// that an opener hits, of which the first one is enough.
    fn find_lines(
        &self,
        opening: bool,
        batch: &LineBatch,
        progress: &mut [Progress],
        budget: &mut usize,
        lines: &mut Vec<u32>,
    ) {
        let bytes = &batch.bytes;
        for pack in &self.packs {
            progress.fill(Progress::default());
            let is_hit = |start: usize, end: usize, head: usize| {
                let mut is_hit = false;
                self.find_at(&bytes[..end], start, head, progress, budget, |interest, _, _| {
                    is_hit = !opening || self.opens[interest as usize];
                    !is_hit
                });
                is_hit || *budget == 0
            };
            let mut cursor = pack.cursor();
            hit_lines(batch, opening, lines, |at| cursor.find(bytes, at), is_hit);
        }
        let others = if opening { &self.anywhere[1..] } else { &self.anywhere[..] };
        for anywhere in others.iter().flatten() {
            hit_lines(batch, opening, lines, |at| anywhere.find(bytes, at), |_, _, _| true);
        }
    }

    /// What is hit where a head begins; `bytes` ends with the line. `found` is given the interest and where
    /// the hit begins and ends, and answers whether to go on. When nothing is left of `budget`, hits may be
    /// missing.
    fn find_at(
        &self,
        bytes: &[u8],
        start: usize,
        head: usize,
        progress: &mut [Progress],
        budget: &mut usize,
        mut found: impl FnMut(u32, usize, usize) -> bool,
    ) {
        for target in &self.targets[head] {
            if *budget == 0 {
                return;
            }
            *budget -= 1;
            let hit = match *target {
                Target::Literal(literal) => {
                    let (interest, literal) = &self.literals[literal];
                    *budget = budget.saturating_sub(literal.len() / COMPARED);
                    bytes[start..].starts_with(literal).then_some((*interest, start, start + literal.len()))
                }
                Target::Expression(expression) => {
                    let progress = &mut progress[expression];
                    let (interest, expression) = &self.expressions[expression];
                    expression
                        .find(bytes, start, progress, budget)
                        .map(|(start, end)| (*interest, start, end))
                }
            };
            if let Some((interest, start, end)) = hit
                && !found(interest, start, end)
            {
                return;
            }
        }
    }
}

/// Expressions that begin with nothing that could be searched.
#[derive(Debug)]
struct Anywhere {
    /// Finds the lines that one of them hits.
    union: Regex,
    expressions: Vec<usize>,
}

impl Anywhere {
    fn new(indices: Vec<usize>, all: &[(u32, Expression)]) -> Result<Option<Self>, String> {
        let union = expressions::union(indices.iter().map(|index| &all[*index].1))?;
        Ok(union.map(|union| Self { union, expressions: indices }))
    }

    /// Where one of them matches next, at or after `at`; there is no head.
    fn find(&self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        self.union.search(&Input::new(bytes).span(at..bytes.len())).map(|found| (found.start(), 0))
    }
}

/// Bytes that may be read again, all in all, until the search of a batch gives up.
fn effort(batch: &LineBatch) -> usize {
    EFFORT * batch.bytes.len() + MIN_EFFORT
}

fn hit(line: usize, begin: usize, interest: u32, start: usize, end: usize) -> Hit {
    // A batch is far below 4 GiB: see `LineBatch::push`.
    Hit { line: line as u32, interest, start: (start - begin) as u32, end: (end - begin) as u32 }
}

/// Walks the whole buffer: `find` tells where the next line may be hit, at or after a byte, and by which
/// head; `is_hit` is given this and the end of the line. One hit on a line is enough: the search goes on
/// with the line after.
fn hit_lines(
    batch: &LineBatch,
    first_only: bool,
    lines: &mut Vec<u32>,
    mut find: impl FnMut(usize) -> Option<(usize, usize)>,
    mut is_hit: impl FnMut(usize, usize, usize) -> bool,
) {
    let mut line = 0;
    let mut at = 0;
    while at < batch.bytes.len() {
        let Some((start, head)) = find(at) else { return };
        line += line_of(&batch.ends[line..], start);
        let Some(&end) = batch.ends.get(line) else { return };
        if !is_hit(start, end as usize, head) {
            at = start + 1;
            continue;
        }
        lines.push(line as u32);
        line += 1;
        if first_only || line >= batch.len() {
            return;
        }
        at = batch.start(line);
    }
}

/// The first line of `ends` that ends at `position` or after it.
fn line_of(ends: &[u32], position: usize) -> usize {
    // Where most lines are hit it is one of the next.
    match ends.iter().take(4).position(|&end| end as usize >= position) {
        Some(line) => line,
        None => ends.partition_point(|&end| (end as usize) < position),
    }
}

/// What to show of the lines that are hit, given the first one with an opener: everything after it too.
fn shown(batch: &LineBatch, lines: &mut Vec<u32>, opener: Option<u32>) -> Shown {
    if let Some(first) = opener {
        lines.truncate(lines.partition_point(|&line| line < first));
        lines.extend(first..batch.len() as u32);
    }
    match lines.len() {
        0 => Shown::None,
        all if all == batch.len() => Shown::All,
        _ => Shown::Some,
    }
}

#[cfg(test)]
mod tests;
