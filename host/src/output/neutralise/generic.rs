//! What is obeyed by systems that have hardly anything to obey; and all there is, for a system that is
//! not known.

use super::Marker;
use super::anywhere;
use super::azure;
use super::buildkite;
use super::github;
use super::gitlab;
use super::teamcity;

/// Console notes: serialised objects in the log. Source: jenkinsci/jenkins, `ConsoleNote.java`
/// (`PREAMBLE_STR`). They carry a signature, which is Jenkins' own defence.
pub(super) const JENKINS: [Marker; 1] = [anywhere("\u{1b}[8mha:")];

/// Cards: JSON in an OSC sequence. Source: Drone's documentation, "Cards".
pub(super) const DRONE: [Marker; 1] = [anywhere("\u{1b}]1338;")];

/// Everything that hardly any log holds by itself. Buildkite's headers are left out: `--- a/file` is a
/// line of every difference between two files.
pub(super) fn all() -> Vec<Marker> {
    [
        &github::MARKERS[..],
        &azure::MARKERS,
        &gitlab::MARKERS,
        &teamcity::MARKERS,
        &buildkite::ESCAPES,
        &JENKINS,
    ]
    .concat()
}
