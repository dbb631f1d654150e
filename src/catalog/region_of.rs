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

/// The Regions of a partition, those first that are enabled in every account: where resources can be made. From the list of
/// Regions of the AWS General Reference, as of September 2026; a partition that is not here has no entry.
pub fn regions(partition: &str) -> &'static [&'static str] {
    match partition {
        "aws" => &[
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "eu-central-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "eu-north-1",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "sa-east-1",
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-south-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-west-1",
            "eu-central-2",
            "eu-south-1",
            "eu-south-2",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
        ],
        "aws-cn" => &["cn-north-1", "cn-northwest-1"],
        "aws-us-gov" => &["us-gov-west-1", "us-gov-east-1"],
        _ => &[],
    }
}

/// Every partition of AWS, those first that are open to everybody.
pub const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];

/// Whether a text is built as the names of Regions are, so that it may be one that was opened lately: `us-gov-east-1`.
pub fn may_be_region(text: &str) -> bool {
    const PLACES: [&str; 11] = ["af", "ap", "ca", "cn", "eu", "eusc", "il", "me", "mx", "sa", "us"];
    const KINDS: [&str; 7] = ["gov", "iso", "isob", "isoe", "isof", "de", "es"];
    const DIRECTIONS: [&str; 9] =
        ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];
    let Some((place, rest)) = text.split_once('-') else { return false };
    let Some((middle, number)) = rest.rsplit_once('-') else { return false };
    let is_number = matches!(number.len(), 1 | 2) && number.bytes().all(|byte| byte.is_ascii_digit());
    let direction = match middle.split_once('-') {
        Some((kind, direction)) if KINDS.contains(&kind) => direction,
        _ => middle,
    };
    PLACES.contains(&place) && is_number && DIRECTIONS.contains(&direction)
}

/// The partition of a Region, of a new one by the beginning of its name. `None`: it may be of any.
pub fn partition_of(region: &str) -> Option<&'static str> {
    let listed = |partition: &&&str| regions(partition).contains(&region);
    let by_list = ["aws", "aws-cn", "aws-us-gov"].iter().find(listed).copied();
    by_list.or(match region.split('-').next() {
        Some("cn") => Some("aws-cn"),
        _ if region.starts_with("us-gov-") => Some("aws-us-gov"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_built_like_one() {
        let all = PARTITIONS.iter().flat_map(|partition| regions(partition));
        assert!(all.clone().count() > 30);
        assert_eq!(all.filter(|region| !may_be_region(region)).count(), 0);
        for region in ["us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-12"] {
            assert!(may_be_region(region), "{region}");
        }
        for text in ["us-esat-1", "us-east", "us-east-a", "useast-1", "east-1", "function", "us-east-100"] {
            assert!(!may_be_region(text), "{text}");
        }
    }
}
