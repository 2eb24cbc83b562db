//! What is wrong with a configuration, in words for a person.
//!
//! A configuration may hold secrets, so nothing here shows a value of it, nor how long it is. What is shown
//! of it are keys. What is shown of the schema is the plugin's, and made safe to print.

use std::cmp::Reverse;

use boon::ErrorKind;
use boon::InstanceToken;
use boon::ValidationError;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::nearest::nearest;
use crate::plugin::runtime::text::clean;
use crate::secrecy::looks_random;
use crate::settings::places::pointer;

/// Characters of one message.
const MAX_MESSAGE: usize = 300;

/// Characters of a key, or of a value or pattern of the schema.
const MAX_SHOWN: usize = 80;

/// Allowed values that are listed.
const MAX_VALUES: usize = 20;

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// JSON pointer to the part that is wrong; of a missing one, to what it is missing from.
    pub(crate) path: String,
    /// One line, safe to print.
    pub(crate) message: String,
}

/// All that `error` says of `config`, by a schema in `document`.
pub(super) fn findings(error: &ValidationError<'_, '_>, document: &Value, config: &Value) -> Vec<Finding> {
    let said = |problem: Problem| Finding {
        message: clean(&problem.what.to_string(), MAX_MESSAGE),
        path: problem.path,
    };
    Checked { document, config }.problems(error, "").into_iter().map(said).collect()
}

/// A finding that can still be put together with another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    path: String,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// It is of none of these types.
    Type { got: &'static str, want: Vec<&'static str> },
    /// It is none of these, as they are shown.
    Value(Vec<String>),
    /// Anything else.
    Other(String),
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Type { got: "a number", want } if *want == ["an integer"] => {
                f.write_str("must be an integer, without a fraction")
            }
            Self::Type { got, want } => write!(f, "must be {}, not {got}", want.join(" or ")),
            Self::Value(values) if values.len() == 1 => write!(f, "must be {}", values[0]),
            Self::Value(values) => {
                let shown = values.iter().take(MAX_VALUES).map(String::as_str).collect::<Vec<_>>();
                let more = if values.len() > MAX_VALUES { ", …" } else { "" };
                write!(f, "must be one of {}{more}", shown.join(", "))
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// What was checked, by what.
struct Checked<'c> {
    document: &'c Value,
    config: &'c Value,
}

impl Checked<'_> {
    /// The problems that `error` tells, which is within one about what is at `outer`.
    fn problems(&self, error: &ValidationError<'_, '_>, outer: &str) -> Vec<Problem> {
        let at = path(error);
        // The library does not say where the object is whose key is wrong.
        let at =
            if let ErrorKind::PropertyName { prop } = &error.kind { self.only_one(prop, outer) } else { at };
        let within = || error.causes.iter().map(|cause| self.problems(cause, &at));
        let one = |what: What| vec![Problem { path: at.clone(), what }];
        let other = |text: String| one(What::Other(text));
        match &error.kind {
            ErrorKind::Group
            | ErrorKind::Schema { .. }
            | ErrorKind::Reference { .. }
            | ErrorKind::ContentSchema
            | ErrorKind::AllOf => within().flatten().collect(),
            ErrorKind::AnyOf | ErrorKind::OneOf(None) => useful(&at, within().collect()),
            ErrorKind::OneOf(Some(_)) => {
                other("fits several of the forms that exclude each other".to_owned())
            }
            ErrorKind::PropertyName { prop } => within()
                .flatten()
                .map(|problem| Problem {
                    path: at.clone(),
                    what: What::Other(format!("the key {} {}", code(prop), problem.what)),
                })
                .collect(),
            ErrorKind::FalseSchema => match at.rsplit_once('/') {
                Some((_, key)) if error.schema_url.ends_with("/unevaluatedProperties") => {
                    let key = key.replace("~1", "/").replace("~0", "~");
                    let schema = error.schema_url.trim_end_matches("/unevaluatedProperties");
                    other(self.unknown_key(&key, schema))
                }
                _ => other("is not allowed".to_owned()),
            },
            ErrorKind::AdditionalProperties { got } => got
                .iter()
                .map(|key| Problem {
                    path: pointer(&at, key),
                    what: What::Other(self.unknown_key(key, error.schema_url)),
                })
                .collect(),
            ErrorKind::Type { got, want } => {
                one(What::Type { got: type_name(*got), want: want.iter().map(type_name).collect() })
            }
            ErrorKind::Enum { want } => one(What::Value(want.iter().map(value).collect())),
            ErrorKind::Const { want } => one(What::Value(vec![value(want)])),
            ErrorKind::Required { want } => {
                want.iter().flat_map(|key| other(format!("{} is missing", code(key)))).collect()
            }
            ErrorKind::Dependency { prop, missing } | ErrorKind::DependentRequired { prop, missing } => {
                missing
                    .iter()
                    .flat_map(|key| other(format!("{} is missing, which {} needs", code(key), code(prop))))
                    .collect()
            }
            ErrorKind::Format { want, .. } => other(format!("is not a valid {}", code(want))),
            ErrorKind::ContentEncoding { want, .. } | ErrorKind::ContentMediaType { want, .. } => {
                other(format!("is not {}", code(want)))
            }
            ErrorKind::Pattern { want, .. } => other(format!("does not match {}", code(want))),
            ErrorKind::MinProperties { want, .. } => {
                other(format!("must have at least {}", count(*want, "key")))
            }
            ErrorKind::MaxProperties { want, .. } => {
                other(format!("must have at most {}", count(*want, "key")))
            }
            ErrorKind::MinItems { want, .. } => other(format!("must have at least {}", count(*want, "item"))),
            ErrorKind::MaxItems { want, .. } => other(format!("must have at most {}", count(*want, "item"))),
            ErrorKind::AdditionalItems { got } => other(format!("has {} too many", count(*got, "item"))),
            ErrorKind::UniqueItems { got: [one, two] } => {
                other(format!("its items {one} and {two}, counted from 0, are the same"))
            }
            ErrorKind::Contains => other("has none of the items that it must have one of".to_owned()),
            ErrorKind::MinContains { want, .. } => {
                other(format!("must have at least {} of a certain form", count(*want, "item")))
            }
            ErrorKind::MaxContains { want, .. } => {
                other(format!("must have at most {} of a certain form", count(*want, "item")))
            }
            ErrorKind::MinLength { want, .. } => {
                other(format!("must have at least {}", count(*want, "character")))
            }
            ErrorKind::MaxLength { want, .. } => {
                other(format!("must have at most {}", count(*want, "character")))
            }
            ErrorKind::Minimum { want, .. } => other(format!("must be at least {want}")),
            ErrorKind::Maximum { want, .. } => other(format!("must be at most {want}")),
            ErrorKind::ExclusiveMinimum { want, .. } => other(format!("must be more than {want}")),
            ErrorKind::ExclusiveMaximum { want, .. } => other(format!("must be less than {want}")),
            ErrorKind::MultipleOf { want, .. } => other(format!("must be a multiple of {want}")),
            ErrorKind::Not => other("is of a form that is not allowed".to_owned()),
            // Refused with the schema.
            ErrorKind::RefCycle { .. } => other("is checked without end".to_owned()),
        }
    }

    /// The member `key` within what is at `outer`, if there is one only; else `outer`.
    fn only_one(&self, key: &str, outer: &str) -> String {
        let mut found = Vec::new();
        let mut open: Vec<(String, &Value)> =
            self.config.pointer(outer).map(|value| (outer.to_owned(), value)).into_iter().collect();
        while let Some((at, value)) = open.pop() {
            match value {
                Value::Object(members) => {
                    found.extend(members.contains_key(key).then(|| pointer(&at, key)));
                    open.extend(members.iter().map(|(key, value)| (pointer(&at, key), value)));
                }
                Value::Array(items) => {
                    let items = items.iter().enumerate();
                    open.extend(items.map(|(index, value)| (pointer(&at, &index.to_string()), value)));
                }
                _ => {}
            }
        }
        match <[String; 1]>::try_from(found) {
            Ok([at]) => at,
            Err(_) => outer.to_owned(),
        }
    }

    /// `schema` is the address of the schema that does not have the key.
    fn unknown_key(&self, key: &str, schema: &str) -> String {
        let fragment = schema.split_once('#').map_or("", |(_, fragment)| fragment);
        let known = percent_decode_str(fragment)
            .decode_utf8()
            .ok()
            .and_then(|pointer| self.document.pointer(&pointer)?.get("properties")?.as_object())
            .into_iter()
            .flat_map(|properties| properties.keys().map(String::as_str));
        match nearest(key, known) {
            Some(near) => format!("unknown key {}; did you mean {}?", code(key), code(near)),
            // A value may stand in the place of a key.
            None if looks_random(key) => {
                "unknown key, which is not shown, since it may be a secret".to_owned()
            }
            None => format!("unknown key {}", code(key)),
        }
    }
}

/// Of the problems with each of several forms, those with the form that was most likely meant: of the right
/// type, then with the right words (`type = "a"`), then the one in which the problem is deepest.
fn useful(at: &str, forms: Vec<Vec<Problem>>) -> Vec<Problem> {
    let is_of_other_type = |one: &Problem| one.path == at && matches!(one.what, What::Type { .. });
    let forms = without(forms, is_of_other_type);
    if let Some(together) = together(forms.iter().map(Vec::as_slice), at) {
        return vec![together];
    }
    let is_other_word = |one: &Problem| {
        let key = one.path.strip_prefix(at).and_then(|key| key.strip_prefix('/'));
        matches!(one.what, What::Value(_)) && key.is_some_and(|key| !key.contains('/'))
    };
    let forms = without(forms, is_other_word);
    // If it has the word of none, all words are shown that it can be.
    let words: Vec<&Problem> =
        forms.iter().filter_map(|form| form.iter().find(|one| is_other_word(one))).collect();
    if let [first, ..] = words[..]
        && let Some(together) = together(words.iter().map(|word| std::slice::from_ref(*word)), &first.path)
    {
        return vec![together];
    }
    let depth = |form: &[Problem]| form.iter().map(|one| one.path.matches('/').count()).max();
    forms.into_iter().min_by_key(|form| (Reverse(depth(form)), form.len())).unwrap_or_default()
}

/// The forms that do not have such a problem; all, if all have one.
fn without(forms: Vec<Vec<Problem>>, such: impl Fn(&Problem) -> bool) -> Vec<Vec<Problem>> {
    match forms.iter().all(|form| form.iter().any(&such)) {
        true => forms,
        false => forms.into_iter().filter(|form| !form.iter().any(&such)).collect(),
    }
}

/// The one problem that all forms have, if each has one, of the same kind and at the same place.
fn together<'p>(forms: impl IntoIterator<Item = &'p [Problem]>, at: &str) -> Option<Problem> {
    let mut whole: Option<What> = None;
    for form in forms {
        let [Problem { path, what }] = form else { return None };
        if path != at {
            return None;
        }
        whole = Some(match (whole, what) {
            (None, what) => what.clone(),
            (Some(What::Type { got, want }), What::Type { want: more, .. }) => {
                What::Type { got, want: union(want, more) }
            }
            (Some(What::Value(values)), What::Value(more)) => What::Value(union(values, more)),
            _ => return None,
        });
    }
    Some(Problem { path: at.to_owned(), what: whole? })
}

fn union<T: Clone + PartialEq>(mut all: Vec<T>, more: &[T]) -> Vec<T> {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
    all
}

/// The JSON pointer to what an error is about.
fn path(error: &ValidationError<'_, '_>) -> String {
    error.instance_location.tokens.iter().fold(String::new(), |at, token| match token {
        InstanceToken::Prop(key) => pointer(&at, key),
        InstanceToken::Item(index) => pointer(&at, &index.to_string()),
    })
}

fn type_name(of: boon::Type) -> &'static str {
    match of {
        boon::Type::Null => "null",
        boon::Type::Boolean => "a boolean",
        boon::Type::Number => "a number",
        boon::Type::Integer => "an integer",
        boon::Type::String => "a string",
        boon::Type::Array => "an array",
        boon::Type::Object => "an object",
    }
}

/// A value of the schema.
fn value(value: &Value) -> String {
    match value {
        Value::String(text) => code(text),
        value => code(&value.to_string()),
    }
}

/// Text of the schema, or a key.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", clean(text, MAX_SHOWN))
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}
