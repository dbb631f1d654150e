//! Which service a VPC endpoint is for, by the name of its endpoint service (S-VPCE-07). As of September 2026.

/// Endpoint services that are not called as their service is called in policies.
const OTHERWISE: &[(&str, &str)] = &[
    ("ecr.api", "ecr"),
    ("ecr.dkr", "ecr"),
    ("kinesis-firehose", "firehose"),
    ("kinesis-streams", "kinesis"),
    ("monitoring", "cloudwatch"),
    ("s3-global.accesspoint", "s3"),
    ("sync-states", "states"),
];

/// The service, as the first part of its actions, of an endpoint service: `s3` of `com.amazonaws.eu-west-1.s3`.
pub fn service_of_endpoint(name: &str) -> &str {
    let end = name.splitn(4, '.').nth(3).unwrap_or_default();
    OTHERWISE.iter().find(|(other, _)| *other == end).map_or(end, |(_, service)| service)
}

/// The Region of an endpoint service: `eu-west-1` of `com.amazonaws.eu-west-1.s3`; none for names without one.
pub fn region_of_endpoint(name: &str) -> Option<&str> {
    name.rsplit_once("amazonaws.")?.1.split('.').next().filter(|part| part.matches('-').count() >= 2)
}

#[cfg(test)]
mod tests {
    use super::{region_of_endpoint, service_of_endpoint};

    #[test]
    fn names_hold_the_region() {
        assert_eq!(region_of_endpoint("com.amazonaws.eu-west-1.s3"), Some("eu-west-1"));
        assert_eq!(region_of_endpoint("cn.com.amazonaws.cn-north-1.ecr.api"), Some("cn-north-1"));
        assert_eq!(region_of_endpoint("com.amazonaws.s3-global.accesspoint"), None);
        assert_eq!(region_of_endpoint("com.amazonaws.vpce.x"), None);
    }

    #[test]
    fn names_end_in_the_service() {
        assert_eq!(service_of_endpoint("com.amazonaws.eu-west-1.s3"), "s3");
        assert_eq!(service_of_endpoint("com.amazonaws.eu-west-1.ecr.api"), "ecr");
        assert_eq!(service_of_endpoint("com.amazonaws.vpce.x"), "x");
        assert_eq!(service_of_endpoint("nonsense"), "");
    }
}
