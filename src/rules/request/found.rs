//! What was found out about a request so far.

use super::Matched;
use crate::facts::compile::DENIES;
use crate::facts::{Layer, StatementId};
use crate::region::condition::{ConditionId, Conditions};
use crate::rules::decision::Evaluated;
use crate::rules::notes::Part;

pub(super) struct Found<'a> {
    pub(super) evaluated: Evaluated,
    pub(super) matched: Vec<Matched>,
    pub(super) conditions: &'a Conditions,
}

impl<'a> Found<'a> {
    pub(super) fn nothing(conditions: &'a Conditions) -> Self {
        Self { evaluated: Evaluated::silent(), matched: Vec::new(), conditions }
    }

    pub(super) fn into_part(self) -> Part {
        Part { evaluated: self.evaluated, matched: self.matched }
    }

    /// Adds what a part says: its Denies and grants, and what it allows in some layers.
    pub(super) fn add_part(&mut self, part: &Part, allows: &[Layer]) {
        let (evaluated, of_part) = (&mut self.evaluated, &part.evaluated);
        for &layer in allows {
            evaluated.allows[layer as usize] = of_part.allow(layer);
        }
        for layer in Layer::ALL {
            let denies = &mut evaluated.denies[layer as usize];
            *denies = self.conditions.or(*denies, of_part.deny(layer));
        }
        evaluated.may_deny = self.conditions.or(evaluated.may_deny, of_part.may_deny);
        evaluated.grants.extend_from_slice(&of_part.grants);
        self.matched.extend_from_slice(&part.matched);
    }

    /// A policy that was not collected may deny the request.
    pub(super) fn may_deny(&mut self, what: &str) {
        let denies = self.conditions.missing(&format!("{what}{DENIES}"));
        self.evaluated.may_deny = self.conditions.or(self.evaluated.may_deny, denies);
    }

    pub(super) fn add(&mut self, layer: Layer, statement: StatementId, denies: bool, condition: ConditionId) {
        if condition.is_never() {
            return;
        }
        self.matched.push(Matched { layer, statement, denies, condition });
        if !denies {
            return;
        }
        let denied = match self.conditions.contains_missing(condition) {
            true => &mut self.evaluated.may_deny,
            false => &mut self.evaluated.denies[layer as usize],
        };
        *denied = self.conditions.or(*denied, condition);
    }
}
