//! GitHub Actions.
//!
//! Source: actions/runner, `ActionCommand.cs`. `::command::` is taken where a line begins after
//! `TrimStart`, which takes all Unicode white space away; the older `##[command]` anywhere. Lines are
//! those of .NET's `ReadLine`, which ends one at a bare carriage return too (`ProcessInvoker.cs`). Both
//! streams are read in this way. Whatever a name between the colons is, it may be the token that was
//! given to `stop-commands`.

use super::Marker;
use super::anywhere;
use super::line_start;

/// `##vso[` is Azure's, whose agent the runner descends from: nothing obeys it today.
pub(super) const MARKERS: [Marker; 3] = [line_start("::"), anywhere("##["), anywhere("##vso[")];
