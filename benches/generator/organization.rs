//! The organisation: its tree, and service and resource control policies on three levels.

use super::World;
use super::documents::{document, grant, statement};
use super::figures::{Feature, Figures};
use super::names::*;
use super::random::Random;
use serde_json::{Value, json};

const UNITS: usize = 6;
const SUB_UNITS: usize = 4;
const ALLOW_LIST_UNITS: usize = 2;

/// `organization.json`.
pub fn organization(world: &World, figures: &mut Figures) -> Value {
    let mut random = world.random(5, 0);
    let management = account_id(0);
    let types = json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}, {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}]);
    let mut units = vec![];
    for unit in 0..UNITS {
        units.push(json!({"Id": unit_id(unit), "Arn": arn("ou", &unit_id(unit)), "Name": format!("Unit{unit}"), "ParentId": ROOT}));
        for sub in 0..SUB_UNITS {
            let id = sub_unit_id(unit, sub);
            units.push(json!({"Id": id, "Arn": arn("ou", &id), "Name": format!("Unit{unit}{sub}"), "ParentId": unit_id(unit)}));
        }
    }
    let accounts: Vec<Value> = (0..world.shape.accounts).map(|number| account(number, &mut random)).collect();
    json!({
        "Organization": {
            "Id": ORGANIZATION,
            "Arn": format!("arn:aws:organizations::{management}:organization/{ORGANIZATION}"),
            "FeatureSet": "ALL",
            "MasterAccountArn": arn("account", &management),
            "MasterAccountId": management,
            "MasterAccountEmail": "management@generated.example",
            "AvailablePolicyTypes": types},
        "Roots": [{"Id": ROOT, "Arn": arn("root", ROOT), "Name": "Root", "PolicyTypes": types}],
        "OrganizationalUnits": units,
        "Accounts": accounts,
        "Policies": policies(world, &mut random, figures)})
}

fn account(number: usize, random: &mut Random) -> Value {
    let id = account_id(number);
    // Number 0 is the management account; the others are dealt out over the units below the units.
    let parent = match number {
        0 => ROOT.into(),
        _ => sub_unit_id(number % UNITS, number / UNITS % SUB_UNITS),
    };
    let stage = *random.pick(&["production", "staging", "development"]);
    json!({
        "Id": id,
        "Arn": arn("account", &id),
        "Email": format!("account{number}@generated.example"),
        "Name": format!("account-{number:04}"),
        "ParentId": parent,
        "Status": "ACTIVE",
        "JoinedMethod": if number == 0 { "INVITED" } else { "CREATED" },
        "JoinedTimestamp": instant(random),
        "Tags": [{"Key": "stage", "Value": stage}]})
}

fn unit_id(unit: usize) -> String {
    format!("ou-gene-unit{unit:04}")
}

fn sub_unit_id(unit: usize, sub: usize) -> String {
    format!("ou-gene-unit{unit:04}sub{sub}")
}

fn arn(kind: &str, id: &str) -> String {
    format!("arn:aws:organizations::{}:{kind}/{ORGANIZATION}/{id}", account_id(0))
}

/// A policy and the features that it counts for.
struct Policy {
    id: String,
    name: String,
    rcp: bool,
    managed: bool,
    content: Value,
    targets: Vec<String>,
    features: Vec<Feature>,
}

fn policies(world: &World, random: &mut Random, figures: &mut Figures) -> Vec<Value> {
    let mut policies = full_access(world);
    policies.extend(root_policies());
    for unit in 0..UNITS {
        policies.extend(unit_policies(world, random, unit));
    }
    for number in (1..world.shape.accounts).filter(|number| number % 5 == 0) {
        policies.push(account_policy(random, number));
    }
    for policy in &policies {
        figures.count(Feature::OrganizationPolicy);
        policy.features.iter().for_each(|&feature| figures.count(feature));
    }
    policies.into_iter().map(Policy::entry).collect()
}

impl Policy {
    /// A customer's service control policy.
    fn scp(
        id: String,
        name: &str,
        statements: Vec<Value>,
        targets: Vec<String>,
        features: &[Feature],
    ) -> Self {
        let content = document(statements);
        Self {
            id,
            name: name.into(),
            rcp: false,
            managed: false,
            content,
            targets,
            features: features.into(),
        }
    }

    /// A customer's resource control policy.
    fn rcp(id: String, name: &str, statements: Vec<Value>, targets: Vec<String>) -> Self {
        let content = document(statements);
        Self {
            id,
            name: name.into(),
            rcp: true,
            managed: false,
            content,
            targets,
            features: vec![Feature::ResourceControlPolicy],
        }
    }

    fn entry(self) -> Value {
        let (kind, word) = match self.rcp {
            true => ("RESOURCE_CONTROL_POLICY", "resource_control_policy"),
            false => ("SERVICE_CONTROL_POLICY", "service_control_policy"),
        };
        let arn = match self.managed {
            true => format!("arn:aws:organizations::aws:policy/{word}/{}", self.id),
            false => {
                format!("arn:aws:organizations::{}:policy/{ORGANIZATION}/{word}/{}", account_id(0), self.id)
            }
        };
        json!({
            "Id": self.id,
            "Arn": arn,
            "Name": self.name,
            "Description": "",
            "Type": kind,
            "AwsManaged": self.managed,
            "Content": self.content.to_string(),
            "Targets": self.targets})
    }
}

/// The policies that AWS attaches everywhere. Some units have a list of services in place of the SCP.
fn full_access(world: &World) -> Vec<Policy> {
    let mut targets = vec![ROOT.into()];
    for unit in 0..UNITS {
        targets.push(unit_id(unit));
        targets.extend((0..SUB_UNITS).map(|sub| sub_unit_id(unit, sub)));
    }
    targets.extend((0..world.shape.accounts).map(account_id));
    let scp_targets =
        targets.iter().filter(|target| !(0..ALLOW_LIST_UNITS).any(|unit| **target == unit_id(unit))).cloned();
    let all = |principal: bool| {
        let mut statement = statement("", "Allow", vec!["*".into()], vec!["*".into()], Value::Null);
        if let Some(statement) = statement.as_object_mut() {
            statement.remove("Sid");
            if principal {
                statement.insert("Principal".into(), "*".into());
            }
        }
        document(vec![statement])
    };
    vec![
        Policy {
            id: "p-FullAWSAccess".into(),
            name: "FullAWSAccess".into(),
            rcp: false,
            managed: true,
            content: all(false),
            targets: scp_targets.collect(),
            features: vec![],
        },
        Policy {
            id: "p-RCPFullAWSAccess".into(),
            name: "RCPFullAWSAccess".into(),
            rcp: true,
            managed: true,
            content: all(true),
            targets,
            features: vec![Feature::ResourceControlPolicy],
        },
    ]
}

fn root_policies() -> Vec<Policy> {
    let root = || vec![ROOT.into()];
    let all = || vec!["*".into()];
    let guarded = [
        "cloudtrail:DeleteTrail",
        "cloudtrail:StopLogging",
        "config:DeleteConfigurationRecorder",
        "guardduty:DeleteDetector",
    ];
    let exempt = json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/platform/*"}});
    let data = || json!(["s3:*", "sqs:*", "kms:*", "secretsmanager:*", "sts:AssumeRole"]);
    let outside = json!({
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": SUPPLIERS},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}});
    let insecure = json!({"BoolIfExists": {"aws:SecureTransport": "false"}});
    let root_user = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}});
    vec![
        Policy::scp(
            "p-guardrails".into(),
            "Guardrails",
            vec![
                statement("KeepGuards", "Deny", guarded.map(String::from).into(), all(), exempt),
                statement(
                    "NobodyLeaves",
                    "Deny",
                    vec!["organizations:LeaveOrganization".into()],
                    all(),
                    Value::Null,
                ),
                statement("DenyRootUser", "Deny", all(), all(), root_user),
            ],
            root(),
            &[Feature::Exemption],
        ),
        Policy::scp(
            "p-regions0".into(),
            "Regions",
            vec![region_deny(&REGIONS, "arn:aws:iam::*:role/platform/*")],
            root(),
            &[Feature::RegionDeny, Feature::Exemption],
        ),
        Policy::rcp(
            "p-perimeter".into(),
            "DataPerimeter",
            vec![grant("OnlyOurOrganization", "Deny", json!("*"), data(), json!("*"), outside)],
            root(),
        ),
        Policy::rcp(
            "p-insecure".into(),
            "SecureTransport",
            vec![grant("DenyInsecureTransport", "Deny", json!("*"), data(), json!("*"), insecure)],
            root(),
        ),
    ]
}

/// The policies of a unit and of the units below it.
fn unit_policies(world: &World, random: &mut Random, unit: usize) -> Vec<Policy> {
    let mut policies = vec![];
    if unit < ALLOW_LIST_UNITS {
        let used = random.sample(&world.services, 70 + 10 * unit);
        let mut allowed: Vec<String> =
            used.into_iter().map(|service| format!("{}:*", service.prefix)).collect();
        for core in
            ["s3", "sqs", "sns", "kms", "secretsmanager", "lambda", "ecr", "iam", "sts", "logs", "ec2"]
        {
            let pattern = format!("{core}:*");
            if !allowed.contains(&pattern) {
                allowed.push(pattern);
            }
        }
        let list = statement("ServicesInUse", "Allow", allowed, vec!["*".into()], Value::Null);
        policies.push(Policy::scp(
            format!("p-services{unit}"),
            "ServicesInUse",
            vec![list],
            vec![unit_id(unit)],
            &[Feature::ServiceAllowList],
        ));
    } else {
        let exempt = format!("arn:aws:iam::*:role/platform/{}-*", TEAMS[unit]);
        let deny = region_deny(&REGIONS[..2], &exempt);
        let features = [Feature::RegionDeny, Feature::Exemption];
        policies.push(Policy::scp(
            format!("p-regions{unit}x"),
            "RegionsOfUnit",
            vec![deny],
            vec![unit_id(unit)],
            &features,
        ));
    }
    if unit % 2 == 1 {
        let others = json!({
            "StringNotEqualsIfExists": {"aws:SourceOrgID": ORGANIZATION},
            "Null": {"aws:SourceAccount": "false"},
            "Bool": {"aws:PrincipalIsAWSService": "true"}});
        let deputy = grant(
            "ConfusedDeputy",
            "Deny",
            json!("*"),
            json!(["s3:*", "sqs:*", "kms:*", "secretsmanager:*"]),
            json!("*"),
            others,
        );
        policies.push(Policy::rcp(
            format!("p-deputy{unit}x"),
            "ConfusedDeputy",
            vec![deputy],
            vec![unit_id(unit)],
        ));
    }
    for (sub, team) in TEAMS.iter().enumerate().take(SUB_UNITS) {
        let service = random.pick(&world.services);
        let mut actions = service.actions(random, 8);
        actions.extend(
            ["s3:PutBucketPublicAccessBlock", "s3:PutAccountPublicAccessBlock", "kms:ScheduleKeyDeletion"]
                .map(String::from),
        );
        let exempt = json!({"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/platform/*", format!("arn:aws:iam::*:role/{team}-*")]}});
        let deny = statement("Protected", "Deny", actions, vec!["*".into()], exempt);
        let target = vec![sub_unit_id(unit, sub)];
        policies.push(Policy::scp(
            format!("p-protect{unit}{sub}"),
            "Protected",
            vec![deny],
            target,
            &[Feature::Exemption],
        ));
    }
    policies
}

fn account_policy(random: &mut Random, number: usize) -> Policy {
    let large = json!({"StringNotLike": {"ec2:InstanceType": ["t3.*", "t4g.*", "m7g.large"]}});
    let instances = vec!["arn:aws:ec2:*:*:instance/*".into()];
    let untagged = json!({"Null": {"aws:RequestTag/team": "true"}});
    let create = ["secretsmanager:CreateSecret", "sqs:CreateQueue", "sns:CreateTopic"].map(String::from);
    let statements = match random.chance(50) {
        true => vec![statement("SmallInstances", "Deny", vec!["ec2:RunInstances".into()], instances, large)],
        false => vec![statement("TagNewThings", "Deny", create.into(), vec!["*".into()], untagged)],
    };
    Policy::scp(format!("p-account{number:06}"), "AccountRules", statements, vec![account_id(number)], &[])
}

/// A deny of everything outside `regions` but global services, with `exempt` principals.
fn region_deny(regions: &[&str], exempt: &str) -> Value {
    json!({
        "Sid": "OutsideRegions",
        "Effect": "Deny",
        "NotAction": ["a4b:*", "acm:*", "aws-portal:*", "budgets:*", "ce:*", "chime:*", "cloudfront:*", "config:*", "cur:*",
            "directconnect:*", "ec2:DescribeRegions", "ec2:DescribeTransitGateways", "ec2:DescribeVpnGateways", "fms:*",
            "globalaccelerator:*", "health:*", "iam:*", "importexport:*", "kms:*", "networkmanager:*", "organizations:*",
            "pricing:*", "route53:*", "route53domains:*", "s3:*", "shield:*", "sts:*", "support:*", "trustedadvisor:*", "waf:*"],
        "Resource": "*",
        "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": regions},
            "ArnNotLike": {"aws:PrincipalArn": [exempt]}}})
}
