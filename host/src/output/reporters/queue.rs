//! What one reporter is still to be told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use sortie_lines::LineBatch;

use crate::event::Event;
use crate::stream::ContainerIndex;
use crate::stream::Moment;

/// One thing to tell.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// Something happened.
    Event(Arc<Event>),
    /// A container wrote these.
    Lines { moment: Moment, container: ContainerIndex, name: Arc<str>, batch: Arc<LineBatch> },
    /// Nothing to tell: the answer says that everything before was told.
    Mark,
}

/// What a reporter does next.
#[derive(Debug)]
pub(super) enum Next {
    /// It is told this.
    Item(Item),
    /// It is told that time has passed.
    Time,
    /// Nothing any more.
    Closed,
}

/// A queue between the output thread, which never waits, and a reporter's own.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    /// Bytes of log lines that may wait.
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    items: VecDeque<Item>,
    /// Bytes of the log lines among them.
    bytes: usize,
    /// Lines that were dropped.
    dropped: u64,
    /// Since when the reporter has had something to do all the time.
    busy_since: Option<Instant>,
    closed: bool,
}

impl Queue {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { state: Mutex::default(), ready: Condvar::new(), max_bytes }
    }

    /// Adds an item. Events are always kept; where there is no room for log lines, the oldest of them
    /// are dropped: the end of a log says more than its middle.
    pub(super) fn push(&self, item: Item) {
        let mut state = self.lock();
        if let Item::Lines { batch, .. } = &item {
            state.bytes += batch.bytes.len();
            while state.bytes > self.max_bytes && state.drop_oldest_lines() {}
        }
        state.items.push_back(item);
        drop(state);
        self.ready.notify_one();
    }

    /// The next item, when there is one. The reporter is idle while it waits, at most until then.
    pub(super) fn next(&self, until: Option<Instant>) -> Next {
        let mut state = self.lock();
        loop {
            if state.closed {
                return Next::Closed;
            }
            if let Some(item) = state.items.pop_front() {
                if let Item::Lines { batch, .. } = &item {
                    state.bytes -= batch.bytes.len();
                }
                state.busy_since.get_or_insert_with(Instant::now);
                return Next::Item(item);
            }
            state.busy_since = None;
            state = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.ready.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Next::Time,
                Some(left) => self.ready.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// Since when the reporter has had something to do all the time; `None` while it is idle, or has
    /// not begun.
    pub(super) fn busy_since(&self) -> Option<Instant> {
        self.lock().busy_since
    }

    /// Lines that the reporter was not told, since this was last asked.
    pub(super) fn take_dropped(&self) -> u64 {
        std::mem::take(&mut self.lock().dropped)
    }

    /// Ends the reporter's thread when it asks next.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.items.clear();
        drop(state);
        self.ready.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Drops the oldest lines that wait; whether there were any.
    fn drop_oldest_lines(&mut self) -> bool {
        let oldest = self.items.iter().position(|item| matches!(item, Item::Lines { .. }));
        let Some(Item::Lines { batch, .. }) = oldest.and_then(|index| self.items.remove(index)) else {
            return false;
        };
        self.bytes -= batch.bytes.len();
        self.dropped += batch.len() as u64 - u64::from(batch.partial);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;
    use crate::stream::Attempt;
    use crate::stream::Clock;

    fn lines(text: &str) -> Item {
        let mut batch = LineBatch::default();
        batch.push(text.as_bytes(), 0);
        let moment = Clock::since(Instant::now()).moment(Attempt::FIRST);
        Item::Lines { moment, container: 0, name: "app".into(), batch: Arc::new(batch) }
    }

    fn next(queue: &Queue) -> Option<Item> {
        match queue.next(None) {
            Next::Item(item) => Some(item),
            Next::Time | Next::Closed => None,
        }
    }

    fn event(message: &str) -> Item {
        Item::Event(Arc::new(Clock::since(Instant::now()).stamp(Attempt::FIRST, EventKind::warning(message))))
    }

    fn shown(item: &Item) -> String {
        match item {
            Item::Event(event) => format!("{event:?}"),
            Item::Lines { batch, .. } => String::from_utf8_lossy(batch.line(0)).into_owned(),
            Item::Mark => "mark".to_owned(),
        }
    }

    #[test]
    fn the_oldest_lines_make_room_and_events_stay() {
        let queue = Queue::new(10);
        queue.push(event("first"));
        for text in ["aaaa", "bbbb"] {
            queue.push(lines(text));
        }
        queue.push(event("second"));
        queue.push(lines("cccc"));
        queue.push(lines("larger than the whole queue"));
        queue.push(Item::Mark);
        let told: Vec<String> = (0..4).filter_map(|_| next(&queue)).map(|item| shown(&item)).collect();
        assert!(told[0].contains("first") && told[1].contains("second"), "{told:?}");
        assert_eq!(told[2..], ["larger than the whole queue", "mark"]);
        assert_eq!((queue.take_dropped(), queue.take_dropped()), (3, 0));
        queue.push(lines("dddd"));
        assert_eq!(next(&queue).map(|item| shown(&item)), Some("dddd".to_owned()));
    }

    #[test]
    fn a_closed_queue_gives_nothing() {
        let queue = Queue::new(10);
        queue.push(event("never told"));
        queue.close();
        assert!(next(&queue).is_none());
    }

    #[test]
    fn a_reporter_that_waits_is_told_the_time() {
        let queue = Queue::new(10);
        let soon = Instant::now() + Duration::from_millis(20);
        assert!(matches!(queue.next(Some(soon)), Next::Time));
        assert!(Instant::now() >= soon);
        queue.push(event("first"));
        assert!(matches!(queue.next(Some(soon)), Next::Item(_)), "what happened comes first");
    }
}
