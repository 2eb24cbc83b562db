//! What a plugin says of itself, as JSON in a custom section of its component, where it can be read without
//! running the plugin. [`crate::export!`] makes it, at compile time; nobody else needs this module.

use crate::About;
use crate::Need;

/// Bytes that [`encode`] makes.
pub const fn encoded_len(about: &About) -> usize {
    write(about, &mut [])
}

/// The JSON object; `N` is [`encoded_len`].
///
/// # Panics
/// When `N` is anything else, which a compiler says of a `const`.
pub const fn encode<const N: usize>(about: &About) -> [u8; N] {
    let mut bytes = [0; N];
    let length = write(about, &mut bytes);
    assert!(length == N, "the length of a manifest is that of `encoded_len`");
    bytes
}

/// Writes as much as there is room for, and counts all of it.
const fn write(about: &About, out: &mut [u8]) -> usize {
    let mut at = 0;
    at = raw("{\"name\":", out, at);
    at = string(about.name(), out, at);
    at = raw(",\"version\":", out, at);
    at = string(about.version(), out, at);
    at = raw(",\"summary\":", out, at);
    at = string(about.summary(), out, at);
    at = raw(",\"needs\":[", out, at);
    let needs = about.all_needs();
    let mut index = 0;
    while index < needs.len() {
        if index > 0 {
            at = raw(",", out, at);
        }
        at = need(&needs[index], out, at);
        index += 1;
    }
    at = raw("],\"configSchema\":", out, at);
    at = string(about.schema(), out, at);
    raw("}", out, at)
}

const fn need(need: &Need<'_>, out: &mut [u8], mut at: usize) -> usize {
    at = raw("{\"capability\":", out, at);
    at = string(need.capability(), out, at);
    at = raw(",\"argument\":", out, at);
    at = string(need.argument(), out, at);
    at = raw(if need.is_required() { ",\"required\":true" } else { ",\"required\":false" }, out, at);
    at = raw(",\"reason\":", out, at);
    at = string(need.reason(), out, at);
    raw("}", out, at)
}

/// A JSON string (RFC 8259, section 7): escaped is what must be, and UTF-8 stays as it is.
const fn string(text: &str, out: &mut [u8], mut at: usize) -> usize {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let bytes = text.as_bytes();
    at = byte(b'"', out, at);
    let mut index = 0;
    while index < bytes.len() {
        match bytes[index] {
            b'\n' => at = raw("\\n", out, at),
            escaped @ (b'"' | b'\\') => {
                at = byte(b'\\', out, at);
                at = byte(escaped, out, at);
            }
            control @ 0..0x20 => {
                at = raw("\\u00", out, at);
                at = byte(HEX[(control >> 4) as usize], out, at);
                at = byte(HEX[(control & 15) as usize], out, at);
            }
            plain => at = byte(plain, out, at),
        }
        index += 1;
    }
    byte(b'"', out, at)
}

const fn raw(text: &str, out: &mut [u8], mut at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        at = byte(bytes[index], out, at);
        index += 1;
    }
    at
}

const fn byte(byte: u8, out: &mut [u8], at: usize) -> usize {
    if at < out.len() {
        out[at] = byte;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Texts live as long as the program, as a plugin's do.
    fn leak(text: String) -> &'static str {
        Box::leak(text.into_boxed_str())
    }

    fn encoded(about: &About) -> serde_json::Value {
        let mut bytes = vec![0; encoded_len(about)];
        assert_eq!(write(about, &mut bytes), bytes.len());
        serde_json::from_slice(&bytes).expect("JSON")
    }

    #[test]
    fn all_of_it_is_there_at_compile_time() {
        const ABOUT: About = About::new("a", "1.0.0", "Says \"ü\".\t")
            .needs(&[Need::env("TOKEN").required().because("why\\"), Need::commands()])
            .config_schema("{\n}");
        const BYTES: [u8; encoded_len(&ABOUT)] = encode(&ABOUT);
        let want = json!({
            "name": "a",
            "version": "1.0.0",
            "summary": "Says \"ü\".\t",
            "needs": [
                { "capability": "env", "argument": "TOKEN", "required": true, "reason": "why\\" },
                { "capability": "commands", "argument": "", "required": false, "reason": "" },
            ],
            "configSchema": "{\n}",
        });
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&BYTES).expect("JSON"), want);
    }

    proptest! {
        /// What a JSON parser reads is what was said, whatever it was.
        #[test]
        fn any_text_is_read_as_it_was_written(
            texts in proptest::collection::vec(any::<String>(), 4),
            needs in proptest::collection::vec((any::<String>(), "[\\x00-\\x7f]{0,9}", any::<bool>()), 0..4),
        ) {
            let texts: Vec<&'static str> = texts.into_iter().map(leak).collect();
            let needs: Vec<Need<'static>> = needs
                .into_iter()
                .map(|(capability, text, required)| {
                    let text = leak(text);
                    let need = Need::new(leak(capability), text).because(text);
                    if required { need.required() } else { need }
                })
                .collect();
            let needs: &'static [Need<'static>] = needs.leak();
            let about = About::new(texts[0], texts[1], texts[2]).needs(needs).config_schema(texts[3]);
            let needs: Vec<serde_json::Value> = needs
                .iter()
                .map(|need| json!({
                    "capability": need.capability(),
                    "argument": need.argument(),
                    "required": need.is_required(),
                    "reason": need.reason(),
                }))
                .collect();
            prop_assert_eq!(encoded(&about), json!({
                "name": texts[0],
                "version": texts[1],
                "summary": texts[2],
                "needs": needs,
                "configSchema": texts[3],
            }));
        }
    }
}
