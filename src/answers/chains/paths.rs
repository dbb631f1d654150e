//! Paths between two principals.

use rustc_hash::{FxHashMap, FxHashSet};

use super::hops::{HopId, Hops};
use super::reach::{decision, level};
use super::steps::{SessionId, StepId};
use crate::facts::PrincipalId;
use crate::region::condition::{ConditionId, Conditions, Verdict};
use crate::rules::decision::Decision;

/// How many paths between two principals are listed.
pub const MOST_PATHS: usize = 16;
/// So many are looked at.
const MOST_FOUND: usize = 1024;

/// The shortest of the surest paths between two principals.
pub struct Paths {
    /// Each from start to end.
    pub paths: Vec<Vec<StepId>>,
    /// Of each of them.
    pub decision: Decision,
    /// Whether there are more than [`MOST_PATHS`] that are as sure and as short.
    pub more: bool,
}

impl Hops {
    /// The paths from one principal to another, of at most `max_depth` hops; none: it can't become it.
    pub fn paths(
        &self,
        from: PrincipalId,
        to: PrincipalId,
        max_depth: Option<u32>,
        conditions: &Conditions,
    ) -> Option<Paths> {
        (0..=2).find_map(|worst| self.paths_of(from, to, max_depth, worst, conditions))
    }

    fn paths_of(
        &self,
        from: PrincipalId,
        to: PrincipalId,
        max_depth: Option<u32>,
        worst: u8,
        conditions: &Conditions,
    ) -> Option<Paths> {
        let steps = &self.steps;
        let sure = |id: &StepId| level(steps.get(*id).decision) <= worst;
        // Paths begin with a session of which nothing is known.
        let start = from.0;
        // How far each kind of sessions is from the end.
        let mut distance = vec![u32::MAX; steps.sessions()];
        let mut layer: Vec<SessionId> = steps.of(to).collect();
        layer.iter().for_each(|&session| distance[session as usize] = 0);
        let mut depth = 0;
        while !layer.is_empty()
            && distance[start as usize] == u32::MAX
            && max_depth.is_none_or(|most| depth < most)
        {
            depth += 1;
            let mut next = Vec::new();
            for at in layer {
                for id in steps.to(at).filter(sure) {
                    let before = steps.get(id).from;
                    if distance[before as usize] == u32::MAX {
                        distance[before as usize] = depth;
                        next.push(before);
                    }
                }
            }
            layer = next;
        }
        if from == to || distance[start as usize] == u32::MAX {
            return None;
        }
        let distance = &distance;
        let nearer = |at: SessionId| {
            let left = distance[at as usize];
            steps
                .from(at)
                .filter(sure)
                .filter(move |&id| left > 0 && distance[steps.get(id).to as usize] == left - 1)
        };
        let (mut found, mut path, mut more): (Vec<Vec<StepId>>, _, _) = (Vec::new(), Vec::new(), false);
        let mut stack = vec![nearer(start)];
        while let Some(top) = stack.last_mut() {
            let Some(id) = top.next() else {
                stack.pop();
                path.pop();
                continue;
            };
            path.push(id);
            let at = steps.get(id).to;
            if distance[at as usize] == 0 {
                if found.len() == MOST_FOUND {
                    more = true;
                    break;
                }
                found.push(path.clone());
                path.pop();
            } else {
                stack.push(nearer(at));
            }
        }
        let mut paths = self.least_demanding(found, conditions);
        more |= paths.len() > MOST_PATHS;
        paths.truncate(MOST_PATHS);
        Some(Paths { paths, decision: decision(worst), more })
    }

    /// Of paths that are as long, those that no other makes under weaker conditions: hop by hop, each as it stands.
    fn least_demanding(&self, found: Vec<Vec<StepId>>, conditions: &Conditions) -> Vec<Vec<StepId>> {
        let hops = |path: &[StepId]| -> Vec<HopId> { path.iter().map(|&id| self.step(id).hop).collect() };
        let demands = |path: &[StepId]| -> Vec<ConditionId> {
            self.shown(conditions, path).iter().map(|step| step.condition).collect()
        };
        let implies = |one: &[ConditionId], other: &[ConditionId]| {
            let mut pairs = one.iter().zip(other);
            pairs.all(|(&one, &other)| conditions.implies(one, other) == Verdict::Yes)
        };
        let mut ordered = found;
        ordered.sort_by_key(|path| path.iter().filter(|&&id| self.step(id).chosen).count());
        let mut distinct: Vec<Vec<ConditionId>> = ordered.iter().map(|path| demands(path)).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let needless = |one: &Vec<ConditionId>| {
            distinct.iter().any(|other| other != one && implies(one, other) && !implies(other, one))
        };
        let needless: FxHashSet<Vec<ConditionId>> =
            distinct.iter().filter(|one| needless(one)).cloned().collect();
        let mut by_hops: FxHashMap<Vec<HopId>, Vec<Vec<ConditionId>>> = FxHashMap::default();
        ordered.retain(|path| {
            let demanded = demands(path);
            if needless.contains(&demanded) {
                return false;
            }
            // The same hops with sessions of another kind.
            let same = by_hops.entry(hops(path)).or_default();
            let known = same.iter().any(|other| implies(&demanded, other));
            if !known {
                same.push(demanded);
            }
            !known
        });
        ordered
    }
}
