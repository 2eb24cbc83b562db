//! What a component exports, without compiling it.

use wasmparser::Chunk;
use wasmparser::Parser;
use wasmparser::Payload;

/// The names that a component exports; `None` where the bytes are not a component.
pub(super) fn exports(component: &[u8]) -> Option<Vec<&str>> {
    if !Parser::is_component(component) {
        return None;
    }
    let mut exports = Vec::new();
    let (mut parser, mut rest) = (Parser::new(0), component);
    loop {
        let Chunk::Parsed { consumed, payload } = parser.parse(rest, true).ok()? else { return None };
        rest = rest.get(consumed..)?;
        match payload {
            // Stepped over: it has exports of its own, and nearly all of the bytes.
            Payload::ModuleSection { unchecked_range, .. }
            | Payload::ComponentSection { unchecked_range, .. } => {
                rest = rest.get(unchecked_range.len()..)?
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    exports.push(export.ok()?.name.name);
                }
            }
            Payload::End(_) => return Some(exports),
            _ => {}
        }
    }
}

/// The custom section of this name, of the component itself or of a module in it: what a compiler writes, it
/// writes into the module, which becomes part of the component.
pub(super) fn section<'a>(component: &'a [u8], name: &str) -> Option<&'a [u8]> {
    if !Parser::is_component(component) {
        return None;
    }
    let mut modules = Vec::new();
    let found = section_of(component, name, &mut modules)?;
    found.or_else(|| modules.into_iter().find_map(|module| section_of(module, name, &mut Vec::new())?))
}

/// The custom section of this name that a component or a module itself has, and the modules in it. `None`
/// where the bytes are neither.
fn section_of<'a>(bytes: &'a [u8], name: &str, modules: &mut Vec<&'a [u8]>) -> Option<Option<&'a [u8]>> {
    let (mut parser, mut rest) = (Parser::new(0), bytes);
    loop {
        let Chunk::Parsed { consumed, payload } = parser.parse(rest, true).ok()? else { return None };
        rest = rest.get(consumed..)?;
        match payload {
            Payload::ModuleSection { unchecked_range, .. } => {
                modules.push(rest.get(..unchecked_range.len())?);
                rest = rest.get(unchecked_range.len()..)?;
            }
            Payload::ComponentSection { unchecked_range, .. } => {
                rest = rest.get(unchecked_range.len()..)?;
            }
            // Nearly all of a module's bytes.
            Payload::CodeSectionStart { size, .. } => {
                parser.skip_section();
                rest = rest.get(usize::try_from(size).ok()?..)?;
            }
            Payload::CustomSection(section) if section.name() == name => return Some(Some(section.data())),
            Payload::End(_) => return Some(None),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::runtime::code::built;

    #[test]
    fn the_exports_of_a_component_are_not_those_of_what_is_in_it() {
        let component = wat::parse_str(
            r#"(component
                (component
                    (instance $i)
                    (export "inner" (instance $i)))
                (core module (func (export "core")))
                (instance $i)
                (export "outer" (instance $i)))"#,
        );
        let component = component.expect("a component");
        assert_eq!(exports(&component), Some(vec!["outer"]));
    }

    #[test]
    fn a_section_is_found_in_a_module_of_the_component() {
        let component = wat::parse_str(
            r#"(component
                (core module (func) (@custom "other" "x"))
                (core module (func (drop (i32.const 1))) (@custom "facts" "told") (memory 1)))"#,
        );
        let component = component.expect("a component");
        assert_eq!(section(&component, "facts"), Some(b"told".as_slice()));
        assert_eq!(section(&component, "none"), None);
        assert_eq!(section(&component[..component.len() / 2], "facts"), None);
    }

    #[test]
    fn what_is_not_a_component_has_none() {
        let module = wat::parse_str(r#"(module (func (export "f")))"#).expect("a module");
        let built = built::all().first().expect("a plugin").component;
        for bytes in [b"".as_slice(), b"\0asm", &module, &built[..built.len() / 2]] {
            assert_eq!(exports(bytes), None);
        }
    }
}
