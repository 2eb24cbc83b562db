//! The task sizes that Fargate offers.

use crate::error::Error;

/// Memory that goes with a CPU size.
struct Size {
    /// 1/1024 of a vCPU.
    cpu: u32,
    /// Least memory, MiB.
    min: u32,
    /// Most memory, MiB.
    max: u32,
    /// Step between the two, MiB.
    step: u32,
}

/// Source: Amazon ECS API reference, RegisterTaskDefinition, parameter `memory`. The last two
/// need Linux and platform version 1.4.0. 256 CPU units take 512, 1024 and 2048 MiB.
const SIZES: &[Size] = &[
    Size { cpu: 256, min: 512, max: 2 * 1024, step: 512 },
    Size { cpu: 512, min: 1024, max: 4 * 1024, step: 1024 },
    Size { cpu: 1024, min: 2 * 1024, max: 8 * 1024, step: 1024 },
    Size { cpu: 2048, min: 4 * 1024, max: 16 * 1024, step: 1024 },
    Size { cpu: 4096, min: 8 * 1024, max: 30 * 1024, step: 1024 },
    Size { cpu: 8192, min: 16 * 1024, max: 60 * 1024, step: 4 * 1024 },
    Size { cpu: 16384, min: 32 * 1024, max: 120 * 1024, step: 8 * 1024 },
];

/// Ephemeral storage in GiB that can be asked for. 20 is what a task has without asking.
/// Source: Amazon ECS API reference, EphemeralStorage (platform version 1.4.0 and later).
const EPHEMERAL_STORAGE: std::ops::RangeInclusive<u32> = 21..=200;

impl Size {
    fn offers(&self, memory: u32) -> bool {
        // 1536 MiB is on the step of the smallest size, and is not offered.
        let offered = !(self.cpu == 256 && memory == 1536);
        (self.min..=self.max).contains(&memory) && (memory - self.min).is_multiple_of(self.step) && offered
    }

    fn describe(&self) -> String {
        if self.cpu == 256 {
            return "512, 1024 or 2048".to_owned();
        }
        format!("{} to {} in steps of {}", self.min, self.max, self.step)
    }
}

/// Checks a task's CPU (units) and memory (MiB).
pub(crate) fn check(cpu: Option<u32>, memory: Option<u32>) -> Result<(), Error> {
    let (Some(cpu), Some(memory)) = (cpu, memory) else {
        return Err(Error::usage(format!(
            "a Fargate task needs both CPU and memory at task level; {} is missing",
            match (cpu, memory) {
                (None, None) => "each of them",
                (None, _) => "CPU",
                _ => "memory",
            }
        ))
        .hint("give --cpu and --memory, or set them in the task definition"));
    };
    let Some(size) = SIZES.iter().find(|size| size.cpu == cpu) else {
        let list: Vec<String> = SIZES.iter().map(|size| size.cpu.to_string()).collect();
        return Err(Error::usage(format!("Fargate has no CPU size of {cpu} units (--cpu)"))
            .about("cpu")
            .hint(format!("choose one of {} (1024 units are one vCPU)", list.join(", "))));
    };
    if size.offers(memory) {
        return Ok(());
    }
    let fitting: Vec<String> =
        SIZES.iter().filter(|size| size.offers(memory)).map(|size| size.cpu.to_string()).collect();
    let mut hint = format!("--cpu {cpu} takes --memory {} (MiB)", size.describe());
    if !fitting.is_empty() {
        hint = format!("{hint}; --memory {memory} goes with --cpu {}", fitting.join(", "));
    }
    Err(Error::usage(format!("Fargate does not offer {memory} MiB with {cpu} CPU units")).hint(hint))
}

/// Checks the ephemeral storage that a task asks for, GiB.
pub(crate) fn check_ephemeral_storage(gib: u32) -> Result<(), Error> {
    if EPHEMERAL_STORAGE.contains(&gib) {
        return Ok(());
    }
    Err(Error::usage(format!("Fargate does not offer {gib} GiB of ephemeral storage (--ephemeral-storage)"))
        .about("ephemeral-storage")
        .hint("ask for 21 to 200 GiB; without asking a task has 20 GiB"))
}

/// CPU and memory of a task for which sortie writes the definition: what is given stays, and
/// what is missing becomes the smallest that fits.
pub(crate) fn complete(cpu: Option<u32>, memory: Option<u32>) -> (Option<u32>, Option<u32>) {
    match (cpu, memory) {
        (None, None) => (Some(SIZES[0].cpu), Some(SIZES[0].min)),
        (Some(cpu), None) => (Some(cpu), SIZES.iter().find(|size| size.cpu == cpu).map(|size| size.min)),
        (None, Some(memory)) => {
            (SIZES.iter().find(|size| size.offers(memory)).map(|size| size.cpu), Some(memory))
        }
        both => both,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of the API reference, written out once more in its own units.
    #[test]
    fn exactly_the_documented_pairs_pass() {
        let mut documented: Vec<(u32, u32)> = vec![(256, 512), (256, 1024), (256, 2048)];
        let gib = |cpu: u32, from: u32, to: u32, by: usize| {
            (from..=to).step_by(by).map(move |gib| (cpu, gib * 1024)).collect::<Vec<_>>()
        };
        documented.extend(gib(512, 1, 4, 1));
        documented.extend(gib(1024, 2, 8, 1));
        documented.extend(gib(2048, 4, 16, 1));
        documented.extend(gib(4096, 8, 30, 1));
        documented.extend(gib(8192, 16, 60, 4));
        documented.extend(gib(16384, 32, 120, 8));
        let cpus = [0, 128, 256, 512, 1024, 2048, 3072, 4096, 8192, 16384, 32768];
        for cpu in cpus {
            for memory in (0..=130 * 1024).step_by(256) {
                assert_eq!(
                    check(Some(cpu), Some(memory)).is_ok(),
                    documented.contains(&(cpu, memory)),
                    "{cpu}/{memory}"
                );
            }
        }
    }

    #[test]
    fn a_wrong_pair_says_what_fits_on_both_sides() {
        let error = check(Some(256), Some(4096)).expect_err("not offered");
        assert!(error.is_usage());
        assert!(error.advice().contains("512, 1024 or 2048"), "{}", error.advice());
        assert!(error.advice().contains("--cpu 512, 1024, 2048"), "{}", error.advice());
    }

    #[test]
    fn what_is_missing_becomes_the_smallest_that_fits() {
        assert_eq!(complete(None, None), (Some(256), Some(512)));
        assert_eq!(complete(Some(2048), None), (Some(2048), Some(4096)));
        assert_eq!(complete(None, Some(6144)), (Some(1024), Some(6144)));
        assert_eq!(complete(Some(256), Some(9)), (Some(256), Some(9)));
    }

    #[test]
    fn ephemeral_storage_has_bounds() {
        for (gib, offered) in [(20, false), (21, true), (200, true), (201, false)] {
            assert_eq!(check_ephemeral_storage(gib).is_ok(), offered, "{gib}");
        }
    }
}
