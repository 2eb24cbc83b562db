//! What guests may call, and how the host answers.

use wasmtime::component::HasSelf;
use wasmtime::component::Linker;

use super::bindings::effects;
use super::bindings::environment;
use super::bindings::events;
use super::bindings::lines;
use super::bindings::task;
use super::bindings::types;
use crate::plugin::effects::EffectCode;
use crate::plugin::effects::EffectError;
use crate::plugin::runtime::state::EnvError;
use crate::plugin::runtime::state::HostState;

/// Adds the sortie world, of all three kinds.
pub(crate) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    type Own = HasSelf<HostState>;
    types::add_to_linker::<_, Own>(linker, |state| state)?;
    environment::add_to_linker::<_, Own>(linker, |state| state)?;
    task::add_to_linker::<_, Own>(linker, |state| state)?;
    lines::add_to_linker::<_, Own>(linker, |state| state)?;
    events::add_to_linker::<_, Own>(linker, |state| state)?;
    effects::add_to_linker::<_, Own>(linker, |state| state)
}

// Interfaces that hold types alone.
impl types::Host for HostState {}
impl task::Host for HostState {}
impl lines::Host for HostState {}
impl events::Host for HostState {}

impl environment::Host for HostState {
    fn get(&mut self, name: String) -> Result<Option<String>, environment::EnvError> {
        self.variable(&name).map_err(|error| match error {
            EnvError::Denied => environment::EnvError::Denied,
            EnvError::NotUnicode => environment::EnvError::NotUnicode,
        })
    }
}

impl effects::Host for HostState {
    fn command(&mut self, line: String) -> Result<(), effects::EffectError> {
        self.command(line).map_err(effect_error)
    }

    fn append(&mut self, file: String, bytes: Vec<u8>) -> Result<(), effects::EffectError> {
        self.append(file, &bytes).map_err(effect_error)
    }
}

fn effect_error(error: EffectError) -> effects::EffectError {
    match error.code {
        EffectCode::Denied => effects::EffectError::Denied,
        EffectCode::TooLarge => effects::EffectError::TooLarge,
        // Nothing else of this version can be malformed.
        EffectCode::Invalid => effects::EffectError::NotOneLine,
        EffectCode::Io | EffectCode::Timeout | EffectCode::Unsupported => {
            effects::EffectError::Io(error.message)
        }
    }
}
