//! An organisation of two collected accounts, with users, roles, a group, controls, and three resources.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::statements::{Place, policy};
use crate::both::Ask;

const A: &str = "111111111111";
const B: &str = "222222222222";

const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/k";
const SUBNET: &str = "arn:aws:ec2:us-east-1:111111111111:subnet/subnet-1";

const GRANTEES: &[&str] = &[
    "arn:aws:iam::111111111111:user/u2",
    "arn:aws:iam::222222222222:role/r3",
    "222222222222",
    "arn:aws:iam::333333333333:user/x",
];
const SHARED_WITH: &[&str] =
    &["222222222222", "333333333333", "arn:aws:organizations::999999999999:organization/o-1"];

/// The random parts of an estate.
#[derive(Clone, Debug)]
pub struct World {
    /// Of u1, u2, u3, r1, r2, r3 and the group.
    identity: Vec<Option<Value>>,
    /// Of u1, u2, u3, r1, r2, r3.
    boundaries: Vec<Option<Value>>,
    /// Of root, unit and account B: whether everything is allowed there, and one policy more.
    scps: Vec<(bool, Option<Value>)>,
    /// Of root and unit.
    rcps: Vec<Option<Value>>,
    /// Of bucket and queue.
    resources: (Option<Value>, Option<Value>),
    key: Value,
    /// Whether the key delegates to its account.
    delegates: bool,
    trusts: Vec<Value>,
    /// Whether the bucket restricts public access, and whether its tags count.
    bucket: (bool, bool),
    /// Who is granted decryption with the key, if that was collected, and with whom a subnet of account A is shared.
    lists: (Option<Vec<&'static str>>, Vec<&'static str>),
}

/// Any world.
pub fn any() -> impl Strategy<Value = World> {
    let maybe = |weight: f64, place: Place| prop::option::weighted(weight, policy(place));
    (
        prop::collection::vec(maybe(0.85, Place::Identity), 7),
        prop::collection::vec(maybe(0.3, Place::Identity), 6),
        prop::collection::vec((prop::bool::weighted(0.9), maybe(0.4, Place::Scp)), 3),
        prop::collection::vec(maybe(0.35, Place::Rcp), 2),
        (maybe(0.8, Place::Bucket), maybe(0.8, Place::Queue)),
        (policy(Place::Key), prop::bool::weighted(0.5)),
        prop::collection::vec(policy(Place::Trust), 3),
        (prop::bool::weighted(0.3), prop::bool::weighted(0.5)),
        (
            prop::option::weighted(0.6, prop::sample::subsequence(GRANTEES, 0..=2)),
            prop::sample::subsequence(SHARED_WITH, 0..=2),
        ),
    )
        .prop_map(
            |(identity, boundaries, scps, rcps, resources, (key, delegates), trusts, bucket, lists)| World {
                identity,
                boundaries,
                scps,
                rcps,
                resources,
                key,
                delegates,
                trusts,
                bucket,
                lists,
            },
        )
}

impl World {
    /// Writes the estate in layout 1.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let [a, b] = [A, B].map(|account| folder.join("accounts").join(account));
        fs::create_dir_all(&a)?;
        fs::create_dir_all(&b)?;
        fs::write(folder.join("organization.json"), self.organization().to_string())?;
        let details = |users: &[usize], roles: &[usize], account: &str| {
            json!({
                "UserDetailList": users.iter().map(|&index| self.user(index, account)).collect::<Vec<_>>(),
                "GroupDetailList": if account == A { vec![self.group()] } else { Vec::new() },
                "RoleDetailList": roles.iter().map(|&index| self.role(index, account)).collect::<Vec<_>>(),
                "Policies": self.boundary_policies(account),
            })
        };
        fs::write(a.join("authorization-details.json"), details(&[0, 1], &[3, 4], A).to_string())?;
        fs::write(b.join("authorization-details.json"), details(&[2], &[5], B).to_string())?;
        let block = json!({"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false,
            "RestrictPublicBuckets": self.bucket.0});
        let mut key = self.key.clone();
        if let (true, Some(list)) = (self.delegates, key["Statement"].as_array_mut()) {
            list.push(
                json!({"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"}),
            );
        }
        let of_a = json!([
            {"Arn": "arn:aws:s3:::bkt", "Account": A, "Policy": self.resources.0, "Tags": {"team": "red"},
             "Settings": {"ObjectOwnership": "BucketOwnerEnforced", "AbacEnabled": self.bucket.1, "PublicAccessBlock": block}},
            {"Arn": KEY, "Account": A, "Policy": key, "Tags": {}, "Settings": {"Grants": self.grants()}},
        ]);
        let of_b = json!([
            {"Arn": format!("arn:aws:sqs:us-east-1:{B}:q"), "Account": B, "Policy": self.resources.1, "Tags": {"team": "blue"}},
        ]);
        let open = json!({"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false});
        fs::write(a.join("ram-shares.json"), self.shares().to_string())?;
        for (path, resources) in [(a, of_a), (b, of_b)] {
            fs::write(path.join("resource-policies.json"), resources.to_string())?;
            fs::write(path.join("account.json"), json!({"PublicAccessBlock": open}).to_string())?;
        }
        Ok(())
    }

    /// The grants on the key; null if they were not collected.
    fn grants(&self) -> Value {
        let grant = |(index, whom): (usize, &&str)| {
            json!({"KeyId": KEY, "GrantId": format!("g-{index}"), "GranteePrincipal": whom,
                "IssuingAccount": format!("arn:aws:iam::{A}:root"), "Operations": ["Decrypt"]})
        };
        json!(self.lists.0.as_ref().map(|whom| whom.iter().enumerate().map(grant).collect::<Vec<_>>()))
    }

    fn shares(&self) -> Value {
        let share = format!("arn:aws:ram:us-east-1:{A}:resource-share/s");
        let principals: Vec<Value> =
            self.lists.1.iter().map(|whom| json!({"id": whom, "resourceShareArn": share})).collect();
        let permission = r#"{"Effect": "Allow", "Action": ["ec2:CreateNetworkInterface"]}"#;
        json!({
            "resources": [{"arn": SUBNET, "resourceShareArn": share}],
            "principals": principals,
            "permissions": [{"arn": "arn:aws:ram::aws:permission/AWSRAMDefaultPermissionSubnet",
                "resourceShareArn": share, "permission": permission}],
        })
    }

    fn organization(&self) -> Value {
        let full = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
        let nodes = ["r-1", "ou-1", B];
        let open: Vec<&str> = nodes
            .iter()
            .zip(&self.scps)
            .filter(|(_, (full, more))| *full || more.is_none()) // every node has an SCP
            .map(|(node, _)| *node)
            .chain([A])
            .collect();
        let mut policies = vec![
            json!({"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": true, "Content": full, "Targets": open}),
        ];
        let mut add = |kind: &str, node: &str, content: &Option<Value>| {
            if let Some(content) = content {
                let id = format!("p-{}", policies.len());
                policies.push(json!({"Id": id, "Name": id, "Type": kind, "AwsManaged": false, "Content": content, "Targets": [node]}));
            }
        };
        nodes.iter().zip(&self.scps).for_each(|(node, (_, more))| add("SERVICE_CONTROL_POLICY", node, more));
        nodes.iter().zip(&self.rcps).for_each(|(node, more)| add("RESOURCE_CONTROL_POLICY", node, more));
        let kinds = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
            .map(|kind| json!({"Type": kind, "Status": "ENABLED"}));
        let account = |id: &str, parent: &str| json!({"Id": id, "Name": id, "ParentId": parent, "Status": "ACTIVE", "Tags": []});
        json!({
            "Organization": {"Id": "o-1", "MasterAccountId": "999999999999"},
            "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": kinds}],
            "OrganizationalUnits": [{"Id": "ou-1", "Name": "unit", "ParentId": "r-1"}],
            "Accounts": [account(A, "ou-1"), account(B, "r-1"), account("999999999999", "r-1")],
            "Policies": policies,
        })
    }

    fn inline(&self, index: usize) -> Value {
        let one = |document: &Value| json!({"PolicyName": "p", "PolicyDocument": document});
        self.identity.get(index).into_iter().flatten().map(one).collect()
    }

    fn user(&self, index: usize, account: &str) -> Value {
        let name = format!("u{}", index + 1);
        let mut user = json!({"UserName": name, "UserId": format!("AIDA{name:A<17}"), "Path": "/",
            "Arn": format!("arn:aws:iam::{account}:user/{name}"), "UserPolicyList": self.inline(index),
            "GroupList": if index == 0 { vec!["g"] } else { Vec::new() },
            "Tags": tags(index), "AttachedManagedPolicies": []});
        self.add_boundary(&mut user, index, account);
        user
    }

    fn role(&self, index: usize, account: &str) -> Value {
        let name = format!("r{}", index - 2);
        let mut role = json!({"RoleName": name, "RoleId": format!("AROA{name:A<17}"), "Path": "/",
            "Arn": format!("arn:aws:iam::{account}:role/{name}"), "RolePolicyList": self.inline(index),
            "AssumeRolePolicyDocument": self.trusts[index - 3], "Tags": tags(index - 3), "AttachedManagedPolicies": []});
        self.add_boundary(&mut role, index, account);
        role
    }

    fn group(&self) -> Value {
        json!({"GroupName": "g", "GroupId": "AGPAGGGGGGGGGGGGGGGGG", "Path": "/", "Arn": format!("arn:aws:iam::{A}:group/g"),
            "GroupPolicyList": self.inline(6), "AttachedManagedPolicies": []})
    }

    fn add_boundary(&self, principal: &mut Value, index: usize, account: &str) {
        if self.boundaries[index].is_some() {
            principal["PermissionsBoundary"] = json!({"PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": format!("arn:aws:iam::{account}:policy/b{index}")});
        }
    }

    fn boundary_policies(&self, account: &str) -> Vec<Value> {
        let with_document = self
            .boundaries
            .iter()
            .enumerate()
            .filter_map(|(index, document)| Some((index, document.as_ref()?)));
        with_document
            .map(|(index, document)| {
                json!({"PolicyName": format!("b{index}"), "PolicyId": "ANPA", "Arn": format!("arn:aws:iam::{account}:policy/b{index}"), "Path": "/",
                    "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]})
            })
            .collect()
    }
}

/// The first of three is of team red, the last of team blue, the one between of none.
fn tags(index: usize) -> Value {
    match index {
        0 => json!([{"Key": "team", "Value": "red"}]),
        1 => json!([]),
        _ => json!([{"Key": "team", "Value": "blue"}]),
    }
}

/// Who asks.
pub const CALLERS: &[&str] = &[
    "arn:aws:iam::111111111111:user/u1",
    "arn:aws:iam::111111111111:user/u2",
    "arn:aws:iam::222222222222:user/u3",
    "arn:aws:iam::111111111111:role/r1",
    "arn:aws:iam::111111111111:role/r2",
    "arn:aws:iam::222222222222:role/r3",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::222222222222:root",
    "arn:aws:iam::333333333333:user/x",
    "arn:aws:iam::333333333333:root",
    "arn:aws:iam::333333333333:role/aws-service-role/x.amazonaws.com/linked",
    "anonymous",
    "lambda.amazonaws.com",
];

/// What is asked for: an action and a resource.
pub const REQUESTS: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::bkt/a"),
    ("s3:GetObject", "arn:aws:s3:::bkt/u1"),
    ("s3:PutObject", "arn:aws:s3:::bkt/red/x"),
    ("s3:ListBucket", "arn:aws:s3:::bkt"),
    ("s3:ListAllMyBuckets", "*"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:222222222222:q"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/k"),
    ("kms:ScheduleKeyDeletion", "arn:aws:kms:us-east-1:111111111111:key/k"),
    ("sts:AssumeRole", "arn:aws:iam::111111111111:role/r1"),
    ("sts:AssumeRole", "arn:aws:iam::222222222222:role/r3"),
    ("iam:PassRole", "arn:aws:iam::111111111111:role/r2"),
    ("ec2:CreateNetworkInterface", SUBNET),
    ("kms:UpdateAlias", "arn:aws:kms:us-east-1:111111111111:alias/a"),
    ("glue:GetDatabase", "arn:aws:glue:us-east-1:111111111111:database/d"),
];

/// Values of a key that a request may hold; the empty text stands for an absent key.
const CONTEXT: &[(&str, &[&str])] = &[
    ("aws:multifactorauthpresent", &["true", "false", ""]),
    ("aws:sourceip", &["203.0.113.7", "203.0.113.200", "198.51.100.1", "2001:db8::1", ""]),
    ("aws:tagkeys", &["a", "a b", "b c", "c", ""]),
    ("s3:prefix", &["a1", "u1/x", "z", ""]),
    ("s3:max-keys", &["5", "10", "11", ""]),
    ("aws:securetransport", &["true", "true", "false"]),
];

/// A request with all of its context.
pub fn request() -> impl Strategy<Value = Ask> {
    (select(CALLERS), select(REQUESTS), context())
        .prop_map(|(caller, request, context)| asked(caller, request, &context))
}

/// Keys with their values.
pub type Stated = Vec<(String, Vec<String>)>;

/// The context of a request.
pub fn context() -> impl Strategy<Value = Stated> {
    let context: Vec<_> = CONTEXT
        .iter()
        .map(|(key, values)| {
            select(*values).prop_map(|value| {
                let values: Vec<String> =
                    value.split(' ').filter(|v| !v.is_empty()).map(str::to_owned).collect();
                ((*key).to_owned(), values)
            })
        })
        .collect();
    context
}

/// A request in a context.
pub fn asked(caller: &str, (action, resource): (&str, &str), context: &Stated) -> Ask {
    let mut ask = Ask::new(caller, action, resource);
    ask.context = context.iter().cloned().collect::<BTreeMap<_, _>>();
    // Calls that read support no tags, so their requests never hold this (S-KEY-34).
    if ["s3:Get", "s3:List", "glue:Get"].iter().any(|reads| action.starts_with(reads)) {
        ask.context.insert("aws:tagkeys".to_owned(), Vec::new());
    }
    // What a session's tags are is open; these are the role's own (S-KEY-07).
    let team = match caller.rsplit('/').next() {
        Some("r1" | "s1") => Some("red"),
        Some("r3") => Some("blue"),
        _ => None,
    };
    // Nor can what nobody loaded be known of callers of other accounts: the request says that they have none.
    if caller.contains("role/") || caller.contains("::333333333333:") {
        ask.context.insert("aws:principaltag/team".to_owned(), team.map(str::to_owned).into_iter().collect());
    }
    ask
}
