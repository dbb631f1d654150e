//! `what-can`: what a principal can do, as one policy document.
//!
//! ```text
//! own side ──► regions ──► statements ──► read back ──► document
//!                 └───────── what the document does not say ──► inexpressible
//! ```
//! The document is compiled again like any policy and compared with the regions: a statement that says more than they do
//! is left out, and what of them no statement says is listed. So the document never allows more than the engine, and
//! document and list together are what the engine says, whatever the shapes in between.

mod actions;
mod beside;
mod blocks;
mod check;
mod least;
mod overlap;
mod own;
mod reason;
mod shape;
mod split;
mod statement;

use super::can::{QuestionError, missing_in, unknown_keys};
use super::context::Context;
use super::engine::Engine;
use super::levels::LevelsOf;
use super::stated::odd_keys;
use crate::facts::{PrincipalFact, keys};
use crate::region::arena::Region;
use crate::region::condition::{ConditionId, View};
use crate::region::resource::ResourceSets;
use crate::rules::request::{SESSION_POLICIES, SessionPolicies, unknown_scps, unstated};

use actions::MOST_NAMES;
pub(super) use actions::Writer;
use check::{Check, Said};
use own::{Effective, MOST_EXCEPTIONS, Own};
use shape::Group;

pub use split::DocumentPart;
pub use statement::{Block, Listed, MOST_CHARACTERS, Statement, characters, document};

/// A document of no more characters than this is short enough.
const SHORT: usize = 2048;

/// A principal whose permissions are asked for as a document.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Who, named as in a [`super::Question`].
    pub principal: String,
    /// What is known of the context of its requests; the document holds for such requests.
    pub context: Context,
    /// Whether actions are written by name, without wildcards.
    pub expand: bool,
}

/// What a principal can do, as a document and a list.
pub struct WhatCan<'a> {
    /// The engine whose ids it holds.
    pub engine: &'a Engine,
    /// Who.
    pub caller: PrincipalFact,
    /// The statements of the document.
    pub statements: Vec<Statement>,
    /// What it can do beyond the document, or may be able to.
    pub inexpressible: Vec<Inexpressible>,
    /// What was not collected and could change the answer.
    pub missing: Vec<String>,
    /// What is odd about the question.
    pub warnings: Vec<String>,
    /// What was assumed of the context, by name.
    pub assumed: Vec<(&'static str, String)>,
}

/// Requests that are, or may be, allowed and that the document does not grant.
#[derive(Clone, Debug)]
pub struct Inexpressible {
    /// Their actions: names, and patterns that hold for actions of the future.
    pub actions: Vec<String>,
    /// Their resources, in words.
    pub resources: String,
    /// The requests themselves; their condition says when they are allowed.
    pub region: Region,
    /// Why the document does not grant them.
    pub why: String,
}

impl Engine {
    /// What a principal can do on the side of its own account, as a document.
    ///
    /// # Errors
    /// There is no such principal, or more than one, or it is nobody who has policies.
    pub fn what_can(&self, asked: &Asked) -> Result<WhatCan<'_>, QuestionError> {
        if let Some((engine, context)) = self.for_context(&asked.context) {
            let assumed = self.assumed_in(&asked.context);
            let found = engine.what_can(&Asked { context, ..asked.clone() })?;
            return Ok(WhatCan { assumed, ..found });
        }
        let (caller, id) = self.caller(&asked.principal)?;
        if !caller.caller.has_own_side() {
            return Err(QuestionError::NoOwnPolicies(caller.name.to_string()));
        }
        let own = Own::new(self, &caller, id, &asked.context);
        let resources = self.said.get_or_init(|| self.resource_side());
        let mut effective = own.effective(resources, MOST_EXCEPTIONS);
        let levels = self.levels.get_or_init(|| LevelsOf::new(&self.facts));
        let check = Check::new(self, &caller, &own, levels);
        let writer = Writer::new(&self.facts.compiler, asked.expand);
        let (mut statements, mut settled) = check.document(&effective, &writer);
        if effective.excepted.iter().any(|region| !settled.contains(region)) {
            // No Deny says it: each exception has to be told.
            effective = own.effective(resources, usize::MAX);
            (statements, settled) = check.document(&effective, &writer);
        }
        let Said { allows: said, denies } = check.said(std::slice::from_ref(&statements));
        let mut inexpressible = Vec::new();
        let unsettled = effective.crowded.iter().filter(|region| !settled.contains(region));
        let wanted: Vec<Region> = effective.wanted.iter().chain(unsettled).copied().collect();
        let wanted = check.distinct(&wanted);
        let told = |region: &Region| check.told(region, &writer, None);
        check.left_over(&wanted, &said, told, &mut inexpressible);
        // A Deny may take what is denied on resources of some owners only.
        let arena = self.facts.arena();
        let taken =
            wanted.iter().flat_map(|own| denies.iter().filter_map(|deny| arena.meet_regions(*own, *deny)));
        let taken: Vec<Region> = taken.filter(|region| !check.is_empty(region)).collect();
        check.left_over(&check.distinct(&taken), &[], told, &mut inexpressible);
        for (how, region) in &effective.by_resources {
            let told = |region: &Region| check.told(region, &writer, Some(how));
            check.left_over(&[*region], &[said.as_slice(), &wanted].concat(), told, &mut inexpressible);
        }
        inexpressible.sort_by(|a, b| {
            let key = |one: &Inexpressible| (one.why.clone(), one.actions.clone(), one.resources.clone());
            key(a).cmp(&key(b)).then_with(|| self.text(a).cmp(&self.text(b)))
        });
        inexpressible.dedup_by(|a, b| {
            (&a.why, &a.actions, &a.resources, a.region.condition)
                == (&b.why, &b.actions, &b.resources, b.region.condition)
        });
        let conditions = &self.facts.arena().conditions;
        let mut missing: Vec<String> =
            inexpressible.iter().flat_map(|one| missing_in(conditions, one.region.condition)).collect();
        if matches!(unstated(&caller), SessionPolicies::NotStated) {
            missing.push(format!("{SESSION_POLICIES} of {}", caller.name));
        }
        missing.extend(unknown_scps(&caller));
        missing.sort();
        missing.dedup();
        let mut warnings: Vec<String> = asked.context.contradictions();
        warnings.extend(self.stated_otherwise_of_caller(&asked.context, &caller));
        warnings.extend(odd_keys(&asked.context));
        warnings
            .extend(effective.wanted.iter().flat_map(|region| unknown_keys(conditions, region.condition)));
        warnings.sort();
        warnings.dedup();
        let assumed = self.assumed_in(&asked.context);
        Ok(WhatCan { engine: self, caller, statements, inexpressible, missing, warnings, assumed })
    }

    fn text(&self, of: &Inexpressible) -> String {
        self.facts.arena().conditions.text(of.region.condition)
    }
}

impl Check<'_> {
    /// The document, and the crowded regions that it says in full.
    fn document(&self, effective: &Effective, writer: &Writer) -> (Vec<Statement>, Vec<Region>) {
        let grantable = self.distinct(&effective.grantable);
        let plain = self.statements(&grantable, writer);
        let mut left = self.unsaid(&grantable, &self.said(&plain).allows);
        left.retain(|region| self.may_be_written(region));
        left.extend(&effective.crowded);
        let few = match left.is_empty() {
            true => (statement::united(plain.concat()), Vec::new()),
            false => self.beside_denies(plain.clone(), &left, &grantable, effective, writer),
        };
        if effective.denied.is_empty() || grantable.is_empty() || characters(&few.0) <= SHORT {
            return few;
        }
        // Denies often say in a line what Allows have to list.
        left.extend(&grantable);
        let all = self.beside_denies(plain, &left, &grantable, effective, writer);
        if characters(&all.0) < characters(&few.0) { all } else { few }
    }

    /// The document with Denies beside Allows for what is left.
    fn beside_denies(
        &self,
        mut groups: Vec<Group>,
        left: &[Region],
        grantable: &[Region],
        effective: &Effective,
        writer: &Writer,
    ) -> (Vec<Statement>, Vec<Region>) {
        let beside = self.beside(effective, left, writer);
        let said = self.said(&beside.groups).allows;
        let lies_in = |regions: &[Region], within: &[Region]| {
            regions.iter().all(|one| self.left_of(*one, within).is_some_and(|left| left.is_empty()))
        };
        groups.retain(|group| !lies_in(&self.said(std::slice::from_ref(group)).allows, &said));
        let plain = |region: &&Region| {
            lies_in(&[**region], &beside.whole)
                && !effective.of_some_owners.iter().any(|deny| self.meet(region, deny))
        };
        let settled = effective.crowded.iter().filter(plain).copied().collect();
        groups.extend(beside.groups);
        groups.push(beside.denies);
        let left = self.unsaid(left, &self.said(&groups).allows);
        for region in
            left.iter().filter(|region| !effective.crowded.contains(region) && self.may_be_written(region))
        {
            self.statements_of(*region, grantable, writer, MOST_NAMES, &mut groups);
        }
        (statement::united(groups.concat()), settled)
    }

    /// What of some regions is not said.
    fn unsaid(&self, regions: &[Region], said: &[Region]) -> Vec<Region> {
        let mut left: Vec<Region> = regions
            .iter()
            .flat_map(|region| self.left_of(*region, said).unwrap_or_else(|| vec![*region]))
            .collect();
        self.engine.facts.arena().merge(&mut left);
        left
    }

    /// Whether a statement might say the region, as far as its condition and its actions go.
    fn may_be_written(&self, region: &Region) -> bool {
        let arena = self.engine.facts.arena();
        let conditions = &arena.conditions;
        let condition = conditions.simplify(region.condition);
        let touching = self.touching(region.resources);
        let names = conditions.keys(condition);
        let has_words = |name: &str| name == keys::RESOURCE || !name.starts_with(keys::PSEUDO);
        arena.actions.count(arena.actions.meet(region.actions, touching)) > 0
            && missing_in(conditions, condition).is_empty()
            && !has_doubt(conditions, condition)
            && names.iter().all(|&key| has_words(&conditions.key_of(key).name))
    }

    /// The regions without those that are empty or lie in others, in an order that depends on their content alone.
    fn distinct(&self, regions: &[Region]) -> Vec<Region> {
        let arena = self.engine.facts.arena();
        let some = regions.iter().filter(|region| !self.is_empty(region)).copied();
        let mut some: Vec<Region> = some.collect();
        if some.len() > 1 {
            some.sort_by_cached_key(|region| {
                let resources = arena.resources.as_patterns(region.resources);
                let resources = resources.map(|text| text.to_string()).unwrap_or_default();
                let actions = arena.actions.count(region.actions);
                format!("{resources} {actions:05} {}", arena.conditions.text(region.condition))
            });
        }
        let mut kept: Vec<Region> = Vec::new();
        for region in some {
            let lies_in = |one: &Region, other: &Region| {
                self.left_of(*one, &[*other]).is_some_and(|left| left.is_empty())
            };
            if kept.iter().any(|other| lies_in(&region, other)) {
                continue;
            }
            kept.retain(|other| !lies_in(other, &region));
            kept.push(region);
        }
        kept
    }

    /// Adds what of some regions is not said.
    fn left_over(
        &self,
        regions: &[Region],
        said: &[Region],
        tell: impl Fn(&Region) -> Inexpressible,
        into: &mut Vec<Inexpressible>,
    ) {
        into.extend(self.distinct(&self.unsaid(regions, said)).iter().map(tell));
    }

    fn told(&self, region: &Region, writer: &Writer, granted_by: Option<&str>) -> Inexpressible {
        let arena = self.engine.facts.arena();
        let resources = match region.resources {
            ResourceSets::ALL => "*".to_owned(),
            ResourceSets::NONE_ONLY => "no resource".to_owned(),
            some => match arena.resources.as_patterns(some) {
                Ok(text) => text.to_string(),
                Err(limit) => format!("resources that can't be listed: {limit}"),
            },
        };
        let condition = arena.conditions.simplify(region.condition);
        let why = match granted_by {
            Some(how) => format!("{how}, and no identity policy is needed"),
            None => self.why(region, condition),
        };
        let actions = writer.told(region.actions, self.touching(region.resources));
        Inexpressible { actions, resources, region: Region { condition, ..*region }, why }
    }
}

/// Whether an open reading is a part of the formula, and not only what an odd value would raise.
fn has_doubt(conditions: &crate::region::condition::Conditions, condition: ConditionId) -> bool {
    match conditions.view(condition) {
        View::Doubt { .. } => true,
        View::All(parts) | View::Any(parts) => parts.into_iter().any(|part| has_doubt(conditions, part)),
        _ => false,
    }
}
