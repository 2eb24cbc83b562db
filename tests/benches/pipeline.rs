//! Throughput of the log pipeline, in one run and against native code in the same run.
//!
//! `cargo bench --bench pipeline` prints, for a corpus where 0.5 % of the lines hold a secret and
//! for one where all do: MB/s with no plugin, with the sandboxed `redact`, with a chain of three of
//! them, and with the same redactor compiled natively; medians over interleaved repetitions, and
//! the median of the ratios to native of each repetition. It also checks that sandboxed and native
//! output are the same bytes. Last comes what it costs that nothing is obeyed or done by who reads the lines.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

mod redaction;

use std::time::Instant;

use redaction::SECRETS;
use redaction::corpus;
use redaction::median;
use redaction::redactor;
use sortie::ci::Ci;
use sortie::environment::Environment;
use sortie::output::neutralise::Neutraliser;
use sortie::output::neutralise::stream::LineNeutraliser;
use sortie::pipeline::chain::Chain;
use sortie::pipeline::chain::Link;
use sortie::plugin::Context;
use sortie::plugin::Filter;
use sortie::plugin::Limits;
use sortie::plugin::Plugin;
use sortie::plugin::PluginHost;
use sortie::settings::PluginSettings;
use sortie::settings::plugin_ref::PluginRef;
use sortie_lines::Action;
use sortie_lines::Edit;
use sortie_lines::Edits;
use sortie_lines::Ending;
use sortie_lines::FilterFailure;
use sortie_lines::Gate;
use sortie_lines::Hit;
use sortie_lines::Interest;
use sortie_lines::LineBatch;
use sortie_lines::LineFilter;
use sortie_lines::Pattern;
use sortie_lines::Pieces;
use sortie_lines::Stage;
use sortie_plugin_redact::Redactor;
use sortie_plugin_sdk::Batch;

/// Repetitions of each variant; they are interleaved, so that a slow moment hits all.
const REPETITIONS: usize = 7;

fn main() {
    let size = std::env::var("BENCH_MB").ok().and_then(|mb| mb.parse().ok()).unwrap_or(48) << 20;
    let host = PluginHost::new(Limits::default(), &Environment::of_process());
    println!("log pipeline, {} MB a repetition, {REPETITIONS} interleaved repetitions", size >> 20);
    for (name, every) in [("0.5 % of lines hit", 200), ("all lines hit", 1)] {
        let corpus = corpus(size, every);
        let lines: usize = corpus.iter().map(LineBatch::len).sum();
        println!("\n{name} ({lines} lines)");
        bench(&corpus, &host);
    }
    neutralise(size);
}

/// What lines pass last: plain ones, ones with colours, and ones of other languages.
fn neutralise(size: usize) {
    println!("\nnothing is obeyed or done");
    let plain = corpus(size, 200);
    let each = |change: &dyn Fn(&[u8]) -> Vec<u8>| -> Vec<LineBatch> {
        let change = |batch: &LineBatch| {
            let mut changed = LineBatch::default();
            batch.lines().for_each(|line| changed.push(&change(line), 0));
            changed
        };
        plain.iter().map(change).collect()
    };
    let colored = each(&|line| [b"\x1b[32m", line, b"\x1b[0m"].concat());
    let foreign = each(&|line| [line, " – prüft ‚日本語‘ ✓".as_bytes()].concat());
    for (name, corpus) in [("plain", &plain), ("coloured", &colored), ("other languages", &foreign)] {
        let megabytes = corpus.iter().map(|batch| batch.bytes.len()).sum::<usize>() as f64 / 1e6;
        for (reader, ci, controls) in [
            ("a pipe", Ci::None, false),
            ("GitHub, markers only", Ci::GitHub, false),
            ("GitHub", Ci::GitHub, true),
            ("any CI system", Ci::Other, true),
            ("a terminal", Ci::None, true),
        ] {
            let seconds = median((0..REPETITIONS).map(|_| {
                let mut neutraliser = LineNeutraliser::new(Neutraliser::for_lines(ci));
                if controls {
                    neutraliser = neutraliser.writing_controls_out();
                }
                let mut work = LineBatch::default();
                let started = Instant::now();
                for batch in corpus {
                    work.clear();
                    work.append(batch);
                    neutraliser.apply(0, &mut work);
                }
                started.elapsed().as_secs_f64()
            }));
            println!("  {name:16} {reader:22} {:8.0} MB/s", megabytes / seconds);
        }
    }
}

/// One way to run the pipeline.
struct Variant<'a> {
    name: &'static str,
    chain: Box<dyn Fn() -> Chain + 'a>,
}

fn bench(corpus: &[LineBatch], host: &PluginHost) {
    let filter = load(host);
    let gate = std::sync::Arc::new(gate(&filter));
    let gated = |copies: usize| {
        let (filter, gate) = (&filter, std::sync::Arc::clone(&gate));
        move || {
            Chain::new((0..copies).map(|index| {
                let stream = filter.open(&context()).expect("the filter opens");
                let stage = Stage::new(Box::new(stream), Some(gate.clone()), Pieces::Each);
                Link { name: format!("redact {index}"), stage, tick: None }
            }))
        }
    };
    let native = |copies: usize| {
        move || {
            Chain::new((0..copies).map(|index| Link {
                name: format!("native {index}"),
                stage: Stage::new(Box::new(Native::new()), None, Pieces::Each),
                tick: None,
            }))
        }
    };
    let ungated = || {
        let stream = filter.open(&context()).expect("the filter opens");
        let stage = Stage::new(Box::new(stream), None, Pieces::Each);
        Chain::new([Link { name: "redact".to_owned(), stage, tick: None }])
    };
    let variants = [
        Variant { name: "native redact", chain: Box::new(native(1)) },
        Variant { name: "no plugin", chain: Box::new(|| Chain::new([])) },
        Variant { name: "redact", chain: Box::new(gated(1)) },
        Variant { name: "redact, no gate", chain: Box::new(ungated) },
        Variant { name: "native chain of three", chain: Box::new(native(3)) },
        Variant { name: "chain of three", chain: Box::new(gated(3)) },
    ];
    let megabytes = corpus.iter().map(|batch| batch.bytes.len()).sum::<usize>() as f64 / 1e6;
    let mut seconds = vec![Vec::new(); variants.len()];
    let mut digests = vec![0u64; variants.len()];
    for repetition in 0..=REPETITIONS {
        for (index, variant) in variants.iter().enumerate() {
            let chain = (variant.chain)();
            let (elapsed, digest) = run(corpus, chain);
            digests[index] = digest;
            // The first round warms up.
            if repetition > 0 {
                seconds[index].push(elapsed);
            }
        }
    }
    for (index, variant) in variants.iter().enumerate() {
        let baseline = if variant.name.contains("three") { 4 } else { 0 };
        let ratios = seconds[baseline].iter().zip(&seconds[index]).map(|(native, this)| native / this);
        let rate = megabytes / median(seconds[index].iter().copied());
        println!("  {:24} {rate:8.0} MB/s   {:5.2} of native", variant.name, median(ratios));
    }
    let same = digests[0] == digests[2] && digests[0] == digests[3];
    println!("  sandboxed output {} native output", if same { "equals" } else { "DIFFERS FROM" });
    assert!(same, "sandboxed and native redactor disagree");
}

/// Runs the corpus through a chain. The copy that the chain works on is what a source makes of its
/// bytes in any case, so it is in every variant.
fn run(corpus: &[LineBatch], mut chain: Chain) -> (f64, u64) {
    let mut digest = 0xcbf2_9ce4_8422_2325;
    let mut work = LineBatch::default();
    let mut seconds = 0.0;
    for batch in corpus {
        let started = Instant::now();
        work.clear();
        work.append(batch);
        assert_eq!(chain.process(&mut work), None, "no filter fails");
        seconds += started.elapsed().as_secs_f64();
        for chunk in work.bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            digest = (digest ^ u64::from_le_bytes(word)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    (seconds, digest)
}

fn load(host: &PluginHost) -> Filter {
    let settings = PluginSettings {
        config: serde_json::json!({ "values": SECRETS }),
        ..PluginSettings::new(PluginRef::FirstParty("redact".to_owned()))
    };
    let described = host.load(&settings).expect("redact loads");
    match described.configure(&context()).expect("its configuration is good") {
        Plugin::Filter(filter) => filter,
        _ => panic!("redact is a filter"),
    }
}

/// A run whose one container is `bench`.
fn context() -> Context {
    Context { containers: vec!["bench".to_owned()], ..Context::new("run") }.of_container(0)
}

fn gate(filter: &Filter) -> Gate {
    let interests: &[Interest] = filter.wishes().interests.as_deref().expect("redact declares interests");
    assert!(interests.iter().any(|interest| matches!(interest.pattern, Pattern::Literal(_))));
    Gate::new(interests).expect("its interests can be searched")
}

/// The same redactor, compiled natively.
struct Native {
    redactor: Redactor,
    edits: sortie_plugin_sdk::Edits,
}

impl Native {
    fn new() -> Self {
        Self { redactor: redactor(), edits: sortie_plugin_sdk::Edits::default() }
    }
}

impl LineFilter for Native {
    fn process(
        &mut self,
        batch: &LineBatch,
        _: Option<&[Hit]>,
        edits: &mut Edits,
    ) -> Result<(), FilterFailure> {
        self.edits.clear();
        self.redactor.process(Batch::new(&batch.bytes, &batch.ends, batch.partial), &mut self.edits);
        edits.bytes.extend_from_slice(self.edits.bytes());
        edits.edits.extend(self.edits.edits().iter().map(|edit| Edit {
            line: edit.line,
            action: match edit.action {
                sortie_plugin_sdk::filter::Action::Drop => Action::Drop,
                sortie_plugin_sdk::filter::Action::Replace => Action::Replace,
            },
            end: edit.end,
        }));
        edits.follow = self.redactor.follows();
        Ok(())
    }

    fn finish(&mut self) -> Result<Ending, FilterFailure> {
        let mut ending = Ending::default();
        self.redactor.finish(&mut ending.released.bytes);
        Ok(ending)
    }
}
