//! VPC endpoints of an estate (S-VPCE-01, S-VPCE-07).

use serde_json::Value;

use super::estate::{Estate, text};
use super::gates::listed;
use super::json;
use super::request::Layer;
use super::statement::{Policy, PolicyKind};

pub fn endpoint_side(estate: &Estate, id: &str) -> Layer {
    let Some(entry) = estate.endpoint(id) else {
        return Layer { policies: Vec::new(), missing: vec![format!("policy of endpoint {id}")] };
    };
    let gateway = text(entry, "VpcEndpointType").as_deref() == Some("Gateway");
    let kind = if gateway { PolicyKind::GatewayEndpoint } else { PolicyKind::Endpoint };
    let full = serde_json::json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}});
    let document = entry.get("PolicyDocument").filter(|d| !d.is_null()).map_or(Ok(full), json::policy);
    Layer {
        policies: vec![Policy { name: format!("policy of endpoint {id}"), kind, document }],
        missing: Vec::new(),
    }
}

/// Names of endpoint services of some services that are called otherwise in policies.
const ENDPOINT_NAMES: &str = "cloudwatch=monitoring ecr=ecr.api ecr=ecr.dkr kinesis=kinesis-streams \
    firehose=kinesis-firehose s3=s3-global.accesspoint states=sync-states";

/// The endpoints of a service.
pub fn endpoints_for<'e>(estate: &'e Estate, service: &str, region: &str) -> Vec<&'e Value> {
    let is_there = |entry: &&Value| {
        let gone = ["deleting", "deleted", "rejected", "failed", "expired"];
        let state = text(entry, "State").unwrap_or_default().to_lowercase();
        let name = text(entry, "ServiceName").unwrap_or_default();
        let of_name = name.split('.').nth(2).filter(|part| part.split('-').count() > 2);
        !gone.contains(&state.as_str()) && (region.is_empty() || of_name.is_none_or(|of| of == region))
    };
    let is_of_service = |entry: &&Value| {
        let name = text(entry, "ServiceName").unwrap_or_default();
        let end = name.split('.').skip(3).collect::<Vec<_>>().join(".");
        end == service || listed(ENDPOINT_NAMES, &format!("{service}={end}"))
    };
    estate.endpoints().into_iter().filter(is_of_service).filter(is_there).collect()
}

/// The one endpoint of a VPC for a service (S-VPCE-07); none or several: nobody knows what its policy says.
pub fn endpoint_of_vpc(estate: &Estate, vpc: &str, service: &str) -> Layer {
    let of_vpc: Vec<&Value> = endpoints_for(estate, service, "")
        .into_iter()
        .filter(|entry| text(entry, "VpcId").as_deref() == Some(vpc))
        .collect();
    match of_vpc.as_slice() {
        [one] => endpoint_side(estate, &text(one, "VpcEndpointId").unwrap_or_default()),
        _ => Layer {
            policies: Vec::new(),
            missing: vec![format!("policy of the endpoint of {vpc} for {service}")],
        },
    }
}
