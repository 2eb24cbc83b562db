//! The engine that runs guests, and the clock that stops them.

use std::thread;
use std::time::Duration;

use wasmtime::Cache;
use wasmtime::Engine;
use wasmtime::component::HasSelf;
use wasmtime::component::Linker;

use super::bindings;
use super::engine_config::engine_config;
use super::state::HostState;
use super::wasi;

/// Time between two ticks of an engine's epoch, the grain of every wall-time limit.
const TICK: Duration = Duration::from_millis(10);

/// An engine with what its guests may import.
#[derive(Clone)]
pub(super) struct Runtime {
    pub(super) engine: Engine,
    pub(super) linker: Linker<HostState>,
}

impl Runtime {
    /// For first-party plugins, which import nothing but the sortie world and are not compiled
    /// here: no WASI, no cache.
    pub(super) fn first_party() -> wasmtime::Result<Self> {
        let engine = Engine::new(&engine_config(None)?)?;
        let linker = linker(&engine)?;
        start_clock(&engine)?;
        Ok(Self { engine, linker })
    }

    /// For components from files.
    pub(super) fn third_party(cache: Option<Cache>) -> wasmtime::Result<Self> {
        let mut config = engine_config(None)?;
        config.cache(cache);
        let engine = Engine::new(&config)?;
        let mut linker = linker(&engine)?;
        wasi::add_to_linker(&mut linker)?;
        start_clock(&engine)?;
        Ok(Self { engine, linker })
    }
}

/// The number of ticks after which at least `time` has passed.
pub(super) fn ticks(time: Duration) -> u64 {
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

/// The sortie world, of all three kinds: which effects a plugin has is decided by its grants.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<HostState>> {
    type Own = HasSelf<HostState>;
    let mut linker = Linker::new(engine);
    bindings::types::add_to_linker::<_, Own>(&mut linker, |state| state)?;
    bindings::environment::add_to_linker::<_, Own>(&mut linker, |state| state)?;
    bindings::task::add_to_linker::<_, Own>(&mut linker, |state| state)?;
    bindings::lines::add_to_linker::<_, Own>(&mut linker, |state| state)?;
    bindings::events::add_to_linker::<_, Own>(&mut linker, |state| state)?;
    bindings::effects::add_to_linker::<_, Own>(&mut linker, |state| state)?;
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
        assert!(Runtime::third_party(None).is_ok());
    }
}
