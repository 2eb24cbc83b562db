//! `sortie.toml` for the runs of a laptop, and for `sortie doctor` and `sortie plan`.

use serde_json::json;

use super::System;
use super::Values;
use super::step::PLUGINS;
use super::step::SCHEMA;

/// The file.
pub(super) fn text(system: System, values: &Values) -> String {
    let mut text = format!(
        "#:schema {SCHEMA}\n\
         # What `sortie run`, `sortie plan` and `sortie doctor` take where no flag says otherwise. The step in CI\n\
         # ({}) says the same for itself.\n",
        system.path()
    );
    let one = |key: &str, value: &Option<String>, how: &str| match value {
        Some(value) => format!("{key} = {}\n", json!(value)),
        None => format!("# {key} = \"…\"  # {how}\n"),
    };
    let list = |key: &str, values: &[String], how: &str| match values.is_empty() {
        false => format!("{key} = {}\n", json!(values)),
        true => format!("# {key} = [\"…\"]  # {how}\n"),
    };
    text += &one("cluster", &values.cluster, "aws ecs list-clusters");
    match (&values.task_definition, &values.image) {
        (None, Some(_)) => text += &one("image", &values.image, ""),
        _ => {
            text += &one("task-definition", &values.task_definition, "aws ecs list-task-definition-families")
        }
    }
    text += &one("region", &values.region, "such as eu-west-1");
    text += &list("subnet", &values.subnets, "aws ec2 describe-subnets");
    text += &list("security-group", &values.security_groups, "aws ec2 describe-security-groups");
    text += "timeout = \"20m\"\n\n\
             # Masks what looks like a secret; makes steps of a script's trace (bash -ex), and annotations of what the\n\
             # log says of files.\n";
    text += &PLUGINS.map(|name| format!("[[plugin]]\nname = \"{name}\"\n")).join("\n");
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::file;

    #[test]
    fn what_is_known_is_set_and_what_is_not_says_how_to_find_it() {
        let unknown = text(System::GitHub, &Values::default());
        file::parse(&unknown, Path::new("sortie.toml")).expect("comments are no settings");
        assert!(unknown.contains("\n# cluster = \"…\"  # aws ecs list-clusters\n"), "{unknown}");
        let values = Values {
            cluster: Some("a \"quoted\" \\ name".to_owned()),
            image: Some("alpine:3".to_owned()),
            subnets: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
            ..Values::default()
        };
        let known = text(System::GitLab, &values);
        assert_eq!(file::text_of("cluster", &known), values.cluster);
        assert!(
            known.contains("\nimage = \"alpine:3\"\nregion")
                || known.contains("\nimage = \"alpine:3\"\n# region")
        );
        assert!(known.contains("\nsubnet = [\"subnet-1\",\"subnet-2\"]\n"), "{known}");
        file::parse(&known, Path::new("sortie.toml")).expect("it is read");
    }
}
