//! Which policy governs which ARN, who owns it, and how the sides combine (semantics 9.8).
//!
//! The table is data: a `Row` for each resource type that an export can hold or that a rule names, in files by area, each
//! dated. The first row that fits the action and the ARN answers; `unlisted` is the last. Nothing here decides:
//! the rules read what a row says.

mod identity;
mod keys_and_shares;
mod organizations;
mod ram;
mod row;
mod services;
mod storage;
#[cfg(test)]
mod tests;
mod types;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

pub use row::{AccountPart, At, GateRow, OwnerRule, PolicyAt, Resources, Row};
pub use types::{AlsoNeeded, CrossAccount, Gate, GateKind, Governing, Grant, Holder, Owner, Regime};

use self::row::{IDENTITY, NO_OWNER, STANDARD, fits_any};
use super::arn::{ArnParts, matches};

/// The calls that make a resource whose ARN names no account (S-EVAL-25), with what its ARN holds; that of others says whose it will
/// be. Copies are not here: their ARN may be that of what is copied.
const MAKES_UNOWNED: &[(&str, &str)] = &[
    ("apigateway:POST", "::/restapis"),
    ("ec2:CreateImage", "::image/"),
    ("ec2:CreateImage", "::snapshot/"),
    ("ec2:CreateSnapshot", "::snapshot/"),
    ("ec2:CreateSnapshots", "::snapshot/"),
    ("ec2:ImportImage", "::image/"),
    ("ec2:ImportImage", "::snapshot/"),
    ("ec2:ImportSnapshot", "::snapshot/"),
    ("ec2:RegisterImage", "::image/"),
    ("s3:CreateBucket", ":::"),
];

/// Whether a call makes the resource that it names, whose ARN names no account (S-EVAL-25).
pub fn makes_unowned(action: &str, arn: &str) -> bool {
    // Below an API nothing is made but parts of it.
    let is_part = action == "apigateway:POST" && !arn.ends_with("::/restapis");
    !is_part && MAKES_UNOWNED.iter().any(|(call, part)| *call == action && arn.contains(part))
}

/// The calls that make the resource that they name (S-EVAL-25), of types with a policy; others of the sort take none.
pub const MAKES: &[&str] = &[
    "backup:CreateBackupVault",
    "codeartifact:CreateDomain",
    "codeartifact:CreateRepository",
    "ecr:CreateRepository",
    "es:CreateDomain",
    "events:CreateEventBus",
    "glacier:CreateVault",
    "kinesis:CreateStream",
    "lambda:CreateFunction",
    "logs:CreateLogGroup",
    "secretsmanager:CreateSecret",
    "sns:CreateTopic",
    "sqs:CreateQueue",
];

/// The first rows: calls that do not go by resource, and then the areas, each only for ARNs that name it.
///
/// A static, and no constant, so that each list of the table is in one place: `answers::governed` knows lists by their addresses.
static TABLES: &[&[Row]] = &[
    organizations::ROWS,
    identity::ROWS,
    keys_and_shares::KEYS,
    FIRST,
    storage::ROWS,
    services::ROWS,
    keys_and_shares::SHARES,
    ram::ROWS,
    LAST,
];

/// Requests that name no resource, such as `sts:GetAccessKeyInfo` (S-STS-04), and ARNs that AWS owns.
const FIRST: &[Row] = &[
    Row {
        name: "no-resource",
        resources: Resources::Nothing,
        rules: &["S-RES-10", "S-XACC-14", "U-30"],
        ..NO_OWNER
    },
    Row { name: "aws-owned", resources: Resources::Account(AccountPart::Aws), ..NO_OWNER },
];

/// What the table does not list.
const LAST: &[Row] = &[
    Row {
        name: "unlisted-without-account",
        resources: Resources::Account(AccountPart::Empty),
        owner: OwnerRule::Estate(At::Itself),
        cross_account: CrossAccount::Unlisted,
        rules: &["S-RES-09", "S-XACC-14"],
        ..IDENTITY
    },
    Row {
        name: "unlisted",
        cross_account: CrossAccount::Unlisted,
        rules: &["S-EVAL-01", "S-EVAL-24"],
        ..STANDARD
    },
];

/// All rows, in the order in which they are tried.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The row of an action, by its full name, on a resource, an ARN or `*`. A text that is neither has the row of `*`.
pub fn row(action: &str, resource: &str) -> &'static Row {
    row_of(action, ArnParts::split(resource).as_ref())
}

/// All rows that speak about an ARN, whatever the action, in the order in which they are tried.
pub fn rows_on(arn: &str) -> impl Iterator<Item = &'static Row> {
    let parts = ArnParts::split(arn);
    CANDIDATES.of(parts.as_ref()).iter().copied().filter(move |row| row.resources.fit(parts.as_ref()))
}

/// The rows that speak of an action on ARNs of a service, one of `services` where these are known.
pub fn rows_for<'a>(action: &'a str, services: Option<&'a [&'a str]>) -> impl Iterator<Item = &'static Row> {
    rows().filter(move |row| match row.resources {
        Resources::Arns(service, ..) => {
            services.is_none_or(|services| services.contains(&service)) && fits_any(row.actions, action)
        }
        Resources::Anything | Resources::Nothing | Resources::Account(_) => false,
    })
}

/// The rows that can speak about an ARN, by its service part, in the order in which they are tried.
struct Candidates {
    of_service: FxHashMap<&'static str, Vec<&'static Row>>,
    of_any_service: Vec<&'static Row>,
    without_arn: Vec<&'static Row>,
}

static CANDIDATES: LazyLock<Candidates> = LazyLock::new(|| {
    let services = rows().filter_map(|row| match row.resources {
        Resources::Arns(service, ..) => Some(service),
        Resources::Anything | Resources::Nothing | Resources::Account(_) => None,
    });
    let of = |wanted: Option<&str>| {
        let speaks = |row: &&Row| match row.resources {
            Resources::Arns(service, ..) => wanted == Some(service),
            Resources::Anything | Resources::Account(_) => true,
            Resources::Nothing => false,
        };
        rows().filter(speaks).collect()
    };
    Candidates {
        of_service: services.map(|service| (service, of(Some(service)))).collect(),
        of_any_service: of(None),
        without_arn: rows().filter(|row| row.resources.fit(None)).collect(),
    }
});

impl Candidates {
    fn of(&self, parts: Option<&ArnParts<'_>>) -> &[&'static Row] {
        match parts {
            Some(parts) => self.of_service.get(parts.service).unwrap_or(&self.of_any_service),
            None => &self.without_arn,
        }
    }
}

fn row_of(action: &str, parts: Option<&ArnParts<'_>>) -> &'static Row {
    const UNLISTED: &Row = &Row { name: "unlisted", cross_account: CrossAccount::Unlisted, ..STANDARD };
    CANDIDATES.of(parts).iter().copied().find(|row| row.fits(action, parts)).unwrap_or(UNLISTED)
}

/// How a request relates to policies, by the full name of its action and its resource, an ARN or `*`.
///
/// # Example
/// ```
/// use entail::catalog::governing::{Holder, Owner, governing};
/// let object = governing("s3:GetObject", "arn:aws:s3:::logs/2026/a.gz");
/// assert_eq!(object.policies, [Holder::Policy("arn:aws:s3:::logs".into())]);
/// assert_eq!(object.owner, Owner::Estate("arn:aws:s3:::logs".into()));
/// ```
pub fn governing<'a>(action: &str, resource: &'a str) -> Governing<'a> {
    let parts = ArnParts::split(resource);
    let row = row_of(action, parts.as_ref());
    let holders = row.policies.iter().filter_map(|policy| {
        let parts = parts.as_ref();
        Some(match policy {
            PolicyAt::Of(at) => Holder::Policy(at.apply(resource, parts?)),
            PolicyAt::BucketOf(at) => Holder::BucketOf(at.apply(resource, parts?)),
            PolicyAt::Registry => Holder::RegistryPolicy(At::Replaced("registry").apply(resource, parts?)),
            PolicyAt::Delegation => Holder::DelegationPolicy,
            PolicyAt::ServiceNetworksOf(at) => Holder::ServiceNetworksOf(at.apply(resource, parts?)),
        })
    });
    let cross_account = row.cross_account_for(action);
    Governing {
        row: row.name,
        owner: row.owner.apply(resource, parts.as_ref()),
        policies: holders.collect(),
        regime: row.regime,
        cross_account,
        other_grants: row.other_grants_for(action),
        also_needed: row.also_needed_for(action),
        gates: gates(row, action, parts.as_ref(), cross_account),
        rules: row.rules,
    }
}

fn gates(row: &Row, action: &str, parts: Option<&ArnParts<'_>>, cross_account: CrossAccount) -> Vec<Gate> {
    let part = parts.map_or("*", |parts| parts.resource);
    let fixed = row.gates.iter().filter(|gate| {
        fits_any(gate.actions, action) && gate.resources.iter().any(|glob| matches(glob, part))
    });
    let mut gates: Vec<Gate> =
        fixed.map(|gate| Gate { kind: gate.kind, rule: gate.rule, reason: gate.reason }).collect();
    if cross_account == CrossAccount::Gate && !gates.iter().any(|gate| gate.kind == GateKind::ForeignCallers)
    {
        let rule = row.rules.last().copied().unwrap_or("S-XACC-06");
        gates.push(Gate {
            kind: GateKind::ForeignCallers,
            rule,
            reason: "the service does not take this call from other accounts",
        });
    }
    gates
}

/// The row of an ARN that can carry a resource policy of its own: what lacks one in an export is then not collected, not
/// known to have none. `None` for parts of such a resource (objects, streams of a log group) and for types without policy.
pub fn policy_holder(arn: &str) -> Option<&'static Row> {
    let parts = ArnParts::split(arn)?;
    let places = |row: &'static Row| {
        row.policies.iter().filter_map(|policy| match policy {
            PolicyAt::Of(at) => Some(*at),
            _ => None,
        })
    };
    let row = rows().find(|row| row.names(&parts) && places(row).next().is_some())?;
    places(row).any(|at| at.apply(arn, &parts) == arn).then_some(row)
}

/// Whether the table lists the type of an ARN without a policy, for whatever action. The policy of a VPC endpoint is about what
/// goes through it (S-VPCE-01).
pub fn takes_no_policy(arn: &str) -> bool {
    let mut listed = rows_on(arn).filter(|row| !matches!(row.resources, Resources::Anything)).peekable();
    ArnParts::split(arn).is_some()
        && listed.peek().is_some_and(|row| row.name != "vpc-endpoint")
        && listed.all(|row| row.policies.is_empty())
}

/// The types that can carry a resource policy, by the globs of their ARNs. A glob may cover parts of such a resource too
/// (`accesspoint/*` the objects behind it); [`policy_holder`] tells them apart.
pub fn policy_capable() -> Vec<(&'static Row, String)> {
    let with_globs = rows().flat_map(|row| row.arn_globs().map(move |glob| (row, glob)));
    let holds = |(row, glob): &(&'static Row, String)| {
        let mut parts: Vec<&str> = glob.splitn(6, ':').collect();
        if let Some(account) = parts.get_mut(4).filter(|account| **account == "*") {
            *account = "000000000000";
        }
        policy_holder(&parts.join(":").replace('*', "x")).is_some_and(|holder| holder.name == row.name)
    };
    with_globs.filter(holds).collect()
}
