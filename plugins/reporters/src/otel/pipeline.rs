//! What the CI system calls the pipeline, and the run of it, that sortie is part of.
//!
//! Sources: the lists of predefined variables of GitHub Actions, GitLab, CircleCI, Codefresh, Buildkite, Azure
//! Pipelines, TeamCity and Jenkins.

use sortie_plugin_sdk::Setup;

use super::variable;

/// A run of a pipeline. What is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pipeline {
    /// Of the pipeline; people gave it.
    pub name: String,
    /// Of its run.
    pub run: String,
    /// The page of its run.
    pub url: String,
}

/// Variables that hold a pipeline's name, its run's id and its run's page; of several the first that is set.
struct Named {
    ci: &'static str,
    name: &'static [&'static str],
    run: &'static [&'static str],
    url: &'static [&'static str],
}

const NAMED: [Named; 8] = [
    Named { ci: GITHUB, name: &["GITHUB_WORKFLOW"], run: &["GITHUB_RUN_ID"], url: &[] },
    Named {
        ci: "gitlab",
        name: &["CI_PIPELINE_NAME", "CI_PROJECT_PATH"],
        run: &["CI_PIPELINE_ID"],
        url: &["CI_PIPELINE_URL"],
    },
    Named {
        ci: "circleci",
        name: &["CIRCLE_PROJECT_REPONAME"],
        run: &["CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID"],
        url: &["CIRCLE_BUILD_URL"],
    },
    Named { ci: "codefresh", name: &["CF_PIPELINE_NAME"], run: &["CF_BUILD_ID"], url: &["CF_BUILD_URL"] },
    Named {
        ci: "buildkite",
        name: &["BUILDKITE_PIPELINE_SLUG"],
        run: &["BUILDKITE_BUILD_ID"],
        url: &["BUILDKITE_BUILD_URL"],
    },
    Named { ci: "azure", name: &["BUILD_DEFINITIONNAME"], run: &["BUILD_BUILDID"], url: &[] },
    Named { ci: "teamcity", name: &["TEAMCITY_BUILDCONF_NAME"], run: &["BUILD_NUMBER"], url: &["BUILD_URL"] },
    Named { ci: "jenkins", name: &["JOB_NAME"], run: &["BUILD_TAG"], url: &["BUILD_URL"] },
];

const GITHUB: &str = "github";

/// What the page of a run in GitHub is made of, with the run's id.
const GITHUB_PAGE: [&str; 2] = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY"];

impl Pipeline {
    /// The one that the environment tells of.
    pub fn of(setup: &Setup<'_>) -> Self {
        let ci = setup.context().ci.as_deref();
        let Some(named) = NAMED.iter().find(|named| ci == Some(named.ci)) else { return Self::default() };
        let first = |names: &[&str]| names.iter().find_map(|name| variable(setup, name)).unwrap_or_default();
        let mut pipeline = Self { name: first(named.name), run: first(named.run), url: first(named.url) };
        if named.ci == GITHUB
            && let [Some(server), Some(repository)] = GITHUB_PAGE.map(|name| variable(setup, name))
        {
            pipeline.url = format!("{server}/{repository}/actions/runs/{}", pipeline.run);
        }
        pipeline
    }
}

#[cfg(test)]
mod tests {
    use sortie_plugin_sdk::Context;
    use sortie_plugin_sdk::testing::FakeEnvironment;

    use super::*;

    #[test]
    fn each_system_names_its_pipeline_by_variables_that_are_granted() {
        let grants = include_str!("../../grants/otel.toml");
        for named in &NAMED {
            let all = [named.name, named.run, named.url].concat();
            for variable in all.iter().chain(&GITHUB_PAGE) {
                assert!(grants.contains(&format!("\"env:{variable}\",\n")), "{variable}");
            }
            let mut context = Context::for_tests();
            context.ci = Some(named.ci.to_owned());
            let environment = FakeEnvironment::new();
            // The last of each is enough.
            let environment = [(named.name, "a"), (named.run, "b"), (named.url, "c")]
                .into_iter()
                .filter_map(|(names, value)| Some((names.last()?, value)))
                .fold(environment, |environment, (name, value)| environment.set(name, value));
            let pipeline = Pipeline::of(&Setup::new(&environment, &context));
            let url = if named.url.is_empty() { "" } else { "c" };
            assert_eq!((&*pipeline.name, &*pipeline.run, &*pipeline.url), ("a", "b", url), "{}", named.ci);
        }
        assert_eq!(
            Pipeline::of(&Setup::new(&FakeEnvironment::new(), &Context::for_tests())),
            Pipeline::default()
        );
    }
}
