//! Transforms at work.

use std::time::Duration;
use std::time::Instant;

use sortie::plugin::Failure;
use sortie::plugin::Limits;
use sortie::plugin::Need;
use sortie::plugin::Plugin;
use sortie::plugin::Severity;
use sortie::plugin::Transform;
use sortie::plugin::TransformError;
use sortie::plugin::Transformed;
use sortie::spec::ContainerSpec;
use sortie::spec::EnvValue;
use sortie::spec::EnvVar;
use sortie::spec::TaskSpec;

use crate::support::TRANSFORM;
use crate::support::assert_safe;
use crate::support::is_limit;
use crate::support::is_protocol;
use crate::support::load;
use crate::support::texts;

fn transform_with(mode: &str, grants: &[&str]) -> Transform {
    match load(&TRANSFORM, mode, grants).unwrap() {
        Plugin::Transform(transform) => transform,
        _ => unreachable!("evil-transform is a transform"),
    }
}

fn transform(mode: &str) -> Transform {
    transform_with(mode, &[])
}

fn var(name: &str, value: EnvValue) -> EnvVar {
    EnvVar { name: name.to_owned(), value }
}

pub(crate) fn task() -> TaskSpec {
    TaskSpec {
        name: "deploy".to_owned(),
        containers: vec![ContainerSpec {
            name: "main".to_owned(),
            image: "alpine".to_owned(),
            env: vec![
                var("A", EnvValue::Plain("1".to_owned())),
                var("TOKEN", EnvValue::Secret("hunter2".to_owned())),
            ],
            essential: true,
            ..ContainerSpec::default()
        }],
        ..TaskSpec::default()
    }
}

/// The same with a container more, which has no secrets.
fn task_of_two() -> TaskSpec {
    let mut task = task();
    task.containers.push(ContainerSpec { name: "db".to_owned(), ..ContainerSpec::default() });
    task
}

fn transformed(mode: &str) -> Transformed {
    transform(mode).transform(&task()).unwrap_or_else(|error| panic!("{mode}: {error}"))
}

fn failure_on(task: &TaskSpec, mode: &str) -> Failure {
    let begin = Instant::now();
    match transform(mode).transform(task) {
        Err(TransformError::Failed(error)) => {
            assert!(begin.elapsed() < Duration::from_secs(60), "{mode}");
            assert_eq!(error.during, "transform", "{mode}");
            assert!(!error.is_usage(), "{mode}");
            assert_safe(&error.to_string());
            assert!(!format!("{error:?}").contains("hunter2"), "{mode}");
            error.failure
        }
        other => panic!("{mode}: {other:?}"),
    }
}

fn failure(mode: &str) -> Failure {
    failure_on(&task(), mode)
}

fn refusal(mode: &str) -> String {
    match transform(mode).transform(&task()) {
        Err(TransformError::Refused { plugin, reason }) => {
            assert_eq!(plugin, "evil-transform 1.0.0");
            assert_safe(&reason);
            reason
        }
        other => panic!("{mode}: {other:?}"),
    }
}

#[test]
fn an_endless_loop_is_stopped() {
    assert!(matches!(failure("spin-transform"), Failure::Timeout(_)));
}

#[test]
fn memory_and_stack_end_at_their_limits() {
    let ended = failure("eat-memory");
    assert!(is_limit(&ended), "{ended}");
    // A guest has two stacks, the engine's and its own in its memory; either may end first.
    let ended = failure("recurse");
    assert!(matches!(ended, Failure::Limit(_) | Failure::Trap(_)), "{ended}");
}

#[test]
fn huge_answers_are_refused() {
    for mode in ["huge-name", "many-containers", "notes-many", "notes-huge", "refuse-huge"] {
        let failure = failure(mode);
        assert!(is_limit(&failure), "{mode}: {failure}");
    }
}

#[test]
fn answers_out_of_protocol_are_refused() {
    for (mode, why) in [
        ("bad-extra", "`extra` is not a JSON object"),
        ("extra-deep", "`extra` is not a JSON object"),
        ("no-containers", "it removed, renamed or doubled the container `main`"),
        ("rename-container", "it removed, renamed or doubled the container `main`"),
        ("notes", "a note that calls itself an error"),
    ] {
        let failure = failure(mode);
        assert!(is_protocol(&failure), "{mode}: {failure}");
        assert!(failure.to_string().contains(why), "{mode}: {failure}");
    }
}

#[test]
fn secrets_are_withheld_and_put_back() {
    let changed = transformed("show-env").task;
    assert_eq!(changed.tags[0].value, "A=1,TOKEN?");
    assert_eq!(changed.containers, task().containers);
    let changed = transformed("secret-reversed").task;
    let mut reversed = task().containers;
    reversed[0].env.reverse();
    assert_eq!(changed.containers, reversed, "their order is the transform's");
}

#[test]
fn secrets_are_neither_set_nor_lost_nor_moved_nor_made() {
    for (mode, why) in [
        ("set-secret", "it set, removed or doubled `TOKEN` in the container `main`"),
        ("secret-plain", "it set, removed or doubled `TOKEN` in the container `main`"),
        ("secret-missing", "it set, removed or doubled `TOKEN` in the container `main`"),
        ("secret-renamed", "it set, removed or doubled `TOKEN` in the container `main`"),
        ("secret-moved", "it set, removed or doubled `TOKEN` in the container `main`"),
        ("secret-new", "it calls `EVIL` in the container `main` a secret, which sortie does not know"),
        (
            "secret-twice",
            "it calls `TOKEN_EVIL` in the container `main` a secret, which sortie does not know",
        ),
    ] {
        let failure = failure_on(&task_of_two(), mode);
        assert!(is_protocol(&failure), "{mode}: {failure}");
        assert!(failure.to_string().contains(why), "{mode}: {failure}");
    }
}

#[test]
fn what_a_plugin_has_no_say_in_stays_as_it_is() {
    // The platform is not looked at; a size that there is not, whoever checks the task again refuses.
    assert_eq!(transformed("platform-changed").task, task());
    let task = transformed("odd-size").task;
    assert_eq!((task.cpu, task.memory), (Some(300), Some(77)));
    assert_eq!(transformed("").task.tags[0].name, "evil");
}

#[test]
fn a_refusal_is_one_safe_line() {
    assert_eq!(refusal("refuse"), "because [31m of reasons");
    assert_eq!(refusal("refuse-command"), "##[stop-commands]tok ::stop-commands::tok");
}

#[test]
fn an_error_that_is_no_refusal_is_a_failure_in_its_own_words() {
    for (mode, words) in [
        ("error-failed", "it did not work"),
        ("error-denied", "it was not let"),
        ("error-own", "there is none left"),
        ("error-code", "as told"),
    ] {
        assert_eq!(failure(mode), Failure::Said(words.to_owned()), "{mode}");
    }
}

#[test]
fn a_plugin_that_trapped_is_not_asked_again() {
    let mut transform = transform("trap");
    for expected in [Failure::Trap("it panicked or aborted".to_owned()), Failure::FailedBefore] {
        match transform.transform(&task()) {
            Err(TransformError::Failed(error)) => assert_eq!(error.failure, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_last_words_of_a_transform_are_told_and_hold_no_secret() {
    let Err(TransformError::Failed(error)) = transform("panic-task").transform(&task()) else {
        panic!("it panics")
    };
    assert!(matches!(error.failure, Failure::Trap(_)), "{error}");
    let words = &error.said.last_words;
    assert!(words.contains("TOKEN") && !words.contains("hunter2"), "{words}");
    assert_safe(words);
}

#[test]
fn a_plugin_is_not_asked_again_that_answered_an_error_or_out_of_protocol() {
    for mode in ["error-failed", "bad-extra", "secret-new"] {
        let mut transform = transform(mode);
        assert!(transform.transform(&task()).is_err());
        match transform.transform(&task()) {
            Err(TransformError::Failed(error)) => assert_eq!(error.failure, Failure::FailedBefore, "{mode}"),
            other => panic!("{mode}: {other:?}"),
        }
    }
}

#[test]
fn only_granted_variables_that_were_asked_for_are_readable() {
    let plugin = load(&TRANSFORM, "read-env", &["env:EVIL_GRANTED", "env:PATH"]).unwrap();
    let missing: Vec<&Need> = plugin.missing_needs().iter().map(|asked| &asked.need).collect();
    assert_eq!(missing, [&Need::Env("EVIL_MISSING".to_owned())]);
    let Plugin::Transform(mut transform) = plugin else { unreachable!("evil-transform is a transform") };
    let tags = transform.transform(&task()).unwrap().task.tags;
    let value = |name: &str| tags.iter().find(|tag| tag.name == name).unwrap().value.clone();
    assert_eq!(value("EVIL_GRANTED"), "Ok(None)");
    assert!(value("EVIL_MISSING").contains(r#"Error { code: "denied""#));
    assert!(value("PATH").contains(r#"Error { code: "denied""#), "granted, but not asked for");
}

#[test]
fn a_transform_is_told_of_the_run() {
    let told = &transformed("context").task.tags[0].value;
    for part in [
        r#"run-id: "run-1""#,
        r#"command: "run""#,
        "dry-run: false",
        r#"backend: "process""#,
        r#"ci: Some("github")"#,
        r#"containers: ["main", "db"]"#,
        "main-container: Some(0)",
        "container: None",
        "more: []",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn notes_are_safe() {
    let notes = transformed("notes-control").notes;
    let [note] = &notes[..] else { panic!("{notes:?}") };
    assert_eq!(note.severity, Severity::Warning);
    assert!(note.message.starts_with("evil [2J ]52;c;"), "{note:?}");
    assert_safe(&note.to_string());
}

#[test]
fn a_flood_of_words_is_cut() {
    let messages = transformed("log-flood").messages;
    assert_eq!(messages.len(), Limits::default().log_messages + 1);
    let left_out = "messages left out, too many in one call: 99900";
    assert_eq!(texts(&messages).last(), Some(&left_out));
}

#[test]
fn a_transform_has_no_secrets_to_say() {
    let messages = transformed("log-secrets").messages;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert!(message.text.contains("TOKEN") && !message.text.contains("hunter2"), "{message:?}");
}
