//! `--redact`: answers and diagnostics without names.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::datalog::relations::Row;
use crate::datalog::text::{Clause, Fact, Value, parse};
use crate::output::redact::{Names, Redactor};
use crate::output::{BecomeAnswer, ExternalAnswer, ReportAnswer, Table, WhatCanAnswer, WhoCanAnswer};

use super::answers::{Answered, Answers, FactSink, GivenWork, OfRequest, Outcome};
use super::diagnostics::Diagnostic;
use super::given::Given;
use super::options::{BecomeQuery, CanQuery, FactsQuery, Options, ReportQuery, WhatCanQuery, WhoCanQuery};
use super::progress::Progress;

/// The fewest bytes of a key file.
const LEAST_KEY: usize = 16;

/// Where the names of a command come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs<'c> {
    /// What the command is about: pseudonyms depend on it, unless a key is given.
    pub about: Vec<&'c Path>,
    /// Further files: requests, session policies.
    pub beside: Vec<&'c Path>,
}

/// The redactor of a command.
///
/// # Errors
/// The key can't be read or is short.
pub(super) fn redactor(
    inputs: &Inputs<'_>,
    given: &Given,
    arguments: &[String],
    key: Option<&Path>,
) -> Result<Redactor, Diagnostic> {
    let mut names = Names::default();
    add_arguments(arguments, &mut names);
    let mut about = Vec::new();
    for path in &inputs.about {
        for file in files_below(path) {
            // What can't be read is reported by the command.
            let Ok(bytes) = read(&file, given) else { continue };
            add_file(&file, &bytes, given, &mut names);
            about.push(bytes);
        }
    }
    for file in inputs.beside.iter().flat_map(|path| files_below(path)) {
        if let Ok(bytes) = read(&file, given) {
            add_file(&file, &bytes, given, &mut names);
        }
    }
    let secret = match key {
        Some(path) => read_key(path, given)?,
        None => Redactor::secret_of(about.iter().map(Vec::as_slice)).to_vec(),
    };
    Ok(Redactor::new(&secret, names))
}

/// A redactor for a command line that is wrong, with a key that nobody knows.
pub(super) fn of_wrong_usage(arguments: &[String]) -> Redactor {
    let mut names = Names::default();
    add_arguments(arguments, &mut names);
    let random = [0, 1, 2, 3].map(|number| RandomState::new().hash_one(number).to_le_bytes());
    Redactor::new(random.as_flattened(), names)
}

fn add_arguments(arguments: &[String], names: &mut Names) {
    for argument in arguments {
        match argument.strip_prefix("--") {
            None => names.add(argument),
            Some(option) => {
                if let Some((_, value)) = option.split_once('=') {
                    names.add(value);
                }
            }
        }
    }
}

fn read_key(path: &Path, given: &Given) -> Result<Vec<u8>, Diagnostic> {
    let bytes = given.read(path).map_err(|error| {
        Diagnostic::error("unreadable", format!("cannot read the key: {error}")).at(path.display())
    })?;
    if bytes.len() < LEAST_KEY {
        let message = format!("the key has {} bytes, and fewer than {LEAST_KEY} can be guessed", bytes.len());
        let error = Diagnostic::error("usage", message).at(path.display());
        return Err(error.with_help("`openssl rand -hex 32 > FILE` makes one"));
    }
    Ok(bytes)
}

/// The files of an input, in the order of their paths.
fn files_below(path: &Path) -> Vec<PathBuf> {
    const ENDINGS: &[&str] = &["json", "csv", "gz", "rules"];
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let (mut found, mut folders) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            // A link to a folder may lead back to where it stands.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let path = entry.path();
            if is_folder {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path, given: &Given) -> io::Result<Vec<u8>> {
    let bytes = given.read(path)?;
    if path.extension().is_none_or(|ending| ending != "gz") {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text)?;
    Ok(text)
}

fn add_file(path: &Path, bytes: &[u8], given: &Given, names: &mut Names) {
    // Folders and files are called after accounts and principals.
    names.add(&path.display().to_string());
    if path.extension().is_some_and(|ending| ending == "rules" || ending == "facts") {
        return add_clauses(path, &String::from_utf8_lossy(bytes), given, names);
    }
    if let Ok(value) = serde_json::from_slice(bytes) {
        return names.add_json(&value);
    }
    for line in String::from_utf8_lossy(bytes).lines() {
        match serde_json::from_str(line) {
            Ok(value) => names.add_json(&value),
            Err(_) => names.add(line),
        }
    }
}

/// Adds the names of a rule or fact file: the texts of its facts, and the estates of its tests. The words of messages and
/// documentation are no names.
fn add_clauses(path: &Path, text: &str, given: &Given, names: &mut Names) {
    let parsed = parse(text);
    if !parsed.problems.is_empty() {
        // Its lines will be shown.
        text.lines().for_each(|line| names.add(line));
    }
    for clause in &parsed.file.clauses {
        match clause {
            Clause::Fact(fact) => add_fact(fact, names),
            Clause::Test(test) => {
                test.facts.iter().for_each(|fact| add_fact(fact, names));
                let folder = path.parent().unwrap_or(Path::new(""));
                let estate = test.estate.iter().flat_map(|estate| files_below(&folder.join(&*estate.value)));
                for file in estate {
                    if let Ok(bytes) = read(&file, given) {
                        add_file(&file, &bytes, given, names);
                    }
                }
            }
            _ => {}
        }
    }
}

fn add_fact(fact: &Fact, names: &mut Names) {
    fn add(value: &Value, names: &mut Names) {
        match value {
            Value::Text(text) => names.add(text),
            Value::List(values) => values.iter().for_each(|value| add(value, names)),
            Value::Symbol(_) | Value::Number(_) | Value::Boolean(_) => {}
        }
    }
    fact.arguments.iter().for_each(|argument| add(&argument.value, names));
}

/// Answers with pseudonyms in place of names.
pub(super) struct Redacted<'a, A> {
    pub answers: &'a A,
    pub redactor: Redactor,
}

impl<A: Answers> Redacted<'_, A> {
    fn answer<T: serde::Serialize + serde::de::DeserializeOwned>(&self, outcome: Outcome<T>) -> Outcome<T> {
        let Answered { answer, diagnostics } = outcome?;
        match self.redactor.answer(&answer) {
            Ok(answer) => Ok(Answered { answer, diagnostics }),
            Err(error) => {
                Err(vec![Diagnostic::error("output", format!("the answer can't be redacted: {error}"))])
            }
        }
    }
}

impl<A: Answers> Answers for Redacted<'_, A> {
    fn redactor(&self) -> Option<&Redactor> {
        Some(&self.redactor)
    }

    fn can(&self, options: &Options, query: &CanQuery, progress: &Progress) -> Outcome<Vec<OfRequest>> {
        let Answered { answer: of_requests, diagnostics } = self.answers.can(options, query, progress)?;
        let redacted = |OfRequest { answer, warnings }: OfRequest| {
            let answer = match answer {
                Ok(answer) => Ok(self.answer(Ok(Answered::new(answer)))?.answer),
                Err(refused) => Err(refused),
            };
            Ok(OfRequest { answer, warnings })
        };
        let answer: Result<_, Vec<Diagnostic>> = of_requests.into_iter().map(redacted).collect();
        Ok(Answered { answer: answer?, diagnostics })
    }

    fn who_can(&self, options: &Options, query: &WhoCanQuery, progress: &Progress) -> Outcome<WhoCanAnswer> {
        self.answer(self.answers.who_can(options, query, progress))
    }

    fn become_(&self, options: &Options, query: &BecomeQuery, progress: &Progress) -> Outcome<BecomeAnswer> {
        self.answer(self.answers.become_(options, query, progress))
    }

    fn what_can(
        &self,
        options: &Options,
        query: &WhatCanQuery,
        progress: &Progress,
    ) -> Outcome<WhatCanAnswer> {
        self.answer(self.answers.what_can(options, query, progress))
    }

    fn report(&self, options: &Options, query: &ReportQuery, progress: &Progress) -> Outcome<ReportAnswer> {
        self.answer(self.answers.report(options, query, progress))
    }

    fn external(
        &self,
        options: &Options,
        query: &ReportQuery,
        progress: &Progress,
    ) -> Outcome<ExternalAnswer> {
        self.answer(self.answers.external(options, query, progress))
    }

    fn report_tables(
        &self,
        options: &Options,
        query: &ReportQuery,
        progress: &Progress,
    ) -> Outcome<Vec<Table>> {
        let Answered { answer, diagnostics } = self.answers.report_tables(options, query, progress)?;
        let tables = answer.iter().map(|table| self.redactor.table(table)).collect();
        Ok(Answered { answer: tables, diagnostics })
    }

    fn facts(
        &self,
        options: &Options,
        query: &FactsQuery,
        progress: &Progress,
        sink: FactSink<'_>,
    ) -> Outcome<()> {
        self.answers.facts(options, query, progress, &mut |relation, rows| {
            sink(relation, &redacted_rows(&self.redactor, rows))
        })
    }

    /// Programs speak of real names; what comes out of them is redacted by the command.
    fn given(&self, options: &Options, progress: &Progress, work: GivenWork<'_>) -> Outcome<()> {
        self.answers.given(options, progress, work)
    }
}

/// Rows with pseudonyms, sorted by them.
fn redacted_rows(redactor: &Redactor, rows: &[Row]) -> Vec<Row> {
    let mut rows: Vec<Row> =
        rows.iter().map(|row| row.iter().map(|value| redacted_value(redactor, value)).collect()).collect();
    rows.sort_unstable();
    rows
}

pub(super) fn redacted_value(redactor: &Redactor, value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(redactor.text(text).into()),
        Value::List(values) => {
            Value::List(values.iter().map(|value| redacted_value(redactor, value)).collect())
        }
        Value::Symbol(_) | Value::Number(_) | Value::Boolean(_) => value.clone(),
    }
}

/// Lines of text, each written with pseudonyms.
pub(super) struct RedactedLines<'a> {
    redactor: &'a Redactor,
    out: &'a mut (dyn Write + Send),
    line: Vec<u8>,
}

impl<'a> RedactedLines<'a> {
    pub(super) fn new(redactor: &'a Redactor, out: &'a mut (dyn Write + Send)) -> Self {
        Self { redactor, out, line: Vec::new() }
    }

    fn write_line(&mut self) -> io::Result<()> {
        let text = self.redactor.text(&String::from_utf8_lossy(&self.line));
        self.line.clear();
        self.out.write_all(text.as_bytes())
    }
}

impl Write for RedactedLines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(line);
            if line.ends_with(b"\n") {
                self.write_line()?;
            }
        }
        Ok(bytes.len())
    }

    /// Writes what has no end of line too: only at the end of a text.
    fn flush(&mut self) -> io::Result<()> {
        self.write_line()?;
        self.out.flush()
    }
}
