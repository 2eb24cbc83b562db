//! Creating everything that a run needs in the engine, or nothing: what was made before a failure
//! is taken away again. Nothing is started here but the holder of the network namespace.
//!
//! - [`image`]: pulling, with the credentials that docker's configuration has.
//! - [`pause_container`]: the container that holds the network namespace of several.
//! - [`labels`]: whose containers these are.
//! - [`reap`]: finding what runs have left, and taking it away.

pub(crate) mod labels;
pub(crate) mod reap;

mod image;
mod pause_container;

use std::collections::BTreeSet;
use std::time::Instant;

use bollard::errors::Error as EngineError;
use bollard::models::ContainerCreateBody;
use bollard::models::HealthConfig;
use bollard::models::HostConfig;
use bollard::models::HostConfigLogConfig;
use bollard::models::ResourcesUlimits;
use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::CreateContainerOptions;
use bollard::query_parameters::StartContainerOptions;
use bollard::query_parameters::UploadToContainerOptions;
use rustix::process::Resource;
use rustix::process::getrlimit;
use tokio::sync::watch;

use self::labels::labels;
use super::engine;
use super::engine::Engine;
use super::plan::DockerPlan;
use super::plan::PlannedContainer;
use super::task::DockerTask;
use crate::backend::LaunchError;
use crate::backend::capability::LeftoverParts as Parts;
use crate::error::Error;
use crate::error::Kind;
use crate::event::EventKind;
use crate::report::Phase;
use crate::report::PhaseName;
use crate::settings::Pull;
use crate::stream::EventSender;

/// Longest part of a task's name in the names of its containers, in characters.
const LONGEST_NAME: usize = 40;

/// Limits that podman sets together, and the most that is asked for the one that the definition does
/// not name. Source: Amazon ECS API reference, Ulimit: 65535 files on Fargate; Linux, `pid_max`: 32768.
const MOST: [(&str, Resource, i64); 2] =
    [("nofile", Resource::Nofile, 65_535), ("nproc", Resource::Nproc, 32_768)];

/// Pulls what is missing and creates the task's containers.
pub(crate) async fn launch(
    engine: &Engine,
    plan: &DockerPlan,
    run: &str,
    events: &EventSender,
    mut cancelled: watch::Receiver<bool>,
) -> Result<DockerTask, LaunchError> {
    let pulling = Instant::now();
    let mut pulled = false;
    let images: BTreeSet<&str> = plan.containers.iter().map(|container| container.image.as_str()).collect();
    for image in images {
        tokio::select! {
            biased;
            // An engine goes on with what it has begun to pull, or drops it; either is harmless.
            _ = cancelled.wait_for(|cancelled| *cancelled) => return Err(LaunchError::Cancelled),
            ensured = image::ensure(engine, image, plan.pull, events) => pulled |= ensured?,
        }
    }
    let pull = Phase { name: PhaseName::Pull, duration: pulling.elapsed() };
    let phases = Vec::from_iter(pulled.then_some(pull));
    let mut making =
        Making { engine, plan, run: run.to_owned(), cancelled: cancelled.clone(), parts: Parts::default() };
    let made = match making.everything().await {
        Ok(_) if *cancelled.borrow() => Err(LaunchError::Cancelled),
        made => made,
    };
    match made {
        Ok(containers) => Ok(DockerTask::new(engine.clone(), run, containers, making.parts, phases)),
        Err(mut error) => {
            if let Err(left) = reap::remove(engine, &making.parts).await {
                let left = format!("{left}; {}", left.advice());
                match &mut error {
                    LaunchError::Cancelled => events.send(EventKind::warning(left)),
                    LaunchError::Failed(failed) => *failed = failed.clone().hint(left),
                }
            }
            Err(error)
        }
    }
}

/// A name that no other run has: the task's, in the letters that engines take, and a random part.
pub(crate) fn run_id(task: &str) -> String {
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = task.chars().take(LONGEST_NAME).map(letters).collect();
    format!("{}-{:08x}", name.trim_matches('-'), rand::random::<u32>()).trim_start_matches('-').to_owned()
}

/// What is made for one run, so far.
struct Making<'a> {
    engine: &'a Engine,
    plan: &'a DockerPlan,
    run: String,
    cancelled: watch::Receiver<bool>,
    parts: Parts,
}

impl Making<'_> {
    async fn everything(&mut self) -> Result<Vec<(PlannedContainer, String)>, LaunchError> {
        for volume in &self.plan.volumes {
            self.volume(volume).await?;
        }
        let network = match self.plan.containers.len() {
            1 => self.plan.network.clone(),
            _ => Some(format!("container:{}", self.holder().await?)),
        };
        let mut made = Vec::new();
        for planned in &self.plan.containers {
            if *self.cancelled.borrow() {
                return Err(LaunchError::Cancelled);
            }
            let id = self.container(planned, network.clone()).await?;
            made.push((planned.clone(), id));
        }
        Ok(made)
    }

    async fn volume(&mut self, name: &str) -> Result<(), LaunchError> {
        let name = self.volume_name(name);
        let request = VolumeCreateRequest {
            name: Some(name.clone()),
            labels: Some(labels(&self.run, None)),
            ..Default::default()
        };
        self.engine.api.create_volume(request).await.map_err(|error| {
            LaunchError::Failed(
                self.engine.error(&format!("volume {name}"), &error).of_kind(Kind::NeverStarted),
            )
        })?;
        self.parts.volumes.push(name);
        Ok(())
    }

    fn volume_name(&self, name: &str) -> String {
        format!("sortie-{}-{name}", self.run)
    }

    /// Makes and starts the container whose network namespace the others join.
    async fn holder(&mut self) -> Result<String, LaunchError> {
        let failed = |what: String| {
            LaunchError::Failed(Error::never_started(format!(
                "the network namespace of the task's containers: {what}"
            )))
        };
        let facts = self.engine.facts().await.map_err(|error| failed(engine::words(&error)))?;
        let architecture = &facts.architecture;
        let program = pause_container::program(architecture)
            .ok_or_else(|| failed(format!("not on an engine for {architecture} (amd64 and arm64 can)")))?;
        let archive = pause_container::archive(&program).map_err(|error| failed(error.to_string()))?;
        let body = ContainerCreateBody {
            image: self.plan.containers.first().map(|container| container.image.clone()),
            entrypoint: Some(vec![pause_container::PROGRAM.to_owned()]),
            cmd: Some(Vec::new()),
            user: Some("0".to_owned()),
            // The image's own is about the image's own program.
            healthcheck: Some(HealthConfig { test: Some(vec!["NONE".to_owned()]), ..Default::default() }),
            labels: Some(labels(&self.run, None)),
            host_config: Some(HostConfig {
                network_mode: self.plan.network.clone(),
                log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
                ..Default::default()
            }),
            ..Default::default()
        };
        let first = self.plan.containers.first().map_or("", |container| container.image.as_str());
        // No container of a task can have a dot in its name.
        let id = self.create("network", &format!("sortie-{}.network", self.run), body, first).await?;
        let options = UploadToContainerOptions { path: "/".to_owned(), ..Default::default() };
        let uploaded =
            self.engine.api.upload_to_container(&id, Some(options), bollard::body_full(archive.into()));
        uploaded.await.map_err(|error| failed(engine::words(&error)))?;
        let start = self.engine.api.start_container(&id, None::<StartContainerOptions>).await;
        start.map_err(|error| failed(engine::words(&error)))?;
        Ok(id)
    }

    async fn container(
        &mut self,
        planned: &PlannedContainer,
        network: Option<String>,
    ) -> Result<String, LaunchError> {
        let mut body = planned.body.clone();
        body.labels.get_or_insert_default().extend(labels(&self.run, Some(&planned.name)));
        if let Some(host) = &mut body.host_config {
            host.network_mode = network;
            for mount in &planned.mounts {
                let mode = if mount.read_only { ":ro" } else { "" };
                let volume = self.volume_name(&mount.source_volume);
                host.binds.get_or_insert_default().push(format!("{volume}:{}{mode}", mount.container_path));
            }
            if host.network_mode.as_deref().is_some_and(|mode| mode.starts_with("container:")) {
                // The namespace's holder has the name.
                body.hostname = None;
            }
        }
        self.limit_cpus(&mut body).await;
        self.limit_both(&mut body).await;
        let engine_name = format!("sortie-{}-{}", self.run, planned.name);
        self.create(&planned.name, &engine_name, body, &planned.image).await
    }

    /// Engines refuse more CPUs than the machine has, which a task of Fargate may well ask for:
    /// such a limit limits nothing here. And they refuse any where they may not limit CPUs (podman
    /// without root, unless the system delegates that).
    async fn limit_cpus(&self, body: &mut ContainerCreateBody) {
        let Some(host) = body.host_config.as_mut().filter(|host| host.nano_cpus.is_some()) else { return };
        // An engine that does not tell says so itself when it creates the container.
        let Ok(machine) = self.engine.machine().await else { return };
        host.nano_cpus = host
            .nano_cpus
            .filter(|nanos| machine.limits_cpus && *nanos <= machine.cpus.saturating_mul(1_000_000_000));
    }

    /// Podman gives a container that has one of these limits the highest value there is for the other
    /// one, and may not be allowed to. What this process may have is, up to what kernels and Fargate
    /// give by default.
    async fn limit_both(&self, body: &mut ContainerCreateBody) {
        let Some(host) = body.host_config.as_mut() else { return };
        let Some(limits) = host.ulimits.as_mut().filter(|limits| !limits.is_empty()) else { return };
        if !self.engine.facts().await.is_ok_and(|facts| facts.podman) {
            return;
        }
        for (name, resource, usual) in MOST {
            if limits.iter().any(|limit| limit.name.as_deref() == Some(name)) {
                continue;
            }
            let own = getrlimit(resource).maximum.and_then(|most| i64::try_from(most).ok());
            let most = own.map_or(usual, |most| most.min(usual));
            limits.push(ResourcesUlimits { name: Some(name.to_owned()), soft: Some(most), hard: Some(most) });
        }
    }

    async fn create(
        &mut self,
        name: &str,
        engine_name: &str,
        body: ContainerCreateBody,
        image: &str,
    ) -> Result<String, LaunchError> {
        let options = CreateContainerOptions { name: Some(engine_name.to_owned()), ..Default::default() };
        // Before it is made: an answer that is lost must not leave it behind. And before the holder,
        // which the others need until they are gone.
        self.parts.containers.insert(0, engine_name.to_owned());
        let created = self.engine.api.create_container(Some(options), body).await;
        if let Err(EngineError::DockerResponseServerError { .. }) = created {
            // An answer: nothing was made, and what may have that name is somebody else's.
            self.parts.containers.remove(0);
        }
        created.map(|created| created.id).map_err(|error| {
            if engine::is_missing(&error) && self.plan.pull == Pull::Never {
                return LaunchError::Failed(
                    Error::never_started(format!(
                        "the engine does not have the image {image}, and --pull is never"
                    ))
                    .hint("--pull missing pulls it"),
                );
            }
            let what = self.engine.error(&format!("container `{name}` can not be created"), &error);
            match error {
                EngineError::DockerResponseServerError { .. } => {
                    LaunchError::Failed(what.of_kind(Kind::NeverStarted))
                }
                _ => LaunchError::Failed(what),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_are_names_that_engines_take() {
        let id = run_id("Nightly: größer_job");
        let (name, random) = id.rsplit_once('-').expect("two parts");
        assert_eq!((name, random.len()), ("nightly--gr--er-job", 8));
        assert_eq!(run_id("").len(), 8);
    }
}
