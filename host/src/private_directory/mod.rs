//! A directory that is the user's alone: for compiled plugins, and for the journals of runs.
//!
//! It is opened step by step and never named again: what was checked is what is used, whatever is
//! renamed meanwhile.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

#[cfg(unix)]
pub(crate) use self::unix::PrivateDirectory;
#[cfg(windows)]
pub(crate) use self::windows::PrivateDirectory;

/// What a file's name begins with as long as it is not finished.
pub(crate) const UNFINISHED: &str = "unfinished-";

/// A file in it.
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// When it was made or last used.
    pub(crate) used: SystemTime,
    /// When it was last written.
    pub(crate) written: SystemTime,
}

/// The directory that `base` really is; refused where it lies in the workspace.
fn outside(base: &Path, workspace: Option<&Path>) -> Result<PathBuf, String> {
    let real = base.canonicalize().map_err(|error| unusable(base, error))?;
    if let Some(workspace) = workspace {
        let workspace = workspace.canonicalize().map_err(|error| unusable(workspace, error))?;
        if real.starts_with(root_of(&workspace)) {
            return Err(unusable(base, "it is in the workspace, whose files may be anybody's"));
        }
    }
    Ok(real)
}

/// The workspace that a directory belongs to: where its repository begins, else itself.
fn root_of(directory: &Path) -> PathBuf {
    let root = directory.ancestors().find(|ancestor| ancestor.join(".git").exists());
    root.unwrap_or(directory).to_path_buf()
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> String {
    format!("{}: {why}", path.display())
}
