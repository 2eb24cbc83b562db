//! `sortie help settings`: all settings, with the names that set them.

use std::fmt::Write as _;

use crate::settings::reference;

/// The topic's text.
pub(super) fn text() -> String {
    let mut text = "Every setting: flag, environment variable, key of sortie.toml.\n\
                    Flags win over the environment, which wins over the file.\n"
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
        let several = match setting.variable().is_some() && setting.kind.is_by_line() {
            true => " [in the variable: one per line]",
            false => "",
        };
        let _ = writeln!(text, "      {}{several}{default}", setting.help);
    }
    text
}
