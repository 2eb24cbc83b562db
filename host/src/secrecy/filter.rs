//! Masks secrets in log lines: the redactor, natively, with what sortie knows and without its own rules.

use std::sync::Arc;
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
    redactor: Redactor,
    gate: Option<Arc<Gate>>,
}

impl std::fmt::Debug for LineMask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineMask").finish_non_exhaustive()
    }
}

impl LineMask {
    /// For what is known now; `None`: nothing that log lines may hold.
    ///
    /// # Errors
    ///
    /// There is so much to search for that it cannot be done.
    pub fn of(secrets: &Secrets) -> Result<Option<Self>, Error> {
        let values = secrets.values_in_lines();
        if values.is_empty() {
            return Ok(None);
        }
        let config = Config { builtin: Builtin::All(false), ..Config::default() };
        let redactor = Redactor::new(&config, &values).map_err(|finding| unusable(&finding))?;
        let gate = redactor.interests().map(|searched| Gate::new(&interests(searched)));
        let gate = gate.transpose().map_err(|bad| unusable(&Finding::error("", bad.reason)))?;
        Ok(Some(Self { redactor, gate: gate.map(Arc::new) }))
    }

    /// The filter of one container's stream.
    pub fn stage(&self) -> Stage {
        let filter = Box::new(Native::new(self.redactor.of_another_stream()));
        let pieces = if Redactor::PIECES { Pieces::Each } else { Pieces::OneLine };
        Stage::new(filter, self.gate.clone(), pieces)
    }

    /// How often it is told that time has passed.
    pub fn tick(&self) -> Option<Duration> {
        self.redactor.tick_every()
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
        let mask = LineMask::of(secrets).expect("it can be masked").expect("there is something to mask");
        let (mut stage, mut printed) = (mask.stage(), Vec::new());
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
        assert!(LineMask::of(&Secrets::new()).expect("nothing to do").is_none());
        let off = Secrets::off();
        off.learn([Secret::new("A", "--env", "hunter2-hunter2").also_in_lines()]);
        assert!(LineMask::of(&off).expect("nothing to do").is_none());
    }
}
