//! A whole command line given as one word, which a container's engine takes for the name of a program:
//! `-- 'echo hi'`.

/// What to do about it.
pub const ADVICE: &str = "give each word by itself (-- echo hi), or the line to a shell (-- sh -c 'echo hi')";

/// What only a shell understands.
const OPERATORS: [char; 7] = ['|', '&', ';', '<', '>', '$', '`'];

/// Whether a command is one word that looks like a line for a shell. A program's name may have a space in
/// it, but hardly ever has.
pub fn is_whole_line(command: &[String]) -> bool {
    let [word] = command else { return false };
    let word = word.trim();
    word.contains(char::is_whitespace) || word.contains(OPERATORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_a_shell_is_told_from_a_program() {
        let of =
            |words: &[&str]| is_whole_line(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        for line in ["echo hi", "make&&make test", "a|b", "cmd >log", "echo\thi", "$HOME/bin/x", "a;b"] {
            assert!(of(&[line]), "{line}");
            assert!(!of(&[line, "x"]), "{line}");
        }
        for word in ["./deploy.sh", "/usr/bin/env", "deploy", "", "--flag=x", "bin/a+b@2"] {
            assert!(!of(&[word]), "{word}");
        }
        assert!(!of(&[]));
    }
}
