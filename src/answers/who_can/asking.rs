//! One request on a resource, asked of many callers.

use rayon::prelude::*;

use crate::answers::can::OfCaller;
use crate::answers::context::Context;
use crate::answers::engine::Engine;
use crate::answers::parts::Stands;
use crate::document::PrincipalElement;
use crate::document::principal::PrincipalKind as Named;
use crate::facts::{PrincipalFact, PrincipalId, Target};
use crate::region::condition::Bindings;
use crate::rules::decision::{Decided, Decision};
use crate::rules::notes::Notes;
use crate::rules::request::{Caller, Examined, Prepared, SessionPolicies, unstated};
use crate::rules::side::Side;

/// Callers that one thread asks after one another, sharing notes.
const CHUNK: usize = 512;

/// A target, with what was not collected of its side and without.
pub(super) struct Asking<'a> {
    engine: &'a Engine,
    /// What the context says of callers' credentials, if it speaks of them: the policies of each are read with it then.
    of_callers: Option<OfCaller<'a>>,
    /// Without grants and policies that were not collected.
    pub(super) loaded: Prepared<'a>,
    /// With them, if there are any.
    all: Option<Prepared<'a>>,
}

/// Notes on the callers of both.
#[derive(Default)]
struct NotesOnBoth<'a> {
    loaded: Notes<'a>,
    all: Notes<'a>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        target: &'a Target,
        stated: &Context,
        context: &'a (dyn Bindings + Sync),
        stands: Stands,
    ) -> Self {
        let prepared = || stands.read(&engine.facts, &engine.sides, target, context);
        let loaded = prepared().only_loaded();
        let all = (!loaded.is_loaded()).then(prepared);
        let conditions = &engine.facts.arena().conditions;
        let of_callers = stated.speaks_of_callers().then_some(OfCaller { conditions, context });
        Self { engine, of_callers, loaded, all }
    }

    /// The request as [`Engine::can`] decides it.
    pub(super) fn all(&self) -> &Prepared<'a> {
        self.all.as_ref().unwrap_or(&self.loaded)
    }

    /// The request by what was loaded, or as [`Engine::can`] decides it.
    pub(super) fn wanted(&self, by_loaded: bool) -> &Prepared<'a> {
        if by_loaded { &self.loaded } else { self.all() }
    }

    /// Whether the resource's side may let in whomever nobody named.
    pub(super) fn lets_anybody_in(&self, by_loaded: bool) -> bool {
        let prepared = self.wanted(by_loaded);
        let missing = prepared.missing_grants();
        names_everybody(prepared)
            || prepared.target.open_without_policy && prepared.target.held.is_empty()
            || missing.abroad
            || missing.own_side
            || missing.without_policies
            || missing.counts && prepared.ids_of_nobody().next().is_some()
    }

    /// Whether nothing that could grant or deny is missing on the resource's side.
    pub(super) fn is_loaded(&self) -> bool {
        self.all.is_none()
    }

    /// Those among some principals who may do it, with what `keep` makes of the answer. `by_loaded`: as far as something that
    /// was loaded lets them in.
    pub(super) fn ask_all<T: Send>(
        &self,
        principals: &[PrincipalId],
        by_loaded: bool,
        keep: impl Fn(PrincipalId, Decided, Examined) -> T + Sync,
    ) -> Vec<T> {
        let rows: Vec<Vec<T>> = principals
            .par_chunks(CHUNK)
            .map(|principals| {
                let mut notes = NotesOnBoth {
                    all: Notes::on(principals.len()),
                    loaded: if self.is_loaded() { Notes::default() } else { Notes::on(principals.len()) },
                };
                let one = |&principal: &PrincipalId| {
                    let (decided, examined) = match self.of_callers {
                        Some(_) => self.ask(principal, by_loaded)?,
                        None => self.decide(&self.engine.calling(principal), by_loaded, Some(&mut notes))?,
                    };
                    Some(keep(principal, decided, examined))
                };
                principals.iter().filter_map(one).collect()
            })
            .collect();
        rows.into_iter().flatten().collect()
    }

    /// The same of one principal.
    pub(super) fn ask(&self, principal: PrincipalId, by_loaded: bool) -> Option<(Decided, Examined)> {
        match self.own_side(principal) {
            None => self.decide(&self.engine.calling(principal), by_loaded, None),
            Some(side) => self.ask_with(principal, &side, by_loaded),
        }
    }

    /// The same with the side of the principal as [`Self::own_side`] reads it.
    pub(super) fn ask_with(
        &self,
        principal: PrincipalId,
        side: &Side,
        by_loaded: bool,
    ) -> Option<(Decided, Examined)> {
        let fact = self.engine.facts.principal(principal);
        self.decide(&Caller { fact, side, session: unstated(fact) }, by_loaded, None)
    }

    /// The policies of a principal read with what the context says of callers; none: it says nothing of them.
    pub(super) fn own_side(&self, principal: PrincipalId) -> Option<Side> {
        let (facts, of_callers) = (&self.engine.facts, self.of_callers.as_ref()?);
        Some(self.engine.sides.with(facts, facts.principal(principal), Some(principal), Some(of_callers)))
    }

    /// The same of a caller that is no principal of the facts.
    pub(super) fn ask_caller(
        &self,
        fact: &'a PrincipalFact,
        side: &'a Side,
        by_loaded: bool,
    ) -> Option<(Decided, Examined)> {
        self.decide(&Caller { fact, side, session: unstated(fact) }, by_loaded, None)
    }

    fn decide(
        &self,
        caller: &Caller<'a>,
        by_loaded: bool,
        mut notes: Option<&mut NotesOnBoth<'a>>,
    ) -> Option<(Decided, Examined)> {
        let routes = &self.engine.routes;
        let found = self.all().decide(routes, caller, notes.as_deref_mut().map(|notes| &mut notes.all));
        if !may(&found.0) {
            return None;
        }
        if by_loaded && found.0.decision != Decision::Allowed && !self.is_loaded() {
            let notes = notes.map(|notes| &mut notes.loaded);
            return may(&self.loaded.decide(routes, caller, notes).0).then_some(found);
        }
        Some(found)
    }
}

/// Whether an Allow of the resource's side may mean whomever nobody named.
fn names_everybody(prepared: &Prepared) -> bool {
    let anybody = |kind: &Named| matches!(kind, Named::Everyone | Named::AnyProvider | Named::CanonicalUser);
    prepared.principals().filter(|(_, denies)| !denies).any(|(element, _)| match element {
        PrincipalElement::Entries { negated: false, entries } => {
            entries.iter().any(|entry| anybody(&entry.kind))
        }
        PrincipalElement::Missing | PrincipalElement::Nobody => false,
        _ => true,
    })
}

/// Whether it is no denial for sure.
fn may(decided: &Decided) -> bool {
    decided.decision.may_be_allowed() && !decided.condition.is_never()
}

impl Engine {
    /// The decision on one caller of whose session no policies are meant, unless it is a denial.
    pub(in crate::answers) fn ask<'a>(
        &'a self,
        prepared: &Prepared<'a>,
        principal: PrincipalId,
        notes: Option<&mut Notes<'a>>,
    ) -> Option<(Decided, Examined)> {
        let caller = Caller { session: SessionPolicies::None, ..self.calling(principal) };
        let (decided, examined) = prepared.decide(&self.routes, &caller, notes);
        may(&decided).then_some((decided, examined))
    }
}
