//! How the identity side and the resource side combine: the formulas of S-EVAL-02, S-EVAL-03 and S-XACC-01, and the matrix
//! S-EVAL-04.

use super::answer::Layer as Blocked;
use super::caller::Kind;
use super::decide::DYNAMODB_WITHOUT_POLICY;
use super::doubts::{Doubts, Kind as Doubt};
use super::gates;
use super::principal::Form;
use super::request::{Request, Target};
use super::statement::Effect;

/// The actions that a trust policy decides (S-TRUST-01).
pub const TRUST_ACTIONS: &str =
    "assumerole assumerolewithsaml assumerolewithwebidentity tagsession setsourceidentity setcontext";
const ORGANIZATIONS_POLICY: &str = "attachpolicy createpolicy deletepolicy detachpolicy disablepolicytype enablepolicytype \
    updatepolicy tagresource untagresource";
const ORGANIZATIONS_READ: &str = "describeaccount describecreateaccountstatus describeeffectivepolicy \
    describeorganizationalunit describepolicy describeresourcepolicy listaccounts listaccountsforparent \
    listawsserviceaccessfororganization listchildren listcreateaccountstatus listdelegatedadministrators \
    listdelegatedservicesforaccount listhandshakesfororganization listorganizationalunitsforparent listparents \
    listpolicies listpoliciesfortarget listroots listtagsforresource listtargetsforpolicy";
pub const ORGANIZATIONS_ANYONE: &str = "describeorganization describehandshake listhandshakesforaccount leaveorganization accepthandshake declinehandshake";

/// What each layer says about the request.
pub struct Said {
    pub identity: Effect,
    pub boundary: Effect,
    pub session: Effect,
    /// Whether every level allows.
    pub scp: Effect,
    pub rcp: Effect,
    pub endpoint: Effect,
    pub resource: Effect,
}

/// How far caller and resource are from each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    SameAccount,
    Foreign,
    /// The resource is of no customer account.
    Nobody,
}

/// Who stops the request, and whether identity side and resource side grant it.
pub struct Stops {
    /// Layers that would stop the request alone, sorted.
    pub layers: Vec<Blocked>,
    pub granted: bool,
}

impl Stops {
    /// Adds a layer.
    pub fn add(&mut self, layer: Blocked) {
        self.layers.push(layer);
        self.layers.sort_unstable();
        self.layers.dedup();
    }

    /// Asks who stops the request. `both_sides`: caller and resource must both allow, whatever their distance.
    pub fn new(
        request: &Request,
        target: &Target,
        said: &Said,
        distance: Distance,
        both_sides: bool,
        doubts: &Doubts,
    ) -> Self {
        let mut stops = Self { layers: Vec::new(), granted: false };
        let denials = [
            (Blocked::Identity, said.identity.denies),
            (Blocked::Resource, said.resource.denies),
            (Blocked::Boundary, said.boundary.denies),
            (Blocked::Session, said.session.denies),
            (Blocked::Scp, said.scp.denies || !said.scp.allows),
            (Blocked::Rcp, said.rcp.denies || !said.rcp.allows),
            (Blocked::Endpoint, said.endpoint.denies || !said.endpoint.allows),
        ];
        denials.into_iter().filter(|(_, stops)| *stops).for_each(|(layer, _)| stops.add(layer));
        stops.sides(request, target, said, distance, both_sides, doubts);
        stops
    }

    fn sides(
        &mut self,
        request: &Request,
        target: &Target,
        said: &Said,
        distance: Distance,
        both: bool,
        doubts: &Doubts,
    ) {
        let caller = &request.caller;
        let service = request.service();
        let forms = &said.resource.forms;
        let limits = [
            (Blocked::Identity, said.identity.allows),
            (Blocked::Boundary, said.boundary.allows),
            (Blocked::Session, said.session.allows),
        ];
        let own_side = limits.iter().all(|(_, allows)| *allows);
        let file_system = service == "elasticfilesystem" && request.operation().starts_with("client");
        let no_policy = target.policy.policies.is_empty() && target.policy.missing.is_empty();
        let is_known = target.possible_grants.is_empty();
        if no_policy && ((file_system && is_known) || target.open) {
            self.granted = true; // S-SVC-09, S-SVC-13, S-SVC-17, S-SVC-20
            return;
        }
        if !caller.is_iam() {
            let answered = target.authorizer && said.identity.allows;
            self.granted = said.resource.allows || answered;
            if !self.granted {
                self.add(Blocked::Resource);
            }
            return;
        }
        let needs_resource = match needs(request, target, distance, both, doubts) {
            Needs::OwnSide => false,
            Needs::BothSides => true,
            Needs::Either => {
                self.same_account(request, target, said, own_side, doubts);
                return;
            }
            Needs::PolicyOrElse(_) if said.resource.allows || asks_for_itself(request, target) => false,
            Needs::PolicyOrElse(name) => match request.delegated[0] {
                Some(delegated) => !delegated,
                None => doubts.choose(Doubt::Missing, name, 2) == 0,
            },
        };
        if forms.contains(&Form::KeyGrant) && makes_up_for_limits(said, doubts) {
            self.granted = true; // S-KMS-12, U-70
            return;
        }
        let resource_allows =
            if service == "vpc-lattice-svcs" { said.resource.allows } else { !forms.is_empty() };
        self.granted = own_side && (!needs_resource || resource_allows);
        limits.into_iter().filter(|(_, allows)| !allows).for_each(|(layer, _)| self.add(layer));
        if needs_resource && !resource_allows {
            self.add(Blocked::Resource);
        }
    }

    /// S-EVAL-02, S-EVAL-03 and the matrix S-EVAL-04.
    fn same_account(
        &mut self,
        request: &Request,
        target: &Target,
        said: &Said,
        own_side: bool,
        doubts: &Doubts,
    ) {
        let caller = &request.caller;
        let operation = request.operation();
        let trust = request.service() == "sts" && gates::listed(TRUST_ACTIONS, &operation);
        let key = request.service() == "kms" && !is_alias(target);
        let counts = |form: &&Form| **form != Form::KeyGrant || makes_up_for_limits(said, doubts);
        let forms = said.resource.forms.iter().filter(counts);
        let bypasses: Vec<Bypass> = forms.map(|form| bypass(*form, caller.kind, trust, doubts)).collect();
        let direct = bypasses.iter().any(|b| {
            b.identity && (b.boundary || said.boundary.allows) && (b.session || said.session.allows)
        });
        let delegated = said.resource.forms.contains(&Form::Account);
        let root = matches!(caller.kind, Kind::Root | Kind::AssumedRoot);
        self.granted = match key || trust {
            true if root => !said.resource.forms.is_empty() && own_side,
            true => direct || (delegated && own_side),
            false => direct || own_side,
        };
        if (key || trust) && said.resource.forms.is_empty() {
            self.add(Blocked::Resource);
            return;
        }
        let any = |pick: fn(&Bypass) -> bool| bypasses.iter().any(pick);
        if !said.boundary.allows && !any(|b| b.identity && b.boundary) {
            self.add(Blocked::Boundary);
        }
        if !said.session.allows && !any(|b| b.identity && b.session) {
            self.add(Blocked::Session);
        }
        let granted_by_resource = any(|b| b.identity);
        if !granted_by_resource && !said.identity.allows && !root {
            self.add(Blocked::Identity);
        }
    }
}

/// Whether a grant on a key makes up for a boundary or session policy that is silent; nobody knows (U-71).
fn makes_up_for_limits(said: &Said, doubts: &Doubts) -> bool {
    (said.boundary.allows && said.session.allows)
        || doubts.choose(Doubt::Missing, "whether a grant makes up for silent limits (U-71)", 2) == 1
}

/// Which sides must allow.
enum Needs {
    OwnSide,
    BothSides,
    Either,
    /// The own side, and the resource policy or what is named here.
    PolicyOrElse(&'static str),
}

fn needs(request: &Request, target: &Target, distance: Distance, both: bool, doubts: &Doubts) -> Needs {
    let (service, operation) = (request.service(), request.operation());
    if service == "organizations" {
        return match () {
            () if distance != Distance::Foreign && gates::may_manage(request, doubts) => Needs::OwnSide,
            () if gates::listed(ORGANIZATIONS_ANYONE, &operation) => Needs::OwnSide,
            () if gates::listed(gates::ORGANIZATIONS_MANAGEMENT_ONLY, &operation) => Needs::OwnSide, // a gate refuses members
            () if gates::listed(ORGANIZATIONS_POLICY, &operation) => Needs::BothSides,
            () if gates::listed(ORGANIZATIONS_READ, &operation) => {
                Needs::PolicyOrElse("delegated administrators")
            }
            () if doubts.choose(Doubt::Missing, "governing row of the action", 2) == 1 => Needs::OwnSide,
            () => Needs::BothSides,
        };
    }
    match distance {
        _ if both || service == "vpc-lattice-svcs" => Needs::BothSides,
        // S-TRUST-01, S-TRUST-10: of the calls beside AssumeRole the one, and the other in role chaining.
        _ if service == "sts" && operation == "setcontext" => Needs::BothSides,
        _ if service == "sts" && operation == "setsourceidentity" && request.caller.is_role_session() => {
            Needs::BothSides
        }
        _ if super::further::tags_federated_user(request, target) => Needs::OwnSide, // S-TRUST-10
        // S-SVC-20: an API without policies; a gate refuses other accounts.
        _ if matches!(target.refused, Some((_, true))) => Needs::OwnSide,
        _ if service == "sts" && operation == "assumeroot" => Needs::OwnSide, // S-XACC-17
        _ if service == "kms" && operation == "listretirablegrants" => Needs::OwnSide, // S-KMS-07
        // S-IAM-06: a gate refuses other accounts.
        _ if service == "iam" || (service != "sts" && gates::is_iam(target)) => Needs::OwnSide,
        _ if super::lists::never_carries(&target.arn, &request.action) => Needs::OwnSide,
        // S-XACC-06: the same.
        _ if service == "route53"
            && gates::is_hosted_zone(target)
            && operation != "associatevpcwithhostedzone" =>
        {
            Needs::OwnSide
        }
        Distance::Nobody => Needs::OwnSide,
        // S-KMS-08: an alias has no policy, and a gate refuses other accounts.
        Distance::Foreign if service == "kms" && is_alias(target) => Needs::OwnSide,
        // S-SVC-18: no table policy takes part, and a gate refuses other accounts.
        Distance::Foreign if service == "dynamodb" && gates::listed(DYNAMODB_WITHOUT_POLICY, &operation) => {
            Needs::OwnSide
        }
        Distance::Foreign => Needs::BothSides,
        Distance::SameAccount => Needs::Either,
    }
}

/// Whether an account asks for the policies that are effective for itself (S-SVC-16).
fn asks_for_itself(request: &Request, target: &Target) -> bool {
    let own = request.caller.account.as_deref();
    request.operation() == "describeeffectivepolicy" && target.arn.rsplit('/').next() == own
}

/// What a grant by the resource policy makes up for (S-EVAL-04).
#[derive(Clone, Copy)]
struct Bypass {
    identity: bool,
    boundary: bool,
    session: bool,
}

fn bypass(form: Form, caller: Kind, trust: bool, doubts: &Doubts) -> Bypass {
    let all = Bypass { identity: true, boundary: true, session: true };
    let identity_only = Bypass { identity: true, boundary: false, session: false };
    let none = Bypass { identity: false, boundary: false, session: false };
    match (form, caller) {
        (Form::Everyone, Kind::FederatedUser) if !doubts.reads("U-76", true, "bypassed") => identity_only,
        (Form::Everyone, Kind::Role | Kind::Session) if !doubts.reads("U-77", true, "bypassed") => {
            identity_only
        }
        (Form::Everyone | Form::EveryoneByArn | Form::KeyGrant, _) => all,
        // U-31: a user named in a trust policy still needs its boundary.
        (Form::User, Kind::User | Kind::SessionToken) if trust && doubts.reads("U-31", true, "needed") => {
            Bypass { boundary: false, session: false, ..all }
        }
        // Session policies beside a user are those of a session that it made of itself.
        (Form::User, Kind::User | Kind::SessionToken) => Bypass { session: false, ..all },
        (Form::User, Kind::FederatedUser) => identity_only,
        (Form::Role, _) => identity_only,
        (Form::Session | Form::FederatedUser, _) => all,
        _ => none,
    }
}

/// Whether the resource is the alias of a KMS key.
pub fn is_alias(target: &Target) -> bool {
    target.arn.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("alias/"))
}
