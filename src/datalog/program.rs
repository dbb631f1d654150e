//! A program as the engine runs it: names resolved, types checked, variables numbered, strata in order.
//!
//! Whoever makes a program has checked it (the parser of rule files, or a test by hand). What the engine relies on is said at each
//! part under *Checked*. Places and labels are there for messages and derivations only; nothing is computed from them.

use std::sync::Arc;

use super::text::{Type, Value};

pub use super::text::ast::{Arithmetic, Comparison, Fold};
use crate::document::{Source, Span};

/// A relation, by its place in [`Program::relations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelationId(pub u32);

/// A rule, by its place in [`Program::rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub u32);

/// A variable of a rule, by its place in [`Rule::variables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariableId(pub u32);

/// A file, by its place in [`Program::files`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// Somewhere in the files of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub span: Span,
}

/// A checked program.
///
/// *Checked*: all ids lie within their lists; names of relations are distinct; arities and types of atoms, heads and facts are those of
/// their relations; the strata hold each rule once, a rule stands in no earlier stratum than the rules of the relations it reads,
/// and in a later one than those that it reads under `not` or in an aggregate; all rules with one head stand in one stratum.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The files that the places are in.
    pub files: Vec<Arc<Source>>,
    /// All relations that anything of the program mentions, those read from outside too.
    pub relations: Vec<Relation>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The facts that the program states itself. A relation may have facts, rules, and rows from outside.
    pub facts: Vec<Fact>,
    /// The rules in the order in which they can run.
    pub strata: Vec<Stratum>,
}

impl Program {
    /// A relation.
    pub fn relation(&self, id: RelationId) -> Option<&Relation> {
        self.relations.get(id.0 as usize)
    }

    /// A rule.
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.0 as usize)
    }

    /// The relation of a name.
    pub fn relation_named(&self, name: &str) -> Option<RelationId> {
        let index = self.relations.iter().position(|relation| &*relation.name == name)?;
        u32::try_from(index).ok().map(RelationId)
    }
}

/// What a relation is called, and what its columns hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its name, by which [`Given`](super::engine::Given) knows it too.
    pub name: Box<str>,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Box<str>,
    /// What it holds.
    pub of: Type,
}

/// A row that the program states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The relation.
    pub relation: RelationId,
    /// One value for each column.
    pub values: Vec<Value>,
    /// Where it stands.
    pub place: Place,
}

/// Rules that run together to their fixpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stratum {
    /// The rules.
    pub rules: Vec<RuleId>,
    /// Whether one of them reads a relation that one of them derives.
    pub recursive: bool,
}

/// `head(terms) :- body.`
///
/// *Checked*: each variable of the head, of a test, of an absent atom, of an expression and of [`Aggregate::groups`] is bound by a
/// positive atom, by [`LiteralKind::Each`], [`LiteralKind::Bind`] or an aggregate's result, in some order without a circle. The
/// order of the body is of no account.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What messages and derivations call it.
    pub label: Box<str>,
    /// The relation that it derives.
    pub head: RelationId,
    /// One term for each column of the head; none is [`Term::Any`].
    pub terms: Vec<Term>,
    /// The literals, all of which must hold.
    pub body: Vec<Literal>,
    /// The variables by number, those local to aggregates too; what each is called.
    pub variables: Vec<Box<str>>,
    /// Where it stands.
    pub place: Place,
}

/// An argument of an atom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `X`
    Variable(VariableId),
    /// `"text"`
    Constant(Value),
    /// `_`
    Any,
}

/// A relation applied to terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atom {
    /// The relation.
    pub relation: RelationId,
    /// One term for each column.
    pub terms: Vec<Term>,
}

/// A part of a body, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// What it says.
    pub kind: LiteralKind,
    /// Where it stands, in the file of its rule.
    pub span: Span,
}

/// What a literal says.
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralKind {
    /// `p(X, "a", _)`
    Atom(Atom),
    /// `not p(X, _)`: there is no such row.
    Absent(Atom),
    /// `X < 3`, `T like "a*"`. A test with an expression that has no value does not hold, whether `negated` or not.
    Test {
        /// The test.
        test: Test,
        /// Whether `not` stands before it.
        negated: bool,
    },
    /// `X = expression`, where the variable may be bound by something else, too: then they must be equal. Without a value of the
    /// expression there is no solution.
    Bind(VariableId, Expression),
    /// `X in List`: a solution for each element. A bound term or a constant must be one of them.
    Each(Term, Expression),
    /// `N = count { X : body }`
    Aggregate(Aggregate),
}

/// A test between values.
///
/// *Checked*: the two sides of a comparison have one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `X < Y`. Text compares by bytes, numbers as numbers, lists element by element, `false` before `true`.
    Compare(Comparison, Expression, Expression),
    /// `X in List`, of bound variables only; what a negated one is.
    In(Expression, Expression),
    /// `Text like "glob"`: `*` is any run of characters, `?` any one; the whole text.
    Like(Expression, Expression),
    /// `starts_with(Text, Prefix)`
    StartsWith(Expression, Expression),
    /// `ends_with(Text, Suffix)`
    EndsWith(Expression, Expression),
    /// `contains(Text, Part)`
    Contains(Expression, Expression),
    /// `in_cidr(Address, Cidr)`; the address may be a block, which must lie within the other. What is no address or block has no value.
    InCidr(Expression, Expression),
    /// `before(Date, Date)`; what is no date has no value.
    Before(Expression, Expression),
}

/// A computed value. Some have none: what reads a text as a number, an ARN, a date where the text is none of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// `"text"`
    Constant(Value),
    /// `X`
    Variable(VariableId),
    /// `X + 1`: on numbers; a result beyond 64 bits and a division by zero are errors.
    Arithmetic(Arithmetic, Box<Expression>, Box<Expression>),
    /// `"a" + X`: texts joined.
    Join(Box<Expression>, Box<Expression>),
    /// `lower(X)`
    Call(Function, Vec<Expression>),
}

/// A function of values.
///
/// *Checked*: the number of arguments and their types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `length(text or list)`: characters or elements.
    Length,
    /// `lower(text)`
    Lower,
    /// `upper(text)`
    Upper,
    /// `replace(text, from, to)`: every occurrence; an empty `from` replaces nothing.
    Replace,
    /// `arn_partition(arn)`: the second field. Without a value where the text is no ARN, like its neighbours.
    ArnPartition,
    /// `arn_service(arn)`
    ArnService,
    /// `arn_region(arn)`: empty where the ARN has none.
    ArnRegion,
    /// `arn_account(arn)`: empty where the ARN has none.
    ArnAccount,
    /// `arn_resource(arn)`: all after the fifth colon.
    ArnResource,
    /// `text(number, symbol, boolean or text)`
    Text,
    /// `number(text)`: no value where the text is none.
    Number,
    /// `days_between(from, to)`: whole days, negative if `to` is earlier. No value where one is no date.
    DaysBetween,
    /// `now()`: the time given to the run, as ISO text.
    Now,
}

/// `result = function { of : body }`
///
/// For each row of the rule's other literals: the distinct tuples `of` among the solutions of `body` that agree with the row on
/// `groups`, folded. `count` and `sum` of nothing are 0; `min` and `max` of nothing have no solution.
///
/// *Checked*: `groups` are the variables of the body that occur in the enclosing rule outside this aggregate; its other variables
/// occur nowhere else. The body reads lower strata only.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// How the tuples are folded.
    pub fold: Fold,
    /// What takes the result: a variable, or what it must be equal to.
    pub result: Term,
    /// The variables before the colon, at least one. `sum`, `min` and `max` take the first of each tuple.
    pub of: Vec<VariableId>,
    /// The variables of the body that the enclosing rule binds.
    pub groups: Vec<VariableId>,
    /// What must hold of them.
    pub body: Vec<Literal>,
}
