//! Watching a task to its end.
//!
//! | file | what it knows |
//! |---|---|
//! | [`wait`] | asking DescribeTasks until the task has ended |
//! | [`diagnose`] | why it ended, in plain words |

mod diagnose;
pub(super) mod wait;
