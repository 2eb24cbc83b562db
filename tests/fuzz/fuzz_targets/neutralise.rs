//! Whatever a task writes, in whatever pieces: no CI system obeys it, and no terminal does it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sortie_fuzz::ci::Ci;
use sortie_fuzz::neutralise::Neutraliser;
use sortie_fuzz::neutralise::stream::LineNeutraliser;
use sortie_fuzz::pieces;
use sortie_fuzz::readers::azure;
use sortie_fuzz::readers::buildkite;
use sortie_fuzz::readers::github::Runner;
use sortie_fuzz::readers::gitlab;
use sortie_fuzz::readers::screen;
use sortie_fuzz::readers::teamcity;

/// Each begins somewhere in a command, so that few bytes make one.
const WORDS: [&[u8]; 24] = [
    b"::",
    b":",
    b"##",
    b"#",
    b"[",
    b"##[",
    b"]",
    b"add-mask",
    b"vso[a.b",
    b"teamcity[",
    b"section_",
    b"start:1:a",
    b"\r\x1b[0K",
    b"\r",
    b"\x1b[",
    b"\x1b]",
    b"31m",
    b"--- ",
    b"^^^",
    b"\xc2\x9b",
    b"\xe2\x80\xae",
    b"\xc2\xa0",
    b"\n",
    b" ",
];

fuzz_target!(|input: (Vec<u8>, Vec<u16>, u8)| {
    let (bytes, cuts, max_line) = input;
    let mut text = Vec::new();
    for byte in bytes {
        match WORDS.get(usize::from(byte ^ 0x80)) {
            Some(word) => text.extend_from_slice(word),
            None => text.push(byte),
        }
    }
    let batches = pieces::batches(&pieces::chunks(&text, &cuts, 1), usize::from(max_line) + 1, 4096);
    for ci in [Ci::GitHub, Ci::Azure, Ci::TeamCity, Ci::GitLab, Ci::Buildkite, Ci::Jenkins, Ci::Other] {
        let mut neutraliser = LineNeutraliser::new(Neutraliser::for_lines(ci)).writing_controls_out();
        let mut printed = Vec::new();
        for batch in &batches {
            let mut batch = batch.clone();
            neutraliser.apply(0, &mut batch);
            pieces::print(&batch, &mut printed);
        }
        assert_eq!(screen::done(&printed), Vec::<String>::new(), "{ci:?}");
        let printed = String::from_utf8_lossy(&printed);
        let obeyed = match ci {
            Ci::GitHub => {
                Runner::obeying_always().read(&printed).into_iter().map(|command| command.name).collect()
            }
            Ci::Azure => azure::commands(&printed),
            Ci::TeamCity => teamcity::messages(&printed),
            Ci::GitLab => [gitlab::sections(&printed), gitlab::hidden(&printed)].concat(),
            Ci::Buildkite => buildkite::obeyed(&printed),
            Ci::Other => {
                [azure::commands(&printed), teamcity::messages(&printed), gitlab::sections(&printed)].concat()
            }
            _ => Vec::new(),
        };
        assert_eq!(obeyed, Vec::<String>::new(), "{ci:?}: {printed:?}");
    }
});
