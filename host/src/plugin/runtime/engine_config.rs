// The engine's configuration, shared word for word by the host and by `host/build.rs`, which
// compiles the first-party plugins ahead of time: code is accepted only by an engine that is
// configured as the one that made it.

use wasmtime::Config;

/// Stack that a guest may use, in bytes. Half of a Rust thread's default stack is left for the
/// host functions that a guest calls.
const MAX_WASM_STACK: usize = 512 * 1024;

/// The configuration. With `target`, code is compiled for the baseline of that triple's
/// architecture (nothing is asked of the machine that compiles), so that it runs on every CPU of
/// the kind; without, for this machine.
pub(crate) fn engine_config(target: Option<&str>) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    if let Some(target) = target {
        config.target(target)?;
    }
    // How wall time is limited: see `engine.rs`.
    config.epoch_interruption(true);
    config.max_wasm_stack(MAX_WASM_STACK);
    // Plugins are synchronous. What they do not need stays off: most of the advisories on
    // wasmtime of recent years are about these.
    config.concurrency_support(false);
    config.wasm_memory64(false);
    config.gc_support(false);
    // Released guests carry no names, and a trap's message is enough for their users.
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    Ok(config)
}
