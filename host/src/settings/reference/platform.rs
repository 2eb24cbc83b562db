//! Settings of where a task runs.

use super::ALL;
use super::ENGINE;
use super::FARGATE;
use super::Kind;
use super::Setting;

const COMMON: Setting = Setting { heading: "Where it runs", ..super::COMMON };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "backend",
        kind: Kind::Choice(&["fargate", "docker", "process", "auto"]),
        commands: ALL,
        value_name: "NAME",
        help: "Back end: `fargate`; `docker`, a container engine; `process`; `auto`, the first engine there is",
        more: "`docker` is any engine that speaks Docker's API, Podman too; `auto` takes the first one that \
               answers on this machine; `process` is a plain process on this machine. There is no default: a \
               forgotten --cluster must never run a deployment on the CI machine itself. --cluster implies \
               `fargate`. When the two are set in different places, a flag wins over the environment, and \
               the environment over the file, so `--backend process` runs locally what a sortie.toml with a \
               cluster runs on Fargate.",
        ..COMMON
    },
    Setting {
        key: "local",
        kind: Kind::Switch,
        commands: ALL,
        help: "Run on this machine, in the first container engine that answers: --backend auto",
        ..COMMON
    },
    Setting {
        key: "engine",
        commands: ALL,
        value_name: "ADDRESS",
        backends: ENGINE,
        help: "Address of the container engine, such as unix:///run/user/1000/podman/podman.sock",
        more: "Default: DOCKER_HOST, the current docker context, or the engine's usual socket.",
        ..COMMON
    },
    Setting {
        key: "network",
        value_name: "NAME",
        backends: ENGINE,
        help: "Engine network of the task: a network's name, `none` or `host`",
        more: "The containers of one task share one network namespace, as on Fargate, and reach each \
               other on localhost, whatever the network.",
        ..COMMON
    },
    Setting {
        key: "cluster",
        commands: ALL,
        value_name: "NAME",
        backends: FARGATE,
        help: "ECS cluster, by name or ARN; implies --backend fargate",
        ..COMMON
    },
    Setting {
        key: "region",
        commands: ALL,
        value_name: "REGION",
        backends: FARGATE,
        help: "AWS region, if not the one in the AWS configuration",
        ..COMMON
    },
    Setting {
        key: "subnet",
        kind: Kind::List,
        value_name: "ID",
        backends: FARGATE,
        help: "Subnets to attach the task to (repeatable, or separated by commas)",
        ..COMMON
    },
    Setting {
        key: "security-group",
        kind: Kind::List,
        value_name: "ID",
        backends: FARGATE,
        help: "Security groups of the task (repeatable, or separated by commas)",
        ..COMMON
    },
    Setting {
        key: "assign-public-ip",
        kind: Kind::Switch,
        backends: FARGATE,
        help: "Give the task a public IP address",
        more: "Without one, a task in a subnet with no NAT gateway and no VPC endpoints cannot pull its \
               image. `--assign-public-ip=false` turns off what the environment or the file turns on.",
        ..COMMON
    },
    Setting {
        key: "capacity-provider",
        kind: Kind::Providers,
        value_name: "NAME[=WEIGHT[,BASE]]",
        backends: FARGATE,
        help: "Capacity provider, such as FARGATE_SPOT (repeatable)",
        more: "The default weight is 1.",
        ..COMMON
    },
    Setting {
        key: "platform-version",
        value_name: "VERSION",
        backends: FARGATE,
        help: "Fargate platform version, if not the platform's default",
        ..COMMON
    },
];
