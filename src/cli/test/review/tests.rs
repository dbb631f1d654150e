//! Answers to a review, and what they make of a snapshot.

use std::io::Cursor;
use std::path::PathBuf;

use super::Review;
use crate::cli::test::snapshot::Snapshot;

const BEFORE: &str =
    "test \"one\"\n  low a(\"x\")\n    x\n\ntest \"two\"\n  nothing\n\ntest \"gone\"\n  nothing\n\n";
const NOW: &str =
    "test \"new\"\n  nothing\n\ntest \"one\"\n  low a(\"y\")\n    y\n\ntest \"two\"\n  nothing\n\n";

/// What stands in the file after a review by these lines, what is left, and what was shown.
fn reviewed(before: Option<&str>, now: &str, lines: &str) -> (String, Vec<String>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let pack: PathBuf = folder.path().join("a.rules");
    if let Some(before) = before {
        std::fs::write(pack.with_extension("snap"), before).expect("writable");
    }
    let snapshot = Snapshot::beside(&pack).expect("readable");
    let (mut input, mut out) = (Cursor::new(lines.to_owned()), Vec::new());
    let outcome = Review::default().of(&snapshot, now, &mut input, &mut out).expect("a review");
    (outcome.text, outcome.left, String::from_utf8(out).expect("UTF-8"))
}

#[test]
fn each_change_is_decided_by_itself() {
    let (text, left, out) = reviewed(Some(BEFORE), NOW, "a\nwhat?\nr\ns\n");
    let one = "test \"one\"\n  low a(\"x\")\n    x\n\n";
    assert_eq!(
        text,
        format!("test \"new\"\n  nothing\n\n{one}test \"two\"\n  nothing\n\ntest \"gone\"\n  nothing\n\n")
    );
    assert_eq!(
        left,
        [
            "test \"one\" finds something else, which was rejected",
            "test \"gone\" is gone, which waits for a review"
        ]
    );
    assert!(out.contains("-  low a(\"x\")\n") && out.contains("+  low a(\"y\")\n"), "{out}");
    assert_eq!(out.matches("[a]ccept").count(), 4, "an answer that is none is asked for again: {out}");
    assert!(!out.contains("\"two\""), "what did not change is not shown: {out}");
}

#[test]
fn all_that_is_left_can_be_accepted_or_skipped() {
    let (text, left, _) = reviewed(Some(BEFORE), NOW, "A\n");
    assert_eq!((text.as_str(), left.len()), (NOW, 0));
    for lines in ["q\n", ""] {
        let (text, left, _) = reviewed(Some(BEFORE), NOW, lines);
        assert_eq!((text.as_str(), left.len()), (BEFORE, 3), "{lines:?}");
    }
    let (text, left, _) = reviewed(Some(BEFORE), NOW, "a\nq\n");
    assert!(text.starts_with("test \"new\"") && text.contains("low a(\"x\")"), "{text}");
    assert_eq!(left.len(), 2);
}

#[test]
fn a_first_snapshot_is_reviewed_too() {
    let (text, left, out) = reviewed(None, NOW, "a\na\na\n");
    assert_eq!((text.as_str(), left.len()), (NOW, 0));
    assert_eq!(out.matches("+  nothing").count(), 2);
    let (text, left, _) = reviewed(None, NOW, "r\nr\nr\n");
    assert_eq!((text.as_str(), left.len()), ("", 3));
}

#[test]
fn tests_that_only_moved_are_no_change() {
    let (one, two) = ("test \"one\"\n  nothing\n\n", "test \"two\"\n  nothing\n\n");
    let (text, left, out) = reviewed(Some(&format!("{one}{two}")), &format!("{two}{one}"), "");
    assert_eq!((text, left.len(), out.as_str()), (format!("{two}{one}"), 0, ""));
}
