//! The plugin host against hostile guests (`tests/guests/`). Each guest does what a mode says,
//! which the tests write into a slot of the component's bytes.
//!
//! - [`support`]: guests, and a host with short limits.
//! - [`load`]: what a component is, says of itself and needs, before it is of any use.
//! - [`growth`]: components that were made for other versions of the interface.
//! - [`fixtures`]: components as plugin authors have them.
//! - [`transform`], [`filter`], [`reporter`]: the three kinds at work.
//! - [`filter_time`]: filters that act as time passes, and when their log ends.
//! - [`long_lines`]: lines that come in pieces, through a filter.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod filter;
mod filter_time;
mod fixtures;
mod growth;
mod load;
mod long_lines;
mod reporter;
mod support;
mod transform;
