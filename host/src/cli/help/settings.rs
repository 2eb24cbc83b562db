//! `sortie help settings`: all settings, with the names that set them.

use std::fmt::Write as _;

use crate::settings::reference;

/// The topic's text.
pub(super) fn text() -> String {
    let mut text = "Every setting: flag, environment variable, key of sortie.toml.\n\
                    Flags win over the environment, which wins over the file.\n\
                    In a variable of several values, a comma that separates them cannot be part of one; where\n\
                    each has a line of its own, it can.\n"
        .to_owned();
    let mut heading = "";
    for setting in reference::all() {
        if setting.heading != heading {
            heading = setting.heading;
            let _ = writeln!(text, "\n{heading}:");
        }
        let variable = setting.variable().unwrap_or_else(|| "-".to_owned());
        let key = match (setting.sources.file(), setting.key) {
            (true, "plugin") => "[[plugin]]",
            (true, key) => key,
            (false, _) => "-",
        };
        let _ = writeln!(text, "  {:<26}{variable:<32}{key}", setting.flag());
        let default = setting.default.map(|default| format!(" [default: {default}]")).unwrap_or_default();
        let several = match setting.variable().map(|_| setting.kind) {
            Some(kind) if kind.is_by_line() => " [in the variable: one per line]",
            Some(kind) if kind.is_by_comma() => " [in the variable: separated by commas]",
            _ => "",
        };
        let _ = writeln!(text, "      {}{several}{default}", setting.help);
    }
    text
}
