//! Hides by their names what a request or a task definition holds of secrets, for whoever is shown it. What
//! is known by its value is masked besides.

use serde_json::Value;

use super::names::says_secret;

/// What stands for a secret.
pub const MASK: &str = "***";

/// Replaces the values of environment variables and options whose names say secret: of `{"name": …, "value":
/// …}` in lists of the environment, and of a log driver's options.
pub fn hide(document: &mut Value) {
    match document {
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(members) => {
            let name = members.get("name").or_else(|| members.get("key")).and_then(Value::as_str);
            if name.is_some_and(says_secret)
                && let Some(value @ Value::String(_)) = members.get_mut("value")
            {
                *value = MASK.into();
            }
            if let Some(Value::Object(options)) = members.get_mut("options") {
                for (_, value) in
                    options.iter_mut().filter(|(name, value)| says_secret(name) && value.is_string())
                {
                    *value = MASK.into();
                }
            }
            members.values_mut().for_each(hide);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_hidden_by_their_names_and_references_stay() {
        let mut body = json!({
            "clientToken": "x",
            "containerDefinitions": [{
                "environment": [{ "name": "DB_PASSWORD", "value": "abc" }, { "name": "STAGE", "value": "dev" }],
                "secrets": [{ "name": "API_TOKEN", "valueFrom": "arn:aws:ssm:1" }],
                "logConfiguration": { "options": { "splunk-token": "abc", "splunk-url": "u" } },
            }],
            "tags": [{ "key": "api_token", "value": "abc" }],
        });
        hide(&mut body);
        let container = &body["containerDefinitions"][0];
        assert_eq!(container["environment"][0]["value"], "***");
        assert_eq!(container["environment"][1]["value"], "dev");
        assert_eq!(container["secrets"][0]["valueFrom"], "arn:aws:ssm:1");
        assert_eq!(
            container["logConfiguration"]["options"],
            json!({ "splunk-token": "***", "splunk-url": "u" })
        );
        assert_eq!((&body["tags"][0]["value"], &body["clientToken"]), (&json!("***"), &json!("x")));
    }
}
