//! Colours.

use anstyle::AnsiColor;
use anstyle::Style;

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

    /// Whether anything is coloured at all.
    pub fn is_colored(&self) -> bool {
        self.colored
    }

    /// Style of the prefix of the container with this index.
    pub fn prefix(&self, container: usize) -> Style {
        if self.colored { PREFIX_COLORS[container % PREFIX_COLORS.len()].on_default() } else { Style::new() }
    }
}
