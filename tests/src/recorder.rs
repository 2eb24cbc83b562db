//! An HTTP/1.1 proxy in front of one service, which keeps every call with the time it came in.
//!
//! It is what a test points sortie at. It changes nothing: an answer that the service (or the
//! fault proxy before it) breaks off reaches sortie broken off.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

/// One AWS call.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// `ecs`, `logs`, `scheduler`, `ec2` or `sts`.
    pub service: &'static str,
    /// `RunTask`, …
    pub operation: String,
    /// The request's body.
    pub request: String,
    /// HTTP status of the answer; `None` while there is none, or when none came whole.
    pub status: Option<u16>,
    /// The answer's body.
    pub response: String,
    /// When the whole request had come in.
    pub at: Instant,
}

impl Exchange {
    /// The request as JSON.
    pub fn request(&self) -> Value {
        serde_json::from_str(&self.request).expect("a request is JSON")
    }
}

/// A running proxy. It ends with the process.
#[derive(Debug)]
pub struct Recorder {
    address: String,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Recorder {
    /// Starts a proxy in front of `upstream`, a URL of scheme, host and port.
    pub fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&exchanges);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (upstream, record) = (upstream.clone(), Arc::clone(&record));
                // A connection that breaks is the two ends' concern.
                thread::spawn(move || drop(serve(client, &upstream, &record)));
            }
        });
        Self { address, exchanges }
    }

    /// The proxy's URL.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Every call so far, in the order in which they came in.
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.exchanges).clone()
    }
}

fn lock(exchanges: &Mutex<Vec<Exchange>>) -> MutexGuard<'_, Vec<Exchange>> {
    exchanges.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One HTTP message: its start line, its header lines, its body.
pub(crate) struct Message {
    pub(crate) start: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Fewer bytes than announced.
    broken: bool,
}

fn serve(client: TcpStream, upstream: &str, record: &Mutex<Vec<Exchange>>) -> io::Result<()> {
    let mut writer = client.try_clone()?;
    let mut reader = BufReader::new(client);
    while let Some(request) = read_message(&mut reader)? {
        let index = note(&request, record);
        let Ok(Some(answer)) = forward(&request, upstream) else {
            return writer.shutdown(Shutdown::Both);
        };
        if let Some(index) = index {
            let exchange = &mut lock(record)[index];
            // An answer that was broken off says nothing that could be checked.
            if !answer.broken {
                exchange.status = answer.start.split(' ').nth(1).and_then(|status| status.parse().ok());
                exchange.response = response(&answer);
            }
        }
        write_message(&mut writer, &answer, false)?;
        if answer.broken {
            return writer.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

/// Keeps the request when it is an AWS call.
fn note(request: &Message, record: &Mutex<Vec<Exchange>>) -> Option<usize> {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let (service, operation, body) = match request.header("x-amz-target") {
        Some(target) => {
            let (service, operation) = target.rsplit_once('.')?;
            (if service.starts_with("Logs") { "logs" } else { "ecs" }, operation.to_owned(), body)
        }
        None if of_scheduler(&request.start).is_some() => {
            let (operation, name) = of_scheduler(&request.start)?;
            let mut parameters: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            match &mut parameters {
                Value::Object(parameters) => drop(parameters.insert("Name".to_owned(), name.into())),
                parameters => *parameters = json!({ "Name": name }),
            }
            ("scheduler", operation.to_owned(), parameters.to_string())
        }
        None => {
            let operation = form_value(&body, "Action")?.to_owned();
            // The versions of their APIs.
            (if form_value(&body, "Version")? == "2011-06-15" { "sts" } else { "ec2" }, operation, body)
        }
    };
    let mut record = lock(record);
    record.push(Exchange {
        service,
        operation,
        request: body,
        status: None,
        response: String::new(),
        at: Instant::now(),
    });
    Some(record.len() - 1)
}

/// The answer's body, with the code of an error, which REST has in a header.
fn response(answer: &Message) -> String {
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    match (answer.header("x-amzn-errortype"), serde_json::from_str(&body)) {
        (Some(code), Ok(Value::Object(mut members))) => {
            members.entry("__type").or_insert_with(|| code.split(':').next().unwrap_or_default().into());
            Value::Object(members).to_string()
        }
        _ => body,
    }
}

/// Operation and name of a schedule, of a request's first line: EventBridge Scheduler speaks REST.
fn of_scheduler(start: &str) -> Option<(&'static str, &str)> {
    let (method, rest) = start.split_once(' ')?;
    let path = rest.split([' ', '?']).next()?;
    let operation = match method {
        "POST" => "CreateSchedule",
        "PUT" => "UpdateSchedule",
        "DELETE" => "DeleteSchedule",
        _ => return None,
    };
    Some((operation, path.strip_prefix("/schedules/")?))
}

/// A value of a form, as it is written there.
pub fn form_value<'a>(form: &'a str, name: &str) -> Option<&'a str> {
    form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn forward(request: &Message, upstream: &str) -> io::Result<Option<Message>> {
    let mut server = TcpStream::connect(upstream)?;
    server.set_read_timeout(Some(Duration::from_secs(120)))?;
    write_message(&mut server, request, true)?;
    read_message(&mut BufReader::new(server))
}

impl Message {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads a message; `None` at the end of the connection.
pub(crate) fn read_message(reader: &mut impl BufRead) -> io::Result<Option<Message>> {
    let Some(start) = read_line(reader)? else {
        return Ok(None);
    };
    let mut message = Message { start, headers: Vec::new(), body: Vec::new(), broken: false };
    while let Some(line) = read_line(reader)?.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        message.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    if message.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        message.broken = read_chunks(reader, &mut message.body).is_err();
    } else if let Some(length) = message.header("content-length") {
        let length: u64 = length.parse().map_err(|_| io::ErrorKind::InvalidData)?;
        // A reset in the middle leaves what had come.
        let read = reader.take(length).read_to_end(&mut message.body);
        message.broken = read.is_err() || (message.body.len() as u64) < length;
    } else if message.start.starts_with("HTTP/") {
        message.broken = reader.read_to_end(&mut message.body).is_err();
    }
    Ok(Some(message))
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = reader.read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let size = read_line(reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let size = u64::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
            .map_err(|_| io::ErrorKind::InvalidData)?;
        let before = body.len() as u64;
        reader.take(size).read_to_end(body)?;
        if (body.len() as u64) < before + size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        read_line(reader)?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// Writes a message with a length of its own. A broken one announces what it should have held.
fn write_message(writer: &mut impl Write, message: &Message, close: bool) -> io::Result<()> {
    let mut bytes = format!("{}\r\n", message.start).into_bytes();
    for (name, value) in &message.headers {
        let ours = ["connection", "content-length", "transfer-encoding", "keep-alive"];
        if !ours.iter().any(|header| name.eq_ignore_ascii_case(header)) {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
    }
    let missing = usize::from(message.broken);
    bytes.extend_from_slice(format!("content-length: {}\r\n", message.body.len() + missing).as_bytes());
    bytes.extend_from_slice(if close { b"connection: close\r\n\r\n" } else { b"\r\n" });
    bytes.extend_from_slice(&message.body);
    writer.write_all(&bytes)?;
    writer.flush()
}
