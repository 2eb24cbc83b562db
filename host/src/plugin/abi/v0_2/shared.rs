//! What plugins of every kind have.

use super::bindings::types;
use crate::plugin::context::Context;
use crate::plugin::kind::Asked;
use crate::plugin::kind::Description;
use crate::plugin::kind::Diagnostic;
use crate::plugin::kind::Kind;
use crate::plugin::kind::Setup;
use crate::plugin::kind::Severity;
use crate::plugin::kind::checked_description;
use crate::plugin::kind::checked_diagnostics;
use crate::plugin::kind::checked_needs;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::HostStore;
use crate::plugin::runtime::instance::Instance;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::runtime::text::clean;
use crate::plugin::trust::grant::Need;

/// Asks a guest of this kind what it is.
pub(super) fn describe<W>(
    instance: &mut Instance<W>,
    kind: Kind,
    call: impl FnOnce(&W, &mut HostStore) -> wasmtime::Result<types::Description>,
) -> Result<Description, PluginError> {
    let time = instance.limits().describe_time;
    let raw = instance.call("describe", time, call)?;
    let description = Description {
        name: raw.name,
        version: raw.version,
        kind,
        summary: raw.summary,
        needs: raw.needs.into_iter().map(asked_of).collect(),
        config_schema: raw.config_schema,
    };
    checked_description(description, instance.limits()).map_err(|failure| instance.fail("describe", failure))
}

fn asked_of(raw: types::Need) -> Asked {
    asked(&raw.capability, &raw.argument, raw.required, raw.reason)
}

/// A need in its texts. One that sortie does not have is kept by its name.
pub(super) fn asked(capability: &str, argument: &str, required: bool, reason: String) -> Asked {
    let need = match (capability, argument) {
        ("env", "*") => Need::AnyEnv,
        ("env", name) => Need::Env(name.to_owned()),
        ("file", "*") => Need::AnyFile,
        ("file", name) => Need::File(name.to_owned()),
        ("http", request) => match request.parse() {
            Ok(request) => Need::Http(request),
            // Refused as malformed when it is checked.
            Err(_) => Need::Unknown(format!("http:{request}")),
        },
        ("commands", "") => Need::Commands,
        ("log-lines", "") => Need::LogLines,
        (other, _) => Need::Unknown(other.to_owned()),
    };
    Asked { need, required, reason }
}

/// Calls `with` with the context in the form that the bindings take, which borrows from it.
pub(super) fn send_context<R>(context: &Context, with: impl FnOnce(types::Context<'_>) -> R) -> R {
    let containers: Vec<&str> = context.containers.iter().map(String::as_str).collect();
    let index = |index: Option<usize>| index.and_then(|index| u32::try_from(index).ok());
    let first_party = context.first_party.map(|name| types::PairParam { name: "first-party", value: name });
    with(types::Context {
        sortie: env!("CARGO_PKG_VERSION"),
        run_id: &context.run_id,
        command: context.command,
        dry_run: context.dry_run,
        backend: &context.backend,
        ci: context.ci,
        containers: &containers,
        main_container: index(context.main_container),
        container: index(context.container),
        more: first_party.as_slice(),
    })
}

/// What every kind answers when it is configured, checked.
pub(super) fn setup(
    findings: Vec<types::Finding>,
    needs: Vec<types::Need>,
    kind: Kind,
    limits: &Limits,
) -> Result<Setup, Failure> {
    let needs = checked_needs(needs.into_iter().map(asked_of).collect(), kind, limits)?;
    let findings = checked_diagnostics(findings.into_iter().map(finding).collect(), limits)?;
    Ok(Setup { findings, needs })
}

/// A finding as it came.
pub(super) fn finding(raw: types::Finding) -> Diagnostic {
    Diagnostic {
        severity: match raw.severity {
            types::Severity::Error => Severity::Error,
            types::Severity::Warning => Severity::Warning,
            types::Severity::Note => Severity::Note,
        },
        place: None,
        path: raw.path,
        message: raw.message,
    }
}

/// Notes beside an answer, checked: none of them is an error.
pub(super) fn notes(raw: Vec<types::Finding>, limits: &Limits) -> Result<Vec<Diagnostic>, Failure> {
    if raw.len() > limits.notes {
        return Err(Failure::Limit(format!("{} notes, {} allowed", raw.len(), limits.notes)));
    }
    let note = |raw: types::Finding| match finding(raw) {
        Diagnostic { severity: Severity::Error, .. } => {
            Err(Failure::Protocol("a note that calls itself an error".to_owned()))
        }
        note => Ok(Diagnostic {
            path: clean(&note.path, limits.message_chars),
            message: clean(&note.message, limits.message_chars),
            ..note
        }),
    };
    raw.into_iter().map(note).collect()
}

/// An error that the plugin answered, in its own words.
pub(super) fn said(error: &types::Error, limits: &Limits) -> Failure {
    Failure::Said(clean(&error.message, limits.message_chars))
}
