//! Header fields of HTTP requests: which there are, and those that the host fills in.

use std::ffi::OsString;
use std::fmt;

use super::grant::Unresolved;
use super::grant::is_variable_name;
use crate::secrecy::looks_random;

/// A header that the host adds to a request, as the user granted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrantedHeader {
    name: String,
    value: Vec<Piece>,
}

/// A part of a granted header's value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Sent as it is.
    Text(String),
    /// The value of this variable.
    Variable {
        name: String,
        /// Whether it was written `${NAME}`.
        braces: bool,
    },
}

/// Names of headers that neither a guest nor a grant sets: they are the host's, or say how the message is
/// framed, or have a server see another request than the one that was checked.
const HOSTS_OWN: [&str; 19] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "keep-alive",
    "http2-settings",
    "forwarded",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
    // An answer in another encoding, or in parts, could hold a secret where it is not found.
    "accept-encoding",
    "accept-charset",
    "range",
];

/// Bytes of a variable in a header: more than servers take, and little to look for in an answer.
const MAX_VARIABLE: usize = 8 * 1024;

/// What such names begin with.
const HOSTS_OWN_PREFIXES: [&str; 2] = ["proxy-", "x-forwarded-"];

/// Whether the header is the host's own.
pub(crate) fn is_hosts_own(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    HOSTS_OWN.contains(&&*name) || HOSTS_OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// RFC 9110, section 5.6.2: a token.
pub(crate) fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 256
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Visible ASCII, spaces and tabs; no blank at either end, which does not arrive.
pub(crate) fn is_header_value(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) && value.trim_matches([' ', '\t']) == value
}

impl GrantedHeader {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Reads `Name=VALUE`; `$NAME` and `${NAME}` in the value are variables.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (name, value) = text.split_once('=').ok_or("after # stands Header-Name=VALUE or address=IP")?;
        if !is_header_name(name) {
            return Err("a header's name is letters, digits and hyphens");
        }
        if is_hosts_own(name) || name.eq_ignore_ascii_case("address") {
            return Err("this header is sortie's own and cannot be granted");
        }
        if value.is_empty() || !is_header_value(value) {
            return Err("a header's value is ASCII, with no blank at either end");
        }
        Ok(Self { name: name.to_owned(), value: pieces(value)? })
    }

    /// Its value with the values of the variables, and those values.
    pub(crate) fn resolve(
        &self,
        variable: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<(String, Vec<String>), Unresolved> {
        let (mut value, mut secrets) = (String::new(), Vec::new());
        for piece in &self.value {
            match piece {
                Piece::Text(text) => value.push_str(text),
                Piece::Variable { name, .. } => {
                    let lacks = |unset, what| Unresolved {
                        variable: name.clone(),
                        unset,
                        reason: format!(
                            "an HTTP request is granted with ${name} in its header {}, which {what}",
                            self.name
                        ),
                    };
                    let found = variable(name).ok_or_else(|| lacks(true, "is not set"))?;
                    let found = found.into_string().ok().filter(|value| is_header_value(value));
                    let found = found.ok_or_else(|| {
                        lacks(
                            false,
                            "is not ASCII on one line, or has a blank at one end, and cannot be sent",
                        )
                    })?;
                    if found.len() > MAX_VARIABLE {
                        return Err(lacks(false, "is longer than 8 KiB"));
                    }
                    value.push_str(&found);
                    secrets.push(found);
                }
            }
        }
        Ok((value, secrets))
    }
}

fn pieces(value: &str) -> Result<Vec<Piece>, &'static str> {
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some((text, after)) = rest.split_once('$') {
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let wrong = "after $ stands the name of one variable, or ${NAME}";
        let (name, after, braces) = match after.strip_prefix('{') {
            Some(inside) => {
                let (name, after) = inside.split_once('}').ok_or(wrong)?;
                (name, after, true)
            }
            None => {
                let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                let (name, after) = after.split_at(end.unwrap_or(after.len()));
                (name, after, false)
            }
        };
        if !is_variable_name(name) {
            return Err(wrong);
        }
        pieces.push(Piece::Variable { name: name.to_owned(), braces });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

impl fmt::Display for GrantedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name)?;
        self.value.iter().try_for_each(|piece| match piece {
            // Whoever writes a secret itself there does not want to read it again.
            Piece::Text(text) if text.split(' ').any(looks_random) => f.write_str("…"),
            Piece::Text(text) => f.write_str(text),
            Piece::Variable { name, braces: true } => write!(f, "${{{name}}}"),
            Piece::Variable { name, braces: false } => write!(f, "${name}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_together_of_texts_and_variables() {
        let text = "Authorization=a $A-b${A}1$B_2";
        let header = GrantedHeader::parse(text).expect("a header");
        assert_eq!(header.to_string(), text);
        let variable = |name: &str| ["A", "B_2"].contains(&name).then(|| OsString::from(format!("<{name}>")));
        let (value, secrets) = header.resolve(&variable).expect("resolves");
        assert_eq!(value, "a <A>-b<A>1<B_2>");
        assert_eq!(secrets, ["<A>", "<A>", "<B_2>"]);
    }

    #[test]
    fn a_variable_that_is_of_no_use_is_told_without_its_value() {
        let header = GrantedHeader::parse("X-A=$A").expect("a header");
        assert!(header.resolve(&|_| None).expect_err("not set").unset);
        let long = "secret".repeat(MAX_VARIABLE);
        for value in ["sec\nret", "secret\0", "s\u{e9}cret", "secret ", &long] {
            let lack = header.resolve(&|_| Some(value.into())).expect_err("of no use");
            assert!(!lack.unset && lack.reason.contains("$A") && !lack.reason.contains("cret"), "{lack:?}");
        }
    }

    #[test]
    fn headers_that_are_not_the_users_to_set_are_refused() {
        for text in [
            "",
            "X",
            "=x",
            "X=",
            "X Y=z",
            "X:=z",
            "X= y",
            "X=y\r\nZ: a",
            "X=\0",
            "X=ä",
            "X=$",
            "X=$1",
            "X=${A",
            "X=${}",
            "X=${A B}",
            "X=$$A",
            "Host=h",
            "content-LENGTH=1",
            "Proxy-Authorization=x",
            "X-Forwarded-Host=x",
            "Address=10.0.0.1",
        ] {
            assert!(GrantedHeader::parse(text).is_err(), "{text:?}");
        }
    }
}
