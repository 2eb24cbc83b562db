//! Service messages: `##teamcity[name key='value' key='value']`.
//!
//! The bytes are those of `teamcity-messages` (teamcity/messages.py), JetBrains' own writer; line breaks of
//! Unicode's, which it leaves as they are, are written as its reader has them (JetBrains/TeamCity.ServiceMessages,
//! `ServiceMessageReplacements`).

/// One message.
pub fn line(name: &str, attributes: &[(&str, &str)]) -> String {
    let mut line = format!("##teamcity[{name}");
    for (key, value) in attributes {
        line.push_str(&format!(" {key}='{}'", escape(value)));
    }
    line.push(']');
    line
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        let code = match character {
            '|' => '|',
            '\'' => '\'',
            '\n' => 'n',
            '\r' => 'r',
            '[' => '[',
            ']' => ']',
            '\u{85}' => 'x',
            '\u{2028}' => 'l',
            '\u{2029}' => 'p',
            other => {
                escaped.push(other);
                continue;
            }
        };
        escaped.extend(['|', code]);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The fixture was made once with the PyPI package (1.33) by `oracle.py`, which says how.
    #[test]
    fn bytes_are_those_of_teamcity_messages() {
        let vectors: Vec<Value> =
            serde_json::from_str(include_str!("oracle.json")).expect("the fixture is JSON");
        assert!(vectors.len() > 20);
        for vector in vectors {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let pairs: Vec<(String, String)> = vector["attributes"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|pair| (text(&pair[0]), text(&pair[1])))
                .collect();
            let attributes: Vec<(&str, &str)> =
                pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            assert_eq!(line(&text(&vector["name"]), &attributes), text(&vector["line"]), "{vector}");
        }
        assert_eq!(escape("a\u{85}b\u{2028}c\u{2029}"), "a|xb|lc|p");
    }
}
