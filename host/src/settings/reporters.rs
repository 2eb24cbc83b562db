//! `--reporter`: which of the reporters inside of the program are told what happens.
//!
//! They are plugins as any other, with their standard grants: `--reporter github` is `--plugin github`. What
//! this adds is `auto`, the default, which takes the one of the CI system around sortie.

use super::PluginSettings;
use super::layer::RawValue;
use super::places::ConfigPlaces;
use super::plugin_ref::PluginRef;
use super::quantity::quoted;
use crate::ci::Ci;
use crate::environment::Environment;
use crate::error::Error;
use crate::nearest::nearest;

/// Takes the reporter of the CI system.
pub const AUTO: &str = "auto";
/// Takes none.
pub const NONE: &str = "none";
/// The reporters that there are inside of the program.
pub const NAMES: &[&str] = &[
    "github",
    "gitlab",
    "circleci",
    "codefresh",
    "buildkite",
    "azure",
    "teamcity",
    "jenkins",
    "junit",
    "markdown",
    "hook",
    "otel",
];

/// What decides which reporter is that of the CI system.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    /// The CI system that the user named.
    pub(super) told: Option<Ci>,
    /// The environment, which tells otherwise.
    pub(super) environment: &'a Environment,
    /// `-qq`: nothing but the task's lines.
    pub(super) is_silent: bool,
}

/// The reporters of a run.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// What was asked for.
    pub(super) words: Vec<String>,
    /// What is taken.
    pub(super) plugins: Vec<PluginSettings>,
}

/// The reporters that these values ask for; no value stands for `auto`.
///
/// # Errors
/// A name that is none, or `none` beside a name.
pub(super) fn chosen(values: &[&RawValue], around: Around<'_>) -> Result<Chosen, Error> {
    let mut words: Vec<(&str, &RawValue)> = Vec::new();
    for value in values {
        for word in value.text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            check(word).map_err(|error| error.on(&value.at))?;
            if !words.iter().any(|(there, _)| *there == word) {
                words.push((word, value));
            }
        }
    }
    if let (Some((_, value)), true) = (words.iter().find(|(word, _)| *word == NONE), words.len() > 1) {
        return Err(Error::usage("`none` takes no reporter, and another one is named").on(&value.at));
    }
    if words.is_empty() {
        return Ok(Chosen { words: vec![AUTO.to_owned()], plugins: of_ci(around).into_iter().collect() });
    }
    let asked = words.iter().map(|(word, _)| (*word).to_owned()).collect();
    let reporter = |(word, value): (&str, &RawValue)| match word {
        NONE => None,
        AUTO => of_ci(around),
        name => Some(reporter(name, format!("{} {name}", value.at), &value.at)),
    };
    let mut reporters: Vec<PluginSettings> = Vec::new();
    for reporter in words.into_iter().filter_map(reporter) {
        if !reporters.iter().any(|there| there.source == reporter.source) {
            reporters.push(reporter);
        }
    }
    Ok(Chosen { words: asked, plugins: reporters })
}

/// The reporter of the CI system, if there is one of either.
fn of_ci(around: Around<'_>) -> Option<PluginSettings> {
    if around.is_silent {
        return None;
    }
    let ci = around.told.unwrap_or_else(|| Ci::detect(around.environment));
    let name = ci.name().filter(|name| NAMES.contains(name))?;
    let why = match around.told {
        Some(_) => format!("--reporter auto, and --ci says {name}"),
        None => format!("--reporter auto, and {} is set", ci.known_by().join(" and ")),
    };
    Some(reporter(name, why, ""))
}

fn reporter(name: &str, why: String, at: &str) -> PluginSettings {
    PluginSettings {
        why,
        at: at.to_owned(),
        places: ConfigPlaces::whole(at),
        ..PluginSettings::new(PluginRef::FirstParty(name.to_owned()))
    }
}

fn check(word: &str) -> Result<(), Error> {
    if word == AUTO || word == NONE || NAMES.contains(&word) {
        return Ok(());
    }
    let all = [AUTO, NONE].into_iter().chain(NAMES.iter().copied());
    let near = nearest(word, all.clone()).map(|near| format!("did you mean {near}? "));
    let hint = format!(
        "{}there are: {}; a plugin of another kind, or in a file, is taken with --plugin",
        near.unwrap_or_default(),
        all.collect::<Vec<_>>().join(", ")
    );
    Err(Error::usage(format!("{} is not a reporter", quoted(word))).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::Kind;
    use crate::plugin::Limits;
    use crate::plugin::PluginHost;
    use crate::settings::Origin;

    fn value(text: &str) -> RawValue {
        let at = "--reporter".to_owned();
        RawValue { text: text.to_owned(), origin: Origin::Flag(at.clone()), at }
    }

    fn names(texts: &[&str], variables: &[(&str, &str)], told: Option<Ci>) -> Result<Vec<String>, Error> {
        let values: Vec<RawValue> = texts.iter().map(|text| value(text)).collect();
        let values: Vec<&RawValue> = values.iter().collect();
        let environment: Environment = variables.iter().copied().collect();
        let chosen = chosen(&values, Around { told, environment: &environment, is_silent: false })?;
        Ok(chosen.plugins.into_iter().map(|plugin| format!("{}: {}", plugin.handle(), plugin.why)).collect())
    }

    #[test]
    fn the_ci_system_chooses_its_own() {
        let github = [("GITHUB_ACTIONS", "true")];
        let auto = "github: --reporter auto, and GITHUB_ACTIONS is set";
        assert_eq!(names(&[], &github, None).unwrap(), [auto]);
        assert_eq!(names(&["auto"], &github, None).unwrap(), [auto]);
        let told = "github: --reporter auto, and --ci says github";
        assert_eq!(names(&[], &[], Some(Ci::GitHub)).unwrap(), [told]);
        assert_eq!(names(&[], &github, Some(Ci::None)).unwrap(), [""; 0]);
        assert_eq!(names(&["none"], &github, None).unwrap(), [""; 0]);
        assert_eq!(names(&[], &[], None).unwrap(), [""; 0]);
        assert_eq!(names(&[], &[("CI", "true")], None).unwrap(), [""; 0]);
    }

    #[test]
    fn one_is_taken_once_whoever_asks_for_it() {
        let named = "github: --reporter github";
        let github = [("GITHUB_ACTIONS", "true")];
        assert_eq!(names(&["github", "auto,github"], &github, None).unwrap(), [named]);
    }

    #[test]
    fn wrong_names_are_refused() {
        let error = names(&["gihtub"], &[], None).unwrap_err();
        assert_eq!(error.to_string(), "--reporter: `gihtub` is not a reporter");
        assert!(error.advice().starts_with("did you mean github?"), "{}", error.advice());
        assert!(names(&["redact"], &[], None).unwrap_err().advice().contains("--plugin"));
        let error = names(&["none", "github"], &[], None).unwrap_err();
        assert_eq!(error.to_string(), "--reporter: `none` takes no reporter, and another one is named");
    }

    #[test]
    fn the_names_are_those_of_the_reporters_inside() {
        let host = PluginHost::new(Limits::default(), &Environment::default());
        let is_reporter = |name: &&str| {
            let settings = PluginSettings::new(PluginRef::FirstParty((*name).to_owned()));
            host.load(&settings).expect("it is inside").description().kind == Kind::Reporter
        };
        let inside: Vec<&str> =
            crate::plugin::first_party().map(|plugin| plugin.name).filter(is_reporter).collect();
        assert_eq!(inside, NAMES);
    }
}
