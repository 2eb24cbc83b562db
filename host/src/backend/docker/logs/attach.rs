//! A container's streams, from the moment before its start.

use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::PoisonError;

use bollard::container::LogOutput;
use bollard::errors::Error as EngineError;
use bollard::query_parameters::AttachContainerOptions;
use futures_util::Stream;

use super::super::engine::Engine;

/// What a container writes on its two streams.
pub(crate) type Attached = Pin<Box<dyn Stream<Item = Result<LogOutput, EngineError>> + Send>>;

/// The streams of one container, from its attachment until somebody reads them.
#[derive(Default)]
pub(crate) struct Output(Mutex<Option<Attached>>);

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}

impl Output {
    /// Attaches to a container that is created and not started.
    pub(crate) async fn attach(&self, engine: &Engine, id: &str) -> Result<(), EngineError> {
        let options =
            AttachContainerOptions { stream: true, stdout: true, stderr: true, ..Default::default() };
        let attached = engine.api.attach_container(id, Some(options)).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(attached.output);
        Ok(())
    }

    /// The streams, for the one who reads them.
    pub(crate) fn take(&self) -> Option<Attached> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
