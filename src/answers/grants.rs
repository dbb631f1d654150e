//! What resources grant and deny, in factored form: a row for each statement, set of principals and condition.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

mod acls;
mod beside;
mod controls;
mod given;
mod others;
mod owned;

use owned::Owned;

use super::engine::Engine;
use super::governed::{Governing, KnownResource};
use super::members::{ByName, Members};
use super::named::{GrantForm, Meaning, PrincipalSetId, PrincipalSets, Whom};
use crate::catalog::arn::ArnParts;
use crate::catalog::governing::{CrossAccount, Grant as OtherGrant, PolicyAt, Regime as RowRegime, Row};
use crate::estate::{AccountId, Collected, DocumentId};
use crate::facts::readings::Question;
use crate::facts::{Held, Layer, PolicyId, PrincipalId, StatementId};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::owner::OwnerId;
use crate::region::resource::{ResourceSetId, ResourceSets};
use crate::rules::further::{BY_BOTH_SIDES, needs_both_sides};
use crate::rules::public_access::PublicAccess;
use crate::rules::request::{OPEN_WAYS_OUT, WAYS_OUT};

/// Requests that a resource's side allows.
#[derive(Clone, Copy, Debug)]
pub struct ResourceGrant {
    /// The resource whose policy it is, by its place in [`ResourceSide::resources`].
    pub resource: u32,
    /// To whom.
    pub principals: PrincipalSetId,
    /// As what they are named.
    pub form: GrantForm,
    /// Which actions.
    pub actions: ActionSetId,
    /// On which resources.
    pub resources: ResourceSetId,
    /// When.
    pub condition: ConditionId,
    /// By which statement; none for what no policy holds.
    pub statement: Option<StatementId>,
}

/// Requests that a resource policy or an RCP denies.
#[derive(Clone, Copy, Debug)]
pub struct ResourceDeny {
    /// The resource whose policy it is; none for RCPs and policies of VPC endpoints.
    pub resource: Option<u32>,
    /// The layer that denies.
    pub layer: Layer,
    /// To whom.
    pub principals: PrincipalSetId,
    /// Whether it counts for callers of other accounts than the owner's only.
    pub foreign_only: bool,
    /// Which requests.
    pub region: Region,
    /// By which statement; none for what was not collected.
    pub statement: Option<StatementId>,
}

/// The resource side of an estate.
pub struct ResourceSide {
    /// Principals by name, which is how sets of them are written.
    pub by_name: ByName,
    /// Resources by ARN.
    pub resources: Vec<KnownResource>,
    /// The sets that rows name.
    pub principals: PrincipalSets,
    /// What is granted.
    pub grants: Vec<ResourceGrant>,
    /// What is denied.
    pub denies: Vec<ResourceDeny>,
    owned: OnceLock<Owned>,
}

impl Engine {
    /// What resource policies and RCPs grant and deny to all principals.
    pub fn resource_side(&self) -> ResourceSide {
        let governing = Governing::new(self);
        let resources = self.resources_by(&governing);
        let principals = PrincipalSets::new();
        let by_name = ByName::new(&self.facts);
        let whom = Whom::new(self, &by_name, &principals);
        let mut policies: Vec<PolicyId> = resources
            .iter()
            .filter_map(|resource| match resource.policy {
                Collected::Some(policy) if !resource.governed.is_empty() => Some(policy),
                _ => None,
            })
            .collect();
        policies.extend(resources.iter().filter_map(|resource| resource.key_grants));
        policies.extend(resources.iter().filter_map(|resource| resource.acl).flatten());
        policies.extend(resources.iter().filter_map(|resource| resource.lock.as_ref()?.policy()));
        policies.extend(resources.iter().flat_map(|resource| &resource.shared).filter_map(
            |held| match held {
                Held::Policy(policy) => Some(*policy),
                Held::NotCollected(_) => None,
            },
        ));
        // Policies of equal text mean the same.
        policies.sort_unstable_by_key(|&policy| self.facts.policy(policy).document);
        policies.dedup_by_key(|policy| self.facts.policy(*policy).document);
        let meanings: Meanings = policies
            .into_par_iter()
            .map(|policy| (self.facts.policy(policy).document, whom.read(&self.facts.compiled(policy))))
            .collect();
        let everybody = principals.intern(whom.everybody.clone());
        let grantees = |id: &PrincipalId| self.facts.principal(*id).caller.has_own_side();
        let with_policies =
            principals.intern(by_name.members(by_name.principals(&whom.everybody).filter(grantees)));
        let both_sides = BY_BOTH_SIDES.map(|call| {
            let needs = |id: &PrincipalId| needs_both_sides(call, self.facts.principal(*id));
            let callers = by_name.members(by_name.principals(&whom.everybody).filter(needs));
            (governing.read(&[call]), callers)
        });
        let rows =
            Rows { engine: self, governing: &governing, whom: &whom, everybody, with_policies, both_sides };
        let parts: Vec<(Vec<ResourceGrant>, Vec<ResourceDeny>)> = resources
            .par_iter()
            .enumerate()
            .with_min_len(64)
            .map(|(index, resource)| {
                let mut made = (Vec::new(), Vec::new());
                let mut of_policy: &[Meaning] = &[];
                if let Collected::Some(policy) = resource.policy {
                    let known = meanings.get(&self.facts.policy(policy).document);
                    of_policy = known.map(Vec::as_slice).unwrap_or_default();
                    rows.of_policy(index as u32, resource, policy, of_policy, &mut made);
                }
                if let Some(lock) = resource.lock.as_ref().and_then(Held::policy) {
                    let known = meanings.get(&self.facts.policy(lock).document);
                    let said = known.map(Vec::as_slice).unwrap_or_default();
                    rows.of_policy(index as u32, resource, lock, said, &mut made);
                }
                rows.of_others(index as u32, resource, of_policy, &mut made);
                rows.of_shares(index as u32, resource, &meanings, &mut made);
                rows.of_grants(index as u32, resource, &meanings, &mut made);
                rows.of_acl(index as u32, resource, &meanings, &mut made);
                made
            })
            .collect();
        let (mut grants, mut denies) = (Vec::new(), rows.of_controls());
        for (more_grants, more_denies) in parts {
            grants.extend(more_grants);
            denies.extend(more_denies);
        }
        drop(whom);
        ResourceSide { by_name, resources, principals, grants, denies, owned: OnceLock::new() }
    }
}

/// What a resource lacks of which AWS does not say whose policies govern an action.
pub(super) const GOVERNING_ROW: &str = "governing row";

type Made = (Vec<ResourceGrant>, Vec<ResourceDeny>);

/// What policies say, by their texts.
type Meanings = FxHashMap<Option<DocumentId>, Vec<Meaning>>;

struct Rows<'a> {
    engine: &'a Engine,
    governing: &'a Governing<'a>,
    whom: &'a Whom<'a>,
    everybody: PrincipalSetId,
    with_policies: PrincipalSetId,
    /// The calls that some callers need on both sides, and which callers.
    both_sides: [(ActionSetId, Members); 2],
}

impl Rows<'_> {
    fn of_policy(
        &self,
        index: u32,
        resource: &KnownResource,
        policy: PolicyId,
        meanings: &[Meaning],
        made: &mut Made,
    ) {
        let arena = self.engine.facts.arena();
        let public = self.public_access(resource);
        for meaning in meanings {
            let statement = Some(StatementId { policy, index: meaning.statement });
            for governed in &resource.governed {
                let actions = arena.actions.meet(meaning.region.actions, governed.actions);
                let resources = arena.resources.meet(meaning.region.resources, governed.resources);
                if actions == ActionSetId::EMPTY || resources == ResourceSets::EMPTY {
                    continue;
                }
                let others = self.other_policies(governed.row, &resource.arn);
                for &(form, condition, principals) in &*meaning.whom {
                    if meaning.denies {
                        let region = Region { actions, resources, owner: OwnerId::ANY, condition };
                        let (of, foreign_only) = (Some(index), false);
                        let layer = Layer::Resource;
                        let deny =
                            ResourceDeny { resource: of, layer, principals, foreign_only, region, statement };
                        self.push_deny(deny, resource.account, &mut made.1);
                        continue;
                    }
                    if governed.row.policies.is_empty() {
                        continue; // A policy on a type without policies only denies.
                    }
                    let grant = ResourceGrant {
                        resource: index,
                        principals,
                        form,
                        actions,
                        resources,
                        condition: arena.conditions.and(condition, others),
                        statement,
                    };
                    for part in self.by_sides(grant, governed.row) {
                        self.push(part, resource.account, governed.row, public, &mut made.0);
                    }
                }
            }
        }
    }

    /// Adds a Deny; without the calls that it cannot keep the root user of the owner's account from (S-ROOT-02, S-ROOT-04),
    /// or may not be able to (U-73).
    fn push_deny(&self, deny: ResourceDeny, owner: Option<AccountId>, denies: &mut Vec<ResourceDeny>) {
        let facts = &self.engine.facts;
        let conditions = &facts.arena().conditions;
        let lets_out = facts.compiler.assumptions.readings.when(conditions, Question::QueueLockout);
        let mut left = self.push_for_roots(deny, owner, WAYS_OUT, ConditionId::NEVER, denies);
        if !lets_out.is_never() {
            left = self.push_for_roots(left, owner, OPEN_WAYS_OUT, conditions.not(lets_out), denies);
        }
        if left.region.actions != ActionSetId::EMPTY {
            denies.push(left);
        }
    }

    /// Adds what a Deny says of actions, for the root user only when it counts; gives what it says of others.
    fn push_for_roots(
        &self,
        deny: ResourceDeny,
        owner: Option<AccountId>,
        patterns: &'static [&'static str],
        counts: ConditionId,
        denies: &mut Vec<ResourceDeny>,
    ) -> ResourceDeny {
        let arena = self.engine.facts.arena();
        let concerned = arena.actions.meet(deny.region.actions, self.governing.actions(patterns));
        let members = self.whom.sets.get(deny.principals);
        let roots = match concerned == ActionSetId::EMPTY {
            true => Members::default(),
            false => members.meet(&self.whom.at_home(owner).roots),
        };
        if roots.is_empty() {
            return deny;
        }
        let of = |principals: Members, condition| {
            let region = Region { actions: concerned, condition, ..deny.region };
            ResourceDeny { region, principals: self.whom.sets.intern(principals), ..deny }
        };
        let of_roots = arena.conditions.and(deny.region.condition, counts);
        let split = [(members.without(&roots), deny.region.condition), (roots, of_roots)];
        let split = split.into_iter().filter(|(members, when)| !members.is_empty() && !when.is_never());
        denies.extend(split.map(|(members, when)| of(members, when)));
        let actions = arena.actions.difference(deny.region.actions, concerned);
        ResourceDeny { region: Region { actions, ..deny.region }, ..deny }
    }

    /// When policies that were never collected grant what the policy of a resource grants, because each must (S-SVC-17).
    fn other_policies(&self, row: &'static Row, arn: &str) -> ConditionId {
        match row.policies.iter().any(|place| matches!(place, PolicyAt::ServiceNetworksOf(_))) {
            true => self.engine.facts.arena().conditions.missing(&service_networks(arn)),
            false => ConditionId::ALWAYS,
        }
    }

    /// A grant in parts: of the calls that go with taking a role some callers must be allowed by their own side too (S-TRUST-01,
    /// S-TRUST-10).
    fn by_sides(&self, grant: ResourceGrant, row: &'static Row) -> Vec<ResourceGrant> {
        let (actions, sets) = (&self.engine.facts.arena().actions, self.whom.sets);
        let (mut parts, mut rest) = (Vec::new(), grant);
        let by_trust = row.regime == RowRegime::Trust && grant.form != GrantForm::Delegated;
        for (calls, callers) in self.both_sides.iter().filter(|_| by_trust) {
            let concerned = actions.meet(rest.actions, *calls);
            let members = sets.get(rest.principals);
            let own = members.meet(callers);
            if concerned == ActionSetId::EMPTY || own.is_empty() {
                continue;
            }
            let others = members.without(&own);
            for (members, form) in [(own, GrantForm::Delegated), (others, rest.form)] {
                if !members.is_empty() {
                    let principals = sets.intern(members);
                    parts.push(ResourceGrant { principals, form, actions: concerned, ..rest });
                }
            }
            rest.actions = actions.difference(rest.actions, concerned);
        }
        if rest.actions != ActionSetId::EMPTY {
            parts.push(rest);
        }
        parts
    }

    /// Adds a grant; for foreign callers without the actions that the service refuses them, and as far as Block Public
    /// Access lets them in.
    fn push(
        &self,
        grant: ResourceGrant,
        owner: Option<AccountId>,
        row: &'static Row,
        public: ConditionId,
        grants: &mut Vec<ResourceGrant>,
    ) {
        let arena = self.engine.facts.arena();
        let refused = self.refused(row);
        let abroad = ResourceGrant {
            actions: arena.actions.difference(grant.actions, refused),
            condition: arena.conditions.and(grant.condition, public),
            ..grant
        };
        if (abroad.actions, abroad.condition) == (grant.actions, grant.condition) {
            grants.push(grant);
            return;
        }
        let members = self.whom.sets.get(grant.principals);
        let at_home = self.whom.at_home(owner);
        let (home, foreign) = (members.meet(&at_home.all), members.without(&at_home.all));
        if !home.is_empty() {
            let principals = self.whom.sets.intern(home);
            grants.push(ResourceGrant { principals, ..grant });
        }
        let reaches = abroad.actions != ActionSetId::EMPTY && !abroad.condition.is_never();
        if reaches && !foreign.is_empty() {
            let principals = self.whom.sets.intern(foreign);
            grants.push(ResourceGrant { principals, ..abroad });
        }
    }

    /// The actions of a row that the service refuses foreign callers.
    fn refused(&self, row: &'static Row) -> ActionSetId {
        self.across(row, |cross| cross == CrossAccount::Gate)
    }

    /// The actions of a row for which foreign callers need something that `wanted` says.
    fn across(&self, row: &'static Row, wanted: impl Fn(CrossAccount) -> bool) -> ActionSetId {
        let actions = &self.engine.facts.arena().actions;
        let (mut left, mut found) = (ActionSetId::ALL, ActionSetId::EMPTY);
        for (patterns, cross) in row.cross_account_of {
            let here = actions.meet(left, self.governing.actions(patterns));
            left = actions.difference(left, here);
            if wanted(*cross) {
                found = actions.union(found, here);
            }
        }
        if wanted(row.cross_account) { actions.union(found, left) } else { found }
    }

    /// The actions of a row that grants of another kind can carry.
    fn other(&self, row: &'static Row, kind: OtherGrant) -> ActionSetId {
        let actions = &self.engine.facts.arena().actions;
        let (mut left, mut found) = (ActionSetId::ALL, ActionSetId::EMPTY);
        for (patterns, kinds) in row.other_grants {
            let here = actions.meet(left, self.governing.actions(patterns));
            left = actions.difference(left, here);
            if kinds.contains(&kind) {
                found = actions.union(found, here);
            }
        }
        found
    }

    /// When Block Public Access lets foreign callers in.
    fn public_access(&self, resource: &KnownResource) -> ConditionId {
        let facts = &self.engine.facts;
        let action = match ArnParts::split(&resource.arn).map_or("", |parts| parts.service) {
            "s3" => "s3:ListBucket",
            "s3express" => "s3express:CreateSession",
            _ => return ConditionId::ALWAYS,
        };
        let target =
            facts.target(facts.asked_action(action), &resource.arn, resource.account.map(Into::into));
        let anonymous = crate::facts::PrincipalFact::anonymous();
        let readings = &facts.compiler.assumptions.readings;
        PublicAccess::of(facts, &target, readings).lets_in(&facts.arena().conditions, &anonymous, &target)
    }
}

/// What the auth policies are called that no export holds.
fn service_networks(arn: &str) -> String {
    format!("auth policies of the service networks of {arn}")
}
