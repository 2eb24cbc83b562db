//! What the release workflow runs, with a small program in place of the real one: packing, checksums, the list of what
//! is in the program, and the names of the program in the steps that download it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;

use crate::downloads::Place;

const TARGETS: [&str; 4] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

fn run(repository: &Path, command: &[&str], environment: &[(&str, &str)]) -> String {
    let output = Command::new(repository.join(command[0]))
        .args(&command[1..])
        .envs(environment.iter().copied())
        .current_dir(repository)
        .output()
        .expect("the program is there");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A copy of what the scripts read and write.
fn copy() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let from = [".ci", "Cargo.toml", "README.md", "LICENSE"].map(|name| repository().join(name));
    let copied = Command::new("cp").arg("-r").args(from).arg(directory.path()).status().expect("cp starts");
    assert!(copied.success());
    directory
}

#[test]
fn what_is_released_is_what_the_steps_download() {
    let directory = copy();
    let root = directory.path();
    let program = root.join("program");
    std::fs::write(&program, "#!/bin/sh\necho \"this is $0\"\n").expect("the directory is ours");
    let program = program.display().to_string();
    let pack = |target| {
        let environment = [("SORTIE_PROGRAM", &*program), ("SOURCE_DATE_EPOCH", "1700000000")];
        let path = run(root, &[".ci/release/build", target], &environment);
        std::fs::read(root.join(path.trim())).expect("the archive is there")
    };
    assert!(TARGETS.map(pack) == TARGETS.map(pack), "the same program makes the same bytes");
    pack("x86_64-pc-windows-msvc");
    let archive = root.join("dist/sortie-0.1.0-x86_64-pc-windows-msvc.tar.gz");
    let listed = Command::new("tar").arg("-tf").arg(archive).output().expect("tar starts").stdout;
    assert!(String::from_utf8_lossy(&listed).contains("-msvc/sortie.exe\n"));
    run(root, &[".ci/release/owner", "Someone/sortie"], &[]);
    run(root, &[".ci/release/pin", "Someone/sortie"], &[]);
    let sums = run(root, &[".ci/release/checksums"], &[]);
    let release: Value = serde_json::from_str(
        &std::fs::read_to_string(root.join(".ci/steps/github/release.json")).expect("it is there"),
    )
    .expect("JSON");
    assert_eq!(release["downloads"], "https://github.com/Someone/sortie/releases/download/v0.1.0");
    for target in release["targets"].as_object().expect("targets").values() {
        let (archive, sha256) =
            (target["archive"].as_str().expect("text"), target["sha256"].as_str().expect("text"));
        assert!(sums.contains(&format!("{sha256}  {archive}\n")), "{archive} is not in\n{sums}");
    }
    assert_eq!(release["targets"].as_object().map(serde_json::Map::len), Some(TARGETS.len()));
    let formula = std::fs::read_to_string(root.join("dist/sortie.rb")).expect("it is there");
    assert!(!formula.contains('@') && formula.contains("Someone/sortie"), "{formula}");

    // Whoever has released it has taken OWNER's place, in lower case where that is asked for.
    let step = |path: &str| std::fs::read_to_string(root.join(".ci/steps").join(path)).expect("it is there");
    assert!(step("gitlab/templates/sortie.yml").contains("ghcr.io/someone/sortie:"));
    assert!(step("circleci/orb.yml").contains("sortie: someone/sortie@"));
    let left = Command::new("grep").args(["-riE", r"OWNER/|\bOWNER$"]).arg(root.join(".ci/steps")).output();
    assert_eq!(String::from_utf8_lossy(&left.expect("grep starts").stdout), "");

    // The installer of the orb and of the plugin takes it from there, and nothing else.
    let place = Place::start();
    let name = format!("sortie-0.1.0-{}-unknown-linux-musl.tar.gz", std::env::consts::ARCH);
    let archive = std::fs::read(root.join("dist").join(&name)).expect("the archive is there");
    place.serve(&format!("/{name}"), &archive);
    let install = |into: &str| {
        let script = root.join(".ci/steps/buildkite/lib/install.sh");
        let mut sh = Command::new("sh");
        sh.arg(script).arg(root.join(into)).env("STEP_DOWNLOADS", place.url("")).env("PATH", "/usr/bin:/bin");
        sh.output().expect("sh starts")
    };
    let installed = install("bin");
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    let said = run(root, &["bin/sortie"], &[]);
    assert!(said.starts_with("this is "), "{said}");
    place.serve(&format!("/{name}"), &[archive, b"x".to_vec()].concat());
    let refused = install("other");
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not what was released"));
    assert!(!root.join("other").exists());
}

#[test]
fn the_program_is_listed_with_what_it_is_made_of() {
    let bom: Value = serde_json::from_str(&run(repository(), &[".ci/release/sbom"], &[])).expect("JSON");
    let components = bom["components"].as_array().expect("components");
    let scope = |name: &str| {
        let found = components.iter().find(|component| component["name"] == name);
        found.map(|component| component["scope"].as_str().expect("text"))
    };
    assert_eq!(
        (scope("rustls"), scope("serde_derive"), scope("insta")),
        (Some("required"), Some("excluded"), None)
    );
    for component in components {
        assert!(component["licenses"][0]["expression"].is_string(), "{component} has no licence");
    }
    let references: Vec<&Value> = components.iter().map(|component| &component["bom-ref"]).collect();
    for dependency in bom["dependencies"].as_array().expect("dependencies").iter().skip(1) {
        assert!(references.contains(&&dependency["ref"]), "{dependency}");
    }
}

/// No dependency is left without a version, and what lies beside a crate (`wit/`) is in it. That they build from what
/// is packed takes as long as everything else together: `.ci/release/crates package` does it.
#[test]
fn the_crates_hold_what_they_are_built_of() {
    let cargo = |words: &str| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo).args(words.split(' ')).current_dir(repository()).output();
        let output = output.expect("cargo starts");
        assert!(output.status.success(), "cargo {words}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let listed = cargo("package --offline --allow-dirty --list --package sortie");
    for file in ["build.rs", "schema/output.schema.json", "wit/types.wit", "src/main.rs"] {
        assert!(listed.lines().any(|line| line == file), "{file} is not in\n{listed}");
    }
    let directory = tempfile::tempdir().expect("a directory");
    let packages: String = ["line-regex", "lines", "plugin-sdk", "plugin-build", "plugin-redact"]
        .map(|name| format!(" --package sortie-{name}"))
        .concat();
    let target = directory.path().display();
    cargo(&format!(
        "package --offline --allow-dirty --no-verify --target-dir {target}{packages} --package sortie"
    ));
}

/// The release workflow does it with the static program of each processor.
#[test]
fn the_program_runs_where_nothing_else_is() {
    let program = binary().display().to_string();
    let said = run(repository(), &[".ci/release/alone", &program], &[]);
    assert!(said.starts_with("sortie "), "{said}");
}
