//! What is wrong with the files of a program.

use std::sync::Arc;

use crate::datalog::program::{FileId, Place};
use crate::datalog::text::Problem;
use crate::document::Source;

/// One thing that is wrong, and with which file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// The file.
    pub file: FileId,
    /// What is wrong.
    pub problem: Problem,
}

/// All that is wrong with a program, in the order of files and places.
#[derive(Clone, Debug)]
pub struct Problems {
    sources: Vec<Arc<Source>>,
    problems: Vec<FileProblem>,
}

impl Problems {
    pub(super) fn new(sources: Vec<Arc<Source>>, mut problems: Vec<FileProblem>) -> Self {
        problems.sort_by_key(|found| (found.file, found.problem.span));
        problems.dedup();
        Self { sources, problems }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.problems.len()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The problems, each with its file.
    pub fn iter(&self) -> impl Iterator<Item = (&Source, &Problem)> {
        self.problems.iter().filter_map(|found| {
            let source = self.sources.get(found.file.0 as usize)?;
            Some((&**source, &found.problem))
        })
    }

    /// The problems as a person reads them: message, place, line, help.
    pub fn rendered(&self) -> impl Iterator<Item = String> {
        self.iter().map(|(source, problem)| problem.render(source))
    }
}

/// Collects problems while files are checked.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) problems: Vec<FileProblem>,
    suggested: usize,
}

/// For how many unknown names the nearest known one is looked up: that takes time with many names.
const MOST_SUGGESTIONS: usize = 100;

impl Found {
    pub(super) fn new(problems: Vec<FileProblem>) -> Self {
        Self { problems, suggested: 0 }
    }

    pub(super) fn push(&mut self, file: FileId, problem: Problem) {
        self.problems.push(FileProblem { file, problem });
    }

    /// Whether one more name may be looked up.
    pub(super) fn may_suggest(&mut self) -> bool {
        self.suggested += 1;
        self.suggested <= MOST_SUGGESTIONS
    }
}

/// A place as messages name it: file and line.
pub(super) fn shown(sources: &[Arc<Source>], place: Place) -> String {
    match sources.get(place.file.0 as usize) {
        Some(source) => {
            let (line, column) = source.line_and_column(place.span.start);
            format!("{}:{line}:{column}", source.name())
        }
        None => String::new(),
    }
}
