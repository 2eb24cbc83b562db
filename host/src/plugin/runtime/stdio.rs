//! The standard streams of one instance: nobody sees them, and their ends are kept for the error
//! that a guest may end with.
//!
//! Writing always succeeds. A guest that prints more than is kept (a library's debug lines, a
//! forgotten `print`) does nothing wrong, and what it says last is what explains its end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::IsTerminal;
use wasmtime_wasi::cli::StdoutStream;
use wasmtime_wasi::p2::OutputStream;
use wasmtime_wasi::p2::Pollable;
use wasmtime_wasi::p2::StreamResult;

use super::text::clean;

/// Standard output and standard error.
pub(crate) struct Stdio {
    pub(crate) stdout: Tail,
    pub(crate) stderr: Tail,
}

impl Stdio {
    /// Keeps the last `capacity` bytes of each.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { stdout: Tail::new(capacity), stderr: Tail::new(capacity) }
    }

    /// The end of what was written, for a person: standard error if there is any, else standard
    /// output; at most `max` characters.
    pub(crate) fn last_words(&self, max: usize) -> String {
        [&self.stderr, &self.stdout]
            .into_iter()
            .map(|stream| stream.last_words(max))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }
}

/// A stream that takes everything and keeps its end. Clones are the same stream.
#[derive(Clone)]
pub(crate) struct Tail {
    capacity: usize,
    kept: Arc<Mutex<VecDeque<u8>>>,
}

impl Tail {
    fn new(capacity: usize) -> Self {
        Self { capacity, kept: Arc::default() }
    }

    fn keep(&self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(self.capacity)..];
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let excess = (kept.len() + bytes.len()).saturating_sub(self.capacity);
        kept.drain(..excess);
        kept.extend(bytes);
    }

    fn last_words(&self, max: usize) -> String {
        let kept: Vec<u8> =
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        let text = String::from_utf8_lossy(&kept);
        let skipped = text.chars().count().saturating_sub(max);
        clean(&text.chars().skip(skipped).collect::<String>(), max)
    }
}

impl IsTerminal for Tail {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Tail {
    /// For WASI 0.3, which no plugin may import.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Tail {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.keep(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    /// What one write may hold, not what is left: there is always room.
    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(self.capacity)
    }
}

#[async_trait]
impl Pollable for Tail {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bytes_are_kept_however_many_are_written() {
        let stdio = Stdio::new(8);
        for text in ["one ", "two ", "three ", "", "a line longer than all that is kept: end"] {
            stdio.stdout.keep(text.as_bytes());
            assert!(stdio.stdout.kept.lock().expect("no panic").len() <= 8);
        }
        assert_eq!(stdio.last_words(100), "ept: end");
        assert_eq!(stdio.last_words(3), "end");
    }

    #[test]
    fn standard_error_says_more_than_standard_output() {
        let stdio = Stdio::new(100);
        stdio.stdout.keep(b"progress");
        assert_eq!(stdio.last_words(100), "progress");
        stdio.stderr.keep(b"the reason");
        assert_eq!(stdio.last_words(100), "the reason");
    }
}
