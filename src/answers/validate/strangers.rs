//! Whether somebody of an account and an organisation of which a policy says nothing meets its conditions.

use super::Check;
use super::principals::{lets_everybody_pass, texts};
use crate::catalog::region_of::PARTITIONS;
use crate::document::variable::has_variable;
use crate::document::{Condition, Effect, PrincipalElement, Statement};
use crate::region::arena::Region;
use crate::region::condition::{ConditionId, KeyId, Known, Sat, Verdict};

/// An account, and an organisation, that no policy is likely to speak of.
const ACCOUNT: &str = "000000000000";
const ORGANIZATION: &str = "o-somebodyelse";

/// Keys of which whoever has an account of their own may choose the value, or that the way of a request fixes in a way that is open to
/// everybody. Tags of the caller are others.
const OPEN_TO_ALL: [&str; 10] = [
    "aws:multifactorauthpresent",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:securetransport",
    "aws:username",
    "aws:viaawsservice",
];

/// Who a stranger is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stranger {
    /// Somebody with an account.
    Signed,
    /// Somebody without credentials.
    Anonymous,
}

impl Check<'_, '_> {
    /// The stranger who passes all tests of a statement, if they are on what strangers can choose: nobody in particular if anybody does.
    pub(super) fn lets_stranger_pass(&self, statement: &Statement) -> Option<Stranger> {
        // What a variable stands for may be what strangers don't choose.
        let by_choice = |condition: &Condition| {
            lets_everybody_pass(condition)
                || (is_open(&condition.key.value) && !texts(condition).any(has_variable))
        };
        let regions = self.regions_of(statement).filter(|_| statement.conditions.iter().all(by_choice))?;
        [Stranger::Anonymous, Stranger::Signed]
            .into_iter()
            .find(|stranger| regions.iter().any(|region| self.passes(region.condition, *stranger)))
    }

    /// Whether Denies of the document on everybody refuse what a statement allows to strangers, or may by tests of what strangers do not
    /// choose.
    pub(super) fn strangers_are_denied(&self, statement: &Statement) -> bool {
        let Some(allowed) = self.regions_of(statement) else { return false };
        let denies = |other: &&Statement| {
            other.effect == Effect::Deny && matches!(other.principal, PrincipalElement::Everyone)
        };
        let denies_all = |other: &Statement| {
            let Some(denied) = self.regions_of(other) else { return true };
            let wide: Vec<Region> =
                denied.iter().map(|region| Region { condition: ConditionId::ALWAYS, ..*region }).collect();
            let arena = &self.checker.compiler.arena;
            let left = arena.difference_all(allowed.iter().copied(), &wide);
            if !left.iter().all(|region| self.checker.is_empty(*region)) {
                return false;
            }
            let chosen = other.conditions.iter().all(|condition| is_open(&condition.key.value));
            !chosen
                || denied.iter().any(|region| {
                    self.fails(region.condition, Stranger::Signed)
                        && self.fails(region.condition, Stranger::Anonymous)
                })
        };
        self.document.statements.iter().filter(denies).any(denies_all)
    }

    /// Whether a stranger meets a condition in some request.
    fn passes(&self, condition: ConditionId, stranger: Stranger) -> bool {
        let conditions = &self.checker.compiler.arena.conditions;
        matches!(conditions.satisfiable(self.of(condition, stranger)), Sat::Yes(_))
    }

    /// Whether a stranger meets a condition in every request that is encrypted.
    fn fails(&self, condition: ConditionId, stranger: Stranger) -> bool {
        let conditions = &self.checker.compiler.arena.conditions;
        let told = self.of(ConditionId::ALWAYS, stranger);
        conditions.implies(told, self.bound(condition, stranger)) == Verdict::Yes
    }

    fn of(&self, condition: ConditionId, stranger: Stranger) -> ConditionId {
        let compiler = &self.checker.compiler;
        let conditions = &compiler.arena.conditions;
        let bound = self.bound(condition, stranger);
        match stranger {
            Stranger::Signed => {
                let arns = PARTITIONS.iter().flat_map(|partition| {
                    ["user", "role"].map(|kind| format!("arn:{partition}:iam::{ACCOUNT}:{kind}/*"))
                });
                let arns: Vec<String> = arns.collect();
                let key = compiler.key("aws:PrincipalArn");
                let arn = conditions.like(key, arns.iter().map(String::as_str));
                // Nobody is taken to choose a path that looks like an ARN.
                let plain = conditions.not(conditions.like(key, ["*:*:*:*:*:*:*"]));
                conditions.and(bound, conditions.and(arn, plain))
            }
            Stranger::Anonymous => bound,
        }
    }

    fn bound(&self, condition: ConditionId, stranger: Stranger) -> ConditionId {
        let conditions = &self.checker.compiler.arena.conditions;
        let known = |key: KeyId| {
            let name = &*conditions.key_of(key).name;
            match (stranger, name) {
                (_, "aws:securetransport") => Known::One("true".into()),
                (_, "aws:viaawsservice" | "aws:principalisawsservice") => Known::One("false".into()),
                (Stranger::Signed, "aws:principalaccount") => Known::One(ACCOUNT.into()),
                (Stranger::Signed, "aws:principalorgid") => Known::One(ORGANIZATION.into()),
                (Stranger::Signed, "aws:principalorgpaths") => {
                    Known::Many(vec![format!("{ORGANIZATION}/r-else/").into()])
                }
                (Stranger::Anonymous, "aws:principaltype" | "aws:principalaccount") => {
                    Known::One(if name.ends_with("type") { "Anonymous" } else { "anonymous" }.into())
                }
                (Stranger::Anonymous, name)
                    if name.starts_with("aws:principal")
                        || matches!(name, "aws:username" | "aws:multifactorauthpresent") =>
                {
                    Known::Absent
                }
                _ => Known::Unknown,
            }
        };
        conditions.bind(condition, &known)
    }
}

fn is_open(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    OPEN_TO_ALL.contains(&&*key) || key.starts_with("aws:principaltag/")
}
