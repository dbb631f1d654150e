//! Finding the end of a JSON object or array, 64 bytes at a time.
//!
//! Only quotes, backslashes and brackets matter for that. Each block becomes four bit masks, a bit per byte; brackets
//! inside strings are masked out, and a block that can't bring the depth to zero is passed over by counting bits. This
//! is the scheme of Langdale and Lemire, "Parsing gigabytes of JSON per second" (2019), sections 3.1.1 and 3.1.2.

use wide::u8x16;

/// The offset after the object or array that starts at `start`; `None` if the text ends before it does.
///
/// Brackets of the two sorts are not told apart: whoever reads the inside will notice.
pub(super) fn end_of_container(text: &[u8], start: usize) -> Option<usize> {
    let mut strings = Strings::default();
    let mut depth = 0;
    let mut at = start;
    loop {
        let rest = text.get(at..)?;
        let mut last = [b' '; 64];
        let block = match rest.first_chunk::<64>() {
            Some(block) => block,
            None if rest.is_empty() => return None,
            None => {
                last[..rest.len()].copy_from_slice(rest);
                &last
            }
        };
        let masks = Masks::of(block);
        let outside = !strings.mask(masks.quote, masks.backslash);
        let (open, close) = (masks.open & outside, masks.close & outside);
        if depth > close.count_ones() {
            depth = depth + open.count_ones() - close.count_ones();
        } else {
            let mut brackets = open | close;
            while brackets != 0 {
                let index = brackets.trailing_zeros();
                if open >> index & 1 == 1 {
                    depth += 1;
                } else if depth <= 1 {
                    return Some(at + index as usize + 1);
                } else {
                    depth -= 1;
                }
                brackets &= brackets - 1;
            }
        }
        at += 64;
    }
}

/// Where in a block the bytes are that matter: the lowest bit is the first byte.
struct Masks {
    quote: u64,
    backslash: u64,
    open: u64,
    close: u64,
}

impl Masks {
    #[inline]
    fn of(block: &[u8; 64]) -> Self {
        let mut lanes = [u8x16::ZERO; 4];
        for (lane, bytes) in lanes.iter_mut().zip(block.chunks_exact(16)) {
            *lane = u8x16::from(bytes);
        }
        // `[` and `{`, `]` and `}` differ in this bit alone, and no other byte becomes one of the braces by it.
        let braces = lanes.map(|lane| lane | u8x16::splat(0x20));
        Self {
            quote: equal(&lanes, b'"'),
            backslash: equal(&lanes, b'\\'),
            open: equal(&braces, b'{'),
            close: equal(&braces, b'}'),
        }
    }
}

#[inline]
fn equal(lanes: &[u8x16; 4], byte: u8) -> u64 {
    let wanted = u8x16::splat(byte);
    let mut mask = 0;
    for (index, lane) in lanes.iter().enumerate() {
        mask |= u64::from(lane.cmp_eq(wanted).move_mask() as u16) << (16 * index);
    }
    mask
}

/// What of the blocks before matters for strings in the next one.
#[derive(Default)]
struct Strings {
    /// All ones if the block before ended inside a string.
    inside: u64,
    /// One if the block before ended with a backslash that escapes the first byte of this one.
    escaping: u64,
}

impl Strings {
    /// The bytes of a block that are inside a string: from the opening quote up to, without it, the closing one.
    #[inline]
    fn mask(&mut self, mut quote: u64, backslash: u64) -> u64 {
        if backslash | self.escaping != 0 {
            quote &= !self.escaped(backslash);
        }
        // Each bit becomes the parity of the quotes up to it.
        let mut inside = quote;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= self.inside;
        self.inside = if inside >> 63 == 1 { u64::MAX } else { 0 };
        inside
    }

    /// The bytes of a block that follow an odd number of backslashes.
    fn escaped(&mut self, backslash: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let backslash = backslash & !self.escaping;
        let follows = backslash << 1 | self.escaping;
        let odd_starts = backslash & !EVEN & !follows;
        let (even_runs, overflow) = odd_starts.overflowing_add(backslash);
        self.escaping = u64::from(overflow);
        (EVEN ^ (even_runs << 1)) & follows
    }
}
