//! The object of `sortie version`.

use serde::Serialize;

use super::Stamp;

/// What this sortie is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VersionObject<'a> {
    /// When it was asked.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// A semantic version.
    pub version: &'a str,
    /// The commit that it was built from, where the build knew it.
    pub commit: Option<&'a str>,
    /// The platform that it was built for, as Rust names it.
    pub target: &'a str,
    /// Versions of the package `sortie:plugin` whose plugins run.
    pub plugin_interfaces: &'a [&'a str],
    /// First-party plugins.
    pub plugins: Vec<BundledPlugin<'a>>,
}

/// A plugin inside of the program.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BundledPlugin<'a> {
    /// What users call it.
    pub name: &'a str,
    /// A semantic version.
    pub version: &'a str,
    /// `sha256:HEX` of the component.
    pub digest: &'a str,
}
