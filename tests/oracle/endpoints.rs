//! VPC endpoints of an estate (S-VPCE-01, S-VPCE-07).

use serde_json::Value;

use super::catalog::Catalog;
use super::estate::{Estate, text};
use super::gates::listed;
use super::json;
use super::request::Layer;
use super::statement::{Policy, PolicyKind};

pub fn endpoint_side(estate: &Estate, id: &str) -> Layer {
    let Some(entry) = estate.endpoint(id) else {
        return Layer { policies: Vec::new(), missing: vec![format!("policy of endpoint {id}")] };
    };
    let policed = !matches!(text(entry, "VpcEndpointType").as_deref(), Some("GatewayLoadBalancer"));
    if entry.get("PolicyDocument").is_none() && policed {
        return Layer { policies: Vec::new(), missing: vec![format!("policy of endpoint {id}")] };
    }
    let gateway = text(entry, "VpcEndpointType").as_deref() == Some("Gateway");
    let kind = if gateway { PolicyKind::GatewayEndpoint } else { PolicyKind::Endpoint };
    let full = serde_json::json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}});
    let document = entry.get("PolicyDocument").filter(|d| !d.is_null()).map_or(Ok(full), json::policy);
    Layer {
        policies: vec![Policy { name: format!("policy of endpoint {id}"), kind, document }],
        missing: Vec::new(),
    }
}

/// Names of endpoint services of some services that are called otherwise in policies: those that are called otherwise from the
/// start, and the ends that are dropped from others.
const ENDPOINT_NAMES: &str = "airflow=airflow.api airflow=airflow.env airflow=airflow.ops aps=aps-workspaces \
    appconfig=appconfigdata bedrock=bedrock-runtime bedrock=bedrock-agent bedrock=bedrock-agent-runtime \
    cloudformation=cloudcontrolapi cloudwatch=monitoring codeartifact=codeartifact.api \
    codeartifact=codeartifact.repositories codecommit=git-codecommit dynamodb=dynamodb-streams ecr=ecr.api ecr=ecr.dkr \
    ecs=ecs-agent ecs=ecs-telemetry firehose=kinesis-firehose iot=iot.data iot=iot.credentials iot=iot.api \
    iotdeviceadvisor=deviceadvisor.iot iotfleethub=iot.fleethub.api kinesis=kinesis-streams \
    omics=analytics-omics omics=storage-omics omics=control-storage-omics omics=tags-omics omics=workflows-omics \
    s3=s3-global.accesspoint sagemaker=sagemaker.api sagemaker=sagemaker.runtime sagemaker=sagemaker.metrics \
    sagemaker=sagemaker.featurestore-runtime ses=email-smtp ses=email states=sync-states tag=tagging \
    timestream=timestream.ingest-cell1 timestream=timestream.query-cell1 transfer=transfer.server";

/// Whether an endpoint is for a service, for all that its name tells: `None` if it tells nothing.
fn is_for(entry: &Value, service: &str, catalog: &Catalog) -> Option<bool> {
    let name = text(entry, "ServiceName").unwrap_or_default();
    let name = name.strip_prefix("cn.").unwrap_or(&name);
    let kind = text(entry, "VpcEndpointType").unwrap_or_default();
    if name.starts_with("com.amazonaws.vpce.") || kind == "GatewayLoadBalancer" {
        return Some(false);
    }
    let parts: Vec<&str> = name.split('.').collect();
    let end = match parts.as_slice() {
        ["aws", "sagemaker", ..] => "sagemaker".to_owned(),
        ["com", "amazonaws", region, rest @ ..] if is_region(region) && !rest.is_empty() => rest.join("."),
        ["com", "amazonaws", rest @ ..] | ["aws", "api", _, rest @ ..] if !rest.is_empty() => rest.join("."),
        _ => return None,
    };
    let end = end.replace("-fips", "");
    let of_others = ENDPOINT_NAMES.split_whitespace().any(|pair| pair.ends_with(&format!("={end}")));
    if of_others {
        return Some(listed(ENDPOINT_NAMES, &format!("{service}={end}")));
    }
    catalog.has_service(&end).then_some(end == service)
}

fn is_region(part: &str) -> bool {
    let last = part.chars().last();
    part.split('-').count() > 2 && last.is_some_and(|last| last.is_ascii_digit())
}

/// The endpoints that a request for a service may come through.
pub fn endpoints_for<'e>(
    estate: &'e Estate,
    service: &str,
    region: &str,
    catalog: &Catalog,
) -> Vec<&'e Value> {
    let is_there = |entry: &&Value| {
        let gone = ["deleting", "deleted", "rejected", "failed", "expired"];
        let state = text(entry, "State").unwrap_or_default().to_lowercase();
        let name = text(entry, "ServiceName").unwrap_or_default();
        let of_name = name.split('.').find(|part| is_region(part)).map(str::to_owned);
        !gone.contains(&state.as_str()) && (region.is_empty() || of_name.is_none_or(|of| of == region))
    };
    let may_be = |entry: &&Value| is_for(entry, service, catalog) != Some(false);
    // One whose policy was not collected is one that was not loaded, and is assumed to let everything pass.
    let is_loaded = |entry: &&Value| entry.get("PolicyDocument").is_some();
    estate.endpoints().into_iter().filter(may_be).filter(is_there).filter(is_loaded).collect()
}

/// The one endpoint of a VPC for a service (S-VPCE-07); none or several: nobody knows what its policy says.
pub fn endpoint_of_vpc(estate: &Estate, vpc: &str, service: &str, catalog: &Catalog) -> Layer {
    let of_vpc: Vec<&Value> = endpoints_for(estate, service, "", catalog)
        .into_iter()
        .filter(|entry| text(entry, "VpcId").as_deref() == Some(vpc))
        .collect();
    match of_vpc.as_slice() {
        [one] if is_for(one, service, catalog).is_some() => {
            endpoint_side(estate, &text(one, "VpcEndpointId").unwrap_or_default())
        }
        _ => Layer {
            policies: Vec::new(),
            missing: vec![format!("policy of the endpoint of {vpc} for {service}")],
        },
    }
}
