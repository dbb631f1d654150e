//! Steps of a path as they are shown: each asks no more than what the path needs.
//!
//! Steps tell sessions of one role apart, where some hop of the estate can. A path that does not care which of them it comes by may
//! be made by any: its step holds whenever one of theirs does.

use rustc_hash::FxHashSet;

use super::hops::{HopId, Hops};
use super::reach::level;
use super::steps::{SessionId, Step, StepId};
use crate::region::condition::{ConditionId, Conditions, Verdict};
use crate::rules::decision::Decision;

/// The ways to make a hop with sessions of a kind, after which the rest of the path can be made: when, and the sessions that it gives.
struct Ways {
    conditions: Vec<ConditionId>,
    to: Vec<SessionId>,
}

impl Hops {
    /// The steps of a path, each as far as the rest of the path needs it: the last one as it is made for its own sake.
    pub fn shown(&self, conditions: &Conditions, path: &[StepId]) -> Vec<Step> {
        let mut shown: Vec<Step> = path.iter().map(|&id| *self.step(id)).collect();
        let Some(first) = shown.iter().position(|step| step.chosen) else { return shown };
        // The sessions that can make the rest like those of the path; none: it has no rest.
        let mut can_go_on: Option<FxHashSet<SessionId>> = None;
        for step in shown.iter_mut().skip(first).rev() {
            let own = self.ways_to_make(step.from, step.hop, step.decision, can_go_on.as_ref());
            // From other sessions it has to be possible under the same conditions.
            let likewise = |session: &SessionId| {
                let ways = self.ways_to_make(*session, step.hop, step.decision, can_go_on.as_ref());
                ways.conditions == own.conditions
            };
            let others = self.steps.of(self.get(step.hop).from).filter(likewise).collect();
            if own.to.len() > 1 {
                let any = conditions.or_all(own.conditions);
                step.condition = match conditions.implies(step.alone, any) {
                    Verdict::Yes => step.alone,
                    _ => conditions.simplify(any),
                };
                if step.condition.is_always() && step.decision == Decision::Conditional {
                    step.decision = Decision::Allowed;
                }
            }
            can_go_on = Some(others);
        }
        shown
    }

    fn ways_to_make(
        &self,
        from: SessionId,
        hop: HopId,
        decision: Decision,
        to: Option<&FxHashSet<SessionId>>,
    ) -> Ways {
        let made = self.steps.from(from).map(|id| self.step(id)).filter(|step| {
            step.hop == hop
                && level(step.decision) <= level(decision)
                && to.is_none_or(|to| to.contains(&step.to))
        });
        let (mut conditions, to): (Vec<ConditionId>, Vec<SessionId>) =
            made.map(|step| (step.condition, step.to)).unzip();
        conditions.sort_unstable();
        conditions.dedup();
        Ways { conditions, to }
    }
}
