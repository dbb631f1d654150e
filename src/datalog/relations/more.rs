//! Rows that programs can read besides those which `entail facts` writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Row, Rows, optional, row};
use crate::answers::chains::{Call, Hops};
use crate::answers::otherwise::{Likely, NewKind};
use crate::catalog::region_of;
use crate::datalog::engine::GivenError;
use crate::datalog::text::Value;
use crate::estate::{
    Account, AccountId, Collected, DelegatedAdministrator, DocumentId, Group, ManagedPolicy,
    PublicAccessBlock, Subject,
};
use crate::facts::{PolicyId, PrincipalId, PrincipalKind};
use crate::rules::decision::Decision;

/// Which hops have rows, and how.
#[derive(Clone, Copy)]
struct Wanted {
    /// Whether services alone are wanted, the role first.
    services: bool,
    /// The answers; none: whichever.
    decision: Option<Decision>,
    /// Whether the condition is a column.
    condition: bool,
}

impl Rows<'_> {
    /// The rows of a relation of these; none if it is not one.
    pub(super) fn more<'h>(
        &self,
        relation: &str,
        hops: impl FnOnce() -> &'h Hops,
    ) -> Option<Result<Vec<Row>, GivenError>> {
        if relation == "stranger_assumes" {
            return Some(Ok(self.strangers(hops())));
        }
        let mut hops = Some(hops);
        let mut hops = |services, decision: Option<Decision>| {
            let condition = decision == Some(Decision::Conditional);
            let hops = hops.take().map(|hops| hops());
            hops.map_or_else(Vec::new, |hops| self.hops(hops, Wanted { services, decision, condition }))
        };
        Some(Ok(match relation {
            "in_account" => self.in_account(),
            "region" => self.regions(),
            "statement_at" => self.statement_places(),
            "condition_test" => self.condition_tests(),
            "managed_policy" => self.managed_policies(),
            "held_by_nobody" => {
                let policies = self.engine.facts().policies_of_nobody();
                policies.map(|policy| row([Value::Text(policy.arn.clone())])).collect()
            }
            "administrator_policy" => self.administrator_policies(),
            "other_version" => self.other_versions(|_| true),
            "administrator_version" => self.other_versions(|document| {
                document.is_some_and(|document| self.engine.is_administrator_document(document))
            }),
            "administrator_but_for_boundary" => {
                self.likely(&self.engine.administrators_but_for_boundary(&self.principals))
            }
            "kept_down_by_denies" => self.likely(&self.engine.kept_down_by_denies(&self.principals)),
            "escapes_boundary" => self.likely(&self.engine.escape_boundary(&self.principals)),
            "administrator_by_policy" => self.administrators_by_policy(),
            "escapable_boundary" => self.escapable_boundaries(),
            "session_name" => self.session_names(),
            "delegated_administrator" => self.delegated_administrators(),
            "administrator_by_group" => self.administrator_groups(),
            "created" => self.created(),
            "role_used" => self.roles_used(),
            "role_use_reported" => self.roles_with_use(),
            "uses_role" => self.uses_role(),
            "instance_profile" => self.instance_profiles(),
            "identity_provider" => self.identity_providers(),
            "account_setting" => self.settings(),
            "outside" => self.outside(),
            "external" => self.external(),
            "assumes" => hops(false, Some(Decision::Allowed)),
            "assumes_if" => hops(false, Some(Decision::Conditional)),
            "assumes_unknown" => hops(false, Some(Decision::Unknown)),
            "may_assume" => hops(false, None),
            "trusts_service" => hops(true, Some(Decision::Allowed)),
            "trusts_service_if" => hops(true, Some(Decision::Conditional)),
            "may_trust_service" => hops(true, None),
            "not_collected" => self.not_collected(),
            _ => return self.usage(relation),
        }))
    }

    pub(super) fn all_accounts(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.engine.estate().accounts.values()
    }

    fn regions(&self) -> Vec<Row> {
        let of = |account: &Arc<Account>| -> Vec<Row> {
            let regions = region_of::regions(&account.partition).iter();
            regions.map(|region| row([optional(Some(account.id)), Value::text(region)])).collect()
        };
        self.all_accounts().flat_map(of).collect()
    }

    fn in_account(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for account in self.all_accounts() {
            let mut add =
                |arn: &Arc<str>| rows.push(row([Value::Text(arn.clone()), optional(Some(account.id))]));
            account.users.values().for_each(|user| add(&user.identity.arn));
            account.groups.values().for_each(|group| add(&group.arn));
            account.roles.values().for_each(|role| add(&role.identity.arn));
            account.managed_policies.keys().for_each(&mut add);
            account.instance_profiles.iter().for_each(|profile| add(&profile.arn));
            add(&format!("arn:{}:iam::{}:root", account.partition, account.id).into());
        }
        let resources = self.engine.estate().resources.values();
        rows.extend(resources.filter_map(|resource| {
            Some(row([Value::Text(resource.arn.clone()), optional(Some(resource.account?))]))
        }));
        rows
    }

    /// The versions of managed policies that are not the default ones.
    fn other_versions(&self, wanted: impl Fn(Option<DocumentId>) -> bool) -> Vec<Row> {
        let policies = self.all_accounts().flat_map(|account| account.managed_policies.values());
        let mut rows = Vec::new();
        for policy in policies {
            let others = policy.others.iter().flatten().filter(|other| wanted(other.document));
            rows.extend(
                others
                    .map(|other| row([Value::Text(policy.arn.clone()), optional(other.version.as_deref())])),
            );
        }
        rows
    }

    fn administrator_groups(&self) -> Vec<Row> {
        let accounts = self.all_accounts();
        let groups: Vec<_> =
            accounts.flat_map(|account| account.groups.values().map(move |group| (account, group))).collect();
        let makes = |&(account, group): &(&Arc<Account>, &Arc<Group>)| {
            let how = how(self.engine.makes_administrators(account, group))?;
            Some(row([Value::Text(group.arn.clone()), how]))
        };
        groups.par_iter().filter_map(makes).collect()
    }

    fn administrators_by_policy(&self) -> Vec<Row> {
        self.by_policy(|account, kind| self.engine.administrator_policies_for(account, kind))
    }

    fn escapable_boundaries(&self) -> Vec<Row> {
        self.by_policy(|account, kind| self.engine.escapable_boundaries(account, kind))
    }

    /// The policies of which something holds for new users or roles, and how surely.
    fn by_policy(
        &self,
        holds: impl Fn(&Arc<Account>, NewKind) -> Vec<(Arc<str>, Likely)> + Sync,
    ) -> Vec<Row> {
        let of = |(account, kind): (&Arc<Account>, NewKind)| {
            let found = holds(account, kind);
            let kind = Value::symbol(if kind == NewKind::User { "user" } else { "role" });
            let rows = found.into_iter().filter_map(move |(policy, likely)| {
                Some(row([Value::Text(policy), kind.clone(), how(likely)?]))
            });
            rows.collect::<Vec<_>>()
        };
        let kinds = [NewKind::User, NewKind::Role];
        let accounts = self.all_accounts().flat_map(|account| kinds.map(|kind| (account, kind)));
        accounts.collect::<Vec<_>>().into_par_iter().flat_map_iter(of).collect()
    }

    /// The principals of which something holds, and how surely.
    fn likely(&self, holds: &[Likely]) -> Vec<Row> {
        let of = self.principals.iter().zip(holds);
        of.filter_map(|(&id, &likely)| Some(row([self.name(id), how(likely)?]))).collect()
    }

    fn session_names(&self) -> Vec<Row> {
        let sessions = self.attachments().session_of;
        let names = sessions.iter().filter_map(|&(session, _)| {
            let (_, name) = self.engine.facts().principal(session).name.rsplit_once('/')?;
            Some(row([self.name(session), Value::text(name)]))
        });
        names.collect()
    }

    fn delegated_administrators(&self) -> Vec<Row> {
        let organizations = self.engine.estate().organizations.values();
        let administrators = organizations
            .flat_map(|organization| organization.delegated_administrators.iter().flat_map(|all| all.iter()));
        let of = |one: &DelegatedAdministrator| -> Vec<Row> {
            let services = one.services.iter().flat_map(|services| services.iter());
            services.map(|service| row([optional(Some(one.account)), Value::Text(service.clone())])).collect()
        };
        administrators.flat_map(of).collect()
    }

    fn statement_places(&self) -> Vec<Row> {
        let facts = self.engine.facts();
        let mut rows = Vec::new();
        for policy in facts.policies_in_use() {
            let Some(document) = facts.policy(policy).document else { continue };
            let label = self.policy(policy);
            let parsed = facts.document(document);
            let statements = parsed.document().statements.iter();
            rows.extend(statements.map(|of| row([label.clone(), Value::Number(of.index.into())])));
        }
        for policy in facts.policies_of_nobody() {
            let Some(of) = policy.policy else { continue };
            let parsed = facts.document(of.document);
            let index = |index: u32| row([Value::Text(policy.arn.clone()), Value::Number(index.into())]);
            rows.extend(parsed.document().statements.iter().map(|statement| index(statement.index)));
        }
        rows
    }

    fn managed_policies(&self) -> Vec<Row> {
        let own = self.all_accounts().flat_map(|account| {
            account.managed_policies.values().map(move |policy| (policy, Some(account.id)))
        });
        let of_aws = self.engine.estate().aws_managed.values().map(|policy| (policy, None));
        own.chain(of_aws)
            .map(|(policy, account)| {
                row([Value::Text(policy.arn.clone()), optional(account), optional(policy.version.as_deref())])
            })
            .collect()
    }

    fn administrator_policies(&self) -> Vec<Row> {
        let facts = self.engine.facts();
        // Whoever holds it, a document says the same.
        let mut first: FxHashMap<DocumentId, PolicyId> = FxHashMap::default();
        for id in facts.policies_in_use() {
            if let Some(document) = facts.policy(id).document {
                first.entry(document).or_insert(id);
            }
        }
        let is = |(_, id): &(&DocumentId, &PolicyId)| self.engine.is_administrator_policy(**id);
        let found: FxHashSet<DocumentId> =
            first.par_iter().filter(is).map(|(document, _)| *document).collect();
        let is = |id: &PolicyId| facts.policy(*id).document.is_some_and(|document| found.contains(&document));
        let mut rows: Vec<Row> =
            facts.policies_in_use().filter(is).map(|id| row([self.policy(id)])).collect();
        // Nobody holds these yet.
        let is = |policy: &&Arc<ManagedPolicy>| {
            let document = policy.policy.map(|policy| policy.document);
            document.is_some_and(|document| self.engine.is_administrator_document(document))
        };
        let managed = self.all_accounts().flat_map(|account| account.managed_policies.values());
        rows.extend(managed.filter(is).map(|policy| row([Value::Text(policy.arn.clone())])));
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn created(&self) -> Vec<Row> {
        let of = |account: &Arc<Account>| -> Vec<(Arc<str>, Box<str>)> {
            let users = account.users.values().map(|user| (&user.identity.arn, &user.identity.created));
            let roles = account.roles.values().map(|role| (&role.identity.arn, &role.identity.created));
            let groups = account.groups.values().map(|group| (&group.arn, &group.created));
            let all = users.chain(roles).chain(groups);
            all.filter_map(|(arn, date)| Some((arn.clone(), date.clone()?))).collect()
        };
        let dated = self.all_accounts().flat_map(of);
        dated.map(|(arn, date)| row([Value::Text(arn), Value::text(&date)])).collect()
    }

    fn roles_used(&self) -> Vec<Row> {
        let roles = self.all_accounts().flat_map(|account| account.roles.values());
        roles
            .filter_map(|role| match &role.last_used {
                Collected::Some(date) => {
                    Some(row([Value::Text(role.identity.arn.clone()), Value::text(date)]))
                }
                Collected::None | Collected::NotCollected => None,
            })
            .collect()
    }

    fn roles_with_use(&self) -> Vec<Row> {
        let roles = self.all_accounts().flat_map(|account| account.roles.values());
        let reported = roles.filter(|role| role.last_used != Collected::NotCollected);
        reported.map(|role| row([Value::Text(role.identity.arn.clone())])).collect()
    }

    fn uses_role(&self) -> Vec<Row> {
        let resources = self.engine.estate().resources.values();
        let pairs = resources.flat_map(|resource| resource.roles.iter().map(|role| (&resource.arn, role)));
        pairs.map(|(arn, role)| row([Value::Text(arn.clone()), Value::Text(role.clone())])).collect()
    }

    fn instance_profiles(&self) -> Vec<Row> {
        let profiles = self.all_accounts().flat_map(|account| account.instance_profiles.iter());
        let pairs = profiles.flat_map(|profile| profile.roles.iter().map(|role| (&profile.arn, role)));
        pairs.map(|(arn, role)| row([Value::Text(arn.clone()), Value::Text(role.clone())])).collect()
    }

    fn identity_providers(&self) -> Vec<Row> {
        let of = |account: &Arc<Account>| -> Vec<Row> {
            let providers = account.identity_providers.iter().flat_map(|providers| providers.iter());
            providers
                .map(|provider| row([Value::Text(provider.arn.clone()), optional(Some(account.id))]))
                .collect()
        };
        self.all_accounts().flat_map(of).collect()
    }

    fn settings(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for account in self.all_accounts() {
            let mut add = |setting: &str, value: &str| {
                rows.push(row([optional(Some(account.id)), Value::symbol(setting), Value::text(value)]));
            };
            if let Some(alias) = &account.settings.alias {
                add("alias", alias);
            }
            let Some(block) = account.settings.public_access_block else { continue };
            let PublicAccessBlock {
                block_public_acls,
                ignore_public_acls,
                block_public_policy,
                restrict_public_buckets,
            } = block;
            add("block-public-acls", &block_public_acls.to_string());
            add("ignore-public-acls", &ignore_public_acls.to_string());
            add("block-public-policy", &block_public_policy.to_string());
            add("restrict-public-buckets", &restrict_public_buckets.to_string());
        }
        rows
    }

    fn outside(&self) -> Vec<Row> {
        let outside = self.principals.iter().filter(|id| self.engine.is_outside(**id));
        outside.map(|&id| row([self.name(id)])).collect()
    }

    fn hops(&self, hops: &Hops, wanted: Wanted) -> Vec<Row> {
        let facts = self.engine.facts();
        let conditions = &facts.arena().conditions;
        // Of several calls that lead from one to the other the surest counts.
        let mut surest: BTreeMap<(PrincipalId, PrincipalId), Decision> = BTreeMap::new();
        let of_services = |from: PrincipalId| facts.principal(from).kind == PrincipalKind::Service;
        let counts = |from| !wanted.services || of_services(from);
        let level = |decision| match decision {
            Decision::Allowed => 0,
            Decision::Conditional => 1,
            _ => 2,
        };
        let calls = || hops.all().iter().filter(|hop| hop.by != Call::RoleSessionName && counts(hop.from));
        for hop in calls() {
            let best = surest.entry((hop.from, hop.to)).or_insert(hop.decision);
            if level(hop.decision) < level(*best) {
                *best = hop.decision;
            }
        }
        let is_surest = |hop: &&crate::answers::chains::Hop| {
            let best = surest.get(&(hop.from, hop.to)).copied();
            best == Some(hop.decision) && wanted.decision.is_none_or(|decision| hop.decision == decision)
        };
        let rows = calls().filter(is_surest).map(|hop| {
            let (from, to) = (self.name(hop.from), self.name(hop.to));
            let pair = if wanted.services { [to, from] } else { [from, to] };
            let condition = wanted.condition.then(|| Value::Text(conditions.text(hop.condition).into()));
            pair.into_iter().chain(condition).collect()
        });
        rows.collect()
    }

    /// The hops that whoever signs in by a shared provider may make.
    fn strangers(&self, hops: &Hops) -> Vec<Row> {
        let lets_in = hops.all().iter().filter(|hop| self.engine.lets_stranger_in(hop));
        lets_in.map(|hop| row([self.name(hop.from), self.name(hop.to)])).collect()
    }

    fn not_collected(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let about = |what: &str, about: Value| row([Value::symbol(what), about]);
        for policy in self.all_accounts().flat_map(|account| account.managed_policies.values()) {
            if policy.others.is_none() {
                rows.push(about("policy-versions", Value::Text(policy.arn.clone())));
            }
        }
        for (id, organization) in &self.engine.estate().organizations {
            let Some(administrators) = &organization.delegated_administrators else {
                rows.push(about("delegated-administrators", Value::text(id.as_str())));
                continue;
            };
            let without = administrators.iter().filter(|one| one.services.is_none());
            rows.extend(without.map(|one| about("delegated-services", optional(Some(one.account)))));
        }
        for gap in self.engine.estate().gaps().iter() {
            rows.extend(gap.touches().into_iter().map(|subject| {
                about(
                    gap.code(),
                    match subject {
                        Subject::Account(account) => optional(Some(account)),
                        Subject::Level(level) => optional(Some(level)),
                        Subject::Arn(arn) => Value::Text(arn),
                    },
                )
            }));
        }
        for account in self.all_accounts().filter(|account| account.collected) {
            let lacks = [
                ("credential-report", account.credential_report.is_none()),
                ("service-last-accessed", account.service_last_accessed.is_none()),
                ("identity-providers", account.identity_providers.is_none()),
                ("vpc-endpoints", !account.lists_vpc_endpoints()),
                ("ram-shares", !account.lists_ram_shares()),
                ("public-access-block", account.settings.public_access_block.is_none()),
            ];
            let id: AccountId = account.id;
            rows.extend(
                lacks.iter().filter(|(_, lacks)| *lacks).map(|(what, _)| about(what, optional(Some(id)))),
            );
        }
        rows
    }
}

/// How surely something holds, as rules read it; none if it does not.
fn how(likely: Likely) -> Option<Value> {
    match likely {
        Likely::Never => None,
        Likely::Perhaps => Some(Value::symbol("conditional")),
        Likely::Surely => Some(Value::symbol("sure")),
    }
}
