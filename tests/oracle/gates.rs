//! Refusals that come from a service and not from a Deny statement (S-EVAL-09).

use super::caller::{Caller, Kind};
use super::doubts::{Doubts, Kind as Doubt};
use super::request::{Owner, Request, Target};

const KMS_ACROSS: &str = "encrypt decrypt reencryptfrom reencryptto generatedatakey generatedatakeywithoutplaintext \
    generatedatakeypair generatedatakeypairwithoutplaintext generatemac verifymac sign verify derivesharedsecret \
    describekey getpublickey getkeyrotationstatus creategrant listgrants retiregrant revokegrant";
const SQS_NOT_ACROSS: &str = "addpermission cancelmessagemovetask createqueue deletequeue listmessagemovetasks listqueues \
    listqueuetags removepermission setqueueattributes startmessagemovetask tagqueue untagqueue";
const DYNAMODB_ACROSS: &str = "deleteitem getitem putitem query scan updateitem transactgetitems transactwriteitems \
    batchgetitem batchwriteitem deletetable describetable updatetable listtagsofresource tagresource untagresource \
    describestream getrecords getsharditerator";
/// IAM calls that are refused on a service-linked role; tags can be set on one (S-IAM-02).
const UNMODIFIABLE: &str = "attachrolepolicy detachrolepolicy putrolepolicy deleterolepolicy updateassumerolepolicy \
    updaterole updateroledescription putrolepermissionsboundary deleterolepermissionsboundary deleterole";
/// Calls that only the management account makes (S-SVC-16).
pub const ORGANIZATIONS_MANAGEMENT_ONLY: &str = "cancelhandshake createaccount creategovcloudaccount createorganization \
    createorganizationalunit deleteorganization deleteorganizationalunit deregisterdelegatedadministrator \
    disableawsserviceaccess enableallfeatures enableawsserviceaccess inviteaccounttoorganization moveaccount \
    registerdelegatedadministrator removeaccountfromorganization updateorganizationalunit";
/// Whether the service takes the call unsigned (S-XACC-13): calls on data only, of those that have others.
fn is_taken_unsigned(service: &str, operation: &str, target: &Target) -> bool {
    let says = |key: &str, value: &str| target.context.first(key) == Some(value);
    match (service, operation) {
        ("s3" | "sqs" | "sns" | "vpc-lattice-svcs", _) | ("execute-api", "invoke") => true,
        ("lambda", "invokefunctionurl") => says("lambda:FunctionUrlAuthType", "NONE"),
        ("lambda", "invokefunction") => says("lambda:InvokedViaFunctionUrl", "true"),
        ("es", operation) => operation.starts_with("eshttp"),
        ("elasticfilesystem", operation) => operation.starts_with("client"),
        ("mediastore", operation) => {
            listed("getobject describeobject listitems putobject deleteobject", operation)
        }
        _ => false,
    }
}

/// Whether a list of words holds one.
pub fn listed(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|w| w == word)
}

/// Why the service refuses the request, if it does. `foreign`: the caller's account is not the owner's.
pub fn closed(request: &Request, target: &Target, foreign: bool, doubts: &Doubts) -> Option<&'static str> {
    let (service, operation) = (request.service(), request.operation());
    let caller = &request.caller;
    if request.suspended {
        return Some("S-SCP-16: the account is suspended");
    }
    let of_api = target.refused.filter(|(_, foreign_only)| foreign || !foreign_only).map(|(why, _)| why);
    let refusal = of_api
        .or_else(|| by_caller(caller, &service, &operation, target, doubts))
        .or_else(|| by_resource(caller, &service, &operation, target))
        .or_else(|| by_organization(request, &service, &operation, doubts))
        .or_else(|| by_network(target));
    refusal.or_else(|| if foreign { by_distance(&service, &operation, target) } else { None })
}

/// An access point that takes calls from a VPC only, and a call from elsewhere through it.
fn by_network(target: &Target) -> Option<&'static str> {
    let elsewhere = takes_from_vpc_only(target) && !target.context.held_at_all("aws:SourceVpc");
    elsewhere.then_some("S-S3-09: from outside of the VPC of the access point")
}

/// Whether a call goes through an access point that takes calls from a VPC only.
pub fn takes_from_vpc_only(target: &Target) -> bool {
    target.vpc_only && target.behind.is_some()
}

fn by_caller(
    caller: &Caller,
    service: &str,
    operation: &str,
    target: &Target,
    doubts: &Doubts,
) -> Option<&'static str> {
    let assumes = matches!(operation, "assumerole" | "assumeroot");
    let passed = |tag: &String| target.context.held_at_all(&format!("aws:RequestTag/{tag}"));
    if service == "sts"
        && ["assumerole", "tagsession"].contains(&operation)
        && caller.transitive.keys().any(passed)
    {
        return Some("S-TRUST-12: an inherited tag cannot be passed again");
    }
    match (caller.kind, service) {
        (Kind::Anonymous, _) if target.signed_only || !is_taken_unsigned(service, operation, target) => {
            Some("S-XACC-13: the service does not take the call unsigned")
        }
        (kind, "sts")
            if listed("assumerolewithsaml assumerolewithwebidentity", operation)
                && !matches!(kind, Kind::Saml | Kind::Oidc) =>
        {
            Some("S-TRUST-08: the call is made with a token of an identity provider")
        }
        (Kind::Saml, _) if !listed("assumerolewithsaml tagsession setsourceidentity", operation) => {
            Some("S-KEY-02: a SAML caller can only assume roles")
        }
        (Kind::Oidc, _) if !listed("assumerolewithwebidentity tagsession setsourceidentity", operation) => {
            Some("S-KEY-02: a web identity can only assume roles")
        }
        (Kind::Root | Kind::AssumedRoot, "sts") if assumes => {
            Some("S-SESS-09, S-SESS-10: root cannot assume")
        }
        (Kind::AssumedRoot, "sts") if operation == "getsessiontoken" => {
            Some("S-STS-02: not with temporary credentials")
        }
        (Kind::Role | Kind::Session, "sts") if listed("getfederationtoken getsessiontoken", operation) => {
            Some("S-SESS-07: not with the credentials of a role")
        }
        (Kind::FederatedUser, "sts") if operation != "getcalleridentity" => {
            Some("S-SESS-05: not with a federation token")
        }
        (Kind::FederatedUser, "iam")
            if !doubts.maybe("the federated user works in the console (S-SESS-05)") =>
        {
            Some("S-SESS-05: not by API with a federation token")
        }
        (_, "sts") if caller.session_token && !listed("assumerole getcalleridentity", operation) => {
            Some("S-SESS-06: not with a session token")
        }
        (_, "iam") if caller.session_token => match target.context.first("aws:MultiFactorAuthPresent") {
            Some("true") => None,
            Some(_) => Some("S-SESS-06: not with a session token without MFA"),
            None if doubts.maybe("MFA was given for the session token (S-SESS-06)") => None,
            None => Some("S-SESS-06: not with a session token without MFA"),
        },
        _ => None,
    }
}

fn by_resource(caller: &Caller, service: &str, operation: &str, target: &Target) -> Option<&'static str> {
    let policy_change =
        "createpolicyversion deletepolicy deletepolicyversion setdefaultpolicyversion tagpolicy untagpolicy";
    let of_aws = target.arn == "*" && matches!(target.owner, Owner::Nobody);
    if service == "iam" && of_aws && listed(policy_change, operation) {
        return Some("S-IAM-03: AWS managed policies are fixed");
    }
    let parts: Vec<&str> = target.arn.splitn(6, ':').collect();
    let [_, partition, _, _, account, resource] = parts[..] else { return None };
    let other_partition = partition != caller.partition && !partition.contains('*');
    if other_partition && (caller.is_iam() || caller.kind == Kind::AwsOwned) {
        return Some("S-RES-15: another partition");
    }
    let starts = |words: &str| words.split_whitespace().any(|w| operation.starts_with(w));
    match service {
        "iam" if account == "aws" && listed(policy_change, operation) => {
            Some("S-IAM-03: AWS managed policies are fixed")
        }
        "iam" if resource.starts_with("role/aws-service-role/") && listed(UNMODIFIABLE, operation) => {
            Some("S-IAM-02: service-linked roles cannot be edited")
        }
        "iam"
            if resource.starts_with("role/aws-reserved/")
                && starts(
                    "attach detach put delete update tag untag passrole createrole createservicelinkedrole",
                ) =>
        {
            Some("S-IAM-04: roles of IAM Identity Center cannot be made or changed")
        }
        "kms"
            if resource.starts_with("alias/aws/")
                && listed("createalias deletealias updatealias", operation) =>
        {
            Some("S-KMS-08: aliases of AWS are fixed")
        }
        _ => None,
    }
}

fn by_distance(service: &str, operation: &str, target: &Target) -> Option<&'static str> {
    let resource = target.arn.splitn(6, ':').nth(5).unwrap_or("");
    let read_only = match service {
        _ if service != "sts" && is_iam(target) => Some("S-IAM-06, S-IAM-01: no IAM calls across accounts"),
        "kms" if resource.starts_with("alias/") => Some("S-KMS-08: no aliases across accounts"),
        "kms" if !listed(KMS_ACROSS, operation) => Some("S-KMS-05: not across accounts"),
        "sqs" if listed(SQS_NOT_ACROSS, operation) => Some("S-SVC-01: not across accounts"),
        "dynamodb" if !listed(DYNAMODB_ACROSS, operation) => Some("S-SVC-18: not across accounts"),
        "route53" if is_hosted_zone(target) && operation != "associatevpcwithhostedzone" => {
            Some("S-XACC-06: a hosted zone has no policy")
        }
        _ => None,
    };
    let of_list = super::lists::never_carries(&target.arn, &format!("{service}:{operation}"))
        .then_some("S-SVC-19: a share does not carry the action");
    if target.owner == Owner::Nobody { None } else { read_only.or(of_list) }
}

/// Whether the resource is a hosted zone: no policy stands there, and nobody shares it.
pub fn is_hosted_zone(target: &Target) -> bool {
    target.arn.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("hostedzone/"))
}

/// Whether the resource is a user, role, policy or provider: only role trust is a policy there (S-IAM-06).
pub fn is_iam(target: &Target) -> bool {
    target.arn.split(':').nth(2) == Some("iam")
}

/// Whether the caller's account is in an organization.
fn is_member(request: &Request, doubts: &Doubts) -> bool {
    let missing = "organization of the caller's account";
    request.in_organization.unwrap_or_else(|| doubts.choose(Doubt::Missing, missing, 2) == 1)
}

/// Whether the caller's account manages its organization.
fn manages(request: &Request, doubts: &Doubts) -> bool {
    let known = request.management_account.is_some() || request.caller.account.is_none();
    (known || is_member(request, doubts)) && may_manage(request, doubts)
}

/// Whether the caller's account manages the organization that it asks about, be it its own or not.
pub fn may_manage(request: &Request, doubts: &Doubts) -> bool {
    let missing = "management account of the caller's organization";
    match (&request.management_account, &request.caller.account) {
        (Some(management), Some(account)) => management == account,
        (None, Some(_)) => doubts.choose(Doubt::Missing, missing, 2) == 1,
        (_, None) => false,
    }
}

/// `organizations:*` and `sts:AssumeRoot` (S-SVC-16, S-SESS-10).
fn by_organization(
    request: &Request,
    service: &str,
    operation: &str,
    doubts: &Doubts,
) -> Option<&'static str> {
    if service == "organizations"
        && listed("describeorganization leaveorganization", operation)
        && !is_member(request, doubts)
    {
        return Some("S-SVC-16: accounts of the organization only");
    }
    if (service, operation) == ("sts", "assumeroot") {
        let name = "the organization of the account whose root is assumed";
        if !request.on_member.unwrap_or_else(|| doubts.choose(Doubt::Missing, name, 2) == 1) {
            return Some("S-SESS-10: the root user of a member account");
        }
    }
    match (service, operation) {
        ("organizations", "leaveorganization") if manages(request, doubts) => Some("S-SVC-16: members only"),
        ("organizations", _)
            if listed(ORGANIZATIONS_MANAGEMENT_ONLY, operation) && !manages(request, doubts) =>
        {
            Some("S-SVC-16: management account only")
        }
        ("sts", "assumeroot") => {
            let administrator = manages(request, doubts)
                || request.delegated[1].unwrap_or_else(|| {
                    doubts.choose(Doubt::Missing, "delegated administrators for IAM", 2) == 1
                });
            let enabled = administrator
                && request.root_sessions.unwrap_or_else(|| {
                    doubts.choose(Doubt::Missing, "whether root access is enabled", 2) == 1
                });
            (!enabled)
                .then_some("S-SESS-10: the management account or its delegate, with the feature enabled")
        }
        _ => None,
    }
}
