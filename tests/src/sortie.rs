//! The real binary.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::schema;
use crate::servers::repository;

/// No run of any test lasts longer, unless the test says so; one that does is a hang.
const MAX_RUN: Duration = Duration::from_secs(120);

/// A command line of sortie, in an empty directory of its own and with nothing of the
/// environment but `PATH`.
#[derive(Debug)]
pub struct Sortie {
    args: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    shell: Option<String>,
    stdout: Option<Stdio>,
    directory: TempDir,
}

impl Sortie {
    /// No arguments yet.
    pub fn new() -> Self {
        Self {
            args: Vec::new(),
            env: BTreeMap::new(),
            shell: None,
            stdout: None,
            directory: TempDir::new().expect("a temporary directory"),
        }
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Adds `--` and a shell script as the command.
    pub fn script(self, script: &str) -> Self {
        self.args(["--", "sh", "-c", script])
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.insert(name.into(), value.as_ref().to_owned());
        self
    }

    /// Writes a file into the working directory.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.path(name), content).expect("the working directory is ours");
        self
    }

    /// Path of a file in the working directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs the command line from a bash script, which has it as `"$@"`: for redirections and
    /// pipes. Signals reach sortie only if the script says `exec`.
    pub fn within(mut self, script: &str) -> Self {
        self.shell = Some(script.to_owned());
        self
    }

    /// Sends standard error where standard output goes, as CI systems do.
    pub fn merged(mut self) -> Self {
        let script = self.shell.take().unwrap_or_else(|| "exec \"$@\"".to_owned());
        self.shell = Some(format!("exec 2>&1\n{script}"));
        self
    }

    /// Takes this as standard output, of which the test then sees nothing by itself.
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.stdout = Some(stdout.into());
        self
    }

    /// Runs to the end.
    pub fn run(self) -> Output {
        self.start().finish()
    }

    /// Starts, and returns while it runs.
    pub fn start(mut self) -> Running {
        // Whoever runs the tests may ignore signals (`nohup`, a shell's `&`), and sortie would heed that.
        let mut command = Command::new("env");
        command.arg("--default-signal=HUP,INT,QUIT,TERM");
        if let Some(script) = &self.shell {
            command.args(["bash", "-c", script, "bash"]);
        }
        let mut child = command
            .arg(binary())
            .args(&self.args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(&self.env)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(self.stdout.take().unwrap_or_else(Stdio::piped))
            .stderr(Stdio::piped())
            .spawn()
            .expect("sortie starts");
        // The command holds this process' own copy of what was given as standard output.
        drop(command);
        let stdout: Box<dyn Read + Send> = match child.stdout.take() {
            Some(stdout) => Box::new(stdout),
            None => Box::new(std::io::empty()),
        };
        Running {
            started: Instant::now(),
            stdout: Stream::read(stdout),
            stderr: Stream::read(child.stderr.take().expect("stderr is piped")),
            child: Ended(child),
            sortie: self,
        }
    }
}

impl Default for Sortie {
    fn default() -> Self {
        Self::new()
    }
}

/// A sortie that runs.
#[derive(Debug)]
pub struct Running {
    child: Ended,
    started: Instant,
    stdout: Stream,
    stderr: Stream,
    sortie: Sortie,
}

impl Running {
    /// Waits until standard output holds this text.
    pub fn await_stdout(&self, text: &str) {
        self.await_text(&self.stdout, "stdout", text);
    }

    /// Waits until standard error holds this text.
    pub fn await_stderr(&self, text: &str) {
        self.await_text(&self.stderr, "stderr", text);
    }

    fn await_text(&self, stream: &Stream, name: &str, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !String::from_utf8_lossy(&stream.so_far()).contains(text) {
            if Instant::now() > deadline {
                panic!("no {text:?} on {name} within 60 s\n{}", self.described());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        self.child.pid().expect("a process id")
    }

    /// Sends a signal, and returns when it was sent.
    pub fn signal(&self, signal: Signal) -> Instant {
        rustix::process::kill_process(self.pid(), signal).expect("sortie still runs");
        Instant::now()
    }

    /// Sends a signal to its process group, of which it must be the first, and returns when it was sent.
    pub fn signal_group(&self, signal: Signal) -> Instant {
        let pid = self.child.pid().expect("a process id");
        rustix::process::kill_process_group(pid, signal).expect("sortie still runs");
        Instant::now()
    }

    /// Whether it ends within this time.
    pub fn ends_within(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            if self.child.0.try_wait().expect("the child is ours").is_some() {
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills it, unless it has ended.
    pub fn kill_and_finish(mut self) -> Output {
        // One that has ended cannot be killed.
        let _ = self.child.0.kill();
        self.finish()
    }

    /// Waits for the end.
    pub fn finish(self) -> Output {
        self.finish_within(MAX_RUN)
    }

    /// Waits for the end; a run that takes longer than this is a hang.
    pub fn finish_within(mut self, longest: Duration) -> Output {
        let deadline = self.started + longest;
        let status = loop {
            match self.child.0.try_wait().expect("the child is ours") {
                Some(status) => break status,
                None if Instant::now() > deadline => {
                    panic!("sortie did not end within {longest:?}\n{}", self.described());
                }
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        Output {
            elapsed: self.started.elapsed(),
            code: status.code(),
            args: self.sortie.args,
            stdout: self.stdout.finish(),
            stderr: String::from_utf8_lossy(&self.stderr.finish()).into_owned(),
            directory: self.sortie.directory,
        }
    }

    fn described(&self) -> String {
        describe(&self.sortie.args, &self.stdout.so_far(), &String::from_utf8_lossy(&self.stderr.so_far()))
    }
}

/// A sortie that ends with its test, also when that fails.
#[derive(Debug)]
struct Ended(Child);

impl Ended {
    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.0.id()).ok().and_then(Pid::from_raw)
    }
}

impl Drop for Ended {
    /// Two signals, as a person would, so that it can end what it has started; then the hard way.
    fn drop(&mut self) {
        for patience in [Duration::from_secs(3), Duration::from_secs(1)] {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            if let Some(pid) = self.pid() {
                let _ = rustix::process::kill_process(pid, Signal::TERM);
            }
            let deadline = Instant::now() + patience;
            while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(10));
            }
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A stream of the binary, read by a thread of its own.
#[derive(Debug)]
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn read(mut source: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(read @ 1..) = source.read(&mut buffer) {
                sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..read]);
            }
        });
        Self { bytes, reader }
    }

    fn so_far(&self) -> Vec<u8> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was written until the binary ended. A process that it left behind may hold the
    /// stream open: that is waited for a moment only.
    fn finish(self) -> Vec<u8> {
        let deadline = Instant::now() + Duration::from_secs(2);
        while !self.reader.is_finished() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
        self.so_far()
    }
}

/// What a run of sortie left.
#[derive(Debug)]
pub struct Output {
    /// Exit code; `None` when a signal killed it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
    /// From the start to the end.
    pub elapsed: Duration,
    args: Vec<OsString>,
    directory: TempDir,
}

impl Output {
    /// Fails the test unless sortie ended with this code.
    #[track_caller]
    pub fn assert_code(&self, code: i32) -> &Self {
        assert!(self.code == Some(code), "exit code is {:?}, not {code}\n{self}", self.code);
        self
    }

    /// Fails the test unless standard output is exactly this.
    #[track_caller]
    pub fn assert_stdout(&self, expected: &str) -> &Self {
        assert!(self.stdout == expected.as_bytes(), "stdout is not {expected:?}\n{self}");
        self
    }

    /// Fails the test unless standard error holds this text.
    #[track_caller]
    pub fn assert_stderr(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no {text:?} on stderr\n{self}");
        self
    }

    /// Fails the test when this text is anywhere in the output.
    #[track_caller]
    pub fn assert_nowhere(&self, secret: &str) -> &Self {
        let all = format!("{}{}", self.text(), self.stderr);
        assert!(!all.contains(secret), "{secret:?} was printed\n{self}");
        self
    }

    /// Fails the test when the run took longer.
    #[track_caller]
    pub fn assert_within(&self, limit: Duration) -> &Self {
        assert!(self.elapsed <= limit, "took {:?}, more than {limit:?}\n{self}", self.elapsed);
        self
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Lines of standard output.
    pub fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }

    /// Every line of standard output as JSON, which is as the schema of `--output json` says.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line: &String| {
            assert!(line.starts_with("{\"type\":\""), "the type does not stand first in {line}\n{self}");
            let object = serde_json::from_str(line);
            let object = object.unwrap_or_else(|error| panic!("{error} in {line:?}\n{self}"));
            if let Some(fault) = schema::fault(&object) {
                panic!("{fault}\nof {line}\n{self}");
            }
            object
        };
        self.lines().iter().map(parse).collect()
    }

    /// Whether the working directory holds this.
    pub fn has_file(&self, name: &str) -> bool {
        self.directory.path().join(name).exists()
    }

    /// Content of a file in the working directory.
    pub fn file(&self, name: &str) -> String {
        let path = self.directory.path().join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}\n{self}", path.display()))
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&describe(&self.args, &self.stdout, &self.stderr))
    }
}

fn describe(args: &[OsString], stdout: &[u8], stderr: &str) -> String {
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let stdout = String::from_utf8_lossy(stdout);
    let shown: String = stdout.chars().take(4_000).collect();
    format!("$ sortie {}\n--- stdout ({} bytes)\n{shown}\n--- stderr\n{stderr}", args.join(" "), stdout.len())
}

/// The binary: `SORTIE_BIN`, or the one that cargo builds from this workspace.
pub fn binary() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
        if let Some(path) = std::env::var_os("SORTIE_BIN") {
            return path.into();
        }
        // Cargo builds no other package's binaries for a test. It has released its lock by now.
        let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--quiet", "--package", "sortie", "--bin", "sortie"])
            .current_dir(repository())
            .status()
            .expect("cargo starts");
        assert!(built.success(), "cargo cannot build sortie");
        // target/debug/deps/e2e-HASH → target/debug/sortie
        let test = std::env::current_exe().expect("the test's own path");
        test.ancestors().nth(2).expect("tests are two directories deep").join("sortie")
    });
    &BINARY
}

/// One home for all runs, so that what sortie caches is cached.
fn home() -> &'static Path {
    static HOME: LazyLock<PathBuf> = LazyLock::new(|| {
        let home = crate::servers::cache().join("home");
        std::fs::create_dir_all(&home).expect("the cache directory is ours");
        home
    });
    &HOME
}
