//! Which of the things that sessions carry requests of an estate can tell apart, and for whose sessions they matter.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::hops::{Call, Hop, Hops};
use crate::answers::engine::Engine;
use crate::catalog::sessions::service_trust_needs;
use crate::facts::{Caller as CallerKind, Entity, PrincipalId, PrincipalKind, keys};
use crate::region::condition::{ConditionId, Conditions, KeyId, Known, Sat, Verdict};
use crate::rules::carried::{Carried, Held, Kind};

/// What tests of one key can tell apart in more ways than this is not carried: hops depend on what they ask.
const MOST_OUTCOMES: usize = 16;
/// So many session tags are carried.
const MOST_TAGS: usize = 4;
/// So many claims and other keys of credentials are.
const MOST_OF_CREDENTIALS: usize = 32;

/// What is carried, and for whose sessions it matters.
pub(super) struct Carries {
    all: Vec<Carried>,
    /// For each of them whether it matters in sessions of a principal.
    matters: Vec<Vec<bool>>,
    /// Keys that say that MFA is asked for.
    mfa: [KeyId; 2],
}

impl Carries {
    pub fn new(engine: &Engine, hops: &Hops) -> Self {
        let conditions = &engine.facts().arena().conditions;
        let key = |name: &str| conditions.key(keys::key(name));
        let mfa = ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"].map(key);
        let mut carries = Self { all: Vec::new(), matters: Vec::new(), mfa };
        let in_session =
            |hop: &&Hop| matches!(hop.by, Call::AssumeRole | Call::Request) && engine.is_session(hop.from);
        let chained: Vec<&Hop> = hops.all().iter().filter(in_session).collect();
        carries.add_mfa(conditions, hops, &chained);
        carries.add_source_identity(engine, hops, &chained);
        carries.add_tags(conditions, hops, &chained);
        carries.add_session_names(engine, hops);
        carries.add_of_credentials(conditions, hops, &chained);
        carries
    }

    fn add(&mut self, carried: Carried, matters: Vec<bool>) {
        self.all.push(carried);
        self.matters.push(matters);
    }

    fn add_mfa(&mut self, conditions: &Conditions, hops: &Hops, chained: &[&Hop]) {
        let asks = |hop: &&&Hop| self.asks_for_mfa(conditions, hop.condition);
        let asked: Vec<&Hop> = chained.iter().filter(asks).copied().collect();
        if !asked.is_empty() {
            self.add(Carried::mfa(conditions), in_the_session(hops, &asked));
        }
    }

    fn add_of_credentials(&mut self, conditions: &Conditions, hops: &Hops, chained: &[&Hop]) {
        let mut asked: BTreeMap<String, (KeyId, Vec<&Hop>)> = BTreeMap::new();
        for hop in chained {
            for &key in conditions.keys(hop.condition).iter() {
                let name = &conditions.key_of(key).name;
                if Carried::is_of_credentials(name) {
                    asked.entry(name.to_string()).or_insert_with(|| (key, Vec::new())).1.push(hop);
                }
            }
        }
        for (key, asked) in asked.into_values().take(MOST_OF_CREDENTIALS) {
            let tests = asked.iter().flat_map(|hop| conditions.tests_of(hop.condition, key)).collect();
            let tests = by_content(conditions, tests);
            if let Some(carried) = Carried::of_credentials(conditions, key, &tests, MOST_OUTCOMES) {
                self.add(carried, in_the_session(hops, &asked));
            }
        }
    }

    fn add_source_identity(&mut self, engine: &Engine, hops: &Hops, chained: &[&Hop]) {
        let conditions = &engine.facts().arena().conditions;
        let key = conditions.key(keys::key("aws:SourceIdentity"));
        let parameter = conditions.key(keys::key("sts:SourceIdentity"));
        let (mut tests, mut asked) = (Vec::new(), Vec::new());
        for hop in chained {
            let of_call = conditions.tests_of(hop.condition, parameter);
            tests.extend(of_call.into_iter().map(|test| conditions.renamed(test, parameter, key)));
            if conditions.contains_key(hop.condition, key) {
                tests.extend(conditions.tests_of(hop.condition, key));
                asked.push(*hop);
            }
        }
        let demands =
            |hop: &&Hop| engine.is_identifying(hop.from) || is_worth(conditions, hop.condition, parameter);
        let demanded: Vec<&Hop> = hops.all().iter().filter(demands).collect();
        if asked.is_empty() && demanded.is_empty() {
            return;
        }
        let tests = by_content(conditions, tests);
        if let Some(carried) = Carried::source_identity(conditions, &tests, MOST_OUTCOMES) {
            self.add(carried, around(hops, &asked, &demanded));
        }
    }

    fn add_tags(&mut self, conditions: &Conditions, hops: &Hops, chained: &[&Hop]) {
        let tag_of =
            |key: KeyId| conditions.key_of(key).name.strip_prefix("aws:principaltag/").map(str::to_owned);
        let mut tags: Vec<String> = Vec::new();
        for hop in chained {
            tags.extend(conditions.keys(hop.condition).iter().filter_map(|&key| tag_of(key)));
        }
        let handed_on = handed_on(conditions, hops, chained);
        if !handed_on.is_empty() {
            let demanded: Vec<&Hop> = handed_on.iter().map(|(hop, _)| *hop).collect();
            self.add(Carried::inherited_tags(conditions), around(hops, &[], &demanded));
        }
        tags.extend(handed_on.iter().map(|(_, tag)| tag.clone()));
        tags.sort_unstable();
        tags.dedup();
        for tag in tags.iter().take(MOST_TAGS) {
            let key = conditions.key(keys::key(&format!("aws:PrincipalTag/{tag}")));
            let asked: Vec<&Hop> =
                chained.iter().filter(|hop| conditions.contains_key(hop.condition, key)).copied().collect();
            let tests = asked.iter().flat_map(|hop| conditions.tests_of(hop.condition, key)).collect();
            let tests = by_content(conditions, tests);
            let demanded: Vec<&Hop> =
                handed_on.iter().filter(|(_, other)| other == tag).map(|(hop, _)| *hop).collect();
            if let Some(carried) = Carried::tag(conditions, tag, &tests, MOST_OUTCOMES) {
                self.add(carried, around(hops, &asked, &demanded));
            }
        }
    }

    /// It matters where a trust policy says something of the name, and requests of the session or other policies do too.
    fn add_session_names(&mut self, engine: &Engine, hops: &Hops) {
        let conditions = &engine.facts().arena().conditions;
        let key = conditions.key(keys::session_name());
        let parameter = conditions.key(keys::key("sts:RoleSessionName"));
        let (mut matters, mut tests) = (vec![false; hops.principals()], Vec::new());
        for hop in hops.all().iter().filter(|hop| conditions.contains_key(hop.condition, parameter)) {
            if matters[hop.to.index()] {
                continue;
            }
            let before = tests.len();
            for next in hops.from(hop.to).map(|id| hops.get(id)) {
                match engine.name_given(next) {
                    Some(named) => tests.push(named),
                    None => tests.extend(conditions.tests_of(next.condition, key)),
                }
            }
            matters[hop.to.index()] = tests.len() > before;
        }
        let tests = by_content(conditions, tests);
        if !tests.is_empty() {
            let carried = Carried::session_name(conditions, &tests, MOST_OUTCOMES);
            carried.into_iter().for_each(|carried| self.add(carried, matters.clone()));
        }
    }

    pub fn all(&self) -> &[Carried] {
        &self.all
    }

    /// Nothing is known.
    pub fn open(&self) -> Box<[Held]> {
        vec![Held::Open; self.all.len()].into()
    }

    pub fn matters(&self, number: usize, principal: PrincipalId) -> bool {
        self.matters.get(number).and_then(|of| of.get(principal.index())) == Some(&true)
    }

    /// What every request of a session holds.
    pub fn condition(&self, conditions: &Conditions, held: &[Held]) -> ConditionId {
        conditions
            .and_all(self.all.iter().zip(held).map(|(carried, &held)| carried.condition(conditions, held)))
    }

    /// Whether a hop asks for something that was left unasked in a session.
    pub fn asks(&self, conditions: &Conditions, held: &[Held], condition: ConditionId) -> bool {
        let unasked = self.all.iter().zip(held).filter(|(carried, held)| carried.is_unasked(**held));
        unasked.into_iter().any(|(carried, _)| match carried.kind {
            Kind::Mfa => self.asks_for_mfa(conditions, condition),
            _ => conditions.contains_key(condition, carried.key),
        })
    }

    /// Whether requests can ask for something that is carried: only of these it matters who made the session, and how.
    pub fn could_ask(conditions: &Conditions, condition: ConditionId) -> bool {
        conditions.keys(condition).iter().any(|&key| {
            let name = &*conditions.key_of(key).name;
            let keys = [
                "aws:multifactorauthpresent",
                "aws:multifactorauthage",
                "aws:sourceidentity",
                keys::SESSION_NAME,
            ];
            keys.contains(&name) || name.starts_with("aws:principaltag/") || Carried::is_of_credentials(name)
        })
    }

    fn asks_for_mfa(&self, conditions: &Conditions, condition: ConditionId) -> bool {
        self.mfa.iter().any(|&key| conditions.contains_key(condition, key))
    }

    /// The outcome to which the tag of the role itself comes, or the name of the provider.
    pub fn own(&self, engine: &Engine, number: usize, hop: &Hop) -> u8 {
        let conditions = &engine.facts().arena().conditions;
        let Some(carried) = self.all.get(number) else { return 0 };
        let value = match (carried.kind, &engine.facts().principal(hop.to).entity) {
            (Kind::Tag, Entity::Role(role)) => {
                let name = &conditions.key_of(carried.key).name;
                name.strip_prefix("aws:principaltag/").and_then(|tag| role.identity.tags.get(tag))
            }
            (Kind::Provider, _) if hop.by == Call::AssumeRoleWithWebIdentity => {
                Some(&*engine.facts().principal(hop.from).name)
            }
            (Kind::Provider, _) => None,
            _ => return 0,
        };
        let known = |_: KeyId| value.map_or(Known::Absent, |value| Known::One(value.to_owned().into()));
        let is_own = |outcome: &ConditionId| conditions.bind(*outcome, &known).is_always();
        carried.outcomes.iter().position(is_own).unwrap_or_default() as u8
    }

    /// Whether the provider that vouches for the caller of a hop makes a claim.
    pub fn claims(&self, engine: &Engine, number: usize, hop: &Hop) -> bool {
        let conditions = &engine.facts().arena().conditions;
        let vouching = engine.facts().principal(hop.provider.unwrap_or(hop.from));
        let Some(carried) = self.all.get(number) else { return false };
        let issuer = keys::issuer(&conditions.key_of(carried.key).name);
        vouching.kind == PrincipalKind::IdentityProvider && issuer.is_some_and(|it| vouching.issues(it))
    }
}

impl Engine {
    /// Whether a session of a role takes another role (S-SESS-08).
    pub fn is_chained(&self, hop: &Hop) -> bool {
        hop.by == Call::AssumeRole && self.is_session(hop.from)
    }

    fn is_session(&self, id: PrincipalId) -> bool {
        let caller = self.facts.principal(id).caller;
        matches!(caller, CallerKind::RoleSession | CallerKind::ServiceLinkedSession)
    }

    /// Whether it is a service that always passes a source identity (S-TRUST-09).
    pub(super) fn is_identifying(&self, id: PrincipalId) -> bool {
        let fact = self.facts.principal(id);
        fact.caller == CallerKind::Service
            && service_trust_needs(&fact.name).contains(&"sts:SetSourceIdentity")
    }

    /// For a hop from a role to one of its sessions: that the session has that name.
    pub(super) fn name_given(&self, hop: &Hop) -> Option<ConditionId> {
        if hop.by != Call::RoleSessionName {
            return None;
        }
        let conditions = &self.facts.arena().conditions;
        let named = self.facts.principal(hop.to).session.as_deref()?;
        Some(conditions.equals(conditions.key(keys::session_name()), [named]))
    }
}

/// Tests, each once, in an order that is the same whenever they are read: that of their numbers is not.
fn by_content(conditions: &Conditions, mut tests: Vec<ConditionId>) -> Vec<ConditionId> {
    tests.sort_unstable();
    tests.dedup();
    tests.sort_by_cached_key(|&test| conditions.text(test));
    tests
}

/// Whether it makes a difference to a call that it passes a parameter: it can be what allows it.
fn is_worth(conditions: &Conditions, condition: ConditionId, parameter: KeyId) -> bool {
    if !conditions.contains_key(condition, parameter) {
        return false;
    }
    let without = |key: KeyId| if key == parameter { Known::Absent } else { Known::Unknown };
    conditions.implies(condition, conditions.bind(condition, &without)) != Verdict::Yes
}

/// The hops that it can take to be made that sessions of further roles inherit a tag of the call, each with such tags: one that
/// does, and those that calls further on may pass again.
fn handed_on<'h>(conditions: &Conditions, hops: &'h Hops, chained: &[&Hop]) -> Vec<(&'h Hop, String)> {
    let listed = conditions.key(keys::key("sts:TransitiveTagKeys"));
    let passed = |hop: &&Hop| -> Vec<String> {
        let names = conditions.keys(hop.condition);
        let names = names.iter().map(|&key| conditions.key_of(key).name.clone());
        names.filter_map(|name| Some(name.strip_prefix("aws:requesttag/")?.to_owned())).collect()
    };
    let again: BTreeSet<String> = chained.iter().flat_map(passed).collect();
    let tags = |hop: &'h Hop| {
        let lists = |tag: &str| {
            let of_call = |key: KeyId| match key == listed {
                true => Known::Many(vec![tag.to_owned().into()]),
                false => Known::Unknown,
            };
            *conditions.satisfiable(conditions.bind(hop.condition, &of_call)) != Sat::No
        };
        let mut tags: BTreeSet<String> = again.iter().filter(|tag| lists(tag)).cloned().collect();
        let listing = conditions.and(hop.condition, conditions.not(conditions.absent(listed)));
        if let Sat::Yes(witness) = conditions.satisfiable(listing) {
            let one = match witness.lookup(listed) {
                Known::One(tag) => Some(tag.into_owned()),
                Known::Many(tags) => tags.into_iter().next().map(Cow::into_owned),
                _ => None,
            };
            tags.extend(one.map(|tag| tag.to_lowercase()));
        }
        tags.into_iter().map(move |tag| (hop, tag))
    };
    let demanding = hops.all().iter().filter(|hop| is_worth(conditions, hop.condition, listed));
    demanding.flat_map(tags).collect()
}

/// For each principal whether its sessions, of which some hops ask for something, are asked for it. It does not outlast them.
fn in_the_session(hops: &Hops, asked: &[&Hop]) -> Vec<bool> {
    let mut matters = vec![false; hops.principals()];
    asked.iter().for_each(|hop| matters[hop.from.index()] = true);
    for hop in hops.all().iter().filter(|hop| hop.by == Call::RoleSessionName) {
        matters[hop.from.index()] |= matters[hop.to.index()];
    }
    matters
}

/// For each principal whether what hops ask for, or demand of the call, can have been set before or stays with it after.
fn around(hops: &Hops, asked: &[&Hop], demanded: &[&Hop]) -> Vec<bool> {
    let mut before = vec![false; hops.principals()];
    let mut left: Vec<PrincipalId> = asked.iter().map(|hop| hop.from).collect();
    while let Some(at) = left.pop() {
        if !std::mem::replace(&mut before[at.index()], true) {
            left.extend(hops.to(at).map(|hop| hops.get(hop).from));
        }
    }
    let mut after = vec![false; hops.principals()];
    left.extend(asked.iter().chain(demanded).map(|hop| hop.to));
    while let Some(at) = left.pop() {
        if !std::mem::replace(&mut after[at.index()], true) {
            left.extend(hops.from(at).map(|hop| hops.get(hop).to));
        }
    }
    before.into_iter().zip(after).map(|(before, after)| before || after).collect()
}
