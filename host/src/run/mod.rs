//! Drives one run through a back end: plan, launch, wait, logs, stop, report.
//!
//! - [`outcome`]: from how the task ended to the exit code and the reason.
//! - [`report`]: the result that the summary, the JSON output and reporters show.

pub mod outcome;
pub mod report;

pub use report::RunReport;
