//! Lines that somebody writes who wants to be obeyed.

/// Somebody's own word, which stands in every line: where it is obeyed, it was not sortie's.
pub const WORD: &str = "EVIL";

/// What stands before a command.
const BEFORE: [&str; 30] = [
    "",
    "",
    "",
    "",
    " ",
    "\t",
    "\u{b}",
    "\u{c}",
    "\r",
    "x\r",
    "\r\n",
    "\u{85}",
    "\u{a0}",
    "\u{1680}",
    "\u{2003}",
    "\u{2028}",
    "\u{3000}",
    "\u{feff}",
    "\u{200b}",
    "\u{ad}",
    "\0",
    "\u{1b}[31m",
    "\u{1b}[0K",
    "\u{1b}[2J",
    "\u{8}",
    "\u{9b}m",
    "text ",
    "#",
    ":",
    "50 %\r",
];

/// What is obeyed somewhere.
const COMMANDS: [&str; 40] = [
    "::add-mask::EVIL",
    "::ADD-MASK::EVIL",
    "::set-output name=EVIL::EVIL",
    "::set-env name=EVIL::EVIL",
    "::add-path::EVIL",
    "::save-state name=EVIL::EVIL",
    "::add-matcher::EVIL",
    "::error file=EVIL::EVIL",
    "::group::EVIL",
    "::endgroup::EVIL",
    "::stop-commands::EVIL",
    "::echo::EVIL",
    "::EVIL::",
    "##[add-mask]EVIL",
    "##[stop-commands]EVIL",
    "##[set-output name=EVIL]EVIL",
    "##[error]EVIL",
    "##[group]EVIL",
    "##[EVIL]",
    "##vso[task.setvariable variable=EVIL]EVIL",
    "##vso[task.complete result=Failed]EVIL",
    "##vso[task.prependpath]EVIL",
    "##VSO[task.uploadfile]EVIL",
    "##teamcity[buildStatus text='EVIL']",
    "##teamcity[setParameter name='EVIL' value='EVIL']",
    "section_start:1700000000:EVIL\r\u{1b}[0KEVIL",
    "section_end:1700000000:EVIL\r\u{1b}[0K",
    "\u{1b}[0Ksection_start:1:EVIL[collapsed=true]\r\u{1b}[0KEVIL",
    "--- EVIL",
    "+++ EVIL",
    "~~~\tEVIL",
    "^^^ +++ EVIL",
    "\u{1b}_bk;t=1700000000000\u{7}EVIL",
    "\u{1b}]1339;url='http://EVIL';content='EVIL'\u{7}",
    "\u{1b}]1338;url='EVIL'\u{7}",
    "\u{1b}]52;c;RVZJTA==\u{7}EVIL",
    "\u{1b}]8;;http://EVIL\u{1b}\\EVIL\u{1b}]8;;\u{1b}\\",
    "\u{1b}[8mha:EVIL",
    "\u{1b}c\u{1b}]0;EVIL\u{7}",
    "\u{202e}EVIL\u{2066}",
];

/// What a line is broken into to be overlooked.
const SPLICES: [&str; 10] =
    ["\r", "\u{1b}[1m", "\u{1b}[K", "\u{1b}[0m", "\0", "\u{200d}", "\u{ad}", "\u{9b}0m", "\u{8}", " "];

/// So many lines, the same for the same seed; some are no text.
pub fn lines(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    (0..count).map(|_| line(&mut chance)).collect()
}

fn line(chance: &mut Chance) -> Vec<u8> {
    let mut line = Vec::new();
    for _ in 0..=chance.below(3) {
        for _ in 0..=chance.below(2) {
            line.extend_from_slice(chance.one_of(&BEFORE).as_bytes());
        }
        if chance.below(12) == 0 {
            line.push(0x80 | chance.below(128) as u8);
        }
        let command = chance.one_of(&COMMANDS).as_bytes();
        let whole = chance.below(3) > 0;
        // Each command begins with five characters of ASCII, or with one that is longer.
        let cut = 1 + chance.below(4);
        if whole || !command.get(cut).is_some_and(u8::is_ascii) {
            line.extend_from_slice(command);
        } else {
            line.extend_from_slice(&command[..cut]);
            line.extend_from_slice(chance.one_of(&SPLICES).as_bytes());
            line.extend_from_slice(&command[cut..]);
        }
    }
    // A line of the log is one line.
    line.retain(|byte| *byte != b'\n');
    if !String::from_utf8_lossy(&line).contains(WORD) {
        line.extend_from_slice(WORD.as_bytes());
    }
    line
}

/// Numbers that look random (xorshift64*).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        high as usize % end
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }
}
