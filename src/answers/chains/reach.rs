//! What hops add up to, from one end: the surest way to each principal, and of those the shortest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::hops::{HopId, Hops};
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
    /// The hop at the other principal's end.
    pub hop: HopId,
}

/// Ways from or to some principals.
pub struct Ways {
    /// One for each principal that is reached, nearest first.
    pub ways: Vec<Way>,
    /// Whether `max_depth` kept some hops from being followed.
    pub cut: bool,
    /// For each principal the hop at its end of its way.
    by: Vec<HopId>,
    direction: Direction,
}

impl Ways {
    /// The hops of the way of a principal, from start to end.
    pub fn path(&self, hops: &Hops, principal: PrincipalId) -> Vec<HopId> {
        let mut path = Vec::new();
        let mut at = principal;
        while let Some(&id) = self.by.get(at.index()).filter(|id| **id != HopId::MAX) {
            path.push(id);
            let hop = hops.get(id);
            at = if self.direction == Direction::From { hop.from } else { hop.to };
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
        self.ways_among(&[(end, Decision::Allowed)], direction, max_depth)
    }

    /// The ways between any of some principals and all others. A way is no surer than the principal where it ends is to begin
    /// with; one of these principals has a way only if that makes it surer.
    pub fn ways_among(
        &self,
        ends: &[(PrincipalId, Decision)],
        direction: Direction,
        max_depth: Option<u32>,
    ) -> Ways {
        const UNSEEN: (u8, u32) = (u8::MAX, u32::MAX);
        let mut best = vec![UNSEEN; self.principals()];
        let mut by: Vec<HopId> = vec![HopId::MAX; self.principals()];
        let mut queue = BinaryHeap::new();
        let mut cut = false;
        for &(end, decision) in ends {
            let cost = best[end.index()].min((level(decision), 0));
            best[end.index()] = cost;
            queue.push(Reverse((cost, end)));
        }
        while let Some(Reverse((cost, at))) = queue.pop() {
            if cost != best[at.index()] {
                continue;
            }
            let mut follow = |id: HopId| {
                let hop = self.get(id);
                let next = if direction == Direction::From { hop.to } else { hop.from };
                let reached = (cost.0.max(level(hop.decision)), cost.1 + 1);
                if reached >= best[next.index()] {
                    return;
                }
                if max_depth.is_some_and(|most| reached.1 > most) {
                    cut = true;
                    return;
                }
                best[next.index()] = reached;
                by[next.index()] = id;
                queue.push(Reverse((reached, next)));
            };
            match direction {
                Direction::From => self.from(at).for_each(&mut follow),
                Direction::To => self.to(at).for_each(&mut follow),
            }
        }
        let reached =
            best.iter().zip(&by).enumerate().filter(|(_, (cost, by))| **cost != UNSEEN && **by != HopId::MAX);
        let mut ways: Vec<Way> = reached
            .map(|(index, (&(worst, hops), &hop))| Way {
                principal: PrincipalId(index as u32),
                hops,
                decision: decision(worst),
                hop,
            })
            .collect();
        ways.sort_by_key(|way| (way.hops, way.principal));
        Ways { ways, cut, by, direction }
    }
}
