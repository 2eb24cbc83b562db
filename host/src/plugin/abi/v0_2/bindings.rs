//! The host's side of `wit/`, generated.
//!
//! One world of all that guests import and export, which no guest has: so each interface exists once. What
//! a guest exports is looked up one interface at a time (`GuestIndices`).

#![allow(missing_docs, unreachable_pub, reason = "generated")]

wasmtime::component::bindgen!({
    path: "wit",
    inline: "
        package sortie:host;
        world host {
            import sortie:plugin/environment@0.2.0;
            import sortie:plugin/logging@0.2.0;
            import sortie:plugin/effects@0.2.0;
            import sortie:plugin/http@0.2.0;
            export sortie:plugin/transform@0.2.0;
            export sortie:plugin/filter@0.2.0;
            export sortie:plugin/reporter@0.2.0;
        }
    ",
    world: "sortie:host/host",
    // A batch goes from the buffer of the pipeline into the memory of the guest in one copy, without a list
    // of our own in between.
    ownership: Borrowing { duplicate_if_necessary: true },
});

pub(super) use self::exports::sortie::plugin::filter;
pub(super) use self::exports::sortie::plugin::reporter;
pub(super) use self::exports::sortie::plugin::transform;
pub(super) use self::sortie::plugin::effects;
pub(super) use self::sortie::plugin::environment;
pub(super) use self::sortie::plugin::events;
pub(super) use self::sortie::plugin::http;
pub(super) use self::sortie::plugin::lines;
pub(super) use self::sortie::plugin::logging;
pub(super) use self::sortie::plugin::task;
pub(super) use self::sortie::plugin::types;
