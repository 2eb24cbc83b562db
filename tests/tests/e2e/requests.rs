//! HTTP requests of plugins, which the host sends: the SDK's example of a webhook, and servers that do what
//! they should not.

use std::time::Duration;

use sortie::plugin::Digest;
use sortie_tests::Hook;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::examples;
use sortie_tests::hook::Answer;

const SECRET: &str = "s3cr3t-Hook-Token-0815";

/// A command of sortie with the webhook, which posts to `url` and is granted this; `None` where it cannot be
/// built.
fn with_webhook(command: &str, url: &str, grants: &[&str]) -> Option<Sortie> {
    let component = std::fs::read(examples::example("webhook")?).expect("cargo has built the component");
    let table = format!(
        "[[plugin]]\nname = \"webhook\"\nsource = \"webhook.wasm\"\ndigest = \"{}\"\nconfig = {{ url = \"{url}\" }}\ngrant = {grants:?}\n",
        Digest::of(&component)
    );
    let sortie = Sortie::new().args([command, "--backend", "process"]);
    Some(sortie.file("webhook.wasm", component).file("sortie.toml", table))
}

/// The run of such a webhook, whose task ends with 3.
fn run_webhook(url: &str, grants: &[&str], more: &[&str]) -> Option<Output> {
    let sortie = with_webhook("run", url, grants)?.args(more).env("CI_TOKEN", SECRET);
    Some(sortie.script("echo one; exit 3").run())
}

/// The server hands back what it was asked, and the plugin says it with `-vv`.
#[test]
fn secret_in_a_header_arrives_and_is_seen_nowhere_else() {
    let hook = Hook::start(Answer::Echo(200));
    let url = hook.url();
    let grants = [&*format!("http:POST:{url}#Authorization=Bearer $CI_TOKEN"), "file:status=status.txt"];
    let Some(output) = run_webhook(&url, &grants, &["-vv"]) else { return };
    output.assert_code(3).assert_nowhere(SECRET);
    output.assert_stderr("authorization: Bearer ***").assert_stderr("#Authorization=Bearer $CI_TOKEN");
    assert_eq!(output.file("status.txt"), "200\n", "{output}");

    let json = run_webhook(&url, &grants, &["-vv", "--output", "json"]).expect("as before");
    json.assert_code(3).assert_nowhere(SECRET);
    let requests = hook.requests();
    assert_eq!(requests.len(), 2, "{requests:#?}");
    for request in requests {
        assert!(request.contains(&format!("authorization: Bearer {SECRET}\n")), "{request}");
        assert!(request.contains("\"exitCode\":3"), "{request}");
    }

    for more in [&[][..], &["--json"], &["-v"]] {
        let plan = with_webhook("plan", &url, &grants).expect("as before").args(more);
        let planned = plan.env("CI_TOKEN", SECRET).script("true").run();
        planned.assert_code(0).assert_nowhere(SECRET);
        assert!(planned.text().contains("#Authorization=Bearer $CI_TOKEN"), "{planned}");
    }
    assert_eq!(hook.requests().len(), 2, "nothing is sent for a plan");
}

#[test]
fn address_in_a_variable_is_posted_to_and_seen_nowhere() {
    let hook = Hook::start(Answer::Echo(200));
    let path = format!("/services/{SECRET}?key={SECRET}");
    let url = format!("http://127.0.0.1:{}{path}", hook.port());
    let Some(sortie) = with_webhook("run", "$CI_HOOK", &["http:POST:$CI_HOOK"]) else { return };
    let output = sortie.args(["-vv"]).env("CI_HOOK", url).script("true").run();
    output.assert_code(0).assert_nowhere(SECRET).assert_stderr("$CI_HOOK answered 200");
    let [request] = &hook.requests()[..] else { panic!("one request is expected\n{output}") };
    assert!(request.starts_with(&format!("POST {path} HTTP/1.1\n")), "{request}");

    let unset = with_webhook("run", "$CI_HOOK", &["http:POST:$CI_HOOK"]).expect("as before");
    let output = unset.script("echo launched > launched").run();
    output.assert_code(2).assert_stderr("$CI_HOOK, which is not set");
    assert!(!output.has_file("launched"), "{output}");
}

#[test]
fn name_that_leads_to_this_machine_is_refused_unless_its_address_is_granted() {
    let hook = Hook::start(Answer::Echo(200));
    let url = hook.named_url();
    let grant = format!("http:POST:{url}");
    let Some(output) = run_webhook(&url, &[&grant], &[]) else { return };
    output.assert_code(3).assert_stdout("one\n");
    output.assert_stderr("reporter `webhook` failed").assert_stderr("a loopback address");
    output.assert_stderr("`#address=127.0.0.1` would grant");
    assert_eq!(hook.requests().len(), 0, "{output}");

    let grant = format!("{grant}#address=127.0.0.1");
    let output = run_webhook(&url, &[&grant], &["-v"]).expect("as before");
    output.assert_code(3).assert_stderr("answered 200");
    assert_eq!(hook.requests().len(), 1, "{output}");
}

#[test]
fn redirect_is_not_followed() {
    let elsewhere = Hook::start(Answer::Echo(200));
    let hook = Hook::start(Answer::Redirect(elsewhere.url()));
    // Both are granted: it is no matter of grants.
    let grants = [&*format!("http:POST:{}", hook.url()), &*format!("http:POST:{}", elsewhere.url())];
    let Some(output) = run_webhook(&hook.url(), &grants, &[]) else { return };
    output.assert_code(3).assert_stderr("answered 307");
    assert_eq!((hook.requests().len(), elsewhere.requests().len()), (1, 0), "{output}");
}

#[test]
fn server_that_never_answers_does_not_keep_the_run_from_ending() {
    let hook = Hook::start(Answer::Never);
    let Some(output) = run_webhook(&hook.url(), &[&format!("http:POST:{}", hook.url())], &[]) else { return };
    output.assert_code(3).assert_stdout("one\n").assert_within(Duration::from_secs(20));
    output.assert_stderr("reporter `webhook` failed").assert_stderr("no answer within 5s");
    assert_eq!(hook.requests().len(), 1, "{output}");
}

#[test]
fn request_that_is_required_and_not_granted_launches_nothing() {
    let hook = Hook::start(Answer::Echo(200));
    for grants in [&[][..], &["http:POST:https://hooks.example.com/ci"]] {
        let Some(sortie) = with_webhook("run", &hook.url(), grants) else { return };
        let output = sortie.script("echo launched > launched").run();
        output.assert_code(2).assert_stderr("which is not granted").assert_stderr("(It posts");
        assert!(!output.has_file("launched"), "{output}");
    }
    assert_eq!(hook.requests().len(), 0);
}

#[test]
fn grants_that_do_not_fit_are_warned_of() {
    let hook = Hook::start(Answer::Echo(200));
    let grants = [&*format!("http:POST:{}", hook.url()), "file:statsu=status.txt", "log-lines"];
    let Some(output) = run_webhook(&hook.url(), &grants, &[]) else { return };
    output.assert_code(3);
    output.assert_stderr(
        "warning: plugin `webhook` asks for file:status=PATH (It keeps the status of the answer.)",
    );
    output.assert_stderr(
        "never asks for file:statsu=status.txt, which is granted; did you mean file:status=PATH?",
    );
    output.assert_stderr("never asks for log-lines, which is granted\n");
    assert!(!output.has_file("status.txt"), "{output}");
}
