//! Tests with what nobody can read of them written out: it stands beside them as an open reading (S-TRI-07).

use super::atom::{has_variable, literals};
use super::formula::{ConditionId, Conditions};
use super::operator::{Family, Operator, Quantifier};
use super::test::{Test, Undecided, Value};

impl Conditions {
    /// The formula of a test that can be undecided, of tests that cannot. None if nothing is undecided, or if no test says which
    /// values can be read.
    pub(super) fn apart(&self, test: &Test) -> Option<ConditionId> {
        let compared = test.operator.family() != Family::Null && test.operator != Operator::ResourceLike;
        if !compared || test.values.iter().any(has_variable) || !self.can_be_undecided(test) {
            return None;
        }
        let is_good = |value: &&Value| matches!(value, Value::Template(_));
        let values: Vec<Value> = test.values.iter().filter(is_good).cloned().collect();
        let unread = match values.len() < test.values.len() {
            // No value can be told from what a malformed one means, unless a good one decides.
            true => ConditionId::ALWAYS,
            false if test.undecided == Undecided::False => return None,
            false => self.not(self.readable(test)?),
        };
        // Which values a set operator decides by themselves: a set without values (S-COND-50).
        let has_value = match test.quantifier {
            Quantifier::None => self.not(self.absent(test.key)),
            Quantifier::ForAnyValue | Quantifier::ForAllValues => self.not(self.null(test.key)),
        };
        let decided = self.atom(Test { values, undecided: Undecided::False, ..test.clone() });
        let open = self.and_all([has_value, unread, self.undecided_condition(test.undecided)]);
        Some(self.or(decided, open))
    }

    /// That the value of a key can be read by the operator of a test; none if that is no test of its own.
    fn readable(&self, test: &Test) -> Option<ConditionId> {
        // Of several values some may be readable and others not.
        if self.key_of(test.key).multivalued {
            return None;
        }
        let by = |operator, values| {
            self.atom(Test {
                operator,
                values,
                if_exists: false,
                quantifier: Quantifier::None,
                undecided: Undecided::False,
                ..test.clone()
            })
        };
        let either = |one, other| {
            let border: Vec<Value> = test.values.iter().take(1).cloned().collect();
            self.or(by(one, border.clone()), by(other, border))
        };
        match test.operator.family() {
            Family::Number => Some(either(Operator::NumericLessThan, Operator::NumericGreaterThanEquals)),
            Family::Date => Some(either(Operator::DateLessThan, Operator::DateGreaterThanEquals)),
            Family::Bool => Some(by(Operator::Bool, literals(["true", "false"]))),
            Family::Ip => Some(by(Operator::IpAddress, literals(["0.0.0.0/0", "::/0"]))),
            Family::Arn => Some(by(Operator::ArnLike, any_arn())),
            Family::Text | Family::Binary | Family::Null => None,
        }
    }
}

/// The pattern that any ARN matches (U-22).
fn any_arn() -> Vec<Value> {
    vec![Value::Template(vec![super::template::Piece::Text("*".into())])]
}
