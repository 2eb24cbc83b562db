//! What is made for one run: volumes, the pause container, the containers.

use bollard::errors::Error as EngineError;
use bollard::models::ContainerCreateBody;
use bollard::models::HealthConfig;
use bollard::models::HostConfig;
use bollard::models::HostConfigLogConfig;
use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::CreateContainerOptions;
use bollard::query_parameters::StartContainerOptions;
use bollard::query_parameters::UploadToContainerOptions;
use tokio::sync::watch;

use super::super::detached::label::ContainerLabel;
use super::super::detached::label::DETACHED;
use super::super::detached::label::this_user;
use super::super::engine;
use super::super::engine::Engine;
use super::super::logs::stored;
use super::super::plan::DockerPlan;
use super::super::plan::PlannedContainer;
use super::labels::labels;
use super::limits;
use super::pause_container;
use crate::backend::LaunchError;
use crate::backend::capability::LeftoverParts as Parts;
use crate::error::Error;
use crate::error::Kind;
use crate::settings::Pull;

/// Networks that are no things of their own.
const BUILT_IN: [&str; 6] = ["default", "bridge", "host", "none", "nat", "private"];

/// What is made for one run, so far.
pub(super) struct Making<'a> {
    pub(super) engine: &'a Engine,
    pub(super) plan: &'a DockerPlan,
    /// The run's id.
    pub(super) run: &'a str,
    pub(super) cancelled: watch::Receiver<bool>,
    pub(super) parts: Parts,
}

impl Making<'_> {
    /// Makes everything; answers the containers with the engine's ids, in the task's order.
    pub(super) async fn everything(&mut self) -> Result<Vec<(PlannedContainer, String)>, LaunchError> {
        self.check_network().await?;
        for volume in &self.plan.volumes {
            self.volume(volume).await?;
        }
        let network = match self.plan.containers.len() {
            1 => self.plan.network.clone(),
            _ => Some(format!("container:{}", self.pause_container().await?)),
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

    /// A network of the user's that does not exist is his mistake, and engines tell it only when a container
    /// starts.
    async fn check_network(&self) -> Result<(), LaunchError> {
        let Some(network) = &self.plan.network else { return Ok(()) };
        let found = match network.strip_prefix("container:") {
            Some(other) => self.engine.api.inspect_container(other, None).await.map(drop),
            None if BUILT_IN.contains(&network.as_str()) => Ok(()),
            None => self.engine.api.inspect_network(network, None).await.map(drop),
        };
        match found {
            Err(error) if engine::is_missing(&error) => {
                let error = Error::usage(format!("--network is `{network}`, which the engine does not have"));
                Err(LaunchError::Failed(
                    error.hint("docker network ls lists those there are, docker network create makes one"),
                ))
            }
            // What else is wrong shows when it is used.
            _ => Ok(()),
        }
    }

    async fn volume(&mut self, name: &str) -> Result<(), LaunchError> {
        let name = self.volume_name(name);
        let request = VolumeCreateRequest {
            name: Some(name.clone()),
            labels: Some(labels(self.run, None)),
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

    /// Makes and starts the pause container, whose network namespace the others join.
    async fn pause_container(&mut self) -> Result<String, LaunchError> {
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
            labels: Some(labels(self.run, None)),
            host_config: Some(HostConfig {
                network_mode: self.plan.network.clone(),
                log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
                ..Default::default()
            }),
            ..Default::default()
        };
        let first = self.plan.containers.first().map_or("", |container| container.image.as_str());
        let id = self.create("network", &pause_container::name(self.run), body, first).await?;
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
        body.labels.get_or_insert_default().extend(labels(self.run, Some(&planned.name)));
        if let Some(started_by) = &self.plan.detached {
            self.detach(&mut body, planned, started_by).await;
        }
        if let Some(host) = &mut body.host_config {
            host.network_mode = network;
            for mount in &planned.mounts {
                let mode = if mount.read_only { ":ro" } else { "" };
                let volume = self.volume_name(&mount.source_volume);
                host.binds.get_or_insert_default().push(format!("{volume}:{}{mode}", mount.container_path));
            }
            if host.network_mode.as_deref().is_some_and(|mode| mode.starts_with("container:")) {
                // The pause container has the name.
                body.hostname = None;
            }
        }
        limits::adapt(self.engine, &mut body).await;
        let engine_name = format!("sortie-{}-{}", self.run, planned.name);
        self.create(&planned.name, &engine_name, body, &planned.image).await
    }

    /// The container of a task that outlives this sortie: later steps read its label, and its log from
    /// the engine.
    async fn detach(&self, body: &mut ContainerCreateBody, planned: &PlannedContainer, started_by: &str) {
        let label = ContainerLabel {
            task: self.plan.name.clone(),
            index: self
                .plan
                .containers
                .iter()
                .position(|other| other.name == planned.name)
                .unwrap_or_default(),
            essential: planned.essential,
            main: planned.name == self.plan.main,
            stop_timeout: planned.stop_timeout.as_secs(),
            depends_on: planned.depends_on.iter().map(|dependency| dependency.container.clone()).collect(),
            started_by: started_by.to_owned(),
            user: this_user(),
        };
        body.labels.get_or_insert_default().insert(DETACHED.to_owned(), label.to_label());
        body.attach_stdout = Some(false);
        body.attach_stderr = Some(false);
        let podman = self.engine.facts().await.is_ok_and(|facts| facts.podman);
        body.host_config.get_or_insert_default().log_config = Some(stored::log_config(podman));
    }

    async fn create(
        &mut self,
        name: &str,
        engine_name: &str,
        body: ContainerCreateBody,
        image: &str,
    ) -> Result<String, LaunchError> {
        let options = CreateContainerOptions { name: Some(engine_name.to_owned()), ..Default::default() };
        // Before it is made: an answer that is lost must not leave it behind. And before the pause
        // container, which the others need until they are gone.
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
            let what = self.engine.error(&format!("container `{name}` cannot be created"), &error);
            match error {
                EngineError::DockerResponseServerError { .. } => {
                    LaunchError::Failed(what.of_kind(Kind::NeverStarted))
                }
                _ => LaunchError::Failed(what),
            }
        })
    }
}
