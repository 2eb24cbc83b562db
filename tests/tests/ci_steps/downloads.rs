//! Where the action's program comes from: a release, or a mirror of it, whose bytes are the ones that it names.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

use serde_json::json;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;
use tempfile::TempDir;

use crate::github::script;

/// A server of files on 127.0.0.1, which ends with the process.
#[derive(Debug)]
pub(crate) struct Place {
    port: u16,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Place {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let (files, requests) = (Arc::default(), Arc::default());
        let place = Self { port, files: Arc::clone(&files), requests: Arc::clone(&requests) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Whoever breaks off has what it wanted.
                let _ = serve(client, &files, &requests);
            }
        });
        place
    }

    /// Has it answer this to a GET of `path`.
    pub(crate) fn serve(&self, path: &str, content: &[u8]) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), content.to_vec());
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Every request so far, with its headers in lower-case names.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(
    mut client: TcpStream,
    files: &Mutex<BTreeMap<String, Vec<u8>>>,
    requests: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let lines = BufReader::new(client.try_clone()?).lines().map_while(Result::ok);
    let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(lines.join("\n"));
    let path = lines[0].split(' ').nth(1).unwrap_or_default();
    let file = files.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
    let status = if file.is_some() { "200 OK" } else { "404 Not Found" };
    let body = file.unwrap_or_default();
    write!(client, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len())?;
    client.write_all(&body)
}

const ARCHIVE: &str = "sortie-0.1.0-x86_64-unknown-linux-musl.tar.gz";

/// A release of a program that starts the real one, and the action as it is in that release.
struct Release {
    directory: TempDir,
    place: Place,
}

impl Release {
    fn new() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let program = format!("#!/bin/sh\nexec '{}' \"$@\"\n", binary().display());
        let unpacked = directory.path().join(ARCHIVE.trim_end_matches(".tar.gz"));
        std::fs::create_dir(&unpacked).expect("the directory is ours");
        std::fs::write(unpacked.join("sortie"), program).expect("the directory is ours");
        std::fs::set_permissions(unpacked.join("sortie"), PermissionsExt::from_mode(0o755))
            .expect("the file is ours");
        run(directory.path(), &["tar", "-czf", ARCHIVE, ARCHIVE.trim_end_matches(".tar.gz")]);
        let action = directory.path().join("action");
        run(directory.path(), &["cp", "-r", &shown(&repository().join(".ci/steps/github")), &shown(&action)]);
        let pins = json!({
            "version": "0.1.0",
            "downloads": "http://127.0.0.1:9/nobody-listens",
            "targets": { platform(): {
                "archive": ARCHIVE,
                "sha256": digest(&directory.path().join(ARCHIVE)),
                "program": digest(&unpacked.join("sortie")),
            }},
        });
        std::fs::write(action.join("release.json"), pins.to_string()).expect("the directory is ours");
        Self { directory, place: Place::start() }
    }

    fn archive(&self) -> Vec<u8> {
        std::fs::read(self.directory.path().join(ARCHIVE)).expect("the archive is there")
    }

    /// A step of that release, with this tool cache.
    fn step(&self, inputs: &[(&str, &str)]) -> Output {
        let base = Sortie::new().env("STEP_DOWNLOADS", self.place.url("/mirror/"));
        let step = script(base, &self.directory.path().join("action/main.js"), inputs);
        step.env("RUNNER_TOOL_CACHE", self.directory.path().join("tools")).run()
    }
}

const RUN: [(&str, &str); 2] = [("args", "--backend process"), ("command", "sh -c 'echo ran; exit 4'")];

#[test]
fn the_program_of_its_own_release_is_downloaded_once() {
    let release = Release::new();
    release.place.serve(&format!("/mirror/{ARCHIVE}"), &release.archive());
    for _ in 0..2 {
        let output = release.step(&RUN);
        output.assert_code(4);
        assert!(output.text().contains("ran\n"), "{output}");
    }
    assert_eq!(release.place.requests().len(), 1, "the tool cache has it");

    // What somebody else has put into the cache is not run.
    let version = release.directory.path().join("tools/sortie/0.1.0");
    let cached = version.join(node_arch()).join("sortie");
    std::fs::write(&cached, "#!/bin/sh\necho not ours\n").expect("the cache is ours");
    release.step(&RUN).assert_code(4).assert_nowhere("not ours");
    assert_eq!(release.place.requests().len(), 2);

    let output = release.step(&[("install-only", "true")]);
    output.assert_code(0).assert_stdout("");
    assert_eq!(output.file("GITHUB_PATH").trim(), shown(&version.join(node_arch())));
}

#[test]
fn an_archive_that_is_not_the_releases_is_refused() {
    let release = Release::new();
    let mut archive = release.archive();
    archive.push(0);
    release.place.serve(&format!("/mirror/{ARCHIVE}"), &archive);
    let output = release.step(&RUN);
    output.assert_code(2).assert_nowhere("ran\n");
    assert!(output.text().contains("is not what was released"), "{output}");
    assert!(!release.directory.path().join("tools").exists(), "nothing of it is kept");
}

#[test]
fn a_release_that_is_not_there_is_said_at_once() {
    let release = Release::new();
    let output = release.step(&RUN);
    output.assert_code(2);
    assert!(output.text().contains("the answer is 404"), "{output}");
    assert_eq!(release.place.requests().len(), 1);
}

fn node_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn platform() -> String {
    format!("{}-{}", std::env::consts::OS.replace("macos", "darwin"), node_arch())
}

fn digest(file: &Path) -> String {
    let line = run(file.parent().expect("a file"), &["sha256sum", &shown(file)]);
    line.split(' ').next().unwrap_or_default().to_owned()
}

fn run(directory: &Path, command: &[&str]) -> String {
    let output = Command::new(command[0]).args(&command[1..]).current_dir(directory).output();
    let output = output.expect("the program is there");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
