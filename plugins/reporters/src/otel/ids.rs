//! Ids of the trace and its spans.
//!
//! A plugin has no source of randomness, and needs none: the id of the run, which sortie draws anew for each
//! (64 bits), tells one run from another. The trace's id is the first 16 bytes of the SHA-256 of
//! `sortie/trace/RUN`, a span's the first 8 of that of `sortie/span/RUN/NUMBER`, in which 0 is the run's own.
//! Who knows the id of the run knows both.

use sha2::Digest as _;
use sha2::Sha256;

/// The span that a run is part of, as `TRACEPARENT` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// 32 hexadecimal digits.
    pub trace: String,
    /// 16 hexadecimal digits.
    pub span: String,
    /// Somebody keeps the trace.
    pub is_sampled: bool,
}

impl Parent {
    /// Reads `00-TRACE-SPAN-FLAGS` (W3C Trace Context Level 2, section 3.2); `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let has = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
        // A later version may have more behind it.
        let may_end = version != "00" || parts.next().is_none();
        let is_one = has(version, 2) && version != "ff" && has(trace, 32) && has(span, 16) && has(flags, 2);
        if !is_one || !may_end || is_zero(trace) || is_zero(span) {
            return None;
        }
        let is_sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        Some(Self { trace: trace.to_owned(), span: span.to_owned(), is_sampled })
    }
}

/// The ids of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    run: String,
    parent: Option<Parent>,
}

impl Ids {
    /// Those of the run of this id.
    pub fn new(run: &str, parent: Option<Parent>) -> Self {
        Self { run: run.to_owned(), parent }
    }

    /// The run's own id.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The span that the run is part of.
    pub fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// The trace's id, in hexadecimal.
    pub fn trace(&self) -> String {
        match &self.parent {
            Some(parent) => parent.trace.clone(),
            None => hash(&format!("sortie/trace/{}", self.run), 16),
        }
    }

    /// A span's id, in hexadecimal.
    pub fn span(&self, number: usize) -> String {
        hash(&format!("sortie/span/{}/{number}", self.run), 8)
    }
}

/// The first bytes of a text's SHA-256, in hexadecimal.
fn hash(text: &str, bytes: usize) -> String {
    Sha256::digest(text.as_bytes()).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn ids_follow_from_that_of_the_run() {
        let ids = Ids::new("test-run", None);
        // printf sortie/trace/test-run | sha256sum
        assert_eq!(ids.trace(), "8e412ee9a45a22dd6924501a87eec4b5");
        assert_eq!(ids.span(0), "5d9c7d53d4653ce0");
        assert_ne!(ids.span(0), ids.span(1));
        assert_ne!(ids.trace(), Ids::new("other", None).trace());
        let beneath = Ids::new("test-run", Parent::parse(PARENT));
        assert_eq!((beneath.trace().as_str(), beneath.span(0)), (&PARENT[3..35], ids.span(0)));
    }

    #[test]
    fn a_parent_is_read_as_the_standard_has_it() {
        let parent = Parent::parse(PARENT).expect("a parent");
        assert_eq!((parent.span.as_str(), parent.is_sampled), ("00f067aa0ba902b7", true));
        let with = |from: &str, to: &str| Parent::parse(&PARENT.replacen(from, to, 1));
        assert!(!with("-01", "-00").expect("a parent").is_sampled);
        assert!(with("-01", "-03").expect("a parent").is_sampled);
        assert!(with("00-4", "01-4").is_some());
        assert!(Parent::parse(&format!("{}-more", PARENT.replacen("00", "cc", 1))).is_some());
        for wrong in [
            String::new(),
            "x".to_owned(),
            format!("{PARENT}-more"),
            PARENT.replacen("00", "ff", 1),
            PARENT.to_uppercase(),
            PARENT.replace("00f067aa0ba902b7", "0000000000000000"),
            PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            PARENT.replace("4bf9", "4bg9"),
            PARENT[..53].to_owned(),
        ] {
            assert_eq!(Parent::parse(&wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_a_parent_is_read_back(text in "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}|\\PC{0,60}") {
            if let Some(parent) = Parent::parse(&text) {
                let flags = u8::from_str_radix(&text[53..55], 16).expect("flags");
                prop_assert_eq!(&text[3..52], &format!("{}-{}", parent.trace, parent.span));
                prop_assert_eq!(parent.is_sampled, flags % 2 == 1);
            }
        }
    }
}
