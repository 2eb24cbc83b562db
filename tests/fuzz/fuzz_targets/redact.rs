//! No secret is printed, whatever stands around it and in whatever pieces it comes: the host's
//! framing, gate and chain with the redactor print the same as the redactor alone does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sortie_fuzz::pieces;
use sortie_fuzz::pipeline::chain::Chain;
use sortie_fuzz::pipeline::chain::Link;
use sortie_fuzz::redactor;
use sortie_fuzz::redactor::SECRETS;
use sortie_lines::LineBatch;

/// What stands for itself; other bytes of the input are the log's own.
const WORDS: [&str; 24] = [
    "hunter2",
    "ter2xx",
    "hun",
    "ter2",
    "line one",
    "line two",
    "line one\nline two",
    "p%40ss:w/rd",
    "p%2540ss%3Aw%2Frd",
    "a\"b\\c",
    "a\\\"b\\\\c",
    "aHVudGVyMg==",
    "aHVudGVy",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "-----BEGIN ",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5",
    "eyJhbGciOiJIUzI1NiJ9.",
    "https://user:hunter2@example.com/",
    "Authorization: Bearer ",
    "://",
    "\r\n",
    "\n",
];

fn log(seed: &[u8]) -> Vec<u8> {
    let mut log = Vec::new();
    for byte in seed {
        // 0x80 and above: words; a filler, for lines longer than a window of the redactor.
        match usize::from(*byte).checked_sub(0x80) {
            Some(index) if index < WORDS.len() => log.extend_from_slice(WORDS[index].as_bytes()),
            Some(0x7f) if log.len() < 1 << 20 => log.resize(log.len() + 65_530, b'.'),
            _ => log.push(*byte),
        }
    }
    log
}

/// What the host prints of these batches.
fn printed(batches: Vec<LineBatch>, gated: bool) -> Vec<u8> {
    let mut chain = Chain::new([Link { name: "redact".to_owned(), stage: redactor::stage(gated), tick: None }]);
    let mut out = Vec::new();
    for mut batch in batches {
        assert_eq!(chain.process(&mut batch), None);
        pieces::print(&batch, &mut out);
    }
    let mut tail = Vec::new();
    assert_eq!(chain.finish(&mut tail, &mut Vec::new()), None);
    tail.iter().for_each(|batch| pieces::print(batch, &mut out));
    out
}

fuzz_target!(|input: (Vec<u8>, Vec<u16>, u16, u16)| {
    let (seed, cuts, max_line, max_batch) = input;
    let log = log(&seed);
    let whole = printed(pieces::batches(&[&log], usize::MAX / 4, usize::MAX / 4), false);
    for secret in SECRETS {
        let found = memchr::memmem::find(&whole, secret.as_bytes());
        assert!(found.is_none(), "{secret:?} was printed: {:?}", String::from_utf8_lossy(&whole));
    }
    // A long log in single bytes takes a second, and shows no more than a short one.
    let scale = 1 + log.len() / 1024;
    let limit = |limit: u16| usize::from(limit).max(1) * scale;
    let chunks = pieces::chunks(&log, &cuts, scale);
    let cut = pieces::batches(&chunks, limit(max_line), limit(max_batch));
    let cut = printed(cut, true);
    assert!(
        cut == whole,
        "in pieces: {:?}\nwhole: {:?}",
        String::from_utf8_lossy(&cut),
        String::from_utf8_lossy(&whole)
    );
});
