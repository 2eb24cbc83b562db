//! What sortie says of itself: its version, its help, and what shells and editors need.

use serde_json::Value;
use serde_json::json;
use sortie_tests::Sortie;
use sortie_tests::servers::repository;

#[test]
fn version_is_told_to_people_and_programs() {
    let short = Sortie::new().args(["--version"]).run();
    short.assert_code(0).assert_stdout(&format!("sortie {}\n", env!("CARGO_PKG_VERSION")));
    let text = Sortie::new().args(["version"]).run();
    text.assert_code(0);
    assert!(text.text().contains("sortie:plugin 0.") && text.text().contains("redact"), "{text}");
    for sortie in [
        Sortie::new().args(["version", "--output", "json"]),
        Sortie::new().args(["version"]).env("SORTIE_OUTPUT", "json"),
    ] {
        let output = sortie.run();
        output.assert_code(0);
        let [version] = &output.json_lines()[..] else { panic!("one object\n{output}") };
        assert_eq!(version["version"], env!("CARGO_PKG_VERSION"), "{output}");
        let plugins = version["plugins"].as_array().expect("a list");
        let digest = plugins[0]["digest"].as_str().expect("a text");
        assert!(plugins.len() >= 3 && digest.len() == "sha256:".len() + 64, "{output}");
        assert!(version["commit"] == Value::Null || version["commit"].is_string(), "{output}");
    }
    Sortie::new().args(["version", "--output", "xml"]).run().assert_code(2).assert_stderr("xml");
}

/// What a person types into a shell, and what is there after Tab.
const TYPED: [(&str, &str); 7] = [
    ("sortie la", "sortie launch"),
    ("sortie run --plugin re", "sortie run --plugin redact"),
    ("sortie logs --grant red", "sortie logs --grant redact="),
    ("sortie run --output js", "sortie run --output json"),
    ("sortie run --local=f", "sortie run --local=false"),
    ("sortie plan --task-definition file:tas", "sortie plan --task-definition file:task.json"),
    ("sortie help exi", "sortie help exit-codes"),
];

/// In terminals of their own.
#[test]
fn shells_complete_commands_flags_and_values() {
    for shell in ["bash", "zsh", "fish"] {
        let typed = TYPED.map(|(typed, _)| format!("'{typed}'")).join(" ");
        let script = repository().join("tests/shells/complete.py");
        let script = format!("PATH=\"${{1%/*}}:$PATH\" python3 {} {shell} {typed}", script.display());
        let output = Sortie::new().file("task.json", "{}").within(&script).run();
        output.assert_code(0);
        let expected: String = TYPED.iter().map(|(_, completed)| format!("{completed}\n")).collect();
        assert_eq!(output.text(), expected, "{shell}\n{output}");
    }
    Sortie::new().args(["completions", "tcsh"]).run().assert_code(2).assert_stderr("bash");
}

#[test]
fn manual_pages_and_topics_are_there() {
    let output = Sortie::new().args(["help", "man", "--out", "man1"]).run();
    output.assert_code(0);
    assert!(output.has_file("man1/sortie.1") && output.has_file("man1/sortie-run.1"), "{output}");
    let texts = [
        "definitions",
        "aws",
        "engines",
        "logging",
        "ci",
        "secrets",
        "plugins",
        "grants",
        "json",
        "settings",
    ];
    for topic in texts.into_iter().chain(["exit-codes", "man", "run"]) {
        Sortie::new().args(["help", topic]).run().assert_code(0);
    }
    Sortie::new().args(["help", "plugin"]).run().assert_code(2).assert_stderr("sortie help plugins");
}

#[test]
fn schema_of_the_settings_is_printed() {
    let output = Sortie::new().args(["help", "settings", "--schema"]).run();
    output.assert_code(0);
    let schema: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(schema["properties"]["assign-public-ip"]["type"], json!("boolean"), "{output}");
}
