//! Variables in a definition's file: `${NAME}` in its texts, where that was asked for.
//!
//! Texts are expanded after the file was parsed, so that a value cannot change what the file is made of.

use super::document::Node;
use super::document::Value;
use crate::environment::Environment;
use crate::environment::Lookup;
use crate::error::Error;

/// Replaces every `${NAME}` in every text by the variable's value; `$${` stands for `${`.
///
/// # Errors
///
/// A usage error that names the variables that are not set, or what is no name. It holds no value.
pub fn expand(root: &mut Node, environment: &Environment) -> Result<(), Error> {
    let mut missing = Vec::new();
    expand_in(root, environment, &mut missing)?;
    if missing.is_empty() {
        return Ok(());
    }
    let (noun, verb) = if missing.len() == 1 { ("variable", "is") } else { ("variables", "are") };
    Err(Error::usage(format!("the {noun} {} {verb} not set (--expand)", missing.join(", ")))
        .hint("set what the file asks for; $${NAME} stays ${NAME} for the container's own shell"))
}

fn expand_in(node: &mut Node, environment: &Environment, missing: &mut Vec<String>) -> Result<(), Error> {
    match &mut node.value {
        Value::Text(text) if text.contains("${") => *text = expanded(text, environment, missing)?,
        Value::List(list) => {
            list.iter_mut().try_for_each(|node| expand_in(node, environment, missing))?;
        }
        Value::Map(members) => {
            members.iter_mut().try_for_each(|member| expand_in(&mut member.node, environment, missing))?;
        }
        _ => {}
    }
    Ok(())
}

fn expanded(text: &str, environment: &Environment, missing: &mut Vec<String>) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let before = &rest[..at];
        let inside = &rest[at + 2..];
        if let Some(kept) = before.strip_suffix('$') {
            out.push_str(kept);
            out.push_str("${");
            rest = inside;
            continue;
        }
        out.push_str(before);
        let (name, after) = inside.split_once('}').filter(|(name, _)| is_name(name)).ok_or_else(|| {
            Error::usage("a `${` in a text is not followed by a variable's name and `}` (--expand)")
                .hint("only ${NAME} is replaced, without defaults; $${ stands for ${")
        })?;
        match environment.get(name) {
            Lookup::Found(value) => out.push_str(&value),
            Lookup::Missing if missing.iter().any(|before| before == name) => {}
            Lookup::Missing => missing.push(name.to_owned()),
            Lookup::NotUtf8 => {
                return Err(Error::usage(format!("the variable {name} is not valid UTF-8 (--expand)")));
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs_definition::document::parse;

    fn environment() -> Environment {
        [("SHA", "abc"), ("EMPTY", ""), ("HOSTILE", "\"}], ${SHA}")].into_iter().collect()
    }

    fn expand_text(text: &str) -> Result<Node, Error> {
        let mut node = parse(text).expect("JSON");
        expand(&mut node, &environment()).map(|()| node)
    }

    #[test]
    fn texts_at_every_depth_are_expanded_and_values_are_not() {
        let node = expand_text(
            r#"{ "image": "r/app:${SHA}", "n": 1,
                "list": ["${SHA}${SHA}", { "deep": "a${EMPTY}b$SHA$" }, "$${SHA}", "${HOSTILE}"] }"#,
        );
        let expanded = r#"{ "image": "r/app:abc", "n": 1,
                "list": ["abcabc", { "deep": "ab$SHA$" }, "${SHA}", "\"}], ${SHA}"] }"#;
        assert_eq!(node.expect("all are set"), parse(expanded).expect("JSON"));
    }

    #[test]
    fn what_is_not_set_is_named_once_and_all_at_once() {
        let error = expand_text(r#"["${TAG}", "${SHA} ${TAG}", { "x": "${OTHER}" }]"#).expect_err("missing");
        assert!(error.is_usage(), "{error}");
        assert_eq!(error.to_string(), "the variables TAG, OTHER are not set (--expand)");
    }

    #[test]
    fn only_names_are_variables() {
        for text in ["${SHA:-x}", "${", "${SHA", "${}", "${1}", "${!x}", "${SHA OTHER}"] {
            let error = expand_text(&format!("[\"{text}\"]")).expect_err(text);
            assert!(error.is_usage() && error.advice().contains("$${"), "{text}: {error}");
        }
    }
}
