//! A settings file is read, or refused with the place of the mistake; never a panic.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use sortie_fuzz::settings::file;

fuzz_target!(|text: &str| {
    if let Err(error) = file::parse(text, Path::new("sortie.toml")) {
        let said = error.to_string();
        let line = said.strip_prefix("sortie.toml:").and_then(|rest| rest.split_once(": "));
        let (line, what) = line.unwrap_or_else(|| panic!("no place in {said:?}"));
        let line: usize = line.parse().unwrap_or_else(|_| panic!("no line in {said:?}"));
        let lines = 1 + text.bytes().filter(|byte| *byte == b'\n').count();
        assert!((1..=lines).contains(&line), "line {line} of {lines}");
        assert!(!what.is_empty() && !said.contains('\n'), "{said:?}");
    }
});
