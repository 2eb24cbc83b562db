//! A filter that is built for `wasm32-wasip2` and does, as each line says, what only an operating
//! system could give it. All of it must come to nothing.

// Built natively there would be nothing that exports it.
#![cfg(target_arch = "wasm32")]

use std::fs;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Diagnostic;
use sortie_plugin_sdk::Filter;
use sortie_plugin_sdk::LineOut;
use sortie_plugin_sdk::NoConfig;
use sortie_plugin_sdk::Setup;

struct Wasi;

impl Filter for Wasi {
    type Config = NoConfig;

    fn about() -> About {
        About::new("wasi-filter", "1.0.0", "Asks the operating system for what it has")
    }

    fn configure(_config: NoConfig, _setup: &mut Setup<'_>) -> Result<Self, Diagnostic> {
        Ok(Self)
    }

    fn line(&mut self, line: &[u8], out: &mut LineOut<'_>) {
        let line = String::from_utf8_lossy(line);
        match line.split_whitespace().next() {
            Some("look") => out.replace(look().as_bytes()),
            Some("say") => {
                say(&line);
                out.drop_line();
            }
            Some("sleep") => thread::sleep(Duration::from_secs(60)),
            Some("panic") => panic!("{line}"),
            _ => {}
        }
    }
}

sortie_plugin_sdk::export!(filter: Wasi);

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
