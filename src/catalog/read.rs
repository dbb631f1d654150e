//! The text of `catalog/catalog.txt` -> a [`Catalog`]. The format is described in `catalog/README.md`.
//!
//! Every command pays for this once, so names stay references into the text and lists go to a few shared vectors.

use std::ops::Range;

use super::Catalog;
use super::actions::ActionIndex;
use super::keys::{KeyTable, KeyTableBuilder};
use super::names::compare_ignoring_case;
use super::types::{
    AccessLevel, Action, KeyId, KeyType, ResourceType, Service, ServiceId, Source, TypeId, TypeUse,
    TypesOfSegment,
};

/// A line of a catalog text that is not as `generate-catalog` writes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the catalog: {message}")]
pub struct CatalogProblem {
    /// The line, from 1.
    pub line: usize,
    /// What was expected.
    pub message: &'static str,
}

pub(super) fn read(text: &'static str) -> Result<Catalog, CatalogProblem> {
    let mut reader = Reader::with_room_for(text.len());
    let mut fields = Fields::default();
    let mut line = 1;
    let mut start = 0;
    for end in memchr::memchr2_iter(b'\t', b'\n', text.as_bytes()).chain([text.len()]) {
        fields.push(text.get(start..end).unwrap_or_default());
        start = end + 1;
        if text.as_bytes().get(end) != Some(&b'\t') {
            reader.line(&fields).map_err(|message| CatalogProblem { line, message })?;
            fields = Fields::default();
            line += 1;
        }
    }
    reader.finish().map_err(|message| CatalogProblem { line: line - 1, message })
}

type Outcome<T> = Result<T, &'static str>;

/// The fields of a line; no line has more than five.
#[derive(Default)]
struct Fields {
    texts: [Option<&'static str>; 5],
    count: usize,
}

impl Fields {
    fn push(&mut self, text: &'static str) {
        if let Some(place) = self.texts.get_mut(self.count) {
            *place = Some(text);
        }
        self.count += 1;
    }
}

#[derive(Default)]
struct Reader {
    version_seen: bool,
    source: Option<Source>,
    rcp_services: Vec<&'static str>,
    services: Vec<Service>,
    actions: Vec<Action>,
    types: Vec<ReadType>,
    key_lists: Vec<KeyId>,
    type_uses: Vec<TypeUse>,
    keys: KeyTableBuilder,
    /// Of the service being read: its keys, its key lists.
    page_keys: Vec<KeyId>,
    page_lists: Vec<Range<u32>>,
}

/// A resource type as its line has it; `except` are numbers of types of the same service, and of their formats.
struct ReadType {
    service: ServiceId,
    name: &'static str,
    formats: &'static str,
    except: &'static str,
    keys: Range<u32>,
}

impl Reader {
    /// A reader whose large lists need not grow: a line has about forty bytes.
    fn with_room_for(bytes: usize) -> Self {
        let lines = bytes / 40;
        Self { actions: Vec::with_capacity(lines), type_uses: Vec::with_capacity(lines), ..Self::default() }
    }

    fn line(&mut self, fields: &Fields) -> Outcome<()> {
        let [tag, first, second, third, fourth] = fields.texts;
        let tag = tag.unwrap_or_default();
        if tag.is_empty() || tag.starts_with('#') {
            return Ok(());
        }
        if fields.count > fields.texts.len() {
            return Err("too many fields");
        }
        let level = match tag {
            "R" => AccessLevel::Read,
            "L" => AccessLevel::List,
            "W" => AccessLevel::Write,
            "T" => AccessLevel::Tagging,
            "P" => AccessLevel::PermissionsManagement,
            "g" => return self.key_list(first),
            "k" => return self.key(first, second),
            "t" => return self.resource_type(first, second, third, fourth),
            "s" => return self.service(first, second),
            "source" => return self.source(first, second, third),
            "rcp" => {
                self.rcp_services =
                    first.unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect();
                return Ok(());
            }
            "entail-catalog" if first == Some("1") => {
                self.version_seen = true;
                return Ok(());
            }
            _ => return Err("unknown kind of line"),
        };
        self.action(level, first, second, third)
    }

    fn source(
        &mut self,
        package: Option<&'static str>,
        version: Option<&'static str>,
        date: Option<&'static str>,
    ) -> Outcome<()> {
        let (Some(package), Some(version), Some(date)) = (package, version, date) else {
            return Err("a source has a package, a version and a date");
        };
        self.source = Some(Source { package, version, date });
        Ok(())
    }

    fn service(&mut self, prefix: Option<&'static str>, name: Option<&'static str>) -> Outcome<()> {
        let (Some(prefix), Some(name)) = (prefix, name) else {
            return Err("a service has a prefix and a name");
        };
        if self.services.last().is_some_and(|last| last.prefix >= prefix) {
            return Err("services are sorted by prefix");
        }
        let (actions, types) = (self.actions.len() as u32, self.types.len() as u32);
        self.services.push(Service { prefix, name, actions: actions..actions, types: types..types });
        self.page_keys.clear();
        self.page_lists.clear();
        Ok(())
    }

    fn service_id(&self) -> Outcome<ServiceId> {
        let last = self.services.len().checked_sub(1).ok_or("no service before this line")?;
        u16::try_from(last).map(ServiceId).map_err(|_| "too many services")
    }

    fn key(&mut self, name: Option<&'static str>, letters: Option<&'static str>) -> Outcome<()> {
        let (Some(name), Some(letters)) = (name, letters) else { return Err("a key has a name and a type") };
        let (letter, multivalued) =
            letters.strip_suffix('+').map_or((letters, false), |letter| (letter, true));
        let key_type = match letter {
            "S" => KeyType::String,
            "A" => KeyType::Arn,
            "N" => KeyType::Numeric,
            "D" => KeyType::Date,
            "B" => KeyType::Bool,
            "I" => KeyType::Ip,
            "X" => KeyType::Binary,
            _ => return Err("unknown key type"),
        };
        let service = self.service_id()?;
        self.page_keys.push(self.keys.add(name, key_type, multivalued, service));
        Ok(())
    }

    fn key_list(&mut self, numbers: Option<&'static str>) -> Outcome<()> {
        let start = self.key_lists.len() as u32;
        let mut cursor = Cursor(numbers.unwrap_or_default().as_bytes());
        loop {
            let key = self.page_keys.get(cursor.number()? as usize).ok_or("no key of this number")?;
            self.key_lists.push(*key);
            if !cursor.skip(b' ') {
                break;
            }
        }
        cursor.end()?;
        self.page_lists.push(start..self.key_lists.len() as u32);
        Ok(())
    }

    fn list(&self, word: Option<&'static str>) -> Outcome<Range<u32>> {
        let word = word.ok_or("a key list, or `-`, is missing")?;
        if word == "-" {
            return Ok(0..0);
        }
        let mut cursor = Cursor(word.as_bytes());
        let list = self.list_of_number(cursor.number()?)?;
        cursor.end()?;
        Ok(list)
    }

    fn list_of_number(&self, number: u32) -> Outcome<Range<u32>> {
        self.page_lists.get(number as usize).cloned().ok_or("no key list of this number")
    }

    fn resource_type(
        &mut self,
        name: Option<&'static str>,
        list: Option<&'static str>,
        formats: Option<&'static str>,
        except: Option<&'static str>,
    ) -> Outcome<()> {
        let (Some(name), Some(formats)) = (name, formats) else {
            return Err("a resource type has a name and ARN formats");
        };
        let keys = self.list(list)?;
        let service = self.service_id()?;
        self.types.push(ReadType { service, name, formats, except: except.unwrap_or_default(), keys });
        if let Some(service) = self.services.last_mut() {
            service.types.end = self.types.len() as u32;
        }
        Ok(())
    }

    fn action(
        &mut self,
        level: AccessLevel,
        name: Option<&'static str>,
        list: Option<&'static str>,
        uses: Option<&'static str>,
    ) -> Outcome<()> {
        let name = name.ok_or("an action has a name")?;
        let keys = self.list(list)?;
        let id = self.service_id()?;
        let start = self.type_uses.len() as u32;
        if let Some(uses) = uses {
            self.type_uses_of_line(Cursor(uses.as_bytes()))?;
        }
        self.actions.push(Action {
            name,
            service: id,
            level,
            keys,
            types: start..self.type_uses.len() as u32,
        });
        if let Some(service) = self.services.last_mut() {
            service.actions.end = self.actions.len() as u32;
        }
        Ok(())
    }

    fn type_uses_of_line(&mut self, mut cursor: Cursor) -> Outcome<()> {
        let types = self.services.last().map(|service| service.types.clone()).unwrap_or_default();
        loop {
            let id = types.start + cursor.number()?;
            if id >= types.end {
                return Err("no resource type of this number");
            }
            let required = cursor.skip(b'!');
            let keys = if cursor.skip(b'/') { self.list_of_number(cursor.number()?)? } else { 0..0 };
            self.type_uses.push(TypeUse { id: TypeId(id), required, keys });
            if !cursor.skip(b' ') {
                return cursor.end();
            }
        }
    }

    fn finish(self) -> Outcome<Catalog> {
        if !self.version_seen {
            return Err("the first line is not `entail-catalog`, a tab, and `1`");
        }
        let source = self.source.ok_or("no source")?;
        let sorted = self.services.iter().all(|service| {
            let names = self.actions.get(super::range(&service.actions)).unwrap_or_default();
            names.is_sorted_by(|a, b| compare_ignoring_case(a.name.as_bytes(), b.name.as_bytes()).is_lt())
        });
        if !sorted {
            return Err("actions are not sorted by lower-case name");
        }
        let types = finish_types(&self.types, &self.services)?;
        let action_index = ActionIndex::new(&self.services, &self.actions);
        Ok(Catalog {
            source,
            rcp_services: self.rcp_services,
            action_index,
            keys: KeyTable::new(self.keys),
            by_candidates: Default::default(),
            services: self.services,
            actions: self.actions,
            types_of_segment: TypesOfSegment::new(&types),
            types,
            key_lists: self.key_lists,
            type_uses: self.type_uses,
        })
    }
}

/// Globs go to one text and lists of them to one vector, both alive as long as the program, as the catalog's own text is.
fn finish_types(read: &[ReadType], services: &[Service]) -> Outcome<Vec<ResourceType>> {
    let mut text = String::with_capacity(read.iter().map(|kind| kind.formats.len()).sum());
    let mut ends = Vec::with_capacity(read.len() + 64);
    let mut formats = Vec::with_capacity(read.len() + 64);
    let mut of_type = Vec::with_capacity(read.len());
    for kind in read {
        let start = formats.len();
        for format in kind.formats.split(' ') {
            formats.push(format);
            push_glob(&mut text, format);
            ends.push(text.len());
        }
        of_type.push(start..formats.len());
    }
    let formats: &'static [&'static str] = formats.leak();
    let text: &'static str = text.leak();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let globs = starts.zip(&ends).map(|(start, end)| text.get(start..*end).unwrap_or_default());
    let globs: &'static [&'static str] = globs.collect::<Vec<_>>().leak();

    let mut types = Vec::with_capacity(read.len());
    for (kind, own) in read.iter().zip(&of_type) {
        let first =
            services.get(usize::from(kind.service.0)).map_or(0, |service| service.types.start as usize);
        let mut except = Vec::new();
        for word in kind.except.split(' ').filter(|word| !word.is_empty()) {
            let mut cursor = Cursor(word.as_bytes());
            let other =
                of_type.get(first + cursor.number()? as usize).ok_or("no resource type of this number")?;
            let format = if cursor.skip(b'.') { cursor.number()? as usize } else { 0 };
            cursor.end()?;
            let glob = globs.get(other.start..other.end).and_then(|globs| globs.get(format));
            except.push(*glob.ok_or("no ARN format of this number")?);
        }
        types.push(ResourceType {
            service: kind.service,
            name: kind.name,
            formats: formats.get(own.clone()).unwrap_or_default(),
            globs: globs.get(own.clone()).unwrap_or_default(),
            except: except.leak(),
            keys: kind.keys.clone(),
        });
    }
    Ok(types)
}

/// Appends an ARN format with every variable replaced by `*`.
fn push_glob(text: &mut String, format: &str) {
    let mut rest = format;
    while let Some(at) = memchr::memchr(b'$', rest.as_bytes()) {
        text.push_str(rest.get(..at).unwrap_or_default());
        text.push('*');
        let after = memchr::memchr(b'}', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        rest = rest.get(after..).unwrap_or_default();
    }
    text.push_str(rest);
}

/// Numbers and the signs between them.
struct Cursor(&'static [u8]);

impl Cursor {
    fn number(&mut self) -> Outcome<u32> {
        let (mut value, mut digits) = (0, 0);
        while let [digit @ b'0'..=b'9', rest @ ..] = self.0 {
            value = value * 10 + u32::from(digit - b'0');
            digits += 1;
            self.0 = rest;
            if digits > 6 {
                return Err("a number has more than six digits");
            }
        }
        if digits == 0 { Err("a number is missing") } else { Ok(value) }
    }

    fn skip(&mut self, sign: u8) -> bool {
        match self.0 {
            [first, rest @ ..] if *first == sign => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn end(&self) -> Outcome<()> {
        if self.0.is_empty() { Ok(()) } else { Err("more on the line than numbers") }
    }
}
