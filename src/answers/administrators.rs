//! Who may do everything, and who can make itself such.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::can::Question;
use super::engine::Engine;
use super::otherwise::Likely;
use super::permissions::Permission;
use crate::document::principal::PrincipalKind as Named;
use crate::document::{Effect, PolicyKind, PrincipalElement};
use crate::estate::{Account, AccountId, DocumentId, Role};
use crate::facts::compile::CompiledPolicy;
use crate::facts::{AskedAction, Caller, Entity, PolicyId, PrincipalFact, PrincipalId, PrincipalKind};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::resource::ResourceSets;
use crate::rules::decision::Decision;
use crate::rules::side::{Bound, Side};

/// The actions by which a principal gives itself, or a role that it can take, any policy. Without one of them in an identity policy
/// none but root users can.
pub(crate) const SELF_GRANTS: [&str; 7] = [
    "iam:PutUserPolicy",
    "iam:AttachUserPolicy",
    "iam:PutGroupPolicy",
    "iam:AttachGroupPolicy",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:CreatePolicyVersion",
];

impl Engine {
    /// Whether identity policies met with the boundary allow everything, unconditionally (design: administrator).
    pub(super) fn is_administrator(&self, id: PrincipalId) -> bool {
        let fact = self.facts.principal(id);
        if fact.kind == PrincipalKind::Root {
            return fact.may_act;
        }
        self.allows_everything(self.sides.of(&self.facts, id))
    }

    /// Whether identity policies met with the boundary allow everything, unconditionally.
    pub(super) fn allows_everything(&self, side: &Side) -> bool {
        self.all_allow_everything(&side.identity) && !self.is_limited(side)
    }

    /// Whether there is a boundary that does not allow everything, unconditionally.
    pub(super) fn is_limited(&self, side: &Side) -> bool {
        !side.boundary.is_empty() && !self.all_allow_everything(&side.boundary)
    }

    /// Whether some policies together allow everything, unconditionally.
    fn all_allow_everything(&self, policies: &[Bound]) -> bool {
        let regions = policies.iter().flat_map(|(_, bound)| self.sides.regions(*bound));
        let mut allows = Vec::new();
        for region in regions {
            if region.denies {
                return false;
            }
            allows.push(self.facts.arena().get(region.region));
        }
        self.covers_all(&allows)
    }

    /// Whether an identity policy alone allows everything, unconditionally.
    pub fn is_administrator_policy(&self, policy: PolicyId) -> bool {
        self.is_of_administrators(&self.facts.compiled(policy))
    }

    /// Whether a document alone, as an identity policy, allows everything, unconditionally.
    pub fn is_administrator_document(&self, document: DocumentId) -> bool {
        self.is_of_administrators(&self.facts.compiled_document(document))
    }

    fn is_of_administrators(&self, compiled: &CompiledPolicy) -> bool {
        let regions = self.facts.compiler.read_for_anybody(compiled);
        let allows: Vec<Region> =
            regions.iter().map(|region| self.facts.arena().get(region.region)).collect();
        compiled.kind == PolicyKind::Identity
            && !regions.iter().any(|region| region.denies)
            && self.covers_all(&allows)
    }

    /// Whether some regions together hold every request.
    fn covers_all(&self, allows: &[Region]) -> bool {
        let arena = self.facts.arena();
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
    }

    /// Whether the principal can, unconditionally, give itself any policy (design: effective administrator).
    pub(super) fn is_effective_administrator(&self, id: PrincipalId, rows: &[Permission]) -> bool {
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
            (Entity::User(_), _) if self.is_limited(self.sides.of(&self.facts, id)) => {
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
            (Entity::Role(_), _) if self.is_limited(self.sides.of(&self.facts, id)) => {
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
        own: &[Permission],
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
        let rows: Vec<&Permission> = own.iter().filter(mentions).collect();
        if rows.is_empty() {
            return false;
        }
        let sure = |rows: &[&Permission], resource: &str| {
            rows.iter().any(|row| arena.resources.contains(row.region.resources, resource))
        };
        let assume = self.facts.asked_action("sts:AssumeRole").index;
        let assumes =
            |row: &&Permission| assume.is_some_and(|index| arena.actions.contains(row.region.actions, index));
        let assuming: Vec<&Permission> = own.iter().filter(assumes).collect();
        let account = fact.account.and_then(|account| self.takeable().get(&account));
        let roles = account.into_iter().flat_map(|roles| {
            let delegating = roles.delegating.iter().filter(|role| sure(&assuming, &role.identity.arn));
            delegating.chain(roles.naming.get(&*fact.name).into_iter().flatten())
        });
        roles.into_iter().any(|role| {
            let arn = &*role.identity.arn;
            let changes = |policy: &Arc<str>| sure(&rows, policy) && always(version, policy);
            let gives = || {
                (sure(&rows, arn) && give.into_iter().any(|action| always(action, arn)))
                    || role.identity.attached.iter().any(changes)
            };
            let takes = || {
                self.can(&Question::new(&fact.name, "sts:AssumeRole", arn))
                    .is_ok_and(|answer| answer.decided.decision == Decision::Allowed)
            };
            *fact.name != *arn && gives() && takes()
        })
    }

    fn takeable(&self) -> &Takeable {
        self.takeable.get_or_init(|| {
            let accounts = self.facts.estate.accounts.values();
            let everything = self.everything();
            accounts.map(|account| (account.id, self.takeable_in(account, &everything))).collect()
        })
    }

    fn takeable_in(&self, account: &Account, everything: &CompiledPolicy) -> RolesByTrust {
        let mut roles = RolesByTrust::default();
        let is_free = |role: &&Arc<Role>| {
            let limited = |id| self.is_limited(self.sides.of(&self.facts, id));
            self.facts.principal_id(&role.identity.arn).is_some_and(|id| {
                (role.identity.boundary.is_none() || !limited(id))
                    && self.is_kept_down(id, everything) == Likely::Never
            })
        };
        for role in account.roles.values().filter(is_free) {
            let Some(trust) = self.facts.trust_of(&role.identity.arn) else { continue };
            let compiled = self.facts.compiled(trust);
            let mut delegates = false;
            let statements = &compiled.document.document().statements;
            for statement in statements.iter().filter(|statement| statement.effect == Effect::Allow) {
                let PrincipalElement::Entries { negated: false, entries } = &statement.principal else {
                    delegates = true;
                    continue;
                };
                for entry in entries {
                    match entry.kind {
                        Named::User | Named::Role | Named::Session => {
                            roles.naming.entry((&*entry.text).into()).or_default().push(role.clone());
                        }
                        Named::Service | Named::SamlProvider | Named::OidcProvider => {}
                        _ => delegates = true,
                    }
                }
            }
            if delegates {
                roles.delegating.push(role.clone());
            }
        }
        roles
    }
}

/// The roles of each account that neither a boundary nor Denies of their own limit.
pub(super) type Takeable = FxHashMap<AccountId, RolesByTrust>;

/// Roles by whom their trust policies let in.
#[derive(Default)]
pub(super) struct RolesByTrust {
    /// Whoever has a permission to assume them.
    delegating: Vec<Arc<Role>>,
    /// The principals of these ARNs.
    naming: FxHashMap<Box<str>, Vec<Arc<Role>>>,
}
