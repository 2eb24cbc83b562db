//! What base32 and base64 have in common: each letter of an alphabet stands for the same number of bits.

/// The letters that some bytes alone decide when they stand anywhere in something that is encoded: one text
/// for each alignment, of which there are as many as bytes in a group of letters.
pub(super) fn forms<const ALIGNMENTS: usize>(bytes: &[u8], alphabet: &[u8]) -> [Vec<u8>; ALIGNMENTS] {
    let bits = bits(alphabet);
    std::array::from_fn(|before| {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        let encoded = encode(&padded, alphabet);
        // The first letter that is free of what stands before, and the last that is free of what follows.
        let first = (before * 8).div_ceil(bits);
        let last = padded.len() * 8 / bits;
        encoded.get(first..last).unwrap_or_default().to_vec()
    })
}

/// The bytes in letters, without padding.
pub(super) fn encode(bytes: &[u8], alphabet: &[u8]) -> Vec<u8> {
    let letter_bits = bits(alphabet);
    let mut out = Vec::with_capacity((bytes.len() * 8).div_ceil(letter_bits));
    let letter = |bits: u32| alphabet[bits as usize & (alphabet.len() - 1)];
    let (mut bits, mut count) = (0_u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= letter_bits {
            count -= letter_bits;
            out.push(letter(bits >> count));
        }
        bits &= 0xff;
    }
    if count > 0 {
        out.push(letter(bits << (letter_bits - count)));
    }
    out
}

/// Bits that a letter stands for.
fn bits(alphabet: &[u8]) -> usize {
    alphabet.len().ilog2() as usize
}
