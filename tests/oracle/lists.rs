//! Lists and grants without a policy: with whom an image, snapshot, document or endpoint service is shared (S-SVC-19), and the
//! grants on a key (S-KMS-06, S-KMS-09, S-KMS-12).

use serde_json::{Value, json};

use super::caller::Caller;
use super::context::Context;
use super::derive::Place;
use super::estate::text;
use super::gates::listed;
use super::json as read;
use super::shares::means;
use super::statement::{Policy, PolicyKind};

/// The lists of the types that have one, by the beginning of `service:resource`.
const LISTS: &[(&str, &str)] = &[
    ("ec2:image/", "LaunchPermissions"),
    ("ec2:snapshot/", "CreateVolumePermissions"),
    ("ec2:vpc-endpoint-service/", "AllowedPrincipals"),
    ("rds:snapshot:", "DBSnapshotAttributes"),
    ("rds:cluster-snapshot:", "DBClusterSnapshotAttributes"),
    ("ssm:document/", "AccountIds"),
    ("route53:hostedzone/", "VPCs"),
];

/// What others may do with what a list shares (S-SVC-19), by its beginning: no list gives more.
const GIVEN: &[(&str, &str)] = &[
    (
        "ec2:image/",
        "ec2:copyimage ec2:createfleet ec2:createreplacerootvolumetask ec2:requestspotfleet ec2:requestspotinstances \
         ec2:runinstances",
    ),
    (
        "ec2:snapshot/",
        "ebs:getsnapshotblock ebs:listchangedblocks ebs:listsnapshotblocks ec2:copysnapshot ec2:createvolume \
         ec2:createfleet ec2:requestspotinstances ec2:runinstances",
    ),
    ("ec2:vpc-endpoint-service/", "ec2:createvpcendpoint"),
    (
        "rds:",
        "rds:copydbclustersnapshot rds:copydbsnapshot rds:describedbclustersnapshots rds:describedbsnapshots \
        rds:restoredbclusterfromsnapshot rds:restoredbinstancefromdbsnapshot",
    ),
    (
        "ssm:document/",
        "ssm:createassociation ssm:createassociationbatch ssm:describedocument ssm:describedocumentparameters \
         ssm:getdocument ssm:listdocumentversions ssm:sendcommand ssm:startautomationexecution \
         ssm:startchangerequestexecution ssm:startsession ssm:updateassociation",
    ),
    ("route53:hostedzone/", "route53:associatevpcwithhostedzone"),
];

/// Whether a resource is of a type with a list that never carries an action.
pub fn never_carries(arn: &str, action: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts[..] else { return false };
    let kind = format!("{service}:{resource}");
    let given = GIVEN.iter().find(|(beginning, _)| kind.starts_with(beginning));
    has_list(arn) && !given.is_some_and(|(_, actions)| listed(actions, &action.to_lowercase()))
}

fn list_of(arn: &str) -> Option<&'static str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, account, resource] = parts[..] else { return None };
    if !["ec2", "route53"].contains(&service) && account.is_empty() {
        return None;
    }
    let kind = format!("{service}:{resource}");
    LISTS.iter().find(|(beginning, _)| kind.starts_with(beginning)).map(|(_, list)| *list)
}

/// Whether a resource is of a type with such a list, and so without a policy.
pub fn has_list(arn: &str) -> bool {
    list_of(arn).is_some()
}

/// Whether a list lets a caller in; `None`: it was not loaded.
pub fn lets_in(arn: &str, settings: Option<&Value>, caller: &Caller, place: Option<&Place>) -> Option<bool> {
    let entries = read::list(settings?.get(list_of(arn)?).filter(|list| !list.is_null())?);
    // An authorization names a VPC, and nobody knows whose it is.
    if list_of(arn) == Some("VPCs") && !entries.is_empty() {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for entry in entries {
        names.extend(read::scalar(entry));
        for field in ["UserId", "Group", "OrganizationArn", "OrganizationalUnitArn", "Principal"] {
            names.extend(text(entry, field));
        }
        if text(entry, "AttributeName").as_deref() == Some("restore") {
            let values = entry.get("AttributeValues").map(read::list).unwrap_or_default();
            names.extend(values.into_iter().filter_map(read::scalar));
        }
    }
    let by_root =
        caller.account.as_ref().map(|account| format!("arn:{}:iam::{account}:root", caller.partition));
    let named = |name: &String| {
        name == "all" || name == "*" || Some(name) == by_root.as_ref() || means(name, caller, place)
    };
    Some(names.iter().any(named))
}

/// Operations that each permission of an ACL gives, on a bucket and on an object.
const BY_PERMISSION: &[(&str, &str)] = &[
    ("READ", "listbucket listbucketversions listbucketmultipartuploads getobject getobjectversion"),
    ("WRITE", "putobject"),
    ("READ_ACP", "getbucketacl getobjectacl getobjectversionacl"),
    ("WRITE_ACP", "putbucketacl putobjectacl putobjectversionacl"),
];

/// What a loaded ACL allows of an operation, and what of it is for everybody; `None`: it was not loaded (S-S3-03).
pub fn of_acl(settings: Option<&Value>, operation: &str) -> Option<(Vec<Policy>, Vec<Policy>)> {
    let grants = read::list(settings?.get("Acl").filter(|acl| !acl.is_null())?.get("Grants")?);
    let (mut accounts, mut public) = (Vec::new(), Vec::new());
    for grant in grants {
        let permission = text(grant, "Permission").unwrap_or_default();
        let gives = BY_PERMISSION.iter().any(|(name, operations)| {
            (permission == *name || permission == "FULL_CONTROL") && listed(operations, operation)
        });
        let grantee = grant.get("Grantee").unwrap_or(&Value::Null);
        let uri = text(grantee, "URI").unwrap_or_default();
        let statement = match uri.rsplit('/').next() {
            _ if !gives => continue,
            Some("AllUsers") => json!({"Principal": "*"}),
            Some("AuthenticatedUsers") => {
                json!({"Principal": "*", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}}})
            }
            Some("LogDelivery") => json!({"Principal": {"Service": "logging.s3.amazonaws.com"}}),
            _ => json!({"Principal": {"CanonicalUser": text(grantee, "ID")}}),
        };
        let is_public = !uri.is_empty() && !uri.ends_with("/LogDelivery");
        let list = if is_public { &mut public } else { &mut accounts };
        let mut statement = statement;
        for (element, value) in [("Effect", "Allow"), ("Action", "s3:*"), ("Resource", "*")] {
            statement[element] = json!(value);
        }
        let document = json!({"Statement": statement});
        list.push(Policy {
            name: "an ACL".to_owned(),
            kind: PolicyKind::Resource,
            document: read::policy(&document),
        });
    }
    Some((accounts, public))
}

/// What the loaded grants on a key allow; `None`: they were not loaded.
pub fn of_key(settings: Option<&Value>, operation: &str, context: &Context) -> Option<Vec<Policy>> {
    let grants = read::list(settings?.get("Grants").filter(|grants| !grants.is_null())?);
    let mut policies = Vec::new();
    for grant in grants {
        let carries = grant
            .get("Operations")
            .map(read::list)
            .unwrap_or_default()
            .into_iter()
            .filter_map(read::scalar)
            .any(|name| name.eq_ignore_ascii_case(operation));
        let unbound = ["describekey", "getpublickey", "retiregrant", "sign", "verify"].contains(&operation);
        let mut whom: Vec<String> = Vec::new();
        if carries && (unbound || fits(grant.get("Constraints"), context)) {
            whom.extend(text(grant, "GranteePrincipal"));
        }
        if operation == "retiregrant" {
            whom.extend(text(grant, "RetiringPrincipal"));
        }
        for name in whom {
            let field = if name.contains(".amazonaws.com") { "Service" } else { "AWS" };
            let document = json!({"Statement": {"Effect": "Allow", "Principal": {field: name}, "Action": "kms:*", "Resource": "*"}});
            policies.push(Policy {
                name: "a grant on the key".to_owned(),
                kind: PolicyKind::Resource,
                document: read::policy(&document),
            });
        }
    }
    Some(policies)
}

/// Whether the encryption context of a request is what a grant asks for.
fn fits(constraints: Option<&Value>, context: &Context) -> bool {
    let pairs = |kind: &str| constraints.and_then(|all| all.get(kind)).and_then(Value::as_object);
    let holds = |key: &String, value: &Value| {
        context.first(&format!("kms:EncryptionContext:{key}")) == read::scalar(value).as_deref()
    };
    let both = ["EncryptionContextSubset", "EncryptionContextEquals"];
    let all = both.iter().filter_map(|kind| pairs(kind)).flatten().all(|(key, value)| holds(key, value));
    let only = pairs("EncryptionContextEquals").is_none_or(|pairs| {
        context.all("kms:encryptioncontextkeys").unwrap_or_default().iter().all(|key| pairs.contains_key(key))
    });
    all && only
}
