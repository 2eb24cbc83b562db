//! The texts of a JSON document, changed where they stand: its members keep their order, and its numbers
//! their form.

use std::borrow::Cow;

/// The document with each of its texts, names of members included, as `change` makes it.
pub(super) fn mask<'a>(document: &'a str, change: impl Fn(&str) -> Cow<'_, str>) -> Cow<'a, str> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(start) = document[at..].find('"').map(|offset| at + offset) {
        let Some(end) = end_of_text(document, start) else { break };
        let literal = &document[start..end];
        at = end;
        let Ok(text) = serde_json::from_str::<String>(literal) else { continue };
        if let Cow::Owned(changed) = change(&text) {
            out.push_str(&document[copied..start]);
            out.push_str(&serde_json::Value::from(changed).to_string());
            copied = end;
        }
    }
    match copied {
        0 => Cow::Borrowed(document),
        _ => Cow::Owned(out + &document[copied..]),
    }
}

/// Where the text ends that begins with the quote at `start`.
fn end_of_text(document: &str, start: usize) -> Option<usize> {
    let mut escaped = false;
    for (offset, byte) in document.bytes().enumerate().skip(start + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(offset + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_not_changed_stays_and_what_is_changed_is_json(texts in proptest::collection::vec(any::<String>(), 0..8)) {
            let document = serde_json::json!({ "list": texts, "n": 1.50 }).to_string();
            prop_assert_eq!(mask(&document, |text| Cow::Borrowed(if text.is_empty() { "" } else { "x" })), &*document);
            let marked = mask(&document, |text| Cow::Owned(format!("\"{text}\n"))).into_owned();
            let read: serde_json::Value = serde_json::from_str(&marked).expect("JSON");
            let list = read["\"list\n"].as_array().expect("the list");
            let want: Vec<String> = texts.iter().map(|text| format!("\"{text}\n")).collect();
            prop_assert_eq!(list.iter().filter_map(|text| text.as_str()).collect::<Vec<_>>(), want);
        }
    }
}
