//! A GET whose answer is taken as it comes: the client's own types know only the states that Docker has,
//! and refuse a whole list for one container that Podman calls `stopped`.

use http_body_util::BodyExt as _;
use http_body_util::Empty;
use hyper::Request;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use super::CALL_TIMEOUT;
use super::local_socket;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The answer to a GET of `path` at an engine's address; `None`: there is no such thing.
///
/// # Errors
///
/// The connection's, the engine's own words, no answer in time, or one that is not JSON.
pub(crate) async fn get(address: &str, path: &str) -> Result<Option<Value>, Error> {
    let answer = async {
        match address.strip_prefix(local_socket::SCHEME) {
            Some(socket) => exchange(local_socket::connect(socket).await?, "localhost", path).await,
            None => {
                let host = address.split_once("://").map_or(address, |(_, host)| host).trim_end_matches('/');
                exchange(TcpStream::connect(host).await?, host, path).await
            }
        }
    };
    let answer = tokio::time::timeout(CALL_TIMEOUT, answer).await;
    answer.unwrap_or_else(|_| Err(format!("no answer within {CALL_TIMEOUT:?}").into()))
}

async fn exchange<S>(stream: S, host: &str, path: &str) -> Result<Option<Value>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the sender.
    tokio::spawn(connection);
    let request = Request::get(path).header(HOST, host).body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    if status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if !status.is_success() {
        return Err(format!("{status}: {}", String::from_utf8_lossy(&body).trim()).into());
    }
    Ok(Some(serde_json::from_slice(&body)?))
}
