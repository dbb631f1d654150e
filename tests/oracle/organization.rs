//! One `organization.json`: where accounts stand, and which policies are attached on the way down (D-ORG-*).

use serde_json::Value;

use super::controls::SWITCHED;
use super::decide::PERHAPS;
use super::derive::Place;
use super::json;
use super::request::Layer;
use super::statement::{Policy, PolicyKind};

/// The file, as it is.
pub struct Organization(pub Value);

impl Organization {
    /// `o-…`.
    pub fn id(&self) -> String {
        self.0.pointer("/Organization/Id").and_then(json::scalar).unwrap_or_default()
    }

    /// The management account.
    pub fn management_account(&self) -> Option<String> {
        let field = |name: &str| self.0.pointer(&format!("/Organization/{name}")).and_then(json::scalar);
        let of_arn = || Some(field("MasterAccountArn")?.rsplit('/').next()?.to_owned());
        field("MasterAccountId").or_else(of_arn)
    }

    /// What nobody knows if an account may be the management account.
    pub fn may_manage(&self, account: &str) -> bool {
        self.management_account().is_none() && self.has(account)
    }

    fn list(&self, field: &str) -> &[Value] {
        self.0.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    fn find(&self, list: &str, id: &str) -> Option<&Value> {
        self.list(list).iter().find(|entry| text(entry, "Id").as_deref() == Some(id))
    }

    /// Whether the account is a member, the management account included.
    pub fn has(&self, account: &str) -> bool {
        self.find("Accounts", account).is_some() || self.management_account().as_deref() == Some(account)
    }

    /// Whether the account is suspended or about to be closed.
    pub fn is_suspended(&self, account: &str) -> bool {
        self.find("Accounts", account)
            .and_then(|entry| text(entry, "Status"))
            .is_some_and(|status| status == "SUSPENDED")
    }

    /// Root, organisational units, account. `None`: a parent is not in the file.
    fn nodes(&self, account: &str) -> Option<Vec<String>> {
        let mut nodes = vec![account.to_owned()];
        let mut parent = text(self.find("Accounts", account)?, "ParentId")?;
        while self.find("Roots", &parent).is_none() {
            if nodes.contains(&parent) {
                return None;
            }
            nodes.push(parent.clone());
            parent = text(self.find("OrganizationalUnits", &parent)?, "ParentId")?;
        }
        nodes.push(parent);
        nodes.reverse();
        Some(nodes)
    }

    /// The path of an account, for the organization keys (S-KEY-05).
    pub fn place(&self, account: &str) -> Option<Place> {
        if self.has(account) && self.find("Accounts", account).is_none() {
            return Some(Place { organization: self.id(), path: String::new() });
        }
        let nodes = self.nodes(account)?;
        let above: String = nodes.iter().take(nodes.len() - 1).map(|node| format!("{node}/")).collect();
        Some(Place { organization: self.id(), path: format!("{}/{above}", self.id()) })
    }

    /// The policies of one type on every level, root first. Nothing if the type is not enabled (S-SCP-10).
    pub fn levels(&self, account: &str, kind: PolicyKind) -> Vec<Layer> {
        let word = if kind == PolicyKind::Scp { "SERVICE_CONTROL_POLICY" } else { "RESOURCE_CONTROL_POLICY" };
        if !self.is_enabled(word) {
            return Vec::new();
        }
        let Some(nodes) = self.nodes(account) else {
            let missing = vec![format!("{word} on the way to {account}")];
            return vec![Layer { policies: Vec::new(), missing }];
        };
        nodes.iter().map(|node| self.level(node, word, kind)).collect()
    }

    /// Whether an account is a delegated administrator, for a service or any (S-SVC-16).
    pub fn delegates(&self, account: &str, service: Option<&str>) -> Option<bool> {
        let all = self.0.get("DelegatedAdministrators").map(json::list)?;
        let Some(entry) = all.into_iter().find(|entry| text(entry, "Id").as_deref() == Some(account)) else {
            return Some(false);
        };
        let Some(service) = service else { return Some(true) };
        let services = entry.get("DelegatedServices").map(json::list)?;
        Some(services.iter().any(|one| text(one, "ServicePrincipal").as_deref() == Some(service)))
    }

    /// Whether a feature of central root access is enabled (S-SESS-10).
    pub fn has_feature(&self, name: &str) -> Option<bool> {
        let enabled = self.0.get("EnabledFeatures").map(json::list)?;
        Some(enabled.into_iter().filter_map(json::scalar).any(|feature| feature == name))
    }

    /// The delegation policy.
    pub fn resource_policy(&self) -> Layer {
        let name = "delegation policy".to_owned();
        match self.0.get("ResourcePolicy") {
            None => Layer { policies: Vec::new(), missing: vec![name] },
            Some(found) => {
                let content = found.get("Content").map(json::policy);
                let policy = content.map(|document| Policy { name, kind: PolicyKind::Resource, document });
                Layer { policies: policy.into_iter().collect(), missing: Vec::new() }
            }
        }
    }

    /// What the S3 policies on the way to an account make of its Block Public Access (S-S3-05): `None`: nothing;
    /// `Some(None)`: nobody knows.
    pub fn s3_policy(&self, account: &str) -> Option<Option<bool>> {
        let is_s3 = |policy: &&Value| text(policy, "Type").as_deref() == Some("S3_POLICY");
        let policies: Vec<&Value> = self.list("Policies").iter().filter(is_s3).collect();
        let types =
            self.list("Roots").first().and_then(|root| root.get("PolicyTypes")).and_then(Value::as_array);
        match (types, policies.is_empty()) {
            (Some(_), _) if self.has_status("S3_POLICY", &["PENDING_ENABLE", "PENDING_DISABLE"]) => {
                return Some(None);
            }
            (Some(_), _) if !self.is_enabled("S3_POLICY") => return None,
            (None, true) => return None,
            (Some(_), true) => return Some(None),
            _ => {}
        }
        let Some(nodes) = self.nodes(account) else { return Some(None) };
        let mut effective = None;
        for node in nodes {
            let here = policies.iter().filter(|policy| {
                let targets = policy.get("Targets").map(json::list).unwrap_or_default();
                targets.into_iter().filter_map(target).any(|t| t == node)
            });
            let mut said = Vec::new();
            let mut last = false;
            for policy in here {
                let Some(Ok(content)) = policy.get("Content").map(json::policy) else { return Some(None) };
                let configuration = content.pointer("/s3_attributes/public_access_block_configuration");
                let word = configuration.and_then(|c| c.get("@@assign").or(Some(c))).and_then(json::scalar);
                match word.as_deref() {
                    Some("all") => said.push(true),
                    Some("none") => said.push(false),
                    Some(_) => return Some(None),
                    None => {}
                }
                let allowed = ["", "/s3_attributes", "/s3_attributes/public_access_block_configuration"]
                    .map(|at| content.pointer(&format!("{at}/@@operators_allowed_for_child_policies")));
                last |= allowed.into_iter().flatten().any(|list| {
                    let words = json::list(list).into_iter().filter_map(json::scalar);
                    !words.into_iter().any(|word| word == "@@assign" || word == "@@all")
                });
            }
            if said.contains(&true) && said.contains(&false) {
                return Some(None);
            }
            if let Some(word) = said.first() {
                effective = Some(Some(*word));
            }
            if last {
                break;
            }
        }
        effective
    }

    fn level(&self, node: &str, word: &str, kind: PolicyKind) -> Layer {
        let mut layer = Layer::default();
        let of_type = self.list("Policies").iter().filter(|p| text(p, "Type").as_deref() == Some(word));
        for policy in of_type {
            let targets = policy.get("Targets").map(json::list).unwrap_or_default();
            let id = text(policy, "Id").unwrap_or_default();
            let perhaps = if policy.get("Targets").is_none() { PERHAPS } else { "" };
            let switched = if self.has_status(word, &["ENABLED"]) { "" } else { SWITCHED };
            if perhaps.is_empty() && !targets.into_iter().filter_map(target).any(|t| t == node) {
                continue;
            }
            match policy.get("Content").filter(|content| !content.is_null()) {
                Some(content) => layer.policies.push(Policy {
                    name: format!("{perhaps}{switched}{word} {id}"),
                    kind,
                    document: json::policy(content),
                }),
                None => layer.missing.push(format!("{word} {id}")),
            }
        }
        let sure = layer.policies.iter().any(|policy| !policy.name.starts_with(PERHAPS));
        if kind == PolicyKind::Scp && !sure && layer.missing.is_empty() {
            layer.missing.push(format!("{word} of {node}"));
        }
        layer
    }

    fn is_enabled(&self, word: &str) -> bool {
        let is_there = || self.list("Policies").iter().any(|p| text(p, "Type").as_deref() == Some(word));
        match self.policy_types() {
            Some(_) if self.has_status(word, &["PENDING_ENABLE", "PENDING_DISABLE"]) => is_there(),
            Some(_) => self.has_status(word, &["ENABLED"]),
            None => is_there(),
        }
    }

    fn policy_types(&self) -> Option<&Vec<Value>> {
        self.list("Roots").first()?.get("PolicyTypes")?.as_array()
    }

    /// Whether the root shows a type in one of some states; if it shows none, it may be in any.
    fn has_status(&self, word: &str, states: &[&str]) -> bool {
        let Some(types) = self.policy_types() else { return true };
        let mut of_type = types.iter().filter(|t| text(t, "Type").as_deref() == Some(word));
        of_type.any(|t| states.contains(&text(t, "Status").unwrap_or_default().as_str()))
    }
}

fn target(value: &Value) -> Option<String> {
    json::scalar(value).or_else(|| text(value, "TargetId"))
}

fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field).and_then(json::scalar)
}
