//! Which run of the CI system this is: a name that every step of it can make again.
//!
//! It stays the same when a job is run again, as far as the system gives it one name then: attempts are not in
//! it. Where a system counts a second run as another one (Jenkins, TeamCity, Codefresh), it is another one here.

use super::Ci;
use crate::environment::Environment;

/// What every name begins with.
const FIRST: &str = "sortie";

/// Characters of a name: ECS takes no longer `startedBy`, nor other letters than digits, letters, `-`, `/` and `_`.
/// Source: Amazon ECS API reference, RunTask, `startedBy`.
const MAX: usize = 128;

/// A run of the CI system, and the step in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiRun {
    run: String,
    step: Vec<String>,
    url: Option<String>,
}

/// Variables that name a run, those that name the step in it, and the one that holds its page. Of several in one
/// place the first counts that is set. All of `run` must be there.
struct Named {
    ci: Ci,
    run: &'static [&'static [&'static str]],
    step: &'static [&'static [&'static str]],
    url: &'static str,
}

/// Sources: the lists of predefined variables that [`super::KNOWN_BY`] names. GitHub's GITHUB_ACTION is the step's
/// id, or `__run`, `__run_2` and so on. GitLab's CI_JOB_NAME holds the place in a matrix. CircleCI's pipeline stays
/// the same when a workflow is run again from a failed job, and Buildkite's build when a job is.
const NAMED: [Named; 12] = [
    Named {
        ci: Ci::GitHub,
        run: &[&["GITHUB_REPOSITORY"], &["GITHUB_RUN_ID"]],
        step: &[&["GITHUB_JOB"], &["GITHUB_ACTION"]],
        url: "",
    },
    Named {
        ci: Ci::GitLab,
        run: &[&["CI_PROJECT_PATH", "CI_PROJECT_ID"], &["CI_PIPELINE_ID"]],
        step: &[&["CI_JOB_NAME"]],
        url: "CI_JOB_URL",
    },
    Named {
        ci: Ci::Azure,
        run: &[&["SYSTEM_TEAMPROJECT"], &["BUILD_BUILDID"]],
        step: &[&["SYSTEM_STAGENAME"], &["SYSTEM_JOBNAME"], &["SYSTEM_JOBPOSITIONINPHASE"]],
        url: "",
    },
    Named {
        ci: Ci::TeamCity,
        run: &[&["TEAMCITY_PROJECT_NAME"], &["TEAMCITY_BUILDCONF_NAME"], &["BUILD_NUMBER"]],
        step: &[],
        url: "BUILD_URL",
    },
    Named {
        ci: Ci::Buildkite,
        run: &[&["BUILDKITE_PIPELINE_SLUG"], &["BUILDKITE_BUILD_NUMBER"]],
        step: &[&["BUILDKITE_STEP_KEY", "BUILDKITE_STEP_ID"], &["BUILDKITE_PARALLEL_JOB"]],
        url: "BUILDKITE_BUILD_URL",
    },
    Named {
        ci: Ci::CircleCi,
        run: &[&["CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID"]],
        step: &[&["CIRCLE_JOB"], &["CIRCLE_NODE_INDEX"]],
        url: "CIRCLE_BUILD_URL",
    },
    Named { ci: Ci::Codefresh, run: &[&["CF_BUILD_ID"]], step: &[&["CF_STEP_NAME"]], url: "CF_BUILD_URL" },
    Named { ci: Ci::Jenkins, run: &[&["BUILD_TAG"]], step: &[&["STAGE_NAME"]], url: "BUILD_URL" },
    Named {
        ci: Ci::Bitbucket,
        run: &[&["BITBUCKET_REPO_FULL_NAME", "BITBUCKET_REPO_SLUG"], &["BITBUCKET_BUILD_NUMBER"]],
        step: &[&["BITBUCKET_STEP_UUID"], &["BITBUCKET_PARALLEL_STEP"]],
        url: "",
    },
    Named {
        ci: Ci::Woodpecker,
        run: &[&["CI_REPO"], &["CI_PIPELINE_NUMBER"]],
        step: &[&["CI_WORKFLOW_NAME"], &["CI_STEP_NAME"]],
        url: "CI_STEP_URL",
    },
    Named {
        ci: Ci::Drone,
        run: &[&["DRONE_REPO"], &["DRONE_BUILD_NUMBER"]],
        step: &[&["DRONE_STAGE_NAME"], &["DRONE_STEP_NAME"]],
        url: "DRONE_BUILD_LINK",
    },
    Named { ci: Ci::CodeBuild, run: &[&["CODEBUILD_BUILD_ID"]], step: &[], url: "CODEBUILD_BUILD_URL" },
];

impl CiRun {
    /// The run of this system that the environment names, if it names one.
    pub fn of(ci: Ci, environment: &Environment) -> Option<Self> {
        let named = NAMED.iter().find(|named| named.ci == ci)?;
        // Codefresh leaves the literal where a variable has no value.
        let value = |name: &&str| environment.var(name).filter(|value| !value.trim().starts_with("${{"));
        let first = |names: &&[&str]| names.iter().find_map(value);
        let run: Option<Vec<String>> = named.run.iter().map(first).collect();
        let run = [FIRST, ci.name()?].into_iter().map(str::to_owned).chain(run?);
        let url = match ci {
            Ci::GitHub => github_url(environment),
            _ => environment.var(named.url),
        };
        Some(Self {
            run: run.collect::<Vec<_>>().join("/"),
            step: named.step.iter().filter_map(first).collect(),
            url,
        })
    }

    /// What `startedBy` of every task of the run begins with, unless it is so long that nothing can be told from
    /// its beginning.
    pub fn prefix(&self) -> Option<String> {
        let prefix = format!("{}/", self.run);
        let clean = clean(&prefix);
        // Where it was cut, or letters were replaced, a hash of it stands in it.
        (clean.len() < MAX / 2).then(|| match clean == prefix {
            true => clean,
            false => format!("{}/", fitting(&self.run)),
        })
    }

    /// Whether a task was started by this run, by its `startedBy`.
    pub fn has_started(&self, started_by: &str) -> bool {
        let prefix = self.prefix();
        prefix.is_some_and(|prefix| {
            started_by.starts_with(&prefix) || started_by == prefix.trim_end_matches('/')
        })
    }

    /// Whether a task was started by any run of a CI system, by its `startedBy`, where nobody chose another one.
    pub fn is_ones(started_by: &str) -> bool {
        started_by.strip_prefix(FIRST).is_some_and(|rest| rest.starts_with('/'))
    }

    /// `startedBy` of a task of this step; `name` tells tasks of one step apart.
    pub fn started_by(&self, name: Option<&str>) -> String {
        let run = self.prefix().unwrap_or_else(|| format!("{}/", self.run));
        let step: Vec<&str> = self.step.iter().map(String::as_str).chain(name).collect();
        match step.is_empty() {
            true => fitting(run.trim_end_matches('/')),
            false => fitting(&format!("{run}{}", step.join("/"))),
        }
    }

    /// Its page.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

/// With letters that ECS does not take replaced.
fn clean(text: &str) -> String {
    let taken = |character: char| character.is_ascii_alphanumeric() || "-/_".contains(character);
    text.chars().map(|character| if taken(character) { character } else { '_' }).collect()
}

/// The text in the letters that ECS takes, and no longer than it takes. What was changed ends in a hash of the
/// whole, so that different texts stay different.
fn fitting(text: &str) -> String {
    let clean = clean(text);
    if clean == text && clean.len() <= MAX {
        return clean;
    }
    let hash = format!("-{:016x}", fnv1a(text.as_bytes()));
    format!("{}{hash}", &clean[..clean.len().min(MAX - hash.len())])
}

/// FNV-1a, 64 bits: the same on every machine and in every version.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn github_url(environment: &Environment) -> Option<String> {
    let server = environment.var("GITHUB_SERVER_URL")?;
    let repository = environment.var("GITHUB_REPOSITORY")?;
    let run = environment.var("GITHUB_RUN_ID")?;
    Some(format!("{server}/{repository}/actions/runs/{run}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(ci: Ci, variables: &[(&str, &str)]) -> Option<CiRun> {
        CiRun::of(ci, &variables.iter().copied().collect())
    }

    const GITHUB: [(&str, &str); 6] = [
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_JOB", "deploy"),
        ("GITHUB_ACTION", "__run_2"),
    ];

    #[test]
    fn a_step_has_one_name_in_every_attempt() {
        let first = run(Ci::GitHub, &GITHUB).expect("a run");
        assert_eq!(first.started_by(None), "sortie/github/o/r/42/deploy/__run_2");
        assert_eq!(first.started_by(Some("eu")), "sortie/github/o/r/42/deploy/__run_2/eu");
        assert_eq!(first.url(), Some("https://github.com/o/r/actions/runs/42"));
        let mut again = GITHUB;
        again[3].1 = "2";
        assert_eq!(run(Ci::GitHub, &again), Some(first));
    }

    #[test]
    fn every_system_names_its_run() {
        let said = [
            run(Ci::GitLab, &[("CI_PROJECT_PATH", "g/p"), ("CI_PIPELINE_ID", "9"), ("CI_JOB_NAME", "build")]),
            run(
                Ci::CircleCi,
                &[("CIRCLE_WORKFLOW_ID", "w-1"), ("CIRCLE_JOB", "b"), ("CIRCLE_NODE_INDEX", "0")],
            ),
            run(Ci::Codefresh, &[("CF_BUILD_ID", "5f"), ("CF_STEP_NAME", "${{CF_STEP_NAME}}")]),
            run(Ci::Buildkite, &[("BUILDKITE_PIPELINE_SLUG", "p"), ("BUILDKITE_BUILD_NUMBER", "7")]),
            run(Ci::CodeBuild, &[("CODEBUILD_BUILD_ID", "p:1")]),
        ]
        .map(|run| run.expect("a run").started_by(None));
        let codebuild = said[4].clone();
        assert_eq!(
            said[..4],
            [
                "sortie/gitlab/g/p/9/build",
                "sortie/circleci/w-1/b/0",
                "sortie/codefresh/5f",
                "sortie/buildkite/p/7"
            ]
        );
        assert!(codebuild.starts_with("sortie/codebuild/p_1-"), "{codebuild}");
        for system in [Ci::None, Ci::Other, Ci::GitHub] {
            assert_eq!(run(system, &[("GITHUB_JOB", "x")]), None);
        }
    }

    proptest! {
        /// Whatever the variables hold, ECS takes the name, the steps of a run are found by its beginning, and
        /// different steps have different names.
        #[test]
        fn names_fit_and_differ(
            repository in "\\PC{1,90}", job in "\\PC{1,60}", other in "\\PC{1,60}",
        ) {
            let of = |job: &str| {
                run(Ci::GitHub, &[("GITHUB_REPOSITORY", &repository), ("GITHUB_RUN_ID", "1"), ("GITHUB_JOB", job)])
            };
            let (one, two) = (of(&job), of(&other));
            for run in one.iter().chain(&two) {
                let name = run.started_by(None);
                prop_assert!(name.len() <= MAX && clean(&name) == name, "{name}");
                if let Some(prefix) = run.prefix() {
                    prop_assert!(run.has_started(&name), "{name} {prefix}");
                }
            }
            if let (Some(one), Some(two)) = (one, two) && job != other {
                prop_assert_ne!(one.started_by(None), two.started_by(None));
            }
        }
    }
}
