//! What the catalog knows, as plain data.

use std::borrow::Cow;

use serde::Serialize;

use super::rows::{Answer, Row};

/// All services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceList {
    /// The edition of the catalog: package, version and date.
    pub catalog: String,
    /// The services, by prefix.
    pub services: Vec<ServiceRow>,
}

/// A service in a few numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceRow {
    /// The prefix of its actions: `s3`.
    pub service: &'static str,
    /// The display name: `Amazon S3`.
    pub name: &'static str,
    /// How many actions it has.
    pub actions: usize,
    /// How many resource types it has.
    pub resource_types: usize,
    /// How many condition keys its page lists.
    pub condition_keys: usize,
    /// Whether resource control policies reach it: `yes`, `no`, or `doubtful` where AWS's list names it otherwise.
    pub rcp: &'static str,
}

/// One service. Its rows are its actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceView {
    /// The edition of the catalog.
    pub catalog: String,
    /// The prefix of its actions.
    pub service: &'static str,
    /// The display name.
    pub name: &'static str,
    /// Whether resource control policies reach it: `yes`, `no` or `doubtful`.
    pub rcp: &'static str,
    /// Its actions, by name.
    pub actions: Vec<ActionRow>,
    /// Its resource types.
    pub resource_types: Vec<ResourceTypeView>,
    /// The condition keys that its page lists.
    pub condition_keys: Vec<KeyView>,
}

/// An action in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionRow {
    /// The full name: `s3:GetObject`.
    pub action: String,
    /// `list`, `read`, `write`, `tagging` or `permissions management`.
    pub access_level: &'static str,
    /// The resource types that it acts on; a `*` behind the name marks those that every call names. None: it acts on no
    /// resource.
    pub resource_types: Vec<String>,
    /// The condition keys that the reference lists for it, itself or with a resource type.
    pub condition_keys: Vec<&'static str>,
}

/// A resource type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceTypeView {
    /// The name: `bucket`.
    pub name: &'static str,
    /// The ARN formats.
    pub arns: &'static [&'static str],
    /// The condition keys of the type.
    pub condition_keys: Vec<&'static str>,
}

/// A condition key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// The name, or a template with one `${…}`.
    pub key: &'static str,
    /// The type of each value: `string`, `arn`, `number`, `date`, `bool`, `ip address` or `binary`.
    #[serde(rename = "type")]
    pub value_type: &'static str,
    /// Whether a request holds a list of values, so that tests want `ForAnyValue` or `ForAllValues`.
    pub multivalued: bool,
}

/// Actions in full. Its rows are the actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionsView {
    /// The edition of the catalog.
    pub catalog: String,
    /// The actions, by name.
    pub actions: Vec<ActionView>,
}

/// All that is known of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionView {
    /// The full name.
    pub action: String,
    /// The display name of its service.
    pub service: &'static str,
    /// `list`, `read`, `write`, `tagging` or `permissions management`.
    pub access_level: &'static str,
    /// The resource types that it acts on.
    pub resource_types: Vec<TypeUseView>,
    /// What the service checks in place of an ARN; absent for an action with resource types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_resource: Option<NoResourceView>,
    /// The condition keys that requests hold for this action, or for the resource that they name.
    pub condition_keys: Vec<ActionKeyView>,
    /// Global keys (`aws:…`) that no request of this action holds.
    pub never_holds: Vec<&'static str>,
    /// Whether resource control policies reach it: `yes`, `no` or `doubtful`.
    pub rcp: &'static str,
}

/// A resource type of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeUseView {
    /// The name of the type.
    pub name: &'static str,
    /// Whether every call names a resource of this type. Types without are checked where a call names one.
    pub required: bool,
    /// The ARN formats, each with the policies that govern it.
    pub arns: Vec<ArnView>,
}

/// An ARN format, and what governs the action on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArnView {
    /// The format.
    pub arn: &'static str,
    /// What governs it.
    pub governed: GovernedView,
}

/// Which policies decide besides those of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GovernedView {
    /// Who owns the resource.
    pub owner: String,
    /// The resource policies that take part; none if no policy can be attached.
    pub resource_policies: Vec<String>,
    /// How they combine with the caller's policies within the owner's account.
    pub same_account: &'static str,
    /// What callers of other accounts need.
    pub cross_account: &'static str,
    /// Grants that are no policies: ACLs, shares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_grants: Vec<&'static str>,
    /// What the call needs besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_needed: Vec<&'static str>,
    /// Whom the service refuses, whatever policies say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}

/// What is checked for an action without resource type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoResourceView {
    /// The strings that the service may compare with a statement's `Resource`.
    pub checked: Vec<String>,
    /// What that means for policies.
    pub meaning: &'static str,
    /// What governs it.
    pub governed: GovernedView,
}

/// A condition key of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionKeyView {
    /// The key.
    #[serde(flatten)]
    pub key: KeyView,
    /// The resource types that bring it; empty where the action itself does.
    pub of: Vec<&'static str>,
}

impl Answer for ServiceList {
    type Row = ServiceRow;

    fn rows(&self) -> &[ServiceRow] {
        &self.services
    }
}

impl Answer for ServiceView {
    type Row = ActionRow;

    fn rows(&self) -> &[ActionRow] {
        &self.actions
    }
}

impl Answer for ActionsView {
    type Row = ActionView;

    fn rows(&self) -> &[ActionView] {
        &self.actions
    }
}

impl Row for ServiceRow {
    const COLUMNS: &'static [&'static str] =
        &["service", "name", "actions", "resource_types", "condition_keys", "rcp"];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        vec![
            self.service.into(),
            self.name.into(),
            self.actions.to_string().into(),
            self.resource_types.to_string().into(),
            self.condition_keys.to_string().into(),
            self.rcp.into(),
        ]
    }
}

impl Row for ActionRow {
    const COLUMNS: &'static [&'static str] = &["action", "access_level", "resource_types", "condition_keys"];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        vec![
            self.action.as_str().into(),
            self.access_level.into(),
            self.resource_types.join(";").into(),
            self.condition_keys.join(";").into(),
        ]
    }
}

impl Row for ActionView {
    const COLUMNS: &'static [&'static str] = &[
        "action",
        "access_level",
        "resource_types",
        "arns",
        "condition_keys",
        "checked_without_resource",
        "resource_policies",
        "cross_account",
        "rcp",
    ];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        let types = self.resource_types.iter().map(TypeUseView::marked).collect::<Vec<_>>();
        let arns = || self.resource_types.iter().flat_map(|kind| &kind.arns);
        let governed = || {
            arns().map(|arn| &arn.governed).chain(self.no_resource.iter().map(|without| &without.governed))
        };
        let keys = self.condition_keys.iter().map(|key| key.key.key).collect::<Vec<_>>();
        let checked = self.no_resource.as_ref().map_or(String::new(), |without| without.checked.join(";"));
        vec![
            self.action.as_str().into(),
            self.access_level.into(),
            types.join(";").into(),
            arns().map(|arn| arn.arn).collect::<Vec<_>>().join(";").into(),
            keys.join(";").into(),
            checked.into(),
            distinct(governed().flat_map(|governed| governed.resource_policies.iter().map(String::as_str))),
            distinct(governed().map(|governed| governed.cross_account)),
            self.rcp.into(),
        ]
    }
}

impl TypeUseView {
    /// The name, with a `*` if every call names such a resource.
    pub fn marked(&self) -> String {
        format!("{}{}", self.name, if self.required { "*" } else { "" })
    }
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Cow<'a, str> {
    let mut found: Vec<&str> = Vec::new();
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found.join(";").into()
}
