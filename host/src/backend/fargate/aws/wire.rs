//! JSON bodies as they travel.
//!
//! ECS speaks AWS JSON 1.1: a request's body is one JSON object with the API's member names.
//! sortie makes the bodies of RunTask and RegisterTaskDefinition itself, so that `sortie plan`
//! shows what is sent and nothing else, and reads the bodies of DescribeTaskDefinition and
//! DescribeTasks itself, so that what the SDK does not know yet, or takes for wrong, survives. The SDK
//! signs, sends and reads errors.

use std::sync::Arc;
use std::sync::Mutex;

use aws_sdk_ecs::config::ConfigBag;
use aws_sdk_ecs::config::Intercept;
use aws_sdk_ecs::config::RuntimeComponents;
use aws_sdk_ecs::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_ecs::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Gives a request this body in place of the SDK's own.
pub(crate) fn with_body(body: &Value) -> impl Fn(&mut HttpRequest) + Send + Sync + 'static {
    let bytes = body.to_string().into_bytes();
    move |request| {
        if request.headers().contains_key("content-length") {
            request.headers_mut().insert("content-length", bytes.len().to_string());
        }
        *request.body_mut() = SdkBody::from(bytes.clone());
    }
}

/// Keeps the body of the last response, also of one that the SDK could not read.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResponseBody(Arc<Mutex<Option<Vec<u8>>>>);

impl ResponseBody {
    /// The body as JSON, if there was one.
    pub(crate) fn json(&self) -> Option<Value> {
        self.parse().ok()
    }

    /// The body as a `T`, or why it is not one.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, String> {
        let bytes = self.0.lock().ok().and_then(|mut slot| slot.take());
        let bytes = bytes.ok_or_else(|| "it has no body".to_owned())?;
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())
    }
}

impl Intercept for ResponseBody {
    fn name(&self) -> &'static str {
        "ResponseBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(bytes), Ok(mut slot)) = (context.response().body().bytes(), self.0.lock()) {
            *slot = Some(bytes.to_vec());
        }
        Ok(())
    }
}
