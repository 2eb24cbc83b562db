//! Values as the programs themselves print them, where they are installed.

use std::process::Command;
use std::process::Stdio;

use super::masked;

/// A shell that has it prints the variable `S` in every way it knows.
const BASH: &str = r#"
    printf '%q\n' "$S"; printf 'S=%s\n' "${S@Q}"; declare -p S; export -p | grep ' S='; set | grep '^S='
    (set -x; : "$S"; : "x $S y") 2>&1
    env | grep '^S='; printf %s "$S" | base64 -w0; echo
"#;

const DASH: &str = r#"export -p | grep ' S='; set | grep '^S='; (set -x; : "$S") 2>&1"#;

const PYTHON: &str = r"
import base64, html, json, os, shlex, sys, urllib.parse
from xml.sax import saxutils
s = os.environ['S']
sys.stdout.reconfigure(encoding='utf-8')
b = s.encode()
for text in [
    s, repr(s), ascii(s), str(b), repr([s]), json.dumps(s), json.dumps(s, ensure_ascii=False),
    json.dumps(json.dumps({'k': s})), json.dumps(json.dumps(json.dumps([s]))), html.escape(s),
    html.escape(json.dumps(s)), json.dumps(html.escape(s)), saxutils.quoteattr(s), saxutils.escape(s),
    urllib.parse.quote(s), urllib.parse.quote_plus(s), urllib.parse.quote(urllib.parse.quote(s, safe=''), safe=''),
    urllib.parse.urlencode({'k': s}), shlex.quote(s), shlex.join(['a', s]), b.hex(), b.hex(':'), str(list(b)),
    base64.b64encode(b).decode(), base64.urlsafe_b64encode(b'user:' + b).decode(),
    base64.b64encode(base64.b64encode(b)).decode(), base64.b64encode(json.dumps({'k': s}).encode()).decode(),
    base64.b64encode(s.encode('utf-16-le')).decode(), s.encode('utf-16-le').hex() and s,
]:
    print(text)
";

const NODE: &str = r"
const s = process.env.S, b = Buffer.from(s);
for (const text of [
    JSON.stringify(s), JSON.stringify(JSON.stringify({k: s})), encodeURIComponent(s), encodeURI(s), escape(s),
    require('util').inspect({k: s}), JSON.stringify(b), b.toString('base64'), b.toString('base64url'),
    b.toString('hex'), new URLSearchParams({k: s}).toString(), require('querystring').escape(s),
]) console.log(text);
";

const JQ: &str = r"env.S | @sh, @uri, @html, @csv '\([.])', @json, (tojson | tojson), @base64, @text";

const PERL: &str = r"
use Data::Dumper; $Data::Dumper::Indent = 0; $Data::Dumper::Useqq = $_, print Dumper($ENV{S}), qq(\n) for 0, 1;
print quotemeta($ENV{S}), qq(\n), unpack('H*', $ENV{S}), qq(\n), join(' ', unpack('C*', $ENV{S})), qq(\n);
";

/// What a program prints of a value, line by line; nothing where the program is not installed.
fn printed(program: &str, arguments: &[&str], value: &str) -> Vec<Vec<u8>> {
    let mut command = Command::new(program);
    command.args(arguments).env("S", value).env("PYTHONUTF8", "1").env("LC_ALL", "C.UTF-8");
    let Ok(output) = command.stdin(Stdio::null()).output() else { return Vec::new() };
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(<[u8]>::to_vec).collect()
}

/// Letters and digits of the value in a row that would give it away.
fn is_told(value: &str, line: &str) -> bool {
    let runs = value.split(|character: char| !character.is_alphanumeric());
    runs.filter(|run| run.chars().count() >= 4).any(|run| line.contains(run))
}

#[test]
fn what_programs_print_is_masked() {
    for value in [
        "s3cr3tTok3nXyZ01",
        "Pass<word>&123!\"q'x\\y+z=é/$1 w",
        "p@$$w'rd\"with&é",
        "tok€n-`id`-{7}#[x]|;?",
        "100%41\\u0041\\n$HOME'",
    ] {
        let mut count = 0;
        for (program, arguments) in [
            ("bash", ["-c", BASH].as_slice()),
            ("dash", &["-c", DASH]),
            ("python3", &["-c", PYTHON]),
            ("node", &["-e", NODE]),
            ("jq", &["-nr", JQ]),
            ("perl", &["-e", PERL]),
        ] {
            let lines = printed(program, arguments, value);
            count += lines.len();
            if lines.is_empty() {
                continue;
            }
            for (line, out) in lines.iter().zip(masked(&[value], &lines)) {
                let [line, out] = [line, &out].map(|text| String::from_utf8_lossy(text).into_owned());
                assert!(out.contains("***"), "{program} prints {value} as {line}");
                assert!(!is_told(value, &out), "{program} prints {value} as {line}: {out} is left");
            }
        }
        assert!(count > 5, "there is a shell at least");
    }
}
