//! What the cache keeps: the entries that were used last.

use std::time::Duration;
use std::time::SystemTime;

use super::SUFFIX;
use crate::private_directory::Entry;
use crate::private_directory::PrivateDirectory;
use crate::private_directory::UNFINISHED;

/// Bytes of all entries together. An interpreter with a plugin (JavaScript, Python) has about 50 MB of
/// code, a plugin in Rust less than 1 MB.
pub(super) const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Entries.
const MAX_ENTRIES: usize = 100;

/// Age of an unfinished file whose writer is surely gone.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Removes what is beyond the bounds. The last used entry stays in any case.
pub(super) fn prune(directory: &PrivateDirectory) {
    for name in superfluous(directory.entries(), SystemTime::now()) {
        directory.remove(&name);
    }
}

fn superfluous(entries: Vec<Entry>, now: SystemTime) -> Vec<String> {
    let (mut kept, others): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| entry.name.ends_with(SUFFIX));
    kept.sort_by_key(|entry| std::cmp::Reverse(entry.used));
    let mut names = Vec::new();
    let mut total = 0;
    for (index, entry) in kept.into_iter().enumerate() {
        total += entry.bytes;
        if index > 0 && (index >= MAX_ENTRIES || total > MAX_BYTES) {
            names.push(entry.name);
        }
    }
    let is_old = |entry: &Entry| now.duration_since(entry.used).is_ok_and(|age| age > ABANDONED);
    let is_abandoned = |entry: &Entry| entry.name.starts_with(UNFINISHED) && is_old(entry);
    names.extend(others.into_iter().filter(is_abandoned).map(|entry| entry.name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entries_that_were_used_last_stay() {
        let now = SystemTime::now();
        let entry = |name: &str, bytes, age| Entry {
            name: name.to_owned(),
            bytes,
            used: now - Duration::from_secs(age),
            written: now,
        };
        let half = MAX_BYTES / 2;
        let entries = vec![
            entry("old.code", half, 30),
            entry("new.code", half, 10),
            entry("middle.code", half, 20),
            entry("key", 32, 9_999_999),
            entry("unfinished-1", 1, 4_000),
            entry("unfinished-2", 1, 10),
        ];
        assert_eq!(superfluous(entries, now), ["old.code", "unfinished-1"]);
        let many = (0..MAX_ENTRIES as u64 + 2).map(|age| entry(&format!("{age}.code"), 1, age)).collect();
        assert_eq!(
            superfluous(many, now),
            [format!("{MAX_ENTRIES}.code"), format!("{}.code", MAX_ENTRIES + 1)]
        );
        assert!(superfluous(vec![entry("huge.code", 2 * MAX_BYTES, 0)], now).is_empty());
    }
}
