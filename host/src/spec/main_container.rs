//! The main container: its exit code counts, and it gets the command and the environment of the
//! command line.

use super::TaskSpec;
use crate::error::Error;

/// The name of a task's main container. See [`choose`].
///
/// # Errors
///
/// As [`choose`].
pub fn main_container(task: &TaskSpec, chosen: Option<&str>) -> Result<String, Error> {
    let containers = task.containers.iter().map(|container| (container.name.as_str(), container.essential));
    choose(&task.name, containers, chosen)
}

/// The name of the main container of a task that is known by its name (or ID) and by its containers:
/// name, and whether it is essential. It is `chosen` (`--container`), or else the only essential one.
///
/// # Errors
///
/// A usage error that lists the containers: `chosen` is none of them, or nothing was chosen and no
/// container is essential, or several are.
pub fn choose<'a>(
    task: &str,
    containers: impl IntoIterator<Item = (&'a str, bool)>,
    chosen: Option<&str>,
) -> Result<String, Error> {
    let containers: Vec<(&str, bool)> = containers.into_iter().collect();
    if let Some(chosen) = chosen {
        return match containers.iter().any(|(name, _)| *name == chosen) {
            true => Ok(chosen.to_owned()),
            false => Err(unclear(task, &containers, &format!("the task has no container `{chosen}`"))),
        };
    }
    let mut essential = containers.iter().filter(|(_, essential)| *essential);
    match (essential.next(), essential.next()) {
        (Some((only, _)), None) => Ok((*only).to_owned()),
        (Some(_), Some(_)) => Err(unclear(task, &containers, "the task has several essential containers")),
        (None, _) => Err(unclear(task, &containers, "the task has no essential container")),
    }
}

fn unclear(task: &str, containers: &[(&str, bool)], what: &str) -> Error {
    if containers.is_empty() {
        return Error::usage(format!("{what}; `{task}` has no containers at all"));
    }
    let list: Vec<String> = containers
        .iter()
        .map(|(name, essential)| format!("{name}{}", if *essential { " (essential)" } else { "" }))
        .collect();
    Error::usage(format!("{what}; the containers of `{task}` are: {}", list.join(", ")))
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

    #[test]
    fn a_task_known_by_its_containers_alone_is_judged_the_same() {
        let containers = [("proxy", false), ("app", true)];
        assert_eq!(choose("4711", containers, None), Ok("app".to_owned()));
        assert_eq!(choose("4711", containers, Some("proxy")), Ok("proxy".to_owned()));
        let error = |containers: &[(&'static str, bool)], chosen| {
            choose("4711", containers.iter().copied(), chosen).expect_err("unclear").to_string()
        };
        assert_eq!(
            error(&[("a", false), ("b", false)], None),
            "the task has no essential container; the containers of `4711` are: a, b"
        );
        assert_eq!(
            error(&[("a", true), ("b", true)], None),
            "the task has several essential containers; the containers of `4711` are: a (essential), b (essential)"
        );
        assert_eq!(
            error(&containers, Some("db")),
            "the task has no container `db`; the containers of `4711` are: proxy, app (essential)"
        );
        assert_eq!(error(&[], None), "the task has no essential container; `4711` has no containers at all");
    }
}
