//! One action, all principals, all resources of the estate: who may do it to what, in factored form.
//!
//! Nothing is multiplied out. Principals whose policies say the same of the action are one group, resources that these policies do
//! not tell apart are one block, and one request of a group on a block is decided like any other. A resource whose own policies
//! speak of the action is a block by itself.

mod alike;
mod contents;
mod estate_resources;
mod groups;
mod kept;
mod on_known;
mod on_new;
mod somewhere;
mod splitting;
mod wanted;
mod whose;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::{FxHashMap, FxHashSet};

pub use contents::OnAll;
pub(super) use estate_resources::EstateResources;
pub(super) use groups::Acting;

use super::can::QuestionError;
use super::context::Context;
use super::engine::Engine;
use super::parts::Stands;
use crate::catalog::Catalog;
use crate::catalog::rcp::RcpReach;
use crate::facts::{AskedAction, PrincipalId};
use crate::region::condition::{Bindings, ConditionId};
use crate::region::resource::ResourceSetId;
use crate::rules::decision::{Decided, Decision};
use crate::rules::request::{Caller, Prepared, unstated};
use estate_resources::Domain;
use groups::Groups;
use wanted::Wanted;

/// Resources on which a principal has the same answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnEach {
    /// The name of the part.
    pub resources: String,
    /// The answer and its condition; none: it is denied.
    pub outcome: Option<(Decision, ConditionId)>,
}

/// Principals, and resources on which each of them has the same answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The principals, ascending.
    pub principals: Arc<[PrincipalId]>,
    /// The resources, by their places among [`Access::resources`], ascending.
    pub resources: Arc<[u32]>,
    /// Never a denial.
    pub decision: Decision,
    /// When.
    pub condition: ConditionId,
}

/// Who may do one thing to what.
pub struct Access<'a> {
    /// The engine whose ids this holds.
    pub engine: &'a Engine,
    /// The resources of the estate that the action can act on, and after them parts of what these hold, such as
    /// `arn:aws:s3:::b/*`; `*` alone if it acts on none.
    pub resources: Arc<[Arc<str>]>,
    /// How many of them are resources; the others are parts, which may overlap where they are named for different principals.
    pub listed: usize,
    /// What is allowed, surely or under a condition, or not known. A principal and a resource are together in one cell at most.
    /// What only something on the resource's side that was not collected could allow is in none.
    pub cells: Vec<Cell>,
}

/// Who may do one thing to one resource.
pub struct AccessOn<'a> {
    /// The engine whose ids this holds.
    pub engine: &'a Engine,
    /// Principals, by name, with what the answer is and when; no denials, and none of whom [`Access::cells`] would leave out.
    pub answers: Vec<(PrincipalId, Decision, ConditionId)>,
}

/// What one principal may do to some resource of its account or another, existing or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Somewhere {
    /// The principals, ascending.
    pub principals: Arc<[PrincipalId]>,
    /// Never a denial.
    pub decision: Decision,
    /// When.
    pub condition: ConditionId,
}

impl Engine {
    /// Who may do one thing to which resources of the estate.
    ///
    /// # Errors
    /// The text is no action.
    pub fn access(&self, action: &str, context: &Context) -> Result<Access<'_>, QuestionError> {
        if let Some((engine, context)) = self.for_context(context) {
            return engine.access(action, &context);
        }
        let action = self.action_named(action)?;
        let groups = self.groups(&action);
        Ok(self.access_in(&groups, &action, context, &Wanted::all(&groups)))
    }

    /// What some principals may do of one thing, to which resources of the estate: the cells of [`Engine::access`] that hold them, and
    /// others perhaps.
    ///
    /// # Errors
    /// The text is no action.
    pub fn access_of(
        &self,
        principals: &[PrincipalId],
        action: &str,
        context: &Context,
    ) -> Result<Access<'_>, QuestionError> {
        if let Some((engine, context)) = self.for_context(context) {
            return engine.access_of(principals, action, &context);
        }
        let action = self.action_named(action)?;
        let groups = self.groups(&action);
        let wanted: FxHashSet<u32> = principals.iter().filter_map(|id| groups.of(*id)).collect();
        let wanted = Wanted::new(&groups, |group| wanted.contains(&group));
        Ok(self.access_in(&groups, &action, context, &wanted))
    }

    fn access_in(
        &self,
        groups: &Groups,
        action: &AskedAction,
        context: &Context,
        wanted: &Wanted,
    ) -> Access<'_> {
        let bindings = context.bindings(&self.facts.arena().conditions);
        let stated = stated(context);
        let asked = Asked::new(self, action, &bindings, stated.as_deref());
        let OnKnown { mut resources, mut cells } = asked.on_known_resources(groups, wanted);
        let listed = resources.len();
        let contents = asked.on_contents(groups, wanted);
        if !contents.names.is_empty() {
            let first = listed as u32;
            resources = resources.iter().chain(&contents.names).cloned().collect();
            cells.extend(contents.cells.into_iter().map(|cell| {
                let places = cell.resources.iter().map(|place| first + place).collect();
                Cell { resources: places, ..cell }
            }));
        }
        Access { engine: self, resources, listed, cells }
    }

    /// Who may do one thing to some resource, be it one of the estate's or one that could be made in the principal's account.
    ///
    /// Of each principal it is the best answer: under each of several conditions if it is never sure.
    ///
    /// # Errors
    /// The text is no action.
    pub fn access_somewhere(
        &self,
        action: &str,
        context: &Context,
    ) -> Result<(&Engine, Vec<Somewhere>), QuestionError> {
        if let Some((engine, context)) = self.for_context(context) {
            return engine.access_somewhere(action, &context);
        }
        let action = self.action_named(action)?;
        let bindings = context.bindings(&self.facts.arena().conditions);
        let groups = self.groups(&action);
        let stated = stated(context);
        let asked = Asked::new(self, &action, &bindings, stated.as_deref());
        Ok((self, asked.somewhere(&groups)))
    }

    /// Who may do one thing to one resource, which the estate need not name, or to all that a pattern matches.
    ///
    /// # Errors
    /// Action or resource could not exist.
    pub fn access_on(
        &self,
        action: &str,
        arn: &str,
        context: &Context,
    ) -> Result<AccessOn<'_>, QuestionError> {
        if let Some((engine, context)) = self.for_context(context) {
            return engine.access_on(action, arn, &context);
        }
        let bindings = context.bindings(&self.facts.arena().conditions);
        let answers = if is_pattern(arn) {
            let action = self.action_named(action)?;
            let asked = Asked::new(self, &action, &bindings, None);
            asked.on_all(&self.groups(&action), &self.governed_parts(&action, arn)?)
        } else {
            let target = self.target_of(action, Some(arn), None, &mut Vec::new())?;
            let asked = Asked::new(self, &target.action, &bindings, None);
            let allowed = |_: Option<&_>| self.index().allowed(&self.facts, &target);
            let groups = self.groups(&target.action);
            asked.answers_on(&groups, &target, allowed, &Wanted::all(&groups), Stands::ForItself)
        };
        let answers = answers.into_iter();
        let answers = answers.map(|(principal, (decision, condition))| (principal, decision, condition));
        Ok(AccessOn { engine: self, answers: answers.collect() })
    }

    /// The resources of the estate that an action can act on, and after them what these hold.
    ///
    /// # Errors
    /// The text is no action.
    pub fn resources_of(&self, action: &str) -> Result<Vec<Arc<str>>, QuestionError> {
        let action = self.action_named(action)?;
        let Some(domain) = self.domain(&action) else { return Ok(vec![Arc::from("*")]) };
        let nothing = Context::new();
        let bindings = nothing.bindings(&self.facts.arena().conditions);
        let contents = Asked::new(self, &action, &bindings, None).contents();
        let mut contents: Vec<Arc<str>> =
            contents.iter().map(|part| Arc::from(self.resource_text(part.resources))).collect();
        contents.sort_unstable();
        Ok(domain.arns.iter().cloned().chain(contents).collect())
    }

    /// Makes what questions about access share, so that several can be asked at once.
    pub fn prepare_access<'c>(&self, contexts: impl IntoIterator<Item = &'c Context>) {
        let prepare = |engine: &Engine| {
            engine.acting.get_or_init(|| Acting::new(engine));
            engine.estate_resources();
            engine.index();
        };
        prepare(self);
        for context in contexts {
            if let Some((engine, _)) = self.for_context(context) {
                prepare(engine);
            }
        }
    }

    fn groups(&self, action: &AskedAction) -> Arc<Groups> {
        self.acting.get_or_init(|| Acting::new(self)).groups(self, action)
    }

    fn estate_resources(&self) -> &EstateResources {
        self.resources.get_or_init(|| EstateResources::new(self.estate()))
    }

    /// The resources of the estate that an action can act on; none: it acts on no resource.
    fn domain(&self, action: &AskedAction) -> Option<Arc<Domain>> {
        if action.catalog.is_some_and(|id| Catalog::embedded().is_wildcard_only(id)) {
            return None;
        }
        Some(self.estate_resources().domain(action))
    }

    /// Decides one request of a principal of the facts, as [`Engine::can`] does.
    ///
    /// # Errors
    /// Action or resource could not exist.
    pub fn decide_one(
        &self,
        principal: PrincipalId,
        action: &str,
        resource: &str,
        context: &Context,
    ) -> Result<(&Engine, Decided), QuestionError> {
        if let Some((engine, context)) = self.for_context(context) {
            return engine.decide_one(principal, action, resource, &context);
        }
        let target = self.target_of(action, Some(resource), None, &mut Vec::new())?;
        let bindings = context.bindings(&self.facts.arena().conditions);
        let prepared = Prepared::new(&self.facts, &self.sides, &target, &bindings);
        Ok((self, self.decide_for(&prepared, principal)))
    }

    /// What a principal of the facts may do to all resources that a pattern matches, or a part as [`Access::resources`] names it.
    ///
    /// # Errors
    /// Action or resource could not exist, or the resource falls into too many parts.
    pub fn decide_on_all(
        &self,
        principal: PrincipalId,
        action: &str,
        pattern: &str,
        context: &Context,
    ) -> Result<(&Engine, OnAll), QuestionError> {
        if let Some((engine, context)) = self.for_context(context) {
            return engine.decide_on_all(principal, action, pattern, &context);
        }
        let action = self.action_named(action)?;
        let bindings = context.bindings(&self.facts.arena().conditions);
        let asked = Asked::new(self, &action, &bindings, None);
        let answer = asked.one_on_all(principal, &self.governed_parts(&action, pattern)?);
        Ok((self, answer.map_err(|limit| QuestionError::TooManyParts(limit.to_string()))?))
    }

    /// Whether plainly no policy tells the resources of an action apart for a principal.
    fn is_the_same_on_all(&self, principal: PrincipalId, action: &AskedAction) -> bool {
        let groups = self.groups(action);
        let group = groups.of(principal).and_then(|number| groups.all.get(number as usize));
        Catalog::embedded().rcp_governs_action(&action.name) == RcpReach::No
            && group.is_some_and(|group| group.says().all(|says| on_known::holds_all(says.resources)))
    }

    /// What a principal of the facts may do to the resources that a pattern matches, told apart by the answer: parts by name, and the
    /// answer on each, none for a denial. None at all where plainly no policy tells them apart.
    ///
    /// # Errors
    /// Action or resource could not exist, or the resource falls into too many parts.
    pub fn decide_on_each(
        &self,
        principal: PrincipalId,
        action: &str,
        pattern: &str,
        context: &Context,
    ) -> Result<(&Engine, Vec<OnEach>), QuestionError> {
        if let Some((engine, context)) = self.for_context(context) {
            return engine.decide_on_each(principal, action, pattern, &context);
        }
        let action = self.action_named(action)?;
        if self.is_the_same_on_all(principal, &action) {
            return Ok((self, Vec::new()));
        }
        let bindings = context.bindings(&self.facts.arena().conditions);
        let asked = Asked::new(self, &action, &bindings, None);
        let found = asked.one_on_each(principal, &self.governed_parts(&action, pattern)?);
        let found = found.map_err(|limit| QuestionError::TooManyParts(limit.to_string()))?;
        let mut of: Vec<(Option<Outcome>, Vec<ResourceSetId>)> = Vec::new();
        for (resources, outcome) in found {
            match of.iter_mut().find(|(other, _)| *other == outcome) {
                Some((_, sets)) => sets.push(resources),
                None => of.push((outcome, vec![resources])),
            }
        }
        let sets = &self.facts.arena().resources;
        let named = of.into_iter().map(|(outcome, parts)| {
            let resources = self.resource_text_for(&action, sets.union_all(&parts));
            OnEach { resources, outcome }
        });
        Ok((self, named.collect()))
    }

    fn decide_for<'a>(&'a self, prepared: &Prepared<'a>, principal: PrincipalId) -> Decided {
        prepared.decide(&self.routes, &self.calling(principal), None).0
    }

    /// A principal of the facts as the caller of a request.
    pub(super) fn calling(&self, principal: PrincipalId) -> Caller<'_> {
        let fact = self.facts.principal(principal);
        let side = self.sides.of(&self.facts, principal);
        Caller { fact, side, session: unstated(fact) }
    }

    fn action_named(&self, action: &str) -> Result<AskedAction, QuestionError> {
        let (service, name) = action.split_once(':').unwrap_or_default();
        if service.is_empty() || name.is_empty() || action.contains([' ', '*', '?']) {
            return Err(QuestionError::MalformedAction(action.to_owned()));
        }
        Ok(self.facts.asked_action(action))
    }
}

/// The keys of which a context says something.
fn stated(context: &Context) -> Option<String> {
    (!context.is_empty()).then(|| context.names().collect::<Vec<_>>().join(" "))
}

/// Whether the text is a pattern or names parts of resources, in which `${*}` and its like are escapes, rather than an ARN.
pub fn is_pattern(resource: &str) -> bool {
    resource != "*" && (resource.contains(['*', '?']) || resource.contains("${"))
}

/// What is asked about.
#[derive(Clone, Copy)]
struct Asked<'a> {
    engine: &'a Engine,
    action: &'a AskedAction,
    context: &'a (dyn Bindings + Sync),
    /// The keys of which the context says something; none: it says nothing.
    stated: Option<&'a str>,
    /// Who is surely allowed on some resource, where nobody asks about further ones then.
    sure: Option<&'a Sure>,
}

impl<'a> Asked<'a> {
    /// A question about everybody and every resource.
    fn new(
        engine: &'a Engine,
        action: &'a AskedAction,
        context: &'a (dyn Bindings + Sync),
        stated: Option<&'a str>,
    ) -> Self {
        Self { engine, action, context, stated, sure: None }
    }
}

/// Principals of whom it is known that they are surely allowed.
struct Sure(Vec<AtomicBool>);

impl Sure {
    /// Nobody, of so many principals.
    fn nobody(principals: usize) -> Self {
        Self((0..principals).map(|_| AtomicBool::new(false)).collect())
    }

    fn has(&self, principal: PrincipalId) -> bool {
        self.0.get(principal.index()).is_some_and(|sure| sure.load(Ordering::Relaxed))
    }

    fn add(&self, principal: PrincipalId) {
        if let Some(sure) = self.0.get(principal.index()) {
            sure.store(true, Ordering::Relaxed);
        }
    }
}

/// The answers on the resources that the estate names.
struct OnKnown {
    resources: Arc<[Arc<str>]>,
    cells: Vec<Cell>,
}

/// What an answer is, denials apart.
type Outcome = (Decision, ConditionId);

/// The answer, unless it is a denial.
fn outcome(decided: &Decided) -> Option<Outcome> {
    let may = decided.decision.may_be_allowed() && !decided.condition.is_never();
    may.then_some((decided.decision, decided.condition))
}

/// Gathers values under keys that go in the order of their first appearance.
fn gathered<K: Copy + Eq + std::hash::Hash, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let mut places: FxHashMap<K, usize> = FxHashMap::default();
    let mut all: Vec<(K, Vec<V>)> = Vec::new();
    for (key, value) in pairs {
        let place = *places.entry(key).or_insert_with(|| {
            all.push((key, Vec::new()));
            all.len() - 1
        });
        if let Some((_, values)) = all.get_mut(place) {
            values.push(value);
        }
    }
    all
}
