//! `become` on the sample, and on estates of a shape that is hard on it.

use std::fs;
use std::path::Path;

use entail::answers::chains::Direction;
use entail::answers::{Engine, EngineOptions, Question, Reverse};
use entail::estate::{Estate, LoadOptions};
use entail::facts::{Assumptions, PrincipalId, PrincipalKind};
use entail::output::terminal::{Screen, show_become};
use entail::output::views::{BecomeViews, report_view, who_can_view};
use entail::output::{
    Assumed, BecomeAnswer, DecisionWord, GraphFormat, RowFormat, fits_a_picture, write_answer, write_graph,
};
use entail::rules::decision::Decision;
use serde_json::{Value, json};

use crate::acme::acme;
use crate::small_estates::written;

const AUDITOR: &str = "arn:aws:iam::444444444444:role/auditor";
const ACCOUNT: &str = "111111111111";

fn sample() -> Engine {
    let assumptions = Assumptions::default().without_context();
    Engine::new(&acme(), EngineOptions { assumptions, ..EngineOptions::default() })
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("written");
    // The sample stands wherever the repository does.
    String::from_utf8(out).expect("text").replace(concat!(env!("CARGO_MANIFEST_DIR"), "/"), "")
}

fn to_auditor(engine: &Engine) -> BecomeAnswer {
    let hops = engine.hops();
    let auditor = engine.facts().principal_id(AUDITOR).expect("the role is there");
    let ways = hops.ways(auditor, Direction::To, None);
    let answer = BecomeViews::new(engine, &hops, true).ways(&ways, &|_| true);
    BecomeAnswer { to: Some(AUDITOR.to_owned()), ..answer }
}

#[test]
fn the_sample_at_a_glance() {
    let engine = sample();
    let hops = engine.hops();
    let overview = engine.overview(&hops);
    let answer = BecomeViews::new(&engine, &hops, true).overview(&overview, None, &|_| true);
    insta::assert_snapshot!("overview", text(|out| show_become(&answer, false, Screen::default(), out)));
    let outside =
        BecomeViews::new(&engine, &hops, true).overview(&overview, None, &|id| engine.is_outside(id));
    assert!(
        outside.rows.iter().all(|row| !row.hop.from.contains(":user/") && !row.hop.from.contains(":role/"))
    );
    assert!(outside.rows.iter().any(|row| row.hop.from.contains(":oidc-provider/")));
}

#[test]
fn who_can_become_a_role_and_how() {
    let engine = sample();
    let answer = to_auditor(&engine);
    insta::assert_snapshot!("to_auditor", text(|out| show_become(&answer, true, Screen::default(), out)));
    insta::assert_snapshot!("to_auditor_csv", text(|out| write_answer(&answer, RowFormat::Csv, out)));
    for (name, format) in [
        ("to_auditor_dot", GraphFormat::Dot),
        ("to_auditor_mermaid", GraphFormat::Mermaid),
        ("to_auditor_graphml", GraphFormat::GraphMl),
        ("to_auditor_opengraph", GraphFormat::OpenGraph),
    ] {
        insta::assert_snapshot!(name, text(|out| write_graph(&answer, format, out)));
    }
}

#[test]
fn paths_between_two() {
    let engine = sample();
    let hops = engine.hops();
    let id = |name: &str| engine.facts().principal_id(name).expect("it is there");
    let (alice, auditor) = (id("arn:aws:iam::222222222222:user/alice"), id(AUDITOR));
    let conditions = &engine.facts().arena().conditions;
    let paths = hops.paths(alice, auditor, None, conditions);
    let answer = BecomeViews::new(&engine, &hops, true).paths((alice, auditor), paths.as_ref());
    let names: Vec<Vec<&str>> =
        answer.paths.iter().map(|path| path.iter().map(|hop| &*hop.to).collect()).collect();
    assert_eq!(names, [["arn:aws:iam::222222222222:role/SecurityAudit", AUDITOR]]);
    // A row for each hop.
    let csv = text(|out| write_answer(&answer, RowFormat::Csv, out));
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let told = |row: &Vec<&str>| (row[0].to_owned(), row[3].to_owned(), row.last().map(ToString::to_string));
    let first = Some("1".to_owned());
    let audit = ("arn:aws:iam::222222222222:role/SecurityAudit".to_owned(), "1".to_owned(), first.clone());
    assert_eq!(
        rows.iter().map(told).collect::<Vec<_>>(),
        [audit, (AUDITOR.to_owned(), "2".to_owned(), first)]
    );
    assert_eq!(text(|out| write_answer(&answer, RowFormat::JsonLines, out)).lines().count(), 2);
    assert!(hops.paths(alice, auditor, Some(1), conditions).is_none(), "one hop is not enough");
    assert!(hops.paths(auditor, alice, None, conditions).is_none(), "no hop leads to a user");
    let cut = hops.ways(alice, Direction::From, Some(1));
    assert!(cut.cut && cut.ways.iter().all(|way| way.hops == 1));
}

/// What `report --through-roles` says of each principal is what `become --from` says of it.
#[test]
fn the_report_counts_the_roles_that_each_principal_becomes() {
    let engine = sample();
    let all: Vec<PrincipalId> = (0..engine.facts().principals.len() as u32).map(PrincipalId).collect();
    let (report, hops) = (engine.report(&all), engine.hops());
    let gains = engine.gains(&report, &hops);
    let view = report_view(&engine, &report, Some(&gains));
    let mut gained = 0;
    for row in &view.principals {
        let id = engine.facts().principal_id(&row.arn).expect("a row is of a principal");
        let ways = hops.ways(id, Direction::From, None);
        let is_role = |id: PrincipalId| engine.facts().principal(id).kind == PrincipalKind::Role;
        let reached: Vec<&str> = ways
            .ways
            .iter()
            .filter(|way| is_role(way.principal) && !engine.is_outside(way.principal))
            .map(|way| &*engine.facts().principal(way.principal).name)
            .collect();
        let through = row.through_roles.as_ref().expect("each row says what it gains");
        assert_eq!(through.roles, reached.len(), "{}", row.arn);
        if let Some(administrator) = &through.administrator {
            assert!(reached.contains(&&**administrator), "{}: {administrator}", row.arn);
            gained += 1;
        }
    }
    assert!(gained > 0 && view.principals.iter().any(|row| row.arn.ends_with(":user/alice")));
}

/// An estate of one account with roles whose trust policies name others.
fn roles(folder: &Path, trusted_by: &[Vec<usize>]) -> Engine {
    let arn = |role: usize| format!("arn:aws:iam::{ACCOUNT}:role/r{role}");
    let role = |(number, trusted): (usize, &Vec<usize>)| -> Value {
        let principals: Vec<String> = trusted.iter().map(|&role| arn(role)).collect();
        let statements = match principals.is_empty() {
            true => json!([]),
            false => {
                json!([{"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}])
            }
        };
        json!({"Arn": arn(number), "RoleName": format!("r{number}"), "Path": "/", "RoleId": format!("AROA{number:016}"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": statements},
            "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": []})
    };
    let details = json!({
        "UserDetailList": [], "GroupDetailList": [], "Policies": [],
        "RoleDetailList": trusted_by.iter().enumerate().map(role).collect::<Vec<_>>(),
    });
    let account = folder.join("accounts").join(ACCOUNT);
    fs::create_dir_all(&account).expect("a folder");
    fs::write(account.join("authorization-details.json"), details.to_string()).expect("a file");
    let estate = Estate::load(folder, &LoadOptions::default()).expect("it loads");
    Engine::new(&estate, EngineOptions::default())
}

#[test]
fn long_chains_and_complete_graphs() {
    let folder = tempfile::tempdir().expect("a folder");
    let chain: Vec<Vec<usize>> =
        (0..1000_usize).map(|role| role.checked_sub(1).into_iter().collect()).collect();
    let engine = roles(folder.path(), &chain);
    let hops = engine.hops();
    let first = engine.facts().principal_id(&format!("arn:aws:iam::{ACCOUNT}:role/r0")).expect("a role");
    let ways = hops.ways(first, Direction::From, None);
    assert_eq!(ways.ways.last().map(|way| way.hops), Some(999));
    let overview = engine.overview(&hops);
    assert_eq!(overview.reach.first().map(|reached| (reached.direct, reached.roles)), Some((1, 999)));
    // They take each other, and nobody takes the first.
    assert_eq!((overview.nobody.len(), overview.cycles.len()), (1000, 0));

    let folder = tempfile::tempdir().expect("a folder");
    let complete: Vec<Vec<usize>> =
        (0..60).map(|role| (0..60).filter(|other| *other != role).collect()).collect();
    let engine = roles(folder.path(), &complete);
    let hops = engine.hops();
    assert_eq!(hops.all().len(), 60 * 59);
    assert_eq!(hops.most_listed(), None, "few enough to be listed");
    let overview = engine.overview(&hops);
    assert_eq!(overview.cycles.iter().map(Vec::len).collect::<Vec<_>>(), [60]);
    assert!(overview.reach.iter().all(|reached| reached.roles == 59));
}

/// S-TRUST-07: a role that may take itself comes to nobody else by that, and goes round no cycle.
#[test]
fn a_role_that_takes_itself_stays_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = roles(folder.path(), &[vec![0], vec![0, 1], vec![]]);
    let (hops, role) = (engine.hops(), |number: usize| format!("arn:aws:iam::{ACCOUNT}:role/r{number}"));
    let id = |number: usize| engine.facts().principal_id(&role(number)).expect("a role");
    let question = |number: usize| Question::new(&role(number), "sts:AssumeRole", &role(number));
    let decide = |number: usize| engine.can(&question(number)).expect("an answer").decided.decision;
    assert_eq!([0, 1, 2].map(decide), [Decision::Allowed, Decision::Allowed, Decision::ImplicitlyDenied]);
    let overview = engine.overview(&hops);
    assert_eq!((overview.hops, overview.cycles), (1, Vec::new()));
    let reach: Vec<_> =
        overview.reach.iter().map(|reached| (reached.from, reached.direct, reached.roles)).collect();
    assert_eq!(reach, [(id(0), 1, 1)]);
    // They need somebody who takes them first.
    assert_eq!(overview.nobody, [id(0), id(1), id(2)]);
    let ways = |number, direction| -> Vec<PrincipalId> {
        hops.ways(id(number), direction, None).ways.iter().map(|way| way.principal).collect()
    };
    assert_eq!(ways(0, Direction::From), [id(1)]);
    assert_eq!(ways(0, Direction::To), []);
    assert_eq!(ways(1, Direction::To), [id(0)]);
    assert!(hops.paths(id(0), id(0), None, &engine.facts().arena().conditions).is_none());
}

/// A long chain is no page for each of its roles: of long ways both ends are told, and how much is between them.
#[test]
fn long_ways_are_told_by_their_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let chain: Vec<Vec<usize>> =
        (0..100_usize).map(|role| role.checked_sub(1).into_iter().collect()).collect();
    let engine = roles(folder.path(), &chain);
    let role = |number: usize| format!("arn:aws:iam::{ACCOUNT}:role/r{number}");
    let question =
        Reverse { action: "sts:AssumeRole".to_owned(), resource: Some(role(99)), ..Reverse::default() };
    let found = engine.who_can(&question).expect("an answer");
    let hops = engine.hops();
    let answer = BecomeViews::new(&engine, &hops, true).through(&[found], &|_| true);
    let of = |number: usize| answer.rows.iter().find(|row| row.principal == role(number)).expect("a row");
    let ends: Vec<String> = (1..=8).chain(91..=98).map(role).collect();
    let listed: Vec<&String> = of(0).through.iter().map(|hop| &hop.to).collect();
    assert_eq!((listed, of(0).through_left_out), (ends.iter().collect(), 82));
    assert_eq!((of(82).through.len(), of(82).through_left_out), (16, 0));
    let csv = text(|out| write_answer(&answer, RowFormat::Csv, out));
    assert!(csv.lines().all(|line| line.len() < 2000), "{csv}");
    assert!(csv.contains(&format!("{};… 82 more;{}", role(8), role(91))), "{csv}");
}

/// A picture of more lines than anybody can read is refused, before a layout is tried that would take minutes.
#[test]
fn pictures_that_nobody_can_read_are_refused() {
    let drawn = |count: usize| {
        let folder = tempfile::tempdir().expect("a folder");
        let others = |role: usize| (0..count).filter(|other| *other != role).collect();
        let complete: Vec<Vec<usize>> = (0..count).map(others).collect();
        let engine = roles(folder.path(), &complete);
        let hops = engine.hops();
        let overview = engine.overview(&hops);
        let answer = BecomeViews::new(&engine, &hops, false).overview(&overview, None, &|_| true);
        fits_a_picture(&answer)
    };
    assert_eq!(drawn(8), Ok(()));
    // All are of one account, which would be one node.
    assert_eq!(drawn(20), Err((20, 380)));
}

/// Who can take a role that trusts whom a statement says, hop by hop, and whether it is among those that nobody takes, or everybody.
fn takers(statement: Value) -> (Vec<String>, bool, bool) {
    takers_with(statement, &[])
}

/// The same, where a question names further callers.
fn takers_with(statement: Value, callers: &[&str]) -> (Vec<String>, bool, bool) {
    let role = json!({"Arn": format!("arn:aws:iam::{ACCOUNT}:role/r"), "RoleName": "r", "Path": "/", "Tags": [],
        "RoleId": "AROARRRRRRRRRRRRRRRRR", "RolePolicyList": [], "AttachedManagedPolicies": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}});
    let saml = format!("arn:aws:iam::{ACCOUNT}:saml-provider/Okta");
    let folder = written(&json!({
        "accounts/111111111111/authorization-details.json":
            {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []},
        "accounts/111111111111/identity-providers.json":
            {"SAMLProviderList": [{"Arn": saml}], "OpenIDConnectProviderList": []},
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("it loads");
    let callers = callers.iter().map(ToString::to_string).collect();
    let engine = Engine::new(&estate, EngineOptions { strangers: true, callers, ..EngineOptions::default() });
    let hops = engine.hops();
    let name = |id: PrincipalId| engine.facts().principal(id).name.to_string();
    let mut takers: Vec<String> = hops.made().into_iter().map(|hop| name(hop.from)).collect();
    takers.sort();
    let overview = engine.overview(&hops);
    (takers, !overview.nobody.is_empty(), !overview.anybody.is_empty())
}

fn allows(principal: Value, action: &str, condition: Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition})
}

/// S-EVAL-11: who takes a role whose trust policy was not collected nobody knows.
#[test]
fn a_trust_policy_that_was_not_collected_is_missing() {
    let role = json!({"Arn": format!("arn:aws:iam::{ACCOUNT}:role/r"), "RoleName": "r", "Path": "/", "Tags": [],
        "RoleId": "AROARRRRRRRRRRRRRRRRR", "RolePolicyList": [], "AttachedManagedPolicies": []});
    let folder = written(&json!({"accounts/111111111111/authorization-details.json":
        {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}}));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("it loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let hops = engine.hops();
    assert_eq!(hops.missing, [format!("trust policy of arn:aws:iam::{ACCOUNT}:role/r")]);
    assert_eq!(engine.overview(&hops).nobody, []);
}

/// 3.6, S-SCP-02: what an SCP denies on resources of other organisations is not reached.
#[test]
fn what_is_denied_by_its_owner_is_not_reached() {
    let reached = |key: &str, value: &str| {
        let document = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
        let account =
            |id: &str| json!({"Id": id, "Name": id, "ParentId": "r-1", "Status": "ACTIVE", "Tags": []});
        let scp = |id: &str, statement: Value, targets: Value| {
            json!({"Id": id, "Name": id, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false,
                "Content": document(json!([statement])), "Targets": targets})
        };
        let fence = json!({"Effect": "Deny", "Action": "sts:*", "Resource": "*", "Condition": {"StringNotEquals": {key: value}}});
        let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let inline = json!([{"PolicyName": "p", "PolicyDocument": document(json!([all]))}]);
        let user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Tags": [], "GroupList": [],
            "Arn": "arn:aws:iam::222222222222:user/u", "UserPolicyList": inline, "AttachedManagedPolicies": []});
        let trust = allows(json!({"AWS": "arn:aws:iam::222222222222:user/u"}), "sts:AssumeRole", json!({}));
        let role = json!({"Arn": "arn:aws:iam::333333333333:role/r", "RoleName": "r", "Path": "/", "Tags": [],
            "RoleId": "AROARRRRRRRRRRRRRRRRR", "RolePolicyList": [], "AttachedManagedPolicies": [],
            "AssumeRolePolicyDocument": document(json!([trust]))});
        let details = |users: Value, roles: Value| json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
        let folder = written(&json!({
            "organization.json": {
                "Organization": {"Id": "o-1", "MasterAccountId": ACCOUNT},
                "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
                "OrganizationalUnits": [], "Accounts": [account(ACCOUNT), account("222222222222")],
                "Policies": [scp("p-all", all, json!(["r-1", ACCOUNT, "222222222222"])), scp("p-fence", fence, json!(["r-1"]))],
            },
            "accounts/222222222222/authorization-details.json": details(json!([user]), json!([])),
            "accounts/333333333333/authorization-details.json": details(json!([]), json!([role])),
        }));
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("it loads");
        let engine = Engine::new(&estate, EngineOptions::default());
        let user = engine.facts().principal_id("arn:aws:iam::222222222222:user/u").expect("it is there");
        let report = engine.report(&[user]);
        report
            .summaries
            .iter()
            .flat_map(|summary| &summary.reaches)
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(reached("aws:ResourceAccount", "333333333333"), ["333333333333"]);
    assert!(reached("aws:ResourceAccount", "222222222222").is_empty());
    assert!(reached("aws:ResourceOrgID", "o-1").is_empty());
}

/// S-TRI-09: whom a condition on the ARN lets in of one account only is not everybody.
#[test]
fn everybody_is_of_any_account() {
    let anybody = |like: &str| {
        takers(allows(json!("*"), "sts:AssumeRole", json!({"ArnLike": {"aws:PrincipalArn": like}}))).2
    };
    assert!(!anybody("arn:aws:iam::888888888888:role/x*"));
    assert!(!anybody("arn:aws:iam::888888888888:*"));
    assert!(anybody("arn:aws:iam::*:role/x*"));
}

/// S-RES-15
#[test]
fn accounts_of_another_partition_take_no_role() {
    let account = |partition: &str| {
        let principal = json!({"AWS": format!("arn:{partition}:iam::333333333333:root")});
        takers(allows(principal, "sts:AssumeRole", json!({}))).0
    };
    assert_eq!(account("aws"), ["333333333333"]);
    assert!(account("aws-cn").is_empty());
}

/// S-EVAL-11: nor does anybody know who comes by a role of which that is so.
#[test]
fn a_trust_policy_that_was_not_collected_leaves_the_next_open() {
    let role = |name: &str, more: Value| {
        let mut role = json!({"Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "RoleName": name, "Path": "/",
            "Tags": [], "RoleId": format!("AROA{name:A<17}"), "RolePolicyList": [], "AttachedManagedPolicies": []});
        for (key, value) in more.as_object().into_iter().flatten() {
            role[key] = value.clone();
        }
        role
    };
    let trust = |name: &str| {
        let principal = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/{name}")});
        json!({"AssumeRolePolicyDocument":
            {"Version": "2012-10-17", "Statement": [allows(principal, "sts:AssumeRole", json!({}))]}})
    };
    let roles = [role("open", json!({})), role("next", trust("open")), role("alone", trust("other"))];
    let folder = written(&json!({"accounts/111111111111/authorization-details.json":
        {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []}}));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("it loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let nobody = engine.overview(&engine.hops()).nobody;
    let names: Vec<&str> = nobody.iter().map(|&id| &*engine.facts().principal(id).name).collect();
    assert_eq!(names, [format!("arn:aws:iam::{ACCOUNT}:role/alone")]);
}

/// S-PRN-01, S-TRUST-08
#[test]
fn trust_in_everybody_lets_providers_in() {
    let (web, saml) = ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML");
    let shared =
        ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];
    let (found, nobody, _) = takers(allows(json!("*"), web, json!({})));
    assert_eq!((found, nobody), (shared.map(str::to_owned).to_vec(), false));
    let (found, nobody, _) = takers(allows(json!("*"), saml, json!({})));
    assert_eq!((found, nobody), (vec![format!("arn:aws:iam::{ACCOUNT}:saml-provider/Okta")], false));
    let (found, nobody, _) = takers(allows(json!({"AWS": ACCOUNT}), web, json!({})));
    assert_eq!((found, nobody), (Vec::new(), true));
}

/// S-PRN-01, S-XACC-12, U-39
#[test]
fn trust_in_everybody_lets_services_in() {
    let assume = "sts:AssumeRole";
    let services = vec!["any AWS service".to_owned()];
    for condition in [
        json!({"Bool": {"aws:PrincipalIsAWSService": "true"}}),
        json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    ] {
        for principal in [json!("*"), json!({"AWS": "*"})] {
            let (found, nobody, everybody) = takers(allows(principal, assume, condition.clone()));
            assert_eq!((found, nobody, everybody), (services.clone(), false, false));
        }
    }
    let (found, ..) = takers(allows(
        json!("*"),
        assume,
        json!({"StringEquals": {"aws:PrincipalServiceName": "ec2.amazonaws.com"}}),
    ));
    assert_eq!(found, ["ec2.amazonaws.com"]);
    let (found, ..) = takers(allows(json!({"AWS": ACCOUNT}), assume, json!({})));
    assert_eq!(found, Vec::<String>::new());
}

/// S-KEY-01, S-SESS-09: what only the root user fulfils, or whoever signs nothing, lets nobody take a role.
#[test]
fn impossible_callers_take_no_role() {
    for (key, value) in [
        ("aws:PrincipalType", "Account"),
        ("aws:PrincipalType", "Anonymous"),
        ("aws:userid", "anonymous"),
        ("aws:PrincipalAccount", "anonymous"),
    ] {
        let (found, nobody, everybody) =
            takers(allows(json!("*"), "sts:AssumeRole", json!({"StringEquals": {key: value}})));
        assert_eq!((found, nobody, everybody), (Vec::new(), true, false), "{key} = {value}");
    }
}

/// Who comes from one account, or from one organisation, is not everybody.
#[test]
fn everybody_is_whoever_it_is() {
    let everybody = |condition: Value| takers(allows(json!("*"), "sts:AssumeRole", condition)).2;
    assert!(everybody(json!({})));
    assert!(everybody(json!({"StringEquals": {"sts:ExternalId": "x"}})));
    assert!(everybody(json!({"StringNotEquals": {"aws:PrincipalAccount": "333333333333"}})));
    assert!(!everybody(json!({"NumericEquals": {"aws:PrincipalAccount": 333_333_333_333_u64}})));
    assert!(!everybody(json!({"StringLike": {"aws:PrincipalAccount": "3333*"}})));
    assert!(!everybody(json!({"StringEquals": {"aws:PrincipalOrgID": "o-other"}})));
}

/// S-KEY-01, S-TRI-09: a session of an account that was not collected has the ARN of a role of its name there, and whoever a
/// question names may call.
#[test]
fn callers_that_only_a_question_names_take_roles() {
    let session = "arn:aws:sts::888888888888:assumed-role/deploy/x1";
    let found = |principal: Value, condition: Value, caller: &str| {
        let takers = takers_with(allows(principal, "sts:AssumeRole", condition), &[caller]).0;
        takers.iter().any(|taker| taker == caller)
    };
    let arn = |pattern: &str| json!({"ArnLike": {"aws:PrincipalArn": pattern}});
    assert!(found(json!("*"), arn("arn:aws:iam::888888888888:role/deploy"), session));
    assert!(found(json!("*"), arn("arn:aws:iam::*:role/team/deploy"), session));
    assert!(!found(json!("*"), arn("arn:aws:iam::888888888888:role/other"), session));
    assert!(!found(json!("*"), arn("arn:aws:iam::222222222222:role/deploy"), session));
    for caller in ["888888888888", "arn:aws:iam::888888888888:role/zz", "lambda.amazonaws.com"] {
        assert!(found(json!("*"), json!({}), caller), "{caller}");
        assert!(!found(json!({"AWS": ACCOUNT}), json!({}), caller), "{caller}");
    }
}

/// S-SESS-13, U-87: services that put session policies of their own on sessions leave open what these do further.
#[test]
fn sessions_that_a_service_limits_may_do_less() {
    let decisions = |by: &str, action: Value| {
        let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
        let everything = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        let role = |name: &str, principal: Value, action: &Value| {
            let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": action}]});
            json!({"Arn": arn(name), "RoleName": name, "Path": "/", "Tags": [], "RoleId": format!("AROA{name:A<17}"),
                "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": everything}], "AttachedManagedPolicies": [],
                "AssumeRolePolicyDocument": trust})
        };
        let principal =
            if by.starts_with("cognito") { json!({"Federated": by}) } else { json!({"Service": by}) };
        let roles = [
            role("first", principal, &action),
            role(
                "second",
                json!({"AWS": arn("first")}),
                &json!(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
            ),
        ];
        let folder = written(&json!({"accounts/111111111111/authorization-details.json":
            {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []}}));
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("it loads");
        let engine = Engine::new(&estate, EngineOptions::default());
        let hops = engine.hops();
        let from = engine.facts().principal_id(by).expect("the service is there");
        let ways = hops.ways(from, Direction::From, None);
        let decided: Vec<Decision> = ways.ways.iter().map(|way| way.decision).collect();
        let question = Reverse {
            action: "iam:CreateUser".to_owned(),
            resource: Some(format!("arn:aws:iam::{ACCOUNT}:user/x")),
            ..Reverse::default()
        };
        let found = engine.who_can(&question).expect("an answer");
        let through = BecomeViews::new(&engine, &hops, false).through(&[found], &|id| id == from);
        let all: Vec<PrincipalId> = (0..engine.facts().principals.len() as u32).map(PrincipalId).collect();
        let gains = engine.gains(&engine.report(&all), &hops);
        let gained =
            gains.get(&from).map(|gains| (gains.levels.is_empty(), gains.administrator.map(|(_, of)| of)));
        assert_eq!(through.rows.len(), 1);
        (decided, through.rows[0].decision, gained, hops.missing.len())
    };
    let (allowed, unknown) = (Decision::Allowed, Decision::Unknown);
    let all = json!(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]);
    let limited = (vec![allowed, unknown], DecisionWord::Unknown, Some((true, Some(unknown))), 1);
    assert_eq!(decisions("rolesanywhere.amazonaws.com", all), limited);
    assert_eq!(decisions("cognito-identity.amazonaws.com", json!("sts:AssumeRoleWithWebIdentity")), limited);
    let free = (vec![allowed, allowed], DecisionWord::Allowed, Some((false, Some(allowed))), 0);
    assert_eq!(decisions("lambda.amazonaws.com", json!("sts:AssumeRole")), free);
}

/// S-EVAL-11: who takes a role of an account of which nothing was collected nobody knows, where somebody is allowed to try.
#[test]
fn roles_elsewhere_that_somebody_may_take_are_missing() {
    let elsewhere = "arn:aws:iam::444444444444:role/mid";
    let missing = |resource: &str, trusted: &str| {
        let document = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]});
        let inline = json!([{"PolicyName": "p",
            "PolicyDocument": document(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}))}]);
        let user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Tags": [], "GroupList": [],
            "Arn": format!("arn:aws:iam::{ACCOUNT}:user/u"), "UserPolicyList": inline, "AttachedManagedPolicies": []});
        let role = json!({"Arn": format!("arn:aws:iam::{ACCOUNT}:role/r"), "RoleName": "r", "Path": "/", "Tags": [],
            "RoleId": "AROARRRRRRRRRRRRRRRRR", "RolePolicyList": [], "AttachedManagedPolicies": [],
            "AssumeRolePolicyDocument": document(allows(json!({"AWS": trusted}), "sts:AssumeRole", json!({})))});
        let folder = written(&json!({"accounts/111111111111/authorization-details.json":
            {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}}));
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("it loads");
        let engine = Engine::new(&estate, EngineOptions::default());
        let hops = engine.hops();
        let user =
            engine.facts().principal_id(&format!("arn:aws:iam::{ACCOUNT}:user/u")).expect("it is there");
        let answer =
            BecomeViews::new(&engine, &hops, false).ways(&hops.ways(user, Direction::From, None), &|_| true);
        assert_eq!(answer.missing, hops.missing);
        hops.missing
    };
    let trust = [format!("trust policy of {elsewhere}")];
    let own = format!("arn:aws:iam::{ACCOUNT}:user/u");
    // A trust policy names it, or an identity policy does.
    assert_eq!(missing("*", elsewhere), trust);
    assert_eq!(missing(elsewhere, &own), trust);
    // Nobody may take it; or it is a role that its account, which was collected, does not have.
    assert_eq!(missing("arn:aws:iam::444444444444:role/other*", elsewhere), [""; 0]);
    assert_eq!(missing(&format!("arn:aws:iam::{ACCOUNT}:role/gone"), &own), [""; 0]);
}

/// GraphML wants ids without colons and slashes.
#[test]
fn ids_in_graphml_are_tokens() {
    let written = text(|out| write_graph(&to_auditor(&sample()), GraphFormat::GraphMl, out));
    let ids = |before: &str| -> Vec<String> {
        let parts = written.split(before).skip(1);
        parts.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
    };
    let nodes = ids("<node id=\"");
    assert!(nodes.len() > 1);
    assert!(nodes.iter().all(|id| id.chars().all(|letter| letter.is_ascii_alphanumeric())), "{nodes:?}");
    for end in ids(" source=\"").into_iter().chain(ids(" target=\"")) {
        assert!(nodes.contains(&end), "{end}");
    }
}

/// U-31, U-77: a path names the readings on which its hops depend, as `can` does; where there is none, those of the call itself.
#[test]
fn paths_name_the_readings_they_rest_on() {
    let document = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    let policy = format!("arn:aws:iam::{ACCOUNT}:policy/b");
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:{name}");
    let assumed = |bounded: bool, from: &str| {
        let boundary = match bounded {
            true => json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy}),
            false => Value::Null,
        };
        let trusting = |name: &str, principal: Value| {
            json!({"Arn": arn(&format!("role/{name}")), "RoleName": name, "Path": "/", "Tags": [],
                "RoleId": format!("AROA{name:A<17}"), "RolePolicyList": [], "AttachedManagedPolicies": [],
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [allows(principal, "sts:AssumeRole", json!({}))]}})
        };
        let mut role = trusting("r", json!({"Service": "ec2.amazonaws.com"}));
        role["RolePolicyList"] = json!([{"PolicyName": "p", "PolicyDocument": document("sts:AssumeRole")}]);
        let mut user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Tags": [], "GroupList": [],
            "Arn": arn("user/u"), "UserPolicyList": [], "AttachedManagedPolicies": []});
        if bounded {
            role["PermissionsBoundary"] = boundary.clone();
            user["PermissionsBoundary"] = boundary;
        }
        let target = trusting("t", if from == "role/r" { json!("*") } else { json!({"AWS": arn(from)}) });
        let boundary = json!({"PolicyName": "b", "PolicyId": "ANPABBBBBBBBBBBBBBBBB", "Arn": policy, "Path": "/", "DefaultVersionId": "v1",
            "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document("s3:*")}]});
        let folder = written(&json!({"accounts/111111111111/authorization-details.json":
            {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [role, target], "Policies": [boundary]}}));
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("it loads");
        let engine = Engine::new(&estate, EngineOptions::default());
        let hops = engine.hops();
        let id = |name: &str| engine.facts().principal_id(&arn(name)).expect("it is there");
        let paths = hops.paths(id(from), id("role/t"), None, &engine.facts().arena().conditions);
        let mut views = BecomeViews::new(&engine, &hops, false);
        let ends = (id(from), id("role/t"));
        let answer = views.paths(ends, paths.as_ref());
        let readings = |assumed: Assumed| -> Vec<String> {
            assumed.into_keys().filter(|name| name.starts_with("U-")).collect()
        };
        let read = readings(answer.assumed);
        // Lists name them too.
        let anybody = |_| true;
        let lists = [(ends.0, Direction::From), (ends.1, Direction::To)]
            .map(|(end, direction)| views.ways(&hops.ways(end, direction, None), &anybody).assumed);
        for of_list in
            lists.into_iter().chain([views.overview(&engine.overview(&hops), None, &anybody).assumed])
        {
            let of_list = readings(of_list);
            assert!(read.iter().all(|name| of_list.contains(name)), "{read:?} {of_list:?}");
        }
        let question = Reverse {
            action: "sts:AssumeRole".to_owned(),
            resource: Some(arn("role/t")),
            ..Reverse::default()
        };
        let found = engine.who_can(&question).expect("an answer");
        let of_list = readings(who_can_view(&[found], false).assumed);
        assert!(
            read.iter().all(|name| of_list.contains(name)) && (bounded || of_list.is_empty()),
            "{of_list:?}"
        );
        (answer.paths.len(), read)
    };
    assert_eq!(assumed(true, "role/r"), (1, vec!["U-77".to_owned()]));
    assert_eq!(assumed(false, "role/r"), (1, Vec::new()));
    assert_eq!(assumed(true, "user/u"), (0, vec!["U-31".to_owned()]));
    assert_eq!(assumed(false, "user/u"), (1, Vec::new()));
}
