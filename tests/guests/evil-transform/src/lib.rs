//! A transform that does what [`mode`] says; modes of every guest are in [`evil_mode`].
//!
//! | mode | before anything is transformed |
//! |---|---|
//! | `spin-start`, `spin-describe`, `spin-configure` | never ends there |
//! | `name-control`, `name-long` | describes itself by a bad name |
//! | `version-bad` | describes itself as of no version |
//! | `summary-control`, `summary-huge` | has a summary of several lines with escapes, of 64 MiB |
//! | `schema-bad`, `schema-huge` | has a schema that is none, one of 64 MiB |
//! | `schema` | has a schema that demands `{"a": 1}` and no more |
//! | `needs-many` | asks for 1,000,000 capabilities |
//! | `diagnostics-many`, `diagnostics-huge` | finds 1,000,000 things, one of 32 MiB |
//! | `diagnostics-error` | finds an error and a warning |
//! | `diagnostics-config` | finds the configuration itself |
//!
//! | mode | what it does to the task |
//! |---|---|
//! | (any other) | adds a tag `evil` |
//! | `spin-transform`, `recurse`, `eat-memory`, `trap` | never ends, fills the stack or the memory, panics |
//! | `panic-task` | says the task as an error and panics with it |
//! | `refuse` | refuses the task, in several lines with escapes |
//! | `refuse-command` | refuses it with commands of CI systems |
//! | `refuse-huge` | refuses it in 20 MiB |
//! | `error-failed`, `error-denied`, `error-own` | answers an error of this code (`own`: `out-of-tea`) |
//! | `error-code` | answers an error whose code is [`EVIL_TEXT`] |
//! | `huge-name` | gives it a name of 48 MiB |
//! | `many-containers` | gives it 100,000 containers |
//! | `bad-extra`, `extra-deep` | gives it an `extra` that is no JSON, that is nested 5,000 deep |
//! | `show-env` | adds a tag `seen` with the first container's variables, a secret as `?` |
//! | `set-secret` | adds a second variable of the name `TOKEN`, in plain |
//! | `secret-plain` | puts a plain value in the place of a secret |
//! | `secret-missing` | removes the variables that are secret |
//! | `secret-new` | adds a secret variable of its own |
//! | `secret-renamed` | gives the secret variables other names |
//! | `secret-twice` | adds each secret variable once more under another name |
//! | `secret-moved` | moves the secret variables to the end of another container |
//! | `secret-reversed` | hands back all variables in reverse order |
//! | `odd-size` | wants a size that there is not |
//! | `no-containers` | removes all containers |
//! | `rename-container` | gives the first container another name |
//! | `platform-changed` | says that it is for another platform |
//! | `notes` | has a note, a warning and an error to say |
//! | `notes-many`, `notes-huge` | has 1,000,000 notes, one of 32 MiB |
//! | `notes-control` | has [`EVIL_TEXT`] to say |
//! | `log-flood` | says 100,000 words |
//! | `log-secrets` | says all that it was given as an error |

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "transform-plugin", path: "../../../wit" });
}

use std::cell::RefCell;
use std::hint::black_box;

use bindings::exports::sortie::plugin::transform::Guest;
use bindings::exports::sortie::plugin::transform::Outcome;
use bindings::exports::sortie::plugin::transform::Setup;
use bindings::sortie::plugin::environment;
use bindings::sortie::plugin::logging::Level;
use bindings::sortie::plugin::logging::log;
use bindings::sortie::plugin::task::Container;
use bindings::sortie::plugin::task::EnvValue;
use bindings::sortie::plugin::task::EnvVar;
use bindings::sortie::plugin::task::TaskSpec;
use bindings::sortie::plugin::types::Context;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Error;
use bindings::sortie::plugin::types::Finding;
use bindings::sortie::plugin::types::Need;
use bindings::sortie::plugin::types::Pair;
use bindings::sortie::plugin::types::Severity;
use evil_mode::EVIL_TEXT;
use evil_mode::FLOOD;
use evil_mode::eat_memory;
use evil_mode::mode;
use evil_mode::spin;

/// More than a guest may hand over in one call.
const HUGE: usize = 64 << 20;
/// Of things that are small each.
const MANY: usize = 1_000_000;

thread_local! {
    static CONTEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

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

fn needs(needs: Vec<evil_mode::Need>) -> Vec<Need> {
    let need = |need: evil_mode::Need| Need {
        capability: need.capability.to_owned(),
        argument: need.argument.to_owned(),
        required: need.required,
        reason: need.reason.to_owned(),
    };
    needs.into_iter().map(need).collect()
}

fn error(code: &str, message: impl Into<String>) -> Error {
    Error { code: code.to_owned(), message: message.into() }
}

fn finding(severity: Severity, path: &str, message: &str) -> Finding {
    Finding { severity, path: path.to_owned(), message: message.to_owned() }
}

fn is_secret(var: &EnvVar) -> bool {
    matches!(var.value, EnvValue::Secret)
}

/// A variable as a tag shows it.
fn shown(var: &EnvVar) -> String {
    match &var.value {
        EnvValue::Plain(value) => format!("{}={value}", var.name),
        EnvValue::Secret => format!("{}?", var.name),
    }
}

fn tag(task: &mut TaskSpec, name: &str, value: impl Into<String>) {
    task.tags.push(Pair { name: name.to_owned(), value: value.into() });
}

/// What some modes do to the first container.
fn change_container(container: &mut Container, mode: &str) {
    match mode {
        "set-secret" => {
            container
                .env
                .push(EnvVar { name: "TOKEN".to_owned(), value: EnvValue::Plain("mine".to_owned()) });
        }
        "secret-plain" => {
            for var in container.env.iter_mut().filter(|var| is_secret(var)) {
                var.value = EnvValue::Plain("mine".to_owned());
            }
        }
        "secret-missing" => container.env.retain(|var| !is_secret(var)),
        "secret-new" => container.env.push(EnvVar { name: "EVIL".to_owned(), value: EnvValue::Secret }),
        "secret-renamed" => {
            for var in container.env.iter_mut().filter(|var| is_secret(var)) {
                var.name.push_str("_EVIL");
            }
        }
        "secret-twice" => {
            let secrets = container.env.iter().filter(|var| is_secret(var));
            let copy = |var: &EnvVar| EnvVar { name: format!("{}_EVIL", var.name), ..var.clone() };
            let copies: Vec<EnvVar> = secrets.map(copy).collect();
            container.env.extend(copies);
        }
        "secret-reversed" => container.env.reverse(),
        "rename-container" => container.name = "other".to_owned(),
        _ => {}
    }
}

impl Guest for Evil {
    fn describe() -> Description {
        let mut description = Description {
            name: evil_mode::name("evil-transform"),
            version: "1.0.0".to_owned(),
            summary: "Does what it should not".to_owned(),
            needs: needs(evil_mode::described_needs()),
            config_schema: String::new(),
        };
        match mode().as_str() {
            "spin-describe" => spin(),
            "name-control" => description.name = "evil\u{1b}[2J\r\nname".to_owned(),
            "name-long" => description.name = "e".repeat(65),
            "version-bad" => description.version = "latest".to_owned(),
            "summary-control" => description.summary = "nice\u{1b}[2J\u{202e}\nplugin".to_owned(),
            "summary-huge" => description.summary = "s".repeat(HUGE),
            "schema-bad" => description.config_schema = r#"{"type": "nonsense""#.to_owned(),
            "schema-huge" => description.config_schema = " ".repeat(HUGE),
            "schema" => {
                description.config_schema = r#"{"type": "object", "properties": {"a": {"const": 1}},
                    "required": ["a"], "additionalProperties": false}"#
                    .to_owned();
            }
            "needs-many" => description.needs = vec![description.needs[0].clone(); MANY],
            _ => {}
        }
        description
    }

    fn configure(config: String, context: Context) -> Result<Setup, Error> {
        CONTEXT.set(format!("{context:?}"));
        let at = |severity, message: &str| finding(severity, "/a/b", message);
        let findings = match mode().as_str() {
            "spin-configure" => spin(),
            "trap-configure" => panic!("as told"),
            "error-configure" => return Err(error("failed", EVIL_TEXT)),
            "diagnostics-many" => vec![at(Severity::Note, "x"); MANY],
            "diagnostics-huge" => vec![at(Severity::Note, &"x".repeat(HUGE / 2))],
            "diagnostics-error" => {
                vec![at(Severity::Error, "no\u{7}good"), at(Severity::Warning, "careful")]
            }
            "diagnostics-config" => vec![at(Severity::Note, &config)],
            "log-levels" => {
                says_at_every_level("as told");
                Vec::new()
            }
            "log-configure" => {
                says_at_every_level(EVIL_TEXT);
                Vec::new()
            }
            "log-flood-configure" => {
                flood();
                Vec::new()
            }
            _ => Vec::new(),
        };
        Ok(Setup { findings, needs: needs(evil_mode::configured_needs()) })
    }

    fn transform(mut task: TaskSpec) -> Result<Outcome, Error> {
        let mut notes = Vec::new();
        let mode = mode();
        match mode.as_str() {
            "spin-transform" => spin(),
            "recurse" => task.name = recurse(0).to_string(),
            "eat-memory" => task.name = eat_memory().to_string(),
            "trap" => panic!("as told"),
            "panic-task" => {
                let text = format!("{task:?}");
                log(Level::Error, &text);
                panic!("{text}")
            }
            "refuse" => return Err(error("refused", "because\u{1b}[31m of\nreasons")),
            "refuse-command" => {
                return Err(error("refused", "##[stop-commands]tok\n::stop-commands::tok"));
            }
            "refuse-huge" => return Err(error("refused", "x".repeat(20 << 20))),
            "error-failed" => return Err(error("failed", "it did not work")),
            "error-denied" => return Err(error("denied", "it was not let")),
            "error-own" => return Err(error("out-of-tea", "there is none left")),
            "error-code" => return Err(error(EVIL_TEXT, "as told")),
            "huge-name" => task.name = "n".repeat(48 << 20),
            "many-containers" => task.containers = vec![task.containers[0].clone(); 100_000],
            "bad-extra" => task.extra = "[not json".to_owned(),
            "extra-deep" => task.extra = format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000)),
            "show-env" => {
                let vars: Vec<String> = task.containers[0].env.iter().map(shown).collect();
                tag(&mut task, "seen", vars.join(","));
            }
            "secret-moved" => {
                let (secrets, plain) = task.containers[0].env.drain(..).partition(is_secret);
                task.containers[0].env = plain;
                if let Some(last) = task.containers.last_mut() {
                    last.env.extend::<Vec<EnvVar>>(secrets);
                }
            }
            "odd-size" => (task.cpu, task.memory) = (Some(300), Some(77)),
            "no-containers" => task.containers.clear(),
            "platform-changed" => task.platform = "elsewhere".to_owned(),
            "read-env" => {
                for name in ["EVIL_GRANTED", "EVIL_MISSING", "PATH"] {
                    tag(&mut task, name, format!("{:?}", environment::get(name)));
                }
            }
            "context" => tag(&mut task, "context", CONTEXT.with_borrow(Clone::clone)),
            "notes" => {
                notes = vec![
                    finding(Severity::Note, "", "a note"),
                    finding(Severity::Warning, "/a", "a warning"),
                    finding(Severity::Error, "", "an error"),
                ];
            }
            "notes-many" => notes = vec![finding(Severity::Warning, "", "x"); MANY],
            "notes-huge" => notes = vec![finding(Severity::Warning, "", &"x".repeat(HUGE / 2))],
            "notes-control" => notes = vec![finding(Severity::Warning, EVIL_TEXT, EVIL_TEXT)],
            "log-flood" => flood(),
            "log-secrets" => log(Level::Error, &format!("{task:?}")),
            other if other.starts_with("secret-") || other == "set-secret" || other == "rename-container" => {
                change_container(&mut task.containers[0], other);
            }
            _ => tag(&mut task, "evil", "no"),
        }
        Ok(Outcome { task, notes })
    }
}

fn says_at_every_level(text: &str) {
    for level in [Level::Debug, Level::Info, Level::Warn, Level::Error] {
        log(level, text);
    }
}

fn flood() {
    for _ in 0..FLOOD {
        log(Level::Warn, "as told");
    }
}

#[allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, reason = "generated")]
mod exports {
    use super::Evil;
    super::bindings::export!(Evil with_types_in super::bindings);
}
