//! Log drivers, and the options of awslogs and splunk.

use serde_json::Value;

use crate::ecs_definition::rules::Finding;
use crate::ecs_definition::rules::items;
use crate::ecs_definition::rules::placeholder;
use crate::nearest::nearest;
use crate::spec::ContainerSpec;
use crate::spec::LogConfig;
use crate::spec::TaskSpec;

/// Log drivers of Fargate. Source: Amazon ECS API reference, LogConfiguration, `logDriver`.
const DRIVERS: &[&str] = &["awslogs", "splunk", "awsfirelens"];

/// Options of awslogs. Of any other ECS says "Log driver awslogs disallows options".
/// Source: Amazon ECS API reference, LogConfiguration, `options`.
const OPTIONS: &[&str] = &[
    "awslogs-create-group",
    "awslogs-region",
    "awslogs-group",
    "awslogs-stream-prefix",
    "awslogs-datetime-format",
    "awslogs-multiline-pattern",
    "mode",
    "max-buffer-size",
];

pub(super) fn check(task: &TaskSpec, found: &mut Vec<Finding>) {
    for container in &task.containers {
        let Some(log) = &container.log else { continue };
        if !DRIVERS.contains(&log.driver.as_str()) {
            let message =
                format!("container `{}`: Fargate has no log driver `{}`", container.name, log.driver);
            found.push(Finding::refused(
                message,
                "use awslogs, splunk or awsfirelens; --log-group sets up awslogs where nothing is set",
            ));
        } else if log.driver == "awslogs" {
            awslogs(&container.name, log, found);
        } else if log.driver == "splunk" {
            splunk(container, log, found);
        }
        if log.option("mode").is_some_and(|mode| mode != "blocking" && mode != "non-blocking") {
            let what = "the log option `mode` is neither `blocking` nor `non-blocking`";
            found.push(Finding::refused(format!("container `{}`: {what}", container.name), ""));
        }
    }
}

/// "Log driver splunk requires options: splunk-token". A token may come from a store of secrets.
fn splunk(container: &ContainerSpec, log: &LogConfig, found: &mut Vec<Finding>) {
    let stored = |option: &str| {
        items(&container.extra, "logConfiguration/secretOptions")
            .any(|secret| secret.get("name").and_then(Value::as_str) == Some(option))
    };
    for option in ["splunk-token", "splunk-url"] {
        if log.option(option).is_none_or(str::is_empty) && !stored(option) {
            let message =
                format!("container `{}`: the log option `{option}` is missing or empty", container.name);
            found.push(Finding::refused(message, "the driver splunk needs `splunk-token` and `splunk-url`"));
        }
    }
}

fn awslogs(name: &str, log: &LogConfig, found: &mut Vec<Finding>) {
    let mut refused = |what: String, hint: &str| {
        found.push(Finding::refused(format!("container `{name}`: {what}"), hint));
    };
    // "Log driver awslogs requires options: awslogs-region, awslogs-group"
    for option in ["awslogs-group", "awslogs-region"] {
        match log.option(option) {
            None | Some("") => {
                refused(format!("the log option `{option}` is missing or empty"), "--log-group sets both")
            }
            Some(value) => {
                let placed = match option {
                    "awslogs-region" => placeholder::placeholder(value),
                    _ => placeholder::mark(value),
                };
                if let Some(what) = placed {
                    refused(format!("the log option `{option}` holds {what}"), placeholder::HINT);
                } else if option == "awslogs-region" && !is_region(value) {
                    refused(
                        "the log option `awslogs-region` is no region".to_owned(),
                        "for example eu-west-1",
                    );
                }
            }
        }
    }
    // "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option."
    // Definitions that AWS itself publishes say `True`.
    if log.option("awslogs-create-group").is_some_and(|value| !value.eq_ignore_ascii_case("true")) {
        refused(
            "the log option `awslogs-create-group` can only be `true`".to_owned(),
            "leave it out otherwise",
        );
    }
    if log.option("awslogs-datetime-format").is_some() && log.option("awslogs-multiline-pattern").is_some() {
        let what =
            "the log options `awslogs-datetime-format` and `awslogs-multiline-pattern` exclude each other";
        refused(what.to_owned(), "");
    }
    for option in log.options.iter().filter(|option| !OPTIONS.contains(&option.name.as_str())) {
        let near = nearest(&option.name, OPTIONS.iter().copied());
        let hint = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
        refused(format!("awslogs has no option `{}`", option.name), &hint);
    }
}

/// Letters, digits and hyphens, with a number at the end: `eu-west-1`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lower = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    parts.len() >= 3
        && parts.iter().all(lower)
        && parts.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}
