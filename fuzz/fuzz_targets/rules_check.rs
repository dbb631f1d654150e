//! Any text as a program: it is refused with places in the text, or runs to an end or a limit.
#![no_main]

use std::io;
use std::path::{Path, PathBuf};

use entail::datalog::check::{Files, Root, read};
use entail::datalog::engine::{Limits, Options, run};
use entail::datalog::relations::{OfFacts, offers};
use libfuzzer_sys::fuzz_target;

struct NoFiles;

impl Files for NoFiles {
    fn canonical(&self, _: &Path) -> io::Result<PathBuf> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn packs(&self) -> &[(&str, &str)] {
        &[]
    }
}

fuzz_target!(|text: &str| {
    match read(&[Root::Text("fuzz.rules".into(), text.to_owned())], &NoFiles, offers()) {
        Err(problems) => {
            for (source, problem) in problems.iter() {
                let end = problem.span.end as usize;
                assert!(problem.span.start <= problem.span.end && end <= source.text().len());
                assert!(!problem.render(source).is_empty());
            }
        }
        Ok(checked) => {
            let limits = Limits {
                facts: 10_000,
                rounds: 1_000,
                intermediate_rows: 1_000_000,
                evaluations: 100_000,
                values: 10_000,
                text_bytes: 1 << 20,
                ..Limits::default()
            };
            if let Err(error) = run(&checked.program, &OfFacts::new([]), &limits, &Options::default()) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
});
