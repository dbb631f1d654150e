//! Trust policies and identity providers. Every role trusts something.

use super::World;
use super::documents::{document, grant};
use super::figures::{Feature, Figures};
use super::names::*;
use super::random::Random;
use serde_json::{Value, json};

const GITHUB: &str = "token.actions.githubusercontent.com";
const SAML: &str = "AWSSSO_0123456789abcdef_DO_NOT_DELETE";

/// The trust policy of role number `role`.
pub fn trust_policy(
    world: &World,
    account: usize,
    role: usize,
    random: &mut Random,
    figures: &mut Figures,
) -> Value {
    let id = account_id(account);
    let (feature, sid, principal, action, condition) = match role_kind(role) {
        RoleKind::Service => {
            let service = format!("{}.amazonaws.com", choose(role, 8, &ROLE_SERVICES));
            let condition = if random.chance(15) {
                json!({"StringEquals": {"aws:SourceAccount": id}})
            } else {
                Value::Null
            };
            (
                Feature::TrustsService,
                "ServiceAssumes",
                json!({"Service": service}),
                "sts:AssumeRole",
                condition,
            )
        }
        RoleKind::ServiceLinked => {
            let service = format!("{}.amazonaws.com", choose(role, 5, &LINKED_SERVICES));
            (
                Feature::TrustsService,
                "LinkedServiceAssumes",
                json!({"Service": service}),
                "sts:AssumeRole",
                Value::Null,
            )
        }
        RoleKind::Chain if role > 0 => (
            Feature::TrustsRole,
            "PreviousLink",
            json!({"AWS": role_arn(account, role - 1)}),
            "sts:AssumeRole",
            Value::Null,
        ),
        RoleKind::Chain | RoleKind::Delegated => {
            let condition = if random.chance(30) {
                json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})
            } else {
                Value::Null
            };
            let root = json!({"AWS": format!("arn:aws:iam::{id}:root")});
            (Feature::TrustsAccount, "AccountDelegates", root, "sts:AssumeRole", condition)
        }
        RoleKind::CrossAccount => {
            let other = (account + 1) % world.shape.accounts;
            let caller = role_arn(other, random.below(world.roles(other).max(1)));
            let condition = json!({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}});
            (Feature::TrustsOtherAccount, "OtherAccount", json!({"AWS": caller}), "sts:AssumeRole", condition)
        }
        RoleKind::Supplier => {
            let root = json!({"AWS": format!("arn:aws:iam::{}:root", random.pick(&SUPPLIERS))});
            let condition =
                json!({"StringEquals": {"sts:ExternalId": format!("{:08x}", random.next() >> 32)}});
            (Feature::TrustsOutside, "Supplier", root, "sts:AssumeRole", condition)
        }
        RoleKind::Named => {
            let users = world.users(account).max(1);
            let named: Vec<String> = (0..2).map(|_| user_arn(account, random.below(users))).collect();
            let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
            (Feature::TrustsAccount, "NamedPeople", json!({"AWS": named}), "sts:AssumeRole", condition)
        }
        RoleKind::Workflow => {
            let provider = json!({"Federated": format!("arn:aws:iam::{id}:oidc-provider/{GITHUB}")});
            let condition = json!({
                "StringEquals": {format!("{GITHUB}:aud"): "sts.amazonaws.com"},
                "StringLike": {format!("{GITHUB}:sub"): [format!("repo:example/{}:ref:refs/heads/main", thing(role)),
                    format!("repo:example/{}:environment:*", thing(role))]}});
            (Feature::TrustsProvider, "Workflow", provider, "sts:AssumeRoleWithWebIdentity", condition)
        }
        RoleKind::SignOn => {
            let provider = json!({"Federated": format!("arn:aws:iam::{id}:saml-provider/{SAML}")});
            let condition = json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}});
            (Feature::TrustsProvider, "SignOn", provider, "sts:AssumeRoleWithSAML", condition)
        }
    };
    figures.count(feature);
    let actions =
        if feature == Feature::TrustsProvider { json!([action, "sts:TagSession"]) } else { json!(action) };
    document(vec![grant(sid, "Allow", principal, actions, Value::Null, condition)])
}

/// The identity providers of an account.
pub fn identity_providers(account: usize) -> Value {
    let id = account_id(account);
    json!({
        "SAMLProviderList": [{"Arn": format!("arn:aws:iam::{id}:saml-provider/{SAML}"),
            "ValidUntil": "2035-01-01T00:00:00+00:00", "CreateDate": "2022-01-01T00:00:00+00:00"}],
        "OpenIDConnectProviderList": [{"Arn": format!("arn:aws:iam::{id}:oidc-provider/{GITHUB}")}]})
}
