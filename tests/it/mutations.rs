//! The patches of `tests/mutations`: there is one for each rule file and each family of condition operators, and each fits the
//! sources. That tests notice them is for `tests/mutations/run` to show.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Beginnings of the names of patches, one for each family of operators and each way to read several values or none.
const FAMILIES: &[&str] = &[
    "condition-string-",
    "condition-ignore-case-",
    "condition-like-",
    "condition-number-",
    "condition-date-",
    "condition-bool-",
    "condition-binary-",
    "condition-address-",
    "condition-arn-",
    "condition-null-",
    "condition-if-exists-",
    "condition-any-value-",
    "condition-all-values-",
];

/// Rule files that decide nothing: the list of modules, and what switches rules off.
const WITHOUT_RULES: &[&str] = &["src/rules/mod.rs", "src/rules/without.rs"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The names of the patches with their texts.
fn patches() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("tests/mutations")).into_iter().flatten().flatten();
    let paths =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "patch"));
    let named = |path: PathBuf| {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        (name, fs::read_to_string(path).expect("a patch can be read"))
    };
    paths.map(named).collect()
}

/// The file that a patch changes.
fn changed(patch: &str) -> &str {
    let line = patch.lines().find_map(|line| line.strip_prefix("+++ b/")).unwrap_or_default();
    line.split('\t').next().unwrap_or_default()
}

/// The Rust files below a folder, by their paths from the root.
fn files_below(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let short = path.strip_prefix(root()).unwrap_or(&path);
            into.insert(short.to_string_lossy().into_owned());
        }
    }
}

#[test]
fn every_rule_file_and_operator_family_has_a_mutation() {
    let patches = patches();
    let changed: BTreeSet<&str> = patches.iter().map(|(_, patch)| changed(patch)).collect();
    let mut files = BTreeSet::new();
    files_below(&root().join("src/rules"), &mut files);
    assert!(files.len() >= 20, "the rule files are where they were");
    let without = |file: &&String| !WITHOUT_RULES.contains(&&***file) && !changed.contains(&***file);
    let unchanged: Vec<&String> = files.iter().filter(without).collect();
    assert!(unchanged.is_empty(), "no patch changes {unchanged:?}");
    let named = |family: &&&str| patches.iter().any(|(name, _)| name.starts_with(**family));
    let missing: Vec<&&str> = FAMILIES.iter().filter(|family| !named(family)).collect();
    assert!(missing.is_empty(), "no patch is named {missing:?}");
}

#[test]
fn every_mutation_fits_its_file() {
    for (name, patch) in patches() {
        let file = changed(&patch);
        let text = fs::read_to_string(root().join(file)).unwrap_or_default();
        let mut hunks: Vec<String> = Vec::new();
        for line in patch.lines().skip_while(|line| !line.starts_with("@@")) {
            match (line.split_at_checked(1), hunks.last_mut()) {
                (Some(("@", _)), _) => hunks.push(String::new()),
                (Some((" " | "-", rest)), Some(hunk)) => {
                    hunk.push_str(rest);
                    hunk.push('\n');
                }
                (None, Some(hunk)) => hunk.push('\n'),
                _ => {}
            }
        }
        assert!(!hunks.is_empty(), "{name} changes nothing");
        for hunk in hunks {
            assert!(text.contains(&hunk), "{name} does not fit {file}:\n{hunk}");
        }
    }
}
