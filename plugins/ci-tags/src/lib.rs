//! `ci-tags`: says on the task which CI run started it.
//!
//! Tags are for people and for cost reports. `startedBy` is for finding the task again: it is made
//! from the CI run alone, so a later step or job (a clean-up after a cancelled one) makes the same
//! one. Outside of CI nothing is changed.
//!
//! - [`provider`]: what the CI systems say of a run, in which variables.
//! - [`limits`]: what AWS accepts as a tag and as startedBy.

pub mod limits;
pub mod provider;

use std::collections::BTreeMap;

use serde::Deserialize;
use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Notes;
use sortie_plugin_sdk::Pair;
use sortie_plugin_sdk::Setup;
use sortie_plugin_sdk::TaskSpec;
use sortie_plugin_sdk::Transform;

use provider::Run;

/// The configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Before every tag's name, but not before those of `extra`.
    pub prefix: String,
    /// Which tags are set.
    pub include: Option<Vec<Field>>,
    /// More tags, with their full names.
    pub extra: BTreeMap<String, String>,
    /// Whether startedBy is set.
    pub started_by: bool,
    /// Whether tags and startedBy that the user set are replaced.
    pub overwrite: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            prefix: "ci:".to_owned(),
            include: None,
            extra: BTreeMap::new(),
            started_by: true,
            overwrite: false,
        }
    }
}

/// Something that a tag says of a CI run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// `github`, `gitlab`, …
    Provider,
    /// Owner and name of the repository.
    Repository,
    /// The run, pipeline or build.
    RunId,
    /// Counts the attempts of one run.
    RunAttempt,
    /// The job or step.
    Job,
    /// The commit.
    Commit,
    /// The branch or tag.
    Ref,
    /// Page of the run.
    Url,
    /// Who caused it.
    Actor,
}

impl Field {
    /// The tag's name, without the prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Repository => "repository",
            Self::RunId => "run-id",
            Self::RunAttempt => "run-attempt",
            Self::Job => "job",
            Self::Commit => "commit",
            Self::Ref => "ref",
            Self::Url => "url",
            Self::Actor => "actor",
        }
    }
}

/// The plugin.
pub struct CiTags {
    tags: Vec<Pair>,
    started_by: Option<String>,
    overwrite: bool,
    /// Why there are no tags of a CI run.
    no_run: Option<NoRun>,
}

/// Why nothing is known of a CI run.
enum NoRun {
    /// There is none, or of a CI system that is not known here.
    Unknown,
    /// The CI system is known and its variables say nothing.
    Silent(String),
}

impl Transform for CiTags {
    type Config = Config;
    const ABOUT: About = About::new(
        "ci-tags",
        env!("CARGO_PKG_VERSION"),
        "Tags the task with the CI run that started it, and makes startedBy from it.",
    )
    .needs(&Need::envs(provider::VARIABLES, "It says which CI run this is."))
    .config_schema(include_str!("../config.schema.json"));

    fn configure(config: Config, setup: &mut Setup<'_>) -> Result<Self, Finding> {
        let run = provider::detect(setup);
        let mut tags = Vec::new();
        let mut no_run = None;
        match (&run, &setup.context().ci) {
            (Some(run), _) => tags.extend(run_tags(&config, run)),
            (None, Some(ci)) if provider::is_known(ci) => no_run = Some(NoRun::Silent(ci.clone())),
            (None, _) => no_run = Some(NoRun::Unknown),
        }
        for (name, value) in &config.extra {
            let path = format!("/extra/{}", sortie_plugin_sdk::config::escape(name));
            tags.push(Pair::new(
                limits::key(name).map_err(|why| Finding::error(path, why))?,
                limits::value(value),
            ));
        }
        if let Some(tag) = tags.iter().find(|tag| limits::key(&tag.name).as_ref() != Ok(&tag.name)) {
            return Err(Finding::error("/prefix", format!("{:?} cannot be the name of a tag", tag.name)));
        }
        Ok(Self {
            tags,
            started_by: run.filter(|_| config.started_by).map(|run| run.started_by()),
            overwrite: config.overwrite,
            no_run,
        })
    }

    fn transform(&mut self, task: &mut TaskSpec, notes: &mut Notes) -> Result<(), Error> {
        match &self.no_run {
            None => {}
            Some(NoRun::Unknown) => notes.note(
                "no CI run is recognised (GitHub Actions, GitLab, CircleCI, Codefresh): no ci tags are set",
            ),
            Some(NoRun::Silent(ci)) => notes.warn(format!(
                "the variables of {ci} are not set or not granted: the task is not tagged with its CI run"
            )),
        }
        let mut left_out = 0;
        for tag in &self.tags {
            let position = task.tags.iter().position(|existing| existing.name == tag.name);
            match position {
                Some(position) if self.overwrite => task.tags[position].value.clone_from(&tag.value),
                Some(_) => {}
                // More tags than AWS takes would refuse the run; the user's own go first.
                None if task.tags.len() >= limits::MAX_TAGS => left_out += 1,
                None => task.tags.push(tag.clone()),
            }
        }
        if left_out > 0 {
            notes.warn(format!("{left_out} tags are left out: AWS takes {}", limits::MAX_TAGS));
        }
        if self.started_by.is_some() && (self.overwrite || task.started_by.is_none()) {
            task.started_by.clone_from(&self.started_by);
        }
        Ok(())
    }
}

/// The tags of a run that the configuration asks for.
fn run_tags(config: &Config, run: &Run) -> Vec<Pair> {
    run.fields
        .iter()
        .filter(|(field, _)| config.include.as_ref().is_none_or(|include| include.contains(field)))
        .map(|(field, value)| Pair::new(format!("{}{}", config.prefix, field.name()), limits::value(value)))
        .filter(|tag| !tag.value.is_empty())
        .collect()
}

sortie_plugin_sdk::export!(transform: CiTags);

#[cfg(test)]
mod tests;
