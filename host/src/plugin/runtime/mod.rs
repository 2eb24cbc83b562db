//! How a plugin runs: what compiles it, what it runs in, and what stops it.
//!
//! - [`engine_config`], [`engine`]: the engine, and the clock that stops guests.
//! - [`wasi`]: WASI with nothing in it.
//! - [`compile`]: from a component to code, with a limit on time; [`cache`] keeps it, and [`code`] loads
//!   it (the one module with `unsafe`).
//! - [`limits`]: every limit.
//! - [`instance`], [`state`], [`stdio`]: one running guest, and the only way to call it.
//! - [`words`]: what a guest says.
//! - [`error`], [`text`]: how failures are told, without a guest's bytes reaching a terminal.

pub(crate) mod cache;
pub(crate) mod code;
pub(crate) mod compile;
pub(crate) mod engine;
pub(crate) mod engine_config;
pub(crate) mod error;
pub(crate) mod instance;
pub(crate) mod limits;
pub(crate) mod state;
pub(crate) mod stdio;
pub(crate) mod text;
pub(crate) mod wasi;
pub(crate) mod words;
