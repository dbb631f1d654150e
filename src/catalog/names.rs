//! Names that ignore the case of ASCII letters: order and hash.

use std::cmp::Ordering;

/// Compares the lower-case forms.
pub(super) fn compare_ignoring_case(a: &[u8], b: &[u8]) -> Ordering {
    let lower = u8::to_ascii_lowercase;
    a.iter().map(lower).cmp(b.iter().map(lower))
}

/// A hash that is the same for names that differ only by case: bit 5, which tells the cases apart, is set in every byte.
pub(super) fn hash_ignoring_case(seed: u64, text: &[u8]) -> u64 {
    const CASE: u64 = 0x2020_2020_2020_2020;
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash ^ (word | CASE)).wrapping_mul(FACTOR).rotate_right(29);
    let word =
        |bytes: &[u8], start: u64| bytes.iter().fold(start, |value, byte| value << 8 | u64::from(*byte));
    let mut words = text.chunks_exact(8);
    let mut hash = seed;
    for bytes in &mut words {
        hash = mix(hash, word(bytes, 0));
    }
    let hash = mix(hash, word(words.remainder(), text.len() as u64));
    hash ^ hash >> 32
}
