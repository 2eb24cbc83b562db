//! Settings of what sortie prints, and of its configuration file.

use super::ALL;
use super::Kind;
use super::Setting;
use super::Sources;
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
        key: "verbosity",
        kind: Kind::Verbosity,
        commands: ALL,
        value_name: "N",
        default: Some("0"),
        help: "-1 prints only what went wrong, -2 nothing but the task's lines; 1 also plugins, the task definition, and calls that are retried",
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
