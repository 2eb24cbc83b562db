//! Amounts as people write them: CPU, memory, disk, time.

use std::time::Duration;

use crate::error::Error;

/// CPU in units of 1/1024 vCPU, from `256`, `0.25` or `1vcpu`.
pub fn cpu(text: &str) -> Result<u32, Error> {
    const WAYS: &str = "write units of 1/1024 vCPU (512) or vCPUs (0.5, 2vcpu)";
    // Below it a whole number is no Fargate size (the least is 256) but plausibly a count of vCPUs.
    const LEAST_UNITS: u32 = 128;
    let wrong = || Error::usage(format!("{} is not an amount of CPU", quoted(text))).hint(WAYS);
    let lower = text.trim().to_ascii_lowercase();
    let (number, vcpus) = match lower.strip_suffix("vcpu") {
        Some(number) => (number.trim_end(), true),
        None => (lower.as_str(), lower.contains('.')),
    };
    if !vcpus {
        let units: u32 = number.parse().map_err(|_| wrong())?;
        if units < LEAST_UNITS {
            return Err(Error::usage(format!("{units} may mean vCPUs or units of 1/1024 vCPU"))
                .hint(format!("write `{units}vcpu` or `{}`", units.saturating_mul(1024))));
        }
        return Ok(units);
    }
    scaled(number, 1024).filter(|units| *units > 0).ok_or_else(wrong)
}

/// Memory in MiB, from `2048`, `512MB` or `2GB`. As in ECS, 1GB is 1024 MiB.
pub fn memory(text: &str) -> Result<u32, Error> {
    // docker's least memory of a container is 6 MiB; a bare number under 64 is plausibly GB.
    const LEAST_BARE: u32 = 64;
    let wrong = || {
        Error::usage(format!("{} is not an amount of memory", quoted(text)))
            .hint("write MiB (2048), or a number with MB or GB (512MB, 2GB)")
    };
    let (number, unit) = split_unit(text);
    let mib = match unit.as_str() {
        "" => {
            let mib: u32 = number.parse().map_err(|_| wrong())?;
            if mib < LEAST_BARE {
                return Err(Error::usage(format!("{mib} without a unit is {mib} MiB, which is too little"))
                    .hint(format!("write `{mib}GB` if gigabytes were meant")));
            }
            Some(mib)
        }
        "m" | "mb" | "mib" => scaled(number, 1),
        "g" | "gb" | "gib" => scaled(number, 1024),
        _ => None,
    };
    mib.filter(|mib| *mib > 0).ok_or_else(wrong)
}

/// Disk in GiB, from `50` or `50GB`.
pub fn storage(text: &str) -> Result<u32, Error> {
    let (number, unit) = split_unit(text);
    let gib = match unit.as_str() {
        "" | "g" | "gb" | "gib" => number.parse().ok(),
        _ => None,
    };
    gib.filter(|gib| *gib > 0).ok_or_else(|| {
        Error::usage(format!("{} is not an amount of disk", quoted(text))).hint("write GiB: 50 or 50GB")
    })
}

/// A time span, from `10m`, `1h 30m` or a plain number of seconds; at most a year.
pub fn duration(text: &str) -> Result<Duration, Error> {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);
    let text = text.trim();
    let parsed = match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).ok(),
    };
    let Some(duration) = parsed else {
        return Err(Error::usage(format!("{} is not a time span", quoted(text)))
            .hint("write seconds (90) or numbers with units (90s, 10m, 1h 30m)"));
    };
    if duration > LONGEST {
        return Err(Error::usage(format!("{} is longer than a year", quoted(text))));
    }
    Ok(duration)
}

/// A wrong value as an error shows it: quoted, and not endless.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
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

/// A decimal number times `factor`, when that is a whole number.
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

    proptest! {
        #[test]
        fn no_input_panics(text in "\\PC{0,40}", digits in "[0-9.]{0,25}( ?(vcpu|GB|m|h|s|days))?") {
            for text in [&text, &digits] {
                let _ = (cpu(text), memory(text), storage(text), duration(text), quoted(text));
            }
        }

        #[test]
        fn memory_in_gb_is_memory_in_mib(gb in 1u32..4096) {
            prop_assert_eq!(memory(&format!("{gb}GB")), Ok(gb * 1024));
        }
    }
}
