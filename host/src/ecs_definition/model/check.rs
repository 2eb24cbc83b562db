//! A file's tree against the service model: every member known, every value of the type that ECS takes.
//!
//! Both back ends read a file through this, so that it means the same on both. `null` says the same as
//! absence. Numbers, texts and truth values are taken for each other where the meaning is clear (`"80"` is
//! a port, `3000` the value of a variable). No message holds a value of the file.

use serde_json::Map;
use serde_json::Value as Json;

use super::table::TABLE;
use super::table::Type;
use crate::ecs_definition::document::Fault;
use crate::ecs_definition::document::Member;
use crate::ecs_definition::document::Node;
use crate::ecs_definition::document::Value;
use crate::ecs_definition::mapping::OUTPUT_ONLY;
use crate::nearest::nearest;
use crate::spec::Extra;

/// Most faults that are told at once.
const MAX_FAULTS: usize = 10;

/// A definition's tree as RegisterTaskDefinition takes it. `loose`: names in any case of letters, as
/// CloudFormation writes them.
///
/// # Errors
///
/// Everything that is wrong, in the order of the file, each with its line and its path.
pub fn check(root: &Node, loose: bool) -> Result<Extra, Vec<Fault>> {
    let mut check = Check { loose, faults: Vec::new() };
    let value = check.structure(root, &TABLE.root, "");
    match (check.faults.is_empty(), value) {
        (true, Some(Json::Object(map))) => Ok(map),
        (true, _) => Err(vec![Fault::new(root.line, "it is no object", "")]),
        (false, _) => {
            check.faults.sort_by_key(|fault| fault.line);
            check.faults.truncate(MAX_FAULTS);
            Err(check.faults)
        }
    }
}

struct Check {
    loose: bool,
    faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, line: usize, message: impl Into<String>, hint: impl Into<String>) {
        self.faults.push(Fault::new(line, message, hint));
    }

    /// `None`: it was wrong, or says nothing.
    fn value(&mut self, node: &Node, of: &Type, path: &str) -> Option<Json> {
        if let Value::Function(name) = &node.value {
            self.function(node, name, path);
            return None;
        }
        if self.loose
            && let [Member { name, .. }] = node.members()
            && (name == "Ref" || name.starts_with("Fn::"))
        {
            self.function(node, name, path);
            return None;
        }
        match of {
            _ if node.value == Value::Null => None,
            Type::Structure(structure) => self.structure(node, structure, path),
            Type::Map(of) => self.map(node, of, path),
            Type::List(of) => self.list(node, of, path),
            Type::Text => match &node.value {
                Value::Text(text) | Value::Number(text) => Some(text.clone().into()),
                Value::Bool(on) => Some(on.to_string().into()),
                _ => self.wrong(node, path, "a text"),
            },
            Type::Words(words) => match node.text() {
                Some(word) if words.iter().any(|known| known == word) => Some(word.into()),
                Some(word) => {
                    let near = nearest(word, words.iter().map(String::as_str));
                    let hint = near.map(|near| format!("did you mean {near}?")).unwrap_or_default();
                    let message = format!("`{path}` is none of {}", words.join(", "));
                    self.fault(node.line, message, hint);
                    None
                }
                None => self.wrong(node, path, &format!("one of {}", words.join(", "))),
            },
            Type::Integer => match &node.value {
                Value::Number(text) | Value::Text(text) if integer(text).is_some() => {
                    integer(text).map(Json::from)
                }
                _ => self.wrong(node, path, "a whole number"),
            },
            Type::Bool => match &node.value {
                Value::Bool(on) => Some((*on).into()),
                Value::Text(text) if text == "true" || text == "false" => Some((text == "true").into()),
                _ => self.wrong(node, path, "true or false"),
            },
        }
    }

    fn wrong(&mut self, node: &Node, path: &str, wanted: &str) -> Option<Json> {
        let kind = match &node.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
            Value::Function(_) => "a function",
        };
        self.fault(node.line, format!("`{path}` is {kind}, and must be {wanted}"), "");
        None
    }

    fn function(&mut self, node: &Node, name: &str, path: &str) {
        let message = format!("`{path}` is the function {name}, which only the template's own tool knows");
        let hint = "deploy the template, and name the definition that it registers: --task-definition FAMILY";
        self.fault(node.line, message, hint);
    }

    fn structure(&mut self, node: &Node, structure: &str, path: &str) -> Option<Json> {
        if !node.is_map() {
            let members: Vec<&str> = TABLE.members(structure).map(|(name, _)| name).take(3).collect();
            return self.wrong(node, path, &format!("an object (with {}, …)", members.join(", ")));
        }
        let mut out = Map::new();
        for member in node.members() {
            let Some((name, known)) = TABLE.member(structure, &member.name, self.loose) else {
                self.unknown(member, structure, path);
                continue;
            };
            let at = label(&join(path, name), node);
            if let Some(value) = self.value(&member.node, &known.of, &at) {
                out.insert(name.to_owned(), value);
            }
        }
        let is_given = |name: &str| {
            let written = |member: &Member| {
                member.node.value != Value::Null
                    && TABLE
                        .member(structure, &member.name, self.loose)
                        .is_some_and(|(known, _)| known == name)
            };
            node.members().iter().any(written)
        };
        // Of the whole and of a container, others say more of what is missing.
        let missing: Vec<&str> = TABLE
            .members(structure)
            .filter(|(name, member)| member.required && !path.is_empty() && !is_given(name))
            .map(|(name, _)| name)
            .collect();
        for name in missing {
            self.fault(node.line, format!("`{path}` has no `{name}`, which it must have"), "");
        }
        Some(Json::Object(out))
    }

    fn unknown(&mut self, member: &Member, structure: &str, path: &str) {
        let name = &member.name;
        let is_root = path.is_empty();
        let describes = |known: &&str| **known == **name || (self.loose && known.eq_ignore_ascii_case(name));
        // Of no meaning for ECS: how a definition was registered, and an editor's schema.
        if is_root && (OUTPUT_ONLY.iter().any(describes) || name == "$schema") {
            return;
        }
        let thing = if is_root { "the definition".to_owned() } else { format!("`{path}`") };
        let elsewhere = |structure: &str| TABLE.member(structure, name, false).is_some();
        let hint = if is_root && elsewhere("ContainerDefinition") {
            "it is a member of each container's definition".to_owned()
        } else if structure == "ContainerDefinition" && elsewhere(&TABLE.root) {
            "it is a member of the whole definition, beside `containerDefinitions`".to_owned()
        } else if let Some(near) = nearest(name, TABLE.members(structure).map(|(name, _)| name)) {
            format!("did you mean `{near}`?")
        } else {
            "see the ECS API reference, RegisterTaskDefinition, for the members there are".to_owned()
        };
        self.fault(member.line, format!("{thing} has no member `{name}`"), hint);
    }

    fn map(&mut self, node: &Node, of: &Type, path: &str) -> Option<Json> {
        if !node.is_map() {
            return self.wrong(node, path, "an object from names to texts");
        }
        let mut out = Map::new();
        for member in node.members() {
            if let Some(value) = self.value(&member.node, of, &join(path, &member.name)) {
                out.insert(member.name.clone(), value);
            }
        }
        Some(Json::Object(out))
    }

    fn list(&mut self, node: &Node, of: &Type, path: &str) -> Option<Json> {
        let Some(items) = node.items() else {
            let wanted = match of {
                Type::Structure(_) => "a list of objects",
                _ => "a list, even of one",
            };
            return self.wrong(node, path, wanted);
        };
        let mut out = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            // A word that is not there would move all that follow.
            if item.value == Value::Null && !matches!(of, Type::Structure(_)) {
                self.wrong(item, &path, "a value");
            }
            out.extend(self.value(item, of, &path));
        }
        Some(Json::Array(out))
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A path, with the name of the thing for whoever does not count the items of a list.
fn label(path: &str, node: &Node) -> String {
    let name = node.get("name").or_else(|| node.get("Name")).and_then(Node::text);
    match name.filter(|name| !name.is_empty() && name.len() <= 64 && !path.contains('(')) {
        Some(name) if path.ends_with(".value") || path.ends_with(".valueFrom") => format!("{path} ({name})"),
        _ => path.to_owned(),
    }
}

/// A whole number, also as people and other tools write it (`80.0`, `" 80 "`). ECS' are of 32 bits.
fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let whole = text.split_once('.').map_or(text, |(whole, rest)| {
        if !rest.is_empty() && rest.bytes().all(|byte| byte == b'0') { whole } else { text }
    });
    whole.parse().ok().filter(|number| i32::try_from(*number).is_ok())
}
