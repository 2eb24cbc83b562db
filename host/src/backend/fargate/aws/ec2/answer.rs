//! What EC2 answers: XML, read into the members that are asked for.
//!
//! Source: Amazon EC2 API reference, "Query requests", structure of a response, and of an error.

use std::fmt;

use aws_sdk_ecs::error::ErrorMetadata;
use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::DeserializeOwned;

/// Max bytes of an answer: a page of 1,000 items is a tenth of it.
const MAX_BYTES: usize = 16 << 20;

/// A call that EC2 refused, in its words; without any where the answer has none.
#[derive(Debug)]
pub(super) struct Refusal(ErrorMetadata);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

/// The text of an answer, or what it refuses.
pub(super) fn text(response: &HttpResponse) -> Result<String, OrchestratorError<Refusal>> {
    let bytes = response.body().bytes().unwrap_or_default();
    match response.status().is_success() {
        true if bytes.len() > MAX_BYTES => Err(OrchestratorError::other("the answer is larger than 16 MB")),
        true => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(OrchestratorError::other("the answer is no text")),
        },
        false => Err(OrchestratorError::operation(refusal(&String::from_utf8_lossy(bytes)))),
    }
}

/// An answer that lists things of one kind: one page of them. The list is there even where it is empty.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(super) struct Page<T> {
    #[serde(
        alias = "natGatewaySet",
        alias = "routeTableSet",
        alias = "securityGroupInfo",
        alias = "subnetSet",
        alias = "vpcEndpointSet",
        deserialize_with = "items"
    )]
    pub(super) items: Vec<T>,
    #[serde(rename = "nextToken", default)]
    pub(super) next_token: String,
}

/// A list as EC2 writes it: an element `item` for each.
pub(crate) fn items<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(bound = "T: Deserialize<'de>")]
    struct Items<T> {
        #[serde(default = "Vec::new")]
        item: Vec<T>,
    }
    Ok(Items::deserialize(deserializer)?.item)
}

/// Reads an answer. Members that are not asked for are passed over; what breaks off is an error.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    quick_xml::de::from_str(text).map_err(|error| error.to_string())
}

fn refusal(text: &str) -> Refusal {
    #[derive(Deserialize)]
    struct Response {
        #[serde(rename = "Errors")]
        errors: Errors,
    }
    #[derive(Deserialize)]
    struct Errors {
        #[serde(rename = "Error")]
        error: Vec<Words>,
    }
    #[derive(Deserialize)]
    struct Words {
        #[serde(rename = "Code")]
        code: String,
        #[serde(rename = "Message", default)]
        message: String,
    }
    let mut metadata = ErrorMetadata::builder();
    let first = read::<Response>(text).ok().and_then(|response| response.errors.error.into_iter().next());
    if let Some(words) = first {
        metadata = metadata.code(words.code).message(words.message);
    }
    Refusal(metadata.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_in_ec2_s_words() {
        let refused = refusal(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>UnauthorizedOperation</Code>\
             <Message>You are not &lt;authorized&gt;</Message></Error></Errors><RequestID>1</RequestID></Response>",
        );
        assert_eq!(refused.code(), Some("UnauthorizedOperation"));
        assert_eq!(refused.message(), Some("You are not <authorized>"));
        for nothing in
            ["", "<html><body>proxy</body></html>", "<Response><Errors/></Response>", "<Response><Err"]
        {
            assert_eq!(refusal(nothing).code(), None, "{nothing}");
        }
    }
}
