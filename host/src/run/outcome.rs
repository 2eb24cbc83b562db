//! From how the task ended to the exit code and the reason.
