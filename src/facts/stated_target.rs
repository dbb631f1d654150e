//! What the settings of a scenario say of its target.

use super::objects::is_of_object_owner;
use super::{Ownership, Regime, Target};
use crate::catalog::governing::{CrossAccount, Gate, GateKind};
use crate::scenario::{Authorization, Scenario};

/// Reads the settings into the target.
pub(super) fn settle(scenario: &Scenario, target: &mut Target) {
    target.lake_formation = scenario.settings.lake_formation;
    state_invocation(scenario, target);
    state_object_owner(scenario, target);
}

/// How an API or a service of VPC Lattice lets callers in (S-SVC-09, S-SVC-17, S-SVC-20).
fn state_invocation(scenario: &Scenario, target: &mut Target) {
    let settings = &scenario.settings;
    let knows_nobody = settings.knows_nobody(&scenario.action);
    match &*target.action.name {
        "vpc-lattice-svcs:Invoke" if knows_nobody => {
            target.held.clear();
            target.regime = Regime::Standard;
            target.open_without_policy = true;
        }
        "execute-api:Invoke" => {
            if settings.without_policy {
                target.held.clear();
                if !knows_nobody {
                    target.regime = Regime::IdentityOnly;
                    target.cross_account = CrossAccount::Gate;
                    target.gates.push(Gate {
                        kind: GateKind::ForeignCallers,
                        rule: "S-SVC-20",
                        reason: "HTTP and WebSocket APIs take no calls from other accounts",
                    });
                }
            }
            target.open_without_policy = knows_nobody;
            target.authorizer = settings.authorization == Authorization::Authorizer;
            if settings.authorization == Authorization::Signature {
                target.gates.push(Gate {
                    kind: GateKind::Unsigned,
                    rule: "S-XACC-13",
                    reason: "an API with IAM authorization takes no unsigned calls",
                });
            }
            if settings.private && target.held.is_empty() {
                target.gates.push(Gate {
                    kind: GateKind::Everyone,
                    rule: "S-SVC-09",
                    reason: "a private API without policy cannot be called",
                });
            }
        }
        _ => {}
    }
}

/// Who grants on an object that is not the bucket owner's (S-S3-04).
fn state_object_owner(scenario: &Scenario, target: &mut Target) {
    let is_object = target.resource.split_once(":s3:::").is_some_and(|(_, name)| name.contains('/'));
    if is_object && is_of_object_owner(&target.action.name) {
        let owner = scenario.settings.object_owner;
        target.object_owner = owner.filter(|owner| target.owner != Ownership::Account(*owner));
    }
}
