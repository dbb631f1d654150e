//! A question about an estate becomes a request: who the principal is, which policies it holds, who owns the resource,
//! which policies stand there and above both (D-IAM-*, D-ORG-*, S-EVAL-21..25, S-XACC-15).

use std::collections::BTreeMap;

use serde_json::Value;

use super::answer::{Answer, answer};
use super::caller::Caller;
use super::catalog::Catalog;
use super::context::Context;
use super::derive::{self, Place};
use super::doubts::{Asked, Kind as Doubt};
use super::endpoints::{endpoint_of_vpc, endpoint_side, endpoints_for};
use super::estate::{Estate, text};
use super::gates::listed;
use super::json;
use super::lists;
use super::open::{Unknown, open_runs};
use super::own_side::{A_BOUNDARY, OwnSide, scps, session_side};
use super::places::{
    access_point, governing, is_creation, is_settled_by_owner, owner, part_of, policy_of, public_block,
    resource_tags,
};
use super::request::{Behind, Layer, Owner, Request, Target};
use super::shares;
use super::statement::{Policy, PolicyKind};

/// One question. The context is complete but for the keys that follow from the estate.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// ARN, `anonymous` or a service.
    pub principal: String,
    pub action: String,
    /// ARN, or `*`.
    pub resource: String,
    /// Stated owner; else it is looked up.
    pub resource_account: Option<String>,
    /// `{"key": "value" | [values]}`.
    pub context: Value,
    /// The access point through which the resource is reached, as the request names it.
    pub through: Option<String>,
    /// Whether nothing is stated of the way through the network (S-VPCE-07).
    pub open_path: bool,
    /// Session policies of a session. `None`: nothing is stated (S-SESS-01).
    pub session_policies: Option<Vec<Value>>,
    /// The tags that the caller's session hands on (S-SESS-08).
    pub handed_on: BTreeMap<String, String>,
}

/// KMS operations that a grant can carry (S-KMS-06).
const GRANTABLE: &str = "encrypt decrypt reencryptfrom reencryptto generatedatakey generatedatakeywithoutplaintext \
    generatedatakeypair generatedatakeypairwithoutplaintext generatemac verifymac sign verify derivesharedsecret \
    getpublickey describekey creategrant retiregrant";
/// S3 actions that an ACL can grant (S-S3-03).
const BY_ACL: &str = "listbucket listbucketversions listbucketmultipartuploads putobject getobject getobjectversion \
    getbucketacl putbucketacl getobjectacl putobjectacl getobjectversionacl putobjectversionacl";
/// Keys of a service that ride along in every request of a session (S-KEY-30).
const SESSION_KEYS: &str = "saml:sub saml:sub_type saml:namequalifier ec2:sourceinstancearn ec2:roledelivery \
    lambda:sourcefunctionarn ssm:sourceinstancearn glue:roleassumedby glue:credentialissuingservice codebuild:buildarn \
    codebuild:projectarn identitystore:userid";

/// Decides a question about an estate.
///
/// # Errors
/// A principal that is none, or that its collected account does not have; an action that needs an ARN and got none.
pub fn decide_on_estate(estate: &Estate, question: &Question, catalog: &Catalog) -> Result<Answer, String> {
    let runs = |question: &Question| {
        let request = request(estate, question, catalog)?;
        let said = |key: &String| match &question.context {
            Value::Object(context) => context.keys().any(|known| known.eq_ignore_ascii_case(key)),
            _ => false,
        };
        let mut keys = derive::open_keys(&request);
        let half_open = derive::half_open_keys(&request.caller).into_iter();
        keys.extend(half_open.filter(|key| key == "aws:userid"));
        keys.retain(|key| !said(key));
        open_runs(&request, &Unknown { keys, partial: false }, catalog)
    };
    if !question.open_path {
        return Ok(answer(&runs(question)?));
    }
    // S-VPCE-07: once for the public way, and once for each endpoint of the service.
    let service = question.action.split(':').next().unwrap_or("").to_lowercase();
    let region = question.resource.split(':').nth(3).unwrap_or("");
    let ways: Vec<Option<&Value>> = std::iter::once(None)
        .chain(endpoints_for(estate, &service, region, catalog).into_iter().map(Some))
        .collect();
    let mut all = Vec::new();
    for (reading, way) in ways.iter().enumerate() {
        let mut question = question.clone();
        if let (Some(endpoint), Value::Object(context)) = (way, &mut question.context) {
            for (key, field) in [("aws:SourceVpce", "VpcEndpointId"), ("aws:SourceVpc", "VpcId")] {
                context.insert(key.to_owned(), endpoint[field].clone());
            }
        }
        let name = "the way through the network (S-VPCE-07)".to_owned();
        let asked = Asked { kind: Doubt::Open, name, readings: ways.len(), reading };
        for (mut others, run) in runs(&question)? {
            others.push(asked.clone());
            all.push((others, run));
        }
    }
    Ok(answer(&all))
}

fn request(estate: &Estate, question: &Question, catalog: &Catalog) -> Result<Request, String> {
    let mut caller = Caller::read(&question.principal, &Value::Null)?;
    let mut own = OwnSide::default();
    own.find(estate, &mut caller)?;
    let unknown = |layer: &Layer| layer.missing.iter().any(|what| what.ends_with(A_BOUNDARY));
    caller.may_have_boundary = own.boundary.as_ref().is_some_and(unknown);
    caller.has_boundary = own.boundary.is_some() && !caller.may_have_boundary;
    caller.transitive.clone_from(&question.handed_on);
    let session = session_side(question, &caller);
    let is_stranger = |account: &String| !estate.has_files(account) && estate.organization(account).is_none();
    if caller.is_iam() && caller.account.as_ref().is_some_and(is_stranger) {
        caller.no_member_of = estate.organizations.iter().map(|organization| organization.id()).collect();
    }

    let place = |account: &Option<String>| -> Option<Place> {
        account.as_ref().and_then(|account| estate.organization(account)?.place(account))
    };
    let mut context = Context::read(&question.context)?;
    derive::caller_keys(&mut context, &caller, place(&caller.account).as_ref());
    let service = question.action.split(':').next().unwrap_or("").to_lowercase();
    let of_endpoint = context.first("aws:SourceVpce").and_then(|id| text(estate.endpoint(id)?, "VpcId"));
    let is_stated = context.stated().any(|key| key == "aws:sourcevpc");
    if let Some(vpc) = of_endpoint.filter(|_| !is_stated) {
        context.add("aws:SourceVpc", &vpc);
    }
    derive::source_keys(&mut context, &caller, &|account| estate.organization(account)?.place(account));
    let endpoint = match (context.first("aws:SourceVpce"), context.first("aws:SourceVpc")) {
        (Some(id), _) => Some(endpoint_side(estate, id)),
        (None, Some(vpc)) => Some(endpoint_of_vpc(estate, vpc, &service, catalog)),
        (None, None) => None,
    };
    let (mut target, mut block) = target(estate, question, catalog, &caller, &context)?;
    if let Some(point) = access_point(&question.resource) {
        let of_bucket = add_bucket_half(estate, question, catalog, &caller, &context, point, &mut target)?;
        block = either(block, of_bucket);
    }
    if let Owner::Account(owner) = &target.owner
        && is_stranger(owner)
        && !question.action.eq_ignore_ascii_case("events:PutEvents")
    {
        target.no_member_of = estate.organizations.iter().map(|organization| organization.id()).collect();
    }
    let organization = caller.account.as_ref().and_then(|account| estate.organization(account));
    let has_files = caller.account.as_ref().is_none_or(|account| estate.has_files(account));
    let alone = caller.account.is_none() || (has_files && !estate.organizations.is_empty());
    let on_member = match &target.owner {
        Owner::Account(owner) => match (organization, estate.organization(owner)) {
            (Some(own), Some(other)) => {
                Some(own.id() == other.id() && own.management_account().as_ref() != Some(owner))
            }
            (Some(_), None) => Some(false),
            (None, _) => (!estate.organizations.is_empty()).then_some(false),
        },
        Owner::Nobody | Owner::Unknown => Some(true),
    };
    let administered = match &target.owner {
        Owner::Account(owner) => estate.organization(owner).or(organization),
        Owner::Nobody | Owner::Unknown => organization,
    };
    Ok(Request {
        derives: true,
        readings: Vec::new(),
        on_member,
        no_session_policies: false,
        in_organization: organization.map(|_| true).or(alone.then_some(false)),
        scps: scps(estate, &caller),
        management_account: organization.and_then(|o| o.management_account()),
        may_manage: {
            let owner = match &target.owner {
                Owner::Account(owner) => Some(owner),
                Owner::Nobody | Owner::Unknown => None,
            };
            let may = |account: &&String| estate.organization(account).is_some_and(|o| o.may_manage(account));
            caller.account.iter().chain(owner).filter(may).cloned().collect()
        },
        suspended: caller
            .account
            .as_ref()
            .is_some_and(|account| organization.is_some_and(|o| o.is_suspended(account))),
        action: question.action.clone(),
        targets: vec![target],
        identity: own.identity,
        boundary: own.boundary,
        session,
        endpoint,
        delegated: [(administered, None), (organization, Some("iam.amazonaws.com"))]
            .map(|(of, service)| of?.delegates(caller.account.as_deref()?, service)),
        root_sessions: organization.and_then(|organization| organization.has_feature("RootSessions")),
        s3_block_public_access: block,
        canonical_ids: estate.canonical_ids(),
        caller,
    })
}

/// The resource with its owner, policies and keys, and whether public access is blocked there.
fn target(
    estate: &Estate,
    question: &Question,
    catalog: &Catalog,
    caller: &Caller,
    context: &Context,
) -> Result<(Target, Option<bool>), String> {
    let arn = question.resource.clone();
    if arn == "*" && catalog.knows(&question.action) && !catalog.is_wildcard_only(&question.action) {
        return Err(format!("{} needs the ARN of a resource", question.action));
    }
    let service = question.action.split(':').next().unwrap_or("").to_lowercase();
    let operation = question.action.split_once(':').map_or("", |(_, name)| name).to_lowercase();
    let holders = governing(&arn);
    let entry = holders.iter().find_map(|holder| estate.resource(holder));
    let owner = match (owner(question, entry, &arn), &caller.account) {
        // S-EVAL-25: a new bucket is the caller's.
        (Owner::Unknown, Some(account)) if is_creation(&question.action, &question.resource) => {
            Owner::Account(account.clone())
        }
        // S-SVC-16: members own nothing of their organization.
        (Owner::Account(account), _) if service == "organizations" && question.resource_account.is_none() => {
            let manager = estate.organization(&account).and_then(|one| one.management_account());
            Owner::Account(manager.unwrap_or(account))
        }
        (owner, _) => owner,
    };
    let creates = entry.is_none() && is_creation(&question.action, &question.resource);
    let account = match &owner {
        Owner::Account(account) => Some(account.clone()),
        Owner::Nobody if arn == "*" => caller.account.clone(),
        _ => None,
    };

    let mut own = context.clone();
    let organization = account.as_ref().and_then(|account| estate.organization(account));
    let place = account.as_ref().and_then(|account| organization?.place(account));
    let bucket = arn.contains(":s3:::");
    let itself = if bucket { entry } else { estate.resource(&arn) };
    let (known, tags) = resource_tags(estate, &arn, itself);
    let facts = derive::Resource {
        action: &question.action,
        arn: &arn,
        owner: account.as_deref(),
        place: place.as_ref(),
        tags: &tags,
        of_object: &BTreeMap::new(),
    };
    derive::resource_keys(&mut own, &facts, caller.account.as_deref().filter(|_| caller.is_iam()));
    let abac = itself.and_then(|(_, entry)| entry.pointer("/Settings/AbacEnabled")).and_then(Value::as_bool);
    if bucket && abac.is_none() {
        own.doubt(&["aws:resourcetag/", "s3:buckettag/"], "ABAC setting of the bucket");
    }
    if !known {
        for prefix in ["aws:ResourceTag/", "iam:ResourceTag/", "s3:BucketTag/"] {
            own.leave_open(prefix);
        }
    }
    let supplied = |key: &str| {
        let rides =
            listed(SESSION_KEYS, key) || [":amr", ":aud", ":id", ":sub"].iter().any(|end| key.ends_with(end));
        key.starts_with("aws:") || rides || catalog.supplies(&question.action, &arn, key) != Some(false)
    };
    own.remove(|key| !supplied(key)); // S-COND-14

    let of_aws = itself.and_then(|(_, entry)| entry.pointer("/Settings/KeyManager"));
    let of_aws = of_aws.and_then(Value::as_str) == Some("AWS"); // S-RCP-02
    let managed = account.is_some() && account == organization.and_then(|o| o.management_account());
    let rcps = match (organization, &account) {
        (Some(organization), Some(account)) if !managed && !of_aws => {
            organization.levels(account, PolicyKind::Rcp)
        }
        _ => Vec::new(),
    };
    let foreign = caller.account.is_none() || caller.account != account;
    let mut policy = policy_of(estate, &arn, &service, entry, account.as_deref(), foreign);
    if service == "glacier" && part_of(&arn).starts_with("vaults/") {
        // S-SVC-12
        let name = format!("lock policy of {arn}");
        match entry.and_then(|(_, entry)| entry.pointer("/Settings/VaultLockPolicy")) {
            Some(Value::Null) => {}
            Some(lock) => {
                let document = json::policy(lock);
                policy.policies.push(Policy { name, kind: PolicyKind::Resource, document });
            }
            None if foreign => policy.missing.push(name),
            None => {}
        }
    }
    if service == "execute-api" && foreign {
        policy.missing.push(format!("authorization of {arn}")); // S-SVC-08, S-SVC-09
    }
    if service == "ecr" && part_of(&arn).starts_with("repository/") {
        // S-SVC-06
        let registry = format!("{}:registry", arn.splitn(6, ':').take(5).collect::<Vec<_>>().join(":"));
        let name = format!("registry policy of {registry}");
        match estate.resource(&registry).and_then(|(_, entry)| entry.get("Policy")) {
            Some(Value::Null) => {}
            Some(found) => {
                let document = json::policy(found);
                policy.policies.push(Policy { name, kind: PolicyKind::Resource, document });
            }
            None if foreign => policy.missing.push(name),
            None => {}
        }
    }
    if service == "vpc-lattice-svcs" && part_of(&arn).starts_with("service/") {
        policy.missing.push(format!("auth policies of the service networks of {arn}"));
    }
    if service == "organizations"
        && let Some(one) = organization
        && one.management_account() != caller.account
    {
        policy = one.resource_policy();
    }
    let mut possible_grants = Vec::new();
    let mut denying = Layer::default();
    if shares::takes_no_policy(&arn) || creates {
        denying.policies = std::mem::take(&mut policy).policies;
    }
    if foreign && caller.is_iam() {
        let of_caller = caller.account.as_ref();
        let stands = of_caller.and_then(|account| estate.organization(account)?.place(account));
        let (given, possible) = shares::given(estate, &arn, account.as_deref(), caller, stands.as_ref());
        policy.policies.extend(given.policies);
        possible_grants.extend(possible);
        let settings = itself.and_then(|(_, entry)| entry.get("Settings"));
        match lists::lets_in(&arn, settings, caller, stands.as_ref()) {
            _ if !lists::has_list(&arn) || lists::never_carries(&arn, &question.action) => {}
            None => possible_grants.push(format!("shares of {arn}")),
            Some(true) => {
                let statement =
                    serde_json::json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
                let document = json::policy(&serde_json::json!({"Statement": statement}));
                let name = format!("shares of {arn}");
                policy.policies.push(Policy { name, kind: PolicyKind::Resource, document });
            }
            Some(false) => {}
        }
    }
    // S-SVC-13: a file system without policy is open.
    let collected = entry.is_some_and(|(_, entry)| entry.get("Policy").is_some());
    if service == "elasticfilesystem" && operation.starts_with("client") && !collected && !foreign {
        possible_grants.push(format!("policy of {arn}"));
    }
    let mut key_grants = Vec::new();
    if service == "kms" && part_of(&arn).starts_with("key/") && listed(GRANTABLE, &operation) {
        match lists::of_key(entry.and_then(|(_, entry)| entry.get("Settings")), &operation, &own) {
            Some(policies) => key_grants = policies,
            None => possible_grants.push("grants of the key".to_owned()),
        }
    }
    let ownership =
        entry.and_then(|(_, entry)| entry.pointer("/Settings/ObjectOwnership")).and_then(json::scalar);
    let bucket_or_object = access_point(&arn).is_none();
    let mut acl = Vec::new();
    if service == "s3"
        && bucket_or_object
        && listed(BY_ACL, &operation)
        && ownership.as_deref() != Some("BucketOwnerEnforced")
    {
        // What is done to a bucket, and a new object, is a matter of the bucket's ACL.
        let of_bucket = operation.contains("bucket") || operation == "putobject";
        let holder = if of_bucket { entry } else { estate.resource(&arn) };
        match lists::of_acl(holder.and_then(|(_, entry)| entry.get("Settings")), &operation) {
            None => possible_grants.push("ACL of the bucket or object".to_owned()),
            Some((accounts, public)) => {
                acl = accounts;
                match public_block(estate, entry, account.as_deref(), "IgnorePublicAcls") {
                    Some(true) => {}
                    Some(false) => acl.extend(public),
                    None if public.is_empty() => {}
                    None => possible_grants.push("Block Public Access of the bucket".to_owned()),
                }
            }
        }
    }
    let (object_owner, object_owner_open) = match ownership.as_deref() {
        setting if setting != Some("BucketOwnerEnforced") && is_settled_by_owner(&arn, &operation) => {
            let known = estate.resource(&arn).and_then(|(_, entry)| text(entry, "Account"));
            let open = known.is_none() && setting.is_some();
            (known.filter(|known| account.as_ref() != Some(known)), open)
        }
        _ => (None, false),
    };
    let part = part_of(&arn);
    let under_lake_formation =
        service == "glue" && ["database/", "table/"].iter().any(|w| part.starts_with(w));
    let changes_alias = service == "kms"
        && part.starts_with("alias/")
        && listed("createalias updatealias deletealias", &operation);
    let also_missing = match () {
        () if under_lake_formation => Some("Lake Formation permissions".to_owned()),
        () if changes_alias => Some("permissions on the key behind the alias".to_owned()),
        () => None,
    };
    let settings = entry.and_then(|(_, entry)| entry.get("Settings"));
    let vpc_only = settings.and_then(|settings| text(settings, "NetworkOrigin")).as_deref() == Some("VPC");
    let point = access_point(question.through.as_deref().unwrap_or(&arn));
    if service == "s3"
        && let Some(point) = point
    {
        own.add("s3:DataAccessPointArn", point);
        own.add("s3:DataAccessPointAccount", point.split(':').nth(4).unwrap_or(""));
        let settings = estate.resource(point).and_then(|(_, entry)| entry.get("Settings"));
        match settings.and_then(|settings| text(settings, "NetworkOrigin")) {
            Some(origin) => own.add("s3:AccessPointNetworkOrigin", &origin),
            None => own.leave_open("s3:AccessPointNetworkOrigin"),
        }
    }
    let block = public_block(estate, entry, account.as_deref(), "RestrictPublicBuckets");
    let (through, behind) = (question.through.clone(), None);
    Ok((
        Target {
            no_member_of: Vec::new(),
            arn,
            through,
            behind,
            owner,
            policy,
            denying,
            vpc_only,
            also_missing,
            possible_grants,
            open: false,
            signed_only: false,
            authorizer: false,
            refused: None,
            object_owner,
            object_owner_open,
            key_grants,
            acl,
            owner_stated: false,
            acl_open: ownership.is_none(),
            rcps,
            context: own,
        },
        block,
    ))
}

/// The same request on the bucket behind an access point (S-S3-10), and whether public access is blocked there.
fn add_bucket_half(
    estate: &Estate,
    question: &Question,
    catalog: &Catalog,
    caller: &Caller,
    context: &Context,
    point: &str,
    into: &mut Target,
) -> Result<Option<bool>, String> {
    let settings = estate.resource(point).and_then(|(_, entry)| entry.get("Settings"));
    let Some(bucket) = settings.and_then(|settings| text(settings, "Bucket")) else {
        into.behind = Some(Behind::Missing(format!("bucket behind {point}")));
        return Ok(None);
    };
    let key = question.resource.split_once("/object/").map(|(_, key)| format!("/{key}")).unwrap_or_default();
    let of_bucket = Question {
        resource: format!("arn:aws:s3:::{bucket}{key}"),
        resource_account: settings.and_then(|settings| text(settings, "BucketAccount")),
        through: Some(question.resource.clone()),
        ..question.clone()
    };
    if !catalog.supports(&question.action, &of_bucket.resource) {
        return Ok(Some(false));
    }
    let (mut half, block) = target(estate, &of_bucket, catalog, caller, context)?;
    half.through = of_bucket.through;
    into.behind = Some(Behind::Half(Box::new(half)));
    Ok(block)
}

pub fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}
