//! One request: what each layer says of it, with the statements behind it.
//!
//! in       a [`Caller`], a [`Prepared`] target      out  [`Examined`], which [`decide`](super::decision::decide) reads
//! source   S-EVAL-01, S-EVAL-09 to S-EVAL-12, S-XACC-04 to S-XACC-17, S-SCP-02, S-RCP-01 to S-RCP-07, S-SESS-01, S-VPCE-01 to S-VPCE-07

mod concerned;
mod coupled;
mod credentials;
mod decide;
mod examine;
mod found;
mod matching;
mod other;
mod path;
mod read;

use std::sync::{Arc, OnceLock};

pub use other::SILENT_LIMITS;
pub use path::{OTHER_ENDPOINTS_PASS, OtherEndpoints};
pub use read::MissingGrants;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::document::PrincipalElement;
use crate::estate::AccountId;
use crate::facts::binding::ResourceBindings;
use crate::facts::compile::CompiledPolicy;
use crate::facts::readings::Readings;
use crate::facts::{
    Caller as CallerKind, Facts, Layer, Layers, PolicyId, PrincipalFact, PrincipalKind, StatementId, Target,
};
use crate::region::action_set::SetsWith;
use crate::region::condition::{Bindings, ConditionId};
use crate::region::resource::ResourceSetId;
use crate::rules::decision::{Evaluated, Situation};
use crate::rules::side::{Bound, Side, Sides};
use crate::rules::{gate, public_access};

/// The caller of a request, with its side.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// Who it is.
    pub fact: &'a PrincipalFact,
    /// Its policies.
    pub side: &'a Side,
    /// Its session policies.
    pub session: SessionPolicies<'a>,
}

/// The session policies of a request (S-SESS-01).
#[derive(Clone, Copy)]
pub enum SessionPolicies<'a> {
    /// There are none: the widest session of a role.
    None,
    /// A session is meant and nothing says what was passed to it.
    NotStated,
    /// These.
    Given(&'a [Bound]),
}

/// A statement that takes part in a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Matched {
    /// The layer it belongs to.
    pub layer: Layer,
    /// The statement.
    pub statement: StatementId,
    /// Whether it denies.
    pub denies: bool,
    /// When it matches.
    pub condition: ConditionId,
}

/// A resource-side statement that matches action and resource; whom it names is still open.
#[derive(Clone)]
struct Open {
    policy: PolicyId,
    compiled: Arc<CompiledPolicy>,
    statement: u32,
    denies: bool,
    /// Whether a share says so, which counts for callers of other accounts only (S-XACC-07).
    shared: bool,
    /// Whether a grant on a key says so (S-KMS-12).
    key_grant: bool,
    /// Whether an ACL says so, which is the object owner's own word (S-S3-04).
    acl: bool,
    /// Whether it asks for callers by their ARN, which beside `*` names them (S-EVAL-08).
    by_arn: bool,
    resources: ResourceSetId,
    condition: ConditionId,
    /// Whether it speaks alike of all callers of a [`Class`](super::notes::Class).
    of_class: bool,
}

/// An RCP statement that matches action and resource.
#[derive(Clone, Copy)]
struct Control {
    statement: StatementId,
    denies: bool,
    resources: ResourceSetId,
    condition: ConditionId,
    /// Whether it speaks alike of all callers of a [`Class`](super::notes::Class).
    of_class: bool,
}

/// The RCPs that take part in a request.
enum Controls {
    /// Those of the account that owns the resource (S-RCP-01); of nobody, none.
    OfOwner(Vec<Control>),
    /// Those of each caller's own account: the action has no resource type (S-RCP-07, U-30: UNCERTAIN, as recommended).
    OfCaller(Mutex<FxHashMap<AccountId, Arc<[Control]>>>),
}

/// The VPC endpoint that a request travels through.
enum Through {
    /// None that the context names, or one that lets everything pass.
    None,
    /// One with a policy: its statements that match action and resource.
    Policy { statements: Vec<Open>, gateway: bool },
    /// One of which the policy was not collected.
    NotCollected(Box<str>),
    /// Nobody knows which, if any: the context says nothing of the path.
    Any(Vec<OpenPath>),
}

/// Endpoints with one policy, through which a request may travel or not.
struct OpenPath {
    /// When it travels through one of them.
    on: ConditionId,
    /// The statements of the policy that match action and resource.
    statements: Vec<Open>,
    gateway: bool,
    /// The partition of the service to which they lead, if their names say so.
    partition: Option<&'static str>,
    /// When a policy that was not collected lets the request pass.
    passes: ConditionId,
}

/// A target with its resource-side policies read once for all callers.
pub struct Prepared<'a> {
    facts: &'a Facts,
    sides: &'a Sides,
    context: &'a (dyn Bindings + Sync),
    /// What is acted on.
    pub target: &'a Target,
    resource: ResourceBindings<'a>,
    open: Vec<Open>,
    not_collected: Vec<&'a str>,
    controls: Controls,
    endpoint: Through,
    public: public_access::PublicAccess,
    /// Whether another reading of it could matter; found when first asked for.
    public_in_question: OnceLock<bool>,
    only_loaded: bool,
    any_resource: bool,
    /// How what AWS leaves open is read.
    readings: Readings,
    /// The action sets that contain the action, where they were worth finding.
    acting: Option<Arc<SetsWith>>,
    /// The bucket half of a request on an access point.
    behind: Option<Box<Prepared<'a>>>,
}

/// On which side a statement stands. In the bucket half of a request on an access point they are compared with different
/// ARNs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Identity policies, boundaries, SCPs, session policies, endpoint policies.
    WithCaller,
    /// Resource policies and RCPs.
    WithResource,
}

/// What every layer says of one request.
#[derive(Clone)]
pub struct Examined {
    /// The kind of request.
    pub situation: Situation,
    /// The other kind, where it is not known who owns the resource.
    pub otherwise: Option<Box<Otherwise>>,
    /// The layers' conditions.
    pub evaluated: Evaluated,
    /// The statements behind them.
    pub matched: Vec<Matched>,
    /// Why the service refuses the request, if it does.
    pub gate: Option<gate::Closed>,
    /// The permissions that the call needs besides that of its own action and that are denied.
    pub lacking: Vec<Lacking>,
    /// The layers that stop the call's own action; empty where nothing else is lacking.
    pub own_blocked_by: Layers,
}

/// A permission that a call needs besides that of its own action, and that is denied.
#[derive(Clone, Copy, Debug)]
pub struct Lacking {
    /// The action.
    pub action: &'static str,
    /// The layers that stop it.
    pub blocked_by: Layers,
}

/// What holds of a request if the caller's account does not own the resource, as it may (S-EVAL-01).
#[derive(Clone)]
pub struct Otherwise {
    /// The kind of request.
    pub situation: Situation,
    /// The layers' conditions.
    pub evaluated: Evaluated,
    /// That the caller's account owns the resource, which nobody knows.
    pub owns: ConditionId,
}

impl Open {
    /// The principal element of the statement; none if the statement stands for a policy that can't be read.
    fn element(&self) -> Option<&PrincipalElement<'_>> {
        let statement = self.compiled.document.document().statements.get(self.statement as usize)?;
        Some(&statement.principal)
    }
}

/// What the SCPs of a caller are called of whose account nobody knows which there are: neither it nor its organisation was
/// loaded (S-XACC-15). None limit a service-linked role (S-SCP-06).
pub fn unknown_scps(fact: &PrincipalFact) -> Option<String> {
    let limited = fact.caller != CallerKind::ServiceLinkedSession;
    (limited && fact.standing.scps_unknown).then(|| scps_of(fact))
}

fn scps_of(fact: &PrincipalFact) -> String {
    format!("SCPs of {}", fact.name)
}

/// The calls with which the root user gets back into a bucket (S-ROOT-02) or a queue (S-ROOT-04).
pub static WAYS_OUT: &[&str] = &[
    "s3:DeleteBucketPolicy",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "sqs:GetQueueAttributes",
    "sqs:SetQueueAttributes",
];

/// Those with which it may (U-73).
pub static OPEN_WAYS_OUT: &[&str] = &["sqs:AddPermission", "sqs:GetQueueUrl", "sqs:RemovePermission"];

/// What session policies that nobody stated are called.
pub const SESSION_POLICIES: &str = "session policies";

/// The session policies of a caller of which a question states none (S-SESS-01).
pub fn unstated(fact: &PrincipalFact) -> SessionPolicies<'static> {
    match (fact.kind, fact.caller) {
        // S-SESS-10: one of AWS's task policies limits it.
        (PrincipalKind::Session | PrincipalKind::FederatedUser, _) | (_, CallerKind::AssumedRoot) => {
            SessionPolicies::NotStated
        }
        _ => SessionPolicies::None,
    }
}
