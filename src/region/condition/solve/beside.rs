//! What keys that are given say of open ones that are coupled with them (S-TRI-06, S-TRI-09).

use super::coupling::{self, Bundle, Facts};
use super::simplify::MAX_LEAVES;
use super::{Sat, Verdict};
use crate::region::condition::atom::literals;
use crate::region::condition::formula::{ConditionId, Conditions, View};
use crate::region::condition::key::{KeyId, Known};
use crate::region::condition::operator::{Operator, Quantifier};
use crate::region::condition::test::Test;

impl Conditions {
    /// The keys of a formula with which others are coupled.
    pub fn coupled_keys(&self, condition: ConditionId) -> impl Iterator<Item = KeyId> + '_ {
        self.keys(condition).iter().copied().filter(|&key| self.class(key) != 0)
    }

    /// Whether what is known of a key says something of one of the `open` ones.
    pub fn says_of(&self, key: KeyId, known: &Known<'_>, open: &[KeyId]) -> bool {
        if known.is_unknown() || self.class(key) == 0 {
            return false;
        }
        let name = &*self.key_of(key).name;
        let said = (name, Facts::known(name, known));
        open.iter().any(|&open| coupling::says_of(said, &self.key_of(open).name))
    }

    /// Whether something that could be known of a key would say something of another.
    pub fn may_say_of(&self, key: KeyId, other: KeyId) -> bool {
        self.class(key) != 0 && coupling::may_say_of(&self.key_of(key).name, &self.key_of(other).name)
    }

    /// What given keys hold, as far as it says something of keys that are coupled with them. What no request holds together
    /// is taken as it stands, and says nothing.
    pub fn held_together(&self, given: &[(KeyId, Known<'_>)]) -> ConditionId {
        let mut classes: Vec<u8> = given.iter().map(|(key, _)| self.class(*key)).collect();
        classes.sort_unstable();
        classes.dedup();
        self.and_all(classes.into_iter().map(|class| {
            let of_group = || given.iter().filter(move |(key, _)| self.class(*key) == class);
            let values = self.and_all(of_group().map(|(key, known)| self.held(*key, known)));
            let presence = || self.and_all(of_group().map(|(key, known)| self.presence(*key, known)));
            let is_possible = |condition: &ConditionId| matches!(self.satisfiable(*condition), Sat::Yes(_));
            Some(values)
                .filter(is_possible)
                .or_else(|| Some(presence()).filter(is_possible))
                .unwrap_or(ConditionId::ALWAYS)
        }))
    }

    /// A formula that agrees with `condition` wherever `known` holds, which is of other keys: `condition` itself if that says
    /// nothing of its keys.
    pub fn within(&self, condition: ConditionId, known: ConditionId) -> ConditionId {
        let is_coupled = |key| self.coupled_keys(known).any(|other| self.class(other) == self.class(key));
        if known.is_always() || !self.coupled_keys(condition).any(is_coupled) {
            return condition;
        }
        match self.view(condition) {
            View::All(members) => match self.independent_parts(&members).as_slice() {
                [] => self.within_part(condition, known),
                parts => self.and_all(parts.iter().map(|&part| self.within(part, known))),
            },
            View::Any(members) => {
                let complements: Vec<_> = members.into_iter().map(|member| self.not(member)).collect();
                match self.independent_parts(&complements).as_slice() {
                    [] => self.within_part(condition, known),
                    parts => self.or_all(parts.iter().map(|&part| self.within(self.not(part), known))),
                }
            }
            _ => self.within_part(condition, known),
        }
    }

    fn within_part(&self, condition: ConditionId, known: ConditionId) -> ConditionId {
        if self.leaves(condition) <= MAX_LEAVES {
            return self.reduce(condition, known);
        }
        match (self.implies(known, self.not(condition)), self.implies(known, condition)) {
            (Verdict::Yes, _) => ConditionId::NEVER,
            (_, Verdict::Yes) => ConditionId::ALWAYS,
            _ => condition,
        }
    }

    /// That a key is there or not, and whether it is true.
    fn presence(&self, key: KeyId, known: &Known<'_>) -> ConditionId {
        let is_true = || self.atom(Test::of(key, Operator::Bool, literals(["true"])));
        let present = self.not(self.absent(key));
        match known {
            Known::Unknown | Known::As(_) => ConditionId::ALWAYS,
            Known::Absent => self.absent(key),
            Known::Many(values) if values.is_empty() => self.absent(key),
            Known::One(value) if value.eq_ignore_ascii_case("true") => self.and(present, is_true()),
            Known::One(value) if value.eq_ignore_ascii_case("false") => {
                self.and(present, self.not(is_true()))
            }
            Known::One(_) | Known::Many(_) | Known::Held | Known::Named(..) => present,
        }
    }

    /// The same, and the values where they say something of other keys.
    fn held(&self, key: KeyId, known: &Known<'_>) -> ConditionId {
        let of = self.key_of(key);
        let operator = match coupling::bundle(&of.name) {
            Some((Bundle::Time, _)) => Operator::DateEquals,
            Some(_) => Operator::StringEquals,
            None if &*of.name == coupling::TAG_KEYS => Operator::StringEquals,
            None => return self.presence(key, known),
        };
        let equals = |values| Test::of(key, operator, literals(values));
        match known {
            Known::One(value) if !of.multivalued && !value.is_empty() => self.atom(equals(vec![&**value])),
            Known::Many(values) if of.multivalued && !values.is_empty() => {
                let all = equals(values.iter().map(|value| &**value).collect());
                let all = self.atom(Test { quantifier: Quantifier::ForAllValues, ..all });
                let each = values.iter().map(|value| {
                    let any = equals(vec![&**value]);
                    self.atom(Test { quantifier: Quantifier::ForAnyValue, ..any })
                });
                self.and_all(each.chain([all]))
            }
            known => self.presence(key, known),
        }
    }
}
