//! What every hostile guest has: a mode, and ways to use up what a guest is given.
//!
//! Tests write the mode into the component's bytes, so that a guest acts from the very start,
//! before any configuration.
//!
//! Modes of every guest:
//!
//! | mode | what the guest does |
//! |---|---|
//! | (empty), `pass` | nothing evil |
//! | `name-other` | describes itself as `someone-else`, which no custom section of it says |
//! | `needs-other` | describes one need more, `env:EVIL_MORE`, than its custom section could say |
//! | `need-unknown` | asks for a capability `teleport`, and can do without |
//! | `need-unknown-required` | cannot do without it |
//! | `need-control` | asks for a capability whose every text is [`EVIL_TEXT`] |
//! | `need-argument` | asks for variables, files and requests by arguments that name none |
//! | `need-foreign` | asks for everything that only reporters may have (a reporter: for some of it twice) |
//! | `need-required` | cannot do without `env:EVIL_GRANTED` |
//! | `need-star` | asks for `env:*`, and with its configuration for `env:EVIL_GRANTED` |
//! | `need-undeclared` | asks with its configuration for `env:PATH`, of which it said nothing before |
//! | `need-late-star` | asks for `env:*`, and with its configuration for `env:*` once more |
//! | `read-env` | says what it reads: `EVIL_GRANTED`, `EVIL_MISSING` and `PATH` |
//! | `context` | says what it was told of the run |
//! | `log-levels` | when it is configured, says one word at every level |
//! | `log-configure` | when it is configured, says [`EVIL_TEXT`] |
//! | `log-flood-configure` | when it is configured, says 100,000 words |
//! | `error-configure` | answers an error to its configuration, with [`EVIL_TEXT`] in it |
//! | `trap-configure` | panics when it is configured |

use std::ptr::read_volatile;

/// Tests find the slot by its first half and overwrite its second.
#[used]
static SLOT: [u8; 64] = *b"EVIL-MODE-SLOT:                                                 ";

/// What a terminal or a CI system would obey, in several lines.
pub const EVIL_TEXT: &str = "evil\u{1b}[2J\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}31m\u{202e}\r\n::error::evil\n\
                             ##vso[task.complete result=Succeeded]evil";

/// Messages of a flood.
pub const FLOOD: usize = 100_000;

/// What the guest is to do; empty: nothing evil.
pub fn mode() -> String {
    let bytes: Vec<u8> = SLOT
        .iter()
        // SAFETY: a reference is valid to read; volatile because the bytes change after compilation.
        .map(|byte| unsafe { read_volatile(byte) })
        .collect();
    String::from_utf8_lossy(&bytes[15..]).trim().to_owned()
}

/// A capability to ask for: the guests' bindings have a type each.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// What.
    pub capability: &'static str,
    /// Of what.
    pub argument: &'static str,
    /// Whether the guest is of no use without.
    pub required: bool,
    /// What for.
    pub reason: &'static str,
}

const fn need(capability: &'static str, argument: &'static str) -> Need {
    Need { capability, argument, required: false, reason: "To see what comes of it" }
}

/// What every guest asks for, and some modes beside it, before anything is configured.
pub fn described_needs() -> Vec<Need> {
    let mut needs = vec![need("env", "EVIL_GRANTED"), need("env", "EVIL_MISSING")];
    match mode().as_str() {
        "needs-other" => needs.push(need("env", "EVIL_MORE")),
        "need-unknown" => needs.push(need("teleport", "moon")),
        "need-unknown-required" => needs.push(Need { required: true, ..need("teleport", "moon") }),
        "need-control" => {
            needs.push(Need { reason: EVIL_TEXT, ..need(EVIL_TEXT, EVIL_TEXT) });
        }
        "need-argument" => {
            let arguments = [("env", ""), ("env", "A=B"), ("file", "../x"), ("file", ""), ("http", "here")];
            needs.extend(arguments.map(|(capability, argument)| need(capability, argument)));
        }
        "need-foreign" => {
            let all =
                [("file", "log"), ("commands", ""), ("log-lines", ""), ("http", "GET:https://a.example/")];
            needs.extend(all.map(|(capability, argument)| need(capability, argument)));
        }
        "need-required" => needs[0].required = true,
        "need-star" | "need-late-star" => needs = vec![need("env", "*")],
        _ => {}
    }
    needs
}

/// What some modes ask for with their configuration.
pub fn configured_needs() -> Vec<Need> {
    match mode().as_str() {
        "need-star" => vec![need("env", "EVIL_GRANTED")],
        "need-undeclared" => vec![need("env", "PATH")],
        "need-late-star" => vec![need("env", "*")],
        _ => Vec::new(),
    }
}

/// The name under which a guest describes itself.
pub fn name(own: &str) -> String {
    if mode() == "name-other" { "someone-else".to_owned() } else { own.to_owned() }
}

/// A text of the configuration's top level, as the host writes it (without spaces).
pub fn setting<'a>(config: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = config.split_once(&format!("\"{name}\":\""))?;
    value.split('"').next()
}

/// Never ends.
pub fn spin() -> ! {
    let mut count = 0u64;
    loop {
        // SAFETY: as above; volatile so that the loop is not optimised away.
        count = unsafe { read_volatile(&count) }.wrapping_add(1);
    }
}

/// Allocates and touches far more than a guest may have.
pub fn eat_memory() -> usize {
    let mut eaten = Vec::new();
    loop {
        eaten.push(vec![1u8; 16 << 20]);
        if eaten.len() > 300 {
            return eaten.len();
        }
    }
}
