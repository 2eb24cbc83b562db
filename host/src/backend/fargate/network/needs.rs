//! What a task must reach before it starts.
//!
//! Sources: Amazon ECR User Guide, "Amazon ECR interface VPC endpoints" (`ecr.api` and `ecr.dkr`, and S3, where the
//! layers are); Amazon ECS Developer Guide, "Amazon ECS interface VPC endpoints", considerations for Fargate (from
//! platform version 1.4.0 on, the task's own interface fetches images and secrets and writes logs; those of ECS
//! itself are not needed).

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::backend::fargate::logs::streams::LogSource;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;
use crate::spec::image_name;

/// Where a task is attached, and what it must reach from there.
#[derive(Debug, Clone)]
pub(in crate::backend::fargate) struct Needs {
    /// The task's region.
    pub(super) region: String,
    /// Subnets, of which one gets the task.
    pub(super) subnets: Vec<String>,
    /// Security groups; none: the VPC's default one.
    pub(super) groups: Vec<String>,
    /// The task has an address of its own on the internet.
    pub(super) is_public: bool,
    /// What must be reached.
    pub(super) destinations: BTreeSet<Destination>,
}

/// Something that must be reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Destination {
    /// A service of AWS.
    Aws {
        /// The end of the name that its endpoints have: `ecr.dkr`, `logs`.
        service: &'static str,
        region: String,
        /// Whether it is the task's region.
        is_near: bool,
    },
    /// A registry.
    Registry {
        host: String,
        port: u16,
        /// It is known to be on the internet, and nowhere else.
        is_public: bool,
    },
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aws { service, is_near: true, .. } => f.write_str(service),
            Self::Aws { service, region, .. } => write!(f, "{service} of {region}"),
            Self::Registry { host, .. } => f.write_str(host),
        }
    }
}

impl Destination {
    pub(super) fn port(&self) -> u16 {
        match self {
            Self::Aws { .. } => HTTPS,
            Self::Registry { port, .. } => *port,
        }
    }
}

const HTTPS: u16 = 443;

/// Registries on the internet, by the end of their names.
const PUBLIC: &[&str] = &[
    image_name::DOCKER_HUB,
    "public.ecr.aws",
    "gallery.ecr.aws",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "pkg.dev",
    "mcr.microsoft.com",
    "registry.k8s.io",
    "registry.gitlab.com",
];

impl Needs {
    /// Of a task that is launched in this region.
    pub(in crate::backend::fargate) fn of(task: &TaskSpec, region: &str) -> Self {
        let mut destinations = BTreeSet::new();
        for container in &task.containers {
            let services = registry(&container.image, region, &mut destinations)
                .into_iter()
                .chain(log(container, region))
                .chain(stores(container, region));
            destinations.extend(services.map(|(service, of)| {
                let is_near = of == region;
                Destination::Aws { service, region: of, is_near }
            }));
        }
        Self {
            region: region.to_owned(),
            subnets: task.network.subnets.clone(),
            groups: task.network.security_groups.clone(),
            is_public: task.network.assign_public_ip,
            destinations,
        }
    }
}

/// What the image comes from: services, or a registry that is put into `destinations`.
fn registry(
    image: &str,
    region: &str,
    destinations: &mut BTreeSet<Destination>,
) -> Vec<(&'static str, String)> {
    let host = image_name::registry(image);
    if let Some(of) = ecr_region(host) {
        let of = if of.is_empty() { region } else { of };
        return ["ecr.api", "ecr.dkr", "s3"].map(|service| (service, of.to_owned())).to_vec();
    }
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(HTTPS)),
        None => (host, HTTPS),
    };
    let is_public = PUBLIC.iter().any(|known| {
        host.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    });
    destinations.insert(Destination::Registry { host: host.to_owned(), port, is_public });
    Vec::new()
}

/// The region of a private registry of ECR.
/// Source: Amazon ECR User Guide, "Amazon ECR private registry", and its endpoints for FIPS and IPv6.
fn ecr_region(host: &str) -> Option<&str> {
    let (_, rest) = [".dkr.ecr.", ".dkr.ecr-fips.", ".dkr-ecr.", ".dkr-ecr-fips."]
        .iter()
        .find_map(|middle| host.split_once(middle))?;
    rest.split('.').next()
}

fn log(container: &ContainerSpec, region: &str) -> Option<(&'static str, String)> {
    match LogSource::of(container, region) {
        LogSource::CloudWatch { region, .. } => Some(("logs", region)),
        LogSource::Unreadable(_) => None,
    }
}

/// Secrets, credentials of a registry, and files of variables.
fn stores<'a>(
    container: &'a ContainerSpec,
    region: &'a str,
) -> impl Iterator<Item = (&'static str, String)> + 'a {
    let extra = |pointer: &str| -> Option<&'a Value> {
        let (first, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
        let value = container.extra.get(first)?;
        if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) }
    };
    let list = |pointer: &str| extra(pointer).and_then(Value::as_array).into_iter().flatten();
    let of_variables = container.secrets.iter().map(|secret| secret.value.as_str());
    let of_log =
        list("logConfiguration/secretOptions").filter_map(|secret| secret.get("valueFrom")?.as_str());
    let of_registry = extra("repositoryCredentials/credentialsParameter").and_then(Value::as_str);
    let files = list("environmentFiles").map(move |_| ("s3", region.to_owned()));
    of_variables.chain(of_log).chain(of_registry).map(move |from| store(from, region)).chain(files)
}

/// Where a secret is: a name without an ARN is a parameter's.
/// Source: Amazon ECS API reference, Secret, `valueFrom`.
fn store(value_from: &str, region: &str) -> (&'static str, String) {
    let mut parts = value_from.split(':').skip(2);
    let (service, of) = (parts.next(), parts.next().filter(|of| !of.is_empty()));
    let service = if service == Some("secretsmanager") { "secretsmanager" } else { "ssm" };
    (service, of.unwrap_or(region).to_owned())
}
