//! The plugin host against hostile guests (`tests/guests/`). Each guest does what a mode says,
//! which the tests write into a slot of the component's bytes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;
use std::time::Instant;

use serde_json::json;
use sortie::plugin::Digest;
use sortie::plugin::Limits;
use sortie::plugin::Need;
use sortie::plugin::Plugin;
use sortie::plugin::PluginError;
use sortie::plugin::PluginHost;
use sortie::plugin::Transform;
use sortie::plugin::TransformError;
use sortie::plugin::error::Failure;
use sortie::settings::PluginSettings;
use sortie::spec::ContainerSpec;
use sortie::spec::EnvValue;
use sortie::spec::EnvVar;
use sortie::spec::TaskSpec;
use sortie_plugin_build::Build;
use sortie_plugin_build::target_dir_beside;

/// The first half of a guest's slot.
const SLOT: &[u8] = b"EVIL-MODE-SLOT:";
/// Room for a mode after it.
const SLOT_MODE: usize = 49;

static TRANSFORM: LazyLock<Vec<u8>> = LazyLock::new(|| guest("evil-transform"));

fn guest(package: &str) -> Vec<u8> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let target = target_dir_beside(Path::new(env!("CARGO_TARGET_TMPDIR")));
    Build::new(workspace, target).run(package).unwrap().component
}

/// The component with this mode in its slot.
fn with_mode(component: &[u8], mode: &str) -> Vec<u8> {
    let mut bytes = component.to_vec();
    let at = bytes.windows(SLOT.len()).position(|window| window == SLOT).unwrap() + SLOT.len();
    let padded = format!("{mode:SLOT_MODE$}");
    bytes[at..at + SLOT_MODE].copy_from_slice(padded.as_bytes());
    bytes
}

struct Loaded {
    _directory: tempfile::TempDir,
    path: PathBuf,
    digest: Digest,
}

fn file(bytes: &[u8]) -> Loaded {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("plugin.wasm");
    std::fs::write(&path, bytes).unwrap();
    Loaded { path, digest: Digest::of(bytes), _directory: directory }
}

/// Short limits, so that the tests that run into them are short.
fn limits() -> Limits {
    let time = Duration::from_millis(500);
    Limits {
        start_time: time,
        describe_time: time,
        configure_time: time,
        transform_time: Duration::from_secs(2),
        process_time: time,
        report_time: time,
        ..Limits::default()
    }
}

fn load(component: &[u8], mode: &str, grants: Option<&[&str]>) -> Result<Plugin, PluginError> {
    let file = file(&with_mode(component, mode));
    PluginHost::new(limits()).unwrap().load(&PluginSettings {
        source: file.path.display().to_string(),
        config: json!({"a": 1}),
        grants: grants.map(|grants| grants.iter().map(|&grant| grant.to_owned()).collect()),
        digest: grants.map(|_| file.digest.to_string()),
    })
}

fn transform(mode: &str) -> Transform {
    match load(&TRANSFORM, mode, None).unwrap() {
        Plugin::Transform(transform) => transform,
        _ => unreachable!("evil-transform is a transform"),
    }
}

fn failure(mode: &str) -> Failure {
    load(&TRANSFORM, mode, None).err().unwrap().failure
}

fn task() -> TaskSpec {
    let var = |name: &str, value| EnvVar { name: name.to_owned(), value };
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

fn transform_failure(mode: &str) -> Failure {
    match transform(mode).transform(&task()) {
        Err(TransformError::Failed(error)) => error.failure,
        other => panic!("{mode}: {other:?}"),
    }
}

#[test]
fn an_endless_loop_is_stopped_wherever_it_is() {
    for mode in ["spin-start", "spin-describe", "spin-configure"] {
        let begin = Instant::now();
        assert!(matches!(failure(mode), Failure::Timeout(_)), "{mode}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{mode}");
    }
    assert!(matches!(transform_failure("spin-transform"), Failure::Timeout(_)));
}

#[test]
fn memory_and_stack_end_at_their_limits() {
    let failure = transform_failure("eat-memory");
    assert!(matches!(failure, Failure::Limit(_)), "{failure}");
    // A guest has two stacks, the engine's and its own in its memory; either may end first.
    let failure = transform_failure("recurse");
    assert!(matches!(failure, Failure::Limit(_) | Failure::Trap(_)), "{failure}");
}

#[test]
fn huge_answers_are_refused() {
    for mode in ["summary-huge", "needs-many", "diagnostics-many", "diagnostics-huge"] {
        let failure = failure(mode);
        assert!(matches!(failure, Failure::Limit(_)), "{mode}: {failure}");
    }
    for mode in ["huge-name", "many-containers"] {
        let failure = transform_failure(mode);
        assert!(matches!(failure, Failure::Limit(_)), "{mode}: {failure}");
    }
}

#[test]
fn answers_out_of_protocol_are_refused() {
    for mode in ["name-control", "name-long", "version-bad", "wrong-kind"] {
        let failure = failure(mode);
        assert!(matches!(failure, Failure::Protocol(_)), "{mode}: {failure}");
    }
    for mode in ["bad-extra", "extra-deep", "set-secret", "rename-container"] {
        let failure = transform_failure(mode);
        assert!(matches!(failure, Failure::Protocol(_)), "{mode}: {failure}");
    }
}

#[test]
fn a_guests_control_characters_reach_nobody() {
    let error = load(&TRANSFORM, "name-control", None).err().unwrap().to_string();
    assert!(!error.chars().any(char::is_control), "{error:?}");
    let plugin = load(&TRANSFORM, "summary-control", None).unwrap();
    assert_eq!(plugin.summary(), "nice [2J  plugin");
    let error = load(&TRANSFORM, "diagnostics-error", None).err().unwrap();
    assert_eq!(error.failure, Failure::Configuration(vec!["/a/b: no good".to_owned()]));
    match transform("refuse").transform(&task()) {
        Err(TransformError::Refused { reason, .. }) => assert_eq!(reason, "because [31m of reasons"),
        other => panic!("{other:?}"),
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
fn configuration_reaches_the_plugin_as_json() {
    let plugin = load(&TRANSFORM, "diagnostics-config", None).unwrap();
    assert_eq!(plugin.diagnostics()[0].message, r#"{"a":1}"#);
}

#[test]
fn secrets_are_withheld_and_put_back() {
    let changed = transform("show-env").transform(&task()).unwrap();
    assert_eq!(changed.tags[0].value, "A=1");
    assert_eq!(changed.containers, task().containers);
}

#[test]
fn only_granted_variables_that_were_asked_for_are_readable() {
    let plugin = load(&TRANSFORM, "read-env", Some(&["env:EVIL_GRANTED", "env:PATH"])).unwrap();
    assert_eq!(plugin.missing_needs(), [Need::Env("EVIL_MISSING".to_owned())]);
    let Plugin::Transform(mut transform) = plugin else { unreachable!("evil-transform is a transform") };
    let tags = transform.transform(&task()).unwrap().tags;
    let value = |name: &str| tags.iter().find(|tag| tag.name == name).unwrap().value.clone();
    assert_eq!(value("EVIL_GRANTED"), "Ok(None)");
    assert!(value("EVIL_MISSING").contains("Denied"));
    assert!(value("PATH").contains("Denied"), "granted, but not asked for");
}

#[test]
fn grants_need_the_digest_and_the_error_prints_it() {
    let bytes = with_mode(&TRANSFORM, "");
    let file = file(&bytes);
    let host = PluginHost::new(limits()).unwrap();
    let mut settings = PluginSettings {
        source: file.path.display().to_string(),
        config: json!({}),
        grants: Some(vec!["env:EVIL_GRANTED".to_owned()]),
        digest: None,
    };
    for digest in [None, Some(Digest::of(b"other").to_string())] {
        settings.digest = digest;
        let error = host.load(&settings).err().unwrap();
        assert!(matches!(error.failure, Failure::Grants(_)));
        assert!(error.hint.contains(&format!("digest = \"{}\"", file.digest)));
    }
    settings.digest = Some(file.digest.to_string());
    assert!(host.load(&settings).is_ok());
}

#[test]
fn files_that_are_no_components_are_refused() {
    let whole = with_mode(&TRANSFORM, "");
    let cases: [&[u8]; 4] = [b"", b"\0asm\x01\0\0\0", b"garbage, not wasm at all", &whole[..whole.len() / 2]];
    for bytes in cases {
        let file = file(bytes);
        let error = PluginHost::new(limits())
            .unwrap()
            .load(&PluginSettings {
                source: file.path.display().to_string(),
                config: json!({}),
                grants: None,
                digest: None,
            })
            .err()
            .unwrap();
        assert!(matches!(error.failure, Failure::NotLoaded(_)), "{error}");
        assert!(error.is_usage());
    }
}
