//! The plugins inside of the program, as help and completions list them.

use super::runtime::code::built;

/// Versions of the package `sortie:plugin` whose plugins run, each with all of its patches.
pub const INTERFACES: &[&str] = &[super::abi::LATEST];

/// A plugin inside of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstParty {
    /// What users call it.
    pub name: &'static str,
    /// Its version: they are released with sortie.
    pub version: &'static str,
    /// `sha256:HEX` of the component.
    pub digest: &'static str,
    /// What it is granted when the user says nothing of grants.
    pub grants: &'static [&'static str],
}

/// All that there are.
pub fn first_party() -> impl Iterator<Item = FirstParty> {
    built::all().iter().map(|built| FirstParty {
        name: built.name,
        version: env!("CARGO_PKG_VERSION"),
        digest: built.digest,
        grants: built.grants,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::plugin::Limits;
    use crate::plugin::PluginHost;
    use crate::settings::PluginSettings;
    use crate::settings::plugin_ref::PluginRef;

    #[test]
    fn they_have_the_version_that_they_say_they_have() {
        let host = PluginHost::new(Limits::default(), &Environment::default());
        for plugin in first_party() {
            let settings = PluginSettings::new(PluginRef::FirstParty(plugin.name.to_owned()));
            let described = host.load(&settings).expect("it is inside");
            assert_eq!(described.description().version, plugin.version, "{}", plugin.name);
        }
    }
}
