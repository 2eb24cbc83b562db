//! Image references: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.
//!
//! Source: github.com/distribution/reference, `regexp.go`; Amazon ECS API reference, ContainerDefinition,
//! `image` (at most 255 characters).

use super::placeholder;

/// Longest reference with a tag.
const MAX: usize = 255;

/// Longest tag.
const MAX_TAG: usize = 128;

/// What is wrong with a reference, and what to do; `None`: nothing.
pub fn problem(image: &str) -> Option<(String, String)> {
    let wrong = |what: &str, hint: &str| Some((what.to_owned(), hint.to_owned()));
    let empty = "is a variable in it empty?";
    if image.trim().is_empty() {
        return wrong("it is empty", empty);
    }
    // Of the name and the tag, which are the user's own, the words say nothing.
    let host = image.split_once('/').map_or("", |(host, _)| host);
    if let Some(what) = placeholder::mark(image).or_else(|| placeholder::placeholder(host)) {
        return wrong(&format!("it holds {what}"), placeholder::HINT);
    }
    if image.contains("://") {
        return wrong("it has a scheme", "leave `https://` out: an image is REGISTRY/NAME:TAG");
    }
    if image.chars().any(char::is_whitespace) {
        return wrong("it has white space in it", "does a variable end in a line break?");
    }
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    if let Some(digest) = digest {
        let fits = digest.split_once(':').is_some_and(|(algorithm, hex)| {
            let length = if algorithm == "sha256" { hex.len() == 64 } else { hex.len() >= 32 };
            !algorithm.is_empty() && length && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        if !fits {
            return wrong("its digest is not `sha256:` and 64 digits", empty);
        }
    } else if image.len() > MAX {
        return wrong("it has more than 255 characters", "");
    }
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    match tag {
        Some("") => return wrong("its tag is empty", empty),
        Some(tag) if tag.len() > MAX_TAG || !is_tag(tag) => {
            return wrong(
                "its tag is none",
                "a tag has up to 128 letters, digits, underscores, periods and hyphens, and begins with none of the \
                 last two",
            );
        }
        _ => {}
    }
    let (host, path) = match name.split_once('/') {
        Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), path),
        _ => (None, name),
    };
    if host.is_some_and(|host| !is_host(host)) || host == Some("") {
        return wrong("its registry is no host", empty);
    }
    if path.is_empty() || path.split('/').any(str::is_empty) {
        return wrong("a part of its name is empty", empty);
    }
    if path.chars().any(|c| c.is_ascii_uppercase())
        && path.split('/').all(|part| is_part(&part.to_ascii_lowercase()))
    {
        return wrong(
            "its name has capital letters",
            "names of images are in lower case (a tag may have capitals)",
        );
    }
    if !path.split('/').all(is_part) {
        return wrong(
            "its name is none",
            "names are of lower-case letters, digits, and `.`, `_`, `-` between them",
        );
    }
    None
}

fn is_tag(tag: &str) -> bool {
    tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && !tag.starts_with(['.', '-'])
}

fn is_host(host: &str) -> bool {
    let (name, port) = host.rsplit_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let name_fits = match name.strip_prefix('[') {
        Some(address) => address.ends_with(']'),
        None => name.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        }),
    };
    name_fits && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Letters and digits, with one period, one or two underscores, or hyphens between them.
fn is_part(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends =
        bytes.first().is_some_and(|byte| plain(*byte)) && bytes.last().is_some_and(|byte| plain(*byte));
    ends && part
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|between| matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_every_form_are_right() {
        let digest = format!("a/b@sha256:{}", "0a".repeat(32));
        let both = format!("ghcr.io/a/b:1@sha256:{}", "0a".repeat(32));
        for image in [
            "alpine",
            "alpine:3.20",
            "team/app:v1.2_3-RC",
            "localhost/x:1",
            "127.0.0.1:5000/a/b",
            "[::1]:5000/a",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a-b/c_d__e.f:latest",
            "Registry.example.com/a",
            "team/your-account-service:AWS_REGION",
            &digest,
            &both,
        ] {
            assert_eq!(problem(image), None, "{image}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_reference_is_said() {
        for (image, words) in [
            ("", "empty"),
            ("repo/app:", "tag is empty"),
            ("$ECR_REGISTRY/x:$TAG", "variable"),
            ("https://ghcr.io/a/b", "scheme"),
            ("Alpine", "capital"),
            ("my/App:1", "capital"),
            ("<IMAGE1_NAME>", "placeholder"),
            ("alpine:3\n", "white space"),
            ("bad image name", "white space"),
            (":1", "empty"),
            ("/app:1", "empty"),
            ("a//b", "empty"),
            ("a/b/", "empty"),
            ("r.example:/a", "host"),
            ("a:1:2", "name"),
            ("a@sha256:00", "digest"),
            ("a@", "digest"),
            ("a:-x", "tag"),
            ("a..b", "name"),
            ("pwn.js\"", "name"),
            (&"a".repeat(256), "255"),
        ] {
            let (what, _) = problem(image).unwrap_or_else(|| panic!("{image:?} is wrong"));
            assert!(what.contains(words), "{image:?}: {what}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_reference_of_the_grammar_is_right(image in "([a-z0-9]{1,5}\\.[a-z]{2,3}(:[0-9]{1,5})?/)?[a-z0-9]{1,4}([_-][a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,5}(\\.[a-z0-9]{1,3})?){0,2}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,9})?") {
            // What examples write in place of a value is none.
            proptest::prop_assume!(placeholder::placeholder(&image).is_none());
            proptest::prop_assert_eq!(problem(&image), None);
        }
    }
}
