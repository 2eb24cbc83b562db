//! What the task has printed for later steps, in the report.

use std::collections::BTreeMap;

use crate::output::render::text;
use crate::secrecy::Secrets;
use crate::stream::message::OutputsSeen;

/// The outputs as they are passed on, and what a person should know of them.
pub(super) fn outputs(seen: OutputsSeen, secrets: &Secrets) -> (BTreeMap<String, String>, Vec<String>) {
    let OutputsSeen { mut values, mut changed, dropped, refused } = seen;
    for (name, value) in &mut values {
        let masked = secrets.text(value).into_owned();
        if masked != *value {
            *value = masked;
            changed.push(name.clone());
        }
    }
    changed.sort();
    changed.dedup();
    let mut warnings: Vec<String> = changed
        .iter()
        .map(|name| {
            format!(
                "output `{name}` is not what the task printed: its value was masked, or changed by a filter"
            )
        })
        .collect();
    if dropped > 0 {
        let outputs = text::counted(dropped, "output");
        warnings.push(format!("{outputs} of the task did not come through the filters: not passed on"));
    }
    if refused > 0 {
        let lines = text::counted(refused, "line");
        warnings.push(format!(
            "not taken as outputs: {lines} with `sortie:output`; they are NAME=VALUE on one line without control characters, with \
             letters, digits, `_` and `-` in the name; at most 100 of them, of 8 KB each"
        ));
    }
    (values, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrecy::Secret;

    #[test]
    fn what_is_passed_on_is_masked_and_that_is_said() {
        let secrets = Secrets::new();
        secrets.learn([Secret::new("TOKEN", "--env", "hunter2-hunter2")]);
        let values = [("a", "plain"), ("b", "x hunter2-hunter2"), ("c", "***")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let seen = OutputsSeen { values, changed: vec!["c".to_owned()], dropped: 1, refused: 2 };
        let (passed, warnings) = outputs(seen, &secrets);
        assert_eq!((&*passed["a"], &*passed["b"]), ("plain", "x ***"));
        insta::assert_snapshot!(warnings.join("\n"), @r"
        output `b` is not what the task printed: its value was masked, or changed by a filter
        output `c` is not what the task printed: its value was masked, or changed by a filter
        1 output of the task did not come through the filters: not passed on
        not taken as outputs: 2 lines with `sortie:output`; they are NAME=VALUE on one line without control characters, with letters, digits, `_` and `-` in the name; at most 100 of them, of 8 KB each
        ");
    }
}
