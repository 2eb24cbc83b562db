//! Components that are files.

use std::io::Read as _;
use std::path::Path;

use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;

/// The bytes of a component file of at most `max` bytes, checked to begin as a component does.
pub(super) fn read(path: &Path, max: u64) -> Result<Vec<u8>, PluginError> {
    let label = path.display().to_string();
    let error = |reason: String| PluginError::new(&*label, "load", Failure::NotLoaded(reason));
    let cannot = |reason: std::io::Error| error(format!("the file cannot be read: {reason}"));
    let metadata = std::fs::metadata(path).map_err(cannot)?;
    if !metadata.is_file() {
        return Err(error("not a file".to_owned()));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(cannot)?.take(max + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > max {
        return Err(error(format!("the file is larger than the limit of {max} bytes")));
    }
    match header(&bytes) {
        Header::Component => Ok(bytes),
        Header::Module => Err(error("a core WebAssembly module, not a component".to_owned())
            .hinted("build it for wasm32-wasip2, or make it a component with `wasm-tools component new`")),
        Header::Other => Err(error("not a WebAssembly component".to_owned())
            .hinted("name the .wasm file that the build of a plugin makes; `sortie help plugins` says more")),
    }
}

enum Header {
    Component,
    Module,
    Other,
}

/// The first eight bytes: `\0asm`, version, layer (component model, `Binary.md`: layer 1).
fn header(bytes: &[u8]) -> Header {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => Header::Component,
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Header::Module,
        _ => Header::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_component_is_named() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x.wasm");
        let read_back = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("writes");
            read(&path, 16).expect_err("an error").to_string()
        };
        assert!(read_back(b"\0asm\x01\0\0\0").contains("core WebAssembly module"));
        assert!(read_back(b"\x7fELF").contains("not a WebAssembly component"));
        assert!(read_back(&[0; 17]).contains("larger than the limit of 16 bytes"));
        assert!(read(directory.path(), 16).expect_err("an error").to_string().contains("not a file"));
    }
}
