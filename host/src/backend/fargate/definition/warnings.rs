//! What a person should know about a task before it is launched.

use super::log_mode;
use crate::spec::ContainerSpec;
use crate::spec::EnvValue;
use crate::spec::TaskSpec;

/// Warnings about a task, one line each. `default_log_mode` is the account's, where it is known.
pub(crate) fn warnings(task: &TaskSpec, default_log_mode: Option<&str>) -> Vec<String> {
    let mut list: Vec<String> = task.containers.iter().filter_map(about_logs).collect();
    list.extend(about_modes(task, default_log_mode));
    let needs_role = task
        .containers
        .iter()
        .any(|container| container.log.as_ref().is_some_and(|log| log.driver == "awslogs"));
    if needs_role && task.execution_role.is_none() {
        list.push(
            "the task has no execution role, and on Fargate the awslogs driver writes with it: give \
             --execution-role, a role with logs:CreateLogStream and logs:PutLogEvents (and logs:CreateLogGroup \
             if the group does not exist yet)"
                .to_owned(),
        );
    }
    if task.network.assign_public_ip {
        list.push("the task gets a public IP address (--assign-public-ip)".to_owned());
    }
    let secrets: Vec<&str> = task
        .containers
        .iter()
        .flat_map(|container| &container.env)
        .filter(|variable| matches!(variable.value, EnvValue::Secret(_)))
        .map(|variable| variable.name.as_str())
        .collect();
    if !secrets.is_empty() {
        list.push(format!(
            "the values of {} travel as environment overrides: anyone who may call ecs:DescribeTasks can read them; \
             to hide them, keep them in SSM Parameter Store or Secrets Manager and name them in `secrets` of the \
             task definition",
            secrets.join(", ")
        ));
    }
    list
}

/// What may go wrong with a container's lines.
fn about_logs(container: &ContainerSpec) -> Option<String> {
    let name = &container.name;
    let Some(log) = &container.log else {
        return Some(format!(
            "container `{name}` has no log configuration: its output is lost (--log-group gives it one)"
        ));
    };
    if log.driver != "awslogs" {
        return Some(format!(
            "container `{name}` logs through `{}`, which sortie cannot read: its lines will not be shown",
            log.driver
        ));
    }
    if log.option("awslogs-stream-prefix").is_none_or(str::is_empty) {
        return Some(format!(
            "container `{name}` has no awslogs-stream-prefix, which Fargate demands and without which its log \
             stream cannot be found"
        ));
    }
    None
}

/// Containers whose lines may be dropped, in one sentence.
fn about_modes(task: &TaskSpec, default: Option<&str>) -> Option<String> {
    let dropping = |container: &&ContainerSpec| {
        log_mode::of(container, default).is_some_and(|(mode, _)| mode != "blocking")
    };
    let containers: Vec<&ContainerSpec> = task.containers.iter().filter(dropping).collect();
    let (_, buffer) = log_mode::of(containers.first()?, default)?;
    let names: Vec<String> = containers.iter().map(|container| format!("`{}`", container.name)).collect();
    let set = containers
        .iter()
        .all(|container| container.log.as_ref().is_some_and(|log| log.option("mode").is_some()));
    let why = match (set, default) {
        (true, _) => "",
        (false, Some(_)) => " (this account's default)",
        (false, None) => " (by default)",
    };
    Some(format!(
        "container{} {} may lose log lines: awslogs is non-blocking{why} and drops what does not fit into its buffer \
         ({buffer}); `mode: blocking` in the log configuration keeps every line",
        if names.len() == 1 { "" } else { "s" },
        names.join(", "),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::EnvVar;
    use crate::spec::LogConfig;
    use crate::spec::Pair;

    fn task(log: Option<(&str, &[(&str, &str)])>) -> TaskSpec {
        TaskSpec {
            execution_role: Some("r".to_owned()),
            containers: vec![ContainerSpec {
                name: "app".to_owned(),
                log: log.map(|(driver, options)| LogConfig {
                    driver: driver.to_owned(),
                    options: options.iter().map(|(name, value)| Pair::new(*name, *value)).collect(),
                }),
                ..ContainerSpec::default()
            }],
            ..TaskSpec::default()
        }
    }

    #[test]
    fn a_blocking_stream_is_fine() {
        let good = task(Some(("awslogs", &[("awslogs-stream-prefix", "p"), ("mode", "blocking")])));
        assert_eq!(warnings(&good, None), Vec::<String>::new());
        assert_eq!(warnings(&good, Some("non-blocking")), Vec::<String>::new());
        let unset = task(Some(("awslogs", &[("awslogs-stream-prefix", "p")])));
        assert_eq!(warnings(&unset, Some("blocking")), Vec::<String>::new(), "the account's default counts");
        assert!(warnings(&unset, Some("non-blocking"))[0].contains("this account's default"));
    }

    #[test]
    fn several_containers_that_may_lose_lines_are_one_warning() {
        let mut two = task(Some(("awslogs", &[("awslogs-stream-prefix", "p")])));
        two.containers.push(ContainerSpec { name: "side".to_owned(), ..two.containers[0].clone() });
        let list = warnings(&two, None);
        assert!(list.len() == 1 && list[0].contains("containers `app`, `side` may lose"), "{list:?}");
    }

    #[test]
    fn every_way_to_lose_lines_is_said() {
        let prefix = ("awslogs-stream-prefix", "p");
        let cases: [(TaskSpec, &str); 5] = [
            (task(None), "no log configuration"),
            (task(Some(("splunk", &[]))), "`splunk`"),
            (task(Some(("awslogs", &[("mode", "blocking")]))), "awslogs-stream-prefix"),
            (task(Some(("awslogs", &[prefix]))), "non-blocking (by default)"),
            (task(Some(("awslogs", &[prefix, ("mode", "non-blocking"), ("max-buffer-size", "25m")]))), "25m"),
        ];
        for (task, words) in cases {
            let list = warnings(&task, None);
            assert!(list.len() == 1 && list[0].contains(words), "{words}: {list:?}");
        }
    }

    #[test]
    fn secrets_are_named_without_their_values() {
        let mut task = task(Some(("awslogs", &[("awslogs-stream-prefix", "p"), ("mode", "blocking")])));
        task.execution_role = None;
        task.network.assign_public_ip = true;
        task.containers[0]
            .env
            .push(EnvVar { name: "TOKEN".to_owned(), value: EnvValue::Secret("hunter2".to_owned()) });
        let list = warnings(&task, None);
        assert_eq!(list.len(), 3, "{list:?}");
        assert!(list[2].contains("TOKEN") && !list.join("").contains("hunter2"));
    }
}
