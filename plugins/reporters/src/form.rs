//! What a reporter does about each part of the story. Whoever writes another one adds it here.

use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Setup;
use sortie_story::Annotation;
use sortie_story::Step;
use sortie_story::Story;

use crate::azure::Azure;
use crate::buildkite::Buildkite;
use crate::circleci::CircleCi;
use crate::codefresh::Codefresh;
use crate::config::Config;
use crate::github::GitHub;
use crate::gitlab::GitLab;
use crate::hook::Hook;
use crate::jenkins::Jenkins;
use crate::junit::Junit;
use crate::markdown::Markdown;
use crate::otel::Otel;
use crate::teamcity::TeamCity;
use crate::voice::Voice;

/// One way to tell a story.
pub trait Form {
    /// The files that it writes, as grants call them.
    fn files(&self) -> &'static [&'static str] {
        &[]
    }
    /// The task is known; warnings of its plan are in the story.
    fn planned(&mut self, _story: &Story, _voice: &mut Voice<'_>) {}
    /// The task exists, for the first time or again.
    fn launched(&mut self, _story: &Story, _voice: &mut Voice<'_>) {}
    /// A step of the task's work begins here in the log.
    fn step(&mut self, _story: &Story, _step: &Step, _voice: &mut Voice<'_>) {}
    /// The line that follows says something of a place in a file.
    fn annotation(&mut self, _story: &Story, _annotation: &Annotation, _voice: &mut Voice<'_>) {}
    /// The run has ended.
    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>);
}

/// Whether a reporter is of no CI system: whoever asks for it wants it everywhere.
pub fn is_for_everybody(name: &str) -> bool {
    matches!(name, "junit" | "markdown" | "hook" | "otel")
}

/// The reporter of this name; `None` when there is none.
///
/// # Errors
/// What is wrong with the configuration.
pub fn of(name: &str, config: &Config, setup: &mut Setup<'_>) -> Result<Option<Box<dyn Form>>, Finding> {
    let form: Box<dyn Form> = match name {
        "github" => Box::new(GitHub::new(config)?),
        "gitlab" => Box::new(GitLab::new(config)?),
        "circleci" => Box::new(CircleCi::new(config)?),
        "codefresh" => Box::new(Codefresh::new(config, setup)?),
        "buildkite" => Box::new(Buildkite::new(config)?),
        "azure" => Box::new(Azure::new(config)?),
        "teamcity" => Box::new(TeamCity::new(config)?),
        "jenkins" => Box::new(Jenkins::new(config)?),
        "junit" => Box::new(Junit),
        "markdown" => Box::new(Markdown),
        "hook" => Box::new(Hook::new(config, setup)),
        "otel" => Box::new(Otel::new(config, setup)?),
        _ => return Ok(None),
    };
    for file in form.files() {
        setup.need(Need::file(file).because("It is where the CI system, or whoever asks for it, looks."));
    }
    Ok(Some(form))
}
