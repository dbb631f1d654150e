//! Scenarios of design: a request, and policies around it.

use serde_json::{Map, Value, json};

use super::genes::Genes;
use super::several::several_resources;
use super::statements::{About, KEYS, Place, policy};

const CALLERS: &[&str] = &[
    "arn:aws:iam::111111111111:user/u",
    "arn:aws:iam::111111111111:role/r1",
    "arn:aws:sts::111111111111:assumed-role/r1/s1",
    "arn:aws:iam::222222222222:user/v",
    "arn:aws:iam::111111111111:user/u",
    "arn:aws:iam::222222222222:role/r3",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::222222222222:root",
    "arn:aws:sts::111111111111:federated-user/ann",
    "anonymous",
    "lambda.amazonaws.com",
    "arn:aws:iam::111111111111:saml-provider/idp",
    "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/r9",
    "arn:aws:iam::999999999999:user/boss",
];

const TARGETS: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::b/x"),
    ("s3:ListBucket", "arn:aws:s3:::b"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:q"),
    ("s3:GetObject", "arn:aws:s3:::b/u"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/k1"),
    ("sts:AssumeRole", "arn:aws:iam::111111111111:role/r2"),
    ("s3:ListAllMyBuckets", "*"),
    ("ec2:DescribeInstances", "*"),
    ("sqs:SetQueueAttributes", "arn:aws:sqs:us-east-1:111111111111:q"),
    ("s3:PutBucketPolicy", "arn:aws:s3:::b"),
    ("kms:ScheduleKeyDeletion", "arn:aws:kms:us-east-1:111111111111:key/k1"),
    ("sts:AssumeRoleWithSAML", "arn:aws:iam::111111111111:role/r2"),
    ("iam:PassRole", "arn:aws:iam::111111111111:role/r2"),
    ("iam:ListUsers", "*"),
    ("sts:GetCallerIdentity", "*"),
    ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111111111111:table/t"),
    ("dynamodb:CreateTable", "arn:aws:dynamodb:us-east-1:111111111111:table/t"),
    ("sns:Publish", "arn:aws:sns:us-east-1:111111111111:t"),
    ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111111111111:function:f"),
    ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111111111111:secret:s-abcdef"),
];

const NAMED: &[&str] = &[
    "arn:aws:iam::111111111111:user/u",
    "arn:aws:iam::111111111111:role/r1",
    "111111111111",
    "arn:aws:sts::111111111111:assumed-role/r1/s1",
    "arn:aws:iam::222222222222:root",
    "arn:aws:iam::222222222222:user/v",
    "arn:aws:iam::222222222222:role/r3",
    "arn:aws:sts::111111111111:federated-user/ann",
    "lambda.amazonaws.com",
    "arn:aws:iam::111111111111:saml-provider/idp",
    "999999999999",
    "arn:aws:iam::111111111111:role/*",
    "nobody",
];

fn policies(genes: &mut Genes, about: &About, place: Place, most: usize) -> Value {
    (0..genes.below(most) + 1).map(|_| policy(genes, about, place)).collect()
}

fn levels(genes: &mut Genes, about: &About, place: Place) -> Value {
    let level = |(index, genes): (usize, &mut Genes)| {
        let policies: Value =
            (0..=usize::from(genes.chance(50))).map(|_| policy(genes, about, place)).collect();
        json!({"level": format!("level {index}"), "policies": policies})
    };
    let many = 1 + genes.below(3);
    (0..many).map(|index| level((index, genes))).collect()
}

/// A scenario made of bytes.
pub fn scenario(bytes: &[u8]) -> Value {
    let genes = &mut Genes::new(bytes);
    let (action, resource) = genes.pick(TARGETS);
    let caller = genes.pick(CALLERS);
    let about = About {
        action,
        resource,
        principals: if genes.chance(150) { std::slice::from_ref(&caller) } else { NAMED },
        gateway: action.starts_with("s3:") || action.starts_with("dynamodb:"),
    };
    let mut context = Map::new();
    for (key, values) in KEYS {
        if genes.chance(90) {
            // What a request holds is never malformed, and has no wildcards.
            let value = genes.pick(&values[..values.len().min(2)]);
            let value =
                if value.contains(['*', '/', '?']) && *key != "aws:PrincipalArn" { values[0] } else { value };
            let value = match *key {
                "aws:TagKeys" if genes.chance(128) => json!(["a", "b"]),
                "aws:TagKeys" => json!([value]),
                "aws:PrincipalArn" => json!(values[0]),
                _ if genes.chance(8) => json!(""),
                _ => json!(value),
            };
            context.insert((*key).to_owned(), value);
        }
    }
    let owner = if genes.chance(60) { "222222222222" } else { "111111111111" };
    let owner = match resource.split(':').nth(4) {
        Some(account) if account.len() == 12 => account,
        _ => owner,
    };
    let mut request =
        json!({"principal": caller, "action": action, "resource": resource, "context": context});
    if resource != "*" {
        request["resource_account"] = json!(owner);
    }
    let mut scenario =
        json!({"request": request, "identity_policies": policies(genes, &about, Place::Identity, 3)});
    let mut set = |name: &str, value: Value| scenario[name] = value;
    let place = if action.starts_with("sts:") { Place::Trust } else { Place::Resource };
    if genes.chance(150) || action.starts_with("kms:") || place == Place::Trust {
        set("resource_policy", policy(genes, &about, place));
    }
    if genes.chance(100) {
        set("boundaries", policies(genes, &about, Place::Boundary, 1));
    }
    if genes.chance(50)
        && (caller.contains(":role/r")
            || caller.contains(":user/")
            || caller.contains("assumed-role")
            || caller.contains("federated-user"))
    {
        set("session_policy", policy(genes, &about, Place::Session));
    }
    if genes.chance(70) {
        set("scps", levels(genes, &about, Place::Scp));
    }
    if genes.chance(60) {
        set("rcps", levels(genes, &about, Place::Rcp));
    }
    if genes.chance(80) {
        set("endpoint_policies", policies(genes, &about, Place::Endpoint, 1));
    }
    if genes.chance(60) {
        let paths = json!(["r-1", "ou-1"]);
        set(
            "organization",
            json!({"id": "o-1", "management_account": "999999999999", "principal_path": paths, "resource_path": paths}),
        );
    }
    if genes.chance(30) {
        set("settings", json!({"s3_block_public_access": true}));
    }
    if caller.contains("federated-user") {
        set("caller", json!({"kind": "federated-user", "user_arn": "arn:aws:iam::111111111111:user/u"}));
    } else if caller.ends_with("user/u") && genes.chance(16) {
        set("caller", json!({"kind": "session-token"}));
    }
    // Of a service nobody knows which principal keys follow (U-24), and the oracle derives none.
    if genes.chance(50) && caller != "lambda.amazonaws.com" {
        set("derive", json!(true));
    }
    let of_account = caller.starts_with("arn:")
        && !caller.contains(":saml-provider/")
        && !caller.contains("/aws-service-role/");
    // A pattern that can't be read and stands for resources of another service is narrowed by the engine alone (S-TRI-07).
    let same_service = !scenario.to_string().contains("${aws:username\"");
    match genes.below(24) {
        16..=23 if !same_service => {}
        17 | 18 | 22 | 23 if !of_account => {}
        17 | 23 => {
            let asked = [
                ("organizations:DescribeOrganization", "organization/o-1"),
                ("organizations:DescribeAccount", "account/o-1/222222222222"),
                ("organizations:DescribeAccount", "account/o-1/999999999999"),
            ];
            organization_request(&mut scenario, genes.pick(&asked));
            delegate(&mut scenario, genes);
        }
        18 => organization_request(
            &mut scenario,
            ("organizations:AttachPolicy", "policy/o-1/service_control_policy/p-examplepolicy"),
        ),
        22 => root_session(&mut scenario, genes),
        19..=21 => public_bucket(&mut scenario, genes),
        16 if action.starts_with("sqs:") || action.starts_with("s3:") => role_grant(&mut scenario, genes),
        _ if same_service && genes.chance(20) => further_permission(&mut scenario, genes),
        _ => {}
    }
    if genes.chance(12) {
        several_resources(&mut scenario, genes);
    }
    scenario
}

/// The same caller asks for something of its organisation, which belongs to the management account. Statements about the
/// action before are about this one.
fn organization_request(scenario: &mut Value, (action, resource): (&str, &str)) {
    let before = scenario["request"]["action"].clone();
    let before = before.as_str().unwrap_or_default();
    let arn = format!("arn:aws:organizations::999999999999:{resource}");
    let text = scenario.to_string().replace(&format!("\"{before}\""), &format!("\"{action}\""));
    let Ok(mut changed) = serde_json::from_str::<Value>(&text) else { return };
    changed["request"]["resource"] = json!(arn);
    changed["request"]["resource_account"] = json!("999999999999");
    changed["organization"] = json!({"id": "o-1", "management_account": "999999999999", "principal_path": ["r-1"], "resource_path": ["r-1"]});
    let statements = changed["resource_policy"]["Statement"].as_array_mut();
    for statement in statements.into_iter().flatten().filter(|statement| statement.get("Resource").is_some())
    {
        statement["Resource"] = json!("*");
    }
    if action == "organizations:AttachPolicy"
        && changed["request"]["principal"] != "arn:aws:iam::999999999999:user/boss"
    {
        changed["resource_policy"] = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ["111111111111", "222222222222"]}, "Action": action, "Resource": "*"},
        ]});
    }
    *scenario = changed;
}

/// The same caller opens a session of a root user, as its organisation lets it or not (S-SESS-10).
fn root_session(scenario: &mut Value, genes: &mut Genes) {
    organization_request(scenario, ("sts:AssumeRoot", "root"));
    let root = format!("arn:aws:iam::{}:root", genes.pick(&["111111111111", "222222222222", "999999999999"]));
    scenario["request"]["resource"] = json!(root);
    scenario["request"]["resource_account"] = Value::Null;
    scenario["resource_policy"] = Value::Null;
    delegate(scenario, genes);
}

/// States what the organisation delegates, or leaves it open.
fn delegate(scenario: &mut Value, genes: &mut Genes) {
    let organization = &mut scenario["organization"];
    if genes.chance(220) {
        let service = genes.pick(&["iam.amazonaws.com", "iam.amazonaws.com", "guardduty.amazonaws.com"]);
        let accounts: &[&str] = if genes.chance(200) { &["111111111111", "222222222222"] } else { &[] };
        organization["delegated_administrators"] = json!({service: accounts});
    }
    if genes.chance(200) {
        organization["root_sessions"] = json!(genes.chance(220));
    }
}

/// A grant to the role of a session of the same account, whose own policies may be silent.
fn role_grant(scenario: &mut Value, genes: &mut Genes) {
    let role = "arn:aws:iam::111111111111:role/r1";
    scenario["request"]["principal"] = json!(role);
    scenario["caller"] = Value::Null;
    if scenario["request"]["resource"] != "*" {
        scenario["request"]["resource_account"] = json!("111111111111");
    }
    if genes.chance(128) {
        scenario["identity_policies"] = json!([]);
    }
    scenario["resource_policy"] = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": role}, "Action": scenario["request"]["action"], "Resource": scenario["request"]["resource"]},
    ]});
}

/// A call that needs a further permission, which the policies that let the caller in may give or not.
fn further_permission(scenario: &mut Value, genes: &mut Genes) {
    const ROLE: &str = "arn:aws:iam::111111111111:role/r2";
    const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";
    let (caller, action, resource, further) = genes.pick(&[
        ("pods.eks.amazonaws.com", "sts:AssumeRole", ROLE, "sts:TagSession"),
        ("arn:aws:sts::111111111111:assumed-role/r1/s1", "sts:AssumeRole", ROLE, "sts:SetSourceIdentity"),
        ("arn:aws:sts::111111111111:assumed-role/r1/s1", "sts:AssumeRole", ROLE, "sts:TagSession"),
        ("arn:aws:iam::111111111111:user/u", "lambda:InvokeFunctionUrl", FUNCTION, "lambda:InvokeFunction"),
    ]);
    let request = &mut scenario["request"];
    for (field, value) in [("principal", caller), ("action", action), ("resource", resource)] {
        request[field] = json!(value);
    }
    request["resource_account"] = json!("111111111111");
    if further == "sts:SetSourceIdentity" {
        request["context"]["aws:SourceIdentity"] = json!("ann");
    }
    let session = caller.contains(":assumed-role/");
    scenario["caller"] = match (session, further) {
        (true, "sts:TagSession") => {
            json!({"kind": "session", "role_arn": "arn:aws:iam::111111111111:role/r1", "transitive_tags": {"project": "x"}})
        }
        _ => Value::Null,
    };
    if !session {
        scenario["derive"] = Value::Null;
    }
    let mut actions = || if genes.chance(128) { json!([action, further]) } else { json!(action) };
    scenario["identity_policies"] = json!([{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions(), "Resource": "*"},
    ]}]);
    let principal = match caller.starts_with("arn:") {
        true => json!({"AWS": caller}),
        false => json!({"Service": caller}),
    };
    let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": actions()});
    if resource == FUNCTION {
        statement["Resource"] = json!(FUNCTION);
    }
    scenario["resource_policy"] = json!({"Version": "2012-10-17", "Statement": [statement]});
}

/// A bucket whose policy lets everybody in, and whose account blocks public access or does not.
fn public_bucket(scenario: &mut Value, genes: &mut Genes) {
    scenario["request"]["action"] = json!("s3:GetObject");
    scenario["request"]["resource"] = json!("arn:aws:s3:::b/x");
    scenario["request"]["resource_account"] = json!("111111111111");
    scenario["settings"] = json!({"s3_block_public_access": genes.chance(200)});
    // Blocked are strangers: callers of other accounts, and of none.
    if genes.chance(220) {
        scenario["request"]["principal"] =
            json!(genes.pick(&["anonymous", "arn:aws:iam::222222222222:user/v"]));
        scenario["caller"] = Value::Null;
    }
    scenario["resource_policy"] = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
    ]});
}
