//! A small seeded generator of random numbers: the same seed gives the same organisation, byte for byte, on every machine.

/// SplitMix64: one word of state, and statistically far better than an invented organisation needs.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// An independent stream for each `(seed, label)`, so that accounts can be written in any order.
    pub fn new(seed: u64, label: u64) -> Self {
        Self(mix(seed ^ mix(label)))
    }

    /// The next 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which must not be empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// `count` of `items` without repetition (all, if there are fewer), in their order.
    pub fn sample<'a, T>(&mut self, items: &'a [T], count: usize) -> Vec<&'a T> {
        let (mut needed, mut left) = (count.min(items.len()), items.len());
        let mut chosen = Vec::with_capacity(needed);
        for item in items {
            if self.below(left) < needed {
                chosen.push(item);
                needed -= 1;
            }
            left -= 1;
        }
        chosen
    }

    /// A string of `length` characters of `alphabet`.
    pub fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(alphabet))).collect()
    }
}

/// Scrambles a number: a fixed random function.
pub fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// Ranks drawn with Zipf's law: rank `k` (from 0) has weight `1 / (k + 1)`. A few policies are everywhere, most are rare.
pub struct Zipf {
    cumulative: Vec<u64>,
}

impl Zipf {
    /// Ranks below `count`, which must not be 0.
    pub fn new(count: usize) -> Self {
        let mut total = 0;
        // Integers, because the last bit of a float sum is nobody's promise.
        let cumulative = (1..=count as u64).map(|rank| {
            total += (1 << 40) / rank;
            total
        });
        Self { cumulative: cumulative.collect() }
    }

    /// A rank.
    pub fn draw(&self, random: &mut Random) -> usize {
        let total = self.cumulative.last().copied().unwrap_or(1);
        let at = random.below(total as usize) as u64;
        self.cumulative.partition_point(|&end| end <= at)
    }
}
