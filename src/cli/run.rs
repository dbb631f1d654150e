//! What every command does alike: ask the engine, deliver the answer, report what went wrong.

use std::io::{self, Write};

use jiff::Timestamp;

use crate::output::terminal::Screen;
use crate::output::{Answer, write_answer, write_answer_parquet};

use super::answers::{Answers, Outcome};
use super::arguments::Destination;
use super::diagnostics::{self, Diagnostic, quiet_if_closed};
use super::exit::Exit;
use super::given::Given;
use super::options::Options;
use super::progress::Progress;

/// What a command runs on.
pub struct Environment<'a, A> {
    /// Who answers.
    pub answers: &'a A,
    /// The edition of the catalog, for `--version`.
    pub catalog: &'a str,
    /// The clock, read once.
    pub clock: Timestamp,
    /// The files that arguments name.
    pub given: &'a Given,
    /// What standard output is.
    pub screen: Screen,
    /// How far long work has come.
    pub progress: Progress,
    /// Standard output, for answers.
    pub out: &'a mut (dyn Write + Send),
    /// Standard error, for everything else.
    pub err: &'a mut (dyn Write + Send),
}

impl<A: Answers> Environment<'_, A> {
    /// Lets `question` run on as many threads as the user wants, and takes the progress bar away afterwards.
    pub(super) fn ask<T: Send>(
        &self,
        options: &Options,
        question: impl FnOnce(&A, &Progress) -> Outcome<T> + Send,
    ) -> Outcome<T> {
        ask(self.answers, &self.progress, options, question)
    }
}

/// [`Environment::ask`], while the rest of the environment is in use.
pub(super) fn ask<A: Answers, T: Send>(
    answers: &A,
    progress: &Progress,
    options: &Options,
    question: impl FnOnce(&A, &Progress) -> Outcome<T> + Send,
) -> Outcome<T> {
    let outcome = match options.jobs {
        None => question(answers, progress),
        Some(jobs) => match rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build() {
            Ok(pool) => pool.install(|| question(answers, progress)),
            Err(error) => {
                let message = format!("cannot start {jobs} threads: {error}");
                Err(vec![Diagnostic::error("usage", message).with_help("use a smaller `--jobs`")])
            }
        },
    };
    progress.clear();
    outcome
}

/// Writes `answer` to its destination (`show` writes it for people), then the diagnostics; gives their exit code.
pub(super) fn deliver<A, T: Answer>(
    environment: &mut Environment<'_, A>,
    destination: &Destination,
    name: &'static str,
    answer: &T,
    diagnostics: &[Diagnostic],
    show: impl FnOnce(&T, &mut dyn Write) -> io::Result<()>,
) -> Result<Exit, Vec<Diagnostic>> {
    let written = match destination {
        Destination::Screen => {
            let mut out = io::BufWriter::new(&mut *environment.out);
            let written = show(answer, &mut out).and_then(|()| out.flush());
            quiet_if_closed(written)
        }
        Destination::Stream(format) => quiet_if_closed(write_answer(answer, *format, environment.out)),
        Destination::File(place, format) => place.write(|out| write_answer(answer, *format, out)),
        Destination::Parquet(place) => place.write(|out| write_answer_parquet(name, answer, out)),
    };
    let exit = diagnostics::report(diagnostics, environment.err);
    written.map_err(|failure| vec![failure])?;
    Ok(exit)
}
