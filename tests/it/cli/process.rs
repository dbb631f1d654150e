//! The program itself.

use std::process::{Command, Stdio};

fn entail() -> Command {
    Command::new(env!("CARGO_BIN_EXE_entail"))
}

#[test]
fn exit_codes_leave_the_process() {
    let code = |arguments: &[&str]| entail().args(arguments).output().expect("it runs").status.code();
    assert_eq!(code(&["--help"]), Some(0));
    assert_eq!(code(&["can", "--frobnicate"]), Some(2));
    assert_eq!(code(&["report", "examples", "--format", "parquet"]), Some(2));
}

#[test]
fn nobody_listening_is_no_failure() {
    let mut child = entail()
        .args(["can", "--help"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn arguments_that_are_not_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"arn:\xff");
    let output = entail().args(["can", "estate"]).arg(odd).arg("s3:GetObject").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
}
