//! VPC endpoints that were not collected: what is assumed of them, and which answers say so (S-VPCE-07).

use entail::answers::{Engine, EngineOptions, Question, Reverse};
use entail::estate::{Estate, LoadOptions};
use entail::facts::Assumptions;
use entail::output::views::{can_view, who_can_view};
use entail::rules::decision::Decision;
use serde_json::{Value, json};

use crate::small_estates::written;

const ROLE: &str = "arn:aws:iam::111111111111:role/r";

/// A role that may do everything under a condition, and the endpoints of its account, if they were collected.
fn engine(condition: &Value, endpoints: Option<Value>, assumptions: Assumptions) -> Engine {
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    let role = json!({"RoleName": "r", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/", "Arn": ROLE,
        "AttachedManagedPolicies": [], "Tags": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": allow}}]});
    let bucket = json!({"Arn": "arn:aws:s3:::b", "Account": "111111111111", "Tags": {}, "Policy": null,
        "Settings": {"ObjectOwnership": "BucketOwnerEnforced"}});
    let mut files = json!({
        "accounts/111111111111/authorization-details.json":
            {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []},
        "accounts/111111111111/resource-policies.json": [bucket],
    });
    if let Some(endpoints) = endpoints {
        files["accounts/111111111111/vpc-endpoints.json"] = endpoints;
    }
    let folder = written(&files);
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    Engine::new(&estate, EngineOptions { assumptions, ..EngineOptions::default() })
}

fn question() -> Question {
    Question::new(ROLE, "s3:GetObject", "arn:aws:s3:::b/k")
}

/// The decision, and whether the answer names what it assumes of endpoints; `who-can` must name it alike.
fn asked(engine: &Engine, question: &Question) -> (Decision, bool) {
    let answer = engine.can(question).expect("an answer");
    let named = can_view(&answer, None, false).assumed.contains_key("S-VPCE-07");
    let reverse = Reverse {
        action: question.action.clone(),
        resource: question.resource.clone(),
        context: question.context.clone(),
        ..Reverse::default()
    };
    let found = engine.who_can(&reverse).expect("an answer");
    assert_eq!(who_can_view(&[found], false).assumed.contains_key("S-VPCE-07"), named);
    (answer.decided.decision, named)
}

#[test]
fn an_answer_that_may_rest_on_an_unknown_endpoint_says_so() {
    let through = json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}});
    let default = Assumptions::default;
    assert_eq!(asked(&engine(&through, None, default()), &question()), (Decision::Conditional, true));
    assert_eq!(asked(&engine(&json!({}), None, default()), &question()), (Decision::Allowed, false));
    let collected = Some(json!({"VpcEndpoints": []}));
    let all = engine(&through, collected, default());
    assert_eq!(asked(&all, &question()), (Decision::Conditional, false));
    // It comes through an endpoint, and nothing says which.
    let mut from_address = question();
    from_address.context.add("aws:VpcSourceIp", "10.0.0.1");
    assert_eq!(asked(&engine(&json!({}), None, default()), &from_address), (Decision::Allowed, true));
    // The one that is named is missing, and not assumed to be anything.
    let mut named = question();
    named.context.add("aws:SourceVpce", "vpce-1");
    assert_eq!(asked(&engine(&json!({}), None, default()), &named), (Decision::Unknown, false));
}

#[test]
fn with_nothing_assumed_an_unknown_endpoint_may_stop_everything() {
    let nothing = Assumptions::nothing;
    assert_eq!(asked(&engine(&json!({}), None, nothing()), &question()), (Decision::Conditional, false));
    let mut public = question();
    public.context.add("aws:SourceIp", "203.0.113.1");
    assert_eq!(asked(&engine(&json!({}), None, nothing()), &public), (Decision::Allowed, false));
    let collected = Some(json!({"VpcEndpoints": []}));
    assert_eq!(asked(&engine(&json!({}), collected, nothing()), &question()), (Decision::Allowed, false));
}

/// An endpoint of S3 in a Region, which lets nothing pass.
fn closed(region: &str) -> Option<Value> {
    let deny = json!({"Version": "2012-10-17", "Statement":
        [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]});
    Some(json!({"VpcEndpoints": [{"VpcEndpointId": "vpce-1", "VpcId": "vpc-1", "VpcEndpointType": "Gateway",
        "ServiceName": format!("com.amazonaws.{region}.s3"), "PolicyDocument": deny.to_string()}]}))
}

#[test]
fn an_endpoint_of_another_partition_is_no_path() {
    let of = |region| asked(&engine(&json!({}), closed(region), Assumptions::default()), &question());
    assert_eq!(of("cn-north-1"), (Decision::Allowed, false));
    assert_eq!(of("us-gov-west-1"), (Decision::Allowed, false));
    assert_eq!(of("eu-west-1"), (Decision::Conditional, false));
    // A Region that is not known yet may be of any partition.
    assert_eq!(of("xx-new-1"), (Decision::Conditional, false));
}
