//! Settings of what sortie prints, and of its configuration file.

use super::ALL;
use super::CommandKind;
use super::Kind;
use super::LINES;
use super::LINES_AND_TASK;
use super::LONG;
use super::Setting;
use super::Sources;
use super::WHOLE;
use crate::ci::Ci;
use crate::settings::ColorChoice;
use crate::settings::OutputFormat;
use crate::settings::choice::Choice as _;

const COMMON: Setting = Setting { heading: "Output and configuration", ..super::COMMON };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "color",
        kind: Kind::Choice(ColorChoice::WORDS),
        commands: ALL,
        value_name: "WHEN",
        default: Some("auto"),
        help: "Colour: auto, always or never",
        ..COMMON
    },
    Setting {
        key: "output",
        kind: Kind::Choice(OutputFormat::WORDS),
        commands: ALL,
        value_name: "FORMAT",
        default: Some("text"),
        help: "text, or json: one object per line",
        ..COMMON
    },
    Setting {
        key: "ci",
        kind: Kind::Choice(Ci::WORDS),
        commands: ALL,
        // No file of a repository takes the guard away.
        sources: Sources::Environment,
        value_name: "NAME",
        help: "CI system that reads the output, or none; without it the environment tells",
        more: "What it would obey is broken in log lines and in all that sortie says, and control characters \
               of lines are written out. `none` leaves the lines of a pipe or file as they are: for \
               what is captured, as in `version=$(sortie run --ci none …)`. `other` breaks what any known \
               system obeys. `sortie help ci` has the rules.",
        ..COMMON
    },
    Setting {
        key: "timestamps",
        short: Some('t'),
        kind: Kind::Switch,
        commands: LINES,
        help: "Print the time before each log line",
        more: "By the platform's clock, as RFC 3339 in UTC; behind the container's name where there is one.",
        ..COMMON
    },
    Setting {
        key: "outputs",
        kind: Kind::Switch,
        commands: WHOLE,
        help: "Pass on what the task prints as `sortie:output NAME=VALUE`: to reporters and in JSON output",
        more: "At the start of a line of the main container, as the filters left it; the line is printed as well. A \
               name has letters, digits, `_` and `-`; of one that comes again the last value counts. Whoever can \
               write to the task's log can set them. `sortie help ci` has the rest.",
        ..COMMON
    },
    Setting {
        key: "log-file",
        commands: LINES,
        // No file of a repository names a file to be written.
        sources: Sources::Environment,
        value_name: "PATH",
        help: "Write the whole log to this file as well",
        more: "As the filters left it, with nothing broken or left out for whoever reads the output; what the file \
               held before is replaced. A link, a device or a pipe is refused before anything is launched. \
               When it cannot be written later, a warning says so; with --require-complete-logs that is an error.",
        ..COMMON
    },
    Setting {
        key: "id-file",
        commands: &[CommandKind::Run],
        // No file of a repository names a file to be written.
        sources: Sources::Environment,
        value_name: "PATH",
        help: "Keep the id of the task in this file while it runs, for a step that cleans up",
        more: "It is made empty before the launch, holds the id that `sortie stop` takes, and is removed when the \
               task has ended: what a later step finds in it is still running. A link, a device or a pipe is \
               refused before anything is launched. On this machine a task ends with its sortie, and the file \
               stays empty.",
        ..COMMON
    },
    Setting {
        key: "log-limit",
        kind: Kind::Amount,
        commands: LINES,
        value_name: "SIZE",
        default: Some("auto"),
        help: "How much of the log is printed (3MB), or none for no limit",
        more: "`auto` is what the CI system keeps, less a reserve, so that how the run ends is not cut off: 3 MB in \
               GitLab (whose runner keeps 4 MB of a job: `output_limit`), 16 MB in Codefresh (20 MB of a step), \
               900 MB in Buildkite (1,024 MB of a job); elsewhere there is none. A line says where the rest is. \
               In JSON nothing is left out.",
        ..COMMON
    },
    Setting {
        key: "heartbeat",
        kind: Kind::Amount,
        commands: LONG,
        value_name: "DURATION",
        default: Some("auto"),
        help: "Say so when nothing was printed for so long and the task goes on; 0 turns it off",
        more: "CI systems end a step that prints nothing for long (CircleCI: 10 minutes). `auto` is 5 minutes in CI, \
               and off elsewhere.",
        ..COMMON
    },
    Setting {
        key: "verbosity",
        kind: Kind::Verbosity,
        commands: ALL,
        value_name: "N",
        default: Some("0"),
        help: "-1 prints only what went wrong, -2 nothing but the task's lines; 1 also plugins, the task definition, and calls that are retried",
        ..COMMON
    },
    Setting {
        key: "mask",
        kind: Kind::Many,
        commands: LINES_AND_TASK,
        value_name: "NAME",
        help: "Mask the value of this environment variable, in the log and in all that sortie says (repeatable)",
        more: "Masked without it: what --env NAME and --secret-from-env copy, variables of the task whose names \
               say secret (such as *_TOKEN, *_SECRET, *_PASSWORD, *_KEY), passwords in addresses, and the \
               credentials that sortie uses. `sortie plan` lists them.",
        ..COMMON
    },
    Setting {
        key: "no-redact",
        kind: Kind::Switch,
        commands: ALL,
        // No file of a repository turns it off.
        sources: Sources::Environment,
        help: "Mask nothing: secrets are printed as they are",
        more: "Plugins such as `redact` still do what they do.",
        ..COMMON
    },
    Setting {
        key: "config",
        commands: ALL,
        sources: Sources::Environment,
        value_name: "PATH",
        help: "Configuration file, instead of the sortie.toml that is found; `none` reads none",
        more: "sortie.toml is looked for in the working directory and, within a repository, in the directories \
               above it up to the one that holds .git; `sortie plan` shows which one is read. Relative paths \
               in the file are relative to its directory; commands run in the working directory.",
        ..COMMON
    },
];
