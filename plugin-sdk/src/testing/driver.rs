//! What the drivers of all kinds share.

use serde::de::DeserializeOwned;

use super::FakeEnvironment;
use super::environment::Declared;
use crate::About;
use crate::Context;
use crate::Finding;
use crate::Level;
use crate::Setup;
use crate::about::OwnedNeed;
use crate::config;
use crate::log;

/// What a plugin said, apart from what it did.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) findings: Vec<Finding>,
    pub(super) needs: Vec<OwnedNeed>,
    pub(super) logged: Vec<(Level, String)>,
}

impl Said {
    /// Makes a call of the plugin, and keeps what it logs.
    pub(super) fn during<R>(&mut self, call: impl FnOnce() -> R) -> R {
        log::take();
        let result = call();
        self.logged.extend(log::take());
        result
    }
}

/// Configures a plugin as the host does. The findings when it is refused.
pub(super) fn configure<C: DeserializeOwned + Default, P>(
    about: About,
    json: &str,
    environment: &FakeEnvironment,
    context: &Context,
    build: impl FnOnce(C, &mut Setup<'_>) -> Result<P, Finding>,
) -> Result<(P, Said), Vec<Finding>> {
    let mut said = Said::default();
    let declared = Declared { needs: about.all_needs(), environment };
    let configured = said.during(|| config::configure(json, &declared, context, build));
    match configured.plugin {
        Some(plugin) => {
            said.findings = configured.findings;
            said.needs = configured.needs;
            Ok((plugin, said))
        }
        None => Err(configured.findings),
    }
}

/// What every driver tells, where `said` is a field of it.
macro_rules! said {
    () => {
        /// What the plugin had to say of its configuration.
        pub fn findings(&self) -> &[crate::Finding] {
            &self.said.findings
        }

        /// What this configuration needs, of what `ABOUT` asks for with `*`.
        pub fn needs(&self) -> &[crate::about::OwnedNeed] {
            &self.said.needs
        }

        /// What the plugin logged so far.
        pub fn logged(&self) -> &[(crate::Level, String)] {
            &self.said.logged
        }
    };
}
pub(super) use said;
