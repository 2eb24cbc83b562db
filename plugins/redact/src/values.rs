//! From a secret value to the byte strings that give it away.
//!
//! Logs show secrets in other clothes: as base64 inside of a header, percent-encoded in a URL, as
//! a JSON string in a dumped request. Each form is a literal of its own.

use std::collections::BTreeSet;

/// The forms of a value that is on one line, at least `min_length` bytes each, without the value's
/// own surrounding white space.
pub fn forms(value: &str, min_length: usize) -> BTreeSet<Vec<u8>> {
    let mut forms = BTreeSet::new();
    for part in [value, value.trim_matches(['\r', '\n']), value.trim()] {
        encodings(part, &mut forms);
    }
    for line in value.lines() {
        encodings(line.trim(), &mut forms);
    }
    // A newline is never inside of a line.
    forms.retain(|form| form.len() >= min_length && !form.contains(&b'\n'));
    forms
}

/// Adds the value itself and its encodings.
fn encodings(value: &str, forms: &mut BTreeSet<Vec<u8>>) {
    let bytes = value.as_bytes();
    forms.insert(bytes.to_vec());
    forms.extend(json(value));
    forms.extend(percent(bytes));
    forms.extend(base64(bytes));
}

/// The value inside of a JSON string, as serializers variously write it.
fn json(value: &str) -> Vec<Vec<u8>> {
    let quoted = serde_json::Value::from(value).to_string();
    let inner = quoted[1..quoted.len() - 1].to_owned();
    let ascii: String = inner
        .chars()
        .flat_map(|character| {
            let mut units = [0; 2];
            if character.is_ascii() {
                vec![character.to_string()]
            } else {
                character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
            }
        })
        .collect();
    // Go and others escape what HTML would take for markup; PHP escapes the slash.
    let html = inner.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let slash = inner.replace('/', "\\/");
    // JSON in a JSON string.
    let twice = inner.replace('\\', "\\\\").replace('"', "\\\"");
    [inner, ascii, html, slash, twice].into_iter().map(String::into_bytes).collect()
}

/// The value percent-encoded: strictly (RFC 3986, section 2.3), as JavaScript's
/// `encodeURIComponent`, and as a form (space is `+`); digits in either case.
fn percent(bytes: &[u8]) -> Vec<Vec<u8>> {
    let encode = |keep: &[u8], plus: bool, upper: bool| {
        let mut out = Vec::with_capacity(bytes.len());
        for byte in bytes {
            if byte.is_ascii_alphanumeric() || keep.contains(byte) {
                out.push(*byte);
            } else if plus && *byte == b' ' {
                out.push(b'+');
            } else if upper {
                out.extend(format!("%{byte:02X}").bytes());
            } else {
                out.extend(format!("%{byte:02x}").bytes());
            }
        }
        out
    };
    let mut forms = Vec::new();
    for upper in [true, false] {
        // RFC 3986; encodeURIComponent; Python's quote (keeps the slash); forms.
        forms.push(encode(b"-._~", false, upper));
        forms.push(encode(b"-._~!*'()", false, upper));
        forms.push(encode(b"-._~/", false, upper));
        forms.push(encode(b"-._*", true, upper));
        forms.push(encode(b"-._~", true, upper));
        // Only what cannot stand in the user part of a URL.
        forms.push(encode(b"-._~!$&'()*+,;=", false, upper));
    }
    forms
}

/// The characters that the value alone decides when it stands anywhere in something encoded in
/// base64: three, one for each alignment, in both alphabets.
fn base64(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for alphabet in [BASE64_STANDARD, BASE64_URL] {
        for before in 0..3 {
            let mut padded = vec![0; before];
            padded.extend_from_slice(bytes);
            let encoded = encode_base64(&padded, alphabet);
            // A character holds 6 bits: the first that is free of what stands before, and the
            // last that is free of what follows.
            let first = (before * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            // Below 6 characters (4 bytes) such a string is likely to be something else.
            if last >= first + 6 {
                forms.push(encoded[first..last].to_vec());
            }
        }
    }
    forms
}

const BASE64_STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 without padding (RFC 4648).
fn encode_base64(bytes: &[u8], alphabet: &[u8; 64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for index in 0..3 {
            bits = bits << 8 | u32::from(group.get(index).copied().unwrap_or(0));
        }
        for index in 0..=group.len() {
            out.push(alphabet[(bits >> (18 - 6 * index) & 63) as usize]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(value: &str, form: &str) -> bool {
        forms(value, 4).contains(form.as_bytes())
    }

    #[test]
    fn base64_follows_the_standard() {
        // RFC 4648, section 10, without the padding.
        for (plain, encoded) in
            [("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode_base64(plain.as_bytes(), BASE64_STANDARD), encoded.as_bytes());
        }
    }

    #[test]
    fn a_value_is_found_in_base64_at_every_alignment() {
        let secret = "s3cr3t-value";
        for (before, after) in [("", ""), ("a", "bc"), ("ab", "c"), ("abc", ""), ("user:", "\n")] {
            let encoded = encode_base64(format!("{before}{secret}{after}").as_bytes(), BASE64_STANDARD);
            let found =
                forms(secret, 4).iter().any(|form| encoded.windows(form.len()).any(|part| part == form));
            assert!(found, "{before:?} {after:?}");
        }
    }

    #[test]
    fn encodings_of_a_password() {
        let password = "p@ss w/\"rd\"&é";
        assert!(has(password, r#"p@ss w/\"rd\"&é"#));
        assert!(has(password, r#"p@ss w/\"rd\"&\u00e9"#));
        assert!(has(password, r#"p@ss w\/\"rd\"&é"#));
        assert!(has(password, "p%40ss%20w%2F%22rd%22%26%C3%A9"));
        assert!(has(password, "p%40ss+w%2F%22rd%22%26%C3%A9"));
        assert!(has(password, "p%40ss%20w%2f%22rd%22%26%c3%a9"));
    }

    #[test]
    fn every_line_of_a_value_counts_and_none_has_a_newline() {
        let forms = forms("first line\r\n  second\nab\n", 4);
        assert!(forms.contains(b"first line".as_slice()));
        assert!(forms.contains(b"second".as_slice()));
        assert!(!forms.contains(b"ab".as_slice()));
        assert!(forms.contains(b"first line\\r\\n  second\\nab".as_slice()));
        assert!(forms.iter().all(|form| !form.contains(&b'\n')));
    }
}
