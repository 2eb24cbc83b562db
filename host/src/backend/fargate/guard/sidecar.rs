//! The guard that is a container. It is essential and does nothing but end when the time is over, which ends the
//! task; ECS then stops the other containers as it does whenever an essential one ends.
//!
//! It counts from its own start, and sortie from the launch: a sortie that lives stops the task first, whatever the
//! clocks of the two say. How long it lasts is an override, so that one revision serves every `--timeout`.
//!
//! It is none of the user's containers: no transform sees it, it has no log, and its end is told as what it means.

use std::time::Duration;

use serde_json::Value;

use super::is_windows;
use super::seconds;
use crate::error::Error;
use crate::settings::DeadlineGuard;
use crate::settings::FargateSettings;
use crate::spec::ContainerSpec;
use crate::spec::Extra;
use crate::spec::TaskSpec;

/// Its name in the task.
pub(in crate::backend::fargate) const NAME: &str = "sortie-deadline-guard";

/// Its image, where none is given: small, for every architecture, and pulled without credentials.
/// Source: Amazon ECR Public Gallery, docker/library.
const IMAGE: &str = "public.ecr.aws/docker/library/busybox:1.37.0";

/// What runs in it. As process 1 it would not heed a stop without a trap, and hold up the end of every task.
const SCRIPT: &str = "trap 'exit 0' TERM INT; sleep \"$1\" & wait $! && exit 124; exit 1";

/// Its exit code when the time is over, as of timeout(1).
const OVER: i32 = 124;

/// Its exit codes when it was stopped because the task ended otherwise: it ends with 0, or is killed.
const STOPPED: [i32; 3] = [0, 137, 143];

/// How long it lasts where nobody says so, in seconds: where the revision is run by somebody else.
const FOR_EVER: &str = "2147483647";

/// Nobody's user: it needs no rights.
const USER: &str = "65534";

/// How long it has between the stop signal and the kill, in seconds: the least that Fargate takes.
const STOP_TIMEOUT: u32 = 2;

/// The guard of one plan.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::backend::fargate) struct Sidecar {
    /// As the definition has it.
    pub(in crate::backend::fargate) container: ContainerSpec,
    /// As RunTask overrides it.
    pub(in crate::backend::fargate) command: Vec<String>,
}

impl Sidecar {
    /// The guard of this task, where one is asked for.
    pub(in crate::backend::fargate) fn new(
        task: &TaskSpec,
        settings: &FargateSettings,
        timeout: Option<Duration>,
    ) -> Result<Option<Self>, Error> {
        let (DeadlineGuard::Sidecar, Some(timeout)) = (settings.deadline_guard, timeout) else {
            return Ok(None);
        };
        let refused = |why: String, hint: &str| Err(Error::usage(why).about("deadline-guard").hint(hint));
        if is_windows(task) {
            return refused(
                "a task of Windows containers can have no guard of Linux (--deadline-guard sidecar)"
                    .to_owned(),
                "leave --deadline-guard out",
            );
        }
        if task.containers.iter().any(|container| container.name == NAME) {
            return refused(
                format!("the task has a container `{NAME}` already (--deadline-guard sidecar)"),
                "take it out of the task definition: sortie adds it at the launch",
            );
        }
        let image = settings.deadline_guard_image.as_deref().unwrap_or(IMAGE);
        let container = ContainerSpec {
            name: NAME.to_owned(),
            image: image.to_owned(),
            entry_point: ["/bin/sh", "-c", SCRIPT, NAME].map(str::to_owned).to_vec(),
            command: vec![FOR_EVER.to_owned()],
            essential: true,
            user: Some(USER.to_owned()),
            stop_timeout: Some(STOP_TIMEOUT),
            extra: extra(task, image),
            ..ContainerSpec::default()
        };
        Ok(Some(Self { container, command: vec![seconds(timeout).to_string()] }))
    }

    /// What a person is told of it before the launch.
    pub(in crate::backend::fargate) fn said(&self) -> String {
        format!(
            "container `{NAME}` ({}), which ends the task {} s after its own start; it costs nothing but its image's \
             pull and some memory of the task",
            self.container.image,
            self.command.concat()
        )
    }
}

/// What is not in the cloud-neutral part: it writes nothing, and an image that the task has already is pulled with
/// the same credentials.
fn extra(task: &TaskSpec, image: &str) -> Extra {
    let mut extra = Extra::new();
    extra.insert("readonlyRootFilesystem".to_owned(), Value::Bool(true));
    let same = task.containers.iter().find(|container| container.image == image);
    if let Some(credentials) = same.and_then(|container| container.extra.get("repositoryCredentials")) {
        extra.insert("repositoryCredentials".to_owned(), credentials.clone());
    }
    extra
}

/// Whether this container of a definition is a guard that some sortie has added.
pub(in crate::backend::fargate) fn is_one(container: &ContainerSpec) -> bool {
    container.name == NAME && container.entry_point.last().is_some_and(|word| word == NAME)
}

/// What the guard's exit code says of the task's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend::fargate) enum Said {
    /// It has ended the task, because the time was over.
    Over,
    /// It has ended the task, because it could not do its work.
    Broken(i32),
    /// It was stopped with the others.
    Nothing,
}

/// Reads the guard's exit code.
pub(in crate::backend::fargate) fn said(code: Option<i32>) -> Said {
    match code {
        Some(OVER) => Said::Over,
        Some(code) if !STOPPED.contains(&code) => Said::Broken(code),
        _ => Said::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::process::ExitStatus;
    use std::process::Stdio;

    use serde_json::json;

    use super::*;

    fn guard(task: &TaskSpec, image: Option<&str>) -> Result<Option<Sidecar>, Error> {
        let settings = FargateSettings {
            deadline_guard: DeadlineGuard::Sidecar,
            deadline_guard_image: image.map(str::to_owned),
            ..FargateSettings::default()
        };
        Sidecar::new(task, &settings, Some(Duration::from_millis(90_500)))
    }

    fn app(name: &str) -> ContainerSpec {
        let credentials = json!({ "credentialsParameter": "arn:aws:secretsmanager:eu-west-1:1:secret:pull" });
        let extra = [("repositoryCredentials".to_owned(), credentials)].into_iter().collect();
        ContainerSpec {
            name: name.to_owned(),
            image: "registry.internal/app:1".to_owned(),
            extra,
            ..Default::default()
        }
    }

    #[test]
    fn one_definition_serves_every_time() {
        let task = TaskSpec { containers: vec![app("app")], ..TaskSpec::default() };
        let Sidecar { container, command } = guard(&task, None).expect("it fits").expect("a guard");
        assert_eq!((command, container.command.clone()), (vec!["91".to_owned()], vec![FOR_EVER.to_owned()]));
        assert!(is_one(&container) && container.essential && container.log.is_none());
        assert!(!container.extra.contains_key("repositoryCredentials"));
        let own = guard(&task, Some("registry.internal/app:1")).expect("it fits").expect("a guard");
        assert!(
            own.container.extra.contains_key("repositoryCredentials"),
            "an image is pulled as the task pulls it"
        );
        assert!(!is_one(&app(NAME)), "a container of this name alone is the user's");
    }

    #[test]
    fn a_task_that_cannot_have_it_is_refused() {
        let windows = json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" });
        let extra = [("runtimePlatform".to_owned(), windows)].into_iter().collect();
        let windows = TaskSpec { containers: vec![app("app")], extra, ..TaskSpec::default() };
        let taken = TaskSpec { containers: vec![app(NAME)], ..TaskSpec::default() };
        for (task, words) in [(windows, "Windows"), (taken, NAME)] {
            let error = guard(&task, None).expect_err(words);
            assert!(
                error.is_usage() && error.to_string().contains(words) && !error.advice().is_empty(),
                "{error}"
            );
        }
        let none =
            Sidecar::new(&TaskSpec::default(), &FargateSettings::default(), Some(Duration::from_secs(1)));
        assert_eq!(none.expect("nothing is asked for"), None);
    }

    /// How the script ends in this shell, perhaps by a signal; `None`: there is no such shell here.
    fn ends(shell: &[&str], seconds: &str, signal: Option<&str>) -> Option<ExitStatus> {
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).args(["-c", SCRIPT, NAME, seconds]).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        if let Some(signal) = signal {
            // Until its trap is set, a signal ends it by the signal.
            std::thread::sleep(Duration::from_millis(300));
            let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(sent.is_ok_and(|sent| sent.success()), "{shell:?}");
        }
        child.wait().ok()
    }

    #[test]
    fn its_script_ends_by_time_by_signal_and_by_fault_with_codes_of_their_own() {
        let mut tried = 0;
        for shell in [&["sh"][..], &["dash"], &["bash"], &["busybox", "sh"]] {
            let Some(over) = ends(shell, "0.05", None) else { continue };
            tried += 1;
            assert_eq!(said(over.code()), Said::Over, "{shell:?}");
            let stopped = ends(shell, "5", Some("-TERM")).and_then(|status| status.code());
            assert_eq!((stopped, said(stopped)), (Some(0), Said::Nothing), "{shell:?}");
            let broken = ends(shell, "soon", None).and_then(|status| status.code());
            assert_eq!(said(broken), Said::Broken(1), "{shell:?}");
        }
        assert!(tried > 0);
    }

    #[test]
    fn a_guard_that_was_killed_with_the_task_has_not_ended_it() {
        for code in [None, Some(0), Some(137), Some(143)] {
            assert_eq!(said(code), Said::Nothing);
        }
        assert_eq!((said(Some(124)), said(Some(127))), (Said::Over, Said::Broken(127)));
    }
}
