//! Filters on their way through, without the thread that they run on.

#[path = "../../../host/src/pipeline/apply.rs"]
pub mod apply;
#[path = "../../../host/src/pipeline/chain.rs"]
pub mod chain;
#[path = "../../../host/src/pipeline/gate/mod.rs"]
pub mod gate;
#[path = "../../../host/src/pipeline/stage.rs"]
pub mod stage;
