//! The plugin host against hostile guests (`tests/guests/`). Each guest does what a mode says,
//! which the tests write into a slot of the component's bytes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::LazyLock;
use std::time::Duration;
use std::time::Instant;

use serde_json::json;
use sortie::environment::Environment;
use sortie::pipeline::chain::Chain;
use sortie::plugin::Digest;
use sortie::plugin::Failure;
use sortie::plugin::Filter;
use sortie::plugin::Limits;
use sortie::plugin::Need;
use sortie::plugin::Plugin;
use sortie::plugin::PluginError;
use sortie::plugin::PluginHost;
use sortie::plugin::Reporter;
use sortie::plugin::ReporterEvent;
use sortie::plugin::Transform;
use sortie::plugin::TransformError;
use sortie::settings::PluginSettings;
use sortie::settings::plugin_ref::PluginRef;
use sortie::spec::ContainerSpec;
use sortie::spec::EnvValue;
use sortie::spec::EnvVar;
use sortie::spec::TaskSpec;
use sortie_lines::Edits;
use sortie_lines::Gate;
use sortie_lines::LineBatch;
use sortie_lines::LineFilter;
use sortie_lines::Stage;
use sortie_plugin_build::Build;
use sortie_plugin_build::target_dir_beside;

/// The first half of a guest's slot.
const SLOT: &[u8] = b"EVIL-MODE-SLOT:";
/// Room for a mode after it.
const SLOT_MODE: usize = 49;

static TRANSFORM: LazyLock<Vec<u8>> = LazyLock::new(|| guest("evil-transform"));
static FILTER: LazyLock<Vec<u8>> = LazyLock::new(|| guest("evil-filter"));
static REPORTER: LazyLock<Vec<u8>> = LazyLock::new(|| guest("evil-reporter"));

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
    let time = Duration::from_secs(2);
    Limits {
        start_time: time,
        describe_time: time,
        configure_time: time,
        transform_time: time,
        process_time: time,
        report_time: time,
        ..Limits::default()
    }
}

fn host() -> PluginHost {
    PluginHost::new(limits(), &Environment::of_process())
}

fn load(component: &[u8], mode: &str, grants: Option<&[&str]>) -> Result<Plugin, PluginError> {
    let file = file(&with_mode(component, mode));
    host().load(&PluginSettings {
        config: json!({"a": 1}),
        grants: grants.map(|grants| grants.iter().map(|&grant| grant.to_owned()).collect()),
        digest: grants.map(|_| file.digest.to_string()),
        ..PluginSettings::new(PluginRef::File(file.path.clone()))
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
    assert_eq!(plugin.description().summary, "nice [2J  plugin");
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
    let host = host();
    let mut settings = PluginSettings {
        grants: Some(vec!["env:EVIL_GRANTED".to_owned()]),
        ..PluginSettings::new(PluginRef::File(file.path.clone()))
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
        let error = host().load(&PluginSettings::new(PluginRef::File(file.path.clone()))).err().unwrap();
        assert!(matches!(error.failure, Failure::NotLoaded(_)), "{error}");
        assert!(error.is_usage());
    }
}

fn filter(mode: &str) -> Filter {
    match load(&FILTER, mode, None).unwrap() {
        Plugin::Filter(filter) => filter,
        _ => unreachable!("evil-filter is a filter"),
    }
}

/// The filter as a run has it, behind the search for its interests.
fn chain(filter: &Filter) -> Chain {
    let gate = filter.interests().map(|interests| Arc::new(Gate::new(interests).unwrap()));
    let stream = filter.open("main").unwrap();
    Chain::new([(filter.name().to_owned(), Stage::new(Box::new(stream), gate))])
}

fn batch(lines: &[&str]) -> LineBatch {
    let mut batch = LineBatch::default();
    for line in lines {
        batch.push(line.as_bytes(), 0);
    }
    batch
}

/// Feeds lines to a filter that fails on them, and more afterwards. Nothing may come out. Returns
/// the reason.
fn fails_closed(mode: &str) -> String {
    let begin = Instant::now();
    let mut chain = chain(&filter(mode));
    let mut lines = batch(&["secret one", "two"]);
    let failure = chain.process(&mut lines).unwrap_or_else(|| panic!("{mode}: {lines:?}"));
    assert!(lines.is_empty() && lines.bytes.is_empty(), "{mode}");
    let mut more = batch(&["secret three"]);
    assert_eq!(chain.process(&mut more), None, "{mode}: said once");
    assert!(more.is_empty() && more.bytes.is_empty(), "{mode}");
    let mut tail = Vec::new();
    assert_eq!(chain.finish(&mut tail), None, "{mode}");
    assert!(tail.is_empty(), "{mode}");
    assert_eq!(chain.withheld(), 3, "{mode}");
    assert!(begin.elapsed() < Duration::from_secs(20), "{mode}");
    let reason = failure.to_string();
    let names_it = "filter `evil-filter` failed: plugin evil-filter 1.0.0: process: ";
    assert!(reason.starts_with(names_it), "{mode}: {reason}");
    assert!(reason.contains("on the log of container main"), "{mode}: {reason}");
    assert!(!reason.contains("secret"), "{mode}: {reason}");
    reason
}

#[test]
fn filters_that_answer_out_of_protocol_fail_closed() {
    for (mode, why) in [
        ("line-outside", "an edit of line 2 of a batch of 2"),
        ("not-ascending", "not in ascending order"),
        ("line-twice", "not in ascending order"),
        ("end-outside", "not within the replacements"),
        ("end-backwards", "not within the replacements"),
        ("drop-with-bytes", "a dropped line with a replacement"),
        ("bytes-of-nobody", "belong to no edit"),
    ] {
        let reason = fails_closed(mode);
        assert!(reason.contains("it answered out of protocol: "), "{mode}: {reason}");
        assert!(reason.contains(why), "{mode}: {reason}");
    }
}

#[test]
fn filters_that_exceed_a_limit_fail_closed() {
    for (mode, why) in [
        ("spin-process", "it took longer than 2s and was stopped"),
        ("eat-memory", "bytes of memory wanted"),
        ("answer-huge", "bytes handed over in one call"),
        ("edits-many", "bytes handed over in one call"),
    ] {
        let reason = fails_closed(mode);
        assert!(reason.contains(why), "{mode}: {reason}");
    }
}

#[test]
fn a_filter_that_traps_withholds_its_batch_and_all_that_follows() {
    let mut chain = chain(&filter("trap-after"));
    let mut lines = batch(&["one", "two"]);
    assert_eq!(chain.process(&mut lines), None);
    assert_eq!(lines.bytes, b"one\ntwo\n", "what came before it failed is printed");
    let mut lines = batch(&["three", "secret"]);
    let failure = chain.process(&mut lines).unwrap();
    assert!(failure.reason.contains("process: it crashed: it panicked or aborted"), "{failure}");
    for _ in 0..2 {
        assert!(lines.is_empty() && lines.bytes.is_empty());
        lines = batch(&["secret"]);
        assert_eq!(chain.process(&mut lines), None);
    }
    assert_eq!(chain.withheld(), 4);
}

#[test]
fn a_filter_that_trapped_is_not_asked_again() {
    let mut stream = filter("trap-secret").open("main").unwrap();
    let mut edits = Edits::default();
    let lines = batch(&["secret"]);
    let first = stream.process(&lines, &mut edits).unwrap_err().message;
    assert!(first.contains("it crashed"), "{first}");
    let clean = batch(&["clean"]);
    for message in
        [stream.process(&clean, &mut edits).unwrap_err().message, stream.finish().unwrap_err().message]
    {
        assert!(message.contains("it has failed before and is not asked again"), "{message}");
    }
    assert!(edits.edits.is_empty() && edits.bytes.is_empty());
}

#[test]
fn streams_of_one_filter_fail_on_their_own() {
    let filter = filter("trap-secret");
    let (mut one, mut other) = (chain(&filter), chain(&filter));
    assert!(one.process(&mut batch(&["secret"])).is_some());
    let mut lines = batch(&["clean"]);
    assert_eq!(other.process(&mut lines), None);
    assert_eq!(lines.bytes, b"clean\n");
}

#[test]
fn every_stream_of_a_filter_has_an_instance_that_was_made_in_the_same_way() {
    let filter = filter("calls");
    for _ in 0..2 {
        let mut lines = batch(&["x"]);
        assert_eq!(chain(&filter).process(&mut lines), None);
        assert_eq!(String::from_utf8_lossy(&lines.bytes), "described 0, configured 1\n");
    }
}

#[test]
fn a_filter_that_fails_in_its_last_call_is_reported() {
    for (mode, why) in [
        ("trap-finish", "finish: it crashed"),
        ("spin-finish", "finish: it took longer than 2s and was stopped"),
        ("finish-huge", "finish: it exceeded a limit"),
    ] {
        let mut chain = chain(&filter(mode));
        assert_eq!(chain.process(&mut batch(&["one"])), None, "{mode}");
        let mut tail = Vec::new();
        let failure = chain.finish(&mut tail).unwrap();
        assert!(failure.reason.contains(why), "{mode}: {failure}");
        assert!(tail.is_empty(), "{mode}");
    }
}

#[test]
fn a_filter_is_shown_only_the_lines_that_its_interests_hit() {
    let mut chain = chain(&filter("trap-gated"));
    let mut lines = batch(&["clean", "lines"]);
    assert_eq!(chain.process(&mut lines), None, "it would have trapped");
    assert_eq!(lines.len(), 2);
    let mut lines = batch(&["clean", "a secret", "clean"]);
    assert!(chain.process(&mut lines).is_some());
    assert!(lines.is_empty(), "neither the line that was hit nor its neighbours");
}

#[test]
fn interests_beyond_their_limits_are_refused() {
    for mode in ["interests-many", "interests-huge", "pattern-long"] {
        let failure = load(&FILTER, mode, None).err().unwrap().failure;
        assert!(matches!(failure, Failure::Limit(_)), "{mode}: {failure}");
    }
    let failure = load(&FILTER, "literal-empty", None).err().unwrap().failure;
    assert!(matches!(failure, Failure::Protocol(_)), "{failure}");
    let failure = load(&FILTER, "trap-configure", None).err().unwrap().failure;
    assert!(matches!(failure, Failure::Trap(_)), "{failure}");
}

#[test]
fn interests_that_can_not_be_searched_are_named() {
    for (mode, index) in [("regex-broken", 1), ("regex-empty", 0), ("regex-large", 0)] {
        let begin = Instant::now();
        let error = Gate::new(filter(mode).interests().unwrap()).unwrap_err();
        assert_eq!(error.index, index, "{mode}: {error}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{mode}");
    }
}

#[test]
fn a_filter_reads_only_the_variables_that_it_was_granted() {
    let Plugin::Filter(filter) = load(&FILTER, "read-env", Some(&["env:EVIL_GRANTED", "env:PATH"])).unwrap()
    else {
        unreachable!("evil-filter is a filter")
    };
    // The second stream is another instance, with the same grants.
    for mut chain in [chain(&filter), chain(&filter)] {
        let mut lines = batch(&["x"]);
        assert_eq!(chain.process(&mut lines), None);
        let seen = String::from_utf8(lines.bytes).unwrap();
        assert!(seen.contains("EVIL_GRANTED=Ok(None)"), "{seen}");
        assert!(seen.contains("EVIL_MISSING=Err(EnvError::Denied)"), "{seen}");
        assert!(seen.contains("PATH=Err(EnvError::Denied)"), "granted, but not asked for: {seen}");
    }
}

/// Files of the cache that hold a component.
fn cached(base: &Path) -> Vec<PathBuf> {
    let Ok(files) = std::fs::read_dir(base.join("sortie/plugins")) else { return Vec::new() };
    let paths = files.map(|file| file.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "code")).collect()
}

#[test]
fn exchanging_files_of_the_cache_makes_no_plugin_run_anothers_code() {
    let base = tempfile::tempdir().unwrap();
    let environment: Environment = [("XDG_CACHE_HOME", base.path())].into_iter().collect();
    let (good, bad) = (file(&with_mode(&TRANSFORM, "show-env")), file(&with_mode(&TRANSFORM, "refuse")));
    // A host for each, as in two runs.
    let tags = |plugin: &Loaded| {
        let loaded = PluginHost::new(limits(), &environment).load(&PluginSettings {
            digest: Some(plugin.digest.to_string()),
            ..PluginSettings::new(PluginRef::File(plugin.path.clone()))
        });
        let Ok(Plugin::Transform(mut transform)) = loaded else { panic!("it is a transform") };
        transform.transform(&task()).map(|task| task.tags.len())
    };
    assert!(matches!((tags(&good), tags(&bad)), (Ok(1), Err(TransformError::Refused { .. }))));
    let files = cached(base.path());
    let [one, other] = &files[..] else { panic!("{files:?}") };
    let (first, second) = (std::fs::read(one).unwrap(), std::fs::read(other).unwrap());
    std::fs::write(one, second).unwrap();
    std::fs::write(other, &first).unwrap();
    assert!(matches!((tags(&good), tags(&bad)), (Ok(1), Err(TransformError::Refused { .. }))));
    assert_eq!(std::fs::read(one).unwrap(), first, "and they are put right");
}

/// A reporter that was granted this.
fn reporter(mode: &str, grants: &[&str]) -> Reporter {
    match load(&REPORTER, mode, (!grants.is_empty()).then_some(grants)).unwrap() {
        Plugin::Reporter(reporter) => reporter,
        _ => unreachable!("evil-reporter is a reporter"),
    }
}

fn event() -> ReporterEvent {
    ReporterEvent::StateChanged { state: "running".to_owned(), elapsed: 1 }
}

fn log_event() -> ReporterEvent {
    ReporterEvent::LogLines { container: "main".to_owned(), bytes: b"one\ntwo\n".to_vec(), ends: vec![3, 7] }
}

fn report_failure(mode: &str, grants: &[&str]) -> Failure {
    let begin = Instant::now();
    let failure = reporter(mode, grants).report(&event()).unwrap_err().failure;
    assert!(begin.elapsed() < Duration::from_secs(20), "{mode}");
    failure
}

/// A directory, and the grant of the file `log` in it.
fn granted_log() -> (tempfile::TempDir, PathBuf, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.txt");
    let grant = format!("file:log={}", path.display());
    (directory, path, grant)
}

#[test]
fn a_command_is_one_line_of_bounded_length() {
    for (mode, answers, commands) in [
        ("command-lines", ["not-one-line"; 6].join(" "), 0),
        ("command-long", "ok too-large".to_owned(), 1),
        ("command-many", "ok too-large".to_owned(), 1_000),
        ("command-once", "ok".to_owned(), 1),
    ] {
        let (_directory, path, grant) = granted_log();
        let written = reporter(mode, &["commands", &grant]).report(&event()).unwrap();
        assert_eq!(written.len(), commands, "{mode}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), format!("{answers}\n"), "{mode}");
    }
}

#[test]
fn commands_without_their_grant_are_denied() {
    let (_directory, path, grant) = granted_log();
    assert_eq!(reporter("command-once", &[&grant]).report(&event()).unwrap(), [""; 0]);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "denied\n");
}

#[test]
fn a_command_while_it_is_configured_is_dropped() {
    let mut reporter = reporter("command-configure", &["commands"]);
    assert_eq!(reporter.report(&event()).unwrap(), [""; 0]);
}

#[test]
fn a_reporter_appends_to_its_granted_file_only() {
    let directory = tempfile::tempdir().unwrap();
    let undeclared = format!("file:undeclared={}", directory.path().join("undeclared").display());
    let log = format!("file:log={}", directory.path().join("log").display());
    let mut reporter = reporter("append-other", &["commands", &log, &undeclared]);
    assert_eq!(reporter.report(&event()).unwrap(), ["denied denied denied denied denied"]);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn what_was_in_a_granted_file_stays() {
    let (_directory, path, grant) = granted_log();
    std::fs::write(&path, "before ").unwrap();
    let mut reporter = reporter("append-log", &["commands", &grant]);
    assert_eq!(reporter.report(&event()).unwrap(), ["ok"]);
    assert_eq!(reporter.report(&event()).unwrap(), ["ok"]);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "before evilevil");
}

#[test]
fn a_link_in_the_place_of_a_granted_file_is_not_followed_elsewhere() {
    let (directory, path, grant) = granted_log();
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("target");
    std::fs::write(&target, "untouched").unwrap();
    let relative = Path::new("..").join(elsewhere.path().file_name().unwrap()).join("target");
    for link in [target.clone(), relative, elsewhere.path().join("new")] {
        symlink(link, &path).unwrap();
        let answer = reporter("append-log", &["commands", &grant]).report(&event()).unwrap().remove(0);
        assert!(answer.starts_with("io("), "{answer}");
        assert!(!answer.contains(&*directory.path().to_string_lossy()), "the path is told: {answer}");
        std::fs::remove_file(&path).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "untouched");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
}

#[test]
fn a_reporter_appends_no_more_than_its_limit() {
    let (_directory, path, grant) = granted_log();
    let answers = reporter("append-beyond", &["commands", &grant]).report(&event()).unwrap();
    assert_eq!(answers, ["too-large ok too-large ok too-large"]);
    assert_eq!(std::fs::metadata(path).unwrap().len(), limits().file_bytes);
}

#[test]
fn a_reporter_hands_over_no_more_than_its_limit() {
    let (_directory, path, grant) = granted_log();
    for mode in ["append-huge", "command-huge"] {
        let failure = report_failure(mode, &["commands", &grant]);
        assert!(matches!(failure, Failure::Limit(_)), "{mode}: {failure}");
    }
    assert!(!path.exists());
}

#[test]
fn a_reporter_that_loops_eats_memory_or_traps_is_stopped() {
    let failure = report_failure("spin-report", &[]);
    assert!(matches!(failure, Failure::Timeout(_)), "{failure}");
    let failure = report_failure("eat-memory", &[]);
    assert!(matches!(failure, Failure::Limit(_)), "{failure}");
    let mut reporter = reporter("trap-after-command", &["commands"]);
    let error = reporter.report(&event()).unwrap_err();
    assert!(matches!(error.failure, Failure::Trap(_)), "{error}");
    let error = reporter.report(&event()).unwrap_err();
    assert_eq!(error.failure, Failure::FailedBefore, "and its half report is gone");
}

#[test]
fn markers_out_of_bounds_are_refused() {
    for mode in ["markers-many", "marker-short", "marker-control"] {
        let failure = load(&REPORTER, mode, None).err().unwrap().failure;
        assert!(matches!(failure, Failure::Limit(_) | Failure::Protocol(_)), "{mode}: {failure}");
    }
}

#[test]
fn a_reporter_sees_log_lines_and_variables_only_when_granted() {
    let mut without = reporter("show-lines", &["commands"]);
    assert!(!without.wants_log_lines());
    assert_eq!(without.report(&log_event()).unwrap(), [""; 0]);
    let mut with = reporter("show-lines", &["commands", "log-lines"]);
    assert_eq!(with.report(&log_event()).unwrap(), ["one|two|"]);
    let seen = reporter("read-env", &["commands", "env:PATH"]).report(&event()).unwrap().remove(0);
    assert_eq!(seen, "EVIL_GRANTED=Err(EnvError::Denied) PATH=Err(EnvError::Denied)");
}
