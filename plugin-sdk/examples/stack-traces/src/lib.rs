//! A filter that shortens stack traces: of the frames below an exception it prints the first few, and then how
//! many there were. Exceptions are labelled as errors.
//!
//! sortie shows it the lines that name an exception and what follows them. Of all others it does not know.

use std::time::Duration;

use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Ending;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Filter;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Interest;
use sortie_plugin_sdk::LineOut;
use sortie_plugin_sdk::Released;
use sortie_plugin_sdk::Setup;

/// What a line that a trace begins with has in it.
const EXCEPTION: &[u8] = b"Exception";

/// After so long a silence (at most twice as long), what was left out is told.
const SILENCE: Duration = Duration::from_millis(200);

/// Shortens stack traces.
pub struct StackTraces {
    keep: usize,
    /// Frames of the trace that the filter is in the middle of; none outside of a trace.
    frames: Option<usize>,
    /// Frames that were left out and not told yet.
    untold: usize,
    /// No line was shown since the last tick.
    silent: bool,
    dropped: usize,
}

/// What to keep.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    keep: Option<usize>,
}

impl Filter for StackTraces {
    type Config = Config;
    const ABOUT: About = About::new("stack-traces", env!("CARGO_PKG_VERSION"), "Shortens stack traces.")
        .config_schema(include_str!("../config.schema.json"));
    /// A line of more than 1 MiB comes in pieces. If what is printed in place of the first one stood for all,
    /// the rest of a line that follows a trace would be lost.
    const PIECES: bool = true;

    fn configure(config: Config, _setup: &mut Setup<'_>) -> Result<Self, Finding> {
        Ok(Self { keep: config.keep.unwrap_or(3), frames: None, untold: 0, silent: true, dropped: 0 })
    }

    fn interests(&self) -> Option<Vec<Interest>> {
        Some(vec![Interest::literal(EXCEPTION).opens()])
    }

    fn follow(&self) -> bool {
        self.frames.is_some()
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(SILENCE)
    }

    fn line(&mut self, line: &[u8], out: &mut LineOut<'_>) {
        self.silent = false;
        let is_frame = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        match &mut self.frames {
            // The rest of a line goes where its beginning went.
            Some(frames) if out.is_continued() && *frames > self.keep => out.drop_line(),
            _ if out.is_continued() => {}
            Some(frames) if is_frame => {
                *frames += 1;
                if *frames > self.keep {
                    self.untold += 1;
                    self.dropped += 1;
                    out.drop_line();
                }
            }
            _ => self.ordinary(line, out),
        }
    }

    fn tick(&mut self, out: &mut Released) -> Result<(), Error> {
        if std::mem::replace(&mut self.silent, true)
            && let Some(told) = self.tell()
        {
            out.line(told);
        }
        Ok(())
    }

    fn finish(&mut self, ending: &mut Ending) -> Result<(), Error> {
        if let Some(told) = self.tell() {
            ending.line(told);
        }
        if self.dropped > 0 {
            ending.note(format!("left out {} lines of stack traces", self.dropped));
        }
        ending.count("frames-dropped", self.dropped as f64);
        Ok(())
    }
}

impl StackTraces {
    /// A line that is no part of the trace before it, and may begin one.
    fn ordinary(&mut self, line: &[u8], out: &mut LineOut<'_>) {
        if let Some(told) = self.tell() {
            out.replace([told.as_bytes(), b"\n", line].concat());
        }
        let begins = line.windows(EXCEPTION.len()).any(|part| part == EXCEPTION);
        self.frames = begins.then_some(0);
        if begins {
            out.label("level", "error");
        }
    }

    fn tell(&mut self) -> Option<String> {
        let untold = std::mem::take(&mut self.untold);
        (untold > 0).then(|| format!("    (and {untold} more)"))
    }
}

sortie_plugin_sdk::export!(filter: StackTraces);

#[cfg(test)]
mod tests {
    use sortie_plugin_sdk::Label;
    use sortie_plugin_sdk::testing;

    use super::*;

    const LOG: &[u8] = b"up\na.B.Exception: x\n  at 1\n  at 2\n  at 3\nCaused by: Exception\n  at 4\ndown\n";
    const SHORT: &[u8] =
        b"up\na.B.Exception: x\n  at 1\n    (and 2 more)\nCaused by: Exception\n  at 4\ndown\n";

    #[test]
    fn frames_are_counted_wherever_batches_end() {
        // Where a line ends: one of this length does not come in pieces.
        for cut in (1..LOG.len()).filter(|cut| LOG[cut - 1] == b'\n') {
            let mut filter = testing::filter::<StackTraces>(r#"{ "keep": 1 }"#).unwrap();
            assert_eq!(filter.run_cut(LOG, &[cut]), SHORT, "{cut}");
            assert_eq!(filter.counter("frames-dropped"), Some(2.0));
            assert_eq!(filter.labels()[0], Label::new(1, "level", "error"));
        }
    }

    #[test]
    fn what_was_left_out_is_told_after_a_silence() {
        let mut filter = testing::filter::<StackTraces>(r#"{ "keep": 0 }"#).unwrap();
        filter.push(&testing::chunks(b"Exception\n  at 1\n", &[])[0]);
        filter.tick();
        assert_eq!(filter.take_output(), b"Exception\n");
        filter.tick();
        assert_eq!(filter.take_output(), b"    (and 1 more)\n");
    }
}
