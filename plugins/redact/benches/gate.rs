//! What the native search in front of the redactor costs, against the redactor alone.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::time::Instant;

use sortie_lines::Found;
use sortie_lines::Gate;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use sortie_lines::Pattern;
use sortie_plugin_redact::Config;
use sortie_plugin_redact::Redactor;
use sortie_plugin_redact::config::Secret;
use sortie_plugin_sdk::Batch;
use sortie_plugin_sdk::Edits;

const REPETITIONS: usize = 15;

/// Values that the redactor is told to mask.
const SECRETS: [&str; 4] =
    ["correct-horse-battery-staple", "hunter2hunter2", "s3cr3t/with+chars==", "0123456789abcdef-key"];

fn redactor() -> Redactor {
    let secrets: Vec<Secret> =
        SECRETS.iter().map(|value| Secret { path: String::new(), value: (*value).to_owned() }).collect();
    Redactor::new(&Config::default(), &secrets).expect("the configuration is good")
}

fn to_host(interest: sortie_plugin_sdk::Interest) -> Interest {
    let pattern = match interest.pattern {
        sortie_plugin_sdk::Pattern::Literal(literal) => Pattern::Literal(literal),
        sortie_plugin_sdk::Pattern::Regex(regex) => Pattern::Regex(regex),
    };
    Interest { pattern, opens: interest.opens }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let size = std::env::var("BENCH_MB").ok().and_then(|mb| mb.parse().ok()).unwrap_or(24) << 20;
    let interests: Vec<Interest> = redactor().search().interests().into_iter().map(to_host).collect();
    let started = Instant::now();
    let gate = Gate::new(&interests).expect("good");
    println!("{} interests, gate built in {:?}", interests.len(), started.elapsed());
    for (name, every) in [("0.5 % of lines hit", 200), ("all lines hit", 1)] {
        let corpus = corpus(size, every);
        let bytes: usize = corpus.iter().map(|batch| batch.bytes.len()).sum();
        println!("{name}");
        let mut seconds = vec![Vec::new(); 3];
        for repetition in 0..=REPETITIONS {
            let started = Instant::now();
            let mut hits = Vec::new();
            let mut count = 0;
            for batch in &corpus {
                gate.search(batch, &mut hits);
                count += hits.len();
            }
            let search = started.elapsed().as_secs_f64();
            let started = Instant::now();
            let mut redactor = redactor();
            let mut edits = Edits::default();
            for batch in &corpus {
                edits.clear();
                redactor.process(Batch::new(&batch.bytes, &batch.ends, batch.partial), &mut edits);
            }
            let native = started.elapsed().as_secs_f64();
            let started = Instant::now();
            let mut found = Found::default();
            let mut hits = 0;
            let mut incomplete = 0;
            for batch in &corpus {
                gate.search_hits(batch, &mut found);
                hits += found.hits.len();
                incomplete += usize::from(!found.complete);
            }
            let search_hits = started.elapsed().as_secs_f64();
            if repetition > 0 {
                seconds[2].push(search_hits);
                seconds[0].push(search);
                seconds[1].push(native);
            }
            if repetition == REPETITIONS {
                println!("  {count} lines hit, {hits} hits, {incomplete} incomplete");
            }
        }
        let ratios = seconds[0].iter().zip(&seconds[1]).map(|(a, b)| a / b).collect();
        println!("  search {:6.0} MB/s", bytes as f64 / 1e6 / median(seconds[0].clone()));
        println!("  native {:6.0} MB/s", bytes as f64 / 1e6 / median(seconds[1].clone()));
        let hit_ratios = seconds[2].iter().zip(&seconds[1]).map(|(a, b)| a / b).collect();
        println!("  hits   {:6.0} MB/s", bytes as f64 / 1e6 / median(seconds[2].clone()));
        println!("  hit search takes {:.3} of native", median(hit_ratios));
        println!("  search takes {:.3} of native", median(ratios));
    }
}

/// Log lines of several formats, 40 to 400 bytes each; every `every`th holds a secret. Always the
/// same bytes for the same arguments.
fn corpus(size: usize, every: usize) -> Vec<LineBatch> {
    let mut random = 0x2545_f491_4f6c_dd1du64;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let words =
        ["connection", "request", "served", "from", "cache", "worker", "retry", "payload", "user", "ok"];
    let mut batches = Vec::new();
    let mut batch = LineBatch::default();
    let mut made = 0;
    let mut count = 0usize;
    while made < size {
        let mut text: String =
            (0..4 + next(30)).map(|_| words[next(10) as usize]).collect::<Vec<_>>().join(" ");
        count += 1;
        if count.is_multiple_of(every) {
            let secret = match next(6) {
                0 => "token ghp_0123456789abcdefghijABCDEFGHIJ012345".to_owned(),
                1 => "aws AKIAIOSFODNN7EXAMPLE".to_owned(),
                n => format!("password={}", SECRETS[n as usize % SECRETS.len()]),
            };
            text.push(' ');
            text.push_str(&secret);
        }
        let (id, ms) = (next(1 << 40), next(1000));
        let line = match next(4) {
            0 => format!(
                "{{\"ts\":\"2026-11-23T10:00:00.{ms:03}Z\",\"level\":\"info\",\"msg\":\"{text}\",\"id\":{id}}}"
            ),
            1 => format!(
                "10.0.3.{} - - [23/Nov/2026:10:00:00 +0000] \"GET /v1/{id} HTTP/1.1\" 200 {ms} \"{text}\"",
                ms % 256
            ),
            2 => format!("2026-11-23 10:00:00,{ms:03} INFO  [main-{ms}] c.e.Service - {text} id={id}"),
            _ => format!("level=info msg=\"{text}\" id={id} took={ms}ms"),
        };
        made += line.len() + 1;
        batch.push(line.as_bytes(), 0);
        if batch.is_full() {
            batches.push(std::mem::take(&mut batch));
        }
    }
    batches.push(batch);
    batches
}
