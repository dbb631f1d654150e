//! Files and folders of output, complete or not there at all.
//!
//! Everything is written under a temporary name beside its final one, forced to the disk, and renamed when it is
//! complete. Whatever goes wrong before, the temporary is removed and nothing stands under the final name. Files can be
//! read by their owner only (mode 0600, folders 0700).

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use thiserror::Error;

use super::csv::write_csv;
use super::json_lines::write_json_lines;
use super::parquet::write_parquet;
use super::table::Table;

/// The file formats of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableFormat {
    /// A line of names, then a line a row.
    Csv,
    /// An object a line.
    JsonLines,
    /// Parquet, for DuckDB, pandas and the like.
    Parquet,
}

/// Why output could not be written, and where.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The final name is taken.
    #[error("`{path}` exists already")]
    Exists {
        /// The final name.
        path: PathBuf,
    },
    /// The final name is a link to something that is not there.
    #[error("`{path}` is a link that leads nowhere")]
    BrokenLink {
        /// The final name.
        path: PathBuf,
    },
    /// The final name names nothing that could be created: it is empty, `/` or ends in `..`.
    #[error("`{path}` does not name a file or folder that could be created")]
    NoName {
        /// The final name.
        path: PathBuf,
    },
    /// The folder that should hold the output is none.
    #[error("`{path}` is not a directory")]
    NotADirectory {
        /// The folder that should hold the output.
        path: PathBuf,
    },
    /// The folder that should hold the output does not exist.
    #[error("the directory `{path}` does not exist")]
    NoParent {
        /// The folder that should hold the output.
        path: PathBuf,
    },
    /// The disk is full, or the user's share of it.
    #[error("no space is left on the disk of `{path}`")]
    Full {
        /// The file that was being written.
        path: PathBuf,
    },
    /// Permissions do not allow it, or the file system is read-only.
    #[error("no permission to write `{path}`")]
    NotWritable {
        /// The file or folder that was being written.
        path: PathBuf,
    },
    /// Anything else that the operating system reports.
    #[error("cannot write `{path}`: {source}")]
    Io {
        /// The file or folder that was being written.
        path: PathBuf,
        /// What the operating system reports.
        source: io::Error,
    },
}

impl TableFormat {
    /// How the names of such files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    /// Writes `table` in this format to `out`.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write(self, table: &Table, out: impl Write + Send) -> io::Result<()> {
        match self {
            Self::Csv => write_csv(table, out),
            Self::JsonLines => write_json_lines(table, out),
            Self::Parquet => write_parquet(table, out),
        }
    }
}

/// Writes every table to a file of its own (`permissions.parquet`) in the new folder `directory`, in parallel.
///
/// # Errors
/// [`OutputError`] names the place. Nothing is left under `directory` then, nor beside it.
pub fn write_tables(directory: &Path, format: TableFormat, tables: &[Table]) -> Result<(), OutputError> {
    write_tables_into(directory, format, tables, create_private)
}

/// [`write_tables`], with the function that creates the files.
fn write_tables_into(
    directory: &Path,
    format: TableFormat,
    tables: &[Table],
    create: impl Fn(&Path) -> io::Result<File> + Sync,
) -> Result<(), OutputError> {
    let parent = free_place(directory)?;
    let prefix = temporary_prefix(directory);
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let mut temporary = builder.prefix(&prefix).tempdir_in(parent).map_err(|error| failure(parent, error))?;
    tables.par_iter().with_max_len(1).try_for_each(|table| {
        let name = format!("{}.{}", table.name(), format.extension());
        write_table(&temporary.path().join(&name), format, table, &create)
            .map_err(|error| failure(&directory.join(&name), error))
    })?;
    sync_directory(temporary.path()).map_err(|error| failure(directory, error))?;
    // Of what may have appeared under the name meanwhile, a rename replaces an empty folder only.
    fs::rename(temporary.path(), directory).map_err(|error| failure(directory, error))?;
    temporary.disable_cleanup(true);
    sync_directory(parent).map_err(|error| failure(parent, error))
}

fn write_table(
    path: &Path,
    format: TableFormat,
    table: &Table,
    create: impl Fn(&Path) -> io::Result<File>,
) -> io::Result<()> {
    let mut file = create(path)?;
    format.write(table, &mut file)?;
    file.sync_all()
}

/// Writes the new file `path` with `write`.
///
/// # Errors
/// [`OutputError`] names the place. Nothing is left under `path` then, nor beside it.
pub fn write_file(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), OutputError> {
    let parent = free_place(path)?;
    let temporary = written(path, parent, write)?;
    temporary.persist_noclobber(path).map_err(|error| failure(path, error.error))?;
    sync_directory(parent).map_err(|error| failure(parent, error))
}

/// Writes the file `path` with `write`, in place of what stands there.
///
/// # Errors
/// [`OutputError`] names the place. What stood there stays then.
pub fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), OutputError> {
    let parent = match path.symlink_metadata() {
        Ok(_) => parent_of(path),
        Err(_) => free_place(path)?,
    };
    let temporary = written(path, parent, write)?;
    temporary.persist(path).map_err(|error| failure(path, error.error))?;
    sync_directory(parent).map_err(|error| failure(parent, error))
}

/// A complete file beside `path`.
fn written(
    path: &Path,
    parent: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<tempfile::NamedTempFile, OutputError> {
    let mut temporary = tempfile::Builder::new()
        .prefix(&temporary_prefix(path))
        .tempfile_in(parent)
        .map_err(|error| failure(parent, error))?;
    let mut buffered = io::BufWriter::with_capacity(1 << 16, temporary.as_file_mut());
    write(&mut buffered).and_then(|()| buffered.flush()).map_err(|error| failure(path, error))?;
    drop(buffered);
    temporary.as_file().sync_all().map_err(|error| failure(path, error))?;
    Ok(temporary)
}

/// Checks that output can be created at `path`, and gives the folder that will hold it.
///
/// A command calls it before long work, so that the user does not wait for an answer that cannot be stored.
///
/// # Errors
/// The name is taken, or its folder does not exist or is none.
pub fn free_place(path: &Path) -> Result<&Path, OutputError> {
    if path.file_name().is_none() {
        return Err(OutputError::NoName { path: path.to_owned() });
    }
    if path.symlink_metadata().is_ok() {
        let path = path.to_owned();
        return Err(match path.metadata() {
            Ok(_) => OutputError::Exists { path },
            Err(_) => OutputError::BrokenLink { path },
        });
    }
    let parent = parent_of(path);
    match fs::metadata(parent) {
        Ok(found) if found.is_dir() => Ok(parent),
        Ok(_) => Err(OutputError::NotADirectory { path: parent.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(OutputError::NoParent { path: parent.to_owned() })
        }
        Err(error) => Err(failure(parent, error)),
    }
}

/// The folder that holds `path`.
fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How the temporary beside `path` starts: hidden, and recognisable should a crash leave it behind.
fn temporary_prefix(path: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".part-");
    prefix
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

/// Forces the names in a folder to the disk, where folders can be opened.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn failure(path: &Path, source: io::Error) -> OutputError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => OutputError::Exists { path },
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OutputError::Full { path },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            OutputError::NotWritable { path }
        }
        io::ErrorKind::NotADirectory => OutputError::NotADirectory { path },
        _ => OutputError::Io { path, source },
    }
}

#[cfg(test)]
mod tests;
