//! What guests may call, and how the host answers.

use wasmtime::component::HasSelf;
use wasmtime::component::Linker;

use super::bindings::effects;
use super::bindings::environment;
use super::bindings::events;
use super::bindings::http;
use super::bindings::lines;
use super::bindings::logging;
use super::bindings::task;
use super::bindings::types;
use super::bindings::types::Error;
use crate::plugin::effects::EffectError;
use crate::plugin::effects::HttpRequest;
use crate::plugin::runtime::state::EnvError;
use crate::plugin::runtime::state::HostState;
use crate::plugin::runtime::words::Level;

/// Adds what guests of all three kinds may import: which effects a plugin has is decided by its grants.
pub(crate) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    type Own = HasSelf<HostState>;
    types::add_to_linker::<_, Own>(linker, |state| state)?;
    environment::add_to_linker::<_, Own>(linker, |state| state)?;
    logging::add_to_linker::<_, Own>(linker, |state| state)?;
    task::add_to_linker::<_, Own>(linker, |state| state)?;
    lines::add_to_linker::<_, Own>(linker, |state| state)?;
    events::add_to_linker::<_, Own>(linker, |state| state)?;
    effects::add_to_linker::<_, Own>(linker, |state| state)?;
    http::add_to_linker::<_, Own>(linker, |state| state)
}

// Interfaces that hold types alone.
impl types::Host for HostState {}
impl task::Host for HostState {}
impl lines::Host for HostState {}
impl events::Host for HostState {}

impl environment::Host for HostState {
    fn get(&mut self, name: String) -> Result<Option<String>, Error> {
        self.variable(&name).map_err(|error| match error {
            EnvError::Denied => refused("denied", "the variable is not granted"),
            EnvError::NotUnicode => refused("invalid", "the variable's value is not UTF-8"),
        })
    }
}

impl logging::Host for HostState {
    fn log(&mut self, level: logging::Level, message: String) {
        let level = match level {
            logging::Level::Debug => Level::Debug,
            logging::Level::Info => Level::Info,
            logging::Level::Warn => Level::Warn,
            logging::Level::Error => Level::Error,
        };
        self.log(level, &message);
    }
}

impl effects::Host for HostState {
    fn command(&mut self, line: String) -> Result<(), Error> {
        self.command(line).map_err(effect_error)
    }

    fn append(&mut self, file: String, bytes: Vec<u8>) -> Result<(), Error> {
        self.append(file, &bytes).map_err(effect_error)
    }

    fn write(&mut self, file: String, bytes: Vec<u8>) -> Result<(), Error> {
        self.write(&file, &bytes).map_err(effect_error)
    }
}

impl http::Host for HostState {
    fn send(&mut self, request: http::Request) -> Result<http::Response, Error> {
        let headers = request.headers.into_iter().map(|header| (header.name, header.value));
        let request = HttpRequest {
            method: request.method,
            url: request.url,
            headers: headers.collect(),
            body: request.body,
            timeout_ms: request.timeout_ms,
        };
        let response = self.http(request).map_err(effect_error)?;
        let headers = response.headers.into_iter().map(|(name, value)| http::Pair { name, value });
        Ok(http::Response { status: response.status, headers: headers.collect(), body: response.body })
    }
}

fn refused(code: &str, message: &str) -> Error {
    Error { code: code.to_owned(), message: message.to_owned() }
}

fn effect_error(error: EffectError) -> Error {
    Error { code: error.code.as_str().to_owned(), message: error.message }
}
