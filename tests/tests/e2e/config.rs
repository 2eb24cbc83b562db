//! Which configuration file counts, and what it may hold.

use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::Sortie;

const SECRET: &str = "tops3cret-Value-0815";

/// A repository with this file at its root, and sortie in a directory below.
fn below(file: &str, args: &[&str]) -> Sortie {
    let sortie = Sortie::new().file("sortie.toml", file).args(args);
    sortie.within("mkdir -p .git a/b && cd a/b && exec \"$@\"")
}

#[test]
fn redactor_of_the_repository_acts_in_a_subdirectory() {
    let file = format!(
        "backend = \"process\"\n[[plugin]]\nname = \"redact\"\nconfig = {{ values = [\"{SECRET}\"] }}\n"
    );
    let script = format!("echo {SECRET}; pwd");
    let output = below(&file, &["run"]).script(&script).run();
    output.assert_code(0);
    let lines = output.lines();
    assert!(lines[0] == "***" && lines[1].ends_with("/a/b"), "{output}");

    let without = below(&file, &["run", "--config", "none", "--backend", "process"]).script(&script).run();
    without.assert_code(0);
    assert!(without.text().starts_with(SECRET), "{without}");
    below(&file, &["run"]).env("SORTIE_CONFIG", "none").script("true").run().assert_code(2);
}

#[test]
fn plan_shows_the_file_and_its_paths_are_its_own() {
    let file = "backend = \"process\"\nenv-file = \"ci/vars\"\n";
    let sortie = |args: &[&str]| below(file, args).env("X", "1").script("echo $A");
    let run = |args: &[&str]| -> Output {
        sortie(args).within("mkdir -p .git a/b ci && echo A=found > ci/vars && cd a/b && exec \"$@\"").run()
    };
    run(&["run"]).assert_code(0).assert_stdout("found\n");
    let plan = run(&["plan", "--json"]);
    plan.assert_code(0);
    let rows = plan.json_lines()[0]["settings"].clone();
    let row = |key: &str| rows.as_array().into_iter().flatten().find(|row| row["key"] == key).cloned();
    assert_eq!(row("config").expect("a row")["value"], "../../sortie.toml", "{plan}");
    assert_eq!(row("backend").expect("a row")["origin"], "../../sortie.toml", "{plan}");
    let plan = run(&["plan", "--config", "none", "--backend", "process"]);
    let rows: Vec<String> = plan.lines().into_iter().filter(|line| line.starts_with("  config ")).collect();
    assert!(rows.len() == 1 && rows[0].contains("none") && rows[0].contains("--config"), "{plan}");
}

#[test]
fn what_is_no_file_is_an_error_at_once() {
    for make in ["mkfifo", "mkdir", "ln -s nowhere", "ln -s /dev/zero", "truncate -s 2M"] {
        let script = format!("mkdir -p .git a && {make} sortie.toml && cd a && exec \"$@\"");
        let sortie = Sortie::new().args(["run", "--backend", "process"]).script("echo must not run");
        let output = sortie.within(&script).run();
        output.assert_code(2).assert_stdout("").assert_stderr("../sortie.toml");
        output.assert_within(std::time::Duration::from_secs(20));
    }
}

/// Wherever the value is found wrong, the place where it was set is named.
#[test]
fn errors_name_the_line_of_the_file() {
    let cloud = Cloud::scripted("toml-places");
    cloud.shell("x");
    for (line, words) in [
        ("cluster = true", "`cluster` must be a text"),
        ("subnet = {}", "a text or a list of texts"),
        ("ephemeral-storage = 3", "ephemeral storage"),
        ("capacity-provider = \"A=B\"", "capacity provider"),
        ("started-by = \"a b\"", "started-by"),
        ("timeout = \"soon\"", "time span"),
    ] {
        let sortie = cloud.sortie(&["plan"]).args(cloud.target()).file("sortie.toml", format!("\n{line}\n"));
        let output = sortie.run();
        output.assert_code(2).assert_stderr("sortie.toml:2: ").assert_stderr(words);
    }
    for (file, words) in [
        ("backend = \"process\"\n[[plugin]]\nname = \"redakt\"\n", "sortie.toml:3: "),
        ("backend = \"docker\"\nimage = \"x\"\nengine = \"nonsense\"\n", "sortie.toml:3: "),
    ] {
        let output = Sortie::new().args(["run"]).file("sortie.toml", file).script("true").run();
        output.assert_code(2).assert_stderr(words);
    }
    let variable = Sortie::new().args(["run", "--image", "x"]).env("SORTIE_BACKEND", "docker");
    variable.env("SORTIE_ENGINE", "nonsense").run().assert_code(2).assert_stderr("SORTIE_ENGINE: ");
}
