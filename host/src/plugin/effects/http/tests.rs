//! Requests to real servers on this machine.

use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use async_trait::async_trait;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;

use super::Http;
use super::HttpRequest;
use super::HttpResponse;
use super::client::Client;
use super::client::Resolver;
use crate::plugin::effects::EffectCode;
use crate::plugin::effects::EffectError;
use crate::plugin::effects::Effects;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::trust::grant::GrantSet;
use crate::plugin::trust::grant::Need;
use crate::plugin::trust::http_grant::HttpNeed;

/// A server that does the same to each connection, and tells what it was sent.
struct Server {
    address: SocketAddr,
    requests: mpsc::Receiver<String>,
}

impl Server {
    fn start(at: &str, answer: impl Fn(TcpStream, &mpsc::Sender<String>) + Send + 'static) -> Self {
        let listener = TcpListener::bind(at).expect("binds");
        let address = listener.local_addr().expect("an address");
        let (sender, requests) = mpsc::channel();
        // It ends with the process of the tests.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &sender);
            }
        });
        Self { address, requests }
    }

    /// One that answers this to each request.
    fn answering(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::start("127.0.0.1:0", move |mut stream, requests| {
            requests.send(request(&mut stream)).ok();
            stream.write_all(&response).ok();
        })
    }

    /// One that answers with the request that it got.
    fn echoing() -> Self {
        Self::start("127.0.0.1:0", |mut stream, requests| {
            let request = request(&mut stream);
            stream.write_all(&ok(&[], &request)).ok();
            requests.send(request).ok();
        })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn request(&self) -> String {
        self.requests.recv_timeout(Duration::from_secs(5)).expect("a request")
    }

    fn was_asked(&self) -> bool {
        self.requests.recv_timeout(Duration::from_millis(50)).is_ok()
    }
}

/// The request on a stream, as far as its `content-length` says that it goes.
fn request(stream: &mut impl Read) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    let is_over = |request: &[u8]| {
        let text = String::from_utf8_lossy(request);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        Some(body.len() >= length.map_or(0, |length| length.parse().expect("a number")))
    };
    while is_over(&request) != Some(true) && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        request.push(byte[0]);
    }
    String::from_utf8(request).expect("text")
}

fn ok(headers: &[&str], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Answers with one list of addresses after the other, and then with the last one again.
struct Scripted {
    answers: Vec<Vec<IpAddr>>,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Resolver for Scripted {
    async fn resolve(&self, _name: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = &self.answers[asked.min(self.answers.len() - 1)];
        Ok(answer.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }
}

fn scripted(answers: &[&[&str]]) -> (Http, Arc<AtomicUsize>) {
    let address = |text: &&str| text.parse().expect("an address");
    let answers = answers.iter().map(|answer| answer.iter().map(address).collect()).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let resolver = Scripted { answers, asked: Arc::clone(&asked) };
    (Http::with(Client::with(Box::new(resolver), Box::new(|| Ok(RootCertStore::empty())))), asked)
}

/// A set of grants for a plugin that asks for any.
fn granted(grants: &[String]) -> GrantSet {
    let grants: Vec<_> = grants.iter().map(|text| text.parse().expect(text)).collect();
    let (set, unresolved) = GrantSet::resolve(&grants, |name| match name {
        "TOKEN" => Some("hunter2/\"x".into()),
        name => name.strip_prefix("URL_").map(|port| format!("http://127.0.0.1:{port}/s3cret?k=1").into()),
    });
    assert_eq!(unresolved, []);
    set.narrowed_to(&[Need::Http(HttpNeed::Any)])
}

fn get(url: impl Into<String>) -> HttpRequest {
    HttpRequest { method: "GET".to_owned(), url: url.into(), ..HttpRequest::default() }
}

fn send(http: &mut Http, grants: &GrantSet, request: HttpRequest) -> Result<HttpResponse, EffectError> {
    http.send(grants, &Limits::default(), request)
}

/// Sends one GET that is granted.
fn get_of(server: &Server) -> Result<HttpResponse, EffectError> {
    let grants = granted(&[format!("http:GET:{}", server.url("/"))]);
    send(&mut Http::default(), &grants, get(server.url("/")))
}

fn code(answer: Result<HttpResponse, EffectError>) -> EffectCode {
    answer.expect_err("no answer").code
}

#[test]
fn a_request_arrives_with_what_the_host_fills_in() {
    let server =
        Server::answering(ok(&["content-type: text/plain", "set-cookie: a=b", "server: x"], "thanks"));
    let grants = granted(&[format!("http:POST:{}#Authorization=Bearer $TOKEN", server.url("/hooks"))]);
    let mut effects = Effects::default();
    effects.set_plugin("chat");
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: server.url("/hooks/x?y=1"),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: b"{\"text\":\"done\"}".to_vec(),
        timeout_ms: 0,
    };
    let answer = effects.http(&grants, &Limits::default(), request).expect("an answer");
    let content = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers, [content("content-type", "text/plain"), content("content-length", "6")]);
    assert_eq!(answer.body, b"thanks");
    let sent = server.request();
    let (head, body) = sent.split_once("\r\n\r\n").expect("a request");
    assert_eq!(body, "{\"text\":\"done\"}");
    let mut lines: Vec<&str> = head.lines().collect();
    lines[1..].sort_unstable();
    let host = format!("host: {}", server.address);
    let agent = concat!("user-agent: sortie/", env!("CARGO_PKG_VERSION"), " (plugin chat)");
    assert_eq!(
        lines,
        [
            "POST /hooks/x?y=1 HTTP/1.1",
            "accept-encoding: identity",
            "authorization: Bearer hunter2/\"x",
            "connection: close",
            "content-length: 15",
            "content-type: application/json",
            &host,
            agent,
        ]
    );
    assert!(effects.take_host_time() > Duration::ZERO);
    assert_eq!(effects.take_host_time(), Duration::ZERO);
}

#[test]
fn a_server_that_tells_what_it_was_asked_tells_no_secret() {
    let server = Server::echoing();
    let grants = granted(&[format!("http:GET:{}#X-Token=$TOKEN", server.url("/"))]);
    let answer = send(&mut Http::default(), &grants, get(server.url("/"))).expect("an answer");
    let body = String::from_utf8(answer.body).expect("text");
    assert!(body.contains("x-token: ***\r\n") && !body.contains("hunter2"), "{body}");
    assert!(server.request().contains("x-token: hunter2/\"x\r\n"));

    let location = "location: /x?token=hunter2%2F%22x&to=http://127.0.0.1";
    let server = Server::answering(ok(&[location, "etag: hunter2/\"x"], r#""hunter2\/\"x""#));
    let grants = granted(&[format!("http:GET:{}#X-Token=$TOKEN", server.url("/"))]);
    let answer = send(&mut Http::default(), &grants, get(server.url("/"))).expect("an answer");
    assert_eq!(answer.headers[0].1, "/x?token=***&to=http://127.0.0.1");
    assert_eq!(answer.headers[1].1, "***");
    assert_eq!(answer.body, b"\"***\"");
}

#[test]
fn a_secret_url_is_named_and_never_told() {
    let server = Server::echoing();
    let variable = format!("URL_{}", server.address.port());
    let grants = granted(&[format!("http:GET:${variable}")]);
    let mut http = Http::default();
    let answer = send(&mut http, &grants, get(format!("${variable}"))).expect("an answer");
    let body = String::from_utf8(answer.body).expect("text");
    assert!(body.starts_with("GET *** HTTP/1.1\r\n"), "{body}");
    assert!(server.request().starts_with("GET /s3cret?k=1 HTTP/1.1\r\n"));
    // A port where nobody listens.
    let grants = granted(&["http:GET:$URL_1".to_owned()]);
    let error = send(&mut http, &grants, get("$URL_1")).expect_err("nobody listens");
    assert_eq!(error.to_string(), "GET `$URL_1`: cannot connect: connection refused");
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Server::answering(ok(&[], ""));
    let location = other.url("/there");
    let server =
        Server::answering(format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"));
    let grants = granted(&[format!("http:GET:{}", server.url("/")), format!("http:GET:{}", other.url("/"))]);
    let answer = send(&mut Http::default(), &grants, get(server.url("/"))).expect("an answer");
    assert_eq!(answer.status, 302);
    assert_eq!(answer.headers[0], ("location".to_owned(), location));
    assert!(server.was_asked() && !server.was_asked() && !other.was_asked());
}

#[test]
fn a_server_that_is_slow_is_given_up() {
    // It answers a byte at a time, and never comes to an end.
    let server = Server::start("127.0.0.1:0", |mut stream, _| {
        request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").ok();
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let grants = granted(&[format!("http:GET:{}", server.url("/"))]);
    let began = Instant::now();
    let request = HttpRequest { timeout_ms: 200, ..get(server.url("/")) };
    let error = send(&mut Http::default(), &grants, request).expect_err("no answer");
    assert_eq!(error.code, EffectCode::Timeout);
    assert_eq!(error.message, format!("GET `{}`: no answer within 200ms", server.url("/")));
    let limits = Limits { http_time: Duration::from_millis(100), ..Limits::default() };
    let request = HttpRequest { timeout_ms: u32::MAX, ..get(server.url("/")) };
    assert_eq!(code(Http::default().send(&grants, &limits, request)), EffectCode::Timeout);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_answer_that_is_too_large_is_refused() {
    let limit = Limits::default().http_response_bytes;
    let fits = Server::answering(ok(&[], &"x".repeat(limit)));
    assert_eq!(get_of(&fits).expect("an answer").body.len(), limit);
    let told = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", limit + 1);
    assert_eq!(code(get_of(&Server::answering(told))), EffectCode::TooLarge);
    let chunk = format!("{:x}\r\n{}\r\n", limit, "x".repeat(limit));
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n");
    assert_eq!(code(get_of(&Server::answering(chunked))), EffectCode::TooLarge);
    let until_closed = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(limit + 1));
    assert_eq!(code(get_of(&Server::answering(until_closed))), EffectCode::TooLarge);
    let header = format!("x: {}", "x".repeat(limit));
    assert_eq!(code(get_of(&Server::answering(ok(&[&header], "")))), EffectCode::TooLarge);
}

#[test]
fn a_server_that_fails_half_way_is_an_error() {
    for response in
        ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", "nonsense\r\n\r\n"]
    {
        let error = get_of(&Server::answering(response)).expect_err("no answer");
        assert_eq!(error.code, EffectCode::Io, "{response:?}: {error}");
    }
    let encoded = get_of(&Server::answering(ok(&["content-encoding: gzip"], "x")));
    assert_eq!(code(encoded), EffectCode::Unsupported);
}

#[test]
fn a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked() {
    // Public first (in a block that nobody has), then this machine, where a server waits.
    let server = Server::answering(ok(&[], ""));
    let (mut http, asked) = scripted(&[&["2000::1"], &["127.0.0.1"]]);
    let url = format!("http://rebinding.example:{}/", server.address.port());
    let grants = granted(&[format!("http:GET:{url}")]);
    let first = send(&mut http, &grants, HttpRequest { timeout_ms: 200, ..get(url.clone()) });
    assert!([EffectCode::Io, EffectCode::Timeout].contains(&code(first)));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // The next request asks again, and is refused.
    let second = send(&mut http, &grants, get(url)).expect_err("refused");
    assert_eq!(second.code, EffectCode::Denied);
    assert!(second.message.contains("it leads to 127.0.0.1, a loopback address"), "{second}");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert!(!server.was_asked());
}

#[test]
#[cfg(target_os = "linux")] // Elsewhere this machine has but one address of its own.
fn a_name_that_changes_its_mind_meanwhile_leads_where_it_led_at_first() {
    let checked = Server::answering(ok(&[], "checked"));
    let port = checked.address.port();
    let other = Server::start(&format!("127.0.0.2:{port}"), |_, requests| {
        requests.send(String::new()).ok();
    });
    let (mut http, asked) = scripted(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let url = format!("http://rebinding.example:{port}/");
    let grants = granted(&[format!("http:GET:{url}#address=127.0.0.1")]);
    assert_eq!(send(&mut http, &grants, get(url)).expect("an answer").body, b"checked");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(checked.request().contains(&format!("host: rebinding.example:{port}\r\n")));
    assert!(!other.was_asked());
}

#[test]
fn one_address_that_is_refused_refuses_them_all() {
    let server = Server::answering(ok(&[], ""));
    let url = format!("http://mixed.example:{}/", server.address.port());
    let grants = granted(&[format!("http:GET:{url}#address=127.0.0.1")]);
    for addresses in [
        &["127.0.0.1", "10.0.0.1"][..],
        &["10.0.0.1", "127.0.0.1"],
        &["127.0.0.1", "::ffff:169.254.169.254"],
        &["127.0.0.1", "::1"],
    ] {
        let (mut http, _) = scripted(&[addresses]);
        assert_eq!(code(send(&mut http, &grants, get(url.clone()))), EffectCode::Denied, "{addresses:?}");
    }
    let (mut http, _) = scripted(&[&[]]);
    assert_eq!(code(send(&mut http, &grants, get(url))), EffectCode::Io);
    assert!(!server.was_asked());
}

#[test]
fn the_machines_own_resolver_is_no_way_round() {
    let server = Server::answering(ok(&[], ""));
    let url = format!("http://localhost:{}/", server.address.port());
    let grants = granted(&[format!("http:GET:{url}")]);
    assert_eq!(code(send(&mut Http::default(), &grants, get(url.clone()))), EffectCode::Denied);
    assert!(!server.was_asked());
    let grants = granted(&[format!("http:GET:{url}#address=127.0.0.1#address=::1")]);
    assert_eq!(send(&mut Http::default(), &grants, get(url)).expect("an answer").status, 200);
}

#[test]
fn requests_are_counted() {
    let server = Server::answering(ok(&[], ""));
    let grants = granted(&[format!("http:GET:{}", server.url("/"))]);
    let limits = Limits { http_requests: 2, ..Limits::default() };
    let mut http = Http::default();
    for expected in [Ok(200), Ok(200), Err(EffectCode::TooLarge)] {
        let answer = http.send(&grants, &limits, get(server.url("/")));
        assert_eq!(answer.map(|answer| answer.status).map_err(|error| error.code), expected);
    }
}

const CERTIFICATE: &[u8] = include_bytes!("../../../../../tests/emulators/tls/certificate.pem");
const KEY: &[u8] = include_bytes!("../../../../../tests/emulators/tls/key.pem");

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(CERTIFICATE).expect("a certificate")
}

/// A server whose certificate is of `localhost`.
fn tls_server() -> Server {
    let key = PrivateKeyDer::from_pem_slice(KEY).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate()], key)
        .expect("a key that fits");
    let config = Arc::new(config);
    Server::start("127.0.0.1:0", move |stream, requests| {
        let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
        let mut stream = StreamOwned::new(connection, stream);
        let request = request(&mut stream);
        if !request.is_empty() {
            requests.send(request).ok();
            stream.write_all(&ok(&[], "safe")).ok();
            stream.conn.send_close_notify();
            stream.flush().ok();
        }
    })
}

/// A client that trusts the server's certificate or none, for which every name is this machine, and that
/// counts how often it looks for certificates.
fn tls_client(trusts: bool) -> (Http, Arc<Mutex<usize>>) {
    let resolver = Scripted { answers: vec![vec![[127, 0, 0, 1].into()]], asked: Arc::default() };
    let loaded = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&loaded);
    let roots = move || {
        *counter.lock().expect("a lock") += 1;
        let mut roots = RootCertStore::empty();
        if trusts {
            roots.add(certificate()).expect("a certificate");
        }
        Ok(roots)
    };
    (Http::with(Client::with(Box::new(resolver), Box::new(roots))), loaded)
}

#[test]
fn certificates_are_checked() {
    let server = tls_server();
    let url = |host: &str| format!("https://{host}:{}/x", server.address.port());
    let grants = ["localhost", "other.example"]
        .map(|host| format!("http:GET:{}#Authorization=Bearer $TOKEN#address=127.0.0.1", url(host)));
    let grants = granted(&grants);
    let (mut http, loaded) = tls_client(true);
    assert_eq!(*loaded.lock().expect("a lock"), 0);
    for _ in 0..2 {
        assert_eq!(send(&mut http, &grants, get(url("localhost"))).expect("an answer").body, b"safe");
        assert!(server.request().contains("authorization: Bearer hunter2"));
    }
    assert_eq!(*loaded.lock().expect("a lock"), 1);
    let (mut other, _) = tls_client(false);
    for (http, host) in [(&mut http, "other.example"), (&mut other, "localhost")] {
        let error = send(http, &grants, get(url(host))).expect_err(host);
        assert_eq!(error.code, EffectCode::Io);
        assert!(error.message.contains("its certificate is not trusted"), "{error}");
    }
    assert!(!server.was_asked());
}
