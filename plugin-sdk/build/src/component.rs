//! From core module to component, and what a component may import.

use wit_component::ComponentEncoder;
use wit_component::DecodedWasm;
use wit_parser::WorldItem;

use crate::BuildError;

/// Every import of a plugin begins with this.
const OWN_PACKAGE: &str = "sortie:plugin/";

/// Wraps a core module that carries its world (as `wit-bindgen` embeds it) as a component.
pub fn encode(module: &[u8]) -> Result<Vec<u8>, BuildError> {
    let mut encoder = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .map_err(|error| BuildError(format!("not a plugin's core module: {error:#}")))?;
    encoder.encode().map_err(|error| BuildError(format!("cannot be made a component: {error:#}")))
}

/// Checks that the component imports nothing but the sortie world.
pub fn check_imports(component: &[u8]) -> Result<(), BuildError> {
    let foreign: Vec<String> =
        imports(component)?.into_iter().filter(|name| !name.starts_with(OWN_PACKAGE)).collect();
    if foreign.is_empty() {
        return Ok(());
    }
    Err(BuildError(format!(
        "imports {}, which no plugin for {} may: a dependency uses the operating system or a browser",
        foreign.join(", "),
        crate::TARGET
    )))
}

/// Names of the interfaces and functions that the component imports.
pub fn imports(component: &[u8]) -> Result<Vec<String>, BuildError> {
    let decoded = wit_component::decode(component)
        .map_err(|error| BuildError(format!("is not a component: {error:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(BuildError("is a package of interfaces, not a component".to_owned()));
    };
    // A world also names the types that it uses, which are not imports.
    let imports = resolve.worlds[world].imports.iter();
    let imports = imports.filter(|(_, item)| !matches!(item, WorldItem::Type { .. }));
    Ok(imports.map(|(key, _)| resolve.name_world_key(key)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_module_are_refused() {
        assert!(encode(b"no wasm").is_err());
        assert!(imports(b"no wasm").is_err());
    }
}
