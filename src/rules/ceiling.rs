//! Rule set `ceiling`: what SCPs and RCPs leave possible in each account, from the root of its organisation down.
//!
//! in       `Top`, `Parent`, `IsAccount`, `Exempt`, `Attached`, `Allows`      out  `Ceiling`, `Limits`
//! negates  `Exempt`, an input, so the program is stratified
//! source   S-SCP-02, S-SCP-03, S-SCP-05, S-RCP-01, S-RCP-02, S-RCP-04, D-COL-12

use crate::facts::{ControlKind, NodeId, PolicyId};
use crate::region::arena::RegionId;

/// The ground relations that the rules read.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// `(kind, root)`: the organisation with this root uses this kind of policy (S-SCP-10).
    pub top: Vec<(ControlKind, NodeId)>,
    /// `(node, parent)`.
    pub parent: Vec<(NodeId, NodeId)>,
    /// `(node)`: the node is an account.
    pub is_account: Vec<NodeId>,
    /// `(account)`: the account is the management account, which neither kind limits (S-SCP-05, S-RCP-02).
    pub exempt: Vec<NodeId>,
    /// `(kind, node, policy)`: the policy is attached to the node itself.
    pub attached: Vec<(ControlKind, NodeId, PolicyId)>,
    /// `(policy, region)`: a statement of the policy allows the region.
    pub allows: Vec<(PolicyId, RegionId)>,
}

/// The derived relations, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// `(kind, account, region)`: every level from the root to the account allows the region.
    pub ceiling: Vec<(ControlKind, NodeId, RegionId)>,
    /// `(kind, account, level, policy)`: the policy, attached to `level`, limits the account.
    pub limits: Vec<(ControlKind, NodeId, NodeId, PolicyId)>,
}

/// A rule of the set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each stands with its rule below")]
pub enum Rule {
    C1,
    C2,
    C3,
    C4,
    C5,
}

impl Rule {
    /// All rules, in the order of the set.
    pub const ALL: [Self; 5] = [Self::C1, Self::C2, Self::C3, Self::C4, Self::C5];
}

/// Runs the rules in the arena installed for this thread. If one of them is off, what it is for shows in what changes.
pub fn derive(facts: &Tree, off: Option<Rule>) -> Ceilings {
    program::run(facts, off)
}

mod program {
    use crepe::crepe;

    use super::{Ceilings, ControlKind, NodeId, PolicyId, RegionId, Rule, Tree};
    use crate::region::arena::meet;

    crepe! {
        @input
        /// `On(rule)`: the rule is in force; all are, but where someone asks what one of them is for.
        struct On(Rule);
        @input
        /// `Top(kind, root)`: policies of this kind are evaluated under this root. No tuple: they are not.
        struct Top(ControlKind, NodeId);
        @input
        /// `Parent(node, up)`: `up` is the parent of `node`.
        struct Parent(NodeId, NodeId);
        @input
        /// `IsAccount(node)`: the node is an account.
        struct IsAccount(NodeId);
        @input
        /// `Exempt(account)`: the management account of its organisation.
        struct Exempt(NodeId);
        @input
        /// `Attached(kind, node, policy)`: attached to the node itself.
        struct Attached(ControlKind, NodeId, PolicyId);
        @input
        /// `Allows(policy, region)`: a statement of the policy allows the region.
        struct Allows(PolicyId, RegionId);

        // `Level(kind, node, level)`: `level` is `node` or a node above it, where policies of this kind are evaluated.
        struct Level(ControlKind, NodeId, NodeId);
        // `AllowedAt(kind, node, region)`: a policy attached to the node itself allows the region.
        struct AllowedAt(ControlKind, NodeId, RegionId);
        // `Open(kind, node, region)`: each level from the root to the node allows the region.
        struct Open(ControlKind, NodeId, RegionId);

        @output
        /// `Ceiling(kind, account, region)`: the policies of every level leave the region possible in the account.
        struct Ceiling(ControlKind, NodeId, RegionId);
        @output
        /// `Limits(kind, account, level, policy)`: the policy limits the account from this level.
        struct Limits(ControlKind, NodeId, NodeId, PolicyId);

        // C1. The path of a node leads from the root to the node (S-SCP-02, D-COL-12).
        Level(kind, root, root) <- On(Rule::C1), Top(kind, root);
        Level(kind, node, node) <- On(Rule::C1), Parent(node, up), Level(kind, up, _);
        Level(kind, node, level) <- On(Rule::C1), Parent(node, up), Level(kind, up, level);

        // C2. Policies of one level are united (S-SCP-02).
        AllowedAt(kind, node, region) <- On(Rule::C2), Attached(kind, node, policy), Allows(policy, region);

        // C3. Levels are intersected, from the root down (S-SCP-02, S-RCP-04).
        Open(kind, root, region) <- On(Rule::C3), Top(kind, root), AllowedAt(kind, root, region);
        Open(kind, node, both) <-
            On(Rule::C3),
            Parent(node, up),
            Open(kind, up, region),
            AllowedAt(kind, node, limit),
            let Some(both) = meet(region, limit);

        // C4. Accounts are limited, but not the management account (S-SCP-05, S-RCP-02).
        Ceiling(kind, account, region) <-
            On(Rule::C4),
            IsAccount(account),
            !Exempt(account),
            Open(kind, account, region);
        // C5. A policy anywhere on the path can deny (S-SCP-03).
        Limits(kind, account, level, policy) <-
            On(Rule::C5),
            IsAccount(account),
            !Exempt(account),
            Level(kind, account, level),
            Attached(kind, level, policy);
    }

    pub(super) fn run(facts: &Tree, off: Option<Rule>) -> Ceilings {
        let mut runtime = Crepe::new();
        runtime.extend(Rule::ALL.into_iter().filter(|rule| Some(*rule) != off).map(On));
        runtime.extend(facts.top.iter().map(|&(kind, root)| Top(kind, root)));
        runtime.extend(facts.parent.iter().map(|&(node, up)| Parent(node, up)));
        runtime.extend(facts.is_account.iter().map(|&node| IsAccount(node)));
        runtime.extend(facts.exempt.iter().map(|&account| Exempt(account)));
        runtime.extend(facts.attached.iter().map(|&(kind, node, policy)| Attached(kind, node, policy)));
        runtime.extend(facts.allows.iter().map(|&(policy, region)| Allows(policy, region)));
        let (ceiling, limits) = runtime.run_with_hasher::<rustc_hash::FxBuildHasher>();
        let mut result = Ceilings {
            ceiling: ceiling
                .into_iter()
                .map(|Ceiling(kind, account, region)| (kind, account, region))
                .collect(),
            limits: limits
                .into_iter()
                .map(|Limits(kind, account, level, policy)| (kind, account, level, policy))
                .collect(),
        };
        result.ceiling.sort_unstable();
        result.limits.sort_unstable();
        result
    }
}
