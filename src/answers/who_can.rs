//! `who-can`: every caller of one action on one resource.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::access::is_pattern;
use super::can::{QuestionError, malformed_account, unknown_keys};
use super::context::Context;
use super::engine::Engine;
use super::index::Index;
use super::stated::unheard_of_in;
use crate::catalog::governing::CrossAccount;
use crate::catalog::{ActionId, Catalog};
use crate::document::PrincipalElement;
use crate::document::principal::PrincipalKind as Named;
use crate::estate::AccountId;
use crate::facts::{Ownership, PolicyId, PrincipalId, PrincipalKind, Regime, Target, keys, takes_resource};
use crate::region::condition::ConditionId;
use crate::region::resource::ResourceSetId;
use crate::rules::decision::Decided;
use crate::rules::notes::Notes;
use crate::rules::request::{Caller, Examined, Prepared, SessionPolicies};

/// Callers that one thread asks after one another, sharing notes.
const CHUNK: usize = 512;

/// A question for everybody who can do something.
#[derive(Clone, Debug, Default)]
pub struct Reverse {
    /// `service:Name`.
    pub action: String,
    /// An ARN, or `*` for actions without resource.
    pub resource: Option<String>,
    /// The account that owns the resource, where the estate does not know.
    pub resource_account: Option<AccountId>,
    /// What is known of the context.
    pub context: Context,
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
    /// What was not collected and could add or remove rows.
    pub missing: Vec<String>,
    /// Odd things about the question.
    pub warnings: Vec<String>,
    /// The policies on the resource side that took part, sorted.
    pub consulted: Vec<PolicyId>,
    /// Whether a row rests on what is assumed of VPC endpoints that were not collected (S-VPCE-07).
    pub other_endpoints: bool,
    /// What was assumed of the context, by name.
    pub assumed: Vec<(&'static str, String)>,
}

impl Engine {
    /// Everybody who may do one thing.
    ///
    /// Callers whom only something not collected could let in have no row; what it is stands in [`WhoCan::missing`].
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
        let context = question.context.bindings(&self.facts.arena().conditions);
        let allowed = self.index().allowed(&self.facts, &target);
        let prepared = Prepared::new(&self.facts, &self.sides, &target, &context).only_loaded();
        let candidates = self.candidates(&target, &prepared, &allowed);
        let rows: Vec<Vec<ReverseRow>> = candidates
            .par_chunks(CHUNK)
            .map(|principals| {
                let mut notes = Notes::on(principals.len());
                let row = |&principal: &PrincipalId| {
                    let (decided, examined) = self.ask(&prepared, principal, Some(&mut notes))?;
                    Some(ReverseRow { principal, resource: target.resource.to_string(), decided, examined })
                };
                principals.iter().filter_map(row).collect()
            })
            .collect();
        let rows: Vec<ReverseRow> = rows.into_iter().flatten().collect();
        let missing = self.missing_of(&prepared, &rows);
        let other_endpoints = self.rests_on_other_endpoints(&prepared, &rows);
        drop(prepared);
        warnings.extend(self.stated_otherwise_of_resource(&question.context, &target));
        warnings.extend(self.odd(question, &rows));
        let consulted = target.resource_side();
        Ok(WhoCan {
            engine: self,
            action: target.action.name.to_string(),
            rows,
            missing,
            warnings,
            consulted,
            other_endpoints,
            assumed: Vec::new(),
        })
    }

    fn rests_on_other_endpoints(&self, prepared: &Prepared, rows: &[ReverseRow]) -> bool {
        rows.iter()
            .any(|row| prepared.rests_on_other_endpoints(self.facts.principal(row.principal), &row.decided))
    }

    /// A resource with wildcards: each part that policies tell apart is asked about by one resource that stands for it.
    fn who_can_pattern(&self, question: &Reverse, pattern: &str) -> Result<WhoCan<'_>, QuestionError> {
        if let Some(error) = malformed_account(pattern) {
            return Err(error);
        }
        let mut warnings = Vec::new();
        let action = self.facts.asked_action(&question.action);
        let context = question.context.bindings(&self.facts.arena().conditions);
        let too_many =
            |limit: crate::region::resource::LimitExceeded| QuestionError::TooManyParts(limit.to_string());
        let (mut rows, mut missing, mut consulted) = (Vec::new(), Vec::new(), Vec::new());
        let mut other_endpoints = false;
        for part in self.governed_parts(&action, pattern)? {
            let target = self.target_of(
                &question.action,
                Some(&part.example),
                question.resource_account,
                &mut warnings,
            )?;
            consulted.extend(target.resource_side());
            let prepared =
                Prepared::new(&self.facts, &self.sides, &target, &context).for_pattern().only_loaded();
            let resource_side = prepared.resource_sets();
            let allowed = self.index().allowed_within(&self.facts, &target, part.resources);
            // Whoever may have a route on some piece: the resource side is the same for all pieces but for its patterns.
            let whole = prepared.on_any_resource();
            let found: Result<Vec<Vec<ReverseRow>>, _> = self
                .candidates(&target, &whole, &allowed)
                .into_par_iter()
                .map(|principal| {
                    let pieces = self.split_for(&part, &target, principal, &resource_side)?;
                    let mut of_principal: Vec<(ResourceSetId, Decided, Examined)> = Vec::new();
                    for piece in pieces {
                        let target = self.facts.target(
                            target.action.clone(),
                            &piece.example,
                            question.resource_account,
                        );
                        let prepared = Prepared::new(&self.facts, &self.sides, &target, &context)
                            .for_pattern()
                            .only_loaded();
                        let Some((decided, examined)) = self.ask(&prepared, principal, None) else {
                            continue;
                        };
                        let alike = of_principal.iter_mut().find(|(_, known, other)| {
                            (known.decision, known.condition) == (decided.decision, decided.condition)
                                && other.matched == examined.matched
                        });
                        match alike {
                            Some((set, ..)) => {
                                *set = self.facts.arena().resources.union(*set, piece.resources)
                            }
                            None => of_principal.push((piece.resources, decided, examined)),
                        }
                    }
                    let row = |(set, decided, examined)| ReverseRow {
                        principal,
                        resource: self.resource_text(set),
                        decided,
                        examined,
                    };
                    Ok(of_principal.into_iter().map(row).collect())
                })
                .collect();
            let mut found: Vec<ReverseRow> = found.map_err(too_many)?.into_iter().flatten().collect();
            missing.extend(self.missing_of(&prepared, &found));
            other_endpoints |= self.rests_on_other_endpoints(&prepared, &found);
            rows.append(&mut found);
        }
        self.sort(&mut rows);
        missing.sort();
        missing.dedup();
        warnings.extend(self.odd(question, &rows));
        warnings.sort();
        warnings.dedup();
        consulted.sort_unstable();
        consulted.dedup();
        let action = action.name.to_string();
        let assumed = Vec::new();
        Ok(WhoCan { engine: self, action, rows, missing, warnings, consulted, other_endpoints, assumed })
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
        odd.extend(question.context.contradiction());
        odd.extend(unheard_of_in(&question.context));
        odd
    }

    /// The decision on one caller, unless it is a denial.
    pub(super) fn ask<'a>(
        &'a self,
        prepared: &Prepared<'a>,
        principal: PrincipalId,
        notes: Option<&mut Notes<'a>>,
    ) -> Option<(Decided, Examined)> {
        let fact = self.facts.principal(principal);
        let side = self.sides.of(&self.facts, principal);
        let (decided, examined) =
            prepared.decide(&self.routes, &Caller { fact, side, session: SessionPolicies::None }, notes);
        let may = decided.decision.may_be_allowed() && !decided.condition.is_never();
        may.then_some((decided, examined))
    }

    fn sort(&self, rows: &mut [ReverseRow]) {
        let index = self.index();
        rows.sort_by(|a, b| {
            (index.rank(a.principal), &a.resource).cmp(&(index.rank(b.principal), &b.resource))
        });
    }

    fn missing_of(&self, prepared: &Prepared, rows: &[ReverseRow]) -> Vec<String> {
        let mut missing = prepared.could_let_in();
        let mut seen: FxHashSet<ConditionId> = FxHashSet::default();
        let distinct = rows.iter().filter(|row| seen.insert(row.decided.condition));
        missing.extend(distinct.flat_map(|row| self.missing(&row.decided, prepared)));
        missing.sort();
        missing.dedup();
        missing
    }

    /// The index, made when it is first needed.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.facts, &self.sides))
    }

    /// Everybody who may have a route, by name; a superset of those who do.
    pub(super) fn candidates(
        &self,
        target: &Target,
        prepared: &Prepared,
        allowed: &[PrincipalId],
    ) -> Vec<PrincipalId> {
        let index = self.index();
        let all = || (0..self.facts.principals.len() as u32).map(PrincipalId);
        if target.regime == Regime::Free {
            return index.by_name().to_vec();
        }
        let mut found: Vec<PrincipalId> = Vec::new();
        let named = self.named(prepared);
        for &principal in allowed {
            let account = self.facts.principal(principal).account;
            let at_home = match target.owner {
                Ownership::Account(owner) => account == Some(owner),
                Ownership::Nobody | Ownership::Caller | Ownership::Unknown(_) => true,
            };
            let caller_side = matches!(
                target.cross_account,
                CrossAccount::IdentityOnly | CrossAccount::PolicyOrDelegatedAdministrator
            );
            if at_home
                || caller_side
                || named.everybody
                || account.is_some_and(|account| named.accounts.contains(&account))
            {
                found.push(principal);
            }
        }
        found.extend(named.principals);
        match target.owner {
            Ownership::Account(owner) => {
                let at_home = index.accounts.get(&owner).map(Vec::as_slice).unwrap_or_default();
                match named.everybody {
                    true => found.extend(at_home.iter().copied()),
                    false => found.extend(at_home.iter().copied().filter(|&id| self.is_root(id))),
                }
            }
            _ => found.extend(all().filter(|&id| self.is_root(id))),
        }
        for account in named.accounts {
            // Root users, and callers of accounts that were not collected, need no identity policy that was loaded.
            let members = index.accounts.get(&account).map(Vec::as_slice).unwrap_or_default();
            found.extend(
                members.iter().copied().filter(|&id| self.is_root(id) || !self.facts.principal(id).loaded),
            );
        }
        if named.everybody {
            found.extend(all().filter(|&id| {
                let fact = self.facts.principal(id);
                !fact.loaded || fact.account.is_none() || fact.kind == PrincipalKind::Root
            }));
        }
        found.sort_unstable_by_key(|&id| index.rank(id));
        found.dedup();
        found
    }

    /// Everybody whom a role's trust policy may let in, by name: a superset of those whom it does.
    pub(super) fn trusted(&self, target: &Target, prepared: &Prepared) -> Vec<PrincipalId> {
        let index = self.index();
        let named = self.named(prepared);
        if named.everybody {
            return index.by_name().to_vec();
        }
        let mut found: Vec<PrincipalId> = named.principals.into_iter().collect();
        if !named.accounts.is_empty() {
            let of_accounts = |id: &PrincipalId| {
                self.facts.principal(*id).account.is_some_and(|account| named.accounts.contains(&account))
            };
            found.extend(index.allowed(&self.facts, target).into_iter().filter(of_accounts));
            // Callers of accounts that were not collected need no identity policy that was loaded.
            let members = named.accounts.iter().filter_map(|account| index.accounts.get(account)).flatten();
            found.extend(members.copied().filter(|&id| !self.facts.principal(id).loaded));
        }
        found.sort_unstable_by_key(|&id| index.rank(id));
        found.dedup();
        found
    }

    fn is_root(&self, id: PrincipalId) -> bool {
        self.facts.principal(id).kind == PrincipalKind::Root
    }

    pub(super) fn named(&self, prepared: &Prepared) -> NamedCallers {
        let mut named = NamedCallers::default();
        for (element, denies) in prepared.principals() {
            if denies {
                continue;
            }
            let entries = match element {
                PrincipalElement::Entries { negated: false, entries } => entries.as_slice(),
                PrincipalElement::Missing | PrincipalElement::Nobody => &[],
                _ => {
                    named.everybody = true;
                    &[]
                }
            };
            for entry in entries {
                match &entry.kind {
                    Named::Everyone => named.everybody = true,
                    Named::Account => {
                        let account = entry.account().unwrap_or_default();
                        named.accounts.extend(account.parse::<AccountId>().ok());
                        named.principals.extend(self.facts.principal_id(account));
                    }
                    Named::CanonicalUser => match self.facts.estate.account_of_canonical_id(&entry.text) {
                        Some(account) => {
                            named.accounts.insert(account.id);
                        }
                        None => named.everybody = true,
                    },
                    Named::UniqueId => {
                        let known = self.facts.estate.principal_of_id(&entry.text);
                        let known = known.and_then(|principal| self.facts.principal_id(principal.arn()));
                        named.principals.extend(known);
                    }
                    Named::Role => {
                        // The role, and each of its sessions that some policy names.
                        let role = self.facts.principal_id(&entry.text);
                        named.principals.extend(role);
                        named
                            .principals
                            .extend(role.into_iter().flat_map(|role| self.facts.sessions_of(role)));
                    }
                    Named::Session => {
                        let role = self.facts.estate.role_of_session(&entry.text);
                        named
                            .principals
                            .extend(role.and_then(|role| self.facts.principal_id(&role.identity.arn)));
                        named.principals.extend(self.facts.principal_id(&entry.text));
                    }
                    _ => named.principals.extend(self.facts.principal_id(&entry.text)),
                }
            }
        }
        named
    }
}

/// Whom the Allow statements on the resource side name.
#[derive(Default)]
pub(super) struct NamedCallers {
    pub(super) everybody: bool,
    pub(super) accounts: BTreeSet<AccountId>,
    principals: BTreeSet<PrincipalId>,
}

/// The actions that a question means: names, and what patterns match; none given: every action that takes the
/// resource.
///
/// # Errors
/// A text is no action, or there are neither actions nor a resource.
pub fn actions_of(asked: &[String], resource: Option<&str>) -> Result<Vec<String>, QuestionError> {
    let catalog = Catalog::embedded();
    let mut actions = Vec::new();
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
    }
    Ok(actions)
}
