//! Where a plugin comes from: the first step of loading one.
//!
//! What a user wrote is a [`PluginRef`] since the settings were read; here it becomes a component.
//!
//! - [`embedded`]: first-party plugins, inside the binary.
//! - [`file`]: components that are files.

mod embedded;
mod file;

use super::runtime::code::built::Built;
use super::runtime::error::Failure;
use super::runtime::error::PluginError;
use super::trust::Digest;
use super::trust::DigestError;
use crate::settings::plugin_ref::PluginRef;

/// A component, fetched and not yet trusted.
pub(super) struct Fetched {
    /// What the user called it.
    pub(super) label: String,
    /// Of the component's bytes.
    pub(super) digest: Digest,
    pub(super) component: Bytes,
}

/// A component's bytes, in the form in which they are there.
pub(super) enum Bytes {
    /// Inside the binary, compiled.
    FirstParty(Built),
    /// A file's.
    ThirdParty(Vec<u8>),
}

/// Whether a plugin inside the binary has this name.
pub(super) fn is_first_party(name: &str) -> bool {
    embedded::find(name).is_ok()
}

/// Gets a component of at most `max` bytes.
pub(super) fn fetch(reference: &PluginRef, max: u64) -> Result<Fetched, PluginError> {
    let label = reference.to_string();
    match reference {
        PluginRef::FirstParty(name) => {
            let built = embedded::find(name)?;
            let digest = built.digest.parse().map_err(|error: DigestError| {
                PluginError::new(&*label, "load", Failure::Internal(error.to_string()))
            })?;
            Ok(Fetched { label, digest, component: Bytes::FirstParty(built) })
        }
        PluginRef::File(path) => {
            let bytes = file::read(path, max)?;
            Ok(Fetched { label, digest: Digest::of(&bytes), component: Bytes::ThirdParty(bytes) })
        }
    }
}
