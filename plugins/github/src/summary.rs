//! The step's summary, in GitHub's Markdown.
//!
//! Names, reasons and links come from the task and the cloud: every one is escaped, so that none
//! can add a heading, a link, an image or markup of its own.

use std::fmt::Write as _;

use sortie_plugin_sdk::reporter::Finished;
use sortie_plugin_sdk::reporter::Launched;
use sortie_plugin_sdk::reporter::Planned;

/// GitHub throws a whole summary away that is above 1 MiB (actions/runner,
/// `CreateStepSummaryCommand`); others may have written to the same one.
pub const MAX_BYTES: usize = 1_000_000;

/// Containers and states that are listed; a task has far fewer.
const MAX_ROWS: usize = 200;
/// Characters of one cell.
const MAX_CELL: usize = 1_000;

/// What a summary is made of.
pub struct Run<'a> {
    /// Heading.
    pub title: &'a str,
    /// What was to run.
    pub planned: &'a Planned,
    /// The task, if there was one.
    pub launched: &'a Launched,
    /// What it went through.
    pub states: &'a [State],
    /// How it ended.
    pub finished: &'a Finished,
}

/// A state that the task went through.
pub struct State {
    /// The platform's own word.
    pub name: String,
    /// Milliseconds since the run began.
    pub elapsed_ms: f64,
}

/// Markdown, at most [`MAX_BYTES`].
pub fn render(run: &Run<'_>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, run);
    if text.len() > MAX_BYTES {
        const NOTE: &str = "\n\n_The summary was cut here._\n";
        text.truncate(text.floor_char_boundary(MAX_BYTES - NOTE.len()));
        text.push_str(NOTE);
    }
    text
}

fn write(text: &mut String, run: &Run<'_>) -> std::fmt::Result {
    let finished = run.finished;
    let mark = if finished.succeeded() { "✅" } else { "❌" };
    writeln!(text, "### {mark} {}: {}\n", escape(run.title), escape(&finished.verdict))?;
    if !finished.reason.is_empty() {
        writeln!(text, "{}\n", escape(&finished.reason))?;
    }
    if !finished.hint.is_empty() {
        writeln!(text, "> {}\n", escape(&finished.hint))?;
    }

    writeln!(text, "| | |\n|---|---|")?;
    row(text, &["Exit code", &finished.exit_code.to_string()])?;
    if !run.planned.backend.is_empty() {
        row(text, &["Back end", &run.planned.backend])?;
    }
    let id = if finished.id.is_empty() { &run.launched.id } else { &finished.id };
    if !id.is_empty() {
        row(text, &["Task", id])?;
    }
    let complete = if finished.logs_complete() { "complete" } else { "may be incomplete" };
    let log = format!("{} lines, {} bytes, {complete}", finished.log_lines(), finished.log_bytes());
    row(text, &["Log", &log])?;

    if !finished.phases.is_empty() {
        writeln!(text, "\n| Phase | Duration |\n|---|---:|")?;
        for phase in finished.phases.iter().take(MAX_ROWS) {
            row(text, &[&phase.name, &seconds(phase.duration_ms)])?;
        }
    }
    if !finished.containers.is_empty() {
        writeln!(text, "\n| Container | Exit code | Reason |\n|---|---:|---|")?;
        for container in finished.containers.iter().take(MAX_ROWS) {
            let code = container.exit_code.map_or_else(|| "none".to_owned(), |code| code.to_string());
            let main = if container.name == finished.main_container { " (main)" } else { "" };
            row(text, &[&format!("{}{main}", container.name), &code, &container.reason])?;
        }
    }
    if !run.states.is_empty() {
        let timeline: Vec<String> = run
            .states
            .iter()
            .take(MAX_ROWS)
            .map(|state| format!("{} {}", escape(&state.name), seconds(state.elapsed_ms)))
            .collect();
        writeln!(text, "\nTimeline: {}", timeline.join(" → "))?;
    }
    let links: Vec<String> = finished
        .links
        .iter()
        .take(MAX_ROWS)
        .filter_map(|link| Some(format!("[{}]({})", escape(&link.name), address(&link.url)?)))
        .collect();
    if !links.is_empty() {
        writeln!(text, "\n{}", links.join(" · "))?;
    }
    writeln!(text)
}

fn row(text: &mut String, cells: &[&str]) -> std::fmt::Result {
    for cell in cells {
        write!(text, "| {} ", escape(cell))?;
    }
    writeln!(text, "|")
}

/// Milliseconds for a person.
fn seconds(milliseconds: f64) -> String {
    // What is no length of time becomes none.
    let milliseconds = milliseconds as u64;
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}

/// Text that Markdown and HTML leave alone, on one line. ASCII punctuation that means something
/// is written as a character reference: a backslash is not enough inside of a table or an
/// automatic link.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        if index == MAX_CELL {
            escaped.push('…');
            break;
        }
        match character {
            '\n' | '\r' | '\t' => escaped.push(' '),
            // Direction overrides and other controls can make a reader see another text.
            _ if character.is_control() || is_invisible(character) => escaped.push('\u{fffd}'),
            // `.`, `-`, `/`, `,`, `(`, `)` and `%` are common, and harmless where nothing else
            // of Markdown is left; `:` and `@` begin links and mentions.
            '&' | '<' | '>' | '"' | '\'' | '|' | '`' | '*' | '_' | '~' | '#' | '[' | ']' | '\\' | '!'
            | '@' | '$' | '{' | '}' | '^' | '=' | '+' => {
                // Writing to a string does not fail.
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            ':' => escaped.push_str("&#58;"),
            _ => escaped.push(character),
        }
    }
    // A list or a rule, where the text begins a line.
    if escaped.starts_with(['-', ' ']) || escaped.starts_with(|first: char| first.is_ascii_digit()) {
        escaped.insert(0, '\u{200b}');
    }
    escaped
}

/// Marks of direction, joiners and fillers.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The address of a link; `None` for anything that is not plain `https`.
fn address(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let mut address = "https://".to_owned();
    for byte in rest.bytes() {
        // RFC 3986, without what Markdown and HTML take for an end.
        if byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&*+,;=%".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    Some(address.replace('&', "&amp;"))
}
