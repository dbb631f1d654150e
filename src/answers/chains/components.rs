//! Principals that can become each other, and what is reached from each such component.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::hops::Hops;
use super::reach::level;
use crate::facts::PrincipalId;

/// Strongly connected components of hops, what one leads to before it.
pub(super) struct Components {
    /// The principals of each.
    pub members: Vec<Vec<PrincipalId>>,
    /// For each component those to which a hop leads, itself apart.
    pub after: Vec<Vec<usize>>,
    /// The component of each principal.
    pub of: Vec<usize>,
}

impl Components {
    /// Of the hops that are sure enough.
    pub fn new(hops: &Hops, worst: u8) -> Self {
        let counted = |hop: &&super::Hop| level(hop.decision) <= worst;
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(hops.principals(), hops.all().len());
        for _ in 0..hops.principals() {
            graph.add_node(());
        }
        for hop in hops.all().iter().filter(counted) {
            graph.add_edge(NodeIndex::new(hop.from.index()), NodeIndex::new(hop.to.index()), ());
        }
        // They come in reverse topological order.
        let members: Vec<Vec<PrincipalId>> = kosaraju_scc(&graph)
            .into_iter()
            .map(|component| component.into_iter().map(|node| PrincipalId(node.index() as u32)).collect())
            .collect();
        let mut of = vec![0; hops.principals()];
        for (number, component) in members.iter().enumerate() {
            component.iter().for_each(|id| of[id.index()] = number);
        }
        let after = members.iter().enumerate().map(|(number, component)| {
            let hops = component.iter().flat_map(|&id| hops.from(id)).map(|id| hops.get(id)).filter(counted);
            let mut next: Vec<usize> =
                hops.map(|hop| of[hop.to.index()]).filter(|&other| other != number).collect();
            next.sort_unstable();
            next.dedup();
            next
        });
        let after = after.collect();
        Self { members, after, of }
    }

    /// For each principal how many of those who count it can become, itself apart.
    ///
    /// Sets are bit sets over a slice of all who count at a time, so that memory stays linear.
    pub fn reached(&self, counts: &dyn Fn(PrincipalId) -> bool) -> Vec<u32> {
        const WORDS: usize = 16;
        let mut place = vec![u32::MAX; self.of.len()];
        let mut all = 0;
        for &id in self.members.iter().flatten().filter(|id| counts(**id)) {
            place[id.index()] = all;
            all += 1;
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
