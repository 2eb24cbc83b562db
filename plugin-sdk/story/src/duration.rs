//! Lengths of time for a person.

/// Milliseconds as `0.4 s`, `12.3 s`, `4 min 05 s` or `1 h 02 min`, rounded as sortie itself rounds them. What is no
/// length of time is none.
pub fn text(milliseconds: f64) -> String {
    // A conversion that saturates: negative numbers and those that are none become 0.
    let milliseconds = milliseconds as u64;
    if milliseconds < 59_950 {
        return format!("{:.1} s", milliseconds as f64 / 1e3);
    }
    let seconds = (milliseconds / 1_000).max(60);
    match seconds {
        0..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_a_text() {
        let cases = [
            (0.0, "0.0 s"),
            (951.0, "1.0 s"),
            (59_999.9, "1 min 00 s"),
            (245_000.0, "4 min 05 s"),
            (3_725_000.0, "1 h 02 min"),
        ];
        for (milliseconds, expected) in cases {
            assert_eq!(text(milliseconds), expected);
        }
        assert_eq!((text(-5.0), text(f64::NAN)), ("0.0 s".to_owned(), "0.0 s".to_owned()));
    }
}
