//! Events of what exists before the output thread does.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::sender::EventSender;
use crate::event::EventKind;

/// Where a back end says what concerns no task: that an endpoint does not answer, and answers again. It is
/// there before the output thread, and from [`Announcer::hand_over`] on what it is told goes there. Clones
/// are one.
#[derive(Debug, Clone)]
pub struct Announcer(Arc<Mutex<EventSender>>);

impl Announcer {
    /// Sends to `first` until it is told otherwise.
    pub fn new(first: EventSender) -> Self {
        Self(Arc::new(Mutex::new(first)))
    }

    /// Sends there from now on.
    pub fn hand_over(&self, events: EventSender) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = events;
    }

    /// Sends at once. Nobody has to listen.
    pub fn send(&self, kind: EventKind) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).send(kind);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Instant;

    use tokio::sync::mpsc;
    use tokio::sync::mpsc::UnboundedReceiver;

    use super::*;
    use crate::stream::Attempt;
    use crate::stream::Clock;
    use crate::stream::Message;

    /// An announcer, and what it says.
    pub(crate) fn announcer() -> (Announcer, UnboundedReceiver<Message>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let events = EventSender::new(sender, Clock::since(Instant::now()), Attempt::FIRST);
        (Announcer::new(events), receiver)
    }

    #[test]
    fn what_is_said_after_the_hand_over_goes_to_the_new_place() {
        let (announcer, mut early) = announcer();
        let copy = announcer.clone();
        announcer.send(EventKind::warning("one"));
        let (sender, mut late) = mpsc::unbounded_channel();
        announcer.hand_over(EventSender::new(sender, Clock::since(Instant::now()), Attempt::FIRST));
        copy.send(EventKind::warning("two"));
        let said = |receiver: &mut UnboundedReceiver<Message>| match receiver.try_recv() {
            Ok(Message::Event(event)) => event.kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(said(&mut early), EventKind::warning("one"));
        assert_eq!(said(&mut late), EventKind::warning("two"));
        assert!(early.try_recv().is_err() && late.try_recv().is_err());
    }
}
