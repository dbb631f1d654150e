//! The tour of the sample shows what the program prints.

use std::process::Command;

/// A command and the lines that the page shows below it.
fn shown() -> Vec<(String, Vec<String>)> {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tour.md")).expect("the page");
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line.strip_prefix("    ") {
            Some(line) if line.starts_with("$ entail ") => {
                found.push((line["$ ".len()..].to_owned(), Vec::new()));
                inside = true;
            }
            Some(line) if inside => found.last_mut().expect("a command").1.push(line.to_owned()),
            None if line.is_empty() && inside => found.last_mut().expect("a command").1.push(String::new()),
            _ => inside = false,
        }
    }
    for (_, lines) in &mut found {
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
    }
    found
}

#[test]
fn the_tour_shows_what_is_printed() {
    let shown = shown();
    assert!(shown.len() > 10, "{}", shown.len());
    for (command, mut lines) in shown {
        let script = command.replacen("entail ", concat!("'", env!("CARGO_BIN_EXE_entail"), "' "), 1);
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("a shell");
        let out = String::from_utf8(output.stdout).expect("UTF-8");
        let mut printed: Vec<&str> = out.trim_end().lines().map(str::trim_end).collect();
        if lines.last().is_some_and(|line| line == "…") {
            lines.pop();
            assert!(printed.len() > lines.len(), "nothing is left out of `{command}`");
            printed.truncate(lines.len());
        }
        assert_eq!(lines, printed, "{command}");
    }
}
