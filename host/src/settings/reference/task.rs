//! Settings of what runs: definition or image, command, environment, tags.

use super::CONTAINERS;
use super::ENGINE;
use super::FARGATE;
use super::Kind;
use super::Setting;
use super::TASK_AND_END;
use super::TASK_AND_LIST;
use crate::settings::Pull;
use crate::settings::choice::Choice as _;

const COMMON: Setting = Setting { heading: "What runs", ..super::COMMON };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "task-definition",
        value_name: "TASK",
        backends: CONTAINERS,
        help: "Task definition: FAMILY, FAMILY:REVISION, an ARN, or file:PATH",
        more: "file:PATH is a JSON or YAML file in the form that `aws ecs register-task-definition \
               --cli-input-json` takes or `describe-task-definition` prints, a list of container \
               definitions, or a CloudFormation template with one task definition; file:- is standard \
               input. sortie registers it. A path with a slash or an ending such as .json needs no file: \
               before it.",
        ..COMMON
    },
    Setting {
        key: "image",
        kind: Kind::List,
        value_name: "[CONTAINER=]IMAGE",
        backends: CONTAINERS,
        help: "Image to run; with a task definition, in place of the definition's own (repeatable)",
        more: "Alone, it runs in a task definition that sortie makes. With a task definition it takes the \
               place of the main container's image, and CONTAINER=IMAGE of another's: sortie registers a \
               revision with it, or uses one with the same content again.",
        ..COMMON
    },
    Setting {
        key: "register-as",
        value_name: "FAMILY",
        backends: FARGATE,
        help: "Family under which sortie registers what is not registered",
        more: "Default: a family of sortie's own, so that nothing that uses the latest revision of a family \
               gets it: sortie-FAMILY for a file, sortie-NAME for an image, FAMILY-sortie for a registered \
               definition with changes.",
        ..COMMON
    },
    Setting {
        key: "expand",
        kind: Kind::Switch,
        backends: CONTAINERS,
        help: "Replace ${NAME} in the file: of the task definition by variables of this environment",
        more: "In every text of the file; one that is not set is an error, and $${ stands for ${. What is \
               put in is registered for everyone to read: secrets belong into --env NAME or `secrets`.",
        ..COMMON
    },
    Setting {
        key: "pull",
        kind: Kind::Choice(Pull::WORDS),
        value_name: "WHEN",
        default: Some("missing"),
        backends: ENGINE,
        help: "When to pull images: missing, always or never",
        ..COMMON
    },
    Setting {
        key: "volume",
        kind: Kind::Many,
        value_name: "SOURCE:TARGET[:ro]",
        backends: ENGINE,
        help: "Mount a directory of this machine, or a named volume, in the main container (repeatable)",
        more: "For development. A SOURCE with a slash is a path, relative to the working directory (in \
               sortie.toml: to the file's directory); one without is the name of a volume. On a host with \
               SELinux, `:z` or `:Z` gives the container access, as with docker.",
        ..COMMON
    },
    Setting {
        key: "secret-from-env",
        kind: Kind::Many,
        value_name: "NAME[=VARIABLE]",
        backends: ENGINE,
        help: "Take a secret of the task definition from this environment (repeatable)",
        more: "On Fargate the platform reads `secrets` from their stores. Here the secret NAME gets the \
               value of VARIABLE (default: the variable of the same name), which is never shown.",
        ..COMMON
    },
    Setting {
        key: "name",
        value_name: "NAME",
        help: "Name of the run, after which sortie also names what it registers",
        ..COMMON
    },
    Setting {
        key: "container",
        commands: TASK_AND_END,
        value_name: "NAME",
        help: "Container that gets the command and the environment, and whose exit code counts",
        more: "Default: the only essential container of the task definition.",
        ..COMMON
    },
    Setting {
        key: "command",
        kind: Kind::Words,
        value_name: "COMMAND",
        help: "Command and its arguments, after `--`; default: the image's own",
        more: "In sortie.toml, a list of words: command = [\"./deploy.sh\", \"--env\", \"dev\"]. In \
               SORTIE_COMMAND, one text: quotes and backslashes group its words as in a shell, but no shell \
               reads it, and nothing is expanded.",
        ..COMMON
    },
    Setting {
        key: "env",
        short: Some('e'),
        kind: Kind::Pairs,
        value_name: "NAME[=VALUE]",
        help: "Environment variable (repeatable); NAME alone copies a secret from this environment",
        more: "A copied value is never shown, and no plugin sees it. In sortie.toml, a table or a list: \
               env = [\"TOKEN\", \"STAGE=dev\"]. Flags, environment and file are merged by name, a flag \
               winning over the environment and the environment over the file; in each of them, env wins \
               over env-file.",
        ..COMMON
    },
    Setting {
        key: "env-file",
        kind: Kind::Many,
        value_name: "PATH",
        help: "File of environment variables in docker's syntax (repeatable)",
        more: "One NAME=VALUE per line; quotes are part of the value; a line that begins with `#` is a \
               comment. NAME alone copies a secret from this environment, and is an error if it is not set. `-` is \
               standard input.",
        ..COMMON
    },
    Setting {
        key: "tag",
        kind: Kind::Pairs,
        value_name: "KEY=VALUE",
        help: "Tag of the task (repeatable)",
        more: "In sortie.toml, a table: tag = { team = \"build\" }. Flags, environment and file are merged \
               by key, as with --env.",
        ..COMMON
    },
    Setting {
        key: "started-by",
        commands: TASK_AND_LIST,
        value_name: "TEXT",
        help: "Who started the task, to find it by",
        ..COMMON
    },
    Setting {
        key: "log-group",
        value_name: "NAME",
        backends: FARGATE,
        help: "CloudWatch log group, instead of the task definition's",
        ..COMMON
    },
];
