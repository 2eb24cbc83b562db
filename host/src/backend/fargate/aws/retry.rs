//! Making a call again. Which failures pass is the table's business ([`super::failure`]).

use std::time::Duration;

use super::failure::Class;
use super::failure::Failure;
use crate::backend::backoff::Backoff;

/// So many answers in a row that cannot be read: what AWS sends about one thing does not become readable by
/// being asked for.
const MAX_UNREADABLE: u32 = 3;

/// The failures of one caller, one after the other.
#[derive(Debug, Default)]
pub(crate) struct InARow {
    unreadable: u32,
}

impl InARow {
    /// Whether the call may be made again after this failure.
    pub(crate) fn allows(&mut self, failure: &Failure) -> bool {
        self.unreadable = match failure.class {
            Class::Unreadable => self.unreadable + 1,
            _ => 0,
        };
        failure.is_retryable() && self.unreadable < MAX_UNREADABLE
    }
}

/// Makes a call again while its failures are retryable, for at most `budget`.
pub(crate) async fn with_retries<T, F>(budget: Duration, call: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let start = tokio::time::Instant::now();
    let (mut backoff, mut in_a_row) = (Backoff::for_calls(), InARow::default());
    loop {
        match call().await {
            Err(failure) if in_a_row.allows(&failure) => {
                let pause = backoff.pause();
                if start.elapsed() + pause > budget {
                    return Err(failure);
                }
                tokio::time::sleep(pause).await;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_answer_in_a_row_that_cannot_be_read_is_final() {
        let unreadable = Failure::unreadable("DescribeTasks", "x");
        let refused = Failure::unreached("DescribeTasks", "refused");
        let mut in_a_row = InARow::default();
        let mut allows = |failures: &[&Failure]| -> Vec<bool> {
            failures.iter().map(|failure| in_a_row.allows(failure)).collect()
        };
        assert_eq!(allows(&[&unreadable, &unreadable, &refused, &refused]), [true; 4]);
        assert_eq!(allows(&[&unreadable, &unreadable, &unreadable]), [true, true, false]);
    }
}
