//! The facts of an edited estate, from those before the edit. What the edit leaves alone is shared.
//!
//! ```text
//! two estates ──► Changes ──► Edit ──► facts, and whom the edit reaches
//! ```

mod changes;
mod comers;
mod controls;
mod edit;

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashSet;

use super::ids::PrincipalId;
use super::{Facts, Scope};
use crate::estate::{DocumentId, Estate};

use changes::Changes;
use edit::Edit;

/// Facts after an edit, and what it reaches.
pub struct Edited {
    /// The facts.
    pub facts: Facts,
    /// Whom it reaches. None: the principals have new numbers.
    pub reach: Option<Reach>,
}

/// Whom an edit reaches.
#[derive(Default, Debug)]
pub struct Reach {
    /// The principals whose own policies may read otherwise than before, added ones too; sorted.
    pub own: Vec<PrincipalId>,
    /// The principals whose SCPs may.
    pub limited: Vec<PrincipalId>,
    /// Whether SCPs or RCPs are others than before.
    pub controls: bool,
    /// The principals that are gone, one after the other; each time the last of all got the number of the gone.
    pub gone: Vec<PrincipalId>,
}

impl Reach {
    /// What happened to a list with an entry for each principal: added ones at its end, then gone ones out of it.
    pub fn follow<T>(&self, list: &mut Vec<T>, principals: usize, added: impl FnMut() -> T) {
        list.resize_with(principals + self.gone.len(), added);
        for id in &self.gone {
            list.swap_remove(id.index());
        }
    }
}

impl Facts {
    /// The facts of an estate that was edited from the one of these facts, which are for any question. `None`: the edit
    /// brings what the regions of these facts can't speak of, such as an action that nobody named before.
    pub fn edited(&self, estate: &Estate) -> Option<Edited> {
        let same_store = Arc::ptr_eq(&self.estate.policies, &estate.policies);
        if !same_store || self.estate.partitions() != estate.partitions() {
            return None;
        }
        let in_place =
            Changes::between(&self.estate, estate).and_then(|changes| self.in_place(estate, &changes));
        let edited = in_place.unwrap_or_else(|| {
            let (compiler, documents) = (self.compiler.clone(), self.documents.clone());
            let facts = Self::assemble(estate, compiler, documents, Scope::Everything);
            Edited { facts, reach: None }
        });
        let facts = &edited.facts;
        let documents = facts.policies.iter().filter_map(|policy| policy.document);
        let new: Vec<DocumentId> = documents.filter(|id| id.index() >= self.known_documents).collect();
        let universe = &self.compiler.universe;
        let speaks = new.iter().all(|&id| universe.covers(facts.document(id).document()));
        speaks.then_some(edited)
    }

    /// The facts with some records replaced. `None`: more depends on the records than is followed here.
    fn in_place(&self, estate: &Estate, changes: &Changes) -> Option<Edited> {
        let mut edit = Edit::of(self.share(estate));
        if changes.controls {
            edit.controls();
        }
        changes.managed.iter().for_each(|arn| edit.managed(arn));
        for (account, name) in &changes.groups {
            edit.group(*account, name)?;
        }
        for user in &changes.users {
            edit.user(user)?;
        }
        for role in &changes.roles {
            edit.role(role)?;
        }
        for user in &changes.new_users {
            edit.new_user(user)?;
        }
        for role in &changes.new_roles {
            edit.new_role(role)?;
        }
        for arn in &changes.gone {
            edit.leaves(arn)?;
        }
        changes.resources.iter().for_each(|arn| edit.resource(arn));
        edit.reach_holders();
        edit.name_callers();
        edit.remove_leaving();
        edit.let_go();
        let sorted = |ids: FxHashSet<PrincipalId>| {
            let mut ids: Vec<PrincipalId> = ids.into_iter().collect();
            ids.sort_unstable();
            ids
        };
        let (own, limited) = (sorted(edit.reached), sorted(edit.limited));
        let reach = Reach { own, limited, controls: changes.controls, gone: edit.gone };
        Some(Edited { facts: edit.facts, reach: Some(reach) })
    }

    /// These facts with callers that stand for everybody of whom no export speaks; principals keep their numbers.
    pub fn with_outsiders(&self) -> Self {
        let mut facts = self.share(&self.estate);
        facts.add_outsiders();
        facts
    }

    /// These facts for another estate.
    fn share(&self, estate: &Estate) -> Self {
        Self {
            estate: estate.clone(),
            compiler: self.compiler.clone(),
            principals: self.principals.clone(),
            policies: self.policies.clone(),
            levels: self.levels.clone(),
            organizations: self.organizations.clone(),
            by_name: self.by_name.clone(),
            attached: self.attached.clone(),
            boundary: self.boundary.clone(),
            groups: self.groups.clone(),
            group_attached: self.group_attached.clone(),
            group_ids: self.group_ids.clone(),
            managed: self.managed.clone(),
            role_of: self.role_of.clone(),
            sessions: self.sessions.clone(),
            trust: self.trust.clone(),
            resource_policy: self.resource_policy.clone(),
            endpoints: self.endpoints.clone(),
            endpoints_of_vpc: self.endpoints_of_vpc.clone(),
            lacks_endpoints: self.lacks_endpoints,
            paths: self.paths.clone(),
            shared: self.shared.clone(),
            delegation: self.delegation.clone(),
            named: self.named.clone(),
            documents: self.documents.clone(),
            known_documents: self.known_documents,
            unlike: OnceLock::new(),
        }
    }
}
