//! Task definitions that sortie registers, and finds again by their content.

use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Sortie;
use sortie_tests::cloud::IMAGE;

/// `sortie run` of the image in this cloud's cluster, named after it.
fn image(cloud: &Cloud) -> Sortie {
    let group = cloud.log_group();
    cloud.sortie(&["run", "--image", IMAGE, "--cluster", cloud.name(), "--name", cloud.name()]).args([
        "--log-group",
        &group,
        "--subnet",
        "subnet-1",
        "--security-group",
        "sg-1",
        "--execution-role",
        "arn:aws:iam::123456789012:role/execution",
    ])
}

fn body(cloud: &Cloud, operation: &str) -> Value {
    let calls = cloud.calls(operation);
    assert_eq!(calls.len(), 1, "{operation}");
    calls[0].request()
}

#[test]
fn image_is_registered_once_for_all_runs_of_the_same_content() {
    let cloud = Cloud::real("image");
    image(&cloud).script("echo first; exit 3").run().assert_code(3).assert_stdout("first\n");
    // Another command is another RunTask, in the same task definition.
    let second = image(&cloud).args(["-v"]).script("echo second").run();
    second.assert_code(0).assert_stdout("second\n").assert_stderr("uses arn:aws:ecs:");
    let registered = body(&cloud, "RegisterTaskDefinition");
    assert_eq!(registered["containerDefinitions"][0]["image"], IMAGE);
    assert_eq!(registered["requiresCompatibilities"], json!(["FARGATE"]));
    let runs: Vec<Value> =
        cloud.calls("RunTask").iter().map(|call| call.request()["taskDefinition"].clone()).collect();
    assert!(runs.len() == 2 && runs[0] == runs[1], "{runs:?}");
    // Other content is another revision.
    image(&cloud).args(["--stop-timeout", "7s"]).script("true").run().assert_code(0);
    assert_eq!(cloud.calls("RegisterTaskDefinition").len(), 2);
}

/// ECS is eventually consistent.
#[test]
fn revision_that_is_not_known_everywhere_yet_is_asked_for_again() {
    let cloud = Cloud::faulty("young");
    cloud.faults(json!([{ "service": "ecs", "operation": "RunTask", "times": 2,
        "error": { "code": "ClientException", "message": "TaskDefinition not found." } }]));
    image(&cloud).script("exit 3").run().assert_code(3);
    assert_eq!(cloud.calls("RunTask").len(), 3);
    // One that this run has not registered is not waited for.
    let cloud = Cloud::faulty("unknown");
    cloud.shell("exit 3").faults(json!([{ "service": "ecs", "operation": "RunTask", "times": 1,
        "error": { "code": "ClientException", "message": "TaskDefinition not found." } }]));
    cloud.run().run().assert_code(2).assert_stderr("--task-definition");
}

#[test]
fn file_is_registered_and_runs() {
    let cloud = Cloud::real("file");
    let definition =
        cloud.task_definition(json!([{ "name": "app", "command": ["sh", "-c", "echo $FROM; exit 5"] }]));
    let sortie = |command: &str| {
        let sortie =
            cloud.sortie(&[command, "--task-definition", "file:task.json", "--cluster", cloud.name()]);
        let sortie = sortie.args(["--subnet", "subnet-1", "--security-group", "sg-1", "--env", "FROM=file"]);
        sortie.file("task.json", definition.to_string())
    };
    let own = format!("sortie-{}", cloud.name());
    let plan = sortie("plan").run();
    plan.assert_code(0);
    assert!(plan.text().contains(&format!("registers a revision of `{own}`, unless")), "{plan}");
    sortie("run").run().assert_code(5).assert_stdout("file\n").assert_stderr(&format!("{own}:1\n"));
    sortie("run").run().assert_code(5).assert_stderr(&format!("{own}:1, registered before\n"));
    let registered = body(&cloud, "RegisterTaskDefinition");
    assert_eq!(registered["containerDefinitions"][0]["command"][2], "echo $FROM; exit 5");
    // The file's own family belongs to others, unless it is asked for.
    assert_eq!(registered["family"], own);
    sortie("run").args(["--register-as", cloud.name()]).run().assert_code(5);
    assert_eq!(cloud.calls("RegisterTaskDefinition")[1].request()["family"], cloud.name());
}

#[test]
fn a_plan_is_compared_with_what_is_registered() {
    let cloud = Cloud::real("diff");
    let side = json!({ "name": "side", "image": IMAGE, "essential": false, "command": ["true"],
        "mountPoints": [{ "sourceVolume": "v", "containerPath": "/v" }],
        "dependsOn": [{ "containerName": "app", "condition": "START" }] });
    let app = json!({ "name": "app", "command": ["sh", "-c", "exit 5"], "stopTimeout": 5,
        "environment": [{ "name": "STAGE", "value": "" }, { "name": "API_TOKEN", "value": "hunter2" }],
        "portMappings": [{ "containerPort": 80 }], "ulimits": [{ "name": "nofile", "softLimit": 9, "hardLimit": 9 }],
        "restartPolicy": { "enabled": false }, "linuxParameters": { "initProcessEnabled": true },
        "healthCheck": { "command": ["CMD", "true"] } });
    let mut definition = cloud.task_definition(json!([app, side]));
    definition["volumes"] = json!([{ "name": "v" }]);
    let sortie = |command: &str, definition: &Value| {
        let sortie =
            cloud.sortie(&[command, "--task-definition", "file:task.json", "--cluster", cloud.name()]);
        let sortie = sortie.args(["--subnet", "subnet-1", "--security-group", "sg-1", "--container", "app"]);
        sortie.file("task.json", definition.to_string())
    };
    let said = |definition: &Value| {
        let plan = sortie("plan", definition).args(["--diff", "--output", "json"]).run();
        plan.assert_code(0);
        assert!(!plan.text().contains("hunter2"), "{plan}");
        serde_json::from_str::<Value>(&plan.text()).expect("JSON")["compared"].clone()
    };
    let first = said(&definition);
    assert_eq!((&first["reused"], &first["revision"]), (&json!(false), &Value::Null), "{first}");
    sortie("run", &definition).run().assert_code(5);
    let again = said(&definition);
    assert_eq!((&again["reused"], &again["differences"]), (&json!(true), &json!([])), "{again}");
    definition["containerDefinitions"][0]["command"] = json!(["sh", "-c", "exit 6"]);
    definition["containerDefinitions"][0]["environment"][1]["value"] = json!("hunter22");
    let other = said(&definition);
    assert_eq!(other["reused"], false, "{other}");
    let paths: Vec<&Value> = other["differences"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|difference| &difference["path"])
        .collect();
    assert_eq!(
        paths,
        ["containerDefinitions[app].command", "containerDefinitions[app].environment[API_TOKEN].value"],
        "{other}"
    );
    let text = sortie("plan", &definition).args(["--diff"]).run();
    assert!(
        text.text().contains("    - [\"sh\",\"-c\",\"exit 5\"]\n    + [\"sh\",\"-c\",\"exit 6\"]\n"),
        "{text}"
    );
    assert_eq!(cloud.calls("RegisterTaskDefinition").len(), 1, "a plan registers nothing");
}

#[test]
fn a_plan_that_may_not_ask_says_so() {
    let cloud = Cloud::faulty("diff-denied");
    cloud.faults(json!([{ "service": "ecs", "operation": "DescribeTaskDefinition",
        "error": { "code": "AccessDeniedException", "message": "not authorized" } }]));
    let definition = cloud.task_definition(json!([{ "name": "app", "image": IMAGE }]));
    let plan = cloud
        .sortie(&["plan", "--diff", "--task-definition", "file:task.json", "--cluster", cloud.name()])
        .args(["--subnet", "subnet-1", "--security-group", "sg-1"])
        .file("task.json", definition.to_string())
        .run();
    plan.assert_code(0);
    assert!(plan.text().contains("it is not known what is registered"), "{plan}");
    assert!(plan.text().contains("allow ecs:DescribeTaskDefinition"), "{plan}");
}

#[test]
fn an_image_takes_the_place_of_the_definitions_own() {
    let cloud = Cloud::real("other-image");
    let missing = "busybox:this-commit";
    let app = json!({ "name": "app", "image": missing, "command": ["sh", "-c", "echo ran"] });
    let side = json!({ "name": "side", "image": missing, "essential": false, "command": ["sh", "-c", "echo beside"] });
    cloud.define(json!([app, side]));
    let side = format!("side={IMAGE}");
    let run = || cloud.run().args(["--image", IMAGE, "--image", &side]);
    let revision = format!("task-definition/{}-sortie:1", cloud.name());
    let first = run().run();
    first
        .assert_code(0)
        .assert_stderr(&format!("registered arn:aws:ecs:us-east-1:000000000000:{revision}\n"));
    assert!(first.text().contains("ran"), "{first}");
    run()
        .script("echo again")
        .run()
        .assert_code(0)
        .assert_stderr(&format!("{revision}, registered before\n"));
    let registered = body(&cloud, "RegisterTaskDefinition");
    for container in registered["containerDefinitions"].as_array().expect("a list") {
        assert_eq!(container["image"], IMAGE);
    }
    let wrong = cloud.run().args(["--image", &format!("sied={IMAGE}")]).run();
    wrong.assert_code(2).assert_stderr("no container `sied`").assert_stderr("did you mean `side`?");
    let digest = format!("{IMAGE}@sha256:{}", "0".repeat(64));
    let args: Vec<String> =
        cloud.target().into_iter().chain(["--image".to_owned(), digest.clone()]).collect();
    let plan = cloud.sortie(&["plan"]).args(args).run();
    plan.assert_code(0);
    assert!(plan.text().contains(&format!("image    {digest}")), "{plan}");
}

#[test]
fn a_file_takes_variables_where_that_is_asked_for() {
    let cloud = Cloud::scripted("expand");
    let image = "${REGISTRY}/app:${SHA}";
    let definition =
        cloud.task_definition(json!([{ "name": "app", "image": image, "command": ["$${HOME}"] }]));
    let sortie = |args: &[&str]| {
        let sortie = cloud.sortie(&["run", "--task-definition", "file:task.json", "--cluster", cloud.name()]);
        let sortie = sortie.args(["--subnet", "subnet-1", "--security-group", "sg-1", "--log-settle", "0"]);
        sortie
            .file("task.json", definition.to_string())
            .env("REGISTRY", "r.example")
            .args(args.iter().copied())
    };
    sortie(&["--expand"]).run().assert_code(2).assert_stderr("the variable SHA is not set (--expand)");
    sortie(&["--expand"]).env("SHA", "abc").run().assert_code(0);
    let container = &body(&cloud, "RegisterTaskDefinition")["containerDefinitions"][0];
    assert_eq!(container["image"], "r.example/app:abc");
    assert_eq!(container["command"], json!(["${HOME}"]));
}

#[test]
fn what_overrides_can_not_carry_is_a_revision_of_a_family_of_its_own() {
    let cloud = Cloud::real("derived");
    cloud.shell("echo hello");
    let other = format!("{}-other", cloud.log_group());
    cloud.call("logs", "CreateLogGroup", &json!({ "logGroupName": other }));
    let output = cloud.run().args(["--log-group", &other]).run();
    let revision = format!("task-definition/{}-sortie:1", cloud.name());
    output.assert_code(0).assert_stdout("hello\n").assert_stderr(&revision);
    let registered = body(&cloud, "RegisterTaskDefinition");
    assert_ne!(registered["family"], cloud.name());
    let options = &registered["containerDefinitions"][0]["logConfiguration"]["options"];
    assert_eq!(options["awslogs-group"], other);
}

/// Every flag that shapes the request, in the request; that it is as AWS would have it, the check of
/// all calls against the service models says.
#[test]
fn flags_of_the_task_reach_the_api() {
    let cloud = Cloud::scripted("flags");
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let output = image(&cloud)
        .args(["--cpu", "512", "--memory", "1GB", "--ephemeral-storage", "30", "--platform-version", "1.4.0"])
        .args(["--task-role", &role("task"), "--execution-role", &role("execution")])
        .args(["--capacity-provider", "FARGATE_SPOT=2,FARGATE", "--assign-public-ip"])
        .args(["--tag", "team=shop", "--started-by", "ci-7", "--stop-timeout", "9s"])
        .args(["--env", "A=1", "--env-file", "env", "--log-settle", "0"])
        .file("env", "B=2\n# no variable\nC=3 4\n")
        .script("true")
        .run();
    output.assert_code(0);
    let registered = body(&cloud, "RegisterTaskDefinition");
    let run = body(&cloud, "RunTask");
    assert_eq!(registered["containerDefinitions"][0]["stopTimeout"], 9);
    let provider = |name: &str, weight: u32| json!({ "capacityProvider": name, "weight": weight });
    assert_eq!(run["capacityProviderStrategy"], json!([provider("FARGATE_SPOT", 2), provider("FARGATE", 1)]));
    assert_eq!((&run["platformVersion"], &run["startedBy"]), (&json!("1.4.0"), &json!("ci-7")));
    assert_eq!(run["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"], "ENABLED");
    assert!(run["tags"].as_array().expect("tags").contains(&json!({ "key": "team", "value": "shop" })));
    // Size, roles and environment stand in the definition or in the overrides.
    let overrides = &run["overrides"];
    let said = |name: &str| match &overrides[name] {
        Value::Null => registered[name].clone(),
        value => value.clone(),
    };
    assert_eq!((said("cpu"), said("memory")), (json!("512"), json!("1024")));
    assert_eq!(said("ephemeralStorage")["sizeInGiB"], 30);
    assert_eq!(
        (said("taskRoleArn"), said("executionRoleArn")),
        (json!(role("task")), json!(role("execution")))
    );
    let mut env = overrides["containerOverrides"][0]["environment"].as_array().expect("a list").clone();
    env.sort_by_key(|variable| variable["name"].to_string());
    let variable = |name: &str, value: &str| json!({ "name": name, "value": value });
    assert_eq!(env, [variable("A", "1"), variable("B", "2"), variable("C", "3 4")]);
}

/// The tag of one revision, put on another that does something else.
fn forge(cloud: &Cloud, family: &str, change: fn(&mut Value)) -> Value {
    let described = |name: &str| {
        let body = json!({ "taskDefinition": name, "include": ["TAGS"] });
        cloud.call("ecs", "DescribeTaskDefinition", &body)
    };
    let trusted = described(&format!("{family}:1"));
    let mut forged = trusted["taskDefinition"].clone();
    let members = forged.as_object_mut().expect("an object");
    members.retain(|name, value| {
        let asked =
            ["family", "networkMode", "containerDefinitions", "requiresCompatibilities", "cpu", "memory"];
        asked.contains(&name.as_str()) && !value.is_null()
    });
    forged["tags"] = trusted["tags"].clone();
    change(&mut forged);
    cloud.call("ecs", "RegisterTaskDefinition", &forged)["taskDefinition"]["taskDefinitionArn"].clone()
}

#[test]
fn a_revision_that_has_the_tag_and_does_something_else_is_never_run() {
    let cloud = Cloud::real("forged");
    let family = format!("sortie-{}", cloud.name());
    image(&cloud).script("echo trusted").run().assert_code(0).assert_stderr("registered arn:aws:ecs:");
    let changes: [fn(&mut Value); 3] = [
        |forged| {
            forged["containerDefinitions"][0]["entryPoint"] = json!(["sh", "-c", "echo POISONED $TOKEN"]);
        },
        |forged| {
            let side = json!({ "name": "side", "image": IMAGE, "essential": false, "command": ["true"] });
            forged["containerDefinitions"].as_array_mut().expect("a list").push(side);
        },
        |forged| {
            forged["containerDefinitions"][0]["environment"] =
                json!([{ "name": "LD_PRELOAD", "value": "x" }]);
        },
    ];
    for change in changes {
        let forged = forge(&cloud, &family, change);
        let output = image(&cloud).args(["--env", "TOKEN=tops3cret"]).script("echo trusted").run();
        output.assert_code(0).assert_stdout("trusted\n").assert_nowhere("POISONED");
        output.assert_stderr("does not tell the truth").assert_stderr(forged.as_str().expect("an ARN"));
        let last = cloud.calls("RunTask").pop().expect("a task").request()["taskDefinition"].clone();
        assert_ne!(last, forged);
    }
    // The first revision is still among those that are looked at, and none was made anew.
    assert_eq!(cloud.calls("RegisterTaskDefinition").len(), 1);
}

/// Both back ends read a file through one reader, so they understand and refuse the same.
#[test]
fn a_file_is_read_alike_on_both_back_ends() {
    let cloud = Cloud::real("reader");
    let engine = Engine::docker("reader");
    let json = cloud.task_definition(json!([{
        "name": "app", "cpu": null, "stopTimeout": "5", "environment": [{ "name": "PORT", "value": 3000 }],
        "mountPoints": [{ "sourceVolume": "v", "containerPath": "/v", "readOnly": null }],
        "healthCheck": { "command": ["CMD", "true"], "interval": "5", "retries": null },
        "linuxParameters": { "capabilities": null, "initProcessEnabled": "true" },
        "command": ["sh", "-c", "echo port $PORT"],
    }]));
    let mut json = json.as_object().expect("an object").clone();
    json.insert("volumes".into(), json!([{ "name": "v", "host": null }]));
    let text = serde_json::to_string_pretty(&json).expect("JSON");
    let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let both = |name: &str, content: &[u8]| {
        let on_aws = cloud
            .sortie(&["run", "--cluster", cloud.name(), "--subnet", "subnet-1", "--security-group", "sg-1"])
            .args(["--task-definition", name]);
        let here = engine.run().args(["--network", "none", "--task-definition", name]);
        [on_aws, here].map(|sortie| sortie.file("task.json", content).file("task.yml", content))
    };
    for sortie in both("./task.json", &utf16) {
        sortie.run().assert_code(0).assert_stdout("port 3000\n");
    }
    let yaml = format!("# JSON is YAML too\n{text}");
    for sortie in both("file:-", yaml.as_bytes()) {
        sortie.within("exec \"$@\" < task.yml").run().assert_code(0).assert_stdout("port 3000\n");
    }
    for (good, bad, message, hint) in [
        (
            "\"environment\"",
            "\"enviroment\"",
            "`containerDefinitions[0]` has no member `enviroment`",
            "`environment`?",
        ),
        (
            "\"value\": 3000",
            "\"value\": [3000]",
            "environment[0].value (PORT)` is a list, and must be a text",
            "",
        ),
        ("\"5\"", "\"s3cret\"", "must be a whole number", ""),
        (
            "\"initProcessEnabled\"",
            "\"initProcesEnabled\"",
            "linuxParameters` has no member",
            "`initProcessEnabled`?",
        ),
    ] {
        let text = text.replace(good, bad);
        assert_ne!(text, serde_json::to_string_pretty(&json).expect("JSON"));
        let outputs = both("file:task.json", text.as_bytes()).map(Sortie::run);
        for output in &outputs {
            output.assert_code(2).assert_stderr("task.json:").assert_stderr(message).assert_stderr(hint);
            output.assert_nowhere("s3cret");
        }
        assert_eq!(outputs[0].stderr, outputs[1].stderr);
    }
    for sortie in both("nosuch.json", b"") {
        sortie.run().assert_code(2).assert_stderr("nosuch.json").assert_stderr("FAMILY:REVISION");
    }
    assert_eq!(cloud.calls("RunTask").len(), 2);
}
