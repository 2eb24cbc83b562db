//! Effects that a test grants and records.

use std::collections::VecDeque;

use sortie_lines::MAX_APPENDED;
use sortie_lines::MAX_COMMAND;
use sortie_lines::MAX_COMMANDS_PER_REPORT;
use sortie_lines::MAX_DOCUMENT;
use sortie_lines::is_one_line;

use super::environment::declared;
use super::environment::undeclared;
use crate::Effects;
use crate::Error;
use crate::Need;
use crate::reporter::HttpRequest;
use crate::reporter::HttpResponse;

/// Methods that a request may have.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// What a reporter did, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// A line on the command channel.
    Command(String),
    /// An addition to a file.
    Append(String, Vec<u8>),
    /// A file, replaced.
    Write(String, Vec<u8>),
    /// A request.
    Http(HttpRequest),
}

/// Effects that a test grants and records. Nothing is granted by default, and whatever is, a driver lets a
/// reporter do only what its `ABOUT` asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeEffects {
    /// What was done.
    pub done: Vec<Effect>,
    /// How often something was tried that is not granted.
    pub denied: usize,
    grants: Vec<String>,
    answers: VecDeque<Result<HttpResponse, Error>>,
    /// What the reporter asks for; `None` outside of a driver.
    needs: Option<&'static [Need<'static>]>,
    /// Lines on the command channel since the report under way began.
    commands_of_report: usize,
}

impl FakeEffects {
    /// The command channel, the task's log lines and these files are granted.
    pub fn granted(files: &[&str]) -> Self {
        let all = Self::default().grant("commands").grant("log-lines");
        files.iter().fold(all, |all, file| all.grant(&format!("file:{file}")))
    }

    /// Grants one thing, as `grant` in `sortie.toml` names it: `commands`, `log-lines`, `file:summary`,
    /// `http:POST:https://hooks.example.com/ci`.
    #[must_use]
    pub fn grant(mut self, grant: &str) -> Self {
        self.grants.push(grant.to_owned());
        self
    }

    /// The answer to the first request that has none yet.
    #[must_use]
    pub fn answer(mut self, response: HttpResponse) -> Self {
        self.answers.push_back(Ok(response));
        self
    }

    /// The first request that has no answer yet fails so.
    #[must_use]
    pub fn fail(mut self, error: Error) -> Self {
        self.answers.push_back(Err(error));
        self
    }

    /// All lines on the command channel.
    pub fn commands(&self) -> Vec<&str> {
        self.done
            .iter()
            .filter_map(|effect| match effect {
                Effect::Command(line) => Some(line.as_str()),
                _ => None,
            })
            .collect()
    }

    /// What is in a file that was empty before.
    pub fn file(&self, name: &str) -> Vec<u8> {
        let mut content = Vec::new();
        for effect in &self.done {
            match effect {
                Effect::Append(file, bytes) if file == name => content.extend_from_slice(bytes),
                Effect::Write(file, bytes) if file == name => content.clone_from(bytes),
                _ => {}
            }
        }
        content
    }

    /// All requests.
    pub fn requests(&self) -> Vec<&HttpRequest> {
        self.done
            .iter()
            .filter_map(|effect| match effect {
                Effect::Http(request) => Some(request),
                _ => None,
            })
            .collect()
    }

    pub(super) fn of_needs(mut self, needs: &'static [Need<'static>]) -> Self {
        self.needs = Some(needs);
        self
    }

    pub(super) fn begin_report(&mut self) {
        self.commands_of_report = 0;
    }

    /// Whether the reporter is told log lines.
    pub(super) fn shows_log_lines(&self) -> bool {
        self.is_allowed("log-lines", "").is_ok()
    }

    fn is_allowed(&self, capability: &str, argument: &str) -> Result<(), Error> {
        let is_declared = |needs| declared(needs, capability, |need| covers(capability, need, argument));
        if self.needs.is_some_and(|needs| is_declared(needs).is_none()) {
            return Err(undeclared(capability, argument));
        }
        let is_granted = self.grants.iter().any(|grant| {
            let (name, of) = grant.split_once(':').unwrap_or((grant, ""));
            name == capability && covers(capability, of, argument)
        });
        if !is_granted {
            let separator = if argument.is_empty() { "" } else { ":" };
            return Err(Error::new("denied", format!("{capability}{separator}{argument} is not granted")));
        }
        Ok(())
    }

    fn check(&mut self, capability: &str, argument: &str) -> Result<(), Error> {
        self.is_allowed(capability, argument).inspect_err(|_| self.denied += 1)
    }
}

/// Whether the argument of a need or a grant allows what is tried.
fn covers(capability: &str, granted: &str, tried: &str) -> bool {
    if capability != "http" {
        // A grant of a file also has its path.
        return granted.split('=').next() == Some(tried);
    }
    // A grant may have headers for the request.
    let granted = granted.split('#').next().unwrap_or_default();
    match tried.strip_prefix(granted) {
        Some("") => true,
        Some(below) => granted.ends_with('/') || below.starts_with(['/', '?']),
        None => false,
    }
}

fn too_large(what: &str) -> Error {
    Error::new("too-large", format!("{what} is beyond the limit"))
}

impl Effects for FakeEffects {
    fn command(&mut self, line: &str) -> Result<(), Error> {
        self.check("commands", "")?;
        if line.len() > MAX_COMMAND || self.commands_of_report >= MAX_COMMANDS_PER_REPORT {
            return Err(too_large("the command"));
        }
        if !is_one_line(line) {
            return Err(Error::new("invalid", "the command is not one line"));
        }
        self.commands_of_report += 1;
        self.done.push(Effect::Command(line.to_owned()));
        Ok(())
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        self.check("file", file)?;
        let appended: usize = self
            .done
            .iter()
            .map(|effect| match effect {
                Effect::Append(name, bytes) if name == file => bytes.len(),
                _ => 0,
            })
            .sum();
        if appended + bytes.len() > MAX_APPENDED {
            return Err(too_large("what is appended"));
        }
        self.done.push(Effect::Append(file.to_owned(), bytes.to_vec()));
        Ok(())
    }

    fn write(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        self.check("file", file)?;
        if bytes.len() > MAX_DOCUMENT {
            return Err(too_large("what is written"));
        }
        self.done.push(Effect::Write(file.to_owned(), bytes.to_vec()));
        Ok(())
    }

    fn http(&mut self, request: &HttpRequest) -> Result<HttpResponse, Error> {
        if !METHODS.contains(&request.method.as_str()) {
            return Err(Error::new("invalid", format!("{:?} is no method", request.method)));
        }
        if !["https://", "http://", "$"].iter().any(|begin| request.url.starts_with(begin)) {
            return Err(Error::new("invalid", format!("{:?} is no address", request.url)));
        }
        self.check("http", &format!("{}:{}", request.method, request.url))?;
        self.done.push(Effect::Http(request.clone()));
        let none = || Err(Error::new("io", "the test has no answer for this request"));
        self.answers.pop_front().unwrap_or_else(none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T, Error>) -> String {
        result.err().expect("an error").code().to_owned()
    }

    #[test]
    fn what_the_host_refuses_is_refused() {
        let mut effects = FakeEffects::granted(&["out"]);
        for line in ["a\nb", "a\tb", "\u{1b}[2J", "a\u{2028}b"] {
            assert_eq!(code(effects.command(line)), "invalid", "{line:?}");
        }
        assert_eq!(code(effects.command(&"x".repeat(MAX_COMMAND + 1))), "too-large");
        (0..MAX_COMMANDS_PER_REPORT).for_each(|_| assert_eq!(effects.command("\u{1b}[0Kx\r"), Ok(())));
        assert_eq!(code(effects.command("x")), "too-large");
        assert_eq!(effects.append("out", &vec![0; MAX_APPENDED]), Ok(()));
        assert_eq!(code(effects.append("out", b"x")), "too-large");
        assert_eq!(code(effects.append("other", b"x")), "denied");
        assert_eq!(code(effects.write("out", &vec![0; MAX_DOCUMENT + 1])), "too-large");
        assert_eq!(code(effects.write("other", b"x")), "denied");
        assert_eq!(effects.denied, 2);
    }

    #[test]
    fn a_file_is_what_was_written_and_appended_since() {
        let mut effects = FakeEffects::granted(&["out"]);
        effects.append("out", b"a").expect("granted");
        effects.write("out", b"b").expect("granted");
        effects.append("out", b"c").expect("granted");
        assert_eq!(effects.file("out"), b"bc");
    }

    #[test]
    fn what_is_granted_and_not_declared_is_denied() {
        const NEEDS: &[Need<'static>] = &[Need::file("a"), Need::any_http()];
        let effects = FakeEffects::granted(&["a", "b"]).grant("http:GET:https://a.example/x");
        let mut effects = effects.answer(HttpResponse::new(200, "")).of_needs(NEEDS);
        assert_eq!(effects.append("a", b"x"), Ok(()));
        assert_eq!(code(effects.append("b", b"x")), "denied");
        assert_eq!(code(effects.command("x")), "denied");
        assert!(!effects.shows_log_lines());
        assert!(effects.http(&HttpRequest::get("https://a.example/x")).is_ok());
        assert_eq!(code(effects.http(&HttpRequest::get("https://a.example/x"))), "io", "no answer is left");
    }

    #[test]
    fn a_request_goes_where_a_grant_lets_it_go() {
        let grant = |tried: &str| covers("http", "POST:https://a.example/x", tried);
        assert!(grant("POST:https://a.example/x"));
        assert!(grant("POST:https://a.example/x/y"));
        assert!(grant("POST:https://a.example/x?y"));
        assert!(!grant("POST:https://a.example/xy"));
        assert!(!grant("GET:https://a.example/x"));
        assert!(covers("http", "POST:https://a.example/#A=$B", "POST:https://a.example/x"));
        assert!(covers("http", "POST:$URL", "POST:$URL"));
        let mut effects = FakeEffects::default();
        assert_eq!(code(effects.http(&HttpRequest::new("TRACE", "https://a.example"))), "invalid");
        assert_eq!(code(effects.http(&HttpRequest::get("ftp://a.example"))), "invalid");
    }
}
