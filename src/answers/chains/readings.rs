//! On which readings of what AWS leaves open it depends who becomes whom: those by which a hop would be made under another condition,
//! or a call that is denied would be a hop.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::hops::{Call, Hop, HopId, Hops};
use super::paths::Paths;
use super::reach::{Direction, Ways};
use super::through::Through;
use crate::answers::context::Context;
use crate::answers::depends::{Depends, named};
use crate::answers::engine::Engine;
use crate::answers::who_can::may;
use crate::facts::PrincipalId;
use crate::facts::readings::{Question, Questions};
use crate::region::condition::Verdict;
use crate::rules::decision::{Decided, Decision};
use crate::rules::notes::Notes;
use crate::rules::request::{Caller, Prepared, SessionPolicies};

impl Engine {
    /// The readings on which all hops of an estate depend.
    pub fn depends_of_all(&self, hops: &Hops) -> Vec<Depends> {
        self.depends_of(hops, hops.all().iter().chain(&hops.declined), &|_| true)
    }

    /// The readings on which ways from or to a principal depend, and that there are no others.
    pub fn depends_of_ways(
        &self,
        hops: &Hops,
        ways: &Ways,
        wants: &dyn Fn(PrincipalId) -> bool,
    ) -> Vec<Depends> {
        let reached = |id| hops.steps.of(id).any(|session| ways.reaches(session));
        let surely: FxHashSet<PrincipalId> = ways
            .ways
            .iter()
            .filter(|way| way.decision == Decision::Allowed)
            .map(|way| way.principal)
            .collect();
        let ends = |hop: &Hop| match ways.direction() {
            Direction::From => (hop.from, hop.to),
            Direction::To => (hop.to, hop.from),
        };
        // A call that would lead to somebody who is reached surely anyway adds nothing.
        let beside = hops.declined.iter().filter(|hop| {
            let (near, far) = ends(hop);
            reached(near) && !surely.contains(&far)
        });
        let mut taken: Vec<HopId> = Vec::new();
        for way in ways.ways.iter().filter(|way| wants(way.principal)) {
            taken.extend(ways.path(way).into_iter().map(|step| hops.step(step).hop));
            taken.sort_unstable();
            taken.dedup();
        }
        let taken = taken.into_iter().map(|id| hops.get(id));
        self.depends_of(hops, taken.chain(beside), &|hop| reached(ends(hop).0))
    }

    /// The readings on which paths between two principals depend, or that there is none.
    pub fn depends_of_paths(
        &self,
        hops: &Hops,
        (from, to): (PrincipalId, PrincipalId),
        paths: Option<&Paths>,
    ) -> Vec<Depends> {
        if let Some(paths) = paths {
            let taken = paths.paths.iter().flatten().map(|&step| hops.hop_of(step));
            return self.depends_of(hops, taken, &|_| false);
        }
        let [before, after] = [(from, Direction::From), (to, Direction::To)]
            .map(|(end, direction)| hops.ways(end, direction, None));
        let reaches = |ways: &Ways, id| hops.steps.of(id).any(|session| ways.reaches(session));
        let joins = |hop: &&Hop| reaches(&before, hop.from) && reaches(&after, hop.to);
        // With a tag that a session inherits, further hops can be made.
        self.depends_of(hops, hops.declined.iter().filter(joins), &|hop| reaches(&before, hop.from))
    }

    /// The readings on which it depends who gets a request by becoming one of those who may make it.
    pub fn depends_of_through(
        &self,
        hops: &Hops,
        through: &Through,
        ends: &[PrincipalId],
        wants: &dyn Fn(PrincipalId) -> bool,
    ) -> Vec<Depends> {
        let gained = || through.gained.iter().filter(|gained| wants(gained.principal));
        let leads: FxHashSet<PrincipalId> =
            ends.iter().copied().chain(through.gained.iter().map(|gained| gained.principal)).collect();
        let surely: FxHashSet<PrincipalId> =
            gained().filter(|gained| gained.decision == Decision::Allowed).map(|it| it.principal).collect();
        let adds = |hop: &Hop| leads.contains(&hop.to) && wants(hop.from) && !surely.contains(&hop.from);
        let taken = gained().flat_map(|gained| &gained.path).map(|step| hops.get(step.hop));
        let declined = hops.declined.iter().filter(|hop| adds(hop));
        self.depends_of(hops, taken.chain(declined), &adds)
    }

    /// The readings on which some calls depend, and hops that sessions which inherit tags make as far as `counts`.
    fn depends_of<'h>(
        &self,
        hops: &Hops,
        calls: impl Iterator<Item = &'h Hop>,
        counts: &dyn Fn(&Hop) -> bool,
    ) -> Vec<Depends> {
        let readings = self.facts.compiler.assumptions.readings;
        let mut found = self.differing(calls);
        let inherited = hops.steps.by_inherited_tags().iter().any(|&id| counts(hops.get(id)));
        if inherited && readings.is_default(Question::InheritedTagsNeed) {
            found = found.with(Question::InheritedTagsNeed);
        }
        found.iter().map(|question| named(&readings, question)).collect()
    }

    /// The questions by another reading of which one of some calls comes out otherwise.
    fn differing<'h>(&self, calls: impl Iterator<Item = &'h Hop>) -> Questions {
        let mut of_roles: BTreeMap<(PrincipalId, Call), Vec<(PrincipalId, &Hop)>> = BTreeMap::new();
        let mut concerned = Questions::NONE;
        for hop in calls.filter(|hop| !hop.concerned.is_empty()) {
            if let Some((from, by)) = self.request_of(hop) {
                concerned = concerned.union(hop.concerned);
                of_roles.entry((hop.to, by)).or_default().push((from, hop));
            }
        }
        concerned.only(|question| {
            of_roles.par_iter().any(|(&(role, by), calls)| self.differs(question, role, by, calls))
        })
    }

    fn differs(
        &self,
        question: Question,
        role: PrincipalId,
        by: Call,
        calls: &[(PrincipalId, &Hop)],
    ) -> bool {
        let mut calls = calls.iter().filter(|(_, hop)| hop.concerned.has(question)).peekable();
        let role = &self.facts.principal(role).name;
        let target = self.target_of(by.name(), Some(role), None, &mut Vec::new());
        let (Some(_), Ok(target)) = (calls.peek(), target) else { return false };
        let context = Context::new();
        let context = context.bindings(&self.facts.arena().conditions);
        let readings = self.facts.compiler.assumptions.readings.otherwise(question);
        let prepared = Prepared::by_readings(&self.facts, &self.sides, &target, &context, readings);
        let prepared = prepared.only_loaded();
        let mut notes = Notes::default();
        calls.any(|&(from, hop)| {
            let caller = Caller { session: SessionPolicies::None, ..self.calling(from) };
            let (decided, _) = prepared.decide(&self.routes, &caller, Some(&mut notes));
            !self.is_same_hop(hop, &decided)
        })
    }

    fn is_same_hop(&self, hop: &Hop, other: &Decided) -> bool {
        let conditions = &self.facts.arena().conditions;
        let is_made = hop.decision.may_be_allowed() && !hop.condition.is_never();
        match (is_made, may(other)) {
            (true, true) => {
                hop.decision == other.decision
                    && (hop.condition == other.condition
                        || conditions.equivalent(hop.condition, other.condition) == Verdict::Yes)
            }
            (made, other) => made == other,
        }
    }
}
