//! A resource with wildcards: each part that policies tell apart is asked about by one resource that stands for it.

use rayon::prelude::*;

use super::asking::{Asking, Stands};
use super::strangers::Stranger;
use super::{Reverse, ReverseRow, Unknown, WhoCan};
use crate::answers::can::{QuestionError, malformed_account};
use crate::answers::engine::Engine;
use crate::answers::parts::{Part, told_apart};
use crate::facts::PrincipalId;
use crate::region::resource::{LimitExceeded, ResourceSetId};
use crate::rules::decision::Decided;
use crate::rules::request::Examined;

/// Parts of a resource on which the answer is the same.
struct Alike<T>(Vec<(T, ResourceSetId, Decided, Examined)>);

impl<T: PartialEq> Alike<T> {
    fn add(
        &mut self,
        engine: &Engine,
        who: T,
        resources: ResourceSetId,
        decided: Decided,
        examined: Examined,
    ) {
        let alike = self.0.iter_mut().find(|(other, _, known, by)| {
            *other == who
                && (known.decision, known.condition) == (decided.decision, decided.condition)
                && by.matched == examined.matched
        });
        match alike {
            Some((_, set, ..)) => *set = engine.facts.arena().resources.union(*set, resources),
            None => self.0.push((who, resources, decided, examined)),
        }
    }
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
        let by_loaded = question.unknown != Unknown::Listed;
        let too_many = |limit: LimitExceeded| QuestionError::TooManyParts(limit.to_string());
        let standins = self.standins();
        let mut answer = self.nobody_yet(&action.name);
        for part in self.governed_parts(&action, pattern)? {
            let target = self.target_of(
                &question.action,
                Some(&part.example),
                question.resource_account,
                &mut answer.warnings,
            )?;
            answer.consulted.extend(target.resource_side());
            let asking = Asking::new(self, &target, &question.context, &context, Stands::ForOthers);
            let wanted = asking.wanted(by_loaded);
            let resource_side = wanted.resource_sets();
            let allowed = match question.context.speaks_of_callers() {
                true => self.index().by_name().to_vec(),
                false => self.index().allowed_within(&self.facts, &target, part.resources),
            };
            // Whoever may have a route on some piece: the resource side is the same for all pieces but for its patterns.
            let whole = wanted.on_any_resource();
            let of_piece = |piece: &Part| {
                self.facts.target(target.action.clone(), &piece.example, question.resource_account)
            };
            let of_principal = |principal: PrincipalId| -> Result<Vec<ReverseRow>, LimitExceeded> {
                let own = asking.own_side(principal);
                let side = own.as_ref().unwrap_or_else(|| self.sides.of(&self.facts, principal));
                let pieces = self.split_for(&part, &target, side, &resource_side)?;
                let mut alike = Alike(Vec::new());
                for piece in pieces {
                    let target = of_piece(&piece);
                    let asking = Asking::new(self, &target, &question.context, &context, Stands::ForOthers);
                    if let Some((decided, examined)) = asking.ask_with(principal, side, by_loaded) {
                        alike.add(self, principal, piece.resources, decided, examined);
                    }
                }
                let row = |(principal, set, decided, examined)| ReverseRow {
                    principal,
                    resource: self.resource_text(set),
                    decided,
                    examined,
                };
                Ok(alike.0.into_iter().map(row).collect())
            };
            let candidates = self.candidates(&target, &whole, &allowed);
            let found: Result<Vec<Vec<ReverseRow>>, _> =
                candidates.into_par_iter().map(of_principal).collect();
            let mut found: Vec<ReverseRow> = found.map_err(too_many)?.into_iter().flatten().collect();
            self.drop_strangers_among_all(&mut found);
            answer.missing.extend(self.missing_of(asking.all(), found.iter().map(|row| &row.decided)));
            answer.other_endpoints |= self.rests_on_other_endpoints(asking.all(), &found);
            if !self.options.strangers && asking.lets_anybody_in(by_loaded) {
                let pieces = told_apart(&self.facts.arena().resources, part.resources, resource_side);
                let mut alike = Alike(Vec::new());
                for piece in pieces.map_err(too_many)? {
                    let target = of_piece(&piece);
                    let asking = Asking::new(self, &target, &question.context, &context, Stands::ForOthers);
                    for (who, decided, examined) in self.strangers(&asking, &target, &standins, by_loaded) {
                        alike.add(self, who, piece.resources, decided, examined);
                    }
                }
                answer.strangers.extend(alike.0.into_iter().map(|(who, set, decided, examined)| Stranger {
                    who,
                    resource: self.resource_text(set),
                    decided,
                    examined,
                }));
            }
            answer.rows.append(&mut found);
        }
        self.sort(&mut answer.rows);
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
