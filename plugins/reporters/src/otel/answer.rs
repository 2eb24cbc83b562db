//! What a receiver makes of what it was sent.

use serde_json::Value;
use sortie_plugin_sdk::reporter::HttpResponse;
use sortie_story::plain;

use super::lists::Pairs;

/// Characters of a receiver's message.
const MAX_MESSAGE: usize = 300;

/// What stands for a header's value.
const HIDDEN: &str = "***";

/// Whether it may take another time what it did not take now ("OTLP/HTTP Response", "Retryable Response Codes").
pub fn is_worth_another_try(answer: &HttpResponse) -> bool {
    matches!(answer.status, 429 | 502 | 503 | 504)
}

/// What a person has to know of the answer; `None` where all was taken.
pub fn complaint(answer: &HttpResponse, headers: &Pairs) -> Option<String> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = |text: &Value| {
        // Neither a server that tells what it was asked, nor one that tells anything at all, is trusted.
        let hide = |text: String, (_, value): (&str, &str)| match value.len() {
            0 => text,
            _ => text.replace(value, HIDDEN),
        };
        let text = headers.iter().fold(text.as_str().unwrap_or_default().to_owned(), hide);
        let text = plain::cut(&plain::unobeyed(&text), MAX_MESSAGE);
        if text.is_empty() { text } else { format!(": {text}") }
    };
    if !answer.is_success() {
        let status = answer.status;
        let hint = match status {
            401 | 403 => "; headers for it are taken from OTEL_EXPORTER_OTLP_HEADERS",
            404 | 405 => "; OTEL_EXPORTER_OTLP_ENDPOINT is the address before /v1/traces",
            _ => "",
        };
        return Some(format!("the receiver of the trace answered {status}{}{hint}", said(&body["message"])));
    }
    let partial = &body["partialSuccess"];
    let rejected = match &partial["rejectedSpans"] {
        Value::String(text) => text.parse().unwrap_or_default(),
        number => number.as_u64().unwrap_or_default(),
    };
    let message = said(&partial["errorMessage"]);
    match (rejected, message.is_empty()) {
        (0, true) => None,
        (0, false) => Some(format!("the receiver took the trace, and said{message}")),
        _ => Some(format!("the receiver rejected {rejected} spans of the trace{message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_made_of_what_is_not_taken() {
        let headers = Pairs::parse("authorization=Bearer%20hunter2,x=").expect("a list");
        for (status, body, expected) in [
            (200, "", None),
            (200, "{}", None),
            (202, "no JSON", None),
            (200, r#"{"partialSuccess":null}"#, None),
            (200, r#"{"partialSuccess":{"rejectedSpans":"0","errorMessage":""}}"#, None),
            (
                200,
                r#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}"#,
                Some("the receiver rejected 2 spans of the trace: too old"),
            ),
            (
                200,
                r#"{"partialSuccess":{"rejectedSpans":1}}"#,
                Some("the receiver rejected 1 spans of the trace"),
            ),
            (
                200,
                r#"{"partialSuccess":{"errorMessage":"\u001b[2Juse ##[error]v2"}}"#,
                Some("the receiver took the trace, and said: use #\\#[error]v2"),
            ),
            (
                401,
                r#"{"code":16,"message":"no such token: Bearer hunter2"}"#,
                Some(
                    "the receiver of the trace answered 401: no such token: ***; headers for it are taken from \
                     OTEL_EXPORTER_OTLP_HEADERS",
                ),
            ),
            (500, "<html>", Some("the receiver of the trace answered 500")),
        ] {
            let answer = HttpResponse::new(status, body);
            assert_eq!(complaint(&answer, &headers).as_deref(), expected, "{status} {body}");
        }
    }
}
