//! `key=value` lists in variables: `api-key=abc%20d,x-tenant=1`.
//!
//! Keys and values as in W3C Baggage, of which the values are percent-encoded, and without its properties
//! (OpenTelemetry, "OpenTelemetry Protocol Exporter", "Specifying headers via environment variables").

/// Pairs in the order in which they stand in a list, of those with one key the last. Their values may be secrets, and are in no debug output.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(String, String)>);

impl std::fmt::Debug for Pairs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl Pairs {
    /// Reads a list.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence about it; without anything of it but a key.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (at, member) in list.split(',').enumerate().filter(|(_, member)| !member.trim().is_empty()) {
            let (key, value) = member
                .split_once('=')
                .map(|(key, value)| (key.trim(), value.trim()))
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| format!("is no list of key=value: look at its entry {}", at + 1))?;
            let value = decoded(value)
                .ok_or_else(|| format!("has a value for `{key}` that is not percent-encoded text"))?;
            pairs.retain(|(name, _)| name != key);
            pairs.push((key.to_owned(), value));
        }
        Ok(Self(pairs))
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

/// A percent-encoded text; `None` where it is none, or not of UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_is_read_as_baggage() {
        let pairs = Pairs::parse(" x=0, api-key = a%20b%3D ,x=1=2,, y= ").expect("a list");
        let all: Vec<(&str, &str)> = pairs.iter().collect();
        assert_eq!(all, [("api-key", "a b="), ("x", "1=2"), ("y", "")]);
        assert_eq!((pairs.get("x"), pairs.get("z")), (Some("1=2"), None));
        assert_eq!(Pairs::parse("").expect("a list").iter().count(), 0);
    }

    #[test]
    fn what_is_wrong_is_told_without_a_value() {
        for (list, expected) in [
            ("a=1,hunter2", "is no list of key=value: look at its entry 2"),
            ("=hunter2", "is no list of key=value: look at its entry 1"),
            ("a=hunter2%2", "has a value for `a` that is not percent-encoded text"),
            ("a=hunter2%g0", "has a value for `a` that is not percent-encoded text"),
            ("a=hunter2%ff", "has a value for `a` that is not percent-encoded text"),
        ] {
            assert_eq!(Pairs::parse(list).expect_err(list), expected);
        }
        assert_eq!(format!("{:?}", Pairs::parse("a=hunter2").expect("a list")), r#"["a"]"#);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_as_it_was(value in any::<String>(), more in "[ -~]{0,20}") {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let pairs = Pairs::parse(&format!("a=1, key = {encoded}")).expect("a list");
            prop_assert_eq!(pairs.get("key"), Some(&*value));
            // Whatever a list is, a value is not told.
            if let Err(why) = Pairs::parse(&format!("key=hunter2{more}")) {
                prop_assert!(!why.contains("hunter2"), "{}", why);
            }
        }
    }
}
