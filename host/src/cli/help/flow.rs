//! Topics as wide as the terminal.
//!
//! Their texts are written for it: lines at the margin that follow each other are one paragraph; an indented line
//! is a line of its own, and goes on below its text, which may stand in a second column (behind two spaces or
//! more). What fits into [`WIDEST`] columns and is indented by two is something to type, and stays as it is.

use terminal_size::Width;

/// How wide a text gets on a wide terminal, and where there is none.
pub(super) const WIDEST: usize = 100;

/// Columns of the terminal on standard output.
pub(super) fn columns() -> usize {
    match terminal_size::terminal_size_of(std::io::stdout()) {
        Some((Width(columns), _)) if columns > 0 => usize::from(columns),
        _ => WIDEST,
    }
}

/// The text for so many columns.
pub(super) fn flow(text: &str, columns: usize) -> String {
    let columns = columns.min(WIDEST);
    let mut out = String::new();
    let mut paragraph = String::new();
    for line in text.lines() {
        if line.is_empty() || line.starts_with(' ') {
            wrap(&mut out, &std::mem::take(&mut paragraph), columns);
            match line.is_empty() {
                true => out.push('\n'),
                false => wrap(&mut out, line, columns),
            }
            continue;
        }
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
    }
    wrap(&mut out, &paragraph, columns);
    out
}

/// Adds one line, over several where it is too wide.
fn wrap(out: &mut String, line: &str, columns: usize) {
    if line.is_empty() {
        return;
    }
    let hanging = text_column(line);
    let width = line.chars().count();
    let typed = hanging == 2 && width <= WIDEST && !line.trim_start().starts_with("- ");
    if width <= columns || typed {
        out.push_str(line);
        out.push('\n');
        return;
    }
    let mut at = 0;
    // Words with the spaces before them: what parts the columns is kept.
    for word in words(line) {
        let fits = at + word.chars().count() <= columns;
        if fits || at <= hanging {
            out.push_str(word);
            at += word.chars().count();
        } else {
            let word = word.trim_start();
            out.push('\n');
            out.push_str(&" ".repeat(hanging));
            out.push_str(word);
            at = hanging + word.chars().count();
        }
    }
    out.push('\n');
}

/// Where a line's text begins: behind its indentation, a dash, or in its second column.
fn text_column(line: &str) -> usize {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let text = line.trim_start();
    if text.starts_with("- ") {
        return indent + 2;
    }
    let Some((first, rest)) = text.split_once("  ") else { return indent };
    indent + first.chars().count() + 2 + rest.chars().take_while(|c| *c == ' ').count()
}

/// Each word with the spaces before it.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let start = rest.find(|c| c != ' ')?;
        let end = rest[start..].find(' ').map_or(rest.len(), |end| start + end);
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fits_the_terminal_and_what_is_typed_stays() {
        let text = "\
A paragraph of two
lines is one.

  --flag  what it does, in a second column of its own
  - an item of a list that is too wide
      an indented line goes on below itself
  sortie run --backend process --output json -- ./deploy.sh
";
        insta::assert_snapshot!(flow(text, 32), @r"
        A paragraph of two lines is one.

          --flag  what it does, in a
                  second column of its
                  own
          - an item of a list that is
            too wide
              an indented line goes on
              below itself
          sortie run --backend process --output json -- ./deploy.sh
        ");
    }

    #[test]
    fn a_wide_terminal_does_not_make_wide_text() {
        let text = "word ".repeat(60);
        assert!(flow(&text, 500).lines().all(|line| line.len() <= WIDEST));
        assert_eq!(flow("a\n", 1), "a\n");
        assert_eq!(flow("verylongword another", 4), "verylongword\nanother\n");
    }
}
