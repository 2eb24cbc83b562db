//! An HTTP server on 127.0.0.1 that keeps what it is asked.

use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

use crate::recorder::read_message;

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status, with what it was asked as the body, as a careless server would.
    Echo(u16),
    /// This status and body.
    Text(u16, String),
    /// That what is asked for is there.
    Redirect(String),
    /// Nothing, and the connection stays.
    Never,
}

/// A running server. It ends with the process.
#[derive(Debug)]
pub struct Hook {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Hook {
    /// Starts one that always answers this.
    pub fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&requests);
        thread::spawn(move || {
            let mut open = Vec::new();
            for client in listener.incoming().flatten() {
                open.extend(serve(client, &answer, &record));
            }
        });
        Self { port, requests }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A URL of it, by the number of its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/ci", self.port)
    }

    /// The same by its name, which leads to a private address.
    pub fn named_url(&self) -> String {
        format!("http://localhost:{}/ci", self.port)
    }

    /// Every request so far, as text: header names in lower case, lines without carriage returns.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers one request; or does not, and gives back the connection.
fn serve(client: TcpStream, answer: &Answer, record: &Mutex<Vec<String>>) -> Option<TcpStream> {
    let mut writer = client.try_clone().ok()?;
    let request = read_message(&mut BufReader::new(client)).ok()??;
    let headers: Vec<String> =
        request.headers.iter().map(|(name, value)| format!("{}: {value}\n", name.to_lowercase())).collect();
    let body = String::from_utf8_lossy(&request.body);
    let request = format!("{}\n{}\n{body}\n", request.start, headers.concat());
    record.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let answer = match answer {
        Answer::Echo(status) => {
            format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{request}", request.len())
        }
        Answer::Text(status, body) => {
            format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        }
        Answer::Redirect(to) => {
            format!("HTTP/1.1 307 x\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
        }
        Answer::Never => return Some(writer),
    };
    // Whoever breaks off has what it wanted.
    let _ = writer.write_all(answer.as_bytes());
    None
}
