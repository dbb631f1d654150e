//! Rule set `permitted`: what the caller's own side leaves of identity policies, for all principals at once.
//!
//! in       `Within`, `Grants`, `Confines`, `Capped`      out  `Permitted`
//! negates  nothing
//! source   S-EVAL-02 (`ID AND PB AND SCP`), S-PB-02, S-PB-09, S-SCP-02
//!
//! Principals whose policies read alike share one bound policy, and principals with the same boundary and SCPs one
//! envelope, so the rules meet each pair once however many principals have it. Explicit Denies are kept beside the result
//! and subtracted where an answer is written (S-EVAL-05).

use crate::facts::{BoundPolicyId, EnvelopeId};
use crate::region::arena::RegionId;

/// The ground relations that the rules read.
#[derive(Clone, Debug, Default)]
pub struct Sides {
    /// `(policy, envelope)`: some principal has this identity policy within this envelope.
    pub within: Vec<(BoundPolicyId, EnvelopeId)>,
    /// `(policy, region, statement)`: the statement, by position, allows the region.
    pub grants: Vec<(BoundPolicyId, RegionId, u32)>,
    /// `(envelope, region)`: the boundary allows the region; everything if there is none.
    pub bounds: Vec<(EnvelopeId, RegionId)>,
    /// `(envelope, region)`: all SCP levels allow the region; everything if there are none.
    pub ceilings: Vec<(EnvelopeId, RegionId)>,
}

/// `(policy, envelope, region, statement)`: within the envelope the statement permits the region, Denies apart. Sorted.
pub type Permitted = Vec<(BoundPolicyId, EnvelopeId, RegionId, u32)>;

/// A rule of the set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each stands with its rule below")]
pub enum Rule {
    L1,
    L2,
}

impl Rule {
    /// All rules, in the order of the set.
    pub const ALL: [Self; 2] = [Self::L1, Self::L2];
}

/// Runs the rules in the arena installed for this thread. If one of them is off, what it is for shows in what changes.
pub fn derive(facts: &Sides, off: Option<Rule>) -> Permitted {
    program::run(facts, off)
}

mod program {
    use crepe::crepe;

    use super::{BoundPolicyId, EnvelopeId, Permitted as PermittedRows, RegionId, Rule, Sides};
    use crate::region::arena::meet;

    crepe! {
        @input
        /// `On(rule)`: the rule is in force; all are, but where someone asks what one of them is for.
        struct On(Rule);
        @input
        /// `Within(policy, envelope)`: some principal has this identity policy within this envelope.
        struct Within(BoundPolicyId, EnvelopeId);
        @input
        /// `Grants(policy, region, statement)`: the statement allows the region.
        struct Grants(BoundPolicyId, RegionId, u32);
        @input
        /// `Bounds(envelope, region)`: the boundary, or its absence, allows the region.
        struct Bounds(EnvelopeId, RegionId);
        @input
        /// `Capped(envelope, region)`: the SCPs, or their absence, allow the region.
        struct Capped(EnvelopeId, RegionId);

        // `Possible(envelope, region)`: neither boundary nor SCPs stand in the way.
        struct Possible(EnvelopeId, RegionId);

        @output
        /// `Permitted(policy, envelope, region, statement)`: the statement permits the region within the envelope.
        struct Permitted(BoundPolicyId, EnvelopeId, RegionId, u32);

        // L1. Boundary and SCPs must both allow (S-PB-09).
        Possible(envelope, both) <-
            On(Rule::L1),
            Bounds(envelope, bound),
            Capped(envelope, cap),
            let Some(both) = meet(bound, cap);
        // L2. An identity policy gives what they leave of it (S-EVAL-02, S-PB-02).
        Permitted(policy, envelope, both, statement) <-
            On(Rule::L2),
            Within(policy, envelope),
            Possible(envelope, limit),
            Grants(policy, region, statement),
            let Some(both) = meet(region, limit);
    }

    pub(super) fn run(facts: &Sides, off: Option<Rule>) -> PermittedRows {
        let mut runtime = Crepe::new();
        runtime.extend(Rule::ALL.into_iter().filter(|rule| Some(*rule) != off).map(On));
        runtime.extend(facts.within.iter().map(|&(policy, envelope)| Within(policy, envelope)));
        runtime.extend(facts.grants.iter().map(|&(policy, region, index)| Grants(policy, region, index)));
        runtime.extend(facts.bounds.iter().map(|&(envelope, region)| Bounds(envelope, region)));
        runtime.extend(facts.ceilings.iter().map(|&(envelope, region)| Capped(envelope, region)));
        let (permitted,) = runtime.run_with_hasher::<rustc_hash::FxBuildHasher>();
        let mut rows: PermittedRows = permitted
            .into_iter()
            .map(|Permitted(policy, envelope, region, index)| (policy, envelope, region, index))
            .collect();
        rows.sort_unstable();
        rows
    }
}
