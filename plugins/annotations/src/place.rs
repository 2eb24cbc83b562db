//! What is a path, and where a file, a line and a column stand in a text.
//!
//! `12:34:56: error:` is a time, `db.example.com:5432: error:` an address. So a file is only what has the name
//! of a source file: an extension that is known, or a name that is.

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: u32,
    pub(crate) column: Option<u32>,
}

/// Extensions of files that tools say something of.
const EXTENSIONS: &[&str] = &[
    "adb",
    "ads",
    "asm",
    "astro",
    "bash",
    "bats",
    "bicep",
    "bzl",
    "c",
    "c++",
    "cc",
    "cfg",
    "cjs",
    "clj",
    "cljs",
    "cmake",
    "conf",
    "cpp",
    "cs",
    "css",
    "cts",
    "cu",
    "cue",
    "cxx",
    "d",
    "dart",
    "dhall",
    "edn",
    "elm",
    "erl",
    "ex",
    "exs",
    "f",
    "f90",
    "fs",
    "go",
    "gql",
    "gradle",
    "graphql",
    "groovy",
    "h",
    "h++",
    "hbs",
    "hcl",
    "hh",
    "hpp",
    "hrl",
    "hs",
    "html",
    "hxx",
    "inc",
    "ini",
    "ipp",
    "java",
    "jl",
    "js",
    "json",
    "json5",
    "jsonc",
    "jsonnet",
    "jsx",
    "kt",
    "kts",
    "less",
    "lhs",
    "libsonnet",
    "lua",
    "m",
    "markdown",
    "md",
    "mjs",
    "mk",
    "ml",
    "mli",
    "mm",
    "mts",
    "nim",
    "nix",
    "pas",
    "php",
    "pl",
    "pm",
    "properties",
    "proto",
    "ps1",
    "py",
    "pyi",
    "pyx",
    "r",
    "rb",
    "rego",
    "rs",
    "rst",
    "s",
    "sass",
    "scala",
    "scss",
    "sh",
    "sol",
    "sql",
    "sv",
    "svelte",
    "swift",
    "tex",
    "tf",
    "tfvars",
    "thrift",
    "toml",
    "tpl",
    "ts",
    "tsx",
    "v",
    "vb",
    "vhd",
    "vue",
    "xml",
    "yaml",
    "yml",
    "zig",
    "zsh",
];

/// Names of files without one.
const NAMES: &[&str] = &[
    "BUILD",
    "Containerfile",
    "Dockerfile",
    "Earthfile",
    "GNUmakefile",
    "Gemfile",
    "Jenkinsfile",
    "Justfile",
    "Makefile",
    "Procfile",
    "Rakefile",
    "Tiltfile",
    "Vagrantfile",
    "WORKSPACE",
    "justfile",
    "makefile",
];

/// Ports of services. Behind a name without a directory that ends like a country they are no lines.
const PORTS: &[u32] = &[
    22, 25, 53, 80, 110, 143, 389, 443, 587, 636, 993, 3000, 3306, 5000, 5432, 5672, 6379, 6443, 8000, 8080,
    8443, 9000, 9090, 9092, 9200, 27017,
];

/// Extensions that are also domains.
const DOMAINS: &[&str] = &["cc", "md", "ml", "pl", "pm", "py", "rs", "sh", "zig"];

/// Whether a text is the path of a file that tools say something of.
pub(crate) fn is_source(path: &str) -> bool {
    if path.len() > 1_000 || path.contains("://") || path.contains(|c: char| is_no_part(c)) {
        return false;
    }
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    if NAMES.contains(&name)
        || NAMES.iter().any(|known| name.strip_prefix(known).is_some_and(|r| r.starts_with('.')))
    {
        return true;
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) => {
            (!stem.is_empty() || path != name)
                && EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str())
        }
        None => false,
    }
}

/// What no path in a tool's word has in it: it is part of a sentence or a data structure.
fn is_no_part(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "\"'`<>|*?;,{}=".contains(c)
}

/// `FILE:LINE[:COLUMN]` at the start of a text, and what follows.
pub(crate) fn with_colons(text: &str) -> Option<(Place<'_>, &str)> {
    // A drive's colon is followed by no number.
    for (at, _) in text.match_indices(':') {
        let file = &text[..at];
        if file.contains(char::is_whitespace) {
            return None;
        }
        let Some((line, mut rest)) = number(&text[at + 1..]) else { continue };
        if !is_source(file) {
            return None;
        }
        let mut column = None;
        if let Some((number, after)) = rest.strip_prefix(':').and_then(number) {
            (column, rest) = (Some(number), after);
        }
        let place = Place { file, line, column };
        return (!is_address(&place)).then_some((place, rest));
    }
    None
}

/// `FILE(LINE[,COLUMN])` at the start of a text, and what follows.
pub(crate) fn with_parentheses(text: &str) -> Option<(Place<'_>, &str)> {
    let open = text.find('(')?;
    let file = text[..open].trim_end();
    let (line, rest) = number(&text[open + 1..])?;
    let (column, rest) = match rest.strip_prefix(',').and_then(number) {
        Some((column, rest)) => (Some(column), rest),
        None => (None, rest),
    };
    let rest = rest.strip_prefix(')')?;
    is_source(file).then_some((Place { file, line, column }, rest))
}

/// A number that can be a line or a column, and what follows its digits.
pub(crate) fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text[..digits].parse().ok().filter(|number| *number < 10_000_000)?;
    Some((number, &text[digits..]))
}

/// `example.sh:443` is a service and no line.
fn is_address(place: &Place<'_>) -> bool {
    let Place { file, line, column } = place;
    let domain = file.rsplit_once('.').is_some_and(|(_, extension)| DOMAINS.contains(&extension));
    domain && column.is_none() && !file.contains('/') && PORTS.contains(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_files_are_files() {
        for path in [
            "a.c",
            "./x.go",
            "/a/b.test.ts",
            "C:\\a\\b.cs",
            "src/A.java",
            "Makefile",
            "a/Dockerfile.prod",
            "x.YML",
            "../.x.py",
            "a/.eslintrc.json",
            "src/[id]/page.tsx",
        ] {
            assert!(is_source(path), "{path}");
        }
        for other in [
            "",
            "12",
            "a",
            "host.example.com",
            "2026-12-01T10",
            "https://x/y.js",
            "a b.c",
            "\"a.c",
            ".c",
            "10.0.0.1",
            "v1.2.3",
            "x.log",
            "a.c,b.c",
            "err.Error",
            "c",
        ] {
            assert!(!is_source(other), "{other}");
        }
    }

    #[test]
    fn a_place_is_a_file_a_line_and_a_column() {
        let place = |file, line, column| Place { file, line, column };
        assert_eq!(with_colons("a.c:3:5: x"), Some((place("a.c", 3, Some(5)), ": x")));
        assert_eq!(with_colons("a.c:3: x:4"), Some((place("a.c", 3, None), ": x:4")));
        assert_eq!(with_colons("C:\\a.c:3: x"), Some((place("C:\\a.c", 3, None), ": x")));
        assert_eq!(with_parentheses("a.ts(3,5): x"), Some((place("a.ts", 3, Some(5)), ": x")));
        assert_eq!(with_parentheses("a.cpp(3) : x"), Some((place("a.cpp", 3, None), " : x")));
        for none in [
            "12:34:56: error: x",
            "a.c: x",
            "x.sh:443: refused",
            "a b.c:3",
            "a.c:99999999999: x",
            "note(3): x",
            ":3",
        ] {
            assert_eq!((with_colons(none), with_parentheses(none)), (None, None), "{none}");
        }
    }
}
