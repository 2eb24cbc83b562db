//! Finds what must be masked.
//!
//! One automaton over all literals (the cues of named values and the rules' anchors) runs over a whole
//! batch, whatever the number of its lines. It says which lines may hold a value, and which rules may match
//! in a line, and from where on; only those are tried there. The user's own patterns have no anchors: one
//! expression that is the union of them is searched the same way.
//!
//! What the host is told to search ([`Search::interests`]) hits every line that would be changed, so
//! it makes no difference whether the host shows the filter all lines or the hits. And where it hits
//! ([`Hit`]) tells what to do with a whole line, which is then not searched again but for the values that
//! stand in it in other clothes.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use aho_corasick::FindOverlappingIter;
use aho_corasick::Match;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use sortie_line_regex::Group;
use sortie_line_regex::on_one_line;
use sortie_line_regex::text;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Hit;
use sortie_plugin_sdk::Interest;
use sortie_plugin_sdk::Pattern;

use crate::builtin;
use crate::builtin::Anchors;
use crate::builtin::Part;
pub use crate::builtin::Span;
use crate::config::Builtin;
use crate::config::Config;
use crate::config::Secret;
use crate::disguise;
use crate::key_material;
use crate::values::Kinds;
use crate::values::Values;

/// Bytes of literals up to which they are searched with a DFA.
const DFA_LIMIT: usize = 16 * 1024;

/// Matches of a built-in rule that are no secret, within which others are looked for. A line full of what looks
/// like the beginning of one would be read again from each.
const RETRIES: usize = 16;

/// Name of the group that is masked.
const SECRET: &str = "secret";

/// Everything that is searched, compiled once.
pub struct Search {
    values: Values,
    /// All needles, overlapping, so that none hides in another one. Made when it is needed: behind the host's
    /// search it hardly ever is.
    automaton: OnceLock<Option<AhoCorasick>>,
    needles: Vec<Needle>,
    rules: Vec<Rule>,
    /// Union of the rules and cues without anchors.
    union: Option<Regex>,
    /// The first of the user's own rules, which have no anchors and come last.
    of_user: usize,
    private_key: bool,
    key_begin: OnceLock<Regex>,
    key_end: OnceLock<Regex>,
    coloured: OnceLock<Regex>,
    /// What a hit of each interest means.
    interests: Vec<(Interest, HitMeaning)>,
}

enum HitMeaning {
    /// This cue of a named value.
    Cue(usize),
    /// This rule matches there.
    Match(usize),
    /// These rules may match somewhere on the line.
    Anchor(Vec<usize>),
    /// A private key may begin.
    Key,
    /// A token may be in disguise.
    Disguise,
}

struct Needle {
    bytes: Vec<u8>,
    meaning: Meaning,
}

enum Meaning {
    /// The beginning of this cue of a named value.
    Cue(usize),
    /// These rules may match.
    Anchor(Vec<usize>),
    /// A private key may begin.
    Key,
    /// A token may be coloured.
    Colour,
    /// A token may be in UTF-16.
    Wide,
}

struct Rule {
    expression: Cow<'static, str>,
    /// Compiled when a line needs it: there are many, and most logs need none.
    regex: OnceLock<Regex>,
    masked: Masked,
    /// Every match begins with an anchor.
    anchored: bool,
}

/// What is masked of a match.
enum Masked {
    /// This group; 0 is the whole match.
    Group(usize),
    /// The first group, unless what it holds is no secret.
    Secret,
    /// What this finds.
    Found(fn(&[u8], Span) -> Option<Span>),
}

/// What may be in a line beside the secrets that are. Kept from line to line for its memory.
#[derive(Debug, Default)]
pub(crate) struct Due {
    /// Rules, and where the first and the last match of each one can begin.
    rules: Vec<(usize, usize, usize)>,
    /// A private key may begin.
    pub(crate) key: bool,
    /// Named values, in clothes of these kinds.
    look: Option<Kinds>,
    /// A named value may begin at the line's end.
    pub(crate) goes_on: bool,
    /// A named value may be in a dump of bytes.
    pub(crate) dump: bool,
    /// Tokens in disguise.
    disguise: bool,
}

/// Bytes of a cue that the automaton knows: the rest is compared where they are.
const CUE_HEAD: usize = 8;

impl Search {
    /// Compiles what the configuration asks for.
    ///
    /// # Errors
    /// A name, an expression or a value that cannot be used.
    pub fn new(config: &Config, secrets: &[Secret]) -> Result<Self, Finding> {
        let values = Values::new(secrets, config.min_length)?;
        let mut needles = Vec::new();
        for (index, cue) in values.cues().iter().enumerate() {
            for head in &cue.heads {
                let bytes = head[..head.len().min(CUE_HEAD)].to_vec();
                needles.push(Needle { bytes, meaning: Meaning::Cue(index) });
            }
        }
        let mut rules = Vec::new();
        let (selected, private_key) = select(&config.builtin)?;
        for rule in selected {
            let (Anchors::Begin(anchors) | Anchors::Inside(anchors)) = rule.anchors;
            for anchor in anchors {
                add_anchor(&mut needles, anchor, rules.len());
            }
            rules.push(Rule::builtin(rule));
        }
        let of_user = rules.len();
        for (index, pattern) in config.patterns.iter().enumerate() {
            let rule =
                compile(pattern).map_err(|error| Finding::error(format!("/patterns/{index}"), error))?;
            if rule.regex().is_match(b"") {
                return Err(Finding::error(
                    format!("/patterns/{index}"),
                    "the pattern matches the empty string: it would match every line",
                ));
            }
            rules.push(rule);
        }
        if private_key {
            let anchors = key_material::ANCHORS.iter();
            needles.extend(
                anchors.map(|anchor| Needle { bytes: anchor.as_bytes().to_vec(), meaning: Meaning::Key }),
            );
        }
        if !rules.is_empty() {
            let wide =
                disguise::WIDE.iter().map(|sign| Needle { bytes: sign.to_vec(), meaning: Meaning::Wide });
            needles.extend(wide);
            needles.push(Needle { bytes: disguise::COLOUR.to_vec(), meaning: Meaning::Colour });
        }
        let mut union: Vec<String> =
            rules[of_user..].iter().map(|rule| rule.expression.to_string()).collect();
        for cue in values.cues().iter().filter(|cue| cue.heads.is_empty()) {
            if let Pattern::Regex(expression) = &cue.interest.pattern {
                union.push(expression.clone());
            }
        }
        let of_values = values.cues().iter().enumerate();
        let mut interests: Vec<_> =
            of_values.map(|(index, cue)| (cue.interest.clone(), HitMeaning::Cue(index))).collect();
        interests.extend(of_rules(&needles, &rules));
        if private_key {
            interests.push((Interest::regex(key_material::BEGIN).opens(), HitMeaning::Key));
        }
        let internal = |error: String| Finding::error("", error);
        Ok(Self {
            values,
            automaton: OnceLock::new(),
            needles,
            of_user,
            rules,
            union: if union.is_empty() { None } else { Some(regex(&union.join("|")).map_err(internal)?) },
            private_key,
            key_begin: OnceLock::new(),
            key_end: OnceLock::new(),
            coloured: OnceLock::new(),
            interests,
        })
    }

    /// What the host must search so that the filter sees every line it would change. Where something is
    /// hit tells what to mask of a line.
    pub fn interests(&self) -> Vec<Interest> {
        self.interests.iter().map(|(interest, _)| interest.clone()).collect()
    }

    /// Adds everything to mask in a line, given its hits, as [`Scan::spans`] does.
    pub(crate) fn spans_of_hits(&self, line: &[u8], hits: &[Hit], spans: &mut Vec<Span>, due: &mut Due) {
        due.clear();
        for hit in hits {
            let (start, end) = (hit.start as usize, hit.end as usize);
            match self.interests.get(hit.interest as usize).map(|(_, meaning)| meaning) {
                Some(HitMeaning::Cue(cue)) => self.found_cue(*cue, line, start..end, spans, due),
                Some(HitMeaning::Match(rule)) => self.rules[*rule].span((start, end), line, spans),
                Some(HitMeaning::Anchor(rules)) => {
                    rules.iter().for_each(|rule| due.add(*rule, 0, line.len()));
                }
                Some(HitMeaning::Key) => due.key = true,
                Some(HitMeaning::Disguise) => due.disguise = true,
                // There is no such interest.
                None => {}
            }
        }
        self.look(line, spans, due);
        for &(rule, first, last) in &due.rules {
            self.rules[rule].spans(line, first, last, spans);
        }
        if due.disguise {
            disguise::look(line, spans, |plain, spans| self.tokens(plain, spans));
        }
    }

    /// Adds the spans of what the rules find in a text.
    fn tokens(&self, text: &[u8], spans: &mut Vec<Span>) {
        let mut due = Due::default();
        let automaton = self.automaton.get_or_init(|| automaton(&self.needles)).as_ref();
        for found in automaton.into_iter().flat_map(|automaton| automaton.find_overlapping_iter(text)) {
            if let Meaning::Anchor(rules) = &self.needles[found.pattern().as_usize()].meaning {
                rules.iter().for_each(|rule| due.add(*rule, 0, text.len()));
            }
        }
        due.rules.extend((self.of_user..self.rules.len()).map(|rule| (rule, 0, text.len())));
        for &(rule, first, last) in &due.rules {
            self.rules[rule].spans(text, first, last, spans);
        }
    }

    /// Whether a token on a line may be coloured.
    fn is_coloured(&self, line: &[u8]) -> bool {
        self.coloured.get_or_init(|| builtin_regex(disguise::COLOURED)).is_match(line)
    }

    /// What a cue tells that is found in a line.
    fn found_cue(&self, cue: usize, line: &[u8], at: Range<usize>, spans: &mut Vec<Span>, due: &mut Due) {
        let cue = &self.values.cues()[cue];
        if cue.goes_on {
            due.goes_on = true;
            return;
        }
        due.dump |= cue.in_dump;
        due.goes_on |= cue.kinds.base32;
        match cue.exact(line, &at) {
            Some(span) => spans.push(span),
            None if cue.may_be_dressed(line, at.start) => {
                due.look = Some(due.look.unwrap_or_default().and(cue.kinds))
            }
            None => {}
        }
    }

    /// Whether there are named values.
    pub(crate) fn has_values(&self) -> bool {
        !self.values.cues().is_empty()
    }

    /// The named values.
    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    /// Adds the spans of the named values for which there was a cue.
    fn look(&self, line: &[u8], spans: &mut Vec<Span>, due: &Due) {
        if let Some(kinds) = due.look {
            self.values.look(line, kinds, spans);
        }
    }

    /// Whether anything in the mask is to be masked.
    pub(crate) fn is_in_mask(&self, mask: &str) -> bool {
        let mut spans = Vec::new();
        self.values.look(mask.as_bytes(), Kinds::ALL, &mut spans);
        // To search with an expression for the first time takes long, and the built-in ones need letters.
        let has_letters = mask.bytes().any(|byte| byte.is_ascii_alphanumeric());
        let rules = if has_letters { 0..self.rules.len() } else { self.of_user..self.rules.len() };
        self.rules[rules].iter().for_each(|rule| rule.spans(mask.as_bytes(), 0, mask.len(), &mut spans));
        !spans.is_empty()
    }

    /// Begins to search `bytes`, lines with a newline between, at byte `from`.
    pub(crate) fn scan<'a>(&'a self, bytes: &'a [u8], from: usize) -> Scan<'a> {
        let input = aho_corasick::Input::new(bytes).span(from..bytes.len());
        let automaton = self.automaton.get_or_init(|| automaton(&self.needles)).as_ref();
        let literals = automaton.map(|automaton| automaton.find_overlapping_iter(input));
        let mut scan = Scan { search: self, bytes, literals, literal: None, unanchored: None };
        scan.advance();
        scan
    }

    /// What begins a private key, at or after `from`.
    pub(crate) fn key_begin(&self, line: &[u8], from: usize) -> Option<Span> {
        if !self.private_key {
            return None;
        }
        let begin = self.key_begin.get_or_init(|| builtin_regex(key_material::BEGIN));
        begin.find_at(line, from).map(|found| (found.start(), found.end()))
    }

    /// End of a private key, at or after `from`.
    pub(crate) fn key_end(&self, line: &[u8], from: usize) -> Option<usize> {
        let end = self.key_end.get_or_init(|| builtin_regex(key_material::END));
        end.find_at(line, from).map(|found| found.end())
    }
}

/// One pass over lines, forward. Nothing that is searched can match a newline.
pub(crate) struct Scan<'a> {
    search: &'a Search,
    bytes: &'a [u8],
    literals: Option<FindOverlappingIter<'a, 'a>>,
    /// The literal that comes next.
    literal: Option<Match>,
    /// Where the union of the rules without anchors hits next, `usize::MAX` when nowhere; `None`
    /// when that was not looked for yet.
    unanchored: Option<usize>,
}

impl Scan<'_> {
    /// Where something is hit next, at or after `from`; `usize::MAX` when nothing is.
    pub(crate) fn next_hit(&mut self, from: usize) -> usize {
        self.skip_literals(from);
        let literal = self.literal.map_or(usize::MAX, |found| found.start());
        literal.min(self.next_unanchored(from))
    }

    /// Adds everything to mask in the bytes `line` from its byte `from` on (what is before is
    /// context only), as positions in the line, in no order. Private keys are not among them, but
    /// `due` tells whether to look for one.
    pub(crate) fn spans(&mut self, line: Range<usize>, from: usize, spans: &mut Vec<Span>, due: &mut Due) {
        due.clear();
        let after = &self.bytes[line.start + from..line.end];
        let of_values = spans.len();
        let mut has_colour = false;
        self.skip_literals(line.start + from);
        while let Some(found) = self.literal.filter(|found| found.end() <= line.end) {
            let start = found.start() - line.start;
            match &self.search.needles[found.pattern().as_usize()].meaning {
                Meaning::Cue(cue) => {
                    if let Some(at) = self.search.values.cues()[*cue].found_at(after, start - from) {
                        self.search.found_cue(*cue, after, at, spans, due);
                    }
                }
                Meaning::Anchor(rules) => {
                    for &rule in rules {
                        match self.search.rules[rule].anchored {
                            true => due.add(rule, start, start),
                            false => due.add(rule, from, line.len()),
                        }
                    }
                }
                Meaning::Key => due.key = true,
                Meaning::Colour => has_colour = true,
                Meaning::Wide => due.disguise = true,
            }
            self.advance();
        }
        if self.next_unanchored(line.start + from) < line.end {
            due.rules
                .extend((self.search.of_user..self.search.rules.len()).map(|rule| (rule, from, line.len())));
            due.look.get_or_insert_default();
        }
        due.disguise = due.disguise || (has_colour && self.search.is_coloured(after));
        self.search.look(after, spans, due);
        if due.disguise {
            disguise::look(after, spans, |plain, spans| self.search.tokens(plain, spans));
        }
        for span in &mut spans[of_values..] {
            *span = (span.0 + from, span.1 + from);
        }
        for &(rule, first, last) in &due.rules {
            self.search.rules[rule].spans(&self.bytes[line.clone()], first, last, spans);
        }
    }

    fn skip_literals(&mut self, from: usize) {
        while self.literal.is_some_and(|found| found.start() < from) {
            self.advance();
        }
    }

    fn advance(&mut self) {
        let Some(literals) = &mut self.literals else { return };
        self.literal = literals.next();
    }

    fn next_unanchored(&mut self, from: usize) -> usize {
        let Some(union) = &self.search.union else { return usize::MAX };
        match self.unanchored {
            Some(hit) if hit >= from => hit,
            _ => {
                let hit = union.find_at(self.bytes, from).map_or(usize::MAX, |found| found.start());
                *self.unanchored.insert(hit)
            }
        }
    }
}

/// What the host is to search, and what its hits mean.
fn of_rules(needles: &[Needle], rules: &[Rule]) -> Vec<(Interest, HitMeaning)> {
    let mut interests = Vec::new();
    // Rules that only their anchors stand for: no search for their matches could begin with these.
    let mut by_anchor = Vec::new();
    for needle in needles {
        let literal = || Interest::literal(needle.bytes.clone());
        match &needle.meaning {
            Meaning::Cue(_) | Meaning::Key => {}
            Meaning::Wide => interests.push((literal(), HitMeaning::Disguise)),
            Meaning::Colour => interests.push((Interest::regex(disguise::COLOURED), HitMeaning::Disguise)),
            Meaning::Anchor(anchored) => {
                let searched = |rule: &usize| !rules[*rule].anchored;
                let elsewhere: Vec<usize> = anchored.iter().copied().filter(searched).collect();
                if !elsewhere.is_empty() {
                    by_anchor.extend(&elsewhere);
                    interests.push((literal(), HitMeaning::Anchor(elsewhere)));
                }
            }
        }
    }
    for (index, rule) in rules.iter().enumerate() {
        if !by_anchor.contains(&index) {
            interests.push((Interest::regex(&*rule.expression), HitMeaning::Match(index)));
        }
    }
    interests
}

impl Due {
    fn clear(&mut self) {
        self.rules.clear();
        self.key = false;
        self.look = None;
        self.goes_on = false;
        self.dump = false;
        self.disguise = false;
    }

    fn add(&mut self, rule: usize, from: usize, to: usize) {
        match self.rules.iter_mut().find(|(due, ..)| *due == rule) {
            Some((_, first, last)) => (*first, *last) = ((*first).min(from), (*last).max(to)),
            None => self.rules.push((rule, from, to)),
        }
    }
}

/// Notes that a rule may match where `anchor` is.
fn add_anchor(needles: &mut Vec<Needle>, anchor: &str, rule: usize) {
    for needle in needles.iter_mut() {
        if let Meaning::Anchor(rules) = &mut needle.meaning
            && needle.bytes == anchor.as_bytes()
        {
            rules.push(rule);
            return;
        }
    }
    let bytes = anchor.as_bytes().to_vec();
    needles.push(Needle { bytes, meaning: Meaning::Anchor(vec![rule]) });
}

impl Rule {
    fn builtin(rule: &builtin::Rule) -> Self {
        let masked = match rule.part {
            Part::Whole => Masked::Group(0),
            Part::Group => Masked::Secret,
            Part::Found(find) => Masked::Found(find),
        };
        let anchored = matches!(rule.anchors, Anchors::Begin(_));
        Self { expression: Cow::Borrowed(rule.expression), regex: OnceLock::new(), masked, anchored }
    }

    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| builtin_regex(&self.expression))
    }

    /// Adds what is to be masked of matches that begin at `first` to `last`.
    fn spans(&self, line: &[u8], first: usize, last: usize, spans: &mut Vec<Span>) {
        let mut at = first;
        while at <= last {
            let Some(found) = self.regex().find_at(line, at) else { return };
            self.span((found.start(), found.end()), line, spans);
            at = if found.is_empty() { found.end() + 1 } else { found.end() };
        }
    }

    /// Adds what is to be masked of a match.
    fn span(&self, whole: Span, line: &[u8], spans: &mut Vec<Span>) {
        match self.masked {
            Masked::Group(0) => add(spans, whole),
            Masked::Group(group) => {
                // The match that begins there is the one that is hit.
                let captures = self.regex().captures_at(line, whole.0);
                let masked = captures.and_then(|captures| captures.get(group));
                add(spans, masked.map_or(whole, |masked| (masked.start(), masked.end())));
            }
            Masked::Secret => {
                let captures = self.regex().captures_at(line, whole.0);
                let secret = captures.and_then(|captures| captures.get(1));
                if let Some(secret) = secret.filter(|secret| !builtin::is_no_secret(secret.as_bytes())) {
                    add(spans, (secret.start(), secret.end()));
                }
            }
            Masked::Found(find) => {
                let mut found = Some(whole);
                for _ in 0..RETRIES {
                    let Some(one) = found else { return };
                    let secret = find(line, one);
                    spans.extend(secret.filter(|(start, end)| start < end));
                    // What is no secret may hide one that begins within it.
                    let next = if secret.is_some() { one.1 } else { one.0 + 1 };
                    if one == whole && secret.is_some() {
                        return;
                    }
                    found = self.regex().find_at(line, next).map(|found| (found.start(), found.end()));
                    found = found.filter(|(start, _)| *start < whole.1);
                }
            }
        }
    }
}

fn add(spans: &mut Vec<Span>, (start, end): Span) {
    if start < end {
        spans.push((start, end));
    }
}

/// The rules that `builtin` selects, and whether private keys are masked.
fn select(selection: &Builtin) -> Result<(Vec<&'static builtin::Rule>, bool), Finding> {
    match selection {
        Builtin::All(true) => Ok((builtin::rules().filter(|rule| rule.within.is_none()).collect(), true)),
        Builtin::All(false) => Ok((Vec::new(), false)),
        Builtin::Some(names) => {
            let known = builtin::names();
            for (index, name) in names.iter().enumerate() {
                if !known.contains(&name.as_str()) {
                    // What is near to no name may be a value in the wrong place.
                    let problem = match sortie_plugin_sdk::config::nearest(name, known.iter().copied()) {
                        Some(near) => format!("`{name}` is not a token format; did you mean `{near}`?"),
                        None => format!("it is not a token format; known are {}", known.join(", ")),
                    };
                    return Err(Finding::error(format!("/builtin/{index}"), problem));
                }
            }
            let has = |name: &str| names.iter().any(|wanted| wanted == name);
            let is_of_use = |rule: &&builtin::Rule| has(rule.name) && !rule.within.is_some_and(has);
            Ok((builtin::rules().filter(is_of_use).collect(), has(builtin::PRIVATE_KEY)))
        }
    }
}

fn automaton(needles: &[Needle]) -> Option<AhoCorasick> {
    if needles.is_empty() {
        return None;
    }
    let bytes: usize = needles.iter().map(|needle| needle.bytes.len()).sum();
    AhoCorasick::builder()
        // A DFA is the fastest and, for a few KiB of literals, small.
        .kind((bytes < DFA_LIMIT).then_some(AhoCorasickKind::DFA))
        .build(needles.iter().map(|needle| &needle.bytes))
        .map(Some)
        // Only for more than 2 GiB of them; without it nothing may be printed.
        .unwrap_or_else(|error| panic!("what is searched is too much: {error}"))
}

/// Compiles a pattern of the user, for matches on one line. Without a group named `secret` the whole match is
/// masked.
fn compile(pattern: &str) -> Result<Rule, String> {
    let parsed = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern)
        .map_err(|error| why_not(&error))?;
    // The tables for it are larger than all the rest.
    if parsed.properties().look_set().contains_word_unicode() {
        return Err("words of Unicode are not known here: write \\b without (?u)".to_owned());
    }
    let mut masked = None;
    for (index, name, repeated) in groups(&parsed, false) {
        if name == Some(SECRET) {
            if repeated {
                let why = "only what it matches last would be masked";
                return Err(format!("the group `{SECRET}` is repeated: {why}"));
            }
            masked = Some(Group { index, name: SECRET });
        }
    }
    // Without the group, so that it can be joined with others that have one of this name.
    let (Some(searched), Some(expression)) = (on_one_line(parsed.clone(), masked), on_one_line(parsed, None))
    else {
        return Err("it matches only across a line's end, and lines are searched one by one".to_owned());
    };
    let regex = regex(&text(&searched))?;
    let group = regex.capture_names().position(|name| name == Some(SECRET)).unwrap_or(0);
    Ok(Rule {
        expression: Cow::Owned(text(&expression)),
        regex: OnceLock::from(regex),
        masked: Masked::Group(group),
        anchored: false,
    })
}

/// Why an expression is none. Not in the parser's words, which quote it: it may be a secret.
fn why_not(error: &regex_syntax::Error) -> String {
    let (what, at) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.column),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.column),
        _ => return "it is no regular expression".to_owned(),
    };
    format!("{what}, at its character {at}")
}

/// The groups of an expression: index, name, and whether it lies in a repetition.
fn groups(expression: &Hir, repeated: bool) -> Vec<(u32, Option<&str>, bool)> {
    match expression.kind() {
        HirKind::Capture(capture) => {
            let mut found = vec![(capture.index, capture.name.as_deref(), repeated)];
            found.extend(groups(&capture.sub, repeated));
            found
        }
        HirKind::Repetition(repetition) => {
            groups(&repetition.sub, repeated || repetition.max.is_none_or(|max| max > 1))
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().flat_map(|part| groups(part, repeated)).collect()
        }
        _ => Vec::new(),
    }
}

/// Compiles an expression that is not of the user.
fn builtin_regex(expression: &str) -> Regex {
    regex(expression).expect("built-in expressions are tested")
}

fn regex(expression: &str) -> Result<Regex, String> {
    RegexBuilder::new(expression).unicode(false).build().map_err(|error| error.to_string())
}
