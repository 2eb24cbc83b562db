//! What is left after neutralising is given to the parsers of the CI systems, written here as their
//! sources have them: none may find a command.

use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

use super::stream::LineNeutraliser;
use super::*;
use sortie_lines::LineBatch;

/// actions/runner: `ProcessInvoker.cs` (lines of `ReadLine`), `ActionCommand.cs` (`TryParseV2`, then
/// `TryParse`). Every name counts as registered: any word may be the token of `stop-commands`.
fn github(text: &str) -> Vec<String> {
    let lines = text.split(['\n', '\r']);
    let commands = lines.filter_map(|line| {
        let trimmed = line.trim_start();
        if let Some(rest) = trimmed.strip_prefix("::")
            && let Some(end) = rest.find("::")
        {
            return Some(rest[..end].to_owned());
        }
        let rest = &line[line.find("##[")? + 3..];
        Some(rest[..rest.find(']')?].to_owned())
    });
    commands.collect()
}

/// microsoft/azure-pipelines-agent: `Command.cs`; and the headings of the log's view.
fn azure(text: &str) -> Vec<String> {
    let commands = text.split(['\n', '\r']).filter_map(|line| {
        let lower = line.to_ascii_lowercase();
        if lower.contains("##[") {
            return Some(line.to_owned());
        }
        let rest = &line[lower.find("##vso[")? + 6..];
        Some(rest[..rest.find(']')?].to_owned())
    });
    commands.collect()
}

/// gitlabhq: `lib/gitlab/regex.rb` (`build_trace_section_regex`), found anywhere.
fn gitlab(text: &str) -> Vec<String> {
    static SECTION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"section_((?:start)|(?:end)):(\d+):([a-zA-Z0-9_.-]+)(\[[^\]]*\])?\r\x1b\[0K").unwrap()
    });
    SECTION.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// JetBrains/TeamCity.ServiceMessages: `ServiceMessageParser.cs`.
fn teamcity(text: &str) -> Vec<String> {
    text.match_indices("##teamcity[").map(|(at, _)| text[at..].to_owned()).collect()
}

/// buildkite/agent: `header_times_streamer.go`; terminal-to-html: `bk.go`, `element.go`.
fn buildkite(text: &str) -> Vec<String> {
    static COLOR: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\x1b\[([;\d]+)?[mK]").unwrap());
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:---|\+\+\+|~~~)[\t\n\x0c\r ]([^\n]+)?|^\^\^\^[\t\n\x0c\r ]+\+\+\+").unwrap()
    });
    static ESCAPE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\x1b(_bk;|\]133[789];)").unwrap());
    let lines = text.split('\n').map(|line| COLOR.replace_all(line, "").into_owned());
    let headers = lines.filter(|line| HEADER.is_match(line));
    headers.chain(ESCAPE.find_iter(text).map(|found| found.as_str().to_owned())).collect()
}

type Parser = fn(&str) -> Vec<String>;

const PARSERS: [(Ci, Parser); 5] = [
    (Ci::GitHub, github),
    (Ci::Azure, azure),
    (Ci::GitLab, gitlab),
    (Ci::TeamCity, teamcity),
    (Ci::Buildkite, buildkite),
];

/// The parsers do find commands: else the properties below could not fail.
#[test]
fn parsers_find_what_is_obeyed() {
    for (ci, text) in [
        (Ci::GitHub, "x\r \u{a0}::add-mask::y"),
        (Ci::GitHub, "sortie: ##[stop-commands]x"),
        (Ci::Azure, "x ##vso[task.complete result=Failed]"),
        (Ci::GitLab, "x section_start:17:a[collapsed=true]\r\u{1b}[0Ky"),
        (Ci::TeamCity, "x ##teamcity[buildStatus text='y']"),
        (Ci::Buildkite, "\u{1b}[31m--- x"),
        (Ci::Buildkite, "-\u{1b}[1m-\u{1b}[K\u{1b}[m- x"),
        (Ci::Buildkite, "^^^ +++"),
        (Ci::Buildkite, "\u{1b}_bk;t=1\u{7}"),
    ] {
        let parse = PARSERS.iter().find(|(other, _)| *other == ci).expect("a parser").1;
        assert_eq!(parse(text).len(), 1, "{text:?}");
        for ci in [ci, Ci::Other] {
            if ci == Ci::Other && buildkite_header(text) {
                continue;
            }
            let notice = Neutraliser::for_notices(ci).text(text).into_owned();
            assert_eq!(parse(&notice), Vec::<String>::new(), "{ci:?} {text:?}");
        }
    }
}

/// Left alone where the system is not known: too many logs hold such lines.
fn buildkite_header(text: &str) -> bool {
    text.contains("- ") || text.contains("^^^ ")
}

/// Texts that hold more of what matters than chance would give.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "#",
        "##",
        "[",
        "##[",
        "::",
        ":",
        "add-mask",
        "stop-commands",
        "]",
        "error",
        "##vso[",
        "vso[",
        "task.complete",
        "##TeamCity[",
        "##teamcity[",
        "teamcity[",
        "section_start:",
        "section_",
        "start:",
        "end:",
        "1:a",
        "\r",
        "\u{1b}[0K",
        "\u{1b}[31m",
        "\u{1b}",
        "[0K",
        "[m",
        "-",
        "+",
        "_bk;t=1",
        "]1339;",
        "---",
        "+++",
        "~~~",
        "^^^",
        " ",
        "\t",
        "\u{c}",
        "\u{a0}",
        "\u{2028}",
        "\u{85}",
        "\u{feff}",
        "\u{200b}",
        "\\",
        "é",
        "x",
    ]);
    let part = prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

/// Lengths of pieces.
fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0_usize..6, 0..4)
}

/// The text as lines, each in pieces of the given lengths; markers alone broken, or control characters
/// written out as well.
fn printed(ci: Ci, text: &str, cuts: &[usize], controls: bool) -> Vec<Vec<u8>> {
    let mut stream = LineNeutraliser::new(Neutraliser::for_lines(ci));
    if controls {
        stream = stream.writing_controls_out();
    }
    let mut pieces = Vec::new();
    for line in text.split('\n') {
        let mut rest = line.as_bytes();
        for cut in cuts {
            let cut = (*cut).min(rest.len());
            let (piece, after) = rest.split_at(cut);
            rest = after;
            pieces.push((piece, true));
        }
        pieces.push((rest, false));
    }
    let mut printed = Vec::new();
    for (piece, partial) in pieces {
        let mut batch = LineBatch::default();
        batch.push(piece, 0);
        batch.partial = partial;
        stream.apply(0, &mut batch);
        let mut bytes = batch.bytes;
        if batch.partial {
            bytes.pop();
        }
        printed.push(bytes);
    }
    printed
}

proptest! {
    #[test]
    fn no_command_is_left_in_a_notice(text in hostile()) {
        for (ci, parse) in PARSERS {
            let said = Neutraliser::for_notices(ci).text(&text).into_owned();
            prop_assert_eq!(parse(&said), Vec::<String>::new(), "{:?} {:?} {:?}", ci, text, said);
        }
    }

    #[test]
    fn no_command_is_left_in_lines_and_their_pieces(text in hostile(), cuts in cuts(), controls: bool) {
        for (ci, parse) in PARSERS {
            let printed = printed(ci, &text, &cuts, controls);
            let together = String::from_utf8_lossy(&printed.concat()).into_owned();
            prop_assert_eq!(parse(&together), Vec::<String>::new(), "{:?} {:?} {:?}", ci, text, together);
        }
    }

    /// Another writer may end an unfinished line, so that the next piece begins one.
    #[test]
    fn no_command_is_left_where_pieces_begin_lines(text in hostile(), cuts in cuts(), controls: bool) {
        for (ci, parse) in PARSERS {
            let apart = printed(ci, &text, &cuts, controls).join(&b'\n');
            let apart = String::from_utf8_lossy(&apart).into_owned();
            prop_assert_eq!(parse(&apart), Vec::<String>::new(), "{:?} {:?} {:?}", ci, text, apart);
        }
    }

    /// What a program reads says the same as before.
    #[test]
    fn json_says_the_same_and_holds_no_command(text in hostile()) {
        let line = serde_json::json!({ "type": "log", "line": text }).to_string();
        for (ci, parse) in PARSERS {
            let neutral = Neutraliser::for_lines(ci).json(&line).into_owned();
            prop_assert_eq!(parse(&neutral), Vec::<String>::new(), "{:?} {:?}", ci, neutral);
            let value: serde_json::Value = serde_json::from_str(&neutral).expect("still JSON");
            prop_assert_eq!(value["line"].as_str(), Some(text.as_str()));
        }
    }

    /// Nothing is added where there was nothing to break.
    #[test]
    fn harmless_lines_stay_what_they_are(text in "[a-zA-Z0-9 /.,=_()-]{0,40}") {
        let text = text.trim_start_matches(['-', ' ']).to_owned();
        prop_assume!(!text.contains("section_"));
        for (ci, _) in PARSERS {
            prop_assert_eq!(printed(ci, &text, &[], true).concat(), format!("{text}\n").into_bytes());
        }
    }
}

/// A marker's first character is replaced within a JSON string: it must not be one that follows a
/// backslash there.
#[test]
fn no_marker_begins_with_a_character_of_a_json_escape() {
    for ci in
        [Ci::GitHub, Ci::Azure, Ci::GitLab, Ci::TeamCity, Ci::Buildkite, Ci::Jenkins, Ci::Drone, Ci::Other]
    {
        for marker in markers(ci) {
            assert!(
                !marker.text.starts_with(|c: char| "\"\\/bfnrtu".contains(c.to_ascii_lowercase())),
                "{marker:?}"
            );
            assert!(marker.text.len() > 1 && marker.text.is_ascii());
        }
    }
}

#[test]
fn a_marker_that_is_there_already_is_not_added() {
    let mut neutraliser = Neutraliser::for_lines(Ci::GitHub);
    let before = neutraliser.markers.len();
    neutraliser.add([anywhere("##["), anywhere(""), anywhere("@@")]);
    assert_eq!(neutraliser.markers.len(), before + 1);
}
