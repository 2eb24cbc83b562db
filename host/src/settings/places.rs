//! Where the parts of a plugin's configuration were written, for what is said of them.

use std::collections::BTreeMap;

/// The places of one configuration, as errors name them: `sortie.toml:12`, `--plugin-config`. It holds no
/// values, which may be secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigPlaces {
    /// By JSON pointer; the empty pointer is the whole.
    known: BTreeMap<String, String>,
}

impl ConfigPlaces {
    /// The places of a configuration that was written as a whole at `place`.
    pub fn whole(place: impl Into<String>) -> Self {
        let mut places = Self::default();
        places.mark(String::new(), place.into());
        places
    }

    /// Says where the part at `pointer` is written.
    pub fn mark(&mut self, pointer: String, place: String) {
        self.known.insert(pointer, place);
    }

    /// The place of the part at `pointer`, else of the deepest known one that it is in. `None` where
    /// nothing is known, which is so for settings that are not a user's.
    pub fn at(&self, pointer: &str) -> Option<String> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.known.get(pointer) {
                return Some(place.clone());
            }
            pointer = match pointer.rsplit_once('/') {
                Some((parent, _)) => parent,
                // Not a pointer, which a plugin may make: it is about the whole.
                None if !pointer.is_empty() => "",
                None => return None,
            };
        }
    }

    /// What stands before a finding about the part at `pointer`: `sortie.toml:12: /rules/0: `.
    pub fn prefix(&self, pointer: &str) -> String {
        let mut prefix = String::new();
        for part in [self.at(pointer).as_deref().unwrap_or_default(), pointer] {
            if !part.is_empty() {
                prefix.push_str(part);
                prefix.push_str(": ");
            }
        }
        prefix
    }
}

/// The JSON pointer of `key` (or an index) in what is at `parent`.
pub fn pointer(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_that_of_the_deepest_part_that_is_known() {
        let mut places = ConfigPlaces::whole("a:1");
        places.mark(pointer("", "rules"), "a:2".to_owned());
        places.mark(pointer(&pointer("", "rules"), "x/y~z"), "a:3".to_owned());
        for (pointer, place) in [
            ("", "a:1"),
            ("/other/0", "a:1"),
            ("/rules", "a:2"),
            ("/rules/x", "a:2"),
            ("/rules/x~1y~0z/0/1", "a:3"),
            ("rules", "a:1"),
        ] {
            assert_eq!(places.at(pointer).as_deref(), Some(place), "{pointer}");
        }
        assert_eq!(ConfigPlaces::default().at("/a"), None);
    }

    #[test]
    fn a_finding_begins_with_its_place_and_pointer_where_there_are_any() {
        let places = ConfigPlaces::whole("--plugin-config");
        assert_eq!(places.prefix("/a/0"), "--plugin-config: /a/0: ");
        assert_eq!(places.prefix(""), "--plugin-config: ");
        assert_eq!(ConfigPlaces::default().prefix("/a"), "/a: ");
        assert_eq!(ConfigPlaces::default().prefix(""), "");
    }
}
