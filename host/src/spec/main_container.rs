//! Which container is meant: the one whose exit code counts, and which gets the command and the
//! environment of the command line.

use super::TaskSpec;
use crate::error::Error;

/// The name of the main container: `chosen` (`--container`) where it is given, else the only
/// essential container.
///
/// # Errors
///
/// A usage error that lists the containers: `chosen` names none of them, or nothing was chosen
/// and the task has no essential container, or several.
pub fn main_container(task: &TaskSpec, chosen: Option<&str>) -> Result<String, Error> {
    if let Some(chosen) = chosen {
        if task.containers.iter().any(|container| container.name == chosen) {
            return Ok(chosen.to_owned());
        }
        return Err(ambiguous(task, format!("the task has no container `{chosen}`")));
    }
    let mut essential = task.containers.iter().filter(|container| container.essential);
    match (essential.next(), essential.next()) {
        (Some(only), None) => Ok(only.name.clone()),
        (Some(_), Some(_)) => Err(ambiguous(task, "the task has several essential containers".to_owned())),
        (None, _) => Err(ambiguous(task, "the task has no essential container".to_owned())),
    }
}

fn ambiguous(task: &TaskSpec, what: String) -> Error {
    let list: Vec<String> = task
        .containers
        .iter()
        .map(|container| {
            let mark = if container.essential { " (essential)" } else { "" };
            format!("{}{mark}", container.name)
        })
        .collect();
    Error::usage(format!("{what}; the containers of `{}` are: {}", task.name, list.join(", ")))
        .hint("choose the container whose exit code counts with --container NAME")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ContainerSpec;

    fn task(containers: &[(&str, bool)]) -> TaskSpec {
        TaskSpec {
            name: "deploy".to_owned(),
            containers: containers
                .iter()
                .map(|(name, essential)| ContainerSpec {
                    name: (*name).to_owned(),
                    essential: *essential,
                    ..ContainerSpec::default()
                })
                .collect(),
            ..TaskSpec::default()
        }
    }

    #[test]
    fn the_only_essential_container_is_the_main_one_wherever_it_stands() {
        let task = task(&[("proxy", false), ("app", true)]);
        assert_eq!(main_container(&task, None).expect("one is essential"), "app");
    }

    #[test]
    fn a_chosen_container_need_not_be_essential() {
        let task = task(&[("proxy", false), ("app", true)]);
        assert_eq!(main_container(&task, Some("proxy")).expect("it exists"), "proxy");
    }

    #[test]
    fn doubt_is_a_usage_error_that_lists_the_containers() {
        for (task, chosen) in [
            (task(&[("a", true), ("b", true)]), None),
            (task(&[("a", false), ("b", false)]), None),
            (task(&[("a", true), ("b", false)]), Some("c")),
        ] {
            let error = main_container(&task, chosen).expect_err("ambiguous");
            assert!(error.is_usage());
            assert!(error.to_string().contains("are: a") && error.to_string().contains("b"), "{error}");
            assert!(error.advice().contains("--container"));
        }
    }
}
