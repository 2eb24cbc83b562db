//! Drives one run through a back end: plan, launch, wait, logs, stop, report.
//!
//! - [`prepare`]: settings to a checked plan; nothing is launched.
//! - [`plugins`]: loads plugins and fits them to the stations that use them.
//! - [`driver`]: the run itself, with its signals and deadlines.
//! - [`steps`]: launch, wait, logs and stop on their own.
//! - [`printing`]: the output thread, as these two use it.
//! - [`say`]: what is said where there is no output thread.
//! - [`stopping`]: stopping a task for sure.
//! - [`signals`]: SIGINT, SIGTERM and SIGHUP.
//! - [`outcome`]: from how the task ended to the exit code and the reason.

pub mod driver;
pub mod outcome;
pub mod plugins;
pub mod prepare;
mod printing;
mod say;
pub mod signals;
pub mod steps;
mod stopping;

pub use driver::run;
pub use prepare::plan;
pub use steps::launch;
pub use steps::logs;
pub use steps::stop;
pub use steps::wait;
