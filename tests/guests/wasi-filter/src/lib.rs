//! A filter that is built for `wasm32-wasip2` and does, as each line says, what only an operating
//! system could give it. All of it must come to nothing.
//!
//! | first word | what it does |
//! |---|---|
//! | `look` | replaces the line by what there is of an environment, files and a network |
//! | `say` | writes the line to both streams, and drops it |
//! | `sleep` | sleeps for a minute |
//! | `panic` | panics with the line |
//! | `exit` | ends itself, with 0 |

// Built natively there would be nothing that exports it.
#![cfg(target_arch = "wasm32")]

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "filter-plugin", path: "../../../wit" });
}

use std::fs;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use bindings::exports::sortie::plugin::filter::Ending;
use bindings::exports::sortie::plugin::filter::Guest;
use bindings::exports::sortie::plugin::filter::Setup;
use bindings::sortie::plugin::lines::Action;
use bindings::sortie::plugin::lines::Batch;
use bindings::sortie::plugin::lines::Edit;
use bindings::sortie::plugin::lines::Edits;
use bindings::sortie::plugin::lines::Hit;
use bindings::sortie::plugin::lines::Released;
use bindings::sortie::plugin::types::Context;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Error;

struct Wasi;

impl Guest for Wasi {
    fn describe() -> Description {
        Description {
            name: "wasi-filter".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Asks the operating system for what it has".to_owned(),
            needs: Vec::new(),
            config_schema: String::new(),
        }
    }

    fn configure(_config: String, _context: Context) -> Result<Setup, Error> {
        Ok(Setup { findings: Vec::new(), needs: Vec::new(), interests: None, pieces: true, tick_ms: None })
    }

    fn process(batch: Batch, _hits: Option<Vec<Hit>>) -> Result<Edits, Error> {
        let mut edits = Edits {
            edits: Vec::new(),
            bytes: Vec::new(),
            labels: Vec::new(),
            follow: false,
            interests: None,
        };
        let mut begin = 0;
        for (index, &end) in batch.ends.iter().enumerate() {
            let line = String::from_utf8_lossy(&batch.bytes[begin..end as usize]);
            begin = end as usize + 1;
            let action = match line.split_whitespace().next() {
                Some("look") => {
                    edits.bytes.extend(look().as_bytes());
                    Action::Replace
                }
                Some("say") => {
                    say(&line);
                    Action::Drop
                }
                Some("sleep") => {
                    thread::sleep(Duration::from_secs(60));
                    continue;
                }
                Some("panic") => panic!("{line}"),
                Some("exit") => std::process::exit(0),
                _ => continue,
            };
            edits.edits.push(Edit { line: index as u32, action, end: edits.bytes.len() as u32 });
        }
        Ok(edits)
    }

    fn tick() -> Result<Released, Error> {
        Ok(Released { bytes: Vec::new(), labels: Vec::new() })
    }

    fn finish() -> Result<Ending, Error> {
        let released = Released { bytes: Vec::new(), labels: Vec::new() };
        Ok(Ending { released, notes: Vec::new(), counters: Vec::new() })
    }
}

/// What there is of an environment, arguments, files and a network.
fn look() -> String {
    format!(
        "variables={} arguments={} root={} file={} write={} network={}",
        std::env::vars_os().count(),
        std::env::args_os().count(),
        fs::read_dir("/").is_ok(),
        fs::read("/etc/passwd").is_ok(),
        fs::write("wasi-filter-was-here", "").is_ok(),
        TcpStream::connect("127.0.0.1:80").is_ok(),
    )
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "that nobody sees it is what is tested")]
fn say(line: &str) {
    println!("{line}");
    eprintln!("{line}");
}

#[allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, reason = "generated")]
mod exports {
    use super::Wasi;
    super::bindings::export!(Wasi with_types_in super::bindings);
}
