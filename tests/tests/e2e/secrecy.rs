//! What sortie knows to be secret is printed nowhere, without any configuration.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::cloud::IMAGE;

/// No rule of the redactor's knows it: only by its value it can be found.
const SECRET: &str = "correct-Horse-battery-0815";

/// One that rules know.
const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

fn process(command: &str) -> Sortie {
    Sortie::new().args([command, "--backend", "process"])
}

#[test]
fn a_secret_is_masked_in_the_log_by_each_way_that_it_is_handed_on() {
    let copied = process("run").args(["--env", "WHATEVER"]).env("WHATEVER", SECRET);
    let given = process("run").args(["--env", &format!("DB_PASSWORD={SECRET}")]);
    let from_file = process("run").file("ci.env", format!("npm_config__authToken={SECRET}\n"));
    let from_toml = process("run").file("sortie.toml", "env = [\"WHATEVER\"]\n").env("WHATEVER", SECRET);
    let url = process("run").args(["--env", &format!("DATABASE_URL=postgres://app:{SECRET}@db/x")]);
    for (way, sortie) in [
        ("--env NAME", copied),
        ("--env NAME=VALUE", given),
        ("--env-file", from_file.args(["--env-file", "ci.env"])),
        ("sortie.toml", from_toml),
        ("inherited", process("run").env("DEPLOY_TOKEN", SECRET)),
        ("--mask", process("run").args(["--mask", "PLAIN"]).env("PLAIN", SECRET)),
        ("SORTIE_MASK", process("run").env("SORTIE_MASK", "PLAIN").env("PLAIN", SECRET)),
        ("a URL", url),
    ] {
        let script = format!("echo a {SECRET} z; printf 'x%s' '{SECRET}' | base64; echo end");
        let output = sortie.script(&script).run();
        output.assert_code(0).assert_nowhere(SECRET);
        let lines = output.lines();
        assert_eq!((lines[0].as_str(), lines[2].as_str()), ("a *** z", "end"), "{way}\n{output}");
        assert!(lines[1].contains("***") && lines[1].len() < 12, "{way}\n{output}");
        output.assert_stderr("counted by sortie: masked lines 2");
    }
}

#[test]
fn many_lines_and_batches_are_masked_and_other_lines_stay() {
    let key = "first line of it\n  second line of it\n";
    let script = "echo plain; printf %s \"$KEYS\"; echo; i=0; while [ $i -lt 5000 ]; do echo $i; i=$((i+1)); done; \
                  echo \"$WHATEVER\"; printf '%s' \"$WHATEVER\"";
    let sortie = process("run").args(["--env", "KEYS", "--env", "WHATEVER"]);
    let output = sortie.env("KEYS", key).env("WHATEVER", SECRET).script(script).run();
    output.assert_code(0).assert_nowhere(SECRET).assert_nowhere("line of it");
    let lines = output.lines();
    assert_eq!(
        (lines[0].as_str(), lines[1].as_str(), lines[lines.len() - 1].as_str()),
        ("plain", "***", "***")
    );
    assert_eq!(lines.iter().filter(|line| line.parse::<u32>().is_ok()).count(), 5000);
}

#[test]
fn ordinary_words_are_not_masked_and_that_is_said() {
    let stage =
        || process("run").args(["--env", "STAGE"]).env("STAGE", "production").script("echo to production");
    stage().run().assert_code(0).assert_stdout("to production\n").assert_nowhere("not masked");
    let told = process("run").args(["-v", "--env", "STAGE"]).env("STAGE", "production");
    told.script("true").run().assert_stderr("the value of STAGE (--env) is not masked");
    // Whoever takes it for a secret is warned.
    let short = process("run").args(["--env", "PIN_TOKEN=abc"]).script("echo abc").run();
    short.assert_code(0).assert_stdout("abc\n").assert_stderr("warning: the value of PIN_TOKEN (--env)");
    let named =
        process("run").args(["--mask", "STAGE"]).env("STAGE", "production").script("echo production").run();
    named.assert_code(0).assert_stdout("***\n");
    // What this process merely has is not looked for.
    let inherited = process("run").env("AWS_SECRET_ACCESS_KEY", "test").script("echo a test").run();
    inherited.assert_code(0).assert_stdout("a test\n");
}

#[test]
fn no_redact_masks_nothing_and_says_so_however_quiet() {
    let run = || process("run").args(["-q"]).env("DEPLOY_TOKEN", SECRET);
    let off = run().args(["--no-redact"]).script("echo $DEPLOY_TOKEN").run();
    off.assert_code(0).assert_stdout(&format!("{SECRET}\n")).assert_stderr("warning: NO SECRET IS MASKED");
    let off = run().env("SORTIE_NO_REDACT", "true").script("echo $DEPLOY_TOKEN").run();
    off.assert_code(0).assert_stderr("NO SECRET IS MASKED");
    // Not by a file that a pull request changes.
    let file = run().file("sortie.toml", "no-redact = true\n").script("echo $DEPLOY_TOKEN").run();
    file.assert_code(2).assert_stdout("");
    run().script("echo $DEPLOY_TOKEN").run().assert_stdout("***\n").assert_nowhere("MASKED");
}

#[test]
fn a_variable_to_mask_that_is_not_set_is_an_error() {
    let output = process("run").args(["--mask", "NOT_THERE"]).script("echo must not run").run();
    output.assert_code(2).assert_stdout("").assert_stderr("--mask: `NOT_THERE` is not set");
    let value = process("run").args(["--mask", SECRET]).script("echo must not run").run();
    value.assert_code(2).assert_stdout("").assert_nowhere(SECRET);
    let empty = process("run").args(["--mask", "EMPTY"]).env("EMPTY", "").script("true").run();
    empty.assert_code(0).assert_stderr("warning: EMPTY is empty: nothing is masked for it");
}

/// A command line with secrets in it that cannot start: its words are in the reason.
#[test]
fn a_secret_in_a_command_that_does_not_start_is_in_no_record_of_it() {
    let github = |sortie: Sortie| {
        let (summary, outputs) = (sortie.path("summary.md"), sortie.path("output.txt"));
        let sortie = sortie.file("summary.md", "").file("output.txt", "").args(["--plugin", "github"]);
        let sortie = sortie.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", summary);
        sortie.env("GITHUB_OUTPUT", outputs).env("DEPLOY_TOKEN", SECRET)
    };
    let nowhere = |output: &Output| {
        let records = format!("{}{}", output.file("summary.md"), output.file("output.txt"));
        for secret in [SECRET, TOKEN] {
            output.assert_nowhere(secret);
            assert!(!records.contains(secret), "{records}\n{output}");
        }
        assert!(records.contains("***"), "{records}\n{output}");
    };
    let program = format!("/bin/deploy --key={SECRET} --token={TOKEN}");
    for format in ["text", "json"] {
        let output = github(process("run")).args(["--output", format, "--", &program]).run();
        output.assert_code(121);
        nowhere(&output);
        if format == "json" {
            let events = output.json_lines();
            let last = events.iter().rfind(|event| event["type"] == "finished").expect("the last event");
            assert!(
                last["reason"].as_str().is_some_and(|reason| reason.contains("/bin/deploy --key=***")),
                "{last}"
            );
        } else {
            assert!(output.text().contains("::error"), "{output}");
        }
    }
    let engine = Engine::docker("secrecy-start");
    let output = github(engine.image().args(["--network", "none", "--env", "DEPLOY_TOKEN"]))
        .args(["--", &program])
        .run();
    assert_ne!(output.code, Some(0), "{output}");
    nowhere(&output);
}

#[test]
fn a_container_is_masked_by_what_its_definition_and_this_environment_give_it() {
    let engine = Engine::docker("secrecy");
    let script = "echo $DB_PASSWORD; echo $API; echo $SIDE_KEY; echo $STAGE";
    let file = json!({ "family": "f", "containerDefinitions": [
        { "name": "app", "image": IMAGE, "command": ["sh", "-c", script], "environment": [
            { "name": "DB_PASSWORD", "value": SECRET }, { "name": "STAGE", "value": "dev" } ],
          "secrets": [{ "name": "API", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/api" }] },
    ]});
    let file = file.to_string();
    let run = |command: &str| {
        let sortie = engine.sortie(command).file("task.json", &file).args(["--network", "none"]);
        let sortie = sortie.args(["--secret-from-env", "API=UPSTREAM"]).env("UPSTREAM", "other-Horse-4711-x");
        sortie.args(["--task-definition", "file:task.json", "--env", "SIDE_KEY=hidden-key-2.5"])
    };
    let output = run("run").run();
    output.assert_code(0).assert_stdout("***\n***\n***\ndev\n");
    for flags in [&[][..], &["--json"]] {
        let plan = run("plan").args(flags).run();
        plan.assert_code(0).assert_nowhere(SECRET).assert_nowhere("other-Horse").assert_nowhere("hidden-key");
        for name in ["DB_PASSWORD", "API", "SIDE_KEY", "--secret-from-env", "container app"] {
            assert!(plan.text().contains(name), "no {name}\n{plan}");
        }
    }
}

#[test]
fn a_plan_shows_no_value_whose_name_says_secret_and_no_secret_in_a_command() {
    let plan = |flags: &[&str]| {
        let sortie =
            process("plan").args(["--env", "DB_PASSWORD=abc", "--env", "STAGE=dev", "--tag", "team=build"]);
        let sortie = sortie.args(["--name", &format!("deploy-{SECRET}"), "--tag", &format!("who={SECRET}")]);
        let sortie = sortie.file("ci.env", format!("API_KEY={TOKEN}\n")).args(["--env-file", "ci.env"]);
        sortie.env("DEPLOY_TOKEN", SECRET).args(flags).script(&format!("login --with {SECRET}")).run()
    };
    for flags in [&[][..], &["--json"], &["--output", "json"]] {
        let output = plan(flags);
        output.assert_code(0).assert_nowhere(SECRET).assert_nowhere(TOKEN).assert_nowhere("abc");
        assert!(
            output.text().contains("login --with ***") && output.text().contains("deploy-***"),
            "{output}"
        );
        assert!(output.text().contains("dev") && output.text().contains("build"), "{output}");
    }
    let output = plan(&["--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let names: Vec<&str> = document["masked"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|masked| masked["name"].as_str())
        .collect();
    assert_eq!(names, ["DEPLOY_TOKEN", "API_KEY"], "{output}");
}

#[test]
fn a_fargate_task_is_masked_and_its_plan_and_requests_hold_what_they_must() {
    let cloud = Cloud::real("secrecy");
    cloud.define(json!([{ "name": "app", "image": IMAGE, "essential": true,
        "environment": [{ "name": "DB_PASSWORD", "value": "defined-Horse-1" }],
        "command": ["sh", "-c", "echo $DB_PASSWORD $WHATEVER $STAGE"] }]));
    let run = |command: &str| {
        let sortie =
            cloud.sortie(&[command]).args(cloud.target()).args(["--env", "WHATEVER", "--env", "STAGE=dev"]);
        sortie.env("WHATEVER", SECRET)
    };
    let output = run("run").run();
    output
        .assert_code(0)
        .assert_stdout("*** *** dev\n")
        .assert_nowhere(SECRET)
        .assert_nowhere("defined-Horse");
    // The task's id is whole: it is needed to stop it.
    let sent = cloud.calls("RunTask")[0].request();
    assert!(sent.to_string().contains(SECRET), "the task gets the value itself");
    let plan = run("plan").run();
    plan.assert_code(0).assert_nowhere(SECRET).assert_nowhere("defined-Horse");
    assert!(plan.text().contains("DescribeTasks") && plan.text().contains("SSM"), "{plan}");

    let launched = run("launch").run();
    launched.assert_code(0);
    let id = launched.text().trim().to_owned();
    assert!(id.starts_with("arn:aws:ecs:"), "{launched}");
    let logs = |sortie: Sortie| sortie.args([&id, "--follow"]);
    let masked = logs(cloud.sortie(&["logs"])).args(["--mask", "WHATEVER"]).env("WHATEVER", SECRET).run();
    masked.assert_code(0).assert_stdout("defined-Horse-1 *** dev\n");
    let named =
        logs(cloud.sortie(&["logs"])).env("APP_PASSWORD", "defined-Horse-1").env("A_TOKEN", SECRET).run();
    named.assert_code(0).assert_stdout("*** *** dev\n");
}

#[test]
fn an_error_about_a_word_in_the_wrong_place_does_not_print_it() {
    let docker =
        |flag: &str| Sortie::new().args(["run", "--backend", "docker", "--image", "x", flag, SECRET]);
    for flag in
        ["--memory", "--tag", "--timeout", "--volume", "--secret-from-env", "--engine", "--color", "--pull"]
    {
        let output = docker(flag).env("DEPLOY_TOKEN", SECRET).run();
        output.assert_code(2).assert_nowhere(SECRET);
    }
    // Without this environment telling that it is one: by path and type, never by content.
    let random = "Xk9-zq_77Lm.pQ2w";
    for flag in ["--memory", "--tag", "--timeout", "--secret-from-env", "--pull", "--backend", "--volume"] {
        let output = Sortie::new().args(["run", "--backend", "docker", "--image", "x", flag, random]).run();
        output.assert_code(2).assert_nowhere(random);
    }
    for engine in ["tcp", "https", "ssh"] {
        let address = format!("{engine}://user:{random}@127.0.0.1:1");
        let docker = || Sortie::new().args(["run", "--no-redact", "--backend", "docker", "--image", "x"]);
        docker().args(["--engine", &address]).run().assert_code(2).assert_nowhere(random);
        docker().env("DOCKER_HOST", &address).run().assert_code(2).assert_nowhere(random);
    }
    for words in
        [&["rnu", SECRET][..], &[SECRET], &["help", SECRET], &["run", SECRET], &["wait", "a", SECRET]]
    {
        let output = Sortie::new().args(words).env("DEPLOY_TOKEN", SECRET).run();
        output.assert_code(2).assert_nowhere(SECRET);
    }
}

/// Whatever flag, setting or word a secret is given to that expects something else: no error, no warning and
/// no line of a plan about it shows it. (What a name or a tag is set to is shown: that is what it is for.)
#[test]
fn a_value_in_the_wrong_place_is_shown_nowhere() {
    let random = "Xk9-zq_77Lm.pQ2w";
    let shown = |output: &Output| output.text().contains(random).then(|| output.to_string());
    let given = |base: &[&str], words: &[String]| {
        ["run", "plan"].map(|command| {
            let sortie = Sortie::new().args([command]).args(base).args(words);
            let sortie = sortie.file("vars", format!("{random}\nA={random}\n"));
            sortie.env("DEPLOY", random).args(["--", "true"]).run()
        })
    };
    let docker = ["--backend", "docker", "--image", "x", "--engine", "tcp://127.0.0.1:1"];
    let fargate = ["--cluster", "c", "--image", "x", "--subnet", "s", "--region", "eu-west-1"];
    let mut told = Vec::new();
    for base in [&["--backend", "process"][..], &docker, &fargate] {
        for flag in [
            "assign-public-ip",
            "backend",
            "capacity-timeout",
            "color",
            "config",
            "cpu",
            "engine",
            "env-file",
            "ephemeral-storage",
            "expand",
            "grant",
            "local",
            "log-settle",
            "mask",
            "memory",
            "no-redact",
            "output",
            "plugin",
            "plugin-config",
            "pull",
            "quiet",
            "require-complete-logs",
            "secret-from-env",
            "stop-on-plugin-failure",
            "stop-timeout",
            "tag",
            "timeout",
            "timestamps",
            "verbose",
            "volume",
        ] {
            told.extend(given(base, &[format!("--{flag}={random}")]).iter().filter_map(shown));
        }
    }
    let redact =
        |flag: &str, value: String| vec!["--plugin=redact".to_owned(), format!("--{flag}=redact={value}")];
    let github =
        |flag: &str, value: String| vec!["--plugin=github".to_owned(), format!("--{flag}=github={value}")];
    for words in [
        vec![format!("--env={random}")],
        vec![format!("--env={random} =x")],
        vec![format!("--mask=A={random}")],
        vec![format!("--mask={random}=A")],
        vec![format!("--secret-from-env=A={random}")],
        vec![format!("--secret-from-env={random}=A")],
        vec!["--env-file=vars".to_owned()],
        vec![format!("--tag==  {random}")],
        vec![format!("--volume=/x:{random}")],
        vec![format!("--plugin={random}.wasm")],
        redact("grant", random.to_owned()),
        redact("grant", "env:hunter2".to_owned()),
        github("grant", "env:hunter2".to_owned()),
        github("grant", format!("env:{}", random.replace(['-', '.'], "_"))),
        github("grant", format!("http:POST:https://hooks.example.com/a/{random}?key={random}")),
        github("grant", format!("http:POST:https://hooks.example.com/#Authorization=Bearer {random}")),
        redact("plugin-config", random.to_owned()),
        redact("plugin-config", json!({ random: 1 }).to_string()),
        redact("plugin-config", json!({ "env": [random] }).to_string()),
        redact("plugin-config", json!({ "builtin": [random], "mask": 1 }).to_string()),
        vec!["--plugin=redact".to_owned(), format!("--plugin-config={random}={{}}")],
        vec!["--plugin=redact".to_owned(), format!("--plugin-config={{\"values\":[\"{random}\"]}}")],
    ] {
        let outputs = given(&["--backend", "process"], &words);
        told.extend(outputs.iter().filter_map(shown));
        told.extend(
            outputs.iter().filter(|output| output.text().contains("hunter2")).map(ToString::to_string),
        );
    }
    for (name, command) in [
        ("DOCKER_HOST", "docker"),
        ("SORTIE_MASK", "process"),
        ("SORTIE_TIMEOUT", "process"),
        ("SORTIE_OUTPUT", "process"),
        ("SORTIE_PLUGIN", "process"),
        ("AWS_ENDPOINT_URL", "fargate"),
        ("AWS_CA_BUNDLE", "fargate"),
        ("AWS_PROFILE", "fargate"),
        ("AWS_REGION", "fargate"),
    ] {
        let sortie = Sortie::new().args(["plan", "--backend", command, "--cluster", "c", "--image", "x"]);
        told.extend(shown(&sortie.args(["--subnet", "s", "--", "true"]).env(name, random).run()));
    }
    assert!(told.is_empty(), "{}", told.join("\n----\n"));
}

#[test]
fn an_error_in_a_configuration_or_a_grant_shows_no_value() {
    let random = "Xk9-zq_77Lm.pQ2w";
    let config = [
        json!({ "values": random }),
        json!({ "patterns": [format!("({random}")] }),
        json!({ "patterns": [format!("{random}\\p{{Nope}}")] }),
        json!({ "builtin": [random] }),
        json!({ "builtin": random }),
        json!({ "env": [random] }),
        json!({ "env": ["hunter2hunter"] }),
        json!({ "mask": [random] }),
        json!({ "min-length": random }),
    ];
    for config in config {
        let config = format!("redact={config}");
        let output =
            process("run").args(["--plugin", "redact", "--plugin-config", &config]).script("true").run();
        output
            .assert_code(2)
            .assert_nowhere(random)
            .assert_nowhere("hunter2")
            .assert_stderr("--plugin-config: /");
    }
    for grant in ["env:", "", "http:POST:https://h/?", "file:", "file:x=$", "net:"] {
        let grant = format!("redact={grant}{random}");
        let output = process("run").args(["--plugin", "redact", "--grant", &grant]).script("true").run();
        output.assert_code(2).assert_nowhere(random).assert_stderr("is not a grant");
    }
}

/// The credentials that sortie itself uses are known from when it has them, also those that it gets later.
#[test]
fn credentials_of_a_profile_are_masked_as_often_as_they_are_renewed() {
    let cloud = Cloud::real("secrecy-profile");
    cloud.shell("echo a rotated-Key/1 z; echo rotated-Key/2; echo token-of-session-1; echo test");
    // They have ended when they are handed over, so that each call asks for others.
    let process = "#!/bin/sh
n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n > n
echo '{\"Version\":1,\"AccessKeyId\":\"test\",\"SecretAccessKey\":\"rotated-Key/'$n'\",\
\"SessionToken\":\"token-of-session-'$n'\",\"Expiration\":\"2020-01-01T00:00:00Z\"}'
";
    let run = cloud.run().env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    let run = run.file("credentials", "[ci]\ncredential_process = ./process\n").file("process", process);
    std::fs::set_permissions(run.path("process"), Permissions::from_mode(0o755)).expect("ours");
    let files = run.path("credentials");
    let output = run.env("AWS_SHARED_CREDENTIALS_FILE", files).env("AWS_PROFILE", "ci").run();
    output.assert_code(0).assert_stdout("a *** z\n***\n***\ntest\n");
    output.assert_nowhere("rotated-Key").assert_nowhere("token-of-session");
    let run = cloud.run().env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    let run =
        run.file("credentials", "[ci]\naws_access_key_id = test\naws_secret_access_key = rotated-Key/1\n");
    let files = run.path("credentials");
    let output = run.env("AWS_SHARED_CREDENTIALS_FILE", files).env("AWS_PROFILE", "ci").run();
    output.assert_code(0).assert_stdout("a *** z\nrotated-Key/2\ntoken-of-session-1\ntest\n");
}

/// Docker's configuration names the proxies of containers.
#[test]
fn the_password_of_a_proxy_of_dockers_configuration_is_masked() {
    let engine = Engine::docker("secrecy-proxy");
    let config =
        json!({ "proxies": { "default": { "httpProxy": "http://me:hunter2-proxy@10.0.0.1:3128" } } });
    let run = engine.image().args(["--network", "none"]).file("config.json", config.to_string());
    let directory = run.path(".");
    let output = run.env("DOCKER_CONFIG", directory).script("echo $http_proxy").run();
    output.assert_code(0).assert_stdout("http://me:***@10.0.0.1:3128\n").assert_nowhere("hunter2-proxy");
}

#[test]
fn a_secret_in_the_name_of_a_container_is_not_in_its_lines() {
    let name = ["--output", "json", "--container", SECRET];
    let output = process("run").args(name).env("DEPLOY_TOKEN", SECRET).script("echo hi").run();
    output.assert_code(0).assert_nowhere(SECRET);
    let lines = output.json_lines();
    let line = lines.iter().find(|object| object["type"] == "log").expect("a line of the log");
    assert_eq!(line["container"], "***", "{line}");
}
