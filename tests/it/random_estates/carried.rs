//! Paths are those along which the oracle gets by trying everything that each call may pass.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use entail::answers::Reverse;
use entail::answers::chains::Direction;
use entail::output::views::BecomeViews;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

use super::config;
use crate::both::Judges;
use crate::oracle::closure::{Passed, Session};

const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];
const USER: &str = "arn:aws:iam::111111111111:user/u";
const PROVIDERS: [&str; 2] =
    ["arn:aws:iam::111111111111:saml-provider/P", "arn:aws:iam::111111111111:oidc-provider/idp.example.com"];
const ROLES: [(&str, Option<&str>); 3] = [
    ("arn:aws:iam::111111111111:role/r1", Some("red")),
    ("arn:aws:iam::111111111111:role/r2", None),
    ("arn:aws:iam::222222222222:role/r3", Some("blue")),
];

const PRINCIPALS: &[&str] = &[
    r#"{"AWS": "*"}"#,
    r#"{"AWS": "arn:aws:iam::111111111111:user/u"}"#,
    r#"{"AWS": "arn:aws:iam::111111111111:root"}"#,
    r#"{"AWS": "arn:aws:iam::111111111111:role/r1"}"#,
    r#"{"AWS": ["arn:aws:iam::111111111111:role/r2", "arn:aws:iam::222222222222:role/r3"]}"#,
    r#"{"Federated": "arn:aws:iam::111111111111:saml-provider/P"}"#,
    r#"{"AWS": "*", "Federated": "arn:aws:iam::111111111111:saml-provider/P"}"#,
    r#"{"Federated": ["arn:aws:iam::111111111111:saml-provider/P", "arn:aws:iam::111111111111:oidc-provider/idp.example.com"]}"#,
];

const ACTIONS: &[&str] = &[
    r#""sts:AssumeRole*""#,
    r#""sts:*""#,
    r#"["sts:AssumeRole", "sts:AssumeRoleWith*", "sts:TagSession"]"#,
    r#"["sts:AssumeRole", "sts:AssumeRoleWith*", "sts:SetSourceIdentity"]"#,
];

const CONDITIONS: &[&str] = &[
    r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"Null": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"StringEquals": {"sts:SourceIdentity": "alice"}}"#,
    r#"{"StringLike": {"sts:SourceIdentity": "*"}}"#,
    r#"{"Null": {"sts:SourceIdentity": "true"}}"#,
    r#"{"StringEquals": {"aws:SourceIdentity": "alice"}}"#,
    r#"{"StringNotEquals": {"aws:SourceIdentity": "alice"}}"#,
    r#"{"Null": {"aws:SourceIdentity": "true"}}"#,
    r#"{"StringEquals": {"aws:PrincipalTag/team": "red"}}"#,
    r#"{"StringNotEquals": {"aws:PrincipalTag/team": ["red", "blue"]}}"#,
    r#"{"StringEquals": {"aws:PrincipalTag/team": "blue"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"StringLike": {"aws:RequestTag/team": "b*"}}"#,
    r#"{"Null": {"aws:RequestTag/team": "true"}}"#,
    r#"{"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "team"}}"#,
    r#"{"StringEquals": {"saml:sub": "alice"}}"#,
    r#"{"StringEquals": {"idp.example.com:sub": "alice"}}"#,
    r#"{"StringNotEquals": {"idp.example.com:sub": "alice"}}"#,
    r#"{"StringNotEqualsIfExists": {"idp.example.com:sub": "alice"}, "StringNotEquals": {"saml:sub": "bob"}}"#,
    r#"{"Null": {"idp.example.com:sub": "true", "saml:sub": "false"}}"#,
    r#"{"ArnLike": {"aws:FederatedProvider": "arn:aws:iam::*:oidc-provider/idp.*"}}"#,
    r#"{"Null": {"aws:FederatedProvider": "true"}}"#,
];

/// When roles may make the request that `--through-roles` asks about.
const LAST: &[&str] = &[
    "{}",
    r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"StringEquals": {"aws:SourceIdentity": "alice"}}"#,
    r#"{"Null": {"aws:SourceIdentity": "true"}}"#,
    r#"{"StringEquals": {"aws:PrincipalTag/team": "red"}}"#,
    r#"{"StringNotEquals": {"aws:PrincipalTag/team": ["red", "blue"]}}"#,
    r#"{"StringLike": {"idp.example.com:sub": "b*"}}"#,
    r#"{"Null": {"saml:sub": "true", "aws:FederatedProvider": "true"}}"#,
];

/// That request.
const REQUEST: (&str, &str) = ("ec2:DescribeInstances", "*");

/// The policies of the roles, the user and the trust policies.
#[derive(Clone, Debug)]
struct World {
    trusts: Vec<Vec<Value>>,
    identity: Vec<Option<Value>>,
    /// When each role may make the last request; none: never.
    last: Vec<Option<&'static str>>,
}

fn statement() -> impl Strategy<Value = Value> {
    let condition = prop::option::weighted(0.7, select(CONDITIONS));
    (prop::bool::weighted(0.9), select(PRINCIPALS), select(ACTIONS), condition).prop_map(
        |(allows, principal, action, condition)| {
            let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
            let mut statement = json!({"Effect": if allows { "Allow" } else { "Deny" },
                "Principal": read(principal), "Action": read(action)});
            if let Some(condition) = condition {
                statement["Condition"] = read(condition);
            }
            statement
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    let identity = select(ACTIONS).prop_map(|action| {
        let action: Value = serde_json::from_str(action).expect("JSON");
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}})
    });
    let trusts = prop::collection::vec(prop::collection::vec(statement(), 1..4), ROLES.len());
    let identity = prop::collection::vec(prop::option::weighted(0.8, identity), ROLES.len() + 1);
    let last = prop::collection::vec(prop::option::weighted(0.6, select(LAST)), ROLES.len());
    (trusts, identity, last).prop_map(|(trusts, identity, last)| World { trusts, identity, last })
}

impl World {
    fn write(&self, folder: &Path) -> std::io::Result<()> {
        let last = |condition: &str| {
            let condition: Value = serde_json::from_str(condition).expect("JSON");
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": REQUEST.0, "Resource": "*",
                "Condition": condition}})
        };
        let inline = |index: usize| -> Value {
            let taking = self.identity.get(index).cloned().flatten();
            let last = self.last.get(index).copied().flatten().map(last);
            let named = ["taking", "last"].into_iter().zip([taking, last]);
            named
                .filter_map(|(name, document)| Some(json!({"PolicyName": name, "PolicyDocument": document?})))
                .collect()
        };
        for account in ACCOUNTS {
            let roles = ROLES.iter().zip(&self.trusts).enumerate();
            let roles = roles.filter(|(_, ((arn, _), _))| arn.contains(account)).map(
                |(index, ((arn, team), trust))| {
                    let name = arn.rsplit('/').next().unwrap_or_default();
                    let tags: Value = team.iter().map(|team| json!({"Key": "team", "Value": team})).collect();
                    json!({"RoleName": name, "RoleId": format!("AROA{name:A<17}"), "Path": "/", "Arn": arn,
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust},
                    "RolePolicyList": inline(index), "AttachedManagedPolicies": [], "Tags": tags})
                },
            );
            let roles: Vec<Value> = roles.collect();
            let users = match account == ACCOUNTS[0] {
                true => json!([{"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Arn": USER,
                    "UserPolicyList": inline(ROLES.len()), "GroupList": [], "AttachedManagedPolicies": [], "Tags": []}]),
                false => json!([]),
            };
            let folder = folder.join("accounts").join(account);
            fs::create_dir_all(&folder)?;
            let details = json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
            fs::write(folder.join("authorization-details.json"), details.to_string())?;
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn paths_carry_what_calls_fix(world in world()) {
        let folder = tempfile::tempdir().map_err(|error| TestCaseError::reject(error.to_string()))?;
        world.write(folder.path()).map_err(|error| TestCaseError::reject(error.to_string()))?;
        let judges = Judges::load(folder.path());
        let (facts, hops) = (judges.engine.facts(), judges.engine.hops());
        let passed = Passed { source_identities: &["alice", "bob"], teams: &["red", "blue", "black"], subjects: &["alice", "bob", "carol"] };
        let name = |id| facts.principal(id).name.to_string();
        let mut ends: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut reached = BTreeMap::new();
        let start = |who: &str, mfa: &[Option<bool>], team: Option<&str>| Session {
            who: who.to_owned(), mfa: mfa.to_vec(), source_identity: None, team: team.map(str::to_owned), handed_on: false, claims: Vec::new(),
        };
        let any = [None, Some(false), Some(true)];
        let known = [start(USER, &any, None), start(PROVIDERS[0], &[None], None), start(PROVIDERS[1], &[None], None)];
        // Of the session with which a path begins at a role nothing is known: more may be possible than in this one.
        // A role that no statement lets anybody take has no sessions that could say anything of MFA (S-KEY-22).
        let is_taken = |number: usize| {
            let statements = world.trusts.get(number).map(Vec::as_slice).unwrap_or_default();
            statements.iter().any(|statement| statement["Effect"] == "Allow")
        };
        let mut number = 0..;
        let open = ROLES.map(|(role, team)| {
            let taken = number.next().is_some_and(is_taken);
            start(role, if taken { &any } else { &[None] }, team)
        });
        for (session, exact) in known.iter().map(|session| (session, true)).chain(open.iter().map(|session| (session, false))) {
            let Some(from) = facts.principal_id(&session.who) else { continue };
            let ways = hops.ways(from, Direction::From, None);
            let ours: BTreeSet<String> = ways.ways.iter().map(|way| name(way.principal)).collect();
            let found = judges.reached_carrying(session, &ROLES, &passed, &mut reached);
            let mut theirs = found.map_err(TestCaseError::fail)?;
            theirs.remove(&session.who);
            match exact {
                true => prop_assert_eq!(&ours, &theirs, "from {}", session.who),
                false => prop_assert!(theirs.is_subset(&ours), "from {}: {:?}, oracle {:?}", session.who, ours, theirs),
            }
            for to in ours {
                let end = facts.principal_id(&to).ok_or_else(|| TestCaseError::fail("no principal"))?;
                let paths = hops.paths(from, end, None, &facts.arena().conditions);
                prop_assert!(paths.is_some_and(|paths| !paths.paths.is_empty()), "{} to {to}", session.who);
                ends.entry(to).or_default().insert(session.who.clone());
            }
        }
        for (role, _) in ROLES {
            let Some(to) = facts.principal_id(role) else { continue };
            let ways = hops.ways(to, Direction::To, None);
            let asked: Vec<&str> = known.iter().chain(&open).map(|session| &*session.who).collect();
            let ours: BTreeSet<String> =
                ways.ways.iter().map(|way| name(way.principal)).filter(|who| asked.contains(&&**who)).collect();
            prop_assert_eq!(ours, ends.remove(role).unwrap_or_default(), "to {}", role);
        }
        let reverse = Reverse { action: REQUEST.0.to_owned(), ..Reverse::default() };
        let found = [judges.engine.who_can(&reverse).map_err(|error| TestCaseError::fail(error.to_string()))?];
        let through = BecomeViews::new(&judges.engine, &hops, false).through(&found, &|_| true);
        let gained: BTreeSet<&str> = through.rows.iter().map(|row| &*row.principal).collect();
        for session in &known {
            let theirs = judges.may_in_the_end(session, REQUEST, &reached).map_err(TestCaseError::fail)?;
            prop_assert_eq!(gained.contains(&*session.who), theirs, "through roles: {}", session.who);
        }
    }
}
