//! Masks secrets in texts: what sortie knows, and what the redactor's rules find.
//!
//! A run that goes well says only names and states, for which the rules need not be there.

use std::borrow::Cow;
use std::sync::OnceLock;

use sortie_plugin_redact::Config;
use sortie_plugin_redact::Redactor;
use sortie_plugin_redact::config;
use sortie_plugin_redact::config::Builtin;
use sortie_plugin_sdk::Edits;
use sortie_plugin_sdk::Lines;
use sortie_plugin_sdk::filter::Action;

use super::secret::Secret;

/// What texts are searched for.
pub(super) struct Texts {
    /// What sortie knows; `None`: nothing.
    known: Option<Search>,
    /// What the rules find. To make it takes milliseconds, so it waits for a text that needs it.
    rules: OnceLock<Search>,
}

/// A redactor, or why there is none.
type Search = Result<Redactor, String>;

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts").finish_non_exhaustive()
    }
}

impl Texts {
    /// For these secrets.
    pub(super) fn new(secrets: &[Secret]) -> Self {
        let values: Vec<_> = secrets.iter().flat_map(Secret::for_redactor).collect();
        let known = (!values.is_empty()).then(|| search(false, &values));
        Self { known, rules: OnceLock::new() }
    }

    /// The text with every secret in it masked.
    pub(super) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.is_empty() {
            return Cow::Borrowed(text);
        }
        let known = match &self.known {
            Some(known) => masked(known, text),
            None => Cow::Borrowed(text),
        };
        if is_a_name(&known) {
            return known;
        }
        match masked(self.rules.get_or_init(|| search(true, &[])), &known) {
            Cow::Owned(masked) => Cow::Owned(masked),
            Cow::Borrowed(_) => known,
        }
    }
}

/// A redactor with the built-in rules or without, for these values.
fn search(rules: bool, values: &[config::Secret]) -> Search {
    let config = Config { builtin: Builtin::All(rules), ..Config::default() };
    Redactor::new(&config, values).map_err(|finding| finding.message)
}

/// Whether a text is so short and plain that no rule matches in it: most names and states are.
fn is_a_name(text: &str) -> bool {
    const SHORTEST: usize = 16;
    text.len() < SHORTEST
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}

/// The text with what this redactor finds masked.
fn masked<'a>(search: &Search, text: &'a str) -> Cow<'a, str> {
    let redactor = match search {
        Ok(redactor) => redactor,
        // Nobody knows what is in it.
        Err(why) => return Cow::Owned(format!("(withheld, because secrets cannot be masked: {why})")),
    };
    let lines = Lines::of(text.split('\n'));
    let mut edits = Edits::default();
    let mut redactor = redactor.of_another_stream();
    redactor.process(lines.batch(), &mut edits);
    // The last lines, of which it would wait to see how they go on.
    let mut waiting = Vec::new();
    redactor.let_go(&mut waiting);
    let mut waiting = waiting.split(|byte| *byte == b'\n');
    if edits.edits().is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let (mut changed, mut from) = (edits.edits().iter().peekable(), 0);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        match changed.next_if(|edit| edit.line as usize == index) {
            Some(edit) if edit.action == Action::Drop => {
                out.extend_from_slice(waiting.next().unwrap_or_default());
            }
            Some(edit) => {
                let end = edit.end as usize;
                out.extend_from_slice(&edits.bytes()[from..end]);
                from = end;
            }
            None => out.extend_from_slice(line.as_bytes()),
        }
    }
    // What stands between masks may be cut within a character.
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}
