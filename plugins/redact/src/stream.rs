//! Lines on their way through: batches, lines in pieces, and private keys that span lines.
//!
//! A line beyond the host's limit arrives in pieces, and a secret may lie across two. Such a line
//! is collected in a window of [`WINDOW`] bytes. When the window is full it is searched, all but
//! its last [`HELD`] bytes go out, and those stay for the next window. Where windows end depends
//! on the line alone and not on the pieces it came in, so the output is the same for any pieces.

use std::sync::Arc;

use sortie_plugin_sdk::Batch;
use sortie_plugin_sdk::Edits;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Hit;

use crate::config::Config;
use crate::config::Secret;
use crate::dump;
use crate::key_material;
use crate::key_material::Look;
use crate::search::Due;
use crate::search::Search;
use crate::search::Span;
use crate::spread;
use crate::spread::Spread;

/// Bytes of an unfinished line that are searched together. It bounds the filter's memory.
pub const WINDOW: usize = 256 * 1024;

/// Bytes of a full window that are searched again with what follows. No named value is longer
/// ([`crate::values::MAX_LINE`]), however it is spelt; a match of an expression that is longer masks the rest of its
/// line, since its end is not known when it must be decided.
pub const HELD: usize = 64 * 1024;

/// A private key without an end is given up after so many lines in a row that do not look like one: what
/// seemed to begin it only mentioned it.
pub const MAX_OTHER_LINES: u32 = 3;

/// So many lines after the end of a private key are looked at still: where two streams share a log, the end may
/// be one of another key.
const AFTER_END: u32 = 3;

/// Masks secrets in one container's log.
pub struct Redactor {
    search: Arc<Search>,
    mask: Vec<u8>,
    /// A private key begins in this line.
    begun_here: bool,
    /// A private key has begun and is not at its end; so many lines in a row did not look like one.
    other_lines: Option<u32>,
    /// Lines that may be a private key's although its end was there.
    after_end: u32,
    line: Unfinished,
    /// Lines that may hold the beginning of a named value.
    spread: Spread,
    masked: Masked,
    /// Kept for their memory.
    spans: Vec<Span>,
    due: Due,
}

/// How much was masked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Masked {
    /// Lines with a mask in them; a line in pieces is one.
    pub lines: u64,
    /// Masks.
    pub values: u64,
}

/// What is known of a line that is not at its end.
#[derive(Default)]
struct Unfinished {
    /// Held back: one byte of context that is out already (none at the start of the line), then
    /// what is not out yet.
    held: Vec<u8>,
    context: usize,
    /// Bytes after the context whose mask is out already.
    covered: usize,
    /// Everything up to the end of the line is masked, and its mask is out.
    masked: bool,
    /// The line has begun: pieces of it were seen.
    begun: bool,
    /// It is among the lines that are masked.
    counted: bool,
}

impl Redactor {
    /// A redactor for one stream.
    ///
    /// # Errors
    /// What cannot be used in the configuration.
    pub fn new(config: &Config, secrets: &[Secret]) -> Result<Self, Finding> {
        if config.mask.contains(['\n', '\r']) {
            return Err(Finding::error("/mask", "the mask must be on one line"));
        }
        if config.mask.is_empty() {
            let why = "what stands before and after a secret would meet, and may be a secret itself";
            return Err(Finding::error("/mask", format!("the mask must not be empty: {why}")));
        }
        let search = Search::new(config, secrets)?;
        if search.is_in_mask(&config.mask) {
            return Err(Finding::error("/mask", "the mask holds what is to be masked"));
        }
        Ok(Self::at_start(Arc::new(search), config.mask.clone().into_bytes()))
    }

    /// A redactor for another stream, which searches for the same.
    #[must_use]
    pub fn of_another_stream(&self) -> Self {
        Self::at_start(Arc::clone(&self.search), self.mask.clone())
    }

    fn at_start(search: Arc<Search>, mask: Vec<u8>) -> Self {
        Self {
            search,
            mask,
            begun_here: false,
            other_lines: None,
            after_end: 0,
            line: Unfinished::default(),
            spread: Spread::default(),
            masked: Masked::default(),
            spans: Vec::new(),
            due: Due::default(),
        }
    }

    /// What is searched.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Whether it is in the middle of something that spans lines, and must be shown those that follow: a private
    /// key, or a named value.
    pub fn follows(&self) -> bool {
        self.in_private_key() || !self.spread.is_empty()
    }

    /// Whether the last line seen lies inside of a private key.
    fn in_private_key(&self) -> bool {
        self.other_lines.is_some() || self.after_end > 0
    }

    /// How much was masked so far.
    pub fn masked(&self) -> Masked {
        self.masked
    }

    /// Edits for a batch.
    pub fn process(&mut self, batch: Batch<'_>, edits: &mut Edits) {
        let search = Arc::clone(&self.search);
        // A batch that is but a piece of a line is searched in a window.
        let piece = batch.len() == 1 && (self.line.begun || batch.is_partial(0));
        let mut scan = search.scan(batch.bytes(), if piece { batch.bytes().len() } else { 0 });
        let mut index = 0;
        while index < batch.len() {
            if !self.line.begun && !self.follows() {
                let hit = scan.next_hit(batch.start(index));
                // Skip to the line of the hit; the last one may be unfinished and is never skipped.
                let last = batch.len() - 1;
                let stop = if batch.is_partial(last) { last } else { batch.len() };
                while index < stop && batch.end(index) < hit {
                    index += 1;
                }
                if index == batch.len() {
                    break;
                }
            }
            let line = batch.line(index);
            if self.line.begun || batch.is_partial(index) || line.len() > WINDOW {
                let finished = !batch.is_partial(index);
                let waiting = self.release(edits);
                edits.replace_with(index, |out| {
                    out.extend_from_slice(&waiting);
                    self.piece(line, finished, out);
                });
            } else {
                self.spans.clear();
                let range = batch.start(index)..batch.end(index);
                scan.spans(range, 0, &mut self.spans, &mut self.due);
                self.whole_line(line, index, edits);
            }
            index += 1;
        }
        self.spread.end_batch().for_each(|index| edits.drop_line(index));
    }

    /// Edits for a batch of which all hits of [`Search::interests`] are known: the same as those of
    /// [`Redactor::process`], but only lines in pieces and those longer than a window are searched.
    ///
    /// # Panics
    /// When a hit is not within its line: whoever does not know what is in it must not print it.
    pub fn process_hits(&mut self, batch: Batch<'_>, mut hits: &[Hit], edits: &mut Edits) {
        let search = Arc::clone(&self.search);
        let mut index = 0;
        while index < batch.len() {
            if !self.line.begun && !self.follows() {
                // On to the next line that is hit; the last one may be unfinished and is never skipped.
                let last = batch.len() - 1;
                let stop = if batch.is_partial(last) { last } else { batch.len() };
                let next = hits.first().map_or(stop, |hit| hit.line as usize);
                index = index.max(next.min(stop));
                if index == batch.len() {
                    break;
                }
            }
            let line = batch.line(index);
            let of_line;
            let further = hits.iter().position(|hit| hit.line as usize > index);
            (of_line, hits) = hits.split_at(further.unwrap_or(hits.len()));
            if self.line.begun || batch.is_partial(index) || line.len() > WINDOW {
                let finished = !batch.is_partial(index);
                let waiting = self.release(edits);
                edits.replace_with(index, |out| {
                    out.extend_from_slice(&waiting);
                    self.piece(line, finished, out);
                });
            } else {
                self.spans.clear();
                search.spans_of_hits(line, of_line, &mut self.spans, &mut self.due);
                self.whole_line(line, index, edits);
            }
            index += 1;
        }
        self.spread.end_batch().for_each(|index| edits.drop_line(index));
    }

    /// Whether lines are held back until it is known how a named value goes on.
    pub fn holds_back(&self) -> bool {
        !self.spread.is_empty()
    }

    /// No more is waited for: the lines that are held back.
    pub fn let_go(&mut self, out: &mut Vec<u8>) {
        for line in self.spread.take(self.search.values()) {
            self.print(line.bytes, line.spans, out);
            out.push(b'\n');
        }
    }

    /// The stream has ended: what was held back of an unfinished line.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.let_go(out);
        if self.line.begun {
            self.piece(b"", true, out);
            out.push(b'\n');
        }
    }

    /// A line that is complete, and not longer than a window. `spans` and `due` are known.
    fn whole_line(&mut self, line: &[u8], index: usize, edits: &mut Edits) {
        // Elsewhere it makes no difference.
        let may_be_key = self.due.key || self.in_private_key();
        let look = if may_be_key { key_material::look(line) } else { Look::Other };
        self.after_end(line, 0, look);
        self.key_spans(line, 0, true, line.len(), self.open_key(0, look));
        self.end_line(look);
        let goes_on = self.due.goes_on && self.search.values().goes_on(line);
        let is_of_dump = self.due.dump && dump::is_line(line);
        let short_may_follow = !self.spans.is_empty() && self.search.values().go_on_in_short_lines(&[line]);
        if !self.spread.is_empty() || goes_on || is_of_dump || short_may_follow {
            let spans = self.spans.clone();
            let line = spread::Line { bytes: line.to_vec(), spans, index: Some(index) };
            if !self.spread.push(line, self.search.values()) {
                let waiting = self.release(edits);
                debug_assert!(waiting.is_empty(), "this line was the last one");
            }
            return;
        }
        if self.spans.is_empty() {
            return;
        }
        merge(&mut self.spans);
        self.count();
        let (spans, mask) = (&self.spans, &self.mask);
        edits.replace_with(index, |out| write(line, spans, mask, out));
    }

    /// Edits for lines that wait no longer. Answers those of batches before, if none of this one can take them.
    fn release(&mut self, edits: &mut Edits) -> Vec<u8> {
        let mut before = Vec::new();
        for line in self.spread.take(self.search.values()) {
            match line.index {
                None => {
                    self.print(line.bytes, line.spans, &mut before);
                    before.push(b'\n');
                }
                Some(_) if line.spans.is_empty() && before.is_empty() => {}
                Some(index) => {
                    let mut out = std::mem::take(&mut before);
                    self.print(line.bytes, line.spans, &mut out);
                    edits.replace_with(index, |edit| edit.extend_from_slice(&out));
                }
            }
        }
        before
    }

    /// Appends a line that is masked.
    fn print(&mut self, line: Vec<u8>, spans: Vec<Span>, out: &mut Vec<u8>) {
        self.spans = spans;
        merge(&mut self.spans);
        if !self.spans.is_empty() {
            self.count();
        }
        write(&line, &self.spans, &self.mask, out);
    }

    /// Counts a line with what is masked of it.
    fn count(&mut self) {
        self.masked.lines += 1;
        self.masked.values += self.spans.len() as u64;
    }

    /// A piece of a line that comes in pieces, or of one longer than a window.
    fn piece(&mut self, mut piece: &[u8], last: bool, out: &mut Vec<u8>) {
        self.line.begun = true;
        loop {
            let room = WINDOW + self.line.context - self.line.held.len();
            // A full window is searched only when more follows: the line may end right here.
            if piece.len() <= room {
                self.line.held.extend_from_slice(piece);
                break;
            }
            self.line.held.extend_from_slice(&piece[..room]);
            piece = &piece[room..];
            self.window(out);
        }
        if last {
            let look = self.last_window(out);
            self.end_line(look);
            let mut held = std::mem::take(&mut self.line.held);
            held.clear();
            self.line = Unfinished { held, ..Unfinished::default() };
        }
    }

    /// A full window of a line that goes on: all but the last [`HELD`] bytes go out.
    fn window(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.line.held);
        let cut = held.len() - HELD;
        // A line of this length is no ordinary one.
        self.find(&held, cut, false, Look::Key);
        if self.line.masked {
            // Of what is not printed only private keys matter: one may begin here, or end.
            self.go_on(held, cut, 0);
            return;
        }
        let mut at = self.line.context;
        let mut covered = 0;
        for (start, end) in &self.spans {
            if *start >= cut {
                break;
            }
            out.extend_from_slice(&held[at..*start]);
            // The mask of a span that goes on from the window before is out.
            if *start > self.line.context || self.line.covered == 0 {
                out.extend_from_slice(&self.mask);
                self.masked.lines += u64::from(!self.line.counted);
                self.masked.values += 1;
                self.line.counted = true;
            }
            if *end == held.len() {
                self.line.masked = true;
                self.go_on(held, cut, 0);
                return;
            }
            covered = end.saturating_sub(cut);
            at = (*end).min(cut);
        }
        out.extend_from_slice(&held[at..cut]);
        self.go_on(held, cut, covered);
    }

    /// What is held of a window for the next one.
    fn go_on(&mut self, held: Vec<u8>, cut: usize, covered: usize) {
        self.line.covered = covered;
        self.line.context = 1;
        self.line.held = held;
        self.line.held.drain(..cut - 1);
    }

    /// What is held when the line ends. Answers what the line looks like.
    fn last_window(&mut self, out: &mut Vec<u8>) -> Look {
        let held = std::mem::take(&mut self.line.held);
        let is_whole = self.line.context == 0;
        let look = if is_whole { key_material::look(&held) } else { Look::Key };
        self.find(&held, held.len(), true, look);
        if self.line.masked {
            self.line.held = held;
            return look;
        }
        let mut at = self.line.context;
        for (start, end) in &self.spans {
            out.extend_from_slice(&held[at..*start]);
            if *start > self.line.context || self.line.covered == 0 {
                out.extend_from_slice(&self.mask);
                self.masked.lines += u64::from(!self.line.counted);
                self.masked.values += 1;
                self.line.counted = true;
            }
            at = *end;
        }
        out.extend_from_slice(&held[at..]);
        self.line.held = held;
        look
    }

    /// Fills `spans` for a window, merged.
    fn find(&mut self, held: &[u8], cut: usize, last: bool, look: Look) {
        let context = self.line.context;
        self.spans.clear();
        if self.line.covered > 0 {
            self.spans.push((context, context + self.line.covered));
        }
        let mut scan = self.search.scan(held, context);
        scan.spans(0..held.len(), context, &mut self.spans, &mut self.due);
        // A line that is longer than a window is none of a key's.
        if last && context == 0 {
            self.after_end(held, 0, look);
        }
        self.key_spans(held, context, last, cut, self.open_key(context, look));
        // What is found by what stands in its middle may begin in what is out already.
        self.spans
            .iter_mut()
            .for_each(|(start, end)| (*start, *end) = ((*start).max(context), (*end).max(context)));
        merge(&mut self.spans);
    }

    /// Adds what belongs to a private key, and notes whether it goes on after these bytes. Of a
    /// window that is not the last of its line, a key that begins at `cut` or later is found again
    /// in the next one. `open` is where the part begins that goes on from the line before.
    fn key_spans(&mut self, line: &[u8], from: usize, last: bool, cut: usize, mut open: Option<usize>) {
        // A line that does not look like a key's may still end it.
        let is_inside = self.other_lines.is_some() && open.is_none();
        if is_inside && let Some(end) = self.search.key_end(line, from) {
            self.spans.push((from, end));
            self.end_key();
        }
        let mut at = from;
        // It begins in these bytes.
        let mut is_new = false;
        loop {
            if let Some(start) = open {
                match self.search.key_end(line, at) {
                    Some(end) => {
                        self.spans.push((start, end));
                        self.end_key();
                        at = end;
                    }
                    None => {
                        if line.len() > start {
                            self.spans.push((start, line.len()));
                        }
                        if is_new && (last || start < cut) {
                            self.other_lines = Some(0);
                            self.begun_here = true;
                        }
                        return;
                    }
                }
            }
            let begins = if self.due.key { self.search.key_begin(line, at) } else { None };
            match begins {
                Some((start, end)) => {
                    is_new = true;
                    open = Some(start);
                    at = end;
                }
                None => return,
            }
        }
    }

    /// A private key has ended, as far as is known.
    fn end_key(&mut self) {
        self.other_lines = None;
        // Its own line is one of them.
        self.after_end = AFTER_END + 1;
    }

    /// Where a line from `from` on belongs to the private key that has begun before, if it does.
    fn open_key(&self, from: usize, look: Look) -> Option<usize> {
        self.other_lines.filter(|_| look != Look::Other).map(|_| from)
    }

    /// Masks a line behind the end of a private key that looks like one of it.
    fn after_end(&mut self, line: &[u8], from: usize, look: Look) {
        if self.after_end == 0 || self.other_lines.is_some() {
            return;
        }
        if key_material::begins_other(line) {
            self.after_end = 0;
        } else if look == Look::Key && self.after_end <= AFTER_END {
            self.spans.push((from, line.len()));
            self.after_end = AFTER_END + 1;
        }
    }

    /// Counts the lines after the beginning of a private key that do not look like one.
    fn end_line(&mut self, look: Look) {
        self.after_end = self.after_end.saturating_sub(1);
        let looks_like_one = std::mem::take(&mut self.begun_here) || look == Look::Key;
        let others = self.other_lines.map(|others| if looks_like_one { 0 } else { others + 1 });
        self.other_lines = others.filter(|others| *others <= MAX_OTHER_LINES);
    }
}

/// Appends a line with a mask in the place of each span.
fn write(line: &[u8], spans: &[Span], mask: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    for (start, end) in spans {
        out.extend_from_slice(&line[at..*start]);
        out.extend_from_slice(mask);
        at = *end;
    }
    out.extend_from_slice(&line[at..]);
}

/// Sorts spans and joins those that overlap or touch.
fn merge(spans: &mut Vec<Span>) {
    spans.sort_unstable();
    let mut kept = 0;
    for index in 0..spans.len() {
        let (start, end) = spans[index];
        if kept > 0 && start <= spans[kept - 1].1 {
            spans[kept - 1].1 = spans[kept - 1].1.max(end);
        } else {
            spans[kept] = (start, end);
            kept += 1;
        }
    }
    spans.truncate(kept);
}
