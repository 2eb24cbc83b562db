//! Ordinary logs, which hold no secret.

mod builds;
mod code;
mod operations;

use sortie_lines::LineBatch;

use crate::template::Random;

/// Every template, in turn.
fn templates() -> impl Iterator<Item = &'static str> {
    [builds::BUILDS, operations::OPERATIONS, code::CODE].into_iter().flatten().copied()
}

/// How many templates there are.
pub(crate) fn count() -> usize {
    templates().count()
}

/// A log of so many lines, in batches; each template is in it as often as any other one. Always the same.
pub(crate) fn log(lines: usize) -> Vec<LineBatch> {
    let random = &mut Random::new(0x2545_f491_4f6c_dd1d);
    let mut batches = Vec::new();
    let mut batch = LineBatch::default();
    for template in templates().collect::<Vec<_>>().into_iter().cycle().take(lines) {
        batch.push(random.fill(template).text.as_bytes(), 0);
        if batch.is_full() {
            batches.push(std::mem::take(&mut batch));
        }
    }
    batches.push(batch);
    batches
}
