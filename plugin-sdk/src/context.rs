//! The run that a plugin is part of.

use crate::Pair;

/// The run that a plugin is part of, as far as it is known before anything is launched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// sortie's own version.
    pub sortie: String,
    /// Of this run of sortie, the same for all its plugins; unlike a task's id it is known before anything
    /// is launched.
    pub run_id: String,
    /// `run`, `launch`, `logs` or `plan`.
    pub command: String,
    /// Nothing will be launched: this is `sortie plan`.
    pub dry_run: bool,
    /// `fargate`, `docker`, `process`. The set may grow.
    pub backend: String,
    /// The CI system that runs sortie (`github`, `gitlab`, `azure`, `buildkite`, `circleci`, …; `other` for
    /// one that is not known by name); `None` on a person's machine. The set may grow.
    pub ci: Option<String>,
    /// Names of the task's containers, in its order; others count containers by it. A transform is told
    /// those before any transform.
    pub containers: Vec<String>,
    /// Index of the container whose exit code counts; `None` where nobody has to know.
    pub main_container: Option<u32>,
    /// For a filter: index of the container whose log it is given. `None` while its configuration is
    /// checked, and for plugins of other kinds.
    pub container: Option<u32>,
    /// What later versions tell.
    pub more: Vec<Pair>,
}

impl Context {
    /// A run of one container, `app`, on a person's machine. Change what the test is about.
    pub fn for_tests() -> Self {
        Self {
            sortie: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: "test-run".to_owned(),
            command: "run".to_owned(),
            dry_run: false,
            backend: "process".to_owned(),
            ci: None,
            containers: vec!["app".to_owned()],
            main_container: Some(0),
            container: None,
            more: Vec::new(),
        }
    }

    /// For a filter: name of the container whose log it is given.
    pub fn container_name(&self) -> Option<&str> {
        self.name_of(self.container)
    }

    /// Name of the container whose exit code counts.
    pub fn main_container_name(&self) -> Option<&str> {
        self.name_of(self.main_container)
    }

    /// What later versions tell, by name.
    pub fn more(&self, name: &str) -> Option<&str> {
        self.more.iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
    }

    fn name_of(&self, index: Option<u32>) -> Option<&str> {
        self.containers.get(index? as usize).map(String::as_str)
    }
}
