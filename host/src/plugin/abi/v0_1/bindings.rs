//! The host's side of the three worlds in `wit/`, generated.
//!
//! `types` and `environment` exist once, in [`transform`]; the other two worlds use them.

#![allow(missing_docs, unreachable_pub, reason = "generated")]

pub(super) mod transform {
    wasmtime::component::bindgen!({ world: "transform", path: "../wit" });
}

pub(super) mod filter {
    // Borrowed arguments (here and in `reporter`): a batch goes from the buffer of the pipeline into the
    // memory of the guest in one copy, without a list of our own in between.
    wasmtime::component::bindgen!({
        world: "filter",
        path: "../wit",
        ownership: Borrowing { duplicate_if_necessary: true },
        with: {
            "sortie:plugin/types": super::transform::sortie::plugin::types,
            "sortie:plugin/environment": super::transform::sortie::plugin::environment,
        },
    });
}

pub(super) mod reporter {
    wasmtime::component::bindgen!({
        world: "reporter",
        path: "../wit",
        ownership: Borrowing { duplicate_if_necessary: true },
        with: {
            "sortie:plugin/types": super::transform::sortie::plugin::types,
            "sortie:plugin/environment": super::transform::sortie::plugin::environment,
        },
    });
}

pub(super) use filter::sortie::plugin::lines;
pub(super) use reporter::sortie::plugin::effects;
pub(super) use reporter::sortie::plugin::events;
pub(super) use transform::sortie::plugin::environment;
pub(super) use transform::sortie::plugin::task;
pub(super) use transform::sortie::plugin::types;
