//! A resource with wildcards: each part that policies tell apart is asked about by one resource that stands for it.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::asking::Asking;
use super::strangers::{Standins, Stranger};
use super::{Reverse, ReverseRow, Unknown, WhoCan};
use crate::answers::can::{QuestionError, malformed_account};
use crate::answers::engine::Engine;
use crate::answers::external::Who;
use crate::answers::parts::{Naming, Part, Stands, told_apart};
use crate::facts::{AskedAction, PrincipalId, Target};
use crate::region::condition::Bindings;
use crate::region::resource::{LimitExceeded, ResourceSetId};
use crate::rules::decision::Decided;
use crate::rules::request::{Examined, OtherEndpoints};

/// Parts of a resource on which the answer is the same, for each of those asked.
struct Alike<T>(FxHashMap<T, Vec<(Vec<ResourceSetId>, Decided, Examined)>>);

/// An answer on a part.
type On<T> = (T, ResourceSetId, Decided, Examined);

impl<T> Default for Alike<T> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<T: Clone + Eq + std::hash::Hash> Alike<T> {
    fn add(&mut self, (who, resources, decided, examined): On<T>) {
        let of_one = self.0.entry(who).or_default();
        let alike = of_one.iter_mut().find(|(_, known, by)| {
            (known.decision, known.condition) == (decided.decision, decided.condition)
                && by.matched == examined.matched
        });
        match alike {
            Some((sets, ..)) => sets.push(resources),
            None => of_one.push((vec![resources], decided, examined)),
        }
    }

    /// Each answer with what it is called that it holds for.
    fn named(self, engine: &Engine, action: &AskedAction) -> Vec<(T, String, Decided, Examined)> {
        let mut naming = Naming::new(engine, action);
        let mut names: FxHashMap<ResourceSetId, String> = FxHashMap::default();
        let all = self.0.into_iter().flat_map(|(who, alike)| {
            alike.into_iter().map(move |(sets, decided, examined)| (who.clone(), sets, decided, examined))
        });
        let named = all.map(|(who, sets, decided, examined)| {
            let whole = engine.facts.arena().resources.union_all(&sets);
            let name = names.entry(whole).or_insert_with(|| naming.name(whole));
            (who, name.clone(), decided, examined)
        });
        named.collect()
    }
}

/// A question about a part.
struct OnPart<'a> {
    engine: &'a Engine,
    question: &'a Reverse,
    context: &'a (dyn Bindings + Sync),
    part: &'a Part,
    target: &'a Target,
    asking: &'a Asking<'a>,
    /// What the resource's side tells apart.
    resource_side: Vec<ResourceSetId>,
}

impl OnPart<'_> {
    /// The principals who may do it, each on the pieces where it may.
    fn principals(&self) -> Result<Vec<On<PrincipalId>>, LimitExceeded> {
        let (engine, by_loaded) = (self.engine, by_loaded(self.question));
        let wanted = self.asking.wanted(by_loaded);
        let of_callers = self.question.context.speaks_of_callers();
        if self.part.is_one() {
            let allowed = match of_callers {
                true => engine.index().by_name().to_vec(),
                false => engine.index().allowed(&engine.facts, self.target),
            };
            let candidates = engine.candidates(self.target, wanted, &allowed);
            let row = |principal, decided, examined| (principal, self.part.resources, decided, examined);
            return Ok(self.asking.ask_all(&candidates, by_loaded, row));
        }
        let allowed = match of_callers {
            true => engine.index().by_name().to_vec(),
            false => engine.index().allowed_within(&engine.facts, self.target, self.part.resources),
        };
        // Whoever may have a route on some piece: the resource side is the same for all pieces but for its patterns.
        let candidates = engine.candidates(self.target, &wanted.on_any_resource(), &allowed);
        let found: Result<Vec<Vec<_>>, _> =
            candidates.into_par_iter().map(|principal| self.principal(principal, by_loaded)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    fn principal(
        &self,
        principal: PrincipalId,
        by_loaded: bool,
    ) -> Result<Vec<On<PrincipalId>>, LimitExceeded> {
        let engine = self.engine;
        let own = self.asking.own_side(principal);
        let side = own.as_ref().unwrap_or_else(|| engine.sides.of(&engine.facts, principal));
        let pieces = engine.split_for(self.part, self.target, side, &self.resource_side)?;
        let on_piece = |piece: Part| {
            let target = self.target_of(&piece);
            let asking = self.asking_about(&target);
            let found = asking.ask_with(principal, side, by_loaded);
            self.asking.depends_also(asking.depends());
            let (decided, examined) = found?;
            Some((principal, piece.resources, decided, examined))
        };
        Ok(pieces.into_iter().filter_map(on_piece).collect())
    }

    /// The strangers who may do it.
    fn strangers(&self, standins: &Standins) -> Result<Vec<On<Who>>, LimitExceeded> {
        let (engine, by_loaded) = (self.engine, by_loaded(self.question));
        if engine.options.strangers || !self.asking.lets_anybody_in(by_loaded) {
            return Ok(Vec::new());
        }
        let sets = &engine.facts.arena().resources;
        let mut found = Vec::new();
        for piece in told_apart(sets, self.part, self.resource_side.iter().copied())? {
            let target = self.target_of(&piece);
            let asking = self.asking_about(&target);
            let strangers = engine.strangers(&asking, &target, standins, by_loaded);
            self.asking.depends_also(asking.depends());
            let on = |(who, decided, examined)| (who, piece.resources, decided, examined);
            found.extend(strangers.into_iter().map(on));
        }
        Ok(found)
    }

    fn target_of(&self, piece: &Part) -> Target {
        self.engine.target_of_part(&self.target.action, piece, self.question.resource_account)
    }

    fn asking_about<'t>(&'t self, target: &'t Target) -> Asking<'t> {
        Asking::new(self.engine, target, &self.question.context, self.context, Stands::of(self.part))
    }
}

fn by_loaded(question: &Reverse) -> bool {
    question.unknown != Unknown::Listed
}

impl Engine {
    pub(super) fn who_can_pattern(
        &self,
        question: &Reverse,
        pattern: &str,
    ) -> Result<WhoCan<'_>, QuestionError> {
        if let Some(error) = malformed_account(pattern) {
            return Err(error);
        }
        let action = self.facts.asked_action(&question.action);
        let context = question.context.bindings(&self.facts.arena().conditions);
        let too_many = |limit: LimitExceeded| QuestionError::TooManyParts(limit.to_string());
        let standins = self.standins();
        let mut answer = self.nobody_yet(&action.name);
        let (mut principals, mut strangers) = (Alike::default(), Alike::default());
        for part in self.governed_parts(&action, pattern)? {
            // Odd things about what is asked.
            self.target_of(
                &question.action,
                Some(&part.example),
                question.resource_account,
                &mut answer.warnings,
            )?;
            let target = self.target_of_part(&action, &part, question.resource_account);
            answer.consulted.extend(target.resource_side());
            let asking = Asking::new(self, &target, &question.context, &context, Stands::of(&part));
            let resource_side = asking.wanted(by_loaded(question)).on_any_resource().resource_sets();
            let on_part = OnPart {
                engine: self,
                question,
                context: &context,
                part: &part,
                target: &target,
                asking: &asking,
                resource_side,
            };
            let found = on_part.principals().map_err(too_many)?;
            let decided = found.iter().map(|(_, _, decided, examined)| (decided, examined));
            answer.missing.extend(self.missing_of(asking.all(), decided));
            let bear = |endpoints: OtherEndpoints<'_>| {
                found.iter().any(|(id, _, decided, _)| endpoints.bear(self.facts.principal(*id), decided))
            };
            answer.other_endpoints |= asking.all().other_endpoints().is_some_and(bear);
            found.into_iter().for_each(|found| principals.add(found));
            on_part
                .strangers(&standins)
                .map_err(too_many)?
                .into_iter()
                .for_each(|found| strangers.add(found));
            answer.depends = answer.depends.union(asking.depends());
        }
        answer.rows = principals
            .named(self, &action)
            .into_iter()
            .map(|(principal, resource, decided, examined)| ReverseRow {
                principal,
                resource,
                decided,
                examined,
            })
            .collect();
        self.drop_strangers_among_all(&mut answer.rows);
        self.sort(&mut answer.rows);
        answer.strangers = strangers
            .named(self, &action)
            .into_iter()
            .map(|(who, resource, decided, examined)| Stranger { who, resource, decided, examined })
            .collect();
        answer.strangers.sort_by(|a, b| (&a.who, &a.resource).cmp(&(&b.who, &b.resource)));
        answer.missing.sort();
        answer.missing.dedup();
        answer.warnings.extend(self.odd(question, &answer.rows));
        answer.warnings.sort();
        answer.warnings.dedup();
        answer.consulted.sort_unstable();
        answer.consulted.dedup();
        answer.stated = question.context.of_sessions(&self.facts.arena().conditions);
        Ok(answer)
    }
}
