//! Drives a filter.

use std::sync::Arc;

use sortie_lines::BadInterest;
use sortie_lines::FilterFailure;
use sortie_lines::Framer;
use sortie_lines::Gate;
use sortie_lines::LineBatch;
use sortie_lines::Pieces;
use sortie_lines::Stage;

use super::FakeEnvironment;
use super::driver::Said;
use super::driver::configure;
use super::driver::said;
use crate::Counter;
use crate::Filter;
use crate::Finding;
use crate::Interest;
use crate::Label;
use crate::filter::native;
use crate::filter::native::Native;
use crate::filter::native::to_plugin;

/// Configures a filter to which nothing is granted.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn filter<F: Filter>(json: &str) -> Result<FilterDriver<F>, Vec<Finding>> {
    filter_in(json, &FakeEnvironment::new())
}

/// Configures a filter, for the first container's log where the context does not say which.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn filter_in<F: Filter>(
    json: &str,
    environment: &FakeEnvironment,
) -> Result<FilterDriver<F>, Vec<Finding>> {
    let mut context = environment.context().clone();
    context.container = context.container.or(Some(0));
    let (filter, said) = configure(F::ABOUT, json, environment, &context, F::configure)?;
    driver(filter, said)
}

fn driver<F: Filter>(filter: F, said: Said) -> Result<FilterDriver<F>, Vec<Finding>> {
    let mut findings = said.findings.clone();
    FilterDriver::new(filter, said).map_err(|error| {
        findings.push(Finding::error("", error.to_string()));
        findings
    })
}

/// A piece of a log: some lines that go into one batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunk {
    /// Lines, newline excluded.
    pub lines: Vec<Vec<u8>>,
    /// The last line goes on in the next chunk.
    pub partial: bool,
}

/// Cuts a log into batches at byte offsets, in any order. A cut right after a newline ends a
/// batch; any other cut makes the line a partial one. What follows the last newline is a line too.
pub fn chunks(log: &[u8], cuts: &[usize]) -> Vec<Chunk> {
    let mut cuts: Vec<usize> = cuts.iter().copied().filter(|cut| (1..log.len()).contains(cut)).collect();
    cuts.push(log.len());
    cuts.sort_unstable();
    cuts.dedup();
    let mut start = 0;
    let mut chunks = Vec::new();
    for end in cuts {
        let piece = &log[start..end];
        start = end;
        if piece.is_empty() {
            continue;
        }
        let (body, partial) = match piece.strip_suffix(b"\n") {
            Some(body) => (body, false),
            None => (piece, end < log.len()),
        };
        chunks
            .push(Chunk { lines: body.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect(), partial });
    }
    chunks
}

/// Drives a filter as the host does, and collects what would be printed: behind the native search for its
/// interests, with every answer checked.
///
/// # Panics
/// A driver panics where the host would withhold the log: when the filter answers an error or out of
/// protocol.
pub struct FilterDriver<F> {
    stage: Stage<Native<F>>,
    said: Said,
    notes: Vec<Finding>,
    counters: Vec<Counter>,
    spare: LineBatch,
    output: Vec<u8>,
    /// Lines printed so far.
    lines: usize,
    labels: Vec<Label>,
}

impl<F: Filter> FilterDriver<F> {
    fn new(filter: F, said: Said) -> Result<Self, BadInterest> {
        let gate = filter.interests().map(|interests| Gate::new(&native::interests(interests)).map(Arc::new));
        Ok(Self {
            stage: Stage::of(Native::new(filter), gate.transpose()?, Self::PIECES),
            said,
            notes: Vec::new(),
            counters: Vec::new(),
            spare: LineBatch::default(),
            output: Vec::new(),
            lines: 0,
            labels: Vec::new(),
        })
    }

    const PIECES: Pieces = if F::PIECES { Pieces::Each } else { Pieces::OneLine };

    /// The same at the start of a stream, without the search: the filter is shown every line. With
    /// the search and without it, a filter that declares its interests rightly prints the same.
    #[must_use]
    pub fn ungated(self) -> Self {
        Self { stage: Stage::of(self.stage.into_filter(), None, Self::PIECES), ..self }
    }

    said!();

    /// The filter.
    pub fn filter(&self) -> &F {
        self.stage.filter().filter()
    }

    /// What the filter wants to see.
    pub fn interests(&self) -> Option<Vec<Interest>> {
        self.filter().interests()
    }

    /// Whether the filter wants to see what follows.
    pub fn follow(&self) -> bool {
        self.filter().follow()
    }

    /// The whole stream in one batch, to its end.
    pub fn run(&mut self, log: &[u8]) -> Vec<u8> {
        self.run_cut(log, &[])
    }

    /// The whole stream in batches cut at these offsets (see [`chunks`]), to its end.
    pub fn run_cut(&mut self, log: &[u8], cuts: &[usize]) -> Vec<u8> {
        for chunk in chunks(log, cuts) {
            self.push(&chunk);
        }
        self.finish()
    }

    /// One batch.
    pub fn push(&mut self, chunk: &Chunk) {
        let mut batch = LineBatch::default();
        for line in &chunk.lines {
            batch.push(line, 0);
        }
        batch.partial = chunk.partial;
        let (stage, spare) = (&mut self.stage, &mut self.spare);
        succeeded(self.said.during(|| stage.process(&mut batch, spare)));
        self.print(&batch);
    }

    /// Time has passed.
    pub fn tick(&mut self) {
        let stage = &mut self.stage;
        let released = succeeded(self.said.during(|| stage.tick()));
        self.release(&released);
    }

    /// What would have been printed since this was last asked.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// The end of the stream. Everything that would have been printed, and was not
    /// taken yet.
    pub fn finish(&mut self) -> Vec<u8> {
        let stage = &mut self.stage;
        let ending = succeeded(self.said.during(|| stage.finish()));
        self.release(&ending.released);
        self.notes.extend(ending.notes.into_iter().map(|note| match note.warning {
            true => Finding::warning("", note.message),
            false => Finding::note("", note.message),
        }));
        self.counters.extend(ending.counters.into_iter().map(|of| Counter::new(of.name, of.value)));
        self.take_output()
    }

    /// What is known of lines that would have been printed, counted from the first one on.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// What the filter said of the whole log, when it had ended.
    pub fn notes(&self) -> &[Finding] {
        &self.notes
    }

    /// A number that the filter counted, when the log had ended.
    pub fn counter(&self, name: &str) -> Option<f64> {
        self.counters.iter().find(|counter| counter.name == name).map(|counter| counter.value)
    }

    fn release(&mut self, released: &sortie_lines::Released) {
        let mut batches = Vec::new();
        let mut framer = Framer::default();
        framer.feed(&released.bytes, 0, &mut batches);
        framer.finish(0, &mut batches);
        let labels = released.labels.iter().cloned().map(to_plugin);
        self.labels.extend(labels.map(|label| later(label, self.lines)));
        batches.iter().for_each(|batch| self.print(batch));
    }

    fn print(&mut self, batch: &LineBatch) {
        let end = batch.bytes.len() - usize::from(batch.partial);
        self.output.extend_from_slice(&batch.bytes[..end]);
        let labels = batch.labels.iter().cloned().map(to_plugin);
        self.labels.extend(labels.map(|label| later(label, self.lines)));
        self.lines += batch.len() - usize::from(batch.partial);
    }
}

/// A label, its line counted from so many lines before.
fn later(label: Label, lines: usize) -> Label {
    Label::new(lines + label.line as usize, label.name, label.value)
}

/// What came of a call where there was no failure.
#[expect(clippy::panic, reason = "a test's assertion")]
fn succeeded<T>(result: Result<T, FilterFailure>) -> T {
    result.unwrap_or_else(|failure| panic!("{failure}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::About;
    use crate::Batch;
    use crate::Edits;
    use crate::Ending;
    use crate::Error;
    use crate::Hit;
    use crate::LineOut;
    use crate::NoConfig;
    use crate::Released;
    use crate::Setup;

    /// Drops lines with `x`; asks to be shown lines that match this, `key` when it is configured.
    struct Example(&'static str);

    impl Filter for Example {
        type Config = NoConfig;
        const ABOUT: About = About::new("example", "1.0.0", "An example");

        fn configure(_: NoConfig, _: &mut Setup<'_>) -> Result<Self, Finding> {
            Ok(Self("key"))
        }

        fn interests(&self) -> Option<Vec<Interest>> {
            Some(vec![Interest::regex(self.0)])
        }

        fn process(&mut self, batch: Batch<'_>, _: Option<&[Hit]>, edits: &mut Edits) -> Result<(), Error> {
            for index in 0..batch.len() {
                match batch.line(index) {
                    b"key, and the next" => edits.drop_line(index + 1),
                    b"key, and no more" => return Err("no more".into()),
                    b"key, and now z" => edits.set_interests(vec![Interest::literal("z")]),
                    line if line.contains(&b'x') => edits.drop_line(index),
                    _ => {}
                }
            }
            Ok(())
        }
    }

    #[test]
    fn a_filter_sees_only_what_its_interests_hit() {
        let driver = || filter::<Example>("{}").expect("accepted");
        assert_eq!(driver().run(b"key x\nx\nkey\n"), b"x\nkey\n");
        assert_eq!(driver().ungated().run(b"key x\nx\nkey\n"), b"key\n");
    }

    #[test]
    fn interests_can_change() {
        let log = b"key, and now z\nx\nkey x\nxz\n";
        assert_eq!(filter::<Example>("{}").expect("accepted").run_cut(log, &[17]), &log[..23]);
    }

    #[test]
    fn interests_that_the_host_refuses_are_findings() {
        let findings = driver(Example("a*"), Said::default()).err().expect("refused");
        assert!(findings[0].message.contains("matches the empty string"), "{findings:?}");
    }

    #[test]
    #[should_panic(expected = "out of protocol: an edit or a label of line 1 of 1")]
    fn edits_out_of_protocol_fail_the_test() {
        filter::<Example>("{}").expect("accepted").run(b"key, and the next\n");
    }

    #[test]
    #[should_panic(expected = "the filter failed: no more")]
    fn an_error_fails_the_test() {
        filter::<Example>("{}").expect("accepted").run(b"key, and no more\n");
    }

    #[test]
    fn a_dropped_beginning_drops_the_line() {
        let mut driver = filter::<Example>("{}").expect("accepted").ungated();
        assert_eq!(driver.run_cut(b"a x, and more\nb\n", &[5]), b"b\n");
    }

    /// Holds one line back; knows about pieces.
    #[derive(Default)]
    struct Holder {
        held: Option<Vec<u8>>,
        seen: u32,
        places: Vec<(bool, bool)>,
    }

    impl Filter for Holder {
        type Config = NoConfig;
        const ABOUT: About = About::new("holder", "1.0.0", "Holds back");
        const PIECES: bool = true;

        fn configure(_: NoConfig, setup: &mut Setup<'_>) -> Result<Self, Finding> {
            assert_eq!(setup.context().container_name(), Some("app"));
            Ok(Self::default())
        }

        fn line(&mut self, line: &[u8], out: &mut LineOut<'_>) {
            self.seen += 1;
            self.places.push((out.is_continued(), out.is_partial()));
            if line.starts_with(b"hold") {
                self.held = Some(line.to_vec());
                out.drop_line();
            } else {
                out.label("level", "info");
            }
        }

        fn tick(&mut self, out: &mut Released) -> Result<(), Error> {
            if let Some(line) = self.held.take() {
                out.line(line);
                out.label("level", "warn");
            }
            Ok(())
        }

        fn finish(&mut self, ending: &mut Ending) -> Result<(), Error> {
            self.tick(ending.released())?;
            ending.note("done");
            ending.warn("not all");
            ending.count("seen", f64::from(self.seen));
            Ok(())
        }
    }

    #[test]
    fn what_is_held_back_comes_with_time_or_at_the_end() {
        let mut driver = filter::<Holder>("{}").expect("accepted");
        driver.push(&chunks(b"a\nhold 1\nb\n", &[])[0]);
        assert_eq!(driver.take_output(), b"a\nb\n");
        driver.tick();
        assert_eq!(driver.take_output(), b"hold 1\n");
        assert_eq!(driver.run(b"hold 2\n"), b"hold 2\n");
        let levels = ["info", "info", "warn", "warn"];
        let levels = levels.iter().enumerate().map(|(line, level)| Label::new(line, "level", *level));
        assert_eq!(driver.labels(), levels.collect::<Vec<_>>());
        assert_eq!(driver.notes(), [Finding::note("", "done"), Finding::warning("", "not all")]);
        assert_eq!((driver.counter("seen"), driver.counter("other")), (Some(4.0), None));
    }

    #[test]
    fn a_filter_that_knows_about_pieces_is_told_of_them() {
        let mut driver = filter::<Holder>("{}").expect("accepted");
        // The first piece is dropped, and not the rest.
        assert_eq!(driver.run_cut(b"hold, more, end\nb\n", &[5, 11]), b" more, end\nb\nhold,\n");
        let places = [(false, true), (true, true), (true, false), (false, false)];
        assert_eq!(driver.filter().places, places);
    }
}
