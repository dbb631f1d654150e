//! What SCPs, RCPs and policies of VPC endpoints guarantee, whoever asks: for a role that has every permission, and for strangers.

use std::collections::BTreeSet;
use std::sync::Arc;

use entail::answers::{Engine, EngineOptions};
use entail::datalog::engine::{Bound, Given, Rows};
use entail::datalog::relations::{OfEstate, offers};
use entail::datalog::text::Value;
use entail::document::PolicyKind;
use entail::estate::{Collected, Estate, OrganizationId, OrganizationPolicyId, Target, VpcEndpoint};

use crate::acme::acme;

/// The rows of a relation that begin with an account, the bound columns left out: the account, and what else there is.
fn rows(estate: &Estate, relation: &str, bound: &[&str]) -> BTreeSet<Vec<String>> {
    let engine = Engine::new(estate, EngineOptions::default());
    let given = OfEstate::new(&engine);
    let at =
        offers().iter().position(|offer| &*offer.declaration.name.value == relation).expect("it is offered");
    let mut tuples = Rows::new(bound.len());
    tuples.push(bound.iter().map(|text| Value::text(text)));
    let found = given.rows(at, &Bound::new((1..=bound.len()).collect(), tuples)).expect("rows");
    let rest = |row: &[Value]| row[..1].iter().chain(&row[1 + bound.len()..]).map(text).collect();
    found.iter().map(rest).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Symbol(text) => text.to_string(),
        Value::Number(number) => number.to_string(),
        other => unreachable!("{other:?}"),
    }
}

/// The whole rows of a relation about an action.
fn rows_of(estate: &Estate, relation: &str, action: &str) -> BTreeSet<Vec<String>> {
    let of = |row: Vec<String>| [vec![row[0].clone(), action.to_owned()], row[1..].to_vec()].concat();
    rows(estate, relation, &[action]).into_iter().map(of).collect()
}

fn accounts(estate: &Estate, relation: &str, bound: &[&str]) -> BTreeSet<String> {
    rows(estate, relation, bound).into_iter().map(|row| row[0].clone()).collect()
}

fn are(found: &BTreeSet<String>, digits: &str) {
    let expected = digits.chars().map(|digit| digit.to_string().repeat(12));
    assert_eq!(*found, expected.collect());
}

fn organization() -> OrganizationId {
    acme().organizations.keys().next().expect("one").clone()
}

/// The estate with one more SCP, or RCP, at the root of the organisation.
fn with(estate: &Estate, kind: PolicyKind, statement: &str) -> Estate {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
    let root = estate.organizations[&organization()].nodes.values().find(|node| node.parent.is_none());
    let targets = [Target::Node(root.expect("a root").id.clone())];
    match kind {
        PolicyKind::Scp => estate.with_scp(&organization(), policy("p-more"), &text, targets),
        _ => estate.with_rcp(&organization(), policy("p-more"), &text, targets),
    }
    .expect("it is attached")
}

fn policy(id: &str) -> OrganizationPolicyId {
    id.into()
}

/// 1 is the management account, which nothing limits, 7 is suspended.
#[test]
fn rcps_keep_strangers_out_or_do_not() {
    are(&accounts(&acme(), "lets_in", &[]), "1");
    let without = acme().without_rcp(&organization(), &policy("p-dataperimeter"));
    let without = without.expect("it is there");
    are(&accounts(&without, "lets_in", &[]), "1234567");
    let found = rows(&without, "lets_in", &[]);
    assert!(found.iter().all(|row| row[2] == "allowed"), "{found:?}");
    for action in
        ["s3:GetObject", "sqs:SendMessage", "kms:Decrypt", "secretsmanager:GetSecretValue", "sts:AssumeRole"]
    {
        assert_eq!(found.iter().filter(|row| row[1] == action).count(), 7, "{action}");
    }
    // A partner that is let in is no stranger; whoever has a certain tag may be one.
    let partly = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "partners"}}}"#;
    let partly = with(&without, PolicyKind::Rcp, partly);
    let closed = rows(&partly, "lets_in", &[]).into_iter().filter(|row| row[1] == "s3:GetObject");
    are(&closed.map(|row| row[0].clone()).collect(), "1");
}

#[test]
fn scps_keep_principals_from_resources_of_strangers_or_do_not() {
    are(&accounts(&acme(), "lets_out", &[]), "123456");
    let deny = |condition: &str| {
        with(
            &acme(),
            PolicyKind::Scp,
            &format!(r#"{{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {{{condition}}}}}"#),
        )
    };
    let ours = r#""StringNotEqualsIfExists": {"aws:ResourceOrgID": "o-acme000001"}"#;
    are(&accounts(&deny(ours), "lets_out", &[]), "1");
    let mfa = format!(r#"{ours}, "BoolIfExists": {{"aws:MultiFactorAuthPresent": "false"}}"#);
    let found = rows(&deny(&mfa), "lets_out", &[]);
    let of_member = found.iter().filter(|row| row[0].starts_with('4'));
    assert!(
        of_member.clone().count() > 0 && of_member.clone().all(|row| row[2] == "conditional"),
        "{found:?}"
    );
}

#[test]
fn guardrails_are_proved_for_a_role_of_no_special_name() {
    let estate = acme();
    // `BreakGlass` of 2 is exempt, and no other role of it.
    are(&accounts(&estate, "closed", &["cloudtrail:StopLogging"]), "234567");
    are(&accounts(&estate, "left_open", &["cloudtrail:StopLogging"]), "1");
    // In 4 it is open in two regions, and 5 and 6 may use what a list has.
    are(&accounts(&estate, "left_open", &["cloudtrail:PutEventSelectors"]), "1234");
    are(&accounts(&estate, "left_open_if", &["cloudtrail:PutEventSelectors"]), "");
    let by_mfa = with(
        &acme(),
        PolicyKind::Scp,
        r#"{"Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}"#,
    );
    are(&accounts(&by_mfa, "left_open", &["cloudtrail:PutEventSelectors"]), "1");
    are(&accounts(&by_mfa, "left_open_if", &["cloudtrail:PutEventSelectors"]), "234");
    // Every role is one or the other.
    for action in ["cloudtrail:StopLogging", "iam:CreateUser", "ec2:RunInstances", "s3:GetObject"] {
        for estate in [&estate, &by_mfa] {
            let closed = accounts(estate, "closed", &[action]);
            let open = accounts(estate, "left_open", &[action]);
            let partly = accounts(estate, "left_open_if", &[action]);
            assert!(
                closed.is_disjoint(&open) && open.is_disjoint(&partly) && partly.is_disjoint(&closed),
                "{action}"
            );
        }
    }
}

#[test]
fn regions_and_networks_are_closed_or_open() {
    let region = |region| ["ec2:RunInstances", "aws:RequestedRegion", region];
    are(&accounts(&acme(), "closed_with", &region("us-east-1")), "4567");
    are(&accounts(&acme(), "left_open_with", &region("us-east-1")), "123");
    let from = |address| ["s3:ListBucket", "aws:SourceIp", address];
    are(&accounts(&acme(), "left_open_with", &from("203.0.113.77")), "123456");
    let network = with(
        &acme(),
        PolicyKind::Scp,
        r#"{"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"NotIpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"}}}"#,
    );
    are(&accounts(&network, "left_open_with", &from("203.0.113.77")), "1");
    are(&accounts(&network, "closed_with", &from("203.0.113.77")), "234567");
    are(&accounts(&network, "left_open_with", &from("198.51.100.7")), "123456");
}

/// A Region may be closed by the ARNs of what is in it, and those that nothing tells apart are alike.
#[test]
fn regions_are_closed_by_arns_too() {
    let deny = |resource: &str, condition: &str| {
        let statement = format!(
            r#"{{"Effect": "Deny", "Action": "sqs:*", "Resource": "{resource}", "Condition": {{{condition}}}}}"#
        );
        with(&acme(), PolicyKind::Scp, &statement)
    };
    // Names that hold colons are no Regions.
    let lambda = r#"{"Effect": "Deny", "Action": "lambda:*", "Resource": "arn:aws:lambda:eu-west-1:*:*"}"#;
    let lambda = with(&acme(), PolicyKind::Scp, lambda);
    let topic = ["lambda:CreateFunction", "aws:RequestedRegion", "eu-west-1"];
    are(&accounts(&lambda, "left_open_with", &topic), "1");
    let own =
        r#"{"Effect": "Deny", "Action": "lambda:*", "Resource": "arn:aws:lambda:*:222222222222:function:*"}"#;
    let own = with(&acme(), PolicyKind::Scp, own);
    assert!(accounts(&own, "closed", &["lambda:CreateFunction"]).contains("222222222222"));
    assert!(!accounts(&own, "closed", &["lambda:CreateFunction"]).contains("333333333333"));
    let open = |estate: &Estate, region| {
        let topic = ["sqs:CreateQueue", "aws:RequestedRegion", region];
        let open = accounts(estate, "left_open_with", &topic);
        let closed = accounts(estate, "closed_with", &topic);
        assert!(open.is_disjoint(&closed) && open.len() + closed.len() == 7, "{region}: {open:?} {closed:?}");
        open
    };
    let by_arn = deny("arn:aws:sqs:eu-west-1:*:*", "");
    let by_pattern = deny("arn:*:sqs:eu-west-?:*", "");
    let by_test = deny("*", r#""StringEquals": {"aws:RequestedRegion": "eu-west-1"}"#);
    for region in ["eu-central-1", "eu-west-1", "eu-west-2"] {
        let before = open(&acme(), region);
        let without = if region == "eu-west-1" { "1" } else { "" };
        for closing in [&by_arn, &by_test] {
            match without {
                "" => assert_eq!(open(closing, region), before, "{region}"),
                _ => are(&open(closing, region), without),
            }
        }
        match region {
            "eu-central-1" => assert_eq!(open(&by_pattern, region), before),
            _ => are(&open(&by_pattern, region), "1"),
        }
    }
}

/// The account and Region of an outsider make no difference only where policies say so.
#[test]
fn strangers_of_other_organisations_and_all_regions_count() {
    let without = acme().without_rcp(&organization(), &policy("p-dataperimeter"));
    let without = without.expect("it is there");
    let deny = |actions: &str, condition: &str| {
        let statement = format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": {actions}, "Resource": "*", "Condition": {{{condition}}}}}"#
        );
        with(&without, PolicyKind::Rcp, &statement)
    };
    let of = |estate: &Estate, action: &str| {
        let found = rows(estate, "lets_in", &[]).into_iter().filter(|row| row[1] == action);
        found.map(|row| row[0].clone()).collect::<BTreeSet<_>>()
    };
    let actions = r#"["s3:*", "sqs:*"]"#;
    let of_none = deny(actions, r#""Null": {"aws:PrincipalOrgID": "true"}"#);
    are(&of(&of_none, "s3:GetObject"), "1234567");
    let of_others = deny(actions, r#""StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-acme000001"}"#);
    are(&of(&of_others, "s3:GetObject"), "1");
    let elsewhere = deny(actions, r#""StringNotEquals": {"aws:RequestedRegion": "ap-southeast-2"}"#);
    are(&of(&elsewhere, "sqs:SendMessage"), "1234567");
    let nowhere = deny(actions, r#""StringLike": {"aws:RequestedRegion": "*"}"#);
    are(&of(&nowhere, "sqs:SendMessage"), "1");
}

/// The role has an id, as every role has.
#[test]
fn the_role_is_not_exempt_by_an_unknown_id() {
    let by_id = with(
        &acme(),
        PolicyKind::Scp,
        r#"{"Effect": "Deny", "Action": "sqs:*", "Resource": "*",
            "Condition": {"StringNotLike": {"aws:userid": "AROAEXAMPLE1:*"}}}"#,
    );
    are(&accounts(&by_id, "left_open", &["sqs:SendMessage"]), "1");
    are(&accounts(&by_id, "left_open_if", &["sqs:SendMessage"]), "");
}

#[test]
fn what_is_closed_on_some_resources_says_on_which() {
    let closed = |statement: &str| {
        let estate = with(&acme(), PolicyKind::Scp, statement);
        let found = rows(&estate, "closed_on", &["sqs:SendMessage"]).into_iter();
        found.filter(|row| row[0].starts_with('2')).map(|row| row[1..].to_vec()).collect::<Vec<_>>()
    };
    let never = |resources: &str| vec![vec![resources.to_owned(), "never".to_owned()]];
    let some = r#"{"Effect": "Deny", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:kept-*"}"#;
    assert_eq!(closed(some), never("arn:aws:*:*:222222222222:* and arn:aws:sqs:*:*:kept-*"));
    let tagged = r#"{"Effect": "Deny", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:kept-*",
        "Condition": {"StringEquals": {"aws:ResourceTag/kept": "yes"}}}"#;
    let found = closed(tagged);
    assert!(found.len() == 1 && found[0][1].contains("aws:resourcetag/kept"), "{found:?}");
    assert!(closed(r#"{"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}"#).is_empty());
    assert!(closed(r#"{"Effect": "Deny", "Action": "sns:*", "Resource": "*"}"#).is_empty());
}

#[test]
fn regions_are_those_of_the_partition() {
    let estate = acme();
    let found = rows(&estate, "region", &[]);
    let of = |account: &str, region: &str| found.contains(&vec![account.repeat(12), region.to_owned()]);
    assert!(of("2", "mx-central-1") && of("2", "us-west-1") && !of("2", "cn-north-1"), "{found:?}");
}

#[test]
fn endpoints_let_strangers_through_or_do_not() {
    // The endpoint of 4 is for buckets of acme only.
    are(&accounts(&acme(), "lets_through", &[]), "");
    let estate = acme();
    let account = "444444444444".parse().expect("an account");
    let known = estate.account(account).expect("it is there").vpc_endpoints.clone().expect("collected");
    let all = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    let open =
        VpcEndpoint { policy: Collected::Some(estate.policy(PolicyKind::Endpoint, all)), ..known[0].clone() };
    let estate = estate.with_vpc_endpoints(account, Arc::from([open])).expect("it is there");
    let found = rows(&estate, "lets_through", &[]);
    let actions: Vec<&str> = found.iter().map(|row| row[2].as_str()).collect();
    assert_eq!(actions, ["s3:GetObject", "s3:PutObject"], "{found:?}");
    assert!(found.iter().all(|row| row[0] == "444444444444" && row[3] == "allowed"), "{found:?}");
}

/// S-KEY-34: calls of these actions have no parameter for tags, so that no request holds their keys.
#[test]
fn what_has_no_tags_is_not_open_when_it_passes_some() {
    let guarded = |action: &str, condition: &str| {
        let statement = format!(
            r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "*", "Condition": {{{condition}}}}}"#
        );
        with(&acme(), PolicyKind::Scp, &statement)
    };
    let denying = [
        r#""ForAllValues:StringNotEquals": {"aws:TagKeys": ["leave"]}"#,
        r#""StringNotEquals": {"aws:RequestTag/leave": "yes"}"#,
        r#""Null": {"aws:TagKeys": "true"}"#,
    ];
    for action in ["organizations:LeaveOrganization", "account:CloseAccount", "guardduty:DeleteDetector"] {
        for condition in denying {
            let estate = guarded(action, condition);
            let open = accounts(&estate, "left_open", &[action]);
            assert!(open.iter().all(|account| account.starts_with('1')), "{action} {condition}: {open:?}");
            are(&accounts(&estate, "left_open_if", &[action]), "");
        }
        // Nor does it deny what asks for a tag.
        let estate = guarded(action, r#""StringEquals": {"aws:RequestTag/leave": "no"}"#);
        let open = accounts(&acme(), "left_open", &[action]);
        assert_eq!(accounts(&estate, "left_open", &[action]), open, "{action}");
    }
    // A call that may have tags is open when it has some.
    let estate = guarded("config:PutConfigurationRecorder", denying[1]);
    let found = rows(&estate, "left_open_if", &["config:PutConfigurationRecorder"]);
    assert!(found.iter().any(|row| row[1].contains("aws:requesttag/leave")), "{found:?}");
}

#[test]
fn statements_that_speak_against_an_action_are_named() {
    let estate = with(
        &acme(),
        PolicyKind::Scp,
        r#"{"Effect": "Deny", "Action": "sqs:Send*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}},
           {"Effect": "Deny", "NotAction": ["sqs:*", "sns:*"], "Resource": "arn:aws:s3:::kept/*"},
           {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}"#,
    );
    let of = |action: &str| {
        let found = rows_of(&estate, "denied_by", action).into_iter();
        let more = found.filter(|row| row[2].starts_with("p-more"));
        more.map(|row| (row[0].clone(), row[3].clone())).collect::<BTreeSet<_>>()
    };
    // The management account, 1, is limited by nothing.
    let each = |index: &str| "234567".chars().map(|a| (a.to_string().repeat(12), index.to_owned())).collect();
    assert_eq!(of("sqs:SendMessage"), each("0"));
    assert_eq!(of("s3:GetObject"), each("1"));
    assert_eq!(of("unheardof:Action"), each("1"));
    assert!(of("sns:Publish").is_empty() && of("sqs:ReceiveMessage").is_empty());
}

/// Who signs in by a provider that many share is kept out by what an RCP asks of subjects, or of organisations.
#[test]
fn rcps_keep_strangers_out_who_sign_in_by_a_provider_or_do_not() {
    let without = acme().without_rcp(&organization(), &policy("p-dataperimeter")).expect("it is there");
    let without = without.without_rcp(&organization(), &policy("p-ourrepositories")).expect("it is there");
    let github = "token.actions.githubusercontent.com";
    let of = |estate: &Estate, answer: &str| {
        let found = rows(estate, "lets_in_by_provider", &[]).into_iter();
        let of_github = found.filter(|row| row[1] == github && row[2] == answer);
        of_github.map(|row| row[0].clone()).collect::<BTreeSet<_>>()
    };
    are(&of(&without, "allowed"), "1234567");
    let deny = |condition: &str| {
        let statement = format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity", "Resource": "*",
            "Condition": {{{condition}}}}}"#
        );
        with(&without, PolicyKind::Rcp, &statement)
    };
    let ours = deny(&format!(r#""StringNotLikeIfExists": {{"{github}:sub": "repo:acme/*"}}"#));
    are(&of(&ours, "allowed"), "1");
    are(&of(&ours, "conditional"), "");
    let theirs = deny(&format!(r#""StringLike": {{"{github}:sub": "repo:initech/*"}}"#));
    are(&of(&theirs, "allowed"), "1234567");
    // No key of organisations comes with a token.
    let of_organization = deny(r#""StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-acme000001"}"#);
    are(&of(&of_organization, "allowed"), "1");
    let audience = deny(&format!(r#""StringNotEquals": {{"{github}:aud": "sts.amazonaws.com"}}"#));
    are(&of(&audience, "conditional"), "234567");
    are(&of(&audience, "allowed"), "1");
}
