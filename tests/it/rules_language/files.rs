//! Files of the disk, and a pack.

use std::io;
use std::path::{Path, PathBuf};

use entail::datalog::check::Files;

/// The disk.
pub struct OnDisk;

impl Files for OnDisk {
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize().map_err(|error| io::Error::new(error.kind(), "there is no such file"))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn packs(&self) -> &[(&str, &str)] {
        &[(
            "escalation",
            ".decl becomes(from: string, to: string)\nbecomes(From, To) :- assumes(From, To).\n",
        )]
    }
}
