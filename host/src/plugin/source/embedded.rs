//! First-party plugins: inside the binary, found by name.

use crate::nearest::nearest;
use crate::plugin::runtime::code::built;
use crate::plugin::runtime::code::built::Built;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::secrecy::looks_random;

/// The first-party plugin of this name.
pub(super) fn find(name: &str) -> Result<Built, PluginError> {
    if let Some(plugin) = built::all().iter().find(|plugin| plugin.name == name) {
        return Ok(*plugin);
    }
    let names: Vec<&str> = built::all().iter().map(|plugin| plugin.name).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("write one of {}, or the path of a component (./NAME.wasm)", names.join(", ")),
    };
    // It may be a secret that stands in the wrong place.
    let shown = if looks_random(name) { "(name not shown)" } else { name };
    Err(PluginError::new(shown, "load", Failure::NotLoaded("there is no plugin of this name".to_owned()))
        .hinted(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_gets_the_nearest_one_or_all() {
        let hint = |text| find(text).err().expect("an error").hint;
        assert_eq!(hint("redcat"), "did you mean `redact`?");
        assert!(hint("prometheus").contains("ci-tags, redact, steps"));
    }
}
