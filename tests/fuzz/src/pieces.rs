//! Text in pieces, and back.

use sortie_lines::Framer;
use sortie_lines::LineBatch;

/// Cuts `text` at `cuts`, which are distances from one cut to the next in units of `scale`, again
/// and again.
pub fn chunks<'a>(text: &'a [u8], cuts: &[u16], scale: usize) -> Vec<&'a [u8]> {
    let mut rest = text;
    let mut chunks = Vec::new();
    for cut in cuts.iter().cycle() {
        if rest.is_empty() || chunks.len() > text.len() + cuts.len() {
            break;
        }
        let (chunk, after) = rest.split_at(rest.len().min(usize::from(*cut) * scale));
        chunks.push(chunk);
        rest = after;
    }
    chunks.push(rest);
    chunks
}

/// The batches that the host makes of these chunks.
pub fn batches(chunks: &[&[u8]], max_line: usize, max_batch: usize) -> Vec<LineBatch> {
    let mut framer = Framer::new(max_line, max_batch);
    let mut batches = Vec::new();
    for (index, chunk) in chunks.iter().enumerate() {
        framer.feed(chunk, 0, &mut batches);
        // The host does so when nothing has come for a moment.
        if index % 3 == 0 {
            framer.flush(&mut batches);
        }
    }
    framer.finish(0, &mut batches);
    batches
}

/// Appends what a batch prints: a newline after every line but an unfinished one.
pub fn print(batch: &LineBatch, out: &mut Vec<u8>) {
    let end = batch.bytes.len() - usize::from(batch.partial && !batch.is_empty());
    out.extend_from_slice(&batch.bytes[..end]);
}

/// The text as it must be printed: whole lines.
pub fn ended(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    if !text.is_empty() && text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    text
}
