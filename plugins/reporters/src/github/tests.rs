use std::time::Duration;

use sortie_plugin_sdk::Event;
use sortie_plugin_sdk::reporter::ContainerEnd;
use sortie_plugin_sdk::reporter::Finished;
use sortie_plugin_sdk::reporter::Happening;
use sortie_plugin_sdk::reporter::Launched;
use sortie_plugin_sdk::reporter::Link;
use sortie_plugin_sdk::reporter::LogTail;
use sortie_plugin_sdk::reporter::Other;
use sortie_plugin_sdk::reporter::Phase;
use sortie_plugin_sdk::reporter::Planned;
use sortie_plugin_sdk::reporter::StateChanged;
use sortie_plugin_sdk::testing;
use sortie_plugin_sdk::testing::FakeEffects;
use sortie_plugin_sdk::testing::FakeEnvironment;
use sortie_plugin_sdk::testing::ReporterDriver;

use super::*;
use crate::Reporters;
use crate::tests::environment;

fn events() -> Vec<Event> {
    let mut planned = Planned::new("deploy", ["app", "proxy"]);
    planned.backend = "fargate".to_owned();
    planned.warnings = vec!["awslogs is non-blocking:\n100% of a burst may be lost".to_owned()];

    let mut app = ContainerEnd::new("app", Some(137));
    app.reason = "OutOfMemoryError: <img src=x> [x](javascript:1) | `y`".to_owned();
    (app.log_lines, app.log_bytes) = (20.0, 1_234.0);
    let mut finished = Finished::new("out-of-memory", 137);
    finished.id = "arn:aws:ecs:eu-west-1:1:task/ci/ab12".to_owned();
    finished.reason = "app was killed: it used more than its 512 MiB".to_owned();
    finished.hint = "Raise --memory.".to_owned();
    finished.main_container = "app".to_owned();
    finished.containers = vec![app, ContainerEnd::new("proxy", None)];
    finished.phases = vec![Phase::new("pull", 8_050.0)];
    finished.links = vec![
        Link::new("Task", "https://console.aws.amazon.com/ecs?x=1&y=(2)"),
        Link::new("Bad", "javascript:alert(1)"),
    ];
    let finished = finished.with_log_tails(&[LogTail::new("app", ["[`x`](y) ```"])]);

    vec![
        Event::new(planned),
        Event::new(Launched::new("arn:aws:ecs:eu-west-1:1:task/ci/ab12")),
        Event::new(StateChanged::new("running", "running")).after(Duration::from_millis(12_340)),
        Event::new(finished),
    ]
}

fn driver(json: &str, environment: &FakeEnvironment, effects: FakeEffects) -> ReporterDriver<Reporters> {
    testing::reporter_in::<Reporters>(json, environment, effects)
        .unwrap_or_else(|findings| panic!("refused: {findings:?}"))
}

fn run(json: &str, effects: FakeEffects) -> ReporterDriver<Reporters> {
    let mut driver = driver(json, &environment("github", Some("github")), effects);
    for event in events() {
        driver.report(&event).expect("no failure");
    }
    driver
}

#[test]
fn a_failed_run_on_the_command_channel() {
    let driver = run("{}", FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE]));
    assert_eq!(
        driver.effects().commands(),
        [
            "::warning title=sortie::awslogs is non-blocking:%0A100%25 of a burst may be lost",
            "::group::deploy (arn:aws:ecs:eu-west-1:1:task/ci/ab12)",
            "::endgroup::",
            "::error title=deploy%3A out-of-memory::app was killed: it used more than its 512 MiB%0ARaise --memory.",
        ]
    );
    assert_eq!(driver.effects().denied, 0);
}

/// Reasons are the platform's words; sortie refuses a command with a control character in it.
#[test]
fn a_control_character_in_a_reason_does_not_cost_its_annotation() {
    let environment = environment("github", Some("github"));
    let effects = FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE]);
    let mut driver = driver("{}", &environment, effects);
    for mut event in events() {
        if let Happening::Finished(finished) = &mut event.what {
            finished.reason = "pull failed:\tno \u{1b}[1mroute\u{2028}to host".to_owned();
        }
        driver.report(&event).expect("no failure");
    }
    let commands = driver.effects().commands();
    let annotation =
        "::error title=deploy%3A out-of-memory::pull failed: no  [1mroute to host%0ARaise --memory.";
    assert_eq!(commands.last().copied(), Some(annotation), "{commands:?}");
    assert_eq!(driver.effects().denied, 0);
}

#[test]
fn the_summary_shows_everything_and_lets_nothing_through() {
    let driver = run("{}", FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE]));
    let summary = String::from_utf8(driver.effects().file(SUMMARY_FILE)).expect("UTF-8");
    let shown = ["137", "app (main)", "| pull |  | 8.1 s |", "20 lines", "Raise --memory."];
    for shown in shown.into_iter().chain(["````text\n[`x`](y) ```\n````\n"]) {
        assert!(summary.contains(shown), "{shown}: {summary}");
    }
    // What stands between the fences is not read as Markdown.
    let summary = summary.replace("\n[`x`](y) ```\n", "");
    assert!(summary.contains("[Task](https://console.aws.amazon.com/ecs?x=1&amp;y=%282%29)"), "{summary}");
    for hostile in ["<img", "](javascript", "`y`", "javascript:alert"] {
        assert!(!summary.contains(hostile), "{hostile}: {summary}");
    }
}

#[test]
fn outputs_are_written() {
    let driver = run(r#"{"output-prefix":"run-"}"#, FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE]));
    let outputs = String::from_utf8(driver.effects().file(OUTPUT_FILE)).expect("UTF-8");
    assert!(outputs.contains("run-exit-code<<SORTIE_END\n137\nSORTIE_END\n"), "{outputs}");
}

#[test]
fn what_is_not_there_is_done_without() {
    let driver = run("{}", FakeEffects::granted(&[OUTPUT_FILE]));
    assert!(!driver.effects().file(OUTPUT_FILE).is_empty());

    let silent = run("{}", FakeEffects::default());
    assert!(silent.effects().done.is_empty());
}

#[test]
fn outside_of_a_job_it_asks_for_no_event() {
    let effects = || FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE]);
    let mut outside = driver("{}", &environment("github", Some("gitlab")), effects());
    events().iter().for_each(|event| outside.report(event).expect("no failure"));
    assert!(outside.effects().done.is_empty());
}

fn other(name: &str, json: &str) -> Event {
    Event::new(Other::new(name, json))
}

/// Steps of the main container are groups of their own, and the last one is where it failed.
#[test]
fn steps_are_groups_and_what_the_log_says_of_files_is_annotated() {
    let mut events = events();
    let step = |container: &str, title: &str| {
        other("phase", &format!(r#"{{"container":0,"name":"{container}","title":"{title}","timeMs":1}}"#))
    };
    let found = r#"{"container":0,"name":"app","level":"warning","file":"src/a,b.rs","line":3,"column":null,"message":"50% unused"}"#;
    let told = [step("app", "./kops.sh export"), step("proxy", "warm up"), step("app", "./kops.sh validate")];
    events.splice(2..2, told.into_iter().chain([other("annotation", found)]));
    let environment = environment("github", Some("github"));
    let mut driver = driver("{}", &environment, FakeEffects::granted(&[]));
    events.iter().for_each(|event| driver.report(event).expect("no failure"));
    assert_eq!(
        driver.effects().commands()[1..],
        [
            "::group::deploy (arn:aws:ecs:eu-west-1:1:task/ci/ab12)",
            "::endgroup::",
            "::group::./kops.sh export",
            "::endgroup::",
            "::group::./kops.sh validate",
            "::warning file=src/a%2Cb.rs,line=3::50%25 unused",
            "::endgroup::",
            "::error title=deploy%3A out-of-memory::app was killed: it used more than its 512 MiB\
             %0AIt failed in the step `./kops.sh validate`.%0ARaise --memory.",
        ]
    );
}

/// GitHub shows ten errors of a step: the reason is always among them.
#[test]
fn findings_leave_room_for_the_reason() {
    let found = r#"{"container":0,"name":"app","level":"error","message":"m"}"#;
    let mut events = events();
    events.splice(2..2, (0..30).map(|_| other("annotation", found)));
    let environment = environment("github", Some("github"));
    let mut driver = driver("{}", &environment, FakeEffects::granted(&[]));
    events.iter().for_each(|event| driver.report(event).expect("no failure"));
    let commands = driver.effects().commands();
    let errors: Vec<_> = commands.iter().filter(|line| line.starts_with("::error")).collect();
    assert_eq!((errors.len(), *errors[0]), (10, "::error::m"));
    assert!(errors[9].starts_with("::error title=deploy%3A out-of-memory::"), "{errors:?}");
}

#[test]
fn parts_can_be_turned_off() {
    let json = r#"{"groups":false,"annotations":false,"summary":false,"outputs":false}"#;
    assert!(run(json, FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE])).effects().done.is_empty());
}

#[test]
fn a_success_has_no_annotation() {
    let effects = FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE]);
    let mut driver = driver("{}", &environment("github", Some("github")), effects);
    driver.report(&Event::new(Finished::new("succeeded", 0))).expect("no failure");
    assert!(driver.effects().commands().is_empty());
}

#[test]
fn a_long_message_is_cut_at_a_character() {
    assert_eq!(clipped(&"é".repeat(3_000)).len(), 4_000);
    assert_eq!(clipped("short"), "short");
}

#[test]
fn a_prefix_that_is_no_name_is_refused() {
    let json = r#"{"output-prefix":"a=b\n"}"#;
    let environment = environment("github", Some("github"));
    let refused = testing::reporter_in::<Reporters>(json, &environment, FakeEffects::default());
    assert_eq!(refused.err().expect("a refusal")[0].path, "/output-prefix");
}
