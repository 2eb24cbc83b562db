//! JSON, with comments and trailing commas.

use jsonc_parser::CollectOptions;
use jsonc_parser::ParseOptions;
use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::parse_to_ast;

use super::Fault;
use super::MAX_DEPTH;
use super::Member;
use super::Node;
use super::Value;
use super::object;

/// What is allowed beyond JSON.
const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Parses a text.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let lines = Lines::of(text);
    let parsed = parse_to_ast(text, &CollectOptions::default(), &OPTIONS).map_err(|error| {
        let line = lines.at(error.range().start);
        Fault::new(line, format!("it is no JSON: {}", error.kind()), "check the line, and the one before it")
    })?;
    match parsed.value {
        Some(value) => lines.node(value, 0),
        None => Err(Fault::new(0, "it holds nothing but comments", "")),
    }
}

/// Where each line ends.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn at(&self, byte: usize) -> usize {
        1 + self.0.partition_point(|end| *end < byte)
    }

    fn node(&self, value: ast::Value<'_>, depth: usize) -> Result<Node, Fault> {
        let line = self.at(value.range().start);
        if depth > MAX_DEPTH {
            return Err(Fault::new(line, "it is nested too deeply", ""));
        }
        let value = match value {
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
            ast::Value::NumberLit(literal) => Value::Number(literal.value.to_owned()),
            ast::Value::StringLit(literal) => Value::Text(literal.value.into_owned()),
            ast::Value::Array(array) => {
                let items = array.elements.into_iter().map(|item| self.node(item, depth + 1));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            ast::Value::Object(members) => {
                let members = members.properties.into_iter().map(|member| {
                    let line = self.at(member.range.start);
                    let node = self.node(member.value, depth + 1)?;
                    Ok(Member { name: member.name.into_string(), line, node })
                });
                object(members.collect::<Result<_, Fault>>()?)?
            }
        };
        Ok(Node { line, value })
    }
}
