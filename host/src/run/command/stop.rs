//! `sortie stop`.

use tokio::time::Instant;

use super::detached;
use super::task_id;
use crate::backend::Backend;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::run::Job;
use crate::run::last_words::fail;
use crate::run::supervise::stop::StopTries;

/// Stops a task that was launched before.
pub async fn stop(backend: &dyn Backend, job: Job<'_>, reason: &str) -> ExitCode {
    match stop_inner(backend, job, reason).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(job, &error),
    }
}

async fn stop_inner(backend: &dyn Backend, job: Job<'_>, reason: &str) -> Result<(), Error> {
    let settings = job.settings;
    let id = task_id(job)?;
    let detached = detached(backend, "stop")?;
    let mut tries = StopTries::new(Instant::now());
    loop {
        let Err(refused) = detached.stop_by_id(id.name(), reason, settings).await else { return Ok(()) };
        match tries.after(&refused, Instant::now()) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(refused.error),
        }
    }
}
