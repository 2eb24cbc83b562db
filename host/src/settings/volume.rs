//! `--volume SOURCE:TARGET[:OPTIONS]`: `ro`, and `z` or `Z` for hosts with SELinux.

use std::path::Path;

use super::Volume;
use super::quantity::quoted;
use crate::error::Error;

/// Reads a volume. A path that is not absolute is relative to `base`.
///
/// # Errors
///
/// The text has another form, or the source is a path that does not exist: an engine would make a
/// directory of that name, owned by root.
pub fn parse(text: &str, base: &Path) -> Result<Volume, Error> {
    let mut volume = form(text)?;
    if volume.source == "." || volume.source.contains('/') {
        let path = base.join(&volume.source);
        let found = std::path::absolute(&path).and_then(|path| path.canonicalize());
        let found = found
            .map_err(|error| Error::usage(format!("volume {}: {}: {error}", quoted(text), path.display())))?;
        volume.source = found.display().to_string();
    }
    Ok(volume)
}

/// What a text says, wherever it is read; a path stays as it is written.
///
/// # Errors
///
/// The text has another form.
pub fn form(text: &str) -> Result<Volume, Error> {
    let wrong = || {
        Error::usage(format!("{} is not a volume", quoted(text)))
            .hint("write SOURCE:TARGET, with :ro, :z or :Z after it if need be, for instance .:/work:ro")
    };
    let mut parts = text.split(':');
    let (Some(source), Some(target)) = (parts.next(), parts.next()) else { return Err(wrong()) };
    let (mut read_only, mut label) = (false, None);
    let options = match (parts.next(), parts.next()) {
        (options, None) => options,
        _ => return Err(wrong()),
    };
    for option in options.into_iter().flat_map(|options| options.split(',')) {
        match option {
            "ro" => read_only = true,
            "rw" => read_only = false,
            "z" => label = Some('z'),
            "Z" => label = Some('Z'),
            _ => return Err(wrong()),
        }
    }
    if source.is_empty() || !target.starts_with('/') {
        return Err(wrong());
    }
    Ok(Volume { source: source.to_owned(), target: target.to_owned(), read_only, label })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute_and_names_stay_names() {
        let base = tempfile::tempdir().expect("a directory");
        let parse = |text: &str| parse(text, base.path());
        let directory = base.path().canonicalize().expect("it exists").display().to_string();
        let here = parse(".:/work:ro").expect("a volume");
        assert_eq!(here, Volume { source: directory, target: "/work".into(), read_only: true, label: None });
        assert_eq!(parse("cache:/c").expect("a name").source, "cache");
        let labelled = parse("cache:/c:ro,Z").expect("labelled");
        assert!(labelled.read_only && labelled.to_string() == "cache:/c:ro,Z", "{labelled}");
        assert_eq!(parse("cache:/c:z").expect("labelled").to_string(), "cache:/c:z");
        assert!(!parse("/tmp:/c:rw").expect("a path").read_only);
        assert!(parse("./missing:/c").expect_err("not there").to_string().contains("missing"));
        for wrong in ["", "a", "a:b", ":/c", "a:/c:rx", "a:/c:ro:x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
