//! Settings whose value is one of a few words.

use super::ColorChoice;
use super::DeadlineGuard;
use super::OutputFormat;
use super::Pull;
use crate::ci::Ci;

/// A value that is one of a few words.
pub trait Choice: Copy + PartialEq + Default + 'static {
    /// The words, in the order in which help and errors list them.
    const WORDS: &'static [&'static str];
    /// The value of each word, in the same order.
    const VALUES: &'static [Self];

    /// The value of this word.
    fn from_word(word: &str) -> Option<Self> {
        let index = Self::WORDS.iter().position(|known| *known == word)?;
        Self::VALUES.get(index).copied()
    }

    /// The word for it.
    fn word(self) -> &'static str {
        let index = Self::VALUES.iter().position(|value| *value == self);
        index.and_then(|index| Self::WORDS.get(index)).copied().unwrap_or_default()
    }
}

impl Choice for Pull {
    const WORDS: &'static [&'static str] = &["missing", "always", "never"];
    const VALUES: &'static [Self] = &[Self::Missing, Self::Always, Self::Never];
}

impl Choice for ColorChoice {
    const WORDS: &'static [&'static str] = &["auto", "always", "never"];
    const VALUES: &'static [Self] = &[Self::Auto, Self::Always, Self::Never];
}

impl Choice for DeadlineGuard {
    const WORDS: &'static [&'static str] = &["none", "sidecar", "shell", "schedule"];
    const VALUES: &'static [Self] = &[Self::None, Self::Sidecar, Self::Shell, Self::Schedule];
}

/// `--ci`. Without it the environment tells.
impl Choice for Ci {
    const WORDS: &'static [&'static str] = &[
        "none",
        "github",
        "gitlab",
        "azure",
        "teamcity",
        "buildkite",
        "circleci",
        "codefresh",
        "jenkins",
        "bitbucket",
        "woodpecker",
        "drone",
        "codebuild",
        "other",
    ];
    const VALUES: &'static [Self] = &[
        Self::None,
        Self::GitHub,
        Self::GitLab,
        Self::Azure,
        Self::TeamCity,
        Self::Buildkite,
        Self::CircleCi,
        Self::Codefresh,
        Self::Jenkins,
        Self::Bitbucket,
        Self::Woodpecker,
        Self::Drone,
        Self::CodeBuild,
        Self::Other,
    ];
}

impl Choice for OutputFormat {
    const WORDS: &'static [&'static str] = &["text", "json"];
    const VALUES: &'static [Self] = &[Self::Text, Self::Json];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Choice + std::fmt::Debug>() {
        assert_eq!(T::WORDS.len(), T::VALUES.len());
        for (word, value) in T::WORDS.iter().zip(T::VALUES) {
            assert_eq!((T::from_word(word), value.word()), (Some(*value), *word));
            assert_eq!(*word, format!("{value:?}").to_lowercase(), "a value is called by its word");
        }
        assert_eq!(T::from_word("Auto"), None);
    }

    #[test]
    fn every_word_is_a_value_and_back() {
        check::<Pull>();
        check::<DeadlineGuard>();
        check::<ColorChoice>();
        check::<OutputFormat>();
        check::<Ci>();
    }
}
