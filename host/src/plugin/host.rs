//! From what the user asked for to a plugin that has said what it is, step by step.

use std::sync::Arc;
use std::sync::OnceLock;

use wasmtime::component::Component;

use super::abi;
use super::abi::Contract;
use super::described::Described;
use super::described::Identity;
use super::kind::Kind;
use super::runtime::compile::compile;
use super::runtime::engine::Runtime;
use super::runtime::error::Failure;
use super::runtime::error::PluginError;
use super::runtime::instance::Blueprint;
use super::runtime::limits::Limits;
use super::source;
use super::source::Bytes;
use super::source::Fetched;
use super::trust;
use super::trust::Digest;
use super::trust::Trusted;
use crate::environment::Environment;
use crate::settings::PluginSettings;

/// Loads plugins, all under the same limits.
pub struct PluginHost {
    limits: Arc<Limits>,
    environment: Arc<Environment>,
    first_party: OnceLock<Runtime>,
    third_party: OnceLock<Runtime>,
    not_kept: OnceLock<String>,
}

impl PluginHost {
    /// A host. The environment says where the user's cache is, and what plugins may be granted of it.
    /// Engines are made when the first plugin needs them.
    pub fn new(limits: Limits, environment: &Environment) -> Self {
        Self {
            limits: Arc::new(limits),
            environment: Arc::new(environment.clone()),
            first_party: OnceLock::new(),
            third_party: OnceLock::new(),
            not_kept: OnceLock::new(),
        }
    }

    /// Why the code of a plugin that was compiled could not be kept for the next run, if it could not.
    pub fn not_kept(&self) -> Option<&str> {
        self.not_kept.get().map(String::as_str)
    }

    /// Fetches, verifies and compiles one plugin, and asks it what it is.
    ///
    /// # Errors
    /// Which step failed and why; [`PluginError::is_usage`] says who can put it right.
    pub fn load(&self, settings: &PluginSettings) -> Result<Described, PluginError> {
        let (fetched, trusted) = self.verified(settings)?;
        self.described(self.compiled(fetched)?, trusted, settings)
    }

    /// The same for a plugin of one of these kinds. One of another kind is fetched and verified, but neither
    /// compiled, which may take a quarter of a minute, nor run; there is `None` for it.
    ///
    /// # Errors
    /// As of [`load`](Self::load).
    pub fn load_of(
        &self,
        kinds: &[Kind],
        settings: &PluginSettings,
    ) -> Result<Option<Described>, PluginError> {
        let (fetched, trusted) = self.verified(settings)?;
        if let Bytes::ThirdParty(bytes) = &fetched.component
            && let Some(kind) = abi::peek_kind(bytes)
            && !kinds.contains(&kind)
        {
            return Ok(None);
        }
        let compiled = self.compiled(fetched)?;
        match kinds.contains(&compiled.contract.kind) {
            true => self.described(compiled, trusted, settings).map(Some),
            false => Ok(None),
        }
    }

    fn verified(&self, settings: &PluginSettings) -> Result<(Fetched, Trusted), PluginError> {
        let fetched = source::fetch(&settings.source, self.limits.component_bytes)?;
        if let Some(name) = settings.name.as_deref().filter(|name| source::is_first_party(name)) {
            let reason = format!("its name `{name}` is that of a first-party plugin");
            return Err(PluginError::new(fetched.label, "load", Failure::NotLoaded(reason))
                .hinted("give it another `name`"));
        }
        let trusted = trust::verify(&fetched, settings, &self.environment)?;
        Ok((fetched, trusted))
    }

    fn compiled(&self, fetched: Fetched) -> Result<Compiled, PluginError> {
        let Fetched { label, digest, component } = fetched;
        let first_party = match &component {
            Bytes::FirstParty(built) => Some(built.name),
            Bytes::ThirdParty(_) => None,
        };
        let facts = match &component {
            Bytes::ThirdParty(bytes) => abi::peek_facts(bytes),
            // A test says that they agree.
            Bytes::FirstParty(_) => None,
        };
        let (runtime, component) = self.compile(&label, digest, component)?;
        let contract = abi::contract(&label, &component, &runtime.engine)?;
        Ok(Compiled { label, digest, first_party, runtime, component, contract, facts })
    }

    fn described(
        &self,
        compiled: Compiled,
        trusted: Trusted,
        settings: &PluginSettings,
    ) -> Result<Described, PluginError> {
        let Compiled { label, digest, first_party, runtime, component, contract, facts } = compiled;
        let component =
            runtime.linker.instantiate_pre(&component).map_err(|error| abi::import_misfit(&label, &error))?;
        let blueprint = Blueprint {
            label: Arc::from(label),
            component,
            limits: Arc::clone(&self.limits),
            grants: Arc::default(),
            environment: Arc::clone(&self.environment),
        };
        let config = match &settings.config {
            serde_json::Value::Null => "{}".to_owned(),
            config => config.to_string(),
        };
        let identity = Identity { digest, first_party };
        Described::of(contract, blueprint, facts.as_deref(), settings, identity, trusted, config)
    }

    fn compile(
        &self,
        label: &str,
        digest: Digest,
        component: Bytes,
    ) -> Result<(Runtime, Component), PluginError> {
        match component {
            Bytes::FirstParty(built) => {
                let runtime = runtime(&self.first_party, label, Runtime::first_party)?;
                let component = built.compiled(&runtime.engine).map_err(|error| {
                    let reason = format!("this build of sortie does not fit this machine: {error:#}");
                    PluginError::new(label, "load", Failure::Internal(reason))
                })?;
                Ok((runtime, component))
            }
            Bytes::ThirdParty(bytes) => {
                let make = || Runtime::third_party(&self.environment);
                let runtime = runtime(&self.third_party, label, make)?;
                let compiled = compile(label, &runtime, digest, bytes, self.limits.compile_time)?;
                if let Some(why) = compiled.not_kept {
                    // The first reason is every other plugin's, too.
                    let _ = self.not_kept.set(why);
                }
                Ok((runtime, compiled.component))
            }
        }
    }
}

/// A component that could be run.
struct Compiled {
    label: String,
    digest: Digest,
    /// By which of its names, inside the program.
    first_party: Option<&'static str>,
    runtime: Runtime,
    component: Component,
    contract: Contract,
    facts: Option<Vec<u8>>,
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
