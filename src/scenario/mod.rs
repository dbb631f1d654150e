//! A line of a scenario file -> a [`Scenario`]: one self-contained request with its policies inline.
//!
//! ```text
//! line ─► objects with their places (value) ─► Scenario (read)
//! ```
//! A scenario states everything that its decision needs; nothing is looked up. Policies are cut out as text and not looked
//! into, as those of an estate are. What a line says and cannot be understood is an error of the line.

mod caller;
mod context;
mod contradictions;
mod read;
#[cfg(test)]
mod tests;
mod value;

use crate::document::{Origin, PolicyForm, PolicyKind};
use crate::estate::AccountId;

pub use caller::{CallerKind, StatedCaller, StatedTags};
pub use context::{Given, OpenKeys, StatedContext};
pub use value::{Node, Object, ScenarioError, column};

/// One request and all that decides it.
#[derive(Clone, Debug)]
pub struct Scenario<'a> {
    /// Its id, or the number of its line.
    pub id: Box<str>,
    /// The line, without its line break.
    pub line: &'a str,
    /// Who calls.
    pub caller: StatedCaller,
    /// `service:Name`.
    pub action: Box<str>,
    /// What is acted on; each must be allowed (S-RES-20).
    pub resources: Vec<StatedResource<'a>>,
    /// Identity policies.
    pub identity: Vec<StatedPolicy<'a>>,
    /// Permissions boundaries; empty: none.
    pub boundary: Vec<StatedPolicy<'a>>,
    /// Session policies, as far as they are stated.
    pub session: Vec<StatedPolicy<'a>>,
    /// What is said of session policies beside these.
    pub session_policies: StatedSession,
    /// SCPs of the caller's account, from the root down; empty: no organisation.
    pub scps: Vec<StatedLevel<'a>>,
    /// RCPs of the owner's account, from the root down.
    pub rcps: Vec<StatedLevel<'a>>,
    /// Policies of the VPC endpoint that the request travels through; empty: none.
    pub endpoint: Vec<StatedPolicy<'a>>,
    /// The organisation of the accounts, where it is stated.
    pub organization: Option<StatedOrganization>,
    /// Settings of buckets.
    pub settings: Settings,
    /// What the request holds.
    pub context: StatedContext,
    /// Whether keys that follow from principal, resource and organisation are added.
    pub derive: bool,
    /// The keys that are open where they are not given.
    pub open: OpenKeys,
    /// What the answer should be.
    pub expected: Option<Expected>,
    /// What it says that nobody looks at, though somebody may think so.
    pub unread: Vec<String>,
}

impl<'a> Scenario<'a> {
    /// All its policies: the caller's, those of the path and the organisation, and those of resources.
    pub fn policies(&self) -> impl Iterator<Item = &StatedPolicy<'a>> {
        let levels = self.scps.iter().chain(&self.rcps).flat_map(|level| &level.policies);
        let own = self.identity.iter().chain(&self.boundary).chain(&self.session);
        let of_resources = self.resources.iter().flat_map(|resource| &resource.policies);
        own.chain(&self.endpoint).chain(levels).chain(of_resources)
    }

    /// The partition of the caller: `aws` unless its ARN says otherwise.
    pub fn partition(&self) -> &str {
        crate::estate::Arn::parse(&self.caller.name).map_or("aws", |arn| arn.partition)
    }
}

/// What a scenario says of the session policies of its caller's session (S-SESS-01).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatedSession {
    /// Nothing: there are none, but of sessions that something always limits nobody knows what does.
    LeftOut,
    /// All of them, none if the list is empty.
    All,
    /// That nobody knows them.
    Unknown,
}

/// A resource of a request.
#[derive(Clone, Debug)]
pub struct StatedResource<'a> {
    /// Its ARN, or `*`.
    pub arn: Box<str>,
    /// Who owns it.
    pub owner: StatedOwner,
    /// Its tags.
    pub tags: StatedTags,
    /// The policies on the resource side.
    pub policies: Vec<StatedPolicy<'a>>,
    /// What the request holds for this resource in place of what it holds otherwise.
    pub context: StatedContext,
}

/// Who owns a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StatedOwner {
    /// The account field of the ARN says.
    #[default]
    AsTheArnSays,
    /// This account.
    Account(AccountId),
    /// AWS.
    Aws,
}

/// A policy of a scenario.
#[derive(Clone, Debug)]
pub struct StatedPolicy<'a> {
    /// The value that holds it: an object, or a string.
    pub value: &'a str,
    /// How it is read.
    pub kind: PolicyKind,
    /// Where in the line it stands.
    pub place: PolicyPlace,
}

/// Where in a scenario a policy stands: `identity_policies[0]`, `scps[1].policies[0]`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PolicyPlace {
    /// The field of the scenario.
    pub field: &'static str,
    /// The position in that list.
    pub index: Option<u32>,
    /// The position among the policies of that element.
    pub within: Option<u32>,
}

impl std::fmt::Display for PolicyPlace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.field)?;
        if let Some(index) = self.index {
            write!(out, "[{index}]")?;
        }
        match self.within {
            Some(within) => write!(out, ".policies[{within}]"),
            None => Ok(()),
        }
    }
}

impl StatedPolicy<'_> {
    /// What leads from places in the policy to places in its line.
    pub fn origin(&self, line: &str, form: PolicyForm) -> Origin {
        let mut path = crate::document::JsonPath::root().key(self.place.field);
        if let Some(index) = self.place.index {
            path = path.index(index);
        }
        if let Some(within) = self.place.within {
            path = path.key("policies").index(within);
        }
        let span = crate::document::Span::of_slice(line, self.value).unwrap_or_default();
        Origin { span, form, path }
    }
}

/// The policies of one level of an organisation.
#[derive(Clone, Debug)]
pub struct StatedLevel<'a> {
    /// What the level is called.
    pub label: Box<str>,
    /// Its policies.
    pub policies: Vec<StatedPolicy<'a>>,
}

/// What is said of an organisation.
#[derive(Clone, Debug)]
pub struct StatedOrganization {
    /// Its id; none if only the management account is stated.
    pub id: Option<Box<str>>,
    /// Its management account.
    pub management: Option<AccountId>,
    /// The value of `aws:PrincipalOrgPaths`; none if the caller's account is no member.
    pub principal_path: Option<Box<str>>,
    /// The value of `aws:ResourceOrgPaths`; none if the owner's account is no member.
    pub resource_path: Option<Box<str>>,
    /// What it delegates.
    pub delegation: StatedDelegation,
}

/// What is said of what an organisation delegates (S-SESS-10, S-SVC-16).
#[derive(Clone, Debug, Default)]
pub struct StatedDelegation {
    /// Its delegated administrators, each with a service that it administers; none if they are not stated.
    pub administrators: Option<Vec<Registration>>,
    /// Whether it can open sessions of its members' root users; none if that is not stated.
    pub root_sessions: Option<bool>,
}

/// A service, and an account that administers it.
pub type Registration = (Box<str>, AccountId);

impl StatedDelegation {
    /// Whether an account is registered as a delegated administrator, for a service or for any; none if that is not stated.
    pub fn registers(&self, account: AccountId, service: Option<&str>) -> Option<bool> {
        let administrators = self.administrators.as_ref()?;
        let is_it = |(of, registered): &Registration| {
            *registered == account && service.is_none_or(|service| **of == *service)
        };
        Some(administrators.iter().any(is_it))
    }
}

/// Settings of buckets and accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// Whether tags of the bucket count in `aws:ResourceTag` (S-S3-11).
    pub bucket_abac: Option<bool>,
    /// Whether `RestrictPublicBuckets` holds for the bucket.
    pub block_public_access: bool,
    /// How an API or a service of VPC Lattice finds out who calls (S-SVC-09, S-SVC-17).
    pub authorization: Authorization,
    /// Whether the API is an HTTP or WebSocket API (S-SVC-20).
    pub without_policy: bool,
    /// Whether the API is private (S-SVC-09).
    pub private: bool,
    /// Whether the database or table of Glue is under Lake Formation, whose permissions no scenario states (S-SVC-14).
    pub lake_formation: bool,
    /// The account that owns the object, where that is not the bucket's (S-S3-04).
    pub object_owner: Option<AccountId>,
}

/// How an API or a service of VPC Lattice finds out who calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Authorization {
    /// It is not stated: as by a signature for callers with credentials, as not at all for others.
    #[default]
    NotStated,
    /// By the signature of AWS credentials.
    Signature,
    /// By an authorizer that returns a policy.
    Authorizer,
    /// By a token that only lets callers in and says nothing to policies. UNCERTAIN U-81: whether a policy that is silent
    /// then stops the call; as recommended it does.
    Token,
    /// Not at all.
    None,
}

impl Settings {
    /// Whether the service makes no difference between callers of an action: to policies everybody is anonymous (S-SVC-09,
    /// S-SVC-17, S-SVC-20).
    pub fn knows_nobody(&self, action: &str) -> bool {
        let invokes = ["execute-api:Invoke", "vpc-lattice-svcs:Invoke"];
        matches!(self.authorization, Authorization::Token | Authorization::None)
            && invokes.iter().any(|name| name.eq_ignore_ascii_case(action))
    }
}

/// What a scenario should come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// The name of the decision.
    pub decision: Box<str>,
    /// The layers that block, by name, sorted; none: not stated.
    pub blocked_by: Option<Vec<Box<str>>>,
}
