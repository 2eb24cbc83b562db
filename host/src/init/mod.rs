//! `sortie init`: the files with which a repository begins, a step for its CI system and a `sortie.toml` for
//! a laptop. What is not known stands there as a comment that says how to find it.
//!
//! - [`values`]: what is known of the run, from flags, the environment and, if asked, the account.
//! - [`step`]: the step, for each CI system.
//! - [`settings_file`]: the settings, for a laptop.
//! - [`write`]: putting them there, and nothing over what is there.

mod settings_file;
mod step;
pub mod values;
pub mod write;

use std::path::PathBuf;

pub use step::REPOSITORY;
pub use step::System;
pub use values::Values;

/// A file to write.
#[derive(Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Relative to the repository.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
}

/// The files for this CI system.
pub fn files(system: System, values: &Values) -> [NewFile; 2] {
    [
        NewFile { path: PathBuf::from(system.path()), text: step::text(system, values) },
        NewFile { path: PathBuf::from("sortie.toml"), text: settings_file::text(system, values) },
    ]
}
