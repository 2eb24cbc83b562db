//! A reporter that does what [`mode`] says. It tells what the host answered through whichever
//! effect the mode is not about: modes that try commands append the answers to the file `log`,
//! modes that try files write them as a command.

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "reporter", path: "../../../wit" });
}

use bindings::Guest;
use bindings::Marker;
use bindings::Setup;
use bindings::sortie::plugin::effects::EffectError;
use bindings::sortie::plugin::effects::append;
use bindings::sortie::plugin::effects::command;
use bindings::sortie::plugin::environment;
use bindings::sortie::plugin::events::Event;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Kind;
use bindings::sortie::plugin::types::Need;
use evil_mode::eat_memory;
use evil_mode::mode;
use evil_mode::spin;

struct Evil;

/// Bytes that a plugin may append in one run, as the host documents it.
const FILE_BYTES: usize = 1 << 20;
/// Bytes that a command line may have.
const COMMAND_BYTES: usize = 16 << 10;

fn shown(results: &[Result<(), EffectError>]) -> String {
    let shown: Vec<String> = results
        .iter()
        .map(|result| match result {
            Ok(()) => "ok".to_owned(),
            Err(EffectError::Denied) => "denied".to_owned(),
            Err(EffectError::TooLarge) => "too-large".to_owned(),
            Err(EffectError::NotOneLine) => "not-one-line".to_owned(),
            Err(EffectError::Io(reason)) => format!("io({reason})"),
        })
        .collect();
    shown.join(" ")
}

fn tell_by_command(results: &[Result<(), EffectError>]) {
    command(&shown(results)).expect("commands are granted");
}

fn tell_by_file(results: &[Result<(), EffectError>]) {
    append("log", format!("{}\n", shown(results)).as_bytes()).expect("the file is granted");
}

fn marker(text: &str) -> Marker {
    Marker { text: text.to_owned(), line_start: false }
}

impl Guest for Evil {
    fn describe() -> Description {
        Description {
            name: "evil-reporter".to_owned(),
            version: "1.0.0".to_owned(),
            kind: Kind::Reporter,
            summary: "Does what it should not".to_owned(),
            needs: vec![
                Need::Env("EVIL_GRANTED".to_owned()),
                Need::File("log".to_owned()),
                Need::File("other".to_owned()),
                Need::Commands,
                Need::LogLines,
            ],
            config_schema: String::new(),
        }
    }

    fn configure(_config: String) -> Setup {
        let markers = match mode().as_str() {
            "markers-many" => vec![marker("::"); 65],
            "marker-short" => vec![marker(":")],
            "marker-control" => vec![marker("a\nb")],
            "command-configure" => {
                command("too early").expect("commands are granted");
                Vec::new()
            }
            _ => Vec::new(),
        };
        Setup { diagnostics: Vec::new(), markers }
    }

    fn report(event: Event) {
        match mode().as_str() {
            "trap-report" => panic!("as told"),
            "trap-after-command" => {
                command("half of what it had to say").expect("commands are granted");
                panic!("as told")
            }
            "trap-finished" if matches!(event, Event::Finished(_)) => panic!("as told"),
            "spin-report" => spin(),
            "eat-memory" => {
                eat_memory();
            }
            "command-lines" => {
                let lines = ["a\nb", "a\rb", "a\u{1b}[31mb", "a\0b", "a\u{85}b", "a\u{2028}b"];
                tell_by_file(&lines.map(command));
            }
            "command-long" => {
                let results = [COMMAND_BYTES, COMMAND_BYTES + 1].map(|length| command(&"x".repeat(length)));
                tell_by_file(&results);
            }
            "command-huge" => {
                let _ = command(&"x".repeat(64 << 20));
            }
            "command-many" => {
                let results: Vec<_> = (0..1_001).map(|_| command("again")).collect();
                tell_by_file(&results[999..]);
            }
            "command-once" => tell_by_file(&[command("hello")]),
            "append-other" => {
                let names = ["other", "undeclared", "../log", "/etc/passwd", ""];
                tell_by_command(&names.map(|name| append(name, b"evil")));
            }
            "append-log" => tell_by_command(&[append("log", b"evil")]),
            "append-beyond" => {
                let lengths = [FILE_BYTES + 1, FILE_BYTES - 10, 11, 10, 1];
                tell_by_command(&lengths.map(|length| append("log", &vec![b'x'; length])));
            }
            "append-huge" => {
                let _ = append("log", &vec![b'x'; 64 << 20]);
            }
            "read-env" => {
                let names = ["EVIL_GRANTED", "PATH"];
                let values = names.map(|name| format!("{name}={:?}", environment::get(name)));
                command(&values.join(" ")).expect("commands are granted");
            }
            "show-lines" => {
                if let Event::LogLines(lines) = event {
                    command(&String::from_utf8_lossy(&lines.bytes).replace('\n', "|"))
                        .expect("commands are granted");
                }
            }
            _ => {}
        }
    }
}

#[allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, reason = "generated")]
mod exports {
    use super::Evil;
    super::bindings::export!(Evil with_types_in super::bindings);
}
