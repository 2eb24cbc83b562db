//! Settings of plugins, besides the `[[plugin]]` tables of `sortie.toml`.

use super::Kind;
use super::LINES_AND_TASK;
use super::RUN_AND_ATTACH;
use super::Setting;
use super::Sources;

const COMMON: Setting = Setting { heading: "Plugins", ..super::COMMON };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "plugin",
        kind: Kind::Many,
        commands: LINES_AND_TASK,
        value_name: "NAME|[NAME=]PATH",
        help: "Plugin, by first-party name (redact) or by path (./my.wasm) (repeatable)",
        more: "Plugins act in this order: [[plugin]] tables of sortie.toml, the environment, flags. They add \
               up, so that a flag never removes the redactor that the file asks for; naming a plugin again \
               changes nothing. PATH@sha256:HEX pins the file's content. NAME=PATH calls the plugin NAME, so \
               that one file can be several plugins.",
        ..COMMON
    },
    Setting {
        key: "plugin-config",
        kind: Kind::Many,
        commands: LINES_AND_TASK,
        sources: Sources::FlagOnly,
        value_name: "PLUGIN=JSON",
        help: "Configuration of a plugin, instead of that in its [[plugin]] table (repeatable)",
        more: "@PATH takes the JSON from a file: --plugin-config redact=@redact.json.",
        ..COMMON
    },
    Setting {
        key: "grant",
        kind: Kind::Many,
        commands: LINES_AND_TASK,
        sources: Sources::FlagOnly,
        value_name: "PLUGIN=GRANT",
        help: "Grant of a plugin, besides those in its [[plugin]] table (repeatable)",
        more: "GRANT is env:NAME, file:NAME=PATH, http:METHOD:URL, commands or log-lines. URL stands for what is \
               beneath it too; it may be $NAME, the URL in that variable, or $NAME/PATH. '#Header=VALUE' behind it adds a \
               header to each request, in which $NAME is a variable that the plugin does not see, and \
               #address=IP allows a private address. A plugin for which any grant is set has exactly the grants \
               that are set. A file with grants must be pinned to its digest.",
        ..COMMON
    },
    Setting {
        key: "reporter",
        kind: Kind::List,
        commands: RUN_AND_ATTACH,
        value_name: "auto|none|NAME",
        default: Some("auto"),
        help: "Who is told what happens: the CI system's own way, or by name (github, junit) (repeatable)",
        more: "`auto` takes the reporter of the CI system that the environment (or --ci) tells, where there is one, \
               and none with -qq. A reporter is a plugin with its standard grants: --plugin-config and --grant \
               know it by its name, and `sortie plan` shows which one is taken, why, and what it may do.",
        ..COMMON
    },
    Setting {
        key: "stop-on-plugin-failure",
        kind: Kind::Switch,
        commands: RUN_AND_ATTACH,
        help: "Stop the task when a plugin fails during the run",
        more: "By default the task goes on, the lines that the plugin should have seen are withheld, and \
               the exit code is 120.",
        ..COMMON
    },
];
