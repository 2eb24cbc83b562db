//! The parts of the host that read what others have written, taken by their files: the whole host
//! with the AWS SDK and wasmtime would take many minutes to build for fuzzing.

#![allow(dead_code, unused_imports, reason = "only some of each module is tried")]

pub mod fargate;
pub mod pieces;
pub mod pipeline;
pub mod redactor;
pub mod stream;

#[path = "../../../host/src/output/neutralise/mod.rs"]
pub mod neutralise;

#[path = "../../src/readers/mod.rs"]
pub mod readers;

#[path = "../../../host/src/invisible.rs"]
pub mod invisible;

#[path = "../../../host/src/settings/mod.rs"]
pub mod settings;

#[path = "../../../host/src/ci/mod.rs"]
pub mod ci;

#[path = "../../../host/src/secrecy/mod.rs"]
pub mod secrecy;

#[path = "../../../host/src/spec/mod.rs"]
pub mod spec;

#[path = "../../../host/src/error.rs"]
pub mod error;

#[path = "../../../host/src/signal.rs"]
pub mod signal;

#[path = "../../../host/src/environment.rs"]
pub mod environment;

#[path = "../../../host/src/os/mod.rs"]
pub mod os;

#[path = "../../../host/src/nearest.rs"]
pub mod nearest;

#[path = "../../../host/src/unix_time.rs"]
pub mod unix_time;
