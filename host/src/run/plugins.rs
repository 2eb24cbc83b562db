//! Loads plugins and fits them to the stations that use them.

use std::sync::Arc;

use sortie_lines::Gate;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use sortie_lines::Stage;

use crate::environment::Environment;
use crate::error::Error;
use crate::error::Kind;
use crate::event::Event;
use crate::nearest::nearest;
use crate::output::reporters::Command;
use crate::output::reporters::Effects;
use crate::output::reporters::Failed;
use crate::output::reporters::Remark;
use crate::output::reporters::Reporter;
use crate::output::reporters::Subscription;
use crate::pipeline::chain::Chain;
use crate::pipeline::chain::Link;
use crate::pipeline::chain::Renewal;
use crate::plugin;
use crate::plugin::Context;
use crate::plugin::Described;
use crate::plugin::Failure;
use crate::plugin::Filter;
use crate::plugin::Happening;
use crate::plugin::Level;
use crate::plugin::Limits;
use crate::plugin::Plugin;
use crate::plugin::PluginError;
use crate::plugin::PluginHost;
use crate::plugin::Severity;
use crate::plugin::Transform;
use crate::plugin::TransformError;
use crate::report::plan::PluginLine;
use crate::secrecy;
use crate::secrecy::Secrets;
use crate::secrecy::filter::LineMask;
use crate::secrecy::filter::Masking;
use crate::settings::PluginSettings;
use crate::settings::plugin_ref::PluginRef;
use crate::spec::TaskSpec;
use crate::stream::ContainerIndex;
use crate::stream::Moment;

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
pub struct Filters {
    filters: Arc<Vec<GatedFilter>>,
    context: Context,
    /// Acts before all others.
    mask: Option<Arc<LineMask>>,
}

/// A filter and the native search in front of it.
#[derive(Debug)]
struct GatedFilter {
    filter: Filter,
    gate: Option<Arc<Gate>>,
}

impl Filters {
    /// The same after what masks the secrets that sortie knows, now and later.
    ///
    /// # Errors
    ///
    /// They cannot be searched for.
    pub fn after_mask(self, secrets: &Secrets) -> Result<Self, Error> {
        Ok(Self { mask: Some(Arc::new(LineMask::of(secrets)?)), ..self })
    }

    /// Whether there is none, as far as is known by now.
    pub fn are_none(&self) -> bool {
        self.filters.is_empty() && self.mask.as_ref().is_none_or(|mask| mask.is_idle())
    }

    /// A chain of all filters for each container, in order. Plugins are called on a thread that
    /// may block, never on one of the runtime.
    ///
    /// # Errors
    ///
    /// A filter cannot be started.
    pub async fn open(&self, containers: &[String]) -> Result<Vec<Chain>, Error> {
        let (filters, mask) = (Arc::clone(&self.filters), self.mask.clone());
        let context = Context { containers: containers.to_vec(), ..self.context.clone() };
        let opened = tokio::task::spawn_blocking(move || {
            let containers = 0..context.containers.len();
            containers.map(|index| chain(mask.as_ref(), &filters, &context.of_container(index))).collect()
        });
        opened.await.map_err(|error| Error::internal("opening filters").caused_by(error))?
    }
}

/// The mask of one stream.
#[derive(Debug)]
struct MaskOfStream {
    mask: Arc<LineMask>,
    version: u64,
}

impl Renewal for MaskOfStream {
    fn name(&self) -> &str {
        secrecy::filter::NAME
    }

    fn renew(&mut self) -> Result<Option<Link>, Error> {
        Ok(self.mask.newer(self.version)?.map(|Masking { stage, tick, version }| {
            self.version = version;
            Link { name: self.name().to_owned(), stage, tick }
        }))
    }
}

fn chain(mask: Option<&Arc<LineMask>>, filters: &[GatedFilter], context: &Context) -> Result<Chain, Error> {
    let link = |gated: &GatedFilter| {
        let stream = gated.filter.open(context).map_err(plugin_error)?;
        let wishes = stream.wishes().clone();
        // What it cares about may depend on the container.
        let gate = match wishes.interests == gated.filter.wishes().interests {
            true => gated.gate.clone(),
            false => gate(gated.filter.name(), wishes.interests.as_deref())?,
        };
        let name = gated.filter.name().to_owned();
        Ok(Link { name, stage: Stage::new(Box::new(stream), gate, wishes.pieces), tick: wishes.tick })
    };
    let chain = Chain::new(filters.iter().map(link).collect::<Result<Vec<_>, Error>>()?);
    Ok(match mask {
        Some(mask) => chain.after(Box::new(MaskOfStream { mask: Arc::clone(mask), version: 0 })),
        None => chain,
    })
}

fn gate(filter: &str, interests: Option<&[Interest]>) -> Result<Option<Arc<Gate>>, Error> {
    let gate = interests.map(Gate::new).transpose().map_err(|error| {
        Error::plugin(format!("filter `{filter}`: {error}"))
            .hint("the pattern comes from the plugin or its configuration")
    })?;
    Ok(gate.map(Arc::new))
}

/// First-party filters that quote lines in what they say of them. They act after all others, so that they quote
/// what those have masked as it is printed.
const QUOTING: [&str; 2] = ["steps", "annotations"];

fn quotes(settings: &PluginSettings) -> bool {
    matches!(&settings.source, PluginRef::FirstParty(name) if QUOTING.contains(&name.as_str()))
}

/// Loads and checks every plugin of these kinds, with what the environment grants them. Those of another
/// kind are verified, and neither compiled nor run. With them comes a warning where compiled code could not
/// be kept. Blocks.
pub fn load(
    wanted: &[PluginSettings],
    kinds: &[plugin::Kind],
    environment: &Environment,
) -> Result<(Vec<Described>, Option<String>), Error> {
    if wanted.is_empty() {
        return Ok((Vec::new(), None));
    }
    let host = PluginHost::new(Limits::default(), environment);
    let load = |settings: &PluginSettings| {
        let described = host.load_of(kinds, settings).transpose()?;
        Some(described.map_err(|error| match error.failure {
            // It names the places of what is wrong itself.
            Failure::Configuration(_) => plugin_error(error),
            _ if settings.at.is_empty() => plugin_error(error),
            _ => plugin_error(error).on(&settings.at),
        }))
    };
    let (quoting, others): (Vec<_>, Vec<_>) = wanted.iter().partition(|settings| quotes(settings));
    let described = others.into_iter().chain(quoting).filter_map(load).collect::<Result<_, _>>()?;
    let warning = |why| format!("compiled plugins are not kept, so that each run compiles them anew: {why}");
    Ok((described, host.not_kept().map(warning)))
}

/// Configures plugins for the run that `context` tells of. Blocks.
pub fn configure(described: Vec<Described>, context: &Context) -> Result<Loaded, Error> {
    let mut loaded = Loaded::default();
    let mut filters = Vec::new();
    for described in described {
        let plugin = described.configure(context).map_err(plugin_error)?;
        refuse_grants_of_another_kind(&plugin)?;
        loaded.warnings.extend(warnings(&plugin));
        loaded.lines.push(line(&plugin));
        match plugin {
            Plugin::Transform(transform) => loaded.transforms.push(transform),
            Plugin::Filter(filter) => {
                let gate = gate(filter.name(), filter.wishes().interests.as_deref())?;
                filters.push(GatedFilter { filter, gate });
            }
            Plugin::Reporter(reporter) => loaded.reporters.push(reporter),
        }
    }
    loaded.filters = Filters { filters: Arc::new(filters), context: context.clone(), mask: None };
    Ok(loaded)
}

/// A transform and a filter act on what they are given: beside variables there is nothing that they could do.
fn refuse_grants_of_another_kind(plugin: &Plugin) -> Result<(), Error> {
    let kind = plugin.description().kind;
    let useless = plugin.grants().iter().find(|grant| !matches!(grant, plugin::Grant::Env(_)));
    match useless {
        Some(grant) if kind != plugin::Kind::Reporter => {
            let (name, kind) = (plugin.name(), kind.as_str());
            let error =
                Error::usage(format!("the {kind} `{name}` is granted {grant}, which no {kind} can use"));
            Err(error.hint(format!("a {kind} can be granted env:NAME alone; take the grant away")))
        }
        _ => Ok(()),
    }
}

/// What a person should know of a plugin who did not ask for details.
fn warnings(plugin: &Plugin) -> Vec<String> {
    let name = plugin.name();
    let mut warnings: Vec<String> = Vec::new();
    if plugin.is_granted_by_user() {
        warnings.extend(plugin.missing_needs().iter().map(|missing| {
            format!("plugin `{name}` asks for {missing}, which is not granted: it does without")
        }));
        let asked: Vec<String> =
            plugin.description().needs.iter().map(|asked| asked.need.to_string()).collect();
        warnings.extend(plugin.unasked_grants().iter().map(|grant| {
            let near = nearest(&grant.to_string(), asked.iter().map(String::as_str));
            let meant = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            format!("plugin `{name}` never asks for {grant}, which is granted{meant}")
        }));
    }
    let said = plugin.diagnostics().iter().filter(|diagnostic| diagnostic.severity == Severity::Warning);
    warnings.extend(said.map(|diagnostic| format!("plugin `{name}`: {diagnostic}")));
    warnings
}

/// A plugin, as `sortie plan` and `-v` tell it.
fn line(plugin: &Plugin) -> PluginLine {
    let name = plugin.name();
    let notes = plugin.diagnostics().iter().filter(|diagnostic| diagnostic.severity == Severity::Note);
    let notes = notes.map(|note| format!("plugin `{name}`: {note}"));
    let (debug, messages): (Vec<&plugin::Message>, Vec<_>) =
        plugin.messages().iter().partition(|message| message.level == Level::Debug);
    let said = |message: &plugin::Message| format!("plugin `{name}`: {}", message.text);
    PluginLine {
        name: name.to_owned(),
        component: Some(plugin.description().name.clone()).filter(|own| own != name),
        version: plugin.description().version.clone(),
        kind: plugin.description().kind.as_str(),
        digest: plugin.digest().to_string(),
        why: plugin.why().map(str::to_owned),
        grants: plugin.grants().iter().map(ToString::to_string).collect(),
        missing: plugin.missing_needs().iter().map(ToString::to_string).collect(),
        notes: notes.chain(messages.iter().copied().map(said)).collect(),
        debug: debug.into_iter().map(said).collect(),
    }
}

/// What a transform made of a task.
#[derive(Debug)]
pub struct Transformed {
    /// The task to launch.
    pub task: TaskSpec,
    /// Why it was changed, and what the plugin said meanwhile.
    pub notes: Vec<String>,
    /// What it said for whoever writes it.
    pub debug: Vec<String>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Applies one transform. Blocks.
pub fn transform(transform: &mut Transform, task: &TaskSpec) -> Result<Transformed, Error> {
    let transformed = transform.transform(task).map_err(|error| match error {
        TransformError::Refused { plugin, reason } => {
            Error::plugin(format!("transform `{plugin}` refuses the task: {reason}"))
                .hint("nothing was launched")
        }
        TransformError::Failed(error) => plugin_error(error),
    })?;
    let name = transform.name();
    let (warnings, notes): (Vec<_>, Vec<_>) =
        transformed.notes.into_iter().partition(|note| note.severity == Severity::Warning);
    let (debug, said): (Vec<_>, Vec<_>) =
        transformed.messages.into_iter().partition(|message| message.level == Level::Debug);
    let notes = notes.into_iter().map(|note| note.to_string());
    Ok(Transformed {
        task: transformed.task,
        notes: notes.chain(said.into_iter().map(|message| message.text)).collect(),
        debug: debug.into_iter().map(|message| message.text).collect(),
        warnings: warnings.into_iter().map(|note| format!("transform `{name}`: {note}")).collect(),
    })
}

fn plugin_error(error: PluginError) -> Error {
    let kind = if error.is_usage() { Kind::Usage } else { Kind::Plugin };
    let told = Error::new(kind, error.to_string()).hint(error.hint);
    match error.said.last_words.is_empty() {
        true => told,
        false => told.hint(format!("the plugin's own last words: {}", error.said.last_words)),
    }
}

impl Loaded {
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

    fn subscription(&self) -> Subscription {
        let wishes = self.0.wishes();
        Subscription { events: wishes.events.clone(), log_lines: self.0.wants_log_lines(), tick: wishes.tick }
    }

    fn event(&mut self, event: &Event) -> Result<Effects, Failed> {
        self.report(Happening::Event(event))
    }

    fn log_lines(
        &mut self,
        moment: Moment,
        container: ContainerIndex,
        name: &str,
        lines: &LineBatch,
    ) -> Result<Effects, Failed> {
        self.report(Happening::LogLines { moment, container, name, lines })
    }

    fn tick(&mut self, moment: Moment) -> Result<Effects, Failed> {
        self.report(Happening::Tick(moment))
    }
}

impl PluginReporter {
    fn report(&mut self, happening: Happening<'_>) -> Result<Effects, Failed> {
        let reported = self.0.report(happening).map_err(|error| Failed {
            reason: match error.said.last_words.is_empty() {
                true => error.to_string(),
                false => format!("{error}; its own last words: {}", error.said.last_words),
            },
            remarks: remarks(error.said.messages),
        })?;
        let commands = reported.commands.into_iter().map(Command::new).collect::<Result<_, _>>();
        let commands = commands.map_err(|error| Failed::from(error.to_string()))?;
        Ok(Effects { commands, remarks: remarks(reported.messages) })
    }
}

/// What is said by a reporter or of it, each at its verbosity.
fn remarks(messages: Vec<plugin::Message>) -> Vec<Remark> {
    let remark = |message: plugin::Message| Remark {
        verbosity: match (message.of_host, message.level) {
            (true, Level::Warn | Level::Error) => 0,
            (_, Level::Debug) => 2,
            _ => 1,
        },
        text: message.text,
    };
    messages.into_iter().map(remark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_quotes_lines_comes_after_what_masks_them() {
        let wanted = ["steps", "redact", "annotations", "ci-tags"];
        let wanted = wanted.map(|name| PluginSettings::new(PluginRef::FirstParty(name.to_owned())));
        let (described, _) =
            load(&wanted, &plugin::Kind::ALL, &Environment::default()).expect("they are inside");
        let names: Vec<&str> = described.iter().map(|plugin| &*plugin.description().name).collect();
        assert_eq!(names, ["redact", "ci-tags", "steps", "annotations"]);
    }

    #[test]
    fn a_note_of_a_plugin_is_not_a_warning() {
        let ci_tags = PluginSettings::new(PluginRef::FirstParty("ci-tags".to_owned()));
        let nowhere = Environment::default();
        let (described, _) = load(&[ci_tags], &plugin::Kind::ALL, &nowhere).expect("it loads outside of CI");
        let mut loaded = configure(described, &Context::new("run")).expect("its configuration is good");
        assert_eq!(loaded.warnings, [""; 0]);
        let transformed =
            transform(&mut loaded.transforms[0], &TaskSpec::default()).expect("it changes nothing");
        assert_eq!(transformed.warnings, [""; 0]);
        assert_eq!(transformed.notes.len(), 1, "{:?}", transformed.notes);
    }
}
