//! The export of one account: `aws iam get-account-authorization-details`.

use super::World;
use super::documents::count_document;
use super::figures::{Feature, Figures};
use super::managed::ManagedPolicy;
use super::names::*;
use super::principals::{boundary, broad_statement, own_credentials, specific_policy};
use super::random::Random;
use super::trust::trust_policy;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The first customer policies of every account are boundaries.
const BOUNDARIES: usize = 3;

struct Account<'a> {
    world: &'a World,
    number: usize,
    random: Random,
    customer_policies: usize,
    groups: usize,
    /// How often each customer policy is attached, and how often it is a boundary.
    uses: Vec<(usize, usize)>,
    /// How often each AWS managed policy is attached.
    managed: BTreeMap<usize, usize>,
}

/// The export of account number `number`.
pub fn authorization_details(world: &World, number: usize, figures: &mut Figures) -> Value {
    let principals = world.principals(number);
    let customer_policies = BOUNDARIES + principals / 4 + 1;
    let mut account = Account {
        world,
        number,
        random: world.random(2, number),
        customer_policies,
        groups: (world.users(number) / 10).max(2),
        uses: vec![(0, 0); customer_policies],
        managed: BTreeMap::new(),
    };
    let groups: Vec<Value> = (0..account.groups).map(|group| account.group(group, figures)).collect();
    let users: Vec<Value> = (0..world.users(number)).map(|user| account.user(user, figures)).collect();
    let roles: Vec<Value> = (0..world.roles(number)).map(|role| account.role(role, figures)).collect();
    let policies = account.policies(figures);
    json!({"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies})
}

/// The settings of an account.
pub fn settings(world: &World, number: usize) -> Value {
    let mut random = world.random(3, number);
    let on = random.chance(70);
    json!({
        "PublicAccessBlock": {"BlockPublicAcls": on, "IgnorePublicAcls": on, "BlockPublicPolicy": on, "RestrictPublicBuckets": on},
        "CanonicalUserId": random.text(b"0123456789abcdef", 64),
        "Alias": format!("gen-{number:04}")})
}

impl Account<'_> {
    fn group(&mut self, group: usize, figures: &mut Figures) -> Value {
        let name = group_name(group);
        let mut inline = vec![];
        if group == 0 {
            inline.push(self.inline("own-credentials", own_credentials(), figures));
        } else if self.random.chance(40) {
            let document = specific_policy(self.world, self.number, &mut self.random, group);
            inline.push(self.inline("group", document, figures));
        }
        json!({
            "Path": "/",
            "GroupName": name,
            "GroupId": unique_id(&mut self.random, "AGPA"),
            "Arn": format!("arn:aws:iam::{}:group/{name}", account_id(self.number)),
            "CreateDate": instant(&mut self.random),
            "GroupPolicyList": inline,
            "AttachedManagedPolicies": self.attachments(1, 1)})
    }

    fn user(&mut self, user: usize, figures: &mut Figures) -> Value {
        figures.count(Feature::Principal);
        figures.count(Feature::User);
        let mut groups = vec![group_name(0)];
        for _ in 0..self.random.below(3) {
            let group = group_name(self.random.between(1, self.groups - 1));
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        if groups.len() > 1 {
            figures.count(Feature::UserInTwoGroups);
        }
        let mut detail = Map::new();
        detail.insert("Path".into(), "/".into());
        detail.insert("UserName".into(), user_name(user).into());
        detail.insert("UserId".into(), unique_id(&mut self.random, "AIDA").into());
        detail.insert("Arn".into(), user_arn(self.number, user).into());
        detail.insert("CreateDate".into(), instant(&mut self.random).into());
        detail.insert("GroupList".into(), json!(groups));
        self.policies_of(&mut detail, "UserPolicyList", user, figures);
        Value::Object(detail)
    }

    fn role(&mut self, role: usize, figures: &mut Figures) -> Value {
        figures.count(Feature::Principal);
        figures.count(Feature::Role);
        let (path, name) = role_name(role);
        let kind = role_kind(role);
        let mut detail = Map::new();
        detail.insert("Path".into(), path.clone().into());
        detail.insert("RoleName".into(), name.clone().into());
        detail.insert("RoleId".into(), unique_id(&mut self.random, "AROA").into());
        detail.insert("Arn".into(), role_arn(self.number, role).into());
        detail.insert("CreateDate".into(), instant(&mut self.random).into());
        let trust = trust_policy(self.world, self.number, role, &mut self.random, figures);
        detail.insert("AssumeRolePolicyDocument".into(), trust);
        let mut profiles = vec![];
        if kind == RoleKind::Service && choose(role, 8, &ROLE_SERVICES) == "ec2" {
            let bearer = Value::Object(detail.clone());
            profiles.push(json!({
                "Path": path,
                "InstanceProfileName": name,
                "InstanceProfileId": unique_id(&mut self.random, "AIPA"),
                "Arn": format!("arn:aws:iam::{}:instance-profile{path}{name}", account_id(self.number)),
                "CreateDate": instant(&mut self.random),
                "Roles": [bearer]}));
        }
        detail.insert("InstanceProfileList".into(), json!(profiles));
        if kind == RoleKind::ServiceLinked {
            detail.insert("RolePolicyList".into(), json!([]));
            detail.insert("AttachedManagedPolicies".into(), Value::Array(self.attachments(1, 0)));
            detail.insert("Tags".into(), json!([]));
        } else {
            self.policies_of(&mut detail, "RolePolicyList", role, figures);
        }
        let used = json!({"LastUsedDate": instant(&mut self.random), "Region": self.random.pick(&REGIONS)});
        detail.insert("RoleLastUsed".into(), if self.random.chance(80) { used } else { json!({}) });
        Value::Object(detail)
    }

    /// Inline policies, attachments, boundary and tags, which users and roles have alike.
    fn policies_of(
        &mut self,
        detail: &mut Map<String, Value>,
        inline_list: &str,
        number: usize,
        figures: &mut Figures,
    ) {
        let mut inline = vec![];
        let broad = self.random.chance(5);
        if broad {
            figures.count(Feature::BroadS3);
        }
        if broad || self.random.chance(38) {
            let mut document = specific_policy(self.world, self.number, &mut self.random, number);
            if let (true, Some(statements)) = (broad, document["Statement"].as_array_mut()) {
                statements.push(broad_statement());
            }
            inline.push(self.inline("specific", document, figures));
        }
        detail.insert(inline_list.into(), Value::Array(inline));
        let managed = [0, 0, 0, 0, 1, 1, 1, 2][self.random.below(8)];
        let customer = self.random.below(3);
        detail.insert("AttachedManagedPolicies".into(), Value::Array(self.attachments(managed, customer)));
        if self.random.chance(32) {
            figures.count(Feature::Boundary);
            let boundary = self.random.below(BOUNDARIES);
            self.uses[boundary].1 += 1;
            let arn = policy_arn(self.number, boundary);
            let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
            detail.insert("PermissionsBoundary".into(), boundary);
        }
        let mut tags = vec![];
        if self.random.chance(80) {
            tags.push(json!({"Key": "team", "Value": team(number)}));
        }
        if self.random.chance(50) {
            tags.push(
                json!({"Key": "stage", "Value": self.random.pick(&["production", "staging", "development"])}),
            );
        }
        detail.insert("Tags".into(), Value::Array(tags));
    }

    fn inline(&self, name: &str, document: Value, figures: &mut Figures) -> Value {
        count_document(&document, figures);
        json!({"PolicyName": name, "PolicyDocument": document})
    }

    /// Attachments of AWS managed and of customer policies.
    fn attachments(&mut self, managed: usize, customer: usize) -> Vec<Value> {
        let mut attached: Vec<(String, String)> = Vec::new();
        for _ in 0..managed {
            let rank = self.world.popularity.draw(&mut self.random);
            let policy = &self.world.managed[rank];
            if !attached.iter().any(|(name, _)| *name == policy.name) {
                *self.managed.entry(rank).or_default() += 1;
                attached.push((policy.name.clone(), policy.arn()));
            }
        }
        for _ in 0..customer {
            let policy = self.random.between(BOUNDARIES, self.customer_policies - 1);
            if !attached.iter().any(|(name, _)| *name == thing(policy)) {
                self.uses[policy].0 += 1;
                attached.push((thing(policy), policy_arn(self.number, policy)));
            }
        }
        attached.into_iter().map(|(name, arn)| json!({"PolicyName": name, "PolicyArn": arn})).collect()
    }

    fn policies(&mut self, figures: &mut Figures) -> Vec<Value> {
        let customer = self.customer_policies;
        let mut policies: Vec<Value> =
            (0..customer).map(|policy| self.customer_policy(policy, figures)).collect();
        for (&rank, &attached) in &self.managed {
            let policy = &self.world.managed[rank];
            figures.count(Feature::ManagedCopy);
            figures.document(policy.hash);
            policies.push(managed_entry(policy, attached));
        }
        policies
    }

    fn customer_policy(&mut self, policy: usize, figures: &mut Figures) -> Value {
        let (world, account) = (self.world, self.number);
        let document = match policy {
            0..BOUNDARIES => boundary(world, account, &mut self.random, policy),
            _ => specific_policy(world, account, &mut self.random, policy),
        };
        count_document(&document, figures);
        let (made, changed) = (instant(&mut self.random), instant(&mut self.random));
        let old = self.random.chance(10);
        let version = if old { "v2" } else { "v1" };
        let mut versions = vec![
            json!({"Document": document, "VersionId": version, "IsDefaultVersion": true, "CreateDate": changed}),
        ];
        if old {
            let before = specific_policy(world, account, &mut self.random, policy + 1);
            versions.push(
                json!({"Document": before, "VersionId": "v1", "IsDefaultVersion": false, "CreateDate": made}),
            );
        }
        let (attached, boundaries) = self.uses[policy];
        json!({
            "PolicyName": thing(policy),
            "PolicyId": unique_id(&mut self.random, "ANPA"),
            "Arn": policy_arn(account, policy),
            "Path": "/",
            "DefaultVersionId": version,
            "AttachmentCount": attached,
            "PermissionsBoundaryUsageCount": boundaries,
            "IsAttachable": true,
            "CreateDate": made,
            "UpdateDate": changed,
            "PolicyVersionList": versions})
    }
}

fn group_name(group: usize) -> String {
    if group == 0 { "everyone".into() } else { format!("{}-{group:03}", team(group)) }
}

fn managed_entry(policy: &ManagedPolicy, attached: usize) -> Value {
    json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn(),
        "Path": policy.path,
        "DefaultVersionId": policy.version,
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": true,
        "CreateDate": policy.created,
        "UpdateDate": policy.created,
        "PolicyVersionList": [{"Document": policy.document, "VersionId": policy.version, "IsDefaultVersion": true,
            "CreateDate": policy.created}]})
}
