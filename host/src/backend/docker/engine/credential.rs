//! Credentials for a registry, from docker's configuration or from the helper that it names.

use std::process::Stdio;
use std::time::Duration;

use docker_credential::CredentialRetrievalError;
use docker_credential::DockerCredential;
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::docker_config::Content;
use super::docker_config::DockerConfig;

/// How long a helper may take. It may ask a person at a keychain, and nobody may be there.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a helper answers. Source: github.com/docker/docker-credential-helpers, credentials.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl DockerConfig {
    /// The credential for a registry's key; `None`: there is none.
    ///
    /// # Errors
    ///
    /// Why it cannot be had, in words that name the file or the helper.
    pub(crate) async fn credential(&self, key: &str) -> Result<Option<DockerCredential>, String> {
        if let Some(why) = self.broken() {
            return Err(format!("{}: {why}", self.file()));
        }
        if let Some(helper) = self.helper(key) {
            return ask(&helper, key, PATIENCE).await;
        }
        let Content::Read(content) = &self.content else { return Ok(None) };
        match docker_credential::get_credential_from_reader(content.to_string().as_bytes(), key) {
            Ok(credential) => Ok(Some(credential)),
            Err(
                CredentialRetrievalError::NoCredentialConfigured | CredentialRetrievalError::ConfigNotFound,
            ) => Ok(None),
            Err(error) => Err(format!("{}: {error}", self.file())),
        }
    }
}

/// Asks a helper. It ends with the question.
async fn ask(helper: &str, key: &str, patience: Duration) -> Result<Option<DockerCredential>, String> {
    let failed = |what: String| format!("the credential helper {helper} {what}");
    let asking = async {
        let mut command = Command::new(helper);
        command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => failed("is not on PATH".to_owned()),
            _ => failed(format!("cannot be started: {error}")),
        })?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read has answered already.
            let _ = stdin.write_all(key.as_bytes()).await;
        }
        child.wait_with_output().await.map_err(|error| failed(format!("does not answer: {error}")))
    };
    let output = tokio::time::timeout(patience, asking).await;
    let output = output.map_err(|_| failed(format!("did not answer within {} s", patience.as_secs())))??;
    if !output.status.success() {
        let is_answer = memchr::memchr(b'{', &output.stdout).is_some();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" ");
        // One that keeps nothing for this registry says it with an error.
        // Source: docker-credential-helpers, credentials/error.go.
        return match said.contains("credentials not found") {
            true => Ok(None),
            false if is_answer => Err(failed("failed, and answered all the same".to_owned())),
            false => Err(failed(format!("failed: {said}"))),
        };
    }
    // What it answered may be a secret.
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("gave no answer that makes sense".to_owned()))?;
    Ok(Some(match answer.username.as_str() {
        "<token>" => DockerCredential::IdentityToken(answer.secret),
        _ => DockerCredential::UsernamePassword(answer.username, answer.secret),
    }))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;
    use crate::environment::Environment;

    #[tokio::test]
    async fn credentials_come_from_the_environment_that_was_handed_in() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = |content: &str| {
            std::fs::write(directory.path().join("config.json"), content).expect("written");
            DockerConfig::of(&[("DOCKER_CONFIG", directory.path())].into_iter().collect())
        };
        // `user:secret`.
        let given = config(r#"{"auths":{"ghcr.io":{"auth":"dXNlcjpzZWNyZXQ="}}}"#);
        let found = given.credential("ghcr.io").await;
        assert_eq!(found, Ok(Some(DockerCredential::UsernamePassword("user".into(), "secret".into()))));
        assert_eq!(given.credential("other.io").await, Ok(None));
        let nowhere: Environment = [("HOME", Path::new("/nowhere"))].into_iter().collect();
        assert_eq!(DockerConfig::of(&nowhere).credential("ghcr.io").await, Ok(None));
        let broken = config("{").credential("ghcr.io").await.expect_err("no JSON");
        assert!(broken.contains("config.json: no JSON"), "{broken}");
        let missing = config(r#"{"credsStore":"nobody-has-this"}"#).credential("ghcr.io").await;
        let missing = missing.expect_err("there is no such program");
        assert_eq!(missing, "the credential helper docker-credential-nobody-has-this is not on PATH");
    }

    #[tokio::test]
    async fn a_helper_is_named_whatever_it_does_and_not_waited_for_for_ever() {
        let directory = tempfile::tempdir().expect("a directory");
        let helper = |script: &str| {
            let path = directory.path().join("docker-credential-test");
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("ours");
            path.display().to_string()
        };
        let ask = async |script: &str| ask(&helper(script), "ghcr.io", Duration::from_secs(1)).await;
        let token = ask(r#"read key; echo "{\"Username\":\"<token>\",\"Secret\":\"$key\"}""#).await;
        assert_eq!(token, Ok(Some(DockerCredential::IdentityToken("ghcr.io".into()))));
        assert_eq!(ask("echo credentials not found in native keychain; exit 1").await, Ok(None));
        for (script, why) in [
            ("sleep 60", "did not answer within 1 s"),
            ("echo locked >&2; exit 1", "failed: locked"),
            ("echo hunter2", "gave no answer that makes sense"),
            (r#"echo '{"Username":"me","Secret":"hunter2"}'; exit 1"#, "failed, and answered all the same"),
        ] {
            let error = ask(script).await.expect_err(why);
            assert!(error.starts_with("the credential helper /") && error.contains(why), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
