//! What sortie itself knows to be secret, and how it is kept out of all that leaves sortie.
//!
//! A value becomes known where it is read: settings, this process's environment, the task, credentials as they
//! are resolved and renewed. From then on [`Secrets`] masks it in every text (`***`), with what the redactor's
//! own rules find; and [`filter`] masks it in log lines, as the first filter of every container, before any
//! plugin sees them. Both are the first-party plugin `redact`, natively. Without a secret there is no filter, and
//! no cost.
//!
//! - [`address`]: credentials in addresses.
//! - [`names`]: whether a variable's name says that its value is secret.
//! - [`words`]: values that are in any log, and are not masked.
//! - [`sources`]: where secrets come from.
//! - [`secret`]: one of them, and which are left out.
//! - [`texts`]: masking texts.
//! - [`json`]: the texts of a JSON document.
//! - [`shown`]: hiding values by their names in a request that is shown.
//! - [`filter`]: masking lines.
//!
//! Nothing here prints a value, not even with `{:?}`.

mod address;
pub mod filter;
mod json;
pub mod names;
mod secret;
pub mod shown;
pub mod sources;
mod texts;
mod words;

pub use address::without_credentials;
pub use secret::Secret;
pub use words::looks_random;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use sortie_plugin_redact::config;

use texts::Texts;

/// What this process knows to be secret. Clones share it: what one of them learns, all mask.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// `None`: nothing is masked.
    known: Option<Arc<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    known: Mutex<Known>,
    /// How often something was learned that is masked in log lines. It is looked at with every batch of lines.
    version: AtomicU64,
}

#[derive(Debug, Default)]
struct Known {
    secrets: Vec<Secret>,
    /// Made when the first text comes, anew after something was learned.
    texts: Option<Arc<Texts>>,
}

impl Secrets {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self { known: Some(Arc::default()) }
    }

    /// Nothing is masked, whatever is learned (`--no-redact`).
    pub fn off() -> Self {
        Self { known: None }
    }

    /// Whether nothing is masked.
    pub fn is_off(&self) -> bool {
        self.known.is_none()
    }

    /// Adds what became known. A value that is known already is not added again.
    pub fn learn(&self, secrets: impl IntoIterator<Item = Secret>) {
        let Some(mut known) = self.known() else { return };
        let mut is_new_in_lines = false;
        for secret in secrets {
            match known.secrets.iter_mut().find(|old| old.is_same(&secret)) {
                // Where it comes from first is what is told of it.
                Some(old) => {
                    is_new_in_lines |= secret.in_lines && !old.in_lines;
                    old.in_lines |= secret.in_lines;
                }
                None => {
                    is_new_in_lines |= secret.in_lines;
                    known.secrets.push(secret);
                    known.texts = None;
                }
            }
        }
        if let (true, Some(shared)) = (is_new_in_lines, &self.known) {
            shared.version.fetch_add(1, Ordering::Release);
        }
    }

    /// A text of one or more lines with every secret in it masked.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.texts() {
            Some(texts) => texts.mask(text),
            None => Cow::Borrowed(text),
        }
    }

    /// The same in place.
    pub fn mask(&self, text: &mut String) {
        if let Cow::Owned(masked) = self.text(text) {
            *text = masked;
        }
    }

    /// The text of a JSON document with every secret in its texts masked. It stays JSON of the same form.
    pub fn json<'a>(&self, document: &'a str) -> Cow<'a, str> {
        match self.texts() {
            Some(texts) => json::mask(document, |text| texts.mask(text)),
            None => Cow::Borrowed(document),
        }
    }

    /// Names of what is masked in log lines, and where each comes from.
    pub fn in_lines(&self) -> Vec<(String, String)> {
        let Some(known) = self.known() else { return Vec::new() };
        let secrets = known.secrets.iter().filter(|secret| secret.in_lines);
        secrets.map(|secret| (secret.name.clone(), secret.origin.clone())).collect()
    }

    /// Grows whenever something more is to be masked in log lines; 0: there is nothing.
    fn version(&self) -> u64 {
        self.known.as_ref().map_or(0, |shared| shared.version.load(Ordering::Acquire))
    }

    /// What the redactor is told to mask in log lines, and the version that this is.
    fn values_in_lines(&self) -> (u64, Vec<config::Secret>) {
        let Some(known) = self.known() else { return (0, Vec::new()) };
        let secrets = known.secrets.iter().filter(|secret| secret.in_lines);
        (self.version(), secrets.flat_map(Secret::for_redactor).collect())
    }

    fn texts(&self) -> Option<Arc<Texts>> {
        let mut known = self.known()?;
        let Known { secrets, texts } = &mut *known;
        Some(Arc::clone(texts.get_or_insert_with(|| Arc::new(Texts::new(secrets)))))
    }

    fn known(&self) -> Option<MutexGuard<'_, Known>> {
        Some(self.known.as_ref()?.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "s3cr3t/\"value\"";

    fn knowing() -> Secrets {
        let secrets = Secrets::new();
        secrets.learn([Secret::new("TOKEN", "--env", TOKEN)]);
        secrets
    }

    #[test]
    fn texts_are_masked_from_when_a_secret_is_known() {
        let secrets = Secrets::new();
        assert_eq!(secrets.text("x hunter2-hunter2 y"), "x hunter2-hunter2 y");
        secrets.learn([Secret::new("TOKEN", "--env", "hunter2-hunter2")]);
        assert_eq!(secrets.text("x hunter2-hunter2 y"), "x *** y");
        assert_eq!(secrets.clone().text("a\nhunter2-hunter2\n\nb\n"), "a\n***\n\nb\n");
        assert_eq!(secrets.text("it ends with\nhunter2-hun"), "it ends with\nhunter2-hun");
        assert_eq!(secrets.text("a\nhunter2-hun\nter2 b"), "a\n***\n*** b");
        assert_eq!(Secrets::off().text("hunter2-hunter2"), "hunter2-hunter2");
    }

    #[test]
    fn what_the_rules_find_is_masked_without_any_secret() {
        let text = "`ghp_0123456789abcdefghijABCDEFGHIJ012345` is not an amount of memory";
        assert_eq!(Secrets::new().text(text), "`***` is not an amount of memory");
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task/ci/3e8e7b5d35904-7a38862d1c606a49598";
        assert!(matches!(Secrets::new().text(arn), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_what_it_is() {
        let document = json!({ "z": [TOKEN, 1, null, true], TOKEN: { "b": format!("x{TOKEN}y") } });
        let want = json!({ "z": ["***", 1, null, true], "***": { "b": "x***y" } });
        for (document, want) in
            [(document.to_string(), want.to_string()), (format!("{document:#}"), format!("{want:#}"))]
        {
            assert_eq!(knowing().json(&document), want);
            assert!(matches!(Secrets::new().json(&want), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn no_value_is_in_debug_output() {
        let shown = format!("{:?}", knowing());
        assert!(shown.contains("TOKEN") && !shown.contains("s3cr3t"), "{shown}");
    }

    #[test]
    fn a_value_is_known_once() {
        let secrets = knowing();
        secrets.learn([Secret::new("COPY", "container `app`", TOKEN).also_in_lines()]);
        assert_eq!(secrets.in_lines(), [("TOKEN".to_owned(), "--env".to_owned())]);
    }
}
