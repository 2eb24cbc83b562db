//! The filter behind the host's own search, on what tools have printed.

mod ordinary;

use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;
use sortie_plugin_sdk::testing;

use super::*;

/// Number of the line, and what is said there.
fn annotations(config: &str, log: &str) -> Vec<(u32, Value)> {
    let mut filter = testing::filter::<Annotations>(config).expect("accepted");
    assert_eq!(filter.run(log.as_bytes()), log.as_bytes(), "no line is changed");
    let labels = filter.labels().iter().inspect(|label| assert_eq!(label.name, "annotation"));
    labels.map(|label| (label.line, serde_json::from_str(&label.value).expect("JSON"))).collect()
}

/// In a few words: `LINE LEVEL FILE:LINE:COLUMN MESSAGE`.
fn found(log: &str) -> Vec<String> {
    let number = |value: &Value| value.as_u64().map_or("-".to_owned(), |number| number.to_string());
    let text = |(at, value): (u32, Value)| {
        let text = |name: &str| value[name].as_str().unwrap_or("-").to_owned();
        let (line, column) = (number(&value["line"]), number(&value["column"]));
        format!("{at} {} {}:{line}:{column} {}", text("level"), text("file"), text("message"))
    };
    annotations("{}", log).into_iter().map(text).collect()
}

#[test]
fn what_a_label_holds() {
    let log = "src/a.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.\n";
    let want = json!({
        "level": "error", "file": "src/a.ts", "line": 3, "column": 5,
        "message": "TS2322: Type 'string' is not assignable to type 'number'.",
    });
    assert_eq!(annotations("{}", log), [(0, want)]);
}

#[test]
fn gcc_and_clang() {
    let log = "\
In file included from x.c:1:
x.h:4:10: fatal error: nope.h: No such file or directory
    4 | #include <nope.h>
      |          ^~~~~~~~
compilation terminated.
x.c: In function 'main':
x.c:3:5: warning: implicit declaration of function 'f' [-Wimplicit-function-declaration]
x.c:3:5: note: include '<f.h>' or provide a declaration of 'f'
/src/y.cpp:12: error: expected ';' before '}' token
make: *** [Makefile:2: x.o] Error 1
";
    assert_eq!(
        found(log),
        [
            "1 error x.h:4:10 nope.h: No such file or directory",
            "6 warning x.c:3:5 implicit declaration of function 'f' [-Wimplicit-function-declaration]",
            "8 error /src/y.cpp:12:- expected ';' before '}' token",
        ]
    );
}

#[test]
fn colour_is_no_hindrance() {
    let log = "\u{1b}[01m\u{1b}[Kx.c:3:5:\u{1b}[m\u{1b}[K \u{1b}[01;31m\u{1b}[Kerror: \u{1b}[m\u{1b}[Kexpected '\u{1b}[01m\u{1b}[K;\u{1b}[m\u{1b}[K'\n\
        \u{1b}[96msrc/a.ts\u{1b}[0m:\u{1b}[93m3\u{1b}[0m:\u{1b}[93m5\u{1b}[0m - \u{1b}[91merror\u{1b}[0m\u{1b}[90m TS2322: \u{1b}[0mType\n\
        \u{1b}[0m\u{1b}[1m\u{1b}[38;5;9merror[E0308]\u{1b}[0m\u{1b}[0m\u{1b}[1m: mismatched types\u{1b}[0m\n\
        \u{1b}[0m  \u{1b}[0m\u{1b}[0m\u{1b}[1m\u{1b}[38;5;12m--> \u{1b}[0m\u{1b}[0msrc/main.rs:2:18\u{1b}[0m\n\
        \u{1b}[31m│\u{1b}[0m \u{1b}[0m\u{1b}[1m\u{1b}[31mError: \u{1b}[0m\u{1b}[0m\u{1b}[1mUnsupported argument\u{1b}[0m\n\
        \u{1b}[31m│\u{1b}[0m \u{1b}[0m\n\
        \u{1b}[31m│\u{1b}[0m \u{1b}[0m\u{1b}[0m  on main.tf line 3, in resource \"null_resource\" \"x\":\n";
    assert_eq!(
        found(log),
        [
            "0 error x.c:3:5 expected ';'",
            "1 error src/a.ts:3:5 TS2322: Type",
            "3 error src/main.rs:2:18 mismatched types [E0308]",
            "6 error main.tf:3:- Unsupported argument",
        ]
    );
}

#[test]
fn rustc() {
    let log = "\
   Compiling x v0.1.0 (/work)
warning: unused variable: `y`
 --> src/main.rs:2:9
  |
2 |     let y = 1;
  |         ^ help: if this is intentional, prefix it with an underscore: `_y`

error[E0308]: mismatched types
  --> src/lib.rs:12:18
   |
error: aborting due to 1 previous error; 1 warning emitted

error: could not compile `x` (bin \"x\") due to 1 previous error; 1 warning emitted
";
    assert_eq!(
        found(log),
        [
            "2 warning src/main.rs:2:9 unused variable: `y`",
            "8 error src/lib.rs:12:18 mismatched types [E0308]"
        ]
    );
}

#[test]
fn msbuild_and_cl() {
    let log = "\
/src/Program.cs(3,5): error CS1002: ; expected [/src/app.csproj]
x.cpp(12): fatal error C1083: Cannot open include file: 'y.h': No such file or directory
C:\\src\\y.cpp(7,1): warning C4996: 'strcpy': unsafe
";
    assert_eq!(
        found(log),
        [
            "0 error /src/Program.cs:3:5 CS1002: ; expected",
            "1 error x.cpp:12:- C1083: Cannot open include file: 'y.h': No such file or directory",
            "2 warning C:\\src\\y.cpp:7:1 C4996: 'strcpy': unsafe",
        ]
    );
}

#[test]
fn go() {
    let log = "\
# example.com/x
./main.go:3:5: undefined: y
vet: ./y.go:7:2: declared and not used: z
pkg/z.go:10:12: ineffectual assignment to err (ineffassign)
2026/12/01 10:00:00 main.go:23: listening on :8080
--- FAIL: TestX (0.00s)
    x_test.go:12: got 1
";
    assert_eq!(
        found(log),
        [
            "1 error main.go:3:5 undefined: y",
            "2 error y.go:7:2 declared and not used: z",
            "3 error pkg/z.go:10:12 ineffectual assignment to err (ineffassign)",
        ]
    );
}

#[test]
fn python_and_its_linters() {
    let log = "\
x.py:1:1: F401 'os' imported but unused
x.py:9:80: E501 Line too long (90 > 79)
y.py:3:0: C0114: Missing module docstring (missing-module-docstring)
y.py:4:4: W0612: Unused variable 'z' (unused-variable)
z.py:3: error: Incompatible return value type (got \"str\", expected \"int\")  [return-value]
z.py:3: note: Revealed type is \"builtins.int\"
conf.yaml:3:5: [error] syntax error: mapping values are not allowed here (syntax)
";
    assert_eq!(
        found(log),
        [
            "0 error x.py:1:1 F401 'os' imported but unused",
            "1 error x.py:9:80 E501 Line too long (90 > 79)",
            "2 notice y.py:3:- C0114: Missing module docstring (missing-module-docstring)",
            "3 warning y.py:4:4 W0612: Unused variable 'z' (unused-variable)",
            "4 error z.py:3:- Incompatible return value type (got \"str\", expected \"int\")  [return-value]",
            "6 error conf.yaml:3:5 syntax error: mapping values are not allowed here (syntax)",
        ]
    );
}

#[test]
fn a_traceback_is_of_its_last_frame_in_the_program() {
    let log = "\
Traceback (most recent call last):
  File \"/app/main.py\", line 12, in <module>
    main()
    ~~~~^^
  File \"/app/db.py\", line 7, in connect
    return psycopg.connect(url)
  File \"/usr/lib/python3/site-packages/psycopg/__init__.py\", line 99, in connect
    raise ex
psycopg.OperationalError: connection refused
done
  File \"x.py\", line 3
    if x
        ^
SyntaxError: expected ':'
Traceback (most recent call last):
  File \"<stdin>\", line 1, in <module>
ValueError: not in a file
";
    assert_eq!(
        found(log),
        [
            "8 error /app/db.py:7:- psycopg.OperationalError: connection refused",
            "13 error x.py:3:- SyntaxError: expected ':'",
        ]
    );
}

#[test]
fn pytest() {
    let log = "\
=========================== short test summary info ============================
FAILED tests/test_x.py::test_y - assert 1 == 2
FAILED tests/test_x.py::TestA::test_z[a-b] - ValueError: no
ERROR tests/test_w.py - ImportError: cannot import name 'q'
ERROR could not connect to db.py
========================= 2 failed, 3 passed in 0.12s ==========================
";
    assert_eq!(
        found(log),
        [
            "1 error tests/test_x.py:-:- tests/test_x.py::test_y: assert 1 == 2",
            "2 error tests/test_x.py:-:- tests/test_x.py::TestA::test_z[a-b]: ValueError: no",
            "3 error tests/test_w.py:-:- tests/test_w.py: ImportError: cannot import name 'q'",
        ]
    );
}

#[test]
fn maven_javac_and_kotlinc() {
    let log = "\
[INFO] -------------------------------------------------------------
[ERROR] COMPILATION ERROR :
[ERROR] /src/App.java:[12,5] cannot find symbol
  symbol:   variable x
[WARNING] /src/B.java:[3] deprecated
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile
[ERROR] /src/App.java:[12,5] cannot find symbol
Main.java:3: error: ';' expected
e: file:///src/A.kt:3:5 Unresolved reference 'y'.
w: file:///src/A.kt:7:1 Variable 'z' is never used
";
    assert_eq!(
        found(log),
        [
            "2 error /src/App.java:12:5 cannot find symbol",
            "4 warning /src/B.java:3:- deprecated",
            "7 error Main.java:3:- ';' expected",
            "8 error /src/A.kt:3:5 Unresolved reference 'y'.",
            "9 warning /src/A.kt:7:1 Variable 'z' is never used",
        ]
    );
}

#[test]
fn shells_and_shellcheck() {
    let log = "\
deploy.sh:3:5: note: Double quote to prevent globbing and word splitting. [SC2086]
./deploy.sh: line 12: kops: command not found
bash: line 1: kops: command not found
/app/run: line 3: X: unbound variable
PHP Parse error:  syntax error, unexpected '}' in /srv/x.php on line 7
";
    assert_eq!(
        found(log),
        [
            "0 notice deploy.sh:3:5 Double quote to prevent globbing and word splitting. [SC2086]",
            "1 error deploy.sh:12:- kops: command not found",
            "3 error /app/run:3:- X: unbound variable",
            "4 error /srv/x.php:7:- Parse error:  syntax error, unexpected '}'",
        ]
    );
}

#[test]
fn terraform() {
    let plain = "
Error: Unsupported argument

  on main.tf line 3, in resource \"null_resource\" \"x\":
   3:   foo = 1

An argument named \"foo\" is not expected here.
";
    assert_eq!(found(plain), ["3 error main.tf:3:- Unsupported argument"]);
    let boxed = "\
╷
│ Warning: Deprecated attribute
│ 
│   on modules/a/main.tf line 12:
│   12:   x = y
╵
╷
│ Error: Error acquiring the state lock
│ 
│ Error message: ConditionalCheckFailedException
╵
Error: not of terraform
";
    assert_eq!(
        found(boxed),
        [
            "3 warning modules/a/main.tf:12:- Deprecated attribute",
            "10 error -:-:- Error acquiring the state lock"
        ]
    );
}

#[test]
fn eslint() {
    let log = "
/app/src/x.js
   3:5   error    Unexpected var, use let or const instead  no-var
  12:10  warning  Missing return type on function            @typescript-eslint/explicit-function-return-type

/app/src/y.ts
  1:1  error  Parsing error: Unexpected token

✖ 3 problems (2 errors, 1 warning)
";
    assert_eq!(
        found(log),
        [
            "2 error /app/src/x.js:3:5 Unexpected var, use let or const instead (no-var)",
            "3 warning /app/src/x.js:12:10 Missing return type on function (@typescript-eslint/explicit-function-return-type)",
            "6 error /app/src/y.ts:1:1 Parsing error: Unexpected token",
        ]
    );
}

#[test]
fn what_is_said_twice_is_one_annotation() {
    let line = "x.c:3:5: error: no\n";
    assert_eq!(found(&line.repeat(3)).len(), 1);
}

#[test]
fn the_user_says_which_tools_and_levels() {
    let log = "x.c:3:5: error: e\nx.c:4:5: warning: w\n./x.go:3:5: g\n";
    let lines = |config: &str| annotations(config, log).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
    assert_eq!(lines(r#"{"tools":["go"]}"#), [2]);
    assert_eq!(lines(r#"{"levels":["warning"]}"#), [1]);
    assert_eq!(lines(r#"{"tools":[]}"#), [0; 0]);
    let below = annotations(r#"{"root":"/app/"}"#, "/app/src/a.c:1:1: error: e\n");
    assert_eq!(below[0].1["file"], "src/a.c");
}

/// Times, addresses, stack traces, access logs, words of error in sentences.
#[test]
fn ordinary_lines_are_no_annotations() {
    let log = ordinary::LINES.join("\n") + "\n";
    assert_eq!(found(&log), [""; 0]);
    // Nor does any of them become one behind another, whichever comes first.
    for pair in ordinary::LINES.windows(2) {
        let log = format!("{}\n{}\n", pair[1], pair[0]);
        assert_eq!(found(&log), [""; 0], "{log}");
    }
}

proptest! {
    /// Whatever comes: no line is changed, and none fails the filter.
    #[test]
    fn any_log_passes(log in "(\\PC|[ :(),0-9\\n\\[\\]]|error: |\\.c|  File \"|, line | --> |Error: |│ |x\\.js\\n){0,200}") {
        annotations("{}", &(log + "\n"));
    }

    /// Where batches end makes no difference.
    #[test]
    fn batches_make_no_difference(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("error[E1]: m"), Just(" --> a.rs:1:2"), Just("Traceback (most recent call last):"),
                Just("  File \"a.py\", line 3, in f"), Just("    x()"), Just("E: m"), Just("/a/x.js"),
                Just("  1:2  error  m  r"), Just(""), Just("│ Error: m"), Just("│   on a.tf line 3:"), Just("x"),
                Just("a.c:1: error: m"),
            ],
            1..20,
        ),
        cuts: Vec<usize>,
    ) {
        let log = lines.join("\n") + "\n";
        let whole: Vec<_> = annotations("{}", &log);
        let ends: Vec<usize> = log.match_indices('\n').map(|(at, _)| at + 1).collect();
        let cuts: Vec<usize> = cuts.iter().map(|cut| ends[cut % ends.len()]).collect();
        let mut filter = testing::filter::<Annotations>("{}").expect("accepted");
        filter.run_cut(log.as_bytes(), &cuts);
        let cut: Vec<_> = filter
            .labels()
            .iter()
            .map(|label| (label.line, serde_json::from_str::<Value>(&label.value).expect("JSON")))
            .collect();
        prop_assert_eq!(cut, whole);
    }
}
