//! The `entail` command.

use std::io;
use std::process::ExitCode;

use entail::cli::{
    Answers, CanQuery, Diagnostic, Environment, Options, Outcome, Progress, ReportQuery, WhoCanQuery, run,
};
use entail::output::terminal::Screen;
use entail::output::{CanAnswer, ReportAnswer, Table, WhoCanAnswer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut environment = Environment {
        answers: &NotConnected,
        catalog: catalog_edition(),
        clock: jiff::Timestamp::now(),
        screen: Screen::stdout(),
        progress: Progress::on_terminal(),
        out: &mut io::stdout(),
        err: &mut io::stderr(),
    };
    run(std::env::args_os(), &mut environment).into()
}

/// The edition of the catalog that `--version` names.
fn catalog_edition() -> &'static str {
    "none"
}

/// Takes the place of the engine until that is there: refuses every question, so that nothing is answered wrongly.
struct NotConnected;

impl NotConnected {
    fn refuse<T>() -> Outcome<T> {
        Err(vec![Diagnostic::error("not-connected", "this build has no engine that could answer")])
    }
}

impl Answers for NotConnected {
    fn can(&self, _: &Options, _: &CanQuery, _: &Progress) -> Outcome<Vec<CanAnswer>> {
        Self::refuse()
    }

    fn who_can(&self, _: &Options, _: &WhoCanQuery, _: &Progress) -> Outcome<WhoCanAnswer> {
        Self::refuse()
    }

    fn report(&self, _: &Options, _: &ReportQuery, _: &Progress) -> Outcome<ReportAnswer> {
        Self::refuse()
    }

    fn report_tables(&self, _: &Options, _: &ReportQuery, _: &Progress) -> Outcome<Vec<Table>> {
        Self::refuse()
    }
}
