//! What the CI systems say of a run, in which variables.

use sortie_plugin_sdk::Setup;

use crate::Field;
use crate::limits;

/// A CI run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What is known of it, in a fixed order.
    pub fields: Vec<(Field, String)>,
    /// What tells the job apart from all others of the provider.
    pub identity: Vec<String>,
}

impl Run {
    /// startedBy of every task of this job.
    pub fn started_by(&self) -> String {
        limits::started_by(&self.identity.join("/"))
    }
}

/// A CI system: how it is recognised, and where it says what.
struct Provider {
    name: &'static str,
    /// All of them are set, and the first one has the value, if one is given.
    detect: &'static [&'static str],
    value: Option<&'static str>,
    /// For each field, variables of which the first that is set counts.
    fields: &'static [(Field, &'static [&'static str])],
    /// Variables that together name the job.
    identity: &'static [&'static str],
}

// Sources: GitHub "Default environment variables"; GitLab "Predefined CI/CD variables"; CircleCI
// "Project values and variables"; Codefresh "Variables".
const PROVIDERS: &[Provider] = &[
    Provider {
        name: "github",
        detect: &["GITHUB_ACTIONS"],
        value: Some("true"),
        fields: &[
            (Field::Repository, &["GITHUB_REPOSITORY"]),
            (Field::RunId, &["GITHUB_RUN_ID"]),
            (Field::RunAttempt, &["GITHUB_RUN_ATTEMPT"]),
            (Field::Job, &["GITHUB_JOB"]),
            (Field::Commit, &["GITHUB_SHA"]),
            // Of a pull request GITHUB_REF_NAME is `12/merge`; people look for the branch.
            (Field::Ref, &["GITHUB_HEAD_REF", "GITHUB_REF_NAME"]),
            (Field::Actor, &["GITHUB_ACTOR"]),
        ],
        identity: &["GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB"],
    },
    Provider {
        name: "gitlab",
        detect: &["GITLAB_CI"],
        value: Some("true"),
        fields: &[
            (Field::Repository, &["CI_PROJECT_PATH"]),
            (Field::RunId, &["CI_PIPELINE_ID"]),
            (Field::Job, &["CI_JOB_NAME"]),
            (Field::Commit, &["CI_COMMIT_SHA"]),
            (Field::Ref, &["CI_COMMIT_REF_NAME"]),
            (Field::Url, &["CI_JOB_URL", "CI_PIPELINE_URL"]),
            (Field::Actor, &["GITLAB_USER_LOGIN"]),
        ],
        // CI_JOB_ID is unique on its server and new for each retry.
        identity: &["CI_PROJECT_PATH", "CI_JOB_ID"],
    },
    Provider {
        name: "circleci",
        detect: &["CIRCLECI"],
        value: Some("true"),
        fields: &[
            (Field::Repository, &["CIRCLE_PROJECT_REPONAME"]),
            (Field::RunId, &["CIRCLE_WORKFLOW_ID"]),
            (Field::Job, &["CIRCLE_JOB"]),
            (Field::Commit, &["CIRCLE_SHA1"]),
            (Field::Ref, &["CIRCLE_TAG", "CIRCLE_BRANCH"]),
            (Field::Url, &["CIRCLE_BUILD_URL"]),
            (Field::Actor, &["CIRCLE_USERNAME"]),
        ],
        // The workflow and the job's name: a clean-up job of the same workflow knows both.
        identity: &["CIRCLE_WORKFLOW_ID", "CIRCLE_JOB", "CIRCLE_NODE_INDEX"],
    },
    Provider {
        name: "codefresh",
        detect: &["CF_BUILD_ID", "CF_BUILD_URL"],
        value: None,
        fields: &[
            (Field::Repository, &["CF_REPO_NAME"]),
            (Field::RunId, &["CF_BUILD_ID"]),
            (Field::Job, &["CF_STEP_NAME"]),
            (Field::Commit, &["CF_REVISION"]),
            (Field::Ref, &["CF_BRANCH"]),
            (Field::Url, &["CF_BUILD_URL"]),
            (Field::Actor, &["CF_BUILD_INITIATOR"]),
        ],
        identity: &["CF_BUILD_ID", "CF_STEP_NAME"],
    },
];

/// Every variable that is read, in alphabetical order: those above, and the ones from which something is
/// put together.
pub const VARIABLES: [&str; 39] = [
    "CF_BRANCH",
    "CF_BUILD_ID",
    "CF_BUILD_INITIATOR",
    "CF_BUILD_URL",
    "CF_REPO_NAME",
    "CF_REPO_OWNER",
    "CF_REVISION",
    "CF_STEP_NAME",
    "CIRCLECI",
    "CIRCLE_BRANCH",
    "CIRCLE_BUILD_URL",
    "CIRCLE_JOB",
    "CIRCLE_NODE_INDEX",
    "CIRCLE_PROJECT_REPONAME",
    "CIRCLE_PROJECT_USERNAME",
    "CIRCLE_SHA1",
    "CIRCLE_TAG",
    "CIRCLE_USERNAME",
    "CIRCLE_WORKFLOW_ID",
    "CI_COMMIT_REF_NAME",
    "CI_COMMIT_SHA",
    "CI_JOB_ID",
    "CI_JOB_NAME",
    "CI_JOB_URL",
    "CI_PIPELINE_ID",
    "CI_PIPELINE_URL",
    "CI_PROJECT_PATH",
    "GITHUB_ACTIONS",
    "GITHUB_ACTOR",
    "GITHUB_HEAD_REF",
    "GITHUB_JOB",
    "GITHUB_REF_NAME",
    "GITHUB_REPOSITORY",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_SERVER_URL",
    "GITHUB_SHA",
    "GITLAB_CI",
    "GITLAB_USER_LOGIN",
];

/// Whether this is a CI system whose runs are recognised, by the name that sortie has for it.
pub fn is_known(ci: &str) -> bool {
    PROVIDERS.iter().any(|provider| provider.name == ci)
}

/// The CI run that this is, as far as the granted variables tell.
pub fn detect(setup: &Setup<'_>) -> Option<Run> {
    let provider = PROVIDERS.iter().find(|provider| {
        provider.detect.iter().all(|name| {
            variable(setup, name).is_some_and(|value| provider.value.is_none_or(|wanted| value == wanted))
        })
    })?;
    let mut fields = vec![(Field::Provider, provider.name.to_owned())];
    for (field, names) in provider.fields {
        if let Some(value) = names.iter().find_map(|name| variable(setup, name)) {
            fields.push((*field, value));
        }
    }
    match provider.name {
        "github" => fields.extend(github_url(setup).map(|url| (Field::Url, url))),
        "circleci" => prefix_owner(&mut fields, variable(setup, "CIRCLE_PROJECT_USERNAME")),
        "codefresh" => prefix_owner(&mut fields, variable(setup, "CF_REPO_OWNER")),
        _ => {}
    }
    fields.sort_by_key(|(field, _)| *field);
    let identity = std::iter::once(provider.name.to_owned())
        .chain(provider.identity.iter().filter_map(|name| variable(setup, name)))
        .collect();
    Some(Run { fields, identity })
}

/// A variable's value. Not granted, not set and empty are all the same here; and Codefresh leaves
/// the literal `${{NAME}}` where a variable has no value.
fn variable(setup: &Setup<'_>, name: &str) -> Option<String> {
    let value = setup.env(name).ok().flatten()?;
    let value = value.trim();
    (!value.is_empty() && !value.starts_with("${{")).then(|| value.to_owned())
}

fn github_url(setup: &Setup<'_>) -> Option<String> {
    let server = variable(setup, "GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned());
    let repository = variable(setup, "GITHUB_REPOSITORY")?;
    let run = variable(setup, "GITHUB_RUN_ID")?;
    Some(format!("{server}/{repository}/actions/runs/{run}"))
}

/// Puts the owner before the repository's name.
fn prefix_owner(fields: &mut [(Field, String)], owner: Option<String>) {
    if let Some(owner) = owner
        && let Some((_, name)) = fields.iter_mut().find(|(field, _)| *field == Field::Repository)
    {
        *name = format!("{owner}/{name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_that_is_read_is_asked_for() {
        let put_together = ["GITHUB_SERVER_URL", "CIRCLE_PROJECT_USERNAME", "CF_REPO_OWNER"];
        let mut read: Vec<&str> = PROVIDERS
            .iter()
            .flat_map(|provider| {
                let fields = provider.fields.iter().flat_map(|(_, names)| names.iter());
                provider.detect.iter().chain(fields).chain(provider.identity)
            })
            .chain(&put_together)
            .copied()
            .collect();
        read.sort_unstable();
        read.dedup();
        assert_eq!(read, VARIABLES);
    }
}
