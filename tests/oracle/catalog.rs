//! The text of `catalog/catalog.txt`, read line by line (its format stands in `catalog/README.md`).

use std::collections::{HashMap, HashSet};

use super::glob::glob;

/// Actions, resource types and condition keys, as far as deciding needs them.
#[derive(Default)]
pub struct Catalog {
    /// By `service:name` in lower case.
    actions: HashMap<String, Action>,
    types: Vec<Type>,
    /// Names and templates in lower case -> whether the key is multivalued.
    keys: HashMap<String, bool>,
    templates: Vec<String>,
    /// The keys, as in `keys`, that some action or type of resource has.
    listed: HashSet<String>,
    rcp_services: Vec<String>,
}

#[derive(Default)]
struct Action {
    /// Those listed for the action itself.
    own_keys: Vec<String>,
    /// These, and those of its pairs with resource types.
    keys: Vec<String>,
    types: Vec<usize>,
    /// Whether calls have to name a resource of some type. Tags are of something.
    needs_one: bool,
}

struct Type {
    globs: Vec<String>,
    except: Vec<String>,
    keys: Vec<String>,
}

/// Keys of S-KEY §3.6 that hold lists.
const MULTIVALUED: [&str; 7] = [
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:vpceorgpaths",
    "aws:resourceorgpaths",
    "aws:tagkeys",
    "aws:calledvia",
    "aws:sourceorgpaths",
];

impl Catalog {
    /// Reads the whole text.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            reader.line(line).ok_or_else(|| format!("line {} of the catalog", index + 1))?;
        }
        reader.end_service();
        Ok(reader.catalog)
    }

    /// Whether some action has this prefix.
    pub fn has_service(&self, prefix: &str) -> bool {
        self.actions.keys().any(|name| name.split(':').next() == Some(prefix))
    }

    /// Whether the catalog knows the action.
    pub fn knows(&self, action: &str) -> bool {
        self.actions.contains_key(&action.to_lowercase())
    }

    /// Whether the action is known and has no resource type (S-RES-10).
    pub fn is_wildcard_only(&self, action: &str) -> bool {
        self.actions.get(&action.to_lowercase()).is_some_and(|a| a.types.is_empty())
    }

    /// Whether calls of the action may name a resource and need not (S-RES-20); of several types a call has one (S-RES-21).
    pub fn needs_no_resource(&self, action: &str) -> bool {
        self.actions.get(&action.to_lowercase()).is_some_and(|a| a.types.len() == 1 && !a.needs_one)
    }

    /// Whether an ARN is of a type that the action supports (S-RES-12). An unknown action supports any.
    pub fn supports(&self, action: &str, arn: &str) -> bool {
        let Some(action) = self.actions.get(&action.to_lowercase()) else { return true };
        action.types.iter().filter_map(|&t| self.types.get(t)).any(|t| t.matches(arn))
    }

    /// The formats of the ARNs that an action takes, as globs.
    pub fn formats(&self, action: &str) -> Vec<&str> {
        let Some(action) = self.actions.get(&action.to_lowercase()) else { return Vec::new() };
        let types = action.types.iter().filter_map(|&t| self.types.get(t));
        types.flat_map(|t| t.globs.iter().map(String::as_str)).collect()
    }

    /// Whether requests of the action on the ARN can hold a service's key (S-COND-14, S-KEY-25). `None`: nobody knows.
    pub fn supplies(&self, action: &str, arn: &str, key: &str) -> Option<bool> {
        let name = self.key(&key.to_lowercase()).filter(|name| !self.is_listed_for_none(name))?;
        // S-TRUST-10: they are decided with the call that takes the role, and see what it passes.
        if ["sts:tagsession", "sts:setsourceidentity"].contains(&&*action.to_lowercase()) {
            let calls = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
            if calls.iter().any(|call| self.supplies(call, arn, key) == Some(true)) {
                return Some(true);
            }
        }
        let action = self.actions.get(&action.to_lowercase())?;
        let types =
            action.types.iter().filter_map(|&t| self.types.get(t)).filter(|t| arn == "*" || t.matches(arn));
        Some(action.keys.contains(name) || types.into_iter().any(|t| t.keys.contains(name)))
    }

    /// Whether each resource of a call has a value of its own for a service's key (in lower case): it stands with resource
    /// types alone (S-RES-20). A key or action that nobody knows may be such.
    pub fn is_of_resource(&self, action: &str, key: &str) -> bool {
        let listed = self.key(key).filter(|name| !self.is_listed_for_none(name));
        let Some(name) = listed else { return !key.starts_with("aws:") };
        let Some(action) = self.actions.get(&action.to_lowercase()) else { return !key.starts_with("aws:") };
        let mut of_types = action.types.iter().filter_map(|&t| self.types.get(t)).flat_map(|t| &t.keys);
        !action.own_keys.contains(name) && (action.keys.contains(name) || of_types.any(|key| key == name))
    }

    /// Whether a page has a service's key, and lists it for no action and no type of resource: nobody knows which calls hold it
    /// (S-TRI-11).
    fn is_listed_for_none(&self, name: &str) -> bool {
        !self.listed.contains(name) && !name.starts_with("aws:") && !super::open::rides_along(name)
    }

    /// Whether a key (in lower case) holds a list of values (S-COND-20). `None`: a key that nobody knows.
    pub fn is_multivalued(&self, key: &str) -> Option<bool> {
        let key = key.to_lowercase();
        let tag =
            ["aws:requesttag/", "aws:resourcetag/", "aws:principaltag/"].iter().any(|t| key.starts_with(t));
        if tag {
            return Some(false);
        }
        if MULTIVALUED.contains(&key.as_str()) || (key.ends_with(":amr") && !key.starts_with("aws:")) {
            return Some(true);
        }
        if key.starts_with("aws:") {
            return Some(false);
        }
        self.key(&key).and_then(|name| self.keys.get(name)).copied()
    }

    /// Whether RCPs reach the service of an action prefix (S-RCP-06).
    pub fn rcp_reaches(&self, prefix: &str) -> bool {
        self.rcp_services.iter().any(|s| s == prefix)
    }

    /// The name or template that a key (in lower case) is of.
    fn key(&self, key: &str) -> Option<&String> {
        if let Some((name, _)) = self.keys.get_key_value(key) {
            return Some(name);
        }
        self.templates.iter().find(|name| {
            let Some((before, rest)) = name.split_once("${") else { return false };
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            key.len() > before.len() + after.len() && key.starts_with(before) && key.ends_with(after)
        })
    }
}

impl Type {
    fn matches(&self, arn: &str) -> bool {
        self.globs.iter().any(|g| by_part(g, arn)) && !self.except.iter().any(|g| by_part(g, arn))
    }
}

fn by_part(pattern: &str, arn: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) =
        (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    patterns.len() == 6
        && parts.len() == 6
        && patterns.iter().zip(parts).all(|(pattern, part)| glob(pattern, part))
}

#[derive(Default)]
struct Reader {
    catalog: Catalog,
    service: String,
    first_type: usize,
    keys: Vec<String>,
    lists: Vec<Vec<String>>,
    /// Of each type of the service: type and format numbers of what it excepts.
    excepts: Vec<Vec<(usize, usize)>>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Option<()> {
        let fields: Vec<&str> = line.split('\t').collect();
        let field = |at: usize| fields.get(at).copied();
        match field(0)? {
            "entail-catalog" | "source" => {}
            "" => {}
            tag if tag.starts_with('#') => {}
            "rcp" => self.catalog.rcp_services = field(1)?.split(' ').map(str::to_owned).collect(),
            "s" => {
                self.end_service();
                self.service = field(1)?.to_owned();
            }
            "k" => {
                let (name, multivalued) = (field(1)?.to_lowercase(), field(2)?.ends_with('+'));
                if name.contains("${") && !self.catalog.keys.contains_key(&name) {
                    self.catalog.templates.push(name.clone());
                }
                *self.catalog.keys.entry(name.clone()).or_default() |= multivalued;
                self.keys.push(name);
            }
            "g" => {
                let names: Option<Vec<String>> =
                    numbers(field(1)?)?.iter().map(|n| self.keys.get(*n).cloned()).collect();
                let names = names?;
                self.catalog.listed.extend(names.iter().cloned());
                self.lists.push(names);
            }
            "t" => {
                let globs = field(3)?.split(' ').map(format_glob).collect();
                let keys = self.list(field(2)?)?;
                self.excepts.push(excepted(field(4).unwrap_or(""))?);
                self.catalog.types.push(Type { globs, except: Vec::new(), keys });
            }
            "R" | "L" | "W" | "T" | "P" => {
                let own_keys = self.list(field(2)?)?;
                let mut action = Action {
                    keys: own_keys.clone(),
                    own_keys,
                    types: Vec::new(),
                    needs_one: field(0) == Some("T"),
                };
                for word in field(3).unwrap_or("").split(' ').filter(|w| !w.is_empty()) {
                    let (number, list) = word.split_once('/').unwrap_or((word, "-"));
                    action.needs_one |= number.ends_with('!');
                    action.types.push(self.first_type + number.trim_end_matches('!').parse::<usize>().ok()?);
                    action.keys.extend(self.list(list)?);
                }
                let name = format!("{}:{}", self.service, field(1)?).to_lowercase();
                self.catalog.actions.insert(name, action);
            }
            _ => return None,
        }
        Some(())
    }

    fn list(&self, word: &str) -> Option<Vec<String>> {
        if word == "-" { Some(Vec::new()) } else { self.lists.get(word.parse::<usize>().ok()?).cloned() }
    }

    fn end_service(&mut self) {
        for (number, excepts) in std::mem::take(&mut self.excepts).into_iter().enumerate() {
            let globs: Vec<String> = excepts
                .iter()
                .filter_map(|(kind, format)| {
                    self.catalog.types.get(self.first_type + kind)?.globs.get(*format).cloned()
                })
                .collect();
            if let Some(kind) = self.catalog.types.get_mut(self.first_type + number) {
                kind.except = globs;
            }
        }
        self.first_type = self.catalog.types.len();
        self.keys.clear();
        self.lists.clear();
    }
}

fn numbers(text: &str) -> Option<Vec<usize>> {
    text.split(' ').filter(|w| !w.is_empty()).map(|w| w.parse().ok()).collect()
}

/// `3 5.1`: the first format of type 3 and the second of type 5.
fn excepted(text: &str) -> Option<Vec<(usize, usize)>> {
    let words = text.split(' ').filter(|w| !w.is_empty());
    words
        .map(|word| {
            let (kind, format) = word.split_once('.').unwrap_or((word, "0"));
            Some((kind.parse().ok()?, format.parse().ok()?))
        })
        .collect()
}

/// An ARN format with each variable as `*`.
fn format_glob(format: &str) -> String {
    let mut pieces = format.split("${");
    let mut text = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        text.push('*');
        text.push_str(piece.split_once('}').map_or("", |(_, after)| after));
    }
    text
}
