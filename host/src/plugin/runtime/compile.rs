//! From a component to code.

use std::sync::mpsc;
use std::time::Duration;

use wasmtime::component::Component;

use super::engine::Runtime;
use super::error::Failure;
use super::error::PluginError;
use super::text::clean;
use crate::plugin::trust::Digest;

/// A component's code.
pub(crate) struct Compiled {
    pub(crate) component: Component,
    /// It was compiled just now, and will be again: why it could not be kept.
    pub(crate) not_kept: Option<String>,
}

/// Takes a component's code from the cache, or compiles it and puts it there. On a thread of its own:
/// compilation cannot be interrupted, but it can be left behind after `limit`. The thread ends with
/// the process.
pub(crate) fn compile(
    label: &str,
    runtime: &Runtime,
    digest: Digest,
    bytes: Vec<u8>,
    limit: Duration,
) -> Result<Compiled, PluginError> {
    let (send, receive) = mpsc::channel();
    let (engine, cache) = (runtime.engine.clone(), runtime.cache.clone());
    let work = move || {
        let cached = cache.as_ref().ok().and_then(|cache| cache.load(&engine, digest));
        let compiled = match cached {
            Some(component) => Ok(Compiled { component, not_kept: None }),
            None => Component::from_binary(&engine, &bytes).map(|component| {
                let kept = match &cache {
                    Ok(cache) => cache.store(digest, &component),
                    Err(why) => Err(why.to_string()),
                };
                Compiled { component, not_kept: kept.err() }
            }),
        };
        // Nobody waits for it any more.
        let _ = send.send(compiled);
    };
    std::thread::Builder::new()
        .name("plugin-compiler".to_owned())
        .spawn(work)
        .map_err(|error| PluginError::new(label, "load", Failure::Internal(error.to_string())))?;
    match receive.recv_timeout(limit) {
        Ok(Ok(compiled)) => Ok(compiled),
        Ok(Err(error)) => Err(does_not_fit(label, &error)),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            Err(PluginError::new(label, "compile", Failure::Timeout(limit)))
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let reason = "the compiler panicked".to_owned();
            Err(PluginError::new(label, "compile", Failure::Internal(reason)))
        }
    }
}

/// The engine refuses a component.
fn does_not_fit(label: &str, error: &wasmtime::Error) -> PluginError {
    let reason = clean(&format!("{error:#}"), 500);
    let is_async = reason.contains("component model async");
    let refused =
        PluginError::new(label, "load", Failure::NotLoaded(format!("not a component that fits: {reason}")));
    match is_async {
        true => refused.hinted(
            "all calls between sortie and plugins are synchronous: build it without the asynchronous ABI \
             (componentize-qjs: --sync)",
        ),
        false => refused,
    }
}
