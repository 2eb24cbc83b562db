//! What the parser of the command line says: an error, or the help that was asked for.

use super::print_document;
use super::process::Process;
use super::unwritable;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::settings::ColorChoice;

/// Tells an error as sortie tells its own, or prints the help. Words of the command line stand in it,
/// which may come from anywhere.
pub(super) fn tell(error: &clap::Error, hint: Option<&str>, process: &Process) -> ExitCode {
    let rendered = error.render();
    if error.use_stderr() {
        let text = rendered.to_string();
        let message = text.strip_prefix("error: ").unwrap_or(&text).split("\n\n").next().unwrap_or_default();
        return process.fail(&Error::usage(message.trim()).hint(hint.unwrap_or_default()));
    }
    // Help and version are not errors.
    let streams = process.streams();
    let text = match streams.stdout_styles(ColorChoice::Auto).is_colored() {
        true => rendered.ansi().to_string(),
        false => rendered.to_string(),
    };
    match print_document(&text, streams) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => process.fail(&unwritable(&reason)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::output::render::notices;
    use crate::output::render::style::Styles;
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
