//! One form for all spellings of a definition, so that two can be compared: what would be registered with
//! what DescribeTaskDefinition answers.
//!
//! ECS answers with more than it was given: empty lists, defaults, and members that only describe the
//! registration. What means the same becomes the same here. A member that is not known to mean nothing
//! stays, so that a definition which does more is never taken for one that does less.
//!
//! Sources: Amazon ECS API reference, RegisterTaskDefinition (defaults of each member); for members that the
//! API puts into another order, the comparison of definitions in hashicorp/terraform-provider-aws
//! (`task_definition_equivalency.go`).

use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::mapping::OUTPUT_ONLY;
use crate::spec::Extra;

/// What a member is when nothing is said of it: the object's member, and the value.
const DEFAULTS: &[(&str, Default)] = &[
    ("containerDefinitions.essential", Default::Is(true)),
    ("containerDefinitions.cpu", Default::Number(0)),
    ("containerDefinitions.versionConsistency", Default::Word("enabled")),
    ("portMappings.protocol", Default::Word("tcp")),
    ("portMappings.hostPort", Default::Number(0)),
    ("healthCheck.interval", Default::Number(30)),
    ("healthCheck.timeout", Default::Number(5)),
    ("healthCheck.retries", Default::Number(3)),
    ("healthCheck.startPeriod", Default::Number(0)),
    ("restartPolicy.restartAttemptPeriod", Default::Number(300)),
    ("efsVolumeConfiguration.rootDirectory", Default::Word("/")),
    ("efsVolumeConfiguration.transitEncryption", Default::Word("DISABLED")),
    ("authorizationConfig.iam", Default::Word("DISABLED")),
    ("s3filesVolumeConfiguration.rootDirectory", Default::Word("/")),
    ("proxyConfiguration.type", Default::Word("APPMESH")),
    ("runtimePlatform.cpuArchitecture", Default::Word("X86_64")),
    ("runtimePlatform.operatingSystemFamily", Default::Word("LINUX")),
];

/// Lists whose order says nothing.
const UNORDERED: &[&str] = &[
    "containerDefinitions",
    "environment",
    "secrets",
    "secretOptions",
    "dependsOn",
    "mountPoints",
    "portMappings",
    "properties",
    "requiresCompatibilities",
    "systemControls",
    "ulimits",
    "volumes",
];

/// Maps from names that the user chose: an empty text in them is a value.
const MAPS: &[&str] = &["options", "dockerLabels", "driverOpts", "labels"];

enum Default {
    Is(bool),
    Number(u64),
    Word(&'static str),
}

impl Default {
    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Is(flag) => value == flag,
            Self::Number(number) => value.as_u64() == Some(*number),
            Self::Word(word) => value.as_str() == Some(word),
        }
    }
}

/// The canonical form of a definition, as it is registered or described. Tags are no part of it. `account`
/// is the one in which it is registered, where a role's name and its ARN mean the same.
pub fn canonical(definition: &Extra, account: &str) -> Value {
    let kept = definition
        .iter()
        .filter(|(member, _)| !OUTPUT_ONLY.contains(&member.as_str()) && *member != "tags")
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect();
    let mut value = object(&kept, "");
    same_ports(&mut value);
    for member in ["taskRoleArn", "executionRoleArn"] {
        if let Some(Value::String(role)) = value.get_mut(member)
            && let Some((partition, name)) = role.split_once(&format!(":iam::{account}:role/"))
            && partition.starts_with("arn:")
        {
            *role = name.to_owned();
        }
    }
    value
}

/// One place at which two definitions differ. `Null` stands for what is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// A path in which what has a name stands by it: `containerDefinitions[app].command`.
    pub path: String,
    /// What stands there in the first.
    pub one: Value,
    /// What stands there in the other.
    pub other: Value,
}

/// All places at which two canonical definitions differ. What stands in lists under a name is compared by
/// its name.
pub fn differences(one: &Value, other: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), one, other, &mut found);
    found
}

fn compare(path: String, one: &Value, other: &Value, found: &mut Vec<Difference>) {
    match (one, other) {
        _ if one == other => {}
        (Value::Object(a), Value::Object(b)) => {
            let null = &Value::Null;
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let dot = if path.is_empty() { "" } else { "." };
                let (a, b) = (a.get(name).unwrap_or(null), b.get(name).unwrap_or(null));
                compare(format!("{path}{dot}{name}"), a, b, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if by_name(a) && by_name(b) => {
            let null = &Value::Null;
            let names: BTreeSet<&str> = a.iter().chain(b).filter_map(name_of).collect();
            let item = |list: &[Value], name: &str| {
                list.iter().find(|item| name_of(item) == Some(name)).cloned().unwrap_or(null.clone())
            };
            for name in names {
                compare(format!("{path}[{name}]"), &item(a, name), &item(b, name), found);
            }
        }
        _ => found.push(Difference { path, one: one.clone(), other: other.clone() }),
    }
}

/// Whether every item of a list has a name of its own.
fn by_name(list: &[Value]) -> bool {
    let names: BTreeSet<&str> = list.iter().filter_map(name_of).collect();
    names.len() == list.len()
}

/// The member by which a list's item is known.
fn name_of(item: &Value) -> Option<&str> {
    item.get("name").or_else(|| item.get("containerName")).and_then(Value::as_str)
}

fn object(members: &Extra, within: &str) -> Value {
    let mut out = Map::new();
    for (member, value) in members {
        let path = format!("{within}.{member}");
        let is_default = |(end, default): &(&str, Default)| path == *end && default.is(value);
        if DEFAULTS.iter().any(is_default) {
            continue;
        }
        let value = canonical_value(value, member);
        let nothing = match &value {
            Value::Null => true,
            // Every switch but `essential` is off when nothing is said of it.
            Value::Bool(on) => !on && member != "essential",
            Value::String(text) => text.is_empty() && !MAPS.contains(&within),
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Number(_) => false,
        };
        if !nothing {
            out.insert(member.clone(), value);
        }
    }
    Value::Object(out)
}

fn canonical_value(value: &Value, member: &str) -> Value {
    match value {
        Value::Object(map) => object(map, member),
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(|value| canonical_value(value, member)).collect();
            if UNORDERED.contains(&member) {
                list.sort_by_cached_key(|value| (name_of(value).map(str::to_owned), value.to_string()));
            }
            Value::Array(list)
        }
        scalar => scalar.clone(),
    }
}

/// In the network mode awsvpc a port of the host is the container's.
fn same_ports(definition: &mut Value) {
    if definition.get("networkMode") != Some(&json!("awsvpc")) {
        return;
    }
    let containers = definition.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        let ports = container.get_mut("portMappings").and_then(Value::as_array_mut);
        for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
            if port.get("hostPort") == port.get("containerPort") {
                port.remove("hostPort");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(value: &Value) -> Value {
        canonical(value.as_object().expect("an object"), "123456789012")
    }

    /// The places at which two differ.
    fn paths(one: &Value, other: &Value) -> Vec<String> {
        differences(&form(one), &form(other)).into_iter().map(|difference| difference.path).collect()
    }

    fn registered() -> Value {
        json!({
            "family": "f", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256",
            "memory": "512", "tags": [{ "key": "k", "value": "v" }],
            "volumes": [{ "name": "v" }],
            "containerDefinitions": [
                { "name": "b", "image": "i", "essential": true, "command": ["x", ""],
                  "environment": [{ "name": "Z", "value": "" }, { "name": "A", "value": "1" }],
                  "portMappings": [{ "containerPort": 80 }], "healthCheck": { "command": ["CMD", "true"] },
                  "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "" } } },
                { "name": "a", "image": "i", "essential": false },
            ],
        })
    }

    /// As ECS answers for [`registered`].
    fn described() -> Value {
        json!({
            "taskDefinitionArn": "arn:aws:ecs:r:1:task-definition/f:1", "revision": 1, "status": "ACTIVE",
            "registeredAt": 1.5, "registeredBy": "arn:x", "compatibilities": ["EC2", "FARGATE"],
            "requiresAttributes": [{ "name": "x" }], "placementConstraints": [], "ipcMode": "",
            "enableFaultInjection": false, "pidMode": null,
            "family": "f", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256",
            "memory": "512", "volumes": [{ "name": "v", "host": {} }],
            "runtimePlatform": { "cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX" },
            "containerDefinitions": [
                { "name": "a", "image": "i", "cpu": 0, "essential": false, "environment": [],
                  "portMappings": [], "mountPoints": [], "volumesFrom": [], "systemControls": [] },
                { "name": "b", "image": "i", "cpu": 0, "essential": true, "command": ["x", ""],
                  "environment": [{ "name": "A", "value": "1" }, { "name": "Z" }],
                  "portMappings": [{ "containerPort": 80, "hostPort": 80, "protocol": "tcp" }],
                  "healthCheck": { "command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3 },
                  "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "" },
                                        "secretOptions": [] } },
            ],
        })
    }

    #[test]
    fn what_ecs_adds_to_a_definition_makes_no_difference() {
        assert_eq!(paths(&registered(), &described()), Vec::<String>::new());
    }

    #[test]
    fn whatever_a_definition_does_more_is_a_difference() {
        let pointers: &[(&str, Value, &str)] = &[
            (
                "/containerDefinitions/1/entryPoint",
                json!(["sh", "-c", "x"]),
                "containerDefinitions[b].entryPoint",
            ),
            ("/containerDefinitions/1/command", json!(["x"]), "containerDefinitions[b].command"),
            ("/containerDefinitions/1/image", json!("evil"), "containerDefinitions[b].image"),
            ("/containerDefinitions/1/user", json!("0"), "containerDefinitions[b].user"),
            ("/containerDefinitions/0/privileged", json!(true), "containerDefinitions[a].privileged"),
            ("/containerDefinitions/0/essential", json!(true), "containerDefinitions[a].essential"),
            (
                "/containerDefinitions/1/environment/0/value",
                json!("2"),
                "containerDefinitions[b].environment[A].value",
            ),
            (
                "/containerDefinitions/1/environment/1/value",
                json!("2"),
                "containerDefinitions[b].environment[Z].value",
            ),
            (
                "/containerDefinitions/1/secrets",
                json!([{ "name": "S", "valueFrom": "x" }]),
                "containerDefinitions[b].secrets",
            ),
            (
                "/containerDefinitions/1/environmentFiles",
                json!([{ "type": "s3", "value": "x" }]),
                "containerDefinitions[b].environmentFiles",
            ),
            (
                "/containerDefinitions/1/logConfiguration/options/mode",
                json!(""),
                "containerDefinitions[b].logConfiguration.options.mode",
            ),
            ("/taskRoleArn", json!("arn:x"), "taskRoleArn"),
            ("/pidMode", json!("task"), "pidMode"),
            ("/somethingNew", json!({ "a": 1 }), "somethingNew"),
            (
                "/volumes/0/efsVolumeConfiguration",
                json!({ "fileSystemId": "fs-1" }),
                "volumes[v].efsVolumeConfiguration",
            ),
            ("/runtimePlatform/cpuArchitecture", json!("ARM64"), "runtimePlatform"),
        ];
        for (pointer, value, path) in pointers {
            let mut forged = described();
            let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
            forged.pointer_mut(parent).expect("it is there")[member] = value.clone();
            assert_eq!(paths(&registered(), &forged), [*path], "{pointer}");
        }
        let mut more = described();
        let containers = more["containerDefinitions"].as_array_mut().expect("a list");
        containers.push(json!({ "name": "c", "image": "evil" }));
        assert_eq!(paths(&registered(), &more), ["containerDefinitions[c]"]);
    }

    #[test]
    fn every_default_that_is_written_out_makes_no_difference() {
        let mut short = registered();
        short["taskRoleArn"] = json!("task");
        short["proxyConfiguration"] = json!({ "containerName": "a", "properties": [
            { "name": "AppPorts", "value": "80" }, { "name": "IgnoredUID", "value": "1" }] });
        short["volumes"] = json!([
            { "name": "e", "efsVolumeConfiguration": { "fileSystemId": "fs-1" } },
            { "name": "s", "s3filesVolumeConfiguration": { "fileSystemArn": "arn:x" } },
        ]);
        short["containerDefinitions"][1]["restartPolicy"] = json!({ "enabled": true });
        let mut long = described();
        long["taskRoleArn"] = json!("arn:aws:iam::123456789012:role/task");
        long["proxyConfiguration"] = json!({ "type": "APPMESH", "containerName": "a", "properties": [
            { "name": "IgnoredUID", "value": "1" }, { "name": "AppPorts", "value": "80" }] });
        long["volumes"] = json!([
            { "name": "s", "s3filesVolumeConfiguration": { "fileSystemArn": "arn:x", "rootDirectory": "/" } },
            { "name": "e", "host": null, "efsVolumeConfiguration": {
                "fileSystemId": "fs-1", "rootDirectory": "/", "transitEncryption": "DISABLED",
                "authorizationConfig": { "iam": "DISABLED" } } },
        ]);
        let container = &mut long["containerDefinitions"][0];
        container["restartPolicy"] =
            json!({ "enabled": true, "ignoredExitCodes": [], "restartAttemptPeriod": 300 });
        for (member, value) in [
            ("versionConsistency", json!("enabled")),
            (
                "linuxParameters",
                json!({ "capabilities": { "add": [], "drop": [] }, "devices": [], "tmpfs": [] }),
            ),
            ("dockerLabels", json!({})),
            ("readonlyRootFilesystem", json!(false)),
            ("environmentFiles", json!([])),
            ("dependsOn", json!([])),
        ] {
            container[member] = value;
        }
        long["inferenceAccelerators"] = json!([]);
        assert_eq!(paths(&short, &long), Vec::<String>::new());
        long["taskRoleArn"] = json!("arn:aws:iam::210987654321:role/task");
        assert_eq!(paths(&short, &long), ["taskRoleArn"], "a role of another account");
    }
}
