//! The relations of an estate: ground ones, which state it, and derived ones, which the rules add.

mod asked;
mod content;
mod denying;
mod derived;
mod external;
mod federated;
mod given;
mod granting;
mod ground;
mod more;
mod probes;
mod regions;
mod statements;
mod usage;
mod words;

use asked::misread_negation;

pub use given::{OfEstate, OfFacts, offers};
pub use words::{is_decided, words};

pub(super) use statements::{action, effect, resource, test_values};

use std::sync::{Arc, LazyLock, OnceLock};

use rayon::prelude::*;

use super::text::{Declaration, Schema, Value, check, parse};
use crate::answers::{Engine, OwnSides};
use crate::facts::{Attachments, PrincipalId};
use crate::region::resource::LimitExceeded;
use crate::rules::membership::{self, Membership};

const GROUND: &str = include_str!("ground.facts");
const DERIVED: &str = include_str!("derived.facts");
const MORE: &str = include_str!("more.facts");
const ASKED: &str = include_str!("asked.facts");

/// A row: a value for each column.
pub type Row = Box<[Value]>;

/// The rows of a relation, or why they can't be written out.
pub type RowsOf = Result<Vec<Row>, LimitExceeded>;

/// The declarations of some relations, in the order in which they are written.
fn declared(text: &'static str) -> Vec<Declaration> {
    let mut schema = Schema::default();
    check(&parse(text).file, &mut schema);
    schema.iter().cloned().collect()
}

/// The ground relations.
pub fn ground() -> &'static [Declaration] {
    static DECLARED: LazyLock<Vec<Declaration>> = LazyLock::new(|| declared(GROUND));
    &DECLARED
}

/// The derived relations.
pub fn derived() -> &'static [Declaration] {
    static DECLARED: LazyLock<Vec<Declaration>> = LazyLock::new(|| declared(DERIVED));
    &DECLARED
}

/// The relations that programs can read whole besides ground and derived ones.
pub fn more() -> &'static [Declaration] {
    static DECLARED: LazyLock<Vec<Declaration>> = LazyLock::new(|| declared(MORE));
    &DECLARED
}

/// The relations that are evaluated when a program asks for them.
pub fn asked() -> &'static [Declaration] {
    static DECLARED: LazyLock<Vec<Declaration>> = LazyLock::new(|| declared(ASKED));
    &DECLARED
}

/// The relations that `entail facts` writes, ground ones first.
pub fn all() -> impl Iterator<Item = &'static Declaration> {
    ground().iter().chain(derived())
}

/// Relations that speak of principals, and are narrowed to some.
pub const OF_PRINCIPALS: [&str; 12] = [
    "principal",
    "tag",
    "member",
    "attached",
    "boundary_of",
    "session_of",
    "holds",
    "bounded",
    "permitted",
    "administrator",
    "effective_administrator",
    "reaches",
];

/// Writes out the relations of one engine.
pub struct Rows<'a> {
    engine: &'a Engine,
    /// The principals that are wanted; all unless narrowed.
    principals: Vec<PrincipalId>,
    narrowed: bool,
    /// What each policy is called.
    labels: Vec<Arc<str>>,
    membership: OnceLock<Membership>,
    own: OnceLock<OwnSides>,
}

impl<'a> Rows<'a> {
    /// The rows about these principals, or all rows.
    pub fn new(engine: &'a Engine, principals: Option<Vec<PrincipalId>>) -> Self {
        let facts = engine.facts();
        let all = || (0..facts.principals.len() as u32).map(PrincipalId).collect();
        Self {
            engine,
            narrowed: principals.is_some(),
            principals: principals.unwrap_or_else(all),
            labels: facts.policies.par_iter().map(|policy| policy.label.to_string().into()).collect(),
            membership: OnceLock::new(),
            own: OnceLock::new(),
        }
    }

    /// The rows of a relation, sorted by content, each once; none: there is no such relation.
    pub fn of(&self, relation: &str) -> Option<RowsOf> {
        let mut rows = match self.ground(relation).map(Ok).or_else(|| self.derived(relation))? {
            Ok(rows) => rows,
            Err(limit) => return Some(Err(limit)),
        };
        rows.par_sort_unstable();
        rows.dedup();
        Some(Ok(rows))
    }

    fn name(&self, principal: PrincipalId) -> Value {
        Value::Text(self.engine.facts().principal(principal).name.clone())
    }

    /// What is attached to whom.
    fn attachments(&self) -> Attachments {
        let mut attachments = Attachments::default();
        self.principals.iter().for_each(|&id| self.engine.facts().attachments(id, &mut attachments));
        attachments
    }

    fn membership(&self) -> &Membership {
        self.membership
            .get_or_init(|| membership::derive(&self.attachments(), self.engine.options().without.membership))
    }

    fn own(&self) -> &OwnSides {
        self.own.get_or_init(|| self.engine.own_sides(&self.principals))
    }
}

/// A row of some values.
fn row<const N: usize>(values: [Value; N]) -> Row {
    Box::new(values)
}

/// Text that may be lacking, empty then.
fn optional(text: Option<impl ToString>) -> Value {
    Value::Text(text.map(|text| text.to_string()).unwrap_or_default().into())
}

/// A variant of an enumeration as a word: `RoleSession` is `role-session`.
fn word(variant: impl std::fmt::Debug) -> Value {
    let mut word = String::new();
    for letter in format!("{variant:?}").chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(letter.to_ascii_lowercase());
    }
    Value::Symbol(word.into())
}
