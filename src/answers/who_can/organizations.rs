//! Calls of AWS Organizations on no resource that an ARN names: they belong to whoever manages the caller's organisation (S-SVC-16), so
//! that the callers of each organisation are asked apart.

use std::collections::BTreeMap;

use super::{Reverse, WhoCan};
use crate::answers::engine::Engine;
use crate::estate::AccountId;
use crate::facts::{PrincipalId, ResourceOwner, Target};

impl Engine {
    pub(super) fn who_can_in_organizations(&self, question: &Reverse, target: &Target) -> WhoCan<'_> {
        let manager_of = |id: PrincipalId| self.facts.principal(id).standing.organization.manager();
        // Each with whether somebody of some account is among its callers, and not services and the like alone.
        let mut managers: BTreeMap<Option<AccountId>, bool> = BTreeMap::new();
        for organization in self.facts.estate.organizations.values() {
            managers.insert(organization.management_account, true);
        }
        for id in (0..self.facts.principals.len() as u32).map(PrincipalId) {
            *managers.entry(manager_of(id)).or_default() |= self.facts.principal(id).account.is_some();
        }
        let mut all = self.nobody_yet(&target.action.name);
        for (manager, has_members) in managers {
            let owner = ResourceOwner::Manager(manager);
            let target = self.facts.target(target.action.clone(), &target.asked, Some(owner));
            let mut found = self.who_can_on(question, &target, &|id| manager_of(id) == manager);
            all.rows.append(&mut found.rows);
            all.unknown.append(&mut found.unknown);
            for stranger in found.strangers {
                let known = all.strangers.iter().any(|known| known.who == stranger.who);
                if !known {
                    all.strangers.push(stranger);
                }
            }
            all.strangers_unknown |= found.strangers_unknown;
            if has_members {
                all.missing.append(&mut found.missing);
            }
            all.warnings.append(&mut found.warnings);
            all.consulted.append(&mut found.consulted);
            all.other_endpoints |= found.other_endpoints;
            all.depends = all.depends.union(found.depends);
            all.stated = found.stated;
        }
        self.drop_strangers_among_all(&mut all.rows);
        self.sort(&mut all.rows);
        let index = self.index();
        all.unknown.sort_unstable_by_key(|&id| index.rank(id));
        all.strangers_unknown &= all.strangers.is_empty();
        for texts in [&mut all.missing, &mut all.warnings] {
            texts.sort();
            texts.dedup();
        }
        all.consulted.sort_unstable();
        all.consulted.dedup();
        all
    }
}
