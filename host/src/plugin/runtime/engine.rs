//! The engine that runs guests, and the clock that stops them.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Linker;

use super::cache::Cache;
use super::engine_config::engine_config;
use super::state::HostState;
use super::wasi;
use crate::environment::Environment;
use crate::plugin::abi;

/// Time between two ticks of an engine's epoch, the grain of every wall-time limit.
const TICK: Duration = Duration::from_millis(10);

/// An engine with what its guests may import.
#[derive(Clone)]
pub(crate) struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<HostState>,
    /// Where compiled components are kept, or why nothing can be.
    pub(crate) cache: Result<Arc<Cache>, Arc<str>>,
}

impl Runtime {
    /// For first-party plugins, which import nothing but the sortie world and are not compiled
    /// here: no WASI, no cache.
    pub(crate) fn first_party() -> wasmtime::Result<Self> {
        let engine = Engine::new(&engine_config(None)?)?;
        let linker = linker(&engine)?;
        start_clock(&engine)?;
        Ok(Self { engine, linker, cache: Err("nothing is compiled".into()) })
    }

    /// For components from files. The environment says where the user's cache is.
    pub(crate) fn third_party(environment: &Environment) -> wasmtime::Result<Self> {
        let engine = Engine::new(&engine_config(None)?)?;
        let mut linker = linker(&engine)?;
        wasi::add_to_linker(&mut linker)?;
        start_clock(&engine)?;
        let cache = Cache::open(environment, &engine).map(Arc::new).map_err(Arc::from);
        Ok(Self { engine, linker, cache })
    }
}

/// The number of ticks after which at least `time` has passed.
pub(crate) fn ticks(time: Duration) -> u64 {
    let ticks = time.as_millis().div_ceil(TICK.as_millis()) + 1;
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

/// Lets the engine's epoch advance for as long as anybody holds the engine.
fn start_clock(engine: &Engine) -> wasmtime::Result<()> {
    let engine = engine.weak();
    thread::Builder::new().name("plugin-clock".to_owned()).spawn(move || {
        loop {
            thread::sleep(TICK);
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    })?;
    Ok(())
}

/// What all guests may import.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<HostState>> {
    let mut linker = Linker::new(engine);
    abi::add_to_linker(&mut linker)?;
    Ok(linker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_never_shortened_by_the_grain_of_the_clock() {
        assert_eq!(ticks(Duration::from_millis(10)), 2);
        assert_eq!(ticks(Duration::from_millis(11)), 3);
        assert_eq!(ticks(Duration::from_secs(1)), 101);
    }

    #[test]
    fn both_runtimes_can_be_made() {
        assert!(Runtime::first_party().is_ok());
        assert!(Runtime::third_party(&Environment::default()).is_ok());
    }
}
