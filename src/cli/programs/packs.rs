//! Rule files of the disk and packs of the binary: what programs begin with.

use std::io;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::cli::diagnostics::Diagnostic;
use crate::cli::given::Given;
use crate::datalog::check::{Files, Root};
use crate::datalog::packs;
use crate::document::nearest::nearest;

/// What rule files end in.
pub(in crate::cli) const ENDING: &str = "rules";

/// The files of the disk, and the packs of the binary.
pub(in crate::cli) struct Disk {
    packs: Vec<(&'static str, &'static str)>,
}

impl Disk {
    pub(in crate::cli) fn new() -> Self {
        Self {
            packs: packs::SHIPPED
                .iter()
                .chain(packs::PARTS)
                .chain(packs::TESTS)
                .map(|pack| (pack.name, pack.text))
                .collect(),
        }
    }
}

impl Files for Disk {
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Given::default().read(path)
    }

    fn packs(&self) -> &[(&str, &str)] {
        &self.packs
    }
}

/// A pack that a command was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Pack {
    /// What answers call it: the name of a shipped pack, or the path of a file.
    pub name: String,
    /// The file; none: it is shipped.
    pub path: Option<PathBuf>,
}

impl Pack {
    /// What a program begins with.
    pub(in crate::cli) fn root(&self) -> Root {
        Root::Path(match &self.path {
            Some(path) => path.clone(),
            None => format!("entail:{}", self.name).into(),
        })
    }

    /// What tells it from others: where it is, however it is named.
    fn place(&self) -> PathBuf {
        match &self.path {
            Some(path) => path.canonicalize().unwrap_or_else(|_| path.clone()),
            None => format!("entail:{}", self.name).into(),
        }
    }

    /// The pack, and of one in the binary the files with further tests of it.
    pub(in crate::cli) fn with_tests(self) -> Vec<Self> {
        let tests = match &self.path {
            Some(_) => Vec::new(),
            None => packs::tests(&self.name).map(|pack| Self::shipped(pack.name)).collect(),
        };
        [self].into_iter().chain(tests).collect()
    }

    fn shipped(name: &str) -> Self {
        Self { name: name.to_owned(), path: None }
    }
}

/// The packs that arguments name: files, folders with rule files, or packs of the binary; all of those if nothing is named.
///
/// # Errors
/// An argument names none of them: all such arguments.
pub(in crate::cli) fn packs(arguments: &[PathBuf]) -> Result<Vec<Pack>, Vec<Diagnostic>> {
    if arguments.is_empty() {
        return Ok(packs::SHIPPED.iter().map(|pack| Pack::shipped(pack.name)).collect());
    }
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for argument in arguments {
        match named(argument) {
            Ok(packs) => found.extend(packs),
            Err(error) => errors.push(error),
        }
    }
    // A file may be named twice, by its own name and by its folder's.
    let mut met = FxHashSet::default();
    let unique = found.into_iter().filter(|pack| met.insert(pack.place())).collect();
    if errors.is_empty() { Ok(unique) } else { Err(errors) }
}

fn named(argument: &Path) -> Result<Vec<Pack>, Diagnostic> {
    let text = argument.to_string_lossy();
    let file = |path: &Path| Pack { name: path.display().to_string(), path: Some(path.to_owned()) };
    // Whoever adds a folder must not take the place of a pack unseen.
    if packs::shipped(&text).is_some() && argument.exists() {
        let error =
            Diagnostic::error("usage", format!("`{text}` is a pack of entail, and a file or folder here"));
        return Err(error.with_help(format!("say `entail:{text}` or `./{text}`")));
    }
    if argument.is_dir() {
        let files = rule_files(argument)?;
        return match files.is_empty() {
            true => {
                let error =
                    Diagnostic::error("usage", format!("`{text}` has no file that ends in `.{ENDING}`"));
                Err(error.with_help("`entail new-pack NAME` starts a pack"))
            }
            false => Ok(files.iter().map(|path| file(path)).collect()),
        };
    }
    if argument.exists() {
        return Ok(vec![file(argument)]);
    }
    let name = text.strip_prefix("entail:").unwrap_or(&text);
    if packs::shipped(name).is_some() {
        return Ok(vec![Pack::shipped(name)]);
    }
    let error = Diagnostic::error("usage", format!("`{text}` is no file, no folder and no pack"));
    let names = || packs::SHIPPED.iter().map(|pack| pack.name);
    Err(match nearest(name, names()) {
        Some(known) => error.with_help(format!("did you mean `{known}`?")),
        None => error.with_help(format!("packs are `{}`", names().collect::<Vec<_>>().join("`, `"))),
    })
}

/// The rule files right in a folder, by name.
fn rule_files(folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let unreadable = |error: io::Error| {
        Diagnostic::error("unreadable", format!("can't be read: {error}")).at(folder.display())
    };
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
