//! Rows that state the estate.

use rustc_hash::FxHashMap;

use super::{Row, Rows, optional, row, word};
use crate::datalog::text::Value;
use crate::document::PolicyKind;
use crate::estate::{Tags, User};
use crate::facts::{ControlKind, Entity, GroupId, NodeId, PolicyId, PolicyLabel};

impl Rows<'_> {
    /// The rows of a ground relation; none if there is no such relation.
    pub(super) fn ground(&self, relation: &str) -> Option<Vec<Row>> {
        Some(match relation {
            "account" => self.accounts(),
            "organization" => self.organizations(),
            "node" => self.nodes(),
            "parent" => {
                let parent = &self.engine.facts().levels.parent;
                parent.iter().map(|&(node, up)| row([self.node(node), self.node(up)])).collect()
            }
            "evaluated" => {
                let top = &self.engine.facts().levels.top;
                top.iter().map(|&(kind, root)| row([control(kind), self.node(root)])).collect()
            }
            "exempt" => {
                self.engine.facts().levels.exempt.iter().map(|&account| row([self.node(account)])).collect()
            }
            "control" => {
                let attached = self.engine.facts().levels.attached.iter();
                attached
                    .map(|&(kind, node, policy)| row([control(kind), self.node(node), self.policy(policy)]))
                    .collect()
            }
            "principal" => self.callers(),
            "tag" => self.tags(),
            "group" => self.groups(),
            "member" => self.members(),
            "attached" => self.pairs(&self.attachments().attached),
            "group_attached" => self.group_attachments(),
            "boundary_of" => self.pairs(&self.attachments().boundary_of),
            "session_of" => {
                let sessions = self.attachments().session_of;
                sessions.iter().map(|&(session, role)| row([self.name(session), self.name(role)])).collect()
            }
            "policy" => self.policies(),
            "statement" => self.statements(true),
            "resource" => {
                let resources = self.engine.facts().estate.resources.values();
                resources
                    .map(|resource| row([Value::Text(resource.arn.clone()), optional(resource.account)]))
                    .collect()
            }
            "resource_policy" => {
                let policies = self.engine.facts().resource_policies();
                policies.map(|(arn, policy)| row([Value::Text(arn.clone()), self.policy(policy)])).collect()
            }
            "trust" => self.trusts(),
            _ => return None,
        })
    }

    /// A policy, by its name.
    pub(super) fn policy(&self, policy: PolicyId) -> Value {
        self.labels
            .get(policy.index())
            .map_or_else(|| optional(None::<&str>), |label| Value::Text(label.clone()))
    }

    /// A level of an organisation.
    pub(super) fn node(&self, node: NodeId) -> Value {
        let name = self.engine.facts().levels.names.get(node.index());
        name.map_or_else(|| optional(None::<&str>), |name| Value::Text(name.clone()))
    }

    fn accounts(&self) -> Vec<Row> {
        let accounts = self.engine.facts().estate.accounts.values();
        accounts
            .map(|account| {
                let name = optional(account.name.as_deref());
                row([
                    optional(Some(account.id)),
                    name,
                    word(account.status),
                    Value::Boolean(account.collected),
                ])
            })
            .collect()
    }

    fn organizations(&self) -> Vec<Row> {
        let organizations = self.engine.facts().estate.organizations.values();
        organizations
            .map(|organization| {
                row([Value::text(organization.id.as_str()), optional(organization.management_account)])
            })
            .collect()
    }

    fn nodes(&self) -> Vec<Row> {
        let organizations = self.engine.facts().estate.organizations.values();
        let of = |organization: &crate::estate::Organization| -> Vec<Row> {
            let nodes = organization.nodes.values().map(|node| {
                let kind = if node.parent.is_none() { "root" } else { "unit" };
                let name = optional(node.name.as_deref());
                let organization = Value::text(organization.id.as_str());
                row([Value::text(node.id.as_str()), Value::symbol(kind), name, organization])
            });
            nodes.collect()
        };
        organizations.flat_map(|organization| of(organization)).collect()
    }

    fn callers(&self) -> Vec<Row> {
        let facts = self.engine.facts();
        let caller = |&id| {
            let fact = facts.principal(id);
            row([self.name(id), Value::symbol(fact.kind.name()), optional(fact.account)])
        };
        self.principals.iter().map(caller).collect()
    }

    fn tags(&self) -> Vec<Row> {
        let facts = self.engine.facts();
        let mut rows = Vec::new();
        let mut add = |holder: Value, tags: &Tags| {
            rows.extend(
                tags.iter().map(|(key, value)| row([holder.clone(), Value::text(key), Value::text(value)])),
            );
        };
        for &id in &self.principals {
            let fact = facts.principal(id);
            if let (Some(identity), true) = (fact.identity(), fact.session.is_none()) {
                add(self.name(id), &identity.tags);
            }
        }
        if !self.narrowed {
            for account in facts.estate.accounts.values() {
                account.tags.iter().for_each(|tags| add(optional(Some(account.id)), tags));
            }
            for resource in facts.estate.resources.values() {
                resource.tags.iter().for_each(|tags| add(Value::Text(resource.arn.clone()), tags));
            }
        }
        rows
    }

    fn groups(&self) -> Vec<Row> {
        let accounts = self.engine.facts().estate.accounts.values();
        let of = |account: &crate::estate::Account| -> Vec<Row> {
            let groups = account.groups.values();
            groups.map(|group| row([Value::Text(group.arn.clone()), optional(Some(account.id))])).collect()
        };
        accounts.flat_map(|account| of(account)).collect()
    }

    /// The ARNs of the groups of a user, in the order of its record.
    fn groups_of(&self, user: &User) -> Vec<Value> {
        let account = self.engine.facts().estate.account(user.identity.account);
        let arn = |name: &crate::estate::Name| {
            let known = account.and_then(|account| account.groups.get(name));
            known.map_or_else(
                || {
                    let partition = account.map_or("aws", |account| &account.partition);
                    Value::text(&format!("arn:{partition}:iam::{}:group/{name}", user.identity.account))
                },
                |group| Value::Text(group.arn.clone()),
            )
        };
        user.groups.iter().map(arn).collect()
    }

    fn members(&self) -> Vec<Row> {
        let facts = self.engine.facts();
        let mut rows = Vec::new();
        for &id in &self.principals {
            if let Entity::User(user) = &facts.principal(id).entity {
                rows.extend(self.groups_of(user).into_iter().map(|group| row([self.name(id), group])));
            }
        }
        rows
    }

    fn group_attachments(&self) -> Vec<Row> {
        let facts = self.engine.facts();
        let mut rows = Vec::new();
        for group in facts.estate.accounts.values().flat_map(|account| account.groups.values()) {
            let inline = group.inline.iter().map(|inline| {
                Value::text(&PolicyLabel::Inline(group.arn.clone(), inline.name.clone()).to_string())
            });
            let attached = group.attached.iter().map(|arn| Value::Text(arn.clone()));
            rows.extend(attached.chain(inline).map(|policy| row([Value::Text(group.arn.clone()), policy])));
        }
        // Groups that were not collected stand in no account; what they hold is known from their members.
        let mut names: FxHashMap<GroupId, Value> = FxHashMap::default();
        let mut attachments = crate::facts::Attachments::default();
        for &id in &self.principals {
            if let Entity::User(user) = &facts.principal(id).entity {
                let before = attachments.member.len();
                facts.attachments(id, &mut attachments);
                let members = attachments.member.get(before..).unwrap_or_default();
                names.extend(members.iter().map(|(_, group)| *group).zip(self.groups_of(user)));
            }
        }
        let held = attachments.group_attached.iter();
        rows.extend(
            held.filter_map(|(group, policy)| Some(row([names.get(group)?.clone(), self.policy(*policy)]))),
        );
        rows
    }

    fn policies(&self) -> Vec<Row> {
        let facts = self.engine.facts();
        let policy = |id: PolicyId| {
            let collected = Value::Boolean(facts.policy(id).document.is_some());
            row([self.policy(id), self.layer(id), collected])
        };
        let of_nobody = facts.policies_of_nobody().map(|policy| {
            let collected = Value::Boolean(policy.policy.is_some());
            row([Value::Text(policy.arn.clone()), word(PolicyKind::Identity), collected])
        });
        facts.policies_in_use().map(policy).chain(of_nobody).collect()
    }

    /// As what a policy takes part: by the kind of its document, or what holds it.
    pub(super) fn layer(&self, id: PolicyId) -> Value {
        let facts = self.engine.facts();
        let fact = facts.policy(id);
        let stored = fact.document.and_then(|document| facts.estate.policies.get(document));
        let kind = match (stored, &fact.label) {
            (Some(stored), _) => stored.kind,
            (None, PolicyLabel::Control(..) | PolicyLabel::ControlsOf(_) | PolicyLabel::Exempt(_)) => {
                let is_rcp = |&(kind, _, policy): &(ControlKind, NodeId, PolicyId)| {
                    policy == id && kind == ControlKind::Rcp
                };
                match facts.levels.attached.iter().any(is_rcp) {
                    true => PolicyKind::Rcp,
                    false => PolicyKind::Scp,
                }
            }
            (None, PolicyLabel::OfResource(_) | PolicyLabel::Share(..) | PolicyLabel::Listed(..)) => {
                PolicyKind::Resource
            }
            (None, PolicyLabel::Trust(_)) => PolicyKind::Trust,
            (None, _) => PolicyKind::Identity,
        };
        word(kind)
    }

    fn trusts(&self) -> Vec<Row> {
        let facts = self.engine.facts();
        let roles = facts.estate.accounts.values().flat_map(|account| account.roles.values());
        roles
            .filter_map(|role| {
                let policy = facts.trust_of(&role.identity.arn)?;
                Some(row([Value::Text(role.identity.arn.clone()), self.policy(policy)]))
            })
            .collect()
    }

    /// Principals with a policy.
    pub(super) fn pairs(&self, pairs: &[(crate::facts::PrincipalId, PolicyId)]) -> Vec<Row> {
        pairs.iter().map(|&(principal, policy)| row([self.name(principal), self.policy(policy)])).collect()
    }
}

/// `scp` or `rcp`.
pub(super) fn control(kind: ControlKind) -> Value {
    word(kind)
}
