//! Condition keys and operators that do not fit each other or the statement's actions (S-COND-14, S-COND-20 to S-COND-45).

use std::collections::BTreeMap;

use super::actions::meant;
use super::principals::spares_private_addresses;
use super::{Check, Code, Finding};
use crate::catalog::{Catalog, ConditionKey, KeyScope, KeyType, Supply, issuer_claim};
use crate::document::variable::{Piece, pieces};
use crate::document::{
    ActionEntry, Comparison, Condition, ConditionValue, Effect, Operator, Place, SetOperator, Span,
    Statement, Test, Version,
};
use crate::facts::keys;

impl Check<'_, '_> {
    /// Whether something was found that keeps the statement from matching.
    pub(super) fn conditions(&mut self, statement: &Statement) -> bool {
        self.tests_nothing(statement);
        let mut stuck = false;
        let mut spellings: BTreeMap<String, &Condition> = BTreeMap::new();
        for condition in &statement.conditions {
            let Test::Readable { operator, values } = &condition.test else { continue };
            let name = &*condition.key.value;
            let place = key_place(statement, condition);
            let first = spellings.entry(name.to_ascii_lowercase()).or_insert(condition);
            if *first.key.value != *name && !condition.has_twin {
                let message = format!("`{}` and `{name}` are the same key", first.key.value);
                let finding = Finding::new(Code::KeySpelledTwice, message, place.clone());
                self.findings.push(finding.with_also(key_place(statement, first)));
            }
            match Catalog::embedded().key(name) {
                Some(key) => {
                    stuck |= self.fits(statement, *operator, key, &place);
                    self.values(*operator, key, values);
                    let impossible = self.values_of_key(statement, condition, key, &place);
                    stuck |= impossible && needs_key(condition);
                    stuck |= self.supplied(statement, condition, &place);
                }
                // The claims of a provider are its own affair.
                None => self.unknown_key(name, place.clone()),
            }
            if spares_private_addresses(condition) {
                let message = "`aws:SourceIp` never holds a private address, so this test is always true";
                let finding = Finding::new(Code::AlwaysTrue, message, place);
                self.report(finding.with_help("test `aws:VpcSourceIp`, which private addresses are in"));
            }
            if operator.comparison.takes_variables() {
                for value in values {
                    let ConditionValue::Text(text) = value else { continue };
                    self.variables(&text.value, text.span);
                }
            }
        }
        stuck
    }

    /// Reports a `Condition` without tests (S-GRAM-18).
    fn tests_nothing(&mut self, statement: &Statement) {
        if !statement.conditions.is_empty() || statement.malformed.is_some() {
            return;
        }
        let place = self.element(statement, "Condition");
        let after = self.text.get(place.span.end as usize..).unwrap_or_default().trim_start();
        if place.span.of(self.text) == "\"Condition\"" && after.starts_with(':') {
            let message = "this `Condition` tests nothing";
            self.report(Finding::new(Code::AlwaysTrue, message, place).milder());
        }
    }

    /// Reports a key that the catalog does not know. The claims of a provider are its own affair.
    fn unknown_key(&mut self, name: &str, place: Place) {
        if issuer_claim(name).is_some() {
            return;
        }
        let message = format!("no condition key is called `{name}`");
        // The name of a tag says nothing of the key that was meant.
        let tagged = name.split_once('/').map(|(prefix, _)| format!("{prefix}/${{TagKey}}"));
        let count = if self.may_suggest() { 3 } else { 0 };
        let nearest = Catalog::embedded().nearest_keys(tagged.as_deref().unwrap_or(name), count);
        let finding = Finding::new(Code::UnknownConditionKey, message, place);
        self.report(meant(finding, &nearest));
    }

    /// Reports the keys of policy variables that the catalog does not know (S-VAR-01).
    pub(super) fn variables(&mut self, text: &str, span: Span) {
        if self.document.version != Version::V2012 {
            return;
        }
        for piece in pieces(text) {
            if let Ok(Piece::Variable { key, .. }) = piece
                && Catalog::embedded().key(key).is_none()
            {
                self.unknown_key(key, self.place(span));
            }
        }
    }

    /// How the operator goes with what the key holds; whether AWS gives no result for the test.
    fn fits(&mut self, statement: &Statement, operator: Operator, key: &ConditionKey, place: &Place) -> bool {
        if operator.comparison == Comparison::Null {
            return false;
        }
        let name = operator.name();
        if let Some(expected) = misfit(operator.comparison, key) {
            let message =
                format!("`{name}` compares {expected}, and `{}` holds {}", key.name, words(key.key_type));
            self.report(Finding::new(Code::OperatorType, message, place.clone()));
        }
        match operator.set {
            None if key.multivalued => {
                let message = format!("`{}` holds several values, and `{name}` compares one", key.name);
                self.report(Finding::new(Code::MultivaluedKey, message, place.clone()));
                return true;
            }
            Some(SetOperator::ForAllValues)
                if statement.effect == Effect::Allow
                    && !is_meant_for_all(key)
                    && !is_required(statement, place) =>
            {
                let message = format!("`{name}` is also true where `{}` is absent", key.name);
                self.report(Finding::new(Code::ForAllValuesAllow, message, place.clone()));
            }
            Some(_) if !key.multivalued => {
                let message = format!("`{}` holds one value, and `{name}` expects several", key.name);
                self.report(Finding::new(Code::SetOperatorOnSingleValue, message, place.clone()));
            }
            _ => {}
        }
        false
    }

    fn values(&mut self, operator: Operator, key: &ConditionKey, values: &[ConditionValue]) {
        use Comparison::{StringEquals, StringEqualsIgnoreCase, StringNotEquals, StringNotEqualsIgnoreCase};
        let exact = [StringEquals, StringEqualsIgnoreCase, StringNotEquals, StringNotEqualsIgnoreCase];
        if !exact.contains(&operator.comparison) {
            return;
        }
        for value in values {
            let ConditionValue::Text(text) = value else { continue };
            let found = if text.value.replace("${*}", "").contains('*') {
                let message = format!("the `*` in `{}` is an ordinary character here", text.value);
                Finding::new(Code::LiteralWildcard, message, self.place(text.span))
            } else if key.key_type == KeyType::Ip && text.value.contains('/') {
                let message = format!("`{}` is compared as text and not as a range of addresses", text.value);
                Finding::new(Code::OperatorType, message, self.place(text.span))
                    .with_help("use `IpAddress` or `NotIpAddress`")
            } else {
                continue;
            };
            self.report(found);
        }
    }

    /// Reports a key that none of the statement's actions supplies; whether the statement then can't match.
    fn supplied(&mut self, statement: &Statement, condition: &Condition, place: &Place) -> bool {
        let name = &*condition.key.value;
        let element = &statement.actions;
        if element.negated || element.entries.is_empty() {
            return false;
        }
        let catalog = Catalog::embedded();
        let mut asked = 0;
        for entry in &element.entries {
            let ActionEntry::Pattern(text) = entry else { return false };
            for action in catalog.matching(&text.value).iter() {
                asked += 1;
                if catalog.supplies(action, name) != Supply::No {
                    return false;
                }
            }
        }
        if asked == 0 {
            return false;
        }
        let regions = self.regions_of(statement);
        let stuck = regions.is_some_and(|all| all.iter().all(|region| self.checker.is_empty(*region)));
        let what = if asked == 1 { "the action of this statement" } else { "no action of this statement" };
        let message = match asked {
            1 => format!("{what} does not supply `{name}`, so it is always absent"),
            _ => format!("{what} supplies `{name}`, so it is always absent"),
        };
        let finding = Finding::new(Code::KeyNotSupplied, message, place.clone());
        self.report(match (stuck, statement.effect) {
            (true, _) => finding.with_help("as it stands, no request satisfies the statement"),
            (false, Effect::Allow) if !needs_key(condition) => finding.milder(),
            (false, _) => finding,
        });
        stuck
    }
}

/// Whether a test fails where its key is absent.
pub(super) fn needs_key(condition: &Condition) -> bool {
    let Test::Readable { operator, .. } = &condition.test else { return false };
    !operator.if_exists
        && match (operator.comparison, operator.set) {
            (Comparison::Null, _) | (_, Some(SetOperator::ForAllValues)) => false,
            (_, Some(SetOperator::ForAnyValue)) => true,
            (comparison, None) => !comparison.is_negated(),
        }
}

/// Where the key of a condition stands.
pub(super) fn key_place(statement: &Statement, condition: &Condition) -> Place {
    let path = statement.path().key("Condition").key(&condition.operator.value).key(&condition.key.value);
    Place { path, span: condition.key.span }
}

/// Whether another test of the statement fails where the key at `place` is absent.
fn is_required(statement: &Statement, place: &Place) -> bool {
    let Some(own) = statement.conditions.iter().find(|condition| condition.key.span == place.span) else {
        return false;
    };
    let same = |other: &&Condition| other.key.value.eq_ignore_ascii_case(&own.key.value);
    statement.conditions.iter().filter(same).any(requires)
}

/// Whether a test fails where its key is absent, a test of whether it is there among them.
pub(super) fn requires(condition: &Condition) -> bool {
    let Test::Readable { operator, values } = &condition.test else { return false };
    let is_false = |value: &ConditionValue| matches!(value, ConditionValue::Text(text) if text.value.eq_ignore_ascii_case("false"));
    match (operator.comparison, operator.set) {
        (Comparison::Null, None) => !operator.if_exists && !values.is_empty() && values.iter().all(is_false),
        _ => needs_key(condition),
    }
}

/// Whether `ForAllValues` in an Allow is how a key is meant to be tested: it lists what a call passes, and a call that passes
/// nothing asks for nothing. Lists that tell of the caller or of the way of the request are there or not by whose request it is
/// (S-COND-26).
fn is_meant_for_all(key: &ConditionKey) -> bool {
    key.multivalued
        && (key.scope == KeyScope::Service || key.name == "aws:TagKeys")
        && keys::issuer(&key.name.to_ascii_lowercase()).is_none()
}

/// What a comparison expects, if values of the key's type are something else. Text can be compared with any (S-COND-45),
/// and the catalog calls some keys text that hold ARNs.
fn misfit(comparison: Comparison, key: &ConditionKey) -> Option<&'static str> {
    use Comparison::*;
    let (expected, fitting): (&str, &[KeyType]) = match comparison {
        NumericEquals
        | NumericNotEquals
        | NumericLessThan
        | NumericLessThanEquals
        | NumericGreaterThan
        | NumericGreaterThanEquals
            if key.name.eq_ignore_ascii_case("aws:EpochTime") =>
        {
            return None;
        } // S-COND-37
        NumericEquals
        | NumericNotEquals
        | NumericLessThan
        | NumericLessThanEquals
        | NumericGreaterThan
        | NumericGreaterThanEquals => ("numbers", &[KeyType::Numeric]),
        DateEquals
        | DateNotEquals
        | DateLessThan
        | DateLessThanEquals
        | DateGreaterThan
        | DateGreaterThanEquals => ("dates", &[KeyType::Date]),
        Bool => ("truth values", &[KeyType::Bool]),
        BinaryEquals => ("bytes", &[KeyType::Binary]),
        IpAddress | NotIpAddress => ("IP addresses", &[KeyType::Ip]),
        ArnEquals | ArnLike | ArnNotEquals | ArnNotLike => ("ARNs", &[KeyType::Arn, KeyType::String]),
        StringEquals
        | StringNotEquals
        | StringEqualsIgnoreCase
        | StringNotEqualsIgnoreCase
        | StringLike
        | StringNotLike
        | Null => return None,
    };
    // A tag, and a claim of a token, is text that may spell a value of any type.
    (!fitting.contains(&key.key_type) && !key.is_template()).then_some(expected)
}

const fn words(of: KeyType) -> &'static str {
    match of {
        KeyType::String => "text",
        KeyType::Arn => "an ARN",
        KeyType::Numeric => "a number",
        KeyType::Date => "a date",
        KeyType::Bool => "a truth value",
        KeyType::Ip => "an IP address",
        KeyType::Binary => "bytes",
    }
}
