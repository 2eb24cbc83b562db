//! Logging commands: `##vso[area.command key=value;key=value;]data`.
//!
//! The bytes are those of `azure-pipelines-task-lib` (node/taskcommand.ts), which are what the agent undoes
//! (microsoft/azure-pipelines-agent, `CommandStringConvertor`): `%` is `%AZP25` since March 2021.

/// One command line. Properties with an empty value are left out, as `azure-pipelines-task-lib` does. The
/// data may have several lines.
pub fn line(name: &str, properties: &[(&str, &str)], data: &str) -> String {
    let mut line = format!("##vso[{name}");
    if !properties.is_empty() {
        line.push(' ');
    }
    for (key, value) in properties.iter().filter(|(_, value)| !value.is_empty()) {
        line.push_str(&format!("{key}={};", escape_property(value)));
    }
    line.push(']');
    line.push_str(&escape_data(data));
    line
}

/// `%` first, or the other escapes would be escaped again.
fn escape_data(data: &str) -> String {
    data.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(value: &str) -> String {
    escape_data(value).replace(']', "%5D").replace(';', "%3B")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The fixture was made once with the npm package (5.281.0) by `oracle.mjs`, which says how.
    #[test]
    fn bytes_are_those_of_azure_pipelines_task_lib() {
        let vectors: Vec<Value> =
            serde_json::from_str(include_str!("oracle.json")).expect("the fixture is JSON");
        assert!(vectors.len() > 20);
        for vector in vectors {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let pairs: Vec<(String, String)> = vector["properties"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|pair| (text(&pair[0]), text(&pair[1])))
                .collect();
            let properties: Vec<(&str, &str)> =
                pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let line = line(&text(&vector["name"]), &properties, &text(&vector["message"]));
            assert_eq!(line, text(&vector["line"]), "{vector}");
        }
    }
}
