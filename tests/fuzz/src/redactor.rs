//! The redactor as a filter of the host, without a sandbox.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;

use sortie_lines::Edits;
use sortie_lines::Ending;
use sortie_lines::FilterFailure;
use sortie_lines::Gate;
use sortie_lines::Hit;
use sortie_lines::LineBatch;
use sortie_lines::LineFilter;
use sortie_lines::Pieces;
use sortie_lines::Stage;
use sortie_plugin_redact::Config;
use sortie_plugin_redact::Redactor;
use sortie_plugin_redact::config::Secret;
use sortie_plugin_sdk::filter::native::Native;
use sortie_plugin_sdk::filter::native::interests;

/// What must never be printed.
pub const SECRETS: &[&str] = &["hunter2", "ter2xx", "line one", "line two", "p%40ss:w/rd", "a\"b\\c"];

/// Longer than any private key without an end is followed.
const LINES_TO_FORGET: usize = 400;

/// One stream of the one redactor: to make another takes a thousand times as long as to use it.
struct Shared;

static NATIVE: LazyLock<Mutex<Native<Redactor>>> = LazyLock::new(|| Mutex::new(Native::new(redactor())));

/// The redactor at the start of a stream, behind the host's gate or without one. Only one may be in
/// use, and its stream must be finished.
pub fn stage(gated: bool) -> Stage {
    static GATE: LazyLock<Arc<Gate>> = LazyLock::new(|| {
        let native = NATIVE.lock().unwrap_or_else(PoisonError::into_inner);
        let interests = interests(native.filter().search().interests());
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
        if native.filter().follows() {
            let mut batch = LineBatch::default();
            (0..LINES_TO_FORGET).for_each(|_| batch.push(b"", 0));
            native.process(&batch, None, &mut Edits::default())?;
            assert!(!native.filter().follows(), "something without an end is followed for ever");
        }
        Ok(tail)
    }
}

/// A redactor that masks [`SECRETS`] and everything that it knows by itself.
fn redactor() -> Redactor {
    let secret = |value: &&str| Secret { path: String::new(), value: (*value).to_owned() };
    let secrets: Vec<Secret> = SECRETS.iter().map(secret).collect();
    Redactor::new(&Config::default(), &secrets).expect("the configuration is good")
}
