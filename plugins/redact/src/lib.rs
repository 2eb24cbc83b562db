//! `redact`: masks secrets in log lines.
//!
//! What it masks: values that the user names (literally, or as environment variables that were
//! granted) and every line of such a value, however they are escaped or encoded; the token formats of common providers; credentials in URLs and `Authorization`
//! headers; private key blocks; and what the user's own patterns match.
//!
//! It is a plugin, and a library for whoever wants the same filter natively: [`Redactor`].
//!
//! - [`config`]: what the user says.
//! - [`values`]: named values in whatever clothes.
//! - `ordinary`: values that logs hold for other reasons too.
//! - `view`: what a line says in another spelling.
//! - [`builtin`]: the table of token formats.
//! - `dump`: named values in dumps of bytes over several lines.
//! - `disguise`: tokens in colour and in UTF-16.
//! - `key_material`: whether a line may be one of a private key's.
//! - [`search`]: finds what must be masked in one line.
//! - `spread`: named values that are broken over lines.
//! - [`stream`]: lines in pieces, and private keys that span lines.

pub mod builtin;
pub mod config;
mod disguise;
mod dump;
mod key_material;
mod ordinary;
pub mod search;
mod spread;
pub mod stream;
pub mod values;
mod view;

use std::time::Duration;

use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Batch;
use sortie_plugin_sdk::Edits;
use sortie_plugin_sdk::Ending;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Filter;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Hit;
use sortie_plugin_sdk::Interest;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Released;
use sortie_plugin_sdk::Setup;

pub use config::Config;
pub use search::Search;
pub use stream::Masked;
pub use stream::Redactor;

/// How long a line waits at least for the one after it, where a named value may go on in that: whoever breaks a
/// line writes what follows at once.
const PATIENCE: Duration = Duration::from_millis(200);

impl Filter for Redactor {
    type Config = Config;
    const ABOUT: About = About::new(
        "redact",
        env!("CARGO_PKG_VERSION"),
        "Masks secret values, tokens and private keys in log lines.",
    )
    .needs(&[Need::any_env().because("The values of the variables that `env` names are masked.")])
    .config_schema(include_str!("../config.schema.json"));
    /// A secret may lie across two pieces.
    const PIECES: bool = true;

    fn configure(config: Config, setup: &mut Setup<'_>) -> Result<Self, Finding> {
        let secrets = config::secrets(&config, setup);
        Redactor::new(&config, &secrets)
    }

    fn interests(&self) -> Option<Vec<Interest>> {
        Some(self.search().interests())
    }

    fn process(&mut self, batch: Batch<'_>, hits: Option<&[Hit]>, edits: &mut Edits) -> Result<(), Error> {
        match hits {
            Some(hits) => self.process_hits(batch, hits, edits),
            None => Redactor::process(self, batch, edits),
        }
        Ok(())
    }

    fn follow(&self) -> bool {
        self.follows()
    }

    fn tick_every(&self) -> Option<Duration> {
        self.search().has_values().then_some(PATIENCE)
    }

    fn tick(&mut self, out: &mut Released) -> Result<(), Error> {
        out.write_with(|out| self.let_go(out));
        Ok(())
    }

    fn finish(&mut self, ending: &mut Ending) -> Result<(), Error> {
        ending.released().write_with(|out| Redactor::finish(self, out));
        let Masked { lines, values } = self.masked();
        if lines > 0 {
            ending.count("masked-lines", lines as f64);
            ending.count("masked-values", values as f64);
        }
        Ok(())
    }
}

sortie_plugin_sdk::export!(filter: Redactor);

#[cfg(test)]
mod tests;
