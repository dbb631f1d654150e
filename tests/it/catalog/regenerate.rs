//! The generator's text reads back as the package says, and what is not as it should be is refused.

#[path = "../../../catalog/package.rs"]
mod package;

use std::fs;
use std::path::Path;

use entail::catalog::{AccessLevel, ActionId, Catalog, KeyType, Supply};

/// A package of two services, as small as shows every part of the format.
fn write_package(root: &Path) -> std::io::Result<()> {
    let files = [
        ("package.json", r#"{"name": "p", "version": "1.2.3", "updatedAt": "2026-01-02T03:04:05Z"}"#),
        ("data/services.json", r#"["alpha", "beta"]"#),
        ("data/serviceNames.json", r#"{"alpha": "Service Alpha", "beta": "Service Beta"}"#),
        ("data/rcpSupportedServices.json", r#"["beta"]"#),
        (
            "data/actions/alpha.json",
            r#"{
                "putthing": {"name": "PutThing", "accessLevel": "Write", "conditionKeys": ["aws:TagKeys", "alpha:Size"],
                    "dependentActions": [], "resourceTypes": [
                        {"name": "thing", "required": true, "conditionKeys": ["alpha:Color"], "dependentActions": []},
                        {"name": "part", "required": false, "conditionKeys": [], "dependentActions": []}]},
                "listthings": {"name": "ListThings", "accessLevel": "List", "conditionKeys": [], "dependentActions": [],
                    "resourceTypes": []},
                "tagthing": {"name": "TagThing", "accessLevel": "Tagging, Write", "conditionKeys": [], "dependentActions": [],
                    "resourceTypes": [{"name": "thing", "required": true, "conditionKeys": [], "dependentActions": []}]}
            }"#,
        ),
        (
            "data/resourceTypes/alpha.json",
            r#"{
                "thing": {"key": "thing", "arn": "arn:${Partition}:alpha:${Region}:${Account}:thing/${Name}, arn:${Partition}:alpha:::old/${Name}",
                    "conditionKeys": ["alpha:ResourceTag/tag-key"]},
                "part": {"key": "part", "arn": "arn:${Partition}:alpha:${Region}:${Account}:thing/${Name}/part/${Part}"}
            }"#,
        ),
        (
            "data/conditionKeys/alpha.json",
            r#"{
                "aws:tagkeys": {"key": "aws:TagKeys", "description": "", "type": "ArrayOfString"},
                "alpha:size": {"key": "alpha:Size", "description": "", "type": "Numeric"},
                "alpha:color": {"key": "alpha:Color", "description": "", "type": "ArrayOfString"},
                "alpha:resourcetag/tag-key": {"key": "alpha:ResourceTag/tag-key", "description": "", "type": "String"}
            }"#,
        ),
        ("data/actions/beta.json", "{}"),
        ("data/resourceTypes/beta.json", "{}"),
        ("data/conditionKeys/beta.json", "{}"),
    ];
    for (name, text) in files {
        let path = root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

#[test]
fn a_package_reads_back_as_it_was_written() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    write_package(folder.path())?;
    let text = package::catalog_text(folder.path())?;
    assert_eq!(text, package::catalog_text(folder.path())?, "the same package gives the same bytes");
    let catalog = Catalog::parse(text.leak())?;

    assert_eq!(
        (catalog.source().package, catalog.source().version, catalog.source().date),
        ("p", "1.2.3", "2026-01-02")
    );
    assert_eq!(
        catalog.services().iter().map(|service| service.name).collect::<Vec<_>>(),
        ["Service Alpha", "Service Beta"]
    );
    assert_eq!(catalog.rcp_services(), ["beta"]);
    let names: Vec<String> = catalog.action_ids().map(|action| catalog.action_name(action)).collect();
    assert_eq!(names, ["alpha:ListThings", "alpha:PutThing", "alpha:TagThing"]);
    assert!(catalog.is_wildcard_only(ActionId(0)));
    assert_eq!(catalog.action(ActionId(2)).map(|action| action.level), Some(AccessLevel::Tagging));
    let lines = catalog.resource_types_of(ActionId(1));
    let lines: Vec<(&str, bool)> =
        lines.iter().filter_map(|line| Some((catalog.resource_type(line.id)?.name, line.required))).collect();
    assert_eq!(lines, [("part", false), ("thing", true)]);
    let thing = catalog.resource_types().iter().find(|kind| kind.name == "thing").ok_or("no thing")?;
    assert_eq!(thing.globs, ["arn:*:alpha:*:*:thing/*", "arn:*:alpha:::old/*"]);
    assert_eq!(thing.except, ["arn:*:alpha:*:*:thing/*/part/*"]);
    assert_eq!(catalog.key("ALPHA:size").map(|key| key.key_type), Some(KeyType::Numeric));
    for (action, key, expected) in [
        (1, "alpha:Size", Supply::Yes),
        (2, "alpha:Size", Supply::No),
        (1, "alpha:Color", Supply::Yes),
        (2, "alpha:Color", Supply::No),
        (2, "alpha:ResourceTag/x", Supply::Yes),
        (0, "alpha:ResourceTag/x", Supply::No),
        (0, "aws:TagKeys", Supply::No),
        (1, "aws:TagKeys", Supply::Yes),
    ] {
        assert_eq!(catalog.supplies(ActionId(action), key), expected, "{action} {key}");
    }
    Ok(())
}

#[test]
fn a_package_of_another_shape_is_refused() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let change = |file: &str, from: &str, to: &str| -> Result<String, Box<dyn std::error::Error>> {
        write_package(folder.path())?;
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path)?;
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replace(from, to))?;
        Ok(package::catalog_text(folder.path()).err().map_or_else(String::new, |problem| problem.to_string()))
    };
    let actions = "data/actions/alpha.json";
    assert!(change(actions, "\"List\"", "\"Peek\"")?.contains("`Peek` is not a known access level"));
    assert!(
        change(actions, "\"dependentActions\": [],\n", "\"dependentActions\": [\"a:B\"],\n")?
            .contains("dependent actions")
    );
    assert!(
        change("data/conditionKeys/alpha.json", "\"Numeric\"", "\"Vague\"")?
            .contains("`Vague` is not a known key type")
    );
    assert!(
        change(actions, "\"alpha:Color\"", "\"alpha:Colour\"")?
            .contains("`alpha:Colour` is not among its condition keys")
    );
    assert!(change("data/serviceNames.json", "\"beta\"", "\"bet\"")?.contains("`beta` has no name"));
    Ok(())
}

#[test]
fn a_broken_text_is_refused_with_its_line() {
    let problem = |text: &'static str| {
        Catalog::parse(text).err().map(|problem| problem.to_string()).unwrap_or_default()
    };
    let head = "entail-catalog\t1\nsource\tp\t1\t2026-01-01\n";
    assert_eq!(Catalog::parse(head).map(|catalog| catalog.actions().len()), Ok(0));
    assert!(problem("").contains("entail-catalog"));
    assert!(problem("entail-catalog\t2").starts_with("line 1 "));
    assert!(problem("entail-catalog\t1\nsource\tp").starts_with("line 2 "));
    assert!(problem("entail-catalog\t1\nR\tGet\t-").contains("no service"));
    assert!(problem("entail-catalog\t1\ns\ta\tA\nR\tGet\t0").contains("no key list"));
    assert!(problem("entail-catalog\t1\ns\ta\tA\nR\tGet\t-\t4").contains("no resource type"));
    assert!(problem("entail-catalog\t1\ns\tb\tB\ns\ta\tA").contains("sorted"));
    assert!(problem("entail-catalog\t1\nsource\tp\t1\td\ns\ta\tA\nR\tGet\t-\nR\tAdd\t-").contains("sorted"));
    assert!(problem("entail-catalog\t1\ns\ta\tA\nk\ta:b\tQ").contains("key type"));
    assert!(problem("entail-catalog\t1\nwhat").contains("unknown kind"));
}
