//! Input that can't be loaded: which error, and where.

use entail::estate::{Estate, LoadError, LoadOptions, ProblemKind};

use super::{Outcome, fixture, folder};

const DETAILS: &str = "accounts/111111111111/authorization-details.json";

/// The errors of a folder with these files: code, and line, column and path where there are such.
fn errors(files: &[(&str, &str)]) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let folder = folder(files)?;
    let error = Estate::load(folder.path(), &LoadOptions::default()).err().ok_or("it was loaded")?;
    Ok(listed(&error, folder.path()))
}

fn listed(error: &LoadError, root: &std::path::Path) -> Vec<String> {
    let line = |problem: &entail::estate::Problem| {
        let text = problem.to_string().replace(&root.display().to_string(), "");
        format!("{}{text}", problem.kind.code())
    };
    error.problems.iter().filter(|problem| problem.is_error()).map(line).collect()
}

fn of_details(text: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    errors(&[(DETAILS, text)])
}

#[test]
fn text_that_is_not_json() -> Outcome {
    let cases = [
        "",
        "nonsense",
        "{\n  \"UserDetailList\": [\n    {\"Arn\": \"arn:aws:iam::111111111111:user/a\", oops}\n  ]\n}",
        "{\"UserDetailList\": [{\"Arn\": \"arn:aws:iam::1",
        "{\"UserDetailList\": [{}",
        "{\"UserDetailList\": [}",
        "{\"UserDetailList\": []} and more",
    ];
    let mut seen = Vec::new();
    for case in cases {
        seen.push(of_details(case)?.join("\n"));
    }
    insta::assert_snapshot!(seen.join("\n"));
    Ok(())
}

#[test]
fn json_of_the_wrong_shape() -> Outcome {
    let user = r#"{"Arn": "arn:aws:iam::111111111111:user/a""#;
    let cases = [
        "[1]".to_owned(),
        "{}".to_owned(),
        r#"{"UserDetailList": {}}"#.to_owned(),
        r#"{"UserDetailList": [], "UserDetailList": []}"#.to_owned(),
        r#"{"UserDetailList": [17, {"UserName": "a"}]}"#.to_owned(),
        format!(r#"{{"UserDetailList": [{user}, "GroupList": "admins"}}]}}"#),
        format!(r#"{{"UserDetailList": [{user}, "Tags": [{{"Value": "v"}}]}}]}}"#),
        format!(r#"{{"UserDetailList": [{user}, "UserPolicyList": [{{"PolicyName": "p"}}]}}]}}"#),
        format!(
            r#"{{"UserDetailList": [{user}, "UserPolicyList": [{{"PolicyName": "p", "PolicyDocument": "\ud800"}}]}}]}}"#
        ),
        format!(r#"{{"UserDetailList": [{user}, "UserName": "b"}}]}}"#),
        r#"{"Policies": [{"Arn": "arn:aws:iam::aws:policy/P", "PolicyVersionList": [
            {"VersionId": "v1", "IsDefaultVersion": true}, {"VersionId": "v2", "IsDefaultVersion": true}]}]}"#
            .to_owned(),
    ];
    let mut seen = Vec::new();
    for case in cases {
        seen.push(of_details(&case)?.join("\n"));
    }
    insta::assert_snapshot!(seen.join("\n"));
    Ok(())
}

#[test]
fn arns_that_are_malformed_or_of_another_account() -> Outcome {
    let seen = of_details(
        r#"{"UserDetailList": [
            {"Arn": "alice"},
            {"Arn": "arn:aws:iam::111111111111:role/alice"},
            {"Arn": "arn:aws:iam::222222222222:user/alice"},
            {"Arn": "arn:aws:iam::111111111111:user/bob", "AttachedManagedPolicies": [{"PolicyArn": "P"}]},
            {"Arn": "arn:aws:iam::111111111111:user/"}
        ]}"#,
    )?;
    insta::assert_snapshot!(seen.join("\n"));
    let alone = of_single(r#"{"Policies": [{"Arn": "arn:aws:iam::aws:policy/P"}]}"#)?;
    assert_eq!(
        alone,
        [
            "unknown-account/export.json:1:1, at $: nothing here tells which account this is: it names no user, group, role or policy of one"
        ]
    );
    Ok(())
}

fn of_single(text: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    errors(&[("export.json", text)])
}

#[test]
fn things_that_are_there_twice() -> Outcome {
    let user =
        r#"{"Arn": "arn:aws:iam::111111111111:user/a/Bob"}, {"Arn": "arn:aws:iam::111111111111:user/BOB"}"#;
    let seen = errors(&[
        (DETAILS, &format!("{{\"UserDetailList\": [{user}]}}")),
        ("accounts/111111111111/resource-policies.json", r#"[{"Arn": "arn:aws:s3:::b"}]"#),
        ("accounts/222222222222/resource-policies.json", r#"[{"Arn": "arn:aws:s3:::b"}]"#),
        ("organizations/a.json", r#"{"Organization": {"Id": "o-a"}, "Accounts": [{"Id": "111111111111"}]}"#),
        ("organizations/b.json", r#"{"Organization": {"Id": "o-a"}, "Accounts": [{"Id": "111111111111"}]}"#),
    ])?;
    insta::assert_snapshot!(seen.join("\n"));
    Ok(())
}

#[test]
fn organisations_that_make_no_sense() -> Outcome {
    let seen = errors(&[(
        "organization.json",
        r#"{"Organization": {"Id": "o-a"},
            "OrganizationalUnits": [{"Id": "ou-1", "ParentId": "ou-2"}, {"Id": "ou-2", "ParentId": "ou-1"}, {"Id": "ou-3"}],
            "Accounts": [{"Id": "12"}, {"Id": "111111111111", "Status": "ODD"}],
            "Policies": [{"Id": "p-1", "Type": "SERVICE_CONTROL_POLICY", "Targets": ["elsewhere"]}]}"#,
    )])?;
    insta::assert_snapshot!(seen.join("\n"));
    Ok(())
}

#[test]
fn problems_of_all_files_are_reported() -> Outcome {
    let seen = errors(&[
        ("accounts/111111111111/authorization-details.json", r#"{"UserDetailList": ["#),
        ("accounts/222222222222/authorization-details.json", "17"),
        ("accounts/222222222222/account.json", r#"{"Alias": 1}"#),
        ("accounts/staging/account.json", "{}"),
    ])?;
    let codes: Vec<&str> = seen.iter().filter_map(|line| line.split('/').next()).collect();
    assert_eq!(codes, ["truncated-json", "wrong-shape", "wrong-shape", "malformed-account-id"], "{seen:?}");
    Ok(())
}

#[test]
fn folders_without_a_layout_or_with_two() -> Outcome {
    let missing = Estate::load("no/such/folder".as_ref(), &LoadOptions::default()).err().ok_or("loaded")?;
    assert_eq!(missing.to_string(), "no/such/folder: there is no such file or folder");
    assert_eq!(errors(&[])?, ["empty-folder: the folder holds no files of a known layout"]);
    assert_eq!(errors(&[("readme.txt", "")])?.len(), 1);
    let mixed = errors(&[
        ("organization.json", "{}"),
        ("aws/aws/accounts/111111111111/iam/role/r/metadata.json", "{}"),
    ])?;
    assert_eq!(mixed, ["mixed-layouts: the folder mixes entail's layout with iam-collect's layout"]);
    let mixed = errors(&[(DETAILS, "{}"), ("accounts/222222222222/iam/role/r/metadata.json", "{}")])?;
    assert_eq!(mixed, ["mixed-layouts: the folder mixes entail's layout with iam-collect's layout"]);
    let twice = errors(&[(DETAILS, "{}"), ("accounts/111111111111/authorization-details.json.gz", "")])?;
    assert!(twice.iter().all(|error| error.starts_with("duplicate-file")) && twice.len() == 1, "{twice:?}");
    Ok(())
}

#[test]
fn bytes_that_are_no_text() -> Outcome {
    let folder = folder(&[(DETAILS, "")])?;
    std::fs::write(folder.path().join(DETAILS), b"{\n\"UserDetailList\": [\"\xff\"]}")?;
    std::fs::write(folder.path().join("accounts/111111111111/account.json.gz"), b"not compressed")?;
    let error = Estate::load(folder.path(), &LoadOptions::default()).err().ok_or("loaded")?;
    let seen = listed(&error, folder.path());
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[0].starts_with("not-gzip"), "{seen:?}");
    assert!(
        seen[1].starts_with("not-utf-8") && seen[1].contains(":2:21, at $.UserDetailList[0]"),
        "{seen:?}"
    );
    Ok(())
}

#[test]
fn nesting_without_end_is_no_danger() -> Outcome {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let user = r#"{"Arn": "arn:aws:iam::111111111111:user/a""#;
    let inline = format!(r#""UserPolicyList": [{{"PolicyName": "p", "PolicyDocument": {deep}}}]"#);
    // What nobody looks at may nest as it likes; a policy is for its parser to refuse.
    let folder =
        folder(&[(DETAILS, &format!(r#"{{"UserDetailList": [{user}, {inline}, "Odd": {deep}}}]}}"#))])?;
    assert!(Estate::load(folder.path(), &LoadOptions::default()).is_ok());
    let tags = of_details(&format!(r#"{{"UserDetailList": [{user}, "Tags": {deep}}}]}}"#))?;
    assert!(tags.len() == 1 && tags[0].starts_with("wrong-shape"), "{tags:?}");
    let open = of_details(&"[".repeat(100_000))?;
    assert!(open.len() == 1, "{open:?}");
    Ok(())
}

#[test]
fn many_errors_of_one_file_end_in_a_count() -> Outcome {
    let folder = folder(&[(DETAILS, &format!("{{\"UserDetailList\": [{}]}}", vec!["1"; 1000].join(",")))])?;
    let error = Estate::load(folder.path(), &LoadOptions::default()).err().ok_or("loaded")?;
    assert_eq!(error.problems.len(), 201);
    assert!(error.problems.iter().any(|problem| problem.kind == ProblemKind::More(800)));
    Ok(())
}

#[test]
fn a_file_that_changed_is_not_shown() -> Outcome {
    let text = std::fs::read_to_string(fixture("single/export.json"))?;
    let folder = folder(&[("export.json", &text)])?;
    let estate = super::load(folder.path())?;
    std::fs::write(folder.path().join("export.json"), text.replace("s3:Get*", "s3:Put*"))?;
    let mut locator = entail::estate::Locator::new(&estate.sources);
    let alice = estate.principals_named("alice");
    let inline = alice.first().and_then(|alice| alice.identity().inline.first()).ok_or("no policy")?;
    let error = locator.policy(&inline.policy, &estate.policies).err().ok_or("it was shown")?;
    assert_eq!(error.kind, ProblemKind::Changed);
    Ok(())
}

/// What would limit access if it could be read is not passed over.
#[test]
fn limits_of_the_wrong_shape() -> Outcome {
    let details = r#"{"UserDetailList": [{"Arn": "arn:aws:iam::111111111111:user/a"}]}"#;
    for settings in ["1", "\"PublicAccessBlock\"", "[]", "true"] {
        let bucket = format!(r#"[{{"Arn": "arn:aws:s3:::b", "Settings": {settings}}}]"#);
        let seen = errors(&[(DETAILS, details), ("accounts/111111111111/resource-policies.json", &bucket)])?;
        assert_eq!(seen.len(), 1, "{settings}: {seen:?}");
        assert!(seen[0].contains("Settings"), "{seen:?}");
    }
    let organization = r#"{"Organization": {"Id": "o-a"}, "Accounts": [],
        "Roots": [{"Id": "r-1", "PolicyTypes": [{"Status": "ENABLED"}]}]}"#;
    let seen = errors(&[(DETAILS, details), ("organization.json", organization)])?;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].contains("Type"), "{seen:?}");
    Ok(())
}

/// S-EVAL-12: a list or grant that is not understood is an error, and no list without entries.
#[test]
fn lists_and_grants_of_other_shapes() -> Outcome {
    let settings = [
        r#"{"LaunchPermissions": [{"Account": "111111111111"}]}"#,
        r#"{"AccountIds": ["everybody"]}"#,
        r#"{"Grants": [{"GranteePrincipal": "arn:aws:iam::111111111111:role/r"}]}"#,
        r#"{"Grants": [{"Operations": ["De*"], "GranteePrincipal": "arn:aws:iam::111111111111:role/r"}]}"#,
        r#"{"Grants": [{"Operations": ["Decrypt"], "Constraints": {"Other": {}}}]}"#,
    ];
    for settings in settings {
        let resources =
            format!(r#"[{{"Arn": "arn:aws:ec2:eu-west-1::image/ami-1", "Settings": {settings}}}]"#);
        let seen = errors(&[("accounts/222222222222/resource-policies.json", &resources)])?;
        assert!(seen.iter().any(|line| line.starts_with("wrong-shape")), "{settings}: {seen:?}");
    }
    Ok(())
}
