//! JSON text as the semantics page reads it: numbers keep their source text (S-GRAM-06) and repeated keys are noticed
//! (S-GRAM-12). The result is an ordinary `serde_json::Value`.

use serde_json::{Map, Value};

/// The key under which an object keeps the list of its repeated keys.
pub const REPEATED: &str = "\u{0}repeated";

/// Reads one JSON value. Numbers become strings of their source text; an object with repeated keys keeps the first of
/// each and lists them under [`REPEATED`].
pub fn read(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    if reader.at < text.len() { Err(reader.error("text after the value")) } else { Ok(value) }
}

/// A policy in one of the forms AWS returns: an object, JSON text, or percent-encoded JSON text (D-IAM-02).
pub fn policy(value: &Value) -> Result<Value, String> {
    let Value::String(text) = value else { return Ok(value.clone()) };
    let text = text.trim_start();
    if text.starts_with('%') { read(&percent_decoded(text)?) } else { read(text) }
}

/// A scalar as text: strings, booleans and numbers (S-GRAM-06). Anything else has none.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// One value or a list of them, as a list (S-GRAM-05).
pub fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

fn percent_decoded(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digits = text.get(at + 1..at + 3).ok_or("a `%` without two digits")?;
            decoded.push(u8::from_str_radix(digits, 16).map_err(|_| "a `%` without two digits")?);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).map_err(|_| "percent-encoded text is not UTF-8".to_owned())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, what: &str) -> String {
        format!("{what} at byte {}", self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > 120 {
            return Err(self.error("nested too deep"));
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let (mut object, mut repeated) = (Map::new(), Vec::new());
        if self.take(b'}') {
            return Ok(Value::Object(object));
        }
        loop {
            self.space();
            let key = self.string()?;
            if !self.take(b':') {
                return Err(self.error("`:` expected"));
            }
            let value = self.value(depth + 1)?;
            if object.contains_key(&key) {
                repeated.push(Value::String(key));
            } else {
                object.insert(key, value);
            }
            if self.take(b'}') {
                break;
            }
            if !self.take(b',') {
                return Err(self.error("`,` or `}` expected"));
            }
        }
        if !repeated.is_empty() {
            object.insert(REPEATED.to_owned(), Value::Array(repeated));
        }
        Ok(Value::Object(object))
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut values = Vec::new();
        if self.take(b']') {
            return Ok(Value::Array(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            if self.take(b']') {
                return Ok(Value::Array(values));
            }
            if !self.take(b',') {
                return Err(self.error("`,` or `]` expected"));
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.error("a string expected"));
        }
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                let quoted = &self.text[start..self.at];
                return serde_json::from_str(quoted).map_err(|problem| self.error(&problem.to_string()));
            }
        }
        Err(self.error("a string without end"))
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        match serde_json::from_str::<Value>(text) {
            Ok(_) => Ok(Value::String(text.to_owned())),
            Err(_) => Err(self.error("not a number")),
        }
    }

    fn word(&mut self) -> Result<Value, String> {
        for (word, value) in
            [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)]
        {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error("a value expected"))
    }
}
