//! The `entail` command.

use std::io;
use std::process::ExitCode;

use entail::catalog::Catalog;
use entail::cli::{Environment, Given, Loaded, Progress, run};
use entail::output::terminal::Screen;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let source = Catalog::embedded().source();
    let mut environment = Environment {
        answers: &Loaded,
        catalog: source.date,
        clock: jiff::Timestamp::now(),
        given: &Given::default(),
        screen: Screen::stdout(),
        progress: Progress::on_terminal(),
        out: &mut io::stdout(),
        err: &mut io::stderr(),
    };
    run(std::env::args_os(), &mut environment).into()
}
