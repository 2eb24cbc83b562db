//! Version 0.2 of `sortie:plugin`: `wit/`, as bindings, and the steps to and from neutral types.
//!
//! - [`bindings`]: what wasmtime generates from `wit/`.
//! - [`imports`]: what guests may call.
//! - [`shared`]: descriptions, context, findings and errors, which all kinds have.
//! - [`facts`]: what a component says of itself without being run.
//! - [`transform`] (with [`task`]), [`filter`], [`reporter`] (with [`event`]): the three kinds.

mod bindings;
mod event;
pub(super) mod facts;
mod filter;
mod imports;
mod reporter;
mod shared;
mod task;
mod transform;

use super::super::kind::Kind;

pub(super) use filter::Filter;
pub(super) use imports::add_to_linker;
pub(super) use reporter::Reporter;
pub(super) use transform::Transform;

/// The version of `sortie:plugin` in `wit/`.
pub(super) const VERSION: &str = "0.2.0";

/// The kind of plugin that exports the interface of this name.
pub(super) fn kind_of_interface(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == name)
}
