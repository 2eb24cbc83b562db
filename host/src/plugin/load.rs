//! From what the user asked for to a plugin that is ready.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::mpsc;

use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::About;
use super::Plugin;
use super::bindings::transform::TransformPre;
use super::bindings::types;
use super::cache;
use super::describe;
use super::describe::Description;
use super::describe::Diagnostic;
use super::describe::Kind;
use super::digest::Digest;
use super::engine::Runtime;
use super::error::Failure;
use super::error::PluginError;
use super::filter;
use super::filter::Filter;
use super::grant::Grant;
use super::grant::GrantSet;
use super::instance::Blueprint;
use super::instance::HostStore;
use super::instance::Instance;
use super::limits::Limits;
use super::reporter;
use super::reporter::Reporter;
use super::source;
use super::source::Source;
use super::transform::Transform;
use super::wasi;
use crate::settings::PluginSettings;

/// The version of `sortie:plugin` in `wit/`. Components that were made for an older patch of the
/// same minor version fit.
const WIT_VERSION: &str = "0.1.0";

/// Loads plugins, all under the same limits.
pub struct PluginHost {
    limits: Arc<Limits>,
    first_party: OnceLock<Runtime>,
    third_party: OnceLock<Runtime>,
}

/// A component on its way to a plugin.
struct Candidate {
    /// What the user called it.
    label: String,
    runtime: Runtime,
    component: Component,
    digest: Digest,
    grants: Vec<Grant>,
    set: GrantSet,
}

impl PluginHost {
    /// A host. Engines are made when the first plugin needs them.
    pub fn new(limits: Limits) -> Result<Self, PluginError> {
        Ok(Self { limits: Arc::new(limits), first_party: OnceLock::new(), third_party: OnceLock::new() })
    }

    /// Reads, checks, compiles, describes and configures one plugin.
    pub fn load(&self, settings: &PluginSettings) -> Result<Plugin, PluginError> {
        let candidate = match source::resolve(&settings.source)? {
            Source::FirstParty(plugin) => self.first_party(&plugin, settings)?,
            Source::File(path) => self.third_party(path, settings)?,
        };
        check_imports(&candidate)?;
        let kind = exported_kind(&candidate)?;
        let config = match &settings.config {
            serde_json::Value::Null => "{}".to_owned(),
            config => config.to_string(),
        };
        self.start(candidate, kind, config)
    }

    fn first_party(
        &self,
        plugin: &super::embedded::FirstParty,
        settings: &PluginSettings,
    ) -> Result<Candidate, PluginError> {
        let label = plugin.name.to_owned();
        let digest: Digest = plugin.digest.parse().map_err(|error: super::digest::DigestError| {
            PluginError::new(&*label, "load", Failure::Internal(error.to_string()))
        })?;
        if let Some(expected) = &settings.digest {
            check_digest(&label, expected, digest)?;
        }
        let standard = settings.grants.is_none();
        let texts: Vec<String> = match &settings.grants {
            Some(texts) => texts.clone(),
            None => plugin.grants.iter().map(|&text| text.to_owned()).collect(),
        };
        let (grants, set) = grants(&label, &texts, standard)?;
        let runtime = runtime(&self.first_party, &label, Runtime::first_party)?;
        let component = plugin.compiled(&runtime.engine).map_err(|error| not_compiled(&label, &error))?;
        Ok(Candidate { label, runtime, component, digest, grants, set })
    }

    fn third_party(&self, path: PathBuf, settings: &PluginSettings) -> Result<Candidate, PluginError> {
        let label = settings.source.clone();
        let bytes = source::read(&path, self.limits.component_bytes)?;
        let digest = Digest::of(&bytes);
        let texts = settings.grants.clone().unwrap_or_default();
        match &settings.digest {
            Some(expected) => check_digest(&label, expected, digest)
                .map_err(|error| error.hinted(pinned(&label, digest, &texts)))?,
            None if texts.is_empty() => {}
            None => {
                let reason = "it is a file with grants, which need its digest beside them".to_owned();
                return Err(PluginError::new(&*label, "load", Failure::Grants(reason))
                    .hinted(pinned(&label, digest, &texts)));
            }
        }
        let (grants, set) = grants(&label, &texts, false)?;
        let runtime = runtime(&self.third_party, &label, || Runtime::third_party(cache::open()))?;
        let component = self.compile(&label, &runtime, bytes)?;
        Ok(Candidate { label, runtime, component, digest, grants, set })
    }

    /// Compiles on a thread of its own: compilation can not be interrupted, but it can be left
    /// behind. The thread ends with the process.
    fn compile(&self, label: &str, runtime: &Runtime, bytes: Vec<u8>) -> Result<Component, PluginError> {
        let (send, receive) = mpsc::channel();
        let engine = runtime.engine.clone();
        std::thread::Builder::new()
            .name("plugin-compiler".to_owned())
            .spawn(move || {
                let _ = send.send(Component::from_binary(&engine, &bytes));
            })
            .map_err(|error| PluginError::new(label, "load", Failure::Internal(error.to_string())))?;
        match receive.recv_timeout(self.limits.compile_time) {
            Ok(Ok(component)) => Ok(component),
            Ok(Err(error)) => Err(not_compiled(label, &error)),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(PluginError::new(label, "compile", Failure::Timeout(self.limits.compile_time)))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let reason = "the compiler panicked".to_owned();
                Err(PluginError::new(label, "compile", Failure::Internal(reason)))
            }
        }
    }

    /// The first instance: describes itself without any grant, is then granted what the user
    /// allows of what it asks for, and is configured.
    fn start(&self, candidate: Candidate, kind: Kind, config: String) -> Result<Plugin, PluginError> {
        let Candidate { label, runtime, component, digest, grants, set } = candidate;
        let component =
            runtime.linker.instantiate_pre(&component).map_err(|error| not_compiled(&label, &error))?;
        let mut blueprint = Blueprint {
            label: Arc::from(label),
            component,
            limits: Arc::clone(&self.limits),
            grants: Arc::default(),
        };
        match kind {
            Kind::Transform => {
                let mut instance = Instance::start(&blueprint, |store, component| {
                    TransformPre::new(component.clone())?.instantiate(store)
                })?;
                let described = describe(&mut instance, kind, |world, store| world.call_describe(store))?;
                let about = settle(&mut blueprint, &mut instance, described, digest, grants, set);
                let time = self.limits.configure_time;
                let raw =
                    instance.call("configure", time, |world, store| world.call_configure(store, &config))?;
                let findings = describe::diagnostics(raw, &self.limits)
                    .map_err(|failure| instance.fail("configure", failure))?;
                Ok(Plugin::Transform(Transform { about: Arc::new(about(findings)), instance }))
            }
            Kind::Filter => {
                let mut instance = filter::start(&blueprint)?;
                let described = describe(&mut instance, kind, |world, store| world.call_describe(store))?;
                let about = settle(&mut blueprint, &mut instance, described, digest, grants, set);
                Filter::configure(instance, blueprint, config, about).map(Plugin::Filter)
            }
            Kind::Reporter => {
                let mut instance = reporter::start(&blueprint)?;
                let described = describe(&mut instance, kind, |world, store| world.call_describe(store))?;
                let about = settle(&mut blueprint, &mut instance, described, digest, grants, set);
                let log_lines = blueprint.grants.log_lines;
                Reporter::configure(instance, &config, log_lines, about).map(Plugin::Reporter)
            }
        }
    }
}

fn describe<W>(
    instance: &mut Instance<W>,
    kind: Kind,
    call: impl FnOnce(&W, &mut HostStore) -> wasmtime::Result<types::Description>,
) -> Result<Description, PluginError> {
    let time = instance.limits().describe_time;
    let raw = instance.call("describe", time, call)?;
    describe::description(raw, kind, instance.limits()).map_err(|failure| instance.fail("describe", failure))
}

/// Lets the instance (and those that follow from the blueprint) use what the user allows of what
/// the plugin asks for, under the plugin's own name. Returns what will be known of the plugin
/// once it is configured.
fn settle<W>(
    blueprint: &mut Blueprint,
    instance: &mut Instance<W>,
    description: Description,
    digest: Digest,
    grants: Vec<Grant>,
    set: GrantSet,
) -> impl FnOnce(Vec<Diagnostic>) -> About + use<W> {
    let set = set.narrowed_to(&description.needs);
    let missing = description.needs.iter().filter(|need| !set.covers(need)).cloned().collect();
    blueprint.label = format!("{} {}", description.name, description.version).into();
    blueprint.grants = Arc::new(set);
    instance.grant(Arc::clone(&blueprint.label), Arc::clone(&blueprint.grants));
    move |diagnostics| About { description, digest, grants, missing, diagnostics }
}

fn runtime(
    cell: &OnceLock<Runtime>,
    label: &str,
    make: impl FnOnce() -> wasmtime::Result<Runtime>,
) -> Result<Runtime, PluginError> {
    if let Some(runtime) = cell.get() {
        return Ok(runtime.clone());
    }
    let made =
        make().map_err(|error| PluginError::new(label, "load", Failure::Internal(format!("{error:#}"))))?;
    Ok(cell.get_or_init(|| made).clone())
}

fn not_compiled(label: &str, error: &wasmtime::Error) -> PluginError {
    let reason = super::text::clean(&format!("{error:#}"), 500);
    PluginError::new(label, "load", Failure::NotLoaded(format!("not a component that fits: {reason}")))
}

fn check_digest(label: &str, expected: &str, actual: Digest) -> Result<(), PluginError> {
    let error = |reason| PluginError::new(label, "load", Failure::Grants(reason));
    let expected: Digest = expected.parse().map_err(|e: super::digest::DigestError| error(e.to_string()))?;
    if expected == actual {
        return Ok(());
    }
    Err(error(format!("its digest is {actual}, not {expected} as the configuration says")))
}

/// The block of `sortie.toml` that pins a plugin to the bytes that were found.
fn pinned(source: &str, digest: Digest, grants: &[String]) -> String {
    // A TOML basic string escapes as JSON does.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let grants: Vec<String> = grants.iter().map(|grant| quoted(grant)).collect();
    format!(
        "if you trust this file as it is, write in sortie.toml:\n\n\
         [[plugin]]\nsource = {}\ndigest = \"{digest}\"\ngrant = [{}]",
        quoted(source),
        grants.join(", ")
    )
}

/// Parses grants and resolves them. A file whose variable is not set is left out when the grants
/// are a first-party plugin's standard ones, and an error when the user wrote them.
fn grants(label: &str, texts: &[String], standard: bool) -> Result<(Vec<Grant>, GrantSet), PluginError> {
    let error = |reason| PluginError::new(label, "load", Failure::Grants(reason));
    let grants: Vec<Grant> = texts
        .iter()
        .map(|text| text.parse().map_err(|e: super::grant::GrantError| error(e.to_string())))
        .collect::<Result<_, _>>()?;
    let (set, unset) = GrantSet::resolve(&grants, |name| std::env::var_os(name).map(PathBuf::from));
    match unset.first() {
        Some(name) if !standard => {
            Err(error(format!("a file is granted with the path in ${name}, which is not set")))
        }
        _ => Ok((grants, set)),
    }
}

/// Refuses a component that imports anything but the sortie world (of a version that fits) and,
/// when it comes from a file, the WASI interfaces that are answered with nothing.
fn check_imports(candidate: &Candidate) -> Result<(), PluginError> {
    let ty = candidate.component.component_type();
    for (name, import) in ty.imports(&candidate.runtime.engine) {
        // A world also names the types that it uses, which are no import of anything.
        if matches!(import.ty, ComponentItem::Type(_)) {
            continue;
        }
        if let Some(own) = name.strip_prefix("sortie:plugin/") {
            if own.split_once('@').is_some_and(|(_, version)| fits(version)) {
                continue;
            }
            let name = super::text::clean(name, 100);
            let reason = format!("it imports {name}, and this sortie speaks sortie:plugin {WIT_VERSION}");
            return Err(PluginError::new(&*candidate.label, "load", Failure::NotLoaded(reason))
                .hinted("build the plugin against this version's wit/, or take the sortie that fits it"));
        }
        if !wasi::is_allowed(name) {
            let name = super::text::clean(name, 100);
            let reason = format!("it imports {name}, which plugins can not have");
            return Err(PluginError::new(&*candidate.label, "load", Failure::NotLoaded(reason))
                .hinted("a plugin may import sortie:plugin, and WASI 0.2 without HTTP"));
        }
    }
    Ok(())
}

/// Whether a component that was made for this version of `sortie:plugin` fits: the same minor
/// version (before 1.0 a minor version may break), and no newer patch.
fn fits(version: &str) -> bool {
    let parts = |text: &str| -> Option<(u64, u64, u64)> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        let parts = (numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(parts)
    };
    match (parts(version), parts(WIT_VERSION)) {
        (Some(theirs), Some(ours)) => (theirs.0, theirs.1) == (ours.0, ours.1) && theirs.2 <= ours.2,
        _ => false,
    }
}

/// The kind whose world the component exports.
fn exported_kind(candidate: &Candidate) -> Result<Kind, PluginError> {
    let ty = candidate.component.component_type();
    let exports: Vec<String> =
        ty.exports(&candidate.runtime.engine).map(|(name, _)| name.to_owned()).collect();
    let has = |name: &str| exports.iter().any(|export| export == name);
    let kinds: Vec<Kind> =
        [(Kind::Transform, "transform"), (Kind::Filter, "process"), (Kind::Reporter, "report")]
            .into_iter()
            .filter(|(_, export)| has(export))
            .map(|(kind, _)| kind)
            .collect();
    match kinds.as_slice() {
        [kind] => Ok(*kind),
        _ => {
            let reason = "it exports none of the worlds `transform`, `filter` and `reporter`, or several";
            Err(PluginError::new(&*candidate.label, "load", Failure::NotLoaded(reason.to_owned())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_patches_of_the_same_minor_version_fit() {
        assert!(fits("0.1.0"));
        for version in ["0.2.0", "0.1.1", "1.0.0", "0.1", "0.1.0.0", "x"] {
            assert!(!fits(version), "{version}");
        }
    }

    #[test]
    fn the_block_to_paste_is_valid_toml_whatever_the_path() {
        let block = pinned("./a \"b\"\\c.wasm", Digest::of(b""), &["env:A".to_owned()]);
        let (_, toml) = block.split_once("\n\n").expect("a block");
        let parsed: toml::Table = toml.parse().expect("TOML");
        assert_eq!(parsed["plugin"][0]["source"].as_str(), Some("./a \"b\"\\c.wasm"));
    }
}
