//! What plugins are told of the run that they are part of.

/// The run, as `wit/types.wit` tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Of this run of sortie.
    pub run_id: String,
    /// The command: `run`, `launch`, `logs` or `plan`.
    pub command: &'static str,
    /// Nothing will be launched.
    pub dry_run: bool,
    /// `fargate`, `docker`, `process`.
    pub backend: String,
    /// The CI system that runs sortie.
    pub ci: Option<&'static str>,
    /// Names of the task's containers, in its order.
    pub containers: Vec<String>,
    /// Index of the container whose exit code counts.
    pub main_container: Option<usize>,
    /// Index of the container whose log a filter is given.
    pub container: Option<usize>,
    /// The name by which a plugin inside the program is used.
    pub first_party: Option<&'static str>,
}

impl Context {
    /// A new run, of which nothing is known but its command.
    pub fn new(command: &'static str) -> Self {
        let run_id = format!("{:016x}", rand::random::<u64>());
        Self { run_id, command, dry_run: command == "plan", ..Self::default() }
    }

    /// The same for the log of one container.
    #[must_use]
    pub fn of_container(&self, container: usize) -> Self {
        Self { container: Some(container), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_has_an_id_of_its_own() {
        assert_ne!(Context::new("run").run_id, Context::new("run").run_id);
        assert!(Context::new("plan").dry_run && !Context::new("launch").dry_run);
    }
}
