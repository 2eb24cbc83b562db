//! Settings of how large a task is, and as whom it acts.

use super::CONTAINERS;
use super::FARGATE;
use super::Kind;
use super::Setting;

const COMMON: Setting = Setting { heading: "Size and identity", ..super::COMMON };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "cpu",
        kind: Kind::Amount,
        value_name: "CPU",
        backends: CONTAINERS,
        help: "CPU of the task: 256 (1/1024 of a vCPU), 0.25 or 1vcpu",
        more: "A whole number is in units of 1/1024 vCPU, as ECS writes it; a number with a point or \
               followed by `vcpu` is in vCPUs.",
        ..COMMON
    },
    Setting {
        key: "memory",
        kind: Kind::Amount,
        value_name: "MEMORY",
        backends: CONTAINERS,
        help: "Memory of the task: 2048 (MiB), 512MB or 2GB",
        more: "As in ECS, 1GB is 1024 MiB; GiB and MiB mean the same.",
        ..COMMON
    },
    Setting {
        key: "ephemeral-storage",
        kind: Kind::Amount,
        value_name: "GIB",
        backends: FARGATE,
        help: "Disk of the task: 50 (GiB) or 50GB",
        ..COMMON
    },
    Setting {
        key: "task-role",
        value_name: "ROLE",
        backends: FARGATE,
        help: "IAM role of the task's own code, by name or ARN",
        ..COMMON
    },
    Setting {
        key: "execution-role",
        value_name: "ROLE",
        backends: FARGATE,
        help: "IAM role that pulls the image, reads secrets and writes logs, by name or ARN",
        ..COMMON
    },
];
