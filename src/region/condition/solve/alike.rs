//! Long lists of accounts: those that a formula treats alike need not all be looked at.

use rustc_hash::{FxHashMap, FxHashSet};

use super::coupling::{Bundle, bundle};
use super::principal::{ACCOUNT, ARN, USER_ID};
use crate::region::condition::formula::{ConditionId, Conditions, Node};
use crate::region::condition::operator::{Operator, Quantifier};
use crate::region::condition::program::Program;
use crate::region::condition::template::Piece;
use crate::region::condition::test::{Test, Value};
use crate::region::condition::value::glob::{Glob, Token};

/// So many accounts have to go for a formula to be rewritten.
const WORTH: usize = 8;

/// What a pattern asks of the account.
#[derive(PartialEq, Eq, Hash)]
enum OfAccount {
    Nothing,
    /// That it is this one.
    Is(String),
    /// Something else, or other parts depend on it.
    More,
}

impl Conditions {
    /// A formula that can hold just if this one can, with shorter lists of accounts. None if that saves little.
    ///
    /// `tests` are the nodes of the formula's tests. Accounts of twelve digits count as alike if the same lists hold them and no
    /// pattern asks for some of their digits. What makes the shorter formula true has one of the accounts that stay, or one with
    /// a character that is no digit, and so makes the longer one true as well.
    pub(super) fn with_fewer_accounts(
        &self,
        condition: ConditionId,
        tests: impl IntoIterator<Item = u32>,
    ) -> Option<ConditionId> {
        let mut lists_of: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        let mut named: FxHashSet<OfAccount> = FxHashSet::default();
        for node in tests {
            let Some((test, program)) = self.program(node) else { continue };
            let Some((Bundle::Principal, place)) = bundle(&self.key_of(test.key).name) else { continue };
            match place {
                ACCOUNT if is_list(test, program) => {
                    program.exact.iter().for_each(|account| lists_of.entry(account).or_default().push(node));
                }
                ARN => named.extend(program.patterns().map(|glob| of_arn(&glob))),
                ACCOUNT | USER_ID => named.extend(program.patterns().map(|glob| of_text(&glob))),
                _ => {}
            }
        }
        if lists_of.len() < WORTH || named.contains(&OfAccount::More) {
            return None;
        }
        let mut of_lists: FxHashMap<Vec<u32>, Vec<&str>> = FxHashMap::default();
        for (account, mut lists) in lists_of {
            if !named.contains(&OfAccount::Is(account.to_owned())) {
                lists.sort_unstable();
                of_lists.entry(lists).or_default().push(account);
            }
        }
        let mut goes: FxHashSet<&str> = FxHashSet::default();
        for mut alike in of_lists.into_values() {
            alike.sort_unstable();
            goes.extend(alike.into_iter().skip(1));
        }
        if goes.len() < WORTH {
            return None;
        }
        let shorten = |_, leaf: &Node| match leaf {
            Node::Test(test) if bundle(&self.key_of(test.key).name) == Some((Bundle::Principal, ACCOUNT)) => {
                let stays = |value: &&Value| !text_of(value).is_some_and(|text| goes.contains(text));
                let values = test.values.iter().filter(stays).cloned().collect();
                Some(self.atom(Test { values, ..test.clone() }))
            }
            _ => None,
        };
        Some(self.replaced(condition, &shorten, &mut FxHashMap::default()))
    }
}

/// Whether the test compares with accounts of twelve digits, and does nothing else.
fn is_list(test: &Test, program: &Program) -> bool {
    let is_number = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    test.operator == Operator::StringEquals
        && test.quantifier == Quantifier::None
        && test.values.iter().all(|value| text_of(value).is_some_and(is_number))
        && program.exact.len() == test.values.len()
}

/// The text of a value without variables.
fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::Template(template) => match template.as_slice() {
            [Piece::Text(text) | Piece::Literal(text)] => Some(text),
            _ => None,
        },
        Value::Malformed(_) => None,
    }
}

/// What a pattern of ARNs asks of the account in them.
fn of_arn(glob: &Glob) -> OfAccount {
    if !may_ask_for_digits(glob) {
        return OfAccount::Nothing;
    }
    let mut parts = glob.tokens.splitn(6, |token| *token == Token::Char(':'));
    let stays_inside = |token: &Token| match token {
        Token::Char(c) | Token::Fold(c) => *c != ':',
        Token::One(but) | Token::Many(but) => *but == Some(':'),
    };
    if !parts.by_ref().take(4).flatten().all(stays_inside) {
        return OfAccount::More;
    }
    match (parts.next(), parts.next()) {
        (Some(account), Some(_)) => of_part(account),
        _ => OfAccount::More,
    }
}

/// What a pattern asks of an account that it is compared with.
fn of_text(glob: &Glob) -> OfAccount {
    if may_ask_for_digits(glob) { of_part(&glob.tokens) } else { OfAccount::Nothing }
}

fn of_part(account: &[Token]) -> OfAccount {
    if account.iter().all(|token| matches!(token, Token::One(_) | Token::Many(_))) {
        return OfAccount::Nothing;
    }
    let characters = account.iter().map(|token| match token {
        Token::Char(c) => Some(*c),
        _ => None,
    });
    characters.collect::<Option<String>>().map_or(OfAccount::More, OfAccount::Is)
}

/// Whether a digit of the pattern may be matched with one of a number that is a whole text, or stands between colons: not if all
/// digits come straight after something that is no colon.
fn may_ask_for_digits(glob: &Glob) -> bool {
    let mut follows_text = false;
    for token in &glob.tokens {
        match token {
            Token::Char(c) | Token::Fold(c) if c.is_ascii_digit() => {
                if !follows_text {
                    return true;
                }
            }
            Token::Char(c) | Token::Fold(c) => follows_text = *c != ':',
            Token::One(_) | Token::Many(_) => follows_text = false,
        }
    }
    false
}
