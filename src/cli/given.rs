//! Single files that a command is given, standard input among them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use flate2::read::MultiGzDecoder;

/// More than this is not kept of what is no regular file: it may have no end.
const MOST_BYTES: u64 = 1 << 30;

/// Reads files. What is there only once, such as standard input (`-`) or a pipe, is kept for who reads it again.
#[derive(Default)]
pub struct Given {
    kept: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
}

impl Given {
    /// The bytes of a file.
    ///
    /// # Errors
    /// It can't be read, or is no regular file and does not end.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let is_there_once = path == Path::new("-") || {
            let metadata = std::fs::metadata(path)?;
            !metadata.is_file() && !metadata.is_dir()
        };
        if !is_there_once {
            return std::fs::read(path);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = kept.get(path) {
            return Ok(bytes.clone());
        }
        let bytes = match path == Path::new("-") {
            true => bounded(io::stdin().lock(), "it is no regular file, and")?,
            false => bounded(File::open(path)?, "it is no regular file, and")?,
        };
        kept.insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }
    /// The bytes of a file that is compressed by gzip.
    ///
    /// # Errors
    /// As [`Given::read`]; it is damaged, or its text is longer than any policy or export.
    pub fn read_compressed(&self, path: &Path) -> io::Result<Vec<u8>> {
        bounded(MultiGzDecoder::new(&*self.read(path)?), "its text")
    }
}

/// What a file is called in diagnostics.
pub(super) fn name(path: &Path) -> String {
    match path == Path::new("-") {
        true => "<stdin>".to_owned(),
        false => path.display().to_string(),
    }
}

fn bounded(from: impl Read, what: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("{what} has more than {MOST_BYTES} bytes")));
    }
    Ok(bytes)
}
