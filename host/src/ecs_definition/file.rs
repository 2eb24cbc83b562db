//! A task definition in a file: one reader for every back end.

use super::document;
use super::document::Fault;
use super::document::read::STDIN;
use super::expand;
use super::mapping;
use super::model::check::check;
use super::shape;
use crate::error::Error;
use crate::settings::DefinitionFile;
use crate::settings::definition_ref::is_family;
use crate::spec::Extra;
use crate::spec::TaskSpec;

/// Reads a file, on a thread that may block. `name` is the family that the user gives; the file's own
/// otherwise.
///
/// # Errors
///
/// What is wrong with the file, and where.
pub async fn read(file: &DefinitionFile, name: Option<&str>) -> Result<TaskSpec, Error> {
    let (file, name) = (file.clone(), name.map(str::to_owned));
    let read = tokio::task::spawn_blocking(move || read_blocking(&file, name.as_deref()));
    read.await.map_err(|error| Error::internal("reading the task definition").caused_by(error))?
}

fn read_blocking(file: &DefinitionFile, name: Option<&str>) -> Result<TaskSpec, Error> {
    let shown = match file.path.to_str() {
        Some(STDIN) => "on standard input".to_owned(),
        _ => format!("file {}", file.path.display()),
    };
    let fault = |fault: Fault| error(&shown, fault, &[]);
    let text = document::read::read(&file.path).map_err(fault)?;
    shape::before_parsing(&text).map_err(fault)?;
    let mut root = document::parse(&text).map_err(fault)?;
    if let Some(variables) = &file.variables {
        expand::expand(&mut root, variables)
            .map_err(|error| error.on(&format!("task definition {shown}")))?;
    }
    let found = shape::find(root).map_err(fault)?;
    let definition = check(&found.node, found.loose).map_err(|mut faults| {
        let first = faults.remove(0);
        error(&shown, first, &faults)
    })?;
    task(&definition, &shown, name)
}

fn task(definition: &Extra, shown: &str, name: Option<&str>) -> Result<TaskSpec, Error> {
    let spec = mapping::task_spec(definition).map_err(|what| {
        Error::usage(format!("task definition {shown}: {what}")).hint(
            "the file must be as `aws ecs register-task-definition --cli-input-json` takes it, or as \
             `aws ecs describe-task-definition` prints it",
        )
    })?;
    if name.is_none() && !spec.name.is_empty() && !is_family(&spec.name) {
        return Err(Error::usage(format!(
            "task definition {shown}: the family `{}` is none that ECS takes",
            spec.name
        ))
        .hint("a family has 1 to 255 letters, digits, hyphens and underscores; --name gives another"));
    }
    let family = name.map_or_else(|| spec.name.clone(), str::to_owned);
    if family.is_empty() {
        return Err(Error::usage(format!("task definition {shown} has no `family`"))
            .hint("add `family` to the file, or give --name"));
    }
    Ok(TaskSpec { name: family, ..spec })
}

/// The first fault, with the others as advice.
fn error(shown: &str, first: Fault, others: &[Fault]) -> Error {
    let place = |fault: &Fault| match fault.line {
        0 => String::new(),
        line => format!(":{line}"),
    };
    let told = Error::usage(&first.message).on(&format!("task definition {shown}{}", place(&first)));
    let also = |fault: &Fault| match fault.hint.is_empty() || fault.hint == first.hint {
        true => format!("also, line {}: {}", fault.line, fault.message),
        false => format!("also, line {}: {} ({})", fault.line, fault.message, fault.hint),
    };
    others.iter().fold(told.hint(&first.hint), |error, fault| error.hint(also(fault)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file of this content.
    fn read_text(content: impl AsRef<[u8]>) -> Result<TaskSpec, Error> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("task.json");
        std::fs::write(&path, content).expect("written");
        read_blocking(&DefinitionFile { path, variables: None }, None)
    }

    #[test]
    fn one_definition_in_every_form_is_the_same_task() {
        let wanted = read_text(
            r#"{"family":"f","cpu":"256","memory":"512","containerDefinitions":[{"name":"a","image":"i",
                "essential":true,"environment":[{"name":"PORT","value":"3000"}],
                "portMappings":[{"containerPort":80}],"healthCheck":{"command":["CMD","x"],"interval":5},
                "mountPoints":[{"sourceVolume":"v","containerPath":"/v"}],
                "logConfiguration":{"logDriver":"awslogs","options":{"mode":"blocking"}}}],
                "volumes":[{"name":"v","efsVolumeConfiguration":{"fileSystemId":"fs-1"}}]}"#,
        )
        .expect("plain");
        for (what, text) in [
            (
                "numbers as texts and the other way round, null everywhere, comments",
                r#"// a comment
                {"$schema":"x","family":"f","cpu":256,"memory":512,"pidMode":null,"volumes":[{"name":"v","host":null,
                "efsVolumeConfiguration":{"fileSystemId":"fs-1","rootDirectory":null}}, null],
                "containerDefinitions":[{"name":"a","image":"i","essential":"true","command":null,
                "environment":[{"name":"PORT","value":3000}],"portMappings":[{"containerPort":"80","hostPort":null}],
                "healthCheck":{"command":["CMD","x"],"interval":"5","retries":null},
                "mountPoints":[{"sourceVolume":"v","containerPath":"/v","readOnly":null}],
                "logConfiguration":{"logDriver":"awslogs","options":{"mode":"blocking","x":null},},},],}"#,
            ),
            (
                "what describe-task-definition prints",
                r#"{"taskDefinition":{"taskDefinitionArn":"arn:x","revision":3,"status":"ACTIVE","registeredAt":1.5,
                "compatibilities":["EC2"],"requiresAttributes":[],"family":"f","cpu":"256","memory":"512",
                "containerDefinitions":[{"name":"a","image":"i","essential":true,
                "environment":[{"name":"PORT","value":"3000"}],"portMappings":[{"containerPort":80}],
                "healthCheck":{"command":["CMD","x"],"interval":5},
                "mountPoints":[{"sourceVolume":"v","containerPath":"/v"}],
                "logConfiguration":{"logDriver":"awslogs","options":{"mode":"blocking"}}}],
                "volumes":[{"name":"v","efsVolumeConfiguration":{"fileSystemId":"fs-1"}}]},"tags":[]}"#,
            ),
            (
                "YAML",
                "family: f\ncpu: 256\nmemory: '512'\ncontainerDefinitions:\n- name: a\n  image: i\n  essential: true\n  environment:\n  - {name: PORT, value: 3000}\n  portMappings: [{containerPort: 80}]\n  healthCheck: {command: [CMD, x], interval: 5}\n  mountPoints: [{sourceVolume: v, containerPath: /v}]\n  logConfiguration: {logDriver: awslogs, options: {mode: blocking}}\nvolumes:\n- name: v\n  efsVolumeConfiguration: {fileSystemId: fs-1}\n",
            ),
            (
                "a template of CloudFormation",
                "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Group: {Type: AWS::Logs::LogGroup}\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      Family: f\n      Cpu: 256\n      Memory: 512\n      ContainerDefinitions:\n      - Name: a\n        Image: i\n        Essential: true\n        Environment: [{Name: PORT, Value: 3000}]\n        PortMappings: [{ContainerPort: 80}]\n        HealthCheck: {Command: [CMD, x], Interval: 5}\n        MountPoints: [{SourceVolume: v, ContainerPath: /v}]\n        LogConfiguration: {LogDriver: awslogs, Options: {mode: blocking}}\n      Volumes:\n      - Name: v\n        EFSVolumeConfiguration: {FilesystemId: fs-1}\n",
            ),
        ] {
            assert_eq!(read_text(text).unwrap_or_else(|error| panic!("{what}: {error}")), wanted, "{what}");
        }
        let bom: Vec<u8> = "\u{feff}family: f\ncontainerDefinitions: [{name: a, image: i}]"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(read_text(bom).expect("UTF-16").name, "f");
        let error = read_text(r#"[{"name":"a","image":"i"}]"#).expect_err("Terraform's list has no family");
        assert!(
            error.to_string().contains("has no `family`") && error.advice().contains("--name"),
            "{error}"
        );
    }

    #[test]
    fn a_fault_is_told_with_its_line_its_path_and_the_nearest_name() {
        let full = |container: &str| {
            format!(
                "{{\n\"family\": \"f\",\n\"containerDefinitions\": [{{ \"name\": \"a\",\n{container} }}]\n}}"
            )
        };
        for (container, message, hint) in [
            (r#""enviroment": []"#, "`containerDefinitions[0]` has no member `enviroment`", "`environment`"),
            (r#""esential": true"#, "`containerDefinitions[0]` has no member `esential`", "`essential`"),
            (
                r#""healthCheck": {"command": ["CMD"], "intervall": 5}"#,
                "`containerDefinitions[0].healthCheck` has no member `intervall`",
                "`interval`",
            ),
            (
                r#""environment": [{"name": "A", "value": "1"}, {"name": "PORT", "value": ["s3cret"]}]"#,
                "`containerDefinitions[0].environment[1].value (PORT)` is a list, and must be a text",
                "",
            ),
            (
                r#""environment": {"A": "s3cret"}"#,
                "`containerDefinitions[0].environment` is an object, and must be a list of objects",
                "",
            ),
            (r#""command": "s3cret""#, "`containerDefinitions[0].command` is a text, and must be a list", ""),
            (r#""command": ["a", null]"#, "`containerDefinitions[0].command[1]` is null", ""),
            (
                r#""stopTimeout": "s3cret""#,
                "`containerDefinitions[0].stopTimeout` is a text, and must be a whole number",
                "",
            ),
            (
                r#""memory": 99999999999"#,
                "`containerDefinitions[0].memory` is a number, and must be a whole number",
                "",
            ),
            (
                r#""dependsOn": [{"containerName": "b", "condition": "SUCESS"}]"#,
                "is none of START, COMPLETE, SUCCESS, HEALTHY",
                "did you mean SUCCESS?",
            ),
            (
                r#""ulimits": [{"name": "nofile", "softLimit": 1}]"#,
                "`containerDefinitions[0].ulimits[0]` has no `hardLimit`",
                "",
            ),
            (r#""logConfiguration": {"options": {}}"#, "has no `logDriver`", ""),
            (
                r#""placementConstraints": []"#,
                "has no member `placementConstraints`",
                "beside `containerDefinitions`",
            ),
        ] {
            let error = read_text(full(container)).expect_err(container);
            let text = error.to_string();
            assert!(error.is_usage() && text.contains("task.json:4: "), "{container}: {text}");
            assert!(text.contains(message), "{container}: {text}");
            assert!(error.advice().contains(hint), "{container}: {}", error.advice());
            assert!(!format!("{text}{}", error.advice()).contains("s3cret"), "{text}");
        }
        let two = read_text("family: f\nexecutionRole: x\nmemoryReservation: 1\ncontainerDefinitions: []\n");
        let two = two.expect_err("two faults");
        assert!(
            two.to_string().contains("task.json:2: the definition has no member `executionRole`"),
            "{two}"
        );
        assert!(two.advice().contains("did you mean `executionRoleArn`?"), "{}", two.advice());
        assert!(
            two.advice().contains("also, line 3: ") && two.advice().contains("each container's"),
            "{}",
            two.advice()
        );
    }

    #[test]
    fn what_is_no_definition_is_named_for_what_it_is() {
        for (text, words) in [
            ("services:\n  web: {image: x}\n", "docker-compose"),
            ("apiVersion: v1\nkind: Pod\n", "Kubernetes"),
            ("name: job\ntype: Scheduled Job\nimage: {location: x}\n", "Copilot"),
            (r#"{"tasks":[{"taskArn":"x"}],"failures":[]}"#, "describe-tasks"),
            (r#"{"services":[{"serviceArn":"x"}]}"#, "describe-services"),
            (r#"{"cluster":"c","taskDefinition":"f:1"}"#, "run-task"),
            (r#"{"name":"a","image":"i"}"#, "one container"),
            ("region: r\ntask_definition: td.json\n", "ecspresso"),
            (r#"{"family":"f","container_definitions":"[]"}"#, "Terraform"),
            (
                "Resources: {A: {Type: AWS::ECS::TaskDefinition, Properties: {}}, B: {Type: AWS::ECS::TaskDefinition, Properties: {}}}",
                "several task definitions: A, B",
            ),
            ("Resources: {A: {Type: AWS::S3::Bucket}}", "without a task definition"),
            (
                "Resources: {A: {Type: AWS::ECS::TaskDefinition, Properties: {Family: f, ContainerDefinitions: [{Name: a, Image: !Sub x}]}}}",
                "`containerDefinitions[0].image` is the function Sub",
            ),
            (r#"{"ContainerDefinitions":[{"Name":"a","Image":{"Ref":"I"}}]}"#, "is the function Ref"),
            ("resource \"aws_ecs_task_definition\" \"x\" {\n}\n", "Terraform"),
            ("just a text", "a single value"),
            ("[]", "a list of something else"),
            (r#"{"family":"f","containerDefinition":[]}"#, "has no member `containerDefinition`"),
            (r#"{"family":"f"}"#, "no list `containerDefinitions`"),
            ("{{ must_env `X` }}", "no YAML: a member's name"),
        ] {
            let error = read_text(text).expect_err(text);
            assert!(error.is_usage() && error.to_string().contains(words), "{text}: {error}");
            assert!(!error.advice().is_empty(), "{text}: {error}");
        }
    }
}
