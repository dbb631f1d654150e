//! `report`: what every principal can do, summed up, and the rows behind it.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::can::Question;
use super::engine::Engine;
use super::levels::{LevelsOf, bit};
use super::permissions::{Permission, Permissions};
use crate::catalog::{Catalog, ServiceId};
use crate::facts::keys;
use crate::facts::{AskedAction, Caller, Entity, Layer, Layers, PrincipalFact, PrincipalId, PrincipalKind};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::resource::ResourceSets;
use crate::rules::decision::{Decision, depends_on_unloaded};

/// A principal in the report.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Who.
    pub principal: PrincipalId,
    /// Identity policies met with the boundary allow every action on every resource, unconditionally.
    pub administrator: bool,
    /// After all layers it can, unconditionally, give itself or its role any policy, with no boundary in the way.
    pub effective_administrator: bool,
    /// Levels that it has unconditionally on some resource, by service, a bit for each level.
    pub levels: BTreeMap<ServiceId, u8>,
    /// Levels that it has only under a condition.
    pub conditional: BTreeMap<ServiceId, u8>,
    /// Levels that depend on what was not collected or can't be read.
    pub unknown: BTreeMap<ServiceId, u8>,
    /// Layers that take away something that its identity policies grant.
    pub limited_by: Layers,
}

/// A report: summaries, and the permissions of each principal in the same order.
pub struct Report {
    /// One for each principal.
    pub summaries: Vec<Summary>,
    /// The permissions of all principals, by principal: each with the range of `rows`.
    pub ranges: Vec<std::ops::Range<usize>>,
    /// Permissions.
    pub rows: Vec<Permission>,
}

/// How a row holds.
enum Hold {
    Always,
    Conditional,
    Unknown,
}

impl Engine {
    /// The report on some principals, in the order given.
    pub fn report(&self, principals: &[PrincipalId]) -> Report {
        let permissions = self.permissions();
        let levels = LevelsOf::new(&self.facts);
        let parts: Vec<(Summary, Vec<Permission>)> = principals
            .par_iter()
            .with_min_len(16)
            .map(|&id| {
                let mut rows = Vec::new();
                let limited = self.permissions_of(&permissions, id, &mut rows);
                (self.summary(&permissions, &levels, id, &rows, limited), rows)
            })
            .collect();
        let mut report = Report { summaries: Vec::new(), ranges: Vec::new(), rows: Vec::new() };
        report.rows.reserve(parts.iter().map(|(_, rows)| rows.len()).sum());
        for (summary, rows) in parts {
            let start = report.rows.len();
            report.rows.extend(rows);
            report.ranges.push(start..report.rows.len());
            report.summaries.push(summary);
        }
        report
    }

    fn summary(
        &self,
        permissions: &Permissions,
        levels: &LevelsOf,
        id: PrincipalId,
        rows: &[Permission],
        limited_by: Layers,
    ) -> Summary {
        let mut summary = Summary {
            principal: id,
            administrator: self.is_administrator(id),
            effective_administrator: false,
            levels: BTreeMap::new(),
            conditional: BTreeMap::new(),
            unknown: BTreeMap::new(),
            limited_by,
        };
        let as_root = match self.facts.principal(id).kind {
            PrincipalKind::Root => self.permissions_of_root(permissions, id),
            _ => Vec::new(),
        };
        if !as_root.is_empty() && as_root != [Region::ALL] {
            summary.limited_by = summary.limited_by.with(Layer::Scp);
        }
        for region in rows.iter().map(|row| row.region).chain(as_root) {
            if self.rests_on_the_string(&region) {
                continue;
            }
            let into = match self.hold(region.condition) {
                Hold::Always => &mut summary.levels,
                Hold::Conditional => &mut summary.conditional,
                Hold::Unknown => &mut summary.unknown,
            };
            for (service, mask) in levels.of(region.actions, region.resources) {
                *into.entry(*service).or_default() |= mask;
            }
        }
        summary.effective_administrator = self.is_effective_administrator(id, rows);
        // What is certain needs no second mention.
        let certain = summary.levels.clone();
        for open in [&mut summary.conditional, &mut summary.unknown] {
            open.retain(|service, mask| {
                *mask &= !certain.get(service).copied().unwrap_or_default();
                *mask != 0
            });
        }
        summary
    }

    /// Whether a row reaches actions without resource type only if the service checks a string that nobody knows for them
    /// (U-40). Nearly every pattern has such rows, and a summary that named them would say nothing else.
    fn rests_on_the_string(&self, region: &Region) -> bool {
        let conditions = &self.facts.arena().conditions;
        let string = || conditions.key(keys::key(keys::RESOURCE_STRING));
        region.resources == ResourceSets::NONE_ONLY
            && !region.condition.is_always()
            && (conditions.contains_doubt(region.condition)
                || conditions.keys(region.condition).contains(&string()))
    }

    fn hold(&self, condition: ConditionId) -> Hold {
        match depends_on_unloaded(&self.facts.arena().conditions, condition) {
            _ if condition.is_always() => Hold::Always,
            true => Hold::Unknown,
            false => Hold::Conditional,
        }
    }

    /// Whether identity policies met with the boundary allow everything, unconditionally (design: administrator).
    fn is_administrator(&self, id: PrincipalId) -> bool {
        let fact = self.facts.principal(id);
        if fact.kind == PrincipalKind::Root {
            return fact.may_act;
        }
        let side = self.sides.of(&self.facts, id);
        let arena = self.facts.arena();
        let regions = |policies: &[crate::rules::side::Bound], denies: bool| -> Vec<Region> {
            policies
                .iter()
                .flat_map(|(_, bound)| self.sides.regions(*bound))
                .filter(|region| region.denies == denies)
                .map(|region| arena.get(region.region))
                .collect()
        };
        let covers_all = |allows: &[Region]| {
            // Quick: without some region of all actions or all resources nothing can add up in practice, yet it may.
            let all_resources = allows
                .iter()
                .filter(|region| region.resources == ResourceSets::ALL && region.condition.is_always())
                .fold(ActionSetId::EMPTY, |all, region| arena.actions.union(all, region.actions));
            arena.actions.includes(all_resources, ActionSetId::ALL)
                || (allows.len() <= 64
                    && allows
                        .iter()
                        .any(|region| arena.actions.count(region.actions) * 2 > arena.actions.universe())
                    && arena.difference_all([Region::ALL], allows).is_empty())
        };
        let denied = !regions(&side.identity, true).is_empty() || !regions(&side.boundary, true).is_empty();
        !denied
            && covers_all(&regions(&side.identity, false))
            && (side.boundary.is_empty() || covers_all(&regions(&side.boundary, false)))
    }

    /// Whether the principal can, unconditionally, give itself any policy (design: effective administrator).
    fn is_effective_administrator(&self, id: PrincipalId, rows: &[Permission]) -> bool {
        let fact = self.facts.principal(id);
        let always = |action: &str, resource: &str| {
            let mentions = |asked: &AskedAction| {
                fact.kind == PrincipalKind::Root
                    || asked.index.is_some_and(|index| {
                        let arena = self.facts.arena();
                        rows.iter().any(|row| {
                            row.region.condition.is_always()
                                && arena.actions.contains(row.region.actions, index)
                        })
                    })
            };
            let asked = self.facts.asked_action(action);
            mentions(&asked)
                && self
                    .can(&Question::new(&fact.name, action, resource))
                    .is_ok_and(|answer| answer.decided.decision == Decision::Allowed)
        };
        match (&fact.entity, fact.kind) {
            (_, PrincipalKind::Root) => {
                let any = format!(
                    "arn:{}:iam::{}:user/any",
                    fact.partition(),
                    fact.account.map_or(String::new(), |a| a.to_string())
                );
                fact.may_act && always("iam:PutUserPolicy", &any)
            }
            (Entity::User(user), _) if user.identity.boundary.is_some() => {
                self.is_effective_administrator_of_a_role(fact, rows, &always)
            }
            (Entity::User(user), _) => {
                let account = self.facts.estate.account(user.identity.account);
                let groups = account.into_iter().flat_map(|account| account.groups_of(user));
                always("iam:PutUserPolicy", &user.identity.arn)
                    || always("iam:AttachUserPolicy", &user.identity.arn)
                    || groups.into_iter().any(|group| {
                        always("iam:PutGroupPolicy", &group.arn)
                            || always("iam:AttachGroupPolicy", &group.arn)
                    })
                    || user.identity.attached.iter().any(|policy| always("iam:CreatePolicyVersion", policy))
                    || self.is_effective_administrator_of_a_role(fact, rows, &always)
            }
            (Entity::Role(_), _) if fact.caller == Caller::ServiceLinkedSession => false,
            (Entity::Role(role), _) if role.identity.boundary.is_some() => {
                self.is_effective_administrator_of_a_role(fact, rows, &always)
            }
            (Entity::Role(role), _) => {
                always("iam:PutRolePolicy", &role.identity.arn)
                    || always("iam:AttachRolePolicy", &role.identity.arn)
                    || role.identity.attached.iter().any(|policy| always("iam:CreatePolicyVersion", policy))
                    || self.is_effective_administrator_of_a_role(fact, rows, &always)
            }
            (Entity::Unknown, _) => false,
        }
    }

    /// Whether the principal can give a role of its account any policy, and take the role.
    fn is_effective_administrator_of_a_role(
        &self,
        fact: &PrincipalFact,
        rows: &[Permission],
        always: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        let arena = self.facts.arena();
        let give = ["iam:PutRolePolicy", "iam:AttachRolePolicy"];
        let version = "iam:CreatePolicyVersion";
        let indices = [give[0], give[1], version].map(|action| self.facts.asked_action(action).index);
        let mentions = |row: &&Permission| {
            let acts = |index: &usize| arena.actions.contains(row.region.actions, *index);
            row.region.condition.is_always() && indices.iter().flatten().any(acts)
        };
        let rows: Vec<&Permission> = rows.iter().filter(mentions).collect();
        if rows.is_empty() {
            return false;
        }
        let sure =
            |resource: &str| rows.iter().any(|row| arena.resources.contains(row.region.resources, resource));
        let account = fact.account.and_then(|account| self.facts.estate.account(account));
        account.into_iter().flat_map(|account| account.roles.values()).any(|role| {
            let arn = &*role.identity.arn;
            role.identity.boundary.is_none()
                && *fact.name != *arn
                && ((sure(arn) && give.into_iter().any(|action| always(action, arn)))
                    || role.identity.attached.iter().any(|policy| sure(policy) && always(version, policy)))
                && self
                    .can(&Question::new(&fact.name, "sts:AssumeRole", arn))
                    .is_ok_and(|answer| answer.decided.decision == Decision::Allowed)
        })
    }
}

/// The names of services and levels in a map of masks.
pub fn named_levels(levels: &BTreeMap<ServiceId, u8>) -> BTreeMap<String, Vec<crate::catalog::AccessLevel>> {
    use crate::catalog::AccessLevel::{List, PermissionsManagement, Read, Tagging, Write};
    let services = Catalog::embedded().services();
    levels
        .iter()
        .filter_map(|(service, mask)| {
            let name = services.get(usize::from(service.0))?.prefix.to_owned();
            let all = [List, Read, Write, Tagging, PermissionsManagement];
            Some((name, all.into_iter().filter(|level| mask & bit(*level) != 0).collect()))
        })
        .collect()
}
