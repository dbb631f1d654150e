//! The relations that are evaluated when they are asked for: what their columns are, and which must be bound.

use crate::datalog::engine::Accepts;
use crate::rules::decision::Decision;

/// What a relation is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Of {
    /// One resource.
    Resource,
    /// A set of resources.
    Set,
    /// Some resource, whichever.
    Some,
}

/// What is known of the request besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum With {
    /// Nothing.
    Nothing,
    /// The value of a condition key.
    Key,
    /// That a condition key is absent.
    Absence,
    /// That a role is passed to a service; the action is `iam:PassRole`.
    Service,
}

/// Which answers have rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// Allowed for sure.
    Sure,
    /// Allowed under a condition, which is the last column.
    If,
    /// Not known.
    Unknown,
    /// Under a condition, or not known.
    NotSure,
    /// Denied for sure.
    Cannot,
}

/// A relation about what principals may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    pub of: Of,
    pub with: With,
    pub answer: Answer,
}

/// The columns of a relation, by number. None: it has no such column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Columns {
    pub principal: usize,
    pub action: Option<usize>,
    pub object: Option<usize>,
    pub key: Option<usize>,
    pub value: Option<usize>,
    pub service: Option<usize>,
    pub count: usize,
}

impl Shape {
    /// The relation of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (of, with, answer) = match name {
            "can" => (Of::Resource, With::Nothing, Answer::Sure),
            "can_if" => (Of::Resource, With::Nothing, Answer::If),
            "can_unknown" => (Of::Resource, With::Nothing, Answer::Unknown),
            "not_sure" => (Of::Resource, With::Nothing, Answer::NotSure),
            "cannot" => (Of::Resource, With::Nothing, Answer::Cannot),
            "can_set" => (Of::Set, With::Nothing, Answer::Sure),
            "can_set_if" => (Of::Set, With::Nothing, Answer::If),
            "can_set_unknown" => (Of::Set, With::Nothing, Answer::Unknown),
            "can_some" => (Of::Some, With::Nothing, Answer::Sure),
            "can_some_if" => (Of::Some, With::Nothing, Answer::If),
            "can_some_unknown" => (Of::Some, With::Nothing, Answer::Unknown),
            "can_with" => (Of::Resource, With::Key, Answer::Sure),
            "can_with_if" => (Of::Resource, With::Key, Answer::If),
            "can_with_unknown" => (Of::Resource, With::Key, Answer::Unknown),
            "can_set_with" => (Of::Set, With::Key, Answer::Sure),
            "can_set_with_if" => (Of::Set, With::Key, Answer::If),
            "can_set_with_unknown" => (Of::Set, With::Key, Answer::Unknown),
            "can_some_with" => (Of::Some, With::Key, Answer::Sure),
            "can_some_with_if" => (Of::Some, With::Key, Answer::If),
            "can_some_with_unknown" => (Of::Some, With::Key, Answer::Unknown),
            "can_without" => (Of::Resource, With::Absence, Answer::Sure),
            "can_without_if" => (Of::Resource, With::Absence, Answer::If),
            "can_without_unknown" => (Of::Resource, With::Absence, Answer::Unknown),
            "can_set_without" => (Of::Set, With::Absence, Answer::Sure),
            "can_set_without_if" => (Of::Set, With::Absence, Answer::If),
            "can_set_without_unknown" => (Of::Set, With::Absence, Answer::Unknown),
            "can_some_without" => (Of::Some, With::Absence, Answer::Sure),
            "can_some_without_if" => (Of::Some, With::Absence, Answer::If),
            "can_some_without_unknown" => (Of::Some, With::Absence, Answer::Unknown),
            "can_pass" => (Of::Resource, With::Service, Answer::Sure),
            "can_pass_if" => (Of::Resource, With::Service, Answer::If),
            "can_pass_unknown" => (Of::Resource, With::Service, Answer::Unknown),
            "can_pass_set" => (Of::Set, With::Service, Answer::Sure),
            "can_pass_set_if" => (Of::Set, With::Service, Answer::If),
            "can_pass_set_unknown" => (Of::Set, With::Service, Answer::Unknown),
            _ => return None,
        };
        Some(Self { of, with, answer })
    }

    /// Whether a request with this answer has a row.
    pub(super) fn wants(self, decision: Decision) -> bool {
        match self.answer {
            Answer::Sure => decision == Decision::Allowed,
            Answer::If => decision == Decision::Conditional,
            Answer::Unknown => decision == Decision::Unknown,
            Answer::NotSure => matches!(decision, Decision::Conditional | Decision::Unknown),
            Answer::Cannot => !decision.may_be_allowed(),
        }
    }

    /// Its columns.
    pub(super) fn columns(self) -> Columns {
        let mut next = 1;
        let mut column = |there: bool| {
            let number = next;
            next += usize::from(there);
            there.then_some(number)
        };
        let action = column(self.with != With::Service);
        let object = column(self.of != Of::Some);
        let key = column(matches!(self.with, With::Key | With::Absence));
        let value = column(self.with == With::Key);
        let service = column(self.with == With::Service);
        column(self.answer == Answer::If);
        Columns { principal: 0, action, object, key, value, service, count: next }
    }

    /// The sets of columns with which it answers.
    pub(super) fn accepts(self) -> Vec<Accepts> {
        let columns = self.columns();
        let must = [columns.action, columns.key, columns.value, columns.service];
        let with = |more: &[Option<usize>], rows| {
            let mut bound: Vec<usize> = must.iter().chain(more).copied().flatten().collect();
            bound.sort_unstable();
            Accepts { columns: bound, rows }
        };
        let principal = Some(columns.principal);
        // Without an action those are tried that act on the resource.
        let any_action = |more: &[Option<usize>], rows| {
            let mut bound: Vec<usize> = more.iter().copied().flatten().collect();
            bound.sort_unstable();
            Accepts { columns: bound, rows }
        };
        let mut accepted = match (self.of, self.answer) {
            (Of::Resource, Answer::Sure | Answer::If) => vec![
                with(&[], 1_000_000),
                with(&[principal], 1_000),
                with(&[columns.object], 1_000),
                with(&[principal, columns.object], 1),
            ],
            (Of::Resource, _) => vec![
                with(&[principal], 10_000),
                with(&[columns.object], 10_000),
                with(&[principal, columns.object], 1),
            ],
            (Of::Set, _) => vec![with(&[], 10_000), with(&[principal], 4)],
            (Of::Some, _) => vec![with(&[], 1_000), with(&[principal], 1)],
        };
        if self.of == Of::Resource && self.with == With::Nothing {
            accepted.push(any_action(&[principal, columns.object], 100));
            accepted.push(any_action(&[columns.object], 100_000));
        }
        accepted
    }
}

/// What to write in place of `not` before a relation that holds only some of what may be so: only what is sure, or only what is not.
/// None: `not` before it says what it seems to.
pub(in crate::datalog::relations) fn misread_negation(relation: &str) -> Option<String> {
    let may = |instead: &str| {
        format!("`not {instead}` is for what is neither sure, nor possible under a condition, nor unknown")
    };
    match relation {
        "can" | "can_if" | "can_unknown" => Some(
            "`cannot(P, A, R)` is for what is surely denied, `not_sure(P, A, R)` for what is allowed under a condition or not known"
                .to_owned(),
        ),
        "assumes" | "assumes_if" | "assumes_unknown" => Some(may("may_assume(P, R)")),
        "trusts_service" | "trusts_service_if" => Some(may("may_trust_service(R, S)")),
        "becomes" => Some(may("may_become(P, R)")),
        "left_open" | "left_open_if" | "left_open_unknown" => Some("`closed(Account, Action)` is for what surely nobody can do".to_owned()),
        "left_open_with" | "left_open_with_if" | "left_open_with_unknown" => {
            Some("`closed_with(Account, Action, Key, Value)` is for what surely nobody can do".to_owned())
        }
        _ => {
            let shape = Shape::named(relation)?;
            let sure = match shape.answer {
                Answer::Sure => relation,
                Answer::If => relation.strip_suffix("_if").unwrap_or(relation),
                Answer::Unknown => relation.strip_suffix("_unknown").unwrap_or(relation),
                Answer::NotSure | Answer::Cannot => return None,
            };
            Some(format!(
                "derive a relation from those of `{sure}`, `{sure}_if` and `{sure}_unknown` that are meant, and write `not` before that"
            ))
        }
    }
}
