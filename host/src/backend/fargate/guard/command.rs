//! The guard that is in the task's own command: a shell that starts the command, passes signals and the exit code on,
//! and ends it when its time is over. It needs a shell and `sleep` in the image, and nothing of the account.
//!
//! As process 1 the shell gets the stop signal of the platform, and with its end everything ends that the command has
//! started. A command in the background of a shell ignores SIGINT and SIGQUIT unless it asks for them (POSIX, 2.11),
//! which matters for images whose STOPSIGNAL is one of these alone.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::is_windows;
use super::seconds;
use crate::error::Error;
use crate::settings::DeadlineGuard;
use crate::settings::FargateSettings;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// The script, with comments.
const SCRIPT: &str = include_str!("command.sh");

/// The script's name for itself.
const NAME: &str = "sortie-deadline-guard";

/// Its exit code when the time is over, as of timeout(1).
pub(in crate::backend::fargate) const OVER: i32 = 124;

/// A task whose command ends by itself.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::backend::fargate) struct Guarded {
    /// The task as it is launched.
    pub(in crate::backend::fargate) task: TaskSpec,
    /// What is remembered of it.
    pub(in crate::backend::fargate) limit: Limit,
}

/// How long the command of a container may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::backend::fargate) struct Limit {
    /// The container.
    pub(in crate::backend::fargate) container: String,
    /// Seconds from its start.
    pub(in crate::backend::fargate) seconds: u64,
}

impl Guarded {
    /// The task with the command of its main container guarded, where that is asked for.
    pub(in crate::backend::fargate) fn new(
        task: &TaskSpec,
        main: &str,
        settings: &FargateSettings,
        timeout: Option<Duration>,
    ) -> Result<Option<Self>, Error> {
        let (DeadlineGuard::Shell, Some(timeout)) = (settings.deadline_guard, timeout) else {
            return Ok(None);
        };
        let refused = |why: String, hint: &str| Err(Error::usage(why).about("deadline-guard").hint(hint));
        if is_windows(task) {
            return refused(
                "a Windows container has no shell for its command's guard (--deadline-guard shell)"
                    .to_owned(),
                "leave --deadline-guard out, or take schedule",
            );
        }
        let mut task = task.clone();
        let limit = Limit { container: main.to_owned(), seconds: seconds(timeout) };
        let Some(container) = task.containers.iter_mut().find(|container| container.name == main) else {
            return Ok(None);
        };
        if container.entry_point.is_empty() && container.command.is_empty() {
            return refused(
                format!(
                    "the command of container `{main}` is its image's own, which is not known here, so it can have no \
                     guard (--deadline-guard shell)"
                ),
                "write the command after `--`, or take --deadline-guard sidecar",
            );
        }
        guard(container, limit.seconds);
        Ok(Some(Self { task, limit }))
    }

    /// What a person is told of it before the launch.
    pub(in crate::backend::fargate) fn said(&self) -> String {
        let Limit { container, seconds } = &self.limit;
        format!(
            "a shell (/bin/sh of the image) around the command of container `{container}`, which ends it {seconds} s after \
             its start"
        )
    }
}

/// An entry point that the definition names is started by the guard, which takes its place; an image's own, which is
/// not known, starts the guard.
fn guard(container: &mut ContainerSpec, seconds: u64) {
    let grace = container.time_to_stop().as_secs().to_string();
    let mut shell = vec!["/bin/sh".to_owned(), "-c".to_owned(), sent(), NAME.to_owned()];
    let numbers = [seconds.to_string(), grace];
    let command = container.entry_point.iter().chain(&container.command).cloned();
    let command: Vec<String> = numbers.into_iter().chain(command).collect();
    match container.entry_point.is_empty() {
        true => {
            shell.extend(command);
            container.command = shell;
        }
        false => {
            container.entry_point = shell;
            container.command = command;
        }
    }
}

/// The script as it is sent.
fn sent() -> String {
    let lines = SCRIPT.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

impl Limit {
    /// What stands in the task's tag.
    pub(super) fn tag(&self) -> String {
        format!("shell {} {}", self.container, self.seconds)
    }

    /// From what stands in the tag.
    pub(super) fn of_tag(value: &str) -> Option<Self> {
        let mut words = value.strip_prefix("shell ")?.split(' ');
        Some(Self { container: words.next()?.to_owned(), seconds: words.next()?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Child;
    use std::process::Command;
    use std::process::Output;
    use std::process::Stdio;

    use super::*;

    fn guarded(container: ContainerSpec) -> Result<ContainerSpec, Error> {
        let settings = FargateSettings { deadline_guard: DeadlineGuard::Shell, ..FargateSettings::default() };
        let task = TaskSpec { containers: vec![container], ..TaskSpec::default() };
        let guarded = Guarded::new(&task, "app", &settings, Some(Duration::from_secs(90)))?;
        Ok(guarded.expect("it is asked for").task.containers.remove(0))
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn app(entry_point: &[&str], command: &[&str]) -> ContainerSpec {
        ContainerSpec {
            name: "app".to_owned(),
            entry_point: words(entry_point),
            command: words(command),
            stop_timeout: Some(7),
            ..ContainerSpec::default()
        }
    }

    #[test]
    fn it_stands_before_what_is_known_of_the_command() {
        let script = sent();
        let alone = guarded(app(&[], &["./deploy.sh", "a b"])).expect("a command");
        let shell = ["/bin/sh", "-c", &script, NAME];
        assert_eq!(alone.entry_point, words(&[]), "an image's own stays");
        assert_eq!(alone.command, words(&[&shell[..], &["90", "7", "./deploy.sh", "a b"]].concat()));
        let both = guarded(app(&["sh", "-c"], &["make test"])).expect("a command");
        assert_eq!(
            (both.entry_point, both.command),
            (words(&shell), words(&["90", "7", "sh", "-c", "make test"]))
        );
        let error = guarded(app(&[], &[])).expect_err("nothing is known");
        assert!(error.is_usage() && error.advice().contains("after `--`"), "{error}");
    }

    #[test]
    fn the_limit_is_read_back_from_the_tag() {
        let limit = Limit { container: "app".to_owned(), seconds: 90 };
        assert_eq!(Limit::of_tag(&limit.tag()), Some(limit));
        assert_eq!((Limit::of_tag("shell app soon"), Limit::of_tag("schedule a 1")), (None, None));
    }

    /// Shells that images have. What is not installed here is left out, except for the first.
    const SHELLS: [&[&str]; 4] = [&["sh"], &["dash"], &["bash"], &["busybox", "sh"]];

    /// A guarded shell script that runs, in each shell that there is.
    fn each(seconds: &str, grace: &str, script: &str, check: impl Fn(Child, &[&str])) {
        for (index, shell) in SHELLS.into_iter().enumerate() {
            let mut command = Command::new(shell[0]);
            command.args(&shell[1..]).args([
                "-c",
                &sent(),
                NAME,
                seconds,
                grace,
                "sh",
                "-c",
                script,
                "x",
                "a b",
            ]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            match command.spawn() {
                Ok(child) => check(child, shell),
                Err(error) => assert!(index > 0, "{shell:?}: {error}"),
            }
        }
    }

    fn ended(child: Child) -> (Option<i32>, String, String) {
        let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (status.code(), text(&stdout), text(&stderr))
    }

    fn nothing_said(code: i32, said: &str) -> (Option<i32>, String, String) {
        (Some(code), said.to_owned(), String::new())
    }

    #[test]
    fn code_words_and_streams_are_the_commands_own() {
        for (script, code, said) in [
            ("exit 0", 0, ""),
            ("exit 7", 7, ""),
            ("exit 127", 127, ""),
            ("kill -9 $$", 137, ""),
            ("printf '%s|' \"$@\" \"${__p-unset}\"", 0, "a b|unset|"),
        ] {
            each("60", "1", script, |child, shell| {
                assert_eq!(ended(child), nothing_said(code, said), "{script} in {shell:?}");
            });
        }
        each("60", "1", "cat; echo err >&2; exit 3", |mut child, shell| {
            child.stdin.take().expect("a pipe").write_all(b"in\n").expect("it reads");
            assert_eq!(ended(child), (Some(3), "in\n".to_owned(), "err\n".to_owned()), "{shell:?}");
        });
    }

    /// Sends a signal as soon as the command has said that it listens.
    fn signalled(mut child: Child, signal: &str) -> (Option<i32>, String, String) {
        let mut stdout = child.stdout.take().expect("a pipe");
        let mut said = [0; 3];
        std::io::Read::read_exact(&mut stdout, &mut said).expect("it says `up`");
        child.stdout = Some(stdout);
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.is_ok_and(|sent| sent.success()));
        ended(child)
    }

    // The commands that trap a signal turn in circles: dash forgets one that comes while it starts another program
    // (0.5.12, `onsig` returns while `vforked`).
    #[test]
    fn signals_reach_the_command() {
        for signal in ["TERM", "HUP", "USR1"] {
            let script = format!("trap 'echo got; exit 5' {signal}; echo up; while :; do :; done");
            each("60", "1", &script, |child, shell| {
                assert_eq!(
                    signalled(child, &format!("-{signal}")),
                    nothing_said(5, "got\n"),
                    "{signal} in {shell:?}"
                );
            });
        }
        each("60", "1", "echo up; exec sleep 60", |child, shell| {
            assert_eq!(signalled(child, "-TERM"), nothing_said(143, ""), "{shell:?}");
        });
    }

    #[test]
    fn the_command_is_ended_when_its_time_is_over() {
        let heeds = "trap 'echo got; exit 0' TERM; while :; do :; done";
        let heeds_not = "trap '' TERM; while :; do :; done";
        for (script, said) in [(heeds, "got\n"), (heeds_not, ""), ("exec sleep 60", "")] {
            each("0.3", "0.3", script, |child, shell| {
                let words = "sortie: the deadline guard ends the command after 0.3 s\n";
                assert_eq!(
                    ended(child),
                    (Some(OVER), said.to_owned(), words.to_owned()),
                    "{script} in {shell:?}"
                );
            });
        }
    }
}
