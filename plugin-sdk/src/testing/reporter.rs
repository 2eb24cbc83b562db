//! Drives a reporter, with effects that the host would allow.

use sortie_lines::MAX_APPENDED;
use sortie_lines::MAX_COMMAND;
use sortie_lines::MAX_COMMANDS_PER_REPORT;
use sortie_lines::is_one_line;

use super::FakeEnvironment;
use crate::Diagnostic;
use crate::EffectError;
use crate::Effects;
use crate::Event;
use crate::Marker;
use crate::Reporter;
use crate::config;

/// What a reporter did, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A line on the command channel.
    Command(String),
    /// An addition to a file.
    Append(String, Vec<u8>),
}

/// Effects that a test grants and records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FakeEffects {
    /// Whether the command channel is granted.
    pub commands_granted: bool,
    /// Names of the files that are granted.
    pub files_granted: Vec<String>,
    /// What was done.
    pub done: Vec<Effect>,
    /// How often something that is not granted was tried.
    pub denied: usize,
    /// Lines on the command channel since the report under way began.
    commands_of_report: usize,
}

impl FakeEffects {
    /// Everything that a reporter may do is granted, with these files.
    pub fn granted(files: &[&str]) -> Self {
        Self {
            commands_granted: true,
            files_granted: files.iter().map(|file| (*file).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// All lines on the command channel.
    pub fn commands(&self) -> Vec<&str> {
        self.done
            .iter()
            .filter_map(|effect| match effect {
                Effect::Command(line) => Some(line.as_str()),
                Effect::Append(..) => None,
            })
            .collect()
    }

    /// All that was appended to a file.
    pub fn file(&self, name: &str) -> Vec<u8> {
        self.done
            .iter()
            .filter_map(|effect| match effect {
                Effect::Append(file, bytes) if file == name => Some(bytes.as_slice()),
                _ => None,
            })
            .collect::<Vec<_>>()
            .concat()
    }
}

impl Effects for FakeEffects {
    fn command(&mut self, line: &str) -> Result<(), EffectError> {
        if !self.commands_granted {
            self.denied += 1;
            return Err(EffectError::Denied);
        }
        if line.len() > MAX_COMMAND || self.commands_of_report >= MAX_COMMANDS_PER_REPORT {
            return Err(EffectError::TooLarge);
        }
        if !is_one_line(line) {
            return Err(EffectError::NotOneLine);
        }
        self.commands_of_report += 1;
        self.done.push(Effect::Command(line.to_owned()));
        Ok(())
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> Result<(), EffectError> {
        if !self.files_granted.iter().any(|granted| granted == file) {
            self.denied += 1;
            return Err(EffectError::Denied);
        }
        let appended: usize = self
            .done
            .iter()
            .map(|effect| match effect {
                Effect::Command(_) => 0,
                Effect::Append(_, bytes) => bytes.len(),
            })
            .sum();
        if appended + bytes.len() > MAX_APPENDED {
            return Err(EffectError::TooLarge);
        }
        self.done.push(Effect::Append(file.to_owned(), bytes.to_vec()));
        Ok(())
    }
}

/// Configures a reporter.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn reporter<R: Reporter>(
    json: &str,
    environment: &FakeEnvironment,
    effects: FakeEffects,
) -> Result<ReporterDriver<R>, Vec<Diagnostic>> {
    match config::configure(json, environment, R::configure) {
        (Some(reporter), diagnostics) => Ok(ReporterDriver { reporter, diagnostics, effects }),
        (None, diagnostics) => Err(diagnostics),
    }
}

/// Drives a reporter, and collects what it does.
pub struct ReporterDriver<R> {
    reporter: R,
    diagnostics: Vec<Diagnostic>,
    effects: FakeEffects,
}

impl<R: Reporter> ReporterDriver<R> {
    /// What the reporter had to say of its configuration.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// What the host would break in log lines.
    pub fn markers(&self) -> Vec<Marker> {
        self.reporter.markers()
    }

    /// Something happened.
    pub fn report(&mut self, event: &Event) {
        self.effects.commands_of_report = 0;
        self.reporter.report(event, &mut self.effects);
    }

    /// What the reporter has done so far.
    pub fn effects(&self) -> &FakeEffects {
        &self.effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_refuses_is_refused() {
        let mut effects = FakeEffects::granted(&["out"]);
        for line in ["a\nb", "a\tb", "\u{1b}[0m", "a\u{2028}b"] {
            assert_eq!(effects.command(line), Err(EffectError::NotOneLine), "{line:?}");
        }
        assert_eq!(effects.command(&"x".repeat(MAX_COMMAND + 1)), Err(EffectError::TooLarge));
        (0..MAX_COMMANDS_PER_REPORT).for_each(|_| assert_eq!(effects.command("x"), Ok(())));
        assert_eq!(effects.command("x"), Err(EffectError::TooLarge));
        assert_eq!(effects.append("out", &vec![0; MAX_APPENDED]), Ok(()));
        assert_eq!(effects.append("out", b"x"), Err(EffectError::TooLarge));
        assert_eq!(effects.append("other", b"x"), Err(EffectError::Denied));
    }
}
