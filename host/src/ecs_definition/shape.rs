//! What a file is: a task definition in one of the forms in which people have them, or something else that
//! is named for what it is.

use super::document::Fault;
use super::document::Member;
use super::document::Node;
use super::document::Value;

/// A task definition in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The object with the members of RegisterTaskDefinition.
    pub node: Node,
    /// Its names are as CloudFormation writes them: with a capital, and `EFSVolumeConfiguration`.
    pub loose: bool,
}

/// Names a file in a language that is neither JSON nor YAML.
///
/// # Errors
///
/// It is in such a language.
pub fn before_parsing(text: &str) -> Result<(), Fault> {
    const BLOCKS: &[&str] =
        &["resource \"", "data \"", "module \"", "variable \"", "locals {", "terraform {", "provider \""];
    let hcl = |line: &str| BLOCKS.iter().any(|block| line.starts_with(block));
    match text.lines().position(hcl) {
        Some(line) => Err(Fault::new(line + 1, "it is a configuration of Terraform", TERRAFORM)),
        None => Ok(()),
    }
}

/// Finds the definition in a file.
///
/// # Errors
///
/// There is none. What the file is instead is said, where that is clear.
pub fn find(root: Node) -> Result<Found, Fault> {
    let plain = |node: Node| Ok(Found { node, loose: false });
    match &root.value {
        Value::List(items) => match items.iter().all(is_container) && !items.is_empty() {
            // What Terraform calls `container_definitions`.
            true => {
                let line = root.line;
                let loose = items.iter().any(|item| item.get("Name").is_some());
                let member = Member { name: "containerDefinitions".to_owned(), line, node: root };
                Ok(Found { node: Node { line, value: Value::Map(vec![member]) }, loose })
            }
            false => Err(Fault::new(root.line, "it is a list of something else than containers", HINT)),
        },
        Value::Map(_) => {
            if let Some(wrapped) = root.get("taskDefinition").filter(|node| node.is_map()) {
                return plain(with_tags(wrapped.clone(), &root));
            }
            if root.get("containerDefinitions").is_some() {
                return plain(root);
            }
            if root.get("ContainerDefinitions").is_some() {
                return Ok(Found { node: root, loose: true });
            }
            if let Some(wrapped) = root.get("TaskDefinition").filter(|node| node.is_map()) {
                return Ok(Found { node: wrapped.clone(), loose: true });
            }
            if is_resource(&root) {
                return resource(&root);
            }
            if let Some(resources) = root.get("Resources").filter(|node| node.is_map()) {
                return template(resources);
            }
            match something_else(&root) {
                Some((what, hint)) => Err(Fault::new(0, format!("it is {what}"), hint)),
                None => plain(root),
            }
        }
        _ => Err(Fault::new(root.line, "it is a single value", HINT)),
    }
}

const HINT: &str = "a task definition is an object as `aws ecs register-task-definition --cli-input-json` takes \
                    it, or as `aws ecs describe-task-definition` prints it, in JSON or YAML";

const TERRAFORM: &str = "apply it, and name the definition: --task-definition FAMILY; a file with the JSON list \
                         of `container_definitions` alone is read too";

fn is_container(node: &Node) -> bool {
    let has = |name: &str, capital: &str| node.get(name).or_else(|| node.get(capital)).is_some();
    has("name", "Name") && has("image", "Image")
}

/// The tags that `describe-task-definition` prints beside the definition.
fn with_tags(mut definition: Node, beside: &Node) -> Node {
    let tags = beside.get("tags").filter(|tags| tags.items().is_some_and(|tags| !tags.is_empty()));
    if let (Some(tags), Value::Map(members)) = (tags, &mut definition.value)
        && members.iter().all(|member| member.name != "tags")
    {
        members.push(Member { name: "tags".to_owned(), line: tags.line, node: tags.clone() });
    }
    definition
}

fn is_resource(node: &Node) -> bool {
    node.get("Type").and_then(Node::text) == Some("AWS::ECS::TaskDefinition")
        && node.get("Properties").is_some()
}

/// A resource of CloudFormation.
fn resource(node: &Node) -> Result<Found, Fault> {
    match node.get("Properties") {
        Some(properties) => Ok(Found { node: properties.clone(), loose: true }),
        None => Err(Fault::new(node.line, "it is a resource without properties", "")),
    }
}

/// A template of CloudFormation (or what `cdk synth` prints).
fn template(resources: &Node) -> Result<Found, Fault> {
    let definitions: Vec<&Member> =
        resources.members().iter().filter(|member| is_resource(&member.node)).collect();
    match definitions.as_slice() {
        [] => Err(Fault::new(0, "it is a CloudFormation template without a task definition", HINT)),
        [one] => resource(&one.node),
        several => {
            let names: Vec<&str> = several.iter().map(|member| member.name.as_str()).collect();
            let message = format!(
                "it is a CloudFormation template with several task definitions: {}",
                names.join(", ")
            );
            let hint = "put the `Properties` of one into a file of its own, or deploy the template and name the \
                        definition that it registers: --task-definition FAMILY";
            Err(Fault::new(0, message, hint))
        }
    }
}

/// What a file is that is no task definition, and what to do with it.
fn something_else(root: &Node) -> Option<(&'static str, &'static str)> {
    let has = |name: &str| root.get(name).is_some();
    let is_map = |name: &str| root.get(name).is_some_and(Node::is_map);
    let is_list = |name: &str| root.get(name).is_some_and(|node| node.items().is_some());
    let text = |name: &str| root.get(name).and_then(Node::text).unwrap_or_default();
    let what = if is_map("services") {
        ("a docker-compose file", "sortie reads task definitions; one container alone runs with --image")
    } else if has("apiVersion") && has("kind") {
        ("a Kubernetes manifest", HINT)
    } else if COPILOT.contains(&text("type")) {
        (
            "an AWS Copilot manifest, from which Copilot makes the task definition",
            "deploy it, and name the definition: --task-definition APP-ENV-NAME",
        )
    } else if is_list("tasks") {
        ("what describe-tasks prints", "name the definition of the task: --task-definition FAMILY:REVISION")
    } else if is_list("services") {
        ("what describe-services prints", "name the service's definition: --task-definition FAMILY:REVISION")
    } else if is_list("taskDefinitionArns") {
        ("what list-task-definitions prints", "name one of them: --task-definition FAMILY:REVISION")
    } else if !text("taskDefinition").is_empty() {
        ("the input of run-task or of a service", "give the definition it names to --task-definition")
    } else if !text("task_definition").is_empty() {
        ("a configuration of ecspresso", "give the file that its `task_definition` names")
    } else if is_map("task_definition") {
        ("an ecs-params file of the ECS CLI", HINT)
    } else if has("container_definitions") || (has("resource") && has("provider")) {
        ("Terraform's, with names of its own", TERRAFORM)
    } else if has("jobs") && (has("on") || has("name")) {
        ("a workflow of a CI system", HINT)
    } else if is_container(root) {
        (
            "the definition of one container",
            "put it into a list: {\"family\": …, \"containerDefinitions\": [ … ]}",
        )
    } else {
        return None;
    };
    Some(what)
}

/// Source: AWS Copilot documentation, manifests, `type`.
const COPILOT: &[&str] = &[
    "Load Balanced Web Service",
    "Backend Service",
    "Request-Driven Web Service",
    "Static Site",
    "Worker Service",
    "Scheduled Job",
];
