//! The caller's own side in an estate: its identity policies, boundary, session policies and SCPs (S-EVAL-21, S-EVAL-22,
//! S-SESS-01).

use serde_json::Value;

use super::caller::{Caller, Kind, SessionName};
use super::estate::{Estate, tags, text};
use super::glob::glob;
use super::json;
use super::request::Layer;
use super::statement::{Policy, PolicyKind};
use super::walk::Question;

/// What is missing where nobody knows whether there is a boundary, after whose.
pub const A_BOUNDARY: &str = ": a boundary";

#[derive(Default)]
pub struct OwnSide {
    pub identity: Layer,
    pub boundary: Option<Layer>,
}

impl OwnSide {
    /// Looks the principal up and completes what is known of the caller.
    pub fn find(&mut self, estate: &Estate, caller: &mut Caller) -> Result<(), String> {
        let Some(account) = caller.account.clone() else { return Ok(()) };
        let arn = caller.text.clone();
        caller.ids_of_others = estate.unique_ids();
        if caller.kind == Kind::Role {
            caller.session_name = SessionName::Open;
        }
        match caller.kind {
            Kind::Root | Kind::AssumedRoot => return Ok(()),
            Kind::FederatedUser => {
                self.missing(&format!("the user behind {arn}"));
                return Ok(());
            }
            _ if !estate.is_collected(&account) => {
                self.missing(&format!("policies of {arn}"));
                return Ok(());
            }
            _ => {}
        }
        let is_user = matches!(caller.kind, Kind::User | Kind::SessionToken);
        let (list, inline) =
            if is_user { ("UserDetailList", "UserPolicyList") } else { ("RoleDetailList", "RolePolicyList") };
        let name = caller.role_name.clone();
        let entry = estate.detail(&account, list, |entry| match caller.kind {
            Kind::Session => text(entry, "RoleName")
                .is_some_and(|r| name.as_ref().is_some_and(|n| r.eq_ignore_ascii_case(n))),
            _ => text(entry, "Arn").as_deref() == Some(arn.as_str()),
        });
        let entry = entry.ok_or_else(|| format!("{arn} is not in the estate"))?;
        caller.unique_id = text(entry, if is_user { "UserId" } else { "RoleId" });
        caller.tags = tags(entry.get("Tags"));
        if !is_user {
            caller.role_arn = text(entry, "Arn");
            caller.never_taken_by = never_taken_by(entry);
        }
        estate.add_policies(&mut self.identity, &account, entry, inline);
        if is_user {
            caller.groups = Some(self.groups(estate, &account, entry));
        }
        if let Some(boundary) =
            entry.pointer("/PermissionsBoundary/PermissionsBoundaryArn").and_then(json::scalar)
        {
            let layer = self.boundary.get_or_insert_default();
            estate.add_managed(layer, &account, &boundary, PolicyKind::Boundary);
        }
        Ok(())
    }

    fn missing(&mut self, name: &str) {
        self.identity.missing.push(name.to_owned());
        self.boundary = Some(Layer { policies: Vec::new(), missing: vec![format!("{name}{A_BOUNDARY}")] });
    }

    /// Adds the policies of the groups (S-EVAL-21) and returns their ARNs.
    fn groups(&mut self, estate: &Estate, account: &str, user: &Value) -> Vec<String> {
        let mut arns = Vec::new();
        for name in
            user.get("GroupList").map(json::list).unwrap_or_default().into_iter().filter_map(json::scalar)
        {
            let is = |entry: &Value| text(entry, "GroupName").as_ref() == Some(&name);
            match estate.detail(account, "GroupDetailList", is) {
                Some(group) => {
                    arns.extend(text(group, "Arn"));
                    estate.add_policies(&mut self.identity, account, group, "GroupPolicyList");
                }
                None => self.identity.missing.push(format!("group {name}")),
            }
        }
        arns
    }
}

pub fn session_side(question: &Question, caller: &Caller) -> Option<Layer> {
    match (&question.session_policies, caller.kind) {
        (Some(list), _) if !list.is_empty() => {
            let numbered = list.iter().enumerate().map(|(number, value)| Policy {
                name: format!("session policy {number}"),
                kind: PolicyKind::Session,
                document: json::policy(value),
            });
            Some(Layer { policies: numbered.collect(), missing: Vec::new() })
        }
        // S-SESS-01: a concrete session that states nothing.
        (None, Kind::Session | Kind::FederatedUser) => {
            Some(Layer { policies: Vec::new(), missing: vec!["session policies".to_owned()] })
        }
        _ => None,
    }
}

/// SCPs on the way to the caller's account; of an account in no loaded organization and without files they are missing.
pub fn scps(estate: &Estate, caller: &Caller) -> Vec<Layer> {
    let Some(account) = &caller.account else { return Vec::new() };
    match estate.organization(account) {
        Some(organization) if organization.management_account().as_ref() == Some(account) => Vec::new(),
        Some(organization) => organization.levels(account, PolicyKind::Scp),
        None if estate.is_collected(account) => Vec::new(),
        None if estate.has_files(account) && !estate.organizations.is_empty() => Vec::new(),
        None => vec![Layer { policies: Vec::new(), missing: vec![format!("SCPs of {account}")] }],
    }
}

/// The calls that no statement of a role's trust policy lets anybody make.
fn never_taken_by(role: &Value) -> Vec<&'static str> {
    let document = role.get("AssumeRolePolicyDocument").map(json::policy);
    let Some(Ok(document)) = document else { return Vec::new() };
    let statements = document.get("Statement").map(json::list).unwrap_or_default();
    let covers = |statement: &Value, call: &str| {
        let listed = |element: &str| {
            let entries = statement.get(element).map(json::list);
            entries.map(|entries| entries.into_iter().any(|entry| lists(entry, call)))
        };
        statement.get("Effect").and_then(Value::as_str) != Some("Deny")
            && (listed("Action") == Some(true) || listed("NotAction") == Some(false))
    };
    let calls = ["sts:assumerole", "sts:assumerolewithwebidentity"];
    calls.into_iter().filter(|call| !statements.iter().any(|statement| covers(statement, call))).collect()
}

fn lists(entry: &Value, call: &str) -> bool {
    entry.as_str().is_some_and(|pattern| glob(&pattern.to_lowercase(), call))
}
