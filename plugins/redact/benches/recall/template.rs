//! Lines of random content from templates.
//!
//! A template is a line in which `‹a36›` stands for 36 random letters and digits (see [`alphabet`]),
//! `‹uuid›`, `‹ip›`, `‹time›`, `‹word›` and `‹name›` for what they say, and what is between `«` and `»` is
//! secret.

use std::ops::Range;

/// Always the same numbers: xorshift (Marsaglia, "Xorshift RNGs", 2003).
pub(crate) struct Random(u64);

/// What a template became.
pub(crate) struct Filled {
    /// The line, or lines.
    pub(crate) text: String,
    /// Where the secrets are.
    pub(crate) secrets: Vec<Range<usize>>,
}

const WORDS: [&str; 24] = [
    "connection",
    "request",
    "served",
    "cache",
    "worker",
    "retry",
    "payload",
    "user",
    "ready",
    "build",
    "module",
    "update",
    "index",
    "schema",
    "deploy",
    "cluster",
    "event",
    "queue",
    "report",
    "service",
    "session",
    "client",
    "handler",
    "order",
];

impl Random {
    /// `seed` is not 0.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `below`.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }

    /// One of these.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// So many of the letters.
    fn letters(&mut self, alphabet: &[u8], count: usize, out: &mut String) {
        out.extend((0..count).map(|_| char::from(self.one(alphabet))));
    }

    /// Makes a line of a template.
    pub(crate) fn fill(&mut self, template: &str) -> Filled {
        let mut text = String::with_capacity(template.len() + 64);
        let (mut secrets, mut begun) = (Vec::new(), 0);
        let mut rest = template;
        while let Some(at) = rest.find(['‹', '«', '»']) {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix('«') {
                (begun, rest) = (text.len(), after);
            } else if let Some(after) = rest.strip_prefix('»') {
                secrets.push(begun..text.len());
                rest = after;
            } else {
                let (field, after) = rest["‹".len()..].split_once('›').expect("a field ends with ›");
                self.field(field, &mut text);
                rest = after;
            }
        }
        text.push_str(rest);
        Filled { text, secrets }
    }

    fn field(&mut self, field: &str, out: &mut String) {
        match field {
            "uuid" => {
                for (index, count) in [8, 4, 4, 4, 12].into_iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "-" });
                    self.letters(b"0123456789abcdef", count, out);
                }
            }
            "ip" => out.push_str(&format!("10.{}.{}.{}", self.below(256), self.below(256), self.below(256))),
            "time" => out.push_str(&format!(
                "2026-11-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                1 + self.below(30),
                self.below(24),
                self.below(60),
                self.below(60),
                self.below(1000)
            )),
            "word" => out.push_str(self.one(&WORDS)),
            "name" => {
                let (first, second) = (self.one(&WORDS), self.one(&WORDS));
                out.push_str(&format!("{first}-{second}"));
            }
            _ => {
                let (kind, count) = field.split_at(1);
                let (least, most) = count.split_once('-').unwrap_or((count, count));
                let number = |text: &str| text.parse::<usize>().expect("a field says how many letters");
                let count = number(least) + self.below(number(most) - number(least) + 1);
                if kind == "p" {
                    // A password has letters, a digit and a sign, and no sign at its ends.
                    self.letters(alphabet("a"), 2, out);
                    self.letters(alphabet("p"), count.saturating_sub(5), out);
                    self.letters(b"-_.+!%^*~", 1, out);
                    self.letters(alphabet("d"), 1, out);
                    self.letters(alphabet("a"), 1, out);
                } else {
                    self.letters(alphabet(kind), count, out);
                }
            }
        }
    }
}

/// The letters that a field of this kind is made of.
fn alphabet(kind: &str) -> &'static [u8] {
    match kind {
        "d" => b"0123456789",
        "h" => b"0123456789abcdef",
        "H" => b"0123456789ABCDEF",
        "l" => b"abcdefghijklmnopqrstuvwxyz0123456789",
        "w" => b"abcdefghijklmnopqrstuvwxyz",
        "A" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "B" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "a" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "u" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        "b" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "p" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+!%^*~",
        "n" => b"ACGT",
        "s" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz,;",
        _ => panic!("no alphabet is called {kind}"),
    }
}
