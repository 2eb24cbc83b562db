//! Finds what must be masked in one line.
//!
//! Two searches over a whole batch pick the lines that need a closer look: an automaton over all
//! literals (the secrets' forms and the rules' anchors), and one expression that is the union of
//! the rules without anchors. Only such a line is searched rule by rule. The two are at the same
//! time what the host is told to search ([`Search::interests`]): a line is changed only if one of
//! them hits, so it makes no difference whether the host shows the filter all lines or the hits.

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use aho_corasick::MatchKind;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use regex_syntax::hir::Capture;
use regex_syntax::hir::Class;
use regex_syntax::hir::ClassBytes;
use regex_syntax::hir::ClassBytesRange;
use regex_syntax::hir::ClassUnicode;
use regex_syntax::hir::ClassUnicodeRange;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use regex_syntax::hir::Look;
use regex_syntax::hir::Repetition;
use sortie_plugin_sdk::Diagnostic;
use sortie_plugin_sdk::Interest;

use crate::builtin;
use crate::config::Builtin;
use crate::config::Config;
use crate::config::Secret;
use crate::values;

/// The longest literal that is searched. Streams hold back more than this of an unfinished line,
/// so that no literal is ever cut ([`crate::stream::HELD`]).
pub const MAX_LITERAL: usize = 32 * 1024;

/// What begins a private key: PKCS #1, PKCS #8, SEC 1, OpenSSH, PGP.
const KEY_BEGIN: &str = "-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY";
/// What ends one.
const KEY_END: &str = "-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----";

/// Bytes to mask: from, to.
pub type Span = (usize, usize);

/// The rules whose anchors a line has. Kept from line to line for its memory.
#[derive(Debug, Default)]
pub(crate) struct Due(Vec<bool>);

/// Everything that is searched, compiled once.
pub struct Search {
    /// Literals of all kinds, for the batch: leftmost, with the vectorised prefilter.
    gate: Option<AhoCorasick>,
    /// The same literals, for one line: overlapping, so that no secret hides in another one.
    literals: Option<AhoCorasick>,
    needles: Vec<Vec<u8>>,
    /// For each literal: the rules whose anchor it is; empty for a secret.
    anchors: Vec<Vec<usize>>,
    rules: Vec<Rule>,
    /// Union of the rules without anchors, and of what begins a private key.
    union: Option<Regex>,
    unanchored: Vec<usize>,
    key_begin: Option<Regex>,
    key_end: Regex,
}

struct Rule {
    regex: Regex,
    expression: String,
    /// Group to mask; 0 is the whole match.
    group: usize,
}

impl Search {
    /// Compiles what the configuration asks for.
    ///
    /// # Errors
    /// A name, an expression or a value that can not be used.
    pub fn new(config: &Config, secrets: &[Secret]) -> Result<Self, Diagnostic> {
        let mut needles = Vec::new();
        let mut anchors = Vec::new();
        for secret in secrets {
            for form in secret_forms(secret, config.min_length)? {
                needles.push(form);
                anchors.push(Vec::new());
            }
        }
        let mut rules = Vec::new();
        let mut unanchored = Vec::new();
        let (selected, private_key) = select(&config.builtin)?;
        for rule in selected {
            let index = rules.len();
            rules.push(compile(rule.expression, true).map_err(|error| Diagnostic::error("/builtin", error))?);
            if rule.anchors.is_empty() {
                unanchored.push(index);
            }
            for anchor in rule.anchors {
                match (0..needles.len())
                    .find(|found| !anchors[*found].is_empty() && needles[*found] == anchor.as_bytes())
                {
                    Some(found) => anchors[found].push(index),
                    None => {
                        needles.push(anchor.as_bytes().to_vec());
                        anchors.push(vec![index]);
                    }
                }
            }
        }
        for (index, pattern) in config.patterns.iter().enumerate() {
            let rule = compile(pattern, false)
                .map_err(|error| Diagnostic::error(format!("/patterns/{index}"), error))?;
            if rule.regex.is_match(b"") {
                return Err(Diagnostic::error(
                    format!("/patterns/{index}"),
                    "the pattern matches the empty string: it would match every line",
                ));
            }
            unanchored.push(rules.len());
            rules.push(rule);
        }
        let mut union: Vec<String> =
            unanchored.iter().map(|index| format!("(?:{})", rules[*index].expression)).collect();
        if private_key {
            union.push(KEY_BEGIN.to_owned());
        }
        let internal = |error: String| Diagnostic::error("", error);
        Ok(Self {
            gate: automaton(&needles, MatchKind::LeftmostFirst)?,
            literals: automaton(&needles, MatchKind::Standard)?,
            needles,
            anchors,
            union: if union.is_empty() { None } else { Some(regex(&union.join("|")).map_err(internal)?) },
            rules,
            unanchored,
            key_begin: if private_key { Some(regex(KEY_BEGIN).map_err(internal)?) } else { None },
            key_end: regex(KEY_END).map_err(internal)?,
        })
    }

    /// What the host must search so that the filter sees every line it would change.
    pub fn interests(&self) -> Vec<Interest> {
        let literals = self.needles.iter().map(|needle| Interest::literal(needle.clone()));
        let rules =
            self.unanchored.iter().map(|index| Interest::regex(self.rules[*index].expression.clone()));
        let key = self.key_begin.iter().map(|_| Interest::regex(KEY_BEGIN).opens());
        literals.chain(rules).chain(key).collect()
    }

    /// Start of the first literal at or after `from`. No literal holds a newline.
    pub(crate) fn next_literal(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let input = aho_corasick::Input::new(bytes).span(from..bytes.len());
        self.gate.as_ref()?.find(input).map(|found| found.start())
    }

    /// Start of the first match, at or after `from`, of a rule without anchors or of what begins a
    /// private key. None of them matches a newline.
    pub(crate) fn next_unanchored(&self, bytes: &[u8], from: usize) -> Option<usize> {
        self.union.as_ref()?.find_at(bytes, from).map(|found| found.start())
    }

    /// Adds everything to mask in `line` from byte `from` on (what is before is context only),
    /// in no order. Private keys are not looked for here.
    pub(crate) fn spans(&self, line: &[u8], from: usize, spans: &mut Vec<Span>, Due(due): &mut Due) {
        due.clear();
        due.resize(self.rules.len(), false);
        if let Some(literals) = &self.literals {
            let input = aho_corasick::Input::new(line).span(from..line.len());
            for found in literals.find_overlapping_iter(input) {
                let rules = &self.anchors[found.pattern().as_usize()];
                if rules.is_empty() {
                    spans.push((found.start(), found.end()));
                }
                for rule in rules {
                    due[*rule] = true;
                }
            }
        }
        if self.next_unanchored(line, from).is_some() {
            for rule in &self.unanchored {
                due[*rule] = true;
            }
        }
        for (rule, _) in self.rules.iter().zip(due).filter(|(_, due)| **due) {
            rule.spans(line, from, spans);
        }
    }

    /// What begins a private key, at or after `from`.
    pub(crate) fn key_begin(&self, line: &[u8], from: usize) -> Option<Span> {
        self.key_begin.as_ref()?.find_at(line, from).map(|found| (found.start(), found.end()))
    }

    /// End of a private key, at or after `from`.
    pub(crate) fn key_end(&self, line: &[u8], from: usize) -> Option<usize> {
        self.key_end.find_at(line, from).map(|found| found.end())
    }
}

impl Rule {
    fn spans(&self, line: &[u8], from: usize, spans: &mut Vec<Span>) {
        let mut at = from;
        while at <= line.len() {
            let (whole, masked) = if self.group == 0 {
                let Some(found) = self.regex.find_at(line, at) else { return };
                (found, found)
            } else {
                let Some(captures) = self.regex.captures_at(line, at) else { return };
                let Some(whole) = captures.get(0) else { return };
                (whole, captures.get(self.group).unwrap_or(whole))
            };
            if !masked.is_empty() {
                spans.push((masked.start(), masked.end()));
            }
            at = if whole.is_empty() { whole.end() + 1 } else { whole.end() };
        }
    }
}

/// The literals of one secret.
fn secret_forms(secret: &Secret, min_length: usize) -> Result<impl Iterator<Item = Vec<u8>>, Diagnostic> {
    if min_length == 0 {
        return Err(Diagnostic::error("/min-length", "must be at least 1"));
    }
    let length = secret.value.trim().len();
    if length < min_length {
        return Err(Diagnostic::error(
            secret.path.clone(),
            format!(
                "the value has {length} bytes: masking anything shorter than {min_length} would wreck \
                 the log (`min-length` lowers the limit)"
            ),
        ));
    }
    // A line that is too short is not masked; one that is not must be there.
    if secret.value.lines().all(|line| line.trim().len() < min_length) {
        return Err(Diagnostic::error(
            secret.path.clone(),
            format!("no line of the value has the {min_length} bytes that `min-length` asks for"),
        ));
    }
    if secret.value.lines().any(|line| line.len() > MAX_LITERAL / 6) {
        return Err(Diagnostic::error(
            secret.path.clone(),
            format!("a line of the value is longer than {} bytes", MAX_LITERAL / 6),
        ));
    }
    // What is longer is the whole of a value of many lines, encoded: its lines are literals too.
    Ok(values::forms(&secret.value, min_length).into_iter().filter(|form| form.len() <= MAX_LITERAL))
}

/// The rules that `builtin` selects, and whether private keys are masked.
fn select(selection: &Builtin) -> Result<(Vec<&'static builtin::Rule>, bool), Diagnostic> {
    match selection {
        Builtin::All(true) => Ok((builtin::RULES.iter().collect(), true)),
        Builtin::All(false) => Ok((Vec::new(), false)),
        Builtin::Some(names) => {
            let known = builtin::names();
            for (index, name) in names.iter().enumerate() {
                if !known.contains(&name.as_str()) {
                    let hint = match sortie_plugin_sdk::config::nearest(name, known.iter().copied()) {
                        Some(nearest) => format!("did you mean `{nearest}`?"),
                        None => format!("known are {}", known.join(", ")),
                    };
                    return Err(Diagnostic::error(
                        format!("/builtin/{index}"),
                        format!("`{name}` is no token format; {hint}"),
                    ));
                }
            }
            let has = |name: &str| names.iter().any(|wanted| wanted == name);
            Ok((builtin::RULES.iter().filter(|rule| has(rule.name)).collect(), has(builtin::PRIVATE_KEY)))
        }
    }
}

fn automaton(needles: &[Vec<u8>], kind: MatchKind) -> Result<Option<AhoCorasick>, Diagnostic> {
    if needles.is_empty() {
        return Ok(None);
    }
    let bytes: usize = needles.iter().map(Vec::len).sum();
    AhoCorasick::builder()
        .match_kind(kind)
        // A DFA is the fastest and, for a few KiB of literals, small.
        .kind((bytes < 16 * 1024).then_some(AhoCorasickKind::DFA))
        .build(needles)
        .map(Some)
        .map_err(|error| Diagnostic::error("", format!("the secrets are too many or too long: {error}")))
}

/// Compiles a rule's expression, rewritten so that it can not match a newline. Without a group
/// named `secret`, `narrow` says whether the first group is what is masked (as in the table of
/// built-in rules) or the whole match.
fn compile(expression: &str, narrow: bool) -> Result<Rule, String> {
    let parsed = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(expression)
        .map_err(|error| error.to_string())?;
    let searched = without_newline(&parsed);
    if !can_match(&searched) {
        return Err("it matches only across a line's end, and lines are searched one by one".to_owned());
    }
    let regex = regex(&searched.to_string())?;
    let named = regex.capture_names().position(|name| name == Some("secret"));
    let first = if narrow { regex.captures_len().min(2) - 1 } else { 0 };
    // Without groups, so that it can be joined with others whatever their names are.
    let expression = without_captures(&searched).to_string();
    Ok(Rule { expression, group: named.unwrap_or(first), regex })
}

/// The same expression, but for matches with a newline in them. Lines are searched many at a time,
/// and a match that begins on one line must not swallow one on the next.
fn without_newline(expression: &Hir) -> Hir {
    match expression.kind() {
        HirKind::Look(Look::Start | Look::StartLF | Look::StartCRLF) => Hir::look(Look::StartLF),
        // Before a carriage return as well as after it, so that batch and single line agree.
        HirKind::Look(Look::End | Look::EndLF | Look::EndCRLF) => {
            Hir::alternation(vec![Hir::look(Look::EndCRLF), Hir::look(Look::EndLF)])
        }
        HirKind::Empty | HirKind::Look(_) => expression.clone(),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => Hir::fail(),
        HirKind::Literal(_) => expression.clone(),
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(without_newline(&repetition.sub)),
            ..repetition.clone()
        }),
        HirKind::Capture(capture) => {
            Hir::capture(Capture { sub: Box::new(without_newline(&capture.sub)), ..capture.clone() })
        }
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_newline).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_newline).collect()),
    }
}

/// The same expression without its groups.
fn without_captures(expression: &Hir) -> Hir {
    match expression.kind() {
        HirKind::Capture(capture) => without_captures(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(without_captures(&repetition.sub)),
            ..repetition.clone()
        }),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_captures).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_captures).collect()),
        _ => expression.clone(),
    }
}

/// Whether anything is left that the expression can match.
fn can_match(expression: &Hir) -> bool {
    match expression.kind() {
        HirKind::Class(Class::Bytes(class)) => !class.ranges().is_empty(),
        HirKind::Class(Class::Unicode(class)) => !class.ranges().is_empty(),
        HirKind::Repetition(repetition) => repetition.min == 0 || can_match(&repetition.sub),
        HirKind::Capture(capture) => can_match(&capture.sub),
        HirKind::Concat(parts) => parts.iter().all(can_match),
        HirKind::Alternation(parts) => parts.iter().any(can_match),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => true,
    }
}

fn regex(expression: &str) -> Result<Regex, String> {
    RegexBuilder::new(expression).unicode(false).build().map_err(|error| error.to_string())
}
