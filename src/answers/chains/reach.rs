//! What hops add up to, from one end: the surest way to each principal, and of those the shortest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::hops::Hops;
use super::steps::{SessionId, Step, StepId};
use crate::facts::PrincipalId;
use crate::region::condition::Conditions;
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
    /// Where it ends among what was reached.
    at: StateId,
}

/// A kind of sessions, and how sure the way to it is: a way that is shorter and less sure may be the only one that is short enough.
type StateId = u32;

/// So many levels a way can be of.
const LEVELS: u32 = 3;

/// The best way to a state.
#[derive(Clone, Copy)]
struct Best {
    /// How long, and how many steps depend on something, those twice that later ones ask for more.
    cost: (u32, u32),
    /// The last step; none where ways begin.
    step: Option<StepId>,
    /// The state before.
    before: StateId,
    end: PrincipalId,
}

/// Ways from or to some principals.
pub struct Ways {
    /// One for each principal that is reached, nearest first.
    pub ways: Vec<Way>,
    /// Whether `max_depth` kept some hops from being followed.
    pub cut: bool,
    /// By state.
    best: Vec<Option<Best>>,
    direction: Direction,
}

impl Ways {
    /// Which end was given.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Whether a way leads over sessions of some kind.
    pub fn reaches(&self, session: SessionId) -> bool {
        (0..LEVELS as u8)
            .any(|level| self.best.get(state(session, level) as usize).is_some_and(Option::is_some))
    }

    /// The step at the other principal's end, as far as the rest of the way needs it.
    pub fn shown(&self, hops: &Hops, way: &Way, conditions: &Conditions) -> Step {
        let step = *hops.step(way.step);
        if !step.chosen {
            return step;
        }
        let path = match self.direction {
            Direction::From => vec![way.step],
            Direction::To => self.path(way),
        };
        hops.shown(conditions, &path).first().copied().unwrap_or(step)
    }

    /// The steps of a way, from start to end.
    pub fn path(&self, way: &Way) -> Vec<StepId> {
        let (mut path, mut at) = (Vec::new(), way.at);
        while let Some(Best { step: Some(step), before, .. }) = self.best.get(at as usize).copied().flatten()
        {
            path.push(step);
            at = before;
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
        let steps = &self.steps;
        let mut best: Vec<Option<Best>> = vec![None; steps.sessions() * LEVELS as usize];
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
                let at = state(session, level(decision));
                if is_better((0, 0), at, &best) {
                    best[at as usize] = Some(Best { cost: (0, 0), step: None, before: at, end });
                    queue.push(Reverse(((0, 0), level(decision), at)));
                }
            }
        }
        // Of ways as long the surest is looked at first.
        while let Some(Reverse((cost, worst, at))) = queue.pop() {
            let Some(found) = best[at as usize].filter(|found| found.cost == cost) else { continue };
            let session = at / LEVELS;
            if (0..worst).any(|surer| best[state(session, surer) as usize].is_some_and(|it| it.cost <= cost))
            {
                continue;
            }
            let mut follow = |id: StepId| {
                let step = steps.get(id);
                let next = if direction == Direction::From { step.to } else { step.from };
                let worst = worst.max(level(step.decision));
                let next = state(next, worst);
                let asked = u32::from(!step.condition.is_always()) + u32::from(step.chosen);
                let reached = (cost.0 + 1, cost.1 + asked);
                if !is_better(reached, next, &best) {
                    return;
                }
                if max_depth.is_some_and(|most| reached.0 > most) {
                    cut = true;
                    return;
                }
                best[next as usize] =
                    Some(Best { cost: reached, step: Some(id), before: at, end: found.end });
                queue.push(Reverse((reached, worst, next)));
            };
            match direction {
                Direction::From => steps.from(session).for_each(&mut follow),
                Direction::To => steps.to(session).for_each(&mut follow),
            }
        }
        // The surest, and of those the shortest.
        let best_of = |principal: u32| {
            let sessions = steps.of(PrincipalId(principal)).take(match direction {
                Direction::From => usize::MAX,
                Direction::To => 1,
            });
            let surest = sessions.filter_map(|session| {
                let mut levels = (0..LEVELS as u8).map(|level| state(session, level));
                levels.find_map(|at| Some((at, best[at as usize]?)))
            });
            let reached = surest.filter(|(_, found)| found.step.is_some());
            reached.min_by_key(|(at, found)| (at % LEVELS, found.cost))
        };
        // Nobody becomes itself.
        let is_end = |principal: u32| ends.iter().any(|(end, _)| end.0 == principal);
        let others = (0..self.principals() as u32)
            .filter(|&principal| direction == Direction::To || !is_end(principal));
        let mut ways: Vec<Way> = others
            .filter_map(|principal| {
                let (at, found) = best_of(principal)?;
                Some(Way {
                    principal: PrincipalId(principal),
                    hops: found.cost.0,
                    decision: decision((at % LEVELS) as u8),
                    step: found.step?,
                    end: found.end,
                    at,
                })
            })
            .collect();
        ways.sort_by_key(|way| (way.hops, way.principal));
        Ways { ways, cut, best, direction }
    }
}

fn state(session: SessionId, level: u8) -> StateId {
    session * LEVELS + StateId::from(level)
}

/// Whether a way to a state is better than those that are known to it, and to the same sessions more surely.
fn is_better(cost: (u32, u32), at: StateId, best: &[Option<Best>]) -> bool {
    let first = at - at % LEVELS;
    (first..=at).all(|known| best[known as usize].is_none_or(|known| cost < known.cost))
}
