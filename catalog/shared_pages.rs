//! Actions that two pages of the Service Authorization Reference describe under one prefix, of which the package keeps the resource
//! types of one page only. A call acts on a resource of the one page or of the other, so none of the types is required.
//!
//! From the pages Elastic Load Balancing and Elastic Load Balancing V2, API Gateway Management and Management V2, IoT Greengrass and
//! IoT Greengrass V2, Simple Email Service v2 and Mail Manager, Marketplace Catalog and Marketplace Deployment; read in November 2026.

/// What one page says that the package lost: some actions act on some types, too.
pub struct Shared {
    pub service: &'static str,
    pub actions: &'static [&'static str],
    pub types: &'static [&'static str],
}

const LOAD_BALANCERS: &[&str] = &["loadbalancer/app/", "loadbalancer/gwy/", "loadbalancer/net/"];
const TAGGING: &[&str] = &["ListTagsForResource", "TagResource", "UntagResource"];

pub const SHARED: &[Shared] = &[
    Shared {
        service: "elasticloadbalancing",
        actions: &["CreateLoadBalancer", "DeleteLoadBalancer", "ModifyLoadBalancerAttributes"],
        types: LOAD_BALANCERS,
    },
    Shared { service: "elasticloadbalancing", actions: &["AddTags", "RemoveTags"], types: LOAD_BALANCERS },
    Shared {
        service: "elasticloadbalancing",
        actions: &["AddTags", "RemoveTags"],
        types: &[
            "listener-rule/app",
            "listener-rule/net",
            "listener/app",
            "listener/gwy",
            "listener/net",
            "targetgroup",
            "truststore",
        ],
    },
    // Each method is called on whatever path an API has.
    Shared {
        service: "apigateway",
        actions: &["DELETE", "GET", "PATCH", "POST", "PUT"],
        types: &[
            "AccessLogSettings",
            "Api",
            "ApiMapping",
            "ApiMappings",
            "Apis",
            "Authorizer",
            "Authorizers",
            "AuthorizersCache",
            "Cors",
            "Deployment",
            "Deployments",
            "DomainName",
            "DomainNames",
            "ExportedAPI",
            "Integration",
            "IntegrationResponse",
            "IntegrationResponses",
            "Integrations",
            "Model",
            "ModelTemplate",
            "Models",
            "Route",
            "RouteRequestParameter",
            "RouteResponse",
            "RouteResponses",
            "Routes",
            "RouteSettings",
            "Stage",
            "Stages",
            "VpcLink",
            "VpcLinks",
        ],
    },
    Shared {
        service: "greengrass",
        actions: TAGGING,
        types: &["component", "componentVersion", "coreDevice", "deployment"],
    },
    Shared { service: "greengrass", actions: &["CreateDeployment"], types: &["thing", "thingGroup"] },
    Shared {
        service: "ses",
        actions: TAGGING,
        types: &[
            "addon-instance",
            "addon-subscription",
            "mailmanager-address-list",
            "mailmanager-ingress-point",
            "mailmanager-rule-set",
            "mailmanager-smtp-relay",
            "mailmanager-traffic-policy",
            "multi-region-endpoint",
        ],
    },
    Shared { service: "aws-marketplace", actions: TAGGING, types: &["ChangeSet", "Entity"] },
];

/// Types that the package lost with them: service, name, and ARN.
pub const TYPES: &[(&str, &str, &str)] =
    &[("greengrass", "thingGroup", "arn:${Partition}:iot:${Region}:${Account}:thinggroup/${ThingGroupName}")];
