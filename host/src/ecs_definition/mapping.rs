//! Task definitions, as the API writes them, to the neutral [`TaskSpec`] and back.
//!
//! What the neutral model names is moved there; every other member stays, verbatim, in `extra`.
//! The way back is the same in reverse, so an unchanged definition comes back equal, apart from
//! members that only describe a registration, and from spelling: `"0.25 vCPU"` comes back as `"256"`.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::settings::quantity;
use crate::spec::Condition;
use crate::spec::ContainerSpec;
use crate::spec::Dependency;
use crate::spec::EnvValue;
use crate::spec::EnvVar;
use crate::spec::Extra;
use crate::spec::LogConfig;
use crate::spec::Pair;
use crate::spec::TaskSpec;

/// Members of a described definition that RegisterTaskDefinition does not take: they say how and
/// when it was registered. Source: Amazon ECS API reference, TaskDefinition less
/// RegisterTaskDefinition.
pub(super) const OUTPUT_ONLY: &[&str] = &[
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// Reads a task definition. The error says where (`containerDefinitions[0].command`) and what.
pub fn task_spec(definition: &Extra) -> Result<TaskSpec, String> {
    let mut rest = Members::new(definition, String::new());
    for member in OUTPUT_ONLY {
        rest.map.remove(*member);
    }
    let Some(Value::Array(list)) = rest.map.remove("containerDefinitions") else {
        return Err("it has no list `containerDefinitions`".to_owned());
    };
    if list.is_empty() {
        return Err("`containerDefinitions` is empty".to_owned());
    }
    let containers = list
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let path = format!("containerDefinitions[{index}]");
            let object = value.as_object().ok_or_else(|| format!("`{path}` is not an object"))?;
            container_spec(object, path)
        })
        .collect::<Result<Vec<_>, String>>()?;
    let ephemeral_storage = match rest.map.get("ephemeralStorage").and_then(|value| value.get("sizeInGiB")) {
        Some(size) => {
            let size = number(size).ok_or("`ephemeralStorage.sizeInGiB` is not a number")?;
            rest.map.remove("ephemeralStorage");
            Some(size)
        }
        None => None,
    };
    Ok(TaskSpec {
        name: rest.string("family")?.unwrap_or_default(),
        containers,
        cpu: rest.size("cpu", quantity::cpu_units)?,
        memory: rest.size("memory", quantity::memory_mib)?,
        ephemeral_storage,
        task_role: rest.string("taskRoleArn")?,
        execution_role: rest.string("executionRoleArn")?,
        extra: rest.map,
        ..TaskSpec::default()
    })
}

fn container_spec(definition: &Extra, path: String) -> Result<ContainerSpec, String> {
    let mut rest = Members::new(definition, path);
    let name = rest.string("name")?.filter(|name| !name.is_empty());
    Ok(ContainerSpec {
        name: name.ok_or_else(|| format!("`{}` has no name", rest.path))?,
        image: rest.string("image")?.unwrap_or_default(),
        entry_point: rest.strings("entryPoint")?,
        command: rest.strings("command")?,
        env: rest
            .pairs("environment", "name", "value")?
            .into_iter()
            .map(|pair| EnvVar { name: pair.name, value: EnvValue::Plain(pair.value) })
            .collect(),
        secrets: rest.pairs("secrets", "name", "valueFrom")?,
        essential: rest.boolean("essential")?.unwrap_or(true),
        // A container without a CPU share is described with 0.
        cpu: rest.number("cpu")?.filter(|cpu| *cpu != 0),
        memory: rest.number("memory")?,
        memory_reservation: rest.number("memoryReservation")?,
        user: rest.string("user")?,
        working_directory: rest.string("workingDirectory")?,
        stop_timeout: rest.number("stopTimeout")?,
        depends_on: rest
            .pairs("dependsOn", "containerName", "condition")?
            .into_iter()
            .map(|pair| {
                let condition = match pair.value.as_str() {
                    "START" => Condition::Start,
                    "COMPLETE" => Condition::Complete,
                    "SUCCESS" => Condition::Success,
                    "HEALTHY" => Condition::Healthy,
                    other => return Err(format!("`{}.dependsOn` has the condition `{other}`", rest.path)),
                };
                Ok(Dependency { container: pair.name, condition })
            })
            .collect::<Result<_, String>>()?,
        log: rest.log_configuration()?,
        extra: rest.map,
    })
}

/// The body of RegisterTaskDefinition for a task. Secret environment never enters it: a
/// registration stays readable for everyone who may describe it.
pub fn definition(task: &TaskSpec) -> Extra {
    let mut body = task.extra.clone();
    body.insert("family".to_owned(), json!(task.name));
    body.insert(
        "containerDefinitions".to_owned(),
        Value::Array(task.containers.iter().map(container_definition).collect()),
    );
    put(&mut body, "cpu", task.cpu.map(|cpu| cpu.to_string()));
    put(&mut body, "memory", task.memory.map(|memory| memory.to_string()));
    put(&mut body, "taskRoleArn", task.task_role.clone());
    put(&mut body, "executionRoleArn", task.execution_role.clone());
    put(&mut body, "ephemeralStorage", task.ephemeral_storage.map(|size| json!({ "sizeInGiB": size })));
    body
}

fn container_definition(container: &ContainerSpec) -> Value {
    let mut body = container.extra.clone();
    body.insert("name".to_owned(), json!(container.name));
    body.insert("image".to_owned(), json!(container.image));
    body.insert("essential".to_owned(), json!(container.essential));
    put(&mut body, "entryPoint", filled(&container.entry_point));
    put(&mut body, "command", filled(&container.command));
    let environment: Vec<Value> = container
        .env
        .iter()
        .filter(|variable| !variable.value.is_secret())
        .map(|variable| json!({ "name": variable.name, "value": variable.value.reveal() }))
        .collect();
    put(&mut body, "environment", filled(&environment));
    put(&mut body, "secrets", filled(&pairs(&container.secrets, "name", "valueFrom")));
    put(&mut body, "cpu", container.cpu);
    put(&mut body, "memory", container.memory);
    put(&mut body, "memoryReservation", container.memory_reservation);
    put(&mut body, "user", container.user.clone());
    put(&mut body, "workingDirectory", container.working_directory.clone());
    put(&mut body, "stopTimeout", container.stop_timeout);
    let depends_on: Vec<Value> = container
        .depends_on
        .iter()
        .map(|dependency| json!({ "containerName": dependency.container, "condition": dependency.condition }))
        .collect();
    put(&mut body, "dependsOn", filled(&depends_on));
    if let Some(log) = &container.log {
        let mut configuration = match body.remove("logConfiguration") {
            Some(Value::Object(rest)) => rest,
            _ => Map::new(),
        };
        configuration.insert("logDriver".to_owned(), json!(log.driver));
        if !log.options.is_empty() {
            let options: Extra =
                log.options.iter().map(|pair| (pair.name.clone(), json!(pair.value))).collect();
            configuration.insert("options".to_owned(), Value::Object(options));
        }
        body.insert("logConfiguration".to_owned(), Value::Object(configuration));
    }
    Value::Object(body)
}

/// Name-value pairs in the API's form.
pub fn pairs(pairs: &[Pair], name: &str, value: &str) -> Vec<Value> {
    pairs.iter().map(|pair| json!({ name: pair.name, value: pair.value })).collect()
}

fn put(body: &mut Extra, member: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body.insert(member.to_owned(), value.into());
    }
}

fn filled<T: Clone + Into<Value>>(list: &[T]) -> Option<Vec<Value>> {
    (!list.is_empty()).then(|| list.iter().cloned().map(Into::into).collect())
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Members of a JSON object, taken out one by one; what is left is `extra`.
struct Members {
    map: Extra,
    path: String,
}

impl Members {
    /// `null` says the same as absence (`--generate-cli-skeleton` writes it).
    fn new(map: &Extra, path: String) -> Self {
        let map = map.iter().filter(|(_, value)| !value.is_null());
        Self { map: map.map(|(key, value)| (key.clone(), value.clone())).collect(), path }
    }

    fn wrong(&self, member: &str, wanted: &str) -> String {
        let dot = if self.path.is_empty() { "" } else { "." };
        format!("`{}{dot}{member}` is not {wanted}", self.path)
    }

    fn string(&mut self, member: &str) -> Result<Option<String>, String> {
        match self.map.remove(member) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(member, "a string")),
        }
    }

    fn boolean(&mut self, member: &str) -> Result<Option<bool>, String> {
        match self.map.remove(member) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(self.wrong(member, "true or false")),
        }
    }

    fn number(&mut self, member: &str) -> Result<Option<u32>, String> {
        match self.map.remove(member) {
            None => Ok(None),
            Some(value) => number(&value).map(Some).ok_or_else(|| self.wrong(member, "a whole number")),
        }
    }

    fn size(&mut self, member: &str, parse: fn(&str) -> Option<u32>) -> Result<Option<u32>, String> {
        let value = match self.map.remove(member) {
            None => return Ok(None),
            Some(Value::String(text)) => parse(&text),
            Some(value) => number(&value),
        };
        value.map(Some).ok_or_else(|| self.wrong(member, "a size"))
    }

    fn strings(&mut self, member: &str) -> Result<Vec<String>, String> {
        let Some(value) = self.map.remove(member) else { return Ok(Vec::new()) };
        serde_json::from_value(value).map_err(|_| self.wrong(member, "a list of strings"))
    }

    fn pairs(&mut self, member: &str, name: &str, value: &str) -> Result<Vec<Pair>, String> {
        let wanted = format!("a list of objects with `{name}` and `{value}`, both strings");
        let Some(list) = self.map.remove(member) else { return Ok(Vec::new()) };
        let Value::Array(list) = list else { return Err(self.wrong(member, &wanted)) };
        list.iter()
            .map(|item| {
                let name = item.get(name).and_then(Value::as_str)?;
                match item.get(value) {
                    None | Some(Value::Null) => Some(Pair::new(name, "")),
                    Some(text) => text.as_str().map(|text| Pair::new(name, text)),
                }
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| self.wrong(member, &wanted))
    }

    /// Driver and options; what else the log configuration has (`secretOptions`) stays in `extra`.
    fn log_configuration(&mut self) -> Result<Option<LogConfig>, String> {
        let Some(value) = self.map.remove("logConfiguration") else { return Ok(None) };
        let wanted = "an object with `logDriver`";
        let Value::Object(map) = value else { return Err(self.wrong("logConfiguration", wanted)) };
        let mut rest = Self::new(&map, format!("{}.logConfiguration", self.path));
        let driver = rest.string("logDriver")?;
        let driver = driver.ok_or_else(|| self.wrong("logConfiguration", wanted))?;
        let options = match rest.map.remove("options") {
            None => Vec::new(),
            Some(Value::Object(options)) => options
                .into_iter()
                .map(|(name, value)| match value {
                    Value::String(text) => Ok(Pair::new(name, text)),
                    _ => Err(rest.wrong(&format!("options.{name}"), "a string")),
                })
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(rest.wrong("options", "an object")),
        };
        if !rest.map.is_empty() {
            self.map.insert("logConfiguration".to_owned(), Value::Object(rest.map));
        }
        Ok(Some(LogConfig { driver, options }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Extra {
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn full() -> Extra {
        object(json!({
            "family": "deploy",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "runtimePlatform": { "cpuArchitecture": "ARM64" },
            "volumes": [{ "name": "v", "efsVolumeConfiguration": { "fileSystemId": "fs-1" } }],
            "somethingNew": { "deep": [1, 2.5, null] },
            "cpu": "1024",
            "memory": "2048",
            "taskRoleArn": "arn:aws:iam::1:role/t",
            "executionRoleArn": "arn:aws:iam::1:role/e",
            "ephemeralStorage": { "sizeInGiB": 50 },
            "tags": [{ "key": "team", "value": "a" }],
            "containerDefinitions": [
                {
                    "name": "app", "image": "r/app:1", "essential": true,
                    "entryPoint": ["/e"], "command": ["a", "b"],
                    "environment": [{ "name": "A", "value": "1" }, { "name": "E", "value": "" }],
                    "secrets": [{ "name": "S", "valueFrom": "arn:aws:ssm:x" }],
                    "cpu": 10, "memory": 512, "memoryReservation": 128,
                    "user": "1000:1000", "workingDirectory": "/w", "stopTimeout": 60,
                    "dependsOn": [{ "containerName": "side", "condition": "HEALTHY" }],
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": { "awslogs-group": "g", "mode": "blocking" },
                        "secretOptions": [{ "name": "t", "valueFrom": "x" }],
                    },
                    "healthCheck": { "command": ["CMD", "true"] },
                    "portMappings": [{ "containerPort": 80, "futureMember": true }],
                },
                { "name": "side", "image": "r/side:1", "essential": false },
            ],
        }))
    }

    #[test]
    fn there_and_back_loses_nothing() {
        let spec = task_spec(&full()).expect("valid");
        assert_eq!(Value::Object(definition(&spec)), Value::Object(full()));
        assert_eq!(spec.cpu, Some(1024));
        assert_eq!(spec.containers[0].depends_on[0].condition, Condition::Healthy);
        assert_eq!(spec.containers[0].log.as_ref().and_then(|log| log.option("mode")), Some("blocking"));
        assert_eq!(spec.extra["somethingNew"], json!({ "deep": [1, 2.5, null] }));
        assert_eq!(
            spec.containers[0].extra["portMappings"],
            json!([{ "containerPort": 80, "futureMember": true }])
        );
    }

    #[test]
    fn what_describes_the_registration_is_not_registered_again() {
        let mut described = full();
        for member in OUTPUT_ONLY {
            described.insert((*member).to_owned(), json!("x"));
        }
        let spec = task_spec(&described).expect("valid");
        assert_eq!(Value::Object(definition(&spec)), Value::Object(full()));
    }

    #[test]
    fn sizes_may_be_written_as_people_do() {
        let sizes = |cpu: &str, memory: &str| {
            let definition =
                json!({ "cpu": cpu, "memory": memory, "containerDefinitions": [{ "name": "a" }] });
            task_spec(&object(definition)).map(|task| (task.cpu, task.memory))
        };
        assert_eq!(sizes("256", "512"), Ok((Some(256), Some(512))));
        assert_eq!(sizes(".25 vcpu", "0.5GB"), Ok((Some(256), Some(512))));
        assert_eq!(sizes("2 vCPU", "30 GB"), Ok((Some(2048), Some(30720))));
        assert!(sizes("1.0001 vCPU", "512").is_err() && sizes("256", "much").is_err());
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let cases = [
            (json!({ "family": "x" }), "containerDefinitions"),
            (json!({ "containerDefinitions": [] }), "empty"),
            (json!({ "containerDefinitions": [{ "image": "x" }] }), "`containerDefinitions[0]` has no name"),
            (
                json!({ "containerDefinitions": [{ "name": "a", "command": "ls" }] }),
                "`containerDefinitions[0].command` is not a list of strings",
            ),
            (json!({ "cpu": "lots", "containerDefinitions": [{ "name": "a" }] }), "`cpu` is not a size"),
            (
                json!({ "containerDefinitions": [{ "name": "a", "logConfiguration": { "logDriver": "awslogs", "options": { "x": 1 } } }] }),
                "`containerDefinitions[0].logConfiguration.options.x` is not a string",
            ),
        ];
        for (definition, words) in cases {
            let error = task_spec(&object(definition)).expect_err("a mistake");
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_secret_never_enters_a_registration() {
        let mut spec = task_spec(&full()).expect("valid");
        spec.containers[0]
            .env
            .push(EnvVar { name: "TOKEN".to_owned(), value: EnvValue::Secret("hunter2".to_owned()) });
        let text = Value::Object(definition(&spec)).to_string();
        assert!(!text.contains("hunter2") && !text.contains("TOKEN"), "{text}");
    }
}
