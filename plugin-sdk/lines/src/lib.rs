//! Log lines in batches, and what may happen to them on their way from a back end to the reader:
//! the rules that sortie, the tests of plugins and the benchmarks share.
//!
//! A back end hands over bytes or events; a [`Framer`] makes whole lines of them, and lines travel in
//! [`LineBatch`]es, never one by one. A filter ([`LineFilter`]) answers a batch with [`Edits`], and a
//! [`Stage`] around it shows it what it cares about and does what it answers.
//!
//! - `batch`: whole lines of one container in one buffer.
//! - `framing`: bytes to whole lines, with a limit on a line's length.
//! - `edits`: what a filter does to a batch, and what it may answer.
//! - `interest`: what a filter cares about.
//! - `hit`: where it is.
//! - `filter`: the filter itself, whoever implements it.
//! - `gate`: the native search that shows a filter only the lines it cares about.
//! - `apply`: edits onto a batch.
//! - `stage`: one filter on one stream.
//! - `effects`: what a reporter may do at a time.
//! - `plain`: text that needs no second look.

mod apply;
mod batch;
mod edits;
mod effects;
mod filter;
mod framing;
mod gate;
mod hit;
mod interest;
mod plain;
mod stage;

pub use apply::OpenLine;
pub use apply::Pieces;
pub use apply::apply;
pub use batch::Label;
pub use batch::LineBatch;
pub use batch::UnixMillis;
pub use edits::Action;
pub use edits::BadEdits;
pub use edits::Edit;
pub use edits::Edits;
pub use edits::check_labels;
pub use effects::MAX_APPENDED;
pub use effects::MAX_COMMAND;
pub use effects::MAX_COMMANDS_PER_REPORT;
pub use effects::MAX_DOCUMENT;
pub use effects::is_one_line;
pub use filter::Counter;
pub use filter::Ending;
pub use filter::FilterFailure;
pub use filter::LineFilter;
pub use filter::Note;
pub use filter::Released;
pub use framing::Framer;
pub use gate::BadInterest;
pub use gate::Found;
pub use gate::Gate;
pub use gate::MAX_HITS;
pub use gate::Shown;
pub use hit::Hit;
pub use interest::Interest;
pub use interest::Pattern;
pub use plain::is_plain;
pub use plain::plain_prefix;
pub use stage::Stage;

/// Size of the longest line that travels whole, in bytes. A longer one travels in pieces
/// ([`LineBatch::partial`]). CloudWatch Logs takes events of up to 1 MB, so that what one event
/// holds stays one line.
pub const MAX_LINE: usize = 1 << 20;

/// Size at which a batch is full, in bytes. Filters gain nothing from larger ones (measured: no
/// gain beyond 64 KiB a call), and memory stays flat.
pub const MAX_BATCH: usize = 256 * 1024;

/// Lines at which a batch is full. What a filter does takes time by line as well as by byte: an
/// interpreter (Python) takes about 10 µs a line, and a batch of 256 KiB could hold 262,144 empty
/// ones, more than it can answer for within the time limit of a call.
pub const MAX_BATCH_LINES: usize = 4096;
