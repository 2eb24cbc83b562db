//! TeamCity.
//!
//! Source: JetBrains/TeamCity.ServiceMessages, `ServiceMessageParser.cs`: `##teamcity[` is taken
//! anywhere.

use super::Marker;
use super::anywhere;

pub(super) const MARKERS: [Marker; 1] = [anywhere("##teamcity[")];
