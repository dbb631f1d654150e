//! Rule set `membership`: whose policies a principal acts with.
//!
//! in       `Attached`, `GroupAttached`, `Member`, `SessionOf`, `BoundaryOf`      out  `Holds`, `Bounded`
//! negates  nothing
//! source   S-EVAL-21 (users and groups), S-EVAL-22 (sessions), S-PB-01, S-PB-05 (boundaries)

use crate::facts::{Attachments, GroupId, PolicyId, PrincipalId};

/// The derived relations, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// `(principal, policy)`: the policy is one of the principal's identity policies.
    pub holds: Vec<(PrincipalId, PolicyId)>,
    /// `(principal, policy)`: the policy is a boundary on the principal.
    pub bounded: Vec<(PrincipalId, PolicyId)>,
}

/// A rule of the set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each stands with its rule below")]
pub enum Rule {
    M1,
    M2,
    M3,
    M4,
    M5,
}

impl Rule {
    /// All rules, in the order of the set.
    pub const ALL: [Self; 5] = [Self::M1, Self::M2, Self::M3, Self::M4, Self::M5];
}

/// Runs the rules. If one of them is off, what it is for shows in what changes.
pub fn derive(facts: &Attachments, off: Option<Rule>) -> Membership {
    program::run(facts, off)
}

mod program {
    use crepe::crepe;

    use super::{Attachments, GroupId, Membership, PolicyId, PrincipalId, Rule};

    crepe! {
        @input
        /// `On(rule)`: the rule is in force; all are, but where someone asks what one of them is for.
        struct On(Rule);
        @input
        /// `Attached(principal, policy)`: attached to the user or role itself.
        struct Attached(PrincipalId, PolicyId);
        @input
        /// `GroupAttached(group, policy)`: attached to the group.
        struct GroupAttached(GroupId, PolicyId);
        @input
        /// `Member(user, group)`: the user is in the group.
        struct Member(PrincipalId, GroupId);
        @input
        /// `SessionOf(session, role)`: the session acts as the role.
        struct SessionOf(PrincipalId, PrincipalId);
        @input
        /// `BoundaryOf(principal, policy)`: set on the user or role itself. No tuple: no boundary.
        struct BoundaryOf(PrincipalId, PolicyId);

        @output
        /// `Holds(principal, policy)`: the policy is one of the principal's identity policies.
        struct Holds(PrincipalId, PolicyId);
        @output
        /// `Bounded(principal, policy)`: the policy limits the principal's identity policies.
        struct Bounded(PrincipalId, PolicyId);

        // M1. What is attached to the user or role counts (S-EVAL-21, S-EVAL-22).
        Holds(principal, policy) <- On(Rule::M1), Attached(principal, policy);
        // M2. So does what is attached to a group the user is in (S-EVAL-21).
        Holds(user, policy) <- On(Rule::M2), Member(user, group), GroupAttached(group, policy);
        // M3. A session has the policies of its role, and not those of whoever assumed it (S-EVAL-22, S-SESS-08).
        Holds(session, policy) <- On(Rule::M3), SessionOf(session, role), Attached(role, policy);

        // M4. A boundary limits the user or role it is set on (S-PB-01).
        Bounded(principal, policy) <- On(Rule::M4), BoundaryOf(principal, policy);
        // M5. A role's boundary limits all its sessions (S-PB-05).
        Bounded(session, policy) <- On(Rule::M5), SessionOf(session, role), BoundaryOf(role, policy);
    }

    pub(super) fn run(facts: &Attachments, off: Option<Rule>) -> Membership {
        let mut runtime = Crepe::new();
        runtime.extend(Rule::ALL.into_iter().filter(|rule| Some(*rule) != off).map(On));
        runtime.extend(facts.attached.iter().map(|&(principal, policy)| Attached(principal, policy)));
        runtime.extend(facts.group_attached.iter().map(|&(group, policy)| GroupAttached(group, policy)));
        runtime.extend(facts.member.iter().map(|&(user, group)| Member(user, group)));
        runtime.extend(facts.session_of.iter().map(|&(session, role)| SessionOf(session, role)));
        runtime.extend(facts.boundary_of.iter().map(|&(principal, policy)| BoundaryOf(principal, policy)));
        let (holds, bounded) = runtime.run_with_hasher::<rustc_hash::FxBuildHasher>();
        let mut result = Membership {
            holds: holds.into_iter().map(|Holds(principal, policy)| (principal, policy)).collect(),
            bounded: bounded.into_iter().map(|Bounded(principal, policy)| (principal, policy)).collect(),
        };
        result.holds.sort_unstable();
        result.bounded.sort_unstable();
        result
    }
}
