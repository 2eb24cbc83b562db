//! Masks secrets in log lines: the redactor, natively, with what sortie knows and without its own rules.
//!
//! Something may become known while lines come: credentials are resolved and renewed, a registry's password is
//! looked up. So a stream asks for a [newer](LineMask::newer) filter from time to time.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use sortie_lines::Gate;
use sortie_lines::Pieces;
use sortie_lines::Stage;
use sortie_plugin_redact::Config;
use sortie_plugin_redact::Redactor;
use sortie_plugin_redact::config::Builtin;
use sortie_plugin_sdk::Filter as _;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::filter::native::Native;
use sortie_plugin_sdk::filter::native::interests;

use super::Secrets;
use crate::error::Error;

/// What the filter is called where it is told what filters have counted. No plugin is: it is no file, and no
/// first-party plugin's name.
pub const NAME: &str = "sortie";

/// The filter of every container's lines.
pub struct LineMask {
    secrets: Secrets,
    /// The newest one, for all streams.
    made: Mutex<Option<Made>>,
}

/// What searches for all that was known at a time.
struct Made {
    version: u64,
    redactor: Redactor,
    gate: Option<Arc<Gate>>,
}

/// A filter of one container's stream.
#[derive(Debug)]
pub struct Masking {
    /// The filter.
    pub stage: Stage,
    /// How often it is told that time has passed.
    pub tick: Option<Duration>,
    /// What it knows; more than one with a smaller version.
    pub version: u64,
}

impl std::fmt::Debug for LineMask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineMask").finish_non_exhaustive()
    }
}

impl LineMask {
    /// For what is known when a filter is asked for.
    ///
    /// # Errors
    ///
    /// There is so much to search for already that it cannot be done.
    pub fn of(secrets: &Secrets) -> Result<Self, Error> {
        let mask = Self { secrets: secrets.clone(), made: Mutex::default() };
        mask.newer(0)?;
        Ok(mask)
    }

    /// Whether there is nothing to mask yet.
    pub fn is_idle(&self) -> bool {
        self.secrets.in_lines().is_empty()
    }

    /// A filter that knows more than the one of this version; `None`: there is nothing more to know. A stream
    /// without one has version 0.
    ///
    /// # Errors
    ///
    /// There is so much to search for that it cannot be done.
    pub fn newer(&self, version: u64) -> Result<Option<Masking>, Error> {
        if self.secrets.version() == version {
            return Ok(None);
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.as_ref().is_none_or(|made| made.version < self.secrets.version()) {
            *made = Made::of(&self.secrets)?;
        }
        Ok(made.as_ref().map(Made::masking))
    }
}

impl Made {
    fn of(secrets: &Secrets) -> Result<Option<Self>, Error> {
        let (version, values) = secrets.values_in_lines();
        if values.is_empty() {
            return Ok(None);
        }
        let config = Config { builtin: Builtin::All(false), ..Config::default() };
        let redactor = Redactor::new(&config, &values).map_err(|finding| unusable(&finding))?;
        let gate = redactor.interests().map(|searched| Gate::new(&interests(searched)));
        let gate = gate.transpose().map_err(|bad| unusable(&Finding::error("", bad.reason)))?;
        Ok(Some(Self { version, redactor, gate: gate.map(Arc::new) }))
    }

    fn masking(&self) -> Masking {
        let filter = Box::new(Native::new(self.redactor.of_another_stream()));
        let pieces = if Redactor::PIECES { Pieces::Each } else { Pieces::OneLine };
        Masking {
            stage: Stage::new(filter, self.gate.clone(), pieces),
            tick: self.redactor.tick_every(),
            version: self.version,
        }
    }
}

/// The reason may quote what is searched.
fn unusable(_: &Finding) -> Error {
    Error::usage("the secrets of this run are too many or too long to be masked in its log").hint(
        "pass on fewer of them; --no-redact passes on all and masks none (sortie plan lists what is masked)",
    )
}

#[cfg(test)]
mod tests {
    use sortie_lines::LineBatch;

    use super::*;
    use crate::secrecy::Secret;

    fn masked(secrets: &Secrets, lines: &[&str]) -> String {
        let mask = LineMask::of(secrets).expect("it can be masked");
        let masking = mask.newer(0).expect("it can be masked").expect("there is something to mask");
        let (mut stage, mut printed) = (masking.stage, Vec::new());
        for line in lines {
            let mut batch = LineBatch::default();
            batch.push(line.as_bytes(), 0);
            stage.process(&mut batch, &mut LineBatch::default()).expect("it does not fail");
            printed.extend_from_slice(&batch.bytes);
        }
        printed.extend_from_slice(&stage.finish().expect("it does not fail").released.bytes);
        String::from_utf8(printed).expect("text")
    }

    #[test]
    fn lines_are_masked_by_value_and_by_no_rule() {
        let secrets = Secrets::new();
        secrets.learn([
            Secret::new("A", "--env", "hunter2-hunter2").also_in_lines(),
            Secret::new("B", "environment", "only-in-texts"),
        ]);
        let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        assert_eq!(
            masked(&secrets, &["x hunter2-hunter2", "only-in-texts", token]),
            format!("x ***\nonly-in-texts\n{token}\n")
        );
    }

    #[test]
    fn nothing_known_is_no_filter() {
        let newer = |secrets: &Secrets, version| {
            LineMask::of(secrets).expect("nothing to do").newer(version).expect("nothing to do")
        };
        let secret = || Secret::new("A", "--env", "hunter2-hunter2");
        assert!(newer(&Secrets::new(), 0).is_none());
        let off = Secrets::off();
        off.learn([secret().also_in_lines()]);
        assert!(newer(&off, 0).is_none());
        let of_texts = Secrets::new();
        of_texts.learn([secret()]);
        assert!(newer(&of_texts, 0).is_none());
    }

    #[test]
    fn a_newer_filter_knows_what_was_learned_since() {
        let secrets = Secrets::new();
        let mask = LineMask::of(&secrets).expect("nothing to do");
        assert!(mask.newer(0).expect("nothing to do").is_none());
        let mut version = 0;
        for value in ["hunter2-hunter2", "correct-horse-1", "battery-staple"] {
            secrets.learn([Secret::new("A", "AWS credentials", value).also_in_lines()]);
            let masking = mask.newer(version).expect("it can be masked").expect("there is more");
            assert!(masking.version > version);
            version = masking.version;
            secrets.learn([Secret::new("B", "environment", value).also_in_lines()]);
            assert!(mask.newer(version).expect("it can be masked").is_none(), "known already");
        }
        assert_eq!(masked(&secrets, &["a hunter2-hunter2 battery-staple"]), "a *** ***\n");
    }
}
