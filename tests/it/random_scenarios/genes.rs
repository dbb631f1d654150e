//! Choices read from bytes, so that a scenario shrinks with the bytes it was made from.

/// Bytes that choices are read from. Without bytes left every choice is the first, and nothing unlikely happens.
pub struct Genes<'a> {
    left: std::slice::Iter<'a, u8>,
}

impl<'a> Genes<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes.iter() }
    }

    fn next(&mut self) -> u8 {
        self.left.next().copied().unwrap_or_default()
    }

    /// A number below `bound`, which is at most 256.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.next()) * bound / 256
    }

    /// One of some things.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Whether something happens that does so in so many of 256 cases.
    pub fn chance(&mut self, of_256: u16) -> bool {
        u16::from(self.next()) >= 256 - of_256
    }
}
