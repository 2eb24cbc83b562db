//! The STS of the tests' AWS, with sessions that end sooner, and a record of who asked for them.

use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::recorder::form_value;
use crate::recorder::read_message;
use crate::servers::servers;

/// The shortest session of which an SDK makes use: it asks for another one 10 s before the end.
const SESSION: &str = "+13 seconds";

/// An exchange of a token for a session.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// The role, as an ARN.
    pub role: String,
    /// The name of the session.
    pub session: String,
    /// The token.
    pub token: String,
    /// The secret of the session.
    pub secret: String,
}

/// A running STS. It ends with the process.
#[derive(Debug)]
pub struct Sts {
    address: String,
    exchanges: Arc<Mutex<Vec<Exchanged>>>,
}

impl Sts {
    /// Starts one.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&exchanges);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Whoever breaks off has what it wanted.
                let _ = serve(client, &record);
            }
        });
        Self { address, exchanges }
    }

    /// Its URL.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Every exchange so far.
    pub fn exchanges(&self) -> Vec<Exchanged> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until this token has been exchanged.
    pub fn await_token(&self, token: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.exchanges().iter().any(|exchanged| exchanged.token == token) {
            assert!(Instant::now() < deadline, "{token} did not come: {:?}", self.exchanges());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn serve(client: TcpStream, record: &Mutex<Vec<Exchanged>>) -> Option<()> {
    let mut writer = client.try_clone().ok()?;
    let request = read_message(&mut BufReader::new(client)).ok()??;
    let form = String::from_utf8(request.body).ok()?;
    let answer = ureq::post(format!("{}/", servers().fargate))
        .header("content-type", "application/x-www-form-urlencoded")
        .send(&form)
        .and_then(|mut answer| answer.body_mut().read_to_string())
        .expect("the emulator's STS answers");
    let (before, rest) = answer.split_once("<Expiration>").expect("a session ends");
    let (_, after) = rest.split_once("</Expiration>").expect("an element ends");
    let ends = Command::new("date").args(["-u", "-d", SESSION, "+%FT%TZ"]).output().expect("date is there");
    let answer =
        format!("{before}<Expiration>{}</Expiration>{after}", String::from_utf8_lossy(&ends.stdout).trim());
    let value = |name: &str| {
        let value = form_value(&form, name).unwrap_or_default();
        value.replace("%3A", ":").replace("%2F", "/")
    };
    let secret = answer.split_once("<SecretAccessKey>").and_then(|(_, rest)| rest.split_once('<'));
    record.lock().unwrap_or_else(PoisonError::into_inner).push(Exchanged {
        role: value("RoleArn"),
        session: value("RoleSessionName"),
        token: value("WebIdentityToken"),
        secret: secret.map(|(secret, _)| secret.to_owned()).unwrap_or_default(),
    });
    write!(
        writer,
        "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
        answer.len()
    )
    .ok()
}
