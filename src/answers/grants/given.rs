//! What shares, lists of accounts and grants on keys give (S-EVAL-12).

use super::{Made, Meanings, ResourceGrant, Rows};
use crate::answers::governed::{Governed, KnownResource};
use crate::answers::named::GrantForm;
use crate::catalog::governing::Grant as OtherGrant;
use crate::estate::AccountId;
use crate::facts::readings::Question;
use crate::facts::{Held, PrincipalId, PrincipalKind, StatementId};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::resource::ResourceSets;
use crate::rules::request::SILENT_LIMITS;

/// The kinds of grants that let callers of other accounts in beside their own side.
const SHARES: [OtherGrant; 6] = [
    OtherGrant::RamShare,
    OtherGrant::LaunchPermission,
    OtherGrant::VolumePermission,
    OtherGrant::RestoreAttribute,
    OtherGrant::DocumentShare,
    OtherGrant::EndpointServicePrincipals,
];

impl Rows<'_> {
    /// What shares and lists of accounts give callers of other accounts (S-XACC-07, S-SVC-19).
    pub(super) fn of_shares(
        &self,
        index: u32,
        resource: &KnownResource,
        meanings: &Meanings,
        made: &mut Made,
    ) {
        let arena = self.engine.facts.arena();
        let conditions = &arena.conditions;
        let itself = arena.resources.arn(&resource.arn);
        let taken = resource.rows.iter().flat_map(|&(row, actions)| {
            SHARES.iter().map(move |&kind| arena.actions.meet(self.other(row, kind), actions))
        });
        let taken = taken.fold(ActionSetId::EMPTY, |all, actions| arena.actions.union(all, actions));
        // What a policy that governs more than its resource lets others in to can be shared piece by piece.
        let by_ram =
            |governed: &&Governed| self.other(governed.row, OtherGrant::RamShare) != ActionSetId::EMPTY;
        let within = resource.governed.iter().filter(by_ram).map(|governed| governed.resources);
        let whole = within.fold(itself, |all, piece| arena.resources.union_all(&[all, piece]));
        let owner = resource.account.and_then(|account| self.engine.facts.estate.account(account));
        let any = if owner.is_some_and(|owner| owner.lists_ram_shares()) { itself } else { whole };
        let grant = |principals, actions, resources, condition, statement| ResourceGrant {
            resource: index,
            principals,
            form: GrantForm::Foreign,
            actions: arena.actions.meet(actions, taken),
            resources,
            condition,
            statement,
        };
        // A share needs the policies of its own that a caller has beside it.
        let grantees = self.whom.sets.get(self.with_policies);
        for held in &resource.shared {
            let policy = match held {
                Held::Policy(policy) => *policy,
                Held::NotCollected(what) => {
                    let may = conditions.missing(what);
                    made.0.push(grant(self.everybody, ActionSetId::ALL, any, may, None));
                    continue;
                }
            };
            let fact = self.engine.facts.policy(policy);
            let certain = fact.certain(conditions);
            for meaning in meanings.get(&fact.document).into_iter().flatten().filter(|one| !one.denies) {
                let Region { actions, resources, .. } = meaning.region;
                let resources = arena.resources.meet(resources, itself);
                let statement = Some(StatementId { policy, index: meaning.statement });
                made.0.extend(meaning.whom.iter().map(|&(_, condition, principals)| {
                    let condition = conditions.and(condition, certain);
                    let principals = self.whom.sets.get(principals).meet(grantees);
                    let principals = self.whom.sets.intern(principals);
                    grant(principals, actions, resources, condition, statement)
                }));
            }
        }
        made.0.retain(|grant| {
            grant.actions != ActionSetId::EMPTY
                && grant.resources != ResourceSets::EMPTY
                && !grant.condition.is_never()
        });
    }

    /// What the grants on a key give those whom they name (S-KMS-12). Whether they make up for a boundary or session policy
    /// that is silent nobody knows (U-71).
    pub(super) fn of_grants(
        &self,
        index: u32,
        resource: &KnownResource,
        meanings: &Meanings,
        made: &mut Made,
    ) {
        let Some(policy) = resource.key_grants else { return };
        let facts = &self.engine.facts;
        let (arena, by_name) = (facts.arena(), self.whom.by_name);
        let of_key = arena.resources.arn(&resource.arn);
        let taken = resource.rows.iter().fold(ActionSetId::EMPTY, |all, &(row, actions)| {
            let kind = self.other(row, OtherGrant::KmsGrant);
            arena.actions.union(all, arena.actions.meet(kind, actions))
        });
        let limited = |id: &PrincipalId| {
            let fact = facts.principal(*id);
            let session = matches!(fact.kind, PrincipalKind::Session | PrincipalKind::FederatedUser);
            session || !self.engine.sides.of(facts, *id).boundary.is_empty()
        };
        let document = facts.policy(policy).document;
        for meaning in meanings.get(&document).into_iter().flatten().filter(|one| !one.denies) {
            let Region { actions, resources, .. } = meaning.region;
            for &(form, condition, principals) in &*meaning.whom {
                let whole = ResourceGrant {
                    resource: index,
                    principals,
                    form,
                    actions: arena.actions.meet(actions, taken),
                    resources: arena.resources.meet(resources, of_key),
                    condition,
                    statement: Some(StatementId { policy, index: meaning.statement }),
                };
                let members = self.whom.sets.get(principals);
                let own = members.meet(self.whom.sets.get(self.with_policies));
                if form == GrantForm::Delegated || own.is_empty() {
                    made.0.push(whole);
                    continue;
                }
                let bound = by_name.members(by_name.principals(&own).filter(limited));
                let doubt = arena.conditions.missing(SILENT_LIMITS);
                let split = [
                    (GrantForm::KeyGrant, own.without(&bound), condition),
                    (GrantForm::KeyGrant, bound.clone(), arena.conditions.and(condition, doubt)),
                    (GrantForm::Bounded, bound, condition),
                    (form, members.without(&own), condition),
                ];
                for (form, members, condition) in split {
                    if members.is_empty() {
                        continue;
                    }
                    let principals = self.whom.sets.intern(members);
                    let grant = ResourceGrant { form, principals, condition, ..whole };
                    match form {
                        GrantForm::KeyGrant => made.0.extend(self.of_key_grants(grant, resource.account)),
                        _ => made.0.push(grant),
                    }
                }
            }
        }
        made.0.retain(|grant| grant.actions != ActionSetId::EMPTY && grant.resources != ResourceSets::EMPTY);
    }

    /// The grants on a key, which may be enough for callers of other accounts and may not (S-KMS-12, U-70).
    pub(super) fn of_key_grants(&self, grant: ResourceGrant, owner: Option<AccountId>) -> Vec<ResourceGrant> {
        let facts = &self.engine.facts;
        let conditions = &facts.arena().conditions;
        let alone = facts.compiler.assumptions.readings.when(conditions, Question::ForeignKeyGrant);
        if alone.is_always() {
            return vec![grant];
        }
        let members = self.whom.sets.get(grant.principals);
        let at_home = self.whom.at_home(owner);
        let of = |form, members, when| {
            let condition = conditions.and(grant.condition, when);
            ResourceGrant { form, principals: self.whom.sets.intern(members), condition, ..grant }
        };
        vec![
            of(GrantForm::KeyGrant, members.meet(&at_home.all), ConditionId::ALWAYS),
            of(GrantForm::KeyGrant, members.without(&at_home.all), alone),
            of(GrantForm::Foreign, members.without(&at_home.all), conditions.not(alone)),
        ]
    }
}
