//! What must not get through, and what must stay as it is.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use regex::bytes::RegexBuilder;
use sortie_lines::Found;
use sortie_lines::Gate;
use sortie_lines::LineBatch;
use sortie_plugin_sdk::Batch;
use sortie_plugin_sdk::Edits;
use sortie_plugin_sdk::Hit;
use sortie_plugin_sdk::Interest;
use sortie_plugin_sdk::Pattern;
use sortie_plugin_sdk::Severity;
use sortie_plugin_sdk::testing;
use sortie_plugin_sdk::testing::FakeEnvironment;
use sortie_plugin_sdk::testing::FilterDriver;

use crate::Config;
use crate::Redactor;
use crate::builtin;
use crate::builtin::Part;
use crate::config::Secret;
use crate::stream::HELD;
use crate::stream::WINDOW;

fn redact(json: &str) -> FilterDriver<Redactor> {
    testing::filter(json).unwrap_or_else(|findings| panic!("refused: {findings:?}"))
}

fn masked(json: &str, log: &str) -> String {
    String::from_utf8(redact(json).run(log.as_bytes())).expect("UTF-8")
}

/// The findings of a configuration that is refused.
fn refused(json: &str, environment: &FakeEnvironment) -> Vec<(String, String)> {
    match testing::filter_in::<Redactor>(json, environment) {
        Ok(_) => panic!("not refused: {json}"),
        Err(findings) => findings.into_iter().map(|finding| (finding.path, finding.message)).collect(),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED

MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpI
q83Ea9PqMnHtaTzX9NBLcSMgIFKQ8ZnxGhDcAbcDeFgHiJkLmNoPqRsTuVwXyZ01
c2hvcnQ=
-----END RSA PRIVATE KEY-----
";

/// Each line: rule, what is in the log, what must be gone.
fn tokens() -> Vec<(&'static str, String, String)> {
    let body = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5";
    let hex = "0123456789abcdef".repeat(4);
    let mut tokens = Vec::new();
    let mut whole = |rule, token: String| tokens.push((rule, format!("x {token} y"), token));
    whole("aws", "AKIAIOSFODNN7EXAMPLE".replace("EXAMPLE", "EXAMPL2"));
    whole("aws", "ASIAIOSFODNN7EXAMPL2".to_owned());
    for prefix in ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"] {
        whole("github", format!("{prefix}{body}"));
    }
    whole("github", format!("github_pat_11ABCDEFG0{body}_{body}"));
    whole("gitlab", "glpat-aB3dE5gH7jK9mN1pQ3sT".to_owned());
    whole("gitlab", "glpat-aB3dE5gH7jK9mN1pQ3sTabcdefg.01.0a1b2c3d4".to_owned());
    whole("gitlab", "GR1348941aB3dE5gH7jK9mN1pQ3sT".to_owned());
    whole("slack", "xoxb-123456789012-123456789012-aB3dE5gH7jK9".to_owned());
    whole("slack", "xoxe.xoxp-1-aB3dE5gH7jK9mN1p".to_owned());
    whole("stripe", "sk_live_aB3dE5gH7jK9mN1pQ3sT5vW7".to_owned());
    whole("google", format!("AIza{}", &body[..35]));
    whole("npm", format!("npm_{body}"));
    whole("pypi", format!("pypi-AgEIcHlwaS5vcmc{body}{body}"));
    whole("docker", format!("dckr_pat_{body}"));
    whole("digitalocean", format!("dop_v1_{hex}"));
    whole("sendgrid", format!("SG.{}.{body}", &body[..22]));
    whole("anthropic", format!("sk-ant-api03-{body}-{body}"));
    whole("jwt", format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{body}"));
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    for context in [
        "AWS_SECRET_ACCESS_KEY=%",
        "aws_secret_access_key = %",
        "\"SecretAccessKey\": \"%\",",
        "{\\\"secretAccessKey\\\":\\\"%\\\"}",
        "secret_key: '%'",
    ] {
        tokens.push(("aws", context.replace('%', secret), secret.to_owned()));
    }
    for context in [
        "postgres://app:%@db.internal:5432/app",
        "redis://:%@cache:6379",
        "https://user:%@example.com/x?y#z",
        "mongodb+srv://u:a@%@host/",
    ] {
        tokens.push(("url", context.replace('%', "hunter2.Pa-ss"), "hunter2.Pa-ss".to_owned()));
    }
    for context in [
        "Authorization: Bearer %",
        "authorization: Basic %",
        "> AUTHORIZATION:bearer %",
        "{\"Authorization\": \"token %\"}",
        "-H 'Authorization: %'",
        "Authorization: Bot %",
        "Proxy-Authorization: SharedKey-Lite %",
        "authorization=%",
        "{\\\"authorization\\\":\\\"Bearer %\\\"}",
        "curl --oauth2-bearer BEARER %",
    ] {
        tokens.push((
            "authorization",
            context.replace('%', "dXNlcjpwYXNzd29yZA=="),
            "dXNlcjpwYXNzd29yZA".to_owned(),
        ));
    }
    tokens
}

#[test]
fn every_token_format_is_masked_alone_and_with_all_others() {
    for (rule, line, secret) in tokens() {
        for json in ["{}".to_owned(), format!(r#"{{"builtin":["{rule}"]}}"#)] {
            for (before, after) in [("", ""), ("\r", "\r\n"), ("a\n", "\nb\n")] {
                let log = format!("{before}{line}{after}");
                let out = masked(&json, &log);
                assert!(!out.contains(&secret), "{json} {log:?} -> {out:?}");
                assert!(out.contains("***"));
            }
        }
        assert_eq!(masked(r#"{"builtin":false}"#, &line), format!("{line}\n"));
    }
}

/// What the anchors are worth, and the lines that the host is asked for: nothing that a rule takes for a secret
/// may be missed for want of one.
#[test]
fn whatever_a_rule_takes_for_a_secret_is_masked() {
    let mut runner = TestRunner::deterministic();
    for rule in builtin::rules() {
        let expression = RegexBuilder::new(rule.expression).unicode(false).build().expect("an expression");
        // Nothing is generated from the boundaries of words: most of what is made has them.
        let unbound = rule.expression.replace(r"\b", "");
        let matches = proptest::string::bytes_regex(&format!("(?-u){unbound}")).expect("generates");
        let lines = ("[a-zA-Z /:]{0,6}", matches, "[ \"',]?|[a-zA-Z0-9+/]{20}")
            .prop_map(|(before, token, after)| [before.as_bytes(), &token, after.as_bytes()].concat());
        let alone = format!(r#"{{"builtin":["{}"]}}"#, rule.name);
        for _ in 0..24 {
            let line = lines.new_tree(&mut runner).expect("generates").current();
            let Some(captures) = expression.captures(&line) else { continue };
            let whole = captures.get(0).expect("group 0");
            let secret = match rule.part {
                Part::Whole => Some((whole.start(), whole.end())),
                Part::Group => captures
                    .get(1)
                    .filter(|group| !builtin::is_no_secret(group.as_bytes()))
                    .map(|group| (group.start(), group.end())),
                Part::Found(find) => find(&line, (whole.start(), whole.end())),
            };
            let Some((start, end)) = secret.filter(|(start, end)| start < end) else { continue };
            let secret = &line[start..end];
            let out = redact(&alone).run(&line);
            let line = String::from_utf8_lossy(&line);
            assert!(contains(&out, b"***"), "{}: {line:?}", rule.expression);
            // Something as short may stand somewhere else in the line.
            assert!(secret.len() < 8 || !contains(&out, secret), "{}: {line:?}", rule.expression);
        }
    }
}

/// A line of the example of a rule; and that it is taken for a secret, alone and between others.
#[test]
fn every_example_is_masked() {
    let mut runner = TestRunner::deterministic();
    for rule in builtin::rules() {
        let parts: Vec<String> = rule.example.split(['{', '}']).map(str::to_owned).collect();
        let mut expression = String::new();
        for (index, part) in parts.iter().enumerate() {
            let class = |class: &str, count: &str| format!("[{class}]{{{count}}}");
            expression.push_str(&match part.split_at_checked(1) {
                Some((kind, count)) if index % 2 == 1 => match kind {
                    "a" | "p" => class("A-Za-z0-9", count),
                    "A" => class("A-Z0-9", count),
                    "B" => class("A-Z2-7", count),
                    "b" => class("A-Za-z0-9+/", count),
                    "d" => class("0-9", count),
                    "h" => class("0-9a-f", count),
                    "H" => class("0-9A-F", count),
                    "l" => class("0-9a-z", count),
                    "u" => class("A-Za-z0-9_-", count),
                    "w" => class("a-z", count),
                    _ => panic!("{}: no alphabet is called {kind}", rule.example),
                },
                _ => regex::escape(part),
            });
        }
        let examples = proptest::string::string_regex(&expression).expect("generates");
        let alone = format!(r#"{{"builtin":["{}"]}}"#, rule.name);
        let masks = |line: &str| masked(&alone, line) != format!("{line}\n");
        let count = (0..20)
            .filter(|_| {
                let example = examples.new_tree(&mut runner).expect("generates").current();
                masks(&example) && masks(&format!("a {example} b"))
            })
            .count();
        // Random letters are words once in a while.
        assert!(count >= 17, "{} {}: {count} of 20", rule.name, rule.example);
    }
}

#[test]
fn ordinary_lines_stay_as_they_are() {
    let log = "GET http://example.com:8080/a@b?x=y@z 200\n\
        postgres://db.internal:5432/app\n\
        {\"addr\":\"http://localhost:3000\",\"owner\":\"bob@example.com\"}\n\
        <a href='http://10.0.0.1:80'>bob@example.com</a>\n\
        listening on `http://localhost:3000`, ask ops@example.com\n\
        npm_config_registry=https://registry.example/\n\
        npm WARN npm_lifecycle_event\n\
        ssh://git@example.com/repo.git\n\
        -----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n\
        the secret key is under the mat\n\
        authorization failed for bearer of bad news\n\
        authorization=ok, Authorization: granted for user 3\n\
        TagResourceAuthorization => x, authorization: denied /api/v1/users/list\n\
        {\"authorization\":\"required\",\"status\":401}\n\
        Authorization: unauthenticated (see https://example.com/docs/authorization)\n\
        2026-01-01T00:00:00Z INFO Asia/ASIA eyJ SG. hf_ dapi\n\
        sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n\
        \n";
    assert_eq!(masked("{}", log), log);
    assert_eq!(redact("{}").run(b"\xff\xfe\x00\x80 binary\n"), b"\xff\xfe\x00\x80 binary\n");
}

#[test]
fn literals() {
    let config = |values: &str| format!(r#"{{"builtin":false,"values":{values}}}"#);
    for (values, log, out) in [
        (r#"["hunter2"]"#, "hunter2", "***\n"),
        (r#"["hunter2"]"#, "a hunter2", "a ***\n"),
        (r#"["hunter2"]"#, "hunter2 b\r\n", "*** b\r\n"),
        (r#"["hunter2"]"#, "hunter2hunter2", "***\n"),
        (r#"["hunter2"]"#, "hunter", "hunter\n"),
        (r#"["a.*(b)[c]+$"]"#, "x a.*(b)[c]+$ axxb", "x *** axxb\n"),
        (r#"["abcdef","cdefgh"]"#, "abcdefgh", "***\n"),
        (r#"["abcdef","abcdefgh"]"#, "abcdefgh abcdef", "*** ***\n"),
        (r#"["abcd","abcdefgh","efgh12"]"#, "_abcdefgh12_", "_***_\n"),
        (r#"["aaaa"]"#, "aaaaaa b", "*** b\n"),
        (r#"["hunter2\n"]"#, "hunter2!", "***!\n"),
        (
            r#"["first line\r\nsecond line\r\nxy"]"#,
            "1 first line\n2 second line\n3 xy\n",
            "1 ***\n2 ***\n3 ***\n",
        ),
        (r#"["pä$$wörd"]"#, r#"{"p":"p\u00e4$$w\u00f6rd"}"#, "{\"p\":\"***\"}\n"),
        (r#"["s3cr3t/+ x"]"#, "GET /?q=s3cr3t%2F%2B%20x&r=s3cr3t%2f%2b+x", "GET /?q=***&r=***\n"),
    ] {
        assert_eq!(masked(&config(values), log), out, "{values} {log:?}");
    }
}

#[test]
fn a_value_in_base64_is_masked_at_every_alignment() {
    // base64 of "user:s3cr3t-value", "xs3cr3t-value!" and "s3cr3t-value".
    for encoded in ["dXNlcjpzM2NyM3QtdmFsdWU=", "eHMzY3IzdC12YWx1ZSE=", "czNjcjN0LXZhbHVl"] {
        let out = masked(r#"{"builtin":false,"values":["s3cr3t-value"]}"#, encoded);
        assert!(out.contains("***"), "{encoded} -> {out}");
    }
}

#[test]
fn invalid_utf8_around_a_secret_is_kept() {
    let mut driver = redact(r#"{"values":["hunter2"]}"#);
    assert_eq!(driver.run(b"\xff\xfehunter2\x80\xff\n\xc3"), b"\xff\xfe***\x80\xff\n\xc3\n");
}

#[test]
fn patterns_of_the_user() {
    assert_eq!(masked(r#"{"builtin":false,"patterns":["id-[0-9]+"]}"#, "a id-77 b id-8"), "a *** b ***\n");
    assert_eq!(
        masked(r#"{"builtin":false,"patterns":["pin: (?P<secret>[0-9]+) (ok)"]}"#, "pin: 1234 ok"),
        "pin: *** ok\n"
    );
    // A group without that name narrows nothing.
    assert_eq!(masked(r#"{"builtin":false,"patterns":["(a)bc"]}"#, "abc"), "***\n");
    // White space and negated classes do not reach over a line's end.
    assert_eq!(masked(r#"{"builtin":false,"patterns":["a\\s+[^x]c"]}"#, "a \n bc\na  bc"), "a \n bc\n***\n");
}

#[test]
fn patterns_with_anchors_hit_on_every_line() {
    let config = r#"{"builtin":false,"patterns":["^pin [0-9]+","[a-z]+!$"]}"#;
    assert_eq!(
        masked(config, "pin 1\npin 22\nno pin 3\nabc!\r\nx abc!"),
        "***\n***\nno pin 3\n***\r\nx ***\n"
    );
}

#[test]
fn patterns_may_all_name_their_secret() {
    let config = r#"{"builtin":false,"patterns":["pw=(?P<secret>\\S+)","pin=(?P<secret>[0-9]+)"]}"#;
    assert_eq!(masked(config, "pw=abc pin=12"), "pw=*** pin=***\n");
}

#[test]
fn a_pattern_that_needs_a_newline_is_refused() {
    let config = r#"{"builtin":false,"patterns":["password=(\\S+)\r\n"]}"#;
    let refused = testing::filter_in::<Redactor>(config, &FakeEnvironment::new());
    assert!(refused.is_err(), "it would never match a line");
}

/// On one line, and without the pattern, which may be a secret.
#[test]
fn a_pattern_that_is_none_is_said_with_its_place() {
    for (pattern, why) in [
        ("(hunter2", "unclosed group, at its character 1"),
        ("hunter2[", "unclosed character class, at its character 8"),
        ("hunter2{3,1}", "invalid repetition count range, the start must be <= the end, at its character 8"),
    ] {
        let config = serde_json::json!({ "patterns": ["ok", pattern] }).to_string();
        let findings = refused(&config, &FakeEnvironment::new());
        assert_eq!(findings, [("/patterns/1".to_owned(), why.to_owned())]);
    }
}

#[test]
fn a_private_key_is_masked_to_its_end() {
    let log = format!("before\n{KEY}after\n");
    assert_eq!(masked("{}", &log), "before\n***\n***\n\n***\n***\n***\n***\nafter\n");
    let on_one_line = format!("{{\"key\":\"{}\"}} tail", KEY.trim().replace('\n', "\\n"));
    assert_eq!(masked("{}", &on_one_line), "{\"key\":\"***\"} tail\n");
}

#[test]
fn a_private_key_without_an_end_is_given_up() {
    let log = format!("-----BEGIN PRIVATE KEY-----\n{}done\n", "x\n".repeat(400));
    let out = masked("{}", &log);
    assert!(out.ends_with("x\ndone\n"));
    assert!((2..=5).contains(&out.matches("***").count()), "{out}");
}

/// 64 letters of base64, always the same for the same number.
fn key_line(number: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..64).map(|at| char::from(LETTERS[(number * 31 + at * 37 + at * at) % 64])).collect()
}

#[test]
fn what_only_mentions_a_private_key_hides_no_log() {
    let ordinary = "Applying 3 changes\nGET https://example.com/ 200\n".repeat(200);
    for mention in [
        "error: no -----BEGIN RSA PRIVATE KEY----- in key.pem",
        "grep -c 'BEGIN OPENSSH PRIVATE KEY' *.pem",
        "{\"key\":\"-----BEGIN RSA PRIVATE KEY-----.....\"}",
        "-----BEGIN PRIVATE KEY-----",
    ] {
        let out = masked("{}", &format!("{mention}\n{ordinary}"));
        assert!(out.ends_with(&ordinary), "{mention}: {}", &out[..200]);
    }
}

#[test]
fn a_private_key_of_any_length_is_masked_whatever_stands_before_its_lines() {
    for prefix in ["", "2026-11-25T10:00:00Z app | ", "\t\"", "+ "] {
        let line = |text: String| format!("{prefix}{text}\n");
        let body: String = (0..700).map(|number| line(key_line(number))).collect();
        let begin = line("-----BEGIN PGP PRIVATE KEY BLOCK-----".to_owned());
        let headers = format!("{}{}", line("Version: GnuPG v2".to_owned()), line(String::new()));
        let end = line("-----END PGP PRIVATE KEY BLOCK-----".to_owned());
        let log = format!("{begin}{headers}{body}{}{end}after\n", line("=aB3d".to_owned()));
        let out = masked("{}", &log);
        assert!((0..700).all(|number| !out.contains(&key_line(number))), "{prefix:?}");
        assert!(!out.contains("aB3d") && out.ends_with("after\n"), "{prefix:?}: {out}");
    }
}

#[test]
fn a_key_that_follows_a_mention_is_masked() {
    let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", key_line(1));
    let log = format!("no -----BEGIN PRIVATE KEY----- yet\nan ordinary line.\n{key}after it.\n");
    let out = masked("{}", &log);
    assert_eq!(out, "no ***\nan ordinary line.\n***\n***\n***\nafter it.\n");
}

#[test]
fn a_private_key_is_followed_over_batches() {
    let log = format!("before\n{KEY}after\n");
    let whole = redact("{}").run(log.as_bytes());
    for cut in 0..log.len() {
        assert_eq!(redact("{}").run_cut(log.as_bytes(), &[cut]), whole, "cut at {cut}");
    }
    let each_byte: Vec<usize> = (0..log.len()).collect();
    assert_eq!(redact("{}").run_cut(log.as_bytes(), &each_byte), whole);
}

#[test]
fn a_stream_that_ends_inside_of_a_line_is_masked_too() {
    let mut driver = redact(r#"{"values":["hunter2"]}"#);
    driver.push(&testing::Chunk { lines: vec![b"ok".to_vec(), b"a hunt".to_vec()], partial: true });
    driver.push(&testing::Chunk { lines: vec![b"er2 b".to_vec()], partial: true });
    assert_eq!(driver.finish(), b"ok\na *** b\n");
}

#[test]
fn environment() {
    let environment = FakeEnvironment::new().set("TOKEN", "hunter2").unset("UNSET").not_unicode("RAW");
    let json = r#"{"env":["TOKEN","UNSET"]}"#;
    let mut driver = testing::filter_in::<Redactor>(json, &environment).expect("accepted");
    assert_eq!(driver.findings().len(), 1);
    assert_eq!(driver.findings()[0].severity, Severity::Warning);
    assert_eq!(driver.findings()[0].path, "/env/1");
    let needs: Vec<&str> = driver.needs().iter().map(|need| need.argument.as_str()).collect();
    assert_eq!(needs, ["TOKEN", "UNSET"]);
    assert_eq!(driver.run(b"a hunter2"), b"a ***\n");

    let findings = refused(r#"{"env":["TOKEN","OTHER","RAW"]}"#, &environment);
    assert_eq!(findings[0].0, "/env/1");
    assert!(findings[0].1.contains("\"env:OTHER\""), "{}", findings[0].1);
    assert_eq!(findings[1].0, "/env/2");
}

#[test]
fn doubts_about_a_value_are_said_without_it() {
    let environment = FakeEnvironment::new().set("STAGE", "Production").set("KEY", "{\n\"key\": 1\n}\n");
    let json = r#"{"values":["8080"],"env":["STAGE","KEY"]}"#;
    let driver = testing::filter_in::<Redactor>(json, &environment).expect("accepted");
    let said: Vec<(Severity, &str)> =
        driver.findings().iter().map(|finding| (finding.severity, finding.message.as_str())).collect();
    assert_eq!(
        said,
        [
            (
                Severity::Warning,
                "the value is an ordinary word or number: it is masked wherever it stands, in other words too; \
                 a secret should be longer"
            ),
            (
                Severity::Warning,
                "STAGE is an ordinary word or number: it is masked wherever it stands, in other words too; \
                 a secret should be longer"
            ),
            (
                Severity::Note,
                "2 lines of KEY are shorter than 4 bytes: not masked, for other lines hold the same"
            ),
        ]
    );
}

#[test]
fn what_can_not_be_used_is_refused_with_its_place_and_without_its_value() {
    for (json, path) in [
        (r#"{"values":["ok-value","q7"]}"#, "/values/1"),
        (r#"{"values":["q7\nq8\nq9"]}"#, "/values/0"),
        (r#"{"patterns":["ok","q7("]}"#, "/patterns/1"),
        (r#"{"patterns":["q7|"]}"#, "/patterns/0"),
        (r#"{"builtin":["githb"]}"#, "/builtin/0"),
        (r#"{"mask":"a\nb"}"#, "/mask"),
        (r#"{"mask":"hunter2","values":["hunter2"]}"#, "/mask"),
        (r#"{"min-length":0,"values":["hunter2"]}"#, "/min-length"),
        (r#"{"valeus":[]}"#, "/valeus"),
    ] {
        let findings = refused(json, &FakeEnvironment::new());
        assert_eq!(findings[0].0, path, "{json}");
        if path.starts_with("/values") {
            assert!(!findings[0].1.contains("q7"), "{}", findings[0].1);
        }
    }
    assert!(refused(r#"{"builtin":["githb"]}"#, &FakeEnvironment::new())[0].1.contains("`github`"));
    assert_eq!(masked(r#"{"values":["q7"],"min-length":2}"#, "q7"), "***\n");
}

/// What the host does with interests, line by line.
fn hit(interests: &[Interest], line: &[u8]) -> bool {
    interests.iter().any(|interest| match &interest.pattern {
        Pattern::Literal(literal) => contains(line, literal),
        Pattern::Regex(expression) => {
            RegexBuilder::new(expression).unicode(false).build().expect("an expression").is_match(line)
        }
    })
}

#[test]
fn interests_do_not_hit_ordinary_lines() {
    let interests = redact("{}").interests().expect("interests");
    for line in [
        "10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"GET https://example.com/ HTTP/1.1\" 200 512",
        "{\"level\":\"info\",\"msg\":\"request\",\"url\":\"http://10.1.2.3:8080/healthz\",\"count\":3}",
        "2026-01-01 INFO com.example.Main - Started in 3.2 seconds",
    ] {
        assert!(!hit(&interests, line.as_bytes()), "{line}");
    }
}

const CONFIG: &str = r#"{"values":["hunter2","ter2xx","line one\nline two"],"patterns":["id-[0-9]+x"]}"#;
const SECRETS: &[&str] = &["hunter2", "ter2xx", "line one", "line two", "id-123x"];

/// Logs made of what matters: secrets, their parts, tokens, keys, and what stands around them.
fn log() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        3 => proptest::sample::select(SECRETS.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        2 => proptest::sample::select(tokens()).prop_map(|(_, line, _)| line.into_bytes()),
        1 => proptest::sample::select(vec![
            "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "-----BEGIN ", "PRIVATE KEY",
            "AKIA", "eyJ", "://", ":", "@", "Bearer ", "ghp_", "hunte", "r2", "authorization:", "id-1",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b" ".to_vec()),
        2 => proptest::collection::vec(any::<u8>(), 0..12),
        1 => "[a-zA-Z0-9+/]{0,70}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

#[test]
fn what_looks_like_a_key_after_its_end_is_masked_in_pieces_too() {
    let log = b"-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----\n\
        MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpI\nordinary\n";
    assert_eq!(redact(CONFIG).run(log), b"***\n***\nordinary\n");
    assert_eq!(redact(CONFIG).run_cut(log, &[54, 70]), b"***\n***\nordinary\n");
}

proptest! {
    // Each case compiles some redactors, which is slow where nothing is optimised.
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn batches_and_pieces_make_no_difference(log in log(), cuts in proptest::collection::vec(0..600_usize, 0..12)) {
        let whole = redact(CONFIG).run(&log);
        prop_assert_eq!(redact(CONFIG).run_cut(&log, &cuts), &whole[..]);
        for secret in SECRETS {
            prop_assert!(!contains(&whole, secret.as_bytes()), "{} got through", secret);
        }
    }

    #[test]
    fn the_gate_of_the_host_makes_no_difference(log in log()) {
        let whole = redact(CONFIG).ungated().run(&log);
        prop_assert_eq!(&redact(CONFIG).run(&log), &whole);
        let mut driver = redact(CONFIG).ungated();
        let interests = driver.interests().expect("interests");
        let mut gated = Vec::new();
        let lines: Vec<&[u8]> = log.strip_suffix(b"\n").unwrap_or(&log).split(|byte| *byte == b'\n').collect();
        for line in lines {
            if log.is_empty() {
                break;
            }
            if driver.follow() || hit(&interests, line) {
                driver.push(&testing::Chunk { lines: vec![line.to_vec()], partial: false });
                gated.extend(driver.take_output());
            } else {
                gated.extend_from_slice(line);
                gated.push(b'\n');
            }
        }
        gated.extend(driver.finish());
        prop_assert_eq!(gated, whole);
    }
}

fn to_host(interest: Interest) -> sortie_lines::Interest {
    let pattern = match interest.pattern {
        Pattern::Literal(literal) => sortie_lines::Pattern::Literal(literal),
        Pattern::Regex(expression) => sortie_lines::Pattern::Regex(expression),
    };
    sortie_lines::Interest { pattern, opens: interest.opens }
}

/// The edits of each batch of a log, and what is held back at its end: with the hits of the native search
/// and without.
fn edits(json: &str, log: &[u8], cuts: &[usize], with_hits: bool) -> (Vec<Edits>, Vec<u8>) {
    let config: Config = serde_json::from_str(json).expect("a configuration");
    let secrets = config.values.iter().map(|value| Secret { path: String::new(), value: value.clone() });
    let mut redactor = Redactor::new(&config, &secrets.collect::<Vec<_>>()).expect("accepted");
    let interests: Vec<_> = redactor.search().interests().into_iter().map(to_host).collect();
    let gate = Gate::new(&interests).expect("its interests can be searched");
    let mut found = Found::default();
    let mut all = Vec::new();
    for chunk in testing::chunks(log, cuts) {
        let mut batch = LineBatch { partial: chunk.partial, ..LineBatch::default() };
        chunk.lines.iter().for_each(|line| batch.push(line, 0));
        let lines = Batch::new(&batch.bytes, &batch.ends, batch.partial);
        let mut edits = Edits::default();
        if with_hits {
            gate.search_hits(&batch, &mut found);
            assert!(found.complete);
            let local = |hit: &sortie_lines::Hit| Hit {
                line: hit.line,
                interest: hit.interest,
                start: hit.start,
                end: hit.end,
            };
            let hits: Vec<Hit> = found.hits.iter().map(local).collect();
            redactor.process_hits(lines, &hits, &mut edits);
        } else {
            redactor.process(lines, &mut edits);
        }
        all.push(edits);
    }
    let mut rest = Vec::new();
    redactor.finish(&mut rest);
    (all, rest)
}

/// What is printed, given what was done to each batch.
fn printed(log: &[u8], cuts: &[usize], edits: &[Edits]) -> Vec<Vec<u8>> {
    let mut printed = Vec::new();
    for (chunk, edits) in testing::chunks(log, cuts).iter().zip(edits) {
        let (mut edit, mut at) = (edits.edits().iter().peekable(), 0);
        for (index, line) in chunk.lines.iter().enumerate() {
            match edit.next_if(|edit| edit.line as usize == index) {
                Some(edit) => {
                    printed.push(edits.bytes()[at..edit.end as usize].to_vec());
                    at = edit.end as usize;
                }
                None => printed.push(line.clone()),
            }
        }
    }
    printed
}

/// Of every kind that is searched otherwise: at its beginning, anywhere, with a group, by its ends.
const KINDS: &str = r#"{
    "values": ["hunter2", "ter2xx", "hunter2/aa", "line one\nline two"],
    "patterns": ["id-[0-9]+x", "pin=(?P<secret>[0-9]+);?", "[0-9]{4}\\b", "^x+", "y$", "(?i:tok)[a-z]*"]
}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn hits_make_no_difference(
        log in log(),
        cuts in proptest::collection::vec(0..600_usize, 0..12),
        twice in any::<bool>(),
    ) {
        let log = if twice { [&log[..], b" ", &log[..]].concat() } else { log };
        let (with, rest_with) = edits(KINDS, &log, &cuts, true);
        let (without, rest) = edits(KINDS, &log, &cuts, false);
        prop_assert_eq!(printed(&log, &cuts, &with), printed(&log, &cuts, &without));
        prop_assert_eq!(rest_with, rest);
    }
}

#[test]
fn hits_make_no_difference_to_long_lines() {
    for length in [WINDOW - 20, WINDOW, WINDOW + 1, 3 * WINDOW] {
        let mut log = b"hunter2\na hunter2 ".to_vec();
        log.resize(length, b'.');
        log.extend_from_slice(b" hunter2 id-1x\nx hunter2\n");
        for cuts in [&[][..], &[length / 2][..], &[9, length][..]] {
            assert!(edits(KINDS, &log, cuts, true) == edits(KINDS, &log, cuts, false), "{length} {cuts:?}");
        }
    }
}

#[test]
fn secrets_at_every_place_of_a_window_are_masked_for_any_pieces() {
    let secret = "hunter2-hunter2";
    let config = format!(r#"{{"values":["{secret}"]}}"#);
    for offset in [0, 1, WINDOW - HELD, WINDOW - HELD - 7, WINDOW - 7, WINDOW, 2 * (WINDOW - HELD) - 7] {
        let mut log = vec![b'.'; offset];
        log.extend_from_slice(secret.as_bytes());
        log.resize(offset + 3 * WINDOW / 2, b'.');
        log.extend_from_slice(secret.as_bytes());
        log.extend_from_slice(b"\nnext\n");
        let whole = redact(&config).run(&log);
        assert!(!contains(&whole, secret.as_bytes()), "{offset}");
        assert_eq!(whole.len(), log.len() - 2 * (secret.len() - 3), "{offset}");
        for step in [WINDOW / 3, WINDOW, WINDOW + 1, offset.max(1), offset + 7] {
            let cuts: Vec<usize> = (0..log.len()).step_by(step).collect();
            assert!(redact(&config).run_cut(&log, &cuts) == whole, "{offset} by {step}");
        }
    }
}

#[test]
fn a_match_longer_than_what_is_held_masks_the_rest_of_its_line() {
    let config = r#"{"builtin":false,"patterns":["begin-[a-z]+"]}"#;
    let mut log = b"x begin-".to_vec();
    log.resize(3 * WINDOW, b'a');
    log.extend_from_slice(b" tail\nnext\n");
    assert_eq!(redact(config).run(&log), b"x ***\nnext\n");
}

#[test]
fn a_private_key_begins_and_ends_in_what_is_masked_already() {
    // A token that is longer than what is held masks the rest of its line, which is not printed and
    // must be read all the same.
    let config = r#"{"patterns":["begin-[a-z]+"]}"#;
    let token = format!("begin-{}", "a".repeat(3 * WINDOW / 2));
    let body = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\n";
    let begins =
        format!("{token} -----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\nnext\n");
    assert_eq!(masked(config, &begins), "***\n***\n***\nnext\n");
    let far = "x".repeat(2 * WINDOW);
    let begins = format!("{token} {far}-----BEGIN RSA PRIVATE KEY-----{far}\n{body}next\n");
    assert!(masked(config, &begins).starts_with("***\n***\n"));
    let ends = format!("{token} -----BEGIN RSA PRIVATE KEY-----{far}-----END RSA PRIVATE KEY-----\nnext\n");
    assert_eq!(masked(config, &ends), "***\nnext\n");
}

#[test]
fn patterns_mean_what_they_say() {
    for (pattern, log, expected) in [
        ("pin=[0-9]{4}([0-9]{2})?", "pin=1234", "***"),
        (r"pw=(?:\\S+)?", "pw=hunter2", "***"),
        (r"pw=(?P<secret>(?:(?:[a-z]{2})?[0-9])+)", "pw=ab1cd2", "pw=***"),
        (r"\\bmile-[0-9]+", "émile-42", "é***"),
        (r"(?mR)^pin [0-9]+", "50%\rpin 1234", "50%\r***"),
        (r"token=\\w+(?:\\r\\n|$)", "a token=abc", "a ***"),
        (r"token=\\S+\\n?", "a token=abc", "a ***"),
        (r"(?R)[0-9]+\\r$", "pin 1234\r", "pin ***"),
    ] {
        let config = format!(r#"{{"builtin":false,"patterns":["{pattern}"]}}"#);
        let expected = format!("{expected}\n");
        assert_eq!(masked(&config, &format!("{log}\n")), expected, "{pattern}");
        let driver = redact(&config);
        let interests = driver.interests().expect("declared");
        assert!(hit(&interests, log.as_bytes()), "{pattern} must be shown");
    }
}

#[test]
fn a_mask_that_joins_and_a_group_that_repeats_are_refused() {
    for (json, path) in [
        (r#"{"mask":"","values":["hunter2"]}"#, "/mask"),
        (r#"{"patterns":["(?u:\\b)émile-[0-9]+"]}"#, "/patterns/0"),
        (r#"{"patterns":["keys=(?:(?P<secret>[a-z]+),?)+"]}"#, "/patterns/0"),
    ] {
        let findings = refused(json, &FakeEnvironment::new());
        assert_eq!(findings[0].0, path, "{json}");
    }
}

/// What patterns are made of; how they are rewritten is tested where it is done.
const PATTERNS: [&str; 11] =
    ["a", "ab?", "(a|b-)+b", "^a+", "[ab]{2}$", r"\b-*a", "(?:a+)?b", "a.b|b", r"-\s?", "(a)(b)?", "[^a]a"];

proptest! {
    /// What a pattern matches is masked, and nothing else; and the host shows the line.
    #[test]
    fn a_pattern_masks_just_what_it_matches(
        pattern in proptest::sample::select(PATTERNS.to_vec()),
        line in "[ab -]{0,10}",
    ) {
        let config = serde_json::json!({ "builtin": false, "patterns": [pattern], "mask": "#" }).to_string();
        let mut driver = redact(&config);
        let plain = RegexBuilder::new(pattern).unicode(false).build().expect("an expression");
        let mut expected = Vec::new();
        let (mut at, mut masked) = (0, None);
        for found in plain.find_iter(line.as_bytes()) {
            expected.extend_from_slice(&line.as_bytes()[at..found.start()]);
            // Masks that touch are one.
            if masked != Some(found.start()) {
                expected.push(b'#');
            }
            (at, masked) = (found.end(), Some(found.end()));
        }
        expected.extend_from_slice(&line.as_bytes()[at..]);
        let shown = hit(&driver.interests().expect("declared"), line.as_bytes());
        prop_assert!(shown || masked.is_none());
        expected.push(b'\n');
        prop_assert_eq!(driver.run(format!("{line}\n").as_bytes()), expected);
    }
}

#[test]
fn tokens_in_disguise_are_masked() {
    let token = "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5";
    let wide = |text: &str| text.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>();
    let grep = format!("x \u{1b}[01;31m\u{1b}[Kghp_\u{1b}[m\u{1b}[K{} y", &token[4..]);
    assert_eq!(masked("{}", &grep), "x \u{1b}[01;31m\u{1b}[K*** y\n");
    let inside = format!("{}\u{1b}[1m{}\u{1b}[0m!", &token[..9], &token[9..]);
    assert_eq!(masked("{}", &inside), "***\u{1b}[0m!\n");
    let log = [wide("a "), wide(token), wide(" b")].concat();
    let out = redact("{}").run(&log);
    assert!(contains(&out, b"***") && !contains(&out, &wide(&token[10..])), "{out:?}");
    for ordinary in ["\u{1b}[1m\u{1b}[31merror\u{1b}[0m\u{1b}[1m: no\u{1b}[0m_x", "a\0b\0_\0c\0"] {
        assert_eq!(masked("{}", ordinary), format!("{ordinary}\n"));
    }
}

#[test]
fn what_says_that_it_is_secret_is_masked_and_nothing_else_of_the_line() {
    for (line, expected) in [
        ("export DB_PASSWORD='two words' # x", "export DB_PASSWORD='***' # x"),
        (
            "{\"user\":\"bob\",\"password\":\"hunter2\",\"id\":7}",
            "{\"user\":\"bob\",\"password\":\"***\",\"id\":7}",
        ),
        ("{\\\"password\\\":\\\"hunter2\\\",\\\"id\\\":7}", "{\\\"password\\\":\\\"***\\\",\\\"id\\\":7}"),
        ("map[password:hunter2 user:bob]", "map[password:*** user:bob]"),
        ("<password>hunter2</password><user>bob</user>", "<password>***</password><user>bob</user>"),
        ("x --password hunter2 --user bob", "x --password *** --user bob"),
        ("GET /x?access_token=aB3dE5gH7jK9&b=2 HTTP/1.1", "GET /x?access_token=***&b=2 HTTP/1.1"),
        ("Set-Cookie: sid=aB3dE5gH7jK9; Path=/", "Set-Cookie: sid=***; Path=/"),
        ("mysql://a:G2W9#202@h:1/x?y=1", "mysql://a:***@h:1/x?y=1"),
        ("'Authorization': b'Splunk aB3dE5gH7jK9', 'Accept': 1", "'Authorization': b'***', 'Accept': 1"),
        ("machine x login bob password hunter2", "machine x login bob password ***"),
        ("docker login -u bob -p hunter2 r.example.com", "docker login -u bob -p *** r.example.com"),
    ] {
        assert_eq!(masked("{}", line), format!("{expected}\n"));
    }
}

#[test]
fn a_key_that_another_stream_ends_is_masked_to_its_own_end() {
    let log = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n{}\n{}\n-----BEGIN CERTIFICATE-----\n{}\n",
        key_line(1),
        key_line(2),
        key_line(3),
        key_line(4)
    );
    let expected = format!("***\n***\n***\n***\n***\n-----BEGIN CERTIFICATE-----\n{}\n", key_line(4));
    assert_eq!(masked("{}", &log), expected);
}

/// A backspace behind a value strikes its last letter over, and the value is there all the same.
#[test]
fn a_value_that_is_struck_over_in_part_is_masked() {
    for (log, masked) in [
        (&b"line one line two\x08\n"[..], &b"*** ***\x08\n"[..]),
        (b"line oneline two\x08\x08x\n", b"***\x08\x08x\n"),
        (b"hunte\x1b[31mr2 line one line two\x08\n", b"*** *** ***\x08\n"),
    ] {
        assert_eq!(redact(CONFIG).run(log), masked);
        assert_eq!(redact(CONFIG).ungated().run(log), masked);
    }
}

#[test]
fn what_a_value_is_written_over_is_no_part_of_it() {
    for log in [&b"\xc7\x08hunter2 hunter2/aa\n"[..], b"x\x08hunter2\n", b"x\x08\x08hunter2\n"] {
        let all = |hits| edits(KINDS, log, &[], hits);
        assert!(all(true) == all(false), "{log:?}");
    }
}
