//! What a component is, says of itself and needs, before it is of any use.

use std::path::Path;
use std::path::PathBuf;

use serde_json::json;
use sortie::environment::Environment;
use sortie::plugin::Asked;
use sortie::plugin::Digest;
use sortie::plugin::Failure;
use sortie::plugin::Level;
use sortie::plugin::Limits;
use sortie::plugin::Need;
use sortie::plugin::Plugin;
use sortie::plugin::PluginHost;
use sortie::plugin::Severity;
use sortie::plugin::TransformError;
use sortie::settings::PluginSettings;
use sortie::settings::plugin_ref::PluginRef;

use crate::support::ComponentFile;
use crate::support::FILTER;
use crate::support::REPORTER;
use crate::support::SHORT;
use crate::support::TRANSFORM;
use crate::support::all;
use crate::support::assert_safe;
use crate::support::described;
use crate::support::file;
use crate::support::host;
use crate::support::is_limit;
use crate::support::is_protocol;
use crate::support::load;
use crate::support::load_error;
use crate::support::load_with;
use crate::support::texts;
use crate::support::with_mode;
use crate::transform::task;

#[test]
fn an_endless_loop_is_stopped_wherever_it_is() {
    for mode in ["spin-start", "spin-describe", "spin-configure"] {
        let failure = load_error(&TRANSFORM, mode, &[]).failure;
        assert!(matches!(failure, Failure::Timeout(_)), "{mode}: {failure}");
    }
}

#[test]
fn huge_answers_are_refused() {
    let modes = ["summary-huge", "needs-many", "diagnostics-many", "diagnostics-huge", "schema-huge"];
    for mode in modes {
        let failure = load_error(&TRANSFORM, mode, &[]).failure;
        assert!(is_limit(&failure), "{mode}: {failure}");
    }
}

#[test]
fn descriptions_out_of_protocol_are_refused() {
    for (mode, why) in [
        ("name-control", "its name is `evil"),
        ("name-long", "a name is at most 64"),
        ("version-bad", "its version is `latest`"),
        ("schema-bad", "its configuration schema cannot be used: it is not JSON"),
    ] {
        let error = load_error(&TRANSFORM, mode, &[]);
        assert!(is_protocol(&error.failure), "{mode}: {error}");
        assert!(error.to_string().contains(why), "{mode}: {error}");
        assert_eq!(error.during, "describe", "{mode}");
    }
}

#[test]
fn a_guests_control_characters_reach_nobody() {
    let plugin = load(&TRANSFORM, "summary-control", &[]).unwrap();
    assert_eq!(plugin.description().summary, "nice [2J  plugin");
    let error = load_error(&TRANSFORM, "diagnostics-error", &[]);
    assert_eq!(error.failure, Failure::Configuration(vec!["/a/b: no good".to_owned()]));
    assert!(error.is_usage());
}

#[test]
fn configuration_reaches_the_plugin_as_json() {
    let plugin = load(&TRANSFORM, "diagnostics-config", &[]).unwrap();
    let [said] = plugin.diagnostics() else { panic!("{:?}", plugin.diagnostics()) };
    assert_eq!((said.severity, said.message.as_str()), (Severity::Note, r#"{"a":1}"#));
}

#[test]
fn a_configuration_that_its_schema_refuses_is_the_users_mistake() {
    let component = with_mode(&TRANSFORM, "schema");
    assert!(load_with(&component, &[], json!({"a": 1})).is_ok());
    for config in [json!({"a": 2}), json!({}), json!({"a": 1, "b": 2})] {
        let error = load_with(&component, &[], config.clone()).err().unwrap();
        assert!(matches!(error.failure, Failure::Configuration(_)), "{config}: {error}");
        assert!(error.is_usage());
    }
}

#[test]
fn a_plugin_that_fails_on_its_configuration_says_why_or_crashes() {
    for component in all() {
        let error = load_error(component, "error-configure", &[]);
        assert!(matches!(&error.failure, Failure::Said(words) if words.contains("::error::evil")), "{error}");
        assert!(!error.is_usage(), "it is no finding about the configuration");
        let error = load_error(component, "trap-configure", &[]);
        assert_eq!(error.failure, Failure::Trap("it panicked or aborted".to_owned()));
    }
}

#[test]
fn what_a_plugin_says_when_it_is_configured_is_kept_made_safe_and_bounded() {
    for component in all() {
        let plugin = load(component, "log-levels", &[]).unwrap();
        let levels: Vec<Level> = plugin.messages().iter().map(|message| message.level).collect();
        assert_eq!(levels, [Level::Debug, Level::Info, Level::Warn, Level::Error]);
        assert_eq!(texts(plugin.messages()), ["as told"; 4]);
        let plugin = load(component, "log-configure", &[]).unwrap();
        assert_eq!(plugin.messages().len(), 4);
        plugin.messages().iter().for_each(|message| assert_safe(&message.text));
        let plugin = load(component, "log-flood-configure", &[]).unwrap();
        let said = texts(plugin.messages());
        assert_eq!(said.len(), Limits::default().log_messages + 1);
        assert_eq!(said.last(), Some(&"messages left out, too many in one call: 99900"));
    }
}

/// What a plugin asks for, as a person is told of it.
fn shown(asked: &[Asked]) -> Vec<String> {
    asked.iter().map(|asked| asked.need.to_string()).collect()
}

#[test]
fn a_need_that_is_not_known_is_missing_and_only_a_required_one_keeps_it_from_loading() {
    for component in all() {
        let plugin = load(component, "need-unknown", &["env:EVIL_GRANTED"]).unwrap();
        let unknown = plugin.missing_needs().iter().find(|asked| matches!(asked.need, Need::Unknown(_)));
        let unknown = unknown.unwrap();
        assert_eq!(unknown.to_string(), "teleport (To see what comes of it)");
        assert!(!unknown.required);

        let error = load_error(component, "need-unknown-required", &["env:EVIL_GRANTED"]);
        assert!(matches!(error.failure, Failure::Grants(_)), "{error}");
        assert!(error.is_usage());
        assert!(error.to_string().contains("it needs teleport (To see what comes of it), which"), "{error}");
        assert_eq!(error.hint, "this sortie has no such capability; a later one may");
    }
}

#[test]
fn a_required_need_that_is_not_granted_is_a_usage_error_that_says_what_to_grant() {
    for component in all() {
        let error = load_error(component, "need-required", &[]);
        assert!(matches!(error.failure, Failure::Grants(_)), "{error}");
        assert!(error.is_usage());
        assert!(error.to_string().contains("it needs env:EVIL_GRANTED (To see"), "{error}");
        assert!(error.hint.contains(r#"add "env:EVIL_GRANTED" to its `grant`"#), "{}", error.hint);
        assert!(load(component, "need-required", &["env:EVIL_GRANTED"]).is_ok());
    }
}

#[test]
fn a_plugin_cannot_use_nor_show_needs_that_are_none() {
    for component in all() {
        for (mode, why) in [("need-control", "is not a word"), ("need-argument", "is not a variable")] {
            let error = load_error(component, mode, &[]);
            assert!(is_protocol(&error.failure), "{mode}: {error}");
            assert!(error.to_string().contains(why), "{mode}: {error}");
        }
    }
}

#[test]
fn only_a_reporter_can_need_what_reporters_can_use() {
    for component in [&TRANSFORM, &FILTER] {
        let error = load_error(component, "need-foreign", &[]);
        assert!(is_protocol(&error.failure), "{error}");
        assert!(error.to_string().contains("which only reporters can use"), "{error}");
    }
    // It asks twice, and is told once what it lacks.
    let plugin = load(&REPORTER, "need-foreign", &["commands"]).unwrap();
    let missing = shown(plugin.missing_needs());
    let expected = [
        "env:EVIL_GRANTED",
        "env:EVIL_MISSING",
        "file:log=PATH",
        "log-lines",
        "http:GET:https://a.example/",
        "file:other=PATH",
    ];
    assert_eq!(missing, expected);
}

#[test]
fn which_variables_it_wants_a_plugin_may_say_when_it_is_configured() {
    for component in all() {
        let plugin = load(component, "need-star", &[]).unwrap();
        assert!(shown(plugin.missing_needs()).contains(&"env:EVIL_GRANTED".to_owned()));
        let plugin = load(component, "need-star", &["env:EVIL_GRANTED"]).unwrap();
        assert!(!shown(plugin.missing_needs()).contains(&"env:EVIL_GRANTED".to_owned()));
        // Once more the same, which names none.
        let plugin = load(component, "need-late-star", &[]).unwrap();
        assert!(!shown(plugin.missing_needs()).iter().any(|need| need.starts_with("env:")));

        let error = load_error(component, "need-undeclared", &[]);
        assert!(is_protocol(&error.failure), "{error}");
        let why = "its configuration needs `env:PATH`, which it does not ask for";
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn grants_that_a_plugin_never_asks_for_are_known() {
    for component in all() {
        let plugin = load(component, "", &["env:EVIL_GRANTED", "env:PATH"]).unwrap();
        let unasked: Vec<String> = plugin.unasked_grants().iter().map(ToString::to_string).collect();
        assert_eq!(unasked, ["env:PATH"]);
        assert!(plugin.is_granted_by_user());
        // `*` asks for all of them.
        let plugin = load(component, "need-star", &["env:EVIL_GRANTED", "env:PATH"]).unwrap();
        assert_eq!(plugin.unasked_grants(), []);
    }
}

#[test]
fn grants_need_the_digest_and_the_error_prints_it() {
    let file = file(&with_mode(&TRANSFORM, ""));
    let host = host(SHORT);
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
        let error = described(bytes).unwrap_err();
        assert!(matches!(error.failure, Failure::NotLoaded(_)), "{error}");
        assert!(error.is_usage());
    }
}

/// The component with a custom section more.
fn with_section(component: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let leb128 = |mut number: usize| {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    };
    let mut section = leb128(name.len());
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(content);
    [component.to_vec(), vec![0], leb128(section.len()), section].concat()
}

/// What `evil-filter` says of itself.
const FACTS: &str = r#"{"name":"evil-filter","version":"1.0.0","summary":"Does what it should not","needs":[
    {"capability":"env","argument":"EVIL_GRANTED","required":false,"reason":"To see what comes of it"},
    {"capability":"env","argument":"EVIL_MISSING","required":false,"reason":"To see what comes of it"}],
    "configSchema":""}"#;

#[test]
fn what_the_section_says_must_be_what_the_plugin_answers() {
    let with = |mode: &str, facts: &str| {
        load_with(&with_section(&with_mode(&FILTER, mode), "sortie:plugin", facts.as_bytes()), &[], json!({}))
    };
    assert!(with("", FACTS).is_ok());
    assert!(with("", &FACTS.replace(r#","configSchema":"""#, "")).is_ok(), "what is empty may be left out");
    for (mode, facts, what) in [
        ("name-other", FACTS, "name"),
        ("needs-other", FACTS, "needs"),
        ("", &FACTS.replace("evil-filter", "harmless"), "name"),
        ("", &FACTS.replace("1.0.0", "1.0.1"), "version"),
        ("", &FACTS.replace("should not", "should"), "summary"),
        ("", &FACTS.replace("EVIL_MISSING", "PATH"), "needs"),
        ("", &FACTS.replacen("false", "true", 1), "needs"),
        ("", &FACTS.replacen("To see", "To know", 1), "needs"),
        ("", &FACTS.replace(r#"Schema":"""#, r#"Schema":"{}""#), "configuration schema"),
    ] {
        let error = with(mode, facts).err().unwrap();
        assert!(is_protocol(&error.failure), "{error}");
        let why = format!("its section `sortie:plugin` tells another {what} than it does when it is asked");
        assert!(error.to_string().contains(&why), "{error}");
    }
}

#[test]
fn a_malformed_section_is_refused() {
    for (section, why) in [
        (&b""[..], "malformed"),
        (b"{}", "malformed"),
        (b"\xff\x1b[2J\n::error::evil", "malformed"),
        (br#"{"name":"evil-filter\u001b[2J","version":"1.0.0","summary":""}"#, "its name is"),
        (
            br#"{"name":"evil-filter","version":"1.0.0","summary":"","needs":[{"capability":"\u001b"}]}"#,
            "word",
        ),
    ] {
        let component = with_section(&with_mode(&FILTER, ""), "sortie:plugin", section);
        let error = described(&component).unwrap_err();
        assert!(is_protocol(&error.failure), "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert_safe(&error.to_string());
    }
    // Another one is none of sortie's business.
    assert!(described(&with_section(&with_mode(&FILTER, ""), "sortie:other", b"\xff")).is_ok());
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
    let tags = |plugin: &ComponentFile| {
        let described = PluginHost::new(Limits::default(), &environment).load(&PluginSettings {
            digest: Some(plugin.digest.to_string()),
            ..PluginSettings::new(PluginRef::File(plugin.path.clone()))
        });
        let loaded = described.and_then(|described| described.configure(&crate::support::context()));
        let Ok(Plugin::Transform(mut transform)) = loaded else { panic!("it is a transform") };
        transform.transform(&task()).map(|transformed| transformed.task.tags.len())
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
