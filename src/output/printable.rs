//! Text that a terminal shows and does not obey.
//!
//! Names and values come from files that anybody may have written, and a control character among them moves the cursor or
//! hides what stands before it. It is written as JSON writes it, so that JSON stays what it was.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// The first byte of the control characters from U+0080 to U+009F in UTF-8, and of other characters.
const LATIN: u8 = 0xc2;

/// Writes text with `\u001b` and its like in place of control characters; line ends and tabs stay.
pub struct Printable<W: Write> {
    out: W,
    /// Whether [`LATIN`] was the last byte, and waits for its second.
    held: bool,
}

impl<W: Write> Printable<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, held: false }
    }

    fn rest(&mut self, mut rest: &[u8]) -> io::Result<()> {
        if self.held
            && let Some((&second, after)) = rest.split_first()
        {
            self.held = false;
            match second {
                0x80..=0x9f => write!(self.out, "\\u{second:04x}")?,
                _ => self.out.write_all(&[LATIN, second])?,
            }
            rest = after;
        }
        while let Some(at) = odd(rest) {
            let (plain, odd) = rest.split_at(at);
            self.out.write_all(plain)?;
            match odd {
                [LATIN] => {
                    self.held = true;
                    return Ok(());
                }
                [LATIN, second @ 0x80..=0x9f, after @ ..] => {
                    write!(self.out, "\\u{second:04x}")?;
                    rest = after;
                }
                [LATIN, second, after @ ..] => {
                    self.out.write_all(&[LATIN, *second])?;
                    rest = after;
                }
                [byte, after @ ..] => {
                    write!(self.out, "\\u{byte:04x}")?;
                    rest = after;
                }
                [] => return Ok(()),
            }
        }
        self.out.write_all(rest)
    }
}

impl<W: Write> Write for Printable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Where the first byte is that may belong to a control character.
fn odd(bytes: &[u8]) -> Option<usize> {
    let is_odd = |&byte: &u8| byte == LATIN || is_obeyed(byte);
    // Of so many together the processor says at once whether one is.
    let plain =
        bytes.chunks(64).take_while(|chunk| !chunk.iter().fold(false, |any, byte| any | is_odd(byte)));
    let plain = plain.map(<[u8]>::len).sum::<usize>();
    bytes.get(plain..)?.iter().position(is_odd).map(|at| plain + at)
}

fn is_obeyed(byte: u8) -> bool {
    byte == 0x7f || (byte < 0x20 && !matches!(byte, b'\n' | b'\t'))
}

/// A name or value for a line of its own, or for one with others: without control characters, line ends included.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            odd if odd.is_control() => {
                let _ = write!(line, "\\u{:04x}", u32::from(odd));
            }
            plain => line.push(plain),
        }
    }
    Cow::Owned(line)
}

#[cfg(test)]
mod tests;
