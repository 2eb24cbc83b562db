//! A reporter that does what [`mode`] says; modes of every guest are in [`evil_mode`]. It tells what
//! the host answered through whichever effect the mode is not about: modes that try commands append
//! the answers to the file `log`, modes that try anything else write them as a command. An answer is
//! `ok`, the error's code, or `io(…)` with the error's message.
//!
//! | mode | when it is configured |
//! |---|---|
//! | `command-configure` | writes a command |
//! | `http-configure` | sends a request, and says at the end what came of it |
//! | `events-nonsense` | asks for events that there are not, by names that are none |
//! | `events-many` | asks for 100,000 events |
//! | `events-none` | asks for no event at all, and tells those that come, as `show-events` |
//! | `events-some` | asks for `launched` and `finished`, and tells those that come |
//! | `events-other` | asks for `progress`, `detail` and `finished`, and tells those that come |
//! | `tick-0`, `tick-1`, `tick-100`, `tick-max` | wants ticks so often, and tells events that come |
//!
//! | mode | when something is reported |
//! |---|---|
//! | `trap-report`, `trap-finished` | panics at once, at the end |
//! | `trap-after-command` | writes a command and panics |
//! | `trap-tick`, `spin-tick` | panics at a tick, never ends there (every 100 ms) |
//! | `panic-event` | says the event as an error and panics with it |
//! | `spin-report`, `eat-memory` | never ends, eats memory |
//! | `error-report`, `error-finished` | answers an error with [`EVIL_TEXT`], at once, at the end |
//! | `error-code` | answers an error whose code is [`EVIL_TEXT`] |
//! | `error-huge` | answers an error of 20 MiB |
//! | `show-events` | tells the name of the event |
//! | `dump-events` | appends all that the event says to the file `log` |
//! | `dump-other` | appends the objects of what the interface has no case for to the file `log` |
//! | `show-lines` | tells log lines |
//! | `show-labels` | tells the labels of log lines |
//! | `log-escape` | says [`EVIL_TEXT`] at every level |
//! | `log-flood` | says 100,000 words |
//! | `log-huge` | says 20 MiB |
//!
//! | mode | by commands |
//! |---|---|
//! | `command-once` | writes one |
//! | `command-lines` | writes some with control characters |
//! | `command-escapes` | writes some with escape sequences, of which the last three are harmless |
//! | `command-long` | writes one as long as may be, and one that is longer |
//! | `command-large`, `command-huge` | writes one of 1 MiB, of 64 MiB |
//! | `command-many` | writes 1,001 and tells what came of the last two |
//!
//! | mode | by files |
//! |---|---|
//! | `append-log` | appends to the granted file |
//! | `append-other` | appends to files that were not granted |
//! | `append-beyond` | appends more than it may |
//! | `append-huge` | appends 64 MiB |
//! | `write-log` | writes the granted file |
//! | `write-other` | writes files that were not granted |
//! | `write-large`, `write-huge` | writes 20 MiB, 64 MiB |
//! | `write-many` | writes the granted file 1,000 times, with its number as text |
//! | `write-append` | writes the granted file, appends to it, and writes it again |
//!
//! | mode | by requests, to the address in its configuration as `url`, when the run has ended |
//! |---|---|
//! | `http-post` | posts `{"evil":true}` and tells status and body |
//! | `http-other` | asks for what was not granted |
//! | `http-methods` | uses other methods than were granted, and what is none |
//! | `http-headers` | sends headers that are none, or not its own to send |
//! | `http-large`, `http-huge` | posts 20 MiB, 64 MiB |
//! | `http-many` | posts 1,000 times and tells what came of the last |
//! | `http-timeout` | waits for 1 ms, then for 2^32 - 1 |
//! | `http-response` | tells all of the answer |

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "reporter-plugin", path: "../../../wit" });
}

use std::cell::RefCell;

use bindings::exports::sortie::plugin::reporter::Guest;
use bindings::exports::sortie::plugin::reporter::Setup;
use bindings::sortie::plugin::effects::append;
use bindings::sortie::plugin::effects::command;
use bindings::sortie::plugin::effects::write;
use bindings::sortie::plugin::environment;
use bindings::sortie::plugin::events::Event;
use bindings::sortie::plugin::events::Happening;
use bindings::sortie::plugin::http::Request;
use bindings::sortie::plugin::http::Response;
use bindings::sortie::plugin::http::send;
use bindings::sortie::plugin::logging::Level;
use bindings::sortie::plugin::logging::log;
use bindings::sortie::plugin::types::Context;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Error;
use bindings::sortie::plugin::types::Need;
use bindings::sortie::plugin::types::Pair;
use evil_mode::EVIL_TEXT;
use evil_mode::FLOOD;
use evil_mode::eat_memory;
use evil_mode::mode;
use evil_mode::setting;
use evil_mode::spin;

/// Bytes that a plugin may append in one run, as the host documents it.
const FILE_BYTES: usize = 1 << 20;
/// Bytes that a command line may have.
const COMMAND_BYTES: usize = 16 << 10;
/// More than a guest may hand over in one call.
const HUGE: usize = 64 << 20;
/// What might pass a limit for one call, and must not pass one of its own.
const LARGE: usize = 20 << 20;

thread_local! {
    /// Where requests go.
    static URL: RefCell<String> = const { RefCell::new(String::new()) };
    static CONTEXT: RefCell<String> = const { RefCell::new(String::new()) };
    /// What came of an effect that was tried too early.
    static EARLY: RefCell<String> = const { RefCell::new(String::new()) };
}

struct Evil;

fn shown<T>(results: &[Result<T, Error>]) -> String {
    let shown: Vec<String> = results
        .iter()
        .map(|result| match result {
            Ok(_) => "ok".to_owned(),
            Err(error) if error.code == "io" => format!("io({})", error.message),
            Err(error) => error.code.clone(),
        })
        .collect();
    shown.join(" ")
}

fn tell(text: &str) {
    command(text).expect("commands are granted");
}

fn tell_by_command<T>(results: &[Result<T, Error>]) {
    tell(&shown(results));
}

fn tell_by_file(results: &[Result<(), Error>]) {
    append("log", format!("{}\n", shown(results)).as_bytes()).expect("the file is granted");
}

fn error(code: &str, message: impl Into<String>) -> Error {
    Error { code: code.to_owned(), message: message.into() }
}

fn need(capability: &str, argument: &str) -> Need {
    Need {
        capability: capability.to_owned(),
        argument: argument.to_owned(),
        required: false,
        reason: "To see what comes of it".to_owned(),
    }
}

fn needs(needs: Vec<evil_mode::Need>) -> Vec<Need> {
    let with = |one: evil_mode::Need| Need {
        required: one.required,
        reason: one.reason.to_owned(),
        ..need(one.capability, one.argument)
    };
    needs.into_iter().map(with).collect()
}

/// The name by which a reporter asks for the event.
fn name(event: &Event) -> &str {
    match &event.what {
        Happening::Planned(_) => "planned",
        Happening::Launched(_) => "launched",
        Happening::StateChanged(_) => "state",
        Happening::Warning(_) => "warning",
        Happening::Retrying(_) => "retrying",
        Happening::Stopping(_) => "stopping",
        Happening::LogLines(_) => "log",
        Happening::Filtered(_) => "filtered",
        Happening::Tick => "tick",
        Happening::Finished(_) => "finished",
        Happening::Other(other) => &other.name,
    }
}

fn url() -> String {
    URL.with_borrow(Clone::clone)
}

fn request(method: &str, url: &str) -> Request {
    Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: vec![Pair { name: "content-type".to_owned(), value: "application/json".to_owned() }],
        body: Vec::new(),
        timeout_ms: 0,
    }
}

fn post(body: Vec<u8>) -> Result<Response, Error> {
    send(&Request { body, ..request("POST", &url()) })
}

fn post_with(name: &str, value: &str) -> Result<Response, Error> {
    let headers = vec![Pair { name: name.to_owned(), value: value.to_owned() }];
    send(&Request { headers, ..request("POST", &url()) })
}

/// Addresses near the granted one and far from it, that no grant of it covers.
fn elsewhere() -> Vec<String> {
    let url = url();
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", &url));
    vec![
        "https://elsewhere.example/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::1]:1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        String::new(),
        "$PATH".to_owned(),
        format!("{url}/../other"),
        format!("{url}/%2e%2e/other"),
        format!("{url}x"),
        format!("{scheme}://user@elsewhere.example/{rest}"),
        format!("{scheme}://{}@elsewhere.example/", rest.split('/').next().unwrap_or(rest)),
        format!("{url}\r\nHost: elsewhere.example"),
    ]
}

fn by_commands(mode: &str) {
    match mode {
        "command-lines" => {
            let lines = ["a\nb", "a\rb", "a\u{1b}[31mb", "a\0b", "a\u{85}b", "a\u{2028}b"];
            tell_by_file(&lines.map(command));
        }
        "command-escapes" => {
            let lines = [
                "\u{1b}]52;c;ZXZpbA==\u{7}",
                "\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
                "\u{1b}[2J",
                "\u{1b}[1;1H",
                "\u{1b}[6n",
                "\u{1b}c",
                "\u{1b}",
                "\u{9b}31m",
                "\u{1b}[1;31mred\u{1b}[0m",
                "\u{1b}[0Ksection",
                "section\r",
            ];
            tell_by_file(&lines.map(command));
        }
        "command-long" => {
            let results = [COMMAND_BYTES, COMMAND_BYTES + 1].map(|length| command(&"x".repeat(length)));
            tell_by_file(&results);
        }
        "command-large" => tell_by_file(&[command(&"x".repeat(1 << 20))]),
        "command-huge" => {
            let _ = command(&"x".repeat(HUGE));
        }
        "command-many" => {
            let results: Vec<_> = (0..1_001).map(|_| command("again")).collect();
            tell_by_file(&results[999..]);
        }
        "command-once" => tell_by_file(&[command("hello")]),
        _ => {}
    }
}

fn by_files(mode: &str) {
    let others = ["other", "undeclared", "../log", "/etc/passwd", ""];
    match mode {
        "append-other" => tell_by_command(&others.map(|name| append(name, b"evil"))),
        "append-log" => tell_by_command(&[append("log", b"evil")]),
        "append-beyond" => {
            let lengths = [FILE_BYTES + 1, FILE_BYTES - 10, 11, 10, 1];
            tell_by_command(&lengths.map(|length| append("log", &vec![b'x'; length])));
        }
        "append-huge" => {
            let _ = append("log", &vec![b'x'; HUGE]);
        }
        "write-other" => tell_by_command(&others.map(|name| write(name, b"evil"))),
        "write-log" => tell_by_command(&[write("log", b"evil")]),
        "write-large" => tell_by_command(&[write("log", &vec![b'x'; LARGE])]),
        "write-huge" => {
            let _ = write("log", &vec![b'x'; HUGE]);
        }
        "write-many" => {
            let results: Vec<_> =
                (0..1_000).map(|number| write("log", number.to_string().as_bytes())).collect();
            tell_by_command(&results[999..]);
        }
        "write-append" => {
            tell_by_command(&[write("log", b"one"), append("log", b" two"), write("log", b"three")]);
        }
        _ => {}
    }
}

fn by_requests(mode: &str) {
    match mode {
        "http-post" => match post(br#"{"evil":true}"#.to_vec()) {
            Ok(response) => tell(&format!("{} {}", response.status, response.body.escape_ascii())),
            Err(error) => tell(&format!("{}: {}", error.code, error.message)),
        },
        "http-other" => {
            let results: Vec<_> = elsewhere().iter().map(|url| send(&request("POST", url))).collect();
            tell_by_command(&results);
        }
        "http-methods" => {
            let methods = ["PUT", "CONNECT", "TRACE", "post", "", "POST / HTTP/1.1\r\nHost: a\r\n\r\nGET"];
            tell_by_command(&methods.map(|method| send(&request(method, &url()))));
        }
        "http-headers" => tell_by_command(&[
            post_with("x-evil", "a\r\nx-more: b"),
            post_with("x-evil\r\nx-more", "a"),
            post_with("x-evil", "a\0b"),
            post_with("", "a"),
            post_with("x evil", "a"),
            post_with("host", "elsewhere.example"),
            post_with("content-length", "1"),
            post_with("transfer-encoding", "chunked"),
            post_with("connection", "upgrade"),
            post_with("authorization", "Bearer mine"),
            post_with("x-evil", &"x".repeat(1 << 20)),
            send(&Request {
                headers: vec![Pair { name: "x-evil".to_owned(), value: "x".to_owned() }; 10_000],
                ..request("POST", &url())
            }),
        ]),
        "http-large" => tell_by_command(&[post(vec![b'x'; LARGE])]),
        "http-huge" => {
            let _ = post(vec![b'x'; HUGE]);
        }
        "http-many" => {
            let results: Vec<_> = (0..1_000).map(|_| post(Vec::new())).collect();
            tell_by_command(&results[999..]);
        }
        "http-timeout" => {
            let within = |timeout_ms| send(&Request { timeout_ms, ..request("POST", &url()) });
            tell_by_command(&[1, u32::MAX].map(within));
        }
        "http-response" => tell(&format!("{:?}", post(Vec::new())).escape_debug().to_string()),
        "http-configure" => tell(&EARLY.with_borrow(Clone::clone)),
        _ => {}
    }
}

impl Guest for Evil {
    fn describe() -> Description {
        let mut asked = needs(evil_mode::described_needs());
        asked.extend([need("file", "log"), need("file", "other")]);
        asked.extend([need("commands", ""), need("log-lines", ""), need("http", "*")]);
        Description {
            name: evil_mode::name("evil-reporter"),
            version: "1.0.0".to_owned(),
            summary: "Does what it should not".to_owned(),
            needs: asked,
            config_schema: String::new(),
        }
    }

    fn configure(config: String, context: Context) -> Result<Setup, Error> {
        CONTEXT.set(format!("{context:?}"));
        let mut asked = needs(evil_mode::configured_needs());
        if let Some(url) = setting(&config, "url") {
            asked.push(need("http", &format!("POST:{url}")));
            URL.set(url.to_owned());
        }
        let some = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect());
        let mut events = None;
        let mode = mode();
        match mode.as_str() {
            "trap-configure" => panic!("as told"),
            "error-configure" => return Err(error("failed", EVIL_TEXT)),
            "command-configure" => {
                // Refused or not: it must not be seen.
                let _ = command("too early");
            }
            "http-configure" => EARLY.set(shown(&[post(Vec::new())])),
            "log-levels" => says_at_every_level("as told"),
            "log-configure" => says_at_every_level(EVIL_TEXT),
            "log-flood-configure" => flood(),
            "events-nonsense" => {
                events = Some(vec![
                    "no-such".to_owned(),
                    "FINISHED".to_owned(),
                    EVIL_TEXT.to_owned(),
                    String::new(),
                    "x".repeat(1 << 20),
                    "finished".to_owned(),
                    "finished".to_owned(),
                ]);
            }
            "events-many" => events = Some(vec!["finished".to_owned(); 100_000]),
            "events-none" => events = Some(Vec::new()),
            "events-some" => events = some(&["launched", "finished"]),
            "events-other" | "dump-other" => {
                events = some(&[
                    "annotation",
                    "awaiting-stop",
                    "detail",
                    "finished",
                    "phase",
                    "progress",
                    "recovered",
                    "registered",
                ])
            }
            other if other.starts_with("http-") => events = some(&["finished"]),
            _ => {}
        }
        let tick_ms = match mode.as_str() {
            "tick-0" => Some(0),
            "tick-1" => Some(1),
            "tick-max" => Some(u32::MAX),
            "tick-100" | "trap-tick" | "spin-tick" => Some(100),
            _ => None,
        };
        Ok(Setup { findings: Vec::new(), needs: asked, events, tick_ms })
    }

    fn report(event: Event) -> Result<(), Error> {
        let finished = matches!(event.what, Happening::Finished(_));
        let tick = matches!(event.what, Happening::Tick);
        let mode = mode();
        match mode.as_str() {
            "trap-report" => panic!("as told"),
            "trap-after-command" => {
                tell("half of what it had to say");
                panic!("as told")
            }
            "trap-finished" if finished => panic!("as told"),
            "trap-tick" if tick => panic!("as told"),
            "spin-tick" if tick => spin(),
            "panic-event" => {
                let text = format!("{event:?}");
                log(Level::Error, &text);
                panic!("{text}")
            }
            "spin-report" => spin(),
            "eat-memory" => {
                eat_memory();
            }
            "error-report" => return Err(error("failed", EVIL_TEXT)),
            "error-finished" if finished => return Err(error("failed", EVIL_TEXT)),
            "error-code" => return Err(error(EVIL_TEXT, "as told")),
            "error-huge" => return Err(error("failed", "x".repeat(LARGE))),
            "read-env" => {
                let names = ["EVIL_GRANTED", "PATH"];
                tell(&names.map(|name| format!("{name}={:?}", environment::get(name))).join(" "));
            }
            "context" => tell(&CONTEXT.with_borrow(Clone::clone)),
            "show-events" => tell(name(&event)),
            // It cannot fail for want of a grant: then there is nobody to tell.
            "dump-events" => append("log", format!("{event:?}\n").as_bytes())?,
            "dump-other" => {
                if let Happening::Other(other) = event.what {
                    append("log", format!("{}\n", other.json).as_bytes())?;
                }
            }
            "show-lines" => {
                if let Happening::LogLines(log) = event.what {
                    tell(&String::from_utf8_lossy(&log.lines.bytes).replace('\n', "|"));
                }
            }
            "show-labels" => {
                if let Happening::LogLines(log) = event.what {
                    let labels = log.lines.labels.iter();
                    let labels = labels.map(|label| format!("{}:{}={}", label.line, label.name, label.value));
                    tell(&labels.collect::<Vec<_>>().join(" "));
                }
            }
            "log-escape" => says_at_every_level(EVIL_TEXT),
            "log-flood" => flood(),
            "log-huge" => log(Level::Error, &"x".repeat(LARGE)),
            other if other.starts_with("events-") || other.starts_with("tick-") => tell(name(&event)),
            other if other.starts_with("command-") => by_commands(other),
            other if other.starts_with("append-") || other.starts_with("write-") => by_files(other),
            other if other.starts_with("http-") => by_requests(other),
            _ => {}
        }
        Ok(())
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
