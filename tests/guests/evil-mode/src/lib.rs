//! What every hostile guest has: a mode, and ways to use up what a guest is given.
//!
//! Tests write the mode into the component's bytes, so that a guest acts from the very start,
//! before any configuration.

use std::ptr::read_volatile;

/// Tests find the slot by its first half and overwrite its second.
#[used]
static SLOT: [u8; 64] = *b"EVIL-MODE-SLOT:                                                 ";

/// What the guest is to do; empty: nothing evil.
pub fn mode() -> String {
    let bytes: Vec<u8> = SLOT
        .iter()
        // SAFETY: a reference is valid to read; volatile because the bytes change after compilation.
        .map(|byte| unsafe { read_volatile(byte) })
        .collect();
    String::from_utf8_lossy(&bytes[15..]).trim().to_owned()
}

/// Never ends.
pub fn spin() -> ! {
    let mut count = 0u64;
    loop {
        // SAFETY: as above; volatile so that the loop is not optimised away.
        count = unsafe { read_volatile(&count) }.wrapping_add(1);
    }
}

/// Allocates and touches far more than a guest may have.
pub fn eat_memory() -> usize {
    let mut eaten = Vec::new();
    loop {
        eaten.push(vec![1u8; 16 << 20]);
        if eaten.len() > 300 {
            return eaten.len();
        }
    }
}
