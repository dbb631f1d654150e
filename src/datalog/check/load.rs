//! Files and what they import -> clauses.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::problems::{FileProblem, Problems};
use crate::datalog::program::FileId;
use crate::datalog::text::ast::{Clause, File, Name};
use crate::datalog::text::{Code, Parsed, Problem, parse, parse_body};
use crate::document::nearest::nearest;
use crate::document::{Source, Span};

/// How many files may be imported within each other, and how many in all.
const MOST_NESTED: usize = 64;
const MOST_FILES: usize = 1_000;

/// What a pack's path begins with.
const PACK: &str = "entail:";

/// Where rule files come from.
pub trait Files {
    /// A path in the form that all ways of writing it have in common.
    ///
    /// # Errors
    /// There is no such file.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// It can't be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The packs that `entail:NAME` can name: name and text.
    fn packs(&self) -> &[(&str, &str)];
}

/// What a program begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// A file, or `entail:NAME`.
    Path(PathBuf),
    /// A text that is in no file, and the name that messages give it. Its imports are relative to the working directory.
    Text(Box<str>, String),
    /// The same for a text that is the body of one query.
    Body(Box<str>, String),
}

/// Files that were read, each once.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Their texts.
    pub sources: Vec<Arc<Source>>,
    /// Their clauses.
    pub files: Vec<File>,
    /// The files that were asked for, in their order.
    pub roots: Vec<FileId>,
    /// What is wrong with them.
    pub problems: Vec<FileProblem>,
}

impl Loaded {
    /// The problems with the texts that they are about.
    pub fn problems(&self, problems: Vec<FileProblem>) -> Problems {
        Problems::new(self.sources.clone(), problems)
    }
}

/// Reads files and what they import.
pub fn load(roots: &[Root], files: &dyn Files) -> Loaded {
    let mut loader =
        Loader { files, loaded: Loaded::default(), known: FxHashMap::default(), open: Vec::new() };
    for root in roots {
        let id = match root {
            Root::Text(name, text) => loader.text(name, text, parse),
            Root::Body(name, text) => loader.text(name, text, parse_body),
            Root::Path(path) => {
                let path = path.to_string_lossy();
                match loader.find(&path, Path::new("")) {
                    Ok(found) => loader.open(found),
                    Err(message) => {
                        let source = Source::new(&*path, String::new());
                        loader.failed(source, Problem::new(Code::Import, message, Span::default()))
                    }
                }
            }
        };
        if !loader.loaded.roots.contains(&id) {
            loader.loaded.roots.push(id);
        }
    }
    loader.loaded
}

struct Loader<'a> {
    files: &'a dyn Files,
    loaded: Loaded,
    known: FxHashMap<PathBuf, FileId>,
    /// The files that are being read, each imported by the one before.
    open: Vec<Found>,
}

/// A file that is there.
#[derive(Clone, Debug)]
enum Found {
    Pack(usize),
    /// The path that messages show, and the one by which files are told apart.
    File(PathBuf, PathBuf),
}

impl Found {
    /// What tells it from other files.
    fn identity(&self) -> PathBuf {
        match self {
            Self::Pack(index) => PathBuf::from(format!("{PACK}{index}")),
            Self::File(_, canonical) => canonical.clone(),
        }
    }
}

impl Loader<'_> {
    fn find(&self, path: &str, folder: &Path) -> Result<Found, String> {
        if let Some(name) = path.strip_prefix(PACK) {
            let packs = self.files.packs();
            return packs.iter().position(|(known, _)| *known == name).map(Found::Pack).ok_or_else(|| {
                match nearest(name, packs.iter().map(|(known, _)| *known)) {
                    Some(known) => format!("there is no pack `{path}`; did you mean `{PACK}{known}`?"),
                    None => format!("there is no pack `{path}`"),
                }
            });
        }
        // Packs import their parts as the files do that they are made of.
        let of_pack = folder.to_str().and_then(|folder| folder.strip_prefix(PACK));
        if let Some(folder) = of_pack.filter(|_| Path::new(path).is_relative()) {
            let inside = tidy(&Path::new(folder).join(path));
            if let Some(name) = inside.to_str().and_then(|path| path.strip_suffix(".rules")) {
                return self.find(&format!("{PACK}{name}"), Path::new(""));
            }
        }
        let shown = tidy(&folder.join(path));
        match self.files.canonical(&shown) {
            Ok(canonical) => Ok(Found::File(shown, canonical)),
            Err(error) => Err(format!("`{}` can't be read: {error}", shown.display())),
        }
    }

    /// Reads a file unless it was read already.
    fn open(&mut self, found: Found) -> FileId {
        if let Some(&id) = self.known.get(&found.identity()) {
            return id;
        }
        self.known.insert(found.identity(), FileId(self.loaded.sources.len() as u32));
        self.open.push(found.clone());
        let id = match &found {
            Found::Pack(index) => {
                let (name, text) = self.files.packs().get(*index).copied().unwrap_or_default();
                let file = format!("{PACK}{name}");
                let folder = file.rsplit_once('/').map_or(PACK, |(folder, _)| folder).to_owned();
                self.parse(Source::new(file, text.to_owned()), Path::new(&folder))
            }
            Found::File(shown, _) => {
                let name = shown.display().to_string();
                match self.files.read(shown).map(|bytes| Source::from_bytes(name.clone(), bytes)) {
                    Ok(Ok(source)) => self.parse(source, shown.parent().unwrap_or(Path::new(""))),
                    Ok(Err(error)) => self.not_text(*error),
                    Err(error) => {
                        let message = format!("`{name}` can't be read: {error}");
                        let source = Source::new(name, String::new());
                        self.failed(source, Problem::new(Code::Import, message, Span::default()))
                    }
                }
            }
        };
        self.open.pop();
        id
    }

    fn add(&mut self, source: Source, file: File) -> FileId {
        let id = FileId(self.loaded.sources.len() as u32);
        self.loaded.sources.push(Arc::new(source));
        self.loaded.files.push(file);
        id
    }

    fn failed(&mut self, source: Source, problem: Problem) -> FileId {
        let file = self.add(source, File::default());
        self.loaded.problems.push(FileProblem { file, problem });
        file
    }

    fn not_text(&mut self, error: crate::document::NotText) -> FileId {
        let problem = Problem::new(Code::Syntax, error.problem.message, error.problem.place.span)
            .with_help("save the file as UTF-8");
        self.failed(error.source, problem)
    }

    fn text(&mut self, name: &str, text: &str, parse: fn(&str) -> Parsed) -> FileId {
        match Source::from_bytes(name.to_owned(), text.as_bytes().to_vec()) {
            Ok(source) => {
                let parsed = parse(source.text());
                self.parsed(source, parsed, Path::new(""))
            }
            Err(error) => self.not_text(*error),
        }
    }

    fn parse(&mut self, source: Source, folder: &Path) -> FileId {
        let parsed = parse(source.text());
        self.parsed(source, parsed, folder)
    }

    fn parsed(&mut self, source: Source, parsed: Parsed, folder: &Path) -> FileId {
        let file = FileId(self.loaded.sources.len() as u32);
        self.loaded.problems.extend(parsed.problems.into_iter().map(|problem| FileProblem { file, problem }));
        let imported = |clause: &Clause| match clause {
            Clause::Import(import) => Some(import.path.clone()),
            _ => None,
        };
        let imports = parsed.file.clauses.iter().filter_map(imported).collect();
        self.add(source, parsed.file);
        self.imports(file, imports, folder);
        file
    }

    fn imports(&mut self, file: FileId, imports: Vec<Name>, folder: &Path) {
        for import in imports {
            let wrong = match self.find(&import.value, folder) {
                Err(message) => {
                    Some(Problem::new(Code::Import, message, import.span).with_help(self.remedy()))
                }
                Ok(found) => self.refused(&found, import.span).or_else(|| {
                    self.open(found);
                    None
                }),
            };
            self.loaded.problems.extend(wrong.map(|problem| FileProblem { file, problem }));
        }
    }

    fn remedy(&self) -> String {
        let packs: Vec<String> = self
            .files
            .packs()
            .iter()
            .filter(|(name, _)| !name.contains('/'))
            .map(|(name, _)| format!("`{PACK}{name}`"))
            .collect();
        match packs.is_empty() {
            true => "paths are relative to the file that imports".to_owned(),
            false => format!("paths are relative to the file that imports; packs are {}", packs.join(", ")),
        }
    }

    /// Why a file can't be imported here.
    fn refused(&self, found: &Found, span: Span) -> Option<Problem> {
        let name = |of: &Found| match of {
            Found::Pack(index) => {
                format!("{PACK}{}", self.files.packs().get(*index).map_or("", |(name, _)| name))
            }
            Found::File(shown, _) => shown.display().to_string(),
        };
        if let Some(at) = self.open.iter().position(|open| open.identity() == found.identity()) {
            let chain = self.open.iter().skip(at).chain([found]);
            let chain = chain.map(|of| format!("`{}`", name(of))).collect::<Vec<_>>().join(" imports ");
            return Some(
                Problem::new(Code::Import, format!("`{}` imports itself", name(found)), span)
                    .with_help(format!("{chain}: move what both need to a third file")),
            );
        }
        let limit = if self.open.len() >= MOST_NESTED {
            format!("more than {MOST_NESTED} files import each other in a chain")
        } else if self.loaded.files.len() >= MOST_FILES {
            format!("more than {MOST_FILES} files are imported")
        } else {
            return None;
        };
        Some(Problem::new(Code::Limit, limit, span).with_help("put rules that belong together into one file"))
    }
}

/// A path without `.` and, where it can be told, `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}
