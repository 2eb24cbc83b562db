use sortie_plugin_sdk::Context;
use sortie_plugin_sdk::testing;
use sortie_plugin_sdk::testing::FakeEnvironment;

use super::*;

fn github() -> FakeEnvironment {
    FakeEnvironment::new()
        .set("GITHUB_ACTIONS", "true")
        .set("GITHUB_REPOSITORY", "acme/shop")
        .set("GITHUB_RUN_ID", "9001")
        .set("GITHUB_RUN_ATTEMPT", "2")
        .set("GITHUB_JOB", "deploy")
        .set("GITHUB_SHA", "0123abc")
        .set("GITHUB_HEAD_REF", "")
        .set("GITHUB_REF_NAME", "main")
        .set("GITHUB_SERVER_URL", "https://github.example")
        .set("GITHUB_ACTOR", "renovate[bot]")
}

fn run(json: &str, environment: &FakeEnvironment, task: TaskSpec) -> TaskSpec {
    noted(json, environment, task).0
}

/// The task, changed, and why.
fn noted(json: &str, environment: &FakeEnvironment, task: TaskSpec) -> (TaskSpec, Vec<Finding>) {
    let mut driver = testing::transform_in::<CiTags>(json, environment).expect("accepted");
    let task = driver.run(task).expect("no refusal");
    (task, driver.notes().to_vec())
}

#[test]
fn a_github_run() {
    let task = run("{}", &github(), TaskSpec::default());
    let tags: Vec<(&str, &str)> =
        task.tags.iter().map(|tag| (tag.name.as_str(), tag.value.as_str())).collect();
    assert_eq!(
        tags,
        [
            ("ci:provider", "github"),
            ("ci:repository", "acme/shop"),
            ("ci:run-id", "9001"),
            ("ci:run-attempt", "2"),
            ("ci:job", "deploy"),
            ("ci:commit", "0123abc"),
            ("ci:ref", "main"),
            ("ci:url", "https://github.example/acme/shop/actions/runs/9001"),
            ("ci:actor", "renovate_bot_"),
        ]
    );
    assert_eq!(task.started_by.as_deref(), Some("github/acme/shop/9001/2/deploy"));
}

#[test]
fn a_pull_request_is_tagged_with_its_branch() {
    let environment = github().set("GITHUB_HEAD_REF", "feature/x").set("GITHUB_REF_NAME", "12/merge");
    assert_eq!(run("{}", &environment, TaskSpec::default()).tag("ci:ref"), Some("feature/x"));
}

#[test]
fn a_gitlab_job() {
    let environment = FakeEnvironment::new()
        .set("GITLAB_CI", "true")
        .set("CI_PROJECT_PATH", "group/sub/app")
        .set("CI_PIPELINE_ID", "7")
        .set("CI_JOB_ID", "42")
        .set("CI_JOB_NAME", "test: [a, b]")
        .set("CI_JOB_URL", "https://gitlab.example/group/sub/app/-/jobs/42");
    let task = run("{}", &environment, TaskSpec::default());
    assert_eq!(task.tag("ci:job"), Some("test: _a_ b_"));
    assert_eq!(task.tag("ci:url"), Some("https://gitlab.example/group/sub/app/-/jobs/42"));
    assert_eq!(task.started_by.as_deref(), Some("gitlab/group/sub/app/42"));
}

#[test]
fn a_circleci_job() {
    let environment = FakeEnvironment::new()
        .set("CIRCLECI", "true")
        .set("CIRCLE_PROJECT_USERNAME", "acme")
        .set("CIRCLE_PROJECT_REPONAME", "shop")
        .set("CIRCLE_WORKFLOW_ID", "8e3c")
        .set("CIRCLE_JOB", "deploy")
        .set("CIRCLE_NODE_INDEX", "0")
        .set("CIRCLE_BRANCH", "main");
    let task = run("{}", &environment, TaskSpec::default());
    assert_eq!(task.tag("ci:repository"), Some("acme/shop"));
    assert_eq!(task.started_by.as_deref(), Some("circleci/8e3c/deploy/0"));
}

#[test]
fn what_codefresh_leaves_unexpanded_is_unset() {
    let environment = FakeEnvironment::new()
        .set("CF_BUILD_ID", "5f00aa")
        .set("CF_BUILD_URL", "https://g.codefresh.io/build/5f00aa")
        .set("CF_BRANCH", "${{CF_BRANCH}}")
        .set("CF_STEP_NAME", "deploy");
    let task = run("{}", &environment, TaskSpec::default());
    assert_eq!(task.tag("ci:ref"), None);
    assert_eq!(task.tag("ci:provider"), Some("codefresh"));
    assert_eq!(task.started_by.as_deref(), Some("codefresh/5f00aa/deploy"));

    let unexpanded = FakeEnvironment::new()
        .set("CF_BUILD_ID", "${{CF_BUILD_ID}}")
        .set("CF_BUILD_URL", "${{CF_BUILD_URL}}");
    assert_eq!(run("{}", &unexpanded, TaskSpec::default()), TaskSpec::default());
}

#[test]
fn outside_of_ci_nothing_changes_and_a_note_says_so() {
    let (task, notes) = noted("{}", &FakeEnvironment::new(), TaskSpec::default());
    assert_eq!(task, TaskSpec::default());
    let why = "no CI run is recognised (GitHub Actions, GitLab, CircleCI, Codefresh): no ci tags are set";
    assert_eq!(notes, [Finding::note("", why)]);
}

#[test]
fn a_ci_run_that_says_nothing_is_warned_of() {
    let mut context = Context::for_tests();
    context.ci = Some("gitlab".to_owned());
    let environment = FakeEnvironment::new().with_context(context);
    let (task, notes) = noted("{}", &environment, TaskSpec::default());
    assert_eq!(task, TaskSpec::default());
    let why = "the variables of gitlab are not set or not granted: the task is not tagged with its CI run";
    assert_eq!(notes, [Finding::warning("", why)]);
}

#[test]
fn what_the_user_set_stays() {
    let mut task = TaskSpec::default();
    task.set_tag("ci:job", "mine");
    task.started_by = Some("me".to_owned());
    let kept = run("{}", &github(), task.clone());
    assert_eq!(kept.tag("ci:job"), Some("mine"));
    assert_eq!(kept.started_by.as_deref(), Some("me"));
    let replaced = run(r#"{"overwrite":true}"#, &github(), task);
    assert_eq!(replaced.tag("ci:job"), Some("deploy"));
    assert_eq!(replaced.started_by.as_deref(), Some("github/acme/shop/9001/2/deploy"));
    assert_eq!(replaced.tags.iter().filter(|tag| tag.name == "ci:job").count(), 1);
}

#[test]
fn choices() {
    let json = r#"{"prefix":"build/","include":["job","url"],"extra":{"team":"a&b"},"started-by":false}"#;
    let task = run(json, &github(), TaskSpec::default());
    let names: Vec<&str> = task.tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["build/job", "build/url", "team"]);
    assert_eq!(task.tag("team"), Some("a_b"));
    assert_eq!(task.started_by, None);
}

#[test]
fn reserved_names_are_refused_with_their_place() {
    for (json, path) in [
        (r#"{"extra":{"aws:x/y":"1"}}"#, "/extra/aws:x~1y"),
        (r#"{"prefix":"aws:"}"#, "/prefix"),
        (r#"{"include":["jobb"]}"#, "/include/0"),
    ] {
        let refused = testing::transform_in::<CiTags>(json, &github()).err();
        assert_eq!(refused.expect("a refusal")[0].path, path, "{json}");
    }
}

#[test]
fn never_more_tags_than_aws_takes() {
    let mut task = TaskSpec::default();
    task.tags = (0..48).map(|index| Pair::new(format!("t{index}"), "x")).collect();
    let (task, notes) = noted("{}", &github(), task);
    assert_eq!(task.tags.len(), 50);
    assert_eq!(notes, [Finding::warning("", "7 tags are left out: AWS takes 50")]);
}
