//! The step that runs sortie, for each CI system that has one to paste (`.ci/steps` in the repository).

use serde_json::json;

use super::Values;

/// Where the steps, the releases and the schemas are, as OWNER/NAME on github.com.
pub const REPOSITORY: &str = "OWNER/sortie";

/// This version, by which the steps are named.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a run in CI is read with: nothing secret in the log, steps of a script's trace, and what it says of files.
pub(super) const PLUGINS: [&str; 3] = ["redact", "steps", "annotations"];

/// The JSON Schema of `sortie.toml`.
pub(super) const SCHEMA: &str = concat!(
    "https://raw.githubusercontent.com/OWNER/sortie/v",
    env!("CARGO_PKG_VERSION"),
    "/host/schema/settings.schema.json"
);

/// A CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum System {
    /// GitHub Actions.
    #[value(name = "github")]
    GitHub,
    /// GitLab CI/CD.
    #[value(name = "gitlab")]
    GitLab,
    /// CircleCI.
    #[value(name = "circleci")]
    CircleCi,
    /// Codefresh.
    #[value(name = "codefresh")]
    Codefresh,
}

impl System {
    /// Where it looks for its file.
    pub fn path(self) -> &'static str {
        match self {
            Self::GitHub => ".github/workflows/sortie.yml",
            Self::GitLab => ".gitlab-ci.yml",
            Self::CircleCi => ".circleci/config.yml",
            Self::Codefresh => "codefresh.yml",
        }
    }

    /// What is still to be done for it, in a sentence's words.
    pub fn next(self) -> &'static str {
        match self {
            Self::GitHub => "let the role trust token.actions.githubusercontent.com for sts.amazonaws.com",
            Self::GitLab => "let the role trust your GitLab server for sts.amazonaws.com",
            Self::CircleCi => {
                "let the role trust oidc.circleci.com/org/ORGANISATION for sts.amazonaws.com, and make a context `aws`"
            }
            Self::Codefresh => "let the role trust oidc.codefresh.io for sts.amazonaws.com",
        }
    }
}

/// The file with the step.
pub(super) fn text(system: System, values: &Values) -> String {
    match system {
        System::GitHub => format!(
            "name: sortie\n\
             on: workflow_dispatch\n\
             permissions:\n  contents: read\n  id-token: write\n\
             jobs:\n  sortie:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: {REPOSITORY}@v{VERSION}\n        with:\n{}",
            inputs(values, 10, &["role-to-assume", "security-groups", "subnets"], str::to_owned)
        ),
        System::GitLab => format!(
            "include:\n  - component: $CI_SERVER_FQDN/{REPOSITORY}/sortie@{VERSION}\n    inputs:\n      stage: deploy\n{}",
            inputs(values, 6, &["role-arn", "security-groups", "subnets"], str::to_owned)
        ),
        System::CircleCi => format!(
            "version: 2.1\norbs:\n  sortie: {}@{VERSION}\nworkflows:\n  sortie:\n    jobs:\n      - sortie/run-task:\n          \
             name: sortie\n          context: aws\n{}{}",
            REPOSITORY.to_lowercase(),
            inputs(values, 10, &["role-arn", "security-groups", "subnets"], str::to_owned),
            clean_up(values)
        ),
        System::Codefresh => format!(
            "version: '1.0'\nsteps:\n  sortie:\n    title: sortie\n    type: {REPOSITORY}:{VERSION}\n    arguments:\n{}",
            inputs(values, 6, &["role-arn", "security-groups", "subnets"], |key| key
                .to_uppercase()
                .replace('-', "_"))
        ),
    }
}

/// CircleCI's second job: after a cancel no further step of the first one runs.
fn clean_up(values: &Values) -> String {
    let lines = [
        ("cluster", &values.cluster, "the same"),
        ("region", &values.region, "the same"),
        ("role-arn", &values.role, "the same"),
    ];
    let lines = lines.map(|(key, value, how)| line(10, key, value.as_deref(), how)).concat();
    format!(
        "      # Stops what a cancelled job has left.\n      - sortie/clean-up:\n          name: sortie-clean-up\n          \
         context: aws\n{lines}          requires:\n            - sortie: [canceled, failed]\n"
    )
}

/// The step's inputs, a line each; `named` are its words for role, security groups and subnets, and `spell` how
/// it writes a name.
fn inputs(values: &Values, indent: usize, named: &[&str; 3], spell: fn(&str) -> String) -> String {
    let [role, groups, subnets] = *named;
    let list = |values: &[String]| Some(values.join(",")).filter(|list| !list.is_empty());
    let what = match (&values.task_definition, &values.image) {
        (None, Some(image)) => ("image", Some(image.clone()), ""),
        (definition, _) => ("task-definition", definition.clone(), "aws ecs list-task-definition-families"),
    };
    let command = Some(words(&values.command)).filter(|command| !command.is_empty());
    let lines = [
        ("cluster", values.cluster.clone(), "aws ecs list-clusters"),
        what,
        (subnets, list(&values.subnets), "aws ec2 describe-subnets"),
        (groups, list(&values.security_groups), "aws ec2 describe-security-groups"),
        ("region", values.region.clone(), "such as eu-west-1"),
        (
            role,
            values.role.clone(),
            "ARN of the role that the job takes; sortie plan --iam prints its policy",
        ),
        ("timeout", Some("20m".to_owned()), ""),
        ("args", Some(PLUGINS.map(|name| format!("--plugin {name}")).join(" ")), ""),
        ("command", command, "what runs in the container, such as ./deploy.sh --env dev"),
    ];
    lines.into_iter().map(|(key, value, how)| line(indent, &spell(key), value.as_deref(), how)).collect()
}

/// An input: its value, or how to find it.
fn line(indent: usize, key: &str, value: Option<&str>, how: &str) -> String {
    match value {
        // A text in JSON is one in YAML.
        Some(value) => format!("{:indent$}{key}: {}\n", "", json!(value)),
        None => format!("{:indent$}# {key}: …  # {how}\n", ""),
    }
}

/// Words as a shell reads them, and `xargs`.
fn words(command: &[String]) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&byte);
    let word = |word: &String| match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    command.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            cluster: Some("ci".to_owned()),
            task_definition: Some("deploy".to_owned()),
            region: Some("eu-west-1".to_owned()),
            subnets: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
            command: ["sh", "-c", "echo it's: #1"].map(str::to_owned).to_vec(),
            ..Values::default()
        }
    }

    #[test]
    fn a_step_has_what_is_known_and_says_how_to_find_the_rest() {
        insta::assert_snapshot!("github", text(System::GitHub, &values()));
        insta::assert_snapshot!("circleci", text(System::CircleCi, &values()));
        insta::assert_snapshot!("codefresh", text(System::Codefresh, &values()));
    }

    #[test]
    fn every_file_is_yaml_that_says_the_same() {
        use crate::ecs_definition::document;
        for system in [System::GitHub, System::GitLab, System::CircleCi, System::Codefresh] {
            for values in [values(), Values::default()] {
                let text = text(system, &values);
                assert!(document::parse(&text).is_ok(), "{text}");
                assert_eq!(text.contains(r#": "subnet-1,subnet-2""#), !values.subnets.is_empty(), "{text}");
                let command = r#": "sh -c 'echo it'\\''s: #1'""#;
                assert_eq!(text.contains(command), !values.command.is_empty(), "{text}");
            }
        }
    }
}
