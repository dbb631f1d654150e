//! Access points of S3 and the buckets behind them: a row says what `can` says (S-S3-10).

use entail::answers::external::{External, Who};
use entail::answers::{Engine, Question};
use entail::estate::{Estate, LoadOptions};
use entail::facts::keys;
use entail::output::ExternalRow;
use entail::region::condition::{ConditionId, Sat};
use serde_json::{Value, json};

use super::{MEMBER, OWNER, bucket, engine, open, organization_of, senders};
use crate::small_estates::written;

const FOREIGN: &str = "333333333333";
/// An account that no estate here names.
const ELSEWHERE: &str = "123123123123";
const POINT: &str = "arn:aws:s3:eu-west-1:222222222222:accesspoint/p";

/// A bucket of the member with an access point, each with a policy.
struct Bucket {
    bucket: Vec<Value>,
    point: Vec<Value>,
    /// Settings of the access point besides its bucket.
    settings: Value,
    /// The account that the access point is of.
    account: &'static str,
    /// Whether the bucket was collected.
    collected: bool,
}

impl Default for Bucket {
    fn default() -> Self {
        let (bucket, point) = Default::default();
        let settings = json!({"NetworkOrigin": "Internet", "PublicAccessBlock": open()});
        Self { bucket, point, settings, account: MEMBER, collected: true }
    }
}

fn statement(effect: &str, principal: &Value, action: &str, resource: &str, condition: &Value) -> Value {
    json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, "Condition": condition})
}

fn allow(principal: Value, action: &str, resource: &str) -> Value {
    statement("Allow", &principal, action, resource, &json!({}))
}

/// What leaves it to the access points of an account.
fn delegates(account: &str) -> Value {
    let condition = json!({"StringEquals": {"s3:DataAccessPointAccount": account}});
    let mut all = statement("Allow", &json!("*"), "s3:*", "", &condition);
    all["Resource"] = json!(["arn:aws:s3:::b", "arn:aws:s3:::b/*"]);
    all
}

impl Bucket {
    /// The same text of the case of a number: its bucket and its access point have names of their own.
    fn numbered(&self, text: &str, number: usize) -> String {
        let text = text.replace(":::b", &format!(":::b{number}"));
        text.replace(POINT, &format!("{}{number}", POINT.replace(MEMBER, self.account)))
    }

    /// The bucket, if it was collected, and the access point.
    fn resources(&self, number: usize) -> (Option<Value>, Value) {
        let policy = |statements: &[Value]| match statements {
            [] => Value::Null,
            _ => {
                let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
                serde_json::from_str(&self.numbered(&text, number)).expect("JSON")
            }
        };
        let mut settings = self.settings.clone();
        (settings["Bucket"], settings["BucketAccount"]) = (json!(format!("b{number}")), json!(MEMBER));
        let point = json!({"Arn": self.numbered(POINT, number), "Account": self.account, "Tags": {},
            "Policy": policy(&self.point), "Settings": settings});
        let bucket = json!({"Arn": self.numbered("arn:aws:s3:::b", number), "Account": MEMBER, "Tags": {},
            "Policy": policy(&self.bucket),
            "Settings": {"ObjectOwnership": "BucketOwnerEnforced", "PublicAccessBlock": open()}});
        (self.collected.then_some(bucket), point)
    }

    /// The rows of the access point, as scope, who, part, and how many statements they cite.
    fn rows(self) -> Vec<(String, String, String, usize)> {
        let answer = super::answer(&engine_of(&[self]));
        let of_point = answer.rows.iter().filter(|row| row.resource.contains(":accesspoint/"));
        let part = |part: &str| part.replace(&format!("{POINT}0"), "P");
        let told = |row: &ExternalRow| {
            (row.scope.to_string(), row.who.clone(), part(&row.part), row.statements.len())
        };
        of_point.map(told).collect()
    }
}

/// One estate with all of some cases, by their numbers.
fn engine_of(cases: &[Bucket]) -> Engine {
    let account = |id: &str| json!({"Id": id, "Name": id, "ParentId": "r-1", "Status": "ACTIVE", "Tags": []});
    let nobody = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []});
    let (mut of_member, mut of_manager) = (Vec::new(), Vec::new());
    for (number, case) in cases.iter().enumerate() {
        let (bucket, point) = case.resources(number);
        of_member.extend(bucket);
        if case.account == MEMBER { of_member.push(point) } else { of_manager.push(point) }
    }
    let folder = written(&json!({
        "organization.json": {
            "Organization": {"Id": "o-1", "MasterAccountId": OWNER},
            "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": []}],
            "OrganizationalUnits": [], "Accounts": [account(OWNER), account(MEMBER)], "Policies": [],
        },
        "accounts/111111111111/authorization-details.json": nobody,
        "accounts/222222222222/authorization-details.json": nobody,
        "accounts/111111111111/resource-policies.json": of_manager,
        "accounts/222222222222/resource-policies.json": of_member,
        "accounts/111111111111/account.json": {"PublicAccessBlock": open()},
        "accounts/222222222222/account.json": {"PublicAccessBlock": open()},
    }));
    engine(&Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads"))
}

/// Whether a row lets in a caller for a request: anonymous, or a role of an account.
fn lets_in(engine: &Engine, row: &External, caller: Option<&str>, action: &str, resource: &str) -> bool {
    let facts = engine.facts();
    let arena = facts.arena();
    let conditions = &arena.conditions;
    let is_meant = match (&row.who, caller) {
        (Who::Everyone, _) | (Who::AnyAccount, Some(_)) => true,
        (Who::Organization(id), Some(account)) => &**id == "o-1" && [OWNER, MEMBER].contains(&account),
        (Who::Account(of), Some(account)) => of.to_string() == account,
        (Who::Principal(id), Some(account)) => {
            *facts.principal(*id).name == format!("arn:aws:iam::{account}:role/x")
        }
        _ => false,
    };
    let index = facts.compiler.universe.find(action).expect("a known action");
    let (actions, resources) = row.requests;
    let account = conditions.key(keys::key("aws:PrincipalAccount"));
    let whose = match caller {
        Some(caller) => conditions.equals(account, [caller]),
        None => ConditionId::ALWAYS,
    };
    is_meant
        && arena.actions.contains(actions, index)
        && arena.resources.contains(resources, resource)
        && *conditions.satisfiable(conditions.and(row.condition, whose)) != Sat::No
}

/// A row lets in whom `can` may let in, and nobody else.
fn agrees(cases: &[Bucket]) {
    let engine = engine_of(cases);
    let rows = engine.external_access().rows;
    let conditions = &engine.facts().arena().conditions;
    // What only access points of other accounts lead to is no request on the bucket.
    let by_point = |row: &External| conditions.text(row.condition).contains("s3:dataaccesspoint");
    for (number, case) in cases.iter().enumerate() {
        let [point, bucket] = [POINT, "arn:aws:s3:::b"].map(|arn| case.numbered(arn, number));
        let of_case: Vec<&External> = rows
            .iter()
            .filter(|row| [&*point, &*bucket].contains(&&*row.resource) && !by_point(row))
            .collect();
        let requests = [
            ("s3:GetObject", format!("{point}/object/pub/k")),
            ("s3:GetObject", format!("{point}/object/k")),
            ("s3:PutObject", format!("{point}/object/pub/k")),
            ("s3:ListBucket", point.clone()),
            ("s3:GetObject", format!("{bucket}/pub/k")),
            ("s3:ListBucket", bucket),
        ];
        // Of a bucket that was not collected there are no rows.
        let is_asked = |resource: &str| case.collected || resource.starts_with(&point);
        for (action, resource) in requests.iter().filter(|(_, resource)| is_asked(resource)) {
            let owner = if resource.starts_with(&point) { case.account } else { MEMBER };
            let callers = [None, Some(ELSEWHERE), Some(FOREIGN), Some(OWNER), Some(MEMBER)];
            for caller in callers.into_iter().filter(|caller| *caller != Some(owner)) {
                let name = match caller {
                    None => "anonymous".to_owned(),
                    // Of collected accounts there are no roles.
                    Some(id) if [OWNER, MEMBER].contains(&id) => format!("arn:aws:iam::{id}:root"),
                    Some(id) => format!("arn:aws:iam::{id}:role/x"),
                };
                let decided = engine.can(&Question::new(&name, action, resource)).expect("an answer").decided;
                let may = decided.decision.may_be_allowed() && !decided.condition.is_never();
                let found = of_case.iter().any(|row| lets_in(&engine, row, caller, action, resource));
                assert_eq!(found, may, "{name} {action} {resource}: {:?} {:?}", case.bucket, case.point);
            }
        }
    }
}

#[test]
fn rows_of_access_points_say_what_can_says() {
    let objects = format!("{POINT}/object/*");
    let foreign = || json!({"AWS": FOREIGN});
    let role = || json!({"AWS": format!("arn:aws:iam::{FOREIGN}:role/x")});
    let points: [Vec<Value>; 6] = [
        vec![],
        vec![allow(foreign(), "s3:GetObject", &objects)],
        vec![allow(json!("*"), "s3:*", &format!("{POINT}*"))],
        vec![allow(role(), "s3:*", "*")],
        vec![
            allow(json!("*"), "s3:GetObject", &objects),
            statement("Deny", &json!("*"), "s3:*", &format!("{POINT}/object/pub/*"), &json!({})),
        ],
        vec![allow(json!({"AWS": OWNER}), "s3:*", "*")],
    ];
    let in_organization = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
    let through = json!({"ArnNotLike": {"s3:DataAccessPointArn": "arn:aws:s3:*:222222222222:accesspoint/*"}});
    let buckets: [Vec<Value>; 8] = [
        vec![],
        vec![delegates(MEMBER)],
        vec![delegates(FOREIGN)],
        vec![allow(foreign(), "s3:Get*", "arn:aws:s3:::b/pub/*")],
        vec![allow(json!("*"), "s3:*", "*")],
        vec![allow(json!("*"), "s3:*", "*"), statement("Deny", &json!("*"), "s3:*", "*", &through)],
        vec![statement("Allow", &json!("*"), "s3:*", "*", &in_organization)],
        vec![allow(role(), "s3:GetObject", "arn:aws:s3:::b/*"), allow(json!({"AWS": OWNER}), "s3:*", "*")],
    ];
    let mut cases = Vec::new();
    for point in &points {
        for bucket in &buckets {
            cases.push(Bucket { bucket: bucket.clone(), point: point.clone(), ..Bucket::default() });
        }
        cases.push(Bucket { point: point.clone(), collected: false, ..Bucket::default() });
        for flag in ["RestrictPublicBuckets", "BlockPublicPolicy"] {
            let mut settings = json!({"NetworkOrigin": "Internet", "PublicAccessBlock": open()});
            settings["PublicAccessBlock"][flag] = json!(true);
            cases.extend([&buckets[1], &buckets[3], &buckets[4]].map(|bucket| {
                let (bucket, point, settings) = (bucket.clone(), point.clone(), settings.clone());
                Bucket { bucket, point, settings, ..Bucket::default() }
            }));
        }
        let inside = json!({"NetworkOrigin": "VPC", "PublicAccessBlock": open()});
        cases.extend([&buckets[1], &buckets[4]].map(|bucket| {
            let (bucket, point, settings) = (bucket.clone(), point.clone(), inside.clone());
            Bucket { bucket, point, settings, ..Bucket::default() }
        }));
        // An access point of another account than its bucket.
        cases.extend([&buckets[0], &buckets[2], &buckets[4], &vec![delegates(OWNER)]].map(|bucket| Bucket {
            bucket: bucket.clone(),
            point: point.clone(),
            account: OWNER,
            ..Bucket::default()
        }));
    }
    agrees(&cases);
}

#[test]
fn both_statements_are_cited_and_the_narrower_part_told() {
    let point = vec![allow(json!("*"), "s3:*", &format!("{POINT}/object/*"))];
    let bucket = vec![allow(json!({"AWS": FOREIGN}), "s3:Get*", "arn:aws:s3:::b/pub/*")];
    let row = |part: &str| ("outside".to_owned(), FOREIGN.to_owned(), part.to_owned(), 2);
    assert_eq!(Bucket { bucket, point: point.clone(), ..Bucket::default() }.rows(), [row("P/object/pub/*")]);
    assert_eq!(Bucket { point, ..Bucket::default() }.rows(), []);
}

/// A bucket that leaves it to access points of another account is open to whom these let in, whoever that is.
#[test]
fn access_points_of_other_accounts_are_a_condition() {
    let told = |account: &str| {
        let case = Bucket { bucket: vec![delegates(account)], ..Bucket::default() };
        let answer = super::answer(&engine_of(&[case]));
        let condition = |row: &ExternalRow| row.condition.as_ref().map(|one| one.text.clone());
        answer.rows.iter().map(|row| (row.who.clone(), condition(row))).collect::<Vec<_>>()
    };
    assert_eq!(told(MEMBER), []);
    let row = ("*".to_owned(), Some(format!("s3:dataaccesspointaccount = {FOREIGN}")));
    let found = told(FOREIGN);
    assert!(found.contains(&row) && found.iter().all(|one| *one == row), "{found:?}");
}

/// S-S3-09: what takes calls from a VPC only is not open to the internet, whatever the policies say; and no restriction of public
/// policies keeps strangers out who come from there.
#[test]
fn access_points_of_a_vpc_are_open_from_there() {
    let told = |origin: &str, restricts: bool, principal: Value| {
        let mut settings = json!({"NetworkOrigin": origin, "PublicAccessBlock": open()});
        settings["PublicAccessBlock"]["RestrictPublicBuckets"] = json!(restricts);
        let case = Bucket {
            bucket: vec![delegates(MEMBER)],
            point: vec![allow(principal, "s3:GetObject", &format!("{POINT}/object/*"))],
            settings,
            ..Bucket::default()
        };
        let answer = super::answer(&engine_of(&[case]));
        let told = |row: &ExternalRow| {
            format!("{} {}", row.who, row.condition.as_ref().map_or("always", |one| &one.text))
        };
        answer.rows.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(told("Internet", false, json!("*")), ["* always"]);
    assert_eq!(told("VPC", false, json!("*")), ["* aws:sourcevpc is given"]);
    assert_eq!(told("VPC", true, json!("*")), ["* aws:sourcevpc is given"]);
    assert_eq!(told("Internet", true, json!("*")), ["any AWS service always"]);
    assert_eq!(told("VPC", true, json!({"AWS": FOREIGN})), [format!("{FOREIGN} aws:sourcevpc is given")]);
}

/// S-S3-13: directory buckets block public access whatever is set, and not what names somebody.
#[test]
fn directory_buckets_are_not_public() {
    let bucket = "arn:aws:s3express:eu-west-1:222222222222:bucket/d--euw1-az1--x-s3";
    let let_in = |principal: Value| {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "s3express:CreateSession", "Resource": bucket});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        let resource = json!({"Arn": bucket, "Account": MEMBER, "Tags": {}, "Policy": policy});
        let answer = organization_of(&json!([resource]), &[], None);
        answer.rows.iter().map(|row| row.who.clone()).collect::<Vec<_>>()
    };
    assert_eq!(let_in(json!("*")), ["any AWS service"]);
    assert_eq!(let_in(json!({"AWS": "333333333333"})), ["333333333333"]);
}

/// Requests hold the Region of the resource, and on a bucket no access point (S-S3-10).
#[test]
fn what_a_request_on_the_resource_holds_is_no_condition() {
    let queue = "arn:aws:sqs:eu-west-1:222222222222:q";
    let sends = |region: &str| {
        senders(&[
            json!({"Effect": "Allow", "Principal": {"AWS": "333333333333"}, "Action": "sqs:SendMessage", "Resource": queue,
            "Condition": {"StringEquals": {"aws:RequestedRegion": region}}}),
        ])
    };
    assert_eq!(sends("eu-west-1"), [("outside".to_owned(), "333333333333".to_owned())]);
    assert_eq!(sends("us-east-1"), []);
    let by_point = |operator: &str| json!({operator: {"s3:DataAccessPointAccount": MEMBER}});
    bucket(json!({"AWS": "333333333333"}), by_point("StringEquals"), &[]);
    bucket(json!({"AWS": "333333333333"}), by_point("StringNotEquals"), &[("outside", "333333333333", "")]);
}
