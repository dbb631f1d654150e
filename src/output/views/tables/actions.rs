//! Sets of actions as patterns: names, and beginnings of names with a `*` behind.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::numbering::Numbering;
use crate::answers::Engine;
use crate::catalog::{AccessLevel, Catalog};
use crate::output::factored::{ActionSets, Actions};
use crate::output::{OptionWords, Words};
use crate::region::action_set::{ActionSetId, ones};

/// Patterns of actions, and the sets that are made of them.
pub(super) struct ActionNumbers {
    numbering: Numbering,
    /// For each set its patterns, by their places in the tree.
    sets: Vec<Vec<u32>>,
    tree: Tree,
}

/// All actions by name, as a tree of the beginnings that tell them apart. The first node is the root; a node stands before
/// its children, and these in the order of their names.
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// For each action of the universe its place in the order of names.
    place: Vec<u32>,
    /// For each place the action and its name.
    actions: Vec<(usize, Arc<str>)>,
}

struct Node {
    pattern: Arc<str>,
    /// The places of the actions that match.
    places: Range<u32>,
    /// The nodes of the children; none of an action.
    children: Vec<u32>,
    /// Whether it is an action, a service or everything, whose rows are always given.
    is_plain: bool,
}

/// From how many agreeing bytes on names are not told apart by beginnings.
const DEEPEST: usize = 128;

impl ActionNumbers {
    pub(super) fn new(engine: &Engine, ids: &[ActionSetId]) -> Self {
        let tree = Tree::new(engine);
        let contents: Vec<Vec<u32>> = ids.par_iter().map(|&id| tree.patterns_of(engine, id)).collect();
        let indices: Vec<usize> = ids.iter().map(|id| id.index()).collect();
        let (numbering, sets) = Numbering::new(&indices, contents);
        Self { numbering, sets, tree }
    }

    /// The number of a set, and whether any known action is in it.
    pub(super) fn get(&self, id: ActionSetId) -> Option<u32> {
        let number = self.numbering.get(id.index());
        self.sets.get(number as usize).is_some_and(|set| !set.is_empty()).then_some(number)
    }

    pub(super) fn sets(&self) -> ActionSets {
        let rows = self.sets.iter().map(Vec::len).sum();
        let (mut sets, mut patterns) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for (number, members) in self.sets.iter().enumerate() {
            sets.extend(std::iter::repeat_n(number as u32, members.len()));
            patterns.extend_from_slice(members);
        }
        ActionSets { action_set: sets, pattern: Words::of(patterns, self.tree.patterns()) }
    }

    /// The actions of each pattern that some set has, and of each action, each service and `*`.
    pub(super) fn table(&self, engine: &Engine) -> Actions {
        const LEVELS: [AccessLevel; 5] = [
            AccessLevel::List,
            AccessLevel::PermissionsManagement,
            AccessLevel::Read,
            AccessLevel::Tagging,
            AccessLevel::Write,
        ];
        let tree = &self.tree;
        let universe = &engine.facts().compiler.universe;
        let used: FxHashSet<u32> = self.sets.iter().flatten().copied().collect();
        let (mut patterns, mut actions, mut levels) = (Vec::new(), Vec::new(), Vec::new());
        for (node, number) in
            tree.nodes.iter().zip(0..).filter(|(node, at)| node.is_plain || used.contains(at))
        {
            for place in node.places.clone() {
                let Some(&(action, _)) = tree.actions.get(place as usize) else { continue };
                let found = universe.catalog_action(action).and_then(|id| Catalog::embedded().action(id));
                let level = found.and_then(|action| LEVELS.iter().position(|level| *level == action.level));
                patterns.push(number);
                actions.push(place);
                levels.push(level.map(|level| level as u32));
            }
        }
        let names: Vec<Arc<str>> = tree.actions.iter().map(|(_, name)| name.clone()).collect();
        let service = |name: &str| name.split(':').next().unwrap_or_default().to_owned();
        let services: Vec<String> = names.iter().map(|name| service(name)).collect();
        let service_of = actions.iter().filter_map(|&place| services.get(place as usize).map(String::as_str));
        Actions {
            service: service_of.collect(),
            pattern: Words::of(patterns, tree.patterns()),
            action: Words::of(actions, names),
            level: OptionWords::of(
                levels,
                LEVELS.map(|level| level.as_str().replace(' ', "-").into()).to_vec(),
            ),
        }
    }
}

impl Tree {
    /// The tree of the actions that an engine knows.
    pub(crate) fn new(engine: &Engine) -> Self {
        let universe = &engine.facts().compiler.universe;
        let mut actions: Vec<(usize, Arc<str>)> =
            (0..universe.len()).map(|action| (action, universe.name(action).into())).collect();
        actions.par_sort_unstable_by(|a, b| a.1.cmp(&b.1));
        let mut place = vec![0; universe.len()];
        for (at, (action, _)) in actions.iter().enumerate() {
            place.get_mut(*action).into_iter().for_each(|slot| *slot = at as u32);
        }
        let mut tree = Self { nodes: Vec::new(), place, actions };
        tree.add(0..tree.actions.len(), 0);
        tree
    }

    /// Adds the tree of some places, whose names agree up to a byte, and returns its first node.
    fn add(&mut self, places: Range<usize>, agree: usize) -> u32 {
        let number = self.nodes.len() as u32;
        let names = self.actions.get(places.clone()).unwrap_or_default();
        let (Some((_, first)), Some((_, last))) = (names.first(), names.last()) else { return number };
        let (first, last) = (first.clone(), last.clone());
        let same = first.bytes().zip(last.bytes()).skip(agree).take_while(|(a, b)| a == b).count();
        let agree = (0..=agree + same).rev().find(|&at| first.is_char_boundary(at)).unwrap_or_default();
        let next = |(_, name): &(usize, Arc<str>)| name.get(agree..).and_then(|rest| rest.chars().next());
        let alike = |a: &_, b: &_| agree < DEEPEST && next(a) == next(b);
        let sizes: Vec<usize> = names.chunk_by(alike).map(<[_]>::len).collect();
        let is_leaf = names.len() == 1;
        let service = first.find(':').map_or(first.len(), |at| at + 1);
        let beside = |at: Option<usize>| {
            at.and_then(|at| self.actions.get(at))
                .is_some_and(|(_, name)| name.starts_with(&first[..service]))
        };
        let is_service =
            agree >= service && !beside(places.start.checked_sub(1)) && !beside(Some(places.end));
        let is_all = places.len() == self.actions.len();
        let beginning = |length: usize| format!("{}*", first.get(..length).unwrap_or_default()).into();
        let pattern: Arc<str> = match (is_leaf, is_all, is_service) {
            (true, ..) => first.clone(),
            (_, true, _) => "*".into(),
            (.., true) => beginning(service),
            _ => beginning(agree),
        };
        let is_plain = is_leaf || is_all || is_service;
        let range = places.start as u32..places.end as u32;
        self.nodes.push(Node { pattern, places: range, children: Vec::new(), is_plain });
        if !is_leaf {
            let mut start = places.start;
            let mut children = Vec::with_capacity(sizes.len());
            for size in sizes {
                children.push(self.add(start..start + size, agree));
                start += size;
            }
            self.nodes.get_mut(number as usize).into_iter().for_each(|node| node.children = children.clone());
        }
        number
    }

    /// All patterns.
    pub(crate) fn patterns(&self) -> Vec<Arc<str>> {
        self.nodes.iter().map(|node| node.pattern.clone()).collect()
    }

    /// The patterns of a set, which do not overlap, by their places among all.
    pub(crate) fn patterns_of(&self, engine: &Engine, set: ActionSetId) -> Vec<u32> {
        let sets = &engine.facts().arena().actions;
        // Few actions are listed quicker than many.
        let inside = sets.count(set) <= sets.universe() / 2;
        let listed = if inside { set } else { sets.complement(set) };
        // In the order of names: a bit for each place.
        let mut bits = vec![0_u64; self.place.len().div_ceil(64)];
        for place in sets.members(listed).filter_map(|member| self.place.get(member)) {
            if let Some(word) = bits.get_mut(*place as usize / 64) {
                *word |= 1 << (place % 64);
            }
        }
        let places: Vec<u32> = (0..)
            .step_by(64)
            .zip(bits)
            .flat_map(|(start, word)| ones(word).map(move |bit| start + bit))
            .collect();
        let mut found = Vec::new();
        self.cover(0, &places, inside, &mut found);
        found
    }

    /// Adds the highest nodes below a node of which all actions are inside. `listed` are the places below it that are
    /// inside; or, if `inside` is false, those that are outside.
    fn cover(&self, number: u32, listed: &[u32], inside: bool, found: &mut Vec<u32>) {
        let Some(node) = self.nodes.get(number as usize) else { return };
        let (none, all) = (listed.is_empty(), listed.len() == node.places.len());
        let (whole, nothing) = if inside { (all, none) } else { (none, all) };
        if whole {
            found.push(number);
        } else if !nothing {
            let mut rest = listed;
            for &child in &node.children {
                let end = self.nodes.get(child as usize).map_or(0, |child| child.places.end);
                let (here, after) = rest.split_at(rest.partition_point(|&place| place < end));
                rest = after;
                self.cover(child, here, inside, found);
            }
        }
    }
}
