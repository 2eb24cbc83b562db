//! What the guide of the plugin SDK shows: its plugins are built by its command, and print what it says.

use std::fs;

use sortie::plugin::Digest;
use sortie_tests::Hook;
use sortie_tests::Sortie;
use sortie_tests::examples;
use sortie_tests::hook::Answer;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;

fn guide() -> String {
    fs::read_to_string(repository().join("plugin-sdk/README.md")).expect("there is a guide")
}

/// A block of code.
struct Block {
    language: String,
    code: String,
}

impl Block {
    /// Name and content, where its first line is a comment with the name of a file.
    fn file(&self) -> Option<(&str, &str)> {
        let (first, rest) = self.code.split_once('\n')?;
        let name = first.strip_prefix("# ").or_else(|| first.strip_prefix("// "))?;
        (name.contains('.') && !name.contains(' ')).then_some((name, rest))
    }
}

/// The blocks of code below a heading, up to the next one.
fn section(heading: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut in_section, mut in_block) = (false, false);
    for line in guide().lines() {
        match line.strip_prefix("```") {
            Some(_) if in_block => in_block = false,
            Some(language) => {
                in_block = true;
                if in_section {
                    blocks.push(Block { language: language.to_owned(), code: String::new() });
                }
            }
            None if in_block && in_section => {
                if let Some(block) = blocks.last_mut() {
                    block.code.push_str(&format!("{line}\n"));
                }
            }
            None if in_block => {}
            None if line.starts_with('#') => in_section = line.trim_start_matches(['#', ' ']) == heading,
            None => {}
        }
    }
    assert!(!blocks.is_empty(), "the guide shows nothing below {heading:?}");
    blocks
}

/// The commands of a console, over several lines where they are.
fn commands(console: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in console.lines() {
        match (line.strip_prefix("$ "), goes_on) {
            (Some(command), false) => commands.push(command.to_owned()),
            (_, true) => {
                let command = commands.last_mut().expect("it has begun");
                command.push_str(&format!("\n{line}"));
            }
            (None, false) => continue,
        }
        goes_on = line.ends_with('\\');
    }
    commands
}

/// The text without what is another one in each run: times, ids, digests.
fn normal(text: &str) -> String {
    let mut normal = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let cut = [("sha256:", "…"), ("process/", "N"), ("\"run\":\"", "R"), ("content-length: ", "N")];
        if let Some((before, instead)) = cut.into_iter().find(|(before, _)| rest.starts_with(before)) {
            normal.push_str(before);
            normal.push_str(instead);
            rest = rest[before.len()..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '…');
        } else if first.is_ascii_digit() {
            let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            match number.strip_prefix('.').filter(|after| after.starts_with(|c: char| c.is_ascii_digit())) {
                Some(after) => {
                    normal.push_str("0.0");
                    rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
                }
                None => {
                    normal.push_str(&rest[..rest.len() - number.len()]);
                    rest = number;
                }
            }
        } else {
            normal.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    normal
}

/// The text with what sortie says of a command behind what the command prints, and in the order of the
/// alphabet: it may say that the task has ended before the last line is through the filters. That plugins are
/// compiled is said only where it takes long, as on a busy machine.
fn parted(text: &str) -> String {
    let mut parted = Vec::new();
    let lines = text.lines().filter(|line| !line.starts_with("sortie: compiling plugins"));
    let lines: Vec<String> = lines.map(|line| format!("{}\n", line.trim_end())).collect();
    for command in lines.chunk_by(|_, next| !next.starts_with("$ ")) {
        let (mut said, printed): (Vec<&str>, Vec<&str>) =
            command.iter().map(String::as_str).partition(|line| line.starts_with("sortie: "));
        said.sort_unstable();
        parted.extend(printed);
        parted.extend(said);
    }
    parted.concat()
}

/// Writes the section's files and runs its commands, in order, in one shell and one directory in which the
/// plugin is where cargo puts it. Fails the test unless it prints what the guide shows.
fn assert_shown(heading: &str, component: &std::path::Path, hook: Option<&Hook>) {
    let bytes = fs::read(component).expect("cargo has built the component");
    let digest = Digest::of(&bytes).to_string();
    let name = component.file_name().and_then(|name| name.to_str()).expect("a name");
    let here = |text: &str| match hook {
        Some(hook) => text.replace("localhost:8080", &format!("localhost:{}", hook.port())),
        None => text.to_owned(),
    };
    let mut script = "exec 2>&1\n".to_owned();
    let mut shown = String::new();
    for block in section(heading) {
        if let Some((file, content)) = block.file() {
            let content = content.replace("sha256:…", &digest);
            script.push_str(&format!("mkdir -p $(dirname {file})\ncat > {file} <<'END'\n{content}END\n"));
        } else if block.language == "console" {
            shown.push_str(&block.code);
            for command in commands(&block.code) {
                let shown = format!("cat <<'END'\n$ {command}\nEND\n");
                script.push_str(&format!("code=$?\n{shown}(exit $code)\n{}\n", here(&command)));
            }
        }
    }
    let directory = binary().parent().expect("a file is in a directory");
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap_or_default());
    let sortie = Sortie::new().env("PATH", path);
    let place = sortie.path("target/wasm32-wasip2/release");
    fs::create_dir_all(&place).expect("the working directory is ours");
    fs::write(place.join(name), bytes).expect("the working directory is ours");
    let output = sortie.within(&script).run();
    let (printed, shown) = (parted(&normal(&output.text())), parted(&normal(&shown)));
    assert!(printed == shown, "the guide shows\n{shown}\nand this is printed\n{}", output.text());
    if let Some(hook) = hook {
        let sent = section(heading).into_iter().find(|block| block.language == "http").expect("a request");
        let requests = hook.requests();
        let [request] = &requests[..] else { panic!("one request is expected: {requests:#?}") };
        assert_eq!(normal(request).replace(&hook.port().to_string(), "8080"), normal(&sent.code));
    }
}

#[test]
fn the_first_plugin_runs() {
    let blocks = section("From nothing to a plugin that runs");
    let package = repository().join("target/examples/packages/quiet");
    let sdk = repository().join("plugin-sdk");
    for (file, content) in blocks.iter().filter_map(Block::file) {
        let content = content.replace("../sortie/plugin-sdk", &sdk.display().to_string());
        // Here it is below this repository, whose workspace it is no part of.
        let more = if file == "Cargo.toml" { "\n[workspace]\n" } else { "" };
        examples::write(&package, file, &(content + more));
    }
    assert!(blocks.iter().any(|block| block.code.trim() == examples::COMMAND), "no `{}`", examples::COMMAND);
    let Some(component) = examples::build(&package, "quiet") else { return };
    assert_shown("From nothing to a plugin that runs", &component, None);
}

#[test]
fn errors_of_a_configuration_are_as_shown() {
    let Some(component) = examples::example("owner") else { return };
    assert_shown("Configuration", &component, None);
}

#[test]
fn the_example_of_a_transform_does_what_is_shown() {
    let Some(component) = examples::example("owner") else { return };
    assert_shown("`owner`, a transform", &component, None);
}

#[test]
fn the_example_of_a_filter_does_what_is_shown() {
    let Some(component) = examples::example("stack-traces") else { return };
    assert_shown("`stack-traces`, a filter", &component, None);
}

#[test]
fn the_example_of_a_reporter_does_what_is_shown() {
    let Some(component) = examples::example("webhook") else { return };
    assert_shown("`webhook`, a reporter", &component, Some(&Hook::start(Answer::Echo(202))));
}
