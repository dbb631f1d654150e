//! Which layout a folder has, and the files in it.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Layout;
use crate::estate::{LoadError, Problem, ProblemKind, Source, Sources};

/// The files of an estate.
pub(super) struct Recognised {
    pub(super) layout: Layout,
    pub(super) sources: Sources,
    /// For each file the path below the root of the layout, in parts and without `.gz`.
    pub(super) names: Vec<Vec<String>>,
    pub(super) problems: Vec<Problem>,
}

/// The files that an account may have in entail's own layout.
pub(super) const ACCOUNT_FILES: [&str; 8] = [
    "authorization-details.json",
    "resource-policies.json",
    "account.json",
    "credential-report.csv",
    "service-last-accessed.json",
    "identity-providers.json",
    "vpc-endpoints.json",
    "ram-shares.json",
];

const ROOT_FILES: [&str; 2] = ["organization.json", "identity-center.json"];

/// Finds out the layout of `path` and lists its files.
///
/// # Errors
/// The path does not exist or can't be read, has no layout or two.
pub(super) fn recognise(path: &Path) -> Result<Recognised, LoadError> {
    let metadata = metadata_of(path)?;
    if metadata.is_file() {
        return Ok(single(path.to_owned(), &metadata));
    }
    if !metadata.is_dir() {
        return Err(unreadable(path, &no_file()).into());
    }
    let root = Folder::open(path)?;
    let own = is_own(&root)?;
    let collected = collected_root(&root)?;
    match (own, collected) {
        (true, Some(_)) => {
            let kind = ProblemKind::MixedLayouts(Layout::Own.as_str(), Layout::IamCollect.as_str());
            Err(Problem::of_file(kind, path).into())
        }
        (true, None) => {
            listed(Layout::Own, &root.path, &[(&[], 1), (&["organizations"], 1), (&["accounts"], 2)])
        }
        (false, Some(aws)) => {
            let starts = aws.partitions.iter().flat_map(|partition| {
                let parts = [("accounts", 10), ("organizations", 10), ("indexes", 1)];
                parts.map(|(part, depth)| {
                    (partition.iter().map(String::as_str).chain([part]).collect::<Vec<_>>(), depth)
                })
            });
            let starts: Vec<(Vec<&str>, usize)> = starts.collect();
            let starts: Vec<(&[&str], usize)> =
                starts.iter().map(|(parts, depth)| (&parts[..], *depth)).collect();
            listed(Layout::IamCollect, &aws.path, &starts)
        }
        (false, None) => match root.json_files().as_slice() {
            [only] => {
                let file = path.join(only);
                let metadata = fs::metadata(&file).map_err(|error| unreadable(&file, &error))?;
                Ok(single(file, &metadata))
            }
            _ => Err(Problem::of_file(ProblemKind::EmptyFolder, path).into()),
        },
    }
}

fn single(path: PathBuf, metadata: &fs::Metadata) -> Recognised {
    Recognised {
        layout: Layout::SingleExport,
        names: vec![vec![name_of(&path)]],
        sources: Sources::new(vec![source(path, metadata)]),
        problems: Vec::new(),
    }
}

/// The names in a folder, those of files without `.gz`.
struct Folder {
    path: PathBuf,
    files: Vec<String>,
    folders: Vec<String>,
}

impl Folder {
    fn open(path: &Path) -> Result<Self, Box<Problem>> {
        let mut folder = Self { path: path.to_owned(), files: Vec::new(), folders: Vec::new() };
        for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            let entry = entry.map_err(|error| unreadable(path, &error))?;
            let name = utf8_name(&entry)?;
            // `metadata` follows links, which estates may be put together from.
            if metadata_of(&entry.path())?.is_dir() {
                leads_on(&entry, path)?;
                folder.folders.push(name);
            } else {
                folder.files.push(name);
            }
        }
        folder.files.sort();
        folder.folders.sort();
        Ok(folder)
    }

    fn inner(&self, name: &str) -> Result<Option<Self>, Box<Problem>> {
        match self.folders.iter().any(|folder| folder == name) {
            true => Self::open(&self.path.join(name)).map(Some),
            false => Ok(None),
        }
    }

    fn has_file(&self, wanted: &[&str]) -> bool {
        self.files.iter().any(|file| wanted.contains(&plain(file)))
    }

    fn json_files(&self) -> Vec<String> {
        self.files.iter().filter(|file| plain(file).ends_with(".json")).cloned().collect()
    }
}

/// Whether a folder has the name of a file of entail's own layout.
fn is_for_a_file(folder: &str) -> bool {
    ACCOUNT_FILES.contains(&plain(folder)) || ROOT_FILES.contains(&plain(folder))
}

fn is_own(root: &Folder) -> Result<bool, Box<Problem>> {
    if root.has_file(&ROOT_FILES) {
        return Ok(true);
    }
    if root.inner("organizations")?.is_some_and(|folder| !folder.json_files().is_empty()) {
        return Ok(true);
    }
    let Some(accounts) = root.inner("accounts")? else { return Ok(false) };
    for account in &accounts.folders {
        if accounts.inner(account)?.is_some_and(|folder| folder.has_file(&ACCOUNT_FILES)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where iam-collect's files begin: the folder, and the partitions below it (none in the path if it is one itself).
struct CollectedRoot {
    path: PathBuf,
    partitions: Vec<Vec<String>>,
}

fn collected_root(root: &Folder) -> Result<Option<CollectedRoot>, Box<Problem>> {
    let aws = root.inner("aws")?;
    for folder in aws.iter().chain([root]) {
        let mut partitions = Vec::new();
        for name in &folder.folders {
            if name.starts_with("aws") && folder.inner(name)?.is_some_and(|inner| inner.holds_collected()) {
                partitions.push(vec![name.clone()]);
            }
        }
        if !partitions.is_empty() {
            return Ok(Some(CollectedRoot { path: folder.path.clone(), partitions }));
        }
    }
    for part in ["accounts", "organizations"] {
        let Some(folder) = root.inner(part)? else { continue };
        for name in &folder.folders {
            let inner = folder.inner(name)?;
            if inner.is_some_and(|inner| inner.holds_services() || inner.has_file(&["metadata.json"])) {
                return Ok(Some(CollectedRoot { path: root.path.clone(), partitions: vec![Vec::new()] }));
            }
        }
    }
    Ok(None)
}

impl Folder {
    /// Whether there are folders that could be those of services: none has the name of a file.
    fn holds_services(&self) -> bool {
        self.folders.iter().any(|folder| !is_for_a_file(folder))
    }

    fn holds_collected(&self) -> bool {
        ["accounts", "organizations"].iter().any(|part| self.folders.iter().any(|folder| folder == part))
    }
}

/// Lists the files below `root`, in each of `starts` down to its depth, in the order of their paths.
fn listed(layout: Layout, root: &Path, starts: &[(&[&str], usize)]) -> Result<Recognised, LoadError> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (parts, depth) in starts {
        let start = parts.iter().fold(root.to_owned(), |path, part| path.join(part));
        if !start.is_dir() {
            continue;
        }
        let names = parts.iter().map(|part| (*part).to_owned()).collect();
        for entry in walk(start, names, *depth) {
            match entry {
                // D-COL-10: of the indexes one says what no other file does.
                Ok((_, names)) if is_spare_index(layout, &names) => {}
                Ok(file) => files.push(file),
                Err(problem) => problems.push(*problem),
            }
        }
    }
    files.sort_by(|(left, _), (right, _)| left.path.cmp(&right.path));
    for (first, second) in files.iter().zip(files.iter().skip(1)) {
        if first.1 == second.1 {
            problems.push(Problem::of_file(ProblemKind::DuplicateFile, second.0.path.clone()));
        }
    }
    if problems.iter().any(Problem::is_error) {
        return Err(LoadError { problems });
    }
    let (sources, names) = files.into_iter().unzip();
    Ok(Recognised { layout, sources: Sources::new(sources), names, problems })
}

fn is_spare_index(layout: Layout, names: &[String]) -> bool {
    let is_index = |folder: &[String]| folder.last().is_some_and(|folder| folder == "indexes");
    layout == Layout::IamCollect
        && names.split_last().is_some_and(|(file, folder)| {
            folder.len() <= 2 && is_index(folder) && file != "accounts-to-orgs.json"
        })
}

type Listed = Result<(Source, Vec<String>), Box<Problem>>;

fn walk(folder: PathBuf, names: Vec<String>, depth: usize) -> Vec<Listed> {
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries.collect::<Vec<_>>(),
        Err(error) => return vec![Err(unreadable(&folder, &error))],
    };
    let visit = |entry: std::io::Result<fs::DirEntry>| {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return vec![Err(unreadable(&folder, &error))],
        };
        let name = match utf8_name(&entry) {
            Ok(name) => name,
            Err(error) => return vec![Err(error)],
        };
        if name.starts_with('.') {
            return Vec::new();
        }
        match metadata_of(&entry.path()) {
            Ok(metadata) if metadata.is_dir() && is_for_a_file(&name) => {
                let error = std::io::Error::other("a folder stands where a file belongs");
                vec![Err(unreadable(&entry.path(), &error))]
            }
            Ok(metadata) if metadata.is_dir() && depth > 1 => match leads_on(&entry, &folder) {
                Ok(()) => walk(entry.path(), extended(&names, name), depth - 1),
                Err(error) => vec![Err(error)],
            },
            Ok(metadata) if metadata.is_dir() => Vec::new(),
            Ok(metadata) if !metadata.is_file() => vec![Err(unreadable(&entry.path(), &no_file()))],
            Ok(metadata) => {
                let names = extended(&names, plain(&name).to_owned());
                vec![Ok((source(entry.path(), &metadata), names))]
            }
            Err(error) => vec![Err(error)],
        }
    };
    entries.into_par_iter().flat_map_iter(visit).collect()
}

/// What a file or folder is, at the end of the links that lead there.
fn metadata_of(path: &Path) -> Result<fs::Metadata, Box<Problem>> {
    fs::metadata(path).map_err(|error| match fs::symlink_metadata(path) {
        Ok(link) if link.is_symlink() => Box::new(Problem::of_file(ProblemKind::BrokenLink, path)),
        _ => unreadable(path, &error),
    })
}

/// Refuses a folder that is a link to one which holds it: what it holds would be read for somebody else, too.
fn leads_on(entry: &fs::DirEntry, folder: &Path) -> Result<(), Box<Problem>> {
    let path = entry.path();
    let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
    let back = |target: PathBuf| folder.canonicalize().is_ok_and(|folder| folder.starts_with(target));
    match is_link && path.canonicalize().is_ok_and(back) {
        true => Err(Box::new(Problem::of_file(ProblemKind::LinkBack, path))),
        false => Ok(()),
    }
}

/// The name of a file or folder. One that is not UTF-8 belongs to no layout, and can't be told from others of its like.
fn utf8_name(entry: &fs::DirEntry) -> Result<String, Box<Problem>> {
    let error = || unreadable(&entry.path(), &std::io::Error::other("its name is not UTF-8"));
    entry.file_name().into_string().map_err(|_| error())
}

fn extended(names: &[String], name: String) -> Vec<String> {
    names.iter().cloned().chain([name]).collect()
}

fn source(path: PathBuf, metadata: &fs::Metadata) -> Source {
    Source { path: path.into(), size: metadata.len(), modified: metadata.modified().ok() }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| plain(&name.to_string_lossy()).to_owned()).unwrap_or_default()
}

/// A file name without `.gz`.
fn plain(name: &str) -> &str {
    name.strip_suffix(".gz").unwrap_or(name)
}

/// Pipes and devices: files of an estate are read again for the places of statements.
fn no_file() -> std::io::Error {
    std::io::Error::other("it is neither a folder nor a regular file, which can be read more than once")
}

fn unreadable(path: &Path, error: &std::io::Error) -> Box<Problem> {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => ProblemKind::NotFound,
        _ => ProblemKind::Unreadable(error.to_string()),
    };
    Box::new(Problem::of_file(kind, path))
}
