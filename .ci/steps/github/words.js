// Words as in a shell, and no more than words: nothing is expanded, and nothing is run.
"use strict";

const { Problem } = require("./runner.js");

// What a shell would make more of than a word. Written without quotes it is meant for one.
const OPERATORS = /^(?:[|&;<>]+|\d?>{1,2}.*|\$\(.*|`.*)$/;

// `a 'b c' "d \" e" f\ g` → ["a", "b c", 'd " e', "f g"]
function words(text, name) {
  const found = [];
  let word = null;
  let quoted = false;
  const end = () => {
    if (word === null) return;
    if (!quoted && OPERATORS.test(word)) {
      throw new Problem(
        `input \`${name}\` has \`${word}\`, and no shell reads it: write sh -c '…' for one, or quote it to mean the text`,
      );
    }
    found.push(word);
    word = null;
    quoted = false;
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (/\s/.test(letter)) {
      end();
    } else if (letter === "'" || letter === '"') {
      const close = closing(text, at);
      if (close < 0) throw new Problem(`input \`${name}\`: a ${letter} is not closed`);
      const inside = text.slice(at + 1, close);
      word = (word ?? "") + (letter === '"' ? inside.replace(/\\(["\\$`])/g, "$1") : inside);
      quoted = true;
      at = close;
    } else if (letter === "\\" && at + 1 < text.length) {
      at += 1;
      // A backslash at the end of a line joins it with the next one.
      if (text[at] !== "\n") {
        word = (word ?? "") + text[at];
        quoted = true;
      }
    } else {
      word = (word ?? "") + letter;
    }
  }
  end();
  return found;
}

// Where the quote that opens at `open` is closed; -1 if nowhere.
function closing(text, open) {
  for (let at = open + 1; at < text.length; at += 1) {
    if (text[at] === text[open]) return at;
    if (text[at] === "\\" && text[open] === '"') at += 1;
  }
  return -1;
}

module.exports = { words };
