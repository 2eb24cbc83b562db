//! Values that a task prints for later steps: `sortie:output NAME=VALUE` at the start of a line.
//!
//! They are taken from the main container's lines as the filters left them, and only where the user has asked
//! for them. The lines are printed like all others.

use std::collections::BTreeMap;
use std::hash::BuildHasher as _;
use std::hash::RandomState;

use sortie_lines::LineBatch;

use crate::invisible::is_invisible;
use crate::stream::Address;
use crate::stream::Attempt;
use crate::stream::ContainerIndex;
use crate::stream::message::OutputsSeen;

/// What such a line begins with.
const PREFIX: &[u8] = b"sortie:output ";

/// Outputs of a run. GitHub Actions, which has the tightest bound, takes 1 MB for all of a job.
const MAX: usize = 100;

/// Characters of a name.
const NAME: usize = 100;

/// Bytes of a value.
const VALUE: usize = 8 << 10;

/// Outputs that are remembered as the task printed them.
const REMEMBERED: usize = 1_000;

/// Collects what one container prints for later steps.
#[derive(Debug)]
pub(super) struct Outputs {
    container: ContainerIndex,
    /// The attempt that they are of: the last one that printed any.
    attempt: Option<Attempt>,
    seen: OutputsSeen,
    /// Of what the task has printed, before any filter has seen it, a keyed hash of each name's last value.
    printed: BTreeMap<String, u64>,
    keys: RandomState,
}

impl Outputs {
    /// Those of this container.
    pub(super) fn of(container: ContainerIndex) -> Self {
        Self {
            container,
            attempt: None,
            seen: OutputsSeen::default(),
            printed: BTreeMap::new(),
            keys: RandomState::new(),
        }
    }

    /// Looks at lines that no filter has seen.
    pub(super) fn before_filters(&mut self, address: Address, batch: &LineBatch) {
        if !self.concern(address, batch) {
            return;
        }
        for (name, value) in pairs(batch).flatten() {
            if self.printed.len() < REMEMBERED || self.printed.contains_key(&name) {
                let hash = self.keys.hash_one(&value);
                self.printed.insert(name, hash);
            }
        }
    }

    /// Takes lines as they are printed.
    pub(super) fn take(&mut self, address: Address, batch: &LineBatch) {
        if !self.concern(address, batch) {
            return;
        }
        for pair in pairs(batch) {
            let values = &mut self.seen.values;
            match pair {
                Some((name, value)) if values.len() < MAX || values.contains_key(&name) => {
                    values.insert(name, value);
                }
                _ => self.seen.refused += 1,
            }
        }
    }

    /// What there is so far.
    pub(super) fn seen(&self) -> OutputsSeen {
        let mut seen = self.seen.clone();
        for (name, hash) in &self.printed {
            match seen.values.get(name) {
                Some(value) if self.keys.hash_one(value) == *hash => {}
                Some(_) => seen.changed.push(name.clone()),
                // Its very name may be what was masked.
                None => seen.dropped += 1,
            }
        }
        seen
    }

    /// Whether there may be some among these lines. Those of an earlier attempt do not count.
    fn concern(&mut self, address: Address, batch: &LineBatch) -> bool {
        if address.container != self.container || memchr::memmem::find(&batch.bytes, PREFIX).is_none() {
            return false;
        }
        if self.attempt.replace(address.attempt) != Some(address.attempt) {
            self.seen = OutputsSeen::default();
            self.printed.clear();
        }
        true
    }
}

/// Names and values of a batch's lines; `None` for each that is not as it should be.
fn pairs(batch: &LineBatch) -> impl Iterator<Item = Option<(String, String)>> {
    let whole = |line: usize| {
        let is_piece = (batch.continued && line == 0) || (batch.partial && line + 1 == batch.len());
        batch.line(line).strip_prefix(PREFIX).map(|rest| if is_piece { None } else { pair(rest) })
    };
    (0..batch.len()).filter_map(whole)
}

/// `NAME=VALUE`. A value is text of one line, all of which is seen, but for tabs.
fn pair(text: &[u8]) -> Option<(String, String)> {
    let text = std::str::from_utf8(text.strip_suffix(b"\r").unwrap_or(text)).ok()?;
    let (name, value) = text.split_once('=')?;
    let is_value = value.len() <= VALUE && !value.chars().any(|c| c != '\t' && is_invisible(c));
    (is_name(name) && is_value).then(|| (name.to_owned(), value.to_owned()))
}

/// A letter or `_`, and then letters, digits, `_` and `-`: what every CI system takes as a name.
fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins
        && name.len() <= NAME
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn batch(lines: &[&str]) -> LineBatch {
        let mut batch = LineBatch::default();
        lines.iter().for_each(|line| batch.push(line.as_bytes(), 0));
        batch
    }

    /// What comes of these lines, of which a filter leaves those.
    fn seen(printed: &[&str], filtered: &[&str]) -> OutputsSeen {
        let (mut outputs, address) = (Outputs::of(0), Attempt::FIRST.container(0));
        outputs.before_filters(address, &batch(printed));
        outputs.take(address, &batch(filtered));
        outputs.seen()
    }

    fn values(lines: &[&str]) -> Vec<(String, String)> {
        seen(lines, lines).values.into_iter().collect()
    }

    #[test]
    fn the_last_value_of_a_name_counts() {
        let lines = [
            "sortie:output url=https://x/?a=b",
            "x",
            "sortie:output _n-1=",
            "sortie:output url= two words \r",
        ];
        let want = [("_n-1", ""), ("url", " two words ")];
        assert_eq!(values(&lines), want.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_none_is_refused_and_counted() {
        let long = format!("sortie:output a={}", "x".repeat(VALUE + 1));
        let lines = [
            "sortie:output 1a=x",
            "sortie:output a b=x",
            "sortie:output ü=x",
            "sortie:output =x",
            "sortie:output a",
            "sortie:output a=\u{1b}[31mx",
            "sortie:output a=\u{202e}x",
            &long,
        ];
        let seen = seen(&lines, &lines);
        assert_eq!((seen.values.len(), seen.refused), (0, 8));
        // Not at the start, or of another word: no output at all.
        let others =
            [" sortie:output a=b", "+ echo sortie:output a=b", "sortie:outputs a=b", "sortie:output\ta=b"];
        assert_eq!(super::tests::seen(&others, &others), OutputsSeen::default());
    }

    #[test]
    fn there_are_not_too_many() {
        let lines: Vec<String> = (0..150).map(|n| format!("sortie:output n{n}=x")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let seen = seen(&lines, &lines);
        assert_eq!((seen.values.len(), seen.refused), (MAX, 50));
    }

    #[test]
    fn what_a_filter_has_changed_is_known() {
        let printed =
            ["sortie:output a=x", "sortie:output b=s3cr3t", "sortie:output c=gone", "sortie:output a=y"];
        let left = ["sortie:output a=x", "sortie:output b=***", "sortie:output a=y"];
        let seen = seen(&printed, &left);
        assert_eq!((seen.changed, seen.dropped), (vec!["b".to_owned()], 1));
        assert_eq!(seen.values["b"], "***");
    }

    #[test]
    fn another_container_and_an_earlier_attempt_do_not_count() {
        let (mut outputs, address) = (Outputs::of(1), Attempt::FIRST.container(1));
        outputs.take(Attempt::FIRST.container(0), &batch(&["sortie:output a=side"]));
        outputs.take(address, &batch(&["sortie:output b=first"]));
        outputs.take(Attempt::FIRST.next().container(1), &batch(&["sortie:output c=second"]));
        assert_eq!(outputs.seen().values.into_keys().collect::<Vec<_>>(), ["c"]);
    }

    #[test]
    fn a_line_in_pieces_is_none() {
        let (mut outputs, address) = (Outputs::of(0), Attempt::FIRST.container(0));
        let mut begun = batch(&["sortie:output a=begun"]);
        begun.partial = true;
        let mut rest = batch(&["sortie:output b=rest"]);
        rest.continued = true;
        outputs.take(address, &begun);
        outputs.take(address, &rest);
        assert_eq!((outputs.seen().values.len(), outputs.seen().refused), (0, 2));
    }

    proptest! {
        #[test]
        fn no_name_and_no_value_is_anything_else(text in "(sortie:output )?[\\PC\\x00-\\x1f]{0,20}=?.{0,20}") {
            let text = text.replace('\n', " ");
            for (name, value) in values(&[&text]) {
                prop_assert!(is_name(&name));
                let unseen = value.contains(['\n', '\r', '\u{1b}', '\0']);
                prop_assert!(!unseen);
            }
        }
    }
}
