//! Allows beside Denies: what is allowed before any Deny as an Allow, and each Deny as one of its own.
//!
//! For requests that fall apart into no few patterns once Denies are subtracted.

use rustc_hash::FxHashMap;

use super::actions::{FEW_NAMES, Writer};
use super::blocks::ways;
use super::check::{Check, Said};
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

/// What is allowed before any Deny, with the Denies that touch it.
struct Touched {
    permitted: Region,
    near: Vec<Region>,
    /// Those of them that no statement says.
    unwritten: Vec<Region>,
}

impl Check<'_> {
    /// Statements for what is left of the permitted regions.
    pub fn beside(&self, effective: &Effective, left: &[Region], writer: &Writer) -> Beside {
        let mut beside = Beside::default();
        let permitted = self.distinct(&effective.permitted);
        let is_near = |denied: &&Region| permitted.iter().any(|permitted| self.meet(permitted, denied));
        let near: Vec<Region> = effective.denied.iter().filter(is_near).copied().collect();
        let written = self.written(&near, effective, writer);
        let touched = permitted.into_iter().map(|permitted| {
            let near: Vec<Region> =
                near.iter().filter(|denied| self.meet(&permitted, denied)).copied().collect();
            let unwritten = near.iter().filter(|denied| !written.contains_key(*denied)).copied().collect();
            Touched { permitted, near, unwritten }
        });
        let touched: Vec<Touched> = touched.collect();
        // All of these may be allowed, with their Denies beside them.
        let open = touched.iter().filter(|of| of.unwritten.is_empty());
        let open: Vec<Region> = open.map(|of| of.permitted).collect();
        for Touched { permitted, near, unwritten } in &touched {
            if !left.iter().any(|left| self.meet(permitted, left)) {
                continue;
            }
            let Some(pieces) = self.left_of(*permitted, unwritten) else { continue };
            let narrow = [pieces.as_slice(), &effective.grantable].concat();
            let (mut groups, mut said, mut is_whole) = self.allowing(*permitted, &pieces, &narrow, writer);
            let mut denies: Vec<&Region> = near.iter().collect();
            if !is_whole && unwritten.is_empty() && open.len() > 1 {
                let wide = [narrow.as_slice(), &open].concat();
                let more = self.allowing(*permitted, &pieces, &wide, writer);
                if more.2 {
                    (groups, said, is_whole) = more;
                    let reached = |of: &&Touched| {
                        of.unwritten.is_empty()
                            && said.allows.iter().any(|allowed| self.meet(allowed, &of.permitted))
                    };
                    denies.extend(touched.iter().filter(reached).flat_map(|of| &of.near));
                }
            }
            if said.allows.is_empty() {
                continue;
            }
            if unwritten.is_empty() && is_whole {
                beside.whole.push(*permitted);
            }
            beside.groups.append(&mut groups);
            let denies = denies.into_iter().filter_map(|denied| written.get(denied));
            beside.denies.extend(denies.flatten().cloned());
        }
        beside
    }

    /// Statements for each of some Denies that they say in full; one may be said along with others.
    fn written(
        &self,
        denied: &[Region],
        effective: &Effective,
        writer: &Writer,
    ) -> FxHashMap<Region, Vec<Statement>> {
        let of = denied.iter().filter_map(|denied| Some((*denied, self.deny(*denied, effective, writer)?)));
        let mut written: FxHashMap<Region, Vec<Statement>> = of.collect();
        let mut all: Vec<Statement> = written.values().flatten().cloned().collect();
        all.sort_unstable();
        all.dedup();
        let others: Vec<Region> =
            denied.iter().filter(|denied| !written.contains_key(*denied)).copied().collect();
        for other in others {
            let touches = |deny: &&Statement| {
                let said = self.read(std::slice::from_ref(*deny));
                said.is_some_and(|said| said.denies.iter().any(|region| self.meet(region, &other)))
            };
            let along: Vec<Statement> = all.iter().filter(touches).cloned().collect();
            let said = self.read(&along).map(|said| said.denies).unwrap_or_default();
            if self.left_of(other, &said).is_some_and(|left| left.is_empty()) {
                written.insert(other, along);
            }
        }
        written
    }

    /// Allows of some pieces of a region that grant nothing beyond `within`, what they say, and whether that is the whole region.
    fn allowing(
        &self,
        permitted: Region,
        pieces: &[Region],
        within: &[Region],
        writer: &Writer,
    ) -> (Vec<Group>, Said, bool) {
        let mut groups = Vec::new();
        for piece in pieces {
            self.statements_of(*piece, within, writer, FEW_NAMES, &mut groups);
        }
        let said = self.said(&groups);
        let is_whole = self.left_of(permitted, &said.allows).is_some_and(|left| left.is_empty());
        (groups, said, is_whole)
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
