//! An estate in layout 1 (design.md §6), kept as the JSON that it is and searched anew for every question.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::json;
use super::organization::Organization;
use super::request::Layer;
use super::statement::{Policy, PolicyKind};

/// All files of an estate.
#[derive(Default)]
pub struct Estate {
    pub organizations: Vec<Organization>,
    pub accounts: BTreeMap<String, Account>,
}

/// The files of one account; `Null` where there is none.
#[derive(Default)]
pub struct Account {
    pub details: Value,
    pub resources: Value,
    pub settings: Value,
    pub endpoints: Value,
    pub shares: Value,
}

impl Estate {
    /// Reads a directory.
    ///
    /// # Errors
    /// A file that cannot be read or is no JSON.
    pub fn load(directory: &Path) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        collect(directory, "", &mut files)?;
        Ok(Self::of_files(files))
    }

    /// An estate of files, by their paths relative to its directory, without `.gz`.
    pub fn of_files(files: BTreeMap<String, Value>) -> Self {
        let mut estate = Self::default();
        for (path, value) in files {
            let parts: Vec<&str> = path.split('/').collect();
            match parts[..] {
                ["organization.json"] | ["organizations", _] => {
                    estate.organizations.push(Organization(value))
                }
                ["accounts", account, file] => {
                    let account = estate.accounts.entry(account.to_owned()).or_default();
                    match file {
                        "authorization-details.json" => account.details = value,
                        "resource-policies.json" => account.resources = value,
                        "account.json" => account.settings = value,
                        "vpc-endpoints.json" => account.endpoints = value,
                        "ram-shares.json" => account.shares = value,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        estate
    }

    /// The organization of an account.
    pub fn organization(&self, account: &str) -> Option<&Organization> {
        self.organizations.iter().find(|organization| organization.has(account))
    }

    /// Whether anything of an account was collected.
    pub fn has_files(&self, account: &str) -> bool {
        self.accounts.contains_key(account)
    }

    /// Whether the principals of an account were collected.
    pub fn is_collected(&self, account: &str) -> bool {
        self.accounts.get(account).is_some_and(|a| a.details.is_object())
    }

    /// An entry of a detail list of an account, by a field.
    pub fn detail(&self, account: &str, list: &str, is: impl Fn(&Value) -> bool) -> Option<&Value> {
        self.accounts.get(account)?.details.get(list)?.as_array()?.iter().find(|entry| is(entry))
    }

    /// A resource of `resource-policies.json`, with the account that holds the file.
    pub fn resource(&self, arn: &str) -> Option<(&str, &Value)> {
        self.accounts.iter().find_map(|(account, files)| {
            let entry = files
                .resources
                .as_array()?
                .iter()
                .find(|entry| text(entry, "Arn").as_deref() == Some(arn))?;
            Some((account.as_str(), entry))
        })
    }

    /// A managed policy by its ARN, as one of a layer: its default version (D-IAM-06), or missing.
    pub fn add_managed(&self, layer: &mut Layer, account: &str, arn: &str, kind: PolicyKind) {
        let is = |entry: &Value| text(entry, "Arn").as_deref() == Some(arn);
        let found = self
            .detail(account, "Policies", is)
            .or_else(|| self.accounts.keys().find_map(|other| self.detail(other, "Policies", is)));
        let versions = found.and_then(|policy| policy.get("PolicyVersionList")).and_then(Value::as_array);
        let default = found.and_then(|policy| text(policy, "DefaultVersionId"));
        let document = versions
            .and_then(|versions| {
                let marked = |v: &&Value| v.get("IsDefaultVersion") == Some(&Value::Bool(true));
                let named = |v: &&Value| default.is_some() && text(v, "VersionId") == default;
                versions.iter().find(marked).or_else(|| versions.iter().find(named))
            })
            .and_then(|version| version.get("Document"));
        match document {
            Some(document) => {
                layer.policies.push(Policy { name: arn.to_owned(), kind, document: json::policy(document) })
            }
            None => layer.missing.push(format!("policy {arn}")),
        }
    }

    /// Inline and attached policies of a user, role or group.
    pub fn add_policies(&self, layer: &mut Layer, account: &str, entry: &Value, inline: &str) {
        let owner = text(entry, "Arn").unwrap_or_default();
        for policy in entry.get(inline).map(json::list).unwrap_or_default() {
            let name = format!("{owner} {}", text(policy, "PolicyName").unwrap_or_default());
            match policy.get("PolicyDocument") {
                Some(document) => {
                    let document = json::policy(document);
                    layer.policies.push(Policy { name, kind: PolicyKind::Identity, document });
                }
                None => layer.missing.push(name),
            }
        }
        for attached in entry.get("AttachedManagedPolicies").map(json::list).unwrap_or_default() {
            if let Some(arn) = text(attached, "PolicyArn") {
                self.add_managed(layer, account, &arn, PolicyKind::Identity);
            }
        }
    }

    /// The unique ids of all users and roles (S-PRN-11).
    pub fn unique_ids(&self) -> Vec<String> {
        let of = |list: &'static str, id: &'static str| {
            let lists = self.accounts.values().filter_map(move |files| files.details.get(list)?.as_array());
            lists.flatten().filter_map(move |entry| text(entry, id))
        };
        of("UserDetailList", "UserId").chain(of("RoleDetailList", "RoleId")).collect()
    }

    /// The canonical ids of the loaded accounts (S-PRN-10).
    pub fn canonical_ids(&self) -> Vec<(String, String)> {
        let ids = self.accounts.iter().filter_map(|(account, files)| {
            Some((text(&files.settings, "CanonicalUserId")?, account.clone()))
        });
        ids.collect()
    }

    /// All VPC endpoints.
    pub fn endpoints(&self) -> Vec<&Value> {
        let lists = self
            .accounts
            .values()
            .filter_map(|files| files.endpoints.get("VpcEndpoints").unwrap_or(&files.endpoints).as_array());
        lists.flatten().collect()
    }

    /// A VPC endpoint by its id.
    pub fn endpoint(&self, id: &str) -> Option<&Value> {
        self.endpoints().into_iter().find(|entry| text(entry, "VpcEndpointId").as_deref() == Some(id))
    }
}

/// A field as text.
pub fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field).and_then(json::scalar)
}

/// `[{"Key", "Value"}]` or `{"k": "v"}`.
pub fn tags(value: Option<&Value>) -> BTreeMap<String, String> {
    match value {
        Some(Value::Array(list)) => {
            list.iter().filter_map(|t| Some((text(t, "Key")?, text(t, "Value")?))).collect()
        }
        Some(Value::Object(map)) => {
            map.iter().filter_map(|(k, v)| Some((k.clone(), json::scalar(v)?))).collect()
        }
        _ => BTreeMap::new(),
    }
}

fn collect(directory: &Path, prefix: &str, files: &mut BTreeMap<String, Value>) -> Result<(), String> {
    let problem = |path: &Path, what: String| format!("{}: {what}", path.display());
    for entry in fs::read_dir(directory).map_err(|e| problem(directory, e.to_string()))? {
        let path = entry.map_err(|e| problem(directory, e.to_string()))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let relative = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{relative}/"), files)?;
            continue;
        }
        let plain = relative.strip_suffix(".gz").unwrap_or(&relative);
        if !plain.ends_with(".json") {
            continue;
        }
        let bytes = fs::read(&path).map_err(|e| problem(&path, e.to_string()))?;
        let mut content = String::new();
        let read = match relative.ends_with(".gz") {
            true => flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut content),
            false => bytes.as_slice().read_to_string(&mut content),
        };
        read.map_err(|e| problem(&path, e.to_string()))?;
        files.insert(plain.to_owned(), json::read(&content).map_err(|e| problem(&path, e))?);
    }
    Ok(())
}
