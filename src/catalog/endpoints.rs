//! Which services a VPC endpoint leads to, by the name of its endpoint service (S-VPCE-07).
//!
//! source   "AWS services that integrate with AWS PrivateLink", as of September 2026

use super::Catalog;

/// Endpoint services that are not called as their service is called in policies, with the first parts of the actions that are
/// called through them. `console` shows pages and is called by no action of its own.
const OTHERWISE: &[(&str, &str)] = &[
    ("airflow.api", "airflow"),
    ("airflow.env", "airflow"),
    ("airflow.ops", "airflow"),
    ("analytics-omics", "omics"),
    ("appconfigdata", "appconfig"),
    ("appmesh-envoy-management", "appmesh"),
    ("apprunner.requests", "apprunner"),
    ("appstream.api", "appstream"),
    ("appstream.streaming", "appstream"),
    ("appsync-api", "appsync"),
    ("aps-workspaces", "aps"),
    ("arsenal-discovery", "discovery"),
    ("bedrock-agent", "bedrock"),
    ("bedrock-agent-runtime", "bedrock"),
    ("bedrock-agentcore-control", "bedrock-agentcore"),
    ("bedrock-agentcore.gateway", "bedrock-agentcore"),
    ("bedrock-data-automation", "bedrock"),
    ("bedrock-data-automation-runtime", "bedrock"),
    ("bedrock-runtime", "bedrock"),
    ("cassandra-streams", "cassandra"),
    ("cloudcontrolapi", "cloudformation"),
    ("cloudhsmv2", "cloudhsm"),
    ("codeartifact.api", "codeartifact"),
    ("codeartifact.repositories", "codeartifact"),
    ("codeconnections.api", "codeconnections codestar-connections"),
    ("codestar-connections.api", "codeconnections codestar-connections"),
    ("codewhisperer", "q qdeveloper codewhisperer"),
    ("console", ""),
    ("control-storage-omics", "omics"),
    ("data-servicediscovery", "servicediscovery"),
    ("deadline.management", "deadline"),
    ("deadline.scheduling", "deadline"),
    ("deviceadvisor.iot", "iotdeviceadvisor"),
    ("dicom-medical-imaging", "medical-imaging"),
    ("dynamodb-streams", "dynamodb"),
    ("ecr.api", "ecr"),
    ("ecr.dkr", "ecr"),
    ("ecs-agent", "ecs"),
    ("ecs-telemetry", "ecs"),
    ("eks-proxy", "eks"),
    ("elastic-inference.runtime", "elastic-inference"),
    ("elasticbeanstalk-health", "elasticbeanstalk"),
    ("email", "ses"),
    ("email-smtp", "ses"),
    ("emr-serverless-services.livy", "emr-serverless"),
    ("emr-serverless.dashboard", "emr-serverless"),
    ("emrwal.prod", "emrwal elasticmapreduce"),
    ("evidently-dataplane", "evidently"),
    ("finspace", "finspace finspace-api"),
    ("finspace-api", "finspace finspace-api"),
    ("forecastquery", "forecast"),
    ("geo.geofencing", "geo"),
    ("geo.maps", "geo geo-maps"),
    ("geo.metadata", "geo"),
    ("geo.places", "geo geo-places"),
    ("geo.routes", "geo geo-routes"),
    ("geo.tracking", "geo"),
    ("git-codecommit", "codecommit"),
    ("glue.dashboard", "glue"),
    ("grafana-workspace", "grafana"),
    ("guardduty-data", "guardduty"),
    ("highlander", "workspaces"),
    ("iot.api", "iot"),
    ("iot.credentials", "iot"),
    ("iot.data", "iot"),
    ("iot.fleethub.api", "iotfleethub"),
    ("iot.tunneling.api", "iot"),
    ("iot.tunneling.data", "iot"),
    ("iotfleethub.api", "iotfleethub"),
    ("iotmanagedintegrations.api", "iotmanagedintegrations"),
    ("iotroborunner", "iotroborunner"),
    ("iotsitewise.api", "iotsitewise"),
    ("iotsitewise.data", "iotsitewise"),
    ("iottwinmaker.api", "iottwinmaker"),
    ("iottwinmaker.data", "iottwinmaker"),
    ("iotwireless.api", "iotwireless"),
    ("ivs.contribute", "ivs"),
    ("kinesis-firehose", "firehose"),
    ("kinesis-streams", "kinesis"),
    ("lorawan.cups", "iotwireless"),
    ("lorawan.lns", "iotwireless"),
    ("mail-manager", "ses"),
    ("mail-manager-smtp.auth", "ses"),
    ("mail-manager-smtp.open", "ses"),
    ("managedblockchain.bitcoin.mainnet", "managedblockchain"),
    ("managedblockchain.bitcoin.testnet", "managedblockchain"),
    ("memory-db", "memorydb"),
    ("metering-marketplace", "aws-marketplace"),
    ("models-v2-lex", "lex"),
    ("monitoring", "cloudwatch"),
    ("neptune-graph-data", "neptune-graph"),
    ("networkflowmonitorreports", "networkflowmonitor"),
    ("payment-cryptography.controlplane", "payment-cryptography"),
    ("payment-cryptography.dataplane", "payment-cryptography"),
    ("personalize-events", "personalize"),
    ("personalize-runtime", "personalize"),
    ("pinpoint", "mobiletargeting"),
    ("pinpoint-sms-voice-v2", "sms-voice"),
    ("pipes-data", "pipes"),
    ("pricing.api", "pricing"),
    ("q", "q qdeveloper codewhisperer"),
    ("qldb.session", "qldb"),
    ("quicksight-website", "quicksight"),
    ("rum-dataplane", "rum"),
    ("runtime-medical-imaging", "medical-imaging"),
    ("runtime-v2-lex", "lex"),
    ("s3-global.accesspoint", "s3"),
    ("sagemaker.api", "sagemaker"),
    ("sagemaker.featurestore-runtime", "sagemaker"),
    ("sagemaker.metrics", "sagemaker"),
    ("sagemaker.runtime", "sagemaker"),
    ("service.user-subscriptions", "user-subscriptions"),
    ("servicecatalog-appregistry", "servicecatalog"),
    ("storage-omics", "omics"),
    ("streaming-rekognition", "rekognition"),
    ("sync-states", "states"),
    ("tagging", "tag"),
    ("tags-omics", "omics"),
    ("thinclient.api", "thinclient"),
    ("transcribestreaming", "transcribe"),
    ("transfer.server", "transfer"),
    ("workflows-omics", "omics"),
];

/// Endpoint services whose names end in the number of a cell.
const CELLS: &[(&str, &str)] = &[
    ("dsql-", "dsql"),
    ("emr-service-cell", "elasticmapreduce"),
    ("timestream.ingest-cell", "timestream"),
    ("timestream.query-cell", "timestream"),
];

/// Types of endpoints that lead to what customers run, and to no AWS service.
const OF_CUSTOMERS: &[&str] = &["GatewayLoadBalancer", "Resource", "ServiceNetwork"];

/// Where requests through a VPC endpoint go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To these services, by the first parts of their actions; none: no AWS service is called through it.
    To(Vec<&'static str>),
    /// Nobody knows. S-VPCE-07, design: what cannot be placed fails closed, so that it may stand on the way to every service. Its
    /// policy then stops only requests that come through it, which is no wrong answer for a service that it does not lead to.
    Anywhere,
}

/// Where an endpoint leads, by its type and the name of its endpoint service.
pub fn leads_to(kind: Option<&str>, name: Option<&str>) -> Leads {
    if kind.is_some_and(|kind| OF_CUSTOMERS.iter().any(|other| other.eq_ignore_ascii_case(kind))) {
        return Leads::To(Vec::new());
    }
    let name = name.unwrap_or_default().to_ascii_lowercase();
    if name.starts_with("com.amazonaws.vpce.") || name.starts_with("cn.com.amazonaws.vpce.") {
        return Leads::To(Vec::new());
    }
    if name.starts_with("aws.sagemaker.") {
        return Leads::To(vec!["sagemaker", "sagemaker-mlflow"]);
    }
    let Some((_, end)) = parts(&name) else { return Leads::Anywhere };
    // Endpoints with validated cryptography lead where those without do.
    let end: Vec<&str> = end
        .split('.')
        .map(|part| part.strip_suffix("-fips").unwrap_or(part))
        .filter(|part| *part != "fips")
        .collect();
    let end = end.join(".");
    let in_cells = |(start, _): &&(&str, &str)| end.starts_with(start);
    let listed = OTHERWISE.iter().find(|(other, _)| *other == end).or_else(|| CELLS.iter().find(in_cells));
    match (listed, Catalog::embedded().service(&end)) {
        (Some((_, services)), _) => Leads::To(services.split_whitespace().collect()),
        (None, Some(service)) => Leads::To(vec![service.prefix]),
        (None, None) => Leads::Anywhere,
    }
}

/// The Region of an endpoint service: `eu-west-1` of `com.amazonaws.eu-west-1.s3`; none for names without one.
pub fn region_of_endpoint(name: &str) -> Option<&str> {
    parts(name)?.0
}

/// The Region in the name of an endpoint service, and what follows it.
fn parts(name: &str) -> Option<(Option<&str>, &str)> {
    const STARTS: [&str; 5] =
        ["com.amazonaws.", "cn.com.amazonaws.", "aws.api.", "api.aws.", "aws.sagemaker."];
    let rest = STARTS.iter().find_map(|start| name.strip_prefix(start))?;
    let is_region = |part: &str| {
        let number = part.rsplit('-').next().unwrap_or_default();
        part.matches('-').count() >= 2
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    match rest.split_once('.') {
        Some((region, end)) if is_region(region) => Some((Some(region), end)),
        _ => Some((None, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Leads, leads_to, region_of_endpoint};

    #[test]
    fn names_hold_the_region() {
        assert_eq!(region_of_endpoint("com.amazonaws.eu-west-1.s3"), Some("eu-west-1"));
        assert_eq!(region_of_endpoint("cn.com.amazonaws.cn-north-1.ecr.api"), Some("cn-north-1"));
        assert_eq!(region_of_endpoint("aws.sagemaker.us-east-1.studio"), Some("us-east-1"));
        assert_eq!(region_of_endpoint("com.amazonaws.s3-global.accesspoint"), None);
        assert_eq!(region_of_endpoint("com.amazonaws.vpce.x"), None);
        assert_eq!(region_of_endpoint("com.amazonaws.iam"), None);
    }

    #[test]
    fn names_end_in_the_service() {
        let cases: &[(&str, &[&str])] = &[
            ("com.amazonaws.eu-west-1.s3", &["s3"]),
            ("com.amazonaws.eu-west-1.ecr.api", &["ecr"]),
            ("com.amazonaws.eu-west-1.kms-fips", &["kms"]),
            ("com.amazonaws.eu-west-1.iot-fips.tunneling.api", &["iot"]),
            ("com.amazonaws.eu-west-1.mail-manager-smtp.auth.fips", &["ses"]),
            ("com.amazonaws.eu-west-1.timestream.ingest-cell1", &["timestream"]),
            ("com.amazonaws.eu-west-1.geo.maps", &["geo", "geo-maps"]),
            ("com.amazonaws.iam", &["iam"]),
            ("com.amazonaws.s3-global.accesspoint", &["s3"]),
            ("cn.com.amazonaws.cn-north-1.sqs", &["sqs"]),
            ("aws.api.us-east-1.qbusiness", &["qbusiness"]),
            ("api.aws.us-east-1.cassandra-streams", &["cassandra"]),
            ("aws.sagemaker.us-east-1.notebook", &["sagemaker", "sagemaker-mlflow"]),
            ("com.amazonaws.vpce.us-east-1.vpce-svc-0a", &[]),
        ];
        for (name, services) in cases {
            assert_eq!(leads_to(Some("Interface"), Some(name)), Leads::To(services.to_vec()), "{name}");
        }
        assert_eq!(leads_to(Some("GatewayLoadBalancer"), None), Leads::To(Vec::new()));
    }

    #[test]
    fn a_name_that_cannot_be_placed_may_lead_anywhere() {
        for name in [None, Some("nonsense"), Some("com.amazonaws.us-east-1.brand-new")] {
            assert_eq!(leads_to(Some("Interface"), name), Leads::Anywhere);
        }
    }

    #[test]
    fn the_services_of_the_table_are_in_the_catalog() {
        // Called by actions that the reference does not list.
        const OTHERS: [&str; 3] = ["elastic-inference", "emrwal", "iotroborunner"];
        for service in super::OTHERWISE.iter().chain(super::CELLS).flat_map(|(_, all)| all.split_whitespace())
        {
            let known = crate::catalog::Catalog::embedded().service(service).is_some();
            assert!(known || OTHERS.contains(&service), "{service}");
        }
    }
}
