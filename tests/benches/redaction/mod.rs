//! What the benchmarks of redaction share: the values to be masked, a native redactor for them, the log that
//! holds them, and the median.

use sortie_lines::LineBatch;
use sortie_plugin_redact::Config;
use sortie_plugin_redact::Redactor;
use sortie_plugin_redact::config::Secret;

/// Values that the redactor is told to mask.
pub(crate) const SECRETS: [&str; 4] =
    ["correct-horse-battery-staple", "hunter2hunter2", "s3cr3t/with+chars==", "0123456789abcdef-key"];

/// A redactor for them, compiled natively.
pub(crate) fn redactor() -> Redactor {
    let secrets: Vec<Secret> =
        SECRETS.iter().map(|value| Secret { path: String::new(), value: (*value).to_owned() }).collect();
    Redactor::new(&Config::default(), &secrets).expect("the configuration is good")
}

/// Log lines of several formats, 40 to 400 bytes each; every `every`th holds a secret. Always the
/// same bytes for the same arguments.
pub(crate) fn corpus(size: usize, every: usize) -> Vec<LineBatch> {
    let mut random = 0x2545_f491_4f6c_dd1du64;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let words =
        ["connection", "request", "served", "from", "cache", "worker", "retry", "payload", "user", "ok"];
    let mut batches = Vec::new();
    let mut batch = LineBatch::default();
    let mut made = 0;
    let mut count = 0usize;
    while made < size {
        let mut text: String =
            (0..4 + next(30)).map(|_| words[next(10) as usize]).collect::<Vec<_>>().join(" ");
        count += 1;
        if count.is_multiple_of(every) {
            let secret = match next(6) {
                0 => "token ghp_0123456789abcdefghijABCDEFGHIJ012345".to_owned(),
                1 => "aws AKIAIOSFODNN7EXAMPLE".to_owned(),
                n => format!("password={}", SECRETS[n as usize % SECRETS.len()]),
            };
            text.push(' ');
            text.push_str(&secret);
        }
        let (id, ms) = (next(1 << 40), next(1000));
        let line = match next(4) {
            0 => format!(
                "{{\"ts\":\"2026-11-23T10:00:00.{ms:03}Z\",\"level\":\"info\",\"msg\":\"{text}\",\"id\":{id}}}"
            ),
            1 => format!(
                "10.0.3.{} - - [23/Nov/2026:10:00:00 +0000] \"GET /v1/{id} HTTP/1.1\" 200 {ms} \"{text}\"",
                ms % 256
            ),
            2 => format!("2026-11-23 10:00:00,{ms:03} INFO  [main-{ms}] c.e.Service - {text} id={id}"),
            _ => format!("level=info msg=\"{text}\" id={id} took={ms}ms"),
        };
        made += line.len() + 1;
        batch.push(line.as_bytes(), 0);
        if batch.is_full() {
            batches.push(std::mem::take(&mut batch));
        }
    }
    batches.push(batch);
    batches
}

/// Of an odd number of values, the one in the middle.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
