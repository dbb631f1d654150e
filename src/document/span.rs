//! Where something stands in a text.

/// A range of bytes of a text: `start` is the first byte, `end` the byte after the last.
///
/// Spans of a policy document count from the start of the *policy text* (see [`super::PolicyText`]), not of the file
/// that holds it, so that one parsed document can stand for every place where the same text occurs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// Where `piece` lies in `text`, if it is a slice of it: what serde borrows from a file (`&str`, `&RawValue`) is.
    ///
    /// ```
    /// use entail::document::Span;
    /// let text = r#"{"PolicyDocument": {"Statement": []}}"#;
    /// assert_eq!(Span::of_slice(text, &text[19..36]), Some(Span::new(19, 36)));
    /// assert_eq!(Span::of_slice(text, "Statement"), None);
    /// ```
    pub fn of_slice(text: &str, piece: &str) -> Option<Self> {
        let start = (piece.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        let end = start.checked_add(piece.len()).filter(|&end| end <= text.len())?;
        Some(Self::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?))
    }

    /// The piece of `text` that the span covers; empty if the span is not one of `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value. For text it is the content, with JSON escapes resolved.
    pub value: T,
    /// Where it stands. For text the quotes are included.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}
