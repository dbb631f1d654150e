//! What is known of keys says something of open ones that are coupled with them.
//!
//! source   S-TRI-06, S-TRI-09, S-KEY-22, S-KEY-34

use super::{Caller, Examined, Prepared};
use crate::facts::binding::PrincipalBindings;
use crate::facts::{Caller as CallerKind, keys};
use crate::region::condition::{KeyId, Known, Sat};

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
        if given.is_empty() {
            return;
        }
        let mut known = conditions.held_together(&given);
        // S-KEY-22: long-term keys tell of MFA only where a service calls with them.
        let issued = conditions.key(keys::key("aws:TokenIssueTime"));
        let has_keys = matches!(caller.fact.caller, CallerKind::User | CallerKind::Root);
        if has_keys && !caller.fact.session_token && given.contains(&(issued, Known::Absent)) {
            let mfa = conditions.key(keys::key("aws:MultiFactorAuthPresent"));
            let silent = conditions.or(self.is_downstream(), conditions.absent(mfa));
            let both = conditions.and(known, silent);
            known = if *conditions.satisfiable(both) == Sat::No { known } else { both };
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

    /// What is known of other keys that says something of the open ones.
    fn known_beside(&self, caller: &Caller, open: &[KeyId]) -> Vec<(KeyId, Known<'_>)> {
        let conditions = &self.facts.arena().conditions;
        let key = |name: &str| conditions.key(keys::key(name));
        let stated = self.context.stated();
        let is_stated = |name: &str| stated.contains(&name);

        let of_context = stated.iter().map(|name| key(name));
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
