//! Requests on some resource, existing or not.

use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::groups::{Group, Groups};
use super::{Asked, Outcome, Somewhere, outcome};
use crate::answers::parts::MAX_PARTS;
use crate::estate::AccountId;
use crate::facts::{PrincipalId, types};
use crate::region::resource::{LimitExceeded, Padding, Piece, ResourceSetId, ResourceSets};
use crate::rules::decision::Decision;
use crate::rules::request::Prepared;

/// One resource of each of the parts into which some sets tell resources apart.
type Examples = Arc<[String]>;

/// What the resource side tells apart in an account, by what it is asked about there.
type OfSide = Mutex<FxHashMap<ResourceSetId, Arc<[ResourceSetId]>>>;

/// Parts that are known already, by the resources that they are parts of and the sets that tell them apart.
type Memo = Mutex<FxHashMap<(ResourceSetId, Box<[ResourceSetId]>), Result<Examples, LimitExceeded>>>;

impl Asked<'_> {
    /// Who may do it to some resource, one of the estate's or one that could be made.
    pub(super) fn somewhere(&self, groups: &Groups) -> Vec<Somewhere> {
        let sets = &self.engine.facts.arena().resources;
        let taken = self.action.catalog.map_or(ResourceSets::ARNS, |id| types::arns_of(sets, id));
        let (memo, of_side) = (Memo::default(), OfSide::default());
        let on_new = |group: &Group| match group.may_act() {
            true => self.on_new_resources(group, taken, &memo, &of_side),
            false => Vec::new(),
        };
        let on_new: Vec<Vec<Outcome>> = groups.all.par_iter().map(on_new).collect();
        // Of whom it is sure already nothing else need be asked.
        let is_sure =
            |outcomes: &Vec<Outcome>| outcomes.iter().any(|(decision, _)| *decision == Decision::Allowed);
        let open: Vec<bool> = on_new.iter().map(|outcomes| !is_sure(outcomes)).collect();
        let wanted = |group: u32| open.get(group as usize).copied().unwrap_or_default();
        let known = self.on_known_resources(groups, &wanted);
        let mut on_known: FxHashMap<PrincipalId, Vec<Outcome>> = FxHashMap::default();
        for cell in &known.cells {
            for &principal in &*cell.principals {
                on_known.entry(principal).or_default().push((cell.decision, cell.condition));
            }
        }
        let mut found: FxHashMap<Outcome, Vec<PrincipalId>> = FxHashMap::default();
        let mut add = |outcomes: Vec<Outcome>, principals: &[PrincipalId]| {
            for outcome in best(outcomes) {
                found.entry(outcome).or_default().extend_from_slice(principals);
            }
        };
        for (group, on_new) in groups.all.iter().zip(on_new) {
            // Whom no resource of the estate makes another than the rest of the group.
            let mut rest = Vec::with_capacity(group.members.len());
            for &principal in &*group.members {
                match on_known.remove(&principal) {
                    None => rest.push(principal),
                    Some(outcomes) => add([&outcomes[..], &on_new].concat(), &[principal]),
                }
            }
            add(on_new, &rest);
        }
        let mut all: Vec<Somewhere> = found
            .into_iter()
            .filter(|(_, principals)| !principals.is_empty())
            .map(|((decision, condition), mut principals)| {
                principals.sort_unstable();
                Somewhere { principals: principals.into(), decision, condition }
            })
            .collect();
        all.sort_unstable_by(|a, b| (&a.principals, a.condition).cmp(&(&b.principals, b.condition)));
        all
    }

    /// The answers of a group on resources of its account that the estate need not hold.
    fn on_new_resources(
        &self,
        group: &Group,
        taken: ResourceSetId,
        memo: &Memo,
        of_side: &OfSide,
    ) -> Vec<Outcome> {
        let facts = &self.engine.facts;
        let Some(account) = group.account else { return Vec::new() };
        if self.action.catalog.is_some_and(|id| crate::catalog::Catalog::embedded().is_wildcard_only(id)) {
            return Vec::new(); // `*` is one of the estate's.
        }
        let mut outcomes = Vec::new();
        // An ARN without an account is of the account if it is said so.
        for (segment, stated) in [(account.to_string(), None), (String::new(), Some(account))] {
            let pattern = format!("arn:*:*:*:{segment}:*");
            let sets = &facts.arena().resources;
            let Ok(pattern) = sets.pattern(&[Piece::Text(&pattern)], Padding::Never) else { continue };
            let own = sets.meet(taken, pattern);
            let mut telling: Vec<ResourceSetId> = group.says().map(|says| says.resources).collect();
            telling.extend_from_slice(&self.told_by_side(own, of_side));
            telling.retain(|set| *set != ResourceSets::ALL && *set != ResourceSets::ARNS);
            telling.sort_unstable();
            telling.dedup();
            let key = (own, telling.into_boxed_slice());
            let examples = memo.lock().get(&key).cloned();
            let examples = examples.unwrap_or_else(|| {
                let found = self.told_apart(own, &key.1);
                memo.lock().insert(key, found.clone());
                found
            });
            match examples {
                Ok(examples) => outcomes.extend(self.on_examples(group, &examples, stated)),
                Err(limit) => {
                    let what = format!("which resources {} is allowed on: {limit}", self.action.name);
                    outcomes.push((Decision::Unknown, facts.arena().conditions.missing(&what)));
                }
            }
            if outcomes.iter().any(|(decision, _)| *decision == Decision::Allowed) {
                break;
            }
        }
        best(outcomes)
    }

    /// The answers of a group on resources of the account that is stated, or else of that of their ARNs.
    fn on_examples(&self, group: &Group, examples: &[String], stated: Option<AccountId>) -> Vec<Outcome> {
        let facts = &self.engine.facts;
        let sets = &facts.arena().resources;
        let mut outcomes = Vec::new();
        for example in examples {
            let reached = |set| set == ResourceSets::ALL || sets.contains(set, example);
            if !group.root && !group.allows().any(|says| reached(says.resources)) {
                continue;
            }
            let target = facts.target(self.action.clone(), example, stated);
            let prepared = Prepared::new(facts, &self.engine.sides, &target, self.context);
            let answer = outcome(&self.engine.decide_for(&prepared, group.first()));
            outcomes.extend(answer);
            if answer.is_some_and(|(decision, _)| decision == Decision::Allowed) {
                break;
            }
        }
        outcomes
    }

    /// The sets that RCPs and policies of VPC endpoints tell apart among resources of an account.
    fn told_by_side(&self, own: ResourceSetId, of_side: &OfSide) -> Arc<[ResourceSetId]> {
        if let Some(known) = of_side.lock().get(&own) {
            return known.clone();
        }
        let facts = &self.engine.facts;
        let sets: Arc<[ResourceSetId]> = match facts.arena().resources.witness(own) {
            Ok(Some(example)) => {
                let target = facts.target(self.action.clone(), &example, None);
                Prepared::new(facts, &self.engine.sides, &target, self.context).resource_sets().into()
            }
            _ => Arc::default(),
        };
        of_side.lock().entry(own).or_insert(sets).clone()
    }

    /// The parts of a set that some others tell apart.
    fn told_apart(&self, whole: ResourceSetId, by: &[ResourceSetId]) -> Result<Examples, LimitExceeded> {
        let sets = &self.engine.facts.arena().resources;
        let mut pieces = vec![whole];
        for &set in by {
            let mut next = Vec::with_capacity(pieces.len());
            for piece in pieces {
                if !sets.overlaps(piece, set)? || sets.includes(set, piece)? {
                    next.push(piece);
                } else {
                    next.extend([sets.meet(piece, set), sets.difference(piece, set)]);
                }
            }
            pieces = next;
            if pieces.len() > MAX_PARTS {
                return Err(LimitExceeded::Pieces);
            }
        }
        let mut examples = Vec::with_capacity(pieces.len());
        for piece in pieces {
            examples.extend(sets.witness(piece)?);
        }
        Ok(examples.into())
    }
}

/// The surest of some answers, each once.
fn best(mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let Some(surest) = outcomes.iter().map(|(decision, _)| level(*decision)).min() else { return outcomes };
    outcomes.retain(|(decision, _)| level(*decision) == surest);
    outcomes.sort_unstable();
    outcomes.dedup();
    outcomes
}

/// Sure before conditional before unknown.
fn level(decision: Decision) -> u8 {
    match decision {
        Decision::Allowed => 0,
        Decision::Conditional => 1,
        _ => 2,
    }
}
