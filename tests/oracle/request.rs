//! A request with every policy that takes part: what a scenario states or an estate yields, ready to be decided.

use super::caller::Caller;
use super::context::Context;
use super::statement::Policy;

/// The policies of one layer.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    pub policies: Vec<Policy>,
    /// Policy documents that take part and were not loaded. Each may allow and may deny (S-EVAL-11).
    pub missing: Vec<String>,
}

/// Who owns a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    Account(String),
    /// AWS, or there is no resource (S-XACC-14).
    Nobody,
    /// Not found (S-EVAL-01).
    Unknown,
}

/// The bucket behind an access point (S-S3-10).
#[derive(Clone, Debug)]
pub enum Behind {
    Half(Box<Target>),
    Missing(String),
}

/// One resource of a request.
#[derive(Clone, Debug)]
pub struct Target {
    pub arn: String,
    /// The access point, in the bucket half of a request: the caller's side is compared with it (U-80).
    pub through: Option<String>,
    pub behind: Option<Behind>,
    pub owner: Owner,
    /// Whether the scenario says whose it is: the call names some resource then.
    pub owner_stated: bool,
    /// Of an owner that was not collected: the organizations that list all their accounts, and not this one.
    pub no_member_of: Vec<String>,
    /// Resource policies, trust policy or key policy; several count together.
    pub policy: Layer,
    /// A policy on a resource of a type that has none: what it denies counts.
    pub denying: Layer,
    /// Whether it is an access point that takes calls from a VPC only (S-S3-09).
    pub vpc_only: bool,
    /// Permissions beside policies that the call needs and that were not loaded (S-SVC-14).
    pub also_missing: Option<String>,
    /// Grants that are no policies and may exist (S-EVAL-12): they may only allow.
    pub possible_grants: Vec<String>,
    /// Whether everybody may call as long as no policy stands there (S-SVC-09, S-SVC-17, S-SVC-20).
    pub open: bool,
    /// Whether the service takes no unsigned calls there (S-XACC-13).
    pub signed_only: bool,
    /// Whether an authorizer speaks for callers without credentials; the request's identity policies are its answer (S-SVC-09).
    pub authorizer: bool,
    /// Why the service refuses whatever policies say, and whether only callers of other accounts.
    pub refused: Option<(&'static str, bool)>,
    /// The owner of an object that is not the bucket owner's (S-S3-04).
    pub object_owner: Option<String>,
    /// Whether nobody knows if an object is the bucket owner's.
    pub object_owner_open: bool,
    /// The grants on a key, where they were loaded (S-KMS-12).
    pub key_grants: Vec<Policy>,
    /// What an ACL gives, where it was loaded (S-S3-03).
    pub acl: Vec<Policy>,
    /// Whether nobody knows if ACLs count on the bucket.
    pub acl_open: bool,
    /// Root to account, of the owner (of the caller, if nobody owns the resource: U-30).
    pub rcps: Vec<Layer>,
    /// The context of the request as this resource sees it.
    pub context: Context,
}

/// One request, with everything that decides it.
#[derive(Clone, Debug)]
pub struct Request {
    pub caller: Caller,
    /// Whether keys follow from caller and resource.
    pub derives: bool,
    pub action: String,
    pub targets: Vec<Target>,
    pub identity: Layer,
    /// `None`: no boundary is attached.
    pub boundary: Option<Layer>,
    /// `None`: there are no session policies.
    pub session: Option<Layer>,
    /// Whether it is stated that there are none.
    pub no_session_policies: bool,
    /// Root to account, of the caller. Empty: no SCPs.
    pub scps: Vec<Layer>,
    /// `None`: the request does not travel through an endpoint.
    pub endpoint: Option<Layer>,
    /// The management account of the organization, if it is known.
    pub management_account: Option<String>,
    /// Accounts that may be the management accounts of their organizations, of which nobody knows which these are.
    pub may_manage: Vec<String>,
    /// Whether the caller's account is in an organization; `None`: its organization was not loaded.
    pub in_organization: Option<bool>,
    /// Whether the caller's account is a delegated administrator of its organization, for any service and for IAM; `None`: not
    /// loaded.
    pub delegated: [Option<bool>; 2],
    /// Whether the owner's account is a member of the caller's organization and does not manage it; `None`: not loaded.
    pub on_member: Option<bool>,
    /// Whether RestrictPublicBuckets is on for the bucket; `None`: not loaded.
    pub s3_block_public_access: Option<bool>,
    /// Whether root access is managed centrally; `None`: not loaded (S-SESS-10).
    pub root_sessions: Option<bool>,
    /// Whether the caller's account is suspended (S-SCP-16).
    pub suspended: bool,
    pub canonical_ids: Vec<(String, String)>,
    /// Chosen readings of what AWS leaves open: `U-77`, `limited`.
    pub readings: Vec<(String, String)>,
}

impl Request {
    /// The part of the action before the colon, in lower case.
    pub fn service(&self) -> String {
        self.action.split(':').next().unwrap_or("").to_lowercase()
    }

    /// The part of the action after the colon, in lower case.
    /// Whether the call names tags that it removes; `Some(true)`: by keys alone (S-TRI-09).
    pub fn untags(&self) -> Option<bool> {
        let removes =
            ["untag", "removetags", "deletetags"].iter().any(|start| self.operation().starts_with(start));
        let by_value = "ec2:deletetags autoscaling:deletetags acm:removetagsfromcertificate";
        removes.then(|| !by_value.split(' ').any(|action| action == self.action.to_lowercase()))
    }

    pub fn operation(&self) -> String {
        self.action.split_once(':').map_or("", |(_, name)| name).to_lowercase()
    }
}
