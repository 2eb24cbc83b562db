//! What the host's modules take of their `stream`.

#[path = "../../../host/src/stream/address.rs"]
mod address;

pub use address::ContainerIndex;
