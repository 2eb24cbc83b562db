//! What AWS accepts.
//!
//! Tags: ECS developer guide, "Tagging Amazon ECS resources", restrictions: at most 50 a
//! resource, keys of 1 to 128 and values of up to 256 characters, letters, digits and spaces of
//! any script and `+ - = . _ : / @`; keys do not begin with `aws:` in any case.
//!
//! startedBy: ECS API, `RunTask`: up to 128 letters, digits, `-`, `/` and `_`.

/// Tags of one resource.
pub const MAX_TAGS: usize = 50;
/// Characters of a tag's name.
pub const MAX_KEY: usize = 128;
/// Characters of a tag's value.
pub const MAX_VALUE: usize = 256;
/// Characters of startedBy.
pub const MAX_STARTED_BY: usize = 128;

fn allowed(character: char) -> bool {
    character.is_alphanumeric() || character == ' ' || "+-=._:/@".contains(character)
}

/// Makes a tag's value: what is not allowed becomes `_`, what is too long is cut.
pub fn value(text: &str) -> String {
    clean(text.trim(), MAX_VALUE)
}

/// Makes a tag's name.
///
/// # Errors
/// When AWS takes no tag of that name whatever is done.
pub fn key(text: &str) -> Result<String, String> {
    let key = clean(text.trim(), MAX_KEY);
    if key.is_empty() {
        return Err("the name of a tag is empty".to_owned());
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(format!("{key:?}: names that begin with `aws:` are reserved"));
    }
    Ok(key)
}

fn clean(text: &str, limit: usize) -> String {
    let cleaned: String =
        text.chars().map(|character| if allowed(character) { character } else { '_' }).take(limit).collect();
    // A cut can leave a space at the end.
    cleaned.trim_end().to_owned()
}

/// Makes a startedBy. What is too long keeps its beginning and ends in a hash of the whole, so
/// that different runs stay different.
pub fn started_by(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(
            |character| {
                if character.is_ascii_alphanumeric() || "-/_".contains(character) { character } else { '_' }
            },
        )
        .collect();
    if clean.len() <= MAX_STARTED_BY && clean == text {
        return clean;
    }
    // Replaced characters make different texts equal; the hash tells them apart.
    let hash = format!("-{:016x}", fnv1a(text.as_bytes()));
    let keep = clean.len().min(MAX_STARTED_BY - hash.len());
    format!("{}{hash}", &clean[..keep])
}

/// FNV-1a, 64 bits: stable across versions and machines, which the standard hasher is not.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a_test_vectors() {
        // From the reference implementation's test suite.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn values_fit() {
        assert_eq!(value(" a,b\n(c) é "), "a_b__c_ é");
        assert_eq!(value(&"x".repeat(300)).len(), 256);
    }

    #[test]
    fn reserved_and_empty_names_are_refused() {
        assert!(key("AWS:x").is_err());
        assert!(key("  ").is_err());
        assert_eq!(key("team"), Ok("team".to_owned()));
    }

    #[test]
    fn started_by_is_short_clean_and_unique() {
        assert_eq!(started_by("github/o/r/1/1/build"), "github/o/r/1/1/build");
        let (left, right) = (started_by("a.b"), started_by("a b"));
        assert_ne!(left, right);
        let (left, right) = (started_by(&"x".repeat(200)), started_by(&"x".repeat(201)));
        assert_ne!(left, right);
        for text in [left, right] {
            assert!(text.len() <= MAX_STARTED_BY);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-/_".contains(&byte)));
        }
    }
}
