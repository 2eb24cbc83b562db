//! Which CI system runs sortie. Known in this one place; everybody else asks.
//!
//! Each system is known by a variable that it sets for every step and documents; `--ci` says otherwise.
//!
//! - [`run`]: which of its runs this is.

pub mod run;

use std::time::Duration;

use crate::environment::Environment;
use crate::environment::Lookup;
pub use run::CiRun;

/// The CI system around this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ci {
    /// No CI system: a person's own machine.
    #[default]
    None,
    /// GitHub Actions, and what imitates it (Gitea, Forgejo, `act`).
    GitHub,
    /// GitLab CI.
    GitLab,
    /// Azure Pipelines.
    Azure,
    /// TeamCity.
    TeamCity,
    /// Buildkite.
    Buildkite,
    /// CircleCI.
    CircleCi,
    /// Codefresh.
    Codefresh,
    /// Jenkins.
    Jenkins,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Woodpecker.
    Woodpecker,
    /// Drone.
    Drone,
    /// AWS CodeBuild.
    CodeBuild,
    /// A CI system that is not in this list: only `CI` is set.
    Other,
}

/// The variables by which a system is known: all of them are set. Systems that obey commands in
/// the log come first: a runner of theirs may itself run within one of the others (GitHub's runners
/// on CodeBuild), and it is the inner one that reads the log.
///
/// Sources, each vendor's list of predefined variables: GitHub "Variables reference" (`GITHUB_ACTIONS`:
/// always `true`); Azure Pipelines "Predefined variables" (`TF_BUILD`); GitLab "Predefined CI/CD
/// variables" (`GITLAB_CI`); TeamCity "Predefined build parameters" (`TEAMCITY_VERSION`); Buildkite
/// "Environment variables" (`BUILDKITE`); CircleCI "Project values and variables" (`CIRCLECI`);
/// Codefresh "Variables" (it has no variable of its own name; `CF_BUILD_ID` and `CF_BUILD_URL` are in
/// every build); Jenkins "Using environment variables" (`JENKINS_URL`); Bitbucket "Variables and
/// secrets" (`BITBUCKET_BUILD_NUMBER`); Drone "Environment variables" (`DRONE`); AWS CodeBuild
/// "Environment variables in build environments" (`CODEBUILD_BUILD_ID`).
const KNOWN_BY: [(Ci, &[&str]); 11] = [
    (Ci::GitHub, &["GITHUB_ACTIONS"]),
    (Ci::Azure, &["TF_BUILD"]),
    (Ci::GitLab, &["GITLAB_CI"]),
    (Ci::TeamCity, &["TEAMCITY_VERSION"]),
    (Ci::Buildkite, &["BUILDKITE"]),
    (Ci::CircleCi, &["CIRCLECI"]),
    (Ci::Codefresh, &["CF_BUILD_ID", "CF_BUILD_URL"]),
    (Ci::Jenkins, &["JENKINS_URL"]),
    (Ci::Bitbucket, &["BITBUCKET_BUILD_NUMBER"]),
    (Ci::Drone, &["DRONE"]),
    (Ci::CodeBuild, &["CODEBUILD_BUILD_ID"]),
];

impl Ci {
    /// The system that set this environment.
    pub fn detect(environment: &Environment) -> Self {
        let known = KNOWN_BY.iter().find(|(_, names)| names.iter().all(|name| is_set(environment, name)));
        match (known, environment.get("CI")) {
            (Some((ci, _)), _) => *ci,
            // Woodpecker's "Environment variables": `CI` holds its name.
            (None, Lookup::Found(value)) if value == "woodpecker" => Self::Woodpecker,
            (None, _) if is_set(environment, "CI") => Self::Other,
            (None, _) => Self::None,
        }
    }

    /// The variables by which it is known; none for one that has no list of its own.
    pub fn known_by(self) -> &'static [&'static str] {
        KNOWN_BY.iter().find(|(ci, _)| *ci == self).map_or(&[], |(_, names)| names)
    }

    /// The word for it, as plugins know it; `None` outside of CI.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::None => return None,
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Azure => "azure",
            Self::TeamCity => "teamcity",
            Self::Buildkite => "buildkite",
            Self::CircleCi => "circleci",
            Self::Codefresh => "codefresh",
            Self::Jenkins => "jenkins",
            Self::Bitbucket => "bitbucket",
            Self::Woodpecker => "woodpecker",
            Self::Drone => "drone",
            Self::CodeBuild => "codebuild",
            Self::Other => "other",
        })
    }

    /// How much of a task's log is printed, so that what sortie says at the end is not cut off with the rest.
    ///
    /// Sources: gitlab-runner, `buffer.go` (`output_limit`: 4 MiB by default, of a job's whole log);
    /// Codefresh's documentation, "Viewing build logs" (20 MB for a step); Buildkite's, "Platform limits"
    /// (1,024 MiB for a job). What lies between is left to others who print to the same log. None of the
    /// others documents a limit of that kind.
    pub fn log_limit(self) -> Option<u64> {
        match self {
            Self::GitLab => Some(3 << 20),
            Self::Codefresh => Some(16 << 20),
            Self::Buildkite => Some(900 << 20),
            _ => None,
        }
    }

    /// How long nothing may be printed before a line says that the task is still waited for.
    ///
    /// CircleCI ends a step that prints nothing for 10 minutes ("Configuration reference",
    /// `no_output_timeout`), others where they were told so; half of it leaves room for a late line. None
    /// where there is no CI system: a person sees the live line.
    pub fn heartbeat(self) -> Option<Duration> {
        self.is_some().then_some(Duration::from_secs(5 * 60))
    }

    /// Whether there is one at all.
    pub fn is_some(self) -> bool {
        self != Self::None
    }
}

/// Whether a variable says yes: `CI=false` is how a person says that there is none.
fn is_set(environment: &Environment, name: &str) -> bool {
    match environment.get(name) {
        Lookup::Found(value) => !matches!(value.as_str(), "" | "0") && !value.eq_ignore_ascii_case("false"),
        Lookup::NotUtf8 => true,
        Lookup::Missing => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(variables: &[(&str, &str)]) -> Ci {
        Ci::detect(&variables.iter().copied().collect())
    }

    #[test]
    fn every_system_is_known_by_its_own_variables() {
        assert_eq!(detected(&[("PATH", "/bin")]), Ci::None);
        assert_eq!(detected(&[("CI", "true"), ("GITHUB_ACTIONS", "true")]), Ci::GitHub);
        assert_eq!(detected(&[("CI", "true"), ("GITLAB_CI", "true")]), Ci::GitLab);
        assert_eq!(detected(&[("TF_BUILD", "True")]), Ci::Azure);
        assert_eq!(detected(&[("TEAMCITY_VERSION", "2024.12")]), Ci::TeamCity);
        assert_eq!(detected(&[("CI", "true"), ("BUILDKITE", "true")]), Ci::Buildkite);
        assert_eq!(detected(&[("CI", "true"), ("CIRCLECI", "true")]), Ci::CircleCi);
        assert_eq!(detected(&[("CF_BUILD_ID", "5f"), ("CF_BUILD_URL", "https://g.x/5f")]), Ci::Codefresh);
        assert_eq!(detected(&[("CF_BUILD_ID", "5f")]), Ci::None, "Cloud Foundry has variables of that kind");
        assert_eq!(detected(&[("JENKINS_URL", "https://ci.example/")]), Ci::Jenkins);
        assert_eq!(detected(&[("CI", "true"), ("BITBUCKET_BUILD_NUMBER", "7")]), Ci::Bitbucket);
        assert_eq!(detected(&[("CI", "woodpecker")]), Ci::Woodpecker);
        assert_eq!(detected(&[("CI", "true"), ("DRONE", "true")]), Ci::Drone);
        assert_eq!(detected(&[("CODEBUILD_BUILD_ID", "p:1")]), Ci::CodeBuild);
        assert_eq!(detected(&[("CI", "1")]), Ci::Other);
    }

    #[test]
    fn the_runner_that_reads_the_log_wins() {
        assert_eq!(detected(&[("CODEBUILD_BUILD_ID", "p:1"), ("GITHUB_ACTIONS", "true")]), Ci::GitHub);
    }

    #[test]
    fn no_is_no() {
        for no in ["", "0", "false", "False"] {
            assert_eq!(detected(&[("CI", no), ("GITHUB_ACTIONS", no)]), Ci::None, "{no:?}");
        }
        assert!(!Ci::None.is_some() && Ci::Other.is_some());
    }
}
