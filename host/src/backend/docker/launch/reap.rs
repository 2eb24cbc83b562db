//! What runs leave in an engine: finding it, and taking it away.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::time::Duration;
use std::time::Instant;

use bollard::errors::Error as EngineError;
use bollard::query_parameters::KillContainerOptions;
use bollard::query_parameters::ListVolumesOptions;
use bollard::query_parameters::RemoveContainerOptions;
use bollard::query_parameters::RemoveVolumeOptions;
use serde::Deserialize as _;
use serde_json::Value;

use super::super::detached::found;
use super::super::engine;
use super::super::engine::Engine;
use super::super::engine::http_get;
use super::labels;
use super::labels::Owner;
use crate::backend::capability::Alive;
use crate::backend::capability::Leftover;
use crate::backend::capability::LeftoverParts as Parts;
use crate::error::Error;

/// All containers with the label of runs: `filters={"label":["dev.sortie.run"]}`. The version is the
/// oldest that has all this; engines take newer and older ones.
const CONTAINERS: &str =
    "/v1.40/containers/json?all=true&filters=%7B%22label%22%3A%5B%22dev.sortie.run%22%5D%7D";

/// How many containers are removed at the same time: an engine does each in some 100 ms, and most of that
/// is waiting.
const AT_ONCE: usize = 8;

/// How long a removal that somebody else has begun may take.
const OTHERS_REMOVAL: Duration = Duration::from_secs(5);

/// How often it is looked whether something is gone.
const REMOVAL_PAUSE: Duration = Duration::from_millis(100);

/// Everything in the engine that has sortie's labels, run by run.
pub(crate) async fn find(engine: &Engine) -> Result<Vec<Leftover>, Error> {
    let containers = http_get::get(&engine.address, CONTAINERS).await.map_err(|error| {
        Error::platform(format!("listing containers: {error}"))
            .hint(format!("the container engine at {} could not be asked", engine.address))
    })?;
    let filters = Some(HashMap::from([("label".to_owned(), vec![labels::RUN.to_owned()])]));
    let volumes = engine.api.list_volumes(Some(ListVolumesOptions { filters })).await;
    let volumes = volumes.map_err(|error| engine.error("listing volumes", &error))?;
    let mut runs: BTreeMap<String, Leftover> = BTreeMap::new();
    for container in containers.as_ref().and_then(Value::as_array).into_iter().flatten() {
        let Some(id) = container["Id"].as_str() else { continue };
        let Ok(labels) = HashMap::<String, String>::deserialize(&container["Labels"]) else { continue };
        let Some(run) = entry(&mut runs, &labels) else { continue };
        match labels.get(labels::CONTAINER) {
            Some(name) => {
                let state = container["Status"].as_str().unwrap_or_default();
                run.containers.push((name.clone(), state.to_owned()));
                run.parts.containers.insert(0, id.to_owned());
            }
            None => run.parts.containers.push(id.to_owned()),
        }
    }
    for volume in volumes.volumes.into_iter().flatten() {
        if let Some(run) = entry(&mut runs, &volume.labels) {
            run.parts.volumes.push(volume.name);
        }
    }
    let mut leftovers: Vec<Leftover> = runs.into_values().collect();
    // The sortie that launched a detached task is gone, and the task goes on.
    for task in found::all(engine, None).await?.iter().filter(|task| task.goes_on()) {
        for leftover in leftovers.iter_mut().filter(|leftover| leftover.run == task.run) {
            leftover.alive = Alive::Detached;
        }
    }
    Ok(leftovers)
}

fn entry<'a>(
    runs: &'a mut BTreeMap<String, Leftover>,
    labels: &HashMap<String, String>,
) -> Option<&'a mut Leftover> {
    let run = labels.get(labels::RUN)?;
    let owner = labels.get(labels::OWNER).map_or("", String::as_str);
    Some(runs.entry(run.clone()).or_insert_with(|| Leftover {
        run: run.clone(),
        alive: Owner::alive(owner),
        containers: Vec::new(),
        parts: Parts::default(),
    }))
}

/// Removes containers, running or not, with their anonymous volumes, then volumes. Goes on after
/// a failure, and returns the first one.
pub(crate) async fn remove(engine: &Engine, parts: &Parts) -> Result<(), Error> {
    let mut failure = None;
    // All at once, and first: podman's removal would stop each one gently, one after the other.
    let kills = parts.containers.iter().map(|id| engine.api.kill_container(id, None::<KillContainerOptions>));
    // One that is not running cannot be killed, and is removed all the same.
    futures_util::future::join_all(kills).await;
    // The last one may be the pause container, which podman keeps while others use its network.
    let (others, last) = parts.containers.split_at(parts.containers.len().saturating_sub(1));
    for at_once in others.chunks(AT_ONCE).chain([last]) {
        let removals = at_once.iter().map(|id| remove_container(engine, id));
        for error in futures_util::future::join_all(removals).await.into_iter().filter_map(Result::err) {
            failure.get_or_insert(error);
        }
    }
    for name in &parts.volumes {
        let options = RemoveVolumeOptions { force: true };
        if let Err(error) = engine.api.remove_volume(name, Some(options)).await
            && !engine::is_missing(&error)
        {
            failure.get_or_insert(engine.error(&format!("volume {name} cannot be removed"), &error));
        }
    }
    match failure {
        None => Ok(()),
        Some(error) => Err(error.hinted_anew(["sortie reap --local removes what is left".to_owned()])),
    }
}

/// Removes one container. Where somebody else is removing it already, waits until it is gone, so that
/// nobody sees it after sortie has said that it is.
async fn remove_container(engine: &Engine, id: &str) -> Result<(), Error> {
    let begun = Instant::now();
    loop {
        let options = RemoveContainerOptions { force: true, v: true, ..Default::default() };
        match engine.api.remove_container(id, Some(options)).await {
            Err(error) if is_being_removed(&error) && begun.elapsed() < OTHERS_REMOVAL => {
                tokio::time::sleep(REMOVAL_PAUSE).await;
            }
            Err(error) if !engine::is_missing(&error) => {
                return Err(engine.error(&format!("container {} cannot be removed", short(id)), &error));
            }
            _ => return Ok(()),
        }
    }
}

/// Somebody else is removing it already.
fn is_being_removed(error: &EngineError) -> bool {
    matches!(error, EngineError::DockerResponseServerError { status_code: 409, message } if message.contains("already in progress"))
}

/// Removes everything that was made for one run, until nothing has been there for `quiet`: a request that
/// was under way may make one more. Without an end where something cannot be removed.
pub(crate) async fn remove_until_quiet(engine: &Engine, run: &str, quiet: Duration) {
    let mut empty_since = None;
    loop {
        match remove_run(engine, run).await {
            Ok(false) if empty_since.get_or_insert_with(Instant::now).elapsed() >= quiet => return,
            Ok(false) => {}
            Ok(true) | Err(_) => empty_since = None,
        }
        tokio::time::sleep(REMOVAL_PAUSE).await;
    }
}

/// Removes everything that was made for one run; answers whether there was something.
pub(crate) async fn remove_run(engine: &Engine, run: &str) -> Result<bool, Error> {
    let mut found = false;
    for leftover in find(engine).await?.iter().filter(|leftover| leftover.run == run) {
        found = true;
        remove(engine, &leftover.parts).await?;
    }
    Ok(found)
}

/// An id as engines print it.
pub(crate) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;

    use serde_json::json;
    use tokio::io::AsyncBufReadExt as _;
    use tokio::io::AsyncWriteExt as _;
    use tokio::io::BufStream;
    use tokio::net::TcpListener;

    use super::*;
    use crate::environment::Environment;
    use crate::secrecy::Secrets;
    use crate::settings::DockerSettings;
    use crate::stream::announcer::tests::announcer;

    #[test]
    fn the_label_that_is_listed_is_the_one_that_is_given() {
        assert!(CONTAINERS.contains(&format!("%22{}%22", labels::RUN)));
    }

    /// An engine that answers every GET of a list with these, and everything else with nothing. Notes
    /// what it was asked: method, and path without version and query.
    async fn engine(
        containers: serde_json::Value,
        volumes: serde_json::Value,
    ) -> (Engine, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("tcp://{}", listener.local_addr().expect("bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut stream = BufStream::new(stream);
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n")
                    && stream.read_until(b'\n', &mut head).await.is_ok_and(|n| n > 0)
                {}
                let head = String::from_utf8(head).expect("text");
                let mut words = head.split([' ', '?']);
                let (method, path) = (words.next().expect("a method"), words.next().expect("a path"));
                let path = match path.strip_prefix("/v1.") {
                    Some(rest) => &rest[rest.find('/').expect("a path")..],
                    None => path,
                };
                noted.lock().expect("ours").push(format!("{method} {path}"));
                let body = match path {
                    "/containers/json" => containers.to_string(),
                    "/volumes" => volumes.to_string(),
                    _ => String::new(),
                };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.expect("sent");
                stream.flush().await.expect("sent");
            }
        });
        let settings = DockerSettings { engine: Some(address), ..DockerSettings::default() };
        let (announcer, _) = announcer();
        let engine = Engine::connect(&settings, &Environment::default(), &Secrets::new(), &announcer).await;
        (engine.expect("it answers"), asked)
    }

    #[tokio::test]
    async fn abandoning_one_run_leaves_the_others_of_this_process_alone() {
        let container = |id: &str, run: &str| json!({ "Id": id, "Labels": labels::labels(run, Some("app")) });
        let volume = |name: &str, run: &str| {
            json!({
                "Name": name, "Labels": labels::labels(run, None), "Driver": "local", "Mountpoint": "/v",
                "Scope": "local", "Options": {},
            })
        };
        let containers = json!([container("mine", "job-1"), container("other", "job-2")]);
        let volumes = json!({ "Volumes": [volume("my-volume", "job-1"), volume("other-volume", "job-2")] });
        let (engine, asked) = engine(containers, volumes).await;
        remove_run(&engine, "job-1").await.expect("removed");
        let asked = asked.lock().expect("ours").clone();
        let removed: Vec<&str> = asked.iter().filter_map(|line| line.strip_prefix("DELETE ")).collect();
        assert_eq!(removed, ["/containers/mine", "/volumes/my-volume"], "{asked:?}");
        assert!(!asked.iter().any(|line| line.contains("other")), "{asked:?}");
    }
}
