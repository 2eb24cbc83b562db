//! The glue between the traits and the generated bindings, one module a world. Compiled to
//! WebAssembly only, and used by [`crate::export!`] only.
//!
//! Bindings leave a description of their world in whatever they are linked into, used or not. So
//! each world is a feature of this crate, and a plugin turns on the one that it is.

#[cfg(feature = "filter")]
pub mod filter;
mod instance;
#[cfg(feature = "reporter")]
pub mod reporter;
#[cfg(feature = "transform")]
pub mod transform;

/// The conversions that every world needs, for the bindings of that world.
macro_rules! shared_conversions {
    ($kind:expr) => {
        use bindings::sortie::plugin::environment;
        use bindings::sortie::plugin::types;

        fn description(about: crate::About) -> types::Description {
            types::Description {
                name: about.name,
                version: about.version,
                kind: $kind,
                summary: about.summary,
                needs: about.needs.into_iter().map(need).collect(),
                config_schema: about.config_schema,
            }
        }

        fn need(need: crate::Need) -> types::Need {
            match need {
                crate::Need::Env(name) => types::Need::Env(name),
                crate::Need::File(name) => types::Need::File(name),
                crate::Need::Commands => types::Need::Commands,
                crate::Need::LogLines => types::Need::LogLines,
            }
        }

        fn diagnostics(diagnostics: Vec<crate::Diagnostic>) -> Vec<types::Diagnostic> {
            let severity = |severity| match severity {
                crate::Severity::Error => types::Severity::Error,
                crate::Severity::Warning => types::Severity::Warning,
                crate::Severity::Note => types::Severity::Note,
            };
            diagnostics
                .into_iter()
                .map(|diagnostic| types::Diagnostic {
                    severity: severity(diagnostic.severity),
                    path: diagnostic.path,
                    message: diagnostic.message,
                })
                .collect()
        }

        /// The host's environment.
        struct HostEnvironment;

        impl crate::Environment for HostEnvironment {
            fn get(&self, name: &str) -> Result<Option<String>, crate::EnvError> {
                environment::get(name).map_err(|error| match error {
                    environment::EnvError::Denied => crate::EnvError::Denied,
                    environment::EnvError::NotUnicode => crate::EnvError::NotUnicode,
                })
            }
        }
    };
}
pub(crate) use shared_conversions;
