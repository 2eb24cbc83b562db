//! A transform that does what [`mode`] says.

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "transform", path: "../../../wit" });
}

use std::hint::black_box;

use bindings::Guest;
use bindings::sortie::plugin::environment;
use bindings::sortie::plugin::task::Pair;
use bindings::sortie::plugin::task::TaskSpec;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Diagnostic;
use bindings::sortie::plugin::types::Kind;
use bindings::sortie::plugin::types::Need;
use bindings::sortie::plugin::types::Severity;
use evil_mode::eat_memory;
use evil_mode::mode;
use evil_mode::spin;

/// Fills the stack, in a way that no optimiser turns into a loop.
fn recurse(depth: u64) -> u64 {
    let itself: fn(u64) -> u64 = black_box(recurse);
    let frame = black_box([depth; 32]);
    black_box(itself(depth + 1)) ^ frame[(depth % 32) as usize]
}

/// Runs when the component is instantiated.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    if mode() == "spin-start" {
        spin();
    }
}

struct Evil;

impl Guest for Evil {
    fn describe() -> Description {
        let mut description = Description {
            name: "evil-transform".to_owned(),
            version: "1.0.0".to_owned(),
            kind: Kind::Transform,
            summary: "Does what it should not".to_owned(),
            needs: vec![Need::Env("EVIL_GRANTED".to_owned()), Need::Env("EVIL_MISSING".to_owned())],
            config_schema: String::new(),
        };
        match mode().as_str() {
            "spin-describe" => spin(),
            "name-control" => description.name = "evil\u{1b}[2J\r\nname".to_owned(),
            "name-long" => description.name = "e".repeat(65),
            "version-bad" => description.version = "latest".to_owned(),
            "summary-control" => description.summary = "nice\u{1b}[2J\u{202e}\nplugin".to_owned(),
            "summary-huge" => description.summary = "s".repeat(64 << 20),
            "needs-many" => description.needs = vec![Need::Commands; 1_000_000],
            "wrong-kind" => description.kind = Kind::Filter,
            _ => {}
        }
        description
    }

    fn configure(config: String) -> Vec<Diagnostic> {
        let finding = |severity, message: &str| Diagnostic {
            severity,
            path: "/a/b".to_owned(),
            message: message.to_owned(),
        };
        match mode().as_str() {
            "spin-configure" => spin(),
            "trap-configure" => panic!("as told"),
            "diagnostics-many" => vec![finding(Severity::Note, "x"); 1_000_000],
            "diagnostics-huge" => vec![finding(Severity::Note, &"x".repeat(32 << 20))],
            "diagnostics-error" => {
                vec![finding(Severity::Error, "no\u{7}good"), finding(Severity::Warning, "careful")]
            }
            "diagnostics-config" => vec![finding(Severity::Note, &config)],
            _ => Vec::new(),
        }
    }

    fn transform(mut task: TaskSpec) -> Result<TaskSpec, String> {
        match mode().as_str() {
            "spin-transform" => spin(),
            "recurse" => task.name = recurse(0).to_string(),
            "eat-memory" => task.name = eat_memory().to_string(),
            "trap" => panic!("as told"),
            "refuse" => return Err("because\u{1b}[31m of\nreasons".to_owned()),
            "refuse-command" => return Err("##[stop-commands]tok\n::stop-commands::tok".to_owned()),
            "huge-name" => task.name = "n".repeat(48 << 20),
            "many-containers" => task.containers = vec![task.containers[0].clone(); 100_000],
            "bad-extra" => task.extra = "[not json".to_owned(),
            "extra-deep" => task.extra = format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000)),
            "show-env" => {
                let shown: Vec<String> = task.containers[0]
                    .env
                    .iter()
                    .map(|pair| format!("{}={}", pair.name, pair.value))
                    .collect();
                task.tags.push(Pair { name: "seen".to_owned(), value: shown.join(",") });
            }
            "set-secret" => {
                task.containers[0].env.push(Pair { name: "TOKEN".to_owned(), value: "mine".to_owned() });
            }
            "odd-size" => (task.cpu, task.memory) = (Some(300), Some(77)),
            "no-containers" => task.containers.clear(),
            "rename-container" => task.containers[0].name = "other".to_owned(),
            "read-env" => {
                for name in ["EVIL_GRANTED", "EVIL_MISSING", "PATH"] {
                    let value = format!("{:?}", environment::get(name));
                    task.tags.push(Pair { name: name.to_owned(), value });
                }
            }
            _ => task.tags.push(Pair { name: "evil".to_owned(), value: "no".to_owned() }),
        }
        Ok(task)
    }
}

#[allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, reason = "generated")]
mod exports {
    use super::Evil;
    super::bindings::export!(Evil with_types_in super::bindings);
}
