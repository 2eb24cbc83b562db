//! Images: whether the engine has one, and pulling it with the credentials that docker's own
//! configuration has.

use std::collections::HashMap;
use std::time::Duration;
use std::time::Instant;

use bollard::auth::DockerCredentials;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptions;
use docker_credential::DockerCredential;
use futures_util::StreamExt as _;

use super::super::engine;
use super::super::engine::Engine;
use super::super::engine::docker_config::DockerConfig;
use crate::backend::LaunchError;
use crate::error::Error;
use crate::event::EventKind;
use crate::event::Stage;
use crate::secrecy::Secret;
use crate::secrecy::sources;
use crate::settings::Pull;
use crate::spec::image_name::DOCKER_HUB;
use crate::spec::image_name::name_and_tag;
use crate::spec::image_name::registry;
use crate::stream::EventSender;

/// How often progress is reported.
const PROGRESS: Duration = Duration::from_millis(250);

/// A person who has seen nothing for so long wonders.
const SLOW: Duration = Duration::from_secs(2);

/// Docker Hub's name in docker's configuration.
/// Source: github.com/docker/cli, cli/config/credentials, `IndexServer`.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// Makes sure that the engine has the image, as `pull` says; returns whether it was pulled.
pub(super) async fn ensure(
    engine: &Engine,
    image: &str,
    pull: Pull,
    events: &EventSender,
) -> Result<bool, LaunchError> {
    if pull == Pull::Never {
        // Creating the container says what is missing.
        return Ok(false);
    }
    if pull == Pull::Missing {
        match engine.api.inspect_image(image).await {
            Ok(_) => return Ok(false),
            Err(error) if engine::is_missing(&error) => {}
            Err(error) => return Err(LaunchError::Failed(engine.error(&format!("image {image}"), &error))),
        }
    }
    let state = format!("pulling {image}");
    events.send(EventKind::StateChanged { stage: Stage::Starting, state: state.clone() });
    let credentials = credentials(&engine.config, registry(image), events).await;
    engine.secrets.learn(known(credentials.as_ref(), registry(image)));
    let (name, tag) = name_and_tag(image);
    let options = CreateImageOptions {
        from_image: Some(name.to_owned()),
        tag: Some(tag.to_owned()).filter(|tag| !tag.is_empty()),
        ..Default::default()
    };
    let mut stream = engine.lasting.create_image(Some(options), None, credentials);
    let mut progress = Progress::default();
    let mut told = Instant::now();
    while let Some(info) = stream.next().await {
        let info = info.map_err(|error| LaunchError::Failed(pull_error(image, &engine::words(&error))))?;
        progress.take(&info);
        if told.elapsed() >= PROGRESS {
            told = Instant::now();
            events.send(EventKind::Progress { state: format!("{state}{}", progress.shown()) });
        }
    }
    Ok(true)
}

fn pull_error(image: &str, words: &str) -> Error {
    let lower = words.to_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
    let registry = registry(image);
    let hint = if has(&["unauthorized", "denied", "authentication required", "no basic auth"]) {
        format!("docker login {registry} keeps credentials that sortie uses; or the image does not exist")
    } else if has(&["not found", "manifest unknown", "no such image"]) {
        "is the name right, and the tag? --pull never uses only what the engine has".to_owned()
    } else {
        format!("can this machine reach {registry}? --pull never uses only what the engine has")
    };
    Error::never_started(format!("the image {image} cannot be pulled: {words}")).hint(hint)
}

/// What docker's configuration has for a registry.
async fn credentials(
    config: &DockerConfig,
    registry: &str,
    events: &EventSender,
) -> Option<DockerCredentials> {
    let key = if registry == DOCKER_HUB { DOCKER_HUB_KEY } else { registry }.to_owned();
    let looking = config.credential(&key);
    let slow = async {
        tokio::time::sleep(SLOW).await;
        let state = format!("waiting for the credentials of {registry}");
        events.send(EventKind::Progress { state: state.clone() });
        events.send(EventKind::warning(format!("{state}, since {} s", SLOW.as_secs())));
        std::future::pending::<()>().await;
    };
    let found = tokio::select! {
        found = looking => found,
        () = slow => return None,
    };
    match found {
        Ok(None) => None,
        Ok(Some(DockerCredential::IdentityToken(token))) => Some(DockerCredentials {
            identitytoken: Some(token),
            serveraddress: Some(registry.to_owned()),
            ..Default::default()
        }),
        Ok(Some(DockerCredential::UsernamePassword(username, password))) => Some(DockerCredentials {
            username: Some(username),
            password: Some(password),
            serveraddress: Some(registry.to_owned()),
            ..Default::default()
        }),
        Err(why) => {
            let message = format!("no credentials for {registry}, pulling without: {why}");
            events.send(EventKind::warning(message));
            None
        }
    }
}

/// What of a registry's credentials is secret.
fn known(credentials: Option<&DockerCredentials>, registry: &str) -> Vec<Secret> {
    let Some(DockerCredentials { password, identitytoken, .. }) = credentials else { return Vec::new() };
    let used = |name: &str, value: &Option<String>| {
        sources::of_credential(name, &format!("credentials of {registry}"), value.as_deref()?)
    };
    [used("registry password", password), used("registry token", identitytoken)]
        .into_iter()
        .flatten()
        .collect()
}

/// Bytes of an image's layers.
#[derive(Debug, Default)]
struct Progress {
    /// By layer: so far, and in all.
    layers: HashMap<String, (i64, i64)>,
}

impl Progress {
    fn take(&mut self, info: &CreateImageInfo) {
        // The same layer is downloaded first and extracted later, which counts anew from 0.
        let downloading = info.status.as_deref() == Some("Downloading");
        if let (true, Some(id), Some(detail)) = (downloading, &info.id, &info.progress_detail) {
            let (current, total) = (detail.current.unwrap_or(0), detail.total.unwrap_or(0));
            self.layers.insert(id.clone(), (current, total));
        }
    }

    fn shown(&self) -> String {
        let (current, total) = self.layers.values().fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
        let mb = |bytes: i64| bytes as f64 / 1e6;
        match total {
            0 => String::new(),
            _ => format!(": {:.1} of {:.1} MB", mb(current), mb(total)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_fits_the_registrys_answer() {
        let hint = |words: &str| pull_error("ghcr.io/a/b:1", words).advice();
        assert!(hint("unauthorized: authentication required").contains("docker login ghcr.io"));
        assert!(hint("manifest unknown").contains("the tag?"));
        assert!(hint("dial tcp: connection refused").contains("reach ghcr.io"));
    }
}
