//! Outputs as variables of later jobs.
//!
//! Source: gitlab-org/gitlab, `Ci::ParseDotenvArtifactService`: every line is `KEY=VALUE`, of which both sides
//! are stripped, and one that is not makes the whole file invalid. Fewer than 5 KB (`dotenv_size_limit`) and
//! at most 20 variables (`dotenv_variable_limit`, 20 on an instance of one's own and more on gitlab.com). The
//! variables are not raw: what `ExpandVariables::VARIABLES_REGEXP` finds in a value is replaced.

use sortie_story::Story;

use crate::variables;
use crate::variables::Shape;
use crate::variables::Variables;

/// Variables of one file.
const MAX_VARIABLES: usize = 20;
/// Bytes of one file.
const MAX_BYTES: usize = 5_000;

/// What later jobs can be given, the most important first.
pub fn variables(story: &Story, prefix: &str) -> Variables {
    let mut variables =
        variables::of(story, prefix, Shape::OneLine, |value| value.trim() == value && !is_expanded(value));
    let mut bytes = 0;
    let mut count = 0;
    let (given, too_many): (Vec<_>, Vec<_>) = variables.given.into_iter().partition(|one| {
        let line = one.name.len() + one.value.len() + 2;
        let fits = count < MAX_VARIABLES && bytes + line <= MAX_BYTES;
        if fits {
            (count, bytes) = (count + 1, bytes + line);
        }
        fits
    });
    variables.given = given;
    variables.left_out.extend(too_many.into_iter().map(|one| one.name));
    variables
}

/// Whether GitLab finds a variable in the text: `$NAME`, `${NAME}` or `%NAME%`.
fn is_expanded(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name_of = |text: &str| {
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let starts = text.starts_with(|c: char| is_name(c) && !c.is_ascii_digit());
        starts.then_some(end)
    };
    text.char_indices().any(|(at, c)| {
        let rest = &text[at + c.len_utf8()..];
        match c {
            '$' => match rest.strip_prefix('{') {
                Some(braced) => name_of(braced).is_some_and(|end| braced[end..].starts_with('}')),
                None => name_of(rest).is_some(),
            },
            '%' => name_of(rest).is_some_and(|end| rest[end..].starts_with('%')),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gitlab_would_expand_is_found() {
        for text in ["$A", "x${HOME}y", "100%PATH%", "$_"] {
            assert!(is_expanded(text), "{text}");
        }
        for text in ["", "$", "5 $", "$252F", "${", "${A", "100%", "%A", "% A%", "a$-b"] {
            assert!(!is_expanded(text), "{text}");
        }
    }
}
