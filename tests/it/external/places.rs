//! Where the rows of what no policy says come from: entries of ACLs, of grants on keys, and of lists of accounts (S-EVAL-12).

use serde_json::{Value, json};

use super::{MEMBER, open, organization_of};

/// The actions of each row, and where in the file of the resources it comes from.
fn places(resource: &Value) -> Vec<(String, String)> {
    // So that the place is none that is counted from the start of the file.
    let other =
        json!({"Arn": "arn:aws:sqs:eu-west-1:222222222222:q", "Account": MEMBER, "Tags": {}, "Policy": null});
    let answer = organization_of(&json!([other, resource]), &[], None);
    let of_row = |row: &entail::output::ExternalRow| {
        assert_eq!(row.statements.len(), 1, "{row:?}");
        let statement = row.statements.first().expect("one statement");
        assert!(statement.file.ends_with("222222222222/resource-policies.json") && statement.line > 0);
        (row.actions.join(" "), statement.path.clone())
    };
    let mut places: Vec<_> = answer.rows.iter().map(of_row).collect();
    places.sort();
    places
}

fn row(actions: &str, path: &str) -> (String, String) {
    (actions.to_owned(), path.to_owned())
}

#[test]
fn grants_on_keys_are_cited_and_whoever_retires_one_once() {
    let role = "arn:aws:iam::333333333333:role/x";
    let key = "arn:aws:kms:eu-west-1:222222222222:key/k";
    let of_grants = |grants: Value| {
        places(&json!({"Arn": key, "Account": MEMBER, "Tags": {}, "Settings": {"Grants": grants},
            "Policy": {"Version": "2012-10-17", "Statement": []}}))
    };
    let service = json!({"GranteePrincipal": "s3.amazonaws.com", "Operations": ["Decrypt"]});
    let both = json!({"GranteePrincipal": role, "RetiringPrincipal": role, "Operations": ["Decrypt", "RetireGrant"]});
    let path = "$[1].Settings.Grants[1]";
    let rows = [row("kms:Decrypt", path), row("kms:RetireGrant", path)];
    assert_eq!(of_grants(json!([service, both])), rows);
    // Somebody else may retire it besides.
    let mut others = both;
    others["RetiringPrincipal"] = json!("arn:aws:iam::333333333333:role/y");
    let rows = [row("kms:Decrypt kms:RetireGrant", path), row("kms:RetireGrant", path)];
    assert_eq!(of_grants(json!([service, others])), rows);
    // A context constrains what encrypts.
    others["Constraints"] = json!({"EncryptionContextSubset": {"k": "v"}});
    let rows = [row("kms:Decrypt", path), row("kms:RetireGrant", path), row("kms:RetireGrant", path)];
    assert_eq!(of_grants(json!([service, others])), rows);
}

#[test]
fn acls_are_cited_by_their_grants() {
    let everybody = json!({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"});
    let owner = json!({"Type": "CanonicalUser", "ID": "c2"});
    let grant = |grantee: &Value, permission: &str| json!({"Grantee": grantee, "Permission": permission});
    let acl = json!({"Grants": [grant(&owner, "FULL_CONTROL"), grant(&everybody, "READ_ACP")], "Owner": {"ID": "c2"}});
    let bucket = json!({"Arn": "arn:aws:s3:::b", "Account": MEMBER, "Tags": {}, "Policy": null,
        "Settings": {"ObjectOwnership": "ObjectWriter", "PublicAccessBlock": open(), "Acl": acl}});
    assert_eq!(places(&bucket), [row("s3:GetBucketAcl", "$[1].Settings.Acl.Grants[1]")]);
}

#[test]
fn lists_of_accounts_are_cited_by_their_entries() {
    let image = json!({"Arn": "arn:aws:ec2:eu-west-1::image/ami-1", "Account": MEMBER, "Tags": {}, "Policy": null,
        "Settings": {"LaunchPermissions": [{"UserId": MEMBER}, {"UserId": "333333333333"}]}});
    let found = places(&image);
    assert!(!found.is_empty());
    assert!(found.iter().all(|(_, path)| path == "$[1].Settings.LaunchPermissions[1]"), "{found:?}");
}
