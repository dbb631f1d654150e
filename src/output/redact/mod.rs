//! Answers without names: pseudonyms in place of accounts, principals, resources, tag values and addresses.
//!
//! ```text
//! text ──► scan: words of AWS | accounts | addresses | names ──► the same text with pseudonyms
//! ```
//! A name is replaced word by word, so that `acme-logs` and the pattern `acme-*` still begin alike. A word is a name if
//! it stands where an ARN has a name, or if the inputs hold it as a name; what AWS and `entail` say themselves stays.

mod arn;
mod scan;
mod words;

use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::scan::{Piece, issuer_of_key, scan};
use super::table::{Column, ColumnData, Table};

/// Replaces names by pseudonyms: the same name by the same pseudonym wherever it stands, for one key.
///
/// A pseudonym is a keyed hash (BLAKE3). Who lacks the key can't tell the name, not even by trying all account ids.
#[derive(Clone)]
pub struct Redactor {
    key: [u8; 32],
    names: Arc<FxHashSet<Box<str>>>,
    /// Pseudonyms, which stay as they are in a text that was redacted before.
    given: Arc<Mutex<FxHashSet<Box<str>>>>,
}

/// The words that stand as names in the inputs.
#[derive(Clone, Debug, Default)]
pub struct Names(FxHashSet<Box<str>>);

/// Fields whose texts are AWS's words or `entail`'s, never names.
const KEPT_FIELDS: &[&str] = &[
    "access_level",
    "action",
    "Action",
    "actions",
    "blocked_by",
    "catalog",
    "code",
    "date",
    "decision",
    "edition",
    "effect",
    "Effect",
    "kind",
    "layer",
    "NotAction",
    "operator",
    "rule",
    "service",
    "severity",
    "Version",
];

/// The field of condition keys.
const KEY: &str = "key";

impl Names {
    /// Adds the names of a text: a value of an export or of a policy, an argument.
    pub fn add(&mut self, text: &str) {
        scan(text, &mut |piece| {
            if let Piece::Name { word, .. } = piece
                && !self.0.contains(word)
            {
                self.0.insert(word.into());
            }
        });
    }

    /// Adds the names of all texts in a JSON value, also of documents that stand in texts. Of keys of objects only issuers are names.
    pub fn add_json(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
                match serde_json::from_str::<Value>(&decoded) {
                    Ok(document @ (Value::Object(_) | Value::Array(_))) => self.add_json(&document),
                    _ => self.add(text),
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.add_json(value)),
            // Descriptions are sentences, and no answer repeats them.
            Value::Object(fields) => {
                fields.keys().filter(|key| issuer_of_key(key).is_some()).for_each(|key| self.add(key));
                let told = fields.iter().filter(|(field, _)| *field != "Description");
                told.for_each(|(_, value)| self.add_json(value));
            }
            Value::Number(number) => self.add(&number.to_string()),
            Value::Null | Value::Bool(_) => {}
        }
    }
}

impl Redactor {
    /// A redactor that knows the names of the inputs. `secret` is what pseudonyms depend on; see [`secret_of`](Self::secret_of).
    pub fn new(secret: &[u8], names: Names) -> Self {
        let key = blake3::derive_key("entail: pseudonyms of names", secret);
        Self { key, names: Arc::new(names.0), given: Arc::default() }
    }

    /// The secret that follows from the contents of files, in their order.
    pub fn secret_of<'f>(files: impl Iterator<Item = &'f [u8]>) -> [u8; 32] {
        let mut whole = blake3::Hasher::new();
        for file in files {
            whole.update(blake3::hash(file).as_bytes());
        }
        *whole.finalize().as_bytes()
    }

    /// The text with pseudonyms.
    pub fn text(&self, text: &str) -> String {
        let mut redacted = String::with_capacity(text.len());
        scan(text, &mut |piece| match piece {
            Piece::Kept(text) => redacted.push_str(text),
            Piece::Account(id) => self.push(&mut redacted, id, Self::digits),
            Piece::Address { address, text, prefix } => {
                self.push(&mut redacted, text, |this, text| this.address(address, text, prefix));
                if let Some(prefix) = prefix {
                    redacted.push_str(&format!("/{prefix}"));
                }
            }
            Piece::Name { word, certain } if certain || self.names.contains(word) => {
                self.push(&mut redacted, word, Self::pseudonym);
            }
            Piece::Name { word, .. } => redacted.push_str(word),
        });
        redacted
    }

    /// The answer with pseudonyms in all its texts.
    ///
    /// # Errors
    /// An answer that can't be read back: a mistake of the program.
    pub fn answer<T: Serialize + DeserializeOwned>(&self, answer: &T) -> serde_json::Result<T> {
        let mut value = serde_json::to_value(answer)?;
        self.value(&mut value);
        serde_json::from_value(value)
    }

    /// A condition key: an issuer of one's own has a pseudonym, everything else stays.
    fn key(&self, key: &str) -> String {
        if issuer_of_key(key).is_some() { self.text(key) } else { key.to_owned() }
    }

    /// Puts pseudonyms into all texts of a value, but not into fields of fixed words, and of keys only into issuers.
    pub fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value)),
            Value::Object(fields) => {
                for (field, value) in fields.iter_mut() {
                    match value {
                        Value::String(key) if field == KEY => *key = self.key(key),
                        _ if field == KEY || KEPT_FIELDS.contains(&field.as_str()) => {}
                        value => self.value(value),
                    }
                }
                if fields.keys().any(|key| issuer_of_key(key).is_some()) {
                    let renamed = std::mem::take(fields).into_iter();
                    *fields = renamed.map(|(key, value)| (self.key(&key), value)).collect();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The table with pseudonyms in all texts.
    pub fn table(&self, table: &Table) -> Table {
        let column = |column: &Column| {
            let text = |text: &str| if column.name == KEY { self.key(text) } else { self.text(text) };
            let values = |values: &[Arc<str>]| values.iter().map(|value| text(value).into()).collect();
            let data = match &column.data {
                data if KEPT_FIELDS.contains(&column.name) => data.clone(),
                ColumnData::Text(texts) => ColumnData::Text(texts.iter().map(text).collect()),
                ColumnData::Dictionary { ids, values: of } => {
                    ColumnData::Dictionary { ids: ids.clone(), values: values(of) }
                }
                ColumnData::OptionDictionary { ids, values: of } => {
                    ColumnData::OptionDictionary { ids: ids.clone(), values: values(of) }
                }
                data @ (ColumnData::U32(_) | ColumnData::OptionU32(_) | ColumnData::Bool(_)) => data.clone(),
            };
            Column { name: column.name, data }
        };
        table.map(column)
    }

    /// Pushes the pseudonym of a word, which may be one already.
    fn push(&self, redacted: &mut String, word: &str, pseudonym: impl FnOnce(&Self, &str) -> String) {
        if self.given.lock().contains(word) {
            redacted.push_str(word);
        } else {
            let pseudonym = pseudonym(self, word);
            redacted.push_str(&pseudonym);
            self.given.lock().insert(pseudonym.into());
        }
    }

    /// Ten letters and digits, the first a letter, or for numbers and unique ids as many of their kind.
    fn pseudonym(&self, word: &str) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let spelt = |hash: &mut blake3::OutputReader, count: usize| -> String {
            let mut bytes = vec![0; count];
            hash.fill(&mut bytes);
            let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).copied().map_or('x', char::from);
            bytes.iter().map(letter).collect()
        };
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.digits(word);
        }
        let mut hash = self.hash(word);
        match words::unique_id(word) {
            Some(prefix) => {
                let rest = spelt(&mut hash, word.len() - prefix.len());
                format!("{prefix}{}", rest.to_ascii_uppercase())
            }
            None => format!("n{}", spelt(&mut hash, 9)),
        }
    }

    /// As many digits.
    fn digits(&self, number: &str) -> String {
        let mut bytes = vec![0; number.len()];
        self.hash(number).fill(&mut bytes);
        bytes.iter().map(|byte| char::from(b'0' + byte % 10)).collect()
    }

    /// An address of the same kind, for a network the first one in it.
    fn address(&self, address: IpAddr, text: &str, prefix: Option<u8>) -> String {
        // All addresses, or one that stands for none, tell nothing.
        if address.is_unspecified() {
            return text.to_owned();
        }
        let mut bytes = [0; 16];
        self.hash(&address.to_string()).fill(&mut bytes);
        let bits: u32 = if address.is_ipv4() { 32 } else { 128 };
        let kept = prefix.map_or(bits, |prefix| u32::from(prefix).min(bits));
        let mask = u128::MAX.checked_shl(bits - kept).unwrap_or_default();
        let number = u128::from_be_bytes(bytes) & mask;
        match address {
            IpAddr::V4(_) => IpAddr::V4((number as u32).into()).to_string(),
            IpAddr::V6(_) => IpAddr::V6(number.into()).to_string(),
        }
    }

    fn hash(&self, word: &str) -> blake3::OutputReader {
        blake3::Hasher::new_keyed(&self.key).update(word.as_bytes()).finalize_xof()
    }
}

#[cfg(test)]
mod tests;
