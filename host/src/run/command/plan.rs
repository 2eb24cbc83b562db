//! `sortie plan`.

use crate::backend::Backend;
use crate::error::Error;
use crate::plugin::Kind;
use crate::report::plan::PlanReport;
use crate::run::Job;
use crate::run::last_words;
use crate::run::prepare::prepare;

/// Checks everything and says what would be sent. Nothing is launched. `compare`: the platform is asked
/// what is registered already.
///
/// # Errors
///
/// See [`prepare`].
pub async fn plan(backend: &dyn Backend, job: Job<'_>, compare: bool) -> Result<PlanReport, Error> {
    let notice = |message: &str| last_words::patience(job, message);
    let prepared = prepare("plan", backend, job, &Kind::ALL, notice).await?;
    let compared = match compare {
        true => Some(prepared.plan.compare().await),
        false => None,
    };
    Ok(PlanReport {
        backend: backend.name(),
        main_container: prepared.main,
        registers: prepared.plan.registers(),
        guard: prepared.plan.guard(),
        compared,
        requests: prepared.plan.requests(),
        policy: prepared.plan.policy(),
        warnings: prepared.warnings,
        masked: prepared.masked,
        unmasked: prepared.unmasked,
        changes: prepared.changes,
        plugins: prepared.plugins.lines,
        task: prepared.task,
    })
}
