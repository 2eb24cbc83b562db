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

/// What the parser of the command line finds is told as everything else is.
#[test]
fn wrong_command_lines_are_told_in_one_voice() {
    for (args, words) in [
        (&["rnu"][..], "there is no command `rnu`"),
        (&["launch", "--timeout", "1m"], "`--timeout` is no flag of sortie launch"),
        (
            &["run", "--backend", "process", "--timeout", "-1", "--", "true"],
            "--timeout: `-1` is not a time span",
        ),
        (&["wait", "id", "extra"], "`extra` belongs to no flag of sortie wait"),
    ] {
        let output = Sortie::new().args(args).run();
        output.assert_code(2).assert_stdout("").assert_stderr("  hint: ");
        assert!(output.stderr.starts_with(&format!("sortie: error: {words}\n")), "{output}");
        for foreign in ["For more information", "tip:", "-- -", "--stop-timeout", "Usage:"] {
            assert!(!output.stderr.contains(foreign), "{output}");
        }
    }
    let help = Sortie::new().run();
    help.assert_code(2).assert_stdout("").assert_stderr("Commands:");
}

#[test]
fn variables_come_from_a_file_a_pipe_and_a_short_flag() {
    let run = |args: &[&str]| Sortie::new().args(["run", "--backend", "process"]).args(args);
    run(&["-e", "A=1", "-eB=2"]).script("echo $A$B").run().assert_code(0).assert_stdout("12\n");
    let piped = run(&["--env-file", "-"]).script("echo $A").within("printf 'A=x=y' | \"$@\"").run();
    piped.assert_code(0).assert_stdout("x=y\n");
    let wrong = run(&["--env-file", "-"]).script("true").within("printf 'A=1\nexport B=2' | \"$@\"").run();
    wrong.assert_code(2).assert_stderr("standard input:2: `export` stands before `B`");
    let kept = run(&["--env-file", "vars"]).file("vars", "A=\"x\"\n").script("echo $A").run();
    kept.assert_code(0).assert_stdout("\"x\"\n").assert_stderr("warning: vars: quotes are part of a value");
}

#[test]
fn configuration_of_a_plugin_comes_from_a_file() {
    let run = |config: &str| {
        let args =
            ["run", "--backend", "process", "--plugin", "redact", "--plugin-config", "redact=@redact.json"];
        Sortie::new().args(args).file("redact.json", config).script(&format!("echo {SECRET}")).run()
    };
    run(&format!("{{\"values\": [\"{SECRET}\"]}}")).assert_code(0).assert_stdout("***\n");
    let wrong = run(&format!("{{\"values\": [\"{SECRET}\"]"));
    wrong.assert_code(2).assert_stderr("redact.json: not valid JSON").assert_nowhere(SECRET);
}
