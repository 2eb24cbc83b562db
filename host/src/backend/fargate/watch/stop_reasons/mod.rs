//! What the platform's words about a task's end mean: one table ([`table::RULES`]), the most specific words
//! first.
//!
//! Names of images, secrets, groups and roles are part of many reasons, and may hold any words. So a rule says
//! how the reason begins, and what it then looks for are phrases that nobody calls a thing.

mod table;

use crate::backend::EndCause;

/// Words of the platform, and what they say.
struct Rule {
    /// How the reason begins, one of these; in lower case. Empty: in any way.
    begins: &'static [&'static str],
    /// What it holds, one of these; in lower case. Empty: anything.
    holds: &'static [&'static str],
    /// What ended the task, where nothing that is known better says something else.
    cause: EndCause,
    /// It has nothing to do with the task: launched again the task may well start.
    passing: bool,
    /// What a person can do; may be empty.
    hint: &'static str,
}

/// What a reason says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    /// What ended the task.
    pub(super) cause: EndCause,
    /// Launched again it may well start.
    pub(super) passing: bool,
    /// What a person can do; may be empty.
    pub(super) hint: &'static str,
    /// How specific it is: smaller is more.
    rank: usize,
}

/// What a reason says, if anything.
pub(super) fn said(reason: &str) -> Option<Said> {
    let reason = reason.trim().to_lowercase();
    let fits = |rule: &Rule| {
        (rule.begins.is_empty() || rule.begins.iter().any(|text| reason.starts_with(text)))
            && (rule.holds.is_empty() || rule.holds.iter().any(|text| reason.contains(text)))
    };
    let (rank, rule) = table::RULES.iter().enumerate().find(|(_, rule)| fits(rule))?;
    Some(Said { cause: rule.cause, passing: rule.passing, hint: rule.hint, rank })
}

/// What the most telling of several reasons says.
pub(super) fn most_telling<'a>(reasons: impl IntoIterator<Item = &'a str>) -> Option<Said> {
    reasons.into_iter().filter_map(said).min_by_key(|said| said.rank)
}

/// Whether a container was killed for its memory.
/// Source: amazon-ecs-agent issues 1187 (with exit code 137) and 2467 (with 0).
pub(super) fn is_out_of_memory(reason: &str) -> bool {
    reason.to_lowercase().contains("outofmemoryerror")
}

/// Whether a task says that memory was what it ended for.
pub(super) fn begins_out_of_memory(reason: &str) -> bool {
    reason.to_lowercase().starts_with("outofmemoryerror")
}

/// Whether Spot took the task away.
pub(super) fn is_spot(reason: &str) -> bool {
    reason.to_lowercase().contains(table::YOUR_SPOT_TASK)
}

#[cfg(test)]
mod tests;
