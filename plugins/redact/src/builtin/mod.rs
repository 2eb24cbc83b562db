//! The formats that are masked without being asked.
//!
//! A rule is an expression for what may be a secret, and says which part of a match is one, if any. A file is
//! a family:
//!
//! - [`cloud`], [`infrastructure`], [`source_hosting`], [`packages`], [`ai`], [`messaging`], [`payment`],
//!   [`applications`], [`monitoring`]: tokens that vendors gave a form of their own.
//! - [`encoded`]: some of these in base64.
//! - [`web`]: tokens of standards, and secrets in the paths of URLs.
//! - [`context`]: what is secret by what stands around it.
//!
//! - [`token`]: what tells a token from other words.
//!
//! A rule has a cheap necessary condition, its anchors: literals one of which every match holds. Lines without
//! one are not looked at. The host, which searches otherwise, is not asked for them but for what the
//! expressions match; only where an expression does not begin with its anchors it is asked for these.
//!
//! Expressions end greedily (`{36,}`, not `{36}`): of two tokens that stand side by side none may leave its
//! tail. None can match a newline. They are compiled when a line needs them: most logs hold nothing.

mod ai;
mod applications;
mod cloud;
mod context;
mod encoded;
mod infrastructure;
mod messaging;
mod monitoring;
mod packages;
mod payment;
mod source_hosting;
mod token;
mod web;

/// Bytes of a line: from, to.
pub type Span = (usize, usize);

/// One format.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What `builtin = ["…"]` calls it.
    pub name: &'static str,
    /// What is in every match.
    pub anchors: Anchors,
    /// Over bytes, Unicode off.
    pub expression: &'static str,
    /// What of a match is masked.
    pub part: Part,
    /// What it looks like: `{a36}` stands for 36 letters and digits (see the tests for other kinds).
    pub example: &'static str,
    /// Where the format is described.
    pub source: &'static str,
    /// The rules of this name find all that it finds, so that it is only of use where they are not selected.
    pub within: Option<&'static str>,
}

/// What is in every match of a rule.
#[derive(Debug, Clone, Copy)]
pub enum Anchors {
    /// Every match begins with one of these.
    Begin(&'static [&'static str]),
    /// Every match holds one of these.
    Inside(&'static [&'static str]),
}

/// What of a match is masked.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// All of it.
    Whole,
    /// Group 1, unless a variable or a placeholder stands there.
    Group,
    /// What this makes of the line and of the match in it; nothing where it is no secret.
    Found(fn(&[u8], Span) -> Option<Span>),
}

/// The name of the private key rule, which is not an expression: it spans lines.
pub const PRIVATE_KEY: &str = "private-key";

/// Rules of gitleaks (MIT licence), where the vendor's documents do not describe the format.
const GITLEAKS: &str = "https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml";
/// Detectors of TruffleHog, likewise.
const TRUFFLEHOG: &str = "https://github.com/trufflesecurity/trufflehog/tree/main/pkg/detectors";

const FAMILIES: [&[Rule]; 12] = [
    cloud::RULES,
    infrastructure::RULES,
    source_hosting::RULES,
    packages::RULES,
    ai::RULES,
    messaging::RULES,
    payment::RULES,
    applications::RULES,
    monitoring::RULES,
    encoded::RULES,
    web::RULES,
    context::RULES,
];

/// All formats but [`PRIVATE_KEY`].
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.into_iter().flatten()
}

/// All names that `builtin` may list, each once.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for name in rules().map(|rule| rule.name).chain([PRIVATE_KEY]) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

impl Rule {
    /// A token whose beginning no other word has.
    const fn token(
        name: &'static str,
        anchors: &'static [&'static str],
        expression: &'static str,
        example: &'static str,
        source: &'static str,
    ) -> Self {
        let (anchors, part) = (Anchors::Begin(anchors), Part::Found(token::varied));
        Self { name, anchors, expression, part, example, source, within: None }
    }

    /// A token whose beginning other words may hold: it must stand alone.
    const fn word(
        name: &'static str,
        anchors: &'static [&'static str],
        expression: &'static str,
        example: &'static str,
        source: &'static str,
    ) -> Self {
        let (anchors, part) = (Anchors::Begin(anchors), Part::Found(token::alone));
        Self { name, anchors, expression, part, example, source, within: None }
    }

    /// A token that is known by what is in it.
    const fn marked(
        name: &'static str,
        anchors: &'static [&'static str],
        expression: &'static str,
        example: &'static str,
        source: &'static str,
    ) -> Self {
        let (anchors, part) = (Anchors::Inside(anchors), Part::Found(token::alone));
        Self { name, anchors, expression, part, example, source, within: None }
    }

    /// What follows its anchor, or stands behind it in a group.
    const fn after(
        name: &'static str,
        anchors: &'static [&'static str],
        expression: &'static str,
        example: &'static str,
        source: &'static str,
    ) -> Self {
        Self {
            name,
            anchors: Anchors::Begin(anchors),
            expression,
            part: Part::Group,
            example,
            source,
            within: None,
        }
    }

    /// The same rule, where the rules of another name find all that it does.
    const fn within(self, name: &'static str) -> Self {
        Self { within: Some(name), ..self }
    }

    /// A group of what holds its anchor.
    const fn inside(
        name: &'static str,
        anchors: &'static [&'static str],
        expression: &'static str,
        example: &'static str,
        source: &'static str,
    ) -> Self {
        Self {
            name,
            anchors: Anchors::Inside(anchors),
            expression,
            part: Part::Group,
            example,
            source,
            within: None,
        }
    }

    /// What `find` makes of it.
    const fn found(
        name: &'static str,
        anchors: &'static [&'static str],
        expression: &'static str,
        find: fn(&[u8], Span) -> Option<Span>,
        example: &'static str,
        source: &'static str,
    ) -> Self {
        Self {
            name,
            anchors: Anchors::Begin(anchors),
            expression,
            part: Part::Found(find),
            example,
            source,
            within: None,
        }
    }
}

/// Whether a variable or a placeholder stands where a secret could.
pub(crate) fn is_no_secret(text: &[u8]) -> bool {
    context::is_no_secret(text)
}

#[cfg(test)]
mod tests;
