//! The Region of services with one endpoint, which is what `aws:RequestedRegion` then holds (S-KEY-33, S-IAM-05). As of
//! September 2026; from the key's page, the sample policy that denies by requested Region, and the endpoint tables of the AWS
//! General Reference. A service or partition that is not here has no entry (U-57).

const ONE_ENDPOINT: &[(&str, &str, &str)] = &[
    ("aws", "iam", "us-east-1"),
    ("aws", "organizations", "us-east-1"),
    ("aws", "route53", "us-east-1"),
    ("aws", "cloudfront", "us-east-1"),
    ("aws", "waf", "us-east-1"),
    ("aws", "shield", "us-east-1"),
    ("aws", "chatbot", "us-west-2"),
    ("aws", "devicefarm", "us-west-2"),
    ("aws", "globalaccelerator", "us-west-2"),
    ("aws", "networkmanager", "us-west-2"),
    ("aws-cn", "iam", "cn-north-1"),
    ("aws-cn", "organizations", "cn-northwest-1"),
    ("aws-cn", "route53", "cn-northwest-1"),
    ("aws-us-gov", "iam", "us-gov-west-1"),
    ("aws-us-gov", "organizations", "us-gov-west-1"),
    ("aws-us-gov", "route53", "us-gov-west-1"),
];

/// The Region of a service's only endpoint, by action prefix. `None`: the Region of the ARN if it has one, else unknown.
pub fn requested_region(partition: &str, service: &str) -> Option<&'static str> {
    let row = ONE_ENDPOINT.iter().find(|(p, s, _)| *p == partition && s.eq_ignore_ascii_case(service));
    row.map(|(_, _, region)| *region)
}
