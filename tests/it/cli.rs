//! The command line: arguments become queries, answers go where they should, exit codes tell how it went.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use entail::cli::{
    Answered, Answers, BecomeQuery, CanQuery, Diagnostic, Environment, Evidence, Exit, FactSink, FactsQuery,
    Given, GivenWork, OfRequest, Options, Outcome, Progress, ReportQuery, WhatCanQuery, WhoCanQuery, run,
};
use entail::datalog::relations::{self, OfFacts};
use entail::datalog::text::Value;
use entail::output::terminal::Screen;
use entail::output::{
    BecomeAnswer, CanAnswer, Column, DecisionWord, ExternalAnswer, ReportAnswer, RequestView,
    StatementReference, Table, WhatCanAnswer, WhoCanAnswer,
};

mod arguments;
mod catalog;
mod context;
mod edges;
mod fmt;
mod help;
mod output;
mod packs;
mod places;
mod process;
mod query;
mod redact;
mod requests;
mod simulate;

/// Answers every request with the same decision, and remembers what it was asked.
struct Fake {
    decisions: Vec<DecisionWord>,
    diagnostics: Vec<Diagnostic>,
    asked: Mutex<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    options: Option<Options>,
    can: Option<CanQuery>,
    who_can: Option<WhoCanQuery>,
    what_can: Option<WhatCanQuery>,
    report: Option<ReportQuery>,
    facts: Option<FactsQuery>,
    threads: usize,
}

/// How a run ended.
struct Ran {
    exit: Exit,
    out: String,
    err: String,
    asked: Asked,
}

impl Fake {
    fn new(decisions: &[DecisionWord]) -> Self {
        Self { decisions: decisions.to_vec(), diagnostics: Vec::new(), asked: Mutex::default() }
    }

    fn with(mut self, diagnostic: Diagnostic) -> Self {
        self.diagnostics.push(diagnostic);
        self
    }

    fn answered<T>(&self, options: &Options, answer: T, note: impl FnOnce(&mut Asked)) -> Outcome<T> {
        let mut asked = self.asked.lock().expect("no panic");
        asked.options = Some(options.clone());
        asked.threads = rayon::current_num_threads();
        note(&mut asked);
        Ok(Answered { answer, diagnostics: self.diagnostics.clone() })
    }

    fn run(self, arguments: &str) -> Ran {
        self.run_with(arguments.split_whitespace())
    }

    fn run_with<'a>(self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = self.run_into(arguments, &mut out, &mut err);
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ran { exit, out: text(out), err: text(err), asked: self.asked.into_inner().expect("no panic") }
    }

    fn run_into<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        out: &mut (dyn Write + Send),
        err: &mut (dyn Write + Send),
    ) -> Exit {
        let mut environment = Environment {
            answers: self,
            catalog: "2026-01-15",
            clock: "2026-02-03T04:05:06Z".parse().expect("an instant"),
            given: &Given::default(),
            screen: Screen { width: None },
            progress: Progress::hidden(),
            out,
            err,
        };
        run(["entail"].into_iter().chain(arguments), &mut environment)
    }
}

impl Answers for Fake {
    fn can(&self, options: &Options, query: &CanQuery, progress: &Progress) -> Outcome<Vec<OfRequest>> {
        progress.stage("asking", query.requests.len() as u64);
        let answer = |(number, decision): (usize, &DecisionWord)| CanAnswer {
            request: RequestView { id: Some(number.to_string()), ..RequestView::default() },
            decision: *decision,
            layer: None,
            blocked_by: Vec::new(),
            refused: None,
            lacking: Vec::new(),
            condition: None,
            allowed_with: None,
            open: Vec::new(),
            statements: Vec::new(),
            missing: Vec::new(),
            assumed: [].into(),
            through: None,
            why: None,
        };
        let of_request = |answer| OfRequest { answer: Ok(answer), warnings: Vec::new() };
        let answers = self.decisions.iter().enumerate().map(answer).map(of_request).collect();
        self.answered(options, answers, |asked| asked.can = Some(query.clone()))
    }

    fn who_can(&self, options: &Options, query: &WhoCanQuery, _: &Progress) -> Outcome<WhoCanAnswer> {
        self.answered(options, WhoCanAnswer::default(), |asked| asked.who_can = Some(query.clone()))
    }

    fn become_(&self, _: &Options, _: &BecomeQuery, _: &Progress) -> Outcome<BecomeAnswer> {
        Ok(Answered::new(BecomeAnswer::default()))
    }

    fn what_can(&self, options: &Options, query: &WhatCanQuery, _: &Progress) -> Outcome<WhatCanAnswer> {
        self.answered(options, WhatCanAnswer::default(), |asked| asked.what_can = Some(query.clone()))
    }

    fn report(&self, options: &Options, query: &ReportQuery, _: &Progress) -> Outcome<ReportAnswer> {
        self.answered(options, ReportAnswer::default(), |asked| asked.report = Some(query.clone()))
    }

    fn external(&self, options: &Options, query: &ReportQuery, _: &Progress) -> Outcome<ExternalAnswer> {
        self.answered(options, ExternalAnswer::default(), |asked| asked.report = Some(query.clone()))
    }

    fn report_tables(&self, options: &Options, query: &ReportQuery, _: &Progress) -> Outcome<Vec<Table>> {
        let table = Table::new("principals", vec![Column::new("principal", vec![0, 1])]).expect("one column");
        self.answered(options, vec![table], |asked| asked.report = Some(query.clone()))
    }

    fn facts(&self, options: &Options, query: &FactsQuery, _: &Progress, sink: FactSink<'_>) -> Outcome<()> {
        if let Some(relation) = relations::all().find(|relation| *relation.name.value == *"member") {
            let _ = sink(relation, &[[Value::text("alice"), Value::text("readers, all")].into()]);
        }
        self.answered(options, (), |asked| asked.facts = Some(query.clone()))
    }

    fn given(&self, options: &Options, _: &Progress, work: GivenWork<'_>) -> Outcome<()> {
        work(&OfFacts::new([]), &mut NoEvidence);
        self.answered(options, (), |_| {})
    }
}

/// Knows of no statements.
struct NoEvidence;

impl Evidence for NoEvidence {
    fn statements(&mut self, wanted: &[(&str, u32)]) -> Vec<Option<StatementReference>> {
        vec![None; wanted.len()]
    }

    fn decision(&mut self, _: &entail::cli::Asked<'_>) -> Vec<StatementReference> {
        Vec::new()
    }
}

fn allowed() -> Fake {
    Fake::new(&[DecisionWord::Allowed])
}

/// Runs a command line that is wrong, and gives what standard error says.
#[track_caller]
fn refused(arguments: &str) -> String {
    let ran = allowed().run(arguments);
    assert_eq!(ran.exit, Exit::Failed, "{arguments}");
    assert_eq!(ran.out, "", "{arguments}");
    assert!(ran.asked.options.is_none(), "`{arguments}` asked the engine");
    ran.err
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// A standard output that fails in one way.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}
