//! Output on disks and in folders that do not take it.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{OutputError, TableFormat, write_file, write_tables, write_tables_into};
use crate::output::{Column, ColumnData, Table};

const FORMATS: [TableFormat; 3] = [TableFormat::Csv, TableFormat::JsonLines, TableFormat::Parquet];

fn table(rows: u32) -> Table {
    let texts = (0..rows).map(|row| format!("text {row}")).collect();
    let columns = vec![
        Column::new("id", ColumnData::U32((0..rows).collect())),
        Column::new("text", ColumnData::Text(texts)),
    ];
    Table::new("things", columns).expect("equal lengths")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// Takes `left` bytes and is full then.
struct Filling {
    left: usize,
}

impl Write for Filling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.left);
        self.left -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn every_format_passes_on_that_the_disk_filled_up_wherever_it_did() {
    let table = table(2_000);
    for format in FORMATS {
        let mut whole = Vec::new();
        format.write(&table, &mut whole).expect("memory takes everything");
        for left in [0, 1, 3, whole.len() / 2, whole.len() - 1] {
            let error = format.write(&table, Filling { left }).expect_err("the disk is full");
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{format:?} after {left} bytes");
        }
        format.write(&table, Filling { left: whole.len() }).expect("just enough space");
    }
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path().join("report");
    for format in FORMATS {
        let full = |_: &Path| File::options().write(true).open("/dev/full");
        let error =
            write_tables_into(&directory, format, &[table(2_000)], full).expect_err("the disk is full");
        let expected = directory.join(format!("things.{}", format.extension()));
        assert!(matches!(&error, OutputError::Full { path } if *path == expected), "{error:?}");
        assert_eq!(names(place.path()), [""; 0]);
    }
}

#[test]
fn a_file_that_cannot_be_completed_leaves_nothing_behind() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("rows.csv");
    let error = write_file(&path, |out| {
        out.write_all(b"half")?;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert!(matches!(&error, Err(OutputError::Full { path: named }) if *named == path), "{error:?}");
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn folder_and_files_are_their_owners_alone() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path().join("report");
    write_tables(&directory, TableFormat::Csv, &[table(3)]).expect("a writable place");
    write_file(&place.path().join("rows"), |out| out.write_all(b"x")).expect("a writable place");
    let mode = |path: &str| place.path().join(path).metadata().expect("written").permissions().mode() & 0o777;
    assert_eq!((mode("report"), mode("report/things.csv"), mode("rows")), (0o700, 0o600, 0o600));
    assert_eq!(names(&directory), ["things.csv"]);
}

#[test]
fn what_exists_is_never_replaced() {
    let place = tempfile::tempdir().expect("a folder");
    let (file, folder, link) =
        (place.path().join("file"), place.path().join("folder"), place.path().join("link"));
    std::fs::write(&file, "kept").expect("a writable place");
    std::fs::create_dir(&folder).expect("a writable place");
    std::os::unix::fs::symlink("nowhere", &link).expect("a writable place");
    for taken in [&file, &folder, &link] {
        // A link that leads nowhere is told apart: what it stands for can't be seen.
        let is_told = |error: &OutputError| match error {
            OutputError::Exists { path } => path == taken && taken != &link,
            OutputError::BrokenLink { path } => path == taken && taken == &link,
            _ => false,
        };
        let error = write_tables(taken, TableFormat::Csv, &[table(1)]).expect_err("it is refused");
        assert!(is_told(&error), "{error:?}");
        let error = write_file(taken, |_| Ok(())).expect_err("it is refused");
        assert!(is_told(&error), "{error:?}");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("still there"), "kept");
    assert_eq!(names(place.path()).len(), 3);
}

#[test]
fn a_place_that_cannot_hold_output_is_named() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("file");
    std::fs::write(&file, "").expect("a writable place");
    let tables = [table(1)];
    let error = write_tables(&file.join("report"), TableFormat::Csv, &tables);
    assert!(matches!(&error, Err(OutputError::NotADirectory { path }) if *path == file), "{error:?}");
    let error = write_tables(&place.path().join("none/report"), TableFormat::Csv, &tables);
    assert!(
        matches!(&error, Err(OutputError::NoParent { path }) if *path == place.path().join("none")),
        "{error:?}"
    );
    for nameless in ["", "/", ".."] {
        let error = write_tables(Path::new(nameless), TableFormat::Csv, &tables);
        assert!(matches!(&error, Err(OutputError::NoName { .. })), "{error:?}");
    }
    // `/proc` takes no new entries from anybody, root included.
    let error = write_tables(Path::new("/proc/report"), TableFormat::Csv, &tables)
        .expect_err("nothing can be created");
    assert!(error.to_string().contains("`/proc`"), "{error}");
}
