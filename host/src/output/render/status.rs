//! The live line on a terminal: state, elapsed time, lines so far. It is the last line of the
//! screen, is taken away before anything else is written, and never reaches a pipe.

use std::io;
use std::io::Write;
use std::time::Duration;

use terminal_size::Width;

use super::style::Styles;
use super::text;

/// How often the line is drawn anew.
pub const REFRESH: Duration = Duration::from_millis(200);

/// Clears the line that the cursor is on, and goes to its start.
pub const CLEAR: &str = "\r\x1b[2K";

/// The live line.
#[derive(Debug)]
pub struct StatusLine {
    styles: Styles,
    /// What stands on the screen now.
    drawn: bool,
    /// Turns with each drawing, so that a person sees that something lives.
    turn: usize,
}

/// What the line says.
#[derive(Debug, Clone, Copy)]
pub struct Status<'a> {
    /// The task's state.
    pub state: &'a str,
    /// Since the run began.
    pub elapsed: Duration,
    /// Lines printed so far.
    pub lines: u64,
}

const SPINNER: [&str; 4] = ["-", "\\", "|", "/"];

impl StatusLine {
    /// A line that is not drawn yet.
    pub fn new(styles: Styles) -> Self {
        Self { styles, drawn: false, turn: 0 }
    }

    /// Draws the line; `width` is the terminal's number of columns.
    pub fn draw(
        &mut self,
        out: &mut (impl Write + ?Sized),
        status: &Status<'_>,
        width: usize,
    ) -> io::Result<()> {
        self.turn = (self.turn + 1) % SPINNER.len();
        let plain = format!(
            "{} {} · {} · {}",
            SPINNER[self.turn],
            status.state,
            text::duration(status.elapsed),
            text::counted(status.lines, "line"),
        );
        // One column is left free: a full line would wrap on some terminals and could not be
        // taken away again.
        let shown: String = plain.chars().take(width.saturating_sub(1)).collect();
        let dim = self.styles.dim;
        self.drawn = true;
        write!(out, "{CLEAR}{dim}{shown}{dim:#}")?;
        out.flush()
    }

    /// Takes the line away.
    pub fn clear(&mut self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        if std::mem::take(&mut self.drawn) {
            out.write_all(CLEAR.as_bytes())?;
            out.flush()?;
        }
        Ok(())
    }
}

/// Columns of the terminal on standard error; 80 where it does not know.
pub fn terminal_width() -> usize {
    match terminal_size::terminal_size_of(io::stderr()) {
        Some((Width(columns), _)) if columns > 0 => usize::from(columns),
        _ => 80,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_fits_and_goes_away() {
        let mut line = StatusLine::new(Styles::new(false));
        let mut out = Vec::new();
        let status = Status { state: "running", elapsed: Duration::from_secs(3), lines: 1 };
        line.draw(&mut out, &status, 80).expect("memory");
        line.draw(&mut out, &status, 10).expect("memory");
        line.clear(&mut out).expect("memory");
        line.clear(&mut out).expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text, "\r\x1b[2K\\ running · 3.0 s · 1 line\r\x1b[2K| running\r\x1b[2K");
    }
}
