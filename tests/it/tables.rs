//! The tables of a report say what the engine says, by the formula of `docs/tables.md`.

mod formula;

use std::collections::BTreeSet;

use entail::answers::{Answer, Context, Engine, EngineOptions, Question};
use entail::catalog::governing::{AlsoNeeded, CrossAccount, governing};
use entail::estate::{Estate, LoadOptions};
use entail::facts::readings::{Readings, TABLE};
use entail::facts::{Assumptions, Caller, Ownership, PrincipalId, Regime, Target};
use entail::output::Table;
use entail::output::factored::KEYS;
use entail::output::views::report_tables;
use entail::rules::decision::Decision;
use serde_json::Value;

use crate::acme::{acme, question, rows};
use crate::output::tables::{check_round_trip, expected};
use crate::small_estates::{ask, cases, written};
use formula::{Asked, Formula};

fn engine(assumptions: Assumptions) -> Engine {
    Engine::new(&acme(), EngineOptions { assumptions, ..EngineOptions::default() })
}

/// No keys are assumed; VPC endpoints that were not collected let pass, as in the answers that tables are compared with.
fn without_context() -> Assumptions {
    Assumptions { other_endpoints_pass: true, ..Assumptions::nothing() }
}

fn everybody(engine: &Engine) -> Vec<PrincipalId> {
    (0..engine.facts().principals.len() as u32).map(PrincipalId).collect()
}

fn tables(engine: &Engine) -> Vec<Table> {
    report_tables(engine, &everybody(engine)).expect("tables")
}

#[test]
fn every_format_gives_back_the_tables_of_the_sample() {
    tables(&engine(Assumptions::default())).iter().for_each(check_round_trip);
}

#[test]
fn the_keys_join() {
    let tables = tables(&engine(Assumptions::default()));
    let values = |table: &str, column: &str| -> BTreeSet<String> {
        let table = tables.iter().find(|found| found.name() == table).expect("a table");
        let rows = expected(table);
        rows.iter().map(|row| &row[column]).filter(|value| !value.is_null()).map(Value::to_string).collect()
    };
    for [(left, key), (right, of)] in KEYS {
        let (named, known) = (values(left, key), values(right, of));
        assert!(named.is_subset(&known), "{left}.{key} names what {right} lacks");
        assert!(!named.is_empty(), "{left} has rows");
    }
}

#[test]
fn tables_are_the_same_whatever_the_number_of_threads() {
    let made = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| tables(&engine(Assumptions::default())))
    };
    let one = made(1);
    for _ in 0..3 {
        for (one, many) in one.iter().zip(&made(8)) {
            assert_eq!(one.name(), many.name());
            assert_eq!(expected(one), expected(many), "{}", one.name());
        }
    }
}

#[test]
fn rows_are_sorted() {
    for table in tables(&engine(Assumptions::default())) {
        let rows: Vec<Vec<Value>> = expected(&table)
            .into_iter()
            .map(|row| row.into_iter().map(|(_, value)| value).collect())
            .collect();
        let numbers = |row: &[Value]| row.iter().map_while(Value::as_u64).collect::<Vec<_>>();
        let sorted = rows.windows(2).all(|pair| numbers(&pair[0]) <= numbers(&pair[1]));
        assert!(sorted || table.name() == "resource_denies", "{}", table.name());
    }
}

#[test]
fn narrowing_leaves_rows_of_the_principals_asked_for() {
    let engine = engine(Assumptions::default());
    let bob = engine.facts().principal_id("arn:aws:iam::444444444444:user/bob").expect("bob");
    let tables = report_tables(&engine, &[bob]).expect("tables");
    let table = |name: &str| tables.iter().find(|table| table.name() == name).map(expected).expect("a table");
    assert_eq!(table("principals").len(), 1);
    assert!(!table("permissions").is_empty());
    assert!(table("principal_blocks").iter().all(|row| row["principal"] == 0));
}

/// Why `docs/tables.md` leaves a request out.
fn left_out(answer: &Answer, formula: &Formula, question: &Question) -> Option<&'static str> {
    let target: &Target = &answer.target;
    let foreign = matches!(target.owner, Ownership::Account(owner) if answer.caller.account != Some(owner));
    if answer.examined.gate.is_some() {
        return Some("refused by the service");
    }
    if target.action.index.is_none() {
        return Some("nobody names the action");
    }
    if !target.right_type {
        return Some("the action does not take the resource");
    }
    if target.regime == Regime::Free {
        return Some("needs no permission");
    }
    if target.cross_account == CrossAccount::IdentityOnly && foreign {
        return Some("asks the caller's side alone");
    }
    if target.action.name.starts_with("organizations:") {
        return Some("belongs to the organisation");
    }
    let stated = |key: &str| question.context.get(key).is_some_and(|values| !values.is_empty());
    if stated("aws:sourcevpc") && !stated("aws:sourcevpce") {
        return Some("names a VPC and not the endpoint");
    }
    if stated("aws:userid") {
        return Some("a stated unique id says what the session is called");
    }
    if answer.caller.caller == Caller::User
        && question.context.get("aws:viaawsservice") == Some(["true".to_owned()].as_slice())
    {
        return Some("a service calls for a user, which says something of MFA");
    }
    if target.owner_unknown() {
        return Some("nobody knows whose it is");
    }
    if target.behind.is_some() {
        return Some("goes through an access point");
    }
    let resource = &*target.resource;
    let also_needed = governing(&target.action.name, resource).also_needed;
    if target.is_new {
        return Some("does not exist yet");
    }
    if also_needed.contains(&AlsoNeeded::KeyOfAlias) {
        return Some("needs a permission on a key that nothing names");
    }
    if also_needed.contains(&AlsoNeeded::LakeFormation) {
        return Some("may need permissions of Lake Formation");
    }
    let unknown = target.held.iter().any(|held| matches!(held, entail::facts::Held::NotCollected(_)));
    let shared = matches!(target.cross_account, CrossAccount::Share(_) | CrossAccount::Unlisted);
    if !formula.knows(&target.action.name, resource) && (unknown || (foreign && shared)) {
        return Some("the resource was not collected");
    }
    None
}

/// Asks engine and tables; what they differ in, or why the tables leave the request out.
fn compare(
    engine: &Engine,
    formula: &mut Formula,
    question: &Question,
    assumed: &[(&'static str, Option<String>)],
) -> Result<Option<&'static str>, String> {
    let Ok(answer) = engine.can(question) else { return Ok(Some("no such principal")) };
    let Some(principal) = formula.principal(&answer.caller.name) else {
        return Ok(Some("no principal of the estate"));
    };
    if let Some(why) = left_out(&answer, formula, question) {
        return Ok(Some(why));
    }
    let mut context: Context = question.context.clone();
    for (key, value) in assumed {
        context.or(key, value.as_deref());
    }
    let asked =
        Asked { principal, action: &answer.target.action.name, target: &answer.target, context: &context };
    let (found, text) = formula.decide(engine, &asked);
    let expected = match answer.decided.decision {
        Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => "Denied",
        // Denied for sure, but the kind depends.
        _ if answer.decided.condition.is_never() => "Denied",
        other => other.name(),
    };
    // Whose an object is, where it is not the bucket owner's, the tables do not tell.
    if answer.target.object_owner.is_some() {
        return Ok(Some("an object of another account"));
    }
    // Nor that a function URL which asks for no credentials takes everybody.
    let asks_nobody =
        || question.context.get("lambda:functionurlauthtype").is_some_and(|values| *values == ["NONE"]);
    if answer.target.action.name.eq_ignore_ascii_case("lambda:InvokeFunctionUrl") && asks_nobody() {
        return Ok(Some("a function URL for everybody"));
    }
    // Nor what ACLs that were not collected give.
    let record = answer.target.record.as_ref();
    let ownership = record.and_then(|record| record.settings.object_ownership.as_deref());
    let has_acl =
        answer.target.acl.is_some() || ownership.is_some_and(|ownership| ownership != "BucketOwnerEnforced");
    if found == expected || (has_acl && found == "Unknown") {
        return Ok(None);
    }
    // Nor in which VPC an endpoint is, and whose, nor where the account stands for which a service calls: what policies ask of these
    // stays open.
    let is_open = found != "Allowed" && found != "Denied";
    let asks = |keys: &[&str]| is_open && keys.iter().any(|key| text.contains(key));
    if asks(&["aws:sourcevpc ", "aws:sourcevpcarn ", "aws:vpceaccount "]) {
        return Ok(Some("asks for the VPC or the owner of an endpoint"));
    }
    if asks(&["aws:sourceorgid ", "aws:sourceorgpaths "]) {
        return Ok(Some("asks for the organisation of the account for which a service calls"));
    }
    let condition = engine.facts().arena().conditions.text(answer.decided.condition);
    Err(format!(
        "{} {} {}: tables {found} ({text}), engine {expected} ({condition})",
        answer.caller.name, question.action, answer.target.resource
    ))
}

#[test]
fn the_formula_answers_the_questions_of_the_sample() {
    let plain = engine(Assumptions::default());
    let mut formula = Formula::new(&tables(&engine(without_context())));
    let assumed = Assumptions::default().context();
    let (mut wrong, mut compared, mut skipped) = (Vec::new(), 0, Vec::new());
    for row in rows() {
        let question = question(&row);
        match compare(&plain, &mut formula, &question, &assumed) {
            Ok(None) => compared += 1,
            Ok(Some(why)) => skipped.push(format!("{why}: {row}")),
            Err(difference) => wrong.push(difference),
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= 90, "only {compared} were compared:\n{}", skipped.join("\n"));
}

/// The reading of each question that stands at a place in its list, where there is one. Which of two tags counts is left
/// to whoever combines the tables.
fn readings_at(place: usize) -> Readings {
    let mut readings = Readings::default();
    for row in TABLE.iter().filter(|row| row.id != "U-15") {
        if let Some(choice) = row.choices.get(place) {
            readings.choose(row.id, choice.name).expect("a reading of the table");
        }
    }
    readings
}

/// Asks the tables of the small estates by some readings; how many answers were compared.
fn ask_small_estates(readings: Readings) -> usize {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for case in cases() {
        let folder = written(&case["estate"]);
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
        let engine_with = |assumptions: Assumptions| {
            let assumptions = Assumptions { readings, ..assumptions };
            Engine::new(&estate, EngineOptions { assumptions, ..EngineOptions::default() })
        };
        let plain = engine_with(Assumptions::default());
        let mut formula = Formula::new(&tables(&engine_with(without_context())));
        for row in case["requests"].as_array().expect("requests") {
            let question = ask(row).question();
            match compare(&plain, &mut formula, &question, &Assumptions::default().context()) {
                Ok(None) => compared += 1,
                Ok(Some(_)) => {}
                Err(difference) => wrong.push(format!("{}: {difference}", case["id"])),
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    compared
}

#[test]
fn the_formula_answers_the_small_estates() {
    let compared = ask_small_estates(Readings::default());
    assert!(compared >= 30, "only {compared} were compared");
}

#[test]
fn the_formula_answers_the_small_estates_by_other_readings() {
    for place in [1, 2] {
        let compared = ask_small_estates(readings_at(place));
        assert!(compared >= 30, "only {compared} were compared by the readings in place {place}");
    }
}

#[test]
fn the_formula_agrees_for_all_principals() {
    const REQUESTS: &[(&str, &str)] = &[
        ("s3:GetObject", "arn:aws:s3:::acme-home/bob/notes.txt"),
        ("s3:GetObject", "arn:aws:s3:::acme-artifacts/shop.zip"),
        ("s3:GetObject", "arn:aws:s3:::acme-org-logs/AWSLogs/x"),
        ("s3:GetObject", "arn:aws:s3:::acme-reports/2025"),
        ("s3:PutObject", "arn:aws:s3:::acme-org-logs/AWSLogs/x"),
        ("s3:ListBucket", "arn:aws:s3:::acme-home"),
        ("s3:ListAllMyBuckets", "*"),
        ("ec2:DescribeInstances", "*"),
        ("iam:ListUsers", "*"),
        ("sqs:ListQueues", "*"),
        ("kms:ListKeys", "*"),
        ("ec2:TerminateInstances", "arn:aws:ec2:eu-central-1:444444444444:instance/i-1"),
        ("kms:Decrypt", "arn:aws:kms:eu-central-1:444444444444:key/orders"),
        ("sqs:SendMessage", "arn:aws:sqs:eu-central-1:444444444444:orders"),
        ("sqs:PurgeQueue", "arn:aws:sqs:eu-central-1:444444444444:orders"),
        ("sns:Publish", "arn:aws:sns:eu-central-1:555555555555:alerts"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-central-1:444444444444:function:shop-api"),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-central-1:444444444444:secret:shop/db-Xk2pQv",
        ),
        ("iam:PassRole", "arn:aws:iam::444444444444:role/shop-api"),
        ("iam:GetRole", "arn:aws:iam::444444444444:role/ops-admin"),
        ("cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-central-1:222222222222:trail/org"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:eu-central-1:555555555555:table/t"),
        ("acme:Unknown", "*"),
    ];
    let engine = engine(Assumptions::default());
    let mut formula = Formula::new(&tables(&engine));
    let mut requests: Vec<(String, String)> =
        REQUESTS.iter().map(|(action, resource)| ((*action).to_owned(), (*resource).to_owned())).collect();
    for resource in engine.known_resources() {
        let action = match () {
            () if resource.arn.contains(":role/") => "sts:AssumeRole",
            () if resource.arn.contains(":s3:::") => "s3:GetBucketPolicy",
            () if resource.arn.contains(":kms:") => "kms:DescribeKey",
            () if resource.arn.contains(":sqs:") => "sqs:ReceiveMessage",
            () if resource.arn.contains(":sns:") => "sns:Publish",
            () if resource.arn.contains(":ecr:") => "ecr:BatchGetImage",
            () => continue,
        };
        requests.push((action.to_owned(), resource.arn.to_string()));
    }
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for principal in everybody(&engine) {
        let name = &engine.facts().principal(principal).name;
        for (action, resource) in &requests {
            match compare(&engine, &mut formula, &Question::new(name, action, resource), &[]) {
                Ok(None) => compared += 1,
                Ok(Some(_)) => {}
                Err(difference) => wrong.push(difference),
            }
        }
    }
    wrong.truncate(60);
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 2000, "only {compared} were compared");
}
