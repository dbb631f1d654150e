//! Reading JSON files of exports: one pass, borrowed text, and nothing built for what nobody looks at.
//!
//! [`crate::document::json`] builds a tree of a policy text. Exports are a thousand times longer, and all but a few
//! members of them are policies, which are only cut out here and read once for each distinct text.

use std::borrow::Cow;

use super::ProblemKind;
use crate::document::{JsonPath, ProblemCode, Step, json::Tree};

mod skip;
#[cfg(test)]
mod tests;

/// What is wrong at a byte of the text.
#[derive(Debug)]
pub(super) struct Fault {
    /// In bytes from the start of the text.
    pub(super) offset: usize,
    /// What is wrong.
    pub(super) kind: ProblemKind,
}

const TRUNCATED: &str = "the JSON text ends before it is complete";

/// The value, or what is wrong with the text. Boxed: faults are rare and large.
pub(super) type Read<T> = Result<T, Box<Fault>>;

/// A fault of any kind at `offset`.
pub(super) fn fault<T>(offset: usize, kind: ProblemKind) -> Read<T> {
    Err(Box::new(Fault { offset, kind }))
}

/// A JSON value of which only the ends are known.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Value<'a> {
    /// The value that starts at `offset`; `None` if none does.
    pub(super) fn at(text: &'a str, offset: usize) -> Option<Self> {
        let mut reader = Reader { text, at: offset };
        reader.value().ok().filter(|value| value.start == offset)
    }

    /// Its JSON.
    pub(super) fn raw(&self) -> &'a str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    /// Where it starts, in bytes.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The offset after its last byte.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// A reader of the value.
    pub(super) fn reader(&self) -> Reader<'a> {
        Reader { text: self.text, at: self.start }
    }
}

/// A position in a JSON text, moved on by reading one value after the other.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader of a whole text. A byte order mark is passed over.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } }
    }

    /// Where the next value starts.
    pub(super) fn offset(&mut self) -> usize {
        self.peek();
        self.at
    }

    /// The first byte of the next value, 0 at the end of the text.
    pub(super) fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return byte;
            }
            self.at += 1;
        }
        0
    }

    /// Whether nothing but white space is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.peek() == 0 && self.at >= self.text.len()
    }

    /// Reads an object: `member` gets each key and must read its value.
    pub(super) fn members(&mut self, mut member: impl FnMut(&str, &mut Self) -> Read<()>) -> Read<()> {
        self.open(b'{', "an object")?;
        if self.closes(b'}') {
            return Ok(());
        }
        loop {
            if self.peek() != b'"' {
                return self.not_json("expected a key");
            }
            let key = self.string()?;
            if self.peek() != b':' {
                return self.not_json("expected `:`");
            }
            self.at += 1;
            member(&key, self)?;
            if self.closes(b'}') {
                return Ok(());
            }
            self.comma("expected `,` or `}`")?;
        }
    }

    /// Reads an object of which `names` are known. A key that differs from one of them by case only is that one: tools that print
    /// the members of APIs write their first letter in either case (D-CFG-03).
    ///
    /// # Errors
    /// One of `names` stands there twice, in whatever case.
    pub(super) fn fields(
        &mut self,
        names: &[&'static str],
        mut field: impl FnMut(&str, &mut Self) -> Read<()>,
    ) -> Read<()> {
        let mut seen = 0_u64;
        self.members(|key, reader| {
            let known = names.iter().enumerate().find(|(_, name)| name.eq_ignore_ascii_case(key));
            let Some((index, &name)) = known else { return field(key, reader) };
            let bit = 1 << index;
            if seen & bit != 0 {
                return fault(reader.offset(), ProblemKind::DuplicateMember(name));
            }
            seen |= bit;
            field(name, reader)
        })
    }

    /// Reads an array: `item` must read each element.
    pub(super) fn items(&mut self, mut item: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.open(b'[', "an array")?;
        if self.closes(b']') {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.closes(b']') {
                return Ok(());
            }
            self.comma("expected `,` or `]`")?;
        }
    }

    /// Passes over any value. The inside of objects and arrays is not checked.
    pub(super) fn value(&mut self) -> Read<Value<'a>> {
        let first = self.peek();
        let start = self.at;
        let end = match first {
            b'{' | b'[' => skip::end_of_container(self.text.as_bytes(), start),
            b'"' => {
                self.string_end()?;
                Some(self.at)
            }
            _ => {
                let rest = self.text.as_bytes().get(start..).unwrap_or_default();
                let scalar = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let length = rest.iter().position(|byte| !scalar(byte)).unwrap_or(rest.len());
                let known = match &rest[..length] {
                    b"true" | b"false" | b"null" => true,
                    other => other.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-'),
                };
                if !known {
                    return self.not_json("expected a value");
                }
                Some(start + length)
            }
        };
        match end {
            Some(end) => {
                self.at = end;
                Ok(Value { text: self.text, start, end })
            }
            None => fault(self.text.len(), ProblemKind::TruncatedJson(TRUNCATED.into())),
        }
    }

    /// Reads a string and resolves its escapes.
    pub(super) fn string(&mut self) -> Read<Cow<'a, str>> {
        if self.peek() != b'"' {
            return self.wrong("a string");
        }
        let start = self.at;
        let escaped = self.string_end()?;
        let raw = self.text.get(start..self.at).unwrap_or_default();
        if !escaped {
            return Ok(Cow::Borrowed(raw.get(1..raw.len() - 1).unwrap_or_default()));
        }
        match serde_json::from_str::<String>(raw) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(error) => {
                let message = format!("this is not JSON: {}", message_of(&error));
                fault(start, ProblemKind::NotJson(message))
            }
        }
    }

    /// Reads a string; `None` for `null`.
    pub(super) fn optional_string(&mut self) -> Read<Option<Cow<'a, str>>> {
        if self.null()? { Ok(None) } else { self.string().map(Some) }
    }

    /// Reads a string or number as text; `None` for `null`. Some tools write dates as numbers.
    pub(super) fn text_or_number(&mut self) -> Read<Option<Cow<'a, str>>> {
        match self.peek() {
            b'0'..=b'9' | b'-' => Ok(Some(Cow::Borrowed(self.value()?.raw()))),
            _ => self.optional_string(),
        }
    }

    /// Reads `true` or `false`.
    pub(super) fn boolean(&mut self) -> Read<bool> {
        match self.peek() {
            b't' | b'f' => Ok(self.value()?.raw() == "true"),
            _ => self.wrong("`true` or `false`"),
        }
    }

    /// Reads `null` if it comes next.
    pub(super) fn null(&mut self) -> Read<bool> {
        let null = self.peek() == b'n';
        if null {
            self.value()?;
        }
        Ok(null)
    }

    /// The fault that something else stands where `expected` belongs.
    pub(super) fn wrong<T>(&mut self, expected: &'static str) -> Read<T> {
        let start = self.offset();
        let value = self.value()?;
        let found = match value.raw().as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't') => "`true`",
            Some(b'f') => "`false`",
            Some(b'n') => "`null`",
            _ => "a number",
        };
        fault(start, ProblemKind::WrongShape { expected, found: found.into() })
    }

    /// Moves behind the string that starts here, and says whether it has escapes.
    fn string_end(&mut self) -> Read<bool> {
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        let mut at = self.at + 1;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    self.at = at + 1;
                    return Ok(escaped);
                }
                b'\\' => {
                    escaped = true;
                    at += 1;
                }
                0..0x20 => {
                    return fault(
                        at,
                        ProblemKind::NotJson("this is not JSON: control character in a string".into()),
                    );
                }
                _ => {}
            }
            at += 1;
        }
        fault(bytes.len(), ProblemKind::TruncatedJson(TRUNCATED.into()))
    }

    fn open(&mut self, bracket: u8, expected: &'static str) -> Read<()> {
        if self.peek() != bracket {
            return self.wrong(expected);
        }
        self.at += 1;
        Ok(())
    }

    fn closes(&mut self, bracket: u8) -> bool {
        let closes = self.peek() == bracket;
        self.at += usize::from(closes);
        closes
    }

    fn comma(&mut self, otherwise: &'static str) -> Read<()> {
        if self.peek() != b',' {
            return self.not_json(otherwise);
        }
        self.at += 1;
        Ok(())
    }

    fn not_json<T>(&mut self, message: &str) -> Read<T> {
        if self.is_at_end() {
            return fault(self.at, ProblemKind::TruncatedJson(TRUNCATED.into()));
        }
        fault(self.at, ProblemKind::NotJson(format!("this is not JSON: {message}")))
    }
}

/// Puts a member into its slot.
///
/// # Errors
/// The slot is taken: the member stands in the object twice.
pub(super) fn once<T>(slot: &mut Option<T>, value: T, offset: usize, key: &'static str) -> Read<()> {
    if slot.is_some() {
        return fault(offset, ProblemKind::DuplicateMember(key));
    }
    *slot = Some(value);
    Ok(())
}

/// A fault with better words and place, if the text as a whole is not JSON.
pub(super) fn explain(text: &str, fault: Fault) -> Fault {
    if !matches!(fault.kind, ProblemKind::NotJson(_) | ProblemKind::TruncatedJson(_)) {
        return fault;
    }
    match Tree::parse(text) {
        Err(problem) => {
            let message = problem.message;
            let kind = match problem.code {
                ProblemCode::TruncatedJson => ProblemKind::TruncatedJson(message),
                ProblemCode::NestedTooDeep => ProblemKind::NestedTooDeep(message),
                _ => ProblemKind::NotJson(message),
            };
            Fault { offset: problem.place.span.start as usize, kind }
        }
        Ok(_) => fault,
    }
}

/// The JSON path of the value that the byte at `offset` belongs to, as far as the text can be read.
pub(crate) fn path_to(text: &str, offset: usize) -> JsonPath {
    const MOST_STEPS: usize = 128;
    let mut path = JsonPath::root();
    let mut reader = Reader::new(text);
    for _ in 0..MOST_STEPS {
        let mut inner = None;
        let mut index = 0;
        // Ends the walk at the child that holds the byte, or at the one that can't be read, which must be it.
        let mut child = |key: Option<&str>, reader: &mut Reader<'_>| {
            let from = reader.offset();
            let ended = reader.value().map(|value| value.end());
            if from <= offset && ended.as_ref().map_or(true, |&end| offset < end) {
                inner = Some((key.map(str::to_owned), index, from));
                return fault(offset, ProblemKind::NotFound);
            }
            index += 1;
            ended.map(|_| ())
        };
        let walked = match reader.peek() {
            b'{' => reader.members(|key, reader| child(Some(key), reader)),
            b'[' => reader.items(|reader| child(None, reader)),
            _ => break,
        };
        let (Err(_), Some((key, index, at))) = (walked, inner) else { break };
        path = match key {
            Some(key) => path.key(&key),
            None => path.index(index),
        };
        reader = Reader { text, at };
    }
    path
}

/// The JSON paths of values that start at `places`, sorted offsets, in one pass over the text. The length of a value is
/// given where it is known, so that its inside need not be looked at. `None` where no value starts.
pub(crate) fn paths_to(text: &str, places: &[(u32, Option<usize>)]) -> Vec<Option<JsonPath>> {
    let (keys, steps) = Default::default();
    let mut walk = Walk { places, next: 0, keys, steps, found: vec![None; places.len()] };
    // What can't be read any more ends the walk; what was found before stands.
    let _ = walk.value(&mut Reader::new(text));
    walk.found
}

struct Walk<'p> {
    places: &'p [(u32, Option<usize>)],
    next: usize,
    /// The keys on the way, one after the other.
    keys: String,
    steps: Vec<StepAt>,
    found: Vec<Option<JsonPath>>,
}

enum StepAt {
    /// Into a member; its key starts here among the keys on the way.
    Key(usize),
    Index(u32),
}

impl Walk<'_> {
    fn path(&self) -> JsonPath {
        let mut ends = self.steps.iter().filter_map(|step| match step {
            StepAt::Key(start) => Some(*start),
            StepAt::Index(_) => None,
        });
        ends.next();
        let steps = self.steps.iter().map(|step| match step {
            StepAt::Key(start) => {
                let end = ends.next().unwrap_or(self.keys.len());
                Step::Key(self.keys.get(*start..end).unwrap_or_default().into())
            }
            StepAt::Index(index) => Step::Index(*index),
        });
        steps.collect()
    }

    fn value(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        const MOST_STEPS: usize = 128;
        let start = reader.offset();
        let mut length = None;
        let mut here = false;
        while let Some(&(place, known)) =
            self.places.get(self.next).filter(|(place, _)| *place as usize <= start)
        {
            if place as usize == start {
                let path = self.path();
                if let Some(slot) = self.found.get_mut(self.next) {
                    *slot = Some(path);
                }
                (here, length) = (true, known);
            }
            self.next += 1;
        }
        if self.next == self.places.len() {
            return fault(start, ProblemKind::NotFound); // nothing left to look for
        }
        if let Some(length) = length {
            reader.at += length;
            return Ok(());
        }
        let depth = self.steps.len();
        match reader.peek() {
            b'{' if !here && depth < MOST_STEPS => reader.members(|key, reader| {
                let start = self.keys.len();
                self.steps.push(StepAt::Key(start));
                self.keys.push_str(key);
                let walked = self.value(reader);
                self.steps.truncate(depth);
                self.keys.truncate(start);
                walked
            }),
            b'[' if !here && depth < MOST_STEPS => {
                let mut index = 0;
                reader.items(|reader| {
                    self.steps.push(StepAt::Index(index));
                    index += 1;
                    let walked = self.value(reader);
                    self.steps.truncate(depth);
                    walked
                })
            }
            _ => reader.value().map(|_| ()),
        }
    }
}

fn message_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.find(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}
