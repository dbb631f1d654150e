//! Values that no request has in a key, tests that are true of every request, and values that others of their list cover.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::principals::spares_private_addresses;
use super::{Check, Code, Finding};
use crate::catalog::arn::matches;
use crate::catalog::{ConditionKey, Presence};
use crate::document::principal::is_account;
use crate::document::variable::has_variable;
use crate::document::{
    Comparison, Condition, ConditionValue, Operator, Place, Span, Spanned, Statement, Test,
};
use crate::region::condition::{ConditionId, Verdict, is_private};

/// In how many pairs of values of a document one is asked whether it covers the other.
const MOST_PAIRS: usize = 400;

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
        if impossible == 0 {
            self.address(*operator, key, &texts, values.len());
        }
        if !values.is_empty() {
            self.always(statement, condition, key, place);
        }
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

    /// Reports private ranges beside others: a list of them alone never matches, or always does.
    fn address(
        &mut self,
        operator: Operator,
        key: &ConditionKey,
        texts: &[&Spanned<Cow<'_, str>>],
        count: usize,
    ) {
        let compares = matches!(operator.comparison, Comparison::IpAddress | Comparison::NotIpAddress);
        let private: Vec<_> = texts.iter().filter(|text| is_private(&text.value)).collect();
        if !compares || !key.name.eq_ignore_ascii_case("aws:SourceIp") || private.len() == count {
            return;
        }
        for text in private {
            let message = format!("`aws:SourceIp` never holds a private address as of `{}`", text.value);
            let finding = Finding::new(Code::ImpossibleValue, message, self.place(text.span)).milder();
            self.report(
                finding.with_help("test `aws:VpcSourceIp`, which private addresses are in, or leave it out"),
            );
        }
    }

    /// Reports a test that holds in every context.
    fn always(&mut self, statement: &Statement, condition: &Condition, key: &ConditionKey, place: &Place) {
        // Requests that nobody signed lack what all others hold.
        if key.presence == Presence::WhenSigned || spares_private_addresses(condition) {
            return;
        }
        let test = self.condition_of(statement, condition);
        let conditions = &self.checker.compiler.arena.conditions;
        if conditions.contains_doubt(test) || conditions.valid(test) != Verdict::Yes {
            return;
        }
        let message = format!("this test of `{}` is always true", condition.key.value);
        self.report(Finding::new(Code::AlwaysTrue, message, place.clone()));
    }

    /// Reports values that stand twice, or that others of the list cover.
    fn covered_values(
        &mut self,
        statement: &Statement,
        condition: &Condition,
        operator: Operator,
        texts: &[&Spanned<Cow<'_, str>>],
    ) {
        if texts.len() < 2 || operator.comparison == Comparison::Null {
            return;
        }
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        let mut twice = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match first.get(&*text.value) {
                Some(before) => twice.push((index, *before)),
                None => drop(first.insert(&text.value, index)),
            }
        }
        let mut found = twice.clone();
        let compares_addresses =
            matches!(operator.comparison, Comparison::IpAddress | Comparison::NotIpAddress);
        let covers = |text: &str| match operator.comparison {
            Comparison::IpAddress | Comparison::NotIpAddress => text.contains('/'),
            comparison => takes_wildcards(comparison) && text.contains(['*', '?']),
        };
        let wide: Vec<usize> = (0..texts.len())
            .filter(|index| texts.get(*index).is_some_and(|text| covers(&text.value)))
            .collect();
        if wide.len() * texts.len() <= MOST_PAIRS {
            for index in 0..texts.len() {
                let is_private =
                    compares_addresses && texts.get(index).is_some_and(|text| is_private(&text.value));
                if is_private || found.iter().any(|(of, _)| *of == index) {
                    continue;
                }
                let by = wide.iter().copied().find(|by| {
                    *by != index
                        && !twice.iter().any(|(of, _)| of == by)
                        && self.value_covers(statement, condition, operator, *by, index)
                        && (*by < index || !self.value_covers(statement, condition, operator, index, *by))
                });
                found.extend(by.map(|by| (index, by)));
            }
        }
        for (index, by) in found {
            let (Some(text), Some(by)) = (texts.get(index), texts.get(by)) else { continue };
            let message = match text.value == by.value {
                true => format!("`{}` stands twice in the list", text.value),
                false => format!("`{}` adds nothing to `{}`", text.value, by.value),
            };
            let finding = Finding::new(Code::CoveredEntry, message, self.place(text.span));
            self.report(finding.with_also(self.place(by.span)));
        }
    }

    /// Whether a value of a list matches whatever another one does.
    fn value_covers(
        &self,
        statement: &Statement,
        condition: &Condition,
        operator: Operator,
        by: usize,
        of: usize,
    ) -> bool {
        let Test::Readable { values, .. } = &condition.test else { return false };
        let alone = |index: usize| {
            let value = values.get(index)?.clone();
            let test = Test::Readable { operator, values: vec![value] };
            Some(self.condition_of(statement, &Condition { test, ..condition.clone() }))
        };
        let (Some(by), Some(of)) = (alone(by), alone(of)) else { return false };
        let conditions = &self.checker.compiler.arena.conditions;
        if conditions.contains_doubt(by) || conditions.contains_doubt(of) {
            return false;
        }
        let verdict = match operator.comparison.is_negated() {
            true => conditions.implies(by, of),
            false => conditions.implies(of, by),
        };
        verdict == Verdict::Yes
    }

    fn condition_of(&self, statement: &Statement, condition: &Condition) -> ConditionId {
        let compiler = &self.checker.compiler;
        compiler.condition(std::slice::from_ref(condition), statement.effect, self.document.version)
    }
}

fn takes_wildcards(comparison: Comparison) -> bool {
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
