//! Loads plugins and fits them to the stations that use them.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::error::Kind;
use crate::event::Event;
use crate::lines::LineBatch;
use crate::output::markers::MarkerBreaker;
use crate::pipeline::chain::Chain;
use crate::pipeline::gate::Gate;
use crate::pipeline::stage::Stage;
use crate::pipeline::thread::Reporter;
use crate::plugin::Marker;
use crate::plugin::Plugin;
use crate::plugin::PluginError;
use crate::plugin::PluginHost;
use crate::plugin::filter::Filter;
use crate::plugin::limits::Limits;
use crate::plugin::reporter::ReporterEvent;
use crate::plugin::transform::Transform;
use crate::plugin::transform::TransformError;
use crate::settings::PluginSettings;
use crate::spec::TaskSpec;

/// All plugins of a run, by station, each in the user's order.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Act before the launch.
    pub transforms: Vec<Transform>,
    /// Act on every log line.
    pub filters: Filters,
    /// Are told what happens.
    pub reporters: Vec<crate::plugin::reporter::Reporter>,
    /// For `sortie plan`.
    pub lines: Vec<PluginLine>,
    /// What a person should know before the launch.
    pub warnings: Vec<String>,
}

/// A plugin, as `sortie plan` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginLine {
    /// Its name for itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `transform`, `filter`, `reporter`.
    pub kind: &'static str,
    /// `sha256:…` of the component.
    pub digest: String,
    /// What it was granted.
    pub grants: Vec<String>,
    /// What it asked for and was not granted.
    pub missing: Vec<String>,
}

impl fmt::Display for PluginLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` {} ({})", self.kind, self.name, self.version, self.digest)?;
        let mut lead = ", granted ";
        for grant in &self.grants {
            write!(f, "{lead}{grant}")?;
            lead = ", ";
        }
        Ok(())
    }
}

/// All filters of a run, from which each attempt's containers get chains of their own.
#[derive(Debug, Clone, Default)]
pub struct Filters(Arc<Vec<GatedFilter>>);

/// A filter and the native search in front of it.
#[derive(Debug)]
struct GatedFilter {
    filter: Filter,
    gate: Option<Arc<Gate>>,
}

impl Filters {
    /// A chain of all filters for each container, in order. Plugins are called on a thread that
    /// may block, never on one of the runtime.
    ///
    /// # Errors
    ///
    /// A filter cannot be started.
    pub async fn open(&self, containers: &[String]) -> Result<Vec<Chain>, Error> {
        let (filters, containers) = (self.clone(), containers.to_vec());
        let opened = tokio::task::spawn_blocking(move || {
            containers.iter().map(|container| filters.chain(container)).collect()
        });
        opened.await.map_err(|error| Error::internal("opening filters").caused_by(error))?
    }

    fn chain(&self, container: &str) -> Result<Chain, Error> {
        let mut stages = Vec::new();
        for gated in self.0.iter() {
            let stream = gated.filter.open(container).map_err(plugin_error)?;
            let name = gated.filter.name().to_owned();
            stages.push((name, Stage::new(Box::new(stream), gated.gate.clone())));
        }
        Ok(Chain::new(stages))
    }
}

/// Loads, checks and configures every plugin. Blocks.
pub fn load(wanted: &[PluginSettings]) -> Result<Loaded, Error> {
    let mut loaded = Loaded::default();
    if wanted.is_empty() {
        return Ok(loaded);
    }
    let mut filters = Vec::new();
    let host = PluginHost::new(Limits::default()).map_err(plugin_error)?;
    for settings in wanted {
        let plugin = host.load(settings).map_err(plugin_error)?;
        loaded.lines.push(PluginLine {
            name: plugin.name().to_owned(),
            version: plugin.version().to_owned(),
            kind: plugin.kind().as_str(),
            digest: plugin.digest().to_string(),
            grants: plugin.grants().iter().map(ToString::to_string).collect(),
            missing: plugin.missing_needs().iter().map(ToString::to_string).collect(),
        });
        for diagnostic in plugin.diagnostics() {
            loaded.warnings.push(format!("plugin `{}`: {diagnostic}", plugin.name()));
        }
        match plugin {
            Plugin::Transform(transform) => loaded.transforms.push(transform),
            Plugin::Filter(filter) => {
                let gate = filter.interests().map(Gate::new).transpose().map_err(|error| {
                    Error::plugin(format!("filter `{}`: {error}", filter.name()))
                        .hint("the pattern comes from the plugin or its configuration")
                })?;
                filters.push(GatedFilter { filter, gate: gate.map(Arc::new) });
            }
            Plugin::Reporter(reporter) => loaded.reporters.push(reporter),
        }
    }
    loaded.filters = Filters(Arc::new(filters));
    Ok(loaded)
}

/// Applies one transform. Blocks.
pub fn transform(transform: &mut Transform, task: &TaskSpec) -> Result<TaskSpec, Error> {
    transform.transform(task).map_err(|error| match error {
        TransformError::Refused { plugin, reason } => {
            Error::plugin(format!("transform `{plugin}` refuses the task: {reason}"))
                .hint("nothing was launched")
        }
        TransformError::Failed(error) => plugin_error(error),
    })
}

fn plugin_error(error: PluginError) -> Error {
    let kind = if error.is_usage() { Kind::Usage } else { Kind::Plugin };
    Error::new(kind, error.to_string()).hint(error.hint)
}

impl Loaded {
    /// What all reporters together want broken in log lines.
    pub fn markers(&self) -> Option<MarkerBreaker> {
        let markers: Vec<Marker> =
            self.reporters.iter().flat_map(|reporter| reporter.markers().to_vec()).collect();
        MarkerBreaker::new(&markers)
    }

    /// The reporters, for the output thread.
    pub fn take_reporters(&mut self) -> Vec<Box<dyn Reporter>> {
        std::mem::take(&mut self.reporters)
            .into_iter()
            .map(|reporter| Box::new(PluginReporter(reporter)) as Box<dyn Reporter>)
            .collect()
    }
}

/// A reporter plugin as the output thread uses it.
struct PluginReporter(crate::plugin::reporter::Reporter);

impl Reporter for PluginReporter {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn wants_log_lines(&self) -> bool {
        self.0.wants_log_lines()
    }

    fn event(&mut self, event: &Event) -> Result<Vec<String>, String> {
        match ReporterEvent::from_event(event) {
            Some(event) => self.0.report(&event).map_err(|error| error.to_string()),
            None => Ok(Vec::new()),
        }
    }

    fn log_lines(&mut self, container: &str, batch: &LineBatch) -> Result<Vec<String>, String> {
        let event = ReporterEvent::LogLines {
            container: container.to_owned(),
            bytes: batch.bytes.clone(),
            ends: batch.ends.clone(),
        };
        self.0.report(&event).map_err(|error| error.to_string())
    }
}
