use std::time::Duration;

use sortie_plugin_sdk::Pair;
use sortie_plugin_sdk::reporter::ContainerEnd;
use sortie_plugin_sdk::reporter::Link;
use sortie_plugin_sdk::reporter::Other;
use sortie_plugin_sdk::reporter::Phase;
use sortie_plugin_sdk::reporter::StateChanged;

use super::*;

fn step(container: &str, title: &str, time_ms: u64) -> Event {
    let json = serde_json::json!({ "container": 0, "name": container, "title": title, "timeMs": time_ms });
    Event::new(Other::new("phase", json.to_string()))
}

fn phase(name: &str, started_at_ms: f64, duration_ms: f64) -> Phase {
    let mut phase = Phase::new(name, duration_ms);
    phase.started_at_ms = Some(started_at_ms);
    phase
}

/// A deployment of two containers that failed in its second step.
fn events() -> Vec<Event> {
    let mut planned = Planned::new("deploy", ["app", "proxy"]);
    planned.backend = "fargate".to_owned();
    let mut app = ContainerEnd::new("app", Some(3));
    (app.log_lines, app.log_bytes) = (1_204.0, 30_000.0);
    let mut proxy = ContainerEnd::new("proxy", Some(0));
    proxy.log_incomplete = Some("it has no log driver".to_owned());
    let mut finished = Finished::new("failed", 3);
    finished.id = "arn:aws:ecs:eu-west-1:1:task/ci/ab12".to_owned();
    finished.reason = "container `app` ended with 3".to_owned();
    finished.main_container = "app".to_owned();
    finished.containers = vec![app, proxy];
    finished.phases = vec![phase("launch", 1_000.0, 400.0), phase("run", 9_000.0, 14_500.0)];
    finished.links = vec![Link::new("task", "https://t/"), Link::new("log of app", "https://l/?a=1&b=2")];
    finished.more = vec![Pair::new("output.version", "1.2.3")];
    let mut tail = LogTail::new("app", ["+ ./kops.sh validate", "```", "\u{1b}[31mno such cluster\u{1b}[0m"]);
    tail.before = 1_201;
    let finished = finished.with_log_tails(&[LogTail::new("proxy", ["ready"]), tail]);
    let annotation =
        r#"{"container":0,"name":"app","level":"error","file":"src/a.rs","line":3,"message":"mismatched"}"#;
    vec![
        Event::new(planned),
        Event::new(Launched::new("arn:aws:ecs:eu-west-1:1:task/ci/ab12")),
        Event::new(StateChanged::new("running", "running")).after(Duration::from_millis(8_000)),
        step("app", "./kops.sh export", 10_000),
        step("proxy", "warm up", 10_500),
        step("app", "./kops.sh validate", 11_200),
        Event::new(Other::new("annotation", annotation)),
        Event::new(finished).after(Duration::from_secs(30)),
    ]
}

fn story(events: &[Event]) -> Story {
    let mut story = Story::default();
    events.iter().for_each(|event| {
        story.hear(event);
    });
    story
}

#[test]
fn the_reader_of_a_failed_job_sees_at_once_why() {
    let story = story(&events());
    let failure = story.failure().expect("it failed");
    assert_eq!(failure.title, "deploy: failed");
    let message = "container `app` ended with 3\nIt failed in the step `./kops.sh validate`.\n\
                   src/a.rs:3: mismatched";
    assert_eq!(failure.message, message);
    // To the next one of its container; the last one to the end of the run.
    let took: Vec<Option<f64>> = (0..3).map(|index| story.step_ms(index)).collect();
    assert_eq!(took, [Some(1_200.0), Some(13_000.0), Some(12_300.0)]);
    assert_eq!(story.tails().iter().map(|tail| tail.container.as_str()).collect::<Vec<_>>(), ["app"]);
    assert_eq!(story.log_url(), Some("https://l/?a=1&b=2"));
}

#[test]
fn the_summary_has_all_of_it() {
    let summary = summary::render(&story(&events()), 1_000_000);
    let expected = "\
### ❌ deploy: failed

container &#96;app&#96; ended with 3

It failed in the step &#96;./kops.sh validate&#96;.

❌ src/a.rs&#58;3&#58; mismatched

The last 3 lines of 1204 of app:

````text
+ ./kops.sh validate
```
no such cluster
````

| | |
|---|---|
| Exit code | 3 |
| Back end | fargate |
| Task | arn&#58;aws&#58;ecs&#58;eu-west-1&#58;1&#58;task/ci/ab12 |
| Log | 1204 lines, 30000 bytes, may be incomplete |

[task](https://t/) · [log of app](https://l/?a=1&amp;b=2)

| Found in the log | Place | |
|---|---|---|
| ❌ error | src/a.rs&#58;3 | mismatched |

| Timeline | Began after | Took |
|---|---:|---:|
| launch | 0.0 s | 0.4 s |
| run | 8.0 s | 14.5 s |

| Step | Container | Took |
|---|---|---:|
| ./kops.sh export | app | 1.2 s |
| warm up | proxy | 13.0 s |
| ❌ ./kops.sh validate | app | 12.3 s |

| Container | Exit code | Reason | Log |
|---|---:|---|---|
| app (main) | 3 |  | 1204 lines |
| proxy | 0 |  | 0 lines, incomplete&#58; it has no log driver |

| Output of the task | |
|---|---|
| version | 1.2.3 |
";
    assert_eq!(summary, expected);
}

/// sortie names the step in its reason, and says how long each took.
#[test]
fn nothing_is_said_twice() {
    let mut events = events();
    if let Some(Happening::Finished(finished)) = events.last_mut().map(|event| &mut event.what) {
        finished.reason.push_str("; failed in step `./kops.sh validate` after 12.5 s");
        let step = |title: &str, ms: u64| serde_json::json!({ "container": "app", "title": title, "durationMs": ms });
        let json = serde_json::json!([step("./kops.sh export", 1_300)]).to_string();
        finished.more.push(Pair::new("steps", json));
        finished.containers.truncate(1);
    }
    let story = story(&events);
    let failure = story.failure().expect("it failed");
    assert_eq!(failure.message.matches("./kops.sh validate").count(), 1, "{}", failure.message);
    assert_eq!(story.step_ms(0), Some(1_300.0));
    let summary = summary::render(&story, 1_000_000);
    assert!(
        !summary.contains("It failed in the step") && !summary.contains("| Container | Exit"),
        "{summary}"
    );
}

/// What went wrong before, and was got over, is not why it failed.
#[test]
fn the_cause_is_the_first_error_of_the_failing_step() {
    let mut events = events();
    let found = |container: &str, level: &str, message: &str| {
        let json = serde_json::json!({ "name": container, "level": level, "message": message });
        Event::new(Other::new("annotation", json.to_string()))
    };
    events.insert(4, found("app", "error", "tried again"));
    let at = events.len() - 2;
    let told = [found("app", "warning", "w"), found("proxy", "error", "p"), found("app", "error", "first")];
    events.splice(at..at, told);
    let cause = |events: &[Event]| story(events).cause().map(Annotation::sentence);
    assert_eq!(cause(&events).as_deref(), Some("first"));
    events.truncate(5);
    events.push(Event::new(Finished::new("failed", 1)));
    assert_eq!(cause(&events).as_deref(), Some("tried again"), "no other step has begun");
    events.pop();
    events.push(Event::new(Finished::new("succeeded", 0)));
    assert_eq!(cause(&events), None);
}

/// Clocks of the machine and of the platform differ, and some stamps are of whole seconds.
#[test]
fn no_phase_begins_before_the_one_above_it() {
    let mut finished = Finished::new("failed", 1);
    finished.phases =
        vec![phase("launch", 1_400.0, 100.0), phase("pull", 1_000.0, 1_000.0), phase("run", 2_000.0, 0.0)];
    let summary = summary::render(&story(&[Event::new(finished)]), 1_000_000);
    let rows = "| launch | 0.0 s | 0.1 s |\n| pull | 0.0 s | 1.0 s |\n| run | 0.6 s | 0.0 s |\n";
    assert!(summary.contains(rows), "{summary}");
}

#[test]
fn a_success_shows_neither_lines_nor_a_failing_step() {
    let mut events = events();
    if let Some(Happening::Finished(finished)) = events.last_mut().map(|event| &mut event.what) {
        finished.verdict = "succeeded".to_owned();
        finished.reason = String::new();
    }
    let story = story(&events);
    assert_eq!((story.failure(), story.failing_step()), (None, None));
    let summary = summary::render(&story, 1_000_000);
    assert!(summary.starts_with("### ✅ deploy: succeeded\n\n| | |\n"), "{summary}");
    assert!(!summary.contains("The last") && !summary.contains("```"), "{summary}");
    assert_eq!(block::lines(&story), Vec::<String>::new());
}

#[test]
fn a_summary_never_exceeds_its_limit_and_is_cut_between_rows() {
    let mut container = ContainerEnd::new("<".repeat(5_000), None);
    container.reason = "é|".repeat(5_000);
    let mut finished = Finished::new("failed", 1);
    finished.containers = vec![container; 10_000];
    let story = story(&[Event::new(finished)]);
    for max in [400, 20_000, 1_000_000] {
        let summary = summary::render(&story, max);
        assert!(summary.len() <= max, "{}", summary.len());
        assert!(summary.ends_with("|\n\n_The summary was cut here._\n"), "{summary}");
    }
}

#[test]
fn a_task_that_is_launched_again_begins_its_story_anew() {
    let mut events = events();
    events.insert(6, Event::new(Launched::new("arn:2")).in_attempt(2));
    let story = story(&events);
    assert_eq!((story.states.len(), story.steps.len(), story.failing_step()), (0, 0, None));
    assert_eq!(story.annotations.len(), 1);
}

#[test]
fn the_block_is_coloured_and_obeyed_by_nobody() {
    let mut finished = Finished::new("never-started", 121);
    finished.reason = "##vso[task.complete]\u{1b}[2J no route".to_owned();
    finished.hint = "Give the subnet a route.".to_owned();
    assert_eq!(
        block::lines(&story(&[Event::new(finished)])),
        [
            "\u{1b}[1;31m✘ sortie: never-started\u{1b}[0m",
            "\u{1b}[1;31m  #\\#vso[task.complete] no route\u{1b}[0m",
            "\u{1b}[33m  Give the subnet a route.\u{1b}[0m",
        ]
    );
}

#[test]
fn what_is_kept_is_bounded() {
    let events: Vec<Event> = (0..1_500).map(|number| step("app", "x", number)).collect();
    let story = story(&events);
    assert_eq!((story.steps.len(), story.unkept), (1_000, 500));
}
