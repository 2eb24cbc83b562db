//! `sortie stop`.

use super::super::say::fail;
use crate::backend::Backend;
use crate::exit::ExitCode;
use crate::settings::Settings;

/// Stops a task that was launched before.
pub async fn stop<B: Backend>(backend: B, settings: &Settings, id: &str, reason: &str) -> ExitCode {
    match backend.stop_by_id(id, reason).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(settings, &error),
    }
}
