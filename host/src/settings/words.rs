//! The words of a text, parted as a shell does it: quotes and backslashes group, and nothing is expanded.

use crate::error::Error;
use crate::settings::quantity::quoted;

/// The words of `text`.
///
/// # Errors
///
/// A quote that is not closed, or what only a shell understands (`&&`, `>file`, `$(…)`) where it is not quoted. The
/// error shows no more of the text than that.
pub fn parse(text: &str) -> Result<Vec<String>, Error> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                word.text.push_str(&inside(letter, &mut letters)?);
                word.is_quoted = true;
            }
            '\\' => match letters.next() {
                // At the end of a line it joins it with the next one.
                Some('\n') => {}
                Some(next) => {
                    word.text.push(next);
                    word.is_quoted = true;
                }
                None => word.text.push('\\'),
            },
            letter if letter.is_whitespace() => words.extend(std::mem::take(&mut word).end()?),
            letter => word.text.push(letter),
        }
    }
    words.extend(word.end()?);
    Ok(words)
}

/// What has been read of a word.
#[derive(Default)]
struct Word {
    text: String,
    is_quoted: bool,
}

impl Word {
    /// The word, if there is one.
    fn end(self) -> Result<Option<String>, Error> {
        if !self.is_quoted
            && let Some(operator) = operator(&self.text)
        {
            return Err(Error::usage(format!("no shell reads it, and it has {}", quoted(operator)))
                .hint("write sh -c '…' for a shell, or put it in quotes to mean the text"));
        }
        Ok(Some(self.text).filter(|text| self.is_quoted || !text.is_empty()))
    }
}

/// What stands between quotes, up to the one that closes.
fn inside(quote: char, letters: &mut std::str::Chars<'_>) -> Result<String, Error> {
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            _ if letter == quote => return Ok(text),
            '\\' if quote == '"' => match letters.next() {
                Some('\n') => {}
                Some(next) if "\"\\$`".contains(next) => text.push(next),
                Some(next) => text.extend(['\\', next]),
                None => break,
            },
            letter => text.push(letter),
        }
    }
    Err(Error::usage(format!("a {quote} is not closed")))
}

/// What a shell would make more of than a word.
fn operator(word: &str) -> Option<&str> {
    let redirection = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
    match () {
        () if word.is_empty() => None,
        () if word.bytes().all(|byte| b"|&;<>".contains(&byte)) => Some(word),
        () if word.starts_with("$(") => Some("$("),
        () if word.starts_with('`') => Some("`"),
        () if redirection.starts_with('>') => Some(">"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        parse(text).unwrap()
    }

    #[test]
    fn quotes_and_backslashes_group() {
        assert_eq!(words("  ./deploy.sh --env\n dev\t"), ["./deploy.sh", "--env", "dev"]);
        assert_eq!(
            words(r#"sh -c 'echo "$1" && exit 3' x ''"#),
            ["sh", "-c", "echo \"$1\" && exit 3", "x", ""]
        );
        assert_eq!(words(r#""a b"'c d'e\ f "\"\\\$\`\n""#), ["a bc de f", "\"\\$`\\n"]);
        assert_eq!(words("a \\\n b"), ["a", "b"]);
        assert_eq!(words("a\\"), ["a\\"]);
        assert_eq!(words("$HOME * ~ {a,b} a&b x>y"), ["$HOME", "*", "~", "{a,b}", "a&b", "x>y"]);
        assert!(words(" \n").is_empty());
    }

    #[test]
    fn what_only_a_shell_understands_is_refused_unless_it_is_quoted() {
        for (text, said) in [
            ("a && b", "it has `&&`"),
            ("a >s3cret", "it has `>`"),
            ("a 2>>s3cret", "it has `>`"),
            ("a $(s3cret", "it has `$(`"),
            ("a `s3cret`", "it has ```"),
            ("a 's3cret", "a ' is not closed"),
            ("a \"s3cret\\\"", "a \" is not closed"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("s3cret"), "{text}: {error}");
        }
        assert_eq!(words("a '&&' \">\" \\; \\$(x"), ["a", "&&", ">", ";", "$(x"]);
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(expected in prop::collection::vec("\\PC*", 0..4)) {
            let text: Vec<String> =
                expected.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
            prop_assert_eq!(words(&text.join(" ")), expected);
        }

        #[test]
        fn no_text_breaks_it(text in ".*") {
            let _ = parse(&text);
        }
    }
}
