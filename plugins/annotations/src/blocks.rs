//! Shapes of several lines: the label stands at the line that tells the last of it.

use std::collections::BTreeSet;

use crate::Tool;
use crate::found::Found;
use crate::found::Level;
use crate::place::Place;
use crate::place::is_source;
use crate::place::number;
use crate::place::with_colons;

/// Lines after which what has begun is given up.
const RUST: u32 = 8;
const TRACEBACK: u32 = 1_000;
const TERRAFORM: u32 = 60;
const TERRAFORM_WITHOUT_A_BOX: u32 = 4;

/// What a log is in the middle of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// `error[E0308]: mismatched types`, and then ` --> src/a.rs:3:5`. Source: The rustc book, "JSON Output"
    /// (`rendered`); rustc-dev-guide, "Diagnostics".
    Rust { level: Level, message: String, left: u32 },
    /// `Traceback (most recent call last):`, frames, and then the exception. Source: The Python Standard Library,
    /// `traceback`. The last frame counts, of those in the program's own files where there are any.
    Traceback { place: Option<(String, u32)>, is_own: bool, left: u32 },
    /// `Error: Unsupported argument`, and then `  on main.tf line 3, in …`, in a box where there is colour. Source:
    /// Terraform, `command/format/diagnostic.go` (`Diagnostic`, `DiagnosticPlain`).
    Terraform { level: Level, message: String, boxed: bool, left: u32 },
    /// A file, and then `  3:5  error  message  rule` for each. Source: ESLint, "Formatters Reference", `stylish`.
    Eslint { file: String },
}

impl Block {
    /// What begins with this line.
    pub(crate) fn begun(line: &str, tools: &BTreeSet<Tool>) -> Option<Self> {
        let has = |tool| tools.contains(&tool);
        if has(Tool::Rust)
            && let Some(block) = rust(line)
        {
            return Some(block);
        }
        if has(Tool::Python) && (line == "Traceback (most recent call last):" || frame(line).is_some()) {
            // A syntax error has its one frame without a heading.
            let place = frame(line).map(|(file, line)| (file.to_owned(), line));
            let is_own = place.as_ref().is_some_and(|(file, _)| is_own(file));
            return Some(Self::Traceback { place, is_own, left: TRACEBACK });
        }
        if has(Tool::Terraform)
            && let Some(block) = terraform(line)
        {
            return Some(block);
        }
        (has(Tool::Eslint) && is_linted(line)).then(|| Self::Eslint { file: line.to_owned() })
    }

    /// Takes the line after; what it tells, and what goes on.
    pub(crate) fn next(self, line: &str, goes_on: &mut Option<Self>) -> Option<Found> {
        match self {
            Self::Rust { level, message, left } => {
                if let Some(arrow) = line.trim_start().strip_prefix("--> ") {
                    let (place, _) = with_colons(arrow)?;
                    return Found::at(place, level, &message);
                }
                // Another head is a block of its own.
                if left > 1 && rust(line).is_none() && !line.is_empty() {
                    *goes_on = Some(Self::Rust { level, message, left: left - 1 });
                }
                None
            }
            Self::Traceback { place, is_own: own, left } => {
                if let Some((file, line)) = frame(line) {
                    let of_program = is_own(file);
                    let place = match place {
                        Some(place) if own && !of_program => Some(place),
                        _ => Some((file.to_owned(), line)),
                    };
                    if left > 1 {
                        *goes_on = Some(Self::Traceback { place, is_own: own || of_program, left: left - 1 });
                    }
                    return None;
                }
                if line.starts_with([' ', '\t']) || line.is_empty() {
                    if left > 1 && !line.is_empty() {
                        *goes_on = Some(Self::Traceback { place, is_own: own, left: left - 1 });
                    }
                    return None;
                }
                let (file, number) = place?;
                is_exception(line).then(|| {
                    Found::at(Place { file: &file, line: number, column: None }, Level::Error, line)
                })?
            }
            Self::Terraform { level, message, boxed, left } => {
                let inner = without_box(line);
                if let Some((file, number)) = inner.and_then(|inner| on_line(inner.trim())) {
                    return Found::at(Place { file, line: number, column: None }, level, &message);
                }
                if boxed && line.starts_with('╵') {
                    return Found::nowhere(level, &message);
                }
                if left > 1 && inner.is_some() {
                    *goes_on = Some(Self::Terraform { level, message, boxed, left: left - 1 });
                }
                None
            }
            Self::Eslint { file } => {
                let found = linted(&file, line)?;
                *goes_on = Some(Self::Eslint { file });
                Some(found)
            }
        }
    }
}

fn rust(line: &str) -> Option<Block> {
    let words = [("error", Level::Error), ("warning", Level::Warning)];
    let (rest, level) = words.iter().find_map(|(word, level)| Some((line.strip_prefix(word)?, *level)))?;
    let message = match rest.strip_prefix('[') {
        Some(coded) => {
            let (code, message) = coded.split_once("]: ")?;
            let is_code = code.starts_with('E') && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
            is_code.then(|| format!("{message} [{code}]"))?
        }
        None => rest.strip_prefix(": ")?.to_owned(),
    };
    Some(Block::Rust { level, message, left: RUST })
}

/// `  File "x.py", line 3, in f`, or without `in f` of a syntax error.
fn frame(line: &str) -> Option<(&str, u32)> {
    let (file, rest) = line.strip_prefix("  File \"")?.split_once("\", line ")?;
    let (number, rest) = number(rest)?;
    let ends = rest.is_empty() || rest.starts_with(", in ");
    // Code that was typed (`<stdin>`) is in no file.
    (ends && !file.starts_with('<') && !file.is_empty()).then_some((file, number))
}

/// Whether a file is the program's, and no library's.
fn is_own(file: &str) -> bool {
    !["/site-packages/", "/dist-packages/", "/lib/python"].iter().any(|library| file.contains(library))
}

/// `ValueError: no`, `botocore.exceptions.ClientError: …`, `KeyboardInterrupt`.
fn is_exception(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    let mut parts = name.split('.');
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    name.len() <= 200 && parts.all(is_name)
}

fn terraform(line: &str) -> Option<Block> {
    let boxed = line.starts_with('│');
    let text = without_box(line)?;
    let words = [("Error: ", Level::Error), ("Warning: ", Level::Warning)];
    let (message, level) = words.iter().find_map(|(word, level)| Some((text.strip_prefix(word)?, *level)))?;
    let left = if boxed { TERRAFORM } else { TERRAFORM_WITHOUT_A_BOX };
    Some(Block::Terraform { level, message: message.trim().to_owned(), boxed, left })
}

/// The line without the left side of its box.
fn without_box(line: &str) -> Option<&str> {
    match line.strip_prefix('│') {
        Some(inner) => Some(inner.strip_prefix(' ').unwrap_or(inner)),
        None => (!line.starts_with(['╷', '╵'])).then_some(line),
    }
}

/// `on main.tf line 3, in resource "x" "y":`
fn on_line(text: &str) -> Option<(&str, u32)> {
    let (file, rest) = text.strip_prefix("on ")?.split_once(" line ")?;
    let (number, rest) = number(rest)?;
    (is_source(file) && rest.starts_with([',', ':'])).then_some((file, number))
}

/// Whether a line is the path of a file that ESLint looks at, alone.
fn is_linted(line: &str) -> bool {
    let extension = line.rsplit_once('.').map(|(_, extension)| extension);
    let of_it = ["js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte"];
    extension.is_some_and(|extension| of_it.contains(&extension)) && is_source(line)
}

/// `  3:5  error  Unexpected var  no-var`
fn linted(file: &str, line: &str) -> Option<Found> {
    let row = line.strip_prefix("  ")?.trim_start();
    let (number_of_line, rest) = number(row)?;
    let (column, rest) = number(rest.strip_prefix(':')?)?;
    let rest = rest.strip_prefix(' ')?.trim_start();
    let words = [("error ", Level::Error), ("warning ", Level::Warning)];
    let (message, level) = words.iter().find_map(|(word, level)| Some((rest.strip_prefix(word)?, *level)))?;
    // The rule stands apart, in a column of its own.
    let message = match message.trim().rsplit_once("  ") {
        Some((message, rule)) => format!("{} ({rule})", message.trim_end()),
        None => message.trim().to_owned(),
    };
    Found::at(Place { file, line: number_of_line, column: Some(column) }, level, &message)
}
