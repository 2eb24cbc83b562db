//! What a user calls a plugin: read once, here, for the command line, the environment and the file.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use super::quantity::quoted;
use crate::error::Error;

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginRef {
    /// Inside the binary, by its name. Whether there is one of this name is not known here.
    FirstParty(String),
    /// A component's file.
    File(PathBuf),
}

impl PluginRef {
    /// A text with a slash or a backslash in it, or that ends with `.wasm`, is a path; anything else is
    /// a name.
    ///
    /// # Errors
    /// It is empty, or a URL: plugins are not downloaded.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(
                Error::usage("a plugin needs a name or a path").hint("for instance `redact` or `./my.wasm`")
            );
        }
        if is_url(text) {
            let problem = format!("{} is a URL, and sortie does not download plugins", quoted(&shown(text)));
            return Err(Error::usage(problem).hint("download the file, and pin it by its digest"));
        }
        match text.contains(['/', '\\']) || text.ends_with(".wasm") {
            true => Ok(Self::File(PathBuf::from(text))),
            false => Ok(Self::FirstParty(text.to_owned())),
        }
    }

    /// The same where relative paths are relative to `directory`.
    #[must_use]
    pub fn relative_to(self, directory: &Path) -> Self {
        match self {
            Self::File(path) if directory != Path::new("") => Self::File(directory.join(path)),
            other => other,
        }
    }
}

/// What a plugin is called by the user, if `text` can be that.
///
/// # Errors
/// It is not up to 64 lower-case letters, digits and hyphens, which begin with a letter.
pub fn name(text: &str) -> Result<String, Error> {
    let is_name = text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    match is_name {
        true => Ok(text.to_owned()),
        false => Err(Error::usage(format!("{} cannot be a plugin's name", quoted(text)))
            .hint("write at most 64 lower-case letters, digits and hyphens, of which the first is a letter")),
    }
}

/// `https://` and the like (RFC 3986, section 3.1), and `oci:`, which is written without slashes too.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme && (rest.starts_with("//") || scheme.eq_ignore_ascii_case("oci"))
}

/// A URL without the name and password that may stand before its host, and without its query.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("//").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    match scheme {
        "" => format!("{host}{path}"),
        _ => format!("{scheme}//{host}{path}"),
    }
}

impl fmt::Display for PluginRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstParty(name) => f.write_str(name),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_told_apart() {
        for path in ["./redact", "my.wasm", "a\\b", "/x", "C:\\plugins\\a.wasm", "a:b/c.wasm"] {
            assert_eq!(PluginRef::parse(path).unwrap(), PluginRef::File(path.into()));
        }
        assert_eq!(PluginRef::parse("redact").unwrap(), PluginRef::FirstParty("redact".to_owned()));
    }

    #[test]
    fn a_url_is_refused_without_what_it_may_hide() {
        for url in [
            "https://me:hunter2@example.com/a.wasm",
            "https://example.com/a.wasm?token=hunter2",
            "oci://ghcr.io/a:1",
            "OCI:ghcr.io/a",
            "file:///a.wasm",
        ] {
            let error = PluginRef::parse(url).unwrap_err();
            assert!(error.is_usage());
            assert!(error.to_string().contains("is a URL"), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        assert_eq!(shown("https://me:hunter2@example.com/a@b?c"), "https://example.com/a@b");
    }

    #[test]
    fn only_a_path_is_relative_to_something() {
        let at = |text: &str| PluginRef::parse(text).unwrap().relative_to(Path::new("ci")).to_string();
        assert_eq!(at("./a.wasm"), "ci/./a.wasm");
        assert_eq!(at("/a.wasm"), "/a.wasm");
        assert_eq!(at("redact"), "redact");
        let here = PluginRef::parse("./a.wasm").unwrap().relative_to(Path::new(""));
        assert_eq!(here.to_string(), "./a.wasm");
    }
}
