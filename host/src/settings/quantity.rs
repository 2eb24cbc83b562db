//! Amounts as people write them: CPU, memory, disk, time.

use std::time::Duration;

use crate::error::Error;
use crate::secrecy::looks_random;

/// CPU in units of 1/1024 vCPU, from `256`, `0.25` or `1vcpu`.
///
/// # Errors
///
/// It is something else, or so small a whole number that it may be a count of vCPUs.
pub fn cpu(text: &str) -> Result<u32, Error> {
    // A smaller whole number is not a Fargate size (the smallest is 256) but plausibly a count of vCPUs.
    const MIN_UNITS: u32 = 128;
    let (number, unit) = split_unit(text);
    let bare = unit.is_empty();
    let units = match bare && number.contains('.') {
        true => scaled(number, 1024),
        false => cpu_units(text),
    };
    match units {
        Some(units) if bare && !number.contains('.') && units < MIN_UNITS => {
            Err(Error::usage(format!("{units} may mean vCPUs or units of 1/1024 vCPU"))
                .hint(format!("write `{units}vcpu` or `{}`", units.saturating_mul(1024))))
        }
        Some(units) if units > 0 => Ok(units),
        _ => Err(Error::usage(format!("{} is not an amount of CPU", quoted(text)))
            .hint("write units of 1/1024 vCPU (512) or vCPUs (0.5, 2vcpu)")),
    }
}

/// CPU in units of 1/1024 vCPU as a task definition writes it: `256`, or `.25 vCPU`.
/// Source: Amazon ECS API reference, RegisterTaskDefinition, parameter `cpu`.
pub fn cpu_units(text: &str) -> Option<u32> {
    let (number, unit) = split_unit(text);
    match unit.as_str() {
        "" => whole(number),
        "vcpu" => scaled(number, 1024).filter(|units| *units > 0),
        _ => None,
    }
}

/// Memory in MiB, from `2048`, `512MB` or `2GB`. As in ECS, 1GB is 1024 MiB.
///
/// # Errors
///
/// It is something else, or so small without a unit that it is probably gigabytes.
pub fn memory(text: &str) -> Result<u32, Error> {
    // Docker's minimum for a container is 6 MiB; a bare number below 64 is plausibly GB.
    const MIN_BARE_MIB: u32 = 64;
    let bare = split_unit(text).1.is_empty();
    match memory_mib(text) {
        Some(mib) if bare && mib < MIN_BARE_MIB => {
            Err(Error::usage(format!("{mib} without a unit is {mib} MiB, which is too little"))
                .hint(format!("write `{mib}GB` if gigabytes were meant")))
        }
        Some(mib) if mib > 0 => Ok(mib),
        _ => Err(Error::usage(format!("{} is not an amount of memory", quoted(text)))
            .hint("write MiB (2048), or a number with MB or GB (512MB, 2GB)")),
    }
}

/// Memory in MiB as a task definition writes it: `512`, or `0.5 GB`; megabytes too.
/// Source: Amazon ECS API reference, RegisterTaskDefinition, parameter `memory`.
pub fn memory_mib(text: &str) -> Option<u32> {
    let (number, unit) = split_unit(text);
    match unit.as_str() {
        "" => whole(number),
        "m" | "mb" | "mib" => scaled(number, 1).filter(|mib| *mib > 0),
        "g" | "gb" | "gib" => scaled(number, 1024).filter(|mib| *mib > 0),
        _ => None,
    }
}

/// Disk in GiB, from `50` or `50GB`.
pub fn storage(text: &str) -> Result<u32, Error> {
    let (number, unit) = split_unit(text);
    let gib = match unit.as_str() {
        "" | "g" | "gb" | "gib" => whole(number),
        _ => None,
    };
    gib.filter(|gib| *gib > 0).ok_or_else(|| {
        Error::usage(format!("{} is not an amount of disk", quoted(text))).hint("write GiB: 50 or 50GB")
    })
}

/// A size in bytes, from `500KB`, `3MB` or `1GB`, in which 1 KB is 1,024 bytes.
pub fn bytes(text: &str) -> Result<u64, Error> {
    let (number, unit) = split_unit(text);
    let kib = match unit.as_str() {
        "k" | "kb" | "kib" => scaled(number, 1),
        "m" | "mb" | "mib" => scaled(number, 1 << 10),
        "g" | "gb" | "gib" => scaled(number, 1 << 20),
        _ => None,
    };
    kib.filter(|kib| *kib > 0).map(|kib| u64::from(kib) << 10).ok_or_else(|| {
        Error::usage(format!("{} is not a size", quoted(text))).hint("write a number with KB, MB or GB: 3MB")
    })
}

/// A time span, from `10m`, `1h 30m` or a plain number of seconds; at most a year.
pub fn duration(text: &str) -> Result<Duration, Error> {
    const MAX: Duration = Duration::from_secs(365 * 24 * 3600);
    let text = text.trim();
    let parsed = match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).ok(),
    };
    let Some(duration) = parsed else {
        return Err(Error::usage(format!("{} is not a time span", quoted(text)))
            .hint("write seconds (90) or numbers with units (90s, 10m, 1h 30m)"));
    };
    if duration > MAX {
        return Err(Error::usage(format!("{} is longer than a year", quoted(text))));
    }
    Ok(duration)
}

/// A wrong value as an error shows it: quoted, escaped and cut to 60 characters; not at all, where it may be a
/// secret that stands in the wrong place.
pub fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    if looks_random(text) {
        let characters = text.chars().count();
        return format!("a text of {characters} characters (not shown, since it may be a secret)");
    }
    let mut shown: String = text.chars().take(MAX_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Number and lower-case unit.
fn split_unit(text: &str) -> (&str, String) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim_start().to_ascii_lowercase())
}

/// A whole number of digits only.
fn whole(number: &str) -> Option<u32> {
    // `parse` alone would also take a sign.
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
}

/// A decimal number times `factor`, if that is a whole number.
fn scaled(number: &str, factor: u32) -> Option<u32> {
    // `parse` alone would also take `inf`, `1e9` and signs.
    if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let value = number.parse::<f64>().ok()? * f64::from(factor);
    // In range and whole, so that the cast is exact.
    (value <= f64::from(u32::MAX) && value.fract() == 0.0).then_some(value as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cpu_takes_units_and_vcpus() {
        assert_eq!(cpu("256"), Ok(256));
        assert_eq!(cpu("0.25"), Ok(256));
        assert_eq!(cpu("1vcpu"), Ok(1024));
        assert_eq!(cpu(" .5 vCPU "), Ok(512));
        assert_eq!(cpu("16 vCPU"), Ok(16384));
        for wrong in ["", "vcpu", "-1", "0.0", "1e3", "infvcpu", "0.0001", "1.2.3", "9999999999", "two"] {
            assert!(cpu(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_small_whole_number_of_cpu_is_ambiguous() {
        let error = cpu("2").unwrap_err();
        assert_eq!(error.advice(), "write `2vcpu` or `2048`");
    }

    #[test]
    fn memory_takes_mib_and_units() {
        assert_eq!(memory("512"), Ok(512));
        assert_eq!(memory("2GB"), Ok(2048));
        assert_eq!(memory("0.5 GiB"), Ok(512));
        assert_eq!(memory("512m"), Ok(512));
        for wrong in ["", "GB", "2TB", "-5", "1.3GB", "0GB", "512 M B", "２GB"] {
            assert!(memory(wrong).is_err(), "{wrong}");
        }
        assert_eq!(memory("2").unwrap_err().advice(), "write `2GB` if gigabytes were meant");
    }

    #[test]
    fn a_task_definition_writes_sizes_in_its_own_way() {
        for (text, units) in [("256", 256), ("1 vCPU", 1024), (".25 vcpu", 256), ("0.5vCPU", 512), ("2", 2)] {
            assert_eq!(cpu_units(text), Some(units), "{text}");
        }
        for (text, mib) in [("512", 512), ("0.5GB", 512), ("30 GB", 30720), ("4", 4)] {
            assert_eq!(memory_mib(text), Some(mib), "{text}");
        }
        for text in ["", "much", "-1", "+1", "0.25", "1.0001 vCPU", "NaN vCPU", "1e300 vCPU", "0 vCPU"] {
            assert_eq!(cpu_units(text), None, "{text}");
        }
    }

    #[test]
    fn storage_takes_gib() {
        assert_eq!(storage("50"), Ok(50));
        assert_eq!(storage("50 GB"), Ok(50));
        assert!(storage("50MB").is_err());
        assert!(storage("0").is_err());
    }

    #[test]
    fn duration_takes_seconds_and_units() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "m", "10 parsecs", "-1s", "18446744073709551615", "400days"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_size_has_a_unit() {
        assert_eq!(bytes("500KB"), Ok(500 << 10));
        assert_eq!(bytes("3 MiB"), Ok(3 << 20));
        assert_eq!(bytes("0.5g"), Ok(512 << 20));
        for wrong in ["", "3", "0MB", "MB", "-1MB", "3TB", "1e3MB", "99999999GB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "\\PC{0,40}", digits in "[0-9.]{0,25}( ?(vcpu|GB|m|h|s|days))?") {
            for text in [&text, &digits] {
                let _ = bytes(text);
                let _ = (cpu(text), memory(text), storage(text), duration(text), quoted(text));
            }
        }

        #[test]
        fn memory_in_gb_is_memory_in_mib(gb in 1u32..4096) {
            prop_assert_eq!(memory(&format!("{gb}GB")), Ok(gb * 1024));
        }
    }
}
