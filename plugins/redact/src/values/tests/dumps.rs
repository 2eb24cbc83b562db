//! Values in dumps of bytes, as the programs themselves print them, where they are installed.

use std::io::Write as _;
use std::process::Command;
use std::process::Stdio;

use super::masked;

/// Programs that dump, and how.
const DUMPS: [&[&str]; 30] = [
    &["xxd"],
    &["xxd", "-g1"],
    &["xxd", "-u", "-g4"],
    &["xxd", "-c8"],
    &["xxd", "-c", "20"],
    &["xxd", "-i"],
    &["xxd", "-b"],
    &["xxd", "-p"],
    &["xxd", "-e"],
    &["hexdump"],
    &["hexdump", "-C"],
    &["hexdump", "-b"],
    &["hexdump", "-c"],
    &["hexdump", "-d"],
    &["hexdump", "-o"],
    &["hexdump", "-x"],
    &["od"],
    &["od", "-a"],
    &["od", "-b"],
    &["od", "-c"],
    &["od", "-d"],
    &["od", "-x"],
    &["od", "-An", "-tx1"],
    &["od", "-Ax", "-tx1z"],
    &["od", "-tx4"],
    &["od", "-to4"],
    &["od", "-An", "-tu1"],
    &["od", "-tx2", "--endian=big"],
    &["od", "-c", "-tx1"],
    &["od", "-w8", "-c"],
];

/// What a program prints of some bytes, line by line; nothing where it is not installed.
fn dump(program: &[&str], bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.stderr(Stdio::null()).spawn() else { return Vec::new() };
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(bytes).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends").stdout;
    let lines = output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(<[u8]>::to_vec).collect()
}

/// A line with one blank in the place of several: numbers are set to a width.
fn without_padding(line: &[u8]) -> Vec<u8> {
    let words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

/// Two values give the same output: nothing in it tells which one it was, but for the first three bytes and the
/// last two, which the lines may part from the others.
#[test]
fn nothing_is_told_by_a_dump() {
    let (one, other) = ("xK92mfQz71LpWv04", "xK9&#-+qBnaY3c04");
    for program in DUMPS {
        for before in [0, 1, 3, 5, 8, 11, 14, 21] {
            let text = |value: &str| {
                let text = [&b"0123456789+-*/=:;<>?!"[..before], value.as_bytes(), b" and more of it\n"];
                dump(program, &text.concat())
            };
            let masked = |value: &str| -> Vec<Vec<u8>> {
                masked(&[value], &text(value)).iter().map(|line| without_padding(line)).collect()
            };
            let (of_one, of_other) = (masked(one), masked(other));
            let shown = || {
                let texts = [&of_one, &of_other].map(|lines| lines.join(&b'\n'));
                let [one, other] = texts.map(|text| String::from_utf8_lossy(&text).into_owned());
                format!("{program:?} after {before} bytes:\n{one}\n{other}")
            };
            assert_eq!(of_one, of_other, "{}", shown());
            let is_masked = of_one.iter().any(|line| line.windows(3).any(|part| part == b"***"));
            assert!(is_masked || of_one.is_empty(), "{}", shown());
        }
    }
}

#[test]
fn a_key_is_masked_in_a_dump_of_any_length() {
    let word = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let line = |line: u64| format!("{:016x}{:016x}\n", word(line), word(1000 + line));
    let key: String = (1..100).map(line).collect();
    for program in [&["xxd"][..], &["hexdump", "-C"], &["od", "-c"]] {
        let lines = dump(program, key.as_bytes());
        let numbered = |line: &Vec<u8>| line.contains(&b' ');
        for line in masked(&[key.trim()], &lines).into_iter().filter(numbered) {
            assert!(
                line.windows(3).any(|part| part == b"***"),
                "{program:?}: {}",
                String::from_utf8_lossy(&line)
            );
        }
    }
}

#[test]
fn other_dumps_stay() {
    for program in DUMPS {
        let lines =
            dump(program, b"The quick brown fox jumps over the lazy dog, and 0123456789 times again.\n");
        assert_eq!(masked(&["xK92mfQz71LpWv04"], &lines), lines, "{program:?}");
    }
}

#[test]
fn base32_is_undone_at_every_alignment_and_over_lines() {
    let value = "xK92mfQz71LpWv04";
    for before in 0..5 {
        for program in [&["base32"][..], &["base32", "-w0"], &["base32", "-w20"]] {
            let text = [&b"user:"[..before], value.as_bytes(), b"\n", &[b'x'; 60]].concat();
            let lines = dump(program, &text);
            if lines.is_empty() {
                continue;
            }
            for lower in [false, true] {
                let lines: Vec<Vec<u8>> = lines
                    .iter()
                    .map(|line| if lower { line.to_ascii_lowercase() } else { line.clone() })
                    .collect();
                let out = masked(&[value], &lines).concat();
                assert!(out.windows(3).any(|part| part == b"***"), "{program:?} {before}");
                let kept = out.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
                let all = lines.concat().iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
                assert!(all - kept >= value.len() * 8 / 5 - 1, "{program:?} {before}: {kept} of {all}");
            }
        }
    }
}
