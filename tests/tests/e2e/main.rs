//! The real binary against real services: what a user of sortie relies on.
//!
//! - [`exit_codes`]: what the exit code says, and how soon.
//! - [`logs`]: every line, once, in order, and nothing else on standard output.
//! - [`cancel`]: signals and timeouts; nothing is left running.
//! - [`guard`]: a task ends by itself when sortie is gone.
//! - [`attach`]: a killed sortie is followed by another one.
//! - [`signals`]: signals that are no cancellation, or that were ignored at the start.
//! - [`stopping`]: how long a stop takes, and what is said meanwhile.
//! - [`faults`]: an API that throttles, fails and breaks off.
//! - [`silence`]: endpoints that do not answer.
//! - [`credentials`]: who calls, when, and where.
//! - [`tls`]: which certificates are taken.
//! - [`lost_answers`]: RunTask's answer is lost and the run is cancelled; nothing is left running.
//! - [`scripted`]: task lives that a container engine cannot produce.
//! - [`steps`]: launch, wait, logs and stop on their own.
//! - [`plan`]: what would be sent, and wrong usage.
//! - [`output`]: JSON lines.
//! - [`quiet`]: -q and -qq.
//! - [`about`]: what sortie says of itself.
//! - [`ci_limits`]: long logs and long silence, where a CI system reads.
//! - [`ci_run`]: tasks know their CI run and their time, and are found by both.
//! - [`config`]: which configuration file counts.
//! - [`said`]: what a person reads of a run.
//! - [`engines`]: which container engine is taken.
//! - [`doctor`]: what a run would stumble over.
//! - [`docker`]: what only a container engine on this machine has.
//! - [`parity`]: the same life on every back end.
//! - [`init`]: the files with which a repository begins.
//! - [`registers`]: task definitions that sortie registers.
//! - [`terminal`]: what a person sees.
//! - [`streams`]: output streams that nobody reads, that are full, or that are closed.
//! - [`lines`]: lines that are long, no text, or unfinished.
//! - [`neutral`]: nothing from outside is obeyed by the CI system.
//! - [`hostile`]: thousands of lines that are written to be obeyed.
//! - [`readme`]: what the README shows.
//! - [`guide`]: what the guide of the plugin SDK shows.
//! - [`process`]: the back end without a cloud.
//! - [`secrecy`]: what sortie knows to be secret.
//! - [`marks`]: steps and annotations in a log.
//! - [`plugins`]: the first-party plugins in a run.
//! - [`reporters`]: what CI systems and others are told of a run.
//! - [`received`]: what a collector and a webhook receive of a run.
//! - [`requests`]: HTTP requests of plugins.
//! - [`words`]: what plugins say, and what sortie says of them.
//! - [`languages`]: plugins in Python, JavaScript, and Rust with WASI.
//! - [`contract`]: that the check of all the above calls would fail.

mod about;
mod attach;
mod cancel;
mod ci_limits;
mod ci_run;
mod config;
mod contract;
mod credentials;
mod definitions;
mod detached;
mod docker;
mod doctor;
mod engines;
mod exit_codes;
mod faults;
mod guard;
mod guide;
mod hostile;
mod init;
mod languages;
mod lines;
mod logs;
mod lost_answers;
mod marks;
mod neutral;
mod output;
mod parity;
mod plan;
mod plugins;
mod process;
mod quiet;
mod readme;
mod received;
mod registers;
mod reporters;
mod requests;
mod said;
mod scripted;
mod secrecy;
mod signals;
mod silence;
mod steps;
mod stopping;
mod streams;
mod terminal;
mod tls;
mod words;
