//! `docs/semantics.md`, the reference of what is implemented, against the sources and the cases.
//!
//! The last two columns of its tables are derived: which files of `src/` cite a rule, and which cases do. With
//! `ENTAIL_REWRITE=1` in the environment `files_and_cases_are_those_that_cite_the_rule` writes them instead of comparing.

mod citations;
mod open;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use entail::facts::readings::TABLE;
use serde_json::Value;

use citations::{citations, expand};
use open::{NOT_IMPLEMENTED, PARTLY_IMPLEMENTED, WITHOUT_CASE};

/// What cites each identifier: files, or ids of cases.
type CitedBy = BTreeMap<String, Vec<String>>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> PathBuf {
    root().join("docs/semantics.md")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|problem| format!("{}: {problem}", path.display()))
}

/// A row of the page, as its cells: the identifier first, `Implemented in` and `Cases` last.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let cells: Vec<&str> = inner.split(" | ").map(str::trim).collect();
    let id = cells.first()?;
    (id.starts_with("S-") || id.starts_with("U-")).then_some(cells)
}

/// The rows of the page in their order.
fn rows(page: &str) -> Vec<Vec<&str>> {
    page.lines().filter_map(cells).collect()
}

/// The identifiers of the page in their order.
fn identifiers(page: &str) -> Vec<String> {
    rows(page).into_iter().map(|cells| cells[0].to_owned()).collect()
}

/// The Rust files below `src/` that are no tests, by their paths there.
fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    let (mut folders, mut files) = (vec![src.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                let short = path.strip_prefix(&src).unwrap_or(&path).to_string_lossy().into_owned();
                files.push((short, read(&path)));
            }
        }
    }
    files.sort();
    files
}

/// The cases, by file and line: their ids and what they cite.
fn cases() -> Vec<(String, Vec<String>)> {
    let folder = root().join("tests/cases");
    let listed = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        listed.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).collect();
    files.sort();
    files.extend(["estates/questions.jsonl", "paths/cases.jsonl"].map(|file| folder.join(file)));
    let texts: Vec<String> = files.iter().map(|path| read(path)).collect();
    let lines = texts.iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty());
    let case = |line: &str| {
        let case: Value = serde_json::from_str(line).expect("a case is JSON");
        let rules = case["rules"].as_array().into_iter().flatten().filter_map(Value::as_str);
        (case["id"].as_str().unwrap_or("?").to_owned(), rules.map(str::to_owned).collect())
    };
    lines.map(case).collect()
}

fn files_citing(identifiers: &[String]) -> CitedBy {
    let mut cited = CitedBy::new();
    for (file, text) in sources() {
        let found: BTreeSet<String> =
            citations(&text).iter().flat_map(|citation| expand(citation, identifiers)).collect();
        found.into_iter().for_each(|id| cited.entry(id).or_default().push(file.clone()));
    }
    cited
}

fn cases_citing() -> CitedBy {
    let mut cited = CitedBy::new();
    for (case, rules) in cases() {
        rules.into_iter().for_each(|rule| cited.entry(rule).or_default().push(case.clone()));
    }
    cited
}

/// The cell of the files that cite a rule.
fn file_cell(files: Option<&Vec<String>>) -> String {
    let quoted: Vec<String> = files.into_iter().flatten().map(|file| format!("`{file}`")).collect();
    if quoted.is_empty() { "–".to_owned() } else { quoted.join(", ") }
}

/// The cell of the cases that cite a rule: the first four.
fn case_cell(cases: Option<&Vec<String>>) -> String {
    match cases.map_or(&[][..], Vec::as_slice) {
        [] => "–".to_owned(),
        [a, b, c, d, _, ..] => format!("{}, …", [a.as_str(), b, c, d].join(", ")),
        few => few.join(", "),
    }
}

/// The page with its derived columns as they ought to be.
fn derived(page: &str) -> String {
    let (files, cases) = (files_citing(&identifiers(page)), cases_citing());
    let mut out = String::with_capacity(page.len());
    for line in page.lines() {
        match cells(line) {
            Some(mut row) if row.len() > 2 => {
                let (files, cases) = (file_cell(files.get(row[0])), case_cell(cases.get(row[0])));
                row.truncate(row.len() - 2);
                row.extend([files.as_str(), cases.as_str()]);
                out.push_str(&format!("| {} |", row.join(" | ")));
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// What a list of exceptions and the facts differ in.
fn differences(listed: &[&str], found: impl Iterator<Item = String>) -> Vec<String> {
    let listed: BTreeSet<String> = listed.iter().map(|id| (*id).to_owned()).collect();
    let found: BTreeSet<String> = found.collect();
    let not_listed = found.difference(&listed).map(|id| format!("{id} is not in the list"));
    let settled = listed.difference(&found).map(|id| format!("{id} is in the list and needs no exception"));
    not_listed.chain(settled).collect()
}

#[test]
fn every_identifier_has_one_row() {
    let page = read(&page());
    let identifiers = identifiers(&page);
    let count = |prefix: &str| identifiers.iter().filter(|id| id.starts_with(prefix)).count();
    assert_eq!((count("S-"), count("U-")), (335, 82));
    let distinct: BTreeSet<&String> = identifiers.iter().collect();
    assert_eq!(distinct.len(), identifiers.len(), "an identifier has two rows");
    for row in rows(&page) {
        let wanted = if row[0].starts_with('U') { 6 } else { 5 };
        assert_eq!(row.len(), wanted, "{}", row[0]);
        assert!(row[..wanted - 2].iter().all(|cell| !cell.is_empty()), "{} has an empty cell", row[0]);
    }
}

#[test]
fn files_and_cases_are_those_that_cite_the_rule() {
    let text = read(&page());
    let derived = derived(&text);
    if std::env::var_os("ENTAIL_REWRITE").is_some() {
        fs::write(page(), derived).expect("the page is written");
        return;
    }
    let wrong: Vec<String> = text
        .lines()
        .zip(derived.lines())
        .filter(|(is, ought)| is != ought)
        .map(|(is, ought)| format!("{is}\nought to be\n{ought}"))
        .collect();
    assert!(wrong.is_empty(), "ENTAIL_REWRITE=1 writes these rows:\n{}", wrong.join("\n"));
}

#[test]
fn sources_and_cases_cite_what_the_page_has() {
    let known: BTreeSet<String> = identifiers(&read(&page())).into_iter().collect();
    let mut unknown = Vec::new();
    for (file, text) in sources() {
        for citation in citations(&text) {
            let ends = [Some(&citation.first), citation.last.as_ref()].into_iter().flatten();
            unknown.extend(ends.filter(|id| !known.contains(*id)).map(|id| format!("src/{file}: {id}")));
        }
    }
    for (case, rules) in cases() {
        unknown.extend(rules.iter().filter(|id| !known.contains(*id)).map(|id| format!("case {case}: {id}")));
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn every_rule_has_a_case_but_those_listed() {
    let cited = cases_citing();
    let identifiers = identifiers(&read(&page()));
    let wrong = differences(WITHOUT_CASE, identifiers.into_iter().filter(|id| !cited.contains_key(id)));
    assert!(wrong.is_empty(), "WITHOUT_CASE: {}", wrong.join("\n"));
}

#[test]
fn every_rule_is_implemented_but_those_listed() {
    let text = read(&page());
    // Of the sources the catalog holds data only; a rule that no other file cites may wait for somebody to read them.
    let cited = files_citing(&identifiers(&text));
    let mut wrong = Vec::new();
    for id in identifiers(&text) {
        let files = cited.get(&id).map_or(&[][..], Vec::as_slice);
        match NOT_IMPLEMENTED.contains(&&*id) {
            true => wrong.extend(
                files
                    .iter()
                    .filter(|file| !file.starts_with("catalog/"))
                    .map(|file| format!("{id} is cited by src/{file} and needs no exception")),
            ),
            false if files.is_empty() => wrong.push(format!("{id} is cited by no file")),
            false => {}
        }
    }
    // The page says the same.
    let says = |row: &Vec<&str>| row.iter().find_map(|cell| cell.find("Not implemented"));
    let with = |wanted: fn(usize) -> bool| {
        let rows = rows(&text);
        let ids = rows.iter().filter(|row| says(row).is_some_and(wanted)).map(|row| row[0].to_owned());
        ids.collect::<Vec<_>>().into_iter()
    };
    wrong.extend(differences(NOT_IMPLEMENTED, with(|at| at == 0)));
    wrong.extend(differences(PARTLY_IMPLEMENTED, with(|at| at > 0)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The names between backticks in a text.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_switch_has_its_readings_and_every_other_question_a_reason() {
    let text = read(&page());
    let mut wrong = Vec::new();
    for row in rows(&text).into_iter().filter(|row| row[0].starts_with('U')) {
        let (id, cell) = (row[0], row[3]);
        match TABLE.iter().find(|known| known.id == id) {
            Some(known) => {
                let names: Vec<&str> = known.choices.iter().map(|choice| choice.name).collect();
                let default = format!("`{}` (default), ", names[0]);
                if quoted(cell) != names || !cell.starts_with(&default) {
                    wrong.push(format!("{id} can be read as {names:?}, and the page says {cell}"));
                }
            }
            None if cell.strip_prefix("none: ").is_none_or(str::is_empty) => {
                wrong.push(format!("{id} has no switch, and the page says {cell}"));
            }
            None => {}
        }
    }
    let identifiers = identifiers(&text);
    let unknown = TABLE.iter().filter(|row| !identifiers.iter().any(|id| id == row.id));
    wrong.extend(unknown.map(|row| format!("{} is not in the page", row.id)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
