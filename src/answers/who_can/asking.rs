//! One request on a resource, asked of many callers.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;

use crate::answers::can::OfCaller;
use crate::answers::context::Context;
use crate::answers::depends::same;
use crate::answers::engine::Engine;
use crate::answers::parts::Stands;
use crate::document::PrincipalElement;
use crate::document::principal::PrincipalKind as Named;
use crate::estate::Estate;
use crate::facts::readings::{Question, Questions, Readings};
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
    context: &'a (dyn Bindings + Sync),
    stands: Stands,
    /// The questions on whose reading some answer depends so far.
    depends: Mutex<Questions>,
}

/// A caller, what was answered, and on the reading of which questions it could depend.
type Concerned = (PrincipalId, Option<Decided>, Questions);

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
        let conditions = &engine.facts.arena().conditions;
        let of_callers = stated.speaks_of_callers().then_some(OfCaller { conditions, context });
        let readings = engine.facts.compiler.assumptions.readings;
        Self::by_readings(engine, target, of_callers, context, stands, readings)
    }

    fn by_readings(
        engine: &'a Engine,
        target: &'a Target,
        of_callers: Option<OfCaller<'a>>,
        context: &'a (dyn Bindings + Sync),
        stands: Stands,
        readings: Readings,
    ) -> Self {
        let prepared = || stands.read_by(&engine.facts, &engine.sides, target, context, readings);
        let loaded = prepared().only_loaded();
        let all = (!loaded.is_loaded()).then(prepared);
        Self { engine, of_callers, loaded, all, context, stands, depends: Mutex::default() }
    }

    /// The same by another reading of a question.
    fn otherwise(&self, question: Question) -> Self {
        let of_callers = self.of_callers;
        let readings = self.readings().otherwise(question);
        let target = self.loaded.target;
        Self::by_readings(self.engine, target, of_callers, self.context, self.stands, readings)
    }

    fn readings(&self) -> Readings {
        self.engine.facts.compiler.assumptions.readings
    }

    /// The questions on whose reading answers depended so far.
    pub(super) fn depends(&self) -> Questions {
        *self.depends.lock()
    }

    /// Adds questions on which answers about a part depended.
    pub(super) fn depends_also(&self, questions: Questions) {
        let mut depends = self.depends.lock();
        *depends = depends.union(questions);
    }

    /// Asks by the other readings of questions, of those callers whom they concern, until an answer is another.
    fn ask_otherwise(&self, concerned: &[Concerned], by_loaded: bool) {
        let all = concerned.iter().fold(Questions::default(), |all, (.., questions)| all.union(*questions));
        let known = self.depends();
        for question in all.only(|question| !known.has(question)).iter() {
            let other = self.otherwise(question);
            let differs = concerned.par_chunks(CHUNK).any(|some| {
                let mut notes = NotesOnBoth::default();
                some.iter().filter(|(.., questions)| questions.has(question)).any(|(id, answered, _)| {
                    let found = match other.own_side(*id) {
                        Some(side) => other.decide(&other.calling_with(*id, &side), by_loaded, None).0,
                        None => other.decide(&other.engine.calling(*id), by_loaded, Some(&mut notes)).0,
                    };
                    !self.same(*answered, found.map(|(decided, _)| decided))
                })
            });
            if differs {
                self.depends_also(Questions::default().with(question));
            }
        }
    }

    /// The same of one caller.
    fn ask_one_otherwise(
        &self,
        caller: &Caller<'a>,
        answered: Option<Decided>,
        concerned: Questions,
        by_loaded: bool,
    ) {
        let known = self.depends();
        for question in concerned.only(|question| !known.has(question)).iter() {
            let other = self.otherwise(question);
            let found = other.decide(caller, by_loaded, None).0;
            if !self.same(answered, found.map(|(decided, _)| decided)) {
                self.depends_also(Questions::default().with(question));
            }
        }
    }

    fn same(&self, one: Option<Decided>, other: Option<Decided>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => same(&self.engine.facts.arena().conditions, &one, &other),
            (None, None) => true,
            _ => false,
        }
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
        let rows: Vec<(Vec<T>, Vec<Concerned>)> = principals
            .par_chunks(CHUNK)
            .map(|principals| {
                let mut notes = NotesOnBoth {
                    all: Notes::on(principals.len()),
                    loaded: if self.is_loaded() { Notes::default() } else { Notes::on(principals.len()) },
                };
                let mut concerned = Vec::new();
                let one = |&principal: &PrincipalId| {
                    let (found, questions) = match self.own_side(principal) {
                        Some(side) => self.decide(&self.calling_with(principal, &side), by_loaded, None),
                        None => self.decide(&self.engine.calling(principal), by_loaded, Some(&mut notes)),
                    };
                    if !questions.is_empty() {
                        let decided = found.as_ref().map(|(decided, _)| *decided);
                        concerned.push((principal, decided, questions));
                    }
                    let (decided, examined) = found?;
                    Some(keep(principal, decided, examined))
                };
                (principals.iter().filter_map(one).collect(), concerned)
            })
            .collect();
        let (rows, concerned): (Vec<Vec<T>>, Vec<Vec<Concerned>>) = rows.into_iter().unzip();
        self.ask_otherwise(&concerned.concat(), by_loaded);
        rows.into_iter().flatten().collect()
    }

    fn calling_with<'c>(&'c self, principal: PrincipalId, side: &'c Side) -> Caller<'c> {
        let fact = self.engine.facts.principal(principal);
        Caller { fact, side, session: unstated(fact) }
    }

    /// The same of one principal.
    pub(super) fn ask(&self, principal: PrincipalId, by_loaded: bool) -> Option<(Decided, Examined)> {
        match self.own_side(principal) {
            None => self.ask_once(&self.engine.calling(principal), by_loaded),
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
        self.ask_once(&self.calling_with(principal, side), by_loaded)
    }

    /// The policies of a principal read with what the context says of callers; none: it says nothing of them.
    pub(super) fn own_side(&self, principal: PrincipalId) -> Option<Side> {
        let (facts, of_callers) = (&self.engine.facts, self.of_callers.as_ref()?);
        Some(self.engine.sides.with(facts, facts.principal(principal), Some(principal), Some(of_callers)))
    }

    /// The canonical user ids by which the resource lets in somebody of whom no account is known.
    pub(super) fn open_canonical_ids(&self) -> BTreeSet<Arc<str>> {
        open_canonical_ids(self.all(), &self.engine.facts.estate)
    }

    /// The same of a caller that is no principal of the facts.
    pub(super) fn ask_caller(
        &self,
        fact: &PrincipalFact,
        side: &Side,
        by_loaded: bool,
    ) -> Option<(Decided, Examined)> {
        self.ask_once(&Caller { fact, side, session: unstated(fact) }, by_loaded)
    }

    fn ask_once(&self, caller: &Caller<'_>, by_loaded: bool) -> Option<(Decided, Examined)> {
        let (found, concerned) = self.decide(caller, by_loaded, None);
        self.ask_one_otherwise(caller, found.as_ref().map(|(decided, _)| *decided), concerned, by_loaded);
        found
    }

    /// The decision, unless it is a denial, and the questions on whose reading it could depend.
    fn decide<'c>(
        &'c self,
        caller: &Caller<'c>,
        by_loaded: bool,
        mut notes: Option<&mut NotesOnBoth<'c>>,
    ) -> (Option<(Decided, Examined)>, Questions) {
        let (routes, readings) = (&self.engine.routes, self.readings());
        let found = self.all().decide(routes, caller, notes.as_deref_mut().map(|notes| &mut notes.all));
        let concerned = self.all().concerned(caller, &found.1).only(|question| readings.is_default(question));
        if !may(&found.0) {
            return (None, concerned);
        }
        if by_loaded && found.0.decision != Decision::Allowed && !self.is_loaded() {
            let notes = notes.map(|notes| &mut notes.loaded);
            let by_loaded = self.loaded.decide(routes, caller, notes).0;
            return (may(&by_loaded).then_some(found), concerned);
        }
        (Some(found), concerned)
    }
}

/// The canonical user ids in Allows of the resource's side that no account is known to have (S-PRN-10).
fn open_canonical_ids(prepared: &Prepared, estate: &Estate) -> BTreeSet<Arc<str>> {
    let entries =
        prepared.principals().filter(|(_, denies)| !denies).flat_map(|(element, _)| match element {
            PrincipalElement::Entries { negated: false, entries } => entries.as_slice(),
            _ => &[],
        });
    let ids = entries.filter(|entry| entry.kind == Named::CanonicalUser).map(|entry| &*entry.text);
    ids.filter(|id| estate.account_of_canonical_id(id).is_none()).map(Arc::from).collect()
}

/// Whether an Allow of the resource's side may mean whomever nobody named.
fn names_everybody(prepared: &Prepared) -> bool {
    let anybody = |kind: &Named| matches!(kind, Named::Everyone | Named::AnyProvider | Named::CanonicalUser);
    prepared.principals().filter(|(_, denies)| !denies).any(|(element, _)| match element {
        PrincipalElement::Entries { negated: false, entries } => {
            entries.iter().any(|entry| anybody(&entry.kind))
        }
        PrincipalElement::Missing => false,
        _ => true,
    })
}

/// Whether it is no denial for sure.
pub(in crate::answers) fn may(decided: &Decided) -> bool {
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
