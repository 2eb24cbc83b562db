//! Stopping a task for sure.

use std::time::Duration;

use crate::backend::Backend;
use crate::backend::BackendError;

/// How often the API call that stops a task is tried before a person is asked to do it.
const STOP_TRIES: u32 = 5;

/// Asks the platform to stop the task, several times if need be.
pub(super) async fn stop_with_tries<B: Backend>(
    backend: &B,
    handle: &B::Handle,
    reason: &str,
) -> Result<(), BackendError> {
    let mut pause = Duration::from_millis(100);
    let mut tries = 1;
    loop {
        match backend.stop(handle, reason).await {
            Err(_) if tries < STOP_TRIES => {
                tries += 1;
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            result => return result,
        }
    }
}
