//! What a user lets a plugin do.
//!
//! One grant is one text, in `sortie.toml` (`grant = [...]`) and in errors:
//!
//! | Grant             | The plugin may                                                           |
//! |-------------------|--------------------------------------------------------------------------|
//! | `env:NAME`        | read this one environment variable of the sortie process                 |
//! | `file:NAME=PATH`  | append to the file at PATH, which it knows as NAME only                  |
//! | `file:NAME=$VAR`  | the same, with the path in an environment variable                       |
//! | `http:METHOD:URL` | send requests to URL and what is beneath it (reporters); see below       |
//! | `commands`        | write lines to the CI system's command channel (reporters)               |
//! | `log-lines`       | receive the task's log lines, after all filters (reporters)              |
//!
//! PATH is absolute or relative to the working directory. What else a grant of requests may say is told in
//! [`http_grant`](super::http_grant).

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::http_grant::HttpAllowance;
use super::http_grant::HttpGrant;
use super::http_grant::HttpNeed;
use crate::secrecy::looks_random;
use crate::secrecy::names::is_conventional;

/// One capability, granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// Read this environment variable.
    Env(String),
    /// Append to a file.
    File {
        /// The plugin's name for it.
        name: String,
        /// Where it is.
        path: FilePath,
    },
    /// Send HTTP requests.
    Http(HttpGrant),
    /// Write lines to the CI system's command channel.
    Commands,
    /// Receive the task's log lines.
    LogLines,
}

/// Where a granted file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePath {
    /// Here.
    Path(PathBuf),
    /// Where this environment variable says.
    Variable(String),
}

/// A capability that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Read this environment variable.
    Env(String),
    /// Read environment variables whose names only its configuration tells. Each one still has
    /// to be granted by its name.
    AnyEnv,
    /// Append to the file of this name, or replace it.
    File(String),
    /// Write files whose names only its configuration tells. Each one still has to be granted.
    AnyFile,
    /// Send HTTP requests.
    Http(HttpNeed),
    /// Write lines to the CI system's command channel.
    Commands,
    /// Receive the task's log lines.
    LogLines,
    /// Something of this name that this sortie does not have: it is never granted.
    Unknown(String),
}

impl Need {
    /// Whether who asks for this has asked for `other` too.
    pub(crate) fn stands_for(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::AnyEnv, Self::Env(_)) | (Self::AnyFile, Self::File(_)) => true,
            (Self::Http(HttpNeed::Any), Self::Http(_)) => true,
            _ => self == other,
        }
    }

    /// Whether a grant is one of what this asks for.
    pub(crate) fn is_met_by(&self, grant: &Grant) -> bool {
        match (self, grant) {
            (Self::AnyEnv, Grant::Env(_)) | (Self::AnyFile, Grant::File { .. }) => true,
            (Self::Env(name), Grant::Env(granted)) => name == granted,
            (Self::File(name), Grant::File { name: granted, .. }) => name == granted,
            (Self::Http(need), Grant::Http(grant)) => grant.may_meet(need),
            (Self::Commands, Grant::Commands) | (Self::LogLines, Grant::LogLines) => true,
            _ => false,
        }
    }
}

/// A text that is not a grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a grant: {reason}")]
pub struct GrantError {
    text: String,
    reason: &'static str,
}

/// A variable's name is letters, digits and underscores, and no digit comes first (POSIX, XBD 8.1).
pub(crate) fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 256
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A plugin's name for a file: as its own name, lower-case letters, digits and hyphens.
pub(crate) fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // What follows the kind may be a secret that stands in the wrong place.
        let is_word =
            |text: &str| text.len() <= 12 && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
        let shown = match text.split_once(':') {
            Some((kind, _)) if is_word(kind) => format!("{kind}:…"),
            None if is_word(text) => text.to_owned(),
            _ => "…".to_owned(),
        };
        let error = |reason| GrantError { text: shown.clone(), reason };
        match text {
            "commands" => return Ok(Self::Commands),
            "log-lines" => return Ok(Self::LogLines),
            _ => {}
        }
        if let Some(name) = text.strip_prefix("env:") {
            if !is_variable_name(name) {
                return Err(error("write env:NAME with the exact name of one variable"));
            }
            return Ok(Self::Env(name.to_owned()));
        }
        if let Some(request) = text.strip_prefix("http:") {
            return HttpGrant::parse(request).map(Self::Http).map_err(error);
        }
        let Some(file) = text.strip_prefix("file:") else {
            return Err(error(
                "write env:NAME, file:NAME=PATH, file:NAME=$VARIABLE, http:METHOD:URL, commands or log-lines",
            ));
        };
        let (name, path) = file.split_once('=').ok_or_else(|| error("write file:NAME=PATH"))?;
        if !is_file_name(name) {
            return Err(error("a file's name is lower-case letters, digits and hyphens"));
        }
        let path = match path.strip_prefix('$') {
            Some(variable) if is_variable_name(variable) => FilePath::Variable(variable.to_owned()),
            Some(_) => return Err(error("after $ stands the name of one variable")),
            None if path.is_empty() || path.contains('\0') => return Err(error("the path is missing")),
            None => FilePath::Path(PathBuf::from(path)),
        };
        Ok(Self::File { name: name.to_owned(), path })
    }
}

/// A variable's name as it is shown: what is not written as people write them may be a value.
fn shown(name: &str) -> &str {
    if is_conventional(name) || name.contains('_') && !looks_random(name) { name } else { "…" }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{}", shown(name)),
            Self::File { name, path: FilePath::Path(path) } => write!(f, "file:{name}={}", path.display()),
            Self::File { name, path: FilePath::Variable(variable) } => {
                write!(f, "file:{name}=${}", shown(variable))
            }
            Self::Http(request) => write!(f, "http:{request}"),
            Self::Commands => f.write_str("commands"),
            Self::LogLines => f.write_str("log-lines"),
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::AnyEnv => f.write_str("env:NAME"),
            Self::File(name) => write!(f, "file:{name}=PATH"),
            Self::AnyFile => f.write_str("file:NAME=PATH"),
            Self::Unknown(name) => f.write_str(name),
            Self::Http(request) => write!(f, "http:{request}"),
            Self::Commands => f.write_str("commands"),
            Self::LogLines => f.write_str("log-lines"),
        }
    }
}

/// A file that is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrantedFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Where it is in the user's words, which may name a variable.
    pub(crate) shown: String,
}

/// What a grant lacks: it names a variable of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unresolved {
    /// The variable.
    pub(crate) variable: String,
    /// Whether it is not set, or set to the empty text.
    pub(crate) unset: bool,
    /// What is wrong, for a person. Never tells the value.
    pub(crate) reason: String,
}

/// Grants in the form in which calls are checked. The default grants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GrantSet {
    /// Names of readable variables.
    pub(crate) env: BTreeSet<String>,
    /// Files by the plugin's name for them.
    pub(crate) files: BTreeMap<String, GrantedFile>,
    /// Requests.
    pub(crate) http: Vec<HttpAllowance>,
    /// Requests that the plugin asks for. It may send none that is not granted and asked for.
    pub(crate) http_needs: Vec<HttpNeed>,
    /// The command channel.
    pub(crate) commands: bool,
    /// The task's log lines.
    pub(crate) log_lines: bool,
    /// What the plugin asks for, granted or not.
    pub(crate) asked: Vec<Need>,
}

impl GrantSet {
    /// Resolves grants with the variables that `variable` knows. A grant whose variable is not set (or
    /// empty), or is of no use, is left out, and what it lacks is returned.
    pub(crate) fn resolve(
        grants: &[Grant],
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> (Self, Vec<Unresolved>) {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut set = Self::default();
        let mut unresolved = Vec::new();
        for grant in grants {
            match grant {
                Grant::Env(name) => {
                    set.env.insert(name.clone());
                }
                Grant::File { name, path: FilePath::Path(path) } => {
                    let shown = path.display().to_string();
                    set.files.insert(name.clone(), GrantedFile { path: path.clone(), shown });
                }
                Grant::File { name, path: FilePath::Variable(from) } => match variable(from) {
                    Some(path) => {
                        let file = GrantedFile { path: path.into(), shown: format!("${from}") };
                        set.files.insert(name.clone(), file);
                    }
                    None => unresolved.push(Unresolved {
                        variable: from.clone(),
                        unset: true,
                        reason: format!("a file is granted with the path in ${from}, which is not set"),
                    }),
                },
                Grant::Http(grant) => match grant.resolve(&variable) {
                    Ok(allowance) => set.http.push(allowance),
                    Err(lack) => unresolved.push(lack),
                },
                Grant::Commands => set.commands = true,
                Grant::LogLines => set.log_lines = true,
            }
        }
        (set, unresolved)
    }

    /// Whether it covers a need.
    pub(crate) fn covers(&self, need: &Need) -> bool {
        match need {
            Need::Env(name) => self.env.contains(name),
            // Which ones it wants follows from its configuration, and it says so itself.
            Need::AnyEnv | Need::AnyFile => true,
            Need::Unknown(_) => false,
            Need::File(name) => self.files.contains_key(name),
            // As for variables.
            Need::Http(HttpNeed::Any) => true,
            Need::Http(need) => self.http.iter().any(|allowance| allowance.meets(need)),
            Need::Commands => self.commands,
            Need::LogLines => self.log_lines,
        }
    }

    /// The same where a plugin is of no use without: of what it asks for without a name, there is at least
    /// one.
    pub(crate) fn covers_some(&self, need: &Need) -> bool {
        match need {
            Need::AnyEnv => !self.env.is_empty(),
            Need::AnyFile => !self.files.is_empty(),
            Need::Http(HttpNeed::Any) => !self.http.is_empty(),
            named => self.covers(named),
        }
    }

    /// What remains of it for a plugin that asks for `needs`: what was not asked for cannot be
    /// used.
    pub(crate) fn narrowed_to(mut self, needs: &[Need]) -> Self {
        if !needs.contains(&Need::AnyEnv) {
            self.env.retain(|name| needs.contains(&Need::Env(name.clone())));
        }
        if !needs.contains(&Need::AnyFile) {
            self.files.retain(|name, _| needs.contains(&Need::File(name.clone())));
        }
        self.http_needs = needs
            .iter()
            .filter_map(|need| match need {
                Need::Http(need) => Some(need.clone()),
                _ => None,
            })
            .collect();
        self.http.retain(|allowance| self.http_needs.iter().any(|need| allowance.meets(need)));
        self.asked = needs.to_vec();
        self.commands &= needs.contains(&Need::Commands);
        self.log_lines &= needs.contains(&Need::LogLines);
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_of_grant_reads_what_it_writes() {
        for text in [
            "http:POST:https://h/a#X-A=b $C#address=10.0.0.0/8",
            "env:HOME",
            "file:out=a/b=c.txt",
            "file:summary=$GITHUB_STEP_SUMMARY",
            "commands",
            "log-lines",
        ] {
            let grant: Grant = text.parse().expect(text);
            assert_eq!(grant.to_string(), text);
        }
    }

    #[test]
    fn wildcards_and_broken_texts_are_refused() {
        for text in [
            "env:*",
            "env:",
            "env:A B",
            "env:1A",
            "file:x",
            "file:=p",
            "file:X=p",
            "file:x=",
            "file:x=$",
            "file:x=$A-B",
            "net:all",
            "http:POST",
            "http:*:https://h/",
            "http:POST:https://*/",
            "http:POST:https://h/?x=1",
            "",
            "Commands",
        ] {
            assert!(text.parse::<Grant>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_file_whose_variable_is_not_set_is_not_given() {
        let grants = ["file:a=$A".parse().expect("a"), "file:b=$B".parse().expect("b")];
        let (set, unresolved) = GrantSet::resolve(&grants, |name| (name == "A").then(|| "/x".into()));
        assert_eq!(set.files.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(
            unresolved.iter().map(|lack| (&*lack.variable, lack.unset)).collect::<Vec<_>>(),
            [("B", true)]
        );
    }

    #[test]
    fn what_was_not_asked_for_can_not_be_used() {
        let grants = ["env:A".parse().expect("a"), "env:B".parse().expect("b"), Grant::Commands];
        let (set, _) = GrantSet::resolve(&grants, |_| None);
        let set = set.narrowed_to(&[Need::Env("A".to_owned()), Need::LogLines]);
        assert!(set.covers(&Need::Env("A".to_owned())));
        assert!(!set.covers(&Need::Env("B".to_owned())));
        assert!(!set.commands && !set.log_lines);
    }

    #[test]
    fn requests_are_narrowed_to_those_that_are_asked_for() {
        let grants = ["http:POST:https://a/x/", "http:POST:https://b/", "http:PUT:https://c/"];
        let grants = grants.map(|text| text.parse().expect(text));
        let (set, _) = GrantSet::resolve(&grants, |_| None);
        let need = |text: &str| Need::Http(text.parse().expect(text));
        assert!(set.covers(&need("POST:https://a/")) && !set.covers(&need("GET:https://a/")));
        let set = set.narrowed_to(&[need("POST:https://a/"), need("POST:https://c/"), Need::Commands]);
        assert_eq!(set.http.len(), 1);
        assert_eq!(set.http_needs.len(), 2);
        assert!(set.covers(&Need::Http(HttpNeed::Any)) && !set.covers(&need("POST:https://c/")));
    }

    #[test]
    fn what_is_needed_without_a_name_is_granted_by_one_of_its_kind() {
        let any = [Need::AnyEnv, Need::AnyFile, Need::Http(HttpNeed::Any)];
        let (none, _) = GrantSet::resolve(&[], |_| None);
        assert!(any.iter().all(|need| none.covers(need) && !none.covers_some(need)));
        let texts = ["env:A", "file:a=b", "http:POST:https://hooks.example.com/ci"];
        let grants = texts.map(|text| text.parse().expect(text));
        let (some, _) = GrantSet::resolve(&grants, |_| None);
        assert!(any.iter().all(|need| some.covers_some(need)));
        assert!(!some.covers_some(&Need::Env("B".to_owned())));
    }

    proptest! {
        /// But for a name that may be a value in the wrong place.
        #[test]
        fn what_is_accepted_is_written_back_as_it_was(
            text in "(env:|file:|http:|)(GET:|)(https://h|)[a-zA-Z0-9_$=/*.:{}# -]{0,20}",
        ) {
            if let Ok(grant) = text.parse::<Grant>() {
                let shown = grant.to_string();
                prop_assert!(shown == text || shown.contains('…'), "{shown} of {text}");
            }
        }
    }
}
