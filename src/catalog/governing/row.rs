//! The shape of a row of the governing table, and how a request finds its row.

use std::borrow::Cow;

use super::types::{AlsoNeeded, CrossAccount, GateKind, Grant, Owner, Regime};
use crate::catalog::arn::{ArnParts, matches, matches_ignoring_case};

/// A row of the governing table: a resource type, or calls that do not go by resource.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// A stable name: `s3-object`.
    pub name: &'static str,
    /// The resource types of AWS Config and of collected directories that the row answers for (D-CFG-02, D-COL-07).
    pub also_known_as: &'static [&'static str],
    /// The action patterns that the row speaks about; the first row that fits action and resource wins.
    pub actions: &'static [&'static str],
    /// The resources that it speaks about.
    pub resources: Resources,
    /// Who owns them.
    pub owner: OwnerRule,
    /// Whose policies take part.
    pub policies: &'static [PolicyAt],
    /// How the sides combine in the owner's account.
    pub regime: Regime,
    /// What a foreign caller needs.
    pub cross_account: CrossAccount,
    /// Actions for which `cross_account` is another; the first that fits wins.
    pub cross_account_of: &'static [(&'static [&'static str], CrossAccount)],
    /// Grants that are no policies, and the actions that they can carry.
    pub other_grants: &'static [(&'static [&'static str], &'static [Grant])],
    /// Second authorizations, and the actions that need them.
    pub also_needed: &'static [(&'static [&'static str], &'static [AlsoNeeded])],
    /// Fixed refusals.
    pub gates: &'static [GateRow],
    /// The rules that the row follows.
    pub rules: &'static [&'static str],
}

/// A fixed refusal: whom, for which actions, on which resources of the row.
#[derive(Clone, Copy, Debug)]
pub struct GateRow {
    /// Whom it refuses.
    pub kind: GateKind,
    /// The action patterns.
    pub actions: &'static [&'static str],
    /// Globs over the sixth part of the ARN; `*` for all.
    pub resources: &'static [&'static str],
    /// The rule.
    pub rule: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// The resources of a row.
#[derive(Clone, Copy, Debug)]
pub enum Resources {
    /// Whatever the request names, `*` included.
    Anything,
    /// `*`: the request names no resource.
    Nothing,
    /// ARNs by their service part, account part, and globs over the sixth part.
    Arns(&'static str, AccountPart, &'static [&'static str]),
    /// Any ARN with this account part.
    Account(AccountPart),
}

/// What stands in the account part of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountPart {
    /// Anything.
    Any,
    /// Nothing.
    Empty,
    /// Anything but nothing, and not the word `aws`.
    Named,
    /// The word `aws`.
    Aws,
}

/// How the owner of a row's resources is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerRule {
    /// The account field; the estate if it holds no account id.
    Field,
    /// The estate, by the ARN at this place.
    Estate(At),
    /// The management account of the caller's organization.
    ManagementAccount,
    /// The caller's account.
    Caller,
    /// No customer account.
    NoOne,
}

/// A policy that takes part, by where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyAt {
    /// The policy of the ARN at this place.
    Of(At),
    /// The policy of the bucket behind the access point at this place.
    BucketOf(At),
    /// The registry policy of the ARN's account and Region.
    Registry,
    /// The delegation policy of the organization.
    Delegation,
    /// The auth policies of the service networks of the service at this place.
    ServiceNetworksOf(At),
}

/// An ARN derived from the request's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The ARN itself.
    Itself,
    /// The ARN cut before the n-th `/` of its sixth part, counted after a leading `/`: 1 for `bucket` in `bucket/key`.
    Levels(u8),
    /// The ARN cut before this text.
    Before(&'static str),
    /// The ARN with this sixth part.
    Replaced(&'static str),
    /// The event bus of a rule: `rule/name` is on `event-bus/default`, `rule/bus/name` on `event-bus/bus`.
    BusOfRule,
    /// The cluster of a Kafka topic, group or transaction: `topic/name/uuid/t` is of `cluster/name/uuid`.
    ClusterOf,
    /// The repository of a package: `package/domain/repository/…` is of `repository/domain/repository`.
    RepositoryOfPackage,
    /// The REST API of an invocation: `arn:P:execute-api:R:A:API/stage/…` is of `arn:P:apigateway:R::/restapis/API`.
    RestApiOfInvocation,
}

impl Row {
    /// Whether the row speaks about an action (full name) and a resource (an ARN or `*`).
    pub(super) fn fits(&self, action: &str, arn: Option<&ArnParts<'_>>) -> bool {
        self.resources.fit(arn) && fits_any(self.actions, action)
    }

    /// Whether the row speaks about an ARN by its service, not about all or none.
    pub(super) fn names(&self, arn: &ArnParts<'_>) -> bool {
        matches!(self.resources, Resources::Arns(..)) && self.resources.fit(Some(arn))
    }

    /// Whether the row speaks about an ARN.
    pub fn speaks_of(&self, arn: &str) -> bool {
        self.resources.fit(ArnParts::split(arn).as_ref())
    }

    /// The ARNs that the row speaks about as globs of six parts, `arn:*:kms:*:*:key/*`; none for rows without a service.
    pub fn arn_globs(&self) -> impl Iterator<Item = String> {
        let (service, account, globs) = match self.resources {
            Resources::Arns(service, account, globs) => (service, account, globs),
            _ => ("", AccountPart::Any, &[][..]),
        };
        let account = match account {
            AccountPart::Empty => "",
            AccountPart::Aws => "aws",
            AccountPart::Any | AccountPart::Named => "*",
        };
        globs.iter().map(move |glob| format!("arn:*:{service}:*:{account}:{glob}"))
    }

    /// The ARNs that fixed refusals of an action, by its full name, single out among those of the row, likewise as globs.
    pub fn refused_globs<'a>(&'a self, action: &'a str) -> impl Iterator<Item = String> + 'a {
        let service = match self.resources {
            Resources::Arns(service, ..) => service,
            _ => "*",
        };
        let gates = self.gates.iter().filter(move |gate| fits_any(gate.actions, action));
        let globs = gates.flat_map(|gate| gate.resources).filter(|glob| **glob != "*");
        globs.map(move |glob| format!("arn:*:{service}:*:*:{glob}"))
    }

    /// What a foreign caller needs for an action, by its full name.
    pub fn cross_account_for(&self, action: &str) -> CrossAccount {
        first(self.cross_account_of, action).unwrap_or(self.cross_account)
    }

    /// The grants that are no policies and can carry an action, by its full name.
    pub fn other_grants_for(&self, action: &str) -> &'static [Grant] {
        first(self.other_grants, action).unwrap_or_default()
    }

    /// The second authorizations that an action needs, by its full name.
    pub fn also_needed_for(&self, action: &str) -> &'static [AlsoNeeded] {
        first(self.also_needed, action).unwrap_or_default()
    }
}

fn first<T: Copy>(rows: &[(&'static [&'static str], T)], action: &str) -> Option<T> {
    rows.iter().find(|(patterns, _)| fits_any(patterns, action)).map(|(_, value)| *value)
}

pub(super) fn fits_any(patterns: &[&str], action: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| *pattern == "*" || matches_ignoring_case(pattern.as_bytes(), action.as_bytes()))
}

impl Resources {
    pub(super) fn fit(&self, arn: Option<&ArnParts<'_>>) -> bool {
        match (self, arn) {
            (Self::Anything, _) | (Self::Nothing, None) => true,
            (Self::Arns(service, account, globs), Some(parts)) => {
                parts.service == *service
                    && account.fits(parts.account)
                    && globs.iter().any(|glob| matches(glob, parts.resource))
            }
            (Self::Account(account), Some(parts)) => account.fits(parts.account),
            _ => false,
        }
    }
}

impl AccountPart {
    /// Whether it is what stands in the account part.
    pub fn fits(self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Empty => text.is_empty(),
            Self::Named => !text.is_empty() && text != "aws",
            Self::Aws => text == "aws",
        }
    }
}

impl OwnerRule {
    pub(super) fn apply<'a>(self, arn: &'a str, parts: Option<&ArnParts<'a>>) -> Owner<'a> {
        match (self, parts) {
            (Self::ManagementAccount, _) => Owner::ManagementAccount,
            (Self::Caller, _) => Owner::Caller,
            (Self::NoOne, _) | (_, None) => Owner::NoOne,
            (Self::Field, Some(parts)) if parts.account == "aws" => Owner::NoOne,
            (Self::Field, Some(parts)) => {
                parts.account_id().map_or(Owner::Estate(Cow::Borrowed(arn)), Owner::Account)
            }
            (Self::Estate(at), Some(parts)) => Owner::Estate(at.apply(arn, parts)),
        }
    }
}

impl At {
    pub(super) fn apply<'a>(self, arn: &'a str, parts: &ArnParts<'a>) -> Cow<'a, str> {
        let start = arn.len() - parts.resource.len();
        let cut = |length: usize| Cow::Borrowed(arn.get(..start + length).unwrap_or(arn));
        let same_account =
            |resource: String| Cow::Owned(format!("{}{resource}", arn.get(..start).unwrap_or_default()));
        let word = |at: usize| parts.resource.split('/').nth(at).unwrap_or_default();
        match self {
            Self::Itself => Cow::Borrowed(arn),
            Self::Levels(count) => {
                let lead = usize::from(parts.resource.starts_with('/'));
                let slashes = parts.resource.match_indices('/').map(|(at, _)| at);
                cut(slashes.skip(lead).nth(usize::from(count) - 1).unwrap_or(parts.resource.len()))
            }
            Self::Before(text) => cut(parts.resource.find(text).unwrap_or(parts.resource.len())),
            Self::Replaced(resource) => same_account(resource.to_owned()),
            Self::BusOfRule => {
                let bus = parts.resource.split_once('/').and_then(|(_, rest)| rest.rsplit_once('/'));
                same_account(format!("event-bus/{}", bus.map_or("default", |(bus, _)| bus)))
            }
            Self::ClusterOf => same_account(format!("cluster/{}/{}", word(1), word(2))),
            Self::RepositoryOfPackage => same_account(format!("repository/{}/{}", word(1), word(2))),
            Self::RestApiOfInvocation => Cow::Owned(format!(
                "arn:{}:apigateway:{}::/restapis/{}",
                parts.partition,
                parts.region,
                word(0)
            )),
        }
    }

    /// The ARNs from which this place leads to `holder`: patterns, and patterns of those among them that lead elsewhere.
    /// They may cover ARNs of other rows.
    pub fn leading_to(self, holder: &str) -> (Vec<String>, Vec<String>) {
        let Some(parts) = ArnParts::split(holder) else { return Default::default() };
        let head = holder.get(..holder.len() - parts.resource.len()).unwrap_or_default();
        let below = |prefixes: &[&str], name: &str| -> Vec<String> {
            prefixes.iter().map(|prefix| format!("{head}{prefix}/{name}/*")).collect()
        };
        let inner = |prefix: &str| parts.resource.strip_prefix(prefix).filter(|name| !name.is_empty());
        let slashes = parts.resource.matches('/').count();
        match self {
            Self::Itself => (vec![holder.to_owned()], Vec::new()),
            Self::Levels(count) => {
                let lead = usize::from(parts.resource.starts_with('/'));
                match (slashes - lead.min(slashes) + 1).cmp(&usize::from(count)) {
                    std::cmp::Ordering::Less => (vec![holder.to_owned()], Vec::new()),
                    std::cmp::Ordering::Equal => (vec![holder.to_owned(), format!("{holder}/*")], Vec::new()),
                    std::cmp::Ordering::Greater => Default::default(),
                }
            }
            Self::Before(text) if parts.resource.contains(text) => Default::default(),
            Self::Before(text) => (vec![holder.to_owned(), format!("{holder}{text}*")], Vec::new()),
            Self::Replaced(resource) if parts.resource == resource => (vec![format!("{head}*")], Vec::new()),
            Self::Replaced(_) => Default::default(),
            Self::BusOfRule => match inner("event-bus/") {
                Some("default") => (vec![format!("{head}rule/*")], vec![format!("{head}rule/*/*")]),
                Some(bus) => (below(&["rule"], bus), vec![format!("{head}rule/{bus}/*/*")]),
                None => Default::default(),
            },
            Self::ClusterOf => match inner("cluster/").filter(|_| slashes == 2) {
                Some(name) => {
                    let mut patterns = below(&["cluster", "topic", "group", "transactional-id"], name);
                    patterns.push(holder.to_owned());
                    (patterns, Vec::new())
                }
                None => Default::default(),
            },
            Self::RepositoryOfPackage => match inner("repository/").filter(|_| slashes == 2) {
                Some(name) => (below(&["package"], name), Vec::new()),
                None => Default::default(),
            },
            Self::RestApiOfInvocation => match inner("/restapis/") {
                Some(api) if !api.contains('/') && parts.service == "apigateway" => {
                    let head = format!("arn:{}:execute-api:{}:*:", parts.partition, parts.region);
                    (vec![format!("{head}{api}/*")], Vec::new())
                }
                _ => Default::default(),
            },
        }
    }
}

/// A row for a type with a policy of its own on the ARN itself and the standard matrix, to be changed by `..`.
pub(super) const STANDARD: Row = Row {
    name: "",
    also_known_as: &[],
    actions: &["*"],
    resources: Resources::Anything,
    owner: OwnerRule::Field,
    policies: &[PolicyAt::Of(At::Itself)],
    regime: Regime::Standard,
    cross_account: CrossAccount::Both,
    cross_account_of: &[],
    other_grants: &[],
    also_needed: &[],
    gates: &[],
    rules: &["S-EVAL-02", "S-XACC-01"],
};

/// A row for a type without a policy, which no foreign caller reaches.
pub(super) const IDENTITY: Row = Row {
    policies: &[],
    regime: Regime::IdentityOnly,
    cross_account: CrossAccount::Gate,
    rules: &["S-EVAL-24", "S-XACC-06"],
    ..STANDARD
};

/// A row for what no customer account owns: the caller's identity side decides.
pub(super) const NO_OWNER: Row = Row {
    owner: OwnerRule::NoOne,
    cross_account: CrossAccount::IdentityOnly,
    rules: &["S-XACC-14"],
    ..IDENTITY
};
