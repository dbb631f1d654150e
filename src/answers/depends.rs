//! On which readings of what AWS leaves open an answer depends.
//!
//! A question is named if the request comes out otherwise by another reading of it. The rules say cheaply which questions
//! come into consideration (`rules::request::Prepared::concerned`), and only those are decided again. A question about
//! which documents are compiled by a reading needs facts of its own.

use super::can::Answer;
use super::engine::Engine;
use crate::estate::Tags;
use crate::facts::readings::{Question, Questions, Readings};
use crate::facts::{Held, PolicyId};
use crate::region::condition::{Conditions, Verdict};
use crate::rules::decision::Decided;

/// A question and the reading on which an answer depends.
pub type Depends = (&'static str, &'static str);

/// Whether two readings of a request come to the same.
pub(super) fn same(conditions: &Conditions, one: &Decided, other: &Decided) -> bool {
    one.decision == other.decision
        && (one.condition == other.condition
            || conditions.equivalent(one.condition, other.condition) == Verdict::Yes)
}

/// The same for decisions by different facts.
pub(super) fn same_apart(one: (&Conditions, &Decided), other: (&Conditions, &Decided)) -> bool {
    one.1.decision == other.1.decision && one.0.text(one.1.condition) == other.0.text(other.1.condition)
}

/// A question as it is read.
pub(super) fn named(readings: &Readings, question: Question) -> Depends {
    (question.row().id, readings.choice(question).name)
}

impl Engine {
    /// Those among the questions that concern a request on which its decision depends. `otherwise` decides it by other readings.
    pub(super) fn depends_on(
        &self,
        concerned: Questions,
        decided: &Decided,
        otherwise: impl Fn(Readings) -> Decided,
    ) -> Vec<Depends> {
        let conditions = &self.facts.arena().conditions;
        let readings = self.facts.compiler.assumptions.readings;
        let open = concerned.iter().filter(|&question| readings.is_default(question));
        let differs =
            |question: &Question| !same(conditions, decided, &otherwise(readings.otherwise(*question)));
        open.filter(differs).map(|question| named(&readings, question)).collect()
    }

    /// The same estate by another reading of a question.
    pub(super) fn otherwise(&self, question: Question) -> Engine {
        let mut options = self.options.clone();
        options.assumptions.readings = options.assumptions.readings.otherwise(question);
        Engine::new(&self.facts.estate, options)
    }

    /// The questions on which an answer could depend and by which documents are compiled or keys derived.
    pub(super) fn compiled_by(&self, question: &super::Question, answer: &Answer<'_>) -> Questions {
        let target = &answer.target;
        let has_empty = |tags: &Tags| tags.iter().any(|(_, value)| value.is_empty());
        let tags_of_resource = target.tagged.iter().filter_map(|record| record.tags.as_ref());
        let tags_of_caller = answer.caller.identity().map(|identity| &identity.tags);
        let empty =
            question.context.has_empty_values() || tags_of_resource.chain(tags_of_caller).any(has_empty);
        let topic = target.action.name.starts_with("sns:");
        if !empty && !topic {
            return Questions::default();
        }
        let readings = &self.facts.compiler.assumptions.readings;
        let mut policies: Vec<PolicyId> = target.held.iter().filter_map(Held::policy).collect();
        if let Some(id) = self.facts.principal_id(&answer.caller.name) {
            let side = self.sides.of(&self.facts, id);
            let own = side.identity.iter().chain(&side.boundary);
            policies.extend(
                own.chain(side.scps.iter().flat_map(|level| &level.policies)).map(|(policy, _)| policy),
            );
        }
        let mut found = Questions::default();
        for policy in policies {
            let compiled = self.facts.compiled(policy);
            for test in
                compiled.document.document().statements.iter().flat_map(|statement| &statement.conditions)
            {
                let operator = &*test.operator.value;
                let null = empty && operator.eq_ignore_ascii_case("Null");
                let any = empty && operator.to_ascii_lowercase().starts_with("foranyvalue");
                let owner = topic && test.key.value.eq_ignore_ascii_case("aws:SourceOwner");
                found = found
                    .with_if(null, Question::NullOfEmpty)
                    .with_if(null, Question::NullOfTagKeys)
                    .with_if(any, Question::AnyValueOfEmpty)
                    .with_if(owner, Question::SourceOwner);
            }
        }
        found.only(|question| readings.is_default(question))
    }
}

/// The questions about empty values on which a request that holds one could depend, by the texts of its policies.
pub(super) fn about_empty_values<'t>(policies: impl Iterator<Item = &'t str>) -> Questions {
    policies.fold(Questions::default(), |found, text| {
        let has = |word: &str| {
            text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
        };
        let null = has("null");
        found
            .with_if(null, Question::NullOfEmpty)
            .with_if(null, Question::NullOfTagKeys)
            .with_if(has("foranyvalue"), Question::AnyValueOfEmpty)
    })
}
