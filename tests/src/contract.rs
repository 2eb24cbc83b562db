//! Checks recorded calls against the AWS service models, with `tests/emulators/contract.py`.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::json;

use crate::recorder::Exchange;
use crate::servers::cache;
use crate::servers::repository;

/// The checker, one for the whole test binary; it ends when its input does.
struct Checker {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _child: Child,
}

/// What in this call is not as the service's model says; empty when all is.
pub fn violations(exchange: &Exchange) -> Vec<String> {
    static CHECKER: LazyLock<Mutex<Checker>> = LazyLock::new(|| Mutex::new(start()));
    let mut checker = CHECKER.lock().unwrap_or_else(PoisonError::into_inner);
    let question = json!({
        "service": exchange.service,
        "operation": exchange.operation,
        "request": exchange.request,
        "status": exchange.status,
        "response": exchange.response,
    });
    writeln!(checker.input, "{question}").expect("the contract checker reads");
    let mut answer = String::new();
    checker.output.read_line(&mut answer).expect("the contract checker answers");
    serde_json::from_str(&answer).expect("the contract checker answers with JSON")
}

fn start() -> Checker {
    let mut child = Command::new(cache().join("moto/bin/python"))
        .arg(repository().join("tests/emulators/contract.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the contract checker starts");
    Checker {
        input: child.stdin.take().expect("stdin is piped"),
        output: BufReader::new(child.stdout.take().expect("stdout is piped")),
        _child: child,
    }
}
