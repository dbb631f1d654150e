//! The sample estate is consistent, and the generator gives the same organisation for the same seed.

#[path = "../../benches/generator/mod.rs"]
mod generator;

use generator::figures::Feature;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

const SHAPE: generator::Shape = generator::Shape { principals: 800, accounts: 8, resources: 400, seed: 7 };

fn acme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme")
}

/// Every file under `root`, by its path below `root`.
fn files(root: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
                found.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

fn generated(
    shape: generator::Shape,
) -> io::Result<(BTreeMap<PathBuf, Vec<u8>>, generator::figures::Figures)> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("organization");
    let figures = generator::generate(&shape, &out)?;
    Ok((files(&out)?, figures))
}

/// The exports among `files`.
fn exports(files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<Vec<Value>, serde_json::Error> {
    let exports = files.iter().filter(|(path, _)| path.ends_with("authorization-details.json"));
    exports.map(|(_, bytes)| serde_json::from_slice(bytes)).collect()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

fn principals(export: &Value) -> impl Iterator<Item = &Value> {
    list(export, "UserDetailList").chain(list(export, "RoleDetailList"))
}

/// Every policy, boundary and group that an export names is in the export.
fn check_references(export: &Value) {
    let policies: BTreeSet<_> = list(export, "Policies").map(|policy| policy["Arn"].as_str()).collect();
    let groups: BTreeSet<_> =
        list(export, "GroupDetailList").map(|group| group["GroupName"].as_str()).collect();
    for bearer in principals(export).chain(list(export, "GroupDetailList")) {
        for attached in list(bearer, "AttachedManagedPolicies") {
            assert!(policies.contains(&attached["PolicyArn"].as_str()), "{attached} of {}", bearer["Arn"]);
        }
        if let Some(boundary) = bearer.get("PermissionsBoundary") {
            assert!(policies.contains(&boundary["PermissionsBoundaryArn"].as_str()), "{boundary}");
        }
        for group in list(bearer, "GroupList") {
            assert!(groups.contains(&group.as_str()), "{group} of {}", bearer["Arn"]);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() -> io::Result<()> {
    let (first, figures) = generated(SHAPE)?;
    let (second, again) = generated(SHAPE)?;
    assert!(first == second);
    assert_eq!(figures, again);
    let (other, _) = generated(generator::Shape { seed: 8, ..SHAPE })?;
    assert!(first != other);
    Ok(())
}

#[test]
fn sizes_are_as_asked_and_figures_true() -> Result<(), Box<dyn std::error::Error>> {
    let (files, figures) = generated(SHAPE)?;
    let exports = exports(&files)?;
    assert_eq!(exports.len(), SHAPE.accounts);
    let arns: Vec<_> = exports.iter().flat_map(principals).map(|principal| &principal["Arn"]).collect();
    assert_eq!(arns.len(), SHAPE.principals);
    assert_eq!(
        arns.iter().map(|arn| arn.to_string()).collect::<BTreeSet<_>>().len(),
        arns.len(),
        "an ARN occurs twice"
    );
    let bounded = exports
        .iter()
        .flat_map(principals)
        .filter(|principal| principal.get("PermissionsBoundary").is_some());
    assert_eq!(bounded.count() as u64, figures.of(Feature::Boundary));
    exports.iter().for_each(check_references);

    let mut resources = 0;
    for (path, bytes) in &files {
        let value: Value = serde_json::from_slice(bytes)?;
        if path.ends_with("resource-policies.json") {
            resources += value.as_array().map_or(0, Vec::len);
        }
    }
    assert_eq!(resources, SHAPE.resources);
    assert_eq!(figures.of(Feature::Resource), SHAPE.resources as u64);
    assert_eq!(figures.bytes, files.values().map(|bytes| bytes.len() as u64).sum::<u64>());
    Ok(())
}

#[test]
fn shares_are_realistic() -> io::Result<()> {
    let (_, figures) = generated(SHAPE)?;
    let share = |part, whole| 100 * figures.of(part) / figures.of(whole).max(1);
    assert!((25..36).contains(&share(Feature::Boundary, Feature::Principal)));
    assert!((2..9).contains(&share(Feature::BroadS3, Feature::Principal)));
    assert!((75..95).contains(&share(Feature::TlsDeny, Feature::Bucket)));
    assert!((60..90).contains(&share(Feature::DelegatingKey, Feature::Key)));
    let unlike = [
        Feature::UserInTwoGroups,
        Feature::TrustsRole,
        Feature::TrustsOtherAccount,
        Feature::OrganizationGrant,
        Feature::ConditionedPublicGrant,
        Feature::VariableStatement,
        Feature::RegionDeny,
        Feature::ServiceAllowList,
        Feature::Exemption,
        Feature::ResourceControlPolicy,
    ];
    for feature in unlike {
        assert!(figures.of(feature) > 0, "no {feature:?}");
    }
    Ok(())
}

#[test]
fn an_existing_directory_is_left_alone() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    assert!(generator::generate(&SHAPE, folder.path()).is_err());
    assert_eq!(files(folder.path())?.len(), 0);
    Ok(())
}

#[test]
fn every_reference_of_the_sample_leads_somewhere() -> Result<(), Box<dyn std::error::Error>> {
    let exports = exports(&files(&acme())?)?;
    assert_eq!(exports.len(), 7, "six accounts in use and a suspended one");
    exports.iter().for_each(check_references);
    Ok(())
}

#[test]
fn every_statement_of_the_samples_own_policies_has_a_sid() -> Result<(), Box<dyn std::error::Error>> {
    fn check(value: &Value, path: &Path) {
        let aws_owned = value["Arn"].as_str().is_some_and(|arn| {
            arn.starts_with("arn:aws:iam::aws:") || arn.contains(":role/aws-service-role/")
        });
        for statement in list(value, "Statement") {
            assert!(statement.get("Sid").is_some(), "{}: {statement}", path.display());
        }
        match value {
            Value::Object(members) if !aws_owned => members.values().for_each(|member| check(member, path)),
            Value::Array(items) => items.iter().for_each(|item| check(item, path)),
            _ => {}
        }
    }
    for (path, bytes) in
        files(&acme())?.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "json"))
    {
        check(&serde_json::from_slice(bytes)?, path);
    }
    Ok(())
}

#[test]
fn expected_answers_are_about_principals_of_the_sample() -> Result<(), Box<dyn std::error::Error>> {
    let arns: BTreeSet<String> = exports(&files(&acme())?)?
        .iter()
        .flat_map(principals)
        .filter_map(|principal| principal["Arn"].as_str().map(String::from))
        .collect();
    let text = fs::read_to_string(acme().join("expected.jsonl"))?;
    let rows: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert!(rows.len() >= 60);
    let mut asked = BTreeSet::new();
    for row in &rows {
        let principal = row["principal"].as_str().unwrap_or_default();
        let ours =
            principal.split(':').nth(4).is_some_and(|account| acme().join("accounts").join(account).is_dir());
        if ours && (principal.contains(":user/") || principal.contains(":role/")) {
            assert!(arns.contains(principal), "{principal} does not exist");
        }
        assert!(
            asked.insert(
                [&row["principal"], &row["action"], &row["resource"], &row["context"]].map(Value::to_string)
            ),
            "twice: {row}"
        );
        let decision = row["decision"].as_str().unwrap_or_default();
        assert!(
            ["Allowed", "Conditional", "ExplicitlyDenied", "ImplicitlyDenied", "Unknown"].contains(&decision),
            "{row}"
        );
        assert!(list(row, "rules").count() > 0 && row["why"].is_string(), "{row}");
    }
    Ok(())
}
