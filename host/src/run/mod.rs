//! Drives runs through a back end: plan, launch, watch, logs, stop, report.
//!
//! - [`job`]: what a command is given.
//! - [`early_output`]: what is said before there is an output thread.
//! - [`prepare`]: settings to a checked plan; nothing is launched.
//! - [`plugins`]: loads plugins and fits them to the stations that use them.
//! - [`supervise`]: a task from its launch to its end, with signals, deadlines and relaunches.
//! - [`command`]: what each command does with that: plan, run, launch, attach, wait, logs, stop.
//! - [`outcome`]: from how the task ended to the exit code and the reason.
//! - `steps`: the steps of the task's own work, and which of them it ended in.
//! - [`output_handle`]: the ways to the output thread.
//! - `outputs`: what the task has printed for later steps.
//! - `id_file`: the id of a task that runs, for whoever cleans up.
//! - [`lost_logs`]: logs that should be there and are not.
//! - [`last_words`]: what is said where there is no output thread.
//! - [`signals`]: SIGINT, SIGTERM and SIGHUP.

pub mod command;
mod early_output;
mod id_file;
mod job;
mod last_words;
mod lost_logs;
pub mod outcome;
mod output_handle;
mod outputs;
pub mod plugins;
pub mod prepare;
pub mod signals;
mod steps;
mod supervise;

pub use command::attach::AttachOptions;
pub use command::attach::attach;
pub use command::doctor::doctor;
pub use command::launch::launch;
pub use command::logs::LogsOptions;
pub use command::logs::logs;
pub use command::plan::plan;
pub use command::run::run;
pub use command::stop::stop;
pub use command::wait::WaitOptions;
pub use command::wait::wait;
pub use early_output::EarlyOutput;
pub use job::Job;
pub use last_words::warn;
