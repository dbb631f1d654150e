//! `who-can`: every caller of one action on one resource.

mod asking;
mod candidates;
mod organizations;
mod pattern;
mod strangers;

use rustc_hash::FxHashSet;

use asking::Asking;
pub(in crate::answers) use asking::may;
pub use strangers::Stranger;

use crate::answers::access::is_pattern;
use crate::answers::can::{QuestionError, unknown_keys};
use crate::answers::context::Context;
use crate::answers::depends::{Depends, named};
use crate::answers::engine::Engine;
use crate::answers::index::Index;
use crate::answers::parts::Stands;
use crate::answers::stated::{needed_besides, odd_keys};
use crate::catalog::{ActionId, Catalog};
use crate::facts::readings::Questions;
use crate::facts::{PolicyId, PrincipalId, PrincipalKind, ResourceOwner, Target, keys, takes_resource};
use crate::region::condition::{ConditionId, Verdict};
use crate::rules::decision::Decided;
use crate::rules::request::{Examined, Prepared};

/// A question for everybody who can do something.
#[derive(Clone, Debug, Default)]
pub struct Reverse {
    /// `service:Name`.
    pub action: String,
    /// An ARN, or `*` for actions without resource.
    pub resource: Option<String>,
    /// The account that owns the resource, where the estate does not know.
    pub resource_account: Option<ResourceOwner>,
    /// What is known of the context.
    pub context: Context,
    /// What is said of callers whom only something not collected could let in.
    pub unknown: Unknown,
}

/// What is said of callers whom only something that was not collected could let in: whoever may be granted something by a policy
/// or list that nobody has read is often everybody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Unknown {
    /// What was not collected stands in [`WhoCan::missing`].
    #[default]
    Named,
    /// How many they are, in [`WhoCan::unknown`]. On a resource with wildcards they are not counted.
    Counted,
    /// They have rows.
    Listed,
}

/// One caller who may do it.
pub struct ReverseRow {
    /// Who.
    pub principal: PrincipalId,
    /// The part of the resource that it reaches: an ARN, `*`, or patterns.
    pub resource: String,
    /// The decision: never a denial.
    pub decided: Decided,
    /// The layers behind it.
    pub examined: Examined,
}

/// Everybody who may do it.
pub struct WhoCan<'a> {
    /// The engine whose ids the answer holds.
    pub engine: &'a Engine,
    /// The action that was asked about, in AWS's spelling.
    pub action: String,
    /// A row for each caller, by name.
    pub rows: Vec<ReverseRow>,
    /// Callers of whom not even the account is known, as the resource lets anybody in.
    pub strangers: Vec<Stranger>,
    /// Callers without row whom only something not collected could let in, where they are counted; by name.
    pub unknown: Vec<PrincipalId>,
    /// Whether it could let strangers in who are not among the above, where callers are counted.
    pub strangers_unknown: bool,
    /// What was not collected and could add or remove rows.
    pub missing: Vec<String>,
    /// Odd things about the question.
    pub warnings: Vec<String>,
    /// The policies on the resource side that took part, sorted.
    pub consulted: Vec<PolicyId>,
    /// What the question states of that which sessions carry.
    pub stated: ConditionId,
    /// Whether a row rests on what is assumed of VPC endpoints that were not collected (S-VPCE-07).
    pub other_endpoints: bool,
    /// What was assumed of the context, by name.
    pub assumed: Vec<(&'static str, String)>,
    /// The questions of whose reading some row, or that there is none, depends.
    pub depends: Questions,
}

impl WhoCan<'_> {
    /// The readings without which the answer would come out otherwise.
    pub fn readings(&self) -> Vec<Depends> {
        let readings = self.engine.facts.compiler.assumptions.readings;
        self.depends.iter().map(|question| named(&readings, question)).collect()
    }
}

impl Engine {
    /// Everybody who may do one thing.
    ///
    /// A caller has a row if [`Engine::can`] says Allowed, Conditional or Unknown. Whom only something not collected could let
    /// in has one if the question asks for it ([`Reverse::unknown`]); what it is stands in [`WhoCan::missing`] in any case.
    ///
    /// # Errors
    /// The question names no action or resource that could exist, or an action that needs a resource and none.
    pub fn who_can(&self, question: &Reverse) -> Result<WhoCan<'_>, QuestionError> {
        match question.resource.as_deref() {
            Some(pattern) if is_pattern(pattern) => {
                self.in_own_context(question, &|engine, question| engine.who_can_pattern(question, pattern))
            }
            _ => self.who_can_one(question),
        }
    }

    /// Asks with what the context says of requests: what it says of callers is each caller's own.
    fn in_own_context<'a>(
        &'a self,
        question: &Reverse,
        ask: &dyn Fn(&'a Self, &Reverse) -> Result<WhoCan<'a>, QuestionError>,
    ) -> Result<WhoCan<'a>, QuestionError> {
        let given = self.for_context(&question.context);
        let (engine, mut context) = given.unwrap_or_else(|| (self, question.context.clone()));
        let own = context.take_back(keys::is_callers_own);
        let mut found = ask(engine, &Reverse { context, ..question.clone() })?;
        let warning =
            |name: String| format!("`{name}` is each caller's own, and is not taken from the context");
        found.warnings.extend(own.into_iter().map(warning));
        found.assumed = self.assumed_in(&question.context);
        Ok(found)
    }

    /// Everybody who may make one request: `*` and `?` in the resource stand for themselves.
    ///
    /// # Errors
    /// As for [`Engine::who_can`].
    pub fn who_can_one(&self, question: &Reverse) -> Result<WhoCan<'_>, QuestionError> {
        self.in_own_context(question, &Self::who_can_exactly)
    }

    fn who_can_exactly(&self, question: &Reverse) -> Result<WhoCan<'_>, QuestionError> {
        let mut warnings = Vec::new();
        let resource = question.resource.as_deref();
        let target = self.target_of(&question.action, resource, question.resource_account, &mut warnings)?;
        let mut found = match question.resource_account.is_none() && target.is_of_callers_organization() {
            true => self.who_can_in_organizations(question, &target),
            false => self.who_can_on(question, &target, &|_| true),
        };
        warnings.append(&mut found.warnings);
        found.warnings = warnings;
        Ok(found)
    }

    /// Those among some callers who may do it on a resource of which all is settled.
    fn who_can_on(
        &self,
        question: &Reverse,
        target: &Target,
        among: &dyn Fn(PrincipalId) -> bool,
    ) -> WhoCan<'_> {
        let context = question.context.bindings(&self.facts.arena().conditions);
        let asking = Asking::new(self, target, &question.context, &context, Stands::ForItself);
        let allowed = match question.context.speaks_of_callers() {
            true => self.index().by_name().to_vec(),
            false => self.index().allowed(&self.facts, target),
        };
        let row = |principal, decided, examined| ReverseRow {
            principal,
            resource: target.resource.to_string(),
            decided,
            examined,
        };
        let candidates = |prepared: &Prepared<'_>| {
            let mut candidates = self.candidates(target, prepared, &allowed);
            candidates.retain(|&id| among(id));
            candidates
        };
        let by_loaded = question.unknown != Unknown::Listed;
        let mut rows = asking.ask_all(&candidates(asking.wanted(by_loaded)), by_loaded, row);
        self.drop_strangers_among_all(&mut rows);
        // Where strangers are principals they have rows.
        let lets_anybody_in = !self.options.strangers && asking.lets_anybody_in(by_loaded);
        let counts = question.unknown == Unknown::Counted && !asking.is_loaded();
        let standins = (lets_anybody_in || counts).then(|| self.standins());
        let strangers = |by_loaded| match &standins {
            Some(standins) => self.strangers(&asking, target, standins, by_loaded),
            None => Vec::new(),
        };
        let mut found = self.nobody_yet(&target.action.name);
        let stranger = |(who, decided, examined)| Stranger {
            who,
            resource: target.resource.to_string(),
            decided,
            examined,
        };
        if lets_anybody_in {
            found.strangers = strangers(by_loaded).into_iter().map(stranger).collect();
        }
        let decided = rows.iter().map(|row| (&row.decided, &row.examined));
        found.missing = self.missing_of(asking.all(), decided);
        if counts {
            let mut others = candidates(asking.all());
            let known: FxHashSet<PrincipalId> = rows.iter().map(|row| row.principal).collect();
            others.retain(|id| !known.contains(id));
            let unknown = asking.ask_all(&others, false, row);
            let decided = unknown.iter().map(|row| (&row.decided, &row.examined));
            found.missing.extend(self.missing_of(asking.all(), decided));
            found.unknown = unknown.into_iter().map(|row| row.principal).collect();
            found.strangers_unknown = !self.options.strangers
                && found.strangers.is_empty()
                && asking.lets_anybody_in(false)
                && !strangers(false).is_empty();
        }
        found.other_endpoints = self.rests_on_other_endpoints(asking.all(), &rows);
        found.missing.sort();
        found.missing.dedup();
        found.warnings.extend(self.stated_otherwise_of_resource(&question.context, target));
        found.warnings.extend(self.stated_otherwise_of_request(&question.context));
        found.warnings.extend(needed_besides(target).filter(|_| !rows.is_empty()));
        found.warnings.extend(self.odd(question, &rows));
        found.consulted = target.resource_side();
        found.depends = asking.depends();
        found.stated = question.context.of_sessions(&self.facts.arena().conditions);
        found.rows = rows;
        found
    }

    /// What everybody may do, signed in or not, needs no second mention for the principals of any account.
    pub(super) fn drop_strangers_among_all(&self, rows: &mut Vec<ReverseRow>) {
        let conditions = &self.facts.arena().conditions;
        let of_all = |row: &&ReverseRow| self.facts.principal(row.principal).kind == PrincipalKind::Everyone;
        let of_all: Vec<(String, ConditionId)> =
            rows.iter().filter(of_all).map(|row| (row.resource.clone(), row.decided.condition)).collect();
        rows.retain(|row| {
            let among = |(resource, condition): &(String, ConditionId)| {
                *resource == row.resource
                    && conditions.implies(row.decided.condition, *condition) == Verdict::Yes
            };
            !(self.facts.principal(row.principal).is_stranger() && of_all.iter().any(among))
        });
    }

    /// An answer without anybody in it.
    fn nobody_yet(&self, action: &str) -> WhoCan<'_> {
        WhoCan {
            engine: self,
            action: action.to_owned(),
            rows: Vec::new(),
            strangers: Vec::new(),
            unknown: Vec::new(),
            strangers_unknown: false,
            missing: Vec::new(),
            warnings: Vec::new(),
            consulted: Vec::new(),
            stated: ConditionId::ALWAYS,
            other_endpoints: false,
            assumed: Vec::new(),
            depends: Questions::default(),
        }
    }

    fn rests_on_other_endpoints(&self, prepared: &Prepared, rows: &[ReverseRow]) -> bool {
        prepared.other_endpoints().is_some_and(|endpoints| {
            rows.iter().any(|row| endpoints.bear(self.facts.principal(row.principal), &row.decided))
        })
    }

    /// What is odd about the context of a question and the conditions of its answer (S-TRI-06, S-TRI-11).
    fn odd(&self, question: &Reverse, rows: &[ReverseRow]) -> Vec<String> {
        let conditions = &self.facts.arena().conditions;
        let mut all: Vec<ConditionId> = rows.iter().map(|row| row.decided.condition).collect();
        all.sort_unstable();
        all.dedup();
        let mut odd: Vec<String> =
            all.into_iter().flat_map(|condition| unknown_keys(conditions, condition)).collect();
        odd.sort();
        odd.dedup();
        odd.extend(question.context.contradictions());
        odd.extend(odd_keys(&question.context));
        odd
    }

    fn sort(&self, rows: &mut [ReverseRow]) {
        let index = self.index();
        rows.sort_by(|a, b| {
            (index.rank(a.principal), &a.resource).cmp(&(index.rank(b.principal), &b.resource))
        });
    }

    fn missing_of<'d>(
        &self,
        prepared: &Prepared,
        of: impl Iterator<Item = (&'d Decided, &'d Examined)>,
    ) -> Vec<String> {
        let mut missing = prepared.could_let_in();
        missing.extend(self.facts.estate.missing_principals());
        let mut seen: FxHashSet<ConditionId> = FxHashSet::default();
        for (decided, examined) in of {
            missing.extend(self.unreadable(decided, examined));
            if seen.insert(decided.condition) {
                missing.extend(self.missing(decided, prepared));
            }
        }
        missing
    }

    /// The index, made when it is first needed.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.facts, &self.sides))
    }
}

/// The actions that a question means: names, and what patterns match; none given: every action that takes the
/// resource.
///
/// # Errors
/// A text is no action, or there are neither actions nor a resource.
pub fn actions_of(asked: &[String], resource: Option<&str>) -> Result<Vec<String>, QuestionError> {
    let catalog = Catalog::embedded();
    let mut actions: Vec<String> = Vec::new();
    for action in asked {
        if !action.contains(['*', '?']) {
            actions.push(action.clone());
            continue;
        }
        let takes = |id: &ActionId| match resource {
            Some(resource) if resource != "*" => takes_resource(catalog, *id, resource),
            _ => catalog.is_wildcard_only(*id),
        };
        let matching: Vec<_> = catalog.matching(action).iter().filter(takes).collect();
        if matching.is_empty() {
            return Err(QuestionError::NoSuchAction(action.clone()));
        }
        actions.extend(matching.into_iter().map(|id| catalog.action_name(id)));
    }
    if asked.is_empty() {
        let Some(resource) = resource else {
            return Err(QuestionError::MalformedAction(String::new()));
        };
        let takes = |id: &ActionId| takes_resource(catalog, *id, resource);
        actions.extend(catalog.action_ids().filter(takes).map(|id| catalog.action_name(id)));
        if actions.is_empty() {
            return Err(QuestionError::NothingToDo(resource.to_owned()));
        }
    }
    // Each is asked once, whichever way it is spelled.
    let mut seen = FxHashSet::default();
    actions.retain(|action| seen.insert(action.to_ascii_lowercase()));
    Ok(actions)
}
