//! Who reads what sortie writes, as far as the environment tells.

use super::render::style::Styles;
use crate::ci::Ci;
use crate::environment::Environment;
use crate::environment::Lookup;
use crate::settings::ColorChoice;

/// What the environment says about the reader of the output.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings {
    /// The CI system, which may obey what it reads.
    pub ci: Ci,
    /// `NO_COLOR` is set (no-color.org).
    no_color: bool,
    /// `FORCE_COLOR` (force-color.org) or `CLICOLOR_FORCE` (bixense.com/clicolors) is set: whoever reads
    /// the stream shows colours, although it is no terminal.
    force_color: bool,
    /// `TERM=dumb`: a terminal that knows no escape sequences.
    dumb: bool,
}

impl Surroundings {
    /// What this environment says; `ci` is what the user says of the CI system.
    pub fn of(environment: &Environment, ci: Option<Ci>) -> Self {
        let is_set = |name: &str, off: &[&str]| match environment.get(name) {
            Lookup::Missing => false,
            Lookup::Found(value) => !off.contains(&value.as_str()),
            _ => true,
        };
        Self {
            ci: ci.unwrap_or_else(|| Ci::detect(environment)),
            no_color: is_set("NO_COLOR", &[""]),
            // `0` turns nothing on: chalk's and supports-color's rule for the first, clicolors' for the second.
            force_color: is_set("FORCE_COLOR", &["", "0", "false"]) || is_set("CLICOLOR_FORCE", &["", "0"]),
            dumb: environment.get("TERM") == Lookup::Found("dumb".to_owned()),
        }
    }

    /// The styles for a stream.
    pub fn styles(self, choice: ColorChoice, is_terminal: bool) -> Styles {
        Styles::new(match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.no_color => false,
            ColorChoice::Auto => self.force_color || (is_terminal && !self.dumb),
        })
    }

    /// Whether a person looks at the terminal. Some CI systems give their steps one (Buildkite,
    /// CircleCI), and keep all that is drawn on it as lines of the log.
    pub fn has_a_viewer(self, is_terminal: bool) -> bool {
        is_terminal && !self.ci.is_some() && !self.dumb
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Surroundings {
        Surroundings::of(&variables.iter().copied().collect(), None)
    }

    fn colored(surroundings: Surroundings, choice: ColorChoice, is_terminal: bool) -> bool {
        surroundings.styles(choice, is_terminal).is_colored()
    }

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        use ColorChoice::Always;
        use ColorChoice::Auto;
        use ColorChoice::Never;
        assert!(colored(with(&[]), Auto, true) && !colored(with(&[]), Auto, false));
        assert!(!colored(with(&[("NO_COLOR", "1")]), Auto, true));
        assert!(colored(with(&[("NO_COLOR", "")]), Auto, true), "no-color.org: when not empty");
        assert!(!colored(with(&[("TERM", "dumb")]), Auto, true));
        for name in ["FORCE_COLOR", "CLICOLOR_FORCE"] {
            assert!(colored(with(&[(name, "1")]), Auto, false), "{name}");
            assert!(colored(with(&[(name, "1"), ("TERM", "dumb")]), Auto, false), "{name}");
            assert!(!colored(with(&[(name, "1"), ("NO_COLOR", "1")]), Auto, true), "{name}");
            assert!(!colored(with(&[(name, "1")]), Never, true), "{name}");
            for off in ["", "0"] {
                assert!(
                    !colored(with(&[(name, off)]), Auto, false) && colored(with(&[(name, off)]), Auto, true)
                );
            }
        }
        assert!(colored(with(&[("NO_COLOR", "1")]), Always, false) && !colored(with(&[]), Never, true));
    }

    #[test]
    fn what_the_user_says_of_the_ci_system_wins() {
        let environment = [("CI", "true"), ("GITHUB_ACTIONS", "true")].into_iter().collect();
        let ci = |told| Surroundings::of(&environment, told).ci;
        assert_eq!((ci(None), ci(Some(Ci::None)), ci(Some(Ci::GitLab))), (Ci::GitHub, Ci::None, Ci::GitLab));
    }

    #[test]
    fn a_viewer_is_a_person_at_a_terminal() {
        assert!(with(&[]).has_a_viewer(true) && !with(&[]).has_a_viewer(false));
        for variable in [("CI", "true"), ("TERM", "dumb"), ("JENKINS_URL", "https://ci.example")] {
            assert!(!with(&[variable]).has_a_viewer(true), "{variable:?}");
        }
        assert!(with(&[("CI", "false")]).has_a_viewer(true));
    }
}
