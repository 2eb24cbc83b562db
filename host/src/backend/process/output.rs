//! One pipe for both of the child's streams, so that lines keep the order in which they were
//! written, as they do in a container's log.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;

use crate::backend::Until;
use crate::lines::LineBatch;
use crate::lines::framing::Framer;
use crate::report::ContainerLog;
use crate::stream::LineSender;
use crate::unix_time;

/// How long output is still read after the process has ended. The pipe ends by itself unless
/// something that left the process group still holds it.
const DRAIN: Duration = Duration::from_secs(1);

/// Bytes read at once: the capacity of a Linux pipe (pipe(7)).
const READ: usize = 64 * 1024;

/// What a pipe can hold at most without privileges (pipe(7), /proc/sys/fs/pipe-max-size), in bytes.
const MAX_PIPE: usize = 1 << 20;

/// The reading end.
#[derive(Debug)]
pub(super) struct Output(Receiver);

impl Output {
    pub(super) fn new(reader: io::PipeReader) -> io::Result<Self> {
        Receiver::from_owned_fd(OwnedFd::from(reader)).map(Self)
    }

    /// Sends all lines, in order, until the pipe ends.
    pub(super) async fn stream(
        mut self,
        container: String,
        lines: &LineSender,
        until: Until,
    ) -> ContainerLog {
        let mut incomplete = None;
        let mut framer = Framer::default();
        let mut buffer = vec![0; READ];
        let mut batches = Vec::new();
        let deadline = async {
            match until {
                Until::Now => {}
                // An error means that nobody watches the process any more; reading goes on.
                Until::End(mut ended) => {
                    let seen = ended.wait_for(Option::is_some).await.is_ok();
                    match seen {
                        true => tokio::time::sleep(DRAIN).await,
                        false => std::future::pending::<()>().await,
                    }
                }
            }
        };
        tokio::pin!(deadline);
        loop {
            let read = tokio::select! {
                // The deadline first: what still writes must not be able to put it off.
                biased;
                () = &mut deadline => {
                    // What the pipe holds already was written in time, however slow the reader of
                    // standard output is.
                    if !self.empty(&mut buffer, &mut framer, &mut batches) {
                        incomplete = Some("a background process still holds the output".into());
                    }
                    break;
                }
                read = self.0.read(&mut buffer) => read,
            };
            match read {
                Ok(0) => break,
                Ok(n) => framer.feed(&buffer[..n], unix_time::now(), &mut batches),
                Err(error) => {
                    incomplete = Some(format!("its output cannot be read: {error}"));
                    break;
                }
            }
            framer.flush(&mut batches);
            send(&mut batches, lines).await;
        }
        framer.finish(unix_time::now(), &mut batches);
        send(&mut batches, lines).await;
        lines.ended(0);
        lines.log(0, &container, incomplete)
    }
}

impl Output {
    /// Reads what is in the pipe now; whether it has ended.
    fn empty(&mut self, buffer: &mut [u8], framer: &mut Framer, batches: &mut Vec<LineBatch>) -> bool {
        let mut left = MAX_PIPE;
        while left > 0 {
            match self.0.try_read(buffer) {
                Ok(0) => return true,
                Ok(n) => {
                    left = left.saturating_sub(n);
                    framer.feed(&buffer[..n], unix_time::now(), batches);
                }
                Err(_) => return false,
            }
        }
        false
    }
}

async fn send(batches: &mut Vec<LineBatch>, lines: &LineSender) {
    for batch in batches.drain(..) {
        lines.send(0, batch, None).await;
    }
}
