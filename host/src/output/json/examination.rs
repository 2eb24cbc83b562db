//! The object of what `sortie doctor` found.

use serde::Serialize;

use super::Stamp;
use crate::report::examination::Check;

/// One thing that `sortie doctor` looked at.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CheckObject<'a> {
    #[serde(flatten)]
    stamp: Stamp,
    #[serde(flatten)]
    check: &'a Check,
}

impl<'a> CheckObject<'a> {
    /// The object of this.
    pub fn new(check: &'a Check, stamp: Stamp) -> Self {
        Self { stamp, check }
    }
}
