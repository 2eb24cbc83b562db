//! Values that were never put in: `<IMAGE>`, `$TAG`, `{{ image }}`, `YOUR_REGION`.

/// What stands in a text in place of a value: the kind of placeholder, for a sentence. Only for texts that
/// can hold none of these characters or words, such as image references, ARNs and regions.
pub fn placeholder(text: &str) -> Option<&'static str> {
    if text.contains("{{") {
        Some("a template's `{{ … }}`, which was not rendered")
    } else if text.contains("${") || text.contains("$(") || text.contains('$') {
        Some("a variable that was not replaced (`$…`)")
    } else if text.contains('<') && text.contains('>') {
        Some("a placeholder (`<…>`)")
    } else if text.contains("%(") || (text.starts_with('%') && text.ends_with('%')) {
        Some("a placeholder (`%…%`)")
    } else if WORDS.iter().any(|word| text.contains(word)) {
        Some("a placeholder that says what to put in")
    } else {
        None
    }
}

/// What examples write where one's own value belongs.
const WORDS: &[&str] = &[
    "YOUR_",
    "YOUR-",
    "ACCOUNT_ID",
    "ACCOUNT-ID",
    "AWS_REGION",
    "AWS_ACCOUNT",
    "XXXXXX",
    "xxxxxx",
    "CHANGEME",
    "REPLACE_ME",
    "your-account",
    "your_account",
    "account-id",
];

/// What to do about one.
pub const HINT: &str = "put the value in; `--expand` takes ${NAME} from the environment";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for text in [
            "<IMAGE1_NAME>",
            "$ECR_REGISTRY/app:$TAG",
            "${IMAGE}",
            "app:{{ .Tag }}",
            "arn:aws:iam::<ACCOUNT_ID>:role/x",
            "YOUR_REGION",
            "AWS_REGION",
            "%IMAGE%",
            "arn:aws:iam::XXXXXXXXXXXX:role/x",
            "your-account-id.dkr.ecr.us-east-1.amazonaws.com/x",
        ] {
            assert!(placeholder(text).is_some(), "{text}");
        }
        for text in
            ["nginx:1.27", "arn:aws:iam::123456789012:role/youre-welcome", "eu-west-1", "a/b@sha256:00"]
        {
            assert_eq!(placeholder(text), None, "{text}");
        }
    }
}
