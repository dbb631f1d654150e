//! Estates: layouts, rules of the formats (D-…), gaps, bad input, edits.

mod bad_input;
mod edits;
mod layouts;
mod near_misses;

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use entail::estate::{Collected, Estate, LoadOptions, PolicyRef};

type Outcome = Result<(), Box<dyn Error>>;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates").join(name)
}

fn load(path: impl AsRef<Path>) -> Result<Estate, Box<dyn Error>> {
    Ok(Estate::load(path.as_ref(), &LoadOptions::default())?)
}

/// A folder with the given files, gone when it is dropped.
fn folder(files: &[(&str, &str)]) -> std::io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        std::fs::write(path, text)?;
    }
    Ok(folder)
}

/// Everything in an estate as text, with policies in place of their ids, which differ between runs.
fn described(estate: &Estate) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let text = |policy: &PolicyRef| {
        let stored = estate.policy_text(policy);
        stored
            .map(|stored| format!("{:?} {} {:?}", stored.kind, stored.text, policy.place))
            .unwrap_or_default()
    };
    for principal in estate.principals() {
        let identity = principal.identity();
        let inline: Vec<_> =
            identity.inline.iter().map(|inline| (&inline.name, text(&inline.policy))).collect();
        let (tags, attached) = (&identity.tags, &identity.attached);
        writeln!(out, "{} {:?} {inline:?} {tags:?} {attached:?}", identity.arn, identity.unique_id)?;
    }
    for policy in estate.accounts.values().flat_map(|account| account.managed_policies.values()) {
        writeln!(out, "{} {:?}", policy.arn, policy.policy.as_ref().map(text))?;
    }
    for policy in estate.aws_managed.values() {
        writeln!(out, "{} {:?} {:?}", policy.arn, policy.version, policy.policy.as_ref().map(text))?;
    }
    for resource in estate.resources.values() {
        let policy = match &resource.policy {
            Collected::Some(policy) => text(policy),
            Collected::None => "none".into(),
            Collected::NotCollected => "not collected".into(),
        };
        writeln!(out, "{} {:?} {policy}", resource.arn, resource.tags)?;
    }
    for gap in estate.gaps().iter() {
        writeln!(out, "{} {gap}", gap.code())?;
    }
    for problem in &*estate.problems {
        writeln!(out, "{problem}")?;
    }
    Ok(out)
}
