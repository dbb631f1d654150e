//! Requests of which some context keys are not known (`unknown` and `partial` of design.md §7): the request is decided
//! for a sample of every way in which those keys can come out, and the answer is definite if all agree (S-TRI-04).

use serde_json::Value;

use super::answer::{Answer, Run, answer};
use super::caller::Kind as Caller;
use super::catalog::Catalog;
use super::context::Context;
use super::couplings::{Known, together};
use super::decide::{is_access_point, runs};
use super::derive;
use super::doubts::{Asked, Kind};
use super::gates::takes_from_vpc_only;
use super::json;
use super::operator::Operator;
use super::request::{Request, Target};
use super::samples::samples;
use super::statement::Policy;

const MOST_COMPLETIONS: usize = 20_000;
/// Keys that ride along in every request of a session, whatever the service (S-KEY-30).
const SESSION_KEYS: &str = "saml:sub saml:sub_type saml:namequalifier ec2:sourceinstancearn ec2:roledelivery \
    lambda:sourcefunctionarn ssm:sourceinstancearn glue:roleassumedby glue:credentialissuingservice codebuild:buildarn \
    codebuild:projectarn identitystore:userid";

/// Keys that follow from a principal of an account where anything follows: nothing about them is open (S-KEY-01).
const FOLLOWING: [&str; 5] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:username",
    "aws:principalisawsservice",
];

/// Which keys are not known; one that ends in `/` stands for all tags. A key that is given is known, whatever stands here.
#[derive(Clone, Debug, Default)]
pub struct Unknown {
    pub keys: Vec<String>,
    /// All keys that are not given.
    pub partial: bool,
}

/// What policies ask about one key: tests, and variables that name it.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Lower case.
    pub key: String,
    pub tests: Vec<(Operator, Vec<String>)>,
    pub is_variable: bool,
}

/// Whether a request can hold together what is given of it.
pub fn is_possible(request: &Request, unknown: &Unknown) -> bool {
    let keys: Vec<String> = unknown.keys.iter().map(|key| key.to_lowercase()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let possible = |target: &Target| together(request, &keys, &|key| known(target, &[], key)) == [true; 3];
    request.targets.iter().all(possible)
}

/// Decides a request for all sampled completions of the keys that are not known.
pub fn decide_open(request: &Request, unknown: &Unknown, catalog: &Catalog) -> Result<Answer, String> {
    Ok(answer(&open_runs(request, unknown, catalog)?))
}

/// The runs of a request for all sampled completions of the keys that are not known.
pub fn open_runs(
    request: &Request,
    unknown: &Unknown,
    catalog: &Catalog,
) -> Result<Vec<(Vec<Asked>, Run)>, String> {
    let questions = questions(request);
    let mut follows = Context::default();
    derive::caller_keys(&mut follows, &request.caller, None);
    let mut open: Vec<Open> = Vec::new();
    for (question, of) in
        questions.iter().flat_map(|q| owners(request, &q.key, catalog).map(move |of| (q, of)))
    {
        let its = |target: &&Target| of.as_ref().is_none_or(|arn| target.arn == *arn);
        // What is said of one of several resources is not said of the others.
        let given = request.targets.iter().filter(its).all(|target| is_given(target, &question.key));
        let named = unknown
            .keys
            .iter()
            .map(|key| key.to_lowercase())
            .any(|key| key == question.key || (key.ends_with('/') && question.key.starts_with(&key)));
        let supplied = || {
            request.targets.iter().filter(its).any(|target| supplied(request, target, &question.key, catalog))
        };
        if !given && (named || (unknown.partial && supplied())) {
            let is_open = question.key == "aws:principalarn" && request.caller.is_of_unknown_sso_role();
            let follows_from_caller = request.derives && request.caller.is_iam() && !is_open;
            let values = if follows_from_caller && FOLLOWING.contains(&question.key.as_str()) {
                vec![follows.all(&question.key)]
            } else {
                samples(question, &questions, request, catalog)
            };
            open.push(Open { key: question.key.clone(), of, values });
        }
    }
    let mut all: Vec<(Vec<Asked>, Run)> = Vec::new();
    let mut reading = vec![0; open.len()];
    let count: usize = open.iter().map(|open| open.values.len()).product();
    if count > MOST_COMPLETIONS {
        return Err(format!("{count} completions of the unknown keys"));
    }
    let mut keys: Vec<String> = unknown.keys.iter().map(|key| key.to_lowercase()).collect();
    keys.extend(open.iter().map(|open| open.key.clone()));
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let together_on =
        |target: &Target, chosen: &[Chosen]| together(request, &keys, &|key| known(target, chosen, key));
    // What is given stands, contradictions too.
    let given: Vec<[bool; 3]> = request.targets.iter().map(|target| together_on(target, &[])).collect();
    for _ in 0..count {
        let chosen: Vec<Chosen> =
            open.iter().zip(&reading).map(|(open, &at)| (open, &open.values[at])).collect();
        let agrees = |(target, given): (&Target, &[bool; 3])| {
            let completed_as = together_on(target, &chosen);
            given.iter().zip(completed_as).all(|(given, agrees)| !given || agrees)
        };
        if request.targets.iter().zip(&given).all(agrees) {
            let names: Vec<Asked> = open
                .iter()
                .zip(&reading)
                .map(|(open, &reading)| Asked {
                    kind: Kind::Open,
                    name: format!("key {} {}", open.key, open.of.as_deref().unwrap_or_default()),
                    readings: open.values.len(),
                    reading,
                })
                .collect();
            for (mut asked, run) in runs(&completed(request, &chosen), catalog)? {
                asked.extend(names.iter().cloned());
                all.push((asked, run));
            }
        }
        // The next combination.
        for (at, open) in reading.iter_mut().zip(&open) {
            *at += 1;
            if *at < open.values.len() {
                break;
            }
            *at = 0;
        }
    }
    if all.is_empty() { Err("no completion is possible".to_owned()) } else { Ok(all) }
}

/// A key that is not known, with what it may hold.
struct Open {
    key: String,
    /// The resource whose key it is; none: it is one key for all.
    of: Option<String>,
    values: Vec<Option<Vec<String>>>,
}

type Chosen<'a> = (&'a Open, &'a Option<Vec<String>>);

impl Open {
    fn is_of(&self, target: &Target) -> bool {
        self.of.as_ref().is_none_or(|arn| *arn == target.arn) && !is_given(target, &self.key)
    }
}

/// Whether it is said what the request holds of a key for a resource, or that it lacks it.
fn is_given(target: &Target, key: &str) -> bool {
    target.context.all(key).is_some() || target.context.lacks(key)
}

/// The resources that each have a key of their own of that name (S-RES-20), or none for a key that all share.
fn owners(request: &Request, key: &str, catalog: &Catalog) -> impl Iterator<Item = Option<String>> {
    let mut arns: Vec<String> = request.targets.iter().map(|target| target.arn.clone()).collect();
    arns.sort_unstable();
    arns.dedup();
    let through_point = arns.iter().any(|arn| is_access_point(arn));
    let own = match key {
        // An access point gives the object behind it (S-S3-10).
        _ if key.starts_with("s3:existingobjecttag/") => !through_point,
        "aws:resourceaccount" | "aws:resourceorgid" | "aws:resourceorgpaths" => true,
        "s3:resourceaccount" | "s3:dataaccesspointarn" | "s3:dataaccesspointaccount" => true,
        "s3:accesspointnetworkorigin" => true,
        "dynamodb:leadingkeys" | "dynamodb:attributes" => true,
        _ if key.contains(":resourcetag/") || key.contains(":buckettag/") => true,
        _ if key.ends_with(":region") || key.starts_with("aws:principal") => false,
        _ => catalog.is_of_resource(&request.action, key) && !rides_along(key),
    };
    match own && arns.len() > 1 {
        true => arns.into_iter().map(Some).collect::<Vec<_>>().into_iter(),
        false => vec![None].into_iter(),
    }
}

fn completed(request: &Request, chosen: &[Chosen]) -> Request {
    let mut request = request.clone();
    for target in &mut request.targets {
        for (open, values) in chosen.iter().filter(|(open, _)| open.is_of(target)).collect::<Vec<_>>() {
            if let Some(values) = values {
                target.context.complete(&open.key, values);
            }
        }
    }
    request
}

fn known(target: &Target, chosen: &[Chosen], key: &str) -> Known {
    match chosen.iter().find(|(open, _)| open.key == key && open.is_of(target)) {
        Some((_, Some(values))) => Known::Values((*values).clone()),
        Some((_, None)) => Known::Absent,
        None => match target.context.all(key) {
            Some(values) => Known::Values(values),
            None if target.context.lacks(key) => Known::Absent,
            None => Known::NotStated,
        },
    }
}

/// Whether a key rides along in every request of a session (S-KEY-30).
pub fn rides_along(key: &str) -> bool {
    SESSION_KEYS.split_whitespace().any(|k| k == key)
        || [":amr", ":aud", ":id", ":sub"].iter().any(|end| key.ends_with(end))
}

/// Whether a request on the target can hold the key (S-COND-14, S-KEY-25).
fn supplied(request: &Request, target: &Target, key: &str, catalog: &Catalog) -> bool {
    let session = !matches!(request.caller.kind, Caller::User | Caller::Root);
    key.starts_with("aws:")
        || (rides_along(key) && session)
        || catalog.supplies(&request.action, &target.arn, key) != Some(false)
}

/// Everything that the policies of a request, and the walk itself, ask about keys.
fn questions(request: &Request) -> Vec<Question> {
    let mut found = Vec::new();
    for policy in policies(request) {
        let Ok(document) = &policy.document else { continue };
        for statement in document.get("Statement").map(json::list).unwrap_or_default() {
            if let Some(Value::Object(operators)) = statement.get("Condition") {
                operators.iter().for_each(|(name, keys)| tests(name, keys, &mut found));
            }
            variables(statement, &mut found);
        }
    }
    if request.endpoint.is_some() {
        question(&mut found, "aws:viaawsservice");
    }
    if request.caller.session_token && request.service() == "iam" {
        question(&mut found, "aws:multifactorauthpresent");
    }
    if request.action.eq_ignore_ascii_case("lambda:InvokeFunctionUrl")
        && let Some(equals) = Operator::read("StringEquals")
    {
        question(&mut found, "lambda:functionurlauthtype").tests.push((equals, vec!["NONE".to_owned()]));
    }
    if request.targets.iter().any(takes_from_vpc_only)
        && let Some(like) = Operator::read("StringLike")
    {
        question(&mut found, "aws:sourcevpc").tests.push((like, vec!["*".to_owned()]));
    }
    // S-KEY-22: whether a user can have used MFA depends on its credentials.
    let asks_for_mfa = found.iter().any(|question| question.key == "aws:multifactorauthpresent");
    if asks_for_mfa && request.caller.kind == Caller::User {
        question(&mut found, "aws:tokenissuetime");
    }
    found
}

fn policies(request: &Request) -> Vec<&Policy> {
    let own = [
        Some(&request.identity),
        request.boundary.as_ref(),
        request.session.as_ref(),
        request.endpoint.as_ref(),
    ];
    let levels = own.into_iter().flatten().chain(&request.scps);
    let of_targets = request.targets.iter().flat_map(|t| t.rcps.iter().chain([&t.policy]));
    levels.chain(of_targets).flat_map(|layer| &layer.policies).collect()
}

fn question<'a>(found: &'a mut Vec<Question>, key: &str) -> &'a mut Question {
    let key = key.to_lowercase();
    let at = found.iter().position(|q| q.key == key).unwrap_or_else(|| {
        found.push(Question { key, ..Question::default() });
        found.len() - 1
    });
    &mut found[at]
}

fn tests(name: &str, keys: &Value, found: &mut Vec<Question>) {
    let (Some(operator), Value::Object(keys)) = (Operator::read(name), keys) else { return };
    for (key, values) in keys.iter().filter(|(key, _)| *key != json::REPEATED) {
        let texts = json::list(values).into_iter().filter_map(json::scalar).collect();
        question(found, key).tests.push((operator, texts));
    }
}

/// The keys that `${…}` names, anywhere in a statement.
fn variables(value: &Value, found: &mut Vec<Question>) {
    match value {
        Value::String(text) => {
            for piece in text.split("${").skip(1) {
                let name = piece.split(['}', ',']).next().unwrap_or("");
                if name.contains(':') {
                    question(found, name).is_variable = true;
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| variables(value, found)),
        Value::Object(map) => map.values().for_each(|value| variables(value, found)),
        _ => {}
    }
}
