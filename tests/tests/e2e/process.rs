//! The back end without a cloud.

use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;
use sortie_tests::Cloud;
use sortie_tests::Sortie;
use sortie_tests::sortie::binary;

fn process() -> Sortie {
    Sortie::new().args(["run", "--backend", "process"])
}

#[test]
fn codes_are_the_commands() {
    for code in [0, 3, 42, 255] {
        process().script(&format!("echo out; exit {code}")).run().assert_code(code).assert_stdout("out\n");
    }
}

#[test]
fn command_killed_by_a_signal_is_128_and_more() {
    process().script("kill -9 $$").run().assert_code(137);
}

#[test]
fn command_that_is_not_there_is_121() {
    process().args(["--", "/no/such/program"]).run().assert_code(121).assert_stderr("/no/such/program");
}

#[test]
fn both_streams_are_the_log() {
    let output = process().script("echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three").run();
    output.assert_code(0).assert_stdout("one\ntwo\nthree\n");
}

#[test]
fn bytes_that_are_no_text_pass_unharmed() {
    let output = process().script("printf 'a\\377b\\n\\0\\001c\\r\\n'").run();
    output.assert_code(0);
    assert_eq!(output.stdout, b"a\xffb\n\0\x01c\r\n");
}

#[test]
fn last_line_without_a_newline_is_shown() {
    let output = process().script("printf end").run();
    output.assert_code(0);
    assert_eq!(output.text().trim_end(), "end");
}

#[test]
fn burst_arrives_whole() {
    let output = process().script("seq 1 200000").run();
    output.assert_code(0);
    let expected: String = (1..=200_000).map(|i| format!("{i}\n")).collect();
    assert!(output.text() == expected, "{} lines", output.lines().len());
}

#[test]
fn environment_reaches_the_command() {
    let sortie = process().args(["--env", "PLAIN=1", "--env", "COPIED"]).env("COPIED", "2");
    sortie.script("echo $PLAIN$COPIED").run().assert_code(0).assert_stdout("12\n");
}

#[test]
fn sigint_reaches_the_command_and_is_130() {
    let running = process()
        .script("trap 'echo stopping; exit 0' TERM INT; echo up; while :; do sleep 0.1; done")
        .start();
    running.await_stdout("up\n");
    running.signal(Signal::INT);
    running.finish().assert_code(130).assert_stdout("up\nstopping\n").assert_within(Duration::from_secs(20));
}

#[test]
fn timeout_ends_the_command_and_its_children() {
    let marker = format!("7{:07}", std::process::id());
    let output = process()
        .args(["--timeout", "1s", "--stop-timeout", "2s"])
        .script(&format!("sleep {marker} & wait"))
        .run();
    output.assert_code(124).assert_within(Duration::from_secs(15));
    let processes = std::fs::read_dir("/proc").expect("a Linux machine").flatten();
    for process in processes {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        assert!(!command.ends_with(format!("\0{marker}\0").as_bytes()), "a child of the command is left");
    }
}

/// A pager that was left open, a terminal that was stopped: signals must get through all the same.
#[test]
fn signals_work_while_nobody_reads_the_output() {
    let mut child = Command::new("env")
        .arg("--default-signal=INT,TERM")
        .arg(binary())
        .args(["run", "--backend", "process", "--", "seq", "1", "3000000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("sortie starts");
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
    for signal in [Signal::INT, Signal::TERM] {
        std::thread::sleep(Duration::from_secs(1));
        rustix::process::kill_process(pid, signal).expect("sortie still runs");
    }
    let deadline = Instant::now() + Duration::from_secs(8);
    while child.try_wait().expect("the child is ours").is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("sortie did not leave at the second signal");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(child.wait().expect("it has ended").code(), Some(143));
}

/// Nothing but an error may come of it: the process would end with sortie.
#[test]
fn launch_keeps_no_process() {
    let launched = Sortie::new().args(["launch", "--backend", "process"]);
    let output = launched.script("touch made").run();
    output.assert_code(2).assert_stdout("");
    assert!(!output.has_file("made"), "{output}");
}

#[test]
fn output_equals_that_of_fargate() {
    let script = "for i in $(seq 300); do echo line $i; done; echo '  spaces and\ttabs  '; exit 9";
    let cloud = Cloud::real("equal");
    let there = cloud.shell("x").run().script(script).run();
    let here = process().script(script).run();
    there.assert_code(9);
    here.assert_code(9);
    assert!(there.stdout == here.stdout, "on Fargate:\n{there}\nhere:\n{here}");
}
