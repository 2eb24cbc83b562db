//! What is one thing on Unix and another on Windows: open files, standard output, this machine and its processes.
//!
//! Each system's file has the same functions. What is larger has a file for each system in its own place:
//! [`signals`](crate::run::signals) and [`private_directory`](crate::private_directory). The process back end is there
//! on Unix alone.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use self::unix::*;
#[cfg(windows)]
pub(crate) use self::windows::*;

/// Something that is open.
#[cfg(unix)]
pub(crate) use std::os::fd::AsFd as Open;
#[cfg(windows)]
pub(crate) use std::os::windows::io::AsHandle as Open;

/// Opening never waits, as it would for the other end of a named pipe, and never takes a terminal over.
pub(crate) trait OpenWithoutWaiting {
    /// For regular files it means nothing.
    fn without_waiting(&mut self) -> &mut Self;
}

/// What an open file is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct FileId {
    /// Its device, or volume ...
    pub(crate) device: u64,
    /// ... and its number there.
    pub(crate) inode: u64,
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::path::PathBuf;

    /// Whoever works on Linux does not see what Windows does not have.
    #[test]
    fn only_the_files_of_unix_name_what_is_unix() {
        let only_unix = |path: &Path| {
            path.ends_with("unix.rs")
                || path.ends_with("run/signals/inherited.rs")
                || path.ends_with("docker/engine/local_socket.rs")
                || path.components().any(|part| part.as_os_str() == "process")
        };
        let names = ["rustix::", "std::os::unix", "std::os::fd", "tokio::signal::unix", "UnixStream"];
        let mut directories = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut read = 0;
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                    continue;
                }
                let of_unix = only_unix(&path) || path.ends_with("os/mod.rs") || path.ends_with("tests.rs");
                if of_unix || path.extension().is_none_or(|extension| extension != "rs") {
                    continue;
                }
                read += 1;
                let text = fs::read_to_string(&path).unwrap();
                let program = text.split("#[cfg(test)]").next().unwrap();
                for name in names {
                    assert!(
                        !program.contains(name),
                        "{}: {name} has its place in os/unix.rs",
                        path.display()
                    );
                }
            }
        }
        assert!(read > 100, "{read} files");
    }
}
