//! What is known of keys says something of open ones that are coupled with them.
//!
//! source   S-TRI-06, S-TRI-09, S-KEY-01, S-KEY-22, S-KEY-34, S-VPCE-07, section 3.6 of the semantics

use super::{Caller, Examined, Prepared};
use crate::estate::AccountId;
use crate::facts::binding::PrincipalBindings;
use crate::facts::{Caller as CallerKind, account_of_source, keys};
use crate::region::condition::{ConditionId, KeyId, Known, Sat};

impl Prepared<'_> {
    /// Narrows what was examined to the contexts that go with what is known.
    pub(super) fn bind_coupled(&self, caller: &Caller, examined: &mut Examined) {
        let conditions = &self.facts.arena().conditions;
        let mut open = examined.evaluated.coupled_keys(conditions);
        if let Some(otherwise) = &examined.otherwise {
            open.extend(otherwise.evaluated.coupled_keys(conditions));
        }
        if open.is_empty() {
            return;
        }
        let given = self.known_beside(caller, &open);
        let of_keys = self.told_of_keys(caller, &open);
        let of_endpoints = self.told_of_endpoints(&open, examined);
        let of_sources = self.told_of_sources(caller, &open, examined);
        // A caller of which the id is open (S-KEY-01).
        let about_caller = caller.fact.about_open.filter(|_| caller.fact.derives);
        let about_caller = about_caller.unwrap_or(ConditionId::ALWAYS);
        let told = [of_keys, of_endpoints, of_sources, about_caller];
        if given.is_empty() && told.iter().all(|told| told.is_always()) {
            return;
        }
        // What is given stands.
        let mut known = conditions.held_together(&given);
        for also in told {
            let both = conditions.and(known, also);
            if *conditions.satisfiable(both) != Sat::No {
                known = both;
            }
        }
        if known.is_always() {
            return;
        }
        let within = |condition| conditions.within(condition, known);
        examined.evaluated.narrow(known, within);
        if let Some(otherwise) = &mut examined.otherwise {
            otherwise.evaluated.narrow(known, within);
        }
        if let Some(gate) = &mut examined.gate {
            gate.when = within(gate.when);
        }
        for matched in &mut examined.matched {
            matched.condition = within(matched.condition);
        }
        examined.gate = examined.gate.take().filter(|gate| !gate.when.is_never());
        examined.matched.retain(|matched| !matched.condition.is_never());
    }

    /// How a user or root signed in (S-KEY-22): long-term keys tell of MFA only where a service calls with them, and what a service
    /// does for a user always tells of it. Nothing, unless the request leaves one of these open of which another says something.
    fn told_of_keys(&self, caller: &Caller, open: &[KeyId]) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let has_keys = matches!(caller.fact.caller, CallerKind::User | CallerKind::Root);
        if !has_keys || caller.fact.session_token {
            return ConditionId::ALWAYS;
        }
        let [mfa, issued, via] = ["aws:MultiFactorAuthPresent", "aws:TokenIssueTime", "aws:ViaAWSService"]
            .map(|name| conditions.key(keys::key(name)));
        let stated = self.context.stated();
        let is_stated = |key: KeyId| stated.contains(&&*conditions.key_of(key).name);
        let keys = [mfa, issued, via];
        let told_of = keys.into_iter().filter(|&key| open.contains(&key) || is_stated(key)).count();
        if told_of < 2 || !keys.iter().any(|key| open.contains(key)) {
            return ConditionId::ALWAYS;
        }
        let present = |key| conditions.not(conditions.absent(key));
        let given = [mfa, issued].into_iter().filter(|&key| is_stated(key)).map(|key| {
            match self.context.lookup(key) {
                Known::Absent => conditions.absent(key),
                Known::Unknown | Known::As(_) => ConditionId::ALWAYS,
                _ => present(key),
            }
        });
        let downstream = self.is_downstream();
        let long_term = conditions.or_all([downstream, conditions.absent(mfa), present(issued)]);
        let forwarded = match caller.fact.caller {
            CallerKind::User => conditions.or(conditions.not(downstream), present(mfa)),
            _ => ConditionId::ALWAYS,
        };
        conditions.and_all(given.chain([long_term, forwarded]))
    }

    /// What the VPC endpoints of the estate say of the path: those that the context or some condition names.
    fn told_of_endpoints(&self, open: &[KeyId], examined: &Examined) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let of_path = |key: &KeyId| keys::OF_PATH.contains(&&*conditions.key_of(*key).name);
        if !self.facts.has_endpoints() || !open.iter().any(of_path) {
            return ConditionId::ALWAYS;
        }
        let endpoint = conditions.key(keys::key("aws:SourceVpce"));
        let mut named: Vec<String> = match self.context.lookup(endpoint) {
            Known::One(id) => vec![id.into_owned()],
            Known::Unknown => {
                let otherwise = examined.otherwise.as_ref().map(|otherwise| &otherwise.evaluated);
                let all = [&examined.evaluated].into_iter().chain(otherwise);
                all.flat_map(|evaluated| evaluated.beginnings_of(conditions, endpoint)).collect()
            }
            _ => return ConditionId::ALWAYS,
        };
        named.sort_unstable();
        named.dedup();
        let stated = self.context.stated();
        let concerns = |key: &KeyId| open.contains(key) || stated.contains(&&*conditions.key_of(*key).name);
        let mut told = Vec::new();
        for id in &named {
            let elsewhere = conditions.not(conditions.equals(endpoint, [&**id]));
            let held = self.facts.through_endpoint(id).into_iter();
            let held = held.filter(|&held| conditions.keys(held).iter().any(concerns));
            told.extend(held.map(|held| self.in_context(conditions.or(elsewhere, held))));
        }
        // What is given stands.
        conditions.and_all(told.into_iter().filter(|told| !told.is_never()))
    }

    /// What the account for which a service calls says of its organisation: one that the context names, or some condition.
    fn told_of_sources(&self, caller: &Caller, open: &[KeyId], examined: &Examined) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let stated = self.context.stated();
        let name_of = |key: &KeyId| &*conditions.key_of(*key).name;
        let is_open = |name: &&str| open.iter().any(|key| name_of(key) == *name);
        let concerns = |name: &&str| is_open(name) || stated.contains(name);
        let [source, organization] = [keys::OF_SOURCE, keys::OF_SOURCE_ORGANIZATION];
        let says = source.iter().any(concerns)
            && organization.iter().any(concerns)
            && source.iter().chain(&organization).any(is_open);
        // A scenario says of no other account than the caller's and the owner's where it stands.
        if !says || caller.fact.caller != CallerKind::Service || caller.fact.stated {
            return ConditionId::ALWAYS;
        }
        let mut accounts: Vec<AccountId> = Vec::new();
        for name in source {
            match self.context.lookup(conditions.key(keys::key(name))) {
                Known::One(value) => accounts.extend(account_of_source(name, &value)),
                Known::Unknown => {
                    let otherwise = examined.otherwise.as_ref().map(|otherwise| &otherwise.evaluated);
                    let all = [&examined.evaluated].into_iter().chain(otherwise);
                    let conditions = all.flat_map(|evaluated| evaluated.conditions());
                    accounts.extend(conditions.flat_map(|condition| self.facts.sources_in(condition, name)));
                }
                _ => {}
            }
        }
        accounts.sort_unstable();
        accounts.dedup();
        // Accounts of which the same holds go together.
        let mut held: Vec<(ConditionId, AccountId)> = Vec::new();
        for account in accounts {
            let told = self.facts.for_account(account).into_iter();
            let told = told.filter(|&told| conditions.keys(told).iter().any(|key| concerns(&name_of(key))));
            held.extend(told.map(|told| (told, account)));
        }
        held.sort_unstable();
        let told = held.chunk_by(|one, other| one.0 == other.0).filter_map(|together| {
            let (told, _) = together.first()?;
            let accounts: Vec<AccountId> = together.iter().map(|(_, account)| *account).collect();
            let elsewhere = conditions.not(self.facts.is_for(&accounts));
            Some(self.in_context(conditions.or(elsewhere, *told)))
        });
        // What is given stands.
        conditions.and_all(told.filter(|told| !told.is_never()))
    }

    /// What is known of other keys that says something of the open ones.
    fn known_beside(&self, caller: &Caller, open: &[KeyId]) -> Vec<(KeyId, Known<'_>)> {
        let conditions = &self.facts.arena().conditions;
        let key = |name: &str| conditions.key(keys::key(name));
        let stated = self.context.stated();
        let is_stated = |name: &str| stated.contains(&name);

        // Only users have names (S-KEY-01): beside any other caller a name is taken as it stands.
        let is_of_caller = |name: &str| name != "aws:username" || caller.fact.caller == CallerKind::User;
        let of_context = stated.iter().filter(|name| is_of_caller(name)).map(|name| key(name));
        let mut known: Vec<(KeyId, Known<'_>)> =
            of_context.map(|key| (key, self.context.lookup(key))).collect();
        let of_caller = PrincipalBindings::new(self.facts, caller.fact);
        let told = open.iter().any(|&key| self.facts.compiler.is_told(key));
        for name in keys::TELLING.into_iter().filter(|name| told && !is_stated(name)) {
            let found = [of_caller.known(name), self.resource.known(name), self.assumed(name)];
            known.extend(found.into_iter().find(|known| !known.is_unknown()).map(|found| (key(name), found)));
        }
        if known.is_empty() {
            return known;
        }
        if let Some(tags) = self.tag_keys() {
            known.iter_mut().filter(|(key, _)| *key == tags.key).for_each(|(key, _)| *key = tags.with_values);
        }
        known.retain(|(key, known)| conditions.says_of(*key, known, open));
        // Which is the first of several a list alone tells.
        let called = key("aws:CalledVia");
        if let Some((_, Known::Many(services))) = known.iter().find(|(key, _)| *key == called) {
            let ends = [("aws:calledviafirst", services.first()), ("aws:calledvialast", services.last())];
            let ends = ends.map(|(name, end)| {
                let end = end.filter(|_| !is_stated(name))?;
                Some((key(name), Known::One(end.clone())))
            });
            known.extend(ends.into_iter().flatten());
        }
        known
    }

    fn assumed(&self, name: &str) -> Known<'static> {
        self.facts.compiler.assumptions.known(name)
    }
}
