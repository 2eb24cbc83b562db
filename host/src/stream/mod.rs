//! What flows from a back end to the output thread: events and lines, in one order.
//!
//! - [`address`]: whose a line or an event is: task, attempt, container.
//! - [`message`]: what reaches the output thread.
//! - [`sender`]: how it is sent. Every event is stamped here, and nowhere else.
//! - [`announcer`]: events of what exists before the output thread does.
//! - [`cursor`]: how far a container's log has been read, for whoever goes on reading later.

pub mod address;
pub mod announcer;
pub mod cursor;
pub mod message;
pub mod sender;

pub use address::Address;
pub use address::Attempt;
pub use address::ContainerIndex;
pub use announcer::Announcer;
pub use cursor::Cursor;
pub use cursor::Cursors;
pub use message::Handled;
pub use message::Message;
pub use message::PipelineReport;
pub use sender::Clock;
pub use sender::EventSender;
pub use sender::LineSender;
pub use sender::Moment;
