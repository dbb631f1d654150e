//! Files -> records -> an estate.

mod acls;
mod assemble;
mod collected;
mod delegation;
mod details;
mod fields;
mod identity_center;
mod layout;
mod lists;
mod organization;
mod own;
mod parts;
mod resources;
mod settings;
mod shares;
mod targets;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::policy::Strings;
use super::read::{Fault, Read, explain, fault};
use super::source::{read_text, spot};
use super::{
    Estate, FileId, LoadError, Place, PolicyRef, PolicyStore, Position, Problem, ProblemKind, Source,
};
use super::{Sources, read::Value};
use crate::document::{PolicyKind, PolicyText};

/// How many problems of one file are reported one by one: placing one takes a walk through the file.
const MOST_PROBLEMS: usize = 200;

/// How the files of an estate are laid out; it is recognised by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// entail's own: `organization.json`, `accounts/<id>/authorization-details.json`, ….
    Own,
    /// iam-collect's: `aws/<partition>/accounts/<id>/iam/role/…` (D-COL-01).
    IamCollect,
    /// One output of `aws iam get-account-authorization-details`.
    SingleExport,
}

impl Layout {
    /// What a user would call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "entail's layout",
            Self::IamCollect => "iam-collect's layout",
            Self::SingleExport => "a single export",
        }
    }
}

/// How to load an estate.
#[derive(Clone, Copy, Default)]
pub struct LoadOptions<'a> {
    /// Called from any thread after each file.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
}

/// How far loading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Files read.
    pub files: u64,
    /// Files to read in all.
    pub files_total: u64,
    /// Bytes read, as stored on disk.
    pub bytes: u64,
    /// Bytes to read in all.
    pub bytes_total: u64,
}

impl Estate {
    /// Loads the estate of a folder or file in any of the known [layouts](Layout), on all threads of the current rayon
    /// pool.
    ///
    /// What was not collected is no error: see [`Estate::gaps`].
    ///
    /// # Errors
    /// Every problem of every file, if one is an error: a path that does not exist or can't be read, an unknown or mixed
    /// layout, a file that is not JSON or not of the right shape, a malformed ARN, one principal twice.
    pub fn load(path: &Path, options: &LoadOptions<'_>) -> Result<Self, LoadError> {
        let found = layout::recognise(path)?;
        let loading = Loading::new(found.sources, options);
        let mut parts = match found.layout {
            Layout::Own => own::read(&loading, &found.names),
            Layout::IamCollect => collected::read(&loading, &found.names),
            Layout::SingleExport => own::read_single(&loading),
        };
        parts.problems.extend(found.problems);
        assemble::estate(found.layout, loading, parts)
    }
}

/// What all readers of files share.
struct Loading<'a> {
    sources: Sources,
    policies: PolicyStore,
    strings: Strings,
    buffers: Mutex<Vec<Vec<u8>>>,
    options: &'a LoadOptions<'a>,
    files: AtomicU64,
    bytes: AtomicU64,
    bytes_total: u64,
}

impl<'a> Loading<'a> {
    fn new(sources: Sources, options: &'a LoadOptions<'a>) -> Self {
        Self {
            bytes_total: sources.iter().map(|(_, source)| source.size).sum(),
            sources,
            policies: PolicyStore::new(),
            strings: Strings::default(),
            buffers: Mutex::default(),
            options,
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// Reads a file and hands its text to `read`. A file that can't be read is a problem, and then the result is `T`'s
    /// default.
    fn file<T: Default>(
        &self,
        file: FileId,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&FileText<'_>, &mut Vec<Problem>) -> T,
    ) -> T {
        let Some(source) = self.sources.get(file) else { return T::default() };
        let mut buffer = self.buffers.lock().pop().unwrap_or_default();
        let result = match read_text(source, &mut buffer) {
            Ok(text) => read(&FileText { id: file, source, text }, problems),
            Err(problem) => {
                problems.push(*problem);
                T::default()
            }
        };
        self.buffers.lock().push(buffer);
        self.advance(source);
        result
    }

    /// The policy that `value` of `file` holds, in any of the three forms (D-IAM-02). It is not looked into.
    fn policy(&self, file: &FileText<'_>, kind: PolicyKind, value: Value<'_>) -> Read<PolicyRef> {
        match PolicyText::decode(value.raw()) {
            Ok(policy) => {
                let document = self.policies.intern(kind, &policy.text);
                Ok(PolicyRef { document, place: Some(file.place(value.start())) })
            }
            Err(problem) => fault(value.start(), ProblemKind::NotJson(problem.message)),
        }
    }

    fn advance(&self, source: &Source) {
        let files = self.files.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(source.size, Ordering::Relaxed) + source.size;
        if let Some(progress) = self.options.progress {
            let (files_total, bytes_total) = (self.sources.len() as u64, self.bytes_total);
            progress(Progress { files, files_total, bytes, bytes_total });
        }
    }
}

/// A file and its text, while it is being read.
#[derive(Clone, Copy)]
struct FileText<'a> {
    id: FileId,
    source: &'a Source,
    text: &'a str,
}

impl FileText<'_> {
    fn place(&self, offset: usize) -> Place {
        Place { file: self.id, offset: offset as u32 }
    }

    fn problem(&self, fault: Fault) -> Problem {
        let fault = explain(self.text, fault);
        Problem { kind: fault.kind, at: self.position(fault.offset), also: None }
    }

    fn position(&self, offset: usize) -> Position {
        Position { file: self.source.path.clone(), spot: Some(spot(self.text, offset)) }
    }

    /// Keeps what was read, or notes why it could not be. Of very many problems of one file only the first are placed.
    fn keep<T>(&self, read: Result<T, Box<Fault>>, problems: &mut Vec<Problem>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(fault) => {
                if problems.len() < MOST_PROBLEMS {
                    problems.push(self.problem(*fault));
                } else if let Some(Problem { kind: ProblemKind::More(more), .. }) = problems.last_mut() {
                    *more += 1;
                } else {
                    problems.push(Problem::of_file(ProblemKind::More(1), self.source.path.clone()));
                }
                None
            }
        }
    }
}
