//! Sessions that can become each other, and what is reached from each such component.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::hops::Hops;
use super::reach::level;
use super::steps::{SessionId, Step};
use crate::facts::PrincipalId;

/// Strongly connected components of steps, what one leads to before it.
pub(super) struct Components {
    /// The principals of each, once for each kind of their sessions.
    pub members: Vec<Vec<PrincipalId>>,
    /// For each component those to which a step leads, itself apart.
    pub after: Vec<Vec<usize>>,
    /// Whether sessions of a component are limited by session policies of which nobody knows.
    pub limited: Vec<bool>,
    /// The component of each principal, where its paths begin.
    pub of: Vec<usize>,
}

impl Components {
    /// Of the steps that are sure enough.
    pub fn new(hops: &Hops, worst: u8) -> Self {
        let steps = &hops.steps;
        let counted = |step: &&Step| level(step.decision) <= worst;
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(steps.sessions(), steps.all().len());
        for _ in 0..steps.sessions() {
            graph.add_node(());
        }
        for step in steps.all().iter().filter(counted) {
            graph.add_edge(NodeIndex::new(step.from as usize), NodeIndex::new(step.to as usize), ());
        }
        // They come in reverse topological order.
        let components = kosaraju_scc(&graph);
        let mut of = vec![0; steps.sessions()];
        for (number, component) in components.iter().enumerate() {
            component.iter().for_each(|session| of[session.index()] = number);
        }
        let after = components.iter().enumerate().map(|(number, component)| {
            let from = component.iter().flat_map(|session| steps.from(session.index() as SessionId));
            let taken = from.map(|id| steps.get(id)).filter(counted);
            let mut next: Vec<usize> =
                taken.map(|step| of[step.to as usize]).filter(|&other| other != number).collect();
            next.sort_unstable();
            next.dedup();
            next
        });
        let after = after.collect();
        let principal = |session: &NodeIndex| steps.principal(session.index() as SessionId);
        let members = components.iter().map(|component| component.iter().map(principal).collect()).collect();
        let is_limited = |session: &NodeIndex| steps.is_limited(session.index() as SessionId);
        let limited = components.iter().map(|component| component.iter().any(is_limited)).collect();
        of.truncate(hops.principals());
        Self { members, after, limited, of }
    }

    /// For each principal how many of those who count it can become, itself apart.
    ///
    /// Sets are bit sets over a slice of all who count at a time, so that memory stays linear.
    pub fn reached(&self, counts: &dyn Fn(PrincipalId) -> bool) -> Vec<u32> {
        const WORDS: usize = 16;
        let mut place = vec![u32::MAX; self.of.len()];
        let mut all = 0;
        for &id in self.members.iter().flatten().filter(|id| counts(**id)) {
            if place[id.index()] == u32::MAX {
                place[id.index()] = all;
                all += 1;
            }
        }
        let mut sums = vec![0_u32; self.members.len()];
        for first in (0..all).step_by(WORDS * 64) {
            let mut reached = vec![[0_u64; WORDS]; self.members.len()];
            for (number, component) in self.members.iter().enumerate() {
                let mut bits = [0_u64; WORDS];
                for &other in self.after.get(number).into_iter().flatten() {
                    bits.iter_mut().zip(reached[other]).for_each(|(bits, other)| *bits |= other);
                }
                for id in component {
                    let at = place[id.index()].wrapping_sub(first) as usize;
                    if place[id.index()] >= first && at < WORDS * 64 {
                        bits[at / 64] |= 1 << (at % 64);
                    }
                }
                sums[number] += bits.iter().map(|word| word.count_ones()).sum::<u32>();
                reached[number] = bits;
            }
        }
        let own = place.iter().map(|&place| u32::from(place != u32::MAX));
        self.of.iter().zip(own).map(|(&component, own)| sums[component] - own).collect()
    }
}
