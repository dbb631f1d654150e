//! Context keys that follow from principal, resource and organization (S-KEY-01, §3.6): `derive` of design.md §7.

use std::collections::BTreeMap;

use super::caller::{Caller, Kind, SessionName};
use super::context::Context;
use super::request::{Owner, Request, Target};

/// Where an account stands in an organization.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub organization: String,
    /// `o-1/r-1/ou-1/`; empty if it is not known.
    pub path: String,
}

/// Adds the keys of the caller.
pub fn caller_keys(context: &mut Context, caller: &Caller, place: Option<&Place>) {
    let signed = !matches!(caller.kind, Kind::Anonymous | Kind::Saml | Kind::Oidc);
    if signed {
        context.add("aws:PrincipalIsAWSService", if caller.kind == Kind::Service { "true" } else { "false" });
    }
    let account = caller.account.clone().unwrap_or_default();
    match caller.kind {
        Kind::Anonymous => {
            context.add("aws:PrincipalAccount", "anonymous");
            context.add("aws:PrincipalType", "Anonymous");
            context.add("aws:userid", "anonymous");
        }
        Kind::Service => context.add("aws:PrincipalServiceName", &caller.text),
        Kind::Oidc => {
            if let Some(provider) = &caller.provider {
                context.add("aws:FederatedProvider", provider);
            }
        }
        Kind::AwsOwned if !account.is_empty() => context.add("aws:PrincipalAccount", &account),
        Kind::Saml | Kind::AwsOwned => {}
        Kind::Root | Kind::AssumedRoot => {
            iam_keys(context, &caller.text, &account, "Account");
            context.add("aws:userid", &account);
            if caller.kind == Kind::AssumedRoot {
                context.add("aws:AssumedRoot", "true");
            }
        }
        Kind::User | Kind::SessionToken => {
            iam_keys(context, &caller.text, &account, "User");
            context.add("aws:username", caller.text.rsplit('/').next().unwrap_or(""));
            match &caller.unique_id {
                Some(id) => context.add("aws:userid", id),
                None => context.leave_open("aws:userid"),
            }
        }
        Kind::FederatedUser => {
            iam_keys(context, &caller.text, &account, "FederatedUser");
            let name = caller.text.rsplit('/').next().unwrap_or("");
            context.add("aws:userid", &format!("{account}:{name}"));
        }
        Kind::Role | Kind::Session => {
            let plain = caller
                .role_name
                .as_ref()
                .map(|name| format!("arn:{}:iam::{account}:role/{name}", caller.partition));
            let arn = caller.role_arn.clone().or(plain).unwrap_or_default();
            match caller.is_of_unknown_sso_role() {
                true => {
                    context.add("aws:PrincipalAccount", &account);
                    context.add("aws:PrincipalType", "AssumedRole");
                    context.leave_open("aws:PrincipalArn");
                }
                false => iam_keys(context, &arn, &account, "AssumedRole"),
            }
            match (&caller.unique_id, &caller.session_name) {
                (Some(id), SessionName::Known(name)) => context.add("aws:userid", &format!("{id}:{name}")),
                _ => context.leave_open("aws:userid"),
            }
        }
    }
    if caller.is_iam() {
        if let Some(place) = place {
            context.add("aws:PrincipalOrgID", &place.organization);
            add_path(context, "aws:PrincipalOrgPaths", &place.path);
        }
        context.add_tags("aws:PrincipalTag/", caller.tags.iter());
    }
}

/// Adds that a service makes the call, where a key says so that only such calls hold, and the two ends of the chain of services through
/// which it came (S-TRI-09).
pub fn ends_of_chain(context: &mut Context) {
    let by_service = ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "kms:viaservice"];
    let is_forwarded = by_service.iter().any(|key| context.all(key).is_some_and(|held| !held.is_empty()));
    if is_forwarded && !context.lacks("aws:viaawsservice") {
        context.add("aws:ViaAWSService", "true");
    }
    let chain = context.all("aws:calledvia").unwrap_or_default();
    let ends = [("aws:calledviafirst", chain.first()), ("aws:calledvialast", chain.last())];
    for (key, end) in ends {
        if let (Some(end), false) = (end, context.lacks(key)) {
            context.add(key, end);
        }
    }
}

/// Adds the organization of the account for which a service calls, where nothing else is said of it.
pub fn source_keys(context: &mut Context, caller: &Caller, place: &dyn Fn(&str) -> Option<Place>) {
    let of_arn = context.first("aws:SourceArn").and_then(|arn| arn.split(':').nth(4));
    let Some(account) = context.first("aws:SourceAccount").or(of_arn) else { return };
    let Some(place) = place(account).filter(|_| caller.kind == Kind::Service) else { return };
    let stated: Vec<String> = context.stated().map(str::to_owned).collect();
    let is_open = |key: &str| !stated.iter().any(|name| name.eq_ignore_ascii_case(key));
    if is_open("aws:SourceOrgID") {
        context.add("aws:SourceOrgID", &place.organization);
    }
    if is_open("aws:SourceOrgPaths") {
        add_path(context, "aws:SourceOrgPaths", &place.path);
    }
}

/// Adds the path of an account; an empty one is not known.
fn add_path(context: &mut Context, key: &str, path: &str) {
    match path {
        "" => context.leave_open(key),
        _ => context.add_all(key, &[path.to_owned()]),
    }
}

/// Keys that the caller's credentials hold and that nobody states (S-KEY-22), and those of which a part is known (S-TRI-10).
pub fn open_keys(request: &Request) -> Vec<String> {
    let forwarded = request.targets.iter().any(|target| {
        target.context.first("aws:ViaAWSService").is_some_and(|via| via.eq_ignore_ascii_case("true"))
    });
    let caller = &request.caller;
    let mut open = match caller.kind {
        _ if caller.session_token => {
            let keys = ["aws:TokenIssueTime", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"];
            keys.map(str::to_owned).to_vec()
        }
        Kind::Role | Kind::Session | Kind::FederatedUser | Kind::AssumedRoot => {
            vec!["aws:TokenIssueTime".to_owned()]
        }
        Kind::Service => vec!["aws:PrincipalServiceNamesList".to_owned()],
        Kind::User if forwarded => vec!["aws:MultiFactorAuthPresent".to_owned()],
        _ => Vec::new(),
    };
    let is_named = matches!(caller.session_name, SessionName::Known(_));
    if caller.is_role_session() && caller.unique_id.is_some() && !is_named {
        open.push("aws:userid".to_owned());
    }
    let account = caller.account.as_deref().filter(|_| caller.is_iam());
    let lacks_owner = |target: &Target| match &target.owner {
        Owner::Account(owner) => may_lack_owner(&request.action, owner, account),
        _ => false,
    };
    if request.targets.iter().any(lacks_owner) {
        open.extend(["aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths"].map(str::to_owned));
    }
    if !caller.no_member_of.is_empty() {
        // S-XACC-15
        open.extend(["aws:PrincipalOrgID".to_owned(), "aws:PrincipalOrgPaths".to_owned()]);
    }
    open
}

/// Keys of which a part is known: ids by their form (S-KEY-01, S-TRI-10).
pub fn half_open_keys(caller: &Caller) -> Vec<String> {
    let mut open = Vec::new();
    let has_id = matches!(caller.kind, Kind::User | Kind::SessionToken | Kind::Role | Kind::Session);
    if has_id && caller.unique_id.is_none() {
        open.push("aws:userid".to_owned());
    }
    if caller.is_of_unknown_sso_role() {
        open.push("aws:PrincipalArn".to_owned());
    }
    open
}

fn iam_keys(context: &mut Context, arn: &str, account: &str, kind: &str) {
    context.add("aws:PrincipalArn", arn);
    context.add("aws:PrincipalAccount", account);
    context.add("aws:PrincipalType", kind);
}

/// Calls that carry no `aws:Resource*` keys of the owner (S-KEY-31).
const WITHOUT_OWNER: &str = "ec2:accepttransitgatewaypeeringattachment ec2:acceptvpcendpointconnections \
    ec2:acceptvpcpeeringconnection ec2:createtransitgatewaypeeringattachment ec2:createvpcendpoint \
    ec2:createvpcpeeringconnection route53:associatevpcwithhostedzone route53:createvpcassociationauthorization \
    auditmanager:updateassessmentframeworkshare detective:acceptinvitation ds:acceptshareddirectory \
    guardduty:acceptadministratorinvitation macie2:acceptinvitation es:acceptinboundconnection \
    securityhub:acceptadministratorinvitation";

/// What the keys of a resource follow from.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    pub action: &'a str,
    pub arn: &'a str,
    pub owner: Option<&'a str>,
    pub place: Option<&'a Place>,
    pub tags: &'a BTreeMap<String, String>,
    /// The tags of an object in S3, whatever is set for its bucket.
    pub of_object: &'a BTreeMap<String, String>,
}

/// Services with a name of their own for `aws:ResourceTag`.
const SERVICES_WITH_TAGS: &str = "autoscaling ec2 ecr ecr-public ecs elasticloadbalancing elasticmapreduce glacier iam \
    iotanalytics license-manager ram sagemaker secretsmanager ssm";
/// Services whose calls see the tags of another service's resources under that one's name.
const CALLS_ON_OTHERS: [(&str, &str); 4] = [
    ("sts", "iam"),
    ("ec2-instance-connect", "ec2"),
    ("codestar", "iam"),
    ("arc-zonal-shift", "elasticloadbalancing"),
];
/// The types of resources of RDS whose tags a key holds.
const RDS_TAGS: &str = "cluster cluster-pg cluster-snapshot db es og pg ri secgrp snapshot subgrp";

/// Whether nobody knows if a call holds the keys of the owner (S-KEY-31).
pub fn may_lack_owner(action: &str, owner: &str, caller: Option<&str>) -> bool {
    action.eq_ignore_ascii_case("events:PutEvents") && caller != Some(owner)
}

/// Adds the keys of the resource. `caller`: the account of a principal of an account.
pub fn resource_keys(context: &mut Context, resource: &Resource, caller: Option<&str>) {
    let Resource { action, arn, owner, place, tags, of_object } = *resource;
    let action = action.to_lowercase();
    let service = action.split(':').next().unwrap_or("");
    let owner = owner.filter(|_| service != "ebs" && !super::gates::listed(WITHOUT_OWNER, &action));
    if let Some(owner) = owner.filter(|owner| !may_lack_owner(&action, owner, caller)) {
        context.add("aws:ResourceAccount", owner);
        if service == "s3" {
            context.add("s3:ResourceAccount", owner);
        }
        if let Some(place) = place {
            context.add("aws:ResourceOrgID", &place.organization);
            add_path(context, "aws:ResourceOrgPaths", &place.path);
        }
    }
    if let (Some(account), "kms") = (caller, service) {
        context.add("kms:CallerAccount", account);
    }
    if let (Some(account), "sns") = (caller, service) {
        context.add("aws:SourceOwner", account); // U-36
    }
    context.add_tags("aws:ResourceTag/", tags.iter());
    if SERVICES_WITH_TAGS.split_whitespace().any(|named| named == service) {
        context.add_tags(&format!("{service}:ResourceTag/"), tags.iter());
    }
    let other = arn.split(':').nth(2).unwrap_or("");
    if CALLS_ON_OTHERS.contains(&(service, other)) {
        context.add_tags(&format!("{other}:ResourceTag/"), tags.iter());
    }
    let part = arn.splitn(6, ':').nth(5).unwrap_or("");
    match service {
        "s3" => {
            context.add_tags("s3:BucketTag/", tags.iter());
            if part.contains('/') && (arn.contains(":s3:::") || part.contains("/object/")) {
                context.add_tags("s3:ExistingObjectTag/", of_object.iter());
            }
        }
        "rds" => {
            let kind = part.split(':').next().unwrap_or("");
            if RDS_TAGS.split_whitespace().any(|named| named == kind) {
                context.add_tags(&format!("rds:{kind}-tag/"), tags.iter());
            }
        }
        _ => {}
    }
    let region = arn.split(':').nth(3).unwrap_or("");
    match service {
        "iam" if arn.starts_with("arn:aws:") || arn == "*" => context.add("aws:RequestedRegion", "us-east-1"),
        _ if !region.is_empty() && !region.contains('*') => context.add("aws:RequestedRegion", region),
        _ => {}
    }
}
