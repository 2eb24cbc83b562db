//! Port mappings. With awsvpc the containers of a task share its network interface, and a port of the host is
//! the container's.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::ecs_definition::rules::Finding;
use crate::ecs_definition::rules::items;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// Longest name of a port. Source: Amazon ECS API reference, PortMapping, `name`.
const MAX_NAME: usize = 64;

pub(super) fn check(task: &TaskSpec, found: &mut Vec<Finding>) {
    let mut taken = BTreeSet::new();
    for container in &task.containers {
        for port in items(&container.extra, "portMappings") {
            mapping(container, port, found);
            let Some(number) = port.get("containerPort").and_then(Value::as_i64) else { continue };
            let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("tcp").to_owned();
            // "TCP host port '3000' is mapped multiple times in task."
            if !taken.insert((protocol.clone(), number)) {
                let message = format!("the {protocol} port {number} is mapped twice in the task");
                found.push(Finding::refused(
                    message,
                    "the containers of a task share one network interface: give each port once",
                ));
            }
        }
    }
}

fn mapping(container: &ContainerSpec, port: &Value, found: &mut Vec<Finding>) {
    let mut refused = |what: String, hint: &str| {
        found.push(Finding::refused(format!("container `{}`: {what}", container.name), hint));
    };
    let number = |member: &str| port.get(member).and_then(Value::as_i64);
    let text = |member: &str| port.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (inner, outer, range) = (number("containerPort"), number("hostPort"), text("containerPortRange"));
    match (inner, range) {
        // "Invalid 'containerPort' setting for container"
        (None, None) => refused("a port mapping has no `containerPort`".to_owned(), ""),
        (Some(_), Some(_)) => refused(
            "a port mapping has both `containerPort` and `containerPortRange`".to_owned(),
            "make two of it",
        ),
        (None, Some(range)) if !is_range(range) => {
            refused("a `containerPortRange` is no range of ports".to_owned(), "for example 8000-8010")
        }
        _ => {}
    }
    if inner.is_some_and(|port| !(1..=65_535).contains(&port))
        || outer.is_some_and(|port| !(0..=65_535).contains(&port))
    {
        refused("a port is none (1 to 65535)".to_owned(), "");
    } else if let Some(outer) = outer.filter(|outer| *outer != 0 && Some(*outer) != inner) {
        match inner {
            Some(inner) => refused(
                format!("`hostPort` {outer} is not `containerPort` {inner}"),
                "with awsvpc they are the same: leave `hostPort` out",
            ),
            None => {
                refused("a port mapping without `containerPort` has a `hostPort`".to_owned(), "leave it out")
            }
        }
    }
    if text("name").is_some_and(|name| !is_name(name)) {
        refused(
            "the name of a port is none that ECS takes".to_owned(),
            "up to 64 lower-case letters, digits, hyphens and underscores, with no hyphen at the beginning",
        );
    }
}

/// Two ports, the first below the second.
fn is_range(text: &str) -> bool {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port != 0);
    text.split_once('-').and_then(|(from, to)| Some(port(from)? <= port(to)?)).unwrap_or_default()
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    name.len() <= MAX_NAME && !name.starts_with('-') && name.bytes().all(fits)
}
