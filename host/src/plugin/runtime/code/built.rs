//! First-party plugins, as the build made them.
//!
//! `host/build.rs` builds them, compiles them ahead of time with
//! [`engine_config`](crate::plugin::runtime::engine_config) for the baseline of the target's
//! architecture, and embeds that code alone: every CPU of the kind takes it.

use wasmtime::Engine;
use wasmtime::component::Component;

use super::Genuine;

/// One plugin as the build made it.
#[derive(Clone, Copy)]
pub(crate) struct Built {
    /// What users call it.
    pub(crate) name: &'static str,
    /// The component.
    #[cfg(test)]
    pub(crate) component: &'static [u8],
    /// The component's code for this architecture.
    code: &'static [u8],
    /// `sha256:HEX` of the component.
    pub(crate) digest: &'static str,
    /// What it is granted when the user says nothing (the plugin's `grants.toml`), in the grammar of
    /// [`crate::plugin::trust::grant`].
    pub(crate) grants: &'static [&'static str],
}

// `FIRST_PARTY: &[Built]`.
include!(concat!(env!("OUT_DIR"), "/first_party.rs"));

/// All first-party plugins.
pub(crate) fn all() -> &'static [Built] {
    FIRST_PARTY
}

impl Built {
    /// The compiled component.
    pub(crate) fn compiled(&self, engine: &Engine) -> wasmtime::Result<Component> {
        Genuine(self.code).load(engine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::runtime::engine_config::engine_config;
    use crate::plugin::trust::Digest;
    use crate::plugin::trust::Grant;

    #[test]
    fn the_embedded_code_is_accepted_by_the_hosts_engine() {
        let engine = Engine::new(&engine_config(None).expect("a configuration")).expect("an engine");
        for plugin in all() {
            assert!(Genuine(plugin.code).load(&engine).is_ok(), "{}", plugin.name);
        }
    }

    #[test]
    fn digests_are_those_of_the_components() {
        for plugin in all() {
            assert_eq!(plugin.digest, Digest::of(plugin.component).to_string());
        }
    }

    #[test]
    fn standard_grants_are_grants_and_only_those_who_need_some_have_any() {
        let ungranted = ["redact", "steps", "annotations"];
        for plugin in all() {
            assert_eq!(plugin.grants.is_empty(), ungranted.contains(&plugin.name), "{}", plugin.name);
            for grant in plugin.grants {
                assert!(grant.parse::<Grant>().is_ok(), "{grant}");
            }
        }
    }
}
