//! Lists by which a resource lets callers in without a policy, as the AWS CLI prints them, read as statements (S-EVAL-12).

use serde_json::{Map, Value as Json, json};

use super::shares::whom;
use crate::estate::read::{Read, Reader, Value, fault};
use crate::estate::{AccountId, ProblemKind};

/// The lists of accounts that a resource is shared with (S-SVC-19): of an image, a snapshot, a document, a snapshot of a
/// database or of its cluster, an endpoint service.
pub(super) const SHARES: &[&str] = &[
    "LaunchPermissions",
    "CreateVolumePermissions",
    "AccountIds",
    "DBSnapshotAttributes",
    "DBClusterSnapshotAttributes",
    "AllowedPrincipals",
];

/// Operations of a grant that no encryption context constrains (S-KMS-06).
const WITHOUT_CONTEXT: &[&str] = &["DescribeKey", "GetPublicKey", "RetireGrant", "Sign", "Verify"];

/// A statement, and where the entry of a list starts that it comes from.
pub(super) type FromEntry = (Json, usize);

/// Reads one of [`SHARES`] into a statement for each principal.
pub(super) fn shared_with(name: &str, reader: &mut Reader<'_>, into: &mut Vec<FromEntry>) -> Read<()> {
    reader.items(|reader| {
        let value = reader.value()?;
        let Some(principals) = json_of(&value).and_then(|entry| principals(name, &entry)) else {
            return wrong(&value, "an entry of a list of accounts to share with");
        };
        for principal in principals {
            let (named, test) = match &*principal {
                "all" | "*" => (json!("*"), None),
                known if known.starts_with("arn:") || known.parse::<AccountId>().is_ok() => whom(known),
                _ => return wrong(&value, "an account, an ARN or `all`"),
            };
            let conditions = test.map(|(operator, key, value)| json!({operator: {key: value}}));
            into.push((allow(named, json!("*"), conditions), value.start()));
        }
        Ok(())
    })
}

/// The principals of an entry; none if it is not understood.
fn principals(list: &str, entry: &Json) -> Option<Vec<String>> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    match list {
        "AccountIds" => Some(vec![text(entry)?]),
        "AllowedPrincipals" => Some(vec![text(entry.get("Principal")?)?]),
        "LaunchPermissions" | "CreateVolumePermissions" => {
            let fields = ["UserId", "Group", "OrganizationArn", "OrganizationalUnitArn"];
            fields.iter().find_map(|field| entry.get(field)).and_then(text).map(|one| vec![one])
        }
        _ => match entry.get("AttributeName")?.as_str()? {
            "restore" => entry.get("AttributeValues")?.as_array()?.iter().map(text).collect(),
            _ => Some(Vec::new()),
        },
    }
}

/// Reads the grants of a key, as `aws kms list-grants` prints them: what each gives its grantee, and that whom it names may
/// retire it (S-KMS-06, S-KMS-09).
pub(super) fn key_grants(reader: &mut Reader<'_>) -> Read<Vec<FromEntry>> {
    let mut statements = Vec::new();
    reader.items(|reader| {
        let value = reader.value()?;
        match json_of(&value).and_then(|grant| of_grant(&grant)) {
            Some(given) => statements.extend(given.into_iter().map(|statement| (statement, value.start()))),
            None => return wrong(&value, "a grant: `{\"GranteePrincipal\", \"Operations\": […]}`"),
        }
        Ok(())
    })?;
    Ok(statements)
}

/// The statements of a grant; none if it is not understood.
fn of_grant(grant: &Json) -> Option<Vec<Json>> {
    let principal = |field: &str| match grant.get(field) {
        None | Some(Json::Null) => Some(None),
        Some(name) => {
            let name = name.as_str()?;
            // A unique id stands for somebody who is gone (S-PRN-11).
            Some(Some(match name.starts_with("arn:") || !name.contains('.') {
                true => json!({"AWS": name}),
                false => json!({"Service": name}),
            }))
        }
    };
    let operations = grant.get("Operations")?.as_array()?.iter().map(Json::as_str);
    let operations: Vec<&str> = operations.collect::<Option<_>>()?;
    if !operations.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return None;
    }
    let actions = |names: &[&str]| json!(names.iter().map(|name| format!("kms:{name}")).collect::<Vec<_>>());
    let constraints = match grant.get("Constraints") {
        None | Some(Json::Null) => None,
        Some(constraints) => tests(constraints.as_object()?)?,
    };
    let (grantee, retiring) = (principal("GranteePrincipal")?, principal("RetiringPrincipal")?);
    // Whoever may retire it is named once.
    let retires = |name: &&str| **name == *"RetireGrant" && grantee == retiring;
    let operations = operations.into_iter().filter(|name| !retires(name));
    let (free, bound): (Vec<&str>, Vec<&str>) =
        operations.partition(|name| constraints.is_none() || WITHOUT_CONTEXT.contains(name));
    let mut statements = Vec::new();
    if let Some(grantee) = grantee {
        for (names, conditions) in [(free, None), (bound, constraints)] {
            if !names.is_empty() {
                statements.push(allow(grantee.clone(), actions(&names), conditions));
            }
        }
    }
    if let Some(retiring) = retiring {
        statements.push(allow(retiring, json!("kms:RetireGrant"), None));
    }
    Some(statements)
}

/// The tests that constraints come to; the outer none: they are not understood.
fn tests(constraints: &Map<String, Json>) -> Option<Option<Json>> {
    let (mut values, mut only) = (Map::new(), None);
    for (kind, pairs) in constraints {
        let pairs = pairs.as_object()?;
        for (key, value) in pairs {
            let clash = values.insert(format!("kms:EncryptionContext:{key}"), json!(value.as_str()?));
            if clash.is_some_and(|other| other != *value) {
                return None;
            }
        }
        match &**kind {
            "EncryptionContextSubset" => {}
            "EncryptionContextEquals" => only = Some(pairs.keys().cloned().collect::<Vec<_>>()),
            _ => return None,
        }
    }
    let mut tests = Map::new();
    if !values.is_empty() {
        tests.insert("StringEquals".to_owned(), Json::Object(values));
    }
    if let Some(keys) = only {
        tests.insert("ForAllValues:StringEquals".to_owned(), json!({"kms:EncryptionContextKeys": keys}));
    }
    Some((!tests.is_empty()).then_some(Json::Object(tests)))
}

fn allow(principal: Json, actions: Json, conditions: Option<Json>) -> Json {
    let mut statement =
        json!({"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"});
    if let Some(conditions) = conditions {
        statement["Condition"] = conditions;
    }
    statement
}

fn json_of(value: &Value<'_>) -> Option<Json> {
    serde_json::from_str(value.raw()).ok()
}

fn wrong<T>(value: &Value<'_>, expected: &'static str) -> Read<T> {
    let found = "something else".to_owned();
    fault(value.start(), ProblemKind::WrongShape { expected, found })
}
