//! The name that a person most likely meant by a misspelt one: "did you mean …?".

/// How alike two names must be (Jaro-Winkler, 0 to 1). 0.8 accepts a missing, doubled or swapped
/// letter and a plural, but not another word.
const MIN_SIMILARITY: f64 = 0.8;

/// The candidate that is most like `name`, if any is near. Case does not count, and `_` and `-` are
/// the same.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let normal = |name: &str| name.to_ascii_lowercase().replace('_', "-");
    let name = normal(name);
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &normal(candidate)), candidate))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour_and_another_word_finds_none() {
        let names = || ["subnet", "tag", "log-group", "redact", "github", "ci-tags"];
        for (name, meant) in [
            ("tags", Some("tag")),
            ("log_group", Some("log-group")),
            ("SUBENTS", Some("subnet")),
            ("redcat", Some("redact")),
            ("gihtub", Some("github")),
            ("zebra", None),
            ("prometheus", None),
        ] {
            assert_eq!(nearest(name, names()), meant, "{name}");
        }
    }
}
