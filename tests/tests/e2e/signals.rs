//! Signals that are no cancellation, that were ignored when sortie was started, or that nothing can be
//! done about: no task is left without a word.

use std::time::Duration;
use std::time::Instant;

use rustix::process::Signal;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Running;
use sortie_tests::Sortie;

const UP: &str = "echo up; sleep 2; echo done";

fn process() -> Sortie {
    Sortie::new().args(["run", "--backend", "process"])
}

/// A `sleep` that no other test has, by its number of seconds.
fn own_sleep() -> String {
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering;
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("8{:07}{:02}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Whether a process with this last argument runs.
fn runs(marker: &str) -> bool {
    let processes = std::fs::read_dir("/proc").expect("a Linux machine").flatten();
    let ends = format!("\0{marker}\0");
    let mut commands = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    commands.any(|command| command.ends_with(ends.as_bytes()))
}

#[track_caller]
fn await_runs(marker: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !runs(marker) {
        assert!(Instant::now() < deadline, "`sleep {marker}` was not started");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn assert_gone_within(limit: Duration, marker: &str) {
    let deadline = Instant::now() + limit;
    while runs(marker) {
        assert!(Instant::now() < deadline, "`sleep {marker}` still runs after {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn started(sortie: Sortie) -> Running {
    let running = sortie.start();
    running.await_stdout("up\n");
    running
}

#[test]
fn signal_that_was_ignored_at_the_start_stays_ignored() {
    for (within, signal) in [
        ("exec nohup \"$@\"", Signal::HUP),
        ("trap '' INT; exec \"$@\"", Signal::INT),
        ("trap '' TERM QUIT; exec \"$@\"", Signal::QUIT),
    ] {
        let running = started(process().within(within).script(UP));
        running.signal(signal);
        running.finish().assert_code(0).assert_stdout("up\ndone\n");
    }
}

/// `nohup` is about SIGHUP alone.
#[test]
fn other_signals_cancel_as_ever() {
    let running = started(process().within("trap '' HUP; exec \"$@\"").script(UP));
    running.signal(Signal::HUP);
    running.signal(Signal::TERM);
    running.finish().assert_code(143);
}

#[test]
fn signals_that_mean_nothing_to_a_run_do_nothing() {
    let running = started(process().script(UP));
    for signal in [
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::PIPE,
        Signal::VTALARM,
        Signal::PROF,
        Signal::IO,
        Signal::XFSZ,
    ] {
        running.signal(signal);
    }
    running.finish().assert_code(0).assert_stdout("up\ndone\n");
}

#[test]
fn sigquit_ends_a_process_at_once() {
    let marker = own_sleep();
    let running =
        started(process().script(&format!("trap '' TERM QUIT; echo up; sleep {marker}; sleep {marker}")));
    await_runs(&marker);
    running.signal(Signal::QUIT);
    let output = running.finish();
    output.assert_code(131).assert_within(Duration::from_secs(20)).assert_stderr("SIGQUIT: leaving");
    assert_gone_within(Duration::from_secs(5), &marker);
}

#[test]
fn sigquit_names_the_task_that_goes_on() {
    let cloud = Cloud::scripted("quit");
    cloud.shell("x").life(json!({
        "steps": [{ "after": 0.2, "status": "RUNNING", "log": { "app": ["up"] } }, { "after": 300 }],
    }));
    let running = started(cloud.run());
    running.signal(Signal::QUIT);
    let output = running.finish();
    output.assert_code(131).assert_stderr("which goes on").assert_stderr("aws ecs stop-task");
    output.assert_stderr(&format!("task/{}/", cloud.name()));
    assert!(cloud.calls("StopTask").is_empty(), "{output}");
}

#[test]
fn sigquit_before_the_launch_launches_nothing() {
    let cloud = Cloud::faulty("quit-before");
    cloud.shell("x").faults(json!([
        { "service": "ecs", "operation": "DescribeTaskDefinition", "latency": 3000 },
    ]));
    let running = cloud.run().start();
    cloud.await_call("DescribeTaskDefinition");
    running.signal(Signal::QUIT);
    running.finish().assert_code(131).assert_stderr("nothing was launched");
    assert!(cloud.calls("RunTask").is_empty(), "a task was launched after the signal");
}

/// Plugins need memory that counts as a file: that is said, where SIGXFSZ would end sortie without a word.
#[test]
fn limit_on_file_sizes_is_an_error() {
    let sortie = process().args(["--plugin", "redact"]).within("ulimit -f 0; exec \"$@\"");
    sortie.script(UP).run().assert_code(120).assert_stdout("").assert_stderr("File too large");
    process().within("ulimit -f 0; exec \"$@\"").script(UP).run().assert_code(0).assert_stdout("up\ndone\n");
}

/// What sortie is told of its own CPU time comes before a SIGKILL, so the task is stopped.
#[test]
fn sigxcpu_cancels() {
    let running = started(process().script(UP));
    running.signal(Signal::XCPU);
    running.finish().assert_code(152).assert_stdout("up\n");
}

#[test]
fn killed_sortie_leaves_no_process() {
    let marker = own_sleep();
    let running = started(process().script(&format!("sleep {marker} & echo up; sleep {marker}")));
    await_runs(&marker);
    running.signal(Signal::KILL);
    assert_eq!(running.finish().code, None);
    assert_gone_within(Duration::from_secs(10), &marker);
}

#[test]
fn killed_sortie_gives_the_process_its_stop_timeout() {
    let marker = own_sleep();
    let script = format!(
        "trap 'echo stopping > stopped' TERM; echo up; while :; do sleep {marker}; done & wait; sleep {marker}"
    );
    let sortie = process().args(["--stop-timeout", "2s"]).script(&script);
    let stopped = sortie.path("stopped");
    let running = started(sortie);
    running.signal(Signal::KILL);
    let killed = Instant::now();
    let deadline = killed + Duration::from_secs(10);
    while !stopped.exists() {
        assert!(Instant::now() < deadline, "the process was not told to stop");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_gone_within(Duration::from_secs(10), &marker);
    assert!(killed.elapsed() > Duration::from_millis(1500), "it had {:?} to stop", killed.elapsed());
}

/// The keeper ends with the run: nothing is signalled later that has the same number.
#[test]
fn no_keeper_is_left_of_a_run() {
    let running = started(process().script("echo up; grep -l keep-process /proc/[0-9]*/cmdline; echo $PPID"));
    let output = running.finish();
    output.assert_code(0);
    let lines = output.lines();
    let own = |path: &&String| path.starts_with("/proc/");
    let parent = lines.last().expect("the parent");
    assert!(lines.iter().any(|path| own(&path)), "no keeper runs beside the process\n{output}");
    let deadline = Instant::now() + Duration::from_secs(10);
    for keeper in lines.iter().filter(own) {
        let stat = keeper.replace("cmdline", "stat");
        // Keepers of other tests have other parents.
        let is_ours = |stat: String| {
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.split(' ').nth(1) == Some(parent))
        };
        while std::fs::read_to_string(&stat).is_ok_and(is_ours) {
            assert!(Instant::now() < deadline, "{stat} is left\n{output}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn first_process_of_a_container_takes_note_of_orphans() {
    let script = "for i in 1 2 3 4 5; do sh -c 'sleep 0.2 & exit'; done; sleep 1.5; \
                  cat /proc/[0-9]*/stat | grep -c ') Z '; exit 7";
    let output = process().within("exec unshare --pid --fork --mount-proc \"$@\"").script(script).run();
    output.assert_code(7).assert_stdout("0\n");
}

#[test]
fn first_process_of_a_container_ends_with_the_commands_code() {
    for (script, code) in [("sh -c 'sleep 0.1 &'; sleep 0.3; exit 3", 3), ("kill -9 $$", 137), ("exit 0", 0)]
    {
        process()
            .within("exec unshare --pid --fork --mount-proc \"$@\"")
            .script(script)
            .run()
            .assert_code(code);
    }
}
