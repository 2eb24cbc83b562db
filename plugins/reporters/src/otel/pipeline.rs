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
type Named = (&'static [&'static str], &'static [&'static str], &'static str);

impl Pipeline {
    /// The one that the environment tells of.
    pub fn of(setup: &Setup<'_>) -> Self {
        let (name, run, url): Named = match setup.context().ci.as_deref().unwrap_or_default() {
            "github" => (&["GITHUB_WORKFLOW"], &["GITHUB_RUN_ID"], ""),
            "gitlab" => (&["CI_PIPELINE_NAME", "CI_PROJECT_PATH"], &["CI_PIPELINE_ID"], "CI_PIPELINE_URL"),
            "circleci" => (
                &["CIRCLE_PROJECT_REPONAME"],
                &["CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID"],
                "CIRCLE_BUILD_URL",
            ),
            "codefresh" => (&["CF_PIPELINE_NAME"], &["CF_BUILD_ID"], "CF_BUILD_URL"),
            "buildkite" => (&["BUILDKITE_PIPELINE_SLUG"], &["BUILDKITE_BUILD_ID"], "BUILDKITE_BUILD_URL"),
            "azure" => (&["BUILD_DEFINITIONNAME"], &["BUILD_BUILDID"], ""),
            "teamcity" => (&["TEAMCITY_BUILDCONF_NAME"], &["BUILD_NUMBER"], "BUILD_URL"),
            "jenkins" => (&["JOB_NAME"], &["BUILD_TAG"], "BUILD_URL"),
            _ => return Self::default(),
        };
        let first = |names: &[&str]| names.iter().find_map(|name| variable(setup, name)).unwrap_or_default();
        let mut pipeline = Self { name: first(name), run: first(run), url: first(&[url]) };
        let github = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY"].map(|name| first(&[name]));
        if let [server, repository] = &github
            && url.is_empty()
            && !server.is_empty()
            && !repository.is_empty()
        {
            pipeline.url = format!("{server}/{repository}/actions/runs/{}", pipeline.run);
        }
        pipeline
    }
}
