//! Paths between two principals.

use super::hops::{HopId, Hops};
use super::reach::{decision, level};
use crate::facts::PrincipalId;
use crate::rules::decision::Decision;

/// How many paths between two principals are listed.
pub const MOST_PATHS: usize = 16;

/// The shortest of the surest paths between two principals.
pub struct Paths {
    /// Each from start to end.
    pub paths: Vec<Vec<HopId>>,
    /// Of each of them.
    pub decision: Decision,
    /// Whether there are more than [`MOST_PATHS`] that are as sure and as short.
    pub more: bool,
}

impl Hops {
    /// The paths from one principal to another, of at most `max_depth` hops; none: it can't become it.
    pub fn paths(&self, from: PrincipalId, to: PrincipalId, max_depth: Option<u32>) -> Option<Paths> {
        (0..=2).find_map(|worst| self.paths_of(from, to, max_depth, worst))
    }

    fn paths_of(
        &self,
        from: PrincipalId,
        to: PrincipalId,
        max_depth: Option<u32>,
        worst: u8,
    ) -> Option<Paths> {
        // How far each principal is from the end.
        let mut distance = vec![u32::MAX; self.principals()];
        distance[to.index()] = 0;
        let mut layer = vec![to];
        let mut depth = 0;
        while !layer.is_empty()
            && distance[from.index()] == u32::MAX
            && max_depth.is_none_or(|most| depth < most)
        {
            depth += 1;
            let mut next = Vec::new();
            for at in layer {
                for id in self.to(at) {
                    let hop = self.get(id);
                    if level(hop.decision) <= worst && distance[hop.from.index()] == u32::MAX {
                        distance[hop.from.index()] = depth;
                        next.push(hop.from);
                    }
                }
            }
            layer = next;
        }
        if from == to || distance[from.index()] == u32::MAX {
            return None;
        }
        let distance = &distance;
        let nearer = |at: PrincipalId| {
            let left = distance[at.index()];
            self.from(at).filter(move |&id| {
                let hop = self.get(id);
                level(hop.decision) <= worst && left > 0 && distance[hop.to.index()] == left - 1
            })
        };
        let (mut paths, mut path, mut more) = (Vec::new(), Vec::new(), false);
        let mut stack = vec![nearer(from)];
        while let Some(top) = stack.last_mut() {
            let Some(id) = top.next() else {
                stack.pop();
                path.pop();
                continue;
            };
            path.push(id);
            let at = self.get(id).to;
            if at == to {
                if paths.len() == MOST_PATHS {
                    more = true;
                    break;
                }
                paths.push(path.clone());
                path.pop();
            } else {
                stack.push(nearer(at));
            }
        }
        Some(Paths { paths, decision: decision(worst), more })
    }
}
