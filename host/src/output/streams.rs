//! What standard output and standard error are.

use std::io;
use std::os::fd::AsFd;

/// Whether standard output and standard error are one terminal, file or pipe, so that what is
/// written to them stands in one text. Yes, if it can not be found out.
pub fn are_one() -> bool {
    same(&io::stdout(), &io::stderr()).unwrap_or(true)
}

fn same(one: &impl AsFd, other: &impl AsFd) -> rustix::io::Result<bool> {
    let (one, other) = (rustix::fs::fstat(one)?, rustix::fs::fstat(other)?);
    Ok((one.st_dev, one.st_ino) == (other.st_dev, other.st_ino))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_itself_and_no_other() {
        let ((_reader, writer), (_other_reader, other)) = (io::pipe().unwrap(), io::pipe().unwrap());
        let copy = writer.try_clone().unwrap();
        assert!(same(&writer, &copy).unwrap());
        assert!(!same(&writer, &other).unwrap());
    }
}
