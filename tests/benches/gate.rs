//! Throughput of the native search in front of the redactor, and of a redactor that is told its hits,
//! against the redactor alone, which searches itself.
//!
//! `cargo bench --bench gate` prints, for a corpus where 0.5 % of the lines hold a secret and for one
//! where all do, MB/s as medians over interleaved repetitions, and the median of the ratios of time to
//! the redactor alone. All is native: it is what the search in the host costs, and what it saves.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

mod redaction;

use std::time::Duration;
use std::time::Instant;

use redaction::corpus;
use redaction::median;
use redaction::redactor;
use sortie_lines::Found;
use sortie_lines::Gate;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use sortie_lines::Pattern;
use sortie_plugin_sdk::Batch;
use sortie_plugin_sdk::Edits;
use sortie_plugin_sdk::Hit;

/// Repetitions of each variant; they are interleaved, so that a slow moment hits all.
const REPETITIONS: usize = 15;

/// What is measured, in the order of [`run`].
const VARIANTS: [&str; 5] =
    ["redact alone", "search for lines", "search for hits", "redact, told hits", "both of these"];

fn main() {
    let size = std::env::var("BENCH_MB").ok().and_then(|mb| mb.parse().ok()).unwrap_or(24) << 20;
    let interests: Vec<Interest> = redactor().search().interests().into_iter().map(to_host).collect();
    let started = Instant::now();
    let gate = Gate::new(&interests).expect("the interests can be searched");
    println!("{} interests, compiled in {:?}", interests.len(), started.elapsed());
    for (name, every) in [("0.5 % of lines hit", 200), ("all lines hit", 1)] {
        let corpus = corpus(size, every);
        let megabytes = corpus.iter().map(|batch| batch.bytes.len()).sum::<usize>() as f64 / 1e6;
        let mut seconds: [Vec<f64>; VARIANTS.len()] = std::array::from_fn(|_| Vec::new());
        for repetition in 0..=REPETITIONS {
            let times = run(&corpus, &gate);
            // The first round warms up.
            if repetition > 0 {
                times.iter().zip(&mut seconds).for_each(|(time, all)| all.push(time.as_secs_f64()));
            }
        }
        println!("\n{name}");
        for (name, times) in VARIANTS.iter().zip(&seconds) {
            let ratio = median(times.iter().zip(&seconds[0]).map(|(this, alone)| this / alone));
            let rate = megabytes / median(times.iter().copied());
            println!("  {name:20} {rate:8.0} MB/s   {ratio:5.3} of the time of the redactor alone");
        }
    }
}

/// How long each variant takes.
fn run(corpus: &[LineBatch], gate: &Gate) -> [Duration; VARIANTS.len()] {
    let [mut alone, mut lines, mut hits, mut told] = [Duration::ZERO; 4];
    let (mut first, mut second) = (redactor(), redactor());
    let (mut expected, mut edits) = (Edits::default(), Edits::default());
    let (mut found, mut scratch, mut of_redact) = (Found::default(), Vec::new(), Vec::new());
    // One pass for each, as on a stream: what a variant needs stays in the caches.
    for batch in corpus {
        alone += timed(|| {
            expected.clear();
            first.process(Batch::new(&batch.bytes, &batch.ends, batch.partial), &mut expected);
        });
    }
    for batch in corpus {
        lines += timed(|| gate.search(batch, &mut scratch));
    }
    for batch in corpus {
        hits += timed(|| gate.search_hits(batch, &mut found));
        assert!(found.complete, "the corpus is ordinary");
        of_redact.clear();
        of_redact.extend(found.hits.iter().map(|hit| Hit {
            line: hit.line,
            interest: hit.interest,
            start: hit.start,
            end: hit.end,
        }));
        told += timed(|| {
            edits.clear();
            second.process_hits(Batch::new(&batch.bytes, &batch.ends, batch.partial), &of_redact, &mut edits);
        });
    }
    assert!(edits == expected, "hits make a difference");
    [alone, lines, hits, told, hits + told]
}

fn timed<T>(run: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    run();
    started.elapsed()
}

fn to_host(interest: sortie_plugin_sdk::Interest) -> Interest {
    let pattern = match interest.pattern {
        sortie_plugin_sdk::Pattern::Literal(literal) => Pattern::Literal(literal),
        sortie_plugin_sdk::Pattern::Regex(regex) => Pattern::Regex(regex),
    };
    Interest { pattern, opens: interest.opens }
}
