//! What SCPs and RCPs say of a request (S-SCP-*, S-RCP-*).

use super::caller::Kind;
use super::decide::{effect_of, silent};
use super::doubts::Kind as Doubt;
use super::gates::listed;
use super::request::{Layer, Owner, Request, Target};
use super::statement::{Effect, World};

/// How policies of a type that is just being switched on or off are called, after what else is said of them (S-SCP-10).
pub const SWITCHED: &str = "switched ";

/// Whether policies count whose type is just being switched on or off.
fn are_off(levels: &[Layer], world: &World, kind: &str) -> bool {
    let mut policies = levels.iter().flat_map(|level| &level.policies);
    policies.any(|policy| policy.name.contains(SWITCHED))
        && world.doubts.choose(Doubt::Missing, &format!("whether {kind} are switched off"), 2) == 1
}

/// S-SCP-*: every level must allow.
pub fn scp(request: &Request, world: &World) -> Effect {
    let caller = &request.caller;
    let in_management = caller.account.is_some()
        && (caller.account == request.management_account || manages(request, world, caller.account.as_ref()));
    let exempt = !caller.is_iam()
        || caller.is_service_linked()
        || in_management
        || is_beyond(request)
        || are_off(&request.scps, world, "SCPs");
    let mut all = silent(true);
    for level in request.scps.iter().filter(|_| !exempt) {
        let effect = effect_of(world, level);
        all.allows &= effect.allows;
        all.denies |= effect.denies;
    }
    all
}

/// Whether an account that may be the management account is.
fn manages(request: &Request, world: &World, account: Option<&String>) -> bool {
    let may = account.filter(|account| request.may_manage.contains(account));
    may.is_some_and(|account| {
        world.doubts.choose(Doubt::Missing, &format!("whether {account} is the management account"), 2) == 1
    })
}

/// Calls that SCPs restrict for nobody, or not for the root user (S-SCP-09).
fn is_beyond(request: &Request) -> bool {
    let of_root = match (request.service().as_str(), request.operation().as_str()) {
        ("mechanicalturk", _) => return true,
        ("supportplans", operation) => listed("createsupportplanschedule startsupportplanupdate", operation),
        ("ec2", operation) => listed("modifyaddressattribute resetaddressattribute", operation),
        _ => false,
    };
    of_root && request.caller.kind == Kind::Root
}

/// S-RCP-*: the full-access policy is on every level, so only Denies count (S-RCP-04).
pub fn rcp(request: &Request, target: &Target, world: &World, no_resource: bool) -> Effect {
    let caller = &request.caller;
    let service = request.service();
    let account = match &target.owner {
        // S-RCP-07, U-30: of the caller's account, if it has one.
        _ if no_resource && caller.account.is_none() => return silent(true),
        _ if no_resource => caller.account.as_ref(),
        Owner::Account(account) => Some(account),
        Owner::Nobody => return silent(true),
        Owner::Unknown => None,
    };
    let in_management = account.is_some()
        && (account == request.management_account.as_ref() || manages(request, world, account));
    let service_linked = caller.is_service_linked()
        || (caller.kind == Kind::Service && target.arn.contains(":role/aws-service-role/"));
    let of_aws = target.arn.contains(":kms:") && target.arn.contains(":alias/aws/");
    let retires = request.action.eq_ignore_ascii_case("kms:RetireGrant");
    let doubtful = service == "es";
    if in_management
        || service_linked
        || retires
        || of_aws
        || !(world.catalog.rcp_reaches(&service) || doubtful)
        || are_off(&target.rcps, world, "RCPs")
    {
        return silent(true);
    }
    let mut all = silent(true);
    for level in &target.rcps {
        all.denies |= effect_of(world, level).denies;
    }
    if no_resource && all.denies {
        all.denies = world.doubts.reads("U-30", true, "caller");
    }
    if doubtful && all.denies {
        all.denies = world.doubts.choose(Doubt::Missing, "whether RCPs reach es: actions (U-78)", 2) == 1;
    }
    all
}
