//! How an error of the command line looks: what failed, and what to do about it.

use super::print_document;
use super::unwritable;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::render::notices;
use crate::output::render::style::Styles;
use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::settings::ColorChoice;

/// Prints an error to standard error, and gives the exit code.
pub(super) fn print(error: &Error, color: ColorChoice, surroundings: Surroundings) -> ExitCode {
    let mut streams = Streams::of_process(surroundings);
    let styles = streams.stderr_styles(color);
    streams.say(&notices::error_lines(&error.to_string(), &error.advice(), &styles));
    ExitCode::of(error.kind())
}

/// Prints a warning to standard error.
pub(super) fn warn(message: &str, color: ColorChoice, surroundings: Surroundings) {
    let mut streams = Streams::of_process(surroundings);
    let styles = streams.stderr_styles(color);
    streams.say(&notices::warning_line(message, &styles));
}

/// Prints what the parser of the command line says: an error, or the help that was asked for. Words
/// of the command line stand in it, which may come from anywhere.
pub(super) fn print_parsers(error: &clap::Error, hint: Option<&str>, surroundings: Surroundings) -> ExitCode {
    let mut streams = Streams::of_process(surroundings);
    let rendered = error.render();
    let text = |styles: Styles| match styles.is_colored() {
        true => rendered.ansi().to_string(),
        false => rendered.to_string(),
    };
    if error.use_stderr() {
        let mut text = text(streams.stderr_styles(ColorChoice::Auto));
        if let Some(hint) = hint {
            text.push_str(&format!("  hint: {hint}\n"));
        }
        streams.say(text.trim_end_matches('\n'));
        return ExitCode::USAGE;
    }
    // Help and version are not errors.
    match print_document(&text(streams.stdout_styles(ColorChoice::Auto)), streams) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => print(&unwritable(&reason), ColorChoice::Auto, surroundings),
    }
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
