//! Every command's help ends with examples, and they do what they say.

use std::process::Command;

/// The commands, and `""` for the help of the program.
fn commands() -> Vec<String> {
    let program = entail::cli::command();
    let names = program.get_subcommands().map(|command| command.get_name().to_owned());
    std::iter::once(String::new()).chain(names).collect()
}

/// The lines of examples in the long help of a command.
fn examples(command: &str) -> Vec<String> {
    let arguments = [command, "--help"].into_iter().filter(|argument| !argument.is_empty());
    let output = Command::new(env!("CARGO_BIN_EXE_entail")).args(arguments).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{command}");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    let after = help.split_once("Examples:\n").map(|(_, after)| after).unwrap_or_default();
    let lines = after.lines().take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// How an example ends: 0 unless it is about something found.
fn expected(example: &str) -> i32 {
    let finds = |text: &str| example.contains(text);
    // The sample has findings on purpose, and so has the policy.
    let validates = finds("entail validate") && !finds("--allow");
    // One of the questions is denied, and the first is not.
    let denied = finds("--requests examples");
    i32::from(validates || denied)
}

/// Whether an example ends as it should. What packs find in the sample is their business.
fn ends_well(example: &str, code: Option<i32>) -> bool {
    match example.contains("entail check") && !example.contains("--fail-on") {
        true => matches!(code, Some(0 | 1)),
        false => code == Some(expected(example)),
    }
}

#[test]
fn examples_do_what_they_say() {
    let root = env!("CARGO_MANIFEST_DIR");
    let program = env!("CARGO_BIN_EXE_entail");
    let mut ran = 0;
    for command in commands() {
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(format!("{root}/examples"), folder.path().join("examples"))
            .expect("a link");
        let lines = examples(&command);
        assert!(lines.len() >= 3, "`{command}` has {lines:?}");
        for line in lines {
            let script = line
                .replacen("entail ", &format!("'{program}' "), 1)
                .replace("&& entail ", &format!("&& '{program}' "));
            let output = Command::new("sh")
                .args(["-c", &script])
                .current_dir(folder.path())
                .output()
                .expect("a shell");
            let err = String::from_utf8_lossy(&output.stderr);
            assert!(ends_well(&line, output.status.code()), "{line}\n{err}");
            assert!(!err.contains("error["), "{line}\n{err}");
            ran += 1;
        }
    }
    assert!(ran > 30, "{ran}");
}

/// A paragraph is one line of the text, which is wrapped once, for the terminal. Wrapped twice it has short lines within it.
#[test]
fn paragraphs_of_help_are_wrapped_once() {
    for command in commands() {
        let arguments = [&*command, "--help"].into_iter().filter(|argument| !argument.is_empty());
        let output = Command::new(env!("CARGO_BIN_EXE_entail")).args(arguments).output().expect("it runs");
        let help = String::from_utf8(output.stdout).expect("UTF-8");
        let lines: Vec<&str> = help.lines().collect();
        for pair in lines.windows(2) {
            let [line, next] = pair else { unreachable!("two lines") };
            let is_prose = |line: &str| line.starts_with(|first: char| first.is_alphanumeric());
            let word = next.split(' ').next().unwrap_or_default();
            let is_short = line.chars().count() + 1 + word.chars().count() <= 80;
            let ends = line.ends_with(['.', ':', ';']);
            assert!(!(is_prose(line) && is_prose(next) && is_short && !ends), "{command}: {line}\n{next}");
        }
    }
}
