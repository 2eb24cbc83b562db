//! A terminal, and whoever shows a log as one does: what it does besides showing characters and colours.
//!
//! Sources: ECMA-48 (C0, C1, control sequences, command strings), xterm's `ctlseqs`; Unicode UAX #9.

/// What is done of these bytes, beside line feeds, tabs and colours. A line in which a colour is left on is
/// among it.
pub fn done(bytes: &[u8]) -> Vec<String> {
    let mut done = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let mut colored = false;
        for chunk in line.utf8_chunks() {
            of_text(chunk.valid(), &mut colored, &mut done);
            // To a terminal of eight bits.
            let controls = chunk.invalid().iter().filter(|byte| (0x80..0xa0).contains(*byte));
            done.extend(controls.map(|byte| format!("byte {byte:02x}")));
        }
        if colored {
            done.push(format!("a colour is left on: {:?}", String::from_utf8_lossy(line)));
        }
    }
    done
}

fn of_text(text: &str, colored: &mut bool, done: &mut Vec<String>) {
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => match style(rest.as_str()) {
                Some(parameters) => {
                    // Eight as a style of its own hides; the numbers of a colour follow 38, 48 or 58.
                    if parameters == "8" {
                        done.push("concealed text".to_owned());
                    }
                    *colored = parameters.split(';').any(|number| !matches!(number, "" | "0"));
                    rest = rest.as_str()[parameters.len() + 2..].chars();
                }
                None => done.push(format!("ESC {:?}", rest.as_str().chars().take(8).collect::<String>())),
            },
            '\t' => {}
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => done.push(format!("{c:?}")),
            '\u{2028}' | '\u{2029}' => done.push(format!("line break {c:?}")),
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                done.push(format!("direction {c:?}"));
            }
            _ => {}
        }
    }
}

/// The numbers of `[…m`, of a length that somebody means.
fn style(text: &str) -> Option<&str> {
    let text = text.strip_prefix('[')?;
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':')?;
    (text[end..].starts_with('m') && end <= 64).then(|| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_what_a_terminal_does() {
        assert_eq!(
            done("a\tb\u{1b}[1;31mred\u{1b}[0m é\n\u{1b}[32mx\u{1b}[m".as_bytes()),
            Vec::<String>::new()
        );
        for text in
            ["\u{1b}[2J", "\u{1b}]0;x\u{7}", "\r", "\u{1b}[31mx", "\u{9b}2J", "\u{202e}", "\u{1b}[8m\u{1b}[m"]
        {
            assert!(!done(text.as_bytes()).is_empty(), "{text:?}");
        }
        assert_eq!(done(b"\x9b2J"), ["byte 9b"]);
    }
}
