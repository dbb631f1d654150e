//! Whom the statements of resource policies name: sets of principals, with the condition under which each is meant.

use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::classes::Classes;
use super::engine::Engine;
use crate::document::principal::PrincipalKind as Named;
use crate::document::{Effect, PolicyKind, PrincipalElement};
use crate::estate::{AccountId, Arn};
use crate::facts::compile::CompiledPolicy;
use crate::facts::naming::Naming;
use crate::facts::{Caller, Grant, PrincipalId, PrincipalKind};
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::interner::Interner;

/// A principal that a statement names: in which form, and when.
type NamedAs = (PrincipalId, Grant, ConditionId);

/// A set of principals of [`PrincipalSets`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PrincipalSetId(pub u32);

/// Distinct sets of principals.
pub struct PrincipalSets {
    sets: Interner<Box<[PrincipalId]>>,
}

impl PrincipalSets {
    pub(super) fn new() -> Self {
        Self { sets: Interner::new() }
    }

    /// The members of a set, sorted by id.
    pub fn get(&self, id: PrincipalSetId) -> &[PrincipalId] {
        self.sets.get(id.0)
    }

    pub(super) fn intern(&self, members: Vec<PrincipalId>) -> PrincipalSetId {
        PrincipalSetId(self.sets.intern(members.into()))
    }
}

/// As what a resource-side Allow names its principals, which decides what it needs besides (S-EVAL-04).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum GrantForm {
    /// Itself, or everybody: bypasses the whole own side.
    Direct,
    /// The role or user behind the session: bypasses identity policies.
    Bounded,
    /// The account: bypasses nothing.
    Delegated,
    /// As a foreigner: counts across accounts only.
    Foreign,
    /// As the grantee of a KMS grant: needs no own policies in any account.
    KeyGrant,
}

/// A statement of a resource policy, or a part of one, and whom it means.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    pub statement: u32,
    pub denies: bool,
    pub region: Region,
    /// Sets of principals with the form in which they are named and the condition under which the statement speaks.
    pub whom: WhomOfStatement,
}

/// Finds whom statements name.
pub(super) struct Whom<'a> {
    engine: &'a Engine,
    pub sets: &'a PrincipalSets,
    pub classes: Classes<'a>,
    /// Everybody that can act.
    pub everybody: Vec<PrincipalId>,
    of_account: FxHashMap<AccountId, Vec<PrincipalId>>,
    /// Those of an account that the estate knows by name only, and the named sessions.
    outside: FxHashMap<Option<AccountId>, Vec<PrincipalId>>,
    services: Vec<PrincipalId>,
    /// What was found for statements that name the same principals under the same condition: many policies are alike.
    known: Mutex<FxHashMap<Alike, WhomOfStatement>>,
}

/// Statements that mean the same: their principals as text, the kind of policy, whether they deny, and when they speak.
type Alike = (Box<str>, PolicyKind, bool, ConditionId);

/// Sets of principals with the form in which a statement names them and the condition under which it speaks.
type WhomOfStatement = Vec<(GrantForm, ConditionId, PrincipalSetId)>;

impl<'a> Whom<'a> {
    pub(super) fn new(engine: &'a Engine, sets: &'a PrincipalSets) -> Self {
        let facts = &engine.facts;
        let all = (0..facts.principals.len() as u32).map(PrincipalId);
        let everybody: Vec<PrincipalId> = all.filter(|&id| facts.principal(id).may_act).collect();
        let mut of_account: FxHashMap<AccountId, Vec<PrincipalId>> = FxHashMap::default();
        let mut outside: FxHashMap<Option<AccountId>, Vec<PrincipalId>> = FxHashMap::default();
        let mut services = Vec::new();
        for &id in &everybody {
            let fact = facts.principal(id);
            if let Some(account) = fact.account {
                of_account.entry(account).or_default().push(id);
            }
            if fact.identity().is_none() || fact.kind == PrincipalKind::Session {
                outside.entry(fact.account).or_default().push(id);
            }
            if fact.caller == Caller::Service {
                services.push(id);
            }
        }
        let (classes, known) = (Classes::new(facts), Mutex::default());
        Self { engine, sets, classes, everybody, of_account, outside, services, known }
    }

    /// What a resource policy, as it reads for everybody, means.
    pub(super) fn read(&self, policy: &Arc<CompiledPolicy>) -> Vec<Meaning> {
        let facts = &self.engine.facts;
        let regions = facts.compiler.read_for_anybody(policy);
        let mut last: Option<(u32, Vec<NamedAs>)> = None;
        let mut meanings = Vec::with_capacity(regions.len());
        for &region in regions {
            let parts = facts.arena().get(region.region);
            let element = policy.document.document().statements.get(region.statement as usize);
            let alike = element.map(|statement| {
                let text = format!("{:?}", ByText(&statement.principal));
                (text.into_boxed_str(), policy.kind, region.denies, parts.condition)
            });
            let known = alike.as_ref().and_then(|alike| self.known.lock().get(alike).cloned());
            if let Some(whom) = known {
                meanings.push(Meaning {
                    statement: region.statement,
                    denies: region.denies,
                    region: parts,
                    whom,
                });
                continue;
            }
            let named = match &last {
                Some((statement, named)) if *statement == region.statement => named,
                _ => &last.insert((region.statement, self.named(policy, region.statement, region.denies))).1,
            };
            let ids: Vec<PrincipalId> = named.iter().map(|(id, _, _)| *id).collect();
            let bound = self.classes.bind(parts.condition, &ids);
            let form = |grant| match grant {
                _ if region.denies => GrantForm::Direct,
                Grant::User if policy.kind == PolicyKind::Trust => GrantForm::Bounded, // U-31, S-PB-06
                Grant::Role | Grant::FederatingUser => GrantForm::Bounded,
                Grant::Account => GrantForm::Delegated,
                _ => GrantForm::Direct,
            };
            let mut groups: FxHashMap<(GrantForm, ConditionId), Vec<PrincipalId>> = FxHashMap::default();
            for ((id, grant, when), bound) in named.iter().zip(bound) {
                let condition = facts.arena().conditions.and(bound, *when);
                if !condition.is_never() {
                    let members = groups.entry((form(*grant), condition)).or_default();
                    if members.last() != Some(id) {
                        members.push(*id);
                    }
                }
            }
            let whom: WhomOfStatement = groups
                .into_iter()
                .map(|((form, condition), members)| (form, condition, self.sets.intern(members)))
                .collect();
            if let Some(alike) = alike {
                self.known.lock().insert(alike, whom.clone());
            }
            meanings.push(Meaning {
                statement: region.statement,
                denies: region.denies,
                region: parts,
                whom,
            });
        }
        meanings
    }

    /// The principals that a statement names, in the order of their ids.
    fn named(&self, policy: &CompiledPolicy, statement: u32, denies: bool) -> Vec<NamedAs> {
        let facts = &self.engine.facts;
        let Some(statement) = policy.document.document().statements.get(statement as usize) else {
            // A policy that could not be read may mean anybody.
            return self.everybody.iter().map(|&id| (id, Grant::Everyone, ConditionId::ALWAYS)).collect();
        };
        let element = &statement.principal;
        let effect = if denies { Effect::Deny } else { Effect::Allow };
        let candidates = self.candidates(element);
        let find = |id: &PrincipalId| {
            let naming = Naming {
                conditions: &facts.arena().conditions,
                estate: &facts.estate,
                principal: facts.principal(*id),
                bounded: !self.engine.sides.of(facts, *id).boundary.is_empty(),
                kind: policy.kind,
                gateway: false,
            };
            let id = *id;
            naming.forms(element, effect).into_iter().map(move |(form, when)| (id, form, when))
        };
        match candidates {
            Some(candidates) => candidates.iter().flat_map(find).collect(),
            None => self.everybody.par_iter().with_min_len(512).flat_map_iter(find).collect(),
        }
    }

    /// The principals that an element can mean; none: everybody.
    fn candidates(&self, element: &PrincipalElement) -> Option<Vec<PrincipalId>> {
        let facts = &self.engine.facts;
        let entries = match element {
            PrincipalElement::Entries { negated: false, entries } => entries.as_slice(),
            PrincipalElement::Nobody => &[],
            _ => return None,
        };
        let mut found: Vec<PrincipalId> = Vec::new();
        let outside = |account: Option<AccountId>| self.outside.get(&account).map_or(&[][..], Vec::as_slice);
        for entry in entries {
            found.extend(facts.principal_id(&entry.text));
            match &entry.kind {
                Named::Account => {
                    let account = entry.account().and_then(|account| account.parse::<AccountId>().ok());
                    found.extend(account.iter().filter_map(|id| self.of_account.get(id)).flatten());
                }
                Named::User | Named::Role | Named::FederatedUser => {
                    found.extend(outside(Arn::parse(&entry.text).and_then(|arn| arn.account_id())));
                }
                Named::Session => {
                    let role = facts.estate.role_of_session(&entry.text);
                    found.extend(role.and_then(|role| facts.principal_id(&role.identity.arn)));
                    found.extend(outside(Arn::parse(&entry.text).and_then(|arn| arn.account_id())));
                }
                Named::Service => found.extend(&self.services),
                Named::SamlProvider
                | Named::OidcProvider
                | Named::BuiltInProvider
                | Named::OriginAccessIdentity => {}
                _ => return None,
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|id| facts.principal(*id).may_act);
        Some(found)
    }
}

/// A principal element as text, whatever its place in its document.
struct ByText<'a, 'd>(&'a PrincipalElement<'d>);

impl std::fmt::Debug for ByText<'_, '_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            PrincipalElement::Implicit => out.write_str("implicit"),
            PrincipalElement::Missing => out.write_str("missing"),
            PrincipalElement::Everyone => out.write_str("everyone"),
            PrincipalElement::Nobody => out.write_str("nobody"),
            PrincipalElement::Unreadable => out.write_str("unreadable"),
            PrincipalElement::Entries { negated, entries } => {
                write!(out, "{negated}")?;
                entries.iter().try_for_each(|entry| write!(out, " {:?} {:?}", entry.kind, entry.text))
            }
        }
    }
}
