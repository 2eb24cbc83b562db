//! Whether a component may do what the user says it may: the step between fetching and compiling.
//!
//! - [`digest`]: what a component is known by.
//! - [`grant`]: what the user lets a plugin do.
//! - [`http_grant`]: the part of it about HTTP requests, with [`http_url`], [`http_variable`],
//!   [`http_header`] and [`ip_range`].
//! - [`hidden`]: values that are never printed.

pub(crate) mod digest;
pub(crate) mod grant;
pub(crate) mod hidden;
pub(crate) mod http_grant;
pub(crate) mod http_header;
pub(crate) mod http_url;
pub(crate) mod http_variable;
pub(crate) mod ip_range;

use super::runtime::error::Failure;
use super::runtime::error::PluginError;
use super::source::Bytes;
use super::source::Fetched;
use crate::environment::Environment;
use crate::settings::PluginSettings;
use grant::GrantError;
use grant::GrantSet;

pub use digest::Digest;
pub(crate) use digest::DigestError;
pub use grant::Grant;
pub use grant::Need;

/// What a component may do, as far as it asks for it.
pub(super) struct Trusted {
    /// As the user wrote them, or a first-party plugin's standard ones.
    pub(super) grants: Vec<Grant>,
    /// In the form in which calls are checked.
    pub(super) set: GrantSet,
    /// The user chose them, and they are not a first-party plugin's standard ones.
    pub(super) by_user: bool,
}

/// Compares a component with the digest that it is pinned to, and resolves its grants. A file that is
/// granted something must be pinned: another file of the same name would have it too.
pub(super) fn verify(
    fetched: &Fetched,
    settings: &PluginSettings,
    environment: &Environment,
) -> Result<Trusted, PluginError> {
    let Fetched { label, digest, component } = fetched;
    let error = |reason: String| PluginError::new(&**label, "load", Failure::Grants(reason));
    let pinned_to = settings.digest.as_deref().map(|expected| check_digest(expected, *digest));
    match component {
        Bytes::FirstParty(plugin) => {
            pinned_to.transpose().map_err(error)?;
            match &settings.grants {
                Some(texts) => resolve(texts, environment, Unset::IsAnError).map_err(error),
                None => resolve(plugin.grants, environment, Unset::IsLeftOut).map_err(error),
            }
        }
        Bytes::ThirdParty(_) => {
            let texts = settings.grants.as_deref().unwrap_or_default();
            let pinned_to = match pinned_to {
                None if !texts.is_empty() => {
                    Err("it is a file with grants, which need its digest beside them".to_owned())
                }
                pinned_to => pinned_to.transpose().map(|_| ()),
            };
            pinned_to.map_err(|reason| error(reason).hinted(pinned(settings, *digest, texts)))?;
            resolve(texts, environment, Unset::IsAnError).map_err(error)
        }
    }
}

fn check_digest(expected: &str, actual: Digest) -> Result<(), String> {
    let expected: Digest = expected.parse().map_err(|error: DigestError| error.to_string())?;
    match expected == actual {
        true => Ok(()),
        false => Err(format!("its digest is {actual}, not {expected} as the configuration says")),
    }
}

/// What becomes of a grant that names a variable which is not set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unset {
    /// It is not granted: the grants are a first-party plugin's standard ones.
    IsLeftOut,
    /// The user wrote them.
    IsAnError,
}

fn resolve(texts: &[impl AsRef<str>], environment: &Environment, unset: Unset) -> Result<Trusted, String> {
    let parse = |text: &str| text.parse().map_err(|error: GrantError| error.to_string());
    let grants: Vec<Grant> = texts.iter().map(|text| parse(text.as_ref())).collect::<Result<_, _>>()?;
    let (set, unresolved) =
        GrantSet::resolve(&grants, |name| environment.var_os(name).map(ToOwned::to_owned));
    match unresolved.into_iter().find(|lack| !lack.unset || unset == Unset::IsAnError) {
        Some(lack) => Err(lack.reason),
        None => Ok(Trusted { grants, set, by_user: unset == Unset::IsAnError }),
    }
}

/// The block of `sortie.toml` that pins a plugin to the bytes that were found.
fn pinned(plugin: &PluginSettings, digest: Digest, grants: &[String]) -> String {
    // A TOML basic string escapes as JSON does.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let grants: Vec<String> = grants.iter().map(|grant| quoted(grant)).collect();
    let name = plugin.name.as_ref().map(|name| format!("name = {}\n", quoted(name))).unwrap_or_default();
    format!(
        "if you trust this file as it is, write in sortie.toml:\n\n\
         [[plugin]]\n{name}source = {}\ndigest = \"{digest}\"\ngrant = [{}]",
        quoted(&plugin.source.to_string()),
        grants.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::plugin_ref::PluginRef;

    #[test]
    fn the_block_to_paste_is_valid_toml_whatever_the_path() {
        let mut plugin = PluginSettings::new(PluginRef::File("./a \"b\"\\c.wasm".into()));
        plugin.name = Some("ops".to_owned());
        let block = pinned(&plugin, Digest::of(b""), &["env:A".to_owned()]);
        let (_, toml) = block.split_once("\n\n").expect("a block");
        let parsed: toml::Table = toml.parse().expect("TOML");
        assert_eq!(parsed["plugin"][0]["source"].as_str(), Some("./a \"b\"\\c.wasm"));
        assert_eq!(parsed["plugin"][0]["name"].as_str(), Some("ops"));
    }
}
