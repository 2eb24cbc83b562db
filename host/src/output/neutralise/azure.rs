//! Azure Pipelines.
//!
//! Source: microsoft/azure-pipelines-agent, `Command.cs`: `##vso[area.event]` is taken anywhere in a
//! line. `##[error]` and its kind are shown as headings (Azure Pipelines, "Logging commands").

use super::Marker;
use super::anywhere;

pub(super) const MARKERS: [Marker; 2] = [anywhere("##vso["), anywhere("##[")];
