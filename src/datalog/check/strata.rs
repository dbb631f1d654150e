//! Rules in an order in which what is negated or aggregated is complete before it is read.

use std::collections::VecDeque;
use std::sync::Arc;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;

use super::problems::{FileProblem, shown};
use crate::datalog::program::{Place, RelationId, Rule, RuleId, Stratum};
use crate::datalog::text::{Code, Problem};
use crate::document::Source;

/// That a rule of one relation reads another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reads {
    pub(super) head: RelationId,
    pub(super) reads: RelationId,
    pub(super) how: How,
    pub(super) place: Place,
}

/// How a relation is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Positively,
    Negated,
    Aggregated,
}

/// The components of relations that depend on each other, those that are read first; and what depends on its own absence.
pub(super) fn order(
    relations: &[&str],
    reads: &[Reads],
    sources: &[Arc<Source>],
) -> (Vec<usize>, Vec<FileProblem>) {
    let mut graph: DiGraph<(), usize> = DiGraph::with_capacity(relations.len(), reads.len());
    relations.iter().for_each(|_| {
        graph.add_node(());
    });
    let node = |id: RelationId| NodeIndex::new(id.0 as usize);
    for (index, edge) in reads.iter().enumerate() {
        graph.add_edge(node(edge.head), node(edge.reads), index);
    }
    // What is read comes before what reads it.
    let components = tarjan_scc(&graph);
    let mut component = vec![0; relations.len()];
    for (index, members) in components.iter().enumerate() {
        for member in members {
            if let Some(of) = component.get_mut(member.index()) {
                *of = index;
            }
        }
    }
    let of = |id: RelationId| component.get(id.0 as usize).copied();
    let mut told = vec![false; components.len()];
    let mut problems = Vec::new();
    for edge in reads.iter().filter(|edge| edge.how != How::Positively && of(edge.head) == of(edge.reads)) {
        let Some(told) = of(edge.head).and_then(|index| told.get_mut(index)) else { continue };
        if std::mem::replace(told, true) {
            continue;
        }
        let way = way(edge, reads, &graph, &component);
        problems
            .push(FileProblem { file: edge.place.file, problem: problem(edge, &way, relations, sources) });
    }
    (component, problems)
}

/// The reads that lead from what an edge reads back to its head.
fn way(edge: &Reads, reads: &[Reads], graph: &DiGraph<(), usize>, component: &[usize]) -> Vec<Reads> {
    let mut from: FxHashMap<RelationId, Reads> = FxHashMap::default();
    let mut queue = VecDeque::from([edge.reads]);
    while let Some(relation) = queue.pop_front() {
        if relation == edge.head {
            break;
        }
        let mut next: Vec<&Reads> = graph
            .edges(NodeIndex::new(relation.0 as usize))
            .filter_map(|next| reads.get(*next.weight()))
            .filter(|next| component.get(next.reads.0 as usize) == component.get(edge.head.0 as usize))
            .collect();
        next.sort_by_key(|next| next.place);
        for next in next {
            if next.reads != edge.reads && !from.contains_key(&next.reads) {
                from.insert(next.reads, *next);
                queue.push_back(next.reads);
            }
        }
    }
    let mut way = Vec::new();
    let mut at = edge.head;
    while at != edge.reads {
        let Some(step) = from.get(&at) else { break };
        way.push(*step);
        at = step.head;
    }
    way.reverse();
    way
}

fn problem(edge: &Reads, way: &[Reads], relations: &[&str], sources: &[Arc<Source>]) -> Problem {
    let name = |id: RelationId| relations.get(id.0 as usize).copied().unwrap_or_default();
    let what = match edge.how {
        How::Aggregated => "an aggregate of itself",
        _ => "its own absence",
    };
    let step = |step: &Reads| {
        let how = match step.how {
            How::Positively => "",
            How::Negated => "not ",
            How::Aggregated => "an aggregate of ",
        };
        format!("`{}` reads {how}`{}` ({})", name(step.head), name(step.reads), shown(sources, step.place))
    };
    let cycle: Vec<String> = std::iter::once(edge).chain(way).map(step).collect();
    Problem::new(Code::Unstratified, format!("`{}` depends on {what}", name(edge.head)), edge.place.span)
        .with_help(format!("the cycle is: {}", cycle.join(", ")))
}

/// The strata of rules, by the components of their heads.
pub(super) fn strata(rules: &[Rule], component: &[usize], reads: &[Reads]) -> Vec<Stratum> {
    let of = |id: RelationId| component.get(id.0 as usize).copied().unwrap_or_default();
    let count = component.iter().max().map_or(0, |last| last + 1);
    let mut strata = vec![Stratum::default(); count];
    for (index, rule) in rules.iter().enumerate() {
        if let Some(stratum) = strata.get_mut(of(rule.head)) {
            stratum.rules.push(RuleId(index as u32));
        }
    }
    for edge in reads.iter().filter(|edge| of(edge.head) == of(edge.reads)) {
        if let Some(stratum) = strata.get_mut(of(edge.head)) {
            stratum.recursive = true;
        }
    }
    strata.retain(|stratum| !stratum.rules.is_empty());
    strata
}
