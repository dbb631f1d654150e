//! Every row of the governing table, by a request that it answers: `cases.txt`.

use super::*;

/// A line of `cases.txt`.
struct Case {
    row: &'static str,
    action: &'static str,
    resource: String,
    /// `account` for the account field, `estate ARN` for a look-up, `-` for the empty list of policies.
    says: [String; 4],
}

fn cases() -> Vec<Case> {
    let lines = include_str!("cases.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let case = |line: &'static str| {
        let mut fields = line.split(" | ");
        let mut next = || fields.next().expect(line);
        let full = |text: &str| text.replace(":@:", ":eu-west-1:111122223333:");
        let (row, action, resource) = (next(), next(), full(next()));
        Case {
            row,
            action,
            resource,
            says: [full(next()), full(next()), next().to_owned(), next().to_owned()],
        }
    };
    lines.map(case).collect()
}

fn owner_text(owner: &Owner<'_>, resource: &str) -> String {
    match owner {
        Owner::Account(id) => {
            assert_eq!(
                Some(*id),
                ArnParts::split(resource).and_then(|parts| parts.account_id()),
                "{resource}"
            );
            "account".into()
        }
        Owner::Estate(arn) => format!("estate {arn}"),
        Owner::ManagementAccount => "management".into(),
        Owner::Caller => "caller".into(),
        Owner::NoOne => "no one".into(),
    }
}

fn holder_text(holder: &Holder<'_>) -> String {
    match holder {
        Holder::Policy(arn) => arn.to_string(),
        Holder::BucketOf(arn) => format!("bucket of {arn}"),
        Holder::RegistryPolicy(arn) => format!("registry {arn}"),
        Holder::DelegationPolicy => "delegation".into(),
        Holder::ServiceNetworksOf(arn) => format!("networks of {arn}"),
    }
}

#[test]
fn every_row_answers_its_case() {
    for Case { row, action, resource, says } in cases() {
        let found = governing(action, &resource);
        assert_eq!(found.row, row, "{action} on {resource}");
        let policies = found.policies.iter().map(holder_text).collect::<Vec<_>>().join(", ");
        let policies = if policies.is_empty() { "-".to_owned() } else { policies };
        let said = [
            owner_text(&found.owner, &resource),
            policies,
            format!("{:?}", found.regime),
            format!("{:?}", found.cross_account),
        ];
        assert_eq!(said, says, "{action} on {resource}");
        assert!(!found.rules.is_empty(), "{row}");
    }
}

#[test]
fn every_row_has_a_case_and_a_name_of_its_own() {
    let cases = cases();
    let mut names = std::collections::BTreeSet::new();
    for row in rows() {
        assert!(names.insert(row.name), "{} twice", row.name);
        assert!(cases.iter().any(|case| case.row == row.name), "{} has no case", row.name);
    }
}

#[test]
fn every_type_of_the_exports_has_a_row() {
    let types = "AWS::S3::Bucket AWS::S3::AccessPoint AWS::S3Express::BucketPolicy AWS::KMS::Key \
        AWS::Lambda::Function AWS::SQS::Queue AWS::SNS::Topic AWS::ECR::Repository \
        AWS::ECR::RegistryPolicy AWS::EFS::FileSystem AWS::Backup::BackupVault AWS::OpenSearch::Domain \
        AWS::Events::EventBus AWS::MSK::ClusterPolicy AWS::EC2::VPCEndpoint AWS::IAM::Role \
        AWS::IAM::User AWS::IAM::Group AWS::IAM::Policy s3 s3/accesspoint s3-object-lambda/accesspoint \
        s3express/bucket s3express/accesspoint s3outposts/outpost s3tables/bucket kms/key sqs sns \
        lambda/function lambda/layer secretsmanager/secret ecr/repository ecr-registry-policy \
        events/event-bus dynamodb/table kinesis/stream kafka/cluster backup/backup-vault \
        elasticfilesystem/file-system es/domain glacier/vaults glue/catalog apigateway/restapis \
        ec2/vpc-endpoint eks/cluster eks/access-entry sso/instance sso/permissionset iam/user iam/group \
        iam/role iam/policy iam/instance-profile iam/oidc-provider iam/saml-provider";
    for name in types.split_whitespace() {
        assert_eq!(rows().filter(|row| row.also_known_as.contains(&name)).count(), 1, "{name}");
    }
}

fn gate_kinds(action: &str, resource: &str) -> Vec<(GateKind, &'static str)> {
    governing(action, resource).gates.iter().map(|gate| (gate.kind, gate.rule)).collect()
}

#[test]
fn gates_name_whom_they_refuse_and_their_rule() {
    let aws_policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(gate_kinds("iam:CreatePolicyVersion", aws_policy), [(GateKind::Everyone, "S-IAM-03")]);
    assert_eq!(gate_kinds("iam:GetPolicy", aws_policy), []);
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    assert!(gate_kinds("iam:PutRolePolicy", linked).contains(&(GateKind::Everyone, "S-IAM-02")));
    assert!(!gate_kinds("iam:PassRole", linked).iter().any(|(kind, _)| *kind == GateKind::Everyone));
    let reserved = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1";
    assert!(gate_kinds("iam:PassRole", reserved).contains(&(GateKind::Everyone, "S-IAM-04")));
    assert!(gate_kinds("iam:PassRole", reserved).contains(&(GateKind::ForeignCallers, "S-IAM-01")));
    assert!(!gate_kinds("iam:GetRole", reserved).iter().any(|(kind, _)| *kind == GateKind::Everyone));
    let role = "arn:aws:iam::111122223333:role/r";
    assert_eq!(gate_kinds("sts:AssumeRole", role), [(GateKind::RootUsers, "S-SESS-09")]);
    assert_eq!(gate_kinds("sts:TagSession", role), []);
    let alias = "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3";
    assert!(gate_kinds("kms:UpdateAlias", alias).contains(&(GateKind::Everyone, "S-KMS-08")));
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
    assert_eq!(gate_kinds("kms:ListKeyRotations", key), [(GateKind::ForeignCallers, "S-KMS-05")]);
    assert_eq!(gate_kinds("kms:Decrypt", key), []);
    assert_eq!(
        gate_kinds("sqs:SetQueueAttributes", "arn:aws:sqs:eu-west-1:111122223333:q"),
        [(GateKind::ForeignCallers, "S-SVC-01")]
    );
    assert_eq!(
        gate_kinds("organizations:LeaveOrganization", "*"),
        [(GateKind::ManagementAccount, "S-SVC-16"), (GateKind::NotOrganization, "S-SVC-16")]
    );
}

#[test]
fn other_grants_go_by_action() {
    let grants = |action: &str, resource: &str| governing(action, resource).other_grants.to_vec();
    assert_eq!(grants("s3:GetObject", "arn:aws:s3:::b/k"), [Grant::S3Acl]);
    assert_eq!(grants("s3:DeleteObject", "arn:aws:s3:::b/k"), []);
    assert_eq!(grants("s3:PutBucketPolicy", "arn:aws:s3:::b"), []);
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
    assert_eq!(grants("kms:Decrypt", key), [Grant::KmsGrant]);
    assert_eq!(grants("kms:ScheduleKeyDeletion", key), []);
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    assert_eq!(governing("lambda:InvokeFunctionUrl", function).also_needed, [AlsoNeeded::InvokeFunction]);
    assert_eq!(governing("lambda:InvokeFunction", function).also_needed, []);
    let database = "arn:aws:glue:eu-west-1:111122223333:database/d";
    assert_eq!(governing("glue:GetDatabase", database).also_needed, [AlsoNeeded::LakeFormation]);
}

#[test]
fn acl_actions_of_the_rows_are_those_of_the_acl_table() {
    for (action, resource) in [("s3:ListBucket", "arn:aws:s3:::b"), ("s3:PutObject", "arn:aws:s3:::b/k")] {
        assert!(crate::catalog::s3_acl::granting_permission(action).is_some());
        assert_eq!(governing(action, resource).other_grants, [Grant::S3Acl]);
    }
    assert_eq!(crate::catalog::s3_acl::granting_permission("s3:DeleteObject"), None);
}

#[test]
fn policies_are_held_by_whole_resources_only() {
    let holder = |arn: &str| policy_holder(arn).map(|row| row.name);
    assert_eq!(holder("arn:aws:s3:::b"), Some("s3-bucket"));
    assert_eq!(holder("arn:aws:s3:::b/k"), None);
    assert_eq!(holder("arn:aws:dynamodb:eu-west-1:111122223333:table/t"), Some("dynamodb-table"));
    assert_eq!(holder("arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"), None);
    assert_eq!(holder("arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/1"), Some("dynamodb-stream"));
    assert_eq!(holder("arn:aws:apigateway:eu-west-1::/restapis/abc"), Some("rest-api"));
    assert_eq!(holder("arn:aws:iam::111122223333:role/r"), Some("iam-role-trust"));
    assert_eq!(holder("arn:aws:iam::111122223333:user/u"), None);
    assert_eq!(holder("arn:aws:glue:eu-west-1:111122223333:catalog"), Some("glue-catalog"));
    assert_eq!(holder("arn:aws:ec2:eu-west-1:111122223333:instance/i-1"), None);
}

#[test]
fn action_names_ignore_case() {
    assert_eq!(
        governing("KMS:listkeyrotations", "arn:aws:kms:eu-west-1:111122223333:key/k").cross_account,
        CrossAccount::Gate
    );
    assert_eq!(governing("IAM:getrole", "arn:aws:iam::111122223333:role/r").row, "iam");
}

#[test]
fn policy_capable_types_are_listed() {
    let globs: Vec<String> = policy_capable().into_iter().map(|(_, glob)| glob).collect();
    for glob in [
        "arn:*:s3:*::*",
        "arn:*:s3:*:*:accesspoint/*",
        "arn:*:kms:*:*:key/*",
        "arn:*:iam:*:*:role/*",
        "arn:*:glue:*:*:catalog",
        "arn:*:kafka:*:*:cluster/*/*",
        "arn:*:apigateway:*::/restapis/*",
        "arn:*:dynamodb:*:*:table/*/stream/*",
    ] {
        assert!(globs.iter().any(|listed| listed == glob), "{glob} is not in {globs:?}");
    }
    for glob in [
        "arn:*:s3:*::*/*",
        "arn:*:kafka:*:*:topic/*",
        "arn:*:events:*:*:rule/*",
        "arn:*:iam:*:*:*",
        "arn:*:eks:*:*:cluster/*",
    ] {
        assert!(!globs.iter().any(|listed| listed == glob), "{glob}");
    }
}
