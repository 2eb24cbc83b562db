//! A file's text as a tree that knows its lines: JSON (with comments and trailing commas) and YAML alike.
//!
//! - [`read`]: from a path to text.
//! - [`json`], [`yaml`]: from text to the tree.

mod json;
pub mod read;
mod yaml;

/// Most nodes of a tree. A definition has some hundreds; aliases of YAML can multiply.
const MAX_NODES: usize = 100_000;

/// Deepest nesting. A definition is five deep.
const MAX_DEPTH: usize = 64;

/// A value with the line on which it begins, counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its line.
    pub line: usize,
    /// What it is.
    pub value: Value,
}

/// What a node is. Numbers are as they were written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Says the same as absence.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, in the order of the file. No name stands twice.
    Map(Vec<Member>),
    /// A function of a template (`!Ref`), which only the template's own tool knows.
    Function(String),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The line of its name.
    pub line: usize,
    /// What it is.
    pub node: Node,
}

/// What is wrong with a text, and on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1; 0 if it is about the whole.
    pub line: usize,
    /// What is wrong. It holds no value of the file.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

impl Fault {
    /// A fault on a line.
    pub fn new(line: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { line, message: message.into(), hint: hint.into() }
    }
}

impl Node {
    /// An object's member.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.members().iter().find(|member| member.name == name).map(|member| &member.node)
    }

    /// An object's members; none of anything else.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    /// A list's items.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// A text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is an object.
    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }
}

/// Parses a text. What begins like JSON is JSON, all else YAML.
///
/// # Errors
///
/// It is neither; the fault has its line.
pub fn parse(text: &str) -> Result<Node, Fault> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err(Fault::new(0, "it is empty", "was it written before something failed?"));
    }
    let begins_as_json =
        start.starts_with(['{', '[', '"']) || start.starts_with("//") || start.starts_with("/*");
    // `{{ … }}` at the start is a template's.
    match begins_as_json && !start.starts_with("{{") && !start.starts_with("{%") {
        true => json::parse(text),
        false => yaml::parse(text),
    }
    .map_err(|fault| about_templates(text, fault))
}

/// What cannot be parsed for its placeholders is told so.
fn about_templates(text: &str, mut fault: Fault) -> Fault {
    if text.contains("{{") || text.contains("{%") {
        fault.hint = "it holds `{{ … }}`: a template, to be rendered by its own tool first".to_owned();
    } else if text.contains("${") {
        fault.hint = "a `${NAME}` must stand in quotes, as a text (--expand replaces it)".to_owned();
    }
    fault
}

/// The members of an object, none of which may stand twice: one of the two would be ignored.
fn object(members: Vec<Member>) -> Result<Value, Fault> {
    let mut names = std::collections::HashSet::new();
    if let Some(twice) = members.iter().find(|member| !names.insert(member.name.as_str())) {
        let message = format!("`{}` stands twice in one object", twice.name);
        return Err(Fault::new(twice.line, message, "leave one of them out"));
    }
    Ok(Value::Map(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_trailing_commas_and_lines_of_json() {
        let text = "// what runs\n{\n  \"a\": 1, /* one */\n  \"b\": [true, null,\n    \"x\",],\n}\n";
        let node = parse(text).expect("JSON with comments");
        assert_eq!(node.get("a"), Some(&Node { line: 3, value: Value::Number("1".into()) }));
        let list = node.get("b").and_then(Node::items).expect("a list");
        assert_eq!((list[1].value.clone(), list[2].line), (Value::Null, 5));
    }

    #[test]
    fn yaml_has_texts_numbers_anchors_and_functions() {
        let text = "a: &x\n  n: 0512\n  t: \"12\"\n  no: no\n  off: false\n  nothing: ~\nb:\n  <<: *x\n  n: 1.5\nc: !Ref Image\nd: |\n  two\n  lines\n";
        let node = parse(text).expect("YAML");
        let a = node.get("a").expect("it is there");
        assert_eq!(a.get("n").map(|n| &n.value), Some(&Value::Number("0512".into())));
        assert_eq!(a.get("t").and_then(Node::text), Some("12"));
        assert_eq!(a.get("no").and_then(Node::text), Some("no"), "YAML 1.2");
        assert_eq!(a.get("off").map(|n| &n.value), Some(&Value::Bool(false)));
        assert_eq!(a.get("nothing").map(|n| &n.value), Some(&Value::Null));
        let b = node.get("b").expect("it is there");
        assert_eq!(b.get("n").map(|n| (&n.value, n.line)), Some((&Value::Number("1.5".into()), 9)));
        assert_eq!(b.get("t").and_then(Node::text), Some("12"));
        assert_eq!(node.get("c").map(|n| &n.value), Some(&Value::Function("Ref".into())));
        assert_eq!(node.get("d").and_then(Node::text), Some("two\nlines\n"));
    }

    #[test]
    fn what_is_wrong_has_its_line_and_no_value() {
        for (text, line, words) in [
            ("{\n \"a\": s3cret\n}", 2, ""),
            ("{\"a\": 1 \"b\": 2}", 1, "comma"),
            ("{\"a\": 's3cret'}", 1, "Single-quoted"),
            ("{\"a\": 1,\n\"a\": 2}", 2, "`a` stands twice"),
            ("{\"a\": 1} {\"b\": 2}", 1, ""),
            ("a: 1\nb: [s3cret\n", 0, ""),
            ("a: 1\na: 2\n", 2, "`a` stands twice"),
            ("a: *nowhere\n", 0, ""),
            ("---\na: 1\n---\nb: 2\n", 3, "several documents"),
            ("  \n", 0, "empty"),
        ] {
            let fault = parse(text).expect_err(text);
            assert!(line == 0 || fault.line == line, "{text}: {fault:?}");
            assert!(fault.message.contains(words), "{text}: {fault:?}");
            assert!(!fault.message.contains("s3cret"), "{text}: {fault:?}");
        }
        assert!(parse("{ \"cpu\": {{ cpu }} }").expect_err("a template").hint.contains("template"));
        assert!(parse("{ \"cpu\": ${CPU} }").expect_err("a placeholder").hint.contains("--expand"));
    }

    #[test]
    fn what_grows_without_measure_is_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..10 {
            let list = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{list}]\n"));
        }
        assert!(parse(&bomb).expect_err("a bomb").message.contains("too large"));
        for deep in ["[".repeat(5_000), "- ".repeat(5_000)] {
            parse(&deep).expect_err("too deep");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[\\[\\]{}:,\\-\"'&*!|>%@`#?a-z0-9 \n\t.~]{0,60}") {
            let _ = parse(&text);
            let _ = yaml::parse(&text);
            let _ = json::parse(&text);
        }

        #[test]
        fn json_is_read_as_serde_reads_it(value in crate::ecs_definition::document::tests::json_value()) {
            let node = parse(&value.to_string()).expect("JSON");
            proptest::prop_assert_eq!(plain(&node), value.clone());
            // JSON is YAML too.
            let node = yaml::parse(&value.to_string()).expect("YAML");
            proptest::prop_assert_eq!(plain(&node), value);
        }
    }

    pub(crate) fn json_value() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
        use proptest::prelude::*;
        use serde_json::Value;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z0-9 é\"\\\\/:#'-]{0,8}".prop_map(Value::from),
        ];
        let tree = leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        });
        tree.prop_map(|inner| serde_json::json!({ "root": inner }))
    }

    fn plain(node: &Node) -> serde_json::Value {
        match &node.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(on) => (*on).into(),
            Value::Number(text) => serde_json::from_str(text).expect("a number"),
            Value::Text(text) => text.clone().into(),
            Value::List(items) => items.iter().map(plain).collect(),
            Value::Map(members) => serde_json::Value::Object(
                members.iter().map(|member| (member.name.clone(), plain(&member.node))).collect(),
            ),
            Value::Function(name) => panic!("a function {name}"),
        }
    }
}
