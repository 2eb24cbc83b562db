//! Values that were never put in: `<IMAGE>`, `$TAG`, `{{ image }}`, `YOUR_REGION`.

/// What stands in a text in place of a value: the kind of placeholder, for a sentence. Only for texts that
/// can hold none of these characters or words, such as regions and hosts of registries.
pub fn placeholder(text: &str) -> Option<&'static str> {
    mark(text).or_else(|| {
        let is_there = WORDS.iter().any(|word| text.contains(word));
        is_there.then_some("a placeholder that says what to put in")
    })
}

/// The same of an ARN. The name at its end is the user's own, who may well call a parameter `AWS_REGION`.
pub fn of_arn(arn: &str) -> Option<&'static str> {
    let head = arn.match_indices(':').nth(4).map_or("", |(end, _)| &arn[..end]);
    mark(arn).or_else(|| placeholder(head))
}

/// The same of a text that may hold any word, by the signs that templates have.
pub fn mark(text: &str) -> Option<&'static str> {
    if text.contains("{{") {
        Some("a template's `{{ … }}`, which was not rendered")
    } else if text.contains("${") || text.contains("$(") || text.contains('$') {
        Some("a variable that was not replaced (`$…`)")
    } else if text.contains('<') && text.contains('>') {
        Some("a placeholder (`<…>`)")
    } else if text.contains("%(") || (text.starts_with('%') && text.ends_with('%')) {
        Some("a placeholder (`%…%`)")
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

    #[test]
    fn names_that_people_give_are_no_placeholders() {
        for arn in [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app-AbCdEf:AWS_REGION::",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/ACCOUNT_ID",
            "/app/YOUR_NAME",
        ] {
            assert_eq!(of_arn(arn), None, "{arn}");
        }
        for arn in [
            "arn:aws:ssm:AWS_REGION:123456789012:parameter/x",
            "arn:aws:ssm:eu-west-1:ACCOUNT_ID:parameter/x",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/$NAME",
        ] {
            assert!(of_arn(arn).is_some(), "{arn}");
        }
    }
}
