//! One test's own corner of a container engine.

use std::process::Command;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::sync::RwLockWriteGuard;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::thread;

use crate::cloud::IMAGE;
use crate::servers::servers;
use crate::sortie::Sortie;

/// Held by whoever must not be reaped, or reaps.
static REAP: RwLock<()> = RwLock::new(());

/// An engine, and a name that no other test uses. When a test ends, nothing of that name may be
/// left in the engine.
#[derive(Debug)]
pub struct Engine {
    address: &'static str,
    name: String,
}

impl Engine {
    /// Docker.
    pub fn docker(test: &str) -> Self {
        Self::new(&servers().docker, test)
    }

    /// Podman.
    pub fn podman(test: &str) -> Self {
        Self::new(&servers().podman, test)
    }

    /// Both.
    pub fn both(test: &str) -> [Self; 2] {
        [Self::docker(test), Self::podman(test)]
    }

    fn new(address: &'static str, test: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { address, name: format!("{test}-{}-{count}", std::process::id()) }
    }

    /// Keeps [`Engine::alone`] waiting: for tests whose tasks have ended, and are still looked at.
    pub fn shared() -> RwLockReadGuard<'static, ()> {
        REAP.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// For tests that remove whatever has ended in the engines.
    pub fn alone() -> RwLockWriteGuard<'static, ()> {
        REAP.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        self.address
    }

    /// The name of the runs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `sortie run` in this engine, with nothing said about what.
    pub fn run(&self) -> Sortie {
        self.sortie("run").args(["--name", &self.name])
    }

    /// A command of sortie about this engine.
    pub fn sortie(&self, command: &str) -> Sortie {
        Sortie::new().args([command, "--backend", "docker", "--engine", self.address])
    }

    /// `sortie run` of the test image, without a network, so that no test changes the machine's.
    pub fn image(&self) -> Sortie {
        self.run().args(["--image", IMAGE, "--network", "none"])
    }

    /// Runs docker's own client against the engine, and returns what it prints.
    #[track_caller]
    pub fn client(&self, args: &[&str]) -> String {
        let output = Command::new("docker").args(["-H", self.address]).args(args).output();
        let output = output.expect("docker's client starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {}: {said}", args.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Containers and volumes of this test, whatever their state.
    #[track_caller]
    pub fn leftovers(&self) -> Vec<String> {
        let filter = format!("name=sortie-{}-", self.name);
        let containers =
            self.client(&["ps", "--all", "--filter", &filter, "--format", "{{.Names}} {{.Status}}"]);
        let volumes = self.client(&["volume", "ls", "--filter", &filter, "--format", "volume {{.Name}}"]);
        containers.lines().chain(volumes.lines()).map(str::to_owned).collect()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A second panic would end all tests; what is left goes with the engine.
        if thread::panicking() {
            return;
        }
        let left = self.leftovers();
        for one in &left {
            let mut words = one.split(' ');
            match (words.next(), words.next()) {
                (Some("volume"), Some(volume)) => self.client(&["volume", "rm", "--force", volume]),
                (Some(container), _) => self.client(&["rm", "--force", container]),
                _ => continue,
            };
        }
        assert!(left.is_empty(), "left in {}: {left:?}", self.address);
    }
}
