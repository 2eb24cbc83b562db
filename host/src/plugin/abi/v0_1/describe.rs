//! Descriptions and diagnostics.

use super::bindings::types;
use crate::plugin::kind::Described;
use crate::plugin::kind::Description;
use crate::plugin::kind::Diagnostic;
use crate::plugin::kind::Kind;
use crate::plugin::kind::Severity;
use crate::plugin::kind::checked_diagnostics;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::HostStore;
use crate::plugin::runtime::instance::Instance;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::trust::grant::Need;

/// Asks a guest of this kind what it is.
pub(super) fn describe<W>(
    instance: &mut Instance<W>,
    exported: Kind,
    call: impl FnOnce(&W, &mut HostStore) -> wasmtime::Result<types::Description>,
) -> Result<Description, PluginError> {
    let time = instance.limits().describe_time;
    let raw = instance.call("describe", time, call)?;
    let described = Described {
        name: raw.name,
        version: raw.version,
        kind: match raw.kind {
            types::Kind::Transform => Kind::Transform,
            types::Kind::Filter => Kind::Filter,
            types::Kind::Reporter => Kind::Reporter,
        },
        summary: raw.summary,
        needs: raw.needs.into_iter().map(need).collect(),
        config_schema: raw.config_schema,
    };
    described.check(exported, instance.limits()).map_err(|failure| instance.fail("describe", failure))
}

fn need(raw: types::Need) -> Need {
    match raw {
        types::Need::Env(name) if name == "*" => Need::AnyEnv,
        types::Need::Env(name) => Need::Env(name),
        types::Need::File(name) => Need::File(name),
        types::Need::Commands => Need::Commands,
        types::Need::LogLines => Need::LogLines,
    }
}

/// The findings of `configure`, checked.
pub(super) fn diagnostics(raw: Vec<types::Diagnostic>, limits: &Limits) -> Result<Vec<Diagnostic>, Failure> {
    let neutral = |raw: types::Diagnostic| Diagnostic {
        severity: match raw.severity {
            types::Severity::Error => Severity::Error,
            types::Severity::Warning => Severity::Warning,
            types::Severity::Note => Severity::Note,
        },
        path: raw.path,
        message: raw.message,
    };
    checked_diagnostics(raw.into_iter().map(neutral).collect(), limits)
}
