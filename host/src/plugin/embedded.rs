//! First-party plugins: inside the binary, found by name.
//!
//! `host/build.rs` builds them, compiles them ahead of time with [`super::engine_config`] for
//! the baseline of the target's architecture, and embeds both the component and the code. This
//! is the one module of sortie with `unsafe` in it: loading code is.

use wasmtime::Engine;
use wasmtime::component::Component;

/// One plugin as the build made it.
pub(super) struct FirstParty {
    /// What users call it.
    pub(super) name: &'static str,
    /// The component.
    pub(super) component: &'static [u8],
    /// The component's code for this architecture.
    code: &'static [u8],
    /// `sha256:HEX` of the component.
    pub(super) digest: &'static str,
    /// What it is granted when the user says nothing, in the grammar of [`super::grant`].
    pub(super) grants: &'static [&'static str],
}

// `FIRST_PARTY_BUILT`: name, component, code, digest.
include!(concat!(env!("OUT_DIR"), "/first_party.rs"));

/// Standard grants: the least that each plugin's whole work takes.
const GRANTS: &[(&str, &[&str])] = &[
    (
        "ci-tags",
        &[
            "env:GITHUB_ACTIONS",
            "env:GITHUB_RUN_ID",
            "env:GITHUB_RUN_ATTEMPT",
            "env:GITHUB_REPOSITORY",
            "env:GITHUB_SHA",
            "env:GITHUB_HEAD_REF",
            "env:GITHUB_REF_NAME",
            "env:GITHUB_WORKFLOW",
            "env:GITHUB_JOB",
            "env:GITHUB_ACTOR",
            "env:GITHUB_SERVER_URL",
            "env:GITLAB_CI",
            "env:CI_JOB_ID",
            "env:CI_JOB_NAME",
            "env:CI_JOB_URL",
            "env:CI_PIPELINE_ID",
            "env:CI_PIPELINE_URL",
            "env:CI_PROJECT_PATH",
            "env:CI_COMMIT_SHA",
            "env:CI_COMMIT_REF_NAME",
            "env:GITLAB_USER_LOGIN",
            "env:CIRCLECI",
            "env:CIRCLE_BUILD_NUM",
            "env:CIRCLE_BUILD_URL",
            "env:CIRCLE_JOB",
            "env:CIRCLE_WORKFLOW_ID",
            "env:CIRCLE_WORKFLOW_JOB_ID",
            "env:CIRCLE_PROJECT_USERNAME",
            "env:CIRCLE_PROJECT_REPONAME",
            "env:CIRCLE_SHA1",
            "env:CIRCLE_BRANCH",
            "env:CIRCLE_TAG",
            "env:CIRCLE_NODE_INDEX",
            "env:CIRCLE_USERNAME",
            "env:CF_BUILD_ID",
            "env:CF_BUILD_URL",
            "env:CF_PIPELINE_NAME",
            "env:CF_STEP_NAME",
            "env:CF_REVISION",
            "env:CF_BRANCH",
            "env:CF_BUILD_INITIATOR",
            "env:CF_REPO_NAME",
            "env:CF_REPO_OWNER",
        ],
    ),
    ("redact", &[]),
    (
        "github",
        &[
            "commands",
            "env:GITHUB_ACTIONS",
            "file:summary=$GITHUB_STEP_SUMMARY",
            "file:output=$GITHUB_OUTPUT",
        ],
    ),
];

/// All first-party plugins.
pub(super) fn all() -> impl Iterator<Item = FirstParty> {
    FIRST_PARTY_BUILT.iter().map(|&(name, component, code, digest)| FirstParty {
        name,
        component,
        code,
        digest,
        grants: GRANTS.iter().find(|(of, _)| *of == name).map_or(&[], |(_, grants)| grants),
    })
}

impl FirstParty {
    /// The compiled component. When this machine does not take the embedded code (a CPU without
    /// what the architecture's baseline asks), it is compiled here.
    pub(super) fn compiled(&self, engine: &Engine) -> wasmtime::Result<Component> {
        self.precompiled(engine).or_else(|_| Component::from_binary(engine, self.component))
    }

    fn precompiled(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: `deserialize` trusts that the bytes are what the same version of wasmtime made
        // and nobody changed. `code` is private to this module and part of the executable's own
        // read-only data; `host/build.rs` put it there, as the output of
        // `Engine::precompile_component` of the wasmtime that is linked here (one dependency,
        // one lock file). No other bytes reach this line: files, caches and the network do not.
        // That configuration and CPU fit is checked by wasmtime itself.
        #[expect(unsafe_code, reason = "see above")]
        unsafe {
            Component::deserialize(engine, self.code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::digest::Digest;
    use super::super::engine_config::engine_config;
    use super::super::grant::Grant;
    use super::*;

    #[test]
    fn the_embedded_code_is_accepted_by_the_hosts_engine() {
        let engine = Engine::new(&engine_config(None).expect("a configuration")).expect("an engine");
        for plugin in all() {
            assert!(plugin.precompiled(&engine).is_ok(), "{}", plugin.name);
        }
    }

    #[test]
    fn digests_are_those_of_the_components() {
        for plugin in all() {
            assert_eq!(plugin.digest, Digest::of(plugin.component).to_string());
        }
    }

    #[test]
    fn every_plugin_has_standard_grants_and_all_of_them_are_grants() {
        for plugin in all() {
            assert!(GRANTS.iter().any(|(name, _)| *name == plugin.name));
            for grant in plugin.grants {
                assert!(grant.parse::<Grant>().is_ok(), "{grant}");
            }
        }
    }
}
