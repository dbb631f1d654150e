//! Values that no request has in a key, and tests that are true of every request.

use super::principals::spares_private_addresses;
use super::{Check, Code, Finding};
use crate::catalog::arn::matches;
use crate::catalog::{ConditionKey, Presence};
use crate::document::principal::is_account;
use crate::document::variable::has_variable;
use crate::document::{
    Comparison, Condition, ConditionValue, Operator, Place, Span, Spanned, Statement, Test,
};
use crate::region::condition::{ConditionId, Verdict};

/// What all values of a key look like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Account,
    Region,
    Organization,
    Path,
    Vpc,
    Endpoint,
    Caller,
    Service,
    Via,
}

impl Shape {
    /// Patterns of which each value matches one.
    const fn patterns(self) -> &'static [&'static str] {
        match self {
            Self::Account => &["????????????"],
            Self::Region => &["*"],
            Self::Organization => &["o-*"],
            Self::Path => &["o-*/r-*/*"],
            Self::Vpc => &["vpc-*"],
            Self::Endpoint => &["vpce-*"],
            Self::Caller => &["Account", "Anonymous", "AssumedRole", "FederatedUser", "User"],
            Self::Service => &["*.*"],
            Self::Via => &["*.*.*.*"],
        }
    }

    /// What the values are.
    const fn words(self) -> &'static str {
        match self {
            Self::Account => "accounts, which have 12 digits",
            Self::Region => "Regions",
            Self::Organization => "ids of organisations, which begin with `o-`",
            Self::Path => "paths such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`",
            Self::Vpc => "ids of VPCs, which begin with `vpc-`",
            Self::Endpoint => "ids of VPC endpoints, which begin with `vpce-`",
            Self::Caller => "`Account`, `User`, `AssumedRole`, `FederatedUser` and `Anonymous`",
            Self::Service => "service principals such as `lambda.amazonaws.com`",
            Self::Via => "endpoints such as `s3.us-east-1.amazonaws.com`",
        }
    }
}

/// The keys whose values have a form that AWS documents, in lower case (S-KEY-01, S-KEY-05).
const SHAPES: &[(&str, Shape)] = &[
    ("aws:calledvia", Shape::Service),
    ("aws:calledviafirst", Shape::Service),
    ("aws:calledvialast", Shape::Service),
    ("aws:ec2instancesourcevpc", Shape::Vpc),
    ("aws:principalaccount", Shape::Account),
    ("aws:principalorgid", Shape::Organization),
    ("aws:principalorgpaths", Shape::Path),
    ("aws:principalservicename", Shape::Service),
    ("aws:principaltype", Shape::Caller),
    ("aws:requestedregion", Shape::Region),
    ("aws:resourceaccount", Shape::Account),
    ("aws:resourceorgid", Shape::Organization),
    ("aws:resourceorgpaths", Shape::Path),
    ("aws:sourceaccount", Shape::Account),
    ("aws:sourceorgid", Shape::Organization),
    ("aws:sourceorgpaths", Shape::Path),
    ("aws:sourcevpc", Shape::Vpc),
    ("aws:sourcevpce", Shape::Endpoint),
    ("aws:vpceaccount", Shape::Account),
    ("aws:vpceorgid", Shape::Organization),
    ("aws:vpceorgpaths", Shape::Path),
    ("iam:awsservicename", Shape::Service),
    ("iam:passedtoservice", Shape::Service),
    ("kms:calleraccount", Shape::Account),
    ("kms:viaservice", Shape::Via),
];

impl Check<'_, '_> {
    /// What the values of a test come to; whether none of them can be one of the key, so that a test that needs it fails.
    pub(super) fn values_of_key(
        &mut self,
        statement: &Statement,
        condition: &Condition,
        key: &ConditionKey,
        place: &Place,
    ) -> bool {
        let Test::Readable { operator, values } = &condition.test else { return false };
        let texts: Vec<&Spanned<_>> = values
            .iter()
            .filter_map(|value| match value {
                ConditionValue::Text(text) => Some(text),
                ConditionValue::Malformed(_) => None,
            })
            .collect();
        // AWS gives no result for such a test, which is said elsewhere.
        if texts.len() != values.len() || (key.multivalued && operator.set.is_none()) || condition.has_twin {
            return false;
        }
        let mut impossible = 0;
        if operator.comparison.is_of_text() {
            for text in &texts {
                impossible += usize::from(self.shape(*operator, condition, &text.value, text.span));
            }
        }
        let is_always = !values.is_empty() && self.always(statement, condition, key, place);
        self.addresses(*operator, key, &texts, place, is_always);
        self.covered_values(statement, condition, *operator, &texts);
        impossible > 0 && impossible == values.len()
    }

    /// Reports a value that has not the form of the key's values.
    fn shape(&mut self, operator: Operator, condition: &Condition, value: &str, span: Span) -> bool {
        let name = condition.key.value.to_ascii_lowercase();
        let Some((_, shape)) = SHAPES.iter().find(|(key, _)| *key == name) else { return false };
        let wild = takes_wildcards(operator.comparison);
        // That a wildcard is an ordinary character here is said elsewhere.
        if has_variable(value) || value.is_empty() || (!wild && value.contains('*')) {
            return false;
        }
        let ignores_case = matches!(
            operator.comparison,
            Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase
        );
        let has_wildcard = wild && value.contains(['*', '?']);
        let possible = match shape {
            Shape::Region => {
                if !ignores_case && value != "*" {
                    self.region(value, "*", span);
                }
                return false;
            }
            Shape::Account if !has_wildcard => {
                is_account(value) || (name == "aws:principalaccount" && value == "anonymous")
            }
            _ if ignores_case => true,
            _ if has_wildcard => shape.patterns().iter().any(|pattern| overlap(value, pattern)),
            _ => shape.patterns().iter().any(|pattern| matches(pattern, value)),
        };
        if !possible {
            let message =
                format!("`{}` never holds `{value}`: its values are {}", condition.key.value, shape.words());
            self.report(Finding::new(Code::ImpossibleValue, message, self.place(span)));
        }
        !possible
    }

    /// Reports a test that holds in every context, and whether it does.
    fn always(
        &mut self,
        statement: &Statement,
        condition: &Condition,
        key: &ConditionKey,
        place: &Place,
    ) -> bool {
        // Requests that nobody signed lack what all others hold.
        if key.presence == Presence::WhenSigned || spares_private_addresses(condition) {
            return false;
        }
        let test = self.condition_of(statement, condition);
        let conditions = &self.checker.compiler.arena.conditions;
        if conditions.contains_doubt(test) || conditions.valid(test) != Verdict::Yes {
            return false;
        }
        let message = format!("this test of `{}` is always true", condition.key.value);
        self.report(Finding::new(Code::AlwaysTrue, message, place.clone()));
        true
    }

    /// When a test holds.
    pub(super) fn condition_of(&self, statement: &Statement, condition: &Condition) -> ConditionId {
        let compiler = &self.checker.compiler;
        compiler.condition(std::slice::from_ref(condition), statement.effect, self.document.version)
    }
}

/// Whether values of a comparison hold wildcards.
pub(super) fn takes_wildcards(comparison: Comparison) -> bool {
    use Comparison::*;
    matches!(comparison, StringLike | StringNotLike | ArnLike | ArnNotLike | ArnEquals | ArnNotEquals)
}

/// Whether some text is matched by both of two patterns, in which `*` is any run and `?` one character.
fn overlap(one: &str, two: &str) -> bool {
    let (one, two): (Vec<char>, Vec<char>) = (one.chars().collect(), two.chars().collect());
    // For each position of the second pattern, whether both can have come there with the same text.
    let close = |reached: &mut [bool]| {
        for (at, sign) in two.iter().enumerate() {
            if *sign == '*'
                && reached.get(at) == Some(&true)
                && let Some(next) = reached.get_mut(at + 1)
            {
                *next = true;
            }
        }
    };
    let mut reached = vec![false; two.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    close(&mut reached);
    for sign in &one {
        let mut next = vec![false; two.len() + 1];
        for at in 0..=two.len() {
            if reached.get(at) != Some(&true) {
                continue;
            }
            let mut set = |at: usize| {
                if let Some(slot) = next.get_mut(at) {
                    *slot = true;
                }
            };
            match (*sign, two.get(at)) {
                // The star takes nothing, or what is left of the second pattern, a piece at a time.
                ('*', _) => (at..=two.len()).for_each(&mut set),
                (_, Some('*')) => set(at),
                (_, Some('?')) => set(at + 1),
                (sign, Some(other)) if sign == '?' || sign == *other => set(at + 1),
                _ => {}
            }
        }
        close(&mut next);
        reached = next;
    }
    reached.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn patterns_overlap_where_one_text_matches_both() {
        for (one, two, expected) in [
            ("vpce-*", "vpc-*", false),
            ("vpc*", "vpc-*", true),
            ("*", "o-*/r-*/*", true),
            ("o-*", "o-*/r-*/*", true),
            ("ou-*", "o-*/r-*/*", false),
            ("o-1/*/ou-2/*", "o-*/r-*/*", true),
            ("a?c", "abc", true),
            ("a?c", "ab", false),
            ("", "*", true),
            ("*a*b", "b*a", false),
            ("*a*b*", "b*a*", true),
        ] {
            assert_eq!(overlap(one, two), expected, "{one} {two}");
            assert_eq!(overlap(two, one), expected, "{two} {one}");
        }
    }
}
