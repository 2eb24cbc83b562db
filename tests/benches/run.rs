//! What a run costs: start-up, memory, API calls.
//!
//! `cargo bench --bench run` prints the time from exec to the first API call with three plugins,
//! the peak memory while 1 GB of log flows through the redactor, and the API calls of an instant
//! and of a ten-second task; the time from a signal to StopTask; how late a line is beside a reporter
//! that hangs for 5 s; the time from a task's end to sortie's under
//! the timings of real Fargate; what a run costs beside the aws command line's and docker's own. It measures the
//! binary of `SORTIE_BIN`, or of the bench profile.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::io::BufReader;
use std::net::TcpListener;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::cloud::IMAGE;
use sortie_tests::guests;
use sortie_tests::sortie::binary;

const PLUGINS: [&str; 6] = ["--plugin", "ci-tags", "--plugin", "redact", "--plugin", "github"];

fn main() {
    start_up();
    memory();
    api_calls();
    stop_delay();
    line_delay();
    end_to_exit();
    first_line();
}

/// From exec to the first bytes at the endpoint.
fn start_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("a bound socket"));
    for (name, plugins) in [("no plugin", &PLUGINS[..0]), ("three plugins", &PLUGINS[..])] {
        let mut times: Vec<Duration> = (0..25)
            .map(|_| {
                let started = Instant::now();
                let mut child = Command::new(binary())
                    .args(["run", "--cluster", "ci", "--task-definition", "deploy", "--subnet", "s"])
                    .args(["--security-group", "g"])
                    .args(plugins)
                    .env_clear()
                    .env("AWS_ENDPOINT_URL", &endpoint)
                    .env("AWS_REGION", "us-east-1")
                    .env("AWS_ACCESS_KEY_ID", "x")
                    .env("AWS_SECRET_ACCESS_KEY", "x")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .expect("sortie starts");
                let (mut stream, _) = listener.accept().expect("sortie connects");
                let mut first = [0; 1];
                std::io::Read::read_exact(&mut stream, &mut first).expect("sortie calls");
                let elapsed = started.elapsed();
                let _ = child.kill();
                let _ = child.wait();
                elapsed
            })
            .collect();
        times.sort();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "exec to first API call, {name}: median {:.1} ms ({:.1} to {:.1})",
            ms(times[times.len() / 2]),
            ms(times[0]),
            ms(times[times.len() - 1])
        );
    }
}

/// Peak resident memory, as the kernel counts it.
fn memory() {
    let line = "2026-11-23 10:00:00,123 INFO [main-7] c.e.Service - request served from cache id=1234567890";
    let script = format!("yes '{line}' | head -c 1000000000");
    let started = Instant::now();
    let mut child = Command::new(binary())
        .args(["run", "--backend", "process", "-q"])
        .args(PLUGINS)
        .args(["--", "sh", "-c", &script])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sortie starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0u64;
    while child.try_wait().expect("the child is ours").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(20));
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("1 GB of log through three plugins: peak {} MiB, {:.0} MB/s", peak / 1024, 1e3 / seconds);
}

fn api_calls() {
    for (name, script) in [
        ("an instant task", "echo done"),
        ("a 10 s task", "for i in $(seq 10); do echo $i; sleep 1; done"),
        ("a silent 10 s task", "sleep 10"),
    ] {
        let cloud = Cloud::real("calls");
        let output = cloud.shell(script).run().run();
        output.assert_code(0);
        let mut calls: BTreeMap<String, usize> = BTreeMap::new();
        for exchange in cloud.exchanges() {
            *calls.entry(exchange.operation).or_default() += 1;
        }
        let list: Vec<String> =
            calls.iter().map(|(operation, count)| format!("{operation} {count}")).collect();
        println!("API calls of {name} ({:.1} s): {}", output.elapsed.as_secs_f64(), list.join(", "));
    }
}

/// From SIGINT to the moment when StopTask comes in.
fn stop_delay() {
    let mut delays: Vec<Duration> = (0..7)
        .map(|_| {
            let cloud = Cloud::real("stop-delay");
            let running =
                cloud.shell("trap 'exit 0' TERM; echo up; while :; do sleep 0.1; done").run().start();
            running.await_stdout("up\n");
            let sent = running.signal(rustix::process::Signal::INT);
            running.finish().assert_code(130);
            cloud.await_call("StopTask").at.saturating_duration_since(sent)
        })
        .collect();
    delays.sort();
    println!("SIGINT to StopTask: median {:.1?} ({:.1?} to {:.1?})", delays[3], delays[0], delays[6]);
}

/// From the task's writing a line, which says when, to its being read from standard output: alone, and
/// beside a reporter that spins for 5 s, until it is ended.
fn line_delay() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join("spin.wasm"), guests::reporter("spin-report")).expect("ours");
    for (name, plugin) in [("no reporter", [].as_slice()), ("one that hangs", &["--plugin", "./spin.wasm"])] {
        let mut child = Command::new(binary())
            .args(["run", "--backend", "process", "-q"])
            .args(plugin)
            .args(["--", "sh", "-c", "for i in $(seq 200); do date +%s%N; sleep 0.01; done"])
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sortie starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut delays: Vec<Duration> = lines
            .map(|line| {
                let written = line.expect("text").parse().expect("nanoseconds");
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
                now.saturating_sub(Duration::from_nanos(written))
            })
            .collect();
        child.wait().expect("ours");
        delays.sort();
        let (median, max) = (delays[delays.len() / 2], delays[delays.len() - 1]);
        println!(
            "a line's way through sortie, {name}: median {median:.1?}, max {max:.1?} of {}",
            delays.len()
        );
    }
}

/// From the end of a task's program to the end of sortie, with the timings of a record of Fargate
/// 1.4.0: its exit code can be read 10.1 s later, and STOPPED comes 33.0 s later.
fn end_to_exit() {
    let (mut from_end, mut from_answer) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let cloud = Cloud::scripted("end-to-exit");
        let exited = json!({ "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited" });
        let app = json!({ "app": { "exitCode": 3 } });
        cloud.shell("x").life(json!({ "steps": [
            { "after": 0.5, "status": "RUNNING", "log": { "app": ["up"] } },
            { "after": 2.0, "log": { "app": ["done"] } },
            { "after": 10.1, "status": "DEPROVISIONING", "ended": 10.1, "task": exited, "containers": app },
            { "after": 22.9, "status": "STOPPED", "containers": app },
        ]}));
        let output = cloud.run().run();
        let now = Instant::now();
        output.assert_code(3);
        let launched = cloud.await_call("RunTask").at;
        from_end.push(now.duration_since(launched).saturating_sub(Duration::from_millis(2500)));
        let last = cloud.calls("DescribeTasks").pop().expect("it was asked");
        from_answer.push(now.duration_since(last.at));
    }
    from_end.sort();
    from_answer.sort();
    println!(
        "end to exit under Fargate's timings (code told after 10.1 s, STOPPED after 33.0 s): {:.1?}, and {:.1?} after \
         the answer that held the code (medians of 3)",
        from_end[1], from_answer[1]
    );
}

/// From exec to the first line of a container: docker's client and sortie in turn, same image.
fn first_line() {
    let engine = Engine::docker("first-line");
    let (mut docker, mut sortie) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        let mut client = Command::new("docker");
        client.args(["-H", engine.address(), "run", "--rm", "--network", "none", IMAGE, "echo", "up"]);
        docker.push(until_first_byte(client));
        let mut run = Command::new(binary());
        run.args(["run", "--backend", "docker", "--engine", engine.address(), "--image", IMAGE]).args([
            "--network",
            "none",
            "--",
            "echo",
            "up",
        ]);
        sortie.push(until_first_byte(run));
    }
    docker.sort();
    sortie.sort();
    println!("exec to first line: docker run {:.0?}, sortie run {:.0?} (medians of 9)", docker[4], sortie[4]);
}

fn until_first_byte(mut command: Command) -> Duration {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut first = [0; 1];
    std::io::Read::read_exact(&mut child.stdout.take().expect("piped"), &mut first).expect("a line comes");
    let elapsed = started.elapsed();
    child.wait().expect("ours");
    elapsed
}
