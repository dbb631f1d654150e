//! `entail fmt`.

use std::io::Write;
use std::process::{Command, Stdio};

fn fmt(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_entail"))
        .arg("fmt")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // A command that reads no input may be gone already.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn files_are_formatted_in_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (odd, good, bad, binary) =
        (path("odd.rules"), path("good.rules"), path("bad.rules"), path("binary.rules"));
    std::fs::write(&odd, "p( 1 ).\n\n\n\nq(2). // two").expect("written");
    std::fs::write(&good, "p(1).\n").expect("written");
    std::fs::write(&bad, "p(1)\nq(.\n").expect("written");
    std::fs::write(&binary, b"p(\"\xff\").").expect("written");

    let (code, out, err) = fmt(&["--check", &good, &odd], "");
    assert_eq!((code, err.as_str()), (Some(1), ""));
    assert_eq!(out, format!("{odd}:1: would be formatted\n-p( 1 ).\n-\n-\n+p(1).\n"));
    assert!(std::fs::read_to_string(&odd).expect("read").starts_with("p( 1 )"), "`--check` changes nothing");

    assert_eq!(fmt(&[&good, &odd], ""), (Some(0), String::new(), String::new()));
    assert_eq!(std::fs::read_to_string(&odd).expect("read"), "p(1).\n\nq(2). // two\n");
    assert_eq!(fmt(&["--check", &good, &odd], "").0, Some(0));

    let (code, out, err) = fmt(&[&bad, &binary], "");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("bad.rules:1:4") && err.contains("bad.rules:2:3") && err.contains("UTF-8"), "{err}");
    assert_eq!(std::fs::read_to_string(&bad).expect("read"), "p(1)\nq(.\n");
    assert_eq!(fmt(&[&path("none.rules")], "").0, Some(2));
    assert_eq!(fmt(&["-"], "p( X ):-q(X)."), (Some(0), "p(X) :- q(X).\n".to_owned(), String::new()));
}

#[test]
fn rule_files_of_folders_are_formatted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    std::fs::create_dir_all(folder.path().join("within")).expect("a folder");
    std::fs::create_dir_all(folder.path().join("bare.rules")).expect("a folder");
    for name in ["b.rules", "within/a.rules", "other.facts"] {
        std::fs::write(path(name), "p( 1 ).").expect("written");
    }
    std::os::unix::fs::symlink(folder.path(), path("within/round")).expect("a link");
    let (code, out, err) = fmt(&["--check", &path("")], "");
    assert_eq!((code, err.as_str()), (Some(1), ""));
    let named: Vec<&str> = out.lines().filter(|line| line.ends_with("would be formatted")).collect();
    assert_eq!(named.len(), 2, "{out}");
    assert!(named[0].contains("b.rules") && named[1].contains("a.rules"), "{out}");
    assert_eq!(fmt(&[&path("")], ""), (Some(0), String::new(), String::new()));
    assert_eq!(std::fs::read_to_string(path("within/a.rules")).expect("read"), "p(1).\n");
    assert_eq!(std::fs::read_to_string(path("other.facts")).expect("read"), "p( 1 ).");
    let (code, _, err) = fmt(&[&path("bare.rules")], "");
    assert!(code == Some(2) && err.contains("has no file that ends in `.rules`"), "{err}");
}
