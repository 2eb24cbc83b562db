//! The id of a task that runs, in a file (`--id-file`), for whoever cleans up when its sortie is no more: a step of
//! a CI system that is run after a cancelled job. Empty before the launch, and gone with the end of the task.

use std::io::Write as _;
use std::path::Path;

use crate::error::Error;
use crate::output::named_file;

/// Makes the file, so that what is wrong with it is known before anything is launched.
///
/// # Errors
///
/// It cannot be written, or is not a file of its own.
pub(super) fn create(path: &Path) -> Result<(), Error> {
    named_file::open(path).map(drop).map_err(|why| {
        Error::usage(format!("the task's id cannot be written to {}: {why}", path.display()))
            .on("--id-file")
            .hint("name a file in a directory that is there, and can be written")
    })
}

/// Writes the id; answers with what a person should know.
pub(super) fn write(path: &Path, id: &str) -> Result<(), String> {
    named_file::open(path)
        .and_then(|mut file| writeln!(file, "{id}").map_err(|error| error.to_string()))
        .map_err(|why| format!("the task's id cannot be written to {}: {why}", path.display()))
}

/// Removes it: no task runs.
pub(super) fn remove(path: &Path) {
    // One that is gone already was removed by whoever has cleaned up.
    let _ = std::fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_id_of_the_last_launch_as_long_as_the_task_runs() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("id");
        create(&path).expect("it can be written");
        let text = || std::fs::read_to_string(&path).expect("a file");
        assert_eq!(text(), "");
        write(&path, "arn:aws:ecs:eu-west-1:1:task/ci/a-long-one").expect("it can be written");
        write(&path, "arn:b").expect("it can be written");
        assert_eq!(text(), "arn:b\n");
        remove(&path);
        assert!(!path.exists());
        remove(&path);
    }

    #[test]
    fn what_can_not_be_written_is_said_with_its_flag() {
        for path in ["/no/such/directory/id", "/dev/null", "/"] {
            let error = create(Path::new(path)).expect_err("it cannot be written").to_string();
            assert!(error.contains("--id-file") && error.contains(path), "{error}");
        }
    }
}
