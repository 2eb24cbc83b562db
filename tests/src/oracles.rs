//! What reads reports, by libraries that nobody here wrote: `tests/oracles`, in the environment that
//! `tests/setup` makes for them.
//!
//! - [`read`]: reads a report once, and ends.
//! - [`Webhook`], [`Collector`]: servers that take what reporters send.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::servers::cache;
use crate::servers::repository;

/// How long a server may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn installed(name: &str) -> PathBuf {
    let path = cache().join("oracles").join(name);
    assert!(path.exists(), "{} is not installed: run tests/setup first", path.display());
    path
}

/// What the oracle of this name (`otlp`, `junit`, `markdown`) reads of a report.
///
/// # Errors
/// What it says of one that it refuses.
pub fn read(name: &str, report: &str) -> Result<Value, String> {
    let schemas = ["package/test/resources/JUnit.xsd", "package/test/resources/jenkins-junit.xsd"];
    let mut oracle = Command::new(installed("bin/python"));
    oracle.arg(repository().join(format!("tests/oracles/{name}.py")));
    if name == "junit" {
        oracle.args(schemas.map(installed));
    }
    let mut oracle = oracle
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = oracle.stdin.take().expect("stdin is piped");
    // One that refuses a report need not have read all of it.
    let _ = input.write_all(report.as_bytes());
    drop(input);
    let output = oracle.wait_with_output().expect("it ends");
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).expect("it prints JSON")),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Lines that a server prints, as they come.
#[derive(Debug, Clone, Default)]
struct Printed(Arc<Mutex<Vec<String>>>);

impl Printed {
    fn of(output: impl std::io::Read + Send + 'static) -> Self {
        let printed = Self::default();
        let lines = Arc::clone(&printed.0);
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        printed
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The lines, as soon as they are enough.
    fn until(&self, enough: impl Fn(&[String]) -> bool) -> Vec<String> {
        let start = Instant::now();
        loop {
            let lines = self.lines();
            if enough(&lines) {
                return lines;
            }
            assert!(start.elapsed() < PATIENCE, "it does not come; so far: {lines:#?}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// An HTTP server that checks signatures by GitHub's own library.
#[derive(Debug)]
pub struct Webhook {
    server: Child,
    _input: ChildStdin,
    printed: Printed,
    port: u16,
}

impl Webhook {
    /// One that knows this secret.
    pub fn start(secret: &str) -> Self {
        let mut server = Command::new(cache().join("ci-tools/bin/node"))
            .arg(repository().join("tests/oracles/webhook.mjs"))
            .arg(cache().join("ci-tools/node_modules/@octokit/webhooks-methods/dist-node/index.js"))
            .arg(secret)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let printed = Printed::of(server.stdout.take().expect("stdout is piped"));
        let port = printed.until(|lines| !lines.is_empty())[0].parse().expect("a port");
        Self { _input: server.stdin.take().expect("stdin is piped"), server, printed, port }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/ci", self.port)
    }

    /// Whether each request was signed well, and what was in it.
    pub fn requests(&self) -> Vec<(bool, Value)> {
        let request = |line: &String| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let body = serde_json::from_str(line["body"].as_str().expect("a body")).expect("a body of JSON");
            (line["verified"] == true, body)
        };
        self.printed.lines()[1..].iter().map(request).collect()
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// An OpenTelemetry collector: Rotel, which prints what it has taken.
#[derive(Debug)]
pub struct Collector {
    server: Child,
    printed: Printed,
    port: u16,
}

impl Collector {
    /// One that takes traces on 127.0.0.1.
    pub fn start() -> Self {
        let [http, grpc] = free_ports();
        let program = std::fs::read_dir(installed("lib")).expect("libraries").flatten().find_map(|python| {
            Some(python.path().join("site-packages/rotel/rotel-agent")).filter(|path| path.exists())
        });
        // It ends with the test, however that ends.
        let mut server = Command::new("setpriv")
            .args(["--pdeathsig", "KILL"])
            .arg(program.expect("rotel is installed"))
            .args(["start", "--otlp-http-endpoint", &format!("127.0.0.1:{http}")])
            .args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{grpc}")])
            .args(["--debug-log", "traces", "--debug-log-verbosity", "detailed", "--exporter", "blackhole"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("setpriv starts");
        let printed = Printed::of(server.stdout.take().expect("stdout is piped"));
        let collector = Self { server, printed, port: http };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", http)).is_err() {
            assert!(start.elapsed() < PATIENCE, "it does not listen: {:#?}", collector.printed.lines());
            thread::sleep(Duration::from_millis(20));
        }
        collector
    }

    /// Where it listens, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it prints, as soon as there is a line that ends so.
    pub fn printed(&self, end: &str) -> Vec<String> {
        self.printed.until(|lines| lines.iter().any(|line| line.ends_with(end)))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn free_ports() -> [u16; 2] {
    let bound = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    bound.map(|socket| socket.local_addr().expect("a bound socket has an address").port())
}
