//! What the rule files may and may not contain.

use std::path::{Path, PathBuf};

fn rule_files() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of the rules")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a rule file");
        (path, text)
    };
    files.into_iter().map(read).collect()
}

/// The lines of the program in a file, none if it has none.
fn program(text: &str) -> Vec<&str> {
    let from = text.lines().skip_while(|line| line.trim() != "crepe! {").skip(1);
    from.take_while(|line| *line != "    }").collect()
}

/// crepe does not know variables bound by `for` or by an or-pattern in later atoms: they would cross-join silently.
#[test]
fn programs_bind_variables_in_atoms_and_plain_patterns_only() {
    let mut programs = 0;
    for (path, text) in rule_files() {
        let lines = program(&text);
        programs += usize::from(!lines.is_empty());
        for line in lines.iter().map(|line| line.trim()).filter(|line| !line.starts_with("//")) {
            let place = path.display();
            assert!(!line.starts_with("for "), "{place}: `{line}` binds by `for`");
            if let Some((pattern, _)) = line.strip_prefix("let ").and_then(|rest| rest.split_once('=')) {
                assert!(!pattern.contains('|'), "{place}: `{line}` binds by an or-pattern");
            }
        }
    }
    assert_eq!(programs, 4, "each rule set has its program");
}

/// Each label of a rule is followed by the rules of the semantics that it comes from, and each rule has a label.
#[test]
fn every_rule_cites_the_semantics() {
    for (path, text) in rule_files() {
        let (mut comment, mut complete) = (String::new(), false);
        for line in program(&text).into_iter().map(str::trim) {
            if let Some(text) = line.strip_prefix("//") {
                if std::mem::take(&mut complete) {
                    comment.clear();
                }
                comment += text;
            } else if line.contains("<-") {
                complete = true;
                assert!(comment.contains("S-"), "{}: `{line}` cites no rule: `{comment}`", path.display());
                let label = comment.split('.').next().unwrap_or_default().trim();
                let mut letters = label.chars();
                let labelled = letters.next().is_some_and(|letter| letter.is_ascii_uppercase())
                    && !letters.as_str().is_empty()
                    && letters.all(|letter| letter.is_ascii_digit());
                assert!(labelled, "{}: `{line}` has no label: `{comment}`", path.display());
            } else if line.is_empty() {
                comment.clear();
            }
        }
    }
}
