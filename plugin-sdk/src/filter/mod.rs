//! Filters: log lines in, edits out.
//!
//! Lines arrive in batches, as one buffer and a list of line ends, and only edits go back: a line that is
//! kept costs nothing. [`Filter::line`] is enough for most filters; one that wants more speed declares its
//! [interests](Filter::interests), for which the host searches natively, or overrides [`Filter::process`] and
//! searches the whole buffer at once.
//!
//! A filter that panics or answers an error has failed, and fails closed: the host withholds the batch and
//! all that follows in this log.
//!
//! - [`batch`]: the lines, and what is known of them.
//! - [`interest`]: what a filter cares about, and where it is found.
//! - [`edits`]: what a filter does to a batch.
//! - [`ending`]: what it lets go later, and says at the end.
//! - `native`: a filter without a sandbox.

pub mod batch;
pub mod edits;
pub mod ending;
pub mod interest;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::About;
use crate::Error;
use crate::Finding;
use crate::Setup;

pub use batch::Batch;
pub use batch::Label;
pub use batch::Lines;
pub use edits::Action;
pub use edits::Edit;
pub use edits::Edits;
pub use edits::LineOut;
pub use ending::Ending;
pub use ending::Released;
pub use interest::Hit;
pub use interest::Interest;
pub use interest::Pattern;

/// Edits, drops or labels the log lines of one container. One instance lives as long as the stream.
pub trait Filter: Sized {
    /// The configuration; [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned + Default;

    /// Name, version and needs.
    const ABOUT: About;

    /// Whether the filter knows about pieces.
    ///
    /// A line beyond the host's limit (1 MiB) comes in pieces, in batches of their own. `false`: what the
    /// filter does to the first piece holds for the line. Dropped: so is the rest. Replaced: the replacement
    /// stands for the whole line, and the rest is not printed, which the host says. Kept: later pieces are
    /// shown as they come, and can be dropped or replaced. `true`: each piece is its own
    /// ([`LineOut::is_continued`], [`LineOut::is_partial`]).
    const PIECES: bool = false;

    /// Makes the plugin from its configuration. Called once for each stream, and once more, with a
    /// [`crate::Context::container`] that is `None`, to check the configuration.
    ///
    /// # Errors
    /// What is wrong with the configuration; the run does not start.
    fn configure(config: Self::Config, setup: &mut Setup<'_>) -> Result<Self, Finding>;

    /// What the filter wants to see. `None`, the default: every line. `Some`: it changes only lines that one
    /// of these hits, and is shown these. Others may be shown too: the pieces of overlong lines, and whole
    /// batches where most lines are hit.
    fn interests(&self) -> Option<Vec<Interest>> {
        None
    }

    /// How often to call [`Filter::tick`], also when no line comes; at least 100 ms. `None`: never.
    fn tick_every(&self) -> Option<Duration> {
        None
    }

    /// One line, newline excluded; any bytes. Do nothing to keep it.
    fn line(&mut self, line: &[u8], out: &mut LineOut<'_>) {
        let _ = (line, out);
    }

    /// A batch of lines. By default each one is given to [`Filter::line`].
    ///
    /// `hits` are where the filter's interests are found in these lines, every one of them, ascending by
    /// line, start and interest; literals also where they overlap, expressions one after the other. `None`
    /// when they were not searched, or are too many: search yourself. That is so for filters that declared
    /// no interests, for pieces of overlong lines, and after [`Filter::follow`].
    ///
    /// # Errors
    /// The filter cannot go on.
    fn process(&mut self, batch: Batch<'_>, hits: Option<&[Hit]>, edits: &mut Edits) -> Result<(), Error> {
        let _ = hits;
        for index in 0..batch.len() {
            self.line(batch.line(index), &mut LineOut::new(batch, index, edits));
        }
        Ok(())
    }

    /// Asked after each batch: whether to be shown every line that follows, hit or not, because the filter
    /// is in the middle of something that spans lines.
    fn follow(&self) -> bool {
        false
    }

    /// Time has passed: what was held back long enough goes to `out`.
    ///
    /// # Errors
    /// The filter cannot go on.
    fn tick(&mut self, out: &mut Released) -> Result<(), Error> {
        let _ = out;
        Ok(())
    }

    /// The log has ended: what was held back, and what there is to say of the whole log, go to `ending`.
    ///
    /// # Errors
    /// The filter could not do its work.
    fn finish(&mut self, ending: &mut Ending) -> Result<(), Error> {
        let _ = ending;
        Ok(())
    }
}
