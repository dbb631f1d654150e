//! Single statements of policies. The rest of a document stays as it is, byte for byte.

use std::fmt;

use super::EditError;
use crate::document::PolicyKind;
use crate::document::json::{Tree, Value};
use crate::estate::{
    Collected, Estate, OrganizationId, OrganizationPolicyId, OrganizationPolicyType, PolicyRef, Principal,
};

/// A policy of an estate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyName {
    /// A managed policy, by its ARN.
    Managed(String),
    /// An inline policy of a user, role or group.
    Inline {
        /// The ARN of the user, role or group.
        holder: String,
        /// The name of the policy.
        name: String,
    },
    /// The trust policy of a role, by the role's ARN.
    Trust(String),
    /// The policy of a resource, by the resource's ARN.
    Resource(String),
    /// An SCP or RCP.
    Control {
        /// The organisation.
        organization: OrganizationId,
        /// The id of the policy.
        id: OrganizationPolicyId,
    },
}

impl fmt::Display for PolicyName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Managed(arn) => out.write_str(arn),
            Self::Inline { holder, name } => write!(out, "{holder} inline {name}"),
            Self::Trust(role) => write!(out, "trust policy of {role}"),
            Self::Resource(arn) => write!(out, "policy of {arn}"),
            Self::Control { id, .. } => id.fmt(out),
        }
    }
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementName {
    /// The first with this `Sid`.
    Sid(String),
    /// By position, from 0.
    Index(usize),
}

impl fmt::Display for StatementName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sid(sid) => write!(out, "`{sid}`"),
            Self::Index(index) => write!(out, "#{index}"),
        }
    }
}

impl Estate {
    /// The estate with a statement, a JSON object, at the end of a policy.
    ///
    /// # Errors
    /// [`EditError::NoPolicy`], [`EditError::Unreadable`], [`EditError::NotAStatement`].
    pub fn with_statement(&self, policy: &PolicyName, statement: &str) -> Result<Self, EditError> {
        let tree = Tree::parse(statement)
            .map_err(|problem| EditError::NotAStatement(problem.message.to_string()))?;
        if tree.root().members().is_none() {
            return Err(EditError::NotAStatement(format!("this is {}", tree.root().type_name())));
        }
        self.with_statements(policy, |statements| {
            statements.push(tree.root().source().into());
            Ok(())
        })
    }

    /// The estate with a statement of a policy taken away.
    ///
    /// # Errors
    /// [`EditError::NoPolicy`], [`EditError::Unreadable`], [`EditError::NoStatement`].
    pub fn without_statement(
        &self,
        policy: &PolicyName,
        statement: &StatementName,
    ) -> Result<Self, EditError> {
        self.with_statements(policy, |statements| {
            let index = match statement {
                StatementName::Index(index) => Some(*index).filter(|&index| index < statements.len()),
                StatementName::Sid(sid) => statements.iter().position(|text| has_sid(text, sid)),
            };
            let index = index.ok_or_else(|| EditError::NoStatement(statement.to_string()))?;
            statements.remove(index);
            Ok(())
        })
    }

    fn with_statements(
        &self,
        policy: &PolicyName,
        edit: impl FnOnce(&mut Vec<String>) -> Result<(), EditError>,
    ) -> Result<Self, EditError> {
        let no_policy = || EditError::NoPolicy(policy.to_string());
        let found = self.policy_named(policy).ok_or_else(no_policy)?;
        let stored = self.policies.get(found.document).ok_or_else(no_policy)?;
        let text = with_statements(&stored.text, policy, edit)?;
        match policy {
            PolicyName::Managed(arn) => self.with_managed(arn, &text),
            PolicyName::Inline { holder, name } => self.with_inline(holder, name, &text),
            PolicyName::Trust(role) => self.with_trust(role, &text),
            PolicyName::Resource(arn) => self.with_resource_policy(arn, Some(&text)),
            PolicyName::Control { organization, id } => {
                self.with_organization(organization, |organization| {
                    let mut control = (**organization.policies.get(id).ok_or_else(no_policy)?).clone();
                    let kind = match control.kind {
                        OrganizationPolicyType::Scp => PolicyKind::Scp,
                        OrganizationPolicyType::Rcp => PolicyKind::Rcp,
                    };
                    control.policy = Some(self.policy(kind, &text));
                    organization.policies.insert(id.clone(), control.into());
                    Ok(())
                })
            }
        }
    }

    /// A policy of the estate; none if there is none of that name, or it was not collected.
    pub fn policy_named(&self, name: &PolicyName) -> Option<PolicyRef> {
        match name {
            PolicyName::Managed(arn) => self.managed_policy(arn)?.policy,
            PolicyName::Inline { holder, name } => {
                let inline = match self.principal(holder) {
                    Some(principal) => &principal.identity().inline,
                    None => &self.group(holder)?.inline,
                };
                inline.iter().find(|inline| *inline.name == **name).map(|inline| inline.policy)
            }
            PolicyName::Trust(role) => match self.principal(role)? {
                Principal::Role(role) => role.trust,
                Principal::User(_) => None,
            },
            PolicyName::Resource(arn) => match self.resource(arn)?.policy {
                Collected::Some(policy) => Some(policy),
                _ => None,
            },
            PolicyName::Control { organization, id } => {
                self.organizations.get(organization)?.policies.get(id)?.policy
            }
        }
    }
}

fn has_sid(statement: &str, sid: &str) -> bool {
    Tree::parse(statement).is_ok_and(|tree| {
        let mut members = tree.root().members().into_iter().flatten();
        members.any(|member| {
            member.key.text().as_deref() == Some("Sid") && member.value.text().as_deref() == Some(sid)
        })
    })
}

/// The text of a document with its statements edited.
fn with_statements(
    text: &str,
    policy: &PolicyName,
    edit: impl FnOnce(&mut Vec<String>) -> Result<(), EditError>,
) -> Result<String, EditError> {
    let unreadable = |why: &str| EditError::Unreadable(policy.to_string(), why.to_owned());
    let tree = Tree::parse(text).map_err(|problem| unreadable(&problem.message.to_string()))?;
    let members = tree.root().members().ok_or_else(|| unreadable("it is no object"))?;
    let mut found: Vec<Value> = members
        .filter(|member| member.key.text().as_deref() == Some("Statement"))
        .map(|member| member.value)
        .collect();
    let (Some(element), true) = (found.pop(), found.is_empty()) else {
        return Err(unreadable("it does not have one `Statement`"));
    };
    let mut statements: Vec<String> = match (element.items(), element.members()) {
        (Some(items), _) => items.map(|item| item.source().to_owned()).collect(),
        (None, Some(_)) => vec![element.source().to_owned()],
        (None, None) => return Err(unreadable("`Statement` is neither an array nor an object")),
    };
    edit(&mut statements)?;
    let span = element.span();
    let (before, after) = (text.get(..span.start as usize), text.get(span.end as usize..));
    Ok(format!("{}[{}]{}", before.unwrap_or_default(), statements.join(","), after.unwrap_or_default()))
}
