//! Shapes of one line. Each says where it comes from.

use std::collections::BTreeSet;

use crate::Tool;
use crate::found::Found;
use crate::found::Level;
use crate::place::Place;
use crate::place::is_source;
use crate::place::number;
use crate::place::with_colons;
use crate::place::with_parentheses;

/// A shape: whose it is, and how it is read.
type Shape = (Tool, fn(&str) -> Option<Found>);

/// All of them; the first that a line has counts.
const SHAPES: &[Shape] = &[
    (Tool::Compiler, compiler),
    (Tool::Msvc, msvc),
    (Tool::Typescript, typescript),
    (Tool::Go, go),
    (Tool::PythonLint, python_lint),
    (Tool::Maven, maven),
    (Tool::Kotlin, kotlin),
    (Tool::Pytest, pytest),
    (Tool::Php, php),
    (Tool::Shell, shell),
];

/// What a line says of a file.
pub(crate) fn found(line: &str, tools: &BTreeSet<Tool>) -> Option<Found> {
    SHAPES.iter().filter(|(tool, _)| tools.contains(tool)).find_map(|(_, read)| read(line))
}

/// `x.c:3:5: error: …`, `x.c:3: fatal error: …`, `x.c:3:5: warning: …`, `Main.java:3: error: …`,
/// `x.yaml:3:5: [error] …`.
///
/// Sources: GNU Coding Standards, "Formatting Error Messages"; GCC, "Formatting of Diagnostics"; Clang Compiler
/// User's Manual, "Formatting of Diagnostics"; javac (`compiler.properties`, "compiler.err.error"); mypy,
/// "Command line" (`--show-column-numbers`); ShellCheck, `--format=gcc`; yamllint, `--format parsable`. The notes of
/// compilers explain another line; ShellCheck's say something of their own.
fn compiler(line: &str) -> Option<Found> {
    let (place, rest) = with_colons(line)?;
    let rest = rest.strip_prefix(": ")?;
    let words = [
        ("fatal error: ", Level::Error),
        ("error: ", Level::Error),
        ("warning: ", Level::Warning),
        ("[error] ", Level::Error),
        ("[warning] ", Level::Warning),
    ];
    if let Some((message, level)) =
        words.iter().find_map(|(word, level)| Some((rest.strip_prefix(word)?, *level)))
    {
        return Found::at(place, level, message);
    }
    let note = rest.strip_prefix("note: ").filter(|note| note.ends_with(']') && note.contains(" [SC"))?;
    Found::at(place, Level::Notice, note)
}

/// `src/a.ts(3,5): error TS2322: …`, `Program.cs(3,5): warning CS0168: … [/x/x.csproj]`, `x.cpp(3): fatal error C1083: …`.
///
/// Sources: TypeScript, `formatDiagnostic` (without `--pretty`); MSBuild, "MSBuild and Visual Studio format for
/// diagnostic messages".
fn msvc(line: &str) -> Option<Found> {
    let (place, rest) = with_parentheses(line.trim_start())?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let (level, message) = coded(rest.strip_prefix("fatal ").unwrap_or(rest))?;
    // The project that was built.
    let message = match message.rsplit_once(" [") {
        Some((message, project)) if project.ends_with("proj]") => message,
        _ => message,
    };
    Found::at(place, level, message)
}

/// `src/a.ts:3:5 - error TS2322: …`: TypeScript, `formatDiagnosticsWithColorAndContext` (`--pretty`).
fn typescript(line: &str) -> Option<Found> {
    let (place, rest) = with_colons(line)?;
    let (level, message) = coded(rest.strip_prefix(" - ")?)?;
    Found::at(place, level, message)
}

/// `error CODE: message` or `warning CODE: message`: how bad it is, and the rest.
fn coded(text: &str) -> Option<(Level, &str)> {
    let words = [("error ", Level::Error), ("warning ", Level::Warning)];
    let (coded, level) = words.iter().find_map(|(word, level)| Some((text.strip_prefix(word)?, *level)))?;
    let (code, _) = coded.split_once(": ")?;
    let is_code =
        code.bytes().all(|byte| byte.is_ascii_alphanumeric()) && code.ends_with(|c: char| c.is_ascii_digit());
    is_code.then_some((level, coded))
}

/// `./x.go:3:5: undefined: y`: the Go compiler and `go vet` (cmd/compile, "base.FlushErrors"; `vet: ` where types do not
/// check), golangci-lint's and staticcheck's text output. A program's own log has no column (package log,
/// `Lshortfile`).
fn go(line: &str) -> Option<Found> {
    let (place, rest) = with_colons(line.strip_prefix("vet: ").unwrap_or(line))?;
    let message = rest.strip_prefix(": ")?;
    (place.file.ends_with(".go") && place.column.is_some())
        .then(|| Found::at(place, Level::Error, message))?
}

/// `x.py:3:5: E501 line too long`, `x.py:3:0: C0114: Missing module docstring`: Flake8 and Ruff (`--output-format
/// concise`), Pylint (`--msg-template`'s default). Of pylint's categories, conventions and refactoring are
/// notices; what begins with W is a warning.
fn python_lint(line: &str) -> Option<Found> {
    let (place, rest) = with_colons(line)?;
    let message = rest.strip_prefix(": ")?;
    if place.column.is_none() || !(place.file.ends_with(".py") || place.file.ends_with(".pyi")) {
        return None;
    }
    let code = message.split([' ', ':']).next().unwrap_or_default();
    let letters = code.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = code.len() - letters;
    if !(1..=6).contains(&letters)
        || !(2..=5).contains(&digits)
        || !code[letters..].bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let of_pylint = digits == 4 && message[code.len()..].starts_with(':');
    let level = match (&code[..letters], of_pylint) {
        ("C" | "R" | "I", true) => Level::Notice,
        ("W", _) => Level::Warning,
        _ => Level::Error,
    };
    Found::at(place, level, message)
}

/// `[ERROR] /x/App.java:[12,5] cannot find symbol`: Apache Maven Compiler Plugin (plexus-compiler,
/// `CompilerMessage.toString`).
fn maven(line: &str) -> Option<Found> {
    let words = [("[ERROR] ", Level::Error), ("[WARNING] ", Level::Warning)];
    let (text, level) = words.iter().find_map(|(word, level)| Some((line.strip_prefix(word)?, *level)))?;
    let (file, rest) = text.split_once(":[")?;
    let (line, rest) = number(rest)?;
    let (column, rest) = match rest.strip_prefix(',').and_then(number) {
        Some((column, rest)) => (Some(column), rest),
        None => (None, rest),
    };
    let message = rest.strip_prefix("] ")?;
    is_source(file).then(|| Found::at(Place { file, line, column }, level, message))?
}

/// `e: file:///x/A.kt:3:5 Unresolved reference 'y'.`: Kotlin's Gradle plugin (kotlinc,
/// `GradleStyleMessageRenderer`).
fn kotlin(line: &str) -> Option<Found> {
    let words = [("e: file://", Level::Error), ("w: file://", Level::Warning)];
    let (text, level) = words.iter().find_map(|(word, level)| Some((line.strip_prefix(word)?, *level)))?;
    let (place, rest) = with_colons(text)?;
    Found::at(place, level, rest.strip_prefix(' ')?)
}

/// `FAILED tests/test_x.py::test_y - assert 1 == 2`, `ERROR tests/test_x.py - ImportError: …`: pytest, "Producing a
/// detailed summary report" (the short test summary). It tells no line.
fn pytest(line: &str) -> Option<Found> {
    let text = line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR "))?;
    let (test, why) = text.split_once(" - ").unwrap_or((text, ""));
    let file = test.split("::").next().unwrap_or(test);
    if !is_source(file) || !file.ends_with(".py") {
        return None;
    }
    let message = if why.is_empty() { text.to_owned() } else { format!("{test}: {why}") };
    let found = Found::nowhere(Level::Error, &message)?;
    Some(Found { file: Some(file.to_owned()), ..found })
}

/// `PHP Parse error:  … in /x.php on line 3`: PHP, `php_error_cb` (main/main.c); with `PHP ` before it in a log.
fn php(line: &str) -> Option<Found> {
    let text = line.strip_prefix("PHP ").unwrap_or(line);
    let words = [
        ("Parse error:", Level::Error),
        ("Fatal error:", Level::Error),
        ("Warning:", Level::Warning),
        ("Notice:", Level::Notice),
        ("Deprecated:", Level::Notice),
    ];
    let level = words.iter().find_map(|(word, level)| text.starts_with(word).then_some(*level))?;
    let (what, line) = text.rsplit_once(" on line ")?;
    let (line, "") = number(line)? else { return None };
    let (message, file) = what.rsplit_once(" in ")?;
    is_source(file).then(|| Found::at(Place { file, line, column: None }, level, message))?
}

/// `./deploy.sh: line 12: kops: command not found`: Bash, `error_prolog` (error.c). dash writes `./deploy.sh: 12:
/// kops: not found` (output of `exverror`). What is read from `-c` or standard input has no file.
fn shell(line: &str) -> Option<Found> {
    let (file, rest) = line.split_once(": line ")?;
    let (line, rest) = number(rest)?;
    let message = rest.strip_prefix(": ")?;
    // A script may have no extension, but then it has a directory.
    let is_script = is_source(file)
        || (file.contains('/') && !file.contains(char::is_whitespace) && !file.contains("://"));
    is_script.then(|| Found::at(Place { file, line, column: None }, Level::Error, message))?
}
