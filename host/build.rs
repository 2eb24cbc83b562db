//! Builds the first-party plugins and embeds them in the binary.
//!
//! For each: compile the crate to WebAssembly, make it a component, compile that ahead of time
//! for the target's architecture, and write `first_party.rs` with all of it and with what its
//! `grants.toml` lets it do, which `src/plugin/runtime/code/built.rs` includes.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;

use sha2::Digest as _;
use sha2::Sha256;
use sortie_plugin_build::Build;
use sortie_plugin_build::Plugin;
use sortie_plugin_build::target_dir_beside;
use wasmtime::Engine;

#[path = "src/plugin/runtime/engine_config.rs"]
mod engine_config;

/// Packages of the workspace, and the names under which users ask for them. One of several names is told by
/// which it is used; it is there once, and each name has grants of its own.
const FIRST_PARTY: &[(&str, &[&str])] = &[
    ("sortie-plugin-ci-tags", &["ci-tags"]),
    ("sortie-plugin-redact", &["redact"]),
    ("sortie-plugin-steps", &["steps"]),
    ("sortie-plugin-annotations", &["annotations"]),
    (
        "sortie-plugin-reporters",
        &[
            "github",
            "gitlab",
            "circleci",
            "codefresh",
            "buildkite",
            "azure",
            "teamcity",
            "jenkins",
            "junit",
            "markdown",
            "hook",
            "otel",
        ],
    ),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in error.to_string().lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let workspace = package.join("..").canonicalize()?;
    // A published package has the components in it: the plugins' sources are no part of it.
    let prebuilt = Some(package.join("prebuilt")).filter(|_| !workspace.join("plugins").is_dir());
    let target = env::var("TARGET")?;
    println!("cargo::rustc-env=SORTIE_TARGET={target}");
    println!("cargo::rustc-env=SORTIE_COMMIT={}", commit(&workspace, &package));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/plugin/runtime/engine_config.rs");
    println!("cargo::rerun-if-changed=wit");

    let build = Build::new(&workspace, target_dir_beside(&out));
    let config = engine_config::engine_config(Some(&target));
    let engine = config.and_then(|config| Engine::new(&config)).map_err(|error| {
        format!("plugins cannot be compiled for {target}: {error}\nfor another processor the build needs --features cross")
    })?;
    let (mut codes, mut table) = (String::new(), String::from("const FIRST_PARTY: &[Built] = &[\n"));
    for (index, (package, names)) in FIRST_PARTY.iter().enumerate() {
        let sources = prebuilt.clone().unwrap_or_else(|| workspace.join("plugins"));
        let directory = sources.join(package.trim_start_matches("sortie-plugin-"));
        let plugin = match prebuilt {
            None => build.run(package)?,
            Some(_) => Plugin { component: fs::read(directory.join("plugin.wasm"))?, sources: Vec::new() },
        };
        for source in &plugin.sources {
            println!("cargo::rerun-if-changed={}", source.display());
        }
        let component = out.join(format!("{package}.wasm"));
        let code = out.join(format!("{package}.cwasm"));
        fs::write(&component, &plugin.component)?;
        fs::write(&code, engine.precompile_component(&plugin.component)?)?;
        let hex = Sha256::digest(&plugin.component).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        writeln!(codes, "static CODE_{index}: &[u8] = include_bytes!({code:?});")?;
        for name in *names {
            let grants = grants(&match names {
                [_] => directory.join("grants.toml"),
                _ => directory.join("grants").join(name).with_extension("toml"),
            })?;
            writeln!(
                table,
                "    Built {{\n        name: {name:?},\n        #[cfg(test)]\n        component: include_bytes!({component:?}),\n        \
                 code: CODE_{index},\n        digest: \"sha256:{hex}\",\n        grants: &{grants:?},\n    }},"
            )?;
        }
    }
    table.push_str("];\n");
    fs::write(out.join("first_party.rs"), codes + &table)?;
    Ok(())
}

/// The commit that is built: `SORTIE_COMMIT`, what cargo has noted in the package, or what git says. Empty where neither is there, and in builds
/// for development, which each commit would make anew.
fn commit(workspace: &Path, package: &Path) -> String {
    println!("cargo::rerun-if-env-changed=SORTIE_COMMIT");
    if let Ok(commit) = env::var("SORTIE_COMMIT") {
        return commit;
    }
    if let Ok(noted) = fs::read_to_string(package.join(".cargo_vcs_info.json")) {
        let sha1 = noted.split("\"sha1\": \"").nth(1).unwrap_or_default();
        return sha1.chars().take_while(char::is_ascii_hexdigit).take(12).collect();
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        return String::new();
    }
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).current_dir(workspace).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // The log of HEAD changes with each commit and checkout, whatever HEAD refers to.
    if let Some(log) = git(&["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_default()
}

/// The standard grants in this file.
fn grants(path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let table: toml::Table = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
    let grants = match table.get("grant") {
        Some(toml::Value::Array(grants)) if table.len() == 1 => grants,
        _ => return Err(format!("{}: it holds one list, `grant`", path.display()).into()),
    };
    let text = |grant: &toml::Value| grant.as_str().map(str::to_owned);
    grants
        .iter()
        .map(|grant| text(grant).ok_or_else(|| format!("{}: a grant is a text", path.display()).into()))
        .collect()
}
