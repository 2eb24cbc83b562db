//! Buildkite.

use super::Marker;
use super::anywhere;
use super::line_start;

/// Group headers, and `^^^ +++`, which opens the group before. Source: buildkite/agent,
/// `header_times_streamer.go`: `---`, `+++` or `~~~` and one white space (`[\t\n\f\r ]`) at the start
/// of a line, colours aside.
pub(super) const HEADERS: [Marker; 16] = [
    line_start("--- "),
    line_start("---\t"),
    line_start("---\r"),
    line_start("---\u{c}"),
    line_start("+++ "),
    line_start("+++\t"),
    line_start("+++\r"),
    line_start("+++\u{c}"),
    line_start("~~~ "),
    line_start("~~~\t"),
    line_start("~~~\r"),
    line_start("~~~\u{c}"),
    line_start("^^^ "),
    line_start("^^^\t"),
    line_start("^^^\r"),
    line_start("^^^\u{c}"),
];

/// Time stamps (APC `bk;t=…`), images (OSC 1337, 1338) and links (OSC 1339). Source:
/// buildkite/terminal-to-html, `bk.go` and `element.go`.
pub(super) const ESCAPES: [Marker; 4] =
    [anywhere("\u{1b}_bk;"), anywhere("\u{1b}]1337;"), anywhere("\u{1b}]1338;"), anywhere("\u{1b}]1339;")];
