//! YAML 1.2, with anchors, merge keys (`<<`) and the tags of templates (`!Ref`).

use std::collections::HashMap;

use saphyr_parser::Event;
use saphyr_parser::Parser;
use saphyr_parser::ScalarStyle;
use saphyr_parser::Span;
use saphyr_parser::Tag;

use super::Fault;
use super::MAX_DEPTH;
use super::MAX_NODES;
use super::Member;
use super::Node;
use super::Value;
use super::object;

/// Parses a text of one document.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 };
    let mut root = None;
    loop {
        match reader.next()? {
            (Event::DocumentStart(_), span) if root.is_some() => {
                let hint = "keep the one that is meant";
                return Err(Fault::new(span.start.line(), "it holds several documents", hint));
            }
            (Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _) => {}
            (Event::StreamEnd, _) => break,
            (event, span) => root = Some(reader.node(event, span, 0)?),
        }
    }
    root.ok_or_else(|| Fault::new(0, "it holds nothing but comments", ""))
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let message = format!("it is no YAML: {}", error.info());
                Err(Fault::new(
                    error.marker().line(),
                    message,
                    "check the line, its indentation and its quotes",
                ))
            }
            None => Err(Fault::new(0, "it is no YAML: it ends early", "")),
        }
    }

    /// The node that begins with this event.
    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Fault> {
        let line = span.start.line();
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > MAX_DEPTH {
            return Err(Fault::new(line, "it is too large, or nested too deeply", ""));
        }
        let (value, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => (scalar(&text, style, tag.as_deref()), anchor, tag),
            Event::SequenceStart(anchor, tag) => (self.list(depth)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.map(depth)?, anchor, tag),
            Event::Alias(anchor) => return self.alias(anchor, line),
            _ => return Err(Fault::new(line, "it is no YAML: something else than a value stands here", "")),
        };
        let node = match tag.filter(|tag| !tag.is_yaml_core_schema()) {
            Some(tag) => Node { line, value: Value::Function(tag.suffix.clone()) },
            None => Node { line, value },
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// What an alias stands for, which counts as often as it is used.
    fn alias(&mut self, anchor: usize, line: usize) -> Result<Node, Fault> {
        let node = self.anchors.get(&anchor).cloned();
        let node = node.ok_or_else(|| Fault::new(line, "it uses an anchor that is not complete here", ""))?;
        self.nodes += size(&node);
        match self.nodes > MAX_NODES {
            true => Err(Fault::new(line, "it is too large", "its aliases multiply")),
            false => Ok(Node { line, ..node }),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut members: Vec<Member> = Vec::new();
        let mut merged: Vec<Node> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let line = span.start.line();
            let name = match event {
                Event::MappingEnd => break,
                Event::Scalar(name, ..) => name.into_owned(),
                _ => return Err(Fault::new(line, "it is no YAML: a member's name is no text", "")),
            };
            let (event, span) = self.next()?;
            let node = self.node(event, span, depth + 1)?;
            match name == "<<" {
                true => merged.push(node),
                false => members.push(Member { name, line, node }),
            }
        }
        for node in merged {
            let maps = match node.value {
                Value::List(maps) => maps,
                value => vec![Node { line: node.line, value }],
            };
            // What is said in the object itself, or in an earlier map, wins.
            // Source: https://yaml.org/type/merge.html
            for member in maps.iter().flat_map(Node::members) {
                if members.iter().all(|own| own.name != member.name) {
                    members.push(member.clone());
                }
            }
        }
        object(members)
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(members) => members.iter().map(|member| size(&member.node)).sum(),
        _ => 0,
    }
}

/// What a scalar is by the core schema. Source: YAML 1.2.2, 10.3.2. Tag resolution.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        text if is_number(text) => Value::Number(text.to_owned()),
        text => Value::Text(text.to_owned()),
    }
}

/// Decimal numbers; other bases stay texts, and no member of a definition takes them.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.ends_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}
