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
    fn what_is_not_a_component_has_none() {
        let module = wat::parse_str(r#"(module (func (export "f")))"#).expect("a module");
        let built = built::all().first().expect("a plugin").component;
        for bytes in [b"".as_slice(), b"\0asm", &module, &built[..built.len() / 2]] {
            assert_eq!(exports(bytes), None);
        }
    }
}
