//! The whole log in a file (`--log-file`): as the filters left it, and nothing broken for those who read the
//! output.

use std::path::Path;

use super::named_file;
use super::neutralise::Neutraliser;
use super::render::style::Styles;
use super::sink::Sink;
use crate::ci::Ci;
use crate::error::Error;
use crate::stream::ContainerIndex;
use sortie_lines::LineBatch;

/// The file, and what became of it.
#[derive(Debug)]
pub struct LogFile {
    sink: Sink,
    shown: String,
    failure: Option<String>,
}

impl LogFile {
    /// Makes it, or empties it.
    ///
    /// # Errors
    ///
    /// It cannot be written, or is not a file of its own: something else than the log would be written to.
    pub fn create(path: &Path, names: Vec<String>, timestamps: bool) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let file = named_file::open(path).map_err(|why| {
            Error::usage(format!("the log cannot be written to {shown}: {why}"))
                .on("--log-file")
                .hint("name a file in a directory that is there, and can be written")
        })?;
        // Nobody reads a file as a CI system or a terminal does, but names stay on their line.
        let notices = Neutraliser::for_lines(Ci::None);
        let sink =
            Sink::text(Box::new(file), names, &Styles::new(false), &notices).with_timestamps(timestamps);
        Ok(Self { sink, shown, failure: None })
    }

    /// Its path, as the user wrote it.
    pub fn path(&self) -> &str {
        &self.shown
    }

    /// Writes lines of a container; answers with what a person should know, once.
    pub fn write(&mut self, container: ContainerIndex, batch: &LineBatch) -> Option<String> {
        if self.failure.is_some() {
            return None;
        }
        let error = self.sink.write(container, batch).err()?;
        let failure = format!("the log cannot be written to {} any more: {error}", self.shown);
        self.failure = Some(failure.clone());
        Some(failure)
    }

    /// Lines do not say whose they are.
    pub fn drop_prefixes(&mut self) {
        self.sink.drop_prefixes();
    }

    /// Why it does not hold the whole log.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(line: &str) -> LineBatch {
        let mut batch = LineBatch::default();
        batch.push(line.as_bytes(), 1_700_000_000_000);
        batch
    }

    #[test]
    fn it_holds_the_lines_as_they_are() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("log");
        std::fs::write(&path, "what was there before").expect("a file");
        let names = vec!["app".to_owned(), "db".to_owned()];
        let mut file = LogFile::create(&path, names, false).expect("it can be written");
        assert_eq!(file.write(0, &batch("::error::\u{1b}[2J")), None);
        assert_eq!(file.write(1, &batch("x")), None);
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "app | ::error::\u{1b}[2J\ndb  | x\n");
    }

    #[test]
    fn nothing_else_than_a_file_is_written() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("target"), "kept").expect("a file");
        std::os::unix::fs::symlink(at("target"), at("link")).expect("a link");
        std::os::unix::fs::symlink(at("nothing"), at("dangling")).expect("a link");
        for path in
            [at("link"), at("dangling"), at("none/log"), directory.path().to_owned(), "/dev/null".into()]
        {
            let error = LogFile::create(&path, Vec::new(), false).expect_err("refused");
            assert!(error.to_string().contains("--log-file"), "{error}");
        }
        assert_eq!(std::fs::read_to_string(at("target")).expect("text"), "kept");
        assert!(!at("nothing").exists());
    }

    /// A full disk.
    #[test]
    fn a_failure_is_told_once() {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
        let sink = Sink::text(
            Box::new(full),
            vec!["app".into()],
            &Styles::new(false),
            &Neutraliser::for_lines(Ci::None),
        );
        let mut file = LogFile { sink, shown: "log".to_owned(), failure: None };
        assert!(
            file.write(0, &batch("x"))
                .expect("a warning")
                .starts_with("the log cannot be written to log any more")
        );
        assert_eq!(file.write(0, &batch("x")), None);
        assert!(file.failure().is_some());
    }
}
