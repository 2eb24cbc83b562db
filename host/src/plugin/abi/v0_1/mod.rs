//! Version 0.1 of `sortie:plugin`: `wit/`, as bindings, and the steps to and from neutral types.
//!
//! - [`bindings`]: what wasmtime generates from `wit/`.
//! - [`imports`]: what guests may call.
//! - [`describe`]: descriptions and diagnostics, which all kinds have.
//! - [`transform`] (with [`task`]), [`filter`], [`reporter`]: the three worlds.

mod bindings;
mod describe;
mod filter;
mod imports;
mod reporter;
mod task;
mod transform;

use super::super::kind::Kind;

pub(super) use filter::Filter;
pub(super) use imports::add_to_linker;
pub(super) use reporter::Reporter;
pub(super) use transform::Transform;

/// The version of `sortie:plugin` in `wit/`.
pub(super) const VERSION: &str = "0.1.0";

/// The kind of plugin whose world has an export of this name, and no other world has.
pub(super) fn kind_of_export(name: &str) -> Option<Kind> {
    match name {
        "transform" => Some(Kind::Transform),
        "process" => Some(Kind::Filter),
        "report" => Some(Kind::Reporter),
        _ => None,
    }
}
