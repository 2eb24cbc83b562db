//! Drives a filter.

use std::sync::Arc;

use sortie_lines::BadInterest;
use sortie_lines::FilterFailure;
use sortie_lines::Framer;
use sortie_lines::Gate;
use sortie_lines::LineBatch;
use sortie_lines::LineFilter;
use sortie_lines::Stage;

use super::FakeEnvironment;
use crate::Batch;
use crate::Diagnostic;
use crate::Filter;
use crate::Interest;
use crate::Pattern;
use crate::config;
use crate::filter::Action;
use crate::filter::Edits;

/// Configures a filter to which nothing is granted.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn filter<F: Filter>(json: &str) -> Result<FilterDriver<F>, Vec<Diagnostic>> {
    filter_in(json, &FakeEnvironment::new())
}

/// Configures a filter.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn filter_in<F: Filter>(
    json: &str,
    environment: &FakeEnvironment,
) -> Result<FilterDriver<F>, Vec<Diagnostic>> {
    match config::configure(json, environment, F::configure) {
        (Some(filter), diagnostics) => driver(filter, diagnostics),
        (None, diagnostics) => Err(diagnostics),
    }
}

fn driver<F: Filter>(
    filter: F,
    mut diagnostics: Vec<Diagnostic>,
) -> Result<FilterDriver<F>, Vec<Diagnostic>> {
    FilterDriver::new(filter, diagnostics.clone()).map_err(|error| {
        diagnostics.push(Diagnostic::error("", error.to_string()));
        diagnostics
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

/// Drives a filter as the host does, and collects what would be printed: behind the native search
/// for its interests, with every answer checked.
pub struct FilterDriver<F> {
    stage: Stage<Native<F>>,
    diagnostics: Vec<Diagnostic>,
    spare: LineBatch,
    output: Vec<u8>,
}

/// A filter without a sandbox.
struct Native<F> {
    filter: F,
    edits: Edits,
}

impl<F: Filter> FilterDriver<F> {
    fn new(filter: F, diagnostics: Vec<Diagnostic>) -> Result<Self, BadInterest> {
        let gate = filter.interests().map(|interests| {
            let interests: Vec<_> = interests.into_iter().map(to_host).collect();
            Gate::new(&interests).map(Arc::new)
        });
        let stage = Stage::of(Native { filter, edits: Edits::default() }, gate.transpose()?);
        Ok(Self { stage, diagnostics, spare: LineBatch::default(), output: Vec::new() })
    }

    /// The same at the start of a stream, without the search: the filter is shown every line. With
    /// the search and without it, a filter that declares its interests rightly prints the same.
    #[must_use]
    pub fn ungated(self) -> Self {
        Self { stage: Stage::of(self.stage.into_filter(), None), ..self }
    }

    fn filter(&self) -> &F {
        &self.stage.filter().filter
    }

    /// What the filter had to say of its configuration.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
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
    ///
    /// # Panics
    /// When the edits break the protocol (ascending lines, ends that never fall).
    #[expect(clippy::panic, reason = "a test's assertion")]
    pub fn push(&mut self, chunk: &Chunk) {
        let mut batch = LineBatch::default();
        for line in &chunk.lines {
            batch.push(line, 0);
        }
        batch.partial = chunk.partial;
        if let Err(failure) = self.stage.process(&mut batch, &mut self.spare) {
            panic!("{failure}");
        }
        self.print(&batch);
    }

    /// What would have been printed since this was last asked.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// The end of the stream. Everything that would have been printed, and was not
    /// taken yet.
    pub fn finish(&mut self) -> Vec<u8> {
        // A filter without a sandbox has no way to fail.
        let tail = self.stage.finish().unwrap_or_default();
        let mut batches = Vec::new();
        let mut framer = Framer::default();
        framer.feed(&tail, 0, &mut batches);
        framer.finish(0, &mut batches);
        batches.iter().for_each(|batch| self.print(batch));
        self.take_output()
    }

    fn print(&mut self, batch: &LineBatch) {
        let end = batch.bytes.len() - usize::from(batch.partial);
        self.output.extend_from_slice(&batch.bytes[..end]);
    }
}

impl<F: Filter> LineFilter for Native<F> {
    fn process(&mut self, batch: &LineBatch, edits: &mut sortie_lines::Edits) -> Result<(), FilterFailure> {
        self.edits.clear();
        self.filter.process(Batch::new(&batch.bytes, &batch.ends, batch.partial), &mut self.edits);
        edits.bytes.extend_from_slice(self.edits.bytes());
        edits.edits.extend(self.edits.edits().iter().map(|edit| sortie_lines::Edit {
            line: edit.line,
            action: match edit.action {
                Action::Drop => sortie_lines::Action::Drop,
                Action::Replace => sortie_lines::Action::Replace,
            },
            end: edit.end,
        }));
        edits.follow = self.filter.follow();
        edits.check(batch.len()).map_err(|bad| FilterFailure { message: format!("out of protocol: {bad}") })
    }

    fn finish(&mut self) -> Result<Vec<u8>, FilterFailure> {
        let mut tail = Vec::new();
        self.filter.finish(&mut tail);
        Ok(tail)
    }
}

fn to_host(interest: Interest) -> sortie_lines::Interest {
    let pattern = match interest.pattern {
        Pattern::Literal(literal) => sortie_lines::Pattern::Literal(literal),
        Pattern::Regex(regex) => sortie_lines::Pattern::Regex(regex),
    };
    sortie_lines::Interest { pattern, opens: interest.opens }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::About;
    use crate::LineOut;
    use crate::NoConfig;
    use crate::Setup;

    /// Drops lines with `x`; asks to be shown lines that match this, `key` when it is configured.
    struct Example(&'static str);

    impl Filter for Example {
        type Config = NoConfig;

        fn about() -> About {
            About::new("example", "1.0.0", "An example")
        }

        fn configure(_: NoConfig, _: &mut Setup<'_>) -> Result<Self, Diagnostic> {
            Ok(Self("key"))
        }

        fn interests(&self) -> Option<Vec<Interest>> {
            Some(vec![Interest::regex(self.0)])
        }

        fn process(&mut self, batch: Batch<'_>, edits: &mut Edits) {
            for index in 0..batch.len() {
                match batch.line(index) {
                    b"key, and the next" => edits.drop_line(index + 1),
                    line if line.contains(&b'x') => edits.drop_line(index),
                    _ => {}
                }
            }
        }

        fn line(&mut self, _: &[u8], _: &mut LineOut<'_>) {}
    }

    #[test]
    fn a_filter_sees_only_what_its_interests_hit() {
        let driver = || filter::<Example>("{}").expect("accepted");
        assert_eq!(driver().run(b"key x\nx\nkey\n"), b"x\nkey\n");
        assert_eq!(driver().ungated().run(b"key x\nx\nkey\n"), b"key\n");
    }

    #[test]
    fn interests_that_the_host_refuses_are_findings() {
        let findings = driver(Example("a*"), Vec::new()).err().expect("refused");
        assert!(findings[0].message.contains("matches the empty string"), "{findings:?}");
    }

    #[test]
    #[should_panic(expected = "out of protocol: an edit of line 1 of a batch of 1")]
    fn edits_out_of_protocol_fail_the_test() {
        filter::<Example>("{}").expect("accepted").run(b"key, and the next\n");
    }

    #[test]
    fn a_dropped_beginning_drops_the_line() {
        let mut driver = filter::<Example>("{}").expect("accepted").ungated();
        assert_eq!(driver.run_cut(b"a x, and more\nb\n", &[5]), b"b\n");
    }
}
