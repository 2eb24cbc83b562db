//! Deadline guards: what ends a task at `--timeout` when nobody is left who would. Each is a part of the task or of
//! the platform, so that it outlives sortie and the machine that it runs on.
//!
//! - [`sidecar`]: an essential container that ends.

pub(super) mod sidecar;
