//! What programs can read from an estate, as whole relations and as answers to questions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use entail::answers::{Context, Engine, EngineOptions, Question};
use entail::datalog::engine::{Bound, Given, GivenError, Rows};
use entail::datalog::relations::{OfEstate, OfFacts, offers, words};
use entail::datalog::text::Value;
use entail::estate::{Estate, LoadOptions};
use entail::facts::PrincipalId;
use entail::output::views::Statements;
use entail::rules::decision::Decision;

use crate::acme::acme;

type Row = Vec<Value>;

fn place(relation: &str) -> usize {
    offers()
        .iter()
        .position(|offer| &*offer.declaration.name.value == relation)
        .expect("the relation is offered")
}

fn ask(
    given: &dyn Given,
    relation: &str,
    columns: &[usize],
    tuples: &[&[&str]],
) -> Result<BTreeSet<Row>, GivenError> {
    let mut bound = Rows::new(columns.len());
    tuples.iter().for_each(|tuple| bound.push(tuple.iter().map(|text| Value::text(text))));
    let rows = given.rows(place(relation), &Bound::new(columns.to_vec(), bound))?;
    Ok(rows.iter().map(<[Value]>::to_vec).collect())
}

fn rows(given: &dyn Given, relation: &str, columns: &[usize], tuples: &[&[&str]]) -> BTreeSet<Row> {
    ask(given, relation, columns, tuples).expect("rows")
}

fn whole(given: &dyn Given, relation: &str) -> BTreeSet<Row> {
    rows(given, relation, &[], &[&[]])
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) | Value::Symbol(text) => text,
        other => unreachable!("{other:?} is no text"),
    }
}

const ACTIONS: [&str; 7] = [
    "iam:PassRole",
    "iam:PutRolePolicy",
    "lambda:InvokeFunction",
    "s3:PutBucketPolicy",
    "s3:GetObject",
    "kms:Decrypt",
    "ec2:DescribeInstances",
];

#[test]
fn can_and_its_like_are_what_can_says() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for action in ACTIONS {
        let sure = rows(&given, "can", &[1], &[&[action]]);
        let conditional = rows(&given, "can_if", &[1], &[&[action]]);
        let access = engine.access(action, &Context::new()).expect("an action");
        for resource in access.resources.iter().take(access.listed) {
            let of = |relation| rows(&given, relation, &[1, 2], &[&[action, resource]]);
            let (unknown, not_sure, cannot) = (of("can_unknown"), of("not_sure"), of("cannot"));
            for fact in &engine.facts().principals {
                let decided =
                    engine.can(&Question::new(&fact.name, action, resource)).expect("an answer").decided;
                let row: Row = [&*fact.name, action, resource].iter().map(|text| Value::text(text)).collect();
                let with =
                    |condition: &str| row.iter().cloned().chain([Value::text(condition)]).collect::<Row>();
                let conditions = &engine.facts().arena().conditions;
                let holds = match decided.decision {
                    _ if decided.condition.is_never() => "cannot",
                    Decision::Allowed => "can",
                    Decision::Conditional => "can_if",
                    _ => "can_unknown",
                };
                *seen.entry(holds).or_default() += 1;
                let said = format!("{row:?}: {decided:?}");
                assert_eq!(sure.contains(&row), holds == "can", "{said}");
                let condition = conditions.text(decided.condition);
                assert_eq!(conditional.contains(&with(&condition)), holds == "can_if", "{said}");
                assert_eq!(unknown.contains(&row), holds == "can_unknown", "{said}");
                assert_eq!(not_sure.contains(&row), matches!(holds, "can_if" | "can_unknown"), "{said}");
                assert_eq!(cannot.contains(&row), holds == "cannot", "{said}");
            }
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

/// However a question is put, it has the same rows.
#[test]
fn what_is_bound_changes_no_answer() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    for action in ACTIONS {
        for relation in ["can", "can_if"] {
            let all = rows(&given, relation, &[1], &[&[action]]);
            let (mut by_principal, mut by_resource) = <(BTreeSet<Row>, BTreeSet<Row>)>::default();
            for fact in &engine.facts().principals {
                by_principal.extend(rows(&given, relation, &[0, 1], &[&[&fact.name, action]]));
            }
            assert_eq!(all, by_principal, "{relation} {action}");
            let access = engine.access(action, &Context::new()).expect("an action");
            for (place, resource) in access.resources.iter().enumerate() {
                let of_resource = rows(&given, relation, &[1, 2], &[&[action, resource]]);
                let pairs: Vec<[&str; 3]> =
                    engine.facts().principals.iter().map(|fact| [&*fact.name, action, &**resource]).collect();
                let pairs: Vec<&[&str]> = pairs.iter().map(<[&str; 3]>::as_slice).collect();
                assert_eq!(
                    of_resource,
                    rows(&given, relation, &[0, 1, 2], &pairs),
                    "{relation} {action} {resource}"
                );
                // Of a part also those have rows of whom a larger one is named.
                by_resource
                    .extend(of_resource.into_iter().filter(|row| place < access.listed || all.contains(row)));
            }
            assert_eq!(all, by_resource, "{relation} {action}");
        }
    }
}

/// Without an action those are tried that act on the resource.
#[test]
fn actions_are_found_where_the_resource_is_given() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    let (bob, note) = ("arn:aws:iam::444444444444:user/bob", "arn:aws:s3:::acme-home/bob/notes.txt");
    let actions = |rows: BTreeSet<Row>, resource: &str| -> BTreeSet<String> {
        rows.iter()
            .filter(|row| {
                row.first() == Some(&Value::text(bob)) && row.get(2) == Some(&Value::text(resource))
            })
            .map(|row| text(&row[1]).to_owned())
            .collect()
    };
    let by_both = actions(rows(&given, "can", &[0, 2], &[&[bob, note]]), note);
    assert!(by_both.contains("s3:GetObject") && !by_both.contains("s3:PutObjectAcl"), "{by_both:?}");
    assert_eq!(actions(rows(&given, "can", &[2], &[&[note]]), note), by_both);
    let denied = actions(rows(&given, "cannot", &[0, 2], &[&[bob, note]]), note);
    assert!(denied.contains("s3:PutObjectAcl") && denied.is_disjoint(&by_both), "{denied:?}");
}

/// Sets multiplied out are the pairs.
#[test]
fn sets_hold_the_pairs() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    let mut shared = 0;
    for action in ACTIONS {
        for (sets, pairs) in [("can_set", "can"), ("can_set_if", "can_if")] {
            let mut multiplied: BTreeSet<Row> = BTreeSet::new();
            let sets = rows(&given, sets, &[1], &[&[action]]);
            let distinct: BTreeSet<&Value> = sets.iter().map(|row| &row[2]).collect();
            shared += sets.len() - distinct.len();
            for row in &sets {
                for member in rows(&given, "in_set", &[0], &[&[text(&row[2])]]) {
                    let mut pair = row.clone();
                    pair[2] = member[1].clone();
                    multiplied.insert(pair);
                }
            }
            assert_eq!(multiplied, rows(&given, pairs, &[1], &[&[action]]), "{action}");
        }
    }
    assert!(shared > 0, "principals share sets");
    let error = ask(&given, "in_set", &[0], &[&["set-of-nobody"]]).expect_err("there is no such set");
    assert_eq!(error.message, "there is no set `set-of-nobody`");
}

#[test]
fn a_service_that_roles_are_passed_to_is_context() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    let service = "lambda.amazonaws.com";
    for (pass, with) in [("can_pass", "can_with"), ("can_pass_if", "can_with_if")] {
        let passed = rows(&given, pass, &[2], &[&[service]]);
        let same = rows(&given, with, &[1, 3, 4], &[&["iam:PassRole", "iam:PassedToService", service]]);
        let pairs = |rows: &BTreeSet<Row>, resource: usize| -> BTreeSet<(Value, Value)> {
            rows.iter().map(|row| (row[0].clone(), row[resource].clone())).collect()
        };
        assert_eq!(pairs(&passed, 1), pairs(&same, 2));
    }
    assert!(!rows(&given, "can_pass", &[2], &[&[service]]).is_empty());
    let error = ask(&given, "can_with", &[1, 3, 4], &[&["s3:GetObject", "aws:PrincipalArn", "x"]]);
    assert_eq!(
        error.expect_err("a caller's own key").message,
        "`aws:PrincipalArn` is each caller's own, and can't be given"
    );
}

#[test]
fn becoming_closes_over_taking_roles() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    for (step, closure) in [("assumes", "becomes"), ("may_assume", "may_become")] {
        let mut edges: BTreeSet<(String, String)> = whole(&given, step)
            .iter()
            .map(|row| (text(&row[0]).to_owned(), text(&row[1]).to_owned()))
            .collect();
        edges.extend(
            whole(&given, "session_of")
                .iter()
                .map(|row| (text(&row[1]).to_owned(), text(&row[0]).to_owned())),
        );
        for fact in &engine.facts().principals {
            let mut reached = BTreeSet::new();
            let mut open = vec![fact.name.to_string()];
            while let Some(at) = open.pop() {
                for (_, to) in edges.iter().filter(|(from, _)| *from == at) {
                    if reached.insert(to.clone()) {
                        open.push(to.clone());
                    }
                }
            }
            reached.remove(&*fact.name);
            let found: BTreeSet<String> = rows(&given, closure, &[0], &[&[&fact.name]])
                .iter()
                .map(|row| text(&row[1]).to_owned())
                .collect();
            assert_eq!(found, reached, "{closure} {}", fact.name);
        }
    }
    let of = |relation| whole(&given, relation).len();
    assert!(of("trusts_service") > 0);
    assert_eq!(of("may_assume"), of("assumes") + of("assumes_if") + of("assumes_unknown"));
}

#[test]
fn every_relation_answers_in_every_way_it_offers() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    let role = "arn:aws:iam::444444444444:role/auditor";
    for (number, offer) in offers().iter().enumerate() {
        assert!(!offer.accepts.is_empty(), "{}", offer.declaration.name.value);
        for accepts in &offer.accepts {
            let names = accepts.columns.iter().map(|&column| &*offer.declaration.columns[column].name.value);
            let tuple: Vec<Value> = names
                .map(|name| {
                    Value::text(match name {
                        "action" => "iam:PutRolePolicy",
                        "key" => "aws:RequestedRegion",
                        "value" => "eu-central-1",
                        "service" => "lambda.amazonaws.com",
                        "set" => return whole_set(&given),
                        _ => role,
                    })
                })
                .collect();
            let mut bound = Rows::new(tuple.len());
            bound.push(tuple);
            let found = given.rows(number, &Bound::new(accepts.columns.clone(), bound));
            let found =
                found.unwrap_or_else(|error| unreachable!("{}: {error}", offer.declaration.name.value));
            for row in found.iter() {
                let holds = offer
                    .declaration
                    .columns
                    .iter()
                    .zip(row)
                    .all(|(column, value)| column.of.value.holds(value));
                assert!(
                    holds && row.len() == offer.declaration.columns.len(),
                    "{}: {row:?}",
                    offer.declaration.name.value
                );
            }
        }
    }
}

fn whole_set(given: &dyn Given) -> Value {
    let sets = rows(given, "can_set", &[1], &[&["iam:PutRolePolicy"]]);
    sets.first().map(|row| row[2].clone()).expect("a set")
}

/// Columns whose words are listed hold no others.
#[test]
fn columns_hold_the_words_that_are_listed() {
    let engine = Engine::new(&acme(), EngineOptions { outsiders: true, ..EngineOptions::default() });
    let given = OfEstate::new(&engine);
    let mut seen = 0;
    for offer in offers().iter().filter(|offer| offer.accepts.iter().any(|with| with.columns.is_empty())) {
        let relation = &*offer.declaration.name.value;
        for (at, column) in offer.declaration.columns.iter().enumerate() {
            let Some(words) = words(relation, &column.name.value) else { continue };
            for row in whole(&given, relation) {
                let (Value::Symbol(word) | Value::Text(word)) = &row[at] else {
                    unreachable!("{relation}: {row:?}")
                };
                assert!(words.contains(&&**word), "{relation}.{}: {word}", column.name.value);
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn the_page_lists_every_relation() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/relations.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let listed: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("- `")?.split('(').next()).collect();
    let offered: Vec<&str> = offers().iter().map(|offer| &*offer.declaration.name.value).collect();
    assert_eq!(listed, offered);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = words(&page);
    for offer in offers() {
        let relation = &offer.declaration;
        let docs = words(&relation.docs.join(" "));
        assert!(page.contains(&docs), "docs/relations.md lacks: {docs}");
        let columns =
            relation.columns.iter().map(|column| format!("{}: {}", column.name.value, column.of.value));
        let head = format!("`{}({})`", relation.name.value, columns.collect::<Vec<_>>().join(", "));
        assert!(page.contains(&head), "docs/relations.md lacks {head}");
    }
}

/// A resource of the principal's own account may be one that the estate does not name.
#[test]
fn something_can_be_done_to_what_has_no_name_yet() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    let admin = "arn:aws:iam::222222222222:role/security/BreakGlass";
    for (relation, count) in [("can_some", 1), ("can_some_if", 0), ("can_some_unknown", 0)] {
        assert_eq!(rows(&given, relation, &[0, 1], &[&[admin, "guardduty:DeleteDetector"]]).len(), count);
    }
}

/// An organisation of two accounts with a role `m` in that which manages it and roles `a` and `b` in the other, which may do what their
/// policies let them do to organisations and S3.
fn of_organization(resource_policy: &str, rcp: &str, organization: bool) -> (tempfile::TempDir, Engine) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let role = |account: &str, name: &str| {
        format!(
            r#"{{"RoleName": "{name}", "RoleId": "AROA{name}AAAAAAAAAAAAAAAA", "Path": "/", "Tags": [],
            "Arn": "arn:aws:iam::{account}:role/{name}", "AttachedManagedPolicies": [],
            "AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Principal": "*",
                "Action": "sts:AssumeRole"}}]}},
            "RolePolicyList": [{{"PolicyName": "p", "PolicyDocument": {{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Action": ["organizations:*", "s3:*"], "Resource": "*"}}]}}}}]}}"#
        )
    };
    let (manager, member) = ("111111111111", "222222222222");
    for (account, roles) in [(manager, vec!["m"]), (member, vec!["a", "b"])] {
        let roles: Vec<String> = roles.into_iter().map(|name| role(account, name)).collect();
        let details = format!(
            r#"{{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [{}], "Policies": []}}"#,
            roles.join(", ")
        );
        let of_account = folder.path().join("accounts").join(account);
        std::fs::create_dir_all(&of_account).expect("the folder is made");
        std::fs::write(of_account.join("authorization-details.json"), details)
            .expect("the export is written");
    }
    if organization {
        let account =
            |id: &str| format!(r#"{{"Id": "{id}", "Name": "{id}", "ParentId": "r-1", "Status": "ACTIVE"}}"#);
        let text = format!(
            r#"{{"Organization": {{"Id": "o-1", "MasterAccountId": "{manager}"}},
            "Roots": [{{"Id": "r-1", "Name": "Root", "PolicyTypes": [
                {{"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}}]}}], "OrganizationalUnits": [],
            "Accounts": [{}, {}], "DelegatedAdministrators": [], "ResourcePolicy": {resource_policy},
            "Policies": [{{"Id": "p-rcp", "Name": "rcp", "Type": "RESOURCE_CONTROL_POLICY", "AwsManaged": false,
                "Content": {{"Version": "2012-10-17", "Statement": [{rcp}
                    {{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}]}},
                "Targets": ["r-1", "{manager}", "{member}"]}}]}}"#,
            account(manager),
            account(member)
        );
        std::fs::write(folder.path().join("organization.json"), text).expect("the organisation is written");
    }
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    (folder, Engine::new(&estate, EngineOptions::default()))
}

/// The roles that a relation holds with an action.
fn roles_with(engine: &Engine, relation: &str, action: &str) -> Vec<String> {
    let found = rows(&OfEstate::new(engine), relation, &[1], &[&[action]]);
    let names =
        found.iter().filter_map(|row| text(&row[0]).split_once(":role/").map(|(_, name)| name.to_owned()));
    names.collect()
}

/// S-SVC-16: policies, units and roots are of the management account, and members need its leave.
#[test]
fn members_own_nothing_of_their_organization() {
    let delegated = |principal: &str, resource: &str| {
        format!(
            r#"{{"Content": {{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow",
            "Principal": {{"AWS": "arn:aws:iam::222222222222:{principal}"}}, "Action": "organizations:AttachPolicy",
            "Resource": "{resource}"}}]}}}}"#
        )
    };
    let of_this = "arn:aws:organizations::111111111111:*/o-1/*";
    for (policy, attach) in [
        ("null".to_owned(), &["m"][..]),
        (delegated("root", "*"), &["m", "a", "b"]),
        (delegated("root", of_this), &["m", "a", "b"]),
        (delegated("role/b", "*"), &["m", "b"]),
        // The resources of another organisation are none of these.
        (delegated("root", "arn:aws:organizations::111111111111:*/o-2/*"), &["m"]),
        (delegated("root", "arn:aws:organizations::111111111111:policy/o-2/*"), &["m"]),
    ] {
        let (_folder, engine) = of_organization(&policy, "", true);
        assert_eq!(roles_with(&engine, "can_some", "organizations:AttachPolicy"), attach, "{policy}");
        assert_eq!(roles_with(&engine, "can_some", "organizations:DetachPolicy"), ["m"], "{policy}");
        assert!(roles_with(&engine, "can_some_unknown", "organizations:DetachPolicy").is_empty(), "{policy}");
    }
    let (_folder, engine) = of_organization("null", "", true);
    let own = "arn:aws:organizations::222222222222:policy/o-1/service_control_policy/p-1";
    let of = |relation| {
        ask(
            &OfEstate::new(&engine),
            relation,
            &[0, 1, 2],
            &[&["arn:aws:iam::222222222222:role/a", "organizations:UpdatePolicy", own]],
        )
    };
    assert!(of("can").expect("rows").is_empty());
    assert_eq!(of("cannot").expect("rows").len(), 1);
}

/// Without an organisation nobody knows who manages one.
#[test]
fn without_an_organization_nobody_knows_who_manages_policies() {
    let (_folder, engine) = of_organization("null", "", false);
    for relation in ["can_some", "can_some_if"] {
        assert!(roles_with(&engine, relation, "organizations:AttachPolicy").is_empty(), "{relation}");
    }
    assert_eq!(roles_with(&engine, "can_some_unknown", "organizations:AttachPolicy"), ["m", "a", "b"]);
}

/// RCPs that ask who calls tell principals apart whose own policies say the same.
#[test]
fn rcps_tell_principals_apart_on_resources_that_need_not_exist() {
    for (name, others) in [("a", ["m", "b"]), ("b", ["m", "a"])] {
        let rcp = format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketPolicy", "Resource": "*",
            "Condition": {{"ArnNotLike": {{"aws:PrincipalArn": "arn:aws:iam::*:role/{name}"}}}}}},"#
        );
        let (_folder, engine) = of_organization("null", &rcp, true);
        // No RCP applies to the management account.
        assert_eq!(roles_with(&engine, "can_some", "s3:PutBucketPolicy"), ["m", name]);
        assert_eq!(roles_with(&engine, "can_some", "s3:GetObject").len(), 1 + others.len());
    }
}

#[test]
fn credentials_are_read_from_the_report() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    let users = |relation| -> Vec<String> {
        whole(&given, relation)
            .iter()
            .map(|row| text(&row[0]).replace("arn:aws:iam::444444444444:", ""))
            .collect()
    };
    assert_eq!(users("credential_report"), ["444444444444"]);
    assert!(users("console_password").contains(&"root".to_owned()), "a root user has a password");
    assert!(users("mfa").contains(&"user/bob".to_owned()) && !users("mfa").contains(&"user/dave".to_owned()));
    let keys = whole(&given, "access_key");
    assert!(
        keys.iter()
            .any(|row| text(&row[0]).ends_with("user/bob") && text(&row[4]) == "2025-05-11T16:20:00+00:00")
    );
    let lacking = whole(&given, "not_collected");
    assert!(lacking.contains(&vec![Value::symbol("credential-report"), Value::text("111111111111")]));
    assert!(!lacking.contains(&vec![Value::symbol("credential-report"), Value::text("444444444444")]));
}

#[test]
fn reports_that_cannot_be_read_are_errors_with_a_place() {
    let header = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
        access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
        cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
    let row = |account: &str, mfa: &str| {
        format!(
            "{header}\nbob,arn:aws:iam::{account}:user/bob,2022-07-15T10:51:00+00:00,true,N/A,N/A,N/A,{mfa},false,N/A,\
             N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
        )
    };
    for (report, said) in [
        (row("111111111111", "perhaps"), "expected `true` or `false`, found `perhaps`"),
        (row("222222222222", "true"), "is not the ARN of a user or root user of the account"),
        ("user,arn\n".to_owned(), "`password_enabled` is missing"),
        (format!("{header}\nbob\n"), "a row of a credential report"),
        (row("111111111111", "true").replace("true,N/A", "true,1/15/2023 8:00"), "found `1/15/2023 8:00`"),
        (
            row("111111111111", "true") + &row("111111111111", "false").replacen(header, "", 1)[1..],
            "expected one row for each user, found another row for arn:aws:iam::111111111111:user/bob",
        ),
    ] {
        let (_folder, estate) = with_file("credential-report.csv", &report);
        let engine = Engine::new(&estate, EngineOptions::default());
        let error = ask(&OfEstate::new(&engine), "mfa", &[], &[&[]]).expect_err("an error");
        assert!(error.message.contains(said), "{}", error.message);
        assert!(error.message.contains("credential-report.csv:"), "{}", error.message);
    }
    let used = r#"[{"Arn": "arn:aws:iam::111111111111:role/r", "ServicesLastAccessed": [
        {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "LastAuthenticated": "2025-01-01T00:00:00+00:00"},
        {"ServiceName": "AWS Lambda", "ServiceNamespace": "lambda", "TotalAuthenticatedEntities": 0}]}]"#;
    let (_folder, estate) = with_file("service-last-accessed.json", used);
    let engine = Engine::new(&estate, EngineOptions::default());
    let found = whole(&OfEstate::new(&engine), "last_accessed");
    let dates: Vec<(&str, &str)> = found.iter().map(|row| (text(&row[1]), text(&row[2]))).collect();
    assert_eq!(dates, [("lambda", ""), ("s3", "2025-01-01T00:00:00+00:00")]);
    let (_folder, estate) = with_file("service-last-accessed.json", "[{\"Arn\": 1}]");
    let engine = Engine::new(&estate, EngineOptions::default());
    let error = ask(&OfEstate::new(&engine), "use_collected", &[], &[&[]]).expect_err("an error");
    assert!(error.message.contains("service-last-accessed.json:1:"), "{}", error.message);
}

#[test]
fn the_root_user_of_a_report_is_known_by_its_arn() {
    for name in ["<root_account>", "root", "&lt;root_account&gt;"] {
        let row = format!(
            "{name},arn:aws:iam::111111111111:root,not_supported,2025-01-01,not_supported,false,\
             false,N/A,N/A,false,N/A,N/A,false,false"
        );
        let header = "user,arn,password_enabled,password_last_used,password_last_changed,mfa_active,\
            access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,\
            access_key_2_last_rotated,access_key_2_last_used_date,cert_1_active,cert_2_active";
        // A row that is there twice is one.
        let (_folder, estate) = with_file("credential-report.csv", &format!("{header}\n{row}\n{row}\n"));
        let engine = Engine::new(&estate, EngineOptions::default());
        let found = whole(&OfEstate::new(&engine), "console_password");
        let found: Vec<Vec<&str>> = found.iter().map(|row| row.iter().map(text).collect()).collect();
        assert_eq!(found, [["arn:aws:iam::111111111111:root", "2025-01-01", ""]], "{name}");
    }
}

#[test]
fn only_completed_reports_on_use_count_and_the_last_date_of_several() {
    let report = |of_job: &str, date: &str| {
        format!(
            "[{{\"Arn\": \"arn:aws:iam::111111111111:role/r\"{of_job}, \"ServicesLastAccessed\": \
             [{{\"ServiceNamespace\": \"sqs\", \"LastAuthenticated\": \"{date}\"}}]}}]"
        )
    };
    let day = "2025-01-01T00:00:00+00:00";
    for (report, said) in [
        (report(", \"JobStatus\": \"IN_PROGRESS\"", day), "JobStatus `IN_PROGRESS`"),
        (report(", \"JobStatus\": \"FAILED\"", day), "JobStatus `FAILED`"),
        (
            "[{\"Arn\": \"arn:aws:iam::111111111111:role/r\", \"JobStatus\": \"IN_PROGRESS\"}]".into(),
            "JobStatus",
        ),
        (report("", "last spring"), "no date: `last spring`"),
    ] {
        let (_folder, estate) = with_file("service-last-accessed.json", &report);
        let engine = Engine::new(&estate, EngineOptions::default());
        let error = ask(&OfEstate::new(&engine), "last_accessed", &[], &[&[]]).expect_err("an error");
        assert!(error.message.contains(said), "{}", error.message);
        assert!(error.message.contains("service-last-accessed.json:1:"), "{}", error.message);
    }
    let one = |date: &str| {
        let report = report(", \"JobStatus\": \"COMPLETED\"", date);
        report[1..report.len() - 1].to_owned()
    };
    let (older, newer) = (one("2025-01-01T12:00:00+00:00"), one("2025-01-01T11:30:00-02:00"));
    let never = older.replace(", \"LastAuthenticated\": \"2025-01-01T12:00:00+00:00\"", "");
    let (_folder, estate) = with_file("service-last-accessed.json", &format!("[{older}, {newer}, {never}]"));
    let engine = Engine::new(&estate, EngineOptions::default());
    let found = whole(&OfEstate::new(&engine), "last_accessed");
    assert_eq!(found.iter().map(|row| text(&row[2])).collect::<Vec<_>>(), ["2025-01-01T11:30:00-02:00"]);
}

/// Empty means that no use is known, and a list without it that nothing is.
#[test]
fn whether_the_use_of_a_role_is_known_its_entry_says() {
    let role = |name: &str, used: &str| {
        format!(
            r#"{{"RoleName": "{name}", "RoleId": "AROAAAAAAAAAAAAAAAAA{name}", "Path": "/", "RolePolicyList": [],
            "Arn": "arn:aws:iam::111111111111:role/{name}", "AttachedManagedPolicies": [],
            "AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement": []}}{used}}}"#
        )
    };
    let roles = [
        role("A", ""),
        role("B", r#", "RoleLastUsed": {}"#),
        role(
            "C",
            r#", "RoleLastUsed": {"LastUsedDate": "2025-12-30T00:00:00+00:00", "Region": "us-east-1"}"#,
        ),
    ];
    let details = format!(
        r#"{{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [{}], "Policies": []}}"#,
        roles.join(", ")
    );
    let (_folder, estate) = with_file("authorization-details.json", &details);
    let engine = Engine::new(&estate, EngineOptions::default());
    let of = |relation| -> Vec<String> {
        let found = whole(&OfEstate::new(&engine), relation);
        found.iter().map(|row| text(&row[0]).replace("arn:aws:iam::111111111111:role/", "")).collect()
    };
    assert_eq!(of("role_use_reported"), ["B", "C"]);
    assert_eq!(of("role_used"), ["C"]);
}

fn with_file(name: &str, text: &str) -> (tempfile::TempDir, Estate) {
    let details = r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let account = folder.path().join("accounts/111111111111");
    std::fs::create_dir_all(&account).expect("the folder is made");
    std::fs::write(account.join("authorization-details.json"), details).expect("the export is written");
    std::fs::write(account.join(name), text).expect("the file is written");
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    (folder, estate)
}

#[test]
fn statements_that_allow_are_named() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    let places = whole(&given, "statement_at");
    let sure = rows(&given, "can", &[1], &[&["iam:PassRole"]]);
    for row in &sure {
        let granted = rows(&given, "granted_by", &[0, 1], &[&[text(&row[0]), "iam:PassRole"]]);
        let root = text(&row[0]).ends_with(":root");
        assert!(root || !granted.is_empty(), "{row:?}");
        assert!(granted.iter().all(|of| places.contains(&of[2..])), "{granted:?}");
    }
    // A service has no policies of its own: the trust policy of the role lets it in.
    let trusts = whole(&given, "trusts_service");
    let service = trusts.first().map(|row| text(&row[1]).to_owned()).expect("a service");
    let granted = rows(&given, "granted_by", &[0, 1], &[&[&service, "sts:AssumeRole"]]);
    let policies = whole(&given, "trust");
    let is_trust = |policy: &Value| policies.iter().any(|row| row[1] == *policy);
    assert!(!granted.is_empty() && granted.iter().all(|of| is_trust(&of[2])), "{granted:?}");
    let administrators = whole(&given, "administrator_policy");
    assert!(administrators.contains(&vec![Value::text("arn:aws:iam::aws:policy/AdministratorAccess")]));
    assert!(!administrators.contains(&vec![Value::text("arn:aws:iam::aws:policy/SecurityAudit")]));
}

#[test]
fn facts_of_a_file_do_not_answer_for_an_estate() {
    let can = offers()[place("can")].declaration.clone();
    let row: entail::datalog::relations::Row = ["alice", "s3:GetObject", "x"].map(Value::text).into();
    let tuple: &[&[&str]] = &[&["s3:GetObject"]];
    let error = ask(&OfFacts::of_file([]), "can", &[1], tuple).expect_err("nothing is known");
    assert_eq!(error.message, "the facts say nothing of `can`");
    assert!(rows(&OfFacts::of_file([]), "member", &[], &[&[]]).is_empty());
    assert!(rows(&OfFacts::new([]), "can", &[], &[&[]]).is_empty(), "in a test nothing else is known");
    for given in
        [OfFacts::of_file([(can.clone(), vec![row.clone()])]), OfFacts::new([(can.clone(), vec![row])])]
    {
        assert_eq!(rows(&given, "can", &[], &[&[]]).len(), 1);
    }
}

#[test]
fn external_access_is_that_of_the_report() {
    let options = EngineOptions { outsiders: true, ..EngineOptions::default() };
    let with_outsiders = Engine::new(&acme(), options);
    let reported = with_outsiders.external_access().rows;
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    let found = whole(&given, "external");
    let resources = |of: &mut dyn Iterator<Item = String>| of.collect::<BTreeSet<String>>();
    assert_eq!(
        resources(&mut found.iter().map(|row| text(&row[0]).to_owned())),
        resources(&mut reported.iter().map(|row| row.resource.to_string()))
    );
    let places = whole(&given, "statement_at");
    assert!(
        !found.is_empty()
            && found.iter().all(|row| row[9] == Value::Number(-1) || places.contains(&row[8..]))
    );
}

/// A principal that nobody knows has no rows.
#[test]
fn strangers_have_no_rows() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let given = OfEstate::new(&engine);
    assert!(
        rows(&given, "can", &[0, 1], &[&["arn:aws:iam::999999999999:user/x", "s3:ListBucket"]]).is_empty()
    );
    let error = ask(&given, "can", &[1], &[&["s3:*"]]).expect_err("no action");
    assert_eq!(error.message, "`s3:*` is not an action; expected `service:Name`");
    assert_eq!(engine.facts().principal_id("nobody"), None::<PrincipalId>);
}

/// A policy that is attached to nobody says what it says, where it stands; whoever asks who holds it is told nothing.
#[test]
fn policies_of_nobody_have_statements() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("details.json");
    let export = r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [
  {"PolicyName": "wide", "Arn": "arn:aws:iam::111122223333:policy/wide", "DefaultVersionId": "v1", "AttachmentCount": 0,
   "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Version": "2012-10-17",
     "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}]}"#;
    std::fs::write(&path, export).expect("written");
    let estate = Estate::load(&path, &LoadOptions::default()).expect("it loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let given = OfEstate::new(&engine);
    let arn = "arn:aws:iam::111122223333:policy/wide";
    let names = |relation: &str| -> Vec<String> {
        whole(&given, relation)
            .iter()
            .map(|row| text(&row[0]).to_owned())
            .filter(|name| name == arn)
            .collect()
    };
    for relation in ["policy", "statement", "statement_at", "managed_policy", "held_by_nobody"] {
        assert_eq!(names(relation), [arn], "{relation}");
    }
    let statements = whole(&given, "statement");
    let statement = statements.iter().find(|row| text(&row[0]) == arn).expect("a row");
    assert_eq!(
        statement[1..5],
        [Value::Number(0), Value::symbol("allow"), Value::symbol("identity"), Value::text("All")]
    );
    assert_eq!((text(&statement[12]), &statement[13]), (&*path.display().to_string(), &Value::Number(4)));
    let mut evidence = Statements::new(&engine);
    let found = evidence.find(&[(arn, 0), (arn, 1)]);
    let place = found[0].as_ref().map(|found| (&*found.policy, found.line, &*found.path));
    assert_eq!(place, Some((arn, 4, "$.Policies[0].PolicyVersionList[0].Document.Statement[0]")));
    assert!(found[1].is_none());
}
