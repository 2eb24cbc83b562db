//! Rules that hold for a task on every platform. A transform's result is checked with them too.

use std::collections::BTreeSet;

use super::ContainerSpec;
use super::TaskSpec;

/// Everything that is wrong with a task, so that a person can fix it all at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("; "))]
pub struct CheckError {
    /// One line each; names only, no values.
    pub problems: Vec<String>,
}

/// Checks a task against the rules that every platform has.
pub fn check(task: &TaskSpec) -> Result<(), CheckError> {
    let mut problems = Vec::new();
    if task.containers.is_empty() {
        problems.push("the task has no container".to_owned());
    } else if !task.containers.iter().any(|container| container.essential) {
        problems.push("no container is essential, so nothing would end the task".to_owned());
    }
    let mut names = BTreeSet::new();
    for container in &task.containers {
        if container.name.is_empty() {
            problems.push("a container has no name".to_owned());
        } else if !names.insert(container.name.as_str()) {
            problems.push(format!("two containers are named `{}`", container.name));
        }
        check_container(container, &mut problems);
    }
    check_dependencies(task, &names, &mut problems);
    check_tags(task, &mut problems);
    for (what, amount) in
        [("CPU", task.cpu), ("memory", task.memory), ("ephemeral storage", task.ephemeral_storage)]
    {
        if amount == Some(0) {
            problems.push(format!("the task's {what} is 0"));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(CheckError { problems }),
    }
}

fn check_container(container: &ContainerSpec, problems: &mut Vec<String>) {
    let name = &container.name;
    let variables = container.env.iter().map(|variable| variable.name.as_str());
    let secrets = container.secrets.iter().map(|secret| secret.name.as_str());
    let mut seen = BTreeSet::new();
    for variable in variables.chain(secrets) {
        if variable.is_empty() || variable.contains(['=', '\0']) {
            problems.push(format!(
                "container `{name}`: {variable:?} cannot name an environment variable (empty, or with `=` or NUL)"
            ));
        } else if !seen.insert(variable) {
            problems.push(format!("container `{name}`: environment variable `{variable}` is set twice"));
        }
    }
    for variable in container.env.iter().filter(|variable| variable.value.reveal().contains('\0')) {
        problems.push(format!(
            "container `{name}`: the value of environment variable `{}` has a NUL byte",
            variable.name
        ));
    }
    for (what, words) in [("command", &container.command), ("entry point", &container.entry_point)] {
        if words.iter().any(|word| word.contains('\0')) {
            problems.push(format!("container `{name}`: the {what} has a NUL byte"));
        }
    }
    if let (Some(soft), Some(hard)) = (container.memory_reservation, container.memory)
        && soft > hard
    {
        problems.push(format!(
            "container `{name}`: the memory reservation ({soft} MiB) is above the limit ({hard} MiB)"
        ));
    }
}

fn check_dependencies(task: &TaskSpec, names: &BTreeSet<&str>, problems: &mut Vec<String>) {
    for container in &task.containers {
        for target in container.depends_on.iter().map(|dependency| dependency.container.as_str()) {
            if !names.contains(target) {
                problems.push(format!(
                    "container `{}` depends on `{target}`, which the task does not have",
                    container.name
                ));
            }
        }
    }
    // Containers whose dependencies can all start are taken away, until nothing changes; what is
    // left waits for itself. Targets that do not exist were reported above and hold nobody up.
    let mut waiting: Vec<&ContainerSpec> = task.containers.iter().collect();
    loop {
        let blocked: BTreeSet<&str> = waiting.iter().map(|container| container.name.as_str()).collect();
        let before = waiting.len();
        waiting.retain(|container| {
            container.depends_on.iter().any(|dependency| blocked.contains(dependency.container.as_str()))
        });
        if waiting.is_empty() {
            return;
        }
        if waiting.len() == before {
            let names: Vec<&str> = waiting.iter().map(|container| container.name.as_str()).collect();
            problems.push(format!("containers wait for each other in a circle: {}", names.join(", ")));
            return;
        }
    }
}

fn check_tags(task: &TaskSpec, problems: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for tag in &task.tags {
        if tag.name.is_empty() {
            problems.push("a tag has no key".to_owned());
        } else if !seen.insert(tag.name.as_str()) {
            problems.push(format!("the tag `{}` is set twice", tag.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::Condition;
    use crate::spec::Dependency;
    use crate::spec::EnvValue;
    use crate::spec::EnvVar;
    use crate::spec::Pair;

    fn container(name: &str, depends_on: &[&str]) -> ContainerSpec {
        let depends_on = depends_on
            .iter()
            .map(|target| Dependency { container: (*target).to_owned(), condition: Condition::Start })
            .collect();
        ContainerSpec { name: name.to_owned(), essential: true, depends_on, ..ContainerSpec::default() }
    }

    fn task(containers: Vec<ContainerSpec>) -> TaskSpec {
        TaskSpec { name: "deploy".to_owned(), containers, ..TaskSpec::default() }
    }

    fn problems(task: &TaskSpec) -> Vec<String> {
        check(task).map_or_else(|error| error.problems, |()| Vec::new())
    }

    #[test]
    fn a_plain_task_is_right() {
        assert_eq!(check(&task(vec![container("app", &["init"]), container("init", &[])])), Ok(()));
    }

    #[test]
    fn containers_are_there_named_and_essential() {
        assert_eq!(problems(&task(Vec::new())), ["the task has no container"]);
        let sidecar = ContainerSpec { essential: false, ..container("app", &[]) };
        assert_eq!(
            problems(&task(vec![sidecar])),
            ["no container is essential, so nothing would end the task"]
        );
        assert_eq!(
            problems(&task(vec![container("app", &[]), container("app", &[]), container("", &[])])),
            ["two containers are named `app`", "a container has no name"]
        );
    }

    #[test]
    fn dependencies_exist_and_end_somewhere() {
        assert_eq!(
            problems(&task(vec![container("app", &["db"])])),
            ["container `app` depends on `db`, which the task does not have"]
        );
        let circle = task(vec![container("a", &["b"]), container("b", &["a"]), container("c", &[])]);
        assert_eq!(problems(&circle), ["containers wait for each other in a circle: a, b"]);
        assert_eq!(
            problems(&task(vec![container("a", &["a"])])),
            ["containers wait for each other in a circle: a"]
        );
    }

    #[test]
    fn environment_names_are_names_and_no_value_is_shown() {
        let mut app = container("app", &[]);
        for (name, value) in [("", "s3cret"), ("A=B", "s3cret"), ("C", "s3\0cret"), ("C", "s3cret")] {
            app.env.push(EnvVar { name: name.to_owned(), value: EnvValue::Plain(value.to_owned()) });
        }
        app.secrets.push(Pair::new("C", "arn:…"));
        let problems = problems(&task(vec![app]));
        assert_eq!(problems.len(), 5, "{problems:#?}");
        assert!(problems.iter().all(|problem| !problem.contains("cret")), "{problems:#?}");
    }

    proptest! {
        #[test]
        fn any_graph_is_judged_and_only_circles_are_refused(edges in proptest::collection::vec((0usize..6, 0usize..6), 0..12)) {
            let mut containers: Vec<ContainerSpec> = (0..6).map(|n| container(&format!("c{n}"), &[])).collect();
            for (from, to) in &edges {
                containers[*from].depends_on.push(Dependency { container: format!("c{to}"), condition: Condition::Start });
            }
            // Edges that only lead to a smaller number cannot make a circle.
            let descending = edges.iter().all(|(from, to)| to < from);
            let result = check(&task(containers));
            prop_assert!(!descending || result.is_ok(), "{:?}", result);
            prop_assert!(edges.iter().all(|(from, to)| from != to) || result.is_err());
        }
    }
}
