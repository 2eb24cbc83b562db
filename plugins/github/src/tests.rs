use sortie_plugin_sdk::Event;
use sortie_plugin_sdk::reporter::ContainerResult;
use sortie_plugin_sdk::reporter::Phase;
use sortie_plugin_sdk::testing;
use sortie_plugin_sdk::testing::FakeEffects;
use sortie_plugin_sdk::testing::FakeEnvironment;
use sortie_plugin_sdk::testing::ReporterDriver;
use sortie_plugin_sdk::transform::Pair;

use super::*;

fn events() -> Vec<Event> {
    vec![
        Event::Planned(Planned {
            name: "deploy".to_owned(),
            backend: "fargate".to_owned(),
            containers: vec!["app".to_owned(), "proxy".to_owned()],
            main_container: "app".to_owned(),
            warnings: vec!["awslogs is non-blocking:\n100% of a burst may be lost".to_owned()],
        }),
        Event::Launched(Launched {
            id: "arn:aws:ecs:eu-west-1:1:task/ci/ab12".to_owned(),
            url: String::new(),
        }),
        Event::StateChanged(StateChanged { state: "running".to_owned(), elapsed: 12_340 }),
        Event::Finished(Finished {
            id: "arn:aws:ecs:eu-west-1:1:task/ci/ab12".to_owned(),
            exit_code: 137,
            verdict: "out-of-memory".to_owned(),
            reason: "app was killed: it used more than its 512 MiB".to_owned(),
            hint: "Raise --memory.".to_owned(),
            containers: vec![
                ContainerResult {
                    name: "app".to_owned(),
                    exit_code: Some(137),
                    reason: "OutOfMemoryError: <img src=x> [x](javascript:1) | `y`".to_owned(),
                },
                ContainerResult { name: "proxy".to_owned(), exit_code: None, reason: String::new() },
            ],
            phases: vec![Phase { name: "pull".to_owned(), duration: 8_050 }],
            log_lines: 20,
            log_bytes: 1_234,
            logs_complete: true,
            links: vec![
                Pair::new("Task", "https://console.aws.amazon.com/ecs?x=1&y=(2)"),
                Pair::new("Bad", "javascript:alert(1)"),
            ],
        }),
    ]
}

fn run(json: &str, effects: FakeEffects) -> ReporterDriver<GitHub> {
    let environment = FakeEnvironment::new().set("GITHUB_ACTIONS", "true");
    let mut driver = testing::reporter::<GitHub>(json, &environment, effects)
        .unwrap_or_else(|findings| panic!("refused: {findings:?}"));
    for event in events() {
        driver.report(&event);
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
    let environment = FakeEnvironment::new().set("GITHUB_ACTIONS", "true");
    let effects = FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE]);
    let mut driver = testing::reporter::<GitHub>("{}", &environment, effects)
        .unwrap_or_else(|findings| panic!("refused: {findings:?}"));
    for mut event in events() {
        if let Event::Finished(finished) = &mut event {
            finished.reason = "pull failed:\tno \u{1b}[1mroute\u{2028}to host".to_owned();
        }
        driver.report(&event);
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
    for shown in ["137", "app (main)", "| pull | 8.0 s |", "running 12.3 s", "20 lines", "Raise --memory."] {
        assert!(
            summary.contains(shown) || summary.replace('\u{200b}', "").contains(shown),
            "{shown}: {summary}"
        );
    }
    assert!(summary.contains("[Task](https://console.aws.amazon.com/ecs?x=1&amp;y=%282%29)"), "{summary}");
    for hostile in ["<img", "](javascript", "`y`", "javascript:alert"] {
        assert!(!summary.contains(hostile), "{hostile}: {summary}");
    }
}

#[test]
fn a_summary_never_exceeds_its_limit() {
    let finished = Finished {
        verdict: "failed".to_owned(),
        containers: vec![
            ContainerResult {
                name: "<".repeat(5_000),
                exit_code: None,
                reason: "é|".repeat(5_000)
            };
            10_000
        ],
        ..Finished::default()
    };
    let summary = summary::render(&summary::Run {
        title: "t",
        planned: &Planned::default(),
        launched: &Launched::default(),
        states: &[],
        finished: &finished,
    });
    assert!(summary.len() <= summary::MAX_BYTES);
    assert!(summary.ends_with("_The summary was cut here._\n"));
}

#[test]
fn outputs_are_written() {
    let driver = run(r#"{"output-prefix":"run-"}"#, FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE]));
    let outputs = String::from_utf8(driver.effects().file(OUTPUT_FILE)).expect("UTF-8");
    assert!(outputs.contains("run-exit-code<<SORTIE_END\n137\nSORTIE_END\n"), "{outputs}");
}

#[test]
fn what_is_not_granted_is_complained_of_once_and_the_rest_is_done() {
    let driver = run("{}", FakeEffects::granted(&[OUTPUT_FILE]));
    let complaints: Vec<&str> =
        driver.effects().commands().into_iter().filter(|line| line.contains("could not write")).collect();
    assert_eq!(
        complaints,
        ["::warning title=sortie::github could not write the step's summary: it is not granted"]
    );
    assert!(!driver.effects().file(OUTPUT_FILE).is_empty());

    let silent = run("{}", FakeEffects::default());
    assert!(silent.effects().done.is_empty());
}

#[test]
fn parts_can_be_turned_off() {
    let json = r#"{"groups":false,"annotations":false,"summary":false,"outputs":false}"#;
    assert!(run(json, FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE])).effects().done.is_empty());
}

#[test]
fn a_success_has_no_annotation() {
    let mut driver = testing::reporter::<GitHub>(
        "{}",
        &FakeEnvironment::new(),
        FakeEffects::granted(&[SUMMARY_FILE, OUTPUT_FILE]),
    )
    .unwrap_or_else(|findings| panic!("refused: {findings:?}"));
    driver.report(&Event::Finished(Finished {
        verdict: "succeeded".to_owned(),
        logs_complete: true,
        ..Finished::default()
    }));
    assert!(driver.effects().commands().is_empty());
}

#[test]
fn a_long_message_is_cut_at_a_character() {
    assert_eq!(clipped(&"é".repeat(3_000)).len(), 4_000);
    assert_eq!(clipped("short"), "short");
}

#[test]
fn a_prefix_that_is_no_name_is_refused() {
    let refused = testing::reporter::<GitHub>(
        r#"{"output-prefix":"a=b\n"}"#,
        &FakeEnvironment::new(),
        FakeEffects::default(),
    );
    assert_eq!(refused.err().expect("a refusal")[0].path, "/output-prefix");
}
