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
    let mut reader = Reader::default();
    for (index, line) in text.split('\n').enumerate() {
        reader.line(line).map_err(|message| CatalogProblem { line: index + 1, message })?;
    }
    let lines = text.split('\n').count();
    reader.finish().map_err(|message| CatalogProblem { line: lines, message })
}

type Outcome<T> = Result<T, &'static str>;

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
    fn line(&mut self, line: &'static str) -> Outcome<()> {
        let mut fields = line.split('\t');
        let tag = fields.next().unwrap_or_default();
        let level = match tag {
            "R" => AccessLevel::Read,
            "L" => AccessLevel::List,
            "W" => AccessLevel::Write,
            "T" => AccessLevel::Tagging,
            "P" => AccessLevel::PermissionsManagement,
            "g" => return self.key_list(fields.next()),
            "k" => return self.key(fields.next(), fields.next()),
            "t" => return self.resource_type(fields.next(), fields.next(), fields.next(), fields.next()),
            "s" => return self.service(fields.next(), fields.next()),
            "source" => return self.source(fields.next(), fields.next(), fields.next()),
            "rcp" => {
                self.rcp_services =
                    fields.next().unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect();
                return Ok(());
            }
            "entail-catalog" if fields.next() == Some("1") => {
                self.version_seen = true;
                return Ok(());
            }
            _ if line.is_empty() || line.starts_with('#') => return Ok(()),
            _ => return Err("unknown kind of line"),
        };
        self.action(level, fields.next(), fields.next(), fields.next())
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
        for word in numbers.unwrap_or_default().split(' ') {
            let key = self.page_keys.get(number(word.as_bytes())? as usize).ok_or("no key of this number")?;
            self.key_lists.push(*key);
        }
        self.page_lists.push(start..self.key_lists.len() as u32);
        Ok(())
    }

    fn list(&self, word: Option<&str>) -> Outcome<Range<u32>> {
        match word {
            Some("-") => Ok(0..0),
            Some(word) => self
                .page_lists
                .get(number(word.as_bytes())? as usize)
                .cloned()
                .ok_or("no key list of this number"),
            None => Err("a key list, or `-`, is missing"),
        }
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
            for word in uses.split(' ') {
                self.type_use(word)?;
            }
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

    fn type_use(&mut self, word: &'static str) -> Outcome<()> {
        let service = self.services.last().ok_or("no service before this line")?;
        let (word, keys) = match word.split_once('/') {
            Some((word, list)) => (word, self.list(Some(list))?),
            None => (word, 0..0),
        };
        let (word, required) = word.strip_suffix('!').map_or((word, false), |word| (word, true));
        let id = service.types.start + number(word.as_bytes())?;
        if id >= service.types.end {
            return Err("no resource type of this number");
        }
        self.type_uses.push(TypeUse { id: TypeId(id), required, keys });
        Ok(())
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
            services: self.services,
            actions: self.actions,
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
            let (other, format) = word.split_once('.').unwrap_or((word, "0"));
            let other = of_type
                .get(first + number(other.as_bytes())? as usize)
                .ok_or("no resource type of this number")?;
            let glob =
                globs.get(other.start + number(format.as_bytes())? as usize).filter(|_| !other.is_empty());
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
    while let Some((before, variable)) = rest.split_once("${") {
        text.push_str(before);
        text.push('*');
        rest = variable.split_once('}').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
}

fn number(word: &[u8]) -> Outcome<u32> {
    if word.is_empty() || word.len() > 6 {
        return Err("a number of one to six digits is missing");
    }
    word.iter().try_fold(0, |value, byte| match byte {
        b'0'..=b'9' => Ok(value * 10 + u32::from(byte - b'0')),
        _ => Err("a number has only digits"),
    })
}
