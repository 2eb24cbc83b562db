//! What a transform asks for and a plain process cannot have, said once before the launch. Settings
//! that are not for this back end are dropped, and said, where the settings are made.

use crate::spec::ContainerSpec;
use crate::spec::NetworkSpec;
use crate::spec::TaskSpec;

/// One line for everything that is left out, if there is anything.
pub(super) fn warnings(task: &TaskSpec, container: &ContainerSpec) -> Vec<String> {
    let limits = [task.cpu, task.memory, task.ephemeral_storage];
    let own_limits = [container.cpu, container.memory, container.memory_reservation];
    let asked = [
        ("an image", !container.image.is_empty()),
        ("limits", limits.iter().chain(&own_limits).any(Option::is_some)),
        ("roles", task.task_role.is_some() || task.execution_role.is_some()),
        ("a network", task.network != NetworkSpec::default()),
        ("a user", container.user.is_some()),
        ("secrets from a store", !container.secrets.is_empty()),
        ("a log driver", container.log.is_some()),
    ];
    let asked: Vec<&str> = asked.iter().filter(|(_, asked)| *asked).map(|(what, _)| *what).collect();
    match asked.is_empty() {
        true => Vec::new(),
        false => vec![format!("a plain process cannot have what a transform added: {}", asked.join(", "))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Pair;

    #[test]
    fn what_a_transform_adds_in_vain_is_said_once() {
        let mut task = TaskSpec { name: "job".into(), ..TaskSpec::default() };
        let mut container = ContainerSpec { name: "process".into(), ..ContainerSpec::default() };
        container.command = vec!["./deploy.sh".into()];
        assert_eq!(warnings(&task, &container), Vec::<String>::new());
        task.task_role = Some("arn:aws:iam::1:role/r".into());
        task.memory = Some(512);
        task.network.subnets = vec!["subnet-1".into()];
        container.image = "alpine".into();
        container.secrets = vec![Pair::new("PW", "arn")];
        assert_eq!(
            warnings(&task, &container),
            ["a plain process cannot have what a transform added: an image, limits, roles, a network, \
              secrets from a store"]
        );
    }
}
