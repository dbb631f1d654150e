//! Whom a row names: those to whom conditions hold everybody, and canonical user ids.

use serde_json::{Value, json};

use super::{MEMBER, OWNER, bucket, open, organization, organization_of, reads, settings, told, trusts};

const FOREIGN: &str = "333333333333";
const ROLE: &str = "arn:aws:iam::333333333333:role/x";

fn everybody(condition: Value, expected: &[(&str, &str, &str)]) {
    bucket(json!("*"), condition.clone(), expected);
    bucket(json!({"AWS": "*"}), condition, expected);
}

fn equals(key: &str, value: Value) -> Value {
    json!({"StringEquals": {key: value}})
}

#[test]
fn accounts_of_conditions_are_named() {
    let account = |value: Value| equals("aws:PrincipalAccount", value);
    everybody(account(json!(FOREIGN)), &[("outside", FOREIGN, "")]);
    // The owner's own account is nobody from outside, and another of the organisation comes from inside.
    everybody(account(json!(MEMBER)), &[]);
    everybody(
        account(json!([MEMBER, OWNER, FOREIGN])),
        &[("outside", FOREIGN, ""), ("organization", OWNER, "")],
    );
    // What says no more than which account it is.
    let both = json!({"StringEquals": {"aws:PrincipalAccount": FOREIGN}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}});
    everybody(both, &[("outside", FOREIGN, "aws:sourceip in 203.0.113.0/24")]);
    let apart = json!({"StringEquals": {"aws:PrincipalAccount": [FOREIGN, "444444444444"]},
        "StringNotEquals": {"aws:PrincipalAccount": "444444444444"}});
    everybody(apart, &[("outside", FOREIGN, "")]);
    // Compared as numbers.
    let number = |operator: &str, value: &str| json!({operator: {"aws:PrincipalAccount": value}});
    everybody(number("NumericLessThan", "0"), &[]);
    everybody(number("NumericGreaterThan", "999999999999"), &[]);
    let below = &[("outside", "any account", "aws:principalaccount < 5")];
    everybody(number("NumericLessThan", "5"), below);
    everybody(number("NumericEquals", FOREIGN), &[("outside", FOREIGN, "")]);
    everybody(number("NumericEquals", "333333333333.0"), &[("outside", FOREIGN, "")]);
    everybody(number("NumericEquals", MEMBER), &[]);
    everybody(number("NumericEquals", OWNER), &[("organization", OWNER, "")]);
    let among = json!({"NumericEquals": {"aws:PrincipalAccount": [FOREIGN, MEMBER, "444444444444"]}});
    everybody(among, &[("outside", FOREIGN, ""), ("outside", "444444444444", "")]);
    let within = json!({"NumericGreaterThanEquals": {"aws:PrincipalAccount": FOREIGN}, "NumericLessThan": {"aws:PrincipalAccount": "333333333334"}});
    everybody(within, &[("outside", FOREIGN, "")]);
    // No account is half a number, and nobody who signs nothing has one (U-19).
    everybody(number("NumericEquals", "333333333333.5"), &[]);
    let answer =
        organization(&[reads(json!("*"), number("NumericNotEquals", FOREIGN))], &[], None, &settings());
    assert_eq!(
        told(&answer).first().map(|row| (row.0, row.1)),
        Some(("outside", "any account")),
        "{answer:?}"
    );
    // One that fixes nobody.
    let like = json!({"StringLike": {"aws:PrincipalAccount": "3*"}});
    everybody(like, &[("outside", "any account", "aws:principalaccount like 3*")]);
    let nobody = json!({"StringEquals": {"aws:PrincipalAccount": FOREIGN}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444444444444:*"}});
    everybody(nobody, &[]);
}

/// Numbers of accounts in keys that only calls of services hold, and of an old key for the caller's account (U-36).
#[test]
fn accounts_compared_as_numbers_fix_services_too() {
    let number = |key: &str, value: &str| json!({"NumericEquals": {key: value}});
    let services = |condition: Value| {
        let answer = organization(&[reads(json!("*"), condition)], &[], None, &settings());
        told(&answer).into_iter().map(|(scope, who, _)| format!("{scope} {who}")).collect::<Vec<_>>()
    };
    assert_eq!(services(number("aws:SourceAccount", FOREIGN)), ["outside any AWS service"]);
    for own in [MEMBER, OWNER] {
        assert_eq!(services(number("aws:SourceAccount", own)), [""; 0], "{own}");
        assert_eq!(services(equals("aws:SourceAccount", json!(own))), [""; 0], "{own}");
    }
    let topic = |condition: Value| {
        let arn = "arn:aws:sns:us-east-1:222222222222:t";
        let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"},
            "Action": "sns:Publish", "Resource": arn, "Condition": condition}});
        let answer = organization_of(&json!([{"Arn": arn, "Account": MEMBER, "Policy": policy}]), &[], None);
        let rows = told(&answer).into_iter().map(|(scope, who, _)| format!("{scope} {who}"));
        rows.collect::<Vec<_>>()
    };
    for condition in [equals("aws:SourceOwner", json!(MEMBER)), number("aws:SourceOwner", MEMBER)] {
        assert_eq!(topic(condition), [""; 0]);
    }
    for condition in [equals("aws:SourceOwner", json!(FOREIGN)), number("aws:SourceOwner", FOREIGN)] {
        assert_eq!(topic(condition), [format!("outside {FOREIGN}")]);
    }
}

/// S-KEY-32: an address that everybody has is no condition.
#[test]
fn all_addresses_of_a_family_keep_nobody_away() {
    let by = |operator: &str, blocks: Value| json!({operator: {"aws:SourceIp": blocks}});
    for blocks in [
        json!("0.0.0.0/0"),
        json!(["0.0.0.0/0", "::/0"]),
        json!(["0.0.0.0/1", "128.0.0.0/1"]),
        json!("1.2.3.4/0"),
    ] {
        bucket(json!("*"), by("IpAddress", blocks.clone()), &[("public", "*", "")]);
        bucket(json!({"AWS": FOREIGN}), by("IpAddress", blocks), &[("outside", FOREIGN, "")]);
    }
    let half = by("IpAddress", json!("128.0.0.0/1"));
    bucket(json!("*"), half, &[("public", "*", "aws:sourceip in 128.0.0.0/1")]);
    // What else is asked stays.
    let mut other = by("IpAddress", json!(["0.0.0.0/0", "::/0"]));
    other["StringEquals"] = json!({"aws:UserAgent": "x"});
    bucket(json!("*"), other, &[("public", "*", "aws:useragent = x")]);
    // A Deny on all but these leaves them, one on them leaves what comes from elsewhere.
    let denied = |condition: Value| {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition});
        let answer = organization(&[reads(json!({"AWS": FOREIGN}), json!({})), deny], &[], None, &settings());
        told(&answer).into_iter().map(|(_, _, condition)| condition.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(denied(by("NotIpAddress", json!(["0.0.0.0/0", "::/0"]))), [""]);
    let left = denied(by("IpAddress", json!(["0.0.0.0/0", "::/0"])));
    assert!(left.len() == 1 && left[0].contains("aws:sourceip"), "{left:?}");
    // No request has both an address and an endpoint.
    let mut neither = by("IpAddress", json!("0.0.0.0/0"));
    neither["StringEquals"] = json!({"aws:SourceVpce": "vpce-1a2b3c4d"});
    bucket(json!("*"), neither, &[]);
}

#[test]
fn principals_of_conditions_are_named() {
    let by_arn = |operator: &str, arn: Value| json!({operator: {"aws:PrincipalArn": arn}});
    everybody(by_arn("ArnEquals", json!(ROLE)), &[("outside", ROLE, "")]);
    everybody(by_arn("StringEquals", json!(ROLE)), &[("outside", ROLE, "")]);
    let pattern = "arn:aws:iam::333333333333:role/*";
    let condition = "aws:principalarn like arn:aws:iam::333333333333:role/*";
    everybody(by_arn("ArnLike", json!(pattern)), &[("outside", FOREIGN, condition)]);
    let two = json!([ROLE, "arn:aws:iam::444444444444:user/u"]);
    everybody(
        by_arn("ArnLike", two),
        &[("outside", ROLE, ""), ("outside", "arn:aws:iam::444444444444:user/u", "")],
    );
    everybody(by_arn("ArnLike", json!("arn:aws:iam::222222222222:role/x")), &[]);
    // Every account has such a role.
    let any = "arn:aws:iam::*:role/x";
    everybody(
        by_arn("ArnLike", json!(any)),
        &[("outside", "any account", "aws:principalarn like arn:aws:iam::*:role/x")],
    );
}

#[test]
fn organizations_of_conditions_are_named() {
    let organization = |value: Value| equals("aws:PrincipalOrgID", value);
    everybody(organization(json!("o-2")), &[("outside", "o-2", "")]);
    everybody(organization(json!("o-1")), &[("organization", "o-1", "")]);
    everybody(organization(json!(["o-1", "o-2"])), &[("outside", "o-2", ""), ("organization", "o-1", "")]);
    let below = |value: &str| json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": value}});
    everybody(below("o-2/*"), &[("outside", "o-2", "")]);
    everybody(below("o-1/*"), &[("organization", "o-1", "")]);
    let unit = "o-2/r-2/ou-2-a/*";
    everybody(below(unit), &[("outside", "o-2", "any aws:principalorgpaths like o-2/r-2/ou-2-a/*")]);
    // No account of the organisation is in that unit.
    everybody(below("o-1/r-1/ou-1-a/*"), &[]);
    everybody(below("o-1/r-1/*"), &[("organization", "o-1", "")]);
    // A perimeter: the organisation, and a vendor.
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": {
        "StringNotEquals": {"aws:PrincipalOrgID": "o-1", "aws:PrincipalAccount": FOREIGN}}});
    let answer = organization_with(&[reads(json!({"AWS": "*"}), json!({})), deny]);
    let rows: Vec<(&str, &str, &str)> =
        told(&answer).into_iter().filter(|(_, who, _)| *who != "any AWS service").collect();
    assert_eq!(rows, [("outside", FOREIGN, ""), ("organization", "o-1", "")], "{answer:?}");
}

fn organization_with(bucket: &[Value]) -> entail::output::ExternalAnswer {
    organization(bucket, &[], None, &settings())
}

#[test]
fn roles_are_taken_by_those_whom_a_condition_leaves() {
    let taken = |condition: Value| {
        let answer = organization(&[], &[trusts(json!("*"), "sts:AssumeRole", condition)], None, &settings());
        told(&answer).into_iter().map(|(scope, who, _)| format!("{scope} {who}")).collect::<Vec<_>>()
    };
    assert_eq!(taken(equals("aws:PrincipalAccount", json!(FOREIGN))), ["outside 333333333333"]);
    assert_eq!(taken(equals("aws:PrincipalAccount", json!(MEMBER))), ["organization 222222222222"]);
    assert_eq!(taken(equals("aws:PrincipalAccount", json!(OWNER))), [""; 0]);
    assert_eq!(taken(equals("aws:PrincipalArn", json!(ROLE))), [format!("outside {ROLE}")]);
    assert_eq!(taken(equals("aws:PrincipalOrgID", json!("o-9"))), ["outside o-9"]);
}

const SOMEBODY: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
const OWN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A bucket with an ACL and a policy: scope, who and decision of its rows.
fn with_acl(grants: &Value, policy: &[Value], owner: Option<&str>) -> Vec<(String, String, String)> {
    let mut acl = json!({"Grants": grants});
    if let Some(owner) = owner {
        acl["Owner"] = json!({"ID": owner});
    }
    let policy = match policy {
        [] => Value::Null,
        _ => json!({"Version": "2012-10-17", "Statement": policy}),
    };
    let resource = json!({"Arn": "arn:aws:s3:::b", "Account": MEMBER, "Tags": {}, "Policy": policy,
        "Settings": {"ObjectOwnership": "ObjectWriter", "PublicAccessBlock": open(), "Acl": acl}});
    let answer = organization_of(&json!([resource]), &[], None);
    let told = |row: &entail::output::ExternalRow| {
        (row.scope.to_string(), row.who.clone(), row.decision.phrase().to_owned())
    };
    answer.rows.iter().map(told).collect()
}

/// S-PRN-10: somebody has a canonical user id that nobody knows; the ACL of a bucket tells the id of its owner.
#[test]
fn canonical_ids_of_nobody_known_are_somebody() {
    let grant = |id: &str| json!({"Grantee": {"Type": "CanonicalUser", "ID": id}, "Permission": "READ"});
    let row =
        |decision: &str| ("outside".to_owned(), format!("canonical user {SOMEBODY}"), decision.to_owned());
    assert_eq!(with_acl(&json!([grant(SOMEBODY)]), &[], Some(OWN)), [row("allowed")]);
    // The owner has full control of what is its own, and that is no way in.
    assert_eq!(with_acl(&json!([grant(OWN)]), &[], Some(OWN)), []);
    assert_eq!(with_acl(&json!([grant(OWN), grant(SOMEBODY)]), &[], Some(OWN)), [row("allowed")]);
    // Whose id it is may be the owner's, whose own nobody knows.
    assert_eq!(with_acl(&json!([grant(SOMEBODY)]), &[], None), [row("unknown")]);
    let policy = |principal: &Value| json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
    let named = policy(&json!({"CanonicalUser": SOMEBODY}));
    assert_eq!(with_acl(&json!([]), std::slice::from_ref(&named), Some(OWN)), [row("allowed")]);
    // Whom everybody is meant by, and whom a Deny keeps out.
    let public = ("public".to_owned(), "*".to_owned(), "allowed".to_owned());
    let both = policy(&json!({"AWS": "*", "CanonicalUser": SOMEBODY}));
    assert_eq!(with_acl(&json!([]), &[both], Some(OWN)), [public]);
    let deny = json!({"Effect": "Deny", "Principal": {"CanonicalUser": SOMEBODY}, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"});
    assert_eq!(with_acl(&json!([]), &[named, deny], Some(OWN)), []);
}
