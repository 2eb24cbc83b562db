//! Log lines to standard output, as text or JSON.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::time::Instant;

use super::json::Object;
use super::json::log::LogObject;
use super::neutralise::Neutraliser;
use super::render::style::Styles;
use super::render::text;
use crate::journal::Journal;
use crate::journal::record::Form;
use crate::journal::writer::Rendered;
use crate::stream::ContainerIndex;
use sortie_lines::Label;
use sortie_lines::LineBatch;

/// Writes log lines. Everything goes out in whole lines; whatever else is written to the same
/// terminal or CI log goes between them.
pub struct Sink {
    out: Box<dyn Write + Send>,
    format: Format,
    names: Vec<String>,
    /// Container whose unfinished line is the last thing written.
    open: Option<ContainerIndex>,
    buffer: Vec<u8>,
    /// The reader of standard output went away.
    closed: bool,
    /// Takes note of what is written.
    journal: Journal,
}

#[derive(Debug)]
enum Format {
    /// Lines as they are, after a prefix per container where there is more than one.
    Text { prefixes: Vec<Vec<u8>>, timestamps: bool },
    /// One JSON object a line, in which these markers are broken. Their `elapsedMs` count from `started`.
    Json { markers: Neutraliser, started: Instant },
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sink").field("format", &self.format).field("open", &self.open).finish_non_exhaustive()
    }
}

impl Sink {
    /// The same with the time before each line.
    #[must_use]
    pub fn with_timestamps(mut self, wanted: bool) -> Self {
        if let Format::Text { timestamps, .. } = &mut self.format {
            *timestamps = wanted;
        }
        self
    }

    /// What is written of containers' lines is noted there.
    pub fn note_in(&mut self, journal: Journal) {
        self.journal = journal;
    }

    /// Lines do not say whose they are any more.
    pub fn drop_prefixes(&mut self) {
        if let Format::Text { prefixes, .. } = &mut self.format {
            prefixes.clear();
        }
    }

    /// Text; a prefix is shown when there is more than one container. The lines are written as they
    /// are: who calls this has broken their markers.
    pub fn text(
        out: Box<dyn Write + Send>,
        names: Vec<String>,
        styles: &Styles,
        notices: &Neutraliser,
    ) -> Self {
        let shown: Vec<String> =
            names.iter().map(|name| notices.text(&text::one_line(name)).into_owned()).collect();
        let width = shown.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        let prefixes = match names.len() {
            0 | 1 => Vec::new(),
            _ => shown
                .iter()
                .enumerate()
                .map(|(index, name)| {
                    let style = styles.prefix(index);
                    format!("{style}{name:width$} |{style:#} ").into_bytes()
                })
                .collect(),
        };
        Self::new(out, Format::Text { prefixes, timestamps: false }, names)
    }

    /// One JSON object a line: a [`LogObject`].
    pub fn json(
        out: Box<dyn Write + Send>,
        names: Vec<String>,
        markers: Neutraliser,
        started: Instant,
    ) -> Self {
        Self::new(out, Format::Json { markers, started }, names)
    }

    fn new(out: Box<dyn Write + Send>, format: Format, names: Vec<String>) -> Self {
        Self {
            out,
            format,
            names,
            open: None,
            buffer: Vec::new(),
            closed: false,
            journal: Journal::default(),
        }
    }

    /// Writes the lines of one container.
    pub fn write(&mut self, container: ContainerIndex, batch: &LineBatch) -> io::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        self.buffer.clear();
        let continues = self.open == Some(container);
        if self.open.is_some() && !continues {
            self.buffer.push(b'\n');
        }
        let form = Form {
            lead: self.buffer.len() as u64,
            before: self.before_each_line(container) as u64,
            goes_on: continues,
        };
        let form = Some(form).filter(|_| matches!(self.format, Format::Text { .. }));
        let rendered = |bytes: usize| Rendered { bytes, lines: batch.len(), form };
        self.open = batch.partial.then_some(container);
        match &self.format {
            Format::Text { prefixes, timestamps } => match prefixes.get(container) {
                None if self.buffer.is_empty() && !timestamps => {
                    let end = batch.bytes.len() - usize::from(batch.partial);
                    self.journal.writing(container, rendered(end));
                    return write_out(&mut self.out, &batch.bytes[..end], &mut self.closed);
                }
                prefix => {
                    let prefix = prefix.map(Vec::as_slice).unwrap_or_default();
                    for (index, line) in batch.lines().enumerate() {
                        if index > 0 || !continues {
                            self.buffer.extend_from_slice(prefix);
                            if *timestamps {
                                write_time(&mut self.buffer, batch.times[index])?;
                            }
                        }
                        self.buffer.extend_from_slice(line);
                        self.buffer.push(b'\n');
                    }
                    if batch.partial {
                        self.buffer.pop();
                    }
                }
            },
            Format::Json { markers, started } => {
                // A JSON object is a whole line in any case; `partial` says that more follows.
                self.open = None;
                let last = batch.len() - 1;
                let name = self.names.get(container).map(String::as_str).unwrap_or_default();
                let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                for (index, line) in batch.lines().enumerate() {
                    let partial = batch.partial && index == last;
                    let object = Object::Log(LogObject {
                        at: batch.times[index],
                        elapsed_ms,
                        container: name,
                        line: String::from_utf8_lossy(line),
                        partial,
                        labels: labels(batch.labels_of(index)),
                    });
                    let start = self.buffer.len();
                    serde_json::to_writer(&mut self.buffer, &object)?;
                    markers.json_in(&mut self.buffer, start);
                    self.buffer.push(b'\n');
                }
            }
        }
        self.journal.writing(container, rendered(self.buffer.len()));
        write_out(&mut self.out, &self.buffer, &mut self.closed)
    }

    /// Writes one line that is not a container's, as it is: a CI command or a JSON event.
    pub fn write_own(&mut self, line: &str) -> io::Result<()> {
        self.close_line()?;
        self.buffer.clear();
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        write_out(&mut self.out, &self.buffer, &mut self.closed)
    }

    /// Ends an unfinished line, so that something else can be written.
    pub fn close_line(&mut self) -> io::Result<()> {
        if self.open.take().is_some() {
            write_out(&mut self.out, b"\n", &mut self.closed)?;
        }
        Ok(())
    }

    /// How many bytes stand before each line of a container, in text.
    pub fn before_each_line(&self, container: ContainerIndex) -> usize {
        match &self.format {
            Format::Text { prefixes, timestamps } => {
                prefixes.get(container).map_or(0, Vec::len) + if *timestamps { TIME.len() } else { 0 }
            }
            Format::Json { .. } => 0,
        }
    }

    /// Whether an unfinished line is the last thing written.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether the reader of standard output went away. The run goes on: a task is not killed
    /// because somebody closed a pager.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}

fn labels(labels: &[Label]) -> BTreeMap<&str, &str> {
    labels.iter().map(|label| (label.name.as_str(), label.value.as_str())).collect()
}

/// What [`write_time`] writes.
const TIME: &str = "2023-11-14T22:13:20.000Z ";

/// A time and a blank; RFC 3339 as in JSON, or a hyphen where a platform tells a time that is none.
fn write_time(buffer: &mut Vec<u8>, millis: i64) -> io::Result<()> {
    match crate::unix_time::moment(millis) {
        Some(time) => write!(buffer, "{} ", humantime::format_rfc3339_millis(time)),
        None => write!(buffer, "- "),
    }
}

fn write_out(out: &mut (impl Write + ?Sized), bytes: &[u8], closed: &mut bool) -> io::Result<()> {
    if *closed {
        return Ok(());
    }
    match write_patiently(out, bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            *closed = true;
            Ok(())
        }
        result => result,
    }
}

/// Writes everything, also to a pipe that another process has made non-blocking.
fn write_patiently(out: &mut (impl Write + ?Sized), mut bytes: &[u8]) -> io::Result<()> {
    let pause = || std::thread::sleep(std::time::Duration::from_millis(2));
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => pause(),
            Err(error) => return Err(error),
        }
    }
    loop {
        match out.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => pause(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            flushed => return flushed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;

    use sortie_lines::Label;

    use super::*;
    use crate::ci::Ci;

    /// Memory that the test keeps a hand on.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("one thread").write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Shared {
        fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().expect("one thread")).into_owned()
        }
    }

    fn markers(ci: Ci) -> Neutraliser {
        Neutraliser::for_lines(ci)
    }

    fn batch(lines: &[&[u8]], partial: bool) -> LineBatch {
        let mut batch = LineBatch::default();
        for line in lines {
            batch.push(line, 1_700_000_000_000);
        }
        batch.partial = partial;
        batch
    }

    fn text(names: &[&str], writes: &[(usize, LineBatch)]) -> String {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let out = Shared::default();
        let mut sink = Sink::text(Box::new(out.clone()), names, &Styles::new(false), &markers(Ci::Other));
        for (container, batch) in writes {
            sink.write(*container, batch).expect("memory");
        }
        sink.close_line().expect("memory");
        out.text()
    }

    #[test]
    fn one_container_is_printed_as_it_is() {
        let writes =
            [(0, batch(&[b"a", b"\xff"], false)), (0, batch(&[b"be"], true)), (0, batch(&[b"gun"], false))];
        assert_eq!(text(&["app"], &writes), "a\n\u{fffd}\nbegun\n");
    }

    #[test]
    fn several_containers_get_prefixes_and_whole_lines() {
        let writes = [
            (0, batch(&[b"a"], false)),
            (1, batch(&[b"b", b"half"], true)),
            (0, batch(&[b"c"], false)),
            (1, batch(&[b"rest"], true)),
            (1, batch(&[b" end", b"z"], false)),
        ];
        let want = "app     | a\nsidecar | b\nsidecar | half\napp     | c\nsidecar | rest end\nsidecar | z\n";
        assert_eq!(text(&["app", "sidecar"], &writes), want);
    }

    #[test]
    fn json_lines_are_whole_and_say_whose_they_are() {
        let out = Shared::default();
        let mut sink =
            Sink::json(Box::new(out.clone()), vec!["app".into()], markers(Ci::None), Instant::now());
        sink.write(0, &batch(&[b"a\"\xff"], true)).expect("memory");
        let (start, rest) =
            ("{\"type\":\"log\",\"at\":\"2023-11-14T22:13:20.000Z\",\"elapsedMs\":", out.text());
        let rest = rest.strip_prefix(start).unwrap_or_else(|| panic!("{rest}"));
        assert_eq!(
            rest.trim_start_matches(|c: char| c.is_ascii_digit()),
            ",\"container\":\"app\",\"line\":\"a\\\"\u{fffd}\",\"partial\":true,\"labels\":{}}\n"
        );
    }

    #[test]
    fn json_lines_have_the_labels_that_filters_gave_them() {
        let out = Shared::default();
        let mut sink =
            Sink::json(Box::new(out.clone()), vec!["app".into()], markers(Ci::None), Instant::now());
        let mut lines = batch(&[b"a", b"b"], false);
        let label = |name: &str, value: &str| Label { line: 1, name: name.into(), value: value.into() };
        lines.labels = vec![label("level", "warn"), label("phase", "deploy")];
        sink.write(0, &lines).expect("memory");
        let text = out.text();
        let told: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        assert_eq!(told[0]["labels"], serde_json::json!({}));
        assert_eq!(told[1]["labels"], serde_json::json!({ "level": "warn", "phase": "deploy" }));
    }

    #[test]
    fn no_label_is_a_command() {
        let out = Shared::default();
        let mut sink =
            Sink::json(Box::new(out.clone()), vec!["app".into()], markers(Ci::GitHub), Instant::now());
        let mut lines = batch(&[b"a", b"b"], false);
        lines.labels = vec![Label { line: 1, name: "level".to_owned(), value: "##[error]".to_owned() }];
        sink.write(0, &lines).expect("memory");
        let text = out.text();
        assert!(!text.contains("##["), "{text}");
        let labels: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["labels"].clone())
            .collect();
        assert_eq!(labels, [serde_json::json!({}), serde_json::json!({ "level": "##[error]" })]);
    }

    #[test]
    fn names_are_hostile_too() {
        let writes = [(0, batch(&[b"a"], false)), (1, batch(&[b"b"], false))];
        assert_eq!(text(&["##[x]", "\u{1b}[2J"], &writes), "#\\#[x]    | a\n\\u{1b}[2J | b\n");
    }

    #[test]
    fn json_lines_hold_no_marker_and_say_the_same() {
        let out = Shared::default();
        let mut sink =
            Sink::json(Box::new(out.clone()), vec!["app".into()], markers(Ci::GitHub), Instant::now());
        sink.write(0, &batch(&[b"##[error]", b"::x::", b"y"], false)).expect("memory");
        let text = out.text();
        assert!(!text.contains("##["), "{text}");
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let lines: Vec<&str> = lines.iter().filter_map(|object| object["line"].as_str()).collect();
        assert_eq!(lines, ["##[error]", "::x::", "y"]);
    }

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn times_stand_before_lines_and_behind_prefixes() {
        let out = Shared::default();
        let text = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            let sink = Sink::text(Box::new(out.clone()), names, &Styles::new(false), &markers(Ci::None));
            sink.with_timestamps(true)
        };
        let mut sink = text(&["app"]);
        sink.write(0, &batch(&[b"one", b"tw"], true)).expect("memory");
        sink.write(0, &batch(&[b"o"], false)).expect("memory");
        let mut sink = text(&["app", "db"]);
        sink.write(1, &batch(&[b"three"], false)).expect("memory");
        sink.drop_prefixes();
        sink.write(1, &batch(&[b"four"], false)).expect("memory");
        let at = "2023-11-14T22:13:20.000Z";
        assert_eq!(out.text(), format!("{at} one\n{at} two\ndb  | {at} three\n{at} four\n"));
    }

    #[test]
    fn a_closed_pipe_is_noted_and_no_error() {
        let names = vec!["app".into()];
        let mut sink = Sink::text(Box::new(Gone), names, &Styles::new(false), &markers(Ci::None));
        assert!(sink.write(0, &batch(&[b"a"], false)).is_ok());
        assert!(sink.is_closed());
        assert!(sink.write(0, &batch(&[b"a"], false)).is_ok());
    }
}
