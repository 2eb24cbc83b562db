//! Rules that hold for a task on every platform.
