//! Allows beside Denies: what is allowed before any Deny as an Allow, and each Deny as one of its own.
//!
//! For requests that fall apart into no few patterns once Denies are subtracted.

use rustc_hash::FxHashMap;

use super::actions::{FEW_NAMES, Writer};
use super::blocks::ways;
use super::check::Check;
use super::own::Effective;
use super::shape::Group;
use super::statement::{Block, Listed, Statement};
use crate::region::arena::Region;

/// What was written so.
#[derive(Default)]
pub(super) struct Beside {
    /// The Allows, with Denies that they need.
    pub groups: Vec<Group>,
    /// The Denies that hold for them.
    pub denies: Vec<Statement>,
    /// Regions that they say in full.
    pub whole: Vec<Region>,
}

impl Check<'_> {
    /// Statements for what is left of the permitted regions.
    pub fn beside(&self, effective: &Effective, left: &[Region], writer: &Writer) -> Beside {
        let mut beside = Beside::default();
        let mut written: FxHashMap<Region, Option<Vec<Statement>>> = FxHashMap::default();
        for permitted in self.distinct(&effective.permitted) {
            if !left.iter().any(|left| self.meet(&permitted, left)) {
                continue;
            }
            let near: Vec<Region> =
                effective.denied.iter().filter(|denied| self.meet(&permitted, denied)).copied().collect();
            let mut unwritten = Vec::new();
            for denied in &near {
                let deny = written.entry(*denied).or_insert_with(|| self.deny(*denied, effective, writer));
                if deny.is_none() {
                    unwritten.push(*denied);
                }
            }
            let Some(pieces) = self.left_of(permitted, &unwritten) else { continue };
            let within = [pieces.as_slice(), &effective.grantable].concat();
            let before = beside.groups.len();
            for piece in &pieces {
                self.statements_of(*piece, &within, writer, FEW_NAMES, &mut beside.groups);
            }
            let said = self.said(beside.groups.get(before..).unwrap_or_default());
            if said.allows.is_empty() {
                continue;
            }
            if unwritten.is_empty()
                && self.left_of(permitted, &said.allows).is_some_and(|left| left.is_empty())
            {
                beside.whole.push(permitted);
            }
            let denies = near.iter().filter_map(|denied| written.get(denied)?.as_ref());
            beside.denies.extend(denies.flatten().cloned());
        }
        beside
    }

    pub fn meet(&self, one: &Region, other: &Region) -> bool {
        let both = self.engine.facts.arena().meet_regions(*one, *other);
        both.is_some_and(|both| !self.is_empty(&both))
    }

    /// A Deny as statements that say all of it, and deny nothing that is granted.
    fn deny(&self, denied: Region, effective: &Effective, writer: &Writer) -> Option<Vec<Statement>> {
        let touch = self.touching(denied.resources);
        let actions = writer.ways(denied.actions, touch, denied.actions, FEW_NAMES);
        let mut made = Vec::new();
        for way in ways(&self.engine.facts.arena().conditions, denied.condition) {
            for part in self.parts(denied.resources, &way) {
                if !part.but.is_empty() || !part.only.is_empty() {
                    continue;
                }
                let plain = actions.iter().filter(|actions| actions.but.is_empty());
                let mut statements = plain.map(|actions| deny(&actions.actions, &part.resources, &way.block));
                made.extend(statements.find(|deny| self.takes_nothing(deny, &denied, effective)));
            }
        }
        let said = self.read(&made)?.denies;
        self.left_of(denied, &said).is_some_and(|left| left.is_empty()).then_some(made)
    }

    /// Whether a Deny says nothing but what is denied.
    fn takes_nothing(&self, deny: &Statement, denied: &Region, effective: &Effective) -> bool {
        let Some(said) = self.read(std::slice::from_ref(deny)) else { return false };
        let others: Vec<Region> = std::iter::once(denied)
            .chain(effective.denied.iter().filter(|other| *other != denied))
            .copied()
            .collect();
        said.denies.iter().all(|region| {
            self.left_of(*region, &others[..1]).is_some_and(|left| left.is_empty())
                || (effective.crowded.is_empty()
                    && !effective.grantable.iter().any(|own| self.meet(own, region)))
                || self.left_of(*region, &others).is_some_and(|left| left.is_empty())
        })
    }
}

fn deny(actions: &Listed, resources: &Listed, condition: &Block) -> Statement {
    let (actions, resources) = (actions.clone(), resources.clone());
    Statement { denies: true, actions, resources, condition: condition.clone() }
}
