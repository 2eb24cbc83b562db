//! What all tests of the plugin host have.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::LazyLock;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;
use sortie::environment::Environment;
use sortie::pipeline::chain::Chain;
use sortie::pipeline::chain::ChainFailure;
use sortie::pipeline::chain::Link;
use sortie::plugin::Context;
use sortie::plugin::Described;
use sortie::plugin::Digest;
use sortie::plugin::Failure;
use sortie::plugin::Filter;
use sortie::plugin::Limits;
use sortie::plugin::Message;
use sortie::plugin::Plugin;
use sortie::plugin::PluginError;
use sortie::plugin::PluginHost;
use sortie::settings::PluginSettings;
use sortie::settings::plugin_ref::PluginRef;
use sortie_lines::Gate;
use sortie_lines::LineBatch;
use sortie_lines::Stage;
use sortie_plugin_build::Build;
use sortie_plugin_build::target_dir_beside;

/// The first half of a guest's slot.
const SLOT: &[u8] = b"EVIL-MODE-SLOT:";
/// Room for a mode after it.
const SLOT_MODE: usize = 49;

pub(crate) static TRANSFORM: LazyLock<Vec<u8>> = LazyLock::new(|| guest("evil-transform"));
pub(crate) static FILTER: LazyLock<Vec<u8>> = LazyLock::new(|| guest("evil-filter"));
pub(crate) static REPORTER: LazyLock<Vec<u8>> = LazyLock::new(|| guest("evil-reporter"));

fn guest(package: &str) -> Vec<u8> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let target = target_dir_beside(Path::new(env!("CARGO_TARGET_TMPDIR")));
    Build::new(workspace, target).run(package).unwrap().component
}

/// One of each kind, for what they have in common.
pub(crate) fn all() -> [&'static [u8]; 3] {
    [&TRANSFORM, &FILTER, &REPORTER]
}

/// The component with this mode in its slot.
pub(crate) fn with_mode(component: &[u8], mode: &str) -> Vec<u8> {
    assert!(mode.len() <= SLOT_MODE, "{mode} is too long");
    let mut bytes = component.to_vec();
    let at = bytes.windows(SLOT.len()).position(|window| window == SLOT).unwrap() + SLOT.len();
    let padded = format!("{mode:SLOT_MODE$}");
    bytes[at..at + SLOT_MODE].copy_from_slice(padded.as_bytes());
    bytes
}

/// A component in a file.
pub(crate) struct ComponentFile {
    _directory: tempfile::TempDir,
    pub(crate) path: PathBuf,
    pub(crate) digest: Digest,
}

pub(crate) fn file(bytes: &[u8]) -> ComponentFile {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("plugin.wasm");
    std::fs::write(&path, bytes).unwrap();
    ComponentFile { path, digest: Digest::of(bytes), _directory: directory }
}

/// How long a guest may take that never ends, so that the test does.
pub(crate) const SHORT: Duration = Duration::from_secs(2);
/// How long all others may take: on a machine that others use too, nobody knows.
const LONG: Duration = Duration::from_secs(60);

/// The limits, with this time for each call.
fn limits(time: Duration) -> Limits {
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

/// A host with a cache of its own, where `PATH` is the one variable that is set.
pub(crate) fn host(time: Duration) -> PluginHost {
    let variables = [("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")), ("PATH", "/bin")];
    PluginHost::new(limits(time), &variables.into_iter().collect::<Environment>())
}

/// A host for this component: one that is not patient with guests whose mode says that they never end.
fn host_for(component: &[u8]) -> PluginHost {
    let spins = component.windows(SLOT.len() + 4).any(|window| window.strip_prefix(SLOT) == Some(b"spin"));
    host(if spins { SHORT } else { LONG })
}

/// The run that plugins are told of.
pub(crate) fn context() -> Context {
    Context {
        run_id: "run-1".to_owned(),
        command: "run",
        backend: "process".to_owned(),
        ci: Some("github"),
        containers: vec!["main".to_owned(), "db".to_owned()],
        main_container: Some(0),
        ..Context::default()
    }
}

/// A plugin as a user asks for it, with its digest where it is granted something.
pub(crate) fn settings(file: &ComponentFile, grants: &[&str], config: Value) -> PluginSettings {
    PluginSettings {
        config,
        grants: (!grants.is_empty()).then(|| grants.iter().map(|&grant| grant.to_owned()).collect()),
        digest: (!grants.is_empty()).then(|| file.digest.to_string()),
        ..PluginSettings::new(PluginRef::File(file.path.clone()))
    }
}

/// The component, loaded and described.
pub(crate) fn described(component: &[u8]) -> Result<Described, PluginError> {
    let file = file(component);
    host_for(component).load(&settings(&file, &[], json!({})))
}

/// The component, loaded and configured.
pub(crate) fn load_with(component: &[u8], grants: &[&str], config: Value) -> Result<Plugin, PluginError> {
    let file = file(component);
    host_for(component).load(&settings(&file, grants, config))?.configure(&context())
}

/// The guest in this mode, loaded and configured.
pub(crate) fn load(component: &[u8], mode: &str, grants: &[&str]) -> Result<Plugin, PluginError> {
    load_with(&with_mode(component, mode), grants, json!({"a": 1}))
}

/// Why the guest cannot be loaded and configured in this mode.
pub(crate) fn load_error(component: &[u8], mode: &str, grants: &[&str]) -> PluginError {
    let begin = Instant::now();
    match load(component, mode, grants) {
        Err(error) => {
            assert!(begin.elapsed() < LONG, "{mode}");
            assert_safe(&format!("{error}{}", error.said.last_words));
            error
        }
        Ok(plugin) => panic!("{mode}: {} loads", plugin.name()),
    }
}

/// What no text that reaches a person may have in it.
pub(crate) fn assert_safe(text: &str) {
    assert!(!text.chars().any(sortie::invisible::is_invisible), "{text:?}");
}

/// What is said, in words.
pub(crate) fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

pub(crate) fn filter_with(mode: &str, grants: &[&str]) -> Filter {
    match load(&FILTER, mode, grants).unwrap() {
        Plugin::Filter(filter) => filter,
        _ => unreachable!("evil-filter is a filter"),
    }
}

pub(crate) fn filter(mode: &str) -> Filter {
    filter_with(mode, &[])
}

/// Filters as a run has them on the log of its first container, each behind the search for its interests.
pub(crate) fn chain(filters: &[&Filter]) -> Chain {
    Chain::new(filters.iter().map(|filter| {
        let stream = filter.open(&context().of_container(0)).unwrap();
        let wishes = stream.wishes().clone();
        let gate = wishes.interests.map(|interests| Arc::new(Gate::new(&interests).unwrap()));
        let stage = Stage::new(Box::new(stream), gate, wishes.pieces);
        Link { name: filter.name().to_owned(), stage, tick: wishes.tick }
    }))
}

/// A chain of the guest in this mode alone.
pub(crate) fn chain_of(mode: &str) -> Chain {
    chain(&[&filter(mode)])
}

pub(crate) fn batch(lines: &[&str]) -> LineBatch {
    let mut batch = LineBatch::default();
    for line in lines {
        batch.push(line.as_bytes(), 0);
    }
    batch
}

/// What becomes of lines that no filter fails on.
pub(crate) fn processed(chain: &mut Chain, lines: &[&str]) -> LineBatch {
    let mut lines = batch(lines);
    assert_eq!(chain.process(&mut lines), None);
    lines
}

/// Lines as they are printed: a newline after each that is finished.
pub(crate) fn printed(batches: &[LineBatch]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for batch in batches {
        bytes.extend_from_slice(&batch.bytes);
        if batch.partial {
            bytes.pop();
        }
    }
    bytes
}

/// A chain whose filter has failed lets nothing through, says so no more, and counts what it withholds.
pub(crate) fn assert_closed(mode: &str, chain: &mut Chain, failure: &ChainFailure) {
    let withheld = chain.withheld();
    let mut more = batch(&["secret three"]);
    assert_eq!(chain.process(&mut more), None, "{mode}: said once");
    assert!(more.is_empty() && more.bytes.is_empty(), "{mode}");
    let (mut tail, mut remarks) = (Vec::new(), Vec::new());
    if let Some(next) = chain.next_tick() {
        panic!("{mode}: a tick at {next:?}");
    }
    assert_eq!(chain.tick(Instant::now() + Duration::from_secs(60), &mut tail), None, "{mode}");
    assert_eq!(chain.finish(&mut tail, &mut remarks), None, "{mode}");
    assert!(tail.is_empty() && remarks.is_empty(), "{mode}");
    assert_eq!(chain.withheld(), withheld + 1, "{mode}");
    let reason = failure.to_string();
    assert!(reason.starts_with("filter `evil-filter` failed: "), "{mode}: {reason}");
    assert!(!reason.contains("secret"), "{mode}: {reason}");
    assert_safe(&reason);
}

/// The kind of a failure, for tables.
pub(crate) fn is_limit(failure: &Failure) -> bool {
    matches!(failure, Failure::Limit(_))
}

pub(crate) fn is_protocol(failure: &Failure) -> bool {
    matches!(failure, Failure::Protocol(_))
}
