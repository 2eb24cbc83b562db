//! The service model's members and types, as far as RegisterTaskDefinition needs them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Bool,
    /// A list of one type.
    List(Box<Type>),
    /// An object whose names the user chooses.
    Map(Box<Type>),
    /// An object with the members of this structure.
    Structure(String),
    /// One of these words.
    Words(Vec<String>),
}

/// A member of a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its type.
    pub of: Type,
    /// Whether it must be there.
    pub required: bool,
}

/// Structures by name, each with its members by name.
#[derive(Debug)]
pub struct Table {
    /// The structure of a whole definition.
    pub root: String,
    structures: BTreeMap<String, BTreeMap<String, Member>>,
}

#[derive(Deserialize)]
struct Written {
    root: String,
    structures: BTreeMap<String, BTreeMap<String, String>>,
    enumerations: BTreeMap<String, Vec<String>>,
}

/// The model of the Amazon ECS API of 2014-11-13, as botocore 1.44.8 ships it.
pub static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let written: Written = serde_json::from_str(include_str!("members.json")).unwrap_or_else(|error| {
        unreachable!("members.json is a part of the program, and a test reads it: {error}")
    });
    let member = |text: &String| Member {
        of: type_of(text.trim_end_matches('!'), &written),
        required: text.ends_with('!'),
    };
    let members = |members: &BTreeMap<String, String>| {
        members.iter().map(|(name, text)| (name.clone(), member(text))).collect()
    };
    let structures = written.structures.iter().map(|(name, text)| (name.clone(), members(text))).collect();
    Table { root: written.root.clone(), structures }
});

fn type_of(text: &str, written: &Written) -> Type {
    let inner = |open: char, close: char| text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
    match text {
        "string" => Type::Text,
        "integer" => Type::Integer,
        "boolean" => Type::Bool,
        _ => match (inner('[', ']'), inner('{', '}'), written.enumerations.get(text)) {
            (Some(of), ..) => Type::List(Box::new(type_of(of, written))),
            (_, Some(of), _) => Type::Map(Box::new(type_of(of, written))),
            (.., Some(words)) => Type::Words(words.clone()),
            _ => Type::Structure(text.to_owned()),
        },
    }
}

impl Table {
    /// The members of a structure.
    pub fn members(&self, structure: &str) -> impl Iterator<Item = (&str, &Member)> {
        let members = self.structures.get(structure).into_iter().flatten();
        members.map(|(name, member)| (name.as_str(), member))
    }

    /// A member by its name; in any case of letters where `loose` says so.
    pub fn member(&self, structure: &str, name: &str, loose: bool) -> Option<(&str, &Member)> {
        self.members(structure)
            .find(|(known, _)| *known == name || (loose && known.eq_ignore_ascii_case(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_table_is_known() {
        fn known(table: &Table, of: &Type) -> bool {
            match of {
                Type::List(of) | Type::Map(of) => known(table, of),
                Type::Structure(name) => table.members(name).next().is_some(),
                Type::Words(words) => !words.is_empty(),
                _ => true,
            }
        }
        let table = &*TABLE;
        for (name, members) in &table.structures {
            for (member, Member { of, .. }) in members {
                assert!(known(table, of), "{name}.{member}");
            }
        }
        let (_, drivers) = table.member("LogConfiguration", "logDriver", false).expect("it is there");
        assert!(
            drivers.required
                && matches!(&drivers.of, Type::Words(words) if words.contains(&"awslogs".into()))
        );
        assert!(table.member("ContainerDefinition", "Image", true).is_some());
        assert!(table.member("ContainerDefinition", "Image", false).is_none());
    }
}
