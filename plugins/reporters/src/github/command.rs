//! Workflow commands: `::name key=value,key=value::data`.
//!
//! The bytes are those of `@actions/core` (`packages/core/src/command.ts`), which are what the
//! runner undoes (`ActionCommand.cs`).

/// One command line. Properties with an empty value are left out, as `@actions/core` does.
pub fn line(name: &str, properties: &[(&str, &str)], data: &str) -> String {
    let mut line = format!("::{name}");
    if !properties.is_empty() {
        line.push(' ');
    }
    let mut separator = "";
    for (key, value) in properties.iter().filter(|(_, value)| !value.is_empty()) {
        line.push_str(separator);
        line.push_str(key);
        line.push('=');
        line.push_str(&escape_property(value));
        separator = ",";
    }
    line.push_str("::");
    line.push_str(&escape_data(data));
    line
}

/// The line as sortie takes it: control characters and line breaks that are left after escaping become
/// spaces, so that a tab in a reason does not cost its annotation.
pub fn accepted(line: &str) -> String {
    let is_refused = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    line.replace(is_refused, " ")
}

/// `%` first, or the other escapes would be escaped again.
fn escape_data(data: &str) -> String {
    data.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(value: &str) -> String {
    escape_data(value).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases of `packages/core/__tests__/command.test.ts` and `core.test.ts` of actions/toolkit
    /// that are about bytes.
    #[test]
    fn bytes_are_those_of_actions_core() {
        assert_eq!(line("some-command", &[], ""), "::some-command::");
        assert_eq!(
            line("some-command", &[], "percent % percent % cr \r cr \r lf \n lf \n"),
            "::some-command::percent %25 percent %25 cr %0D cr %0D lf %0A lf %0A"
        );
        assert_eq!(
            line("some-command", &[], "%25 %25 %0D %0D %0A %0A"),
            "::some-command::%2525 %2525 %250D %250D %250A %250A"
        );
        assert_eq!(
            line(
                "some-command",
                &[("name", "percent % percent % cr \r cr \r lf \n lf \n colon : colon : comma , comma ,")],
                ""
            ),
            "::some-command name=percent %25 percent %25 cr %0D cr %0D lf %0A lf %0A colon %3A colon %3A \
             comma %2C comma %2C::"
        );
        assert_eq!(
            line("some-command", &[("prop1", "value 1"), ("prop2", "value 2")], "some message"),
            "::some-command prop1=value 1,prop2=value 2::some message"
        );
        assert_eq!(line("some-command", &[("prop1", ""), ("prop2", "v")], "m"), "::some-command prop2=v::m");
        assert_eq!(line("error", &[], "Error message\r\n\n"), "::error::Error message%0D%0A%0A");
        assert_eq!(
            line(
                "error",
                &[("title", "A title"), ("file", "root/test.txt"), ("col", "1")],
                "this is my error"
            ),
            "::error title=A title,file=root/test.txt,col=1::this is my error"
        );
        assert_eq!(line("group", &[], "my-group"), "::group::my-group");
        assert_eq!(line("endgroup", &[], ""), "::endgroup::");
    }

    #[test]
    fn a_control_character_is_a_space() {
        let line = line("error", &[("title", "a\tb")], "c\u{1b}[0m\u{2028}d");
        assert_eq!(accepted(&line), "::error title=a b::c [0m d");
    }
}
