//! Reports that GitLab reads from a job's artifacts.

use std::fmt::Write as _;

use serde_json::Value;
use serde_json::json;
use sortie_story::Level;
use sortie_story::Story;
use sortie_story::plain;

/// Links that GitLab takes in a list, and bytes of the file (`Ci::Pipelines`, `ci_job_annotations_num`,
/// `ci_job_annotations_size`: 1,000 and 80 KB).
const MAX_LINKS: usize = 100;
/// Characters of one text.
const MAX_TEXT: usize = 500;

/// Pages of the task, which GitLab shows on the job's page (`artifacts:reports:annotations`; its schema is
/// app/validators/json_schemas/ci_job_annotation_data.json).
pub fn links(story: &Story) -> String {
    let links = story.finished.links.iter().filter(|link| link.url.starts_with("https://"));
    let links: Vec<Value> = links
        .take(MAX_LINKS)
        .map(|link| json!({ "external_link": { "label": shown(&link.name), "url": link.url } }))
        .collect();
    json!({ "sortie": links }).to_string()
}

/// What the log says of files, as GitLab's code quality report (`artifacts:reports:codequality`): one element
/// that is not complete ends the list there, so those without a place are left out.
pub fn code_quality(story: &Story) -> String {
    let issues: Vec<Value> = story
        .annotations
        .iter()
        .filter_map(|annotation| {
            let (file, message) = (annotation.file.as_deref()?, shown(&annotation.message));
            let line = annotation.line.unwrap_or(1);
            let severity = match annotation.level {
                Level::Error => "major",
                Level::Warning => "minor",
                Level::Notice => "info",
            };
            Some(json!({
                "description": message,
                "check_name": "sortie",
                "fingerprint": fingerprint(&format!("{file}\n{line}\n{message}")),
                "severity": severity,
                "location": { "path": file, "lines": { "begin": line } },
            }))
        })
        .collect();
    Value::Array(issues).to_string()
}

/// What tells one finding from another: FNV-1a of 128 bits, in hexadecimal.
fn fingerprint(text: &str) -> String {
    let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    let hash = text.bytes().fold(start, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    let mut hex = String::new();
    // Writing to a string does not fail.
    let _ = write!(hex, "{hash:032x}");
    hex
}

fn shown(text: &str) -> String {
    plain::cut(&plain::line(text), MAX_TEXT)
}
