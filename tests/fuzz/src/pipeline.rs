//! Filters on their way through, without the thread that they run on.

#[path = "../../../host/src/pipeline/chain.rs"]
pub mod chain;
