//! Whom the statements of resource policies name: sets of principals, with the condition under which each is meant.

use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::classes::Classes;
use super::engine::Engine;
use super::members::{ByName, Members};
use crate::document::principal::{PrincipalEntry, PrincipalKind as EntryKind};
use crate::document::{Effect, PolicyKind, PrincipalElement};
use crate::estate::{AccountId, Arn};
use crate::facts::compile::CompiledPolicy;
use crate::facts::naming::{Forms, Naming};
use crate::facts::readings::Question;
use crate::facts::{Caller, Grant, PrincipalId, PrincipalKind};
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::interner::Interner;

/// Principals that a statement names: in which form, and when.
type Named = (Grant, ConditionId, Members);

/// A set of principals of [`PrincipalSets`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PrincipalSetId(pub u32);

/// Distinct sets of principals.
pub struct PrincipalSets {
    sets: Interner<Members>,
}

impl PrincipalSets {
    pub(super) fn new() -> Self {
        Self { sets: Interner::new() }
    }

    /// The members of a set.
    pub fn get(&self, id: PrincipalSetId) -> &Members {
        self.sets.get(id.0)
    }

    pub(super) fn intern(&self, members: Members) -> PrincipalSetId {
        PrincipalSetId(self.sets.intern(members))
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
    pub by_name: &'a ByName,
    pub classes: Classes<'a>,
    /// Whether policies are those of gateway endpoints, where an account means its root user (S-VPCE-03).
    gateway: bool,
    /// Everybody that can act.
    pub everybody: Members,
    of_account: FxHashMap<AccountId, Vec<PrincipalId>>,
    /// Those of an account that the estate knows by name only, and the named sessions.
    outside: FxHashMap<Option<AccountId>, Vec<PrincipalId>>,
    services: Vec<PrincipalId>,
    /// Who is at home in an account, as far as somebody asked, and who of them is its root user.
    at_home: Mutex<FxHashMap<Option<AccountId>, Arc<AtHome>>>,
    /// What was found for statements that name the same principals under the same condition: many policies are alike.
    known: Mutex<FxHashMap<Alike, WhomOfStatement>>,
    /// The same for entries of principal elements.
    known_entries: Mutex<FxHashMap<AlikeEntry, Arc<[Named]>>>,
}

/// Those who are at home in an account, and the root user among them.
pub(super) struct AtHome {
    pub all: Members,
    pub roots: Members,
}

/// Statements that mean the same: their principals as text, the kind of policy, whether they deny, and when they speak.
type Alike = (Box<str>, PolicyKind, bool, ConditionId);

/// Entries that mean the same: their kind and text, what they are of, and whether the statement denies.
type AlikeEntry = (Box<str>, Of, bool);

/// What a principal element is of: the kind of policy, and whether the statement asks for callers by their ARN.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Of {
    kind: PolicyKind,
    by_arn: bool,
}

/// Sets of principals with the form in which a statement names them and the condition under which it speaks.
type WhomOfStatement = Arc<[(GrantForm, ConditionId, PrincipalSetId)]>;

impl<'a> Whom<'a> {
    pub(super) fn new(engine: &'a Engine, by_name: &'a ByName, sets: &'a PrincipalSets) -> Self {
        let facts = &engine.facts;
        let mut acting: Vec<PrincipalId> = Vec::with_capacity(facts.principals.len());
        let mut of_account: FxHashMap<AccountId, Vec<PrincipalId>> = FxHashMap::default();
        let mut outside: FxHashMap<Option<AccountId>, Vec<PrincipalId>> = FxHashMap::default();
        let mut services = Vec::new();
        for &id in by_name.order() {
            let fact = facts.principal(id);
            if !fact.may_act {
                continue;
            }
            acting.push(id);
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
        let (at_home, known, known_entries) = Default::default();
        Self {
            engine,
            sets,
            by_name,
            classes: Classes::new(facts, by_name),
            gateway: false,
            everybody: by_name.members(acting),
            of_account,
            outside,
            services,
            at_home,
            known,
            known_entries,
        }
    }

    /// The same for policies of gateway endpoints.
    pub(super) fn of_gateways(self) -> Self {
        Self { gateway: true, ..self }
    }

    /// The principals of an account, and the services, which are at home everywhere.
    pub(super) fn at_home(&self, account: Option<AccountId>) -> Arc<AtHome> {
        if let Some(known) = self.at_home.lock().get(&account) {
            return known.clone();
        }
        let own = account.and_then(|account| self.of_account.get(&account)).map(Vec::as_slice);
        let own = own.unwrap_or_default();
        let is_root = |id: &PrincipalId| self.engine.facts.principal(*id).caller == Caller::Root;
        let all = self.by_name.members(own.iter().chain(&self.services).copied());
        let roots = self.by_name.members(own.iter().copied().filter(is_root));
        let found = Arc::new(AtHome { all, roots });
        self.at_home.lock().insert(account, found.clone());
        found
    }

    /// What a resource policy, as it reads for everybody, means.
    pub(super) fn read(&self, policy: &Arc<CompiledPolicy>) -> Vec<Meaning> {
        let facts = &self.engine.facts;
        let regions = facts.compiler.read_for_anybody(policy);
        let mut last: Option<(u32, Vec<Named>)> = None;
        let mut meanings = Vec::with_capacity(regions.len());
        for &region in regions {
            let parts = facts.arena().get(region.region);
            let element = policy.document.document().statements.get(region.statement as usize);
            let alike = element.map(|statement| {
                let text = format!("{:?}", ByText(&statement.principal));
                (text.into_boxed_str(), policy.kind, region.denies, parts.condition)
            });
            let known = alike.as_ref().and_then(|alike| self.known.lock().get(alike).cloned());
            let whom = known.unwrap_or_else(|| {
                let named = match &last {
                    Some((statement, named)) if *statement == region.statement => named,
                    _ => {
                        &last
                            .insert((region.statement, self.named(policy, region.statement, region.denies)))
                            .1
                    }
                };
                let whom = self.when(policy.kind, region.denies, parts.condition, named);
                if let Some(alike) = alike {
                    self.known.lock().insert(alike, whom.clone());
                }
                whom
            });
            let (statement, denies) = (region.statement, region.denies);
            meanings.push(Meaning { statement, denies, region: parts, whom });
        }
        meanings
    }

    /// Binds the condition of a statement for those whom it names.
    fn when(
        &self,
        kind: PolicyKind,
        denies: bool,
        condition: ConditionId,
        named: &[Named],
    ) -> WhomOfStatement {
        let form = |grant| match grant {
            _ if denies => GrantForm::Direct,
            Grant::User if kind == PolicyKind::Trust => GrantForm::Bounded, // U-31, S-PB-06
            Grant::Role | Grant::FederatingUser => GrantForm::Bounded,
            Grant::Account => GrantForm::Delegated,
            _ => GrantForm::Direct,
        };
        let mut groups: FxHashMap<(GrantForm, ConditionId), Members> = FxHashMap::default();
        for (grant, when, members) in named {
            for (bound, members) in self.classes.bind(condition, members) {
                let condition = self.engine.facts.arena().conditions.and(bound, *when);
                if !condition.is_never() {
                    let group = groups.entry((form(*grant), condition)).or_default();
                    *group = group.union(&members);
                }
            }
        }
        let interned = |((form, condition), members)| (form, condition, self.sets.intern(members));
        groups.into_iter().map(interned).collect()
    }

    /// The principals that a statement names.
    fn named(&self, policy: &CompiledPolicy, statement: u32, denies: bool) -> Vec<Named> {
        let Some(statement) = policy.document.document().statements.get(statement as usize) else {
            // A policy that could not be read may mean anybody.
            return vec![(Grant::Everyone, ConditionId::ALWAYS, self.everybody.clone())];
        };
        let element = &statement.principal;
        let of = Of { kind: policy.kind, by_arn: statement.names_by_arn() };
        let effect = if denies { Effect::Deny } else { Effect::Allow };
        let entries = match element {
            PrincipalElement::Entries { negated: false, entries } => entries,
            PrincipalElement::Entries { negated: true, .. } => {
                return self.found(self.everybody(), of, |naming| naming.forms(element, effect));
            }
            // A grant to everybody that does not make up for the same layers for all (U-76, U-77).
            _ if !denies && !self.bypasses_for_all() => {
                return self.found(self.everybody(), of, |naming| naming.forms(element, effect));
            }
            // The same for all.
            _ => {
                let one: Vec<PrincipalId> = self.by_name.principals(&self.everybody).take(1).collect();
                let mut named = self.found(one, of, |naming| naming.forms(element, effect));
                named.iter_mut().for_each(|(_, _, members)| *members = self.everybody.clone());
                return named;
            }
        };
        let mut named = Vec::with_capacity(entries.len());
        for entry in entries {
            let alike = (format!("{:?} {}", entry.kind, entry.text).into_boxed_str(), of, denies);
            let known = self.known_entries.lock().get(&alike).cloned();
            let found = known.unwrap_or_else(|| {
                let candidates = self.candidates(entry).unwrap_or_else(|| self.everybody());
                let found = self.found(candidates, of, |naming| naming.forms_of(entry, denies));
                self.known_entries.lock().entry(alike).or_insert(found.into()).clone()
            });
            named.extend_from_slice(&found);
        }
        named
    }

    /// Whether `*` makes up for silent layers of whoever calls.
    fn bypasses_for_all(&self) -> bool {
        let readings = &self.engine.facts.compiler.assumptions.readings;
        let questions = [Question::BareStarOfFederated, Question::BareStarOfSessions];
        questions.into_iter().all(|question| readings.is_default(question))
    }

    fn everybody(&self) -> Vec<PrincipalId> {
        self.by_name.principals(&self.everybody).collect()
    }

    /// Those of some principals who are named, with the forms.
    fn found(
        &self,
        candidates: Vec<PrincipalId>,
        of: Of,
        forms: impl Fn(&Naming) -> Forms + Sync,
    ) -> Vec<Named> {
        let facts = &self.engine.facts;
        let find = |&id: &PrincipalId| {
            let naming = Naming {
                conditions: &facts.arena().conditions,
                estate: &facts.estate,
                principal: facts.principal(id),
                bounded: !self.engine.sides.of(facts, id).boundary.is_empty(),
                kind: of.kind,
                by_arn: of.by_arn,
                gateway: self.gateway,
                readings: &facts.compiler.assumptions.readings,
                ids_open: true,
            };
            forms(&naming).into_iter().map(move |form| (form, self.by_name.place(id)))
        };
        let found: Vec<((Grant, ConditionId), u32)> =
            candidates.par_iter().with_min_len(512).flat_map_iter(find).collect();
        let mut groups: FxHashMap<(Grant, ConditionId), Vec<u32>> = FxHashMap::default();
        for (form, place) in found {
            groups.entry(form).or_default().push(place);
        }
        groups.into_iter().map(|((form, when), places)| (form, when, Members::of(places))).collect()
    }

    /// The principals that an entry can mean; none: everybody.
    fn candidates(&self, entry: &PrincipalEntry) -> Option<Vec<PrincipalId>> {
        let facts = &self.engine.facts;
        let mut found: Vec<PrincipalId> = facts.principal_id(&entry.text).into_iter().collect();
        let outside = |account: Option<AccountId>| self.outside.get(&account).map_or(&[][..], Vec::as_slice);
        match &entry.kind {
            EntryKind::Account => {
                let account = entry.account().and_then(|account| account.parse::<AccountId>().ok());
                found.extend(account.iter().filter_map(|id| self.of_account.get(id)).flatten());
            }
            EntryKind::User | EntryKind::Role | EntryKind::FederatedUser => {
                found.extend(outside(Arn::parse(&entry.text).and_then(|arn| arn.account_id())));
            }
            EntryKind::Session => {
                let role = facts.estate.role_of_session(&entry.text);
                found.extend(role.and_then(|role| facts.principal_id(&role.identity.arn)));
                found.extend(outside(Arn::parse(&entry.text).and_then(|arn| arn.account_id())));
            }
            EntryKind::Service => found.extend(&self.services),
            EntryKind::SamlProvider
            | EntryKind::OidcProvider
            | EntryKind::BuiltInProvider
            | EntryKind::OriginAccessIdentity => {}
            _ => return None,
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
            PrincipalElement::Unreadable => out.write_str("unreadable"),
            PrincipalElement::Entries { negated, entries } => {
                write!(out, "{negated}")?;
                entries.iter().try_for_each(|entry| write!(out, " {:?} {:?}", entry.kind, entry.text))
            }
        }
    }
}
