//! `annotations`: makes annotations of what compilers, linters and tests say of files.
//!
//! A line such as `src/a.ts(3,5): error TS2322: …` is labelled `annotation`, with level, file, line, column and
//! message. CI systems show them beside the code. No line is changed.
//!
//! - [`place`]: what is a path, and where a file, a line and a column stand.
//! - [`found`]: an annotation.
//! - [`lines`]: shapes of one line.
//! - [`blocks`]: shapes of several lines.
//! - [`plain`]: a line without colour.

mod blocks;
mod found;
mod lines;
mod place;
mod plain;

use std::collections::BTreeSet;

use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Batch;
use sortie_plugin_sdk::Edits;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Filter;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Hit;
use sortie_plugin_sdk::Interest;
use sortie_plugin_sdk::Setup;

use blocks::Block;
use found::Found;
use found::Level;

/// A longer line is no tool's word about a file.
const MAX_LINE: usize = 8 << 10;

/// Annotations of a log that are remembered, so that none is made twice: Maven prints each error again at the
/// end, and cargo each warning for each target.
const REMEMBERED: usize = 1_000;

/// Makes annotations of lines.
pub struct Annotations {
    tools: BTreeSet<Tool>,
    levels: BTreeSet<Level>,
    /// Taken off paths; ends with a slash.
    root: Option<String>,
    /// What the log is in the middle of.
    block: Option<Block>,
    made: BTreeSet<Found>,
}

/// What is looked for, and what is made of it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whose lines; none: all.
    pub tools: Option<BTreeSet<Tool>>,
    /// Which annotations; none: all.
    pub levels: Option<BTreeSet<Level>>,
    /// The repository's root in the container.
    pub root: Option<String>,
}

/// Who writes lines of a shape. What each looks like is said where it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// GCC, Clang, javac, mypy, ShellCheck, yamllint.
    Compiler,
    /// MSBuild, Microsoft's compilers, TypeScript without `--pretty`.
    Msvc,
    /// TypeScript with `--pretty`.
    Typescript,
    /// The Go compiler, `go vet`, golangci-lint.
    Go,
    /// Flake8, Ruff, Pylint.
    PythonLint,
    /// Maven's compiler plugin.
    Maven,
    /// Kotlin's Gradle plugin.
    Kotlin,
    /// pytest's summary.
    Pytest,
    /// PHP.
    Php,
    /// Bash.
    Shell,
    /// rustc.
    Rust,
    /// Python's tracebacks.
    Python,
    /// Terraform and OpenTofu.
    Terraform,
    /// ESLint's `stylish`.
    Eslint,
}

impl Tool {
    const ALL: [Self; 14] = [
        Self::Compiler,
        Self::Msvc,
        Self::Typescript,
        Self::Go,
        Self::PythonLint,
        Self::Maven,
        Self::Kotlin,
        Self::Pytest,
        Self::Php,
        Self::Shell,
        Self::Rust,
        Self::Python,
        Self::Terraform,
        Self::Eslint,
    ];

    /// What the host searches for. A line that has none of it is none of the tool's.
    ///
    /// All of it together is searched at 460 to 790 MB/s in ordinary lines (24 MB, two cores that others use too), as
    /// the literals alone are (510 to 870). The expression of ESLint counts where it hits: a log of which every tenth
    /// line is the path of a script is searched at 130 to 300 MB/s. With an anchor and the beginning of a path in
    /// front of it, it would be slower (110 to 490, and 80 to 160): it is searched for from its rarest bytes.
    fn interests(self) -> Vec<Interest> {
        match self {
            Self::Compiler => ["error", "warning", "[SC"].map(Interest::literal).into(),
            Self::Msvc | Self::Typescript => ["error", "warning"].map(Interest::literal).into(),
            Self::Go => vec![Interest::literal(".go:")],
            Self::PythonLint => vec![Interest::literal(".py:")],
            Self::Maven => ["[ERROR]", "[WARNING]"].map(Interest::literal).into(),
            Self::Kotlin => ["e: file:", "w: file:"].map(Interest::literal).into(),
            Self::Pytest => ["FAILED ", "ERROR "].map(Interest::literal).into(),
            Self::Php => vec![Interest::literal(" on line ")],
            Self::Shell => vec![Interest::literal(": line ")],
            Self::Rust => {
                let head = r"^(?:\x1b\[[0-9;]*m)*(?:error|warning)(?:\[|:|\x1b)";
                vec![Interest::regex(head).opens()]
            }
            Self::Python => ["Traceback (most recent call last):", "  File \""]
                .map(|head| Interest::literal(head).opens())
                .into(),
            Self::Terraform => ["Error: ", "Warning: "].map(|head| Interest::literal(head).opens()).into(),
            Self::Eslint => {
                vec![Interest::regex(r"\.(?:[cm]?[jt]sx?|vue|svelte)(?:\x1b\[[0-9;]*m)*$").opens()]
            }
        }
    }
}

impl Filter for Annotations {
    type Config = Config;
    const ABOUT: About = About::new(
        "annotations",
        env!("CARGO_PKG_VERSION"),
        "Makes annotations of what compilers, linters and tests say of files.",
    )
    .config_schema(include_str!("../config.schema.json"));

    fn configure(config: Config, _: &mut Setup<'_>) -> Result<Self, Finding> {
        let root = config.root.map(|root| format!("{}/", root.trim_end_matches('/')));
        Ok(Self {
            tools: config.tools.unwrap_or_else(|| Tool::ALL.into()),
            levels: config.levels.unwrap_or_else(|| Level::ALL.into()),
            root,
            block: None,
            made: BTreeSet::new(),
        })
    }

    fn interests(&self) -> Option<Vec<Interest>> {
        let mut interests: Vec<Interest> = Vec::new();
        for interest in self.tools.iter().flat_map(|tool| tool.interests()) {
            if !interests.contains(&interest) {
                interests.push(interest);
            }
        }
        // A filter without any interest would be shown every line.
        if interests.is_empty() { Some(vec![Interest::literal([0])]) } else { Some(interests) }
    }

    fn follow(&self) -> bool {
        self.block.is_some()
    }

    fn process(&mut self, batch: Batch<'_>, _: Option<&[Hit]>, edits: &mut Edits) -> Result<(), Error> {
        for index in 0..batch.len() {
            let line = batch.line(index);
            if batch.is_continued(index) || batch.is_partial(index) || line.len() > MAX_LINE {
                self.block = None;
                continue;
            }
            if let Some(found) = self.found(&plain::plain(line)) {
                edits.label(index, "annotation", found.json());
            }
        }
        Ok(())
    }
}

impl Annotations {
    /// What a line says of a file, where it was not said before.
    fn found(&mut self, line: &str) -> Option<Found> {
        let in_block = self.block.take().and_then(|block| block.next(line, &mut self.block));
        let found = in_block.or_else(|| {
            let found = lines::found(line, &self.tools);
            if found.is_none() && self.block.is_none() {
                self.block = Block::begun(line, &self.tools);
            }
            found
        })?;
        let found = found.below(self.root.as_deref());
        if !self.levels.contains(&found.level) || self.made.contains(&found) {
            return None;
        }
        if self.made.len() < REMEMBERED {
            self.made.insert(found.clone());
        }
        Some(found)
    }
}

sortie_plugin_sdk::export!(filter: Annotations);

#[cfg(test)]
mod tests;
