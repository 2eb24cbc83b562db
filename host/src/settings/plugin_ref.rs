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
    /// It is empty, or an address on the network: plugins are not downloaded.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(
                Error::usage("a plugin needs a name or a path").hint("for instance `redact` or `./my.wasm`")
            );
        }
        if let Some(scheme) = scheme(text) {
            // An address may hold a password, so it is not shown.
            let problem = format!("a plugin cannot be loaded from an address ({})", quoted(scheme));
            return Err(Error::usage(problem)
                .hint("download the component, and write its path and its digest: ./my.wasm@sha256:HEX"));
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

/// `https://` and the like (RFC 3986, section 3.1), and `oci:`, which is written without slashes too.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_address = rest.starts_with("//") || scheme.eq_ignore_ascii_case("oci");
    (is_scheme && is_address).then_some(scheme)
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
    fn an_address_is_refused_without_what_it_may_hide() {
        for address in [
            "https://me:hunter2@example.com/a.wasm",
            "oci://ghcr.io/a/hunter2:1",
            "OCI:hunter2",
            "file:///hunter2",
        ] {
            let error = PluginRef::parse(address).unwrap_err();
            assert!(error.is_usage());
            assert!(error.to_string().contains("cannot be loaded from an address"), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
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
