//! Numbers, durations and hostile text as a person reads them.

use std::time::Duration;
use std::time::SystemTime;

use crate::invisible::is_invisible;

/// `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `0.4 s`, `12.3 s`, `2 min 03 s`, `1 h 02 min`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration < Duration::from_millis(59_950) {
        return format!("{:.1} s", duration.as_secs_f64());
    }
    let seconds = seconds.max(60);
    if seconds < 3600 {
        return format!("{} min {:02} s", seconds / 60, seconds % 60);
    }
    format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60)
}

/// `30 s`, `2 min 03 s`: a time that is set or left, up to the next whole second.
pub fn whole_seconds(span: Duration) -> String {
    let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => duration(Duration::from_secs(seconds)),
    }
}

/// RFC 3339 with milliseconds, UTC, from milliseconds since the Unix epoch.
pub fn timestamp(millis: i64) -> String {
    let time = u64::try_from(millis)
        .ok()
        .and_then(|millis| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis)));
    match time {
        // 9999-12-31 is the last day that the format knows.
        Some(time) if millis < 253_402_300_800_000 => humantime::format_rfc3339_millis(time).to_string(),
        _ => format!("{millis} ms"),
    }
}

/// `1 byte`, `2,000 bytes`.
pub fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// `3 MB`, `1,234 KB`: a size of whole units, in which 1 KB is 1,024 bytes.
pub fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")];
    match units.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{} {name}", thousands(bytes / unit)),
        None => counted(bytes, "byte"),
    }
}

/// Text from a platform or a plugin on one line, with every character escaped that is not seen, so
/// that it can neither move a terminal's cursor nor begin a line of its own.
pub fn one_line(text: &str) -> String {
    visible(&text.trim().replace('\n', " / "))
}

/// Text with the characters escaped that are not seen ([`is_invisible`]), and its spaces as they are.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            c if c.is_ascii_control() => out.extend(c.escape_default()),
            c if is_invisible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_millis(59_940)), "59.9 s");
        assert_eq!(duration(Duration::from_millis(59_960)), "1 min 00 s");
        assert_eq!(duration(Duration::from_secs(123)), "2 min 03 s");
        assert_eq!(duration(Duration::from_secs(3_725)), "1 h 02 min");
        assert_eq!(whole_seconds(Duration::from_millis(27_100)), "28 s");
        assert_eq!(whole_seconds(Duration::ZERO), "0 s");
        assert_eq!(whole_seconds(Duration::from_secs(120)), "2 min 00 s");
        assert_eq!(timestamp(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(timestamp(-1), "-1 ms");
        assert_eq!(timestamp(i64::MAX), format!("{} ms", i64::MAX));
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        assert_eq!(one_line("a\nb\r\u{1b}[2Jc\u{202e}\n"), "a / b\\r\\u{1b}[2Jc\\u{202e}");
    }

    #[test]
    fn what_has_no_width_is_seen() {
        assert_eq!(visible("a\u{200b}b\u{feff}c\u{9b}d\te"), "a\\u{200b}b\\u{feff}c\\u{9b}d e");
    }

    #[test]
    fn sizes_have_whole_units() {
        assert_eq!((size(3 << 20), size(1536 << 10)), ("3 MB".to_owned(), "1,536 KB".to_owned()));
        assert_eq!((size(1 << 30), size(1500)), ("1 GB".to_owned(), "1,500 bytes".to_owned()));
    }

    #[test]
    fn one_thing_is_not_many() {
        assert_eq!((counted(1, "byte"), counted(0, "line")), ("1 byte".to_owned(), "0 lines".to_owned()));
        assert_eq!(counted(1_234, "byte"), "1,234 bytes");
    }
}
