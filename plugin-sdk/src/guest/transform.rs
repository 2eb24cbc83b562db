//! The world `transform`.

use std::marker::PhantomData;

use super::instance;
use super::shared_conversions;
use crate::Transform;
use crate::config;
use crate::transform as sdk;

/// The world as `wit-bindgen` shows it to Rust. Made from `wit/` by the test
/// `the_sdk_has_the_bindings_of_wit` of `sortie-plugin-build`.
#[allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
#[rustfmt::skip]
#[path = "bindings/transform.rs"]
pub mod bindings;

use bindings::sortie::plugin::task;

shared_conversions!(types::Kind::Transform);

/// A [`Transform`] as the world wants it.
pub struct Component<P>(PhantomData<P>);

impl<P: Transform + 'static> bindings::Guest for Component<P> {
    fn describe() -> types::Description {
        description(P::about())
    }

    fn configure(json: String) -> Vec<types::Diagnostic> {
        let (plugin, findings) = config::configure(&json, &HostEnvironment, P::configure);
        instance::set(plugin);
        diagnostics(findings)
    }

    fn transform(task: task::TaskSpec) -> Result<task::TaskSpec, String> {
        let mut task = from_host(task);
        match instance::with(|plugin: &mut P| plugin.transform(&mut task)) {
            Ok(()) => Ok(to_host(task)),
            Err(refusal) => Err(refusal.0),
        }
    }
}

fn pairs_from_host(pairs: Vec<task::Pair>) -> Vec<sdk::Pair> {
    pairs.into_iter().map(|pair| sdk::Pair { name: pair.name, value: pair.value }).collect()
}

fn pairs_to_host(pairs: Vec<sdk::Pair>) -> Vec<task::Pair> {
    pairs.into_iter().map(|pair| task::Pair { name: pair.name, value: pair.value }).collect()
}

fn from_host(spec: task::TaskSpec) -> sdk::TaskSpec {
    sdk::TaskSpec {
        name: spec.name,
        containers: spec.containers.into_iter().map(container_from_host).collect(),
        cpu: spec.cpu,
        memory: spec.memory,
        ephemeral_storage: spec.ephemeral_storage,
        task_role: spec.task_role,
        execution_role: spec.execution_role,
        network: sdk::Network {
            subnets: spec.network.subnets,
            security_groups: spec.network.security_groups,
            assign_public_ip: spec.network.assign_public_ip,
        },
        tags: pairs_from_host(spec.tags),
        started_by: spec.started_by,
        extra: spec.extra,
    }
}

fn to_host(spec: sdk::TaskSpec) -> task::TaskSpec {
    task::TaskSpec {
        name: spec.name,
        containers: spec.containers.into_iter().map(container_to_host).collect(),
        cpu: spec.cpu,
        memory: spec.memory,
        ephemeral_storage: spec.ephemeral_storage,
        task_role: spec.task_role,
        execution_role: spec.execution_role,
        network: task::Network {
            subnets: spec.network.subnets,
            security_groups: spec.network.security_groups,
            assign_public_ip: spec.network.assign_public_ip,
        },
        tags: pairs_to_host(spec.tags),
        started_by: spec.started_by,
        extra: spec.extra,
    }
}

fn container_from_host(container: task::Container) -> sdk::Container {
    let dependency = |dependency: task::Dependency| sdk::Dependency {
        container: dependency.container,
        condition: match dependency.condition {
            task::Condition::Start => sdk::Condition::Start,
            task::Condition::Complete => sdk::Condition::Complete,
            task::Condition::Success => sdk::Condition::Success,
            task::Condition::Healthy => sdk::Condition::Healthy,
        },
    };
    sdk::Container {
        name: container.name,
        image: container.image,
        entry_point: container.entry_point,
        command: container.command,
        env: pairs_from_host(container.env),
        secrets: pairs_from_host(container.secrets),
        essential: container.essential,
        cpu: container.cpu,
        memory: container.memory,
        memory_reservation: container.memory_reservation,
        user: container.user,
        working_directory: container.working_directory,
        stop_timeout: container.stop_timeout,
        depends_on: container.depends_on.into_iter().map(dependency).collect(),
        log: container
            .log
            .map(|log| sdk::LogConfig { driver: log.driver, options: pairs_from_host(log.options) }),
        extra: container.extra,
    }
}

fn container_to_host(container: sdk::Container) -> task::Container {
    let dependency = |dependency: sdk::Dependency| task::Dependency {
        container: dependency.container,
        condition: match dependency.condition {
            sdk::Condition::Start => task::Condition::Start,
            sdk::Condition::Complete => task::Condition::Complete,
            sdk::Condition::Success => task::Condition::Success,
            sdk::Condition::Healthy => task::Condition::Healthy,
        },
    };
    task::Container {
        name: container.name,
        image: container.image,
        entry_point: container.entry_point,
        command: container.command,
        env: pairs_to_host(container.env),
        secrets: pairs_to_host(container.secrets),
        essential: container.essential,
        cpu: container.cpu,
        memory: container.memory,
        memory_reservation: container.memory_reservation,
        user: container.user,
        working_directory: container.working_directory,
        stop_timeout: container.stop_timeout,
        depends_on: container.depends_on.into_iter().map(dependency).collect(),
        log: container
            .log
            .map(|log| task::LogConfig { driver: log.driver, options: pairs_to_host(log.options) }),
        extra: container.extra,
    }
}
