//! Colours, and when to use them.

use std::io::IsTerminal;

use anstyle::AnsiColor;
use anstyle::Style;

use crate::settings::ColorChoice;

/// Styles of one stream; all plain when the stream takes no colour.
#[derive(Debug, Clone, Copy, Default)]
pub struct Styles {
    /// Errors and failed runs.
    pub bad: Style,
    /// Succeeded runs.
    pub good: Style,
    /// Warnings.
    pub warning: Style,
    /// What stands back.
    pub dim: Style,
    /// What stands out.
    pub strong: Style,
    colored: bool,
}

/// Colours of container prefixes, in the order in which containers get them. Red is left out: it
/// says that something is wrong.
const PREFIX_COLORS: [AnsiColor; 5] =
    [AnsiColor::Cyan, AnsiColor::Magenta, AnsiColor::Green, AnsiColor::Blue, AnsiColor::Yellow];

impl Styles {
    /// Styles for a stream that takes colour, or not.
    pub fn new(colored: bool) -> Self {
        if !colored {
            return Self::default();
        }
        Self {
            bad: AnsiColor::Red.on_default().bold(),
            good: AnsiColor::Green.on_default().bold(),
            warning: AnsiColor::Yellow.on_default().bold(),
            dim: Style::new().dimmed(),
            strong: Style::new().bold(),
            colored,
        }
    }

    /// Style of the prefix of the container with this index.
    pub fn prefix(&self, container: usize) -> Style {
        if self.colored { PREFIX_COLORS[container % PREFIX_COLORS.len()].on_default() } else { Style::new() }
    }
}

/// Whether a stream gets colour. `NO_COLOR` is honoured (no-color.org), and so is a dumb terminal.
pub fn wants_color(choice: ColorChoice, stream: &impl IsTerminal) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            stream.is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}
