//! Why a command could not be started, and what to do about it. The kernel's answer names the command also
//! where something else is missing: the interpreter of a script, the working directory.

use std::fs::File;
use std::io;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::path::PathBuf;

use rustix::io::Errno;

use super::ProcessPlan;
use crate::error::Error;
use crate::spec::one_word;

/// The most that the kernel reads of a script's first line.
/// Source: Linux, include/uapi/linux/binfmts.h, `BINPRM_BUF_SIZE`.
const FIRST_LINE: u64 = 256;

/// The error of a command that could not be started.
pub(super) fn not_started(plan: &ProcessPlan, error: &io::Error) -> Error {
    let (why, hint) = cause(plan, error);
    let error = Error::never_started(match why {
        Some(why) => format!("`{}` cannot be started: {why}", plan.program),
        None => format!("`{}` cannot be started: {error}", plan.program),
    });
    let command: Vec<String> = std::iter::once(&plan.program).chain(&plan.args).cloned().collect();
    match one_word::is_whole_line(&command) {
        true => error.hint(format!("it is one word: {}", one_word::ADVICE)),
        false => error.hint(hint),
    }
}

/// What is known better than the kernel's answer tells, and what to do.
fn cause(plan: &ProcessPlan, error: &io::Error) -> (Option<String>, String) {
    if let Some(directory) = plan.directory.as_deref().filter(|directory| !Path::new(directory).is_dir()) {
        let why = format!("its working directory `{directory}` is no directory on this machine");
        return (Some(why), "a transform or the definition asks for it".to_owned());
    }
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    let Some(file) = found(plan) else {
        return match errno {
            Some(Errno::NOENT) => (None, "is the path right, and the program on PATH?".to_owned()),
            Some(Errno::ACCESS) => (None, "is the file executable?".to_owned()),
            _ => (None, String::new()),
        };
    };
    let start = start_of(&file);
    match errno {
        Some(Errno::NOENT) => match interpreter(&start) {
            Some(name) if name.ends_with(b"\r") => (
                Some(format!(
                    "its first line ends in CR LF, so its interpreter would be `{}\\r`",
                    shown(&name)
                )),
                "save it with the line ends of Unix: sed -i 's/\\r$//' FILE".to_owned(),
            ),
            Some(name) => (
                Some(format!("its interpreter `{}` is not there", shown(&name))),
                "install it, or name another one in the script's first line".to_owned(),
            ),
            None if start.starts_with(b"\x7fELF") => (
                Some("the program is there, but its dynamic loader is not".to_owned()),
                "it was built for another C library (musl, glibc) or another machine".to_owned(),
            ),
            None => (None, "is the path right, and the program on PATH?".to_owned()),
        },
        Some(Errno::NOEXEC) if start.starts_with(b"\x7fELF") => (
            Some("it was built for another kind of machine".to_owned()),
            "run `uname -m` and `file` on it".to_owned(),
        ),
        Some(Errno::NOEXEC) if start.is_empty() => (Some("the file is empty".to_owned()), String::new()),
        Some(Errno::NOEXEC) => (
            Some("the file does not say what runs it".to_owned()),
            "begin the script with a line such as #!/bin/sh, or give it to its interpreter: -- sh FILE"
                .to_owned(),
        ),
        Some(Errno::ACCESS) if file.is_dir() => (Some("it is a directory".to_owned()), String::new()),
        Some(Errno::ACCESS) => {
            (None, "make it executable: chmod +x FILE; or give it to its interpreter: -- sh FILE".to_owned())
        }
        Some(Errno::TOOBIG) => (
            None,
            "the arguments and the environment together are longer than this system takes (getconf ARG_MAX)"
                .to_owned(),
        ),
        _ => (None, String::new()),
    }
}

/// The file that would be executed: a path with a slash in it, else the first of this name on the PATH of
/// the command.
fn found(plan: &ProcessPlan) -> Option<PathBuf> {
    let directory = plan.directory.as_deref().unwrap_or(".");
    if plan.program.contains('/') {
        return Some(Path::new(directory).join(&plan.program)).filter(|file| file.exists());
    }
    let own = plan.env.iter().rev().find(|variable| variable.name == "PATH");
    let path = own.map(|variable| variable.value.reveal().into()).or_else(|| std::env::var_os("PATH"))?;
    let files =
        std::env::split_paths(&path).map(|place| Path::new(directory).join(place).join(&plan.program));
    files.into_iter().find(|file| file.is_file())
}

/// How the file begins; empty where it cannot be read.
fn start_of(file: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    // What is no regular file could keep the reader waiting.
    if file.is_file()
        && let Ok(file) = File::open(file)
    {
        let _ = file.take(FIRST_LINE).read_to_end(&mut start);
    }
    start
}

/// The interpreter that a script's first line names, with the CR that a line of Windows ends in where it has
/// no argument.
fn interpreter(start: &[u8]) -> Option<Vec<u8>> {
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let mut words = line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    words.next().map(<[u8]>::to_vec)
}

/// A name for a person, without the CR.
fn shown(name: &[u8]) -> String {
    Path::new(std::ffi::OsStr::from_bytes(name.strip_suffix(b"\r").unwrap_or(name))).display().to_string()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use super::*;

    fn plan(program: &str, directory: &Path) -> ProcessPlan {
        ProcessPlan {
            container: "app".into(),
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            directory: Some(directory.display().to_string()),
            stop_timeout: Duration::ZERO,
            warnings: Vec::new(),
        }
    }

    /// What is said of a file with this content that was refused so.
    fn said(content: &[u8], errno: Errno) -> String {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("x");
        std::fs::write(&file, content).expect("the directory is ours");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
        let error = not_started(&plan("./x", directory.path()), &errno.into());
        format!("{error}; {}", error.advice())
    }

    #[test]
    fn what_is_missing_is_named() {
        for (content, errno, want) in [
            (&b"#!/bin/sh\r\necho\r\n"[..], Errno::NOENT, "CR LF"),
            (b"#! /no/such/python -u\n", Errno::NOENT, "its interpreter `/no/such/python` is not there"),
            (b"#!/no/such\x1b[2J\n", Errno::NOENT, "its interpreter `/no/such"),
            (b"\x7fELF\x02", Errno::NOENT, "dynamic loader"),
            (b"\x7fELF\x02", Errno::NOEXEC, "another kind of machine"),
            (b"echo hi\n", Errno::NOEXEC, "#!/bin/sh"),
            (b"", Errno::NOEXEC, "empty"),
            (b"x", Errno::ACCESS, "chmod +x"),
            (b"x", Errno::TOOBIG, "ARG_MAX"),
        ] {
            let said = said(content, errno);
            assert!(said.contains(want), "{want}: {said}");
        }
    }

    #[test]
    fn a_directory_that_is_not_there_is_not_taken_for_the_program() {
        let error = not_started(&plan("sh", Path::new("/no/such")), &Errno::NOENT.into());
        assert!(error.to_string().contains("working directory `/no/such`"), "{error}");
    }

    #[test]
    fn a_line_for_a_shell_is_named_as_one() {
        let error = not_started(&plan("echo hi", Path::new("/")), &Errno::NOENT.into());
        assert!(error.advice().contains("sh -c"), "{error}");
    }

    #[test]
    fn the_interpreter_is_what_the_kernel_would_take() {
        let of = |start: &[u8]| interpreter(start).map(|name| String::from_utf8(name).expect("text"));
        assert_eq!(of(b"#!/bin/sh\n"), Some("/bin/sh".into()));
        assert_eq!(of(b"#! \t/bin/sh -e\r\n"), Some("/bin/sh".into()));
        assert_eq!(of(b"#!/bin/sh\r\n"), Some("/bin/sh\r".into()));
        assert_eq!((of(b"#!\n"), of(b"# !/bin/sh\n"), of(b"")), (None, None, None));
    }
}
