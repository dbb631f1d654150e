//! The pool of long managed policies that every export repeats, as AWS's own do.

use super::documents::{content_hash, document, statement};
use super::names::REGIONS;
use super::random::Random;
use super::services::Service;
use serde_json::{Value, json};

/// How many there are.
const POOL: usize = 300;

/// A managed policy of AWS.
pub struct ManagedPolicy {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: &'static str,
    /// Its unique id.
    pub id: String,
    /// When it was made.
    pub created: String,
    /// Its default version.
    pub document: Value,
    /// A hash of the document.
    pub hash: u64,
    /// The version.
    pub version: String,
}

impl ManagedPolicy {
    /// Its ARN, which has `aws` in the place of an account.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }
}

/// The pool, most used first.
pub fn pool(random: &mut Random, services: &[Service]) -> Vec<ManagedPolicy> {
    (0..POOL).map(|number| managed_policy(random, services, number)).collect()
}

fn managed_policy(random: &mut Random, services: &[Service], number: usize) -> ManagedPolicy {
    let main = &services[(number * 7) % services.len()];
    let suffix =
        *random.pick(&["ReadOnlyAccess", "FullAccess", "PowerUser", "ServiceRolePolicy", "OperationsAccess"]);
    let title: String = main.prefix.split('-').map(capitalized).collect();
    // Squaring leans to the short end: from 5 to 40 statements, 14 on average.
    let count = 5 + 36 * random.below(1_000) * random.below(1_000) / 1_000_000;
    let statements = (0..count).map(|index| {
        let service = if index % 3 == 0 { main } else { random.pick(services) };
        long_statement(random, services, service, index)
    });
    let document = document(statements.collect());
    ManagedPolicy {
        name: format!("{title}{suffix}{number:03}"),
        path: if suffix == "ServiceRolePolicy" { "/service-role/" } else { "/" },
        id: super::names::unique_id(random, "ANPA"),
        created: super::names::instant(random),
        hash: content_hash(&document),
        document,
        version: format!("v{}", random.between(1, 30)),
    }
}

fn long_statement(random: &mut Random, services: &[Service], service: &Service, index: usize) -> Value {
    let length = random.between(2, 4);
    let actions = match random.below(10) {
        0 => vec![format!("{}:*", service.prefix)],
        1..4 => service.verbs(random, 3),
        4 => {
            let other = random.pick(services);
            let mut actions = service.verbs(random, 2);
            actions.extend(other.actions(random, 3));
            actions
        }
        _ => service.actions(random, length),
    };
    let resources = match random.below(10) {
        0 => vec![service.arn("*", "*", "*")],
        1 => vec![service.arn("*", "*", "aws-*"), service.arn("*", "*", "AWSService*")],
        _ => vec!["*".into()],
    };
    let condition = match random.below(40) {
        0 | 1 => json!({"StringLike": {"iam:PassedToService": format!("{}.amazonaws.com", service.prefix)}}),
        2 => json!({"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": "managed"}}),
        3 => json!({"StringEquals": {"aws:RequestedRegion": REGIONS}}),
        4 => json!({"ForAnyValue:StringLike": {"aws:TagKeys": "managed-by-*"}}),
        5 => json!({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
        _ => Value::Null,
    };
    let effect = if random.chance(2) { "Deny" } else { "Allow" };
    statement(
        &format!("{}Statement{index}", capitalized(service.prefix).replace('-', "")),
        effect,
        actions,
        resources,
        condition,
    )
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
