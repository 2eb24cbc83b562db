//! Unix: Linux and macOS.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Stdout;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use cap_std::fs::OpenOptionsExt as _;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::fs::FileType;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::Pid;
use rustix::process::Resource;

use super::FileId;
use super::OpenWithoutWaiting;

fn bits(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

impl OpenWithoutWaiting for OpenOptions {
    fn without_waiting(&mut self) -> &mut Self {
        self.custom_flags(bits(OFlags::NONBLOCK | OFlags::NOCTTY))
    }
}

impl OpenWithoutWaiting for cap_std::fs::OpenOptions {
    fn without_waiting(&mut self) -> &mut Self {
        self.custom_flags(bits(OFlags::NONBLOCK | OFlags::NOCTTY))
    }
}

/// Opens a file without waiting, and not what a link leads to.
pub(crate) fn open_no_link(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.custom_flags(bits(OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY)).open(path)
}

/// Whether every user of this machine can write to a directory.
pub(crate) fn others_can_write(directory: &Path) -> bool {
    const OTHERS_WRITE: u32 = 0o002;
    directory.metadata().is_ok_and(|metadata| metadata.permissions().mode() & OTHERS_WRITE != 0)
}

/// What an open file, pipe or terminal is.
pub(crate) fn id_of(open: impl AsFd) -> io::Result<FileId> {
    let metadata = File::from(open.as_fd().try_clone_to_owned()?).metadata()?;
    Ok(FileId { device: metadata.dev(), inode: metadata.ino() })
}

/// What an open file is called, if it is a regular one; Linux alone tells.
pub(crate) fn path_of(open: impl AsFd) -> Option<PathBuf> {
    let fd = open.as_fd();
    let regular = File::from(fd.try_clone_to_owned().ok()?).metadata().ok()?.is_file();
    let number = std::os::fd::AsRawFd::as_raw_fd(&fd);
    std::fs::read_link(format!("/proc/self/fd/{number}")).ok().filter(|_| regular)
}

/// Where an open file is written next; `None`: it is no file.
pub(crate) fn position(open: impl AsFd) -> Option<u64> {
    let stat = rustix::fs::fstat(&open).ok()?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return None;
    }
    match rustix::fs::fcntl_getfl(&open).ok()?.contains(OFlags::APPEND) {
        true => u64::try_from(stat.st_size).ok(),
        false => rustix::fs::tell(&open).ok(),
    }
}

/// Whether an open file has no name any more.
pub(crate) fn is_removed(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
}

/// Returns when standard output's reader has gone, which is a pipe's other end: true. False where it is not
/// something to wait for.
pub(crate) fn await_no_reader(stdout: &Stdout) -> bool {
    loop {
        // Errors are told whether or not they are asked for (poll(2)).
        let mut polled = [PollFd::new(stdout, PollFlags::empty())];
        match rustix::event::poll(&mut polled, None) {
            Ok(_) => return polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP),
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Waits until standard output takes `PIPE_BUF` bytes at once. Where that cannot be found out, the write itself waits.
/// Source: pipe(7), `PIPE_BUF`, and poll(2), `POLLOUT`.
pub(crate) fn await_room(stdout: &Stdout) {
    let mut polled = [PollFd::new(stdout, PollFlags::OUT)];
    while matches!(rustix::event::poll(&mut polled, None), Err(Errno::INTR)) {}
}

/// This machine's name.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// This process's user.
pub(crate) fn user() -> String {
    rustix::process::getuid().as_raw().to_string()
}

/// Whether there is a process of this number; `None`: that cannot be found out.
pub(crate) fn process_runs(pid: u32) -> Option<bool> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    Some(pid.is_some_and(|pid| match rustix::process::test_kill_process(pid) {
        Ok(()) => true,
        // It exists, and belongs to another user.
        Err(error) => error == Errno::PERM,
    }))
}

/// The highest limit that this process may have, by the name that engines have for it: `nofile` open files, `nproc`
/// processes of the user. `None`: there is none.
pub(crate) fn max_limit(name: &str) -> Option<u64> {
    let resource = match name {
        "nofile" => Resource::Nofile,
        "nproc" => Resource::Nproc,
        _ => return None,
    };
    rustix::process::getrlimit(resource).maximum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_itself_and_no_other() {
        let ((_reader, writer), (_other_reader, other)) = (io::pipe().unwrap(), io::pipe().unwrap());
        let copy = writer.try_clone().unwrap();
        assert_eq!(id_of(&writer).unwrap(), id_of(&copy).unwrap());
        assert_ne!(id_of(&writer).unwrap(), id_of(&other).unwrap());
    }
}
