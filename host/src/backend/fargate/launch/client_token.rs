//! Random names: client tokens, and who started a task.

/// Letters that are legal in a client token and in `startedBy`.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A client token: 130 bits, so no two launches of a cluster ever share one.
/// Source: Amazon ECS API reference, RunTask, `clientToken`: up to 64 characters, 33 to 126.
pub(crate) fn fresh() -> String {
    format!("sortie-{}", letters(26))
}

/// 60 bits: enough to tell launches apart by their `startedBy`, and short to read.
pub(crate) fn short() -> String {
    letters(12)
}

fn letters(count: usize) -> String {
    (0..count).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_fit_the_api_and_differ() {
        let (one, other) = (fresh(), fresh());
        assert!(one.len() <= 64 && one.bytes().all(|byte| (33..=126).contains(&byte)));
        assert_ne!(one, other);
    }
}
