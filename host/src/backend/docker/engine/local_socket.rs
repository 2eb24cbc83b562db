//! The socket of an engine on this machine: on Unix one in the file system, on Windows a named pipe.

use std::io;

use bollard::API_DEFAULT_VERSION;
use bollard::Docker;
use bollard::errors::Error as EngineError;

#[cfg(unix)]
mod system {
    use super::*;

    pub(crate) const SCHEME: &str = "unix://";
    pub(crate) type Stream = tokio::net::UnixStream;

    pub(crate) async fn connect(path: &str) -> io::Result<Stream> {
        Stream::connect(path).await
    }

    pub(crate) fn probe(path: &str) -> io::Result<()> {
        std::os::unix::net::UnixStream::connect(path).map(drop)
    }

    pub(crate) fn open(path: &str, seconds: u64) -> Result<Docker, EngineError> {
        Docker::connect_with_unix(path, seconds, API_DEFAULT_VERSION)
    }
}

#[cfg(windows)]
mod system {
    use tokio::net::windows::named_pipe::ClientOptions;
    use tokio::net::windows::named_pipe::NamedPipeClient;

    use super::*;

    pub(crate) const SCHEME: &str = "npipe://";
    pub(crate) type Stream = NamedPipeClient;

    // It is opened, or not, at once.
    #[expect(clippy::unused_async, reason = "that of Unix waits")]
    pub(crate) async fn connect(path: &str) -> io::Result<Stream> {
        ClientOptions::new().open(path)
    }

    pub(crate) fn probe(path: &str) -> io::Result<()> {
        std::fs::File::options().read(true).write(true).open(path).map(drop)
    }

    pub(crate) fn open(path: &str, seconds: u64) -> Result<Docker, EngineError> {
        Docker::connect_with_named_pipe(path, seconds, API_DEFAULT_VERSION)
    }
}

/// What the address of such a socket begins with: the rest is its path.
pub(crate) const SCHEME: &str = system::SCHEME;

/// A connection to it.
pub(crate) async fn connect(path: &str) -> io::Result<system::Stream> {
    system::connect(path).await
}

/// Whether it is there, and may be used.
pub(crate) fn probe(path: &str) -> io::Result<()> {
    system::probe(path)
}

/// The engine's client; a call may take so many seconds.
pub(crate) fn open(path: &str, seconds: u64) -> Result<Docker, EngineError> {
    system::open(path, seconds)
}
