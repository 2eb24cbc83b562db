//! How far a log stream has been read.

use serde::Deserialize;
use serde::Serialize;

use sortie_lines::UnixMillis;

/// A place in a log stream, right after an event. It can be written down, and read on from by another
/// sortie.
///
/// The forward token of GetLogEvents names a place between two pages; events of a page that were read
/// are counted. A token expires after 24 hours: from then on (or when it is refused for another
/// reason) the stream is read again from the time of the last event, passing over as many events of
/// that time as were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Cursor {
    /// What GetLogEvents is asked with; none: from the beginning, or from `last`.
    token: Option<String>,
    /// Events after the token that were read.
    read: usize,
    /// Time of the last event, and how many events of that time were read.
    last: Option<(UnixMillis, usize)>,
}

impl Cursor {
    /// Before the first event of this time or a later one.
    pub(super) fn since(time: UnixMillis) -> Self {
        Self { last: Some((time, 0)), ..Self::default() }
    }

    /// Becomes equal to a cursor of which it is known whether it has the same token, so that nothing is
    /// allocated where it has.
    pub(super) fn follow(&mut self, other: &Self, same_token: bool) {
        if !same_token {
            self.token.clone_from(&other.token);
        }
        self.read = other.read;
        self.last = other.last;
    }
}

/// Walks along a stream.
#[derive(Debug, Default)]
pub(super) struct Walk {
    cursor: Cursor,
    /// Events that are to be passed over because they were read before: the next ones, whatever
    /// their time ...
    skip: usize,
    /// ... or those of the last event's time.
    skip_of_last: usize,
}

impl Walk {
    /// Goes on from a cursor.
    pub(super) fn from(cursor: Cursor) -> Self {
        let mut walk = Self { skip: cursor.read, skip_of_last: 0, cursor };
        walk.cursor.read = 0;
        if walk.cursor.token.is_none() && walk.cursor.last.is_some() {
            walk.restart();
        }
        walk
    }

    /// Right after the last event that was taken.
    pub(super) fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// The token with which to go on.
    pub(super) fn token(&self) -> Option<&str> {
        self.cursor.token.as_deref()
    }

    /// The time from which on to read, where there is no token.
    pub(super) fn start_time(&self) -> Option<UnixMillis> {
        let (time, _) = self.cursor.last.filter(|_| self.cursor.token.is_none())?;
        Some(time)
    }

    /// Takes the next event; whether it was not read before.
    pub(super) fn is_new(&mut self, time: UnixMillis) -> bool {
        self.cursor.read += 1;
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        match &mut self.cursor.last {
            Some((last, count)) if *last == time => {
                if self.skip_of_last > 0 {
                    self.skip_of_last -= 1;
                    return false;
                }
                *count += 1;
            }
            last => {
                self.skip_of_last = 0;
                *last = Some((time, 1));
            }
        }
        true
    }

    /// The page has been read; whether the token behind it is another one.
    pub(super) fn turn_page(&mut self, next: Option<String>) -> bool {
        if next.is_none() || next == self.cursor.token {
            return false;
        }
        self.cursor.token = next;
        self.cursor.read = 0;
        self.skip = 0;
        true
    }

    /// The token is refused: goes on from the time of the last event, passing over what was read.
    pub(super) fn restart(&mut self) {
        self.cursor.token = None;
        self.cursor.read = 0;
        self.skip = 0;
        self.skip_of_last = self.cursor.last.map_or(0, |(_, count)| count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(walk: &mut Walk, times: &[i64]) -> Vec<bool> {
        times.iter().map(|time| walk.is_new(*time)).collect()
    }

    #[test]
    fn after_a_refused_token_nothing_is_read_twice() {
        let mut walk = Walk::default();
        assert!(walk.turn_page(Some("t".to_owned())));
        assert_eq!(read(&mut walk, &[1, 2, 2]), [true; 3]);
        walk.restart();
        assert_eq!((walk.token(), walk.start_time()), (None, Some(2)));
        // From time 2 on: the two that were read, a third of the same time, and a later one.
        assert_eq!(read(&mut walk, &[2, 2, 2, 3]), [false, false, true, true]);
        walk.restart();
        assert_eq!(read(&mut walk, &[4]), [true], "events of an old time may be gone");
    }

    #[test]
    fn a_cursor_that_was_written_down_goes_on_inside_a_page() {
        let mut walk = Walk::default();
        walk.turn_page(Some("f/1".to_owned()));
        read(&mut walk, &[1, 2, 2]);
        let written = serde_json::to_string(walk.cursor()).unwrap();
        let mut again = Walk::from(serde_json::from_str(&written).unwrap());
        assert_eq!(again.cursor.token.as_deref(), Some("f/1"));
        assert_eq!(read(&mut again, &[1, 2, 2, 2, 3]), [false, false, false, true, true]);
        assert_eq!(again.cursor(), &Cursor { token: Some("f/1".into()), read: 5, last: Some((3, 1)) });
        // The token has expired meanwhile.
        let mut again = Walk::from(serde_json::from_str(&written).unwrap());
        again.restart();
        assert_eq!(read(&mut again, &[2, 2, 2]), [false, false, true]);
        let unread: Cursor = serde_json::from_str("{}").unwrap();
        assert_eq!(unread, Cursor::default());
    }
}
