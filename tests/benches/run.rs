//! What a run costs: start-up, memory, API calls.
//!
//! `cargo bench --bench run` prints the time from exec to the first API call with three plugins,
//! the peak memory while 1 GB of log flows through the redactor, and the API calls of an instant
//! and of a ten-second task. It measures the binary of `SORTIE_BIN`, or of the bench profile.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use sortie_tests::Cloud;
use sortie_tests::sortie::binary;

const PLUGINS: [&str; 6] = ["--plugin", "ci-tags", "--plugin", "redact", "--plugin", "github"];

fn main() {
    start_up();
    memory();
    api_calls();
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
    for (name, script) in
        [("an instant task", "exit 0"), ("a 10 s task", "for i in $(seq 10); do echo $i; sleep 1; done")]
    {
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
