//! What a transform asks for and a plain process cannot have, said once before the launch. Settings
//! that mean nothing to a process do not get here.

use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// One line for everything that is left out, if there is anything.
pub(super) fn warnings(task: &TaskSpec, container: &ContainerSpec) -> Vec<String> {
    let asked_for = [
        ("an image", !container.image.is_empty()),
        ("CPU", task.cpu.or(container.cpu).is_some()),
        ("memory", task.memory.or(container.memory).or(container.memory_reservation).is_some()),
        ("ephemeral storage", task.ephemeral_storage.is_some()),
        ("a task role", task.task_role.is_some()),
        ("an execution role", task.execution_role.is_some()),
        ("subnets", !task.network.subnets.is_empty()),
        ("security groups", !task.network.security_groups.is_empty()),
        ("a user", container.user.is_some()),
        ("secrets from a store", !container.secrets.is_empty()),
        ("a log driver", container.log.is_some()),
    ];
    let asked_for: Vec<&str> = asked_for.iter().filter(|(_, asked)| *asked).map(|(what, _)| *what).collect();
    match asked_for.is_empty() {
        true => Vec::new(),
        false => vec![format!("ignored, since a plain process cannot have it: {}", asked_for.join(", "))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Pair;

    #[test]
    fn what_a_process_cannot_have_is_named() {
        let container = ContainerSpec { name: "app".to_owned(), ..ContainerSpec::default() };
        let task = TaskSpec::default();
        assert_eq!(warnings(&task, &container), Vec::<String>::new());
        let container = ContainerSpec { image: "alpine:3".to_owned(), ..container };
        let task = TaskSpec { task_role: Some("r".to_owned()), cpu: Some(256), ..task };
        assert_eq!(
            warnings(&task, &container),
            ["ignored, since a plain process cannot have it: an image, CPU, a task role"]
        );
        let secrets = vec![Pair::new("PW", "arn")];
        let container = ContainerSpec { image: String::new(), secrets, ..container };
        assert_eq!(
            warnings(&TaskSpec::default(), &container),
            ["ignored, since a plain process cannot have it: secrets from a store"]
        );
    }
}
