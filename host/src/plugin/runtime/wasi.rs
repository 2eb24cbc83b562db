//! WASI for third-party components, with nothing in it.
//!
//! First-party plugins import the sortie world alone. Components that other toolchains make
//! (wasip2 libraries, JavaScript, Python) import WASI whether they use it or not, so its
//! interfaces are there, but behind them is nothing: no environment, no arguments, no
//! directories, no network, standard input at its end. Clocks and randomness are real. What a
//! component writes to its standard streams nobody sees: see [`super::stdio`].

use wasmtime::component::HasData;
use wasmtime::component::Linker;
use wasmtime::component::Resource;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::WasiView;
use wasmtime_wasi::clocks::WasiClocksCtxView;
use wasmtime_wasi::clocks::WasiClocksView as _;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;

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

/// Bytes that one call for randomness may fetch.
const MAX_RANDOM: u64 = 64 * 1024;

/// Whether a component may import this interface (`wasi:io/poll@0.2.3`).
pub(crate) fn is_allowed(import: &str) -> bool {
    import.split_once("@0.2.").is_some_and(|(name, _)| INTERFACES.contains(&name))
}

/// A context with these streams and nothing else.
pub(crate) fn empty_context(stdio: &Stdio) -> WasiCtx {
    WasiCtx::builder()
        .stdout(stdio.stdout.clone())
        .stderr(stdio.stderr.clone())
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .max_random_size(MAX_RANDOM)
        .build()
}

/// Adds WASI to a linker.
pub(crate) fn add_to_linker<T: WasiView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)?;
    forbid_waiting(linker)
}

/// A host call that blocks is not interrupted by the engine's epochs, so the one thing in an
/// empty context that takes time, a clock's alarm, cannot be set. The interface is added a second time
/// by the bindings that added it the first time, so that both are of one version; any version of a
/// component's within 0.2 finds the second.
fn forbid_waiting<T: WasiView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    monotonic_clock::add_to_linker::<T, WithoutAlarm>(linker, |state| ClockWithoutAlarm(state.clocks()))?;
    linker.allow_shadowing(false);
    Ok(())
}

struct WithoutAlarm;

impl HasData for WithoutAlarm {
    type Data<'a> = ClockWithoutAlarm<'a>;
}

/// Tells the time, and no more.
struct ClockWithoutAlarm<'a>(WasiClocksCtxView<'a>);

impl monotonic_clock::Host for ClockWithoutAlarm<'_> {
    fn now(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        self.0.now()
    }

    fn resolution(&mut self) -> wasmtime::Result<monotonic_clock::Duration> {
        self.0.resolution()
    }

    fn subscribe_instant(&mut self, _: monotonic_clock::Instant) -> wasmtime::Result<Resource<DynPollable>> {
        Err(alarm())
    }

    fn subscribe_duration(
        &mut self,
        _: monotonic_clock::Duration,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        Err(alarm())
    }
}

fn alarm() -> wasmtime::Error {
    LimitHit("waiting for a clock (a plugin cannot sleep)".to_owned()).into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wasmtime::Store;
    use wasmtime::component::Component;

    use super::*;
    use crate::environment::Environment;
    use crate::plugin::runtime::engine::Runtime;
    use crate::plugin::runtime::limits::Limits;
    use crate::plugin::runtime::state::HostState;

    #[test]
    fn only_listed_interfaces_of_wasi_0_2_are_allowed() {
        assert!(is_allowed("wasi:io/poll@0.2.0"));
        assert!(is_allowed("wasi:cli/environment@0.2.6"));
        for import in ["wasi:http/outgoing-handler@0.2.0", "wasi:io/poll@0.3.0", "wasi:io/poll", "env"] {
            assert!(!is_allowed(import), "{import}");
        }
    }

    /// A component that imports the clock in this version, and sets its alarm when `run` is called.
    fn sleeper(version: &str) -> Vec<u8> {
        let text = format!(
            r#"(component
                (import "wasi:io/poll@{version}" (instance $poll (export "pollable" (type (sub resource)))))
                (alias export $poll "pollable" (type $pollable))
                (import "wasi:clocks/monotonic-clock@{version}" (instance $clock
                    (alias outer 1 $pollable (type $own-pollable))
                    (export "pollable" (type $p (eq $own-pollable)))
                    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
                (core func $subscribe (canon lower (func $clock "subscribe-duration")))
                (core module $m
                    (import "" "subscribe" (func $subscribe (param i64) (result i32)))
                    (func (export "run") (drop (call $subscribe (i64.const 60000000000)))))
                (core instance $i (instantiate $m (with "" (instance (export "subscribe" (func $subscribe))))))
                (func (export "run") (canon lift (core func $i "run"))))"#
        );
        wat::parse_str(text).expect("a component")
    }

    #[test]
    fn no_version_of_the_clock_has_an_alarm() {
        let runtime = Runtime::third_party(&Environment::default()).expect("a runtime");
        for patch in 0..=12 {
            let version = format!("0.2.{patch}");
            let component = Component::new(&runtime.engine, sleeper(&version)).expect("it compiles");
            let limits = Arc::new(Limits::default());
            let state = HostState::new(limits, Arc::default(), Arc::default());
            let mut store = Store::new(&runtime.engine, state);
            store.set_epoch_deadline(1_000);
            let instance = runtime.linker.instantiate(&mut store, &component).expect("WASI is there");
            let run = instance.get_typed_func::<(), ()>(&mut store, "run").expect("it is exported");
            let error = run.call(&mut store, ()).expect_err(&version);
            assert!(error.downcast_ref::<LimitHit>().is_some(), "{version}: {error:#}");
        }
    }
}
