//! The services that the tests run against.
//!
//! `tests/emulators/servers.py` starts them and waits for the end of its standard input. This
//! process holds the other end of that pipe, so they end with it in every case, a kill included.

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::LazyLock;

use serde_json::Value;

/// Where everything listens.
#[derive(Debug)]
pub struct Servers {
    /// ECS and CloudWatch Logs that really run containers.
    pub fargate: String,
    /// The same behind a proxy that injects faults.
    pub faults: String,
    /// ECS and CloudWatch Logs with scripted task lives.
    pub scripted: String,
    /// Where to post such a life.
    pub script: String,
    /// The container engine's socket, as `docker -H` takes it.
    pub docker: String,
    /// The same of another engine, podman.
    pub podman: String,
    /// Host and port of an image registry that asks for [`REGISTRY_USER`].
    pub registry: String,
    /// Holds the pipe.
    _supervisor: Child,
}

/// User and password of the registry.
pub const REGISTRY_USER: (&str, &str) = ("e2e", "e2e-password");

/// The services, started by the first test that needs them.
pub fn servers() -> &'static Servers {
    static SERVERS: LazyLock<Servers> = LazyLock::new(start);
    &SERVERS
}

/// Where `tests/setup` puts what it installs.
pub fn cache() -> PathBuf {
    repository().join("target/e2e")
}

/// The repository's root.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a directory of the repository")
}

fn start() -> Servers {
    let cache = cache();
    assert!(
        cache.join("moto/bin/python").exists(),
        "the services that the tests run against are not installed: run tests/setup first"
    );
    let mut supervisor = Command::new("python3")
        .arg(repository().join("tests/emulators/servers.py"))
        .arg(cache)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut ready = String::new();
    BufReader::new(supervisor.stdout.take().expect("stdout is piped"))
        .read_line(&mut ready)
        .expect("the supervisor answers");
    let ready: Value = serde_json::from_str(&ready).expect("the services start (see above)");
    let address = |name: &str| ready[name].as_str().expect("every address is a string").to_owned();
    Servers {
        fargate: address("fargate"),
        faults: address("faults"),
        scripted: address("scripted"),
        script: address("script"),
        docker: address("docker"),
        podman: address("podman"),
        registry: address("registry"),
        _supervisor: supervisor,
    }
}
