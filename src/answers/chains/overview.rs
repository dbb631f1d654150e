//! All hops at a glance: ways in from outside, who reaches most, cycles, roles that nobody or anybody can take.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::hops::Hops;
use crate::answers::engine::Engine;
use crate::facts::{Entity, PrincipalId, PrincipalKind};

/// How many roles a principal can become.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    /// Who.
    pub from: PrincipalId,
    /// By one hop.
    pub direct: usize,
    /// In any number of hops.
    pub roles: usize,
}

/// All hops at a glance. Who reaches most roles comes first; other lists are by name.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// How many roles there are.
    pub roles: usize,
    /// How many hops there are.
    pub hops: usize,
    /// Ways in from outside, AWS's services apart.
    pub entry_points: Vec<Reached>,
    /// AWS's services, with the roles that they can take.
    pub services: Vec<Reached>,
    /// Principals of the estate that can become some role.
    pub reach: Vec<Reached>,
    /// Roles that can become each other.
    pub cycles: Vec<Vec<PrincipalId>>,
    /// Roles that nobody can take.
    pub nobody: Vec<PrincipalId>,
    /// Roles that everybody can take, under a condition perhaps.
    pub anybody: Vec<PrincipalId>,
}

impl Engine {
    /// Whether a principal is no user, role or root user of the estate, nor a session of one of its roles.
    pub fn is_outside(&self, id: PrincipalId) -> bool {
        let fact = self.facts.principal(id);
        let own_root = fact.kind == PrincipalKind::Root
            && fact
                .account
                .and_then(|id| self.facts.estate.account(id))
                .is_some_and(|account| account.collected);
        matches!(fact.entity, Entity::Unknown) && !own_root
    }

    /// The hops of the estate at a glance.
    pub fn overview(&self, hops: &Hops) -> Overview {
        let index = self.index();
        let is_role =
            |id: PrincipalId| self.facts.principal(id).kind == PrincipalKind::Role && !self.is_outside(id);
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(hops.principals(), hops.all().len());
        for _ in 0..hops.principals() {
            graph.add_node(());
        }
        for hop in hops.all() {
            graph.add_edge(NodeIndex::new(hop.from.index()), NodeIndex::new(hop.to.index()), ());
        }
        // Components come in reverse topological order: what one leads to stands before it.
        let components = kosaraju_scc(&graph);
        let reach = roles_reached(&components, hops, &is_role);
        let mut overview = Overview { hops: hops.all().len(), ..Overview::default() };
        for &id in index.by_name() {
            let mut direct: Vec<PrincipalId> =
                hops.from(id).map(|hop| hops.get(hop).to).filter(|&to| is_role(to)).collect();
            direct.dedup();
            let (direct, roles) = (direct.len(), reach.get(id.index()).copied().unwrap_or_default() as usize);
            if is_role(id) {
                overview.roles += 1;
                if hops.to(id).next().is_none() {
                    overview.nobody.push(id);
                }
                let from_everyone =
                    |&hop: &u32| self.facts.principal(hops.get(hop).from).kind == PrincipalKind::Everyone;
                if hops.to(id).any(|hop| from_everyone(&hop)) {
                    overview.anybody.push(id);
                }
            }
            if direct == 0 && roles == 0 {
                continue;
            }
            match self.facts.principal(id).kind {
                PrincipalKind::Service => overview.services.push(Reached { from: id, direct, roles }),
                _ if self.is_outside(id) => overview.entry_points.push(Reached { from: id, direct, roles }),
                _ => overview.reach.push(Reached { from: id, direct, roles }),
            }
        }
        overview.reach.sort_by_key(|reached| std::cmp::Reverse(reached.roles));
        overview.entry_points.sort_by_key(|entry| std::cmp::Reverse(entry.roles));
        overview.services.sort_by_key(|entry| std::cmp::Reverse(entry.roles));
        for component in &components {
            let mut members: Vec<PrincipalId> =
                component.iter().map(|node| PrincipalId(node.index() as u32)).collect();
            members.retain(|&id| is_role(id));
            if members.len() > 1 {
                members.sort_unstable_by_key(|&id| index.rank(id));
                overview.cycles.push(members);
            }
        }
        overview.cycles.sort_by_key(|members| members.first().map(|&id| index.rank(id)));
        overview
    }
}

/// For each principal how many roles it can become, itself apart.
///
/// Sets of roles are bit sets over a slice of all roles at a time, so that memory stays linear.
fn roles_reached(
    components: &[Vec<NodeIndex>],
    hops: &Hops,
    is_role: &dyn Fn(PrincipalId) -> bool,
) -> Vec<u32> {
    const WORDS: usize = 16;
    let mut component_of = vec![0_usize; hops.principals()];
    let mut place = vec![u32::MAX; hops.principals()];
    let mut roles = 0;
    for (number, component) in components.iter().enumerate() {
        for node in component {
            component_of[node.index()] = number;
            if is_role(PrincipalId(node.index() as u32)) {
                place[node.index()] = roles;
                roles += 1;
            }
        }
    }
    let after: Vec<Vec<usize>> = components
        .iter()
        .enumerate()
        .map(|(number, component)| {
            let members = component.iter().map(|node| PrincipalId(node.index() as u32));
            let next = members.flat_map(|id| hops.from(id)).map(|hop| component_of[hops.get(hop).to.index()]);
            let mut next: Vec<usize> = next.filter(|&other| other != number).collect();
            next.sort_unstable();
            next.dedup();
            next
        })
        .collect();
    let mut counts = vec![0_u32; components.len()];
    for first in (0..roles).step_by(WORDS * 64) {
        let mut reached = vec![[0_u64; WORDS]; components.len()];
        for (number, component) in components.iter().enumerate() {
            let mut bits = [0_u64; WORDS];
            for &other in after.get(number).into_iter().flatten() {
                bits.iter_mut().zip(reached[other]).for_each(|(bits, other)| *bits |= other);
            }
            for node in component {
                let at = place[node.index()].wrapping_sub(first) as usize;
                if place[node.index()] >= first && at < WORDS * 64 {
                    bits[at / 64] |= 1 << (at % 64);
                }
            }
            counts[number] += bits.iter().map(|word| word.count_ones()).sum::<u32>();
            reached[number] = bits;
        }
    }
    (0..hops.principals())
        .map(|index| counts[component_of[index]] - u32::from(place[index] != u32::MAX))
        .collect()
}
