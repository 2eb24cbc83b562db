//! What `docs/ci` shows of a deployment that fails: the step of each page, with what its system sets, in the
//! emulated Fargate, by the real binary. Where a page says `<!-- produced: NAME -->`, that is what came out:
//!
//! ```text
//! DOCS_UPDATE=1 cargo test -p sortie-tests --test ci_steps -- failed_deployment::
//! ```
//!
//! writes the pages. Numbers are not compared, since times differ, nor the states that the task went through, since
//! short ones are not always seen.

use std::sync::Once;

use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::cloud::IMAGE;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;

use crate::github;
use crate::gitlab;
use crate::published;
use crate::shells;

/// The task's secret, which is in its environment: sortie does not know it.
const TOKEN: &str = "dep-7Gq2vXk9Lw4Rz8Tn";

/// A task's id, of the form that Fargate gives it.
const ID: &str = "7f2c9a4e51b84d0c9e63d1a05b7f8c21";

/// Where the pages have their cluster.
const REGION: &str = "eu-west-1";

/// What a page shows, by the name that it has there.
type Produced = Vec<(&'static str, String)>;

#[test]
fn the_pages_show_what_comes_out() {
    let cloud = shop();
    let pages = [
        ("github.md", in_github(&cloud)),
        ("gitlab.md", in_gitlab(&cloud)),
        ("circleci.md", in_circleci(&cloud)),
        ("codefresh.md", in_codefresh(&cloud)),
    ];
    let mut wrong = String::new();
    for (page, produced) in pages {
        let path = repository().join("docs/ci").join(page);
        let mut text = std::fs::read_to_string(&path).expect("there is a page");
        let id = id(&produced);
        for (name, content) in produced {
            let (before, shown, after) =
                part(&text, name).unwrap_or_else(|| panic!("{page} shows no {name}"));
            // The account of the page, and an id that is the same each time.
            let content = content.replace("000000000000", "123456789012").replace(&id, ID);
            assert!(!content.contains(TOKEN), "{content}");
            if normal(&shown) != normal(&content) {
                wrong +=
                    &format!("--- {page}: {name} is shown as\n{shown}\n--- and comes out as\n{content}\n");
            }
            text = format!("{before}{content}{after}");
        }
        if std::env::var_os("DOCS_UPDATE").is_some() {
            std::fs::write(&path, text).expect("the page can be written");
        }
    }
    assert!(wrong.is_empty() || std::env::var_os("DOCS_UPDATE").is_some(), "{wrong}");
}

/// The steps that are scripts: of the first one the code, of the second one that it has nothing to stop.
#[test]
fn the_scripts_of_the_other_pages_do_what_they_say() {
    let cloud = shop();
    let azure = published::examples("docs/ci/azure.md").remove(0);
    let azure = [0, 1].map(|step| azure["steps"][step]["bash"].as_str().expect("a script").to_owned());
    let page = |name: &str| {
        std::fs::read_to_string(repository().join("docs/ci").join(name)).expect("there is a page")
    };
    let between = |text: &str, start: &str, end: &str| {
        let parts = text.split(start).skip(1).filter_map(|part| part.split_once(end));
        let parts: Vec<String> = parts.map(|(script, _)| script.to_owned()).collect();
        <[String; 2]>::try_from(parts).expect("two scripts")
    };
    for (scripts, variable, expected, file) in [
        (azure, "TF_BUILD", "##vso[task.logissue type=error;]deploy: failed", "sortie-summary.md"),
        (
            between(&page("teamcity.md"), "```sh\n", "```"),
            "TEAMCITY_VERSION",
            "##teamcity[buildProblem ",
            "a.sh",
        ),
        (
            between(&page("jenkins.md"), "sh '''\n", "'''"),
            "JENKINS_URL",
            "sortie: failed (exit code 1)",
            "sortie-junit.xml",
        ),
    ] {
        let [run, after] = scripts;
        let output = cloud
            .sortie(&[])
            .env(variable, "x")
            .env("PATH", shells::path())
            .file("a.sh", run)
            .file("b.sh", after)
            .within("bash -e a.sh; code=$?; echo \"then $code\"; bash -e b.sh && exit $code")
            .merged()
            .run();
        output.assert_code(1).assert_nowhere(TOKEN);
        assert!(output.text().contains(expected) && output.has_file(file), "{output}");
        let (_, after) = output
            .text()
            .split_once("then 1\n")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .expect("both ran");
        let uploads = after.contains("##vso[task.uploadsummary]/");
        assert!(uploads == (variable == "TF_BUILD") && !after.contains("sortie:"), "{output}");
    }
}

/// The action's `main.js`, with the inputs of the page.
fn in_github(cloud: &Cloud) -> Produced {
    let workflow = published::examples("docs/ci/github.md").remove(0);
    let steps = workflow["jobs"]["deploy"]["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["id"] == "deploy").expect("the step");
    let mut inputs = values(&step["with"]);
    // There is no provider of tokens here.
    inputs.retain(|(name, _)| name != "role-to-assume");
    inputs.push(("binary".to_owned(), binary().display().to_string()));
    let inputs: Vec<(&str, &str)> =
        inputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let output = github::main(cloud.sortie(&[]), &inputs)
        .env("GITHUB_SERVER_URL", "https://github.com")
        .env("GITHUB_REPOSITORY", "octo/shop")
        .env("GITHUB_WORKFLOW", "deploy")
        .env("GITHUB_JOB", "deploy")
        .env("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567")
        .env("GITHUB_REF", "refs/heads/main")
        .merged()
        .run();
    let outputs = output.file("GITHUB_OUTPUT");
    let (_, outputs) = outputs.split_once("\ntask-arn").expect("sortie's outputs come after the action's");
    vec![
        ("folded", fenced("text", &folded(&output.text()))),
        ("log", log(&output)),
        ("summary", output.file("GITHUB_STEP_SUMMARY")),
        ("outputs", fenced("text", &format!("task-arn{outputs}"))),
    ]
}

/// The script of the component's job, with its variables.
fn in_gitlab(cloud: &Cloud) -> Produced {
    let pipeline = published::examples("docs/ci/gitlab.md").remove(0);
    let mut inputs = values(&pipeline["include"][0]["inputs"]);
    inputs.retain(|(name, _)| name != "role-arn");
    let (script, variables) = gitlab::script_of_the_job(&inputs);
    let job = variables.iter().fold(cloud.sortie(&[]), |job, (name, value)| job.env(name, value));
    let output = job
        .env("PATH", shells::path())
        .env("GITLAB_CI", "true")
        .env("CI", "true")
        .env("CI_JOB_ID", "7190")
        .env("CI_JOB_NAME", "deploy")
        .env("CI_PIPELINE_ID", "4711")
        .env("CI_PROJECT_PATH", "octo/shop")
        .env("CI_SERVER_URL", "https://gitlab.com")
        .within(&script)
        .merged()
        .run();
    vec![
        ("log", log(&output)),
        ("dotenv", fenced("text", &output.file("sortie.env"))),
        ("links", json_of(&output, "sortie-links.json")),
        ("codequality", json_of(&output, "sortie-codequality.json")),
    ]
}

/// The script of the orb's command, with its environment.
fn in_circleci(cloud: &Cloud) -> Produced {
    let config = published::examples("docs/ci/circleci.md").remove(0);
    let mut parameters = values(&config["workflows"]["deploy"]["jobs"][0]["sortie/run-task"]);
    parameters.retain(|(name, _)| name != "role-arn");
    let job = shells::circleci(cloud.sortie(&[]), "run.sh").file("bash_env", "");
    let bash_env = job.path("bash_env");
    let job = shells::parameters_of_circleci(&parameters)
        .iter()
        .fold(job, |job, (name, value)| job.env(name, value));
    let output = job
        .env("CI", "true")
        .env("CIRCLE_JOB", "deploy")
        .env("CIRCLE_WORKFLOW_ID", "6f1c")
        .env("BASH_ENV", bash_env)
        .merged()
        .run();
    vec![("log", log(&output)), ("outputs", fenced("bash", &output.file("bash_env")))]
}

/// The commands of the step type, with its environment.
fn in_codefresh(cloud: &Cloud) -> Produced {
    let pipeline = published::examples("docs/ci/codefresh.md").remove(0);
    let mut arguments = values(&pipeline["steps"]["deploy"]["arguments"]);
    arguments.retain(|(name, _)| name != "ROLE_ARN");
    for (name, value) in &mut arguments {
        if name == "ARGS" {
            // Codefresh's volume is not here.
            value.push_str(" --grant codefresh=commands --grant codefresh=env:CF_STEP_NAME");
            value.push_str(" --grant codefresh=file:output=env_vars_to_export");
        }
    }
    let output = shells::codefresh(cloud.sortie(&[]), &arguments)
        .env("CI", "true")
        .env("CF_STEP_NAME", "deploy")
        .env("CF_PIPELINE_NAME", "shop/deploy")
        .merged()
        .run();
    vec![("log", log(&output)), ("outputs", fenced("text", &output.file("env_vars_to_export")))]
}

/// An account with the cluster and the task definition that the pages name.
fn shop() -> Cloud {
    static SHOP: Once = Once::new();
    let cloud = Cloud::real("docs");
    SHOP.call_once(|| furnish(&cloud));
    cloud
}

/// The image is busybox, into which the deployment is written before it runs.
fn furnish(cloud: &Cloud) {
    let written = |name: &str| {
        let path = repository().join("tests/deployment").join(name);
        std::fs::read_to_string(path).expect("it is there")
    };
    let entry = format!(
        "mkdir -p /app/bin && cd /app && cat >deploy.sh <<'SCRIPT'\n{}SCRIPT\ncat >bin/tool <<'TOOL'\n{}TOOL\n\
         chmod +x deploy.sh bin/tool && for tool in bash aws helm kubectl terraform; do ln -s tool bin/$tool; done &&\n\
         ln -s bin/tool kops.sh && export DEPLOY_TOKEN={TOKEN} && PATH=/app/bin:$PATH exec \"$@\" 2>&1",
        written("deploy.sh"),
        written("tools.sh"),
    );
    let mut definition = cloud.task_definition(json!([
        { "name": "app", "image": IMAGE, "entryPoint": ["sh", "-c", entry, "sh"] },
    ]));
    definition["family"] = "deploy".into();
    let log = &mut definition["containerDefinitions"][0]["logConfiguration"]["options"];
    (log["awslogs-group"], log["awslogs-region"]) = ("/deploy".into(), REGION.into());
    cloud.call_in(REGION, "ecs", "CreateCluster", &json!({ "clusterName": "ci" }));
    cloud.call_in(REGION, "logs", "CreateLogGroup", &json!({ "logGroupName": "/deploy" }));
    cloud.call_in(REGION, "ecs", "RegisterTaskDefinition", &definition);
}

/// What was printed: escape characters and carriage returns are written out.
fn log(output: &Output) -> String {
    output.assert_code(1).assert_nowhere(TOKEN);
    fenced("text", &output.text().replace('\u{1b}', "\\e").replace('\r', "\\r"))
}

/// A log as GitHub shows it before anything is unfolded: of a group its title, of a command what it is about.
fn folded(text: &str) -> String {
    let mut seen = String::new();
    let mut in_group = false;
    for line in text.lines() {
        match line.strip_prefix("::").and_then(|command| command.split_once("::")) {
            Some(("group", title)) => {
                in_group = true;
                seen += &format!("▸ {title}\n");
            }
            Some(("endgroup", _)) => in_group = false,
            _ if in_group => {}
            Some((command, message)) => {
                let (kind, rest) = command.split_at(1);
                let kind = format!("{}{}", kind.to_uppercase(), rest.split(' ').next().unwrap_or_default());
                seen += &format!("{kind}: {}\n", message.replace("%0A", "\n").replace("%25", "%"));
            }
            None => seen += &format!("{line}\n"),
        }
    }
    seen
}

/// A file of JSON, broken into lines.
fn json_of(output: &Output, file: &str) -> String {
    let json: Value = serde_json::from_str(&output.file(file)).expect("JSON");
    fenced("json", &format!("{json:#}\n"))
}

fn fenced(language: &str, text: &str) -> String {
    format!("```{language}\n{text}```\n")
}

/// The members of a mapping, each with its text.
pub(crate) fn values(mapping: &Value) -> Vec<(String, String)> {
    let members = mapping.as_object().expect("a mapping").iter();
    members.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// What is before `<!-- produced: NAME -->`, that included, what is behind it, and what begins with its end.
fn part(page: &str, name: &str) -> Option<(String, String, String)> {
    let (before, rest) = page.split_once(&format!("<!-- produced: {name} -->\n"))?;
    let at = rest.find("<!-- end -->")?;
    let before = format!("{before}<!-- produced: {name} -->\n");
    Some((before, rest[..at].to_owned(), rest[at..].to_owned()))
}

/// The task's id, as it stands in its ARN.
fn id(produced: &Produced) -> String {
    let log = produced.iter().map(|(_, content)| content.as_str()).collect::<String>();
    let (_, rest) = log.split_once(":task/ci/").expect("a task was launched");
    rest.split(|c: char| c != '-' && !c.is_ascii_hexdigit()).next().unwrap_or_default().to_owned()
}

/// What sortie says and what else is printed, apart: which comes first differs. Without numbers, and without what is
/// there only sometimes: states, whether the log was waited for, and on which side of a group the launch is said.
fn normal(text: &str) -> [Vec<String>; 2] {
    let varies = |line: &&str| {
        let said = line.strip_prefix("sortie: ").unwrap_or_default();
        let is_state = said
            .split_once(" (")
            .is_some_and(|(state, after)| !state.contains(' ') && after.ends_with(" s)"));
        is_state || said.starts_with("launched ")
    };
    let lines = text.lines().filter(|line| !varies(line));
    let (said, told): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("sortie:"));
    [said, told].map(|lines| lines.into_iter().map(without_numbers).collect())
}

fn without_numbers(line: &str) -> String {
    let line = line.split(" (waited ").next().unwrap_or_default();
    let mut plain = String::new();
    for character in line.chars() {
        match character {
            '0'..='9' if !plain.ends_with('N') => plain.push('N'),
            '0'..='9' => {}
            // Within a number, or before one that is rough.
            '.' | ',' if plain.ends_with('N') => {}
            '<' | '~' => {}
            ' ' if plain.ends_with(' ') => {}
            other => plain.push(other),
        }
    }
    plain
}
