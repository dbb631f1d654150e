//! Resources and their policies.

use super::World;
use super::documents::{document, grant, network_condition};
use super::figures::{Feature, Figures};
use super::names::*;
use super::random::Random;
use serde_json::{Map, Value, json};

/// `resource-policies.json` of account number `account`.
pub fn resource_policies(world: &World, account: usize, figures: &mut Figures) -> Value {
    let mut random = world.random(4, account);
    (0..world.resources(account))
        .map(|resource| entry(world, account, resource, &mut random, figures))
        .collect()
}

fn entry(
    world: &World,
    account: usize,
    resource: usize,
    random: &mut Random,
    figures: &mut Figures,
) -> Value {
    figures.count(Feature::Resource);
    let (kind, arn) = (resource_kind(resource), resource_arn(account, resource));
    let mut entry = Map::new();
    entry.insert("Arn".into(), arn.clone().into());
    entry.insert("Account".into(), account_id(account).into());
    // A key always has a policy.
    let none = kind != ResourceKind::Key && random.chance(3);
    if none {
        figures.count(Feature::NoPolicy);
        entry.insert("Policy".into(), Value::Null);
    } else if random.chance(1) {
        figures.count(Feature::NotCollected);
    } else {
        let policy = Maker { world, account, arn, random, figures }.policy(kind);
        // AWS answers with a string of JSON for these, and collectors differ in whether they unpack it.
        let text = matches!(kind, ResourceKind::Bucket | ResourceKind::Queue | ResourceKind::Topic);
        entry.insert("Policy".into(), if text { policy.to_string().into() } else { policy });
    }
    let stage = *random.pick(&["production", "staging", "development"]);
    let tags = if random.chance(75) { json!({"team": team(resource), "stage": stage}) } else { json!({}) };
    entry.insert("Tags".into(), tags);
    if kind == ResourceKind::Bucket {
        let on = random.chance(85);
        let block = json!({"BlockPublicAcls": on, "IgnorePublicAcls": on, "BlockPublicPolicy": on, "RestrictPublicBuckets": on});
        let settings = json!({"PublicAccessBlock": block, "ObjectOwnership": "BucketOwnerEnforced", "AbacEnabled": random.chance(5)});
        entry.insert("Settings".into(), settings);
    }
    if kind == ResourceKind::Function {
        entry.insert("Roles".into(), json!([role_arn(account, random.below(world.roles(account).max(1)))]));
    }
    Value::Object(entry)
}

/// What a policy is made from.
struct Maker<'a> {
    world: &'a World,
    account: usize,
    arn: String,
    random: &'a mut Random,
    figures: &'a mut Figures,
}

impl Maker<'_> {
    fn policy(mut self, kind: ResourceKind) -> Value {
        document(match kind {
            ResourceKind::Bucket => self.bucket(),
            ResourceKind::Queue => self.messages("sqs", "sqs:SendMessage", "sns.amazonaws.com"),
            ResourceKind::Topic => self.messages("sns", "sns:Publish", "cloudwatch.amazonaws.com"),
            ResourceKind::Key => self.key(),
            ResourceKind::Secret => self.secret(),
            ResourceKind::Function => self.function(),
            ResourceKind::Repository => self.repository(),
        })
    }

    fn own_role(&mut self) -> String {
        role_arn(self.account, self.random.below(self.world.roles(self.account).max(1)))
    }

    fn other_role(&mut self) -> String {
        self.figures.count(Feature::OtherAccountGrant);
        let other = self.random.below(self.world.shape.accounts);
        role_arn(other, self.random.below(self.world.roles(other).max(1)))
    }

    fn other_account(&mut self) -> Value {
        self.figures.count(Feature::OtherAccountGrant);
        json!({"AWS": format!("arn:aws:iam::{}:root", account_id(self.random.below(self.world.shape.accounts)))})
    }

    fn organization_grant(&mut self, actions: Value, resource: Value) -> Value {
        self.figures.count(Feature::OrganizationGrant);
        let condition = json!({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}});
        grant("Organization", "Allow", json!("*"), actions, resource, condition)
    }

    fn network_grant(&mut self, actions: Value, resource: Value) -> Value {
        self.figures.count(Feature::ConditionedPublicGrant);
        let condition = network_condition(self.random, self.account);
        grant("Network", "Allow", json!("*"), actions, resource, condition)
    }

    fn bucket(&mut self) -> Vec<Value> {
        self.figures.count(Feature::Bucket);
        let (bucket, objects) = (self.arn.clone(), format!("{}/*", self.arn));
        let read = || json!(["s3:GetObject", "s3:GetObjectVersion"]);
        let mut statements = vec![];
        let tls = self.random.chance(85);
        if tls {
            self.figures.count(Feature::TlsDeny);
            let condition = json!({"Bool": {"aws:SecureTransport": "false"}});
            statements.push(grant(
                "DenyInsecureTransport",
                "Deny",
                json!("*"),
                json!("s3:*"),
                json!([bucket, objects]),
                condition,
            ));
        }
        if self.random.chance(20) {
            let condition =
                json!({"StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption": "aws:kms"}});
            statements.push(grant(
                "DenyUnencrypted",
                "Deny",
                json!("*"),
                json!("s3:PutObject"),
                json!(objects),
                condition,
            ));
        }
        if self.random.chance(6) {
            let condition = json!({
                "StringNotEquals": {"aws:SourceVpce": format!("vpce-{:017x}", self.account * 4_096)},
                "ArnNotLike": {"aws:PrincipalArn": format!("arn:aws:iam::{}:role/platform/*", account_id(self.account))},
                "BoolIfExists": {"aws:ViaAWSService": "false"}});
            statements.push(grant(
                "OnlyFromNetwork",
                "Deny",
                json!("*"),
                json!("s3:*"),
                json!([bucket, objects]),
                condition,
            ));
        }
        if self.random.chance(25) {
            let condition = json!({"StringEquals": {"aws:SourceAccount": account_id(self.account)}});
            let service = json!({"Service": self.random.pick(&["logging.s3.amazonaws.com", "delivery.logs.amazonaws.com", "cloudtrail.amazonaws.com"])});
            statements.push(grant(
                "DeliverLogs",
                "Allow",
                service,
                json!("s3:PutObject"),
                json!(format!("{bucket}/logs/*")),
                condition,
            ));
        }
        if self.random.chance(12) {
            statements.push(self.organization_grant(read(), json!(objects)));
        }
        if self.random.chance(15) {
            let role = json!({"AWS": self.other_role()});
            statements.push(grant("OtherAccountRole", "Allow", role, read(), json!(objects), Value::Null));
        }
        if self.random.chance(6) {
            let account = self.other_account();
            statements.push(grant(
                "OtherAccount",
                "Allow",
                account,
                json!(["s3:ListBucket", "s3:GetObject"]),
                json!([bucket, objects]),
                Value::Null,
            ));
        }
        if self.random.chance(5) {
            statements.push(self.network_grant(read(), json!(objects)));
        }
        if self.random.chance(1) {
            self.figures.count(Feature::PublicGrant);
            statements.push(grant(
                "Public",
                "Allow",
                json!("*"),
                json!("s3:GetObject"),
                json!(format!("{bucket}/public/*")),
                Value::Null,
            ));
        }
        if statements.is_empty() || self.random.chance(35) {
            let roles: Vec<String> = (0..self.random.between(1, 3)).map(|_| self.own_role()).collect();
            let actions = json!(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]);
            statements.push(grant(
                "OwnRoles",
                "Allow",
                json!({"AWS": roles}),
                actions,
                json!(objects),
                Value::Null,
            ));
        }
        statements
    }

    /// A queue or a topic: its account, a service, and perhaps others.
    fn messages(&mut self, prefix: &str, send: &str, service: &str) -> Vec<Value> {
        let (arn, id) = (json!(self.arn), account_id(self.account));
        let owner = json!({"AWS": format!("arn:aws:iam::{id}:root")});
        let mut statements = vec![grant("Owner", "Allow", owner, json!(send), arn.clone(), Value::Null)];
        if self.random.chance(50) {
            let condition = json!({"ArnLike": {"aws:SourceArn": format!("arn:aws:*:*:{id}:*")}});
            statements.push(grant(
                "Service",
                "Allow",
                json!({"Service": service}),
                json!(send),
                arn.clone(),
                condition,
            ));
        }
        if self.random.chance(50) {
            let condition = json!({"Bool": {"aws:SecureTransport": "false"}});
            statements.push(grant(
                "DenyInsecureTransport",
                "Deny",
                json!("*"),
                json!(format!("{prefix}:*")),
                arn.clone(),
                condition,
            ));
        }
        if self.random.chance(15) {
            statements.push(self.organization_grant(json!(send), arn.clone()));
        }
        if self.random.chance(10) {
            let role = json!({"AWS": self.other_role()});
            statements.push(grant("OtherAccountRole", "Allow", role, json!(send), arn.clone(), Value::Null));
        }
        if self.random.chance(3) {
            statements.push(self.network_grant(json!(send), arn));
        }
        statements
    }

    fn key(&mut self) -> Vec<Value> {
        self.figures.count(Feature::Key);
        let id = account_id(self.account);
        let operate = || {
            json!([
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
                "kms:GenerateDataKey",
                "kms:DescribeKey"
            ])
        };
        let mut statements = vec![];
        if self.random.chance(75) {
            self.figures.count(Feature::DelegatingKey);
            let root = json!({"AWS": format!("arn:aws:iam::{id}:root")});
            statements.push(grant(
                "EnableIamPolicies",
                "Allow",
                root,
                json!("kms:*"),
                json!("*"),
                Value::Null,
            ));
        } else {
            let administrator = json!({"AWS": self.own_role()});
            let administer = json!([
                "kms:Describe*",
                "kms:Get*",
                "kms:List*",
                "kms:Put*",
                "kms:Enable*",
                "kms:Disable*",
                "kms:ScheduleKeyDeletion"
            ]);
            statements.push(grant("Administer", "Allow", administrator, administer, json!("*"), Value::Null));
        }
        if self.random.chance(70) {
            let roles: Vec<String> = (0..self.random.between(1, 3)).map(|_| self.own_role()).collect();
            statements.push(grant("Use", "Allow", json!({"AWS": roles}), operate(), json!("*"), Value::Null));
        }
        if self.random.chance(25) {
            let condition = json!({"StringEquals": {"kms:CallerAccount": id, "kms:ViaService": format!("s3.{}.amazonaws.com", self.random.pick(&REGIONS))}});
            statements.push(grant(
                "ThroughS3",
                "Allow",
                json!({"AWS": "*"}),
                operate(),
                json!("*"),
                condition,
            ));
        }
        if self.random.chance(12) {
            let account = self.other_account();
            statements.push(grant(
                "OtherAccount",
                "Allow",
                account,
                json!(["kms:Decrypt", "kms:DescribeKey"]),
                json!("*"),
                Value::Null,
            ));
        }
        if self.random.chance(6) {
            statements.push(self.organization_grant(json!(["kms:Decrypt", "kms:DescribeKey"]), json!("*")));
        }
        statements
    }

    fn secret(&mut self) -> Vec<Value> {
        let read = || json!("secretsmanager:GetSecretValue");
        let role = json!({"AWS": self.own_role()});
        let mut statements = vec![grant("OwnRole", "Allow", role, read(), json!("*"), Value::Null)];
        if self.random.chance(40) {
            let condition = json!({"StringNotEquals": {"aws:PrincipalAccount": account_id(self.account)}});
            statements.push(grant(
                "DenyOtherAccounts",
                "Deny",
                json!("*"),
                json!("secretsmanager:*"),
                json!("*"),
                condition,
            ));
        } else if self.random.chance(20) {
            let role = json!({"AWS": self.other_role()});
            statements.push(grant("OtherAccountRole", "Allow", role, read(), json!("*"), Value::Null));
        }
        statements
    }

    fn function(&mut self) -> Vec<Value> {
        let (arn, id) = (json!(self.arn), account_id(self.account));
        let (service, source) = *self.random.pick(&[
            ("s3.amazonaws.com", "arn:aws:s3:::*"),
            ("events.amazonaws.com", "arn:aws:events:*:{id}:rule/*"),
            ("sns.amazonaws.com", "arn:aws:sns:*:{id}:*"),
            ("apigateway.amazonaws.com", "arn:aws:execute-api:*:{id}:*"),
        ]);
        let condition = json!({"ArnLike": {"aws:SourceArn": source.replace("{id}", &id)}, "StringEquals": {"aws:SourceAccount": id}});
        let mut statements = vec![grant(
            "Service",
            "Allow",
            json!({"Service": service}),
            json!("lambda:InvokeFunction"),
            arn.clone(),
            condition,
        )];
        if self.random.chance(12) {
            let role = json!({"AWS": self.other_role()});
            statements.push(grant(
                "OtherAccountRole",
                "Allow",
                role,
                json!("lambda:InvokeFunction"),
                arn.clone(),
                Value::Null,
            ));
        }
        if self.random.chance(5) {
            statements.push(self.organization_grant(json!("lambda:InvokeFunction"), arn));
        }
        statements
    }

    fn repository(&mut self) -> Vec<Value> {
        let pull =
            || json!(["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]);
        if self.random.chance(60) {
            return vec![self.organization_grant(pull(), Value::Null)];
        }
        let account = self.other_account();
        vec![grant("OtherAccountPulls", "Allow", account, pull(), Value::Null, Value::Null)]
    }
}
