//! From what the user wrote to a component: the name of a first-party plugin, or a path.

use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use super::embedded;
use super::embedded::FirstParty;
use super::error::Failure;
use super::error::PluginError;
use crate::nearest::nearest;
use crate::settings::plugins::is_path;

/// Where a plugin comes from.
pub(super) enum Source {
    /// Inside the binary.
    FirstParty(FirstParty),
    /// A file.
    File(PathBuf),
}

/// A path where the text looks like one ([`is_path`]), or else a name.
pub(super) fn resolve(text: &str) -> Result<Source, PluginError> {
    if is_path(text) {
        return Ok(Source::File(PathBuf::from(text)));
    }
    if let Some(plugin) = embedded::all().find(|plugin| plugin.name == text) {
        return Ok(Source::FirstParty(plugin));
    }
    let names: Vec<&str> = embedded::all().map(|plugin| plugin.name).collect();
    let hint = match nearest(text, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("write one of {}, or the path of a component (./{text}.wasm)", names.join(", ")),
    };
    Err(PluginError::new(text, "load", Failure::NotLoaded("there is no plugin of this name".to_owned()))
        .hinted(hint))
}

/// The bytes of a component file of at most `max` bytes, checked to begin as a component does.
pub(super) fn read(path: &Path, max: u64) -> Result<Vec<u8>, PluginError> {
    let label = path.display().to_string();
    let error = |reason: String| PluginError::new(&*label, "load", Failure::NotLoaded(reason));
    let cannot = |reason: std::io::Error| error(format!("the file can not be read: {reason}"));
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
            .hinted("make it a component with `sortie-plugin-build` or `wasm-tools component new`")),
        Header::Other => Err(error("not a WebAssembly component".to_owned())),
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
    fn names_and_paths_are_told_apart() {
        assert!(matches!(resolve("./redact"), Ok(Source::File(_))));
        assert!(matches!(resolve("my.wasm"), Ok(Source::File(_))));
        assert!(matches!(resolve("plugins\\my"), Ok(Source::File(_))), "as the settings have it");
        assert!(matches!(resolve("redact"), Ok(Source::FirstParty(_))));
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one_or_all() {
        let hint = |text| resolve(text).err().expect("an error").hint;
        assert_eq!(hint("redcat"), "did you mean `redact`?");
        assert!(hint("prometheus").contains("ci-tags, redact, github"));
    }

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
