//! What `redact` finds with its built-in rules, what it takes for a secret that is none, and how fast.
//!
//! `cargo bench --package sortie-plugin-redact` prints recall by group over random secrets in the spellings
//! that programs print, the lines changed of 100,000 ordinary ones, and MB/s on these, behind the search that
//! the host runs. With `-v` after `--` it also prints every spelling that is not masked, or not exactly. As a
//! test (`cargo test`) it does so with fewer repetitions. Either way it fails below the floor of a group, for
//! named values below all of them, and when more than one ordinary line in 10,000 is changed.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

mod named;
mod ordinary;
#[allow(dead_code, reason = "other benchmarks use the rest")]
#[path = "../../../../tests/benches/redaction/mod.rs"]
mod redaction;
mod secrets;
mod template;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use sortie_lines::Gate;
use sortie_lines::LineBatch;
use sortie_lines::Pieces;
use sortie_lines::Stage;
use sortie_plugin_redact::Config;
use sortie_plugin_redact::Redactor;
use sortie_plugin_sdk::filter::native::Native;
use sortie_plugin_sdk::filter::native::interests;

/// Of so many ordinary lines at most one may be changed.
const FALSE_ALARMS: usize = 10_000;

/// Times that each batch is measured.
const REPETITIONS: usize = 9;

/// Lines that end whatever the lines before have begun.
const BETWEEN: &str = "an ordinary line.";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let (repetitions, lines, size) = if has("--bench") { (20, 100_000, 24) } else { (2, 20_000, 1) };
    let redactor = || Redactor::new(&Config::default(), &[]).expect("the configuration is good");
    let configured = at_best(|| drop(redactor()));
    let interests = interests(redactor().search().interests());
    let gate = Arc::new(Gate::new(&interests).expect("the interests can be searched"));
    let compiled = at_best(|| drop(Gate::new(&interests)));
    println!("{} interests; configured in {configured:?}, search made in {compiled:?}", interests.len());
    let stage = || Stage::of(Native::new(redactor()), Some(gate.clone()), Pieces::Each);

    let mut poor = Vec::new();
    println!("\n{:40} {:>6} {:>8} {:>8}", "recall", "cases", "masked", "exactly");
    for group in secrets::groups(repetitions) {
        let (masked, exact, missed) = recall(&mut stage(), &group);
        let percent = |count: usize| 100.0 * count as f64 / group.cases.len() as f64;
        let (name, cases) = (group.name, group.cases.len());
        println!("{name:40} {cases:6} {:7.1}% {:7.1}%", percent(masked), percent(exact));
        if has("-v") {
            missed
                .iter()
                .for_each(|(template, (count, out))| println!("    {count:3} {template}\n        {out}"));
        }
        if masked * 100 < group.floor * cases {
            poor.push(name);
        }
    }

    let named = named::named(repetitions.min(5));
    let percent = 100.0 * named.masked as f64 / named.cases as f64;
    println!("{:40} {:6} {percent:7.1}%", "named values, however they are spelt", named.cases);
    named.missed.iter().for_each(|(name, out)| println!("    {name}: {out}"));
    if named.masked < named.cases {
        poor.push("named values");
    }

    let log = ordinary::log(lines);
    let alarms = false_alarms(&mut stage(), &log);
    let changed: usize = alarms.values().map(|(count, _)| count).sum();
    println!("\nfalse alarms: {changed} of {lines} ordinary lines of {} kinds", ordinary::count());
    alarms.values().for_each(|(count, out)| println!("    {count:5} {out}"));

    let megabytes = log.iter().map(|batch| batch.bytes.len()).sum::<usize>() as f64 / 1e6;
    let best = time(&mut stage(), &log).as_secs_f64();
    println!("\nspeed behind the host's search, natively");
    println!("{:.0} MB/s, ordinary lines of which half speak of secrets", megabytes / best);

    for (name, every) in [("0.5 % of lines hit", 200), ("all lines hit", 1)] {
        let log = redaction::corpus(size << 20, every);
        let megabytes = log.iter().map(|batch| batch.bytes.len()).sum::<usize>() as f64 / 1e6;
        println!("{:.0} MB/s, {name}", megabytes / time(&mut stage(), &log).as_secs_f64());
    }

    assert!(poor.is_empty(), "too few are masked of: {}", poor.join("; "));
    assert!(changed * FALSE_ALARMS <= lines, "more than one ordinary line in {FALSE_ALARMS} is changed");
}

/// How many cases are masked, how many of these exactly, and what the others became, by template.
fn recall<'a>(
    stage: &mut Stage<Native<Redactor>>,
    group: &'a secrets::Group,
) -> (usize, usize, BTreeMap<&'a str, (usize, String)>) {
    let (mut masked, mut exact, mut others) = (0, 0, BTreeMap::<&str, (usize, String)>::new());
    for case in &group.cases {
        let out = run(stage, &case.text);
        let is_masked = case.secrets.iter().all(|secret| !out.contains(secret.as_str()));
        masked += usize::from(is_masked);
        exact += usize::from(out == case.masked);
        if out != case.masked {
            let label = if is_masked { "masked, but: " } else { "" };
            others.entry(case.template).or_insert((0, format!("{label}{}", out.escape_debug()))).0 += 1;
        }
    }
    (masked, exact, others)
}

/// What becomes of a text.
fn run(stage: &mut Stage<Native<Redactor>>, text: &str) -> String {
    let mut batch = LineBatch::default();
    let lines = text.lines().count();
    text.lines().chain([BETWEEN; 5]).for_each(|line| batch.push(line.as_bytes(), 0));
    stage.process(&mut batch, &mut LineBatch::default()).expect("it does not fail");
    let out: Vec<_> = batch.lines().take(lines).map(String::from_utf8_lossy).collect();
    out.join("\n")
}

/// The lines that are changed, by the kind of line: how many, and the first one.
fn false_alarms(stage: &mut Stage<Native<Redactor>>, log: &[LineBatch]) -> BTreeMap<usize, (usize, String)> {
    let mut alarms = BTreeMap::<usize, (usize, String)>::new();
    let mut before = 0;
    for batch in log {
        let mut out = LineBatch::default();
        out.append(batch);
        stage.process(&mut out, &mut LineBatch::default()).expect("it does not fail");
        for (index, (_, out)) in
            batch.lines().zip(out.lines()).enumerate().filter(|(_, (line, out))| line != out)
        {
            let kind = (before + index) % ordinary::count();
            let shown = || (0, String::from_utf8_lossy(out).escape_debug().to_string());
            alarms.entry(kind).or_insert_with(shown).0 += 1;
        }
        before += batch.len();
    }
    alarms
}

/// How long something takes at best.
fn at_best(mut run: impl FnMut()) -> Duration {
    let mut once = || {
        let started = Instant::now();
        run();
        started.elapsed()
    };
    (0..REPETITIONS).map(|_| once()).min().unwrap_or_default()
}

/// How long a log takes, each batch at best: others use the machine too.
fn time(stage: &mut Stage<Native<Redactor>>, log: &[LineBatch]) -> Duration {
    let (mut work, mut spare) = (LineBatch::default(), LineBatch::default());
    let mut once = |batch: &LineBatch| {
        work.clear();
        work.append(batch);
        let started = Instant::now();
        stage.process(&mut work, &mut spare).expect("it does not fail");
        started.elapsed()
    };
    log.iter().map(|batch| (0..REPETITIONS).map(|_| once(batch)).min().unwrap_or_default()).sum()
}
