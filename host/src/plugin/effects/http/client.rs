//! Sending one request.
//!
//! TLS trusts the machine's certificates; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others, as for requests to
//! AWS. What it takes (the certificates, a runtime on the calling thread) is made for the first request.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use http_body_util::Full;
use hyper::HeaderMap;
use hyper::Request;
use hyper::Response;
use hyper::body::Body as _;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::CONTENT_ENCODING;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::HttpResponse;
use super::address;
use super::policy::Checked;
use crate::plugin::effects::EffectCode;
use crate::plugin::effects::EffectError;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::trust::http_url::Host;

/// Finds the addresses of a name.
#[async_trait]
pub(super) trait Resolver: Send + Sync {
    /// The addresses, each with this port, in the order in which they should be tried.
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// As the machine does it.
struct System;

#[async_trait]
impl Resolver for System {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, port)).await?.collect())
    }
}

/// The certificates that are trusted, or why there are none.
type Roots = Box<dyn Fn() -> Result<RootCertStore, String> + Send + Sync>;

/// Sends requests, one at a time.
pub(super) struct Client {
    resolver: Box<dyn Resolver>,
    roots: Roots,
    /// Made on first use, as is the next.
    runtime: Option<Runtime>,
    tls: Option<TlsConnector>,
}

/// Why there is no answer: for a program, and for a person. It may hold a secret.
type Failure = (EffectCode, String);

impl Default for Client {
    fn default() -> Self {
        Self::with(Box::new(System), Box::new(machines_certificates))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping it would wait for a lookup that was given up.
            runtime.shutdown_background();
        }
    }
}

impl Client {
    pub(super) fn with(resolver: Box<dyn Resolver>, roots: Roots) -> Self {
        Self { resolver, roots, runtime: None, tls: None }
    }

    /// Sends a request and waits for the answer, which comes without the request's secrets.
    pub(super) fn send(&mut self, limits: &Limits, request: Checked) -> Result<HttpResponse, EffectError> {
        match self.answer(limits, &request) {
            Ok(HttpResponse { status, headers, body }) => {
                let secrets = &request.secrets;
                let hide = |(name, value): (String, String)| (name, secrets.hide_in(&value));
                let headers = headers.into_iter().map(hide).collect();
                Ok(HttpResponse { status, headers, body: secrets.hide(body) })
            }
            Err((code, reason)) => {
                Err(EffectError::new(code, &request.tried, request.secrets.hide_in(&reason)))
            }
        }
    }

    fn answer(&mut self, limits: &Limits, request: &Checked) -> Result<HttpResponse, Failure> {
        let tls = match request.url.is_https() {
            true => Some(self.tls()?),
            false => None,
        };
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => Builder::new_current_thread().enable_io().enable_time().build().map_err(io_failure)?,
        };
        let runtime = self.runtime.insert(runtime);
        let exchange = exchange(&*self.resolver, tls, limits, request);
        // Within the runtime, for it starts a timer.
        match runtime.block_on(async { timeout(request.time, exchange).await }) {
            Ok(answer) => answer,
            Err(_) => {
                let time = humantime::format_duration(request.time);
                Err((EffectCode::Timeout, format!("no answer within {time}")))
            }
        }
    }

    fn tls(&mut self) -> Result<TlsConnector, Failure> {
        if let Some(tls) = &self.tls {
            return Ok(tls.clone());
        }
        let roots = (self.roots)().map_err(|reason| (EffectCode::Io, reason))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| (EffectCode::Unsupported, error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(self.tls.insert(TlsConnector::from(Arc::new(config))).clone())
    }
}

/// The certificates of the machine, those left out that cannot be read.
fn machines_certificates() -> Result<RootCertStore, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    match (roots.is_empty(), found.errors.first()) {
        (false, _) => Ok(roots),
        (true, None) => Err("there are no certificates on this machine to trust".to_owned()),
        (true, Some(error)) => Err(format!("the machine's certificates cannot be read: {error}")),
    }
}

/// All that the time limit is about.
async fn exchange(
    resolver: &dyn Resolver,
    tls: Option<TlsConnector>,
    limits: &Limits,
    request: &Checked,
) -> Result<HttpResponse, Failure> {
    let addresses = addresses(resolver, request).await?;
    let stream = connect(&addresses, request.time).await?;
    // So that a small request leaves at once; without it, it leaves later.
    stream.set_nodelay(true).ok();
    let Some(tls) = tls else { return talk(stream, limits, request).await };
    let name = match request.url.host() {
        Host::Address(address) => ServerName::IpAddress((*address).into()),
        Host::Name(name) => ServerName::try_from(name.clone())
            .map_err(|_| (EffectCode::Invalid, "its host is no name that a certificate has".to_owned()))?,
    };
    let stream = tls.connect(name, stream).await.map_err(tls_failure)?;
    talk(stream, limits, request).await
}

/// Where the request leads: all addresses, each of which may be connected to.
async fn addresses(resolver: &dyn Resolver, request: &Checked) -> Result<Vec<SocketAddr>, Failure> {
    let port = request.url.port();
    let found = match request.url.host() {
        Host::Address(address) => vec![SocketAddr::new(*address, port)],
        Host::Name(name) => resolver.resolve(name, port).await.map_err(|error| {
            // The system's own text says no more, in words for programmers; and the name may be a secret.
            (EffectCode::Io, format!("the name of its host has no address: {}", error.kind()))
        })?,
    };
    if found.is_empty() {
        return Err((EffectCode::Io, "the name of its host has no address".to_owned()));
    }
    match found.iter().find_map(|found| address::refusal(found.ip(), &request.addresses)) {
        Some(reason) => Err((EffectCode::Denied, reason)),
        None => Ok(found),
    }
}

/// Connects to the first address that answers. Each has an equal share of the time, lest one that is silent
/// take all of it.
async fn connect(addresses: &[SocketAddr], time: Duration) -> Result<TcpStream, Failure> {
    let share = time / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut last = (EffectCode::Io, "the name of its host has no address".to_owned());
    for address in addresses {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = (EffectCode::Io, format!("cannot connect: {}", error.kind())),
            Err(_) => last = (EffectCode::Timeout, "nobody answers at its address".to_owned()),
        }
    }
    Err(last)
}

/// Sends the request, and reads the answer while the connection is driven.
async fn talk<S>(stream: S, limits: &Limits, request: &Checked) -> Result<HttpResponse, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(limits.http_header_bytes.max(MIN_BUFFER))
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(http_failure)?;
    let mut message = Request::new(Full::new(request.body.clone()));
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = request.url.target().parse().map_err(|_| {
        let reason = "its path or query cannot be sent".to_owned();
        (EffectCode::Invalid, reason)
    })?;
    *message.headers_mut() = request.headers.clone();
    let answer = async {
        let answer = sender.send_request(message).await.map_err(http_failure)?;
        read(answer, limits).await
    };
    // What ends the connection is told by the answer, be it there or not.
    let connection = async {
        connection.await.ok();
        pending::<Infallible>().await
    };
    tokio::select! {
        answer = answer => answer,
        never = connection => match never {},
    }
}

/// What the HTTP library needs at least, in bytes.
const MIN_BUFFER: usize = 8 * 1024;

async fn read(answer: Response<Incoming>, limits: &Limits) -> Result<HttpResponse, Failure> {
    let status = answer.status().as_u16();
    if let Some(encoding) = answer.headers().get(CONTENT_ENCODING).filter(|value| *value != "identity") {
        let encoding = String::from_utf8_lossy(encoding.as_bytes());
        return Err((EffectCode::Unsupported, format!("the answer is encoded ({encoding}), unasked")));
    }
    let headers = known_headers(answer.headers());
    let may = limits.http_response_bytes;
    let too_large = || (EffectCode::TooLarge, format!("the answer has more than {may} bytes"));
    let mut incoming = answer.into_body();
    if incoming.size_hint().lower() > may as u64 {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        // What is no data are trailers, which are left out.
        if let Ok(data) = frame.map_err(http_failure)?.into_data() {
            if data.len() > may - body.len() {
                return Err(too_large());
            }
            body.extend_from_slice(&data);
        }
    }
    Ok(HttpResponse { status, headers, body })
}

/// Headers of an answer that the plugin gets to see. Others may be of a proxy, set a cookie, or tell more of
/// the server than the plugin has to know.
fn known_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    const KNOWN: [&str; 7] =
        ["content-type", "content-length", "date", "retry-after", "location", "etag", "x-request-id"];
    let is_known = |name: &str| {
        KNOWN.contains(&name) || name.starts_with("ratelimit-") || name.starts_with("x-ratelimit-")
    };
    let known = headers.iter().filter(|(name, _)| is_known(name.as_str()));
    // A value that is not ASCII is left out.
    known.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
}

fn io_failure(error: io::Error) -> Failure {
    (EffectCode::Io, error.kind().to_string())
}

fn tls_failure(error: io::Error) -> Failure {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let reason = match tls {
        Some(rustls::Error::InvalidCertificate(why)) => {
            format!("its certificate is not trusted: {why} (SSL_CERT_FILE names certificates to trust)")
        }
        Some(other) => format!("TLS failed: {other}"),
        None => format!("TLS failed: {}", error.kind()),
    };
    (EffectCode::Io, reason)
}

fn http_failure(error: hyper::Error) -> Failure {
    if error.is_parse_too_large() {
        return (EffectCode::TooLarge, "the answer's headers are too large".to_owned());
    }
    if error.is_incomplete_message() {
        return (EffectCode::Io, "the connection ended before the answer did".to_owned());
    }
    if error.is_parse() {
        return (EffectCode::Io, "the answer is not HTTP".to_owned());
    }
    // Below it may be an error of the system or of TLS.
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        match inner.downcast_ref::<io::Error>() {
            Some(io) => return (EffectCode::Io, format!("the connection failed: {}", io.kind())),
            None => cause = inner.source(),
        }
    }
    (EffectCode::Io, error.to_string())
}
