//! `reporters`: sortie's own reporters, in one component.
//!
//! Most of a reporter is what all of them need: the bindings, JSON, the story. One component of all of them
//! takes the place of two. The host says by which name it is used (`Context::more("first-party")`), and each
//! name has standard grants of its own in `grants/`.
//!
//! A reporter of a CI system does nothing where sortie does not run in that system: a `sortie.toml` may ask
//! for it on everybody's machine.
//!
//! - [`config`]: what a user may set.
//! - [`form`]: what a reporter does about each part of the story.
//! - [`voice`]: how it does it.
//! - [`github`], [`gitlab`], [`circleci`], [`codefresh`], [`buildkite`], [`azure`], [`teamcity`], [`jenkins`]:
//!   one a CI system.
//! - [`junit`], [`markdown`], [`hook`], [`otel`]: for everybody, wherever sortie runs.
//! - [`variables`]: outputs as environment variables, for systems that have only these.
//!
//! What there is to tell, and its Markdown, is in `sortie_story`.

pub mod azure;
pub mod buildkite;
pub mod circleci;
pub mod codefresh;
pub mod config;
pub mod form;
pub mod github;
pub mod gitlab;
pub mod hook;
pub mod jenkins;
pub mod junit;
pub mod markdown;
pub mod otel;
pub mod teamcity;
pub mod variables;
pub mod voice;

use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Effects;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Event;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Reporter;
use sortie_plugin_sdk::Setup;
use sortie_story::Heard;
use sortie_story::Story;

use config::Config;
use form::Form;
use voice::Voice;

/// The plugin.
pub struct Reporters {
    story: Story,
    /// `None` where sortie does not run in its CI system.
    form: Option<Box<dyn Form>>,
}

impl Reporter for Reporters {
    type Config = Config;
    const ABOUT: About = About::new(
        "reporters",
        env!("CARGO_PKG_VERSION"),
        "Tells a CI system what happens, in its own way: groups, annotations, summaries, outputs.",
    )
    .needs(&[
        Need::commands().because("What folds the log and shows errors is written into the log."),
        Need::any_file().because("Summaries, reports and outputs are files."),
        Need::any_env()
            .because("Names that an output has to have, the key of a signature, and what a trace is part of, are variables."),
        Need::any_http().because("A webhook is called, a trace is sent."),
    ])
    .config_schema(include_str!("../config.schema.json"));

    fn configure(config: Config, setup: &mut Setup<'_>) -> Result<Self, Finding> {
        let Some(name) = setup.context().more("first-party").map(str::to_owned) else {
            return Err(Finding::error("", "this component is part of sortie and is used by its names"));
        };
        let Some(form) = form::of(&name, &config, setup)? else {
            return Err(Finding::error("", "this component has no reporter of this name"));
        };
        let is_there = form::is_for_everybody(&name) || setup.context().ci.as_deref() == Some(name.as_str());
        if !is_there {
            setup.report(Finding::note("", format!("sortie does not run in {name}: nothing is told")));
        }
        Ok(Self { story: Story::titled(config.title), form: is_there.then_some(form) })
    }

    fn events(&self) -> Option<Vec<&'static str>> {
        Some(if self.form.is_some() { sortie_story::EVENTS.to_vec() } else { Vec::new() })
    }

    fn report(&mut self, event: &Event, effects: &mut dyn Effects) -> Result<(), Error> {
        let Self { story, form: Some(form) } = self else { return Ok(()) };
        let heard = story.hear(event);
        let mut voice = Voice::new(effects, event.at_ms);
        match heard {
            Heard::Planned => form.planned(story, &mut voice),
            Heard::Launched => form.launched(story, &mut voice),
            Heard::Step(step) => form.step(story, &step, &mut voice),
            Heard::Annotation(annotation) => form.annotation(story, &annotation, &mut voice),
            Heard::Finished => form.finished(story, &mut voice),
            Heard::Else => {}
        }
        voice.failure().map_or(Ok(()), |why| Err(Error::failed(why)))
    }
}

sortie_plugin_sdk::export!(reporter: Reporters);

#[cfg(test)]
mod tests;
