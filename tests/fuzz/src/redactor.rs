//! The redactor as a filter of the host, without a sandbox.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;

use sortie_lines::Action;
use sortie_lines::Edit;
use sortie_lines::Edits;
use sortie_lines::Ending;
use sortie_lines::FilterFailure;
use sortie_lines::Gate;
use sortie_lines::Hit;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use sortie_lines::LineFilter;
use sortie_lines::Pattern;
use sortie_lines::Pieces;
use sortie_lines::Stage;
use sortie_plugin_redact::Config;
use sortie_plugin_redact::Redactor;
use sortie_plugin_redact::config::Secret;
use sortie_plugin_sdk::Batch;
use sortie_plugin_sdk::Hit as GuestHit;
use sortie_plugin_sdk::filter::Action as GuestAction;

/// What must never be printed.
pub const SECRETS: &[&str] = &["hunter2", "ter2xx", "line one", "line two", "p%40ss:w/rd", "a\"b\\c"];

/// Longer than any private key without an end is followed.
const LINES_TO_FORGET: usize = 400;

/// One stream of the one redactor: to make another takes a thousand times as long as to use it.
struct Shared;

static NATIVE: LazyLock<Mutex<Native>> = LazyLock::new(|| Mutex::new(Native::new()));

/// The redactor at the start of a stream, behind the host's gate or without one. Only one may be in
/// use, and its stream must be finished.
pub fn stage(gated: bool) -> Stage {
    static GATE: LazyLock<Arc<Gate>> = LazyLock::new(|| {
        let interests = NATIVE.lock().unwrap_or_else(PoisonError::into_inner).interests();
        Arc::new(Gate::new(&interests).expect("the redactor's interests can be searched"))
    });
    Stage::new(Box::new(Shared), gated.then(|| Arc::clone(&GATE)), Pieces::Each)
}

impl LineFilter for Shared {
    fn process(
        &mut self,
        batch: &LineBatch,
        hits: Option<&[Hit]>,
        edits: &mut Edits,
    ) -> Result<(), FilterFailure> {
        NATIVE.lock().unwrap_or_else(PoisonError::into_inner).process(batch, hits, edits)
    }

    fn finish(&mut self) -> Result<Ending, FilterFailure> {
        let mut native = NATIVE.lock().unwrap_or_else(PoisonError::into_inner);
        let tail = native.finish()?;
        if native.redactor.follows() {
            let mut batch = LineBatch::default();
            (0..LINES_TO_FORGET).for_each(|_| batch.push(b"", 0));
            native.process(&batch, None, &mut Edits::default())?;
            assert!(!native.redactor.follows(), "something without an end is followed for ever");
        }
        Ok(tail)
    }
}

/// A redactor that masks [`SECRETS`] and everything that it knows by itself.
struct Native {
    redactor: Redactor,
    edits: sortie_plugin_sdk::Edits,
}

impl Native {
    /// A new one.
    fn new() -> Self {
        let secret = |value: &&str| Secret { path: String::new(), value: (*value).to_owned() };
        let secrets: Vec<Secret> = SECRETS.iter().map(secret).collect();
        let redactor = Redactor::new(&Config::default(), &secrets).expect("the configuration is good");
        Self { redactor, edits: sortie_plugin_sdk::Edits::default() }
    }

    /// What the host searches for it.
    fn interests(&self) -> Vec<Interest> {
        let interests = self.redactor.search().interests();
        let pattern = |pattern| match pattern {
            sortie_plugin_sdk::Pattern::Literal(literal) => Pattern::Literal(literal),
            sortie_plugin_sdk::Pattern::Regex(regex) => Pattern::Regex(regex),
        };
        interests
            .into_iter()
            .map(|interest| Interest { pattern: pattern(interest.pattern), opens: interest.opens })
            .collect()
    }
}

impl LineFilter for Native {
    fn process(
        &mut self,
        batch: &LineBatch,
        hits: Option<&[Hit]>,
        edits: &mut Edits,
    ) -> Result<(), FilterFailure> {
        self.edits.clear();
        let lines = Batch::new(&batch.bytes, &batch.ends, batch.partial);
        match hits {
            Some(hits) => {
                let hits: Vec<GuestHit> = hits.iter().map(guest_hit).collect();
                self.redactor.process_hits(lines, &hits, &mut self.edits);
            }
            None => self.redactor.process(lines, &mut self.edits),
        }
        edits.bytes.extend_from_slice(self.edits.bytes());
        edits.edits.extend(self.edits.edits().iter().map(|edit| Edit {
            line: edit.line,
            action: match edit.action {
                GuestAction::Drop => Action::Drop,
                GuestAction::Replace => Action::Replace,
            },
            end: edit.end,
        }));
        edits.follow = self.redactor.follows();
        Ok(())
    }

    fn finish(&mut self) -> Result<Ending, FilterFailure> {
        let mut ending = Ending::default();
        self.redactor.finish(&mut ending.released.bytes);
        Ok(ending)
    }
}

fn guest_hit(hit: &Hit) -> GuestHit {
    GuestHit { line: hit.line, interest: hit.interest, start: hit.start, end: hit.end }
}
