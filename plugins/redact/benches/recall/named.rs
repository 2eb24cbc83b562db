//! Values that sortie or its user names, in every spelling that the tests know.

use std::collections::BTreeMap;

use sortie_lines::Gate;
use sortie_lines::LineBatch;
use sortie_lines::Pieces;
use sortie_lines::Stage;
use sortie_plugin_redact::Config;
use sortie_plugin_redact::Redactor;
use sortie_plugin_redact::config::Builtin;
use sortie_plugin_redact::config::Secret;
use sortie_plugin_sdk::filter::native::Native;
use sortie_plugin_sdk::filter::native::interests;

use crate::template::Random;

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../src/values/tests/clothes.rs"]
mod clothes;

/// Values as people and generators make them.
const VALUES: [&str; 8] =
    ["‹a16›", "‹a40›", "‹u22›-‹u8›", "Pa$$‹a4›'w<‹a2›&\"é", "‹b43›=", "‹a6›", "‹word›-‹word›-‹d4›", "‹h32›"];

/// How often a value was masked.
#[derive(Default)]
pub(crate) struct Named {
    /// Values in their spellings.
    pub(crate) cases: usize,
    /// Those of which nothing but a letter or two was left.
    pub(crate) masked: usize,
    /// What was left of the others, by spelling.
    pub(crate) missed: BTreeMap<String, String>,
}

/// Each value alone, without the built-in rules, `repetitions` times with others of its kind.
pub(crate) fn named(repetitions: usize) -> Named {
    let random = &mut Random::new(0x2545_f491_4f6c_dd1d);
    let mut named = Named::default();
    for template in VALUES.iter().cycle().take(repetitions * VALUES.len()) {
        let value = random.fill(template).text;
        let spellings = clothes::of(&value);
        for ((name, spelt), out) in spellings.iter().zip(masked(&value, &spellings)) {
            named.cases += 1;
            // The quotes around it, the prefix of its first number, a letter of base64 at each end.
            let is_masked = out.len() < spelt.len() + 3 && out.len() <= 3 + 16 && contains(&out, b"***");
            named.masked += usize::from(is_masked);
            if !is_masked {
                named.missed.insert(name.clone(), String::from_utf8_lossy(&out).escape_debug().to_string());
            }
        }
    }
    named
}

/// What becomes of each spelling, in a line of its own.
fn masked(value: &str, spellings: &[(String, Vec<u8>)]) -> Vec<Vec<u8>> {
    let config = Config { builtin: Builtin::All(false), ..Config::default() };
    let secret = Secret { path: String::new(), value: value.to_owned() };
    let redactor = Redactor::new(&config, &[secret]).expect("the value can be masked");
    let gate = Gate::new(&interests(redactor.search().interests())).expect("it can be searched");
    let mut stage = Stage::of(Native::new(redactor), Some(std::sync::Arc::new(gate)), Pieces::Each);
    let (before, after) = ("key: ", " end");
    let mut batch = LineBatch::default();
    for (_, spelt) in spellings {
        batch.push(&[before.as_bytes(), spelt, after.as_bytes()].concat(), 0);
        batch.push(b"an ordinary line.", 0);
    }
    stage.process(&mut batch, &mut LineBatch::default()).expect("it does not fail");
    let lines = batch.lines().step_by(2).map(|line| {
        let line = line.strip_prefix(before.as_bytes()).unwrap_or(line);
        line.strip_suffix(after.as_bytes()).unwrap_or(line).to_vec()
    });
    lines.collect()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
