//! Taking out of an answer what the host filled in.
//!
//! A server that answers with what it was asked would tell the plugin a token that it may use but not know.
//! This finds the values as they were sent, and as they stand in JSON and in URLs. A server that a user lets
//! a plugin ask, and that turns a token into something else and hands it back, is beyond it.

use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;

use crate::plugin::trust::http_grant::HttpAllowance;
use crate::plugin::trust::http_grant::Target;
use crate::plugin::trust::http_url::Host;

/// What stands for a secret.
const HIDDEN: &str = "***";

/// Secrets of one request, in the forms in which they are looked for.
pub(super) struct Secrets {
    /// `None` where there are none.
    search: Option<AhoCorasick>,
    replacements: Vec<&'static str>,
}

impl Secrets {
    /// Those of a grant: the values of its variables, and a URL that is in one, of which the path alone
    /// (as servers tell it) is the secret as well.
    ///
    /// # Errors
    ///
    /// The search for them cannot be built.
    pub(super) fn of(allowance: &HttpAllowance) -> Result<Self, String> {
        let mut values: Vec<String> =
            allowance.secrets.iter().map(|secret| secret.reveal().clone()).collect();
        if let Target::Variable { url, .. } = &allowance.target {
            let url = url.reveal();
            values.push(url.to_string());
            values.extend(
                [url.target(), url.path()].iter().filter(|part| part.len() > 1).map(ToString::to_string),
            );
            if let Host::Name(name) = url.host()
                // A name such as `ci` is in every other word.
                && name.contains('.')
            {
                values.push(name.clone());
            }
        }
        let mut forms: Vec<String> = values.iter().flat_map(|value| forms(value)).collect();
        forms.retain(|form| !form.is_empty());
        forms.sort_unstable();
        forms.dedup();
        if forms.is_empty() {
            return Ok(Self { search: None, replacements: Vec::new() });
        }
        let search = AhoCorasick::builder()
            // Of two that begin at one place, nothing of the longer one is to be left.
            .match_kind(MatchKind::LeftmostLongest)
            .build(&forms)
            .map_err(|error| error.to_string())?;
        Ok(Self { search: Some(search), replacements: vec![HIDDEN; forms.len()] })
    }

    /// The bytes without the secrets.
    pub(super) fn hide(&self, bytes: Vec<u8>) -> Vec<u8> {
        match &self.search {
            Some(search) => search.replace_all_bytes(&bytes, &self.replacements),
            None => bytes,
        }
    }

    /// The text without the secrets.
    pub(super) fn hide_in(&self, text: &str) -> String {
        match &self.search {
            Some(search) => search.replace_all(text, &self.replacements),
            None => text.to_owned(),
        }
    }
}

/// A value as it is, as JSON writes it (with and without a backslash before a slash), and as URLs write it.
fn forms(value: &str) -> [String; 4] {
    let json = serde_json::Value::from(value).to_string();
    // Without the quotes around it.
    let json = json.get(1..json.len() - 1).unwrap_or_default().to_owned();
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => encoded.push(byte.into()),
            // Writing into a string does not fail.
            byte => _ = write!(encoded, "%{byte:02X}"),
        }
    }
    [value.to_owned(), json.replace('/', "\\/"), json, encoded]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::trust::http_grant::HttpGrant;

    fn secrets(grant: &str, value: &str) -> Secrets {
        let grant = HttpGrant::parse(grant).expect("a grant");
        Secrets::of(&grant.resolve(&|_| Some(value.into())).expect("resolves")).expect("builds")
    }

    #[test]
    fn a_secret_is_found_in_all_its_forms() {
        let secrets = secrets("GET:https://h/#X=Bearer $T", "a/b \"c");
        for (text, hidden) in [
            ("Bearer a/b \"c!", "Bearer ***!"),
            (r#"{"x":"a/b \"c"}"#, r#"{"x":"***"}"#),
            (r#"{"x":"a\/b \"c"}"#, r#"{"x":"***"}"#),
            ("?x=a%2Fb%20%22c&y", "?x=***&y"),
            ("a/b", "a/b"),
        ] {
            assert_eq!(secrets.hide_in(text), hidden);
            assert_eq!(secrets.hide(text.into()), hidden.as_bytes());
        }
    }

    #[test]
    fn a_secret_url_is_found_whole_and_in_parts() {
        let secrets = secrets("POST:$URL", "https://hooks.example.com/services/T0/xyz?k=1");
        for (text, hidden) in [
            ("<https://hooks.example.com/services/T0/xyz?k=1>", "<***>"),
            ("POST /services/T0/xyz?k=1 HTTP/1.1", "POST *** HTTP/1.1"),
            ("no /services/T0/xyz here", "no *** here"),
            ("Host: hooks.example.com", "Host: ***"),
        ] {
            assert_eq!(secrets.hide_in(text), hidden);
        }
    }

    #[test]
    fn a_quote_at_either_end_is_part_of_the_secret() {
        let secrets = secrets("GET:https://h/#X=$T", "\"q\"");
        assert_eq!(secrets.hide_in(r#"{"x":"\"q\""}"#), r#"{"x":"***"}"#);
    }

    #[test]
    fn what_the_user_wrote_out_is_no_secret() {
        let secrets = secrets("GET:https://h/#X=plain", "");
        assert_eq!(secrets.hide_in("plain"), "plain");
        assert_eq!(secrets.hide(b"plain".to_vec()), b"plain");
    }
}
