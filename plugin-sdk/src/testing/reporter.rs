//! Drives a reporter, with effects that the host would allow.

use super::FakeEffects;
use super::FakeEnvironment;
use super::driver::Said;
use super::driver::configure;
use super::driver::said;
use crate::Error;
use crate::Event;
use crate::Finding;
use crate::Reporter;
use crate::reporter::Happening;

/// Configures a reporter to which everything is granted that its `ABOUT` names, but no variable.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn reporter<R: Reporter>(json: &str) -> Result<ReporterDriver<R>, Vec<Finding>> {
    let effects = R::ABOUT.all_needs().iter().fold(FakeEffects::default(), |effects, need| {
        let separator = if need.argument().is_empty() { "" } else { ":" };
        effects.grant(&format!("{}{separator}{}", need.capability(), need.argument()))
    });
    reporter_in(json, &FakeEnvironment::new(), effects)
}

/// Configures a reporter.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn reporter_in<R: Reporter>(
    json: &str,
    environment: &FakeEnvironment,
    effects: FakeEffects,
) -> Result<ReporterDriver<R>, Vec<Finding>> {
    let context = environment.context();
    let (reporter, said) = configure(R::ABOUT, json, environment, context, R::configure)?;
    Ok(ReporterDriver { reporter, said, effects: effects.of_needs(R::ABOUT.all_needs()), failed: None })
}

/// Drives a reporter, and collects what it does.
#[derive(Debug)]
pub struct ReporterDriver<R> {
    reporter: R,
    said: Said,
    effects: FakeEffects,
    failed: Option<Error>,
}

impl<R: Reporter> ReporterDriver<R> {
    said!();

    /// Something happened: the reporter is told if it asked for this kind of event. One that has failed is
    /// not told anything any more.
    ///
    /// # Errors
    /// The reporter has failed, now or before.
    pub fn report(&mut self, event: &Event) -> Result<(), Error> {
        if self.failed.is_none() && self.wants(&event.what) {
            self.effects.begin_report();
            let (reporter, effects) = (&mut self.reporter, &mut self.effects);
            self.failed = self.said.during(|| reporter.report(event, effects)).err();
        }
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// What the reporter has done so far.
    pub fn effects(&self) -> &FakeEffects {
        &self.effects
    }

    fn wants(&self, what: &Happening) -> bool {
        let named = self.reporter.events().map(|names| names.contains(&what.name()));
        match what {
            Happening::Tick => self.reporter.tick_every().is_some(),
            Happening::Other(_) => named == Some(true),
            Happening::LogLines(_) => named != Some(false) && self.effects.shows_log_lines(),
            _ => named != Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::About;
    use crate::Effects;
    use crate::Lines;
    use crate::Need;
    use crate::NoConfig;
    use crate::Setup;
    use crate::reporter::Launched;
    use crate::reporter::LogLines;
    use crate::reporter::Other;

    /// Says every event's name, and fails at a warning.
    struct Echo;

    impl Reporter for Echo {
        type Config = NoConfig;
        const ABOUT: About =
            About::new("echo", "1.0.0", "Says").needs(&[Need::commands(), Need::log_lines()]);

        fn configure(_: NoConfig, _: &mut Setup<'_>) -> Result<Self, Finding> {
            Ok(Self)
        }

        fn events(&self) -> Option<Vec<&'static str>> {
            Some(vec!["log", "warning", "progress"])
        }

        fn tick_every(&self) -> Option<Duration> {
            Some(Duration::from_secs(1))
        }

        fn report(&mut self, event: &Event, effects: &mut dyn Effects) -> Result<(), Error> {
            match &event.what {
                Happening::Warning(message) => Err(Error::failed(message.as_str())),
                other => effects.command(other.name()),
            }
        }
    }

    #[test]
    fn a_reporter_is_told_what_it_asked_for_until_it_fails() {
        let mut driver = reporter::<Echo>("{}").expect("accepted");
        let events = [
            Event::new(Launched::new("x")),
            Event::new(LogLines::new("app", Lines::of(["a"]))),
            Event::new(Other::new("progress", "{}")),
            Event::new(Other::new("detail", "{}")),
            Event::new(Happening::Tick),
        ];
        for event in events {
            driver.report(&event).expect("no failure");
        }
        assert_eq!(driver.effects().commands(), ["log", "progress", "tick"]);
        let warning = Event::new(Happening::Warning("no".to_owned()));
        assert_eq!(driver.report(&warning), Err(Error::failed("no")));
        assert_eq!(driver.report(&Event::new(Happening::Tick)), Err(Error::failed("no")));
        assert_eq!(driver.effects().commands().len(), 3);
    }

    #[test]
    fn log_lines_have_to_be_granted() {
        let effects = FakeEffects::default().grant("commands");
        let mut driver = reporter_in::<Echo>("{}", &FakeEnvironment::new(), effects).expect("accepted");
        driver.report(&Event::new(LogLines::new("app", Lines::of(["a"])))).expect("no failure");
        assert!(driver.effects().commands().is_empty());
    }
}
