//! What Fargate demands of a task, checked before anything is sent. Every error names the flag.

use super::sizes;
use crate::ecs_definition::rules::placeholder::placeholder;
use crate::error::Error;
use crate::settings::definition_ref::is_family;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// Limits of `awsvpcConfiguration`. Source: Amazon ECS API reference, AwsVpcConfiguration.
const MAX_SUBNETS: usize = 16;
const MAX_SECURITY_GROUPS: usize = 5;

/// Limits of tags. Source: Amazon ECS API reference, RunTask, `tags`, and Tag.
const MAX_TAGS: usize = 50;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;

/// Limit of `startedBy`. Source: Amazon ECS API reference, RunTask, `startedBy`: up to 128
/// letters (uppercase and lowercase), numbers, hyphens, forward slashes and underscores.
const MAX_STARTED_BY: usize = 128;

/// Bounds of a container's `stopTimeout` on Fargate, in seconds.
/// Source: Amazon ECS API reference, ContainerDefinition, `stopTimeout`.
const STOP_TIMEOUT: std::ops::RangeInclusive<u32> = 2..=120;

/// Checks a task after all transforms.
pub(crate) fn check(task: &TaskSpec) -> Result<(), Error> {
    sizes::check(task.cpu, task.memory)?;
    if let Some(gib) = task.ephemeral_storage {
        sizes::check_ephemeral_storage(gib)?;
    }
    check_network(task)?;
    check_tags(task)?;
    if let Some(started_by) = &task.started_by {
        check_started_by(started_by)?;
    }
    for container in &task.containers {
        if container.image.is_empty() {
            return Err(Error::usage(format!("container `{}` has no image", container.name))
                .hint("set `image` in the task definition"));
        }
        if let Some(seconds) = container.stop_timeout.filter(|seconds| !STOP_TIMEOUT.contains(seconds)) {
            return Err(Error::usage(format!(
                    "container `{}` has a stop timeout of {seconds} s (--stop-timeout); Fargate takes 2 s to 120 s",
                    container.name
                )).hint("choose a time within these bounds"));
        }
    }
    check_memory(task)
}

fn check_network(task: &TaskSpec) -> Result<(), Error> {
    let network = &task.network;
    let too_many = |what: &str, flag: &str, count: usize, max: usize| {
        Error::usage(format!("{count} {what} are given ({flag}); Fargate takes at most {max}"))
            .hint("give fewer of them")
    };
    for (flag, ids) in [("--subnet", &network.subnets), ("--security-group", &network.security_groups)] {
        if let Some(id) = ids.iter().find(|id| !is_id(id)) {
            return Err(Error::usage(format!("`{id}` is no id ({flag})")).hint(hint_of_id(id)));
        }
    }
    if network.subnets.is_empty() {
        return Err(Error::usage("no subnet is given (--subnet)")
            .hint("a Fargate task is attached to at least one subnet: --subnet subnet-…"));
    }
    if network.subnets.len() > MAX_SUBNETS {
        return Err(too_many("subnets", "--subnet", network.subnets.len(), MAX_SUBNETS));
    }
    if network.security_groups.len() > MAX_SECURITY_GROUPS {
        let count = network.security_groups.len();
        return Err(too_many("security groups", "--security-group", count, MAX_SECURITY_GROUPS));
    }
    Ok(())
}

/// Checks a cluster's name or ARN.
/// Source: Amazon ECS API reference, CreateCluster, `clusterName`: up to 255 letters (uppercase and
/// lowercase), numbers, underscores, and hyphens.
pub(crate) fn check_cluster(cluster: &str) -> Result<(), Error> {
    if is_family(cluster.rsplit_once(":cluster/").map_or(cluster, |(_, name)| name)) {
        return Ok(());
    }
    Err(Error::usage(format!("`{cluster}` is no cluster (--cluster)")).hint(match placeholder(cluster) {
        Some(what) => format!("it holds {what}"),
        None => "a cluster's name has up to 255 letters, digits, hyphens and underscores".to_owned(),
    }))
}

/// Ids of EC2's resources are letters, digits and hyphens.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn hint_of_id(id: &str) -> String {
    match placeholder(id) {
        Some(what) => format!("it holds {what}"),
        None if id.contains(['[', ']', '"', '\'']) => {
            "a list is written without brackets and quotes: subnet-1,subnet-2".to_owned()
        }
        None if id.contains(char::is_whitespace) => "several are separated by commas".to_owned(),
        None => "it looks like subnet-0123abcd or sg-0123abcd".to_owned(),
    }
}

/// Source: Amazon ECS API reference, Tag: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`.
fn is_tag_text(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || "_.:/=+-@".contains(c) || (c.is_whitespace() && !c.is_control()))
}

fn check_tags(task: &TaskSpec) -> Result<(), Error> {
    if task.tags.len() > MAX_TAGS {
        return Err(Error::usage(format!(
            "{} tags are given (--tag); ECS takes at most {MAX_TAGS}",
            task.tags.len()
        ))
        .hint("give fewer tags"));
    }
    for (index, tag) in task.tags.iter().enumerate() {
        let problem = if tag.name.is_empty() {
            "has an empty key".to_owned()
        } else if tag.name.chars().count() > MAX_TAG_KEY {
            format!("has a key of more than {MAX_TAG_KEY} characters")
        } else if tag.value.chars().count() > MAX_TAG_VALUE {
            format!("has a value of more than {MAX_TAG_VALUE} characters")
        } else if !is_tag_text(&tag.name) || !is_tag_text(&tag.value) {
            "has a character that AWS does not take in tags (letters, digits, spaces and _.:/=+-@ only)"
                .to_owned()
        } else if tag.name.to_ascii_lowercase().starts_with("aws:") {
            "has a key that begins with `aws:`, which AWS keeps for itself".to_owned()
        } else if task.tags[..index].iter().any(|before| before.name == tag.name) {
            "is given twice".to_owned()
        } else {
            continue;
        };
        return Err(Error::usage(format!("tag `{}` (--tag) {problem}", tag.name)).hint("change the tag"));
    }
    Ok(())
}

fn check_started_by(started_by: &str) -> Result<(), Error> {
    let fits = !started_by.is_empty()
        && started_by.len() <= MAX_STARTED_BY
        && started_by.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte));
    if fits {
        return Ok(());
    }
    Err(Error::usage(format!("`{started_by}` cannot be who started the task (--started-by)"))
        .about("started-by")
        .hint("ECS takes 1 to 128 letters, digits, hyphens, slashes and underscores"))
}

/// Containers share the task's memory; a container cannot have more than the whole.
/// Source: Amazon ECS API reference, ContainerDefinition, `memory`.
fn check_memory(task: &TaskSpec) -> Result<(), Error> {
    let Some(whole) = task.memory else { return Ok(()) };
    let above = |container: &&ContainerSpec| container.memory.is_some_and(|memory| memory > whole);
    if let Some(container) = task.containers.iter().find(above) {
        return Err(Error::usage(format!(
            "container `{}` may have {} MiB, the task has {whole} MiB (--memory)",
            container.name,
            container.memory.unwrap_or_default()
        ))
        .hint("raise --memory, or lower the container's memory"));
    }
    let reserved: u64 = task
        .containers
        .iter()
        .filter_map(|container| container.memory_reservation.or(container.memory))
        .map(u64::from)
        .sum();
    if reserved > u64::from(whole) {
        return Err(Error::usage(format!(
            "the containers ask for {reserved} MiB in total, the task has {whole} MiB (--memory)"
        ))
        .hint("raise --memory, or lower the containers' memory"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Pair;

    fn task() -> TaskSpec {
        TaskSpec {
            name: "deploy".to_owned(),
            cpu: Some(256),
            memory: Some(512),
            network: crate::spec::NetworkSpec {
                subnets: vec!["subnet-1".to_owned()],
                ..crate::spec::NetworkSpec::default()
            },
            containers: vec![ContainerSpec {
                name: "app".to_owned(),
                image: "a:1".to_owned(),
                ..ContainerSpec::default()
            }],
            ..TaskSpec::default()
        }
    }

    #[test]
    fn every_limit_is_checked_and_names_its_flag() {
        check(&task()).expect("a good task");
        type Case = (&'static str, fn(&mut TaskSpec));
        let cases: &[Case] = &[
            ("--cpu", |task| task.cpu = Some(3)),
            ("task level", |task| task.memory = None),
            ("--ephemeral-storage", |task| task.ephemeral_storage = Some(20)),
            ("--subnet", |task| task.network.subnets.clear()),
            ("--subnet", |task| task.network.subnets = vec!["s".to_owned(); 17]),
            ("--security-group", |task| task.network.security_groups = vec!["s".to_owned(); 6]),
            ("--tag", |task| task.tags = (0..51).map(|i| Pair::new(i.to_string(), "")).collect()),
            ("--tag", |task| task.tags = vec![Pair::new("", "x")]),
            ("--tag", |task| task.tags = vec![Pair::new("a", "b|c")]),
            ("--subnet", |task| task.network.subnets = vec!["[\"subnet-1\"".to_owned()]),
            ("--security-group", |task| task.network.security_groups = vec!["sg-1 sg-2".to_owned()]),
            ("--tag", |task| task.tags = vec![Pair::new("AWS:x", "x")]),
            ("--tag", |task| task.tags = vec![Pair::new("x", "1"), Pair::new("x", "2")]),
            ("--tag", |task| task.tags = vec![Pair::new("x", "v".repeat(257))]),
            ("--started-by", |task| task.started_by = Some("a b".to_owned())),
            ("--started-by", |task| task.started_by = Some("x".repeat(129))),
            ("--stop-timeout", |task| task.containers[0].stop_timeout = Some(1)),
            ("--stop-timeout", |task| task.containers[0].stop_timeout = Some(121)),
            ("image", |task| task.containers[0].image.clear()),
            ("--memory", |task| task.containers[0].memory = Some(1024)),
            ("--memory", |task| {
                task.containers[0].memory = Some(1024);
                task.containers[0].memory_reservation = Some(128);
            }),
            ("in total", |task| {
                task.containers[0].memory = Some(512);
                task.containers.push(task.containers[0].clone());
            }),
        ];
        for (words, spoil) in cases {
            let mut task = task();
            spoil(&mut task);
            let error = check(&task).expect_err(words);
            assert!(
                error.is_usage() && error.to_string().contains(words) && !error.advice().is_empty(),
                "{words}: {error}"
            );
        }
    }

    #[test]
    fn a_cluster_is_a_name_or_an_arn() {
        for cluster in ["ci", "my_Cluster-1", "arn:aws:ecs:eu-west-1:123456789012:cluster/ci"] {
            assert_eq!(check_cluster(cluster), Ok(()), "{cluster}");
        }
        for (cluster, words) in
            [("$CLUSTER_NAME", "not replaced"), ("a b", "letters"), ("<cluster>", "placeholder")]
        {
            let error = check_cluster(cluster).expect_err(cluster);
            assert!(error.is_usage() && error.advice().contains(words), "{error} {}", error.advice());
        }
    }
}
