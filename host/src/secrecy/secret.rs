//! One secret, and how it is handed to the redactor.

use sortie_plugin_redact::config;

/// Something that must not be shown.
#[derive(Clone)]
pub struct Secret {
    /// What holds it: a variable, or a part of an address.
    pub name: String,
    /// Where it was set, for a person: `--env`, `container app`, `environment`.
    pub origin: String,
    value: String,
    /// Whether it is masked in log lines too, and not in texts of sortie alone.
    pub in_lines: bool,
}

impl std::fmt::Debug for Secret {
    /// Without the value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, origin, value: _, in_lines } = self;
        let mut shown = f.debug_struct("Secret");
        shown.field("name", name).field("origin", origin).field("in_lines", in_lines).finish_non_exhaustive()
    }
}

/// Bytes of a line that is one literal for the redactor; it takes no longer ones.
const MAX_LITERAL: usize = 4096;

impl Secret {
    /// A secret of texts.
    pub fn new(name: impl Into<String>, origin: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), origin: origin.into(), value: value.into(), in_lines: false }
    }

    /// The same, in log lines too.
    #[must_use]
    pub fn also_in_lines(self) -> Self {
        Self { in_lines: true, ..self }
    }

    /// Whether the other one hides the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.value == other.value
    }

    /// The value as the redactor takes it. A line that is too long for it is several values, next to each
    /// other: their masks meet.
    pub(super) fn for_redactor(&self) -> Vec<config::Secret> {
        let secret = |value: &str| config::Secret { path: String::new(), value: value.to_owned() };
        if self.value.lines().all(|line| line.len() <= MAX_LITERAL) {
            return vec![secret(&self.value)];
        }
        self.value.lines().flat_map(pieces).map(secret).collect()
    }
}

/// A line in pieces of about the same length, none of which is too long or too short to be searched.
fn pieces(line: &str) -> Vec<&str> {
    let number = line.len().div_ceil(MAX_LITERAL);
    let (mut pieces, mut rest) = (Vec::new(), line);
    for left in (1..=number).rev() {
        let mut end = rest.len() / left;
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let (piece, further) = rest.split_at(end);
        pieces.push(piece);
        rest = further;
    }
    pieces.retain(|piece| piece.trim().len() >= super::words::MIN_LENGTH);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_masked_whole() {
        let value: String = (0..3000).map(|number| format!("{number:x}é")).collect();
        let secrets = crate::secrecy::Secrets::new();
        secrets.learn([Secret::new("CONFIG", "--env", value.clone())]);
        assert_eq!(secrets.text(&format!("a {value} b")), "a *** b");
        assert!(pieces(&value).iter().all(|piece| piece.len() <= MAX_LITERAL + 4));
        assert_eq!(pieces(&value).concat(), value);
    }
}
