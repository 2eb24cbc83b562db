//! On Unix: by file descriptors, owner and mode.

use std::fs::File;
use std::io;
use std::io::Read as _;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use rustix::fs::AtFlags;
use rustix::fs::CWD;
use rustix::fs::FileType;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::Stat;
use rustix::fs::Timespec;
use rustix::fs::Timestamps;
use rustix::fs::UTIME_NOW;
use rustix::fs::UTIME_OMIT;
use rustix::io::Errno;

use super::Entry;
use super::UNFINISHED;
use super::outside;
use super::unusable;

/// An open directory of this user with mode 0700.
#[derive(Debug)]
pub(crate) struct PrivateDirectory(OwnedFd);

impl PrivateDirectory {
    /// Opens `base` and the directories `names` below it, one in the other, which are created with mode
    /// 0700 where they are missing. It is refused unless the last one is the user's alone, those on the way are
    /// the user's and nobody else can write there, and none of them is a link; or when it lies in the
    /// `workspace`, whose files come from whoever wrote the code that CI runs. `None`: it may lie anywhere.
    ///
    /// # Errors
    ///
    /// Why it is not used, for a person.
    pub(crate) fn open(base: &Path, names: &[&str], workspace: Option<&Path>) -> Result<Self, String> {
        let mut path = base.to_path_buf();
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(base);
        made.map_err(|error| unusable(&path, error))?;
        let base = outside(base, workspace)?;
        let directory = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
        let opened = rustix::fs::openat(CWD, &base, directory, Mode::empty());
        let mut open = opened.map_err(|error| unusable(&path, error))?;
        let mode = mode(&rustix::fs::fstat(&open).map_err(|error| unusable(&path, error))?);
        if mode.contains(Mode::WOTH) && !mode.contains(Mode::SVTX) {
            return Err(unusable(&path, "others can write there"));
        }
        for (index, &name) in names.iter().enumerate() {
            path.push(name);
            // Another process may have made it meanwhile.
            let made = rustix::fs::mkdirat(&open, name, Mode::RWXU);
            open = rustix::fs::openat(&open, name, directory, Mode::empty()).map_err(|error| {
                // Of one that is missing, why it could not be made says more.
                unusable(&path, made.err().filter(|_| error == Errno::NOENT).unwrap_or(error))
            })?;
            let last = index + 1 == names.len();
            let others = if last { Mode::RWXG | Mode::RWXO } else { Mode::WGRP | Mode::WOTH };
            if !is_own(&rustix::fs::fstat(&open).map_err(|error| unusable(&path, error))?, others) {
                return Err(unusable(&path, "it must be yours, and nobody else's (chmod 700)"));
            }
        }
        Ok(Self(open))
    }

    /// The bytes of a file that only the user can write, at most `max` of them.
    pub(crate) fn read(&self, name: &str, max: u64) -> io::Result<Vec<u8>> {
        // A named pipe is opened without waiting, and refused.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&file)?;
        let bytes = size(&stat);
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile
            || !is_own(&stat, Mode::RWXG | Mode::RWXO)
            || bytes > max
        {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut read = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
        File::from(file).take(max).read_to_end(&mut read)?;
        Ok(read)
    }

    /// Opens a file to write at its end, and makes it where there is none.
    pub(crate) fn append(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY
            | OFlags::APPEND
            | OFlags::CREATE
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?;
        let stat = rustix::fs::fstat(&file)?;
        let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        match regular && is_own(&stat, Mode::RWXG | Mode::RWXO) {
            true => Ok(File::from(file)),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Writes a file in the place of the one of this name, if there is one, for whoever reads meanwhile
    /// either whole.
    pub(crate) fn replace(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let unfinished = self.write(parts)?;
        let renamed = rustix::fs::renameat(&self.0, &unfinished, &self.0, name);
        if renamed.is_err() {
            self.remove(&unfinished);
        }
        Ok(renamed?)
    }

    /// Writes a file of a name that is not taken, whole or not at all.
    pub(crate) fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.write(&[bytes])?;
        let linked = rustix::fs::linkat(&self.0, &unfinished, &self.0, name, AtFlags::empty());
        self.remove(&unfinished);
        Ok(linked?)
    }

    fn write(&self, parts: &[&[u8]]) -> io::Result<String> {
        let name = format!("{UNFINISHED}{:016x}", rand::random::<u64>());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::openat(&self.0, &name, flags, Mode::RUSR | Mode::WUSR)?);
        match parts.iter().try_for_each(|part| file.write_all(part)) {
            Ok(()) => Ok(name),
            Err(error) => {
                self.remove(&name);
                Err(error)
            }
        }
    }

    /// Removes a file; one that is not there is no error.
    pub(crate) fn remove(&self, name: &str) {
        let _ = rustix::fs::unlinkat(&self.0, name, AtFlags::empty());
    }

    /// Notes that a file was used now.
    pub(crate) fn mark_used(&self, name: &str) {
        let time = |nsec| Timespec { tv_sec: 0, tv_nsec: nsec };
        let times = Timestamps { last_access: time(UTIME_NOW), last_modification: time(UTIME_OMIT) };
        let _ = rustix::fs::utimensat(&self.0, name, &times, AtFlags::SYMLINK_NOFOLLOW);
    }

    /// All files, in no order. Directories and the like are left out.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let Ok(listing) = rustix::fs::Dir::read_from(&self.0) else { return Vec::new() };
        let entry = |name: &std::ffi::CStr| {
            let stat = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
            let name = name.to_str().ok().filter(|_| regular)?.to_owned();
            let used = time(stat.st_atime, stat.st_atime_nsec);
            let written = time(stat.st_mtime, stat.st_mtime_nsec);
            Some(Entry { name, bytes: size(&stat), used, written })
        };
        listing.flatten().filter_map(|found| entry(found.file_name())).collect()
    }
}

/// The numbers' types differ from one system to another.
fn time(seconds: impl TryInto<u64>, nanoseconds: impl TryInto<u32>) -> SystemTime {
    UNIX_EPOCH
        + Duration::new(seconds.try_into().unwrap_or_default(), nanoseconds.try_into().unwrap_or_default())
}

fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(u64::MAX)
}

fn mode(stat: &Stat) -> Mode {
    Mode::from_raw_mode(stat.st_mode)
}

/// Whether a file is this user's, and gives `others` to nobody.
fn is_own(stat: &Stat, others: Mode) -> bool {
    stat.st_uid == rustix::process::geteuid().as_raw() && !mode(stat).intersects(others)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    fn temporary() -> tempfile::TempDir {
        tempfile::tempdir().expect("a directory")
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("sets");
    }

    /// Whether the cache of this base is used by a run elsewhere.
    fn is_used(base: &Path) -> bool {
        PrivateDirectory::open(base, &["sortie", "plugins"], Some(temporary().path())).is_ok()
    }

    #[test]
    fn a_new_directory_is_private() {
        let base = temporary();
        let base = base.path().join("not/yet");
        assert!(is_used(&base));
        let mode = std::fs::metadata(base.join("sortie/plugins")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(is_used(&base), "a second time");
    }

    #[test]
    fn a_directory_that_others_can_reach_is_not_used() {
        for (path, mode) in [
            ("sortie/plugins", 0o755),
            ("sortie/plugins", 0o770),
            ("sortie", 0o777),
            ("sortie", 0o770),
            ("", 0o777),
        ] {
            let base = temporary();
            std::fs::create_dir_all(base.path().join("sortie/plugins")).expect("creates");
            for (path, mode) in [("sortie", 0o700), ("sortie/plugins", 0o700), (path, mode)] {
                set_mode(&base.path().join(path), mode);
            }
            assert!(!is_used(base.path()), "{path} {mode:o}");
        }
    }

    #[test]
    fn a_link_is_not_used() {
        for (link, target) in [("sortie/plugins", "target"), ("sortie", "target")] {
            let (base, elsewhere) = (temporary(), temporary());
            let target = elsewhere.path().join(target);
            std::fs::DirBuilder::new().mode(0o700).create(&target).expect("creates");
            let link = base.path().join(link);
            let parent = link.parent().expect("it has one");
            std::fs::DirBuilder::new().mode(0o700).recursive(true).create(parent).expect("creates");
            symlink(&target, &link).expect("links");
            assert!(!is_used(base.path()), "{}", link.display());
        }
    }

    #[test]
    fn a_directory_in_the_workspace_is_not_used() {
        let repository = temporary();
        let (cache, inner) = (repository.path().join("cache"), repository.path().join("a/b"));
        std::fs::create_dir_all(&inner).expect("creates");
        let open = |workspace: &Path| PrivateDirectory::open(&cache, &["sortie", "plugins"], Some(workspace));
        assert!(open(repository.path()).is_err(), "below the working directory");
        assert!(open(&inner).is_ok(), "beside it");
        std::fs::create_dir(repository.path().join(".git")).expect("creates");
        assert!(open(&inner).is_err(), "in its repository");
        let link = temporary();
        let link = link.path().join("link");
        symlink(repository.path(), &link).expect("links");
        let base = link.join("cache");
        let through = PrivateDirectory::open(&base, &["sortie", "plugins"], Some(repository.path()));
        assert!(through.is_err(), "through a link");
    }

    #[test]
    fn only_own_regular_files_are_read() {
        let base = temporary();
        let directory =
            PrivateDirectory::open(base.path(), &["x"], Some(temporary().path())).expect("private");
        let path = |name: &str| base.path().join("x").join(name);
        directory.create("file", b"abc").expect("creates");
        assert_eq!(directory.read("file", 3).expect("reads"), b"abc");
        assert!(directory.read("file", 2).is_err(), "too large");
        assert!(directory.create("file", b"other").is_err(), "taken");
        directory.replace("file", &[b"d", b"e"]).expect("replaces");
        assert_eq!(directory.read("file", 9).expect("reads"), b"de");
        std::io::Write::write_all(&mut directory.append("file").expect("opens"), b"f").expect("writes");
        assert_eq!(directory.read("file", 9).expect("reads"), b"def");
        symlink(path("file"), path("link")).expect("links");
        assert!(directory.read("link", 9).is_err() && directory.append("link").is_err(), "a link");
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mknodat(CWD, path("pipe"), FileType::Fifo, mode, 0).expect("a pipe");
        assert!(directory.read("pipe", 9).is_err(), "a pipe");
        set_mode(&path("file"), 0o666);
        assert!(directory.read("file", 9).is_err(), "others can write it");
        let names: Vec<String> = directory.entries().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["file"], "nothing unfinished is left");
    }
}
