//! Principals that come and go with an edit.

use std::sync::Arc;

use super::edit::Edit;
use crate::estate::{Account, Identity, Role, User};
use crate::facts::ids::PrincipalId;
use crate::facts::principals::{PrincipalFact, PrincipalKind};

impl Edit {
    /// Adds the callers that only gained documents name, and lets those go that only lost ones named.
    pub fn name_callers(&mut self) {
        for document in std::mem::take(&mut self.gained) {
            for name in self.facts.named_in(document) {
                let named = Arc::make_mut(&mut self.facts.named);
                *named.entry(name.clone()).or_default() += 1;
                self.facts.add_named_caller(&name);
            }
        }
        for document in std::mem::take(&mut self.lost) {
            for name in self.facts.named_in(document) {
                let named = Arc::make_mut(&mut self.facts.named);
                let times = named.entry(name.clone()).or_default();
                *times = times.saturating_sub(1);
                if *times > 0 {
                    continue;
                }
                named.remove(&name);
                let Some(fact) = PrincipalFact::named(&self.facts.estate, &name) else { continue };
                // Others may be the same caller by another name.
                let is_of_same = |other: &str| {
                    PrincipalFact::named(&self.facts.estate, other).is_some_and(|one| one.name == fact.name)
                };
                let still_named = || self.facts.named.keys().any(|other| is_of_same(other));
                if !self.is_there_unnamed(&fact) && !still_named() {
                    self.leaving.push(fact.name);
                }
            }
        }
    }

    /// Whether a principal is there although no policy names it: users and roles, root users, and whoever sends no signature.
    fn is_there_unnamed(&self, fact: &PrincipalFact) -> bool {
        let account = || fact.account.and_then(|account| self.facts.estate.account(account));
        match fact.kind {
            PrincipalKind::User | PrincipalKind::Role => fact.identity().is_some(),
            PrincipalKind::Root => account().is_some_and(|account| account.collected),
            PrincipalKind::Everyone => true,
            _ => false,
        }
    }

    pub fn new_user(&mut self, user: &Arc<User>) -> Option<()> {
        let account = self.newcomers_account(&user.identity)?;
        let id = self.facts.add_identity(&user.identity, PrincipalFact::user(user, Some(&account)));
        self.facts.groups[id.index()] = self.facts.groups_of(user).into();
        self.reached.insert(id);
        Some(())
    }

    pub fn new_role(&mut self, role: &Arc<Role>) -> Option<()> {
        let account = self.newcomers_account(&role.identity)?;
        let id = self.facts.add_identity(&role.identity, PrincipalFact::role(role, Some(&account)));
        self.reached.insert(id);
        let trust = self.facts.add_trust(role);
        self.gained.extend(self.facts.policy(trust).document);
        // Policies may have named its sessions before.
        let sessions = self.facts.named.keys().filter(|name| name.contains(":assumed-role/"));
        let names: Vec<Box<str>> = sessions.cloned().collect();
        for name in names {
            self.reached.extend(self.facts.add_named_caller(&name));
        }
        Some(())
    }

    /// The account of a user or role that is new, where nothing but the policies of others may have named it before.
    fn newcomers_account(&self, identity: &Identity) -> Option<Arc<Account>> {
        let account = self.facts.estate.account(identity.account).filter(|account| account.collected)?;
        self.facts.principal_id(&identity.arn).is_none().then(|| account.clone())
    }

    /// A user or role is no longer there, nor are the sessions of the role.
    pub fn leaves(&mut self, arn: &Arc<str>) -> Option<()> {
        let id = self.facts.principal_id(arn)?;
        let account =
            self.facts.principal(id).account.and_then(|account| self.facts.estate.account(account))?;
        if !account.collected {
            return None;
        }
        if let Some(trust) = self.facts.trust_of(arn) {
            self.replace(trust, None);
            self.facts.policies[trust.index()].in_use = false;
            Arc::make_mut(&mut self.facts.trust).remove(arn);
        }
        let sessions: Vec<PrincipalId> = self.facts.sessions_of(id).collect();
        self.leaving.extend(sessions.into_iter().map(|id| self.facts.principal(id).name.clone()));
        self.leaving.push(arn.clone());
        Some(())
    }

    pub fn remove_leaving(&mut self) {
        for name in std::mem::take(&mut self.leaving) {
            let Some(id) = self.facts.principal_id(&name) else { continue };
            let held = self.facts.attached[id.index()].iter().chain(&*self.facts.boundary[id.index()]);
            self.given_up.extend(held);
            let moved = self.facts.remove_principal(id);
            for reached in [&mut self.reached, &mut self.limited] {
                reached.remove(&id);
                if moved.is_some_and(|moved| reached.remove(&moved)) {
                    reached.insert(id);
                }
            }
            self.gone.push(id);
        }
    }
}
