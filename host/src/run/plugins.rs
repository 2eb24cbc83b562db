//! Loads plugins and fits them to the stations that use them.

use std::sync::Arc;

use sortie_lines::Gate;
use sortie_lines::LineBatch;
use sortie_lines::Stage;

use crate::environment::Environment;
use crate::error::Error;
use crate::error::Kind;
use crate::event::Event;
use crate::output::neutralise::Marker;
use crate::output::neutralise::Place;
use crate::output::reporters::Command;
use crate::output::reporters::Effects;
use crate::output::reporters::Reporter;
use crate::pipeline::chain::Chain;
use crate::plugin;
use crate::plugin::Filter;
use crate::plugin::Limits;
use crate::plugin::Plugin;
use crate::plugin::PluginError;
use crate::plugin::PluginHost;
use crate::plugin::ReporterEvent;
use crate::plugin::Severity;
use crate::plugin::Transform;
use crate::plugin::TransformError;
use crate::report::plan::PluginLine;
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
    pub reporters: Vec<crate::plugin::Reporter>,
    /// For `sortie plan`.
    pub lines: Vec<PluginLine>,
    /// What a person should know before the launch.
    pub warnings: Vec<String>,
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

/// Loads, checks and configures every plugin of these kinds, with what the environment grants them. Those
/// of another kind are verified, and neither compiled nor run. Blocks.
pub fn load(
    wanted: &[PluginSettings],
    kinds: &[plugin::Kind],
    environment: &Environment,
) -> Result<Loaded, Error> {
    let mut loaded = Loaded::default();
    if wanted.is_empty() {
        return Ok(loaded);
    }
    let mut filters = Vec::new();
    let host = PluginHost::new(Limits::default(), environment);
    for settings in wanted {
        let Some(plugin) = host.load_of(kinds, settings).map_err(plugin_error)? else { continue };
        let (notes, warnings): (Vec<_>, Vec<_>) =
            plugin.diagnostics().iter().partition(|diagnostic| diagnostic.severity == Severity::Note);
        let said = |diagnostic| format!("plugin `{}`: {diagnostic}", plugin.name());
        loaded.warnings.extend(warnings.into_iter().map(said));
        loaded.lines.push(PluginLine {
            name: plugin.name().to_owned(),
            component: Some(plugin.description().name.clone()).filter(|own| own != plugin.name()),
            version: plugin.description().version.clone(),
            kind: plugin.description().kind.as_str(),
            digest: plugin.digest().to_string(),
            grants: plugin.grants().iter().map(ToString::to_string).collect(),
            missing: plugin.missing_needs().iter().map(ToString::to_string).collect(),
            notes: notes.into_iter().map(said).collect(),
        });
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
    /// What reporters name to be broken in log lines, besides what the CI system obeys.
    pub fn markers(&self) -> Vec<Marker> {
        let named = self.reporters.iter().flat_map(|reporter| reporter.markers());
        named
            .map(|marker| Marker {
                text: marker.text.clone().into(),
                place: if marker.line_start { Place::LineStart } else { Place::Anywhere },
            })
            .collect()
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
struct PluginReporter(crate::plugin::Reporter);

impl Reporter for PluginReporter {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn wants_log_lines(&self) -> bool {
        self.0.wants_log_lines()
    }

    fn event(&mut self, event: &Event) -> Result<Effects, String> {
        match ReporterEvent::from_event(event) {
            Some(event) => self.report(&event),
            None => Ok(Effects::default()),
        }
    }

    fn log_lines(&mut self, container: &str, batch: &LineBatch) -> Result<Effects, String> {
        self.report(&ReporterEvent::LogLines {
            container: container.to_owned(),
            bytes: batch.bytes.clone(),
            ends: batch.ends.clone(),
        })
    }
}

impl PluginReporter {
    fn report(&mut self, event: &ReporterEvent) -> Result<Effects, String> {
        let lines = self.0.report(event).map_err(|error| error.to_string())?;
        let commands = lines.into_iter().map(Command::new).collect::<Result<_, _>>();
        Ok(Effects { commands: commands.map_err(|error| error.to_string())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::plugin_ref::PluginRef;

    #[test]
    fn a_note_of_a_plugin_is_not_a_warning() {
        let ci_tags = PluginSettings::new(PluginRef::FirstParty("ci-tags".to_owned()));
        let nowhere = Environment::default();
        let loaded = load(&[ci_tags], &plugin::Kind::ALL, &nowhere).expect("it loads outside of CI");
        assert_eq!(loaded.warnings, [""; 0]);
        let notes = &loaded.lines[0].notes;
        assert!(notes.len() == 1 && notes[0].starts_with("plugin `ci-tags`: "), "{notes:?}");
    }
}
