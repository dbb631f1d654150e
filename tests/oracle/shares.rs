//! RAM shares of `ram-shares.json` (S-XACC-07): what a share gives callers of other accounts on a resource.

use serde_json::{Value, json};

use super::caller::Caller;
use super::derive::Place;
use super::estate::{Estate, text};
use super::json;
use super::lists;
use super::request::Layer;
use super::statement::{Policy, PolicyKind};

/// Types that RAM shares and that have no policy, as `service:beginning`.
const WITHOUT_POLICY: &str = "outposts:outpost/ outposts:site/ resource-explorer-2:view/ ec2:subnet/ ec2:security-group/ ec2:transit-gateway/ ec2:transit-gateway-multicast-domain/ \
    ec2:prefix-list/ ec2:capacity-reservation/ ec2:dedicated-host/ ec2:placement-group/ ec2:traffic-mirror-target/ \
    ec2:ipam-pool/ ec2:ipam-resource-discovery/ ec2:coip-pool/ ec2:local-gateway-route-table/ \
    ec2:verified-access-group/ license-manager:license-configuration: route53profiles:profile/ \
    rds:cluster: appmesh:mesh/ resource-groups:group/";
/// Types that RAM shares and that have a policy too.
const WITH_POLICY: &str = "route53resolver:resolver-rule/ route53resolver:firewall-rule-group/ \
    route53resolver:resolver-query-log-config/ network-firewall:firewall/ network-firewall:firewall-policy/ \
    network-firewall:stateful-rulegroup/ network-firewall:stateless-rulegroup/ networkmanager:core-network/ \
    imagebuilder:component/ imagebuilder:image/ imagebuilder:image-recipe/ imagebuilder:container-recipe/ ssm:parameter/ \
    ssm-contacts:contact/ ssm-incidents:response-plan/ acm-pca:certificate-authority/ codebuild:project/ \
    codebuild:report-group/ cloudhsm:backup/ backup:backup-vault: s3:access-grants/ glue:catalog glue:database/ glue:table/ \
    glue:tableVersion/ glue:userDefinedFunction/";

/// Whether a resource has no policy of its own and RAM shares it.
pub fn has_no_policy(arn: &str) -> bool {
    is_among(WITHOUT_POLICY, arn)
}

/// Whether no policy stands on a resource of its type. A role's trust policy does.
pub fn takes_no_policy(arn: &str) -> bool {
    let of_iam = arn.split(':').nth(2) == Some("iam") && !arn.contains(":role/");
    has_no_policy(arn) || lists::has_list(arn) || of_iam
}

fn is_among(types: &str, arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, account, resource] = parts[..] else { return false };
    let kind = format!("{service}:{resource}");
    !account.is_empty() && types.split_whitespace().any(|beginning| kind.starts_with(beginning))
}

fn is_shared(arn: &str) -> bool {
    has_no_policy(arn) || is_among(WITH_POLICY, arn)
}

/// What shares give a caller of another account, as statements that hold for it, and what may give more.
pub fn given(
    estate: &Estate,
    arn: &str,
    owner: Option<&str>,
    caller: &Caller,
    place: Option<&Place>,
) -> (Layer, Vec<String>) {
    let (mut layer, mut possible) = (Layer::default(), Vec::new());
    if !is_shared(arn) {
        return (layer, possible);
    }
    let loaded =
        owner.and_then(|owner| estate.accounts.get(owner)).is_some_and(|files| files.shares.is_object());
    if !loaded {
        possible.push(format!("shares of {arn}"));
    }
    for files in estate.accounts.values().map(|files| &files.shares) {
        let entries = |name: &str| files.get(name).map(json::list).unwrap_or_default();
        for entry in
            entries("resources").into_iter().filter(|entry| text(entry, "arn").as_deref() == Some(arn))
        {
            let share = text(entry, "resourceShareArn");
            let of_share = |entry: &&Value| text(entry, "resourceShareArn") == share;
            let policy = |document: Value| Policy {
                name: format!("share of {arn}"),
                kind: PolicyKind::Resource,
                document: json::policy(&document),
            };
            if let Some(document) = entry.get("policy").filter(|document| !document.is_null()) {
                layer.policies.push(policy(document.clone()));
                continue;
            }
            if files.get("principals").is_none() {
                possible.push("principals of a share".to_owned());
                continue;
            }
            let principals: Vec<String> =
                entries("principals").into_iter().filter(of_share).filter_map(|p| text(p, "id")).collect();
            if !principals.iter().any(|principal| means(principal, caller, place)) {
                continue;
            }
            let permissions: Vec<String> =
                entries("permissions").into_iter().filter(of_share).filter_map(|p| text(p, "arn")).collect();
            if permissions.is_empty() {
                possible.push("permissions of a share".to_owned());
            }
            for permission in permissions {
                let stated = entries("permissions")
                    .into_iter()
                    .filter(|entry| text(entry, "arn").as_ref() == Some(&permission))
                    .find_map(|entry| entry.get("permission"));
                match stated.map(json::policy) {
                    Some(Ok(mut statement)) => {
                        statement["Principal"] = json!("*");
                        statement["Resource"] = json!(arn);
                        layer.policies.push(policy(json!({"Version": "2012-10-17", "Statement": statement})));
                    }
                    _ => possible.push("permissions of a share".to_owned()),
                }
            }
        }
    }
    (layer, possible)
}

/// Whether a principal of a share is the caller, or holds its account.
pub fn means(principal: &str, caller: &Caller, place: Option<&Place>) -> bool {
    let part = principal.splitn(6, ':').nth(5).unwrap_or("");
    let steps: Vec<&str> = part.split('/').collect();
    match (principal.contains(":organizations:"), steps.as_slice()) {
        (true, ["organization", id]) => place.is_some_and(|place| place.organization == *id),
        (true, ["ou", id, unit]) => {
            place.is_some_and(|p| p.organization == *id && p.path.split('/').any(|step| step == *unit))
        }
        _ => {
            caller.account.as_deref() == Some(principal)
                || caller.text == principal
                || caller.role_arn.as_deref() == Some(principal)
        }
    }
}
