//! How an error of the command line looks: what failed, and what to do about it.

use std::io::Write as _;

use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::notices;
use crate::output::style::Styles;
use crate::output::style::wants_color;
use crate::settings::ColorChoice;
use crate::settings::OutputFormat;
use crate::settings::Settings;

/// Prints an error to standard error, and gives the exit code.
pub(super) fn print(error: &Error, color: ColorChoice) -> ExitCode {
    let stderr = std::io::stderr();
    let styles = Styles::new(wants_color(color, &stderr));
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(stderr.lock(), "{}", notices::error_lines(&error.to_string(), &error.advice(), &styles));
    ExitCode::of(error.kind())
}

/// Says that something takes long; nothing with `-q` or where a program reads.
pub(super) fn notice(message: &str, settings: &Settings) {
    if settings.output.verbosity >= 0 && settings.output.format == OutputFormat::Text {
        let _ = writeln!(std::io::stderr().lock(), "{} {message}", notices::PREFIX);
    }
}

/// Prints a warning to standard error.
pub(super) fn warn(message: &str, color: ColorChoice) {
    let stderr = std::io::stderr();
    let styles = Styles::new(wants_color(color, &stderr));
    let _ = writeln!(stderr.lock(), "{}", notices::warning_line(message, &styles));
}

/// Prints advice that follows an error which the parser of the command line has printed.
pub(super) fn hint(hint: &str) {
    let _ = writeln!(std::io::stderr().lock(), "  hint: {hint}");
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::file;
    use crate::settings::quantity;

    fn rendered(error: Error) -> String {
        assert!(error.is_usage());
        notices::error_lines(&error.to_string(), &error.advice(), &Styles::default())
    }

    #[test]
    fn an_error_says_where_what_and_what_next() {
        let unknown = file::parse("\ntags = { a = 'b' }", Path::new("sortie.toml")).unwrap_err();
        assert_eq!(
            rendered(unknown),
            "sortie: error: sortie.toml:2: unknown key `tags`\n  hint: did you mean `tag`?"
        );
        assert_eq!(
            rendered(quantity::memory("2XB").unwrap_err().on("--memory")),
            "sortie: error: --memory: `2XB` is not an amount of memory\n  \
             hint: write MiB (2048), or a number with MB or GB (512MB, 2GB)"
        );
    }
}
