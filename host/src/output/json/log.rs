//! The object of a log line.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::Serializer;

use crate::unix_time;

/// A log line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogObject<'a> {
    /// When it was written, by the platform's clock.
    #[serde(serialize_with = "timestamp")]
    #[cfg_attr(test, schemars(with = "Option<super::schema::Timestamp>"))]
    pub at: i64,
    /// Milliseconds since sortie began, when it was printed.
    pub elapsed_ms: u64,
    /// The container's name.
    pub container: &'a str,
    /// The text; bytes that are no UTF-8 are U+FFFD.
    pub line: Cow<'a, str>,
    /// The line goes on in the next object of this container.
    pub partial: bool,
    /// What filters said of the line.
    pub labels: BTreeMap<&'a str, &'a str>,
}

/// Milliseconds since the Unix epoch as RFC 3339; null where a platform tells a time that is none.
fn timestamp<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    match unix_time::moment(*millis) {
        Some(time) => serializer.collect_str(&humantime::format_rfc3339_millis(time)),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_none_is_null() {
        let at = |at: i64| {
            let (line, labels) = (Cow::Borrowed("x"), BTreeMap::new());
            let object = LogObject { at, elapsed_ms: 1, container: "app", line, partial: false, labels };
            serde_json::to_value(object).expect("JSON")["at"].clone()
        };
        assert_eq!(at(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        for none in [-1, i64::MIN, i64::MAX, 253_402_300_800_000] {
            assert_eq!(at(none), serde_json::Value::Null, "{none}");
        }
    }
}
