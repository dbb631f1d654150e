//! What a command was asked, typed.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::output::KindWord;

/// What every command on an estate is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The estate: a directory or a file.
    pub estate: PathBuf,
    /// The instant that `aws:CurrentTime` is assumed to be: `--now`, else the clock's when the command started.
    pub now: Timestamp,
    /// What is assumed.
    pub assume: Assume,
    /// How many threads work; absent: as many as the machine has cores.
    pub jobs: Option<NonZeroUsize>,
}

/// The choices of `--assume`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assume {
    /// Whether secure transport, direct calls and the current time are not assumed, so that they stay unknown.
    pub nothing: bool,
    /// Readings of what AWS leaves open, by question: `U-40` → `match`.
    pub readings: BTreeMap<String, String>,
}

/// One `--assume`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssumeChoice {
    /// `nothing`.
    Nothing,
    /// `U-40=match`.
    Reading {
        /// The question of the semantics' index: `U-40`.
        question: String,
        /// How to read it.
        reading: String,
    },
}

/// One `--context`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextEntry {
    /// The context key, as written.
    pub key: String,
    /// One of its values.
    pub value: String,
}

/// What is known of the context of a request. Every other key is unknown.
///
/// Keys are spelled as they were given and differ by more than case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Keys that the request holds, with their values; a single empty value says that the key is empty.
    pub present: Vec<(String, Vec<String>)>,
    /// Keys that the request lacks.
    pub absent: Vec<String>,
}

/// One request to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its name in a file of requests: the `id` of the line, or its number.
    pub id: Option<String>,
    /// The principal: an ARN, `anonymous`, a service, an account id or a unique name.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The resource; absent where the action takes none.
    pub resource: Option<String>,
    /// The account that owns the resource, where its ARN does not say; `aws` for what AWS owns.
    pub resource_account: Option<String>,
    /// What is known of the context.
    pub context: Context,
}

/// The question of `can`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanQuery {
    /// The requests; one unless they come from a file.
    pub requests: Vec<Request>,
    /// A session policy that limits the principal's session.
    pub session_policy: Option<PolicyFile>,
    /// Whether a proof is asked for.
    pub why: bool,
    /// Whether what the principal gets by becoming others counts too.
    pub through_roles: bool,
}

/// A policy that was given in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// The question of `who-can`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoCanQuery {
    /// The actions, a row each; none: all that the resource has.
    pub actions: Vec<String>,
    /// The resource, perhaps with wildcards; absent where the actions take none.
    pub resource: Option<String>,
    /// The account that owns the resource, where its ARN does not say; `aws` for what AWS owns.
    pub resource_account: Option<String>,
    /// What is known of the context.
    pub context: Context,
    /// Which rows are wanted.
    pub narrowing: Narrowing,
    /// Whether rows name the statements behind them.
    pub statements: bool,
    /// Whether those count who can by becoming others.
    pub through_roles: bool,
    /// Whether those have rows whom only something not collected could let in.
    pub unknown: bool,
}

/// The question of `what-can`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhatCanQuery {
    /// The principal: an ARN, an account id or a unique name.
    pub principal: String,
    /// What is known of the context.
    pub context: Context,
    /// Whether actions are written without wildcards.
    pub expand: bool,
    /// Whether the document is written in parts of the size that AWS allows.
    pub split: bool,
}

/// The question of `become`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BecomeQuery {
    /// Who becomes others: an ARN, an account id or a unique name.
    pub from: Option<String>,
    /// Whom others become.
    pub to: Option<String>,
    /// How many hops are followed at most.
    pub max_depth: Option<u32>,
    /// Which hops are listed with no end given.
    pub listed: Listed,
    /// Whether only who comes from outside of the estate is wanted.
    pub external_only: bool,
    /// Which principals lists are about.
    pub narrowing: Narrowing,
    /// Whether hops name the statements behind them.
    pub statements: bool,
}

/// Which hops are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// None.
    #[default]
    None,
    /// As many as are not out of proportion to the number of principals.
    Some,
    /// All.
    All,
}

/// The question of `report`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportQuery {
    /// A glob over the ARNs of the principals that are wanted.
    pub principal: Option<String>,
    /// Which principals and services are wanted.
    pub narrowing: Narrowing,
    /// Whether what principals have by becoming others counts too.
    pub through_roles: bool,
}

/// The question of `facts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactsQuery {
    /// The relations that are wanted, by name.
    pub relations: Vec<&'static str>,
    /// Which principals rows are wanted of; all, unless something is narrowed.
    pub of: ReportQuery,
}

/// Which rows of a list are wanted: those that satisfy each kind of filter that is given, by any of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Accounts of principals.
    pub accounts: Vec<String>,
    /// Organisational units, by id or name; those below them count too.
    pub organizational_units: Vec<String>,
    /// Kinds of principals.
    pub kinds: Vec<KindWord>,
    /// Services of actions.
    pub services: Vec<String>,
    /// Tags of principals.
    pub tags: Vec<TagFilter>,
    /// Whether service-linked roles are left out.
    pub without_service_linked: bool,
}

/// A tag that a principal has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFilter {
    /// The tag's key.
    pub key: String,
    /// The tag's value; absent: any.
    pub value: Option<String>,
}

impl Context {
    /// Adds a value of a key; values of one key add up, whatever its case.
    pub fn add(&mut self, key: &str, value: &str) {
        match self.present.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
            Some((_, values)) => values.push(value.to_owned()),
            None => self.present.push((key.to_owned(), vec![value.to_owned()])),
        }
    }

    /// Whether something is said of a key.
    pub fn mentions(&self, key: &str) -> bool {
        let absent = self.absent.iter().any(|known| known.eq_ignore_ascii_case(key));
        absent || self.present.iter().any(|(known, _)| known.eq_ignore_ascii_case(key))
    }

    /// This context and, for keys of which it says nothing, another.
    pub fn or(mut self, other: &Self) -> Self {
        let present: Vec<_> = other.present.iter().filter(|(key, _)| !self.mentions(key)).cloned().collect();
        let absent: Vec<_> = other.absent.iter().filter(|key| !self.mentions(key)).cloned().collect();
        self.present.extend(present);
        self.absent.extend(absent);
        self
    }
}
