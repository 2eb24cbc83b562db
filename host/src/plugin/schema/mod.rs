//! The check of a configuration by the plugin's own JSON Schema, before the plugin sees it.
//!
//! What it buys is the place: a plugin can say what is wrong with a value, and only the host knows the line
//! of `sortie.toml` that the value stands in. The schema is a plugin's, so it is as hostile as the plugin:
//! nothing that it names is loaded, and what it may cost is bounded before it is used.
//!
//! - [`bounds`]: what a schema may contain and cost.
//! - [`finding`]: what is wrong with a configuration, in words for a person.

mod bounds;
mod finding;

use boon::CompileError;
use boon::Compiler;
use boon::Draft;
use boon::SchemaIndex;
use boon::Schemas;
use boon::UrlLoader;
use serde_json::Value;

use super::kind::Description;
use super::runtime::error::Failure;
use super::runtime::error::PluginError;
use super::runtime::text::clean;
use crate::secrecy::looks_random;
use crate::settings::PluginSettings;
use finding::Finding;

/// The schema's own address. It is never loaded, and no other can be (`.invalid`: RFC 2606).
const ADDRESS: &str = "https://plugin.invalid/schema";

/// Bytes of the stack that a schema is worked on with: twice what the deepest takes without optimisation.
const STACK: usize = 16 * 1024 * 1024;

/// Findings of one check that are told.
const MAX_FINDINGS: usize = 20;

/// Characters of what is wrong with a schema: it may quote the schema.
const MAX_REASON: usize = 500;

/// Checks the user's configuration of a plugin by the plugin's schema, if it has one.
///
/// # Errors
/// [`Failure::Configuration`] with the place of all that is wrong; another failure where the schema itself
/// cannot be used, which is the plugin's fault.
pub(crate) fn check(
    label: &str,
    description: &Description,
    settings: &PluginSettings,
) -> Result<(), PluginError> {
    if description.config_schema.trim().is_empty() {
        return Ok(());
    }
    let schema = Schema::new(&description.config_schema).map_err(|reason| {
        let reason = format!("its configuration schema cannot be used: {reason}");
        PluginError::new(label, "describe", Failure::Protocol(reason))
    })?;
    let nothing = Value::Object(serde_json::Map::new());
    let config = if settings.config.is_null() { &nothing } else { &settings.config };
    let findings = schema.check(config).map_err(|reason| {
        let reason = format!("the check of its configuration by its schema takes {reason}");
        PluginError::new(label, "configure", Failure::Limit(reason))
    })?;
    if findings.is_empty() {
        return Ok(());
    }
    let told = |finding: &Finding| {
        // A value may stand in the place of a key, which is the last part of the pointer then.
        let path = match finding.path.rsplit_once('/') {
            Some((parent, last)) if looks_random(last) => parent,
            _ => &finding.path,
        };
        let prefix = clean(&settings.places.prefix(path), MAX_REASON);
        format!("{prefix} {}", finding.message).trim_start().to_owned()
    };
    let told = findings.iter().map(told).collect();
    Err(PluginError::new(label, "configure", Failure::Configuration(told)))
}

/// A JSON Schema that is safe to check with.
pub(crate) struct Schema {
    document: Value,
    compiled: Schemas,
    root: SchemaIndex,
}

impl Schema {
    /// The schema in `text`, of draft 2020-12 or 7.
    ///
    /// # Errors
    /// Why it cannot be used; safe to print.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        on_large_stack(|| Self::compile(text)).map_err(|reason| clean(&reason, MAX_REASON))
    }

    fn compile(text: &str) -> Result<Self, String> {
        let mut document: Value =
            serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        let draft = draft(&document)?;
        // What it calls itself is of no use where nothing else can be referred to.
        if let Some(members) = document.as_object_mut() {
            members.remove("$id");
        }
        bounds::check(&document)?;
        let mut compiler = compiler(draft);
        compiler.add_resource(ADDRESS, document.clone()).map_err(|error| format!("{error:#}"))?;
        let mut compiled = Schemas::new();
        let root = compiler.compile(ADDRESS, &mut compiled).map_err(|error| match error {
            CompileError::ValidationError { .. } => not_a_schema(&document, draft, &error),
            error => format!("{error:#}"),
        })?;
        Ok(Self { document, compiled, root })
    }

    /// What is wrong with `config`, in the order of the pointers; the first 20. No value of `config` is in
    /// what is said.
    ///
    /// # Errors
    /// The schema takes too much to check it.
    pub(crate) fn check(&self, config: &Value) -> Result<Vec<Finding>, String> {
        on_large_stack(|| {
            bounds::check_steps(&self.document, config)?;
            Ok(self.findings(config))
        })
    }

    fn findings(&self, value: &Value) -> Vec<Finding> {
        let Err(error) = self.compiled.validate(value, self.root) else { return Vec::new() };
        let mut findings = finding::findings(&error, &self.document, value);
        findings.sort();
        findings.dedup();
        findings.truncate(MAX_FINDINGS);
        findings
    }
}

/// Does it where there is room for what [`bounds`] allows to be within each other.
fn on_large_stack<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let result = thread.map_err(|error| format!("no thread for it: {error}"))?.join();
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The draft that a schema says it is of; the latest, if it says nothing.
fn draft(document: &Value) -> Result<Draft, String> {
    let Some(named) = document.get("$schema") else { return Ok(Draft::V2020_12) };
    match named.as_str().and_then(Draft::from_url) {
        Some(draft @ (Draft::V2020_12 | Draft::V7)) => Ok(draft),
        _ => Err("its `$schema` is neither draft 2020-12 nor draft 7".to_owned()),
    }
}

fn compiler(draft: Draft) -> Compiler {
    let mut compiler = Compiler::new();
    compiler.set_default_draft(draft);
    // The default one opens files.
    compiler.use_loader(Box::new(NothingElse));
    compiler
}

/// Loads nothing.
struct NothingElse;

impl UrlLoader for NothingElse {
    fn load(&self, _url: &str) -> Result<Value, Box<dyn std::error::Error>> {
        Err("nothing outside of the schema can be referred to".into())
    }
}

/// Why `document` is no schema of `draft`: what the draft's own schema finds.
fn not_a_schema(document: &Value, draft: Draft, error: &CompileError) -> String {
    let address = match draft {
        Draft::V7 => "http://json-schema.org/draft-07/schema",
        _ => "https://json-schema.org/draft/2020-12/schema",
    };
    let mut compiled = Schemas::new();
    let found = compiler(draft).compile(address, &mut compiled).ok().and_then(|root| {
        let of_drafts = Schema { document: Value::Null, compiled, root };
        of_drafts.findings(document).into_iter().next()
    });
    match found {
        Some(Finding { path, message }) if path.is_empty() => message,
        Some(Finding { path, message }) => format!("{path}: {message}"),
        None => format!("{error:#}"),
    }
}

#[cfg(test)]
mod tests;
