//! Requests on several resources, each of which has keys of its own (S-RES-20).

use serde_json::{Value, json};

use super::genes::Genes;

/// Actions on two resources, with the keys that each has for itself.
const CALLS: &[(&str, [&str; 2], &[&str])] = &[
    (
        "ec2:AttachVolume",
        ["arn:aws:ec2:us-east-1:111111111111:instance/i-1", "arn:aws:ec2:us-east-1:111111111111:volume/v-1"],
        &["aws:ResourceTag/k", "aws:ResourceAccount", "ec2:ResourceTag/k"],
    ),
    (
        "s3:GetObject",
        ["arn:aws:s3:::b/x", "arn:aws:s3:::b/y"],
        &["s3:ExistingObjectTag/k", "aws:ResourceAccount", "s3:ResourceAccount"],
    ),
];

/// Keys that the request has once.
const SHARED: &[&str] = &["aws:PrincipalTag/team", "aws:SourceIdentity", "aws:UserAgent", "aws:PrincipalArn"];
const CALLER: &str = "arn:aws:iam::111111111111:user/u";

/// Puts a request on two resources in place of a scenario's, with nothing known of the keys that its policies ask.
pub fn several_resources(scenario: &mut Value, genes: &mut Genes) {
    let (action, resources, own) = genes.pick(CALLS);
    let keys: Vec<&str> =
        (0..2).map(|_| if genes.chance(200) { genes.pick(own) } else { genes.pick(SHARED) }).collect();
    let mut statements = Vec::new();
    for _ in 0..2 + genes.below(3) {
        let effect = if genes.chance(80) { "Deny" } else { "Allow" };
        let resource = genes.pick(&[resources[0], resources[1], "*"]);
        let mut statement = json!({"Effect": effect, "Action": action, "Resource": resource});
        if effect == "Deny" || genes.chance(200) {
            let operator = genes.pick(&["StringEquals", "StringNotEquals", "StringEqualsIfExists"]);
            let values = if genes.chance(40) { json!(["1", "2"]) } else { json!(genes.pick(&["1", "2"])) };
            let key = genes.pick(&keys);
            let values = match (key, &values) {
                ("aws:PrincipalArn", Value::String(one)) if one == "1" => json!(CALLER),
                ("aws:PrincipalArn", Value::String(_)) => json!("arn:aws:iam::111111111111:user/v"),
                _ => values,
            };
            statement["Condition"] = json!({operator: {key: values}});
        }
        statements.push(statement);
    }
    let stated = |(at, arn): (usize, &&str)| match at == 0 && genes.chance(60) {
        true => json!({"arn": arn, "account": "111111111111", "context": {own[0]: "1"}}),
        false => json!({"arn": arn, "account": "111111111111"}),
    };
    let mut stated: Vec<Value> = resources.iter().enumerate().map(stated).collect();
    let open = genes.chance(60);
    // A bucket of another account, whose policy lets the caller in or not.
    if action == "s3:GetObject" && genes.chance(100) {
        let other = &mut stated[1];
        other["account"] = json!("222222222222");
        if genes.chance(200) {
            other["policies"] = json!([{"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": CALLER}, "Action": action, "Resource": resources[1]},
            ]}]);
        }
    }
    *scenario = json!({
        "request": {"principal": CALLER, "action": action, "context": {}},
        "resources": stated,
        "identity_policies": [{"Version": "2012-10-17", "Statement": statements}],
    });
    match open {
        true => scenario["partial"] = json!(true),
        false => scenario["unknown"] = json!(keys),
    }
}
