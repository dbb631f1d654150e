//! The decision on one request, in the order of AWS's evaluation page, for one reading of everything that is open.

use super::answer::{Answer, Layer as Blocked, Outcome, Run, answer};
use super::caller::{Caller, Kind};
use super::catalog::Catalog;
use super::controls::{rcp, scp};
use super::doubts::{Asked, Doubts, Kind as Doubt};
use super::further::{also_needed, by_function_url, tags_federated_user};
use super::gates;
use super::principal::Form;
use super::public::is_public;
use super::request::{Behind, Layer, Owner, Request, Target};
use super::resource;
use super::sides::{Distance, ORGANIZATIONS_ANYONE, Said, Stops, TRUST_ACTIONS, is_alias};
use super::statement::{Effect, World, evaluate, resource_patterns};

const MOST_READINGS: usize = 4096;
/// DynamoDB calls that take no notice of a table's policy (S-SVC-18).
pub const DYNAMODB_WITHOUT_POLICY: &str = "createtable listtables liststreams listbackups deletebackup describebackup \
    restoretablefrombackup restoretabletopointintime importtable describeimport listimports describeexport listexports \
    createglobaltable describeglobaltable describeglobaltablesettings listglobaltables updateglobaltable \
    updateglobaltablesettings listcontributorinsights describelimits describeendpoints";
/// Decides a request once for every combination of readings.
///
/// # Errors
/// More open readings than the walk goes through.
pub fn decide(request: &Request, catalog: &Catalog) -> Result<Answer, String> {
    Ok(answer(&runs(request, catalog)?))
}

/// A run for every combination of readings, with the readings.
///
/// # Errors
/// As [`decide`].
pub fn runs(request: &Request, catalog: &Catalog) -> Result<Vec<(Vec<Asked>, Run)>, String> {
    let doubts = Doubts::by(&request.readings);
    let mut runs = Vec::new();
    loop {
        let run = decide_once(request, catalog, &doubts);
        let (asked, more) = doubts.next();
        runs.push((asked, run));
        if !more {
            return Ok(runs);
        }
        if runs.len() > MOST_READINGS {
            return Err(format!("more than {MOST_READINGS} combinations of open readings"));
        }
    }
}

/// Every resource, and every further action that the call cannot do without, must be allowed (S-DEC-01, S-RES-20).
fn decide_once(request: &Request, catalog: &Catalog, doubts: &Doubts) -> Run {
    let of_nobody;
    let request = match Caller::read("anonymous", &serde_json::Value::Null) {
        Ok(nobody) if asks_for_no_credentials(request) => {
            of_nobody = Request { caller: nobody, session: None, scps: Vec::new(), ..request.clone() };
            &of_nobody
        }
        _ => request,
    };
    let mut all = Vec::new();
    for target in &request.targets {
        let mut run = decide_target(request, target, catalog, doubts, false);
        let further = target.also_missing.as_ref().filter(|_| run.outcome == Outcome::Allowed);
        if further.is_some_and(|name| doubts.choose(Doubt::Missing, name, 2) == 0) {
            run.outcome = Outcome::ImplicitlyDenied;
        }
        all.push(run);
        match &target.behind {
            Some(Behind::Half(half)) => all.push(decide_target(request, half, catalog, doubts, false)),
            Some(Behind::Missing(name)) if doubts.choose(Doubt::Missing, name, 2) == 0 => {
                all.push(Run { outcome: Outcome::ImplicitlyDenied, blocked_by: Vec::new(), gate: None });
            }
            _ => {}
        }
        for (action, both_sides) in also_needed(request, target) {
            let mut further = Request { action: action.to_owned(), ..request.clone() };
            // It is a permission of the call and no call of its own: S-SESS-06 does not refuse it.
            further.caller.session_token = false;
            all.push(decide_target(&further, target, catalog, doubts, both_sides));
        }
        all.extend(by_function_url(request, target, catalog, doubts));
    }
    let any = |outcome: Outcome| all.iter().any(|run| run.outcome == outcome);
    let outcome = match (any(Outcome::ExplicitlyDenied), any(Outcome::ImplicitlyDenied)) {
        (true, _) => Outcome::ExplicitlyDenied,
        (false, true) => Outcome::ImplicitlyDenied,
        (false, false) => Outcome::Allowed,
    };
    let mut blocked_by: Vec<Blocked> = all.iter().flat_map(|run| run.blocked_by.clone()).collect();
    blocked_by.sort_unstable();
    blocked_by.dedup();
    Run { outcome, blocked_by, gate: all.iter().find_map(|run| run.gate) }
}

/// Whether the call is to a function URL that asks for no credentials, and so is nobody's (S-SVC-04).
fn asks_for_no_credentials(request: &Request) -> bool {
    let none = |target: &Target| target.context.first("lambda:FunctionUrlAuthType") == Some("NONE");
    request.action.eq_ignore_ascii_case("lambda:InvokeFunctionUrl") && request.targets.iter().any(none)
}

pub fn decide_target(
    request: &Request,
    target: &Target,
    catalog: &Catalog,
    doubts: &Doubts,
    both_sides: bool,
) -> Run {
    let caller = &request.caller;
    let owned;
    let target = match target.object_owner_open {
        true => {
            owned = with_object_owner(caller, target, doubts);
            &owned
        }
        false => target,
    };
    let some_resource = target.arn == "*" && !catalog.formats(&request.action).is_empty();
    let names_none = some_resource
        && !target.owner_stated
        && matches!(target.owner, Owner::Nobody)
        && catalog.needs_no_resource(&request.action);
    let no_resource =
        catalog.is_wildcard_only(&request.action) || names_none || (target.arn == "*" && !some_resource);
    let to_bucket = distance(caller, target, no_resource, doubts);
    let distance = match &target.object_owner {
        None => to_bucket,
        Some(owner) if caller.account.as_ref() == Some(owner) => Distance::SameAccount,
        Some(_) => Distance::Foreign,
    };
    let mut world = World {
        catalog,
        doubts,
        context: &target.context,
        caller,
        action: &request.action,
        resource: None,
        among: (some_resource && !names_none).then(|| {
            let account = match &target.owner {
                Owner::Account(account) => Some(account.as_str()),
                Owner::Nobody => Some("aws"),
                Owner::Unknown => None,
            };
            (caller.partition.as_str(), account)
        }),
        also: None,
        canonical_ids: &request.canonical_ids,
    };
    let asked = if no_resource && !names_none {
        Some(resource_string(request, target, &world))
    } else {
        let fits = some_resource
            || catalog.supports(&request.action, &target.arn)
            || tags_federated_user(request, target);
        fits.then(|| target.arn.clone())
    };
    world.resource = asked.as_deref();

    if let Some(run) = no_permission_needed(request, &world) {
        return run;
    }
    let own = match &target.through {
        Some(point) => World { resource: Some(point), also: asked.as_deref(), ..world },
        None => world,
    };
    let mut said = listen(request, target, &own, &world, distance, no_resource);
    if target.through.is_none() {
        bucket_half(request, target, &world, &mut said);
    }
    let foreign = distance == Distance::Foreign && caller.kind != Kind::Service;
    let wrong_type = asked.is_none().then_some("S-RES-12: the action does not act on such a resource");
    let gate = gates::closed(request, target, foreign, doubts).or(wrong_type);
    let public = ["s3", "s3express"].contains(&request.service().as_str())
        && !target.vpc_only
        && target.policy.policies.iter().any(|policy| is_public(policy, is_access_point(&target.arn)));
    let bpa = public
        && !no_resource
        && caller.kind != Kind::Service
        && to_bucket != Distance::SameAccount
        && !through_own_point(caller, target)
        && (request.service() == "s3express" || blocks_public(request, doubts)) // S-S3-13
        && !by_acl(target, &world).allows; // S-S3-06: by policy only

    let mut stops = Stops::new(request, target, &said, distance, both_sides, doubts);
    if bpa {
        stops.add(Blocked::S3Bpa);
    }
    let denied =
        [&said.identity, &said.boundary, &said.session, &said.scp, &said.rcp, &said.endpoint, &said.resource]
            .iter()
            .any(|effect| effect.denies);
    let ceilings = said.scp.allows && said.rcp.allows && said.endpoint.allows && !bpa && gate.is_none();
    let outcome = match (denied, ceilings && stops.granted) {
        (true, _) => Outcome::ExplicitlyDenied,
        (false, true) => Outcome::Allowed,
        (false, false) => Outcome::ImplicitlyDenied,
    };
    Run { outcome, blocked_by: stops.layers, gate }
}

/// The object is the bucket owner's, the caller's, or somebody else's (S-S3-04).
fn with_object_owner(caller: &Caller, target: &Target, doubts: &Doubts) -> Target {
    let of_caller = caller.account.clone().filter(|account| target.owner != Owner::Account(account.clone()));
    let choices = if of_caller.is_some() { 3 } else { 2 };
    let object_owner = match doubts.choose(Doubt::Missing, "owner of the object", choices) {
        0 => None,
        1 => Some("000000000000".to_owned()),
        _ => of_caller,
    };
    Target { object_owner, ..target.clone() }
}

fn distance(caller: &Caller, target: &Target, no_resource: bool, doubts: &Doubts) -> Distance {
    match (&target.owner, &caller.account) {
        (Owner::Nobody, _) => Distance::Nobody,
        _ if no_resource => Distance::Nobody,
        (Owner::Account(owner), Some(account)) if owner == account => Distance::SameAccount,
        (Owner::Unknown, Some(_)) if doubts.choose(Doubt::Missing, "owner of the resource", 2) == 1 => {
            Distance::SameAccount
        }
        _ => Distance::Foreign,
    }
}

/// Whether the caller's account owns the access point that the request goes through (S-S3-06).
fn through_own_point(caller: &Caller, target: &Target) -> bool {
    let owner = target.through.as_ref().and_then(|point| point.split(':').nth(4));
    owner.is_some() && owner == caller.account.as_deref()
}

/// RestrictPublicBuckets (S-S3-05, S-S3-06).
fn blocks_public(request: &Request, doubts: &Doubts) -> bool {
    request.s3_block_public_access.unwrap_or_else(|| {
        doubts.choose(Doubt::Missing, "public access block of the bucket and its account", 2) == 1
    })
}

/// The resource string of an action without resource type: one unknown of the request (S-RES-10).
fn resource_string(request: &Request, target: &Target, world: &World) -> String {
    let layers = [
        Some(&request.identity),
        request.boundary.as_ref(),
        request.session.as_ref(),
        request.endpoint.as_ref(),
    ];
    let layers = layers.into_iter().flatten().chain(&request.scps).chain(&target.rcps);
    let mut patterns: Vec<(String, bool)> = Vec::new();
    for policy in layers.flat_map(|layer| &layer.policies) {
        for pattern in resource_patterns(world, policy) {
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
    }
    if patterns.iter().all(|(text, _)| text == "*") {
        return "*".to_owned();
    }
    let candidates = resource::candidates(world, &patterns);
    let name = format!("resource string of {} (U-40)", request.action);
    let chosen =
        if candidates.len() > 1 { world.doubts.choose(Doubt::Open, &name, candidates.len()) } else { 0 };
    candidates.get(chosen).cloned().unwrap_or_else(|| "*".to_owned())
}

/// `sts:GetCallerIdentity` and `sts:GetSessionToken` (S-STS-01, S-STS-02).
fn no_permission_needed(request: &Request, world: &World) -> Option<Run> {
    let allowed = Some(Run { outcome: Outcome::Allowed, blocked_by: Vec::new(), gate: None });
    let action = request.action.to_lowercase();
    let caller = &request.caller;
    match action.as_str() {
        "sts:getsessiontoken" if matches!(caller.kind, Kind::User | Kind::Root) && !caller.session_token => {
            allowed
        }
        "sts:getsessiontoken" if matches!(caller.kind, Kind::Service | Kind::AwsOwned) => {
            let gate = Some("S-STS-02: by users and root only");
            Some(Run { outcome: Outcome::ImplicitlyDenied, blocked_by: Vec::new(), gate })
        }
        "sts:getcalleridentity" if matches!(caller.kind, Kind::Anonymous | Kind::Saml | Kind::Oidc) => {
            let gate = Some("S-XACC-13, S-KEY-02: not without credentials");
            Some(Run { outcome: Outcome::ImplicitlyDenied, blocked_by: Vec::new(), gate })
        }
        "sts:getcalleridentity" => {
            let direct =
                caller.kind != Kind::Service && world.context.first("aws:ViaAWSService") != Some("true");
            let path = request.endpoint.as_ref().filter(|_| direct);
            let endpoint = path.map(|layer| effect_of(world, layer));
            let denied = endpoint.as_ref().is_some_and(|effect| effect.denies);
            let stopped = endpoint.is_some_and(|effect| effect.denies || !effect.allows);
            if stopped && world.doubts.maybe("an endpoint policy stops GetCallerIdentity (U-33)") {
                let outcome = if denied { Outcome::ExplicitlyDenied } else { Outcome::ImplicitlyDenied };
                return Some(Run { outcome, blocked_by: vec![Blocked::Endpoint], gate: None });
            }
            allowed
        }
        _ => None,
    }
}

/// All policies of a layer together.
pub fn effect_of(world: &World, layer: &Layer) -> Effect {
    let mut all = Effect::default();
    for policy in &layer.policies {
        // One of which nobody knows whether it is attached.
        let perhaps = policy.name.starts_with(PERHAPS);
        if perhaps && world.doubts.choose(Doubt::Missing, &policy.name, 2) == 0 {
            continue;
        }
        let effect = evaluate(world, policy);
        all.allows |= effect.allows;
        all.denies |= effect.denies;
        all.forms.extend(effect.forms);
    }
    for name in &layer.missing {
        match world.doubts.choose(Doubt::Missing, name, 3) {
            1 => {
                all.allows = true;
                all.forms.push(Form::Everyone);
            }
            2 => all.denies = true,
            _ => {}
        }
    }
    all
}

/// How the name of a policy begins that may be attached or not.
pub const PERHAPS: &str = "perhaps ";

pub fn silent(allows: bool) -> Effect {
    Effect { allows, ..Effect::default() }
}

/// Asks every layer that takes part; a layer that does not allows and denies nothing.
fn listen(
    request: &Request,
    target: &Target,
    own: &World,
    world: &World,
    distance: Distance,
    no_resource: bool,
) -> Said {
    let caller = &request.caller;
    let root = matches!(caller.kind, Kind::Root | Kind::AssumedRoot);
    let has_identity = caller.is_iam() && !root && !caller.is_federated_root();
    let identity =
        match (has_identity || target.authorizer && caller.kind == Kind::Anonymous, caller.is_iam()) {
            (true, _) => effect_of(own, &request.identity),
            (false, true) if caller.is_federated_root() => {
                silent(own.doubts.reads("U-74", true, "session-policies"))
            }
            (false, implicit) => silent(implicit),
        };
    let boundary = match &request.boundary {
        // S-PB-01: service-linked roles have none.
        Some(layer) if has_identity && !caller.is_service_linked() => effect_of(own, layer),
        _ => silent(true),
    };
    let session = match (&request.session, caller.kind) {
        (Some(layer), kind) if caller.is_iam() && kind != Kind::Root => effect_of(own, layer),
        (None, Kind::FederatedUser) => silent(false),
        (None, Kind::AssumedRoot) if !request.no_session_policies => {
            silent(own.doubts.choose(Doubt::Missing, "the task policy of the root session", 2) == 1)
        }
        _ => silent(true),
    };
    let endpoint = match &request.endpoint {
        Some(layer)
            if caller.kind != Kind::Service && target.context.first("aws:ViaAWSService") != Some("true") =>
        {
            effect_of(own, layer)
        }
        _ => silent(true),
    };
    Said {
        identity,
        boundary,
        session,
        scp: scp(request, own),
        rcp: rcp(request, target, world, no_resource),
        endpoint,
        resource: resource_side(request, target, world, distance),
    }
}

/// The bucket half of a request through an access point: the caller's own policies are asked about the access point too
/// (S-S3-10). One that allows the bucket ARN only may be enough (U-80).
fn bucket_half(request: &Request, target: &Target, world: &World, said: &mut Said) {
    if request.service() != "s3" || is_access_point(&target.arn) || !request.caller.is_iam() {
        return;
    }
    let Some(point) = request.targets.iter().find(|other| is_access_point(&other.arn)) else { return };
    let supported = world.catalog.supports(&request.action, &point.arn).then_some(point.arn.as_str());
    let at_point = World { resource: supported, ..*world };
    let layers = [
        (Some(&request.identity), &mut said.identity),
        (request.boundary.as_ref(), &mut said.boundary),
        (request.session.as_ref(), &mut said.session),
    ];
    for (layer, said) in layers {
        let Some(layer) = layer.filter(|_| !matches!(request.caller.kind, Kind::Root)) else { continue };
        let effect = effect_of(&at_point, layer);
        said.denies |= effect.denies;
        let bucket_only = said.allows && !effect.allows;
        said.allows = effect.allows
            || (bucket_only
                && world.doubts.choose(Doubt::Missing, "which ARN counts for the bucket half (U-80)", 2)
                    == 1);
    }
}

/// Whether an ARN is of an S3 access point or of an object behind one.
pub fn is_access_point(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("s3")
        && arn.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("accesspoint/"))
}

/// What an ACL gives, if ACLs count on the bucket (S-S3-03).
fn by_acl(target: &Target, world: &World) -> Effect {
    let mut all = silent(false);
    for policy in &target.acl {
        let effect = evaluate(world, policy);
        let gives = effect.allows || !effect.forms.is_empty();
        if target.acl_open && gives && world.doubts.choose(Doubt::Missing, "object ownership", 2) == 0 {
            continue;
        }
        all.allows |= gives;
        all.forms.extend(effect.forms);
    }
    all
}

/// The resource policy, trust policy or key policy, where one takes part, and grants that are no policies.
fn resource_side(request: &Request, target: &Target, world: &World, distance: Distance) -> Effect {
    let (service, operation) = (request.service(), request.operation());
    let organizations = service == "organizations";
    let takes_part = match service.as_str() {
        "iam" => false,
        "organizations" => {
            !gates::listed(ORGANIZATIONS_ANYONE, &operation)
                && !gates::listed(gates::ORGANIZATIONS_MANAGEMENT_ONLY, &operation)
        }
        _ if service != "sts" && gates::is_iam(target) => false,
        "sts" => gates::listed(TRUST_ACTIONS, &operation),
        "kms" => operation != "listretirablegrants" && !is_alias(target),
        "dynamodb" => !gates::listed(DYNAMODB_WITHOUT_POLICY, &operation),
        _ => true,
    };
    let denied = effect_of(world, &target.denying).denies;
    if !takes_part || (distance == Distance::Nobody && !organizations) {
        return Effect { denies: denied, ..silent(false) };
    }
    // Design §5: within an account a policy that was not collected counts as none, unless it decides alone.
    let mut policy = target.policy.clone();
    if matches!(target.owner, Owner::Unknown) && distance == Distance::SameAccount {
        policy.missing.clear();
    }
    let mut all = effect_of(world, &policy);
    all.denies |= denied;
    if service == "vpc-lattice-svcs" {
        // S-SVC-17: every auth policy must allow.
        let each = |policy| evaluate(world, policy).allows;
        let missing = |name: &String| world.doubts.choose(Doubt::Missing, name, 3) == 1;
        all.allows = all.allows && policy.policies.iter().all(each) && policy.missing.iter().all(missing);
    }
    let key = service == "kms";
    for policy in &target.key_grants {
        // S-KMS-12: an account that is named needs its own side, an identity does not.
        let form = |form| if matches!(form, Form::Account | Form::Service) { form } else { Form::KeyGrant };
        let effect = evaluate(world, policy);
        all.allows |= effect.allows;
        all.forms.extend(effect.forms.into_iter().map(form));
    }
    // S-S3-04: on an object of another owner the bucket's policy only denies.
    if target.object_owner.is_some() {
        all.allows = false;
        all.forms.clear();
    }
    let acl = by_acl(target, world);
    all.allows |= acl.allows;
    all.forms.extend(acl.forms);
    // A share is for callers of other accounts (S-SVC-19).
    let counts = |grant: &&String| !grant.starts_with("shares of") || distance == Distance::Foreign;
    let possible = target.possible_grants.iter().filter(counts);
    for grant in possible.filter(|_| !key || request.caller.is_iam()) {
        if world.doubts.choose(Doubt::Missing, grant, 2) == 1 {
            all.allows = true;
            all.forms.push(if key { Form::KeyGrant } else { Form::Everyone });
        }
    }
    // S-ROOT-02, S-ROOT-04: the lockout rules.
    let unlocks = match service.as_str() {
        "s3" => gates::listed("getbucketpolicy putbucketpolicy deletebucketpolicy", &operation),
        "sqs" => gates::listed("getqueueattributes setqueueattributes", &operation),
        _ => false,
    };
    let root = matches!(request.caller.kind, Kind::Root | Kind::AssumedRoot);
    if unlocks && root && distance == Distance::SameAccount {
        all.denies = false;
    }
    all
}
