//! What hops add up to, from one end: the surest way to each principal, and of those the shortest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::hops::Hops;
use super::steps::{SessionId, StepId};
use crate::facts::PrincipalId;
use crate::rules::decision::Decision;

/// Which end of the hops is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Whom the principal can become.
    From,
    /// Who can become the principal.
    To,
}

/// The way between the principal that was asked about and another.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The other principal.
    pub principal: PrincipalId,
    /// How many hops.
    pub hops: u32,
    /// `Allowed` if every hop is, `Unknown` if one is, else `Conditional`.
    pub decision: Decision,
    /// The step at the other principal's end.
    pub step: StepId,
    /// The principal where the way ends that was asked about.
    pub end: PrincipalId,
}

/// Ways from or to some principals.
pub struct Ways {
    /// One for each principal that is reached, nearest first.
    pub ways: Vec<Way>,
    /// Whether `max_depth` kept some hops from being followed.
    pub cut: bool,
    /// For each kind of sessions the step at its end of its way.
    by: Vec<StepId>,
    direction: Direction,
}

impl Ways {
    /// The steps of a way, from start to end.
    pub fn path(&self, hops: &Hops, way: &Way) -> Vec<StepId> {
        let mut path = vec![way.step];
        loop {
            let Some(&last) = path.last() else { return path };
            let step = hops.step(last);
            let at = if self.direction == Direction::From { step.from } else { step.to };
            match self.by.get(at as usize).filter(|id| **id != StepId::MAX) {
                Some(&id) => path.push(id),
                None => break,
            }
        }
        if self.direction == Direction::From {
            path.reverse();
        }
        path
    }
}

/// Sure before conditional before unknown.
pub(super) fn level(decision: Decision) -> u8 {
    match decision {
        Decision::Allowed => 0,
        Decision::Conditional => 1,
        _ => 2,
    }
}

pub(super) fn decision(level: u8) -> Decision {
    match level {
        0 => Decision::Allowed,
        1 => Decision::Conditional,
        _ => Decision::Unknown,
    }
}

impl Hops {
    /// The ways between a principal and all others, of at most `max_depth` hops.
    pub fn ways(&self, end: PrincipalId, direction: Direction, max_depth: Option<u32>) -> Ways {
        self.ways_of(&[(end, Decision::Allowed)], direction, max_depth, false)
    }

    /// The ways to any of some principals, for what they may do. A way is no surer than what the principal may do where it
    /// ends, and not sure where session policies limit that of which nobody knows; one of these principals has a way only if that makes
    /// it surer.
    pub fn ways_among(&self, ends: &[(PrincipalId, Decision)]) -> Ways {
        self.ways_of(ends, Direction::To, None, true)
    }

    fn ways_of(
        &self,
        ends: &[(PrincipalId, Decision)],
        direction: Direction,
        max_depth: Option<u32>,
        acting: bool,
    ) -> Ways {
        // How sure, how long, and how many steps depend on something, those twice that later ones ask for more.
        const UNSEEN: (u8, u32, u32) = (u8::MAX, u32::MAX, u32::MAX);
        let steps = &self.steps;
        let mut best = vec![UNSEEN; steps.sessions()];
        let mut by: Vec<StepId> = vec![StepId::MAX; steps.sessions()];
        let mut end_of: Vec<PrincipalId> = vec![PrincipalId(u32::MAX); steps.sessions()];
        let mut queue = BinaryHeap::new();
        let mut cut = false;
        for &(end, decision) in ends {
            // Paths begin with sessions of which nothing is known, and end with any.
            let sessions = steps.of(end).take(if direction == Direction::From { 1 } else { usize::MAX });
            for session in sessions {
                let decision = match acting && steps.is_limited(session) {
                    true => Decision::Unknown,
                    false => decision,
                };
                let cost = (level(decision), 0, 0);
                if cost < best[session as usize] {
                    best[session as usize] = cost;
                    end_of[session as usize] = end;
                }
                queue.push(Reverse((cost, session)));
            }
        }
        while let Some(Reverse((cost, at))) = queue.pop() {
            if cost != best[at as usize] {
                continue;
            }
            let mut follow = |id: StepId| {
                let step = steps.get(id);
                let next = if direction == Direction::From { step.to } else { step.from } as usize;
                let asked = u32::from(!step.condition.is_always()) + u32::from(step.chosen);
                let reached = (cost.0.max(level(step.decision)), cost.1 + 1, cost.2 + asked);
                if reached >= best[next] {
                    return;
                }
                if max_depth.is_some_and(|most| reached.1 > most) {
                    cut = true;
                    return;
                }
                best[next] = reached;
                by[next] = id;
                end_of[next] = end_of[at as usize];
                queue.push(Reverse((reached, next as SessionId)));
            };
            match direction {
                Direction::From => steps.from(at).for_each(&mut follow),
                Direction::To => steps.to(at).for_each(&mut follow),
            }
        }
        let best_of = |principal: u32| {
            let sessions = steps.of(PrincipalId(principal)).take(match direction {
                Direction::From => usize::MAX,
                Direction::To => 1,
            });
            let reached = sessions.filter(|&session| by[session as usize] != StepId::MAX);
            reached.min_by_key(|&session| best[session as usize])
        };
        // Nobody becomes itself.
        let is_end = |principal: u32| ends.iter().any(|(end, _)| end.0 == principal);
        let others = (0..self.principals() as u32)
            .filter(|&principal| direction == Direction::To || !is_end(principal));
        let mut ways: Vec<Way> = others
            .filter_map(|principal| {
                let session = best_of(principal)? as usize;
                let (worst, hops, _) = best[session];
                Some(Way {
                    principal: PrincipalId(principal),
                    hops,
                    decision: decision(worst),
                    step: by[session],
                    end: end_of[session],
                })
            })
            .collect();
        ways.sort_by_key(|way| (way.hops, way.principal));
        Ways { ways, cut, by, direction }
    }
}
