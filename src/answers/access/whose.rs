//! Whose the resources are that a call can act on, and that need not exist.

use super::groups::Group;
use super::{Asked, Outcome};
use crate::catalog::governing::{Owner, governing};
use crate::catalog::{Catalog, ResourceType, TypeId};
use crate::estate::AccountId;
use crate::facts::binding::OrganizationOf;
use crate::facts::types;
use crate::region::resource::{FormatPiece, Padding, Piece, ResourceSetId, ResourceSets};
use crate::rules::decision::Decision;
use crate::rules::gate;

/// A kind of resources of which a call names one.
pub(super) struct Kind {
    pub arns: ResourceSetId,
    /// Those of types whose ARNs name no account.
    without_account: ResourceSetId,
    /// Those of types whose ARNs name no Region.
    without_region: ResourceSetId,
}

impl Kind {
    /// Every resource.
    pub(super) fn any() -> Self {
        let all = ResourceSets::ARNS;
        Self { arns: all, without_account: all, without_region: all }
    }

    /// The resources of some types.
    pub(super) fn of(sets: &ResourceSets, types: &[TypeId]) -> Self {
        let types: Vec<_> = types.iter().filter_map(|&id| Catalog::embedded().resource_type(id)).collect();
        let of = |is_of: &dyn Fn(&ResourceType) -> bool| {
            let wanted = types.iter().filter(|kind| is_of(kind));
            sets.union_all(&wanted.map(|kind| types::arns(sets, kind)).collect::<Vec<_>>())
        };
        let without = |part: usize| {
            let names_none =
                |format: &&str| format.split(':').nth(part).is_none_or(|part| !part.contains('$'));
            of(&|kind| kind.formats.iter().any(names_none))
        };
        Self { arns: of(&|_| true), without_account: without(4), without_region: without(3) }
    }
}

impl Kind {
    /// Those of them that a request in a Region may be on (U-57): whose ARN names it, or none.
    pub(super) fn within(self, sets: &ResourceSets, region: &str) -> Self {
        use FormatPiece::{Part, Text};
        let named = |region: &str| types::arns_with(sets, [Part, Part, Text(region), Part]).ok();
        let (Some(here), Some(anywhere)) = (named(region), named("")) else { return self };
        let wanted = sets.union_all(&[here, sets.meet(self.without_region, anywhere)]);
        let (arns, without_account) = (sets.meet(self.arns, wanted), sets.meet(self.without_account, wanted));
        Self { arns, without_account, ..self }
    }
}

/// The resources of a kind that are within reach of an account, whether they exist or not.
pub(super) struct Own {
    pub sets: Vec<ResourceSetId>,
    /// Whether they are there only if the account manages an organisation.
    if_it_manages: bool,
}

impl Asked<'_> {
    /// The resources of a kind whose ARN names an account, and those that are its own though their ARN names none. Of an organisation
    /// nothing is the account's but the management account's (S-SVC-16).
    pub(super) fn own(&self, account: AccountId, taken: &Kind) -> Own {
        let facts = &self.engine.facts;
        let partition = facts.estate.account(account).map_or("aws", |account| &*account.partition);
        if governing(&self.action.name, "*").owner == Owner::ManagementAccount {
            let of = facts.organization_of(Some(account));
            let owner = of.manager().unwrap_or(account);
            let head = format!("arn:{partition}:*:*:{owner}:?*");
            let sets = match &of {
                OrganizationOf::Member { id, .. } => {
                    let sets = &facts.arena().resources;
                    let among = |end: String| self.among(taken.arns, &format!("{head}/{end}"));
                    // The id of the organisation stands behind the word for the type, once, and no other anywhere: what is deeper in an
                    // ARN is the id of something else, which no wildcard of a policy takes for one.
                    let deeper =
                        [format!("*/{id}"), format!("*/{id}/*"), format!("{id}/o-*"), format!("{id}/*/o-*")];
                    let deeper: Vec<_> = deeper.into_iter().filter_map(among).collect();
                    let deeper = sets.union_all(&deeper);
                    let ends = [id.to_string(), format!("{id}/*")];
                    ends.into_iter().filter_map(among).map(|some| sets.difference(some, deeper)).collect()
                }
                _ => self.among(taken.arns, &head).into_iter().collect(),
            };
            return Own { sets, if_it_manages: of.manager().is_none() };
        }
        let sets = &facts.arena().resources;
        let of = |(named, taken): (String, ResourceSetId)| {
            use FormatPiece::{One, Part, Rest, Text};
            let (head, account) = (format!("arn:{partition}:"), format!(":{named}:"));
            let format = [Text(&head), Part, Text(":"), Part, Text(&account), One, Rest];
            Some(sets.meet(taken, sets.format(&format).ok()?))
        };
        let both = [(account.to_string(), taken.arns), (String::new(), taken.without_account)];
        Own { sets: both.into_iter().filter_map(of).collect(), if_it_manages: false }
    }

    fn among(&self, taken: ResourceSetId, pattern: &str) -> Option<ResourceSetId> {
        let sets = &self.engine.facts.arena().resources;
        let of_pattern = sets.pattern(&[Piece::Text(pattern)], Padding::Never).ok()?;
        Some(sets.meet(taken, of_pattern))
    }

    /// The answers of a group on such resources, of which nobody may know whether they are there.
    pub(super) fn if_there(&self, group: &Group, own: &Own, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        if !own.if_it_manages {
            return outcomes;
        }
        let facts = &self.engine.facts;
        let conditions = &facts.arena().conditions;
        let manages = gate::may_manage(facts, self.engine.calling(group.first()).fact);
        let unsure = |(_, condition)| (Decision::Unknown, conditions.and(condition, manages));
        let mut outcomes: Vec<Outcome> = outcomes.into_iter().map(unsure).collect();
        outcomes.retain(|(_, condition)| !condition.is_never());
        outcomes.sort_unstable();
        outcomes.dedup();
        outcomes
    }
}
