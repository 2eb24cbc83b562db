//! WASI for third-party components, with nothing in it.
//!
//! First-party plugins import the sortie world alone. Components that other toolchains make
//! (wasip2 libraries, JavaScript, Python) import WASI whether they use it or not, so its
//! interfaces are there, but behind them is nothing: no environment, no arguments, no
//! directories, no network, standard input at its end. Clocks and randomness are real. What a
//! component writes to its standard streams nobody sees: see [`super::stdio`].

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;
use wasmtime::component::Resource;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::WasiView;
use wasmtime_wasi::p2::DynPollable;

use super::error::LimitHit;
use super::stdio::Stdio;

/// Interfaces of WASI 0.2 that a component may import: those that `wasmtime-wasi` has and an
/// empty context can answer. HTTP, for one, is not among them.
const INTERFACES: &[&str] = &[
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// Most bytes that one call for randomness may fetch.
const RANDOM_BYTES: u64 = 64 * 1024;

/// Whether a component may import this interface (`wasi:io/poll@0.2.3`).
pub(super) fn is_allowed(import: &str) -> bool {
    import.split_once("@0.2.").is_some_and(|(name, _)| INTERFACES.contains(&name))
}

/// A context with these streams and nothing else.
pub(super) fn empty_context(stdio: &Stdio) -> WasiCtx {
    WasiCtx::builder()
        .stdout(stdio.stdout.clone())
        .stderr(stdio.stderr.clone())
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .max_random_size(RANDOM_BYTES)
        .build()
}

/// Adds WASI to a linker.
pub(super) fn add_to_linker<T: WasiView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)?;
    forbid_waiting(linker)
}

/// A host call that blocks is not interrupted by the engine's epochs, so the one thing in an
/// empty context that takes time, a clock's alarm, can not be set.
fn forbid_waiting<T: 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    // Any 0.2 version that is at least as new as the component's serves it.
    let mut clock = linker.instance("wasi:clocks/monotonic-clock@0.2.12")?;
    for function in ["subscribe-instant", "subscribe-duration"] {
        clock.func_wrap(
            function,
            |_: StoreContextMut<'_, T>, (_,): (u64,)| -> wasmtime::Result<(Resource<DynPollable>,)> {
                Err(LimitHit("waiting for a clock (a plugin can not sleep)".to_owned()).into())
            },
        )?;
    }
    linker.allow_shadowing(false);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_interfaces_of_wasi_0_2_are_allowed() {
        assert!(is_allowed("wasi:io/poll@0.2.0"));
        assert!(is_allowed("wasi:cli/environment@0.2.6"));
        for import in ["wasi:http/outgoing-handler@0.2.0", "wasi:io/poll@0.3.0", "wasi:io/poll", "env"] {
            assert!(!is_allowed(import), "{import}");
        }
    }
}
