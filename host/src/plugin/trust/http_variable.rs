//! The URL in a variable, or one beneath it: `$NAME`, `$NAME/PATH`.
//!
//! The second is for a variable that holds where a server is, and not what is asked of it, as
//! `OTEL_EXPORTER_OTLP_ENDPOINT` does.

use std::ffi::OsString;
use std::fmt;

use super::grant::Unresolved;
use super::grant::is_variable_name;
use super::http_url::HttpUrl;

/// A URL that only a variable tells, as grants, needs and requests name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariableUrl {
    name: String,
    /// What follows the variable's value; empty, or begins with a slash.
    path: String,
}

impl VariableUrl {
    /// Reads what follows the `$`.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let wrong =
            "after $ stands the name of one variable, which holds the URL, and perhaps a path beneath it";
        let (name, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        if !is_variable_name(name) || path.contains(['$', '*']) {
            return Err(wrong);
        }
        // What a path may be is a question of URLs.
        let has_query = HttpUrl::parse(&format!("https://host{path}"))?.has_query();
        match has_query || path == "/" {
            true => Err(wrong),
            false => Ok(Self { name: name.to_owned(), path: path.to_owned() }),
        }
    }

    /// The URL.
    ///
    /// # Errors
    ///
    /// The variable is of no use.
    pub(crate) fn resolve(
        &self,
        variable: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<HttpUrl, Unresolved> {
        let lacks = |unset, what: &str| Unresolved {
            variable: self.name.clone(),
            unset,
            reason: format!("an HTTP request is granted of the URL in ${}, which {what}", self.name),
        };
        let unusable = |reason: &str| lacks(false, &format!("cannot be used: {reason}"));
        let value = variable(&self.name).ok_or_else(|| lacks(true, "is not set"))?;
        let value = value.into_string().map_err(|_| lacks(false, "is not text"))?;
        let url = HttpUrl::parse(&value).map_err(unusable)?;
        if self.path.is_empty() {
            return Ok(url);
        }
        if url.has_query() {
            return Err(unusable("it has a query, and nothing is beneath that"));
        }
        let beneath = format!("{}{}", value.strip_suffix('/').unwrap_or(&value), self.path);
        HttpUrl::parse(&beneath).map_err(unusable)
    }
}

impl fmt::Display for VariableUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}{}", self.name, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_follow_the_variable() {
        for text in ["A", "A_1/v1/traces", "A/x/"] {
            assert_eq!(VariableUrl::parse(text).expect(text).to_string(), format!("${text}"));
        }
        for text in
            ["", "/", "1", "A/", "A/x?y", "A/$B", "A/*", "A/..", "A/x/../y", "A x", "{A}", "A\\x", "A//"]
        {
            assert!(VariableUrl::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_path_is_beneath_what_the_variable_holds() {
        let resolved = |text: &str, value: &str| {
            let url = VariableUrl::parse(text).expect(text).resolve(&|_| Some(value.into()));
            url.map(|url| url.to_string()).map_err(|lack| lack.reason)
        };
        let beneath = |value: &str| resolved("A/v1/traces", value);
        assert_eq!(beneath("http://h:4318").as_deref(), Ok("http://h:4318/v1/traces"));
        assert_eq!(beneath("http://h:4318/").as_deref(), Ok("http://h:4318/v1/traces"));
        assert_eq!(beneath("https://h/otlp/").as_deref(), Ok("https://h/otlp/v1/traces"));
        assert_eq!(resolved("A", "https://h/x?y=1").as_deref(), Ok("https://h/x?y=1"));
        for value in ["https://h/x?key=hunter2", "https://h:hunter2", "hunter2", "https://hunter2@h/"] {
            let reason = beneath(value).expect_err(value);
            assert!(reason.contains("$A") && !reason.contains("hunter2"), "{reason}");
        }
    }
}
