//! Customer, group and inline policies, with ARNs of things that exist.

use super::World;
use super::documents::{document, identity_condition, statement};
use super::names::*;
use super::random::Random;
use serde_json::{Value, json};

/// The actions that a resource of a kind takes, most harmless first.
fn actions_on(kind: ResourceKind) -> &'static [&'static str] {
    match kind {
        ResourceKind::Bucket => &[
            "s3:GetObject",
            "s3:GetObjectTagging",
            "s3:GetObjectVersion",
            "s3:PutObject",
            "s3:PutObjectTagging",
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
        ],
        ResourceKind::Queue => &[
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:SendMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:PurgeQueue",
        ],
        ResourceKind::Topic => &[
            "sns:GetTopicAttributes",
            "sns:ListSubscriptionsByTopic",
            "sns:Publish",
            "sns:Subscribe",
            "sns:SetTopicAttributes",
        ],
        ResourceKind::Key => &[
            "kms:DescribeKey",
            "kms:GetPublicKey",
            "kms:Decrypt",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:CreateGrant",
        ],
        ResourceKind::Secret => &[
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:ListSecretVersionIds",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecret",
            "secretsmanager:RotateSecret",
        ],
        ResourceKind::Function => &[
            "lambda:GetFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:ListVersionsByFunction",
            "lambda:InvokeFunction",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ],
        ResourceKind::Repository => &[
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:DescribeImages",
            "ecr:GetDownloadUrlForLayer",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
        ],
    }
}

/// A policy of a customer: a few statements on named resources.
pub fn specific_policy(world: &World, account: usize, random: &mut Random, number: usize) -> Value {
    let count = random.between(1, 4);
    document((0..count).map(|index| specific_statement(world, account, random, number + index)).collect())
}

/// One statement on named resources of the account, seldom of another.
pub fn specific_statement(world: &World, account: usize, random: &mut Random, number: usize) -> Value {
    let (id, team) = (account_id(account), team(number));
    let condition = if random.chance(22) { identity_condition(random, &id, team) } else { Value::Null };
    let effect = if random.chance(6) { "Deny" } else { "Allow" };
    match random.below(20) {
        0..11 => {
            let owner = if random.chance(4) { random.below(world.shape.accounts) } else { account };
            on_resource(world, owner, random, effect, condition)
        }
        11..15 => {
            let service = random.pick(&world.services);
            let count = random.between(2, 6);
            let region = *random.pick(&REGIONS);
            let name = if random.chance(50) { format!("{team}-*") } else { thing(random.below(500)) };
            let actions = service.actions(random, count);
            statement("ServiceOfTeam", effect, actions, vec![service.arn(region, &id, &name)], condition)
        }
        15 => {
            let roles = world.roles(account).max(1);
            let targets = (0..random.between(1, 2)).map(|_| role_arn(account, random.below(roles))).collect();
            statement("BecomeRole", "Allow", vec!["sts:AssumeRole".into()], targets, condition)
        }
        16 => {
            let roles = world.roles(account).max(1);
            let target = role_arn(account, random.below(roles));
            let service = random.pick(&ROLE_SERVICES);
            let condition =
                json!({"StringEquals": {"iam:PassedToService": format!("{service}.amazonaws.com")}});
            statement("HandRoleOver", "Allow", vec!["iam:PassRole".into()], vec![target], condition)
        }
        17 => {
            let folder =
                format!("arn:aws:s3:::{}-home-{id}/${{aws:PrincipalTag/team}}/*", thing(random.below(40)));
            statement(
                "FolderOfTeam",
                "Allow",
                vec!["s3:GetObject".into(), "s3:PutObject".into()],
                vec![folder],
                condition,
            )
        }
        18 => {
            let group = format!(
                "arn:aws:logs:{}:{id}:log-group:/{team}/{}:*",
                random.pick(&REGIONS),
                thing(random.below(500))
            );
            let actions =
                ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"].map(String::from);
            statement("WriteLogs", "Allow", actions.into(), vec![group], Value::Null)
        }
        _ => {
            let service = random.pick(&world.services);
            statement("LookAround", "Allow", service.verbs(random, 3), vec!["*".into()], condition)
        }
    }
}

fn on_resource(world: &World, owner: usize, random: &mut Random, effect: &str, condition: Value) -> Value {
    let resources = world.resources(owner).max(1);
    let first = random.below(resources);
    let kind = resource_kind(first);
    let count = random.between(1, 4);
    let actions =
        random.sample(actions_on(kind), count).into_iter().map(|&name| String::from(name)).collect();
    let mut targets = vec![first];
    targets.extend(
        (first + 1..resources.min(first + 12)).filter(|&other| resource_kind(other) == kind).take(count - 1),
    );
    let arns = targets.into_iter().map(|resource| match kind {
        ResourceKind::Bucket if random.chance(50) => format!("{}/*", resource_arn(owner, resource)),
        ResourceKind::Bucket => format!("{}/{}/*", resource_arn(owner, resource), random.pick(&TEAMS)),
        _ => resource_arn(owner, resource),
    });
    statement("NamedResources", effect, actions, arns.collect(), condition)
}

/// `s3:*` on `*`.
pub fn broad_statement() -> Value {
    statement("AllOfS3", "Allow", vec!["s3:*".into()], vec!["*".into()], Value::Null)
}

/// What users may do about themselves.
pub fn own_credentials() -> Value {
    let own = || vec!["arn:aws:iam::*:user/${aws:username}".into()];
    let manage = [
        "iam:ChangePassword",
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:ListAccessKeys",
        "iam:UpdateAccessKey",
    ];
    let condition = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
    document(vec![
        statement("OwnCredentials", "Allow", manage.map(String::from).into(), own(), Value::Null),
        statement("OwnKeysWithMfa", "Deny", vec!["iam:CreateAccessKey".into()], own(), condition),
    ])
}

/// Permissions boundary number `number` of an account: services that are allowed, and a few things that never are.
pub fn boundary(world: &World, account: usize, random: &mut Random, number: usize) -> Value {
    let used = world.services.len() / (number + 2);
    let services = random.sample(&world.services, used.max(20));
    let mut allowed: Vec<String> =
        services.into_iter().map(|service| format!("{}:*", service.prefix)).collect();
    for core in
        ["s3:*", "sqs:*", "sns:*", "kms:*", "secretsmanager:*", "lambda:*", "ecr:*", "logs:*", "sts:*"]
    {
        if !allowed.iter().any(|pattern| pattern == core) {
            allowed.push(core.into());
        }
    }
    let id = account_id(account);
    let guarded =
        ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary", "iam:CreatePolicyVersion"];
    document(vec![
        statement("Ceiling", "Allow", allowed, vec!["*".into()], Value::Null),
        statement(
            "KeepCeiling",
            "Deny",
            guarded.map(String::from).into(),
            vec![format!("arn:aws:iam::{id}:*")],
            Value::Null,
        ),
    ])
}
