//! What the README shows is what sortie takes, and so do the pages about CI systems.

use std::collections::BTreeSet;

use serde_json::json;
use sortie::plugin::Digest;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;
use sortie_tests::guests;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;

fn readme() -> String {
    std::fs::read_to_string(repository().join("README.md")).expect("there is a README")
}

/// The pages in `docs/ci`, with their names.
fn pages() -> Vec<(String, String)> {
    let pages = std::fs::read_dir(repository().join("docs/ci")).expect("there are pages");
    let page = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("a page is text"))
    };
    let pages: Vec<_> = pages.map(page).collect();
    assert!(pages.len() >= 9, "{pages:?}");
    pages
}

/// Blocks of code, each with its language.
fn blocks(readme: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = readme.split("```").collect();
    assert!(parts.len() % 2 == 1, "a block of code has no end");
    let block = |part: &&str| {
        let (language, code) = part.split_once('\n').unwrap_or((part, ""));
        (language.to_owned(), code.to_owned())
    };
    parts.iter().skip(1).step_by(2).map(block).collect()
}

/// Command lines of sortie in blocks of code, as they stand.
fn command_lines(readme: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (_, code) in blocks(readme) {
        for line in code.replace("\\\n", " ").lines() {
            let line = line.trim().trim_start_matches("$ ").trim_start_matches("exec ");
            if line.starts_with("sortie ") {
                lines.push(line.to_owned());
            }
        }
    }
    lines
}

/// Those in the text, in single backticks.
fn mentioned(readme: &str) -> Vec<String> {
    let text: String = readme.split("```").step_by(2).collect();
    let spans = text.split('`').skip(1).step_by(2);
    spans.filter(|span| span.starts_with("sortie ")).map(|span| span.replace(['[', ']'], "")).collect()
}

/// Runs a command line in a shell, in which `sortie` is the binary under test.
fn in_shell(sortie: Sortie, line: &str) -> Output {
    let directory = binary().parent().expect("a file is in a directory");
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap_or_default());
    sortie.env("PATH", path).env("SUBNET", "subnet-1").env("GROUP", "sg-1").within(line).run()
}

/// The words that the README uses, in a cloud that has what they name.
fn cloud() -> Cloud {
    let cloud = Cloud::real("readme");
    cloud.call("ecs", "CreateCluster", &json!({ "clusterName": "ci" }));
    let mut definition = cloud.task_definition(json!([shell("app", "x")]));
    definition["family"] = "deploy".into();
    cloud.call("ecs", "RegisterTaskDefinition", &definition);
    cloud
}

/// Headings as links name them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| line.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-"))
}

#[test]
fn every_link_into_the_repository_leads_somewhere() {
    let guide = std::fs::read_to_string(repository().join("plugin-sdk/README.md")).expect("there is a guide");
    let of_ci =
        pages().into_iter().map(|(name, page)| (page, "docs/ci", if name == "README.md" { 10 } else { 0 }));
    for (text, directory, at_least) in [(readme(), "", 21), (guide, "plugin-sdk", 9)].into_iter().chain(of_ci)
    {
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        let links: Vec<&str> = links.filter(|link| !link.contains("://")).collect();
        assert!(links.len() >= at_least, "{links:?}");
        for link in links {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = repository().join(directory).join(path);
            assert!(target.exists(), "{link}");
            let text = match path {
                "" => text.clone(),
                _ => std::fs::read_to_string(target).unwrap_or_default(),
            };
            assert!(heading.is_empty() || headings(&text).any(|one| one == heading), "{link}");
        }
    }
}

/// But for its numbers: times and process ids.
#[test]
fn demo_prints_what_is_shown() {
    const COMMAND: &str = "$ sortie run -- ./deploy.sh\n";
    let normal = |text: &str| {
        let numbers = text.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty());
        numbers.collect::<Vec<_>>().join("N")
    };
    let shown =
        blocks(&readme()).into_iter().find_map(|(_, code)| Some(code.strip_prefix(COMMAND)?.to_owned()));
    let shown = normal(&shown.expect("the README shows the demo"));
    let demo = repository().join("tests/demo/run");
    let output = Sortie::new().within(&format!("{} \"$1\"", demo.display())).run();
    output.assert_code(0);
    let printed = output.text();
    let (_, printed) = printed.split_once(COMMAND).expect("the demo shows its command");
    let (printed, _) = printed.split_once("\nexit code").expect("the demo shows the exit code");
    let of_sortie = |line: &&str| line.starts_with("sortie:");
    let (said, told): (Vec<&str>, Vec<&str>) = shown.lines().partition(of_sortie);
    assert_eq!(normal(printed).lines().collect::<Vec<_>>(), told, "{output}");
    assert_eq!(normal(&output.stderr).lines().collect::<Vec<_>>(), said, "{output}");
}

/// `--help` behind the flags: the parser refuses what it does not know before it comes to it.
#[test]
fn every_command_line_parses() {
    let texts: Vec<String> = pages().into_iter().map(|(_, page)| page).chain([readme()]).collect();
    let lines = texts.iter().flat_map(|text| command_lines(text).into_iter().chain(mentioned(text)));
    let lines: BTreeSet<String> = lines.collect();
    assert!(lines.len() > 20, "{lines:#?}");
    for line in lines {
        let asked = match (line.starts_with("sortie help"), line.split_once(" -- ")) {
            (true, _) => line,
            (false, Some((flags, command))) => format!("{flags} --help -- {command}"),
            (false, None) => format!("{line} --help"),
        };
        in_shell(Sortie::new(), &asked).assert_code(0);
    }
    let unknown = "sortie run --clutser ci --help -- ./deploy.sh";
    in_shell(Sortie::new(), unknown).assert_code(2);
}

#[test]
fn every_run_can_be_planned() {
    let cloud = cloud();
    let lines = command_lines(&readme());
    let runs = lines.iter().filter(|line| line.starts_with("sortie run --cluster"));
    assert!(runs.clone().count() >= 3, "{lines:#?}");
    for line in runs {
        let planned = in_shell(cloud.sortie(&[]), &line.replacen("sortie run", "sortie plan", 1));
        planned.assert_code(0);
        assert!(planned.text().contains("Request RunTask"), "{planned}");
    }
}

/// What is spared a CI system looks like this.
#[test]
fn broken_commands_look_as_shown() {
    let blocks = blocks(&readme());
    let block = blocks.iter().find(|(_, code)| code.contains("--ci github")).map(|(_, code)| code);
    let (command, shown) = block.and_then(|code| code.split_once('\n')).expect("a command and its output");
    let output = in_shell(Sortie::new(), command.trim_start_matches("$ "));
    output.assert_code(0).assert_stderr("counted by sortie: broken commands 2, escaped characters 2");
    let text = output.text();
    let (up, rest) = text.split_once('\n').expect("lines");
    let token = up.strip_prefix("::stop-commands::").expect("the wall");
    let printed = format!("::stop-commands::…\n{}", rest.replace(&format!("::{token}::\n"), ""));
    assert_eq!(printed, *shown, "{output}");
}

/// Only what must be a file is put in its place: a plugin, with its digest.
#[test]
fn settings_file_is_understood() {
    let cloud = cloud();
    let blocks = blocks(&readme());
    let files: Vec<&String> =
        blocks.iter().filter(|(kind, _)| kind == "toml").map(|(_, code)| code).collect();
    let [file] = files[..] else { panic!("one block of TOML is expected: {files:?}") };
    assert!(file.contains("./plugins/notify.wasm") && file.contains("sha256:…"), "{file}");
    let reporter = guests::reporter("command-once");
    // The test's own plugin asks for other variables and files than the one in the README.
    let file = file
        .replace("./plugins/notify.wasm", "notify.wasm")
        .replace("sha256:…", &Digest::of(&reporter).to_string())
        .replace("env:NOTIFY_CHANNEL", "env:EVIL_GRANTED")
        .replace("file:report=", "file:log=");
    let planned = cloud
        .sortie(&["plan", "--json"])
        .file("sortie.toml", file)
        .file("notify.wasm", &reporter)
        .env("DEPLOY_TOKEN", "tops3cret-value")
        .run();
    planned.assert_code(0).assert_nowhere("tops3cret-value");
    let plan: serde_json::Value = serde_json::from_slice(&planned.stdout).expect("--json prints JSON");
    let request = plan["requests"].as_array().and_then(|requests| requests.last()).expect("a request");
    let network = &request["body"]["networkConfiguration"]["awsvpcConfiguration"];
    assert_eq!(network["subnets"], json!(["subnet-1", "subnet-2"]), "{planned}");
    let deadline = json!({ "key": "sortie:deadline", "value": "(the launch + 20m)" });
    let tags = json!([{ "key": "team", "value": "shop" }, deadline]);
    assert_eq!(request["body"]["tags"], tags, "{planned}");
    let names: Vec<_> =
        plan["plugins"].as_array().into_iter().flatten().map(|one| one["name"].clone()).collect();
    assert_eq!(names, [json!("redact"), json!("notify")], "{planned}");
    assert!(cloud.calls("RunTask").is_empty());
}
