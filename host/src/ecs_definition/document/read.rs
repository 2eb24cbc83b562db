//! From a path to text: a regular file, a pipe or standard input, in UTF-8 or UTF-16, of a bounded size.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;

use super::Fault;

/// The path that means standard input.
pub const STDIN: &str = "-";

/// Most bytes of a file. A definition has at most 64 KiB.
/// Source: Amazon ECS developer guide, service quotas, "Task definition size".
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a file.
///
/// # Errors
///
/// It cannot be read, is too large, or is no text.
pub fn read(path: &Path) -> Result<String, Fault> {
    let cannot = |error: io::Error| {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => {
                "is the path right? A registered definition is named FAMILY, FAMILY:REVISION or by its ARN"
            }
            _ => "",
        };
        Fault::new(0, format!("it cannot be read: {error}"), hint)
    };
    let mut bytes = Vec::new();
    let bounded = |source: &mut dyn Read, bytes: &mut Vec<u8>| source.take(MAX_BYTES + 1).read_to_end(bytes);
    if path == Path::new(STDIN) {
        bounded(&mut io::stdin().lock(), &mut bytes).map_err(cannot)?;
    } else {
        let mut file = File::open(path).map_err(cannot)?;
        if file.metadata().map_err(cannot)?.is_dir() {
            return Err(Fault::new(0, "it is a directory", "name the file in it"));
        }
        bounded(&mut file, &mut bytes).map_err(cannot)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Fault::new(0, "it has more than 1 MiB", "a task definition has at most 64 KiB"));
    }
    text(bytes)
}

/// Bytes as text. What PowerShell's `>` writes is UTF-16, and Windows' editors write a byte order mark.
fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    let units = |pair: fn([u8; 2]) -> u16| -> Option<String> {
        let (pairs, []) = bytes.as_chunks::<2>() else { return None };
        let units = pairs.iter().map(|bytes| pair(*bytes));
        char::decode_utf16(units.skip(1)).collect::<Result<String, _>>().ok()
    };
    let read = match bytes.as_slice() {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        _ => {
            return String::from_utf8(bytes).map_err(|error| {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
                Fault::new(line, "it is not valid UTF-8", "save it as UTF-8")
            });
        }
    };
    let broken =
        || Fault::new(0, "its byte order mark says UTF-16 or UTF-8, and it is not", "save it as UTF-8");
    read.ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_that_editors_write_is_read() {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| {
            "\u{feff}{\"é\":1}".encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
        };
        for bytes in [
            "{\"é\":1}".as_bytes().to_vec(),
            "\u{feff}{\"é\":1}".as_bytes().to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(text(bytes), Ok("{\"é\":1}".to_owned()));
        }
    }

    #[test]
    fn what_is_no_text_is_said() {
        let fault = text(b"{\n\xe9".to_vec()).expect_err("Latin-1");
        assert_eq!((fault.line, fault.message.as_str()), (2, "it is not valid UTF-8"));
        for bytes in [&[0xff, 0xfe, b'{'][..], &[0xff, 0xfe, 0x00, 0xd8], &[0xef, 0xbb, 0xbf, 0xff]] {
            assert!(text(bytes.to_vec()).is_err(), "{bytes:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_of_a_sane_size_is_refused() {
        for (path, words) in [("/dev/zero", "1 MiB"), ("/", "directory"), ("/nowhere", "No such file")] {
            let fault = read(Path::new(path)).expect_err(path);
            assert!(fault.message.contains(words), "{fault:?}");
        }
    }
}
