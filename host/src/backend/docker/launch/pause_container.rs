//! The container that holds the network namespace of a task's containers.
//!
//! On Fargate (network mode `awsvpc`) all containers of a task share one network namespace and
//! reach each other on localhost. Here each one joins that of another container, which must run
//! as long as any of them may start, and so can be none of theirs: an init container ends early.
//! The ECS agent runs a pause container for this. sortie makes one of the first container's image,
//! so that nothing is pulled for it, with one small program of its own put into it that waits
//! forever and needs nothing of the image.

/// Where the program lies in the container.
pub(super) const PROGRAM: &str = "/.sortie-pause";

/// pause(2) in a loop. Source: x86-64 Linux system call table, 34 is `pause`.
const AMD64: &[u8] = &[
    0xb8, 0x22, 0x00, 0x00, 0x00, // mov eax, 34
    0x0f, 0x05, // syscall
    0xeb, 0xf7, // jmp back to the mov
];

/// ppoll(NULL, 0, NULL, NULL) in a loop: there is no pause(2) on this architecture.
/// Source: Linux include/uapi/asm-generic/unistd.h, 73 is `ppoll`.
const ARM64: &[u8] = &[
    0x00, 0x00, 0x80, 0xd2, // mov x0, 0
    0x01, 0x00, 0x80, 0xd2, // mov x1, 0
    0x02, 0x00, 0x80, 0xd2, // mov x2, 0
    0x03, 0x00, 0x80, 0xd2, // mov x3, 0
    0x28, 0x09, 0x80, 0xd2, // mov x8, 73
    0x01, 0x00, 0x00, 0xd4, // svc 0
    0xfa, 0xff, 0xff, 0x17, // b back to the first mov
];

/// Sizes of the two headers of a 64-bit ELF file (elf(5)).
const FILE_HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;

/// Where the program is loaded: the usual place of a static executable.
const BASE: u64 = 0x40_0000;

/// Its name in the engine. No container of a task can have a dot in its name.
pub(in crate::backend::docker) fn name(run: &str) -> String {
    format!("sortie-{run}.network")
}

/// The program for an architecture (in Go's words), if there is one.
pub(super) fn program(architecture: &str) -> Option<Vec<u8>> {
    match architecture {
        "amd64" | "x86_64" => Some(executable(62, AMD64)),
        "arm64" | "aarch64" => Some(executable(183, ARM64)),
        _ => None,
    }
}

/// A tar archive that puts the program into a container's root directory.
pub(super) fn archive(program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_size(program.len() as u64);
    header.set_mode(0o755);
    header.set_entry_type(tar::EntryType::Regular);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, PROGRAM.trim_start_matches('/'), program)?;
    archive.into_inner()
}

/// A static executable of one segment for this machine (`e_machine`).
fn executable(machine: u16, code: &[u8]) -> Vec<u8> {
    let headers = FILE_HEADER + PROGRAM_HEADER;
    let size = (headers + code.len()) as u64;
    let mut file = Vec::with_capacity(headers + code.len());
    // 64 bits, little endian, version 1, System V.
    file.extend_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend_from_slice(&2u16.to_le_bytes()); // ET_EXEC
    file.extend_from_slice(&machine.to_le_bytes());
    file.extend_from_slice(&1u32.to_le_bytes());
    file.extend_from_slice(&(BASE + headers as u64).to_le_bytes()); // entry
    file.extend_from_slice(&(FILE_HEADER as u64).to_le_bytes()); // program headers
    file.extend_from_slice(&0u64.to_le_bytes()); // no sections
    file.extend_from_slice(&0u32.to_le_bytes());
    for half in [FILE_HEADER as u16, PROGRAM_HEADER as u16, 1, 0, 0, 0] {
        file.extend_from_slice(&half.to_le_bytes());
    }
    file.extend_from_slice(&1u32.to_le_bytes()); // PT_LOAD
    file.extend_from_slice(&5u32.to_le_bytes()); // read and execute
    for word in [0, BASE, BASE, size, size, 0x1000] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    file.extend_from_slice(code);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_their_sizes_and_the_archive_its_file() {
        let program = program("amd64").expect("known");
        assert_eq!(program.len(), FILE_HEADER + PROGRAM_HEADER + AMD64.len());
        assert_eq!(u64::from_le_bytes(program[24..32].try_into().expect("8 bytes")), BASE + 120);
        let archive = archive(&program).expect("memory");
        let mut archive = tar::Archive::new(archive.as_slice());
        let entry = archive.entries().expect("entries").next().expect("one").expect("good");
        assert_eq!(entry.path().expect("a path").to_str(), Some(".sortie-pause"));
        assert_eq!(super::program("s390x"), None);
    }

    /// The real thing, where this machine can run it: it waits until it is killed.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    #[test]
    fn the_program_waits_forever() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("pause");
        std::fs::write(&path, program(std::env::consts::ARCH).expect("known")).expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("ours");
        let mut child = std::process::Command::new(&path).spawn().expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(100));
        let ended = child.try_wait().expect("ours");
        child.kill().expect("ours");
        child.wait().expect("ours");
        assert_eq!(ended, None);
    }
}
