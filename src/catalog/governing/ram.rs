//! Types that AWS RAM shares (S-XACC-07). As of September 2026.
//!
//! Two public sources settle a line here, and correct one:
//! - what RAM shares: "Shareable AWS resources" in the AWS RAM User Guide;
//! - what has a policy: the Service Authorization Reference (`catalog/catalog.txt`) lists a call that puts a policy on the type,
//!   and the service's API has it. Calls that only AWS RAM makes, to put its own there, are marked "permission only" in the
//!   reference (`appmesh:PutMeshPolicy`, `resource-groups:PutGroupPolicy`, `route53profiles:PutProfilePolicy`,
//!   `ec2:PutResourcePolicy`, `resource-explorer-2:PutResourcePolicy`): a share is all that can stand there.
//!
//! The services' own pages say it of some again: "PutResourcePolicy" of AWS CloudHSM of backups and that of Systems Manager of
//! parameters (a policy, and shares), "S3 Access Grants cross-account access" (a policy), "Logically air-gapped vault" of
//! AWS Backup (shares beside the vault's policy), "Verified Access groups" (shares).
//!
//! Types that other files list for their policies take shares by [`BY_RAM`].

use super::row::{AccountPart, IDENTITY, Resources, Row, STANDARD};
use super::types::{CrossAccount, Grant};

/// Whatever the permission of the share holds can be done.
pub(super) const BY_RAM: &[(&[&str], &[Grant])] = &[(&["*"], &[Grant::RamShare])];

/// A type that RAM shares and that has no policy of its own. A policy that is loaded all the same only denies.
const fn without_policy(name: &'static str, service: &'static str, globs: &'static [&'static str]) -> Row {
    Row {
        name,
        resources: Resources::Arns(service, AccountPart::Named, globs),
        cross_account: CrossAccount::Share(Grant::RamShare),
        other_grants: BY_RAM,
        rules: &["S-XACC-06", "S-XACC-07"],
        ..IDENTITY
    }
}

/// A type that RAM shares, with a policy of its own besides.
const fn with_policy(name: &'static str, service: &'static str, globs: &'static [&'static str]) -> Row {
    Row {
        name,
        resources: Resources::Arns(service, AccountPart::Named, globs),
        other_grants: BY_RAM,
        rules: &["S-EVAL-02", "S-XACC-01", "S-XACC-07"],
        ..STANDARD
    }
}

pub(super) const ROWS: &[Row] = &[
    without_policy(
        "ec2-ram-shared",
        "ec2",
        &[
            "subnet/*",
            "security-group/*",
            "transit-gateway/*",
            "transit-gateway-multicast-domain/*",
            "prefix-list/*",
            "capacity-reservation/*",
            "dedicated-host/*",
            "placement-group/*",
            "traffic-mirror-target/*",
            "ipam-pool/*",
            "ipam-resource-discovery/*",
            "coip-pool/*",
            "local-gateway-route-table/*",
            "verified-access-group/*",
        ],
    ),
    without_policy("license-configuration", "license-manager", &["license-configuration:*"]),
    without_policy("route53-profile", "route53profiles", &["profile/*"]),
    without_policy("rds-cluster", "rds", &["cluster:*"]),
    without_policy("app-mesh", "appmesh", &["mesh/*"]),
    without_policy("resource-group", "resource-groups", &["group/*"]),
    without_policy("outpost", "outposts", &["outpost/*", "site/*"]),
    without_policy("explorer-view", "resource-explorer-2", &["view/*"]),
    // PutResolverRulePolicy, PutFirewallRuleGroupPolicy, PutResolverQueryLogConfigPolicy.
    with_policy(
        "route53-resolver",
        "route53resolver",
        &["resolver-rule/*", "firewall-rule-group/*", "resolver-query-log-config/*"],
    ),
    // PutResourcePolicy.
    with_policy(
        "network-firewall",
        "network-firewall",
        &["firewall/*", "firewall-policy/*", "stateful-rulegroup/*", "stateless-rulegroup/*"],
    ),
    with_policy("core-network", "networkmanager", &["core-network/*"]),
    with_policy("ssm-parameter", "ssm", &["parameter/*"]),
    with_policy("incident-plan", "ssm-incidents", &["response-plan/*"]),
    // PutComponentPolicy, PutImagePolicy, PutImageRecipePolicy, PutContainerRecipePolicy.
    with_policy(
        "image-builder",
        "imagebuilder",
        &["component/*", "image/*", "image-recipe/*", "container-recipe/*"],
    ),
    // PutContactPolicy.
    with_policy("incident-contact", "ssm-contacts", &["contact/*"]),
];
