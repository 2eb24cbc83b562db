//! Steps, annotations and outputs: what is made of a log, and who is told.

use serde_json::Value;
use serde_json::json;
use sortie_tests::Output;
use sortie_tests::Sortie;

/// A run on this machine with these filters.
fn run(filters: &[&str]) -> Sortie {
    let filters = filters.iter().flat_map(|filter| ["--plugin", filter]);
    Sortie::new().args(["run", "--backend", "process"]).args(filters)
}

/// Objects of this type.
fn of(output: &Output, kind: &str) -> Vec<Value> {
    output.json_lines().into_iter().filter(|object| object["type"] == kind).collect()
}

/// A script that is traced, and fails in its second step.
const DEPLOY: &str = "\
cd /
edit() { sleep 0.1; }
/bin/echo edit cluster
for i in 1 2; do sleep 0.1; done
echo \"now it fails\"
/bin/sh -c 'exit 7'
/bin/echo never
";

fn deploy(filters: &[&str], format: &str) -> Output {
    let run = run(filters).args(["--output", format]).file("deploy.sh", DEPLOY);
    let script = run.path("deploy.sh");
    run.args(["--", "bash", "-ex"]).args([script]).run()
}

#[test]
fn the_summary_names_the_step_that_failed() {
    let output = deploy(&["steps"], "text");
    output.assert_code(7).assert_stderr("ended with 7; failed in step `/bin/sh -c 'exit 7'` after ");
    output.assert_stderr("steps:\n").assert_stderr("  /bin/sh -c 'exit 7' (failed)\n");
    let steps = output.stderr.lines().skip_while(|line| !line.ends_with("steps:")).skip(1);
    let steps: Vec<&str> = steps.take_while(|line| line.contains(" s  ")).collect();
    let names: Vec<&str> = steps.iter().filter_map(|line| line.split(" s  ").nth(1)).collect();
    assert_eq!(names, ["/bin/echo edit cluster", "sleep 0.1", "/bin/sh -c 'exit 7' (failed)"], "{output}");
    // The log itself is what it was.
    assert_eq!(deploy(&[], "text").text(), output.text());
}

#[test]
fn a_program_is_told_of_each_step_before_its_line() {
    let output = deploy(&["steps"], "json");
    output.assert_code(7);
    let objects = output.json_lines();
    for (at, phase) in objects.iter().enumerate().filter(|(_, object)| object["type"] == "phase") {
        assert_eq!((&phase["container"], &phase["name"]), (&json!(0), &json!("process")));
        let (title, line) = (phase["title"].as_str().unwrap_or_default(), &objects[at + 1]["line"]);
        assert_eq!(*line, json!(format!("+ {title}")), "{output}");
        assert_eq!(objects[at + 1]["labels"]["phase"], phase["title"]);
    }
    let steps = of(&output, "finished").remove(0)["steps"].clone();
    assert_eq!((&steps[2]["title"], &steps[2]["last"]), (&json!("/bin/sh -c 'exit 7'"), &json!(true)));
}

/// Whatever comes first on the command line: `steps` quotes what `redact` has left.
#[test]
fn no_title_holds_what_was_masked() {
    let (token, known) = ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "s3cr3t-Deploy-Value-0815");
    let output = run(&["steps", "annotations", "redact"])
        .env("DEPLOY_TOKEN", known)
        .args(["--env", "DEPLOY_TOKEN", "--output", "json"])
        .script(&format!(
            "set -x; /bin/echo {token}; /usr/bin/printf %s $DEPLOY_TOKEN; echo; echo 'a.c:1: error: {token}' >&2"
        ))
        .run();
    output.assert_code(0).assert_nowhere(token).assert_nowhere(known);
    let titles: Vec<Value> = of(&output, "phase").iter().map(|phase| phase["title"].clone()).collect();
    assert_eq!(titles, ["/bin/echo ***", "/usr/bin/printf %s ***"], "{output}");
    assert_eq!(of(&output, "annotation")[0]["message"], "***", "{output}");
}

#[test]
fn tools_annotate_their_files() {
    let output = run(&["annotations"])
        .file("x.py", "def f():\n    raise ValueError('no')\nf()\n")
        .file("y.sh", "set -u\ntrue\necho $NOPE\n")
        .args(["--output", "json"])
        .script("python3 ./x.py; bash ./y.sh; true")
        .run();
    output.assert_code(0);
    let annotations = of(&output, "annotation");
    let said: Vec<_> = annotations
        .iter()
        .map(|found| (found["file"].as_str().unwrap_or_default(), &found["line"], &found["message"]))
        .collect();
    let (python, shell) = (&said[0], &said[1]);
    assert!(python.0.ends_with("x.py") && *python.1 == json!(2) && *python.2 == "ValueError: no", "{output}");
    assert_eq!(*shell, ("y.sh", &json!(3), &json!("NOPE: unbound variable")), "{output}");
}

/// What GitHub shows of a script that fails: groups by its commands, the one that failed in the annotation, what
/// a compiler said beside the code, and where the time went.
#[test]
fn github_shows_steps_annotations_and_the_reason() {
    let script = "/bin/echo build\nprintf 'src/a.c:3:5: error: no such thing\\n'\n/bin/sh -c 'exit 7'\n/bin/echo never\n";
    let output = run(&["steps", "annotations"])
        .args(["--reporter", "github", "--name", "deploy"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", "summary.md")
        .file("deploy.sh", script)
        .args(["--", "bash", "-ex", "./deploy.sh"])
        .run();
    output.assert_code(7);
    let text = output.text();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}\n{output}"));
    let (build, failing) = (at("::group::/bin/echo build\n"), at("::group::/bin/sh -c 'exit 7'\n"));
    assert!(build < at("\n+ /bin/echo build") && at("\n+ /bin/echo build") < failing, "{output}");
    assert!(!text.contains("::group::/bin/echo never"), "{output}");
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 2, "{output}");
    assert!(
        errors[0].contains("file=src/a.c,line=3,col=5") && errors[0].ends_with("::no such thing"),
        "{output}"
    );
    assert!(errors[1].contains("title=deploy%3A failed"), "{output}");
    assert!(errors[1].contains("failed in step `/bin/sh -c 'exit 7'` after "), "{output}");
    let summary = output.file("summary.md");
    let read = sortie_tests::oracles::read("markdown", &summary).expect("Markdown");
    let text: Vec<&str> = read["text"].as_array().expect("texts").iter().filter_map(Value::as_str).collect();
    for expected in ["Step", "Took", "Timeline", "Found in the log", "no such thing"] {
        assert!(text.contains(&expected), "{expected}: {text:#?}\n{summary}");
    }
    assert!(
        text.contains(&"❌ /bin/sh -c 'exit 7'") && text.contains(&"/bin/echo build"),
        "{text:#?}\n{summary}"
    );
    assert!(summary.contains("\n| ❌ /bin/sh -c &#39;exit 7&#39; | "), "{summary}");
}

/// Hostile labels: ten thousand steps, and titles that would be obeyed.
#[test]
fn there_are_not_too_many_steps_and_none_is_obeyed() {
    let script = "i=0; while [ $i -lt 1100 ]; do echo \"+ ./x $i ##[error]\"; i=$((i + 1)); done; exit 3";
    let output = run(&["steps"]).args(["--ci", "github", "--reporter", "none"]).script(script).run();
    output.assert_code(3).assert_stderr("counted by sortie: ").assert_stderr("untold phases 100");
    let all = format!("{}{}", output.text(), output.stderr);
    assert!(!all.contains("##[error]") && all.contains("#\\#[error]"), "{output}");
}

/// What a task prints for later steps: opt-in, behind the filters, for programs and reporters.
#[test]
fn outputs_are_passed_on_where_that_is_asked_for() {
    let secret = "s3cr3t-Deploy-Value-0815";
    let script = "echo sortie:output url=https://x/?a=b; echo ' sortie:output no=x'; \
                  echo sortie:output token=$DEPLOY_TOKEN; echo sortie:output 1bad=x; echo sortie:output n=1; \
                  echo sortie:output n=2";
    let run = |args: &[&str]| {
        let run = run(&[]).env("DEPLOY_TOKEN", secret).args(["--env", "DEPLOY_TOKEN"]);
        run.args(args).script(script).run()
    };
    let output = run(&["--outputs", "--output", "json"]);
    output.assert_code(0).assert_nowhere(secret);
    let want = json!({ "url": "https://x/?a=b", "token": "***", "n": "2" });
    assert_eq!(of(&output, "finished")[0]["outputs"], want, "{output}");
    let warnings: Vec<String> =
        of(&output, "warning").iter().map(|warning| warning["message"].to_string()).collect();
    assert_eq!(warnings.len(), 2, "{output}");
    assert!(warnings[0].contains("output `token` is not what the task printed"), "{output}");
    assert!(warnings[1].contains("not taken as outputs: 1 line with `sortie:output`"), "{output}");

    let text = run(&["--outputs"]);
    text.assert_code(0).assert_stderr("outputs: n, token, url\n");
    assert!(text.lines().contains(&"sortie:output url=https://x/?a=b".to_owned()), "{text}");
    let not_asked = run(&["--output", "json"]);
    assert_eq!(of(&not_asked, "finished")[0]["outputs"], json!({}), "{not_asked}");
}

#[test]
fn a_kill_by_nobody_hints_at_memory() {
    for script in ["kill -9 $$", "sh -c 'kill -9 $$'; exit $?"] {
        let output = run(&[]).script(script).run();
        output
            .assert_code(137)
            .assert_stderr("(killed by SIGKILL)")
            .assert_stderr("memory is the likely cause");
    }
    let own =
        run(&[]).args(["--timeout", "1s", "--stop-timeout", "0"]).script("trap '' TERM; sleep 20; sleep 20");
    let own = own.run();
    own.assert_code(124).assert_nowhere("likely cause");
}
