//! Characters that no text from outside shows a person: one set for everything that is said.
//!
//! A task's name, a platform's reason, a plugin's words may hold what moves a terminal's cursor,
//! begins a line of its own, turns the reading direction, or is not seen at all.

/// Whether a character is a control, breaks a line, turns the reading direction, or has no width.
///
/// Sources: Unicode Standard, general categories Cc, Zl and Zp; UAX #9 (the directional formatting
/// characters); DerivedCoreProperties, `Default_Ignorable_Code_Point`, but for the variation
/// selectors 1 to 16 (U+FE00 to U+FE0F), which choose between a sign and its picture.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_is_in_the_set_and_what_is_read_is_not() {
        let deceives = "\0\u{7}\t\n\r\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{200b}\u{200d}\u{2028}\u{202e}\u{2066}\
                        \u{feff}\u{e0041}";
        assert!(deceives.chars().all(is_invisible));
        assert!(!"a Z ~ é ß 日 ا א\u{a0}\u{fe0f}😀|".chars().any(is_invisible));
    }
}
