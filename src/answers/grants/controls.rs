//! What RCPs deny.

use rustc_hash::FxHashMap;

use super::{ResourceDeny, Rows};
use crate::answers::members::Members;
use crate::catalog::Catalog;
use crate::catalog::rcp::RcpReach;
use crate::estate::AccountId;
use crate::facts::readings::Question;
use crate::facts::{Caller, ControlKind, Layer, PolicyId, PrincipalId, StatementId};
use crate::region::action_set::{ActionPattern, ActionSetId};
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::owner::OwnerId;
use crate::region::resource::{ResourceSetId, ResourceSets};

impl Rows<'_> {
    /// What RCPs deny.
    pub(super) fn of_controls(&self) -> Vec<ResourceDeny> {
        let facts = &self.engine.facts;
        let arena = facts.arena();
        let mut owners: FxHashMap<PolicyId, Vec<AccountId>> = FxHashMap::default();
        for (&account, &node) in &facts.levels.accounts {
            for (_, policies) in self.engine.sides.levels(ControlKind::Rcp, node) {
                for &policy in policies {
                    owners.entry(policy).or_default().push(account);
                }
            }
        }
        let exempt = |id: &PrincipalId| facts.principal(*id).caller != Caller::ServiceLinkedSession;
        let by_name = self.whom.by_name;
        let bound = by_name.members(by_name.principals(&self.whom.everybody).filter(exempt));
        let (sure, doubtful) = self.reached();
        let text = "U-78: whether RCPs reach the data plane of OpenSearch domains";
        let doubt = arena.conditions.missing(text);
        // S-RCP-02
        let of_aws = facts.estate.resources.values();
        let of_aws = of_aws.filter(|resource| resource.settings.managed_by_aws == Some(true));
        let of_aws: Vec<ResourceSetId> = of_aws.map(|resource| arena.resources.arn(&resource.arn)).collect();
        let spared = arena.resources.union_all(&of_aws);
        let mut denies = Vec::new();
        for (policy, accounts) in owners {
            let owner = arena.owners.only(accounts.iter().map(|account| account.number()));
            let compiled = facts.compiled(policy);
            for region in facts.compiler.read_for_anybody(&compiled) {
                if !region.denies {
                    continue;
                }
                let parts = arena.get(region.region);
                let owner = arena.owners.meet(parts.owner, owner);
                for (reached, when) in [(sure, ConditionId::ALWAYS), (doubtful, doubt)] {
                    let actions = arena.actions.meet(parts.actions, reached);
                    if actions == ActionSetId::EMPTY || owner == OwnerId::NOBODY {
                        continue;
                    }
                    let mut groups: FxHashMap<ConditionId, Members> = FxHashMap::default();
                    for (condition, members) in self.whom.classes.bind(parts.condition, &bound) {
                        let group = groups.entry(arena.conditions.and(condition, when)).or_default();
                        *group = group.union(&members);
                    }
                    let resources = self.controlled(arena.resources.difference(parts.resources, spared));
                    let each = groups.into_iter().flat_map(|(condition, members)| {
                        let principals = self.whom.sets.intern(members);
                        resources.iter().map(move |&(resources, reached)| {
                            let condition = arena.conditions.and(condition, reached);
                            ResourceDeny {
                                resource: None,
                                layer: Layer::Rcp,
                                principals,
                                foreign_only: false,
                                region: Region { actions, resources, owner, condition },
                                statement: Some(StatementId { policy, index: region.statement }),
                            }
                        })
                    });
                    denies.extend(each.filter(|deny| !deny.region.condition.is_never()));
                }
            }
        }
        denies
    }

    /// The resources of an RCP, and when it reaches them: whether it reaches actions without resource can be read (U-30).
    fn controlled(&self, resources: ResourceSetId) -> Vec<(ResourceSetId, ConditionId)> {
        let facts = &self.engine.facts;
        let arena = facts.arena();
        let question = Question::ControlsWithoutResource;
        let reached = facts.compiler.assumptions.readings.when(&arena.conditions, question);
        if reached.is_always() || !arena.resources.contains_none(resources) {
            return vec![(resources, ConditionId::ALWAYS)];
        }
        let none = ResourceSets::NONE_ONLY;
        let others = arena.resources.difference(resources, none);
        vec![(others, ConditionId::ALWAYS), (none, reached)]
    }

    /// The actions that RCPs surely reach, and those that they may reach (S-RCP-06): of a service all, those too that the catalog
    /// does not know.
    fn reached(&self) -> (ActionSetId, ActionSetId) {
        let facts = &self.engine.facts;
        let (catalog, universe, sets) =
            (Catalog::embedded(), &facts.compiler.universe, &facts.arena().actions);
        let of = |services: Vec<&str>, wanted: RcpReach| {
            let patterns = services.into_iter().map(|service| format!("{service}:*"));
            let matched: Vec<(Vec<usize>, String)> =
                patterns.map(|pattern| (universe.matching(&pattern), pattern)).collect();
            let all = sets.of(matched.iter().map(|(members, text)| ActionPattern::Wildcard(members, text)));
            let spared = |&action: &usize| catalog.rcp_governs_action(&universe.name(action)) != wanted;
            sets.difference(all, sets.of_members(sets.members(all).filter(spared)))
        };
        (
            of(catalog.rcp_services().to_vec(), RcpReach::Yes),
            of(catalog.rcp_doubtful_services().collect(), RcpReach::Doubtful),
        )
    }
}
