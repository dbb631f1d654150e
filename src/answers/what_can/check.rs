//! Statements read back: what they say, by the compiler that reads every policy.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::own::{MOST_PIECES, Own};
use super::statement::{Statement, document};
use crate::answers::engine::Engine;
use crate::answers::levels::LevelsOf;
use crate::document::PolicyKind;
use crate::facts::binding::PrincipalBindings;
use crate::facts::{ParsedPolicy, PolicySource, PrincipalFact};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::Sat;
use crate::region::owner::OwnerId;
use crate::region::resource::{ResourceSetId, ResourceSets};

/// Compares statements with regions.
pub(super) struct Check<'a> {
    pub engine: &'a Engine,
    pub caller: &'a PrincipalFact,
    pub own: &'a Own<'a>,
    pub levels: &'a LevelsOf,
    readings: RefCell<FxHashMap<Statement, Option<Rc<Said>>>>,
}

/// What statements say: what their Allows give, and what their Denies take.
pub(super) struct Said {
    pub allows: Vec<Region>,
    pub denies: Vec<Region>,
}

impl<'a> Check<'a> {
    pub fn new(
        engine: &'a Engine,
        caller: &'a PrincipalFact,
        own: &'a Own<'a>,
        levels: &'a LevelsOf,
    ) -> Self {
        Self { engine, caller, own, levels, readings: RefCell::default() }
    }

    /// Reads statements as the only identity policy of the principal.
    pub fn read(&self, statements: &[Statement]) -> Option<Said> {
        let mut said = Said { allows: Vec::new(), denies: Vec::new() };
        for statement in statements {
            let known = self.readings.borrow().get(statement).cloned();
            let read = known.unwrap_or_else(|| {
                let read = self.read_anew(statement).map(Rc::new);
                self.readings.borrow_mut().insert(statement.clone(), read.clone());
                read
            })?;
            said.allows.extend_from_slice(&read.allows);
            said.denies.extend_from_slice(&read.denies);
        }
        Some(said)
    }

    fn read_anew(&self, statement: &Statement) -> Option<Said> {
        let text = document(std::slice::from_ref(statement)).to_string();
        let parsed = ParsedPolicy::read(PolicySource::Given(text.into(), PolicyKind::Identity));
        if !parsed.document().problems.is_empty() {
            return None;
        }
        let compiler = &self.engine.facts.compiler;
        let compiled = compiler.compile(Arc::new(parsed), PolicyKind::Identity);
        let bindings = PrincipalBindings::new(&self.engine.facts, self.caller);
        let mut said = Said { allows: Vec::new(), denies: Vec::new() };
        for read in compiler.read(&compiled, &bindings) {
            let region = compiler.arena.get(read.region);
            let region = Region { condition: self.own.bind(region.condition), ..region };
            if !region.condition.is_never() {
                if read.denies { &mut said.denies } else { &mut said.allows }.push(region);
            }
        }
        Some(said)
    }

    /// Whether statements grant nothing but what is in `within`, and deny nothing of it.
    pub fn is_sound(&self, statements: &[Statement], within: &[Region]) -> bool {
        let Some(said) = self.read(statements) else { return false };
        let arena = self.engine.facts.arena();
        let takes = |denied: &Region| {
            within
                .iter()
                .filter_map(|own| arena.meet_regions(*own, *denied))
                .any(|both| !self.is_empty(&both))
        };
        !said.denies.iter().any(takes)
            && said.allows.iter().all(|allowed| {
                let pieces = self.left_of(*allowed, &said.denies).unwrap_or_else(|| vec![*allowed]);
                pieces
                    .into_iter()
                    .all(|piece| self.left_of(piece, within).is_some_and(|left| left.is_empty()))
            })
    }

    /// What is left of a region without others, empty pieces left out; `None` if it falls into too many.
    pub fn left_of(&self, region: Region, others: &[Region]) -> Option<Vec<Region>> {
        let arena = self.engine.facts.arena();
        let mut left = vec![region];
        for other in others {
            if !left.iter().any(|piece| arena.meet_regions(*piece, *other).is_some()) {
                continue;
            }
            left = left.into_iter().flat_map(|piece| arena.difference(piece, *other)).collect();
            left.retain(|piece| !self.is_empty(piece));
            arena.merge(&mut left);
            if left.is_empty() {
                return Some(left);
            }
            if left.len() > MOST_PIECES {
                return None;
            }
        }
        left.retain(|piece| !self.is_empty(piece));
        Some(left)
    }

    /// A set that holds, of the actions of the universe, those that can act on some of the resources.
    pub fn touching(&self, resources: ResourceSetId) -> ActionSetId {
        match resources == ResourceSets::ALL {
            true => ActionSetId::ALL,
            false => self.levels.touching(&self.engine.facts, resources),
        }
    }

    /// Whether a region surely holds no request.
    pub fn is_empty(&self, region: &Region) -> bool {
        let arena = self.engine.facts.arena();
        if region.owner == OwnerId::NOBODY || region.condition.is_never() {
            return true;
        }
        if self.has_other_owners(region) {
            return true;
        }
        let known = arena.actions.meet(region.actions, self.touching(region.resources));
        let nobody_acts = arena.actions.count(known) == 0
            && (arena.actions.surely_ends_with_the_universe(region.actions)
                || arena.resources.is_empty(region.resources) == Ok(true));
        nobody_acts || *arena.conditions.satisfiable(region.condition) == Sat::No
    }

    /// Whether the patterns fix the accounts of the resources, and none of them may own any.
    fn has_other_owners(&self, region: &Region) -> bool {
        let arena = self.engine.facts.arena();
        if region.owner == OwnerId::ANY || arena.resources.contains_none(region.resources) {
            return false;
        }
        let Some(accounts) = arena.resources.accounts(region.resources) else { return false };
        let numbers: Option<Vec<u64>> =
            accounts.iter().map(|account| account.parse().ok().filter(|_| account.len() == 12)).collect();
        numbers.is_some_and(|numbers| {
            numbers.iter().all(|account| !arena.owners.contains(region.owner, Some(*account)))
        })
    }
}
