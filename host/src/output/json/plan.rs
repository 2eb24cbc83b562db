//! The object of a plan.

use serde::Serialize;

use super::Stamp;
use crate::report::plan::Comparison;
use crate::report::plan::Masked;
use crate::report::plan::PlanReport;
use crate::report::plan::PluginLine;
use crate::report::plan::TransformChange;
use crate::settings::shown::Row;
use crate::spec::TaskSpec;

/// A plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanObject<'a> {
    #[serde(flatten)]
    stamp: Stamp,
    /// `fargate`, `docker`, `process`.
    backend: &'a str,
    /// The container whose exit code would count.
    main_container: &'a str,
    /// The task after transforms. Secrets are `***`.
    task: &'a TaskSpec,
    /// What is registered with the platform, in a sentence's words.
    registers: Option<&'a str>,
    /// What ends the task at its time when sortie is gone, in a sentence's words.
    guard: Option<&'a str>,
    /// What is registered already, beside that; `null` without `--diff`.
    compared: Option<&'a Comparison>,
    /// All settings that have a value.
    settings: &'a [Row],
    /// All plugins, in the order in which they act.
    plugins: &'a [PluginLine],
    /// What each transform changed.
    changes: &'a [TransformChange],
    /// What would be sent, in this order.
    requests: Vec<Request<'a>>,
    /// What is masked in the log and in all that sortie says.
    masked: &'a [Masked],
    /// What is handed on like a secret and is not masked, one line each.
    not_masked: &'a [String],
    /// What a person should know, one line each.
    warnings: &'a [String],
}

/// One request of the platform's API.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Request<'a> {
    /// The API's name for it.
    operation: &'a str,
    /// Its body, in the API's own form.
    body: &'a serde_json::Value,
}

impl<'a> PlanObject<'a> {
    /// The object of this plan.
    pub fn new(report: &'a PlanReport, settings: &'a [Row], stamp: Stamp) -> Self {
        let requests = report.requests.iter().map(|(operation, body)| Request { operation, body });
        Self {
            stamp,
            backend: report.backend,
            main_container: &report.main_container,
            task: &report.task,
            registers: report.registers.as_deref(),
            guard: report.guard.as_deref(),
            compared: report.compared.as_ref(),
            settings,
            plugins: &report.plugins,
            changes: &report.changes,
            requests: requests.collect(),
            masked: &report.masked,
            not_masked: &report.unmasked,
            warnings: &report.warnings,
        }
    }
}
